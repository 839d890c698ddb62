"""What visitors did: the clicks of each visit in order of time.

Every visit begins with the view of its landing page. Then come log-in, check-in, search and
recommendations, then products with favourites and carts, then checkout and payment.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints
from opsbook.demo.visits.actions import Head, draw_head
from opsbook.demo.visits.outcomes import LANDINGS, PRODUCT
from opsbook.demo.visits.views import Views
from opsbook.demo.visits.visits import Visits

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["ELEMENTS", "PAGES", "TYPES", "Events", "draw_events"]

TYPES = (
    *("view", "search", "favourite", "cart", "checkout", "pay", "share", "login", "sign_in"),
    *("click", "impression"),
)
_VIEW, _SEARCH, _FAVOURITE, _CART, _CHECKOUT, _PAY, _SHARE, _LOGIN, _SIGN_IN, _CLICK, _SHOWN = (
    range(len(TYPES))
)
PAGES = (*LANDINGS, "checkout", "account")
_ON_SEARCH, _ON_CHECKOUT, _ON_ACCOUNT = (PAGES.index(p) for p in ("search", "checkout", "account"))
ELEMENTS = (
    *("recommendation", "search_box", "heart", "add_to_cart", "share", "banner"),
    *("category_tab", "coupon", "reviews", "video"),
)
_TIP, _BOX, _HEART, _ADD, _SHARE_BUTTON = range(5)
_BUTTONS = np.array(
    [
        *((5, 5, 6, 7), (6, 6, 7, 6), (6, 6, 6, 7)),
        *((8, 8, 9, 7), (5, 7, 7, 5), (9, 9, 7, 9)),
    ]
)
"""What is clicked on each landing page, four equally likely elements."""


@dataclass(frozen=True)
class Events:
    """Events in order of visit and time.

    Args:
        visit: Place of the visit.
        at: Milliseconds since the first midnight.
        type: Index into TYPES.
        product: Product concerned, -1 for none.
        page: Index into PAGES.
        element: Index into ELEMENTS, -1 for none.
    """

    visit: Ints
    at: Ints
    type: NDArray[np.int8]
    product: NDArray[np.int32]
    page: NDArray[np.int8]
    element: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.visit)

    def until(self, end: int) -> "Events":
        """Those before some second; what comes later is not known yet."""
        kept = self.at < end * 1000
        if kept.all():
            return self
        return Events(*(getattr(self, f.name)[kept] for f in fields(self)))


def draw_events(
    rng: np.random.Generator,
    b: "Business",
    visits: Visits,
    views: Views,
    dwell: Floats,
    window: int,
) -> Events:
    """All events of some visits.

    Args:
        rng: Source of randomness.
        b: Orders and customers.
        visits: The visits.
        views: Products they see.
        dwell: Time on site, seconds.
        window: Longest time from order to payment that belongs to the visit, seconds.
    """
    count = len(visits)
    head = draw_head(rng, b, visits, views, window)
    # Who lands on a product sees it first: that view opens the visit.
    landed = (visits.landing == PRODUCT) & (np.diff(views.first) > 0)
    opening = np.zeros(len(views.visit), np.bool_)
    opening[views.first[:-1][landed]] = True
    per_view = 1 - opening.astype(np.int64) + views.cart + views.favourite
    before = np.append(0, np.cumsum(per_view))
    of_views = before[views.first[1:]] - before[views.first[:-1]]
    front = (head.login, head.sign_in, head.search, head.shown, head.click)
    total = 1 + of_views + head.share + head.checkout + head.pay
    for flag in front:
        total = total + flag
    first = np.append(0, np.cumsum(total))
    size = int(first[-1])
    kind = np.full(size, _VIEW, np.int8)
    product = np.full(size, -1, np.int32)
    page = np.full(size, PRODUCT, np.int8)
    element = np.full(size, -1, np.int8)

    def put(at: Ints, type_: int, where: int, part: int = -1) -> None:
        kind[at], page[at], element[at] = type_, where, part

    page[first[:-1]] = visits.landing
    product[first[:-1][landed]] = views.product[views.first[:-1][landed]]
    next_ = first[:-1] + 1
    at = next_[head.login]
    put(at, _LOGIN, _ON_ACCOUNT)
    next_ = next_ + head.login
    put(next_[head.sign_in], _SIGN_IN, _ON_ACCOUNT)
    next_ = next_ + head.sign_in
    put(next_[head.search], _SEARCH, _ON_SEARCH, _BOX)
    next_ = next_ + head.search
    _recommend(rng, visits, views, head, next_, (kind, product, page, element))
    next_ = next_ + head.shown + head.click

    place = next_[views.visit] + before[:-1] - before[views.first[:-1]][views.visit]
    seen = np.flatnonzero(~opening)
    product[place[seen]] = views.product[seen]
    place[seen] += 1
    liked = np.flatnonzero(views.favourite)
    put(place[liked], _FAVOURITE, PRODUCT, _HEART)
    product[place[liked]] = views.product[liked]
    place[liked] += 1
    carted = np.flatnonzero(views.cart)
    put(place[carted], _CART, PRODUCT, _ADD)
    product[place[carted]] = views.product[carted]

    next_ = next_ + of_views
    at = next_[head.share]
    put(at, _SHARE, PRODUCT, _SHARE_BUTTON)
    product[at] = views.product[views.first[1:][head.share] - 1]
    next_ = next_ + head.share
    put(next_[head.checkout], _CHECKOUT, _ON_CHECKOUT)
    put((next_ + 1)[head.pay], _PAY, _ON_CHECKOUT)
    visit = np.repeat(np.arange(count), total)
    when = _moments(rng, b, visits, dwell, first, visit, head.pay)
    return Events(visit, when, kind, product, page, element)


def _recommend(
    rng: np.random.Generator,
    visits: Visits,
    views: Views,
    head: Head,
    next_: Ints,
    columns: tuple[NDArray[np.int8], NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]],
) -> None:
    """Show a product; who clicks it sees it next, who does not was shown another one."""
    kind, product, page, element = columns
    rows = np.flatnonzero(head.shown)
    at = next_[rows]
    kind[at], page[at], element[at] = _SHOWN, visits.landing[rows], _TIP
    # What is shown is what visits look at: that of some other visit of these days.
    product[at] = views.product[rng.integers(0, max(len(views.product), 1), len(rows))]
    rows = np.flatnonzero(head.followed)
    product[next_[rows]] = views.product[views.first[:-1][rows]]
    rows = np.flatnonzero(head.click)
    at = next_[rows] + head.shown[rows]
    tip = head.followed[rows]
    button = _BUTTONS[visits.landing[rows], rng.integers(0, 4, len(rows))]
    kind[at], page[at] = _CLICK, visits.landing[rows]
    element[at] = np.where(tip, _TIP, button)
    on_product = ~tip & (visits.landing[rows] == PRODUCT) & (np.diff(views.first)[rows] > 0)
    first = views.product[np.minimum(views.first[:-1][rows], len(views.product) - 1)]
    product[at] = np.where(tip | on_product, first, -1)


def _moments(
    rng: np.random.Generator,
    b: "Business",
    visits: Visits,
    dwell: Floats,
    first: Ints,
    visit: Ints,
    pay: NDArray[np.bool_],
) -> Ints:
    """Random gaps between events, stretched so that the visit has its length."""
    gap = rng.standard_exponential(len(visit), dtype=np.float32) + np.float32(0.05)
    run = np.cumsum(gap, dtype=np.float64)
    opens, last = run[first[:-1]], first[1:] - 1
    ends = run[last] + rng.standard_exponential(len(visits))
    span = dwell * 1000.0
    bought = np.flatnonzero(visits.order >= 0)
    placed = b.orders.placed[visits.order[bought]]
    # The order is placed some seconds after checkout begins.
    ends[bought] = run[last[bought] - pay[bought]]
    quick = 3.0 + 12.0 * rng.random(len(bought))
    span[bought] = (placed - visits.start[bought] - np.minimum(quick, 20.0)) * 1000.0
    pace = span / np.maximum(ends - opens, 1e-9)
    nth = np.arange(len(visit)) - first[visit]
    start = visits.start * 1000
    # A millisecond more with every event, so that no two fall together.
    at = start[visit] + ((run - opens[visit]) * pace[visit]).astype(np.int64) + nth
    paid = np.flatnonzero(pay)
    at[last[paid]] = b.orders.paid[visits.order[paid]] * 1000
    return at
