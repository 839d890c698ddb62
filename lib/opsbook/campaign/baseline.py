"""What an event really brought: sales of its days against what ordinary days would have been.

Last month is no baseline for 618 and last year's 618 is one still less. Here every day of the
event has an expected value without it, fitted on the ordinary days around it, and the same
window is laid on ordinary dates to see how far the method is off where nothing happened.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.brought import Brought, Gain, Lift
from opsbook.campaign.daily import Daily, daily_series
from opsbook.campaign.event import Event
from opsbook.campaign.level_moved import Moved, from_day, level_moved
from opsbook.campaign.ordinary import Ordinary, design_for, ordinary_days
from opsbook.campaign.placebo import no_dates, placebo_dates, widened
from opsbook.campaign.structural import Design, Step, expected_days, fitted
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Brought", "Gain", "Lift", "event_lift", "gain_of", "lift_of_series"]

Floats = NDArray[np.float64]
_STEP_NEAR_DAYS, _STEP_EVERY_DAYS = 21, 365
"""How far from the event a lasting step in the level still bends its baseline, and how often
one is to be expected: about once a year."""
_MOST_STEPS = 10


def event_lift(shop: Shop, event: Event, *, level: float = 0.95) -> Brought:
    """Fit ordinary days, continue them through the event, and count the difference.

    Days before the event, on which customers may wait for it, and days after it, on which
    they have bought already, are told apart and belong to the net.

    Args:
        shop: Needs ``orders`` and ``campaigns``; sales and margin where lines allow.
        event: The event.
        level: Confidence of the intervals.

    Raises:
        CannotTell: The event has not begun, or too few ordinary days are left.
        ParameterError: ``level`` is out of range.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    return _event_lift(shop, event, level)


@shared
def _event_lift(shop: Shop, event: Event, level: float) -> Brought:
    daily = daily_series(shop)
    ordinary = ordinary_days(shop, event, pd.DatetimeIndex(daily.frame.index))
    design = design_for(ordinary)
    lifts = {
        name: lift_of_series(daily.frame[name], name, ordinary, design, event, level=level)
        for name in daily.measures
        if _sold(daily, name, ordinary)
    }
    if not lifts:
        raise CannotTell(N_("no ordinary day outside events has a sale to learn from"))
    # A level that moved, moved for every measure: the coarser ones are too noisy to show it.
    signs = [lifts[n].moved for n in ("gmv", "orders") if n in lifts]
    told = next((sign for sign in signs if sign is not None and sign.seen), None)
    if told is not None:
        for name, lift in lifts.items():
            if lift.moved is None or not lift.moved.seen:
                lifts[name] = lift_of_series(
                    daily.frame[name], name, ordinary, design, event, level=level, moved=told
                )
    return Brought(
        event.name,
        event.observed or event.days,
        lifts,
        ordinary.shared_with,
        int(ordinary.keep.sum()),
        event.state == "finished",
        shop.currency,
        level,
        shop.title,
    )


def _sold(daily: Daily, name: str, ordinary: Ordinary) -> bool:
    """Whether ordinary days earn anything: a margin below zero has no level to multiply."""
    return (
        float(daily.frame[name].to_numpy()[ordinary.keep].mean()) > 0 if len(daily.frame) else False
    )


