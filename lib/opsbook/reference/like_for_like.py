"""Growth that is not an accident of the calendar: like days compared with like days.

A festival that moves from one period into the other, a sale that ran in only one of them,
one Saturday more or a month that is not over yet all look like growth. Here a day of an
event is compared with the same day of that event, an ordinary day with ordinary days of
the same weekday, and a day without a counterpart is left out and named.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import pandas as pd

from opsbook.language import language, per_cent, t
from opsbook.reference.day_classes import DayClasses, LeftOut, day_classes
from opsbook.shop.periods import Period

__all__ = ["DayClasses", "LeftOut", "LikeForLike", "day_classes", "like_for_like"]

_WEEKS_NEEDED = 4
_MOST_CORRELATION = 0.5


@dataclass(frozen=True)
class LikeForLike:
    """Growth between two periods, raw and corrected for the calendar.

    Args:
        raw: Growth of the average day, all days counted; None without sales before.
        growth: Growth of comparable days; None where no day is comparable.
        low: Lower end of the interval of ``growth``; None under four weeks.
        high: Upper end.
        p_value: Chance of a change at least this large if nothing but ordinary
            fluctuation between weeks were at work.
        days_compared: Days of the period that are in ``growth``.
        days: Days of the period.
        left_out: Days that are not, by name.
        level: Confidence of the interval.
    """

    raw: float | None
    growth: float | None
    low: float | None
    high: float | None
    p_value: float | None
    days_compared: int
    days: int
    left_out: tuple[LeftOut, ...]
    level: float = 0.95

    @property
    def is_real(self) -> bool:
        """Whether the change is larger than sales fluctuate from week to week."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    def interval(self) -> str:
        """The interval in words, or why there is none."""
        if self.low is None or self.high is None:
            return t("no interval: under four comparable weeks")
        return t(
            "{level} interval {low} to {high} from week-to-week variation",
            level=per_cent(self.level, 0),
            low=per_cent(self.low, sign=True),
            high=per_cent(self.high, sign=True),
        )

    def words(self) -> str:
        """Which days are compared and which are left out, in one sentence."""
        if not self.left_out:
            return t("All {days} days have a counterpart.", days=self.days)
        ranked = sorted(self.left_out, key=lambda o: -(o.days_now + o.days_base))
        names = [f"{o.name} ({o.days_now}/{o.days_base})" for o in ranked[:6]]
        if len(ranked) > len(names):
            names.append(t("{n} more", n=len(ranked) - len(names)))
        return t(
            "{compared} of {days} days are compared; left out (days now/before): {names}.",
            compared=self.days_compared,
            days=self.days,
            names=("、" if language() == "zh" else ", ").join(names),
        )


