"""How much of the year's sales comes on promotion days, and whether everyday sales suffer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.dependence_growth import (
    YEAR,
    by_plan,
    everyday_growth,
    faster_events,
    share_of,
    whole_weeks,
)
from opsbook.campaign.promo_days import promo_days
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import data_days
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Dependence", "dependence"]

Floats = NDArray[np.float64]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("campaign_id", "start_date", "end_date"),
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
_LEAST_DAYS = 56


@dataclass(frozen=True)
class Dependence:
    """Promotional and everyday sales.

    Args:
        days: One row per day: ``day, kind`` (``event``: a campaign of four days or more;
            ``short``: a shorter one; ``everyday``), ``phase`` (of an event: preheat, peak,
            tail), ``gmv, tagged`` (of orders that carry a campaign), ``below`` (of goods below
            list price), ``margin, costed``.
        months: One row per month: ``month, event, short, everyday`` (money), ``share`` (of
            event and short), ``day_share`` (their share of the days).
        shares: One row per definition (``event, any, tagged, below``) and value of the last
            year and the one before: ``what, now, before``.
        now: Share of sales on event days in the last 52 weeks (all the data where there
            are fewer).
        day_share: Share of the days.
        change: Change of ``now`` against the 52 weeks before, fraction; not a number with less
            than two years.
        plan: The part of it that more or fewer event days make by themselves.
        faster: Growth of the same events' days over that of everyday days, less 1: value,
            low, high; not numbers with less than two years or two events.
        compared: Events in ``faster``.
        everyday: Growth of sales per everyday day against the same weeks a year before: value,
            low, high.
        restless: Standard deviation of weekly everyday sales around their year's course,
            share of the mean; weekdays evened out.
        times: Sales of a peak day over those of an everyday day.
        margin_everyday: Margin over sales on everyday days of the last year.
        margin_event: The same on event days.
        event_gmv: Sales of event days in the last year, money.
        everyday_gmv: The same of everyday days.
        verdict: ``growing`` (event days gain on everyday days, whose sales fall), ``more``
            (they gain), ``less``, ``steady`` (no clear change), ``one_year``.
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    days: pd.DataFrame
    months: pd.DataFrame
    shares: pd.DataFrame
    now: float
    day_share: float
    change: float
    plan: float
    faster: tuple[float, float, float]
    compared: tuple[str, ...]
    everyday: tuple[float, float, float]
    restless: float
    times: float
    margin_everyday: float
    margin_event: float
    event_gmv: float
    everyday_gmv: float
    verdict: Literal["growing", "more", "less", "steady", "one_year"]
    level: float
    currency: str
    shop: str


