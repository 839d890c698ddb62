"""How event days and everyday days grew against the same days a year before."""

import numpy as np
import pandas as pd

__all__ = ["YEAR", "by_plan", "everyday_growth", "faster_events", "share_of", "whole_weeks"]

YEAR = 52
"""Weeks of a year, so that weekdays meet."""
_BLOCK, _LEAST_PAIRS = 4, 8
_LEAST_EVERYDAY = 3
"""Everyday days of a week from which its mean counts."""
_NOTHING = (float("nan"),) * 3


def share_of(days: pd.DataFrame, which: "pd.Series[bool]") -> float:
    """Part of the sales that fall on some of the days; not a number without sales.

    Args:
        days: Days with ``gmv``.
        which: Which of them.
    """
    whole = float(days["gmv"].sum())
    return float(days.loc[which, "gmv"].sum()) / whole if whole > 0 else float("nan")


def whole_weeks(days: pd.DataFrame) -> pd.DataFrame:
    """Whole weeks, counted back from the last day: sales, event sales, an everyday day's sales.

    Args:
        days: Days with ``kind, gmv``.
    """
    n = len(days) // 7 * 7
    part = days.iloc[len(days) - n :].reset_index(drop=True)
    free = part["kind"] == "everyday"
    # A week whose weekend lies in an event is compared as if it had one.
    usual = part[free].groupby(part["day"].dt.day_of_week)["gmv"].mean()
    factor = part["day"].dt.day_of_week.map(usual / usual.mean()).fillna(1.0)
    even = (part["gmv"] / factor.where(factor > 0, 1.0)).where(free)
    week = np.arange(n) // 7
    found = pd.DataFrame(
        {
            "gmv": part["gmv"].groupby(week).sum(),
            "event": part["gmv"].where(part["kind"] == "event", 0.0).groupby(week).sum(),
            "free": free.groupby(week).sum(),
            "everyday": even.groupby(week).mean(),
        }
    )
    found["everyday"] = found["everyday"].where(found["free"] >= _LEAST_EVERYDAY)
    return found


def everyday_growth(
    weeks: pd.DataFrame, level: float, draws: int, seed: int
) -> tuple[tuple[float, float, float], float]:
    """Growth of everyday sales against the same weeks a year before; error of its logarithm.

    Args:
        weeks: From ``whole_weeks``.
        level: Confidence of the interval.
        draws: Samples.
        seed: Of the samples.
    """
    if len(weeks) < 2 * YEAR:
        return _NOTHING, float("nan")
    now, then = (
        part["everyday"].where(part["everyday"] > 0).to_numpy(float)
        for part in (weeks.iloc[-YEAR:], weeks.iloc[-2 * YEAR : -YEAR])
    )
    ratio = np.log(now / then)
    if np.isfinite(ratio).sum() < _LEAST_PAIRS:
        return _NOTHING, float("nan")
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, YEAR, (draws, YEAR // _BLOCK))
    # Blocks run round the year's end, so that every week is drawn as often.
    pick = ((starts[:, :, None] + np.arange(_BLOCK)) % YEAR).reshape(draws, -1)
    drawn = ratio[pick]
    seen = np.isfinite(drawn)
    means = np.where(seen, drawn, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    means = means[seen.any(axis=1)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    point = float(np.nanmean(ratio))
    growth = (float(np.expm1(point)), float(np.expm1(low)), float(np.expm1(high)))
    return growth, float(means.std(ddof=1))


def faster_events(
    days: pd.DataFrame, everyday: float, error: float, level: float
) -> tuple[tuple[float, float, float], tuple[str, ...]]:
    """Growth of the same events' days over that of everyday days, and the events compared.

    Args:
        days: Days with ``kind, stem, nth, phase, gmv``.
        everyday: Logarithm of the growth of everyday days.
        error: Its standard error.
        level: Confidence of the interval.
    """
    from scipy.stats import t as student

    event = days[days["kind"] == "event"]
    cut = days["day"].iloc[-1] - pd.Timedelta(days=7 * YEAR - 1)
    keys = ["stem", "nth", "phase"]
    now = event[event["day"] >= cut].groupby(keys)["gmv"].sum()
    then = event[(event["day"] < cut) & (event["day"] >= cut - pd.Timedelta(days=7 * YEAR))]
    both = pd.concat([now, then.groupby(keys)["gmv"].sum()], axis=1, keys=["now", "then"]).dropna()
    sums = both.groupby("stem").sum()
    sums = sums[(sums["now"] > 0) & (sums["then"] > 0)]
    if len(sums) < 2 or error != error:
        return _NOTHING, tuple(sums.index)
    whole = sums.sum()
    point = float(np.log(whole["now"] / whole["then"]))
    # Each event left out in turn: days of one event rise and fall together.
    left = np.log((whole["now"] - sums["now"]) / (whole["then"] - sums["then"])).to_numpy(float)
    n = len(left)
    variance = (n - 1) / n * float(((left - left.mean()) ** 2).sum()) + error**2
    reach = float(student.ppf((1 + level) / 2, n - 1)) * float(np.sqrt(variance))
    gap = point - everyday
    ends = tuple(float(np.expm1(v)) for v in (gap, gap - reach, gap + reach))
    return (ends[0], ends[1], ends[2]), tuple(sums.index)


def by_plan(days: pd.DataFrame) -> tuple[float, float]:
    """Change of the event share, and the part of it that more or fewer days make alone.

    Args:
        days: Days with ``kind, gmv``.
    """
    now, before = days.iloc[-7 * YEAR :], days.iloc[-14 * YEAR : -7 * YEAR]
    if len(before) < 7 * YEAR:
        return float("nan"), float("nan")
    pace = before.groupby("kind")["gmv"].mean()
    planned = now["kind"].map(pace).fillna(0.0)
    then = share_of(before, before["kind"] == "event")
    plan = float(planned[now["kind"] == "event"].sum() / planned.sum()) - then
    return share_of(now, now["kind"] == "event") - then, plan
