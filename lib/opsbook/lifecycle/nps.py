"""Net promoter score with its interval: level, course, and whether it really moved."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_, count, t
from opsbook.lifecycle.net_score import net_score, nps_interval, score_gap
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "SMALL", "Nps", "answers", "net_score", "nps", "nps_interval", "score_gap"]

NEEDS = {"nps": ("date", "score")}
SMALL = 100
"""Below this many answers the interval is wider than most changes one would act on."""


@dataclass(frozen=True)
class Nps:
    """Net promoter score of a period and its course. Scores are fractions, -1 to 1.

    Args:
        score: Share of promoters (9, 10) less share of detractors (0 to 6).
        low: Lower end of its interval.
        high: Upper end.
        promoters: Answers of 9 or 10.
        passives: Answers of 7 or 8.
        detractors: Answers of 0 to 6.
        trend: One row per month with an answer: ``month, answers, score, low, high,
            small`` (fewer than 100 answers), ``partial`` (the data begin or end inside).
        before: Score of the period of equal length before; not a number without answers.
        change: Change against it, with ``change_low, change_high, change_p``.
        slope: Change a year over all complete months, with ``slope_p``; not a number under
            six months.
        outside: Answers left out because the score lies outside 0 to 10.
        period: The days.
        level: Confidence of the intervals.
        source: Name of the shop.
    """

    score: float
    low: float
    high: float
    promoters: int
    passives: int
    detractors: int
    trend: pd.DataFrame
    before: float
    change: float
    change_low: float
    change_high: float
    change_p: float
    slope: float
    slope_p: float
    outside: int
    period: Period
    level: float
    source: str

    @property
    def answers(self) -> int:
        """Answers in the period."""
        return self.promoters + self.passives + self.detractors

    def headline(self) -> str:
        """Where the score stands and whether it moved, saying no more than the data do."""
        values = {"score": in_points(self.score), "low": in_points(self.low)}
        values["high"] = in_points(self.high)
        if self.answers < SMALL:
            text = t("NPS is somewhere between {low} and {high}: only {n} answers",
                     n=count(self.answers), **values)  # fmt: skip
            return text
        if self.change_p < 1 - self.level:
            up = t("NPS rose to {score} ({low} to {high}), from {before}")
            down = t("NPS fell to {score} ({low} to {high}), from {before}")
            return (up if self.change > 0 else down).format(before=in_points(self.before), **values)
        return t("NPS is {score} ({low} to {high}); no change beyond chance", **values)

    def words(self) -> str:
        """Counts, change and trend with their uncertainty."""
        parts = [
            t(
                "{n} answers: {p} promoters, {m} passives, {d} detractors.",
                n=count(self.answers),
                p=count(self.promoters),
                m=count(self.passives),
                d=count(self.detractors),
            )
        ]
        if self.change == self.change:
            parts.append(
                t(
                    "Against the period before: {change} points ({low} to {high}).",
                    change=in_points(self.change, sign=True),
                    low=in_points(self.change_low, sign=True),
                    high=in_points(self.change_high, sign=True),
                )
            )
        if self.slope == self.slope:
            sure = t("a trend beyond chance") if self.slope_p < 1 - self.level else (
                t("which may be chance"))  # fmt: skip
            parts.append(
                t(
                    "Over all complete months it moves by {slope} points a year, {sure}.",
                    slope=in_points(self.slope, sign=True),
                    sure=sure,
                )
            )
        if self.answers < SMALL:
            parts.append(t("Under {n} answers it is a rough guess.", n=count(SMALL)))
        if self.outside:
            parts.append(t("{n} answers outside 0 to 10 are left out.", n=count(self.outside)))
        return " ".join(parts)


def in_points(score: float, *, sign: bool = False) -> str:
    """A score as people say it: ``0.382`` as ``38.2``."""
    plus = "+" if sign and round(score * 100, 1) > 0 else ""
    return plus + count(score * 100, 1)


def answers(shop: Shop, period: Period | None = None) -> Frame:
    """Answers with what they count as.

    Returns:
        One row per answer of 0 to 10: the table's columns, ``day``, ``promoter`` and
        ``detractor`` (0 or 1).

    Raises:
        CannotTell: The shop has no table ``nps``.
    """
    shop.require(NEEDS)
    frame = shop.nps.mutate(day=shop.nps.date)
    frame = frame.filter(frame.score.between(0, 10))
    frame = frame.mutate(
        promoter=(frame.score >= 9).cast("int64"), detractor=(frame.score <= 6).cast("int64")
    )
    return in_days(frame, period.start, period.end) if period is not None else frame


@shared
def nps(shop: Shop, period: Period, *, level: float = 0.95) -> Nps:
    """Net promoter score of a period, against the one before and over all months.

    Args:
        shop: Needs the table ``nps``.
        period: The period in question.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: There is no table ``nps``, or no answer in the period.
        ParameterError: ``level`` is out of range.

    Source:
        Reichheld (2003), Harvard Business Review 81(12), 46-54 (the score).
    """
    every = answers(shop)
    days = every.group_by("day").aggregate(
        p=every.promoter.sum(), d=every.detractor.sum(), n=every.count()
    )
    daily = days.order_by("day").execute()
    daily["day"] = pd.to_datetime(daily["day"])
    now, base = (_sums(daily, p) for p in (period, period.before()))
    if not now[2]:
        raise CannotTell(N_("nobody answered the survey in {period}"), period=str(period))
    low, high = nps_interval([now[0]], [now[1]], [now[2]], level)
    trend = _trend(daily, level)
    slope, slope_p = _slope(trend[~trend["partial"]])
    change = score_gap(now, base, level)
    wrong = in_days(shop.nps, period.start, period.end, "date")
    outside = int(wrong.filter(~wrong.score.between(0, 10)).count().execute())
    p, d, n = (int(v) for v in now)
    return Nps(
        (p - d) / n, float(low[0]), float(high[0]), p, n - p - d, d, trend,
        float(net_score(base[0], base[1], base[2])), *change, slope, slope_p, outside, period,
        level, shop.title,
    )  # fmt: skip


def _sums(daily: pd.DataFrame, period: Period) -> tuple[float, float, float]:
    day = daily["day"]
    inside = daily[(day >= pd.Timestamp(period.start)) & (day < pd.Timestamp(period.end))]
    p, d, n = (float(inside[c].sum()) for c in ("p", "d", "n"))
    return p, d, n


def _trend(daily: pd.DataFrame, level: float) -> pd.DataFrame:
    month = daily["day"].dt.to_period("M").dt.to_timestamp()
    frame = daily.groupby(month)[["p", "d", "n"]].sum().rename_axis("month").reset_index()
    frame["score"] = net_score(frame["p"], frame["d"], frame["n"])
    frame["low"], frame["high"] = nps_interval(frame["p"], frame["d"], frame["n"], level)
    frame["small"] = frame["n"] < SMALL
    first, last = daily["day"].iloc[0], daily["day"].iloc[-1]
    ends = frame["month"] + pd.offsets.MonthEnd(0)
    # A week's grace: surveys do not go out every day.
    week = pd.Timedelta(days=7)
    frame["partial"] = (frame["month"] < first - week) | (ends > last + week)
    return frame.rename(columns={"n": "answers", "p": "promoters", "d": "detractors"})


def _slope(trend: pd.DataFrame) -> tuple[float, float]:
    """Change a year of the monthly score, weighted by how well each month is known."""
    from scipy.stats import norm

    if len(trend) < 6:
        return float("nan"), float("nan")
    n = trend["answers"].to_numpy(np.float64)
    p, d = ((trend[c].to_numpy(np.float64) + 0.5) / (n + 1.5) for c in ("promoters", "detractors"))
    weight = n / (p + d - (p - d) ** 2)
    years = (trend["month"] - trend["month"].iloc[0]).dt.days.to_numpy(np.float64) / 365.25
    score = trend["score"].to_numpy(np.float64)
    centre = years - np.average(years, weights=weight)
    spread = float((weight * centre**2).sum())
    slope = float((weight * centre * score).sum() / spread)
    left = score - np.average(score, weights=weight) - slope * centre
    # Months that scatter more than chance widen the error; fewer never narrow it.
    excess = max(1.0, float((weight * left**2).sum() / (len(trend) - 2)))
    return slope, float(2 * norm.sf(abs(slope) / np.sqrt(excess / spread)))
