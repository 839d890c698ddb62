"""Whether the returns foretold came: earlier mornings replayed with what was known on them."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from opsbook.common.return_cohorts import cohort_nowcast, curve_of, period_nowcast
from opsbook.common.return_lines import NEEDS, asked_by_day, returned_lines, sold_by_day
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.shrinkage import check_level

__all__ = ["NowcastCheck", "nowcast_check"]


@dataclass(frozen=True)
class NowcastCheck:
    """Sales of four weeks, their returns foretold on the day after, and what came.

    Args:
        looks: One row per morning: ``known, lines, asked`` (by then), ``foretold`` (final
            number), ``low, high, came`` (final number in fact), ``inside``.
        level: Confidence the intervals claim.
        shop: Title of the shop.
    """

    looks: pd.DataFrame
    level: float
    shop: str

    @property
    def bias(self) -> float:
        """Foretold over what came, less 1."""
        return float(self.looks["foretold"].sum() / self.looks["came"].sum() - 1)

    @property
    def naive_bias(self) -> float:
        """What was asked by then over what came, less 1."""
        return float(self.looks["asked"].sum() / self.looks["came"].sum() - 1)


@shared
def nowcast_check(
    shop: Shop,
    end: date,
    *,
    days: int = 28,
    first: int = 120,
    history: int = 730,
    longest: int = 60,
    level: float = 0.95,
) -> NowcastCheck:
    """Replay the estimate on every fourth Monday or so of the past.

    Args:
        shop: As in ``returns_rate``.
        end: Day from which on nothing is known.
        days: Length of the sales looked at, and between two mornings, days.
        first: Days of history a morning must have behind it.
        history: As in ``returns_rate``.
        longest: As there; mornings younger than this have no answer yet.
        level: Confidence of the intervals.

    Raises:
        CannotTell: No morning has enough history and an answer.
    """
    check_level(level)
    shop.require(NEEDS)
    start = data_days(shop).start
    back = returned_lines(shop, start, end, end)
    sold, asked = sold_by_day(shop, start, end), asked_by_day(back)
    sold["day"], asked["day"] = pd.to_datetime(sold["day"]), pd.to_datetime(asked["day"])
    when = asked["day"] + pd.to_timedelta(asked["delay"], unit="D")
    rows = []
    look = end - timedelta(days=longest)
    while (look - start).days >= first:
        known = pd.Timestamp(look)
        seen, open_ = asked[when < known], sold[sold["day"] < known]
        begin = max(start, look - timedelta(days=history))
        seen, open_ = (f[f["day"] >= pd.Timestamp(begin)] for f in (seen, open_))
        curve = curve_of(seen, begin, look, longest)
        _, phi = cohort_nowcast(open_, seen, curve, look, level)
        mine = Period(look - timedelta(days=days), look)
        said = period_nowcast(open_, seen, curve, look, mine, phi, level)
        inside = asked["day"].between(pd.Timestamp(mine.start), known, inclusive="left")
        came = float(asked.loc[inside, "returns"].sum())
        low, high = said["known"] + said["low"], said["known"] + said["high"]
        rows.append(
            {
                "known": look, "lines": said["lines"], "asked": said["known"],
                "foretold": said["known"] + said["to_come"], "low": low, "high": high,
                "came": came, "inside": low <= came <= high,
            }
        )  # fmt: skip
        look -= timedelta(days=days)
    looks = pd.DataFrame(rows[::-1])
    if looks.empty or not looks["came"].sum():
        raise CannotTell(N_("too little history to test the returns foretold against what came"))
    return NowcastCheck(looks, level, shop.title)
