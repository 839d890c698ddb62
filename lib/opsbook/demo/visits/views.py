"""Which products a visit looks at: by demand, and by how well a category turns views to orders.

A category that converts badly is looked at more often per order. Products of one visit
often belong to one category; buyers see what they order, and often saw it days before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.visits.steps import DEPTHS
from opsbook.demo.visits.traffic import Traffic
from opsbook.demo.visits.visits import ORDERED, Visits

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Catalogue", "Views", "draw_views", "interest", "plan_interest", "view_products"]

_EXTRA = 0.8
"""Products seen but not ordered in a visit with an order, mean."""
_SAME = 0.6
"""Chance that the next product is of the same category as the first."""
_REMEMBERED = 0.6
"""Chance that an earlier visit of a buyer begins with a product ordered later."""
_FAVOURITE, _CART_TOO, _CART_NOT_BOUGHT = 0.05, 0.15, 0.08
_LEAST = 1.15
"""Least mean number of products in visits that see any and do not bounce."""


@dataclass(frozen=True)
class Views:
    """Products seen, in order of visit and time.

    Args:
        visit: Place of the visit.
        product: Product.
        cart: Put into the cart.
        favourite: Marked as favourite.
        first: For each visit the place of its first view; as many views as visits, plus one.
    """

    visit: Ints
    product: Ints
    cart: NDArray[np.bool_]
    favourite: NDArray[np.bool_]
    first: Ints


@dataclass(frozen=True)
class Catalogue:
    """Products in order of category, to be drawn from by week.

    Args:
        products: Products in order of category.
        starts: First place of each category, and the number of products.
        week: First week of the table of edges.
        edges: Running sum of interest over places: one row per week, one more column.
    """

    products: Ints
    starts: Ints
    week: int
    edges: Floats


def interest(b: "Business", cvr: Floats) -> Floats:
    """Share of product views without an order by category: one row per day."""
    week = np.zeros((len(b.plan.categories), b.clock.weeks))
    np.add.at(week, b.range_.category, b.demand.weekly * b.demand.shock)
    views = week[:, b.clock.week] * b.demand.daily
    views = views.T * (1.0 / cvr - 1.0)
    return np.asarray(views / views.sum(axis=1, keepdims=True), np.float64)


def plan_interest(b: "Business", traffic: Traffic) -> tuple[float, Floats]:
    """How many products a visit looks at.

    Args:
        b: Orders and their lines.
        traffic: Visits, and the orders per visit that are planned for each category.

    Returns:
        Mean number of products seen in a visit without an order that sees any and does not
        bounce; and the views to expect by category over the whole period.
    """
    funnel, out = traffic.funnel, traffic.outcomes
    cvr = funnel.cvr(b.plan)
    lines = np.bincount(b.range_.category[b.lines.product], minlength=len(cvr))
    wanted = float((lines / cvr).sum() - lines.sum())
    orders = np.bincount(b.orders.placed // DAY, minlength=b.clock.days)
    sees = out.depth > 0
    seeing = _days_of(traffic, sees & ~out.bounced)
    once = _days_of(traffic, sees & out.bounced)
    mean = (wanted - _EXTRA * orders.sum() - once.sum()) / max(seeing.sum(), 1.0)
    mean = max(float(mean), _LEAST)
    share = interest(b, cvr)
    views = (mean * seeing + once + _EXTRA * orders) @ share + lines
    # Some earlier visits of buyers begin with what is ordered later, by the mix of orders.
    depth = np.array(funnel.earlier_depth)
    begun = _REMEMBERED * depth[1:].sum() / depth.sum() * traffic.earlier.sum(axis=1)
    views += begun.sum() * lines / max(lines.sum(), 1) - begun @ share
    return mean, np.asarray(views, np.float64)


def _days_of(traffic: Traffic, kinds: NDArray[np.bool_]) -> Floats:
    """Expected visits of some kinds by day, earlier visits of buyers among them."""
    others = (traffic.others[:, :, None] * traffic.shares)[:, :, kinds].sum(axis=(1, 2))
    depth = np.array(traffic.funnel.earlier_depth)
    shares = traffic.outcomes.shares(traffic.steps.channel[:, :, None] * depth)
    earlier = traffic.earlier.sum(axis=1) * shares[:, kinds].sum(axis=1)
    return np.asarray(others + earlier, np.float64)


def view_products(b: "Business", days: tuple[int, int]) -> Catalogue:
    """Interest in single products in the weeks of some days.

    Args:
        b: Demand by product and week.
        days: First day and the day after the last.
    """
    products = np.argsort(b.range_.category, kind="stable")
    starts = np.searchsorted(b.range_.category[products], np.arange(len(b.plan.categories) + 1))
    first, last = b.clock.week[days[0]], b.clock.week[days[1] - 1]
    weeks = slice(first, last + 1)
    wanted = (b.demand.weekly[:, weeks] * b.demand.shock[:, weeks])[products].T
    edges = np.concatenate([np.zeros((len(wanted), 1)), np.cumsum(wanted, axis=1)], axis=1)
    # Weeks stand behind one another on one line.
    edges = edges / edges[:, -1:] + np.arange(len(wanted))[:, None]
    return Catalogue(products, starts, int(first), edges)


def draw_products(
    rng: np.random.Generator, b: "Business", catalogue: Catalogue, day: Ints, category: Ints
) -> Ints:
    """A product of the category for each row, by the interest of its week."""
    week = b.clock.week[day] - catalogue.week
    low = catalogue.edges[week, catalogue.starts[category]]
    high = catalogue.edges[week, catalogue.starts[category + 1]]
    at = low + rng.random(len(day)) * (high - low)
    line = catalogue.edges[:, :-1].ravel()
    place = np.searchsorted(line, at, side="right") - 1 - week * len(catalogue.products)
    place = np.clip(place, catalogue.starts[category], catalogue.starts[category + 1] - 1)
    return catalogue.products[place]


def draw_views(
    rng: np.random.Generator,
    b: "Business",
    traffic: Traffic,
    visits: Visits,
    catalogue: Catalogue,
    share: Floats,
    mean: float,
) -> Views:
    """Products seen in each visit.

    Args:
        rng: Source of randomness.
        b: Orders and their lines.
        traffic: What is planted.
        visits: The visits.
        catalogue: Interest in products.
        share: Interest in categories by day, as from ``interest``.
        mean: Products per visit without an order, as from ``plan_interest``.
    """
    count = len(visits)
    chance = 1.0 / mean
    own = np.zeros(count, np.int64)
    sees = np.flatnonzero((visits.depth > 0) & (visits.depth != ORDERED) & ~visits.bounced)
    own[sees] = rng.geometric(chance, len(sees))
    own[(visits.depth > 0) & visits.bounced] = 1
    bought = np.flatnonzero(visits.order >= 0)
    own[bought] = rng.poisson(_EXTRA, len(bought))
    low, high = (np.searchsorted(b.lines.order, visits.order[bought], side=side) for side in _SIDES)
    lines = np.zeros(count, np.int64)
    lines[bought] = high - low
    number = own + lines
    first = np.append(0, np.cumsum(number))
    visit = np.repeat(np.arange(count), number)
    nth = np.arange(len(visit)) - first[visit]
    product = np.empty(len(visit), np.int64)
    browsed = nth < own[visit]
    rows = np.flatnonzero(browsed)
    product[rows] = _browse(rng, b, visits, catalogue, share, visit[rows], nth[rows])
    # What is ordered is found after looking around.
    ordered = np.flatnonzero(~browsed)
    line_from = np.zeros(count, np.int64)
    line_from[bought] = low
    at = visit[ordered]
    product[ordered] = b.lines.product[line_from[at] + nth[ordered] - own[at]]
    early = np.flatnonzero((visits.later >= 0) & (number > 0))
    early = early[rng.random(len(early)) < _REMEMBERED]
    product[first[early]] = b.lines.product[np.searchsorted(b.lines.order, visits.later[early])]
    favourite = (rng.random(len(visit)) < _FAVOURITE) & ~visits.bounced[visit]
    return Views(visit, product, _carts(rng, visits, visit, nth, number, browsed), favourite, first)


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def _browse(
    rng: np.random.Generator,
    b: "Business",
    visits: Visits,
    catalogue: Catalogue,
    share: Floats,
    visit: Ints,
    nth: Ints,
) -> Ints:
    day = visits.day[visit]
    category = choose_by_group(rng, share, day)
    # Views of a visit follow each other, so its first is as many places back as this is on.
    same = (rng.random(len(visit)) < _SAME) & (nth > 0)
    category = np.where(same, category[np.arange(len(visit)) - nth], category)
    return draw_products(rng, b, catalogue, day, category)


def _carts(
    rng: np.random.Generator,
    visits: Visits,
    visit: Ints,
    nth: Ints,
    number: Ints,
    browsed: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Every ordered product; of visits that end later, the last product seen and some others."""
    luck = rng.random(len(visit))
    depth = visits.depth[visit]
    last = nth == number[visit] - 1
    left = (depth >= DEPTHS.index("cart")) & (depth != ORDERED) & (last | (luck < _CART_TOO))
    bought = (depth == ORDERED) & (~browsed | (luck < _CART_NOT_BOUGHT))
    return np.asarray(left | bought, np.bool_)
