"""What visitors do beside looking at products: log in, search, click, share, check out, pay."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.visits.outcomes import LANDINGS, PRODUCT
from opsbook.demo.visits.steps import DEPTHS
from opsbook.demo.visits.views import Views
from opsbook.demo.visits.visits import ORDERED, Visits

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Head", "draw_head"]

_TIPPED, _FOLLOWED = 0.20, 0.30
"""Visits that are shown a recommendation, and how many of these click it."""
_CLICKED = 0.22
"""Other visits that click something on their first page."""
_SEARCHES, _REFINES = 0.14, 0.25
"""Visits that search, and those that search again after a search brought them."""
_LOGS_IN, _CHECKS_IN, _SHARES = 0.22, 0.08, 0.02
"""Known visitors who have to log in, who check in for the day; visits that share a product."""


@dataclass(frozen=True)
class Head:
    """What happens in each visit apart from its products.

    Args:
        login: Logs in.
        sign_in: Checks in for the day.
        search: Searches.
        shown: Is shown a recommendation.
        followed: Clicks it.
        click: Clicks something, the recommendation or else.
        share: Shares a product.
        checkout: Begins to check out.
        pay: Pays.
    """

    login: NDArray[np.bool_]
    sign_in: NDArray[np.bool_]
    search: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    followed: NDArray[np.bool_]
    click: NDArray[np.bool_]
    share: NDArray[np.bool_]
    checkout: NDArray[np.bool_]
    pay: NDArray[np.bool_]


def draw_head(
    rng: np.random.Generator, b: "Business", visits: Visits, views: Views, window: int
) -> Head:
    """Draw what each visit does.

    Args:
        rng: Source of randomness.
        b: Orders and customers.
        visits: The visits.
        views: Products they see.
        window: Longest time from order to payment that belongs to the visit, seconds.
    """
    count, stays, known = len(visits), ~visits.bounced, visits.customer >= 0
    ordered = visits.depth == ORDERED
    luck = rng.random((5, count), dtype=np.float32)
    # Who registers today logs in; others are mostly remembered.
    today = ordered & (b.people.signup[np.maximum(visits.customer, 0)] == visits.day)
    login = known & stays & ((luck[0] < _LOGS_IN) | today)
    search = stays & (
        luck[1] < np.where(visits.landing == LANDINGS.index("search"), _REFINES, _SEARCHES)
    )
    has_view = np.diff(views.first) > 0
    shown = stays & has_view & (luck[2] < _TIPPED) & (visits.landing != PRODUCT)
    followed = shown & (luck[2] < _TIPPED * _FOLLOWED)
    click = followed | (stays & ~shown & (luck[3] < _CLICKED))
    checkout = (visits.depth == DEPTHS.index("checkout")) | ordered
    pay = np.zeros(count, np.bool_)
    bought = np.flatnonzero(ordered)
    paid = b.orders.paid[visits.order[bought]]
    pay[bought] = (paid >= 0) & (paid - b.orders.placed[visits.order[bought]] <= window)
    return Head(
        *(login, _check_in(visits, known & stays & (luck[4] < _CHECKS_IN)), search, shown),
        *(followed, click, stays & has_view & (luck[4] > 1.0 - _SHARES), checkout, pay),
    )


def _check_in(visits: Visits, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """At most one check-in per customer and day."""
    rows = np.flatnonzero(wanted)
    _, once = np.unique(visits.day[rows] * 2**32 + visits.customer[rows], return_index=True)
    chosen = np.zeros(len(visits), np.bool_)
    chosen[rows[once]] = True
    return chosen