@shared
def dependence(
    shop: Shop, *, end: date | None = None, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Dependence:
    """Share of sales on promotion days, its change, and how everyday sales fare.

    Days are sorted by the plan: an event is a campaign of four days or more that was open
    to everybody, warm-up and tail included. Everyday weeks are compared with the same weeks a
    year before (blocks of four weeks resampled), event days with the same days of the same
    event (each event left out in turn). How many event days there are is the shop's plan and
    has no interval.

    Args:
        shop: Needs ``campaigns``, ``orders`` and ``order_lines``.
        end: Day after the last one looked at; the end of the data unless given.
        level: Confidence of the intervals, 0.5 to 0.999.
        draws: Samples, 100 or more.
        seed: Of the samples.

    Raises:
        CannotTell: There are fewer than eight weeks, or no event, or no everyday day.
        ParameterError: A parameter is out of range.

    Source:
        Entry E14 (004-01). Block bootstrap: Künsch (1989), Annals of Statistics 17, 1217-1241.
    """
    if not 0.5 <= level <= 0.999 or draws < 100:
        raise ParameterError(
            N_("level {level} and draws {draws}: use 0.5 to 0.999, and 100 or more"),
            level=level, draws=draws,
        )  # fmt: skip
    shop.require(NEEDS)
    span = data_days(shop)
    last = min(end or span.end, span.end)
    if (last - span.start).days < _LEAST_DAYS:
        raise CannotTell(N_("shares of promotion days need eight weeks of sales"))
    days = _days(shop, span.start, last)
    if not (days["kind"] == "event").any():
        raise CannotTell(
            N_("no campaign of four days or more was open to everybody: nothing to depend on")
        )
    if not (days["kind"] == "everyday").any():
        raise CannotTell(N_("every day of the data lies in a campaign: no everyday sales to see"))
    weeks = whole_weeks(days)
    year = days.iloc[-7 * YEAR :]
    sums = year.groupby("kind")[["gmv", "margin", "costed"]].sum()
    rates = (sums["margin"] / sums["costed"].where(sums["costed"] > 0)).to_dict()
    everyday, error = everyday_growth(weeks, level, draws, seed)
    faster, compared = faster_events(days, float(np.log1p(everyday[0])), error, level)
    change, plan = by_plan(days)
    peak = year.loc[year["phase"] == "peak", "gmv"].mean()
    normal = year.loc[year["kind"] == "everyday", "gmv"].mean()
    return Dependence(
        days=days,
        months=_months(days),
        shares=_shares(days),
        now=share_of(year, year["kind"] == "event"),
        day_share=float((year["kind"] == "event").mean()),
        change=change,
        plan=plan,
        faster=faster,
        compared=compared,
        everyday=everyday,
        restless=_restless(weeks),
        times=float(peak / normal) if normal > 0 else float("nan"),
        margin_everyday=float(rates.get("everyday", np.nan)),
        margin_event=float(rates.get("event", np.nan)),
        event_gmv=float(sums["gmv"].get("event", 0.0)),
        everyday_gmv=float(sums["gmv"].get("everyday", 0.0)),
        verdict=_verdict(faster, everyday),
        level=level,
        currency=shop.currency,
        shop=shop.title,
    )


def _days(shop: Shop, start: date, end: date) -> pd.DataFrame:
    orders = paid_orders(shop)
    tagged = orders.campaign_id.notnull() if "campaign_id" in orders.columns else None
    orders = orders.select(
        "order_id", "day", tagged=tagged if tagged is not None else orders.day.isnull()
    )
    lines = line_amounts(shop).select("order_id", "amount", "list_amount", "cost")
    joined = lines.join(orders, "order_id")
    joined = joined.mutate(
        under=(joined.list_amount > joined.amount + 0.005).ifelse(joined.amount, 0.0),
        margin=(joined.amount - joined.cost).fill_null(0.0),
        costed=joined.cost.notnull().ifelse(joined.amount, 0.0),
        mine=joined.tagged.ifelse(joined.amount, 0.0),
    )
    found = (
        joined.group_by("day")
        .aggregate(
            gmv=joined.amount.sum(), tagged=joined.mine.sum(), below=joined.under.sum(),
            margin=joined.margin.sum(), costed=joined.costed.sum(),
        )
        .execute()
    )  # fmt: skip
    found["day"] = pd.to_datetime(found["day"])
    every = pd.date_range(start, end, inclusive="left", name="day")
    frame = found.set_index("day").reindex(every).fillna(0.0).astype(float).reset_index()
    return frame.merge(promo_days(shop, start, end), on="day")


def _months(days: pd.DataFrame) -> pd.DataFrame:
    month = days["day"].dt.to_period("M").dt.to_timestamp().rename("month")
    table = days.pivot_table(
        index=month, columns="kind", values="gmv", aggfunc="sum", fill_value=0.0
    ).reindex(columns=["event", "short", "everyday"], fill_value=0.0)
    table["share"] = 1 - table["everyday"] / table.sum(axis=1).where(lambda v: v > 0)
    table["day_share"] = (days["kind"] != "everyday").groupby(month).mean()
    return table.rename_axis(columns=None).reset_index()


def _shares(days: pd.DataFrame) -> pd.DataFrame:
    now = days.iloc[-7 * YEAR :]
    before = days.iloc[-14 * YEAR : -7 * YEAR]
    full = len(before) == 7 * YEAR
    rows = []
    for what in ("event", "any", "tagged", "below"):
        values = []
        for part in (now, before):
            gmv = float(part["gmv"].sum())
            if what == "event":
                some = float(part.loc[part["kind"] == "event", "gmv"].sum())
            elif what == "any":
                some = float(part.loc[part["kind"] != "everyday", "gmv"].sum())
            else:
                some = float(part[what].sum())
            values.append(some / gmv if gmv > 0 else float("nan"))
        rows.append((what, values[0], values[1] if full else float("nan")))
    return pd.DataFrame(rows, columns=["what", "now", "before"])


def _restless(weeks: pd.DataFrame) -> float:
    """How far everyday weeks stray from the 13 weeks around them."""
    values = weeks["everyday"]
    course = values.rolling(13, center=True, min_periods=5).mean()
    off = (values / course - 1).dropna()
    return float(off.std(ddof=1)) if len(off) > 2 else float("nan")


def _verdict(
    faster: tuple[float, float, float], everyday: tuple[float, float, float]
) -> Literal["growing", "more", "less", "steady", "one_year"]:
    if faster[0] != faster[0]:
        return "one_year"
    if faster[1] > 0:
        return "growing" if everyday[2] < 0 else "more"
    return "less" if faster[2] < 0 else "steady"