def like_for_like(
    daily: pd.DataFrame,
    period: Period,
    base: Period,
    *,
    calendar: pd.DataFrame | None = None,
    classes: DayClasses | None = None,
    value: str = "gmv",
    span: Period | None = None,
    level: float = 0.95,
) -> LikeForLike:
    """Compare two periods day class by day class.

    The base is re-weighted to the mix of days of the period: with mean ``b(c)`` of class
    ``c`` in the base and ``n(c)`` such days in the period, growth is the period's sales on
    comparable days over ``sum n(c) b(c)``, minus one. So sales that are the same multiple of
    a day's class in both periods show no growth, whatever the dates.

    The interval takes each week's deviation from its day classes, widens for correlation
    between neighbouring weeks and uses Student's t: it says how far growth may be off
    because weeks fluctuate. It does not cover a season that the periods do not share.

    Args:
        daily: ``day`` and ``value``; a day without a row sold nothing.
        period: The period in question.
        base: What it is compared with.
        calendar: Special days, as from ``reference.calendar.events``; none means that only
            weekdays are kept apart.
        classes: What ``day_classes`` made of the same periods, to save making it again.
        value: Column to compare.
        span: Days the data covers; first to last row of ``daily`` unless given. Days
            outside are not zero but unknown, and left out.
        level: Confidence of the interval, 0.5 to 0.999.

    Source:
        Direct standardisation to the period's mix of days. Variance of the mean of a
        first-order autoregression, its correlation corrected for bias after Kendall
        (1954), Biometrika 41, 403-404.
    """
    day = pd.to_datetime(daily["day"])
    if classes is None:
        if span is None:
            span = Period(day.min().date(), (day.max() + pd.Timedelta(days=1)).date())
        classes = day_classes(period, base, span, calendar)
    sold = pd.Series(daily[value].to_numpy(float), index=day).groupby(level=0).sum()
    values = sold.reindex(classes.days["day"]).fillna(0.0).to_numpy()
    now, observed = classes.days["now"].to_numpy(), classes.days["observed"].to_numpy()
    raw = _ratio(_mean(values[now & observed]), _mean(values[~now & observed]))
    growth, low, high, p_value = _compare(
        values[classes.used],
        now[classes.used],
        classes.codes,
        classes.days["week"].to_numpy()[classes.used],
        level,
    )
    compared = int((now & classes.used).sum())
    return LikeForLike(
        raw, growth, low, high, p_value, compared, int(now.sum()), classes.left_out, level
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _ratio(now: float, before: float) -> float | None:
    return now / before - 1 if before > 0 else None


_Result = tuple[float | None, float | None, float | None, float | None]


def _compare(
    values: np.ndarray, now: np.ndarray, codes: np.ndarray, week: np.ndarray, level: float
) -> _Result:
    """Growth with its interval and p-value from used days only."""
    if not len(values):
        return None, None, None, None
    classes = int(codes.max()) + 1
    n_now = np.bincount(codes[now], minlength=classes)
    n_base = np.bincount(codes[~now], minlength=classes)
    mean_now = np.bincount(codes[now], values[now], classes) / n_now
    mean_base = np.bincount(codes[~now], values[~now], classes) / n_base
    growth = _ratio(float(n_now @ mean_now), float(n_now @ mean_base))
    if growth is None or growth <= -1:
        return growth, None, None, None
    rate = 1 + growth
    pooled = (n_now * mean_now / rate + n_base * mean_base) / (n_now + n_base)
    deviation = values - pooled[codes] * np.where(now, rate, 1.0)
    freedom = len(values) - classes
    sides = []
    for side in (now, ~now):
        weekly = pd.Series(deviation[side]).groupby(week[side]).sum().to_numpy()
        total = float(values[side].sum())
        if len(weekly) < _WEEKS_NEEDED or total <= 0 or freedom <= 0:
            return growth, None, None, None
        relative = weekly * len(weekly) / total
        sides.append(relative - relative.mean())
    # With one day of a class on each side its deviations are half of what they were.
    variance = _variance_of_means(sides) * len(values) / freedom
    if variance <= 1e-24:
        return growth, growth, growth, float(abs(growth) < 1e-12)
    from scipy.stats import t as student

    error, freely = sqrt(variance), sum(len(s) for s in sides) - 2
    reach = float(student.ppf((1 + level) / 2, freely)) * error
    p_value = float(2 * student.sf(abs(log(rate)) / error, freely))
    return growth, rate * exp(-reach) - 1, rate * exp(reach) - 1, p_value


def _variance_of_means(sides: list[np.ndarray]) -> float:
    """Sum of the variances of the means, weeks correlated with the week before."""
    squares = sum(float(s @ s) for s in sides)
    if squares == 0:
        return 0.0
    weeks = sum(len(s) for s in sides)
    seen = sum(float(s[1:] @ s[:-1]) for s in sides) / squares
    # A mean taken out of n values lowers their correlation by about (1 + 3 r) / n. What is
    # seen above one half is a trend inside a period: a change, and not fluctuation.
    correlation = min(max(seen + (1 + 3 * seen) * len(sides) / weeks, 0.0), _MOST_CORRELATION)
    plain = sum(float(s @ s) / (len(s) * (len(s) - 1)) for s in sides)
    return plain * (1 + correlation) / (1 - correlation)
