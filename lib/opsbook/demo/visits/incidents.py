"""Days on which the shop's pages were broken or slow: what a funnel alarm has to find.

An incident hits one device and one step of the funnel. Visits reach the steps before it as
on any other day, and fewer go on; the orders that would have followed are never placed.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats
from opsbook.demo.plan import Plan

__all__ = ["LOAD_EFFECT", "SLOWER", "Incident", "incidents", "order_factor"]

LOAD_EFFECT = 0.45
"""Fall of the log odds of an order per unit of log load time."""
SLOWER = 0.50
"""Rise of log load time in the slow week, log points."""
_SHORTEST = 200
"""Days a period must have for incidents; a shorter one has too few days to compare with."""
_MARGIN = 4
"""Days without a festival to keep on either side of an incident."""
_APART = 21
"""Days between two incidents, so that each has a clean week before and after."""

# Name, device, step, factor on the step, days, place in the period.
_WANTED = (
    ("cart button broken on desktop", "desktop", "cart", 0.30, 7, 0.36),
    ("payment failing on mobile", "mobile", "pay", 0.55, 4, 0.60),
    ("slow pages on mobile", "mobile", "view", float(np.exp(-LOAD_EFFECT * SLOWER)), 7, 0.82),
)


@dataclass(frozen=True)
class Incident:
    """A stretch of days on which a step of the funnel works badly for one device.

    Args:
        name: What went wrong.
        first: First day, counted from the first day of the period.
        last: Last day, included.
        device: Index of the device in the plan.
        step: Step that suffers: view, cart, checkout or pay.
        factor: What the chance to take the step is multiplied by, and orders with it.
        slower: Rise of log load time on these days, log points.
    """

    name: str
    first: int
    last: int
    device: int
    step: str
    factor: float
    slower: float = 0.0


def incidents(plan: Plan, clock: Clock) -> tuple[Incident, ...]:
    """Incidents of a period, in order of time; none when it is shorter than 200 days.

    Args:
        plan: Devices.
        clock: The period; incidents keep away from its festivals and from each other.
    """
    if clock.days < _SHORTEST:
        return ()
    names = [device.name for device in plan.devices]
    unrest = np.abs(np.log(clock.festival))
    found: list[Incident] = []
    for name, device, step, factor, days, place in _WANTED:
        first = _quiet_days(unrest, found, days, round(place * clock.days))
        slower = SLOWER if step == "view" else 0.0
        last = first + days - 1
        found.append(Incident(name, first, last, names.index(device), step, factor, slower))
    return tuple(sorted(found, key=lambda incident: incident.first))


def order_factor(plan: Plan, clock: Clock) -> Floats:
    """Share of orders that incidents leave: one row per day, one column per device."""
    left = np.ones((clock.days, len(plan.devices)))
    for incident in incidents(plan, clock):
        left[incident.first : incident.last + 1, incident.device] *= incident.factor
    return left


def _quiet_days(unrest: Floats, taken: list[Incident], days: int, wanted: int) -> int:
    """First day of the quietest stretch, the one nearest to the wanted day among equals."""
    starts = np.arange(_MARGIN, len(unrest) - days - _MARGIN)
    stretch = np.lib.stride_tricks.sliding_window_view(unrest, days + 2 * _MARGIN)
    noise = stretch.max(axis=1)[starts - _MARGIN]
    for other in taken:
        near = (starts > other.first - days - _APART) & (starts < other.last + _APART)
        noise = np.where(near, np.inf, noise)
    calm = starts[noise == noise.min()]
    return int(calm[np.argmin(np.abs(calm - wanted))])
