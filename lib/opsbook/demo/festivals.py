"""The Chinese retail year: festivals with their phases and what they do to demand.

Sun-bound dates are fixed; lunar feasts are computed, so that a feast that moves from
January to February moves demand with it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from opsbook.demo.draw import Floats
from opsbook.reference.events import lunar_day

__all__ = ["DAYS", "Festival", "Phase", "event_days", "festival_effect", "festivals"]

DAYS = (date(2023, 1, 1), date(2028, 12, 31))
"""First and last day the festivals are known for."""


@dataclass(frozen=True)
class Phase:
    """A stretch of a festival, in days from its anchor, and demand in it (1 is normal)."""

    name: str
    first: int
    last: int
    effect: float


@dataclass(frozen=True)
class Festival:
    """A festival in one year.

    Args:
        name: As it stands in the calendar.
        anchor: The day its phases are counted from.
        phases: In order of time.
        depth: Price cut that takes part in it, as a range of fractions; none for a feast.
    """

    name: str
    anchor: date
    phases: tuple[Phase, ...]
    depth: tuple[float, float] | None = None

    @property
    def sale_days(self) -> list[date]:
        """Days of the festival's price cuts; none for a feast without them."""
        if self.depth is None:
            return []
        return [
            self.anchor + timedelta(days=offset)
            for phase in self.phases
            if phase.effect >= 1.6
            for offset in range(phase.first, phase.last + 1)
        ]


_BIG, _MIDDLE = (0.12, 0.32), (0.08, 0.22)

_FIXED: tuple[tuple[str, tuple[int, int], tuple[float, float] | None, tuple[Phase, ...]], ...] = (
    (
        *("3.8 Queen's Day", (3, 8), _MIDDLE),
        (
            Phase("preheat", -7, -5, 1.05),
            Phase("peak", -4, -1, 1.7),
            Phase("peak", 0, 0, 2.4),
            Phase("tail", 1, 5, 0.88),
        ),
    ),
    (
        *("618", (6, 18), _BIG),
        (
            Phase("preheat", -25, -19, 0.92),
            Phase("peak", -18, -15, 1.9),
            Phase("peak", -14, -4, 1.15),
            Phase("peak", -3, -1, 1.8),
            Phase("peak", 0, 0, 3.3),
            Phase("tail", 1, 8, 0.80),
        ),
    ),
    (
        *("Summer 818", (8, 18), _MIDDLE),
        (
            Phase("preheat", -10, -3, 1.10),
            Phase("peak", -2, 0, 1.65),
            Phase("tail", 1, 5, 0.92),
        ),
    ),
    ("National Day", (10, 1), None, (Phase("peak", 0, 6, 0.85),)),
    (
        *("Double 11", (11, 11), _BIG),
        (
            Phase("preheat", -22, -12, 0.92),
            Phase("peak", -11, -8, 2.2),
            Phase("peak", -7, -2, 1.30),
            Phase("peak", -1, -1, 1.9),
            Phase("peak", 0, 0, 5.0),
            Phase("tail", 1, 10, 0.76),
        ),
    ),
    (
        *("Double 12", (12, 12), _MIDDLE),
        (
            Phase("preheat", -4, -2, 1.15),
            Phase("peak", -1, 0, 2.0),
            Phase("tail", 1, 5, 0.90),
        ),
    ),
)

_LUNAR: tuple[tuple[str, tuple[int, int], tuple[float, float] | None, tuple[Phase, ...]], ...] = (
    (
        *("New Year Goods Festival", (1, 1), _MIDDLE),
        (
            Phase("preheat", -35, -29, 1.15),
            Phase("peak", -28, -10, 1.65),
            Phase("tail", -9, -4, 0.90),
        ),
    ),
    # Few parcels move while the country is at home.
    ("Spring Festival", (1, 1), None, (Phase("peak", -3, 6, 0.50), Phase("tail", 7, 12, 0.85))),
    ("Qixi", (7, 7), None, (Phase("peak", -3, 0, 1.12),)),
    ("Mid-Autumn", (8, 15), None, (Phase("peak", -12, -2, 1.15),)),
)


def festivals(first: date, last: date) -> tuple[Festival, ...]:
    """Festivals of every year that touches a period, in order of time.

    Args:
        first: First day, not before 2023.
        last: Last day, not after 2028.
    """
    found: list[Festival] = []
    for year in range(first.year - 1, last.year + 2):
        for name, (month, day), depth, phases in _FIXED:
            found.append(Festival(name, date(year, month, day), phases, depth))
        for name, (month, day), depth, phases in _LUNAR:
            found.append(Festival(name, lunar_day(year, month, day), phases, depth))
    return tuple(sorted(found, key=lambda f: (f.anchor, f.name)))


def event_days(first: date, last: date) -> list[tuple[date, str, str]]:
    """Calendar rows of a period: day, festival, phase; a day may belong to several."""
    rows = {
        (festival.anchor + timedelta(days=offset), festival.name, phase.name)
        for festival in festivals(first, last)
        for phase in festival.phases
        for offset in range(phase.first, phase.last + 1)
    }
    return sorted(row for row in rows if first <= row[0] <= last)


def festival_effect(first: date, days: int) -> Floats:
    """What festivals do to demand on each day of a period; 1 on an ordinary day."""
    effect = np.ones(days)
    for festival in festivals(first, first + timedelta(days=days - 1)):
        start = (festival.anchor - first).days
        for phase in festival.phases:
            low, high = max(0, start + phase.first), max(0, start + phase.last + 1)
            effect[low:high] *= phase.effect
    return effect
