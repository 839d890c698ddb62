"""On which day a slice of the shop began to sell less, and how sure that date is."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.traffic.drill import Drill
from opsbook.traffic.drill_parts import name_of

__all__ = ["ChangePoint", "change_point", "date_of_change", "slice_series"]

Floats = NDArray[np.float64]
_LEAST_DAYS = 14


@dataclass(frozen=True)
class ChangePoint:
    """The day on which a series changed its level.

    Args:
        frame: One row per comparable day: ``day, orders, expected`` (at the level of the whole
            window), ``ratio``.
        day: First day of the new level.
        earliest: First day that the date may be, at ``level``.
        latest: Last day.
        before: Level before, 1 is the average of the window.
        after: Level since.
        p_value: Chance of so sharp a change if the days were in any other order.
        name: The slice in words.
        shop: Name of the shop.
        level: Probability that the interval holds the date.
    """

    frame: pd.DataFrame
    day: date
    earliest: date
    latest: date
    before: float
    after: float
    p_value: float
    name: str
    shop: str
    level: float

    @property
    def sure(self) -> bool:
        """Whether there is a change of level at all."""
        return self.p_value <= 0.05


@shared
def date_of_change(found: Drill, *, which: int = 0, level: float = 0.95) -> ChangePoint:
    """The date of the change of a slice that ``drill`` named.

    Raises:
        CannotTell: No slice explains the drop, or too few days are comparable.
    """
    if which >= len(found.slices):
        raise CannotTell(N_("No slice stands out, so there is no date of its change to look for."))
    where = found.slices[which].where
    series = slice_series(found, where)
    return change_point(series, name=name_of(where), shop=found.shop, level=level)


def slice_series(found: Drill, where: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """A slice's orders by day beside what days of that kind and the rest of the shop suggest.

    Args:
        found: From ``drill``.
        where: Conditions of the slice.

    Returns:
        One row per comparable day, by date: ``day, orders, expected``.
    """
    sold = found.leaves
    inside = np.ones(len(sold), bool)
    for name, value in where:
        inside &= (sold[name] == value).to_numpy()
    days = found.classes.days[found.classes.used].sort_values("day")
    codes = pd.factorize(days["stratum"])[0]

    def daily(rows: NDArray[np.bool_]) -> Floats:
        sums = sold[rows].groupby("day")["orders"].sum()
        return sums.reindex(days["day"]).fillna(0.0).to_numpy(float)

    orders, rest = daily(inside), daily(~inside)
    base = ~days["now"].to_numpy()
    n = np.bincount(codes[base], minlength=codes.max() + 1)

    def usual(values: Floats) -> Floats:
        means = np.bincount(codes[base], values[base], codes.max() + 1) / np.maximum(n, 1)
        return means[codes]

    # What the others did in the seven days around is the shop's own movement.
    smooth, like = (
        pd.Series(v).rolling(7, center=True, min_periods=3).sum().to_numpy(float)
        for v in (rest, usual(rest))
    )
    moved = np.where(like > 0, smooth / np.maximum(like, 1e-9), 1.0)
    # A weekday's mean of a small slice may be zero; half of it comes from the average day.
    own = usual(orders)
    level = 0.9 * own + 0.1 * orders[base].mean() if base.any() else own
    return pd.DataFrame(
        {"day": days["day"].to_numpy(), "orders": orders, "expected": level * moved}
    )


def change_point(
    series: pd.DataFrame,
    *,
    name: str = "",
    shop: str = "",
    draws: int = 999,
    level: float = 0.95,
    seed: int = 1,
) -> ChangePoint:
    """The one day that best parts a series of counts into two levels.

    Every day is tried (exact), by the Poisson likelihood of counts with a known expectation.
    Days are dealt anew to see how sharp a change chance makes. With every date equally
    likely beforehand the likelihoods are probabilities of the date; the interval is the
    shortest run of days around the best that holds ``level`` of them.

    Args:
        series: ``day, orders, expected``; days without expectation are dropped.
        name: What is looked at, for the reader.
        shop: Name of the shop.
        draws: Random orders of the days, 99 to 99,999.
        level: Probability that the interval holds the date.
        seed: Of the random orders.

    Raises:
        CannotTell: Fewer than 14 days, or nothing sold.
        ParameterError: ``draws`` is out of bounds.

    Source:
        Hinkley (1970), Biometrika 57, 1-17; permutation: Antoch and Huskova (2001).
    """
    if not 99 <= draws <= 99_999:
        raise ParameterError(N_("draws must lie between 99 and 99,999; got {value}"), value=draws)
    frame = series[series["expected"] > 0].sort_values("day").reset_index(drop=True)
    x, m = frame["orders"].to_numpy(float), frame["expected"].to_numpy(float)
    if len(frame) < _LEAST_DAYS or x.sum() <= 0:
        raise CannotTell(
            N_("A date of change needs {least} comparable days with orders; there are {n}."),
            least=_LEAST_DAYS,
            n=int((x > 0).sum()),
        )
    m = m * (x.sum() / m.sum())
    gain = _gain(x[None, :], m[None, :])[0]
    best = int(np.argmax(gain))
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((draws, len(x))), axis=1)
    chance = _gain(x[order], m[order]).max(axis=1)
    p_value = float((1 + (chance >= gain[best] - 1e-12).sum()) / (draws + 1))
    cut = best + 1
    rates = [x[:cut].sum() / m[:cut].sum(), x[cut:].sum() / m[cut:].sum()]
    fitted = np.where(np.arange(len(x)) < cut, rates[0], rates[1]) * m
    noise = float(((x - fitted) ** 2 / np.maximum(fitted, 0.5)).sum() / max(len(x) - 2, 1))
    likely = np.exp((gain - gain[best]) / max(noise, 1.0))
    low, high = _shortest(likely / likely.sum(), best, level)
    days = pd.to_datetime(frame["day"])
    frame["ratio"] = x / m
    return ChangePoint(
        frame.assign(expected=m), days[cut].date(), days[low + 1].date(), days[high + 1].date(),
        float(rates[0]), float(rates[1]), p_value, name, shop, level,
    )  # fmt: skip


def _gain(x: Floats, m: Floats) -> Floats:
    """Log likelihood gained by a cut after each day but the last, a row per series."""
    a, e = np.cumsum(x, axis=1), np.cumsum(m, axis=1)
    total, whole = a[:, -1:], e[:, -1:]
    a, e = a[:, :-1], e[:, :-1]

    def part(count: Floats, exposure: Floats) -> Floats:
        rate = count / np.maximum(exposure, 1e-12)
        return np.where(count > 0, count * np.log(np.maximum(rate, 1e-300)), 0.0)

    gained: Floats = part(a, e) + part(total - a, whole - e) - part(total, whole)
    return gained


def _shortest(chance: Floats, best: int, level: float) -> tuple[int, int]:
    low = high = best
    held = float(chance[best])
    while held < level and (low > 0 or high < len(chance) - 1):
        left = chance[low - 1] if low > 0 else -1.0
        right = chance[high + 1] if high < len(chance) - 1 else -1.0
        if left >= right:
            low -= 1
        else:
            high += 1
        held += float(max(left, right))
    return low, high
