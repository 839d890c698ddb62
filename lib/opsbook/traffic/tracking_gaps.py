"""Days on which an event suddenly came from fewer visits than it should have.

Each device is held against the other devices on the same day, so that a festival moves both
sides. All devices together are held against their own usual, where the season must be told
from a fault by size: only falls to less than half count there.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.traffic.usual import (
    chance_of_few,
    log_odds,
    share_of,
    usual_line,
    usual_share,
    week_sum,
    wide_sum,
)

__all__ = ["Gap", "find_gaps"]

Floats = NDArray[np.float64]
_WINDOWS = (1, 3, 7)
_FEWEST_DAYS, _FEWEST_VISITS = 42, 200
_FALL, _FALL_OF_ALL = 0.8, 0.5
"""Seen of expected that is reported: of one device, and of all devices together."""
_LEAST = 8.0
"""Visits that must be missing."""
_RARE = 20.0
"""Visits that sent an event, below which nothing can be usual."""
_OF_PRODUCT = ("favourite", "share")
"""Events of product pages, held against visits that saw a product rather than all visits."""


@dataclass(frozen=True)
class Gap:
    """A run of days on which an event came too seldom; see ``faults.Fault``."""

    event: str
    device: str
    first: date
    last: date
    visits: int
    seen: int
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class _Course:
    """One event on one device, day by day."""

    event: str
    device: str
    n: Floats
    y: Floats
    p: Floats
    over: Floats
    limit: float


def find_gaps(days: pd.DataFrame, events: list[str], *, rate: float = 0.01) -> list[Gap]:
    """Look for gaps in every event on every device and day.

    Args:
        days: From ``visit_marks.day_marks``: ``date, device, visits`` and the events.
        events: Which of them.
        rate: Share of false gaps among those reported that is accepted (Benjamini and
            Yekutieli 2001, over events, devices, days and lengths of the window, which hold
            whatever overlaps).

    Returns:
        In order of visits missed. Empty below six weeks.
    """
    if days.empty:
        return []
    every = pd.date_range(days["date"].min(), days["date"].max())
    if len(every) < _FEWEST_DAYS:
        return []
    sums = days.groupby("device")["visits"].sum()
    devices = [str(d) for d in sums.index if d and sums[d] >= _FEWEST_VISITS]
    wide = {
        d: part.drop(columns="device").set_index("date").reindex(every, fill_value=0)
        for d, part in days.groupby("device")
        if d in devices
    }
    total = days.drop(columns="device").groupby("date").sum().reindex(every, fill_value=0)
    courses = [c for event in events for c in _courses(event, wide, total)]
    tests = [(c, length, *_test(c, length)) for c in courses for length in _WINDOWS]
    if not tests:
        return []
    limit = _hurdle(np.concatenate([p for *_, p, _ in tests]), rate)
    found: list[Gap] = []
    for course in courses:
        marked = np.zeros(len(every), bool)
        for other, length, p, share in tests:
            if other is course:
                for at in np.flatnonzero((p <= limit) & (share < course.limit)):
                    marked[at : at + length] = True
        short = course.y < course.limit * course.n * course.p
        found += _spans(every, course, marked & short, limit)
    kept = [g for g in found if not any(_told_by(g, other, wide, total) for other in found)]
    return sorted(kept, key=lambda g: g.seen - g.expected)


def _told_by(gap: Gap, other: Gap, wide: dict[str, pd.DataFrame], total: pd.DataFrame) -> bool:
    """Whether another gap says it better: all devices if the others fell too, else the one."""
    if gap.event != other.event or bool(gap.device) == bool(other.device):
        return False
    if gap.last < other.first or gap.first > other.last:
        return False
    whole, single = (other, gap) if gap.device else (gap, other)
    mine = total - wide[single.device][total.columns]
    n, y = _course_of(mine, gap.event)
    inside = (total.index >= pd.Timestamp(whole.first)) & (total.index <= pd.Timestamp(whole.last))
    fell = y[inside].sum() < _FALL_OF_ALL * (n * usual_share(n, y))[inside].sum()
    return bool(fell) == bool(gap.device)


def _course_of(frame: pd.DataFrame, event: str) -> tuple[Floats, Floats]:
    """Visits that could send the event, and those that did."""
    of_product = event in _OF_PRODUCT and frame["product_view"].sum() >= _RARE
    n = frame["product_view" if of_product else "visits"].to_numpy(float)
    return n, np.minimum(frame[event].to_numpy(float), n)


def _courses(event: str, wide: dict[str, pd.DataFrame], total: pd.DataFrame) -> list[_Course]:
    all_n, all_y = _course_of(total, event)
    if all_y.sum() < _RARE:
        return []
    courses = []
    own, spread = usual_share(all_n, all_y), np.ones(len(all_n))
    courses.append(_course(event, "", all_n, all_y, own, spread, _FALL_OF_ALL))
    for device, frame in wide.items():
        n, y = _course_of(frame, event)
        m, x = all_n - n, np.minimum(all_y - y, all_n - n)
        if len(wide) < 2 or y.sum() < _RARE or x.sum() < _RARE:
            continue
        gap = log_odds(week_sum(y), week_sum(n)) - log_odds(week_sum(x), week_sum(m))
        usual = usual_line(np.where(week_sum(n) > 0, gap, np.nan))
        # A day of few others says little: it leans on what is usual for them.
        base = np.clip(wide_sum(x) / np.maximum(wide_sum(m), 1.0), 1e-6, 1 - 1e-6)
        held = m + 200.0
        level = np.clip((x + 200.0 * base) / held, 1e-6, 1 - 1e-6)
        p = share_of(np.log(level / (1 - level)) + usual)
        # Both sides vary: the device, and those that it is held against.
        spread = 1 + n * p * (1 - p) / np.maximum(held * level * (1 - level), 1e-9)
        # A rise on the others is no fall here: the device's own usual must be missed too.
        p = np.minimum(p, usual_share(n, y))
        courses.append(_course(event, device, n, y, p, spread, _FALL))
    return courses


def _course(
    event: str, device: str, n: Floats, y: Floats, p: Floats, spread: Floats, limit: float
) -> _Course:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    wide = n * p * (1 - p) * spread
    used = n * p > 0.5
    z = np.abs(y - n * p)[used] / np.sqrt(np.maximum(wide[used], 1e-9))
    # Days vary more than chance lets them; by how much, not led by a few bad ones.
    more = float(np.quantile(z, 0.6827) ** 2) if len(z) else 1.0
    return _Course(event, device, n, y, p, spread * max(1.0, more), limit)


def _test(course: _Course, length: int) -> tuple[Floats, Floats]:
    """Chance of so few in each window, and the share seen.

    A binomial of the effective size: visits divided by how much more than chance the days vary.
    """
    n, y, mu, over = (
        _sum(v, length) for v in (course.n, course.y, course.n * course.p, course.n * course.over)
    )
    enough = (n > 0) & (mu - y >= _LEAST)
    chance = np.where(enough, chance_of_few(n, y, mu, over), 1.0)
    return chance, np.where(mu > 0, y / np.maximum(mu, 1e-9), 1.0)


def _hurdle(p: Floats, rate: float) -> float:
    ordered = np.sort(p)
    # Windows overlap, so that one true gap is rejected many times; the sum guards against it.
    places = np.arange(1, len(p) + 1)
    fits = np.flatnonzero(ordered <= rate * places / len(p) / (1 / places).sum())
    return float(ordered[fits[-1]]) if len(fits) else 0.0


def _spans(
    every: pd.DatetimeIndex, course: _Course, marked: NDArray[np.bool_], hurdle: float
) -> list[Gap]:
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    # A better day between two bad ones does not end a failure.
    runs = np.split(places, np.flatnonzero(np.diff(places) > 2) + 1)
    gaps = []
    for run in runs:
        first, last = _edges(course, int(run[0]), int(run[-1]))
        part = slice(first, last + 1)
        n, y, p = course.n[part], course.y[part], course.p[part]
        mu, seen = float((n * p).sum()), float(y.sum())
        if mu <= 0 or mu - seen < _LEAST or seen >= course.limit * mu:
            continue
        over = course.over[part]
        # A window may have been carried by the days beside these.
        if chance_of_few(*(np.array(v.sum()) for v in (n, y, n * p, n * over))) > hurdle:
            continue
        half = 1.96 * float(np.sqrt((n * p * (1 - p) * over).sum())) / mu
        share = seen / mu
        gaps.append(
            Gap(
                course.event, course.device, every[first].date(), every[last].date(),
                int(n.sum()), int(seen), mu,
                max(0.0, share - half), share + half,
            )
        )  # fmt: skip
    return gaps


def _edges(course: _Course, first: int, last: int) -> tuple[int, int]:
    """The days within that tell most surely of the fall; days as usual at the ends go."""
    for _ in range(3):
        part = slice(first, last + 1)
        n, y, p = course.n[part], course.y[part], course.p[part]
        low = np.clip(p * max(y.sum(), 0.5) / max((n * p).sum(), 1.0), 1e-9, 1 - 1e-9)
        odds = y * np.log(low / p) + (n - y) * np.log((1 - low) / (1 - p))
        sums = np.concatenate([[0.0], odds.cumsum()])
        worth = np.tril(sums[:, None] - sums[None, :], -1)
        after, start = np.unravel_index(int(worth.argmax()), worth.shape)
        if after <= start or (start, after) == (0, len(odds)):
            break
        first, last = first + int(start), first + int(after) - 1
    return first, last


def _sum(values: Floats, length: int) -> Floats:
    return np.convolve(values, np.ones(length), "valid")
