"""Visits of buyers: the one in which an order is placed, and those in the days before.

Which day such a visit falls on follows from the number of the order alone, so that every
chunk of days finds its own visits without asking the others.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.visits.traffic import LAGS, Traffic, lag_chances

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["earlier_visits", "order_visits", "scramble_key"]

_LONGEST, _SHORTEST = 5400, 40
"""A visit with an order begins at most and at least so many seconds before it."""
_MOST = 6
"""Earlier visits per order, at most."""

Unsigned = NDArray[np.uint64]


def scramble_key(seed: int, part: str) -> np.uint64:
    """A number that sets one use of scattered numbers apart from another."""
    return np.uint64(stream(seed, part).integers(1, 2**63))


def _scatter(key: np.uint64, number: Ints) -> Floats:
    """A number in [0, 1) for each number, as if drawn (finaliser of SplitMix64).

    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
    """
    z: Unsigned = number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.asarray((z >> np.uint64(11)).astype(np.float64) * 2.0**-53, np.float64)


@dataclass(frozen=True)
class _Normal:
    """Quantiles of the normal distribution, to be read by interpolation."""

    at: Floats
    value: Floats


def _normal() -> _Normal:
    from scipy.special import ndtri

    at = np.linspace(0.0005, 0.9995, 2000)
    return _Normal(at, np.asarray(ndtri(at), np.float64))


def order_visits(b: "Business", first: int, end: int) -> tuple[Ints, Ints]:
    """Visits with an order that begin on some days.

    Args:
        b: The shop.
        first: First day.
        end: Day after the last.

    Returns:
        Orders in order of time, and the second at which the visit of each begins.
    """
    o = b.orders
    low, high = np.searchsorted(o.placed, [first * DAY, end * DAY + _LONGEST + 1])
    order = np.arange(low, high)
    placed = o.placed[low:high]
    normal = _normal()
    z = np.interp(_scatter(scramble_key(b.seed, "visits-length"), order), normal.at, normal.value)
    length = np.clip(np.exp(5.9 + 0.8 * z), _SHORTEST, _LONGEST).astype(np.int64)
    # Nobody is logged in before the day of registration, or before the period begins.
    signup = np.maximum(b.people.signup[o.customer[low:high]], 0) * DAY
    start = np.maximum(placed - length, np.minimum(signup, np.maximum(placed - _SHORTEST, 0)))
    here = (start >= first * DAY) & (start < end * DAY)
    return order[here], start[here]


def earlier_visits(b: "Business", traffic: Traffic, first: int, end: int) -> tuple[Ints, Ints]:
    """Earlier visits of buyers on some days.

    Args:
        b: The shop.
        traffic: How many there are per order and how long before it.
        first: First day.
        end: Day after the last.

    Returns:
        The order that each belongs to, and the day of the visit.
    """
    low, high = np.searchsorted(b.orders.placed, [(first + 1) * DAY, (end + LAGS) * DAY])
    order = np.arange(low, high)
    counts = _poisson_edges(traffic.funnel.earlier)
    number = np.searchsorted(counts, _scatter(scramble_key(b.seed, "visits-earlier"), order))
    visit = np.repeat(order, number)
    nth = np.arange(len(visit)) - np.repeat(np.cumsum(number) - number, number)
    luck = _scatter(scramble_key(b.seed, "visits-lag"), visit * (_MOST + 1) + nth)
    lag = 1 + np.searchsorted(np.cumsum(lag_chances(traffic.funnel))[:-1], luck, side="right")
    day = b.orders.placed[visit] // DAY - lag
    here = (day >= first) & (day < end)
    return visit[here], day[here]


def _poisson_edges(mean: float) -> Floats:
    """Where the distribution function of a Poisson number steps up."""
    chance = np.exp(-mean) * np.cumprod(np.append(1.0, mean / np.arange(1, _MOST)))
    return np.asarray(np.cumsum(chance), np.float64)
