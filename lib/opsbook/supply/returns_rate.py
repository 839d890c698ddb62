"""Which share of what was sold comes back in the end, returns still to come included."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.common.hours import hours_between, midnight
from opsbook.common.nowcast import DelayCurve
from opsbook.common.return_cohorts import cohort_nowcast, curve_of, period_nowcast
from opsbook.common.return_lines import NEEDS, asked_by_day, faults, returned_lines, sold_by_day
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.return_costs import ReturnRates, line_costs
from opsbook.supply.return_groups import judged, return_groups
from opsbook.supply.shrinkage import check_level

__all__ = ["ALERT_POINTS", "Returns", "returns_rate"]

ALERT_POINTS = 0.02
"""Rate above the mean from which the source wants an alert (001): 2 points."""


@dataclass(frozen=True)
class Returns:
    """What comes back of a period's sales, as known on one morning.

    Args:
        period: Days of ordering.
        known: Requests from this day on were not known.
        lines: Lines sold in the period.
        asked: Of those, lines asked back so far.
        to_come: Returns still expected of them.
        to_come_low: Lower end of its interval.
        to_come_high: Upper end.
        rate: Expected final share of lines.
        rate_low: Lower end.
        rate_high: Upper end.
        before: Expected final share of the period before, as known now.
        curve: Delay from sale to request.
        seen_days: Longest delay the data could have shown, days.
        cohorts: One row per month of purchase, oldest first: ``month, lines, asked, raw,
            grown`` (share of its returns known), ``to_come, low, high, rate, rate_low,
            rate_high``.
        groups: One row per ``by`` (product, category, supplier) and ``name``: ``lines,
            asked, raw, rate`` (completed), ``shrunk, low, high`` (drawn toward the mean),
            ``limit`` (mean of reference + alert points), ``q_value`` (above the limit by
            luck, adjusted for many tests; products only), ``alert, cost``.
        back: Returned lines of the period by ``reason, category, sku``: ``asked, cost``.
        refund: ``n, half, within`` (hours to the refund: cases settled, median; share in 24
            hours of requests that are a day old), empty where no refund is recorded.
        cost: What the returns of the period asked so far cost, by part.
        rates: Assumptions behind the cost.
        industry: Mean that alerts compare with, by category; empty: the shop's own.
        left_out: Requests that do not count, by reason.
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    period: Period
    known: date
    lines: int
    asked: int
    to_come: float
    to_come_low: float
    to_come_high: float
    rate: float
    rate_low: float
    rate_high: float
    before: float
    curve: DelayCurve
    seen_days: int
    cohorts: pd.DataFrame
    groups: pd.DataFrame
    back: pd.DataFrame
    refund: dict[str, float]
    cost: dict[str, float]
    rates: ReturnRates
    industry: Mapping[str, float]
    left_out: dict[str, int]
    level: float
    currency: str
    shop: str

    @property
    def total_cost(self) -> float:
        """Cost of the returns of the period, those to come at the mean of those known."""
        now = sum(self.cost.values())
        return now * (1 + self.to_come / self.asked) if self.asked else 0.0


@shared
def returns_rate(
    shop: Shop,
    period: Period,
    *,
    known: date | None = None,
    history: int = 730,
    longest: int = 60,
    rates: ReturnRates | None = None,
    industry: Mapping[str, float] | None = None,
    alert_points: float = ALERT_POINTS,
    level: float = 0.95,
) -> Returns:
    """Count returns, complete them by those still to come, and compare products fairly.

    Args:
        shop: Needs ``orders``, ``order_lines`` and ``returns``; ``purchase_orders`` names
            the suppliers.
        period: Days of ordering.
        known: Day from which on nothing is known; the end of the period unless given.
        history: Days of sales the delay is learned from, 28 to 3650.
        longest: Days after which returns no longer come, 7 to 365.
        rates: Assumptions behind the cost.
        industry: Mean return rate by category to compare with; without one for a category,
            its own mean in the shop is taken.
        alert_points: How far above the mean a product may lie, fraction 0 to 1.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: The shop lacks a table, or the period has no sale.
        ParameterError: A parameter is out of bounds.
    """
    check_level(level)
    _check(history, longest, alert_points)
    shop.require(NEEDS)
    rates, known = rates or ReturnRates(), known or period.end
    start = max(data_days(shop).start, known - timedelta(days=history))
    start = min(start, period.before().start)
    back = returned_lines(shop, start, known, known)
    sold, asked = sold_by_day(shop, start, known), asked_by_day(back)
    sold["day"], asked["day"] = pd.to_datetime(sold["day"]), pd.to_datetime(asked["day"])
    curve = curve_of(asked, start, known, longest)
    cohorts, phi = cohort_nowcast(sold, asked, curve, known, level)
    whole = period_nowcast(sold, asked, curve, known, period, phi, level)
    if not whole["lines"]:
        raise CannotTell(N_("nothing was sold in the period, so nothing can have come back"))
    past = period_nowcast(sold, asked, curve, known, period.before(), phi, level)
    mine = line_costs(in_days(back, period.start, period.end), rates)
    groups, table = return_groups(shop, mine, curve, period, known)
    costs = mine.aggregate(
        **{c: mine[c].sum() for c in ("margin", "write_off", "freight_cost", "handling")}
    )
    return Returns(
        period=period,
        known=known,
        lines=int(whole["lines"]),
        asked=int(whole["known"]),
        to_come=whole["to_come"],
        to_come_low=whole["low"],
        to_come_high=whole["high"],
        rate=whole["rate"],
        rate_low=whole["rate_low"],
        rate_high=whole["rate_high"],
        before=past["rate"],
        curve=curve,
        seen_days=min(longest, (known - start).days),
        cohorts=cohorts,
        groups=judged(groups, dict(industry or {}), alert_points, level),
        back=table,
        refund=_refund(back, period, known),
        cost={k: float(v or 0) for k, v in costs.execute().iloc[0].items()},
        rates=rates,
        industry=dict(industry or {}),
        left_out=faults(shop, period.start, known),
        level=level,
        currency=shop.currency,
        shop=shop.title,
    )


def _check(history: int, longest: int, alert_points: float) -> None:
    for name, value, low, high in (
        ("history", history, 28, 3650),
        ("longest", longest, 7, 365),
        ("alert_points", alert_points, 0, 1),
    ):
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of range; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip


def _refund(back: Frame, period: Period, known: date) -> dict[str, float]:
    mine = in_days(back, period.start, period.end)
    hours = hours_between(mine.refund_ts, mine.request_ts)
    old = hours_between(midnight(known), mine.request_ts) >= 24
    quick = ibis.coalesce((hours >= 0) & (hours <= 24), ibis.literal(False))
    row = mine.aggregate(
        n=(hours >= 0).fill_null(False).sum(),
        half=hours.median(where=(hours >= 0).fill_null(False)),
        old=old.sum(),
        quick=(old & quick).sum(),
    ).execute()
    n, half, cases, hits = (float(v) if v == v and v is not None else 0.0 for v in row.iloc[0])
    if not n:
        return {}
    return {"n": n, "half": half, "cases": cases, "within": hits / cases if cases else np.nan}