def lift_of_series(
    series: pd.Series,
    measure: str,
    ordinary: Ordinary,
    design: Design,
    event: Event,
    *,
    level: float = 0.95,
    placebos: bool = True,
    moved: Moved | None = None,
) -> Lift:
    """One series against its ordinary days.

    Where the level seems to have moved of its own accord about the event, it is fitted with a
    level that did, too: the gain lies halfway, and its interval holds both readings.

    Args:
        series: By day, every day of the data.
        measure: What it counts.
        ordinary: From ``ordinary_days``.
        design: From ``design_for``.
        event: The event.
        level: Confidence.
        placebos: Whether other dates are tried, and whether the level moved about the event;
            without them the model's own error stands.
        moved: A move of the level known from another measure of the same event.
    """
    y = series.to_numpy(float)
    keep, window = ordinary.keep, ordinary.window
    asked = np.flatnonzero(window)
    part = _parts(ordinary.days[asked], event)
    own = np.isin(part, ("preheat", "peak", "tail"))
    known = fitted(y, design, keep)
    fit = expected_days(y, design, keep, window, steps=_steps(window), known=known)
    tried = placebo_dates(y, ordinary, design, len(asked), known) if placebos else no_dates()
    wide = widened(tried, int(keep.sum()), len(asked))
    told = [fit]
    if moved is None and placebos and own.any():
        up = float(y[asked].sum()) >= float(fit.mean.sum())
        first, last = int(asked[own][0]), int(asked[own][-1])
        moved = level_moved(y, design, keep, window, (first, last), up=up, wide=wide, level=level)
    if moved is not None and moved.seen:
        # If it did, the days before the event that show it were ordinary ones.
        early = (np.arange(len(y)) >= moved.since) & (np.arange(len(y)) < moved.start)
        told.append(expected_days(y, from_day(design, moved.since), keep | early, window))
    # Which reading holds is not to be seen: the middle is between them, the interval has both.
    mean = np.mean([f.mean for f in told], axis=0)
    draws = [np.maximum(f.mean + (f.draws - f.mean) * wide, 0.0) for f in told]
    noise = np.random.default_rng(2).standard_normal(draws[0].shape)
    # The days' own luck: what was counted is one outcome of what was to be expected.
    luck = noise * np.sqrt(fit.dispersion * np.maximum(np.abs(y[asked]), mean)) * wide

    def gain(mask: NDArray[np.bool_]) -> Gain:
        actual, some = y[asked][mask], luck[:, mask]
        sides = [gain_of(actual, mean[mask], d[:, mask], some, level) for d in draws]
        low, high = min(side.low for side in sides), max(side.high for side in sides)
        return replace(sides[0], low=low, high=high)

    net = gain(np.ones(len(asked), bool))
    ends = [(1 - level) / 2, (1 + level) / 2]
    bands = np.array([np.quantile(d + luck, ends, axis=0) for d in draws])
    low, high = bands[:, 0].min(axis=0), bands[:, 1].max(axis=0)
    frame = pd.DataFrame(
        {"day": ordinary.days, "actual": y, "baseline": fit.every, "low": fit.every,
         "high": fit.every, "part": "", "learnt": keep}
    )  # fmt: skip
    frame.loc[asked, "baseline"] = mean
    frame.loc[asked, "low"], frame.loc[asked, "high"] = np.maximum(low, 0), high
    frame.loc[asked, "part"] = part
    relative = net.gain / net.baseline if net.baseline > 0 else float("nan")
    extreme = int((tried["error"].abs() >= abs(relative)).sum()) if len(tried) else 0
    return Lift(
        measure,
        frame,
        {name: gain(part == name) for name in _ORDER if (part == name).any()},
        gain(own),
        net,
        gain(part != "peak") if (part != "peak").any() and (part == "peak").any() else None,
        tried,
        wide,
        (1 + extreme) / (1 + len(tried)) if len(tried) else float("nan"),
        fit.stepped,
        moved,
    )


def _steps(window: NDArray[np.bool_]) -> list[Step]:
    """Days, a week or more apart, on which the level may have stepped near the event or in it.

    In the window nobody can see when it did: every day of it is as likely.
    """
    inside = np.flatnonzero(window)
    first, last = int(inside[0]) - _STEP_NEAR_DAYS, int(inside[-1]) + 1 + _STEP_NEAR_DAYS
    apart = max(7, -(-(last - first) // _MOST_STEPS))
    # A week on either side tells a step from one bad day.
    days = [d for d in range(first, last + 1, apart) if 7 <= d <= len(window) - 7]
    return [Step(d, apart / _STEP_EVERY_DAYS) for d in days]


_ORDER = ("before", "preheat", "peak", "tail", "after")


def gain_of(actual: Floats, mean: Floats, draws: Floats, luck: Floats, level: float = 0.95) -> Gain:
    """Sum of some days with the interval of its gain.

    Args:
        actual: By day.
        mean: Expected without the event, by day.
        draws: Draws of it, by draw and day.
        luck: Draws of the actual days' own luck.
        level: Confidence.
    """
    total = float(actual.sum())
    gains = total - draws.sum(axis=1) - luck.sum(axis=1)
    low, high = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    return Gain(total, float(mean.sum()), float(low), float(high))


def _parts(days: pd.DatetimeIndex, event: Event) -> NDArray[np.object_]:
    part = np.full(len(days), "", object)
    part[np.asarray(days < pd.Timestamp(event.days.start))] = "before"
    part[np.asarray(days >= pd.Timestamp(event.end))] = "after"
    for name, period in event.phases:
        inside = (days >= pd.Timestamp(period.start)) & (days < pd.Timestamp(period.end))
        part[np.asarray(inside)] = name
    return part
