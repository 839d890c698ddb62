"""Did the level move of its own accord just before an event, or stay moved after it?

A price rise, a new channel or a rival's stock-out in the week before an event lifts the
event's days too, and would be credited to it. Two things give it away: sales stood apart
before the event had begun, and they did not come back when it was over.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.structural import Design, expected_days
from opsbook.language import per_cent, t

__all__ = ["Moved", "from_day", "level_moved"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_LAST_DAYS = (3, 5, 7)
"""Stretches just before the event that are tried: nobody knows on which day a level moves."""
_ALARM = 0.02
"""Chance that each of the three looks (before, after, both together) alarms for nothing."""
_SIGN = 0.05
"""Chance below which the days before an event are a sign on their own, once there is alarm."""
_SPREAD = 0.5
_LEAST = 7
_LONG_AFTER = 56
_DRAWS = 1_000


@dataclass(frozen=True)
class Moved:
    """What sales did before and after an event, against the days before both.

    Args:
        days: Days before the event in which sales stood apart most; 0 where none is known.
        before: How far, relative to what the days until then let expect.
        before_p: Chance of as much in the event's direction by luck alone; not a number
            where no day before it is known.
        after: How far the level of the ordinary days after the event lies from that of those
            before it, relative.
        after_low: Lower end of its interval.
        after_high: Upper end.
        after_p: Chance of as much in the event's direction by luck alone; not a number where
            there are fewer than seven ordinary days after it.
        start: First day of the event, counted from the first day of the series.
    """

    days: int
    before: float
    before_p: float
    after: float
    after_low: float
    after_high: float
    after_p: float
    start: int

    @property
    def since(self) -> int:
        """First day on which the level may have been a new one, counted as ``start`` is."""
        return self.start - (self.days if self.kind == "before" else 0)

    @property
    def seen(self) -> bool:
        """Whether the level moved about the event, as far as can be seen."""
        return self.kind != ""

    @property
    def kind(self) -> str:
        """``before`` (it had moved when the event began), ``after`` (it stayed moved), or empty.

        Both signs together weigh more than each alone.

        Source:
            Combining chances: Fisher (1932), Statistical Methods for Research Workers, 21.1.
        """
        first, last = self.before_p, self.after_p
        if not (first < _ALARM or last < _ALARM or _both(first, last) < _ALARM):
            return ""
        return "before" if first < _SIGN else "after"

    def words(self) -> list[str]:
        """What was seen before and after the event, and what could not be looked at."""
        if self.seen:
            said = []
            if self.days:
                said.append(
                    t(
                        "In the {n} days before the event sales departed by {share} from what the "
                        "days until then let expect; luck does as much with chance {chance}.",
                        n=self.days,
                        share=per_cent(self.before, 0, sign=True),
                        chance=per_cent(self.before_p),
                    )
                )
            if self.after == self.after:
                said.append(
                    t(
                        "Ordinary days after it depart by {share} [{low}, {high}] from those "
                        "before it.",
                        share=per_cent(self.after, 0, sign=True),
                        low=per_cent(self.after_low, 0, sign=True),
                        high=per_cent(self.after_high, 0, sign=True),
                    )
                )
            said.append(
                t(
                    "The level moved of its own accord or for the event: the figures lie halfway, "
                    "and the intervals hold both. Look what else changed in those days."
                )
            )
            return said
        if not self.days:
            return [
                t(
                    "The days just before the event are not ordinary ones: whether the level had "
                    "moved when it began cannot be seen."
                )
            ]
        return []


def _both(first: float, last: float) -> float:
    """Chance of a product of two chances as small as theirs; one if either is not known."""
    product = first * last
    return product * (1 - float(np.log(product))) if product > 0 else 1.0


def from_day(design: Design, day: int) -> Design:
    """The same design with a level of its own from a day on.

    Args:
        design: From ``design_for``.
        day: First day of the new level, counted from the first of the series.
    """
    mark = (np.arange(len(design.columns)) >= day).astype(float)
    return Design(
        (*design.names, "moved"),
        np.column_stack([design.columns, mark]),
        np.append(design.spread, _SPREAD),
    )


def level_moved(
    y: Floats,
    design: Design,
    keep: Mask,
    window: Mask,
    event: tuple[int, int],
    *,
    up: bool,
    wide: float = 1.0,
    level: float = 0.95,
) -> Moved:
    """Look at the days just before an event and at those after it.

    The ordinary days are fitted with a level of its own from the event on, so that what is
    expected just before it follows from the days before alone, and how far the two levels lie
    apart is told with an error.

    Args:
        y: The series, one element per day.
        design: Its columns.
        keep: Ordinary days.
        window: Days of the event and about it, which are not among them.
        event: First and last day of the event, counted from the first of the series.
        up: Whether the event is said to have brought more, not less.
        wide: Factor on the model's own error, from placebo dates.
        level: Confidence of the interval.

    Source:
        Effects before their cause: Angrist, Pischke (2009), Mostly Harmless Econometrics,
        5.2; placebo in time: Abadie, Diamond, Hainmueller (2015), American Journal of
        Political Science 59, 495-510.
    """
    from scipy.stats import norm

    start, stop = event[0], event[1] + 1
    known = min(int(keep[:start].sum()), int(keep[stop : stop + _LONG_AFTER].sum())) >= _LEAST
    before = window & (np.arange(len(y)) < start)
    fit = expected_days(y, from_day(design, start), keep, before, draws=_DRAWS, seed=3)
    sign = 1.0 if up else -1.0
    effect, error = float(fit.effects[-1]), float(fit.errors[-1]) * wide
    z = float(norm.ppf((1 + level) / 2))
    after = low = high = chance = float("nan")
    if known:
        after, low, high = np.expm1([effect, effect - z * error, effect + z * error]).tolist()
        chance = float(norm.sf(sign * effect / error))
    days, share, luck = _just_before(y[before], fit.mean, fit.draws, fit.dispersion, sign, wide)
    return Moved(days, share, luck, after, low, high, chance, start)


def _just_before(
    actual: Floats, mean: Floats, draws: Floats, dispersion: float, sign: float, wide: float
) -> tuple[int, float, float]:
    """The stretch that stands apart most: its days, how far, and the chance of that."""
    tried = [n for n in _LAST_DAYS if n <= len(actual)]
    if not tried:
        return 0, float("nan"), float("nan")
    luck = np.random.default_rng(4).standard_normal(draws.shape)
    off = draws - mean + luck * np.sqrt(dispersion * np.maximum(mean, 1e-9))
    sums = np.stack([off[:, -n:].sum(axis=1) for n in tried])
    spread = sums.std(axis=1)
    seen = np.array([sign * float((actual - mean)[-n:].sum()) for n in tried]) / (spread * wide)
    most = (sign * sums / spread[:, None]).max(axis=0)
    best = int(seen.argmax())
    days = tried[best]
    share = float(actual[-days:].sum() / mean[-days:].sum() - 1)
    chance = (1 + int((most >= seen[best]).sum())) / (1 + len(most))
    return days, share, chance
