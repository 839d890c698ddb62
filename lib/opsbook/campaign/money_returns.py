"""What comes back of the event's sales: paid back so far, and what is still to come."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.campaign.money_ledger import Days
from opsbook.campaign.money_rates import MoneyRates
from opsbook.common.return_cohorts import cohort_nowcast, curve_of, period_nowcast
from opsbook.common.return_lines import NEEDS, asked_by_day, returned_lines, sold_by_day
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["Back", "returns_money"]

_HISTORY, _LONGEST = 730, 60
_LEAST = 10
"""Returned lines from which a side's own mean is used for those still to come."""


@dataclass(frozen=True)
class Back:
    """Returns of one side, money.

    Args:
        refunds: Paid back, or asked back, so far.
        goods: Worth of the pieces that came back, at cost.
        extra: Return freight and handling.
        to_come: Refunds still expected: low, mean, high.
        to_come_net: What those cost after the goods that come back, refunds not counted:
            handling and freight less goods (below zero where goods are worth more), mean.
        asked: Lines asked back so far.
        lines_to_come: Lines still expected.
        known: Whether returns are on record.
    """

    refunds: float = 0.0
    goods: float = 0.0
    extra: float = 0.0
    to_come: tuple[float, float, float] = (0.0, 0.0, 0.0)
    to_come_net: float = 0.0
    asked: int = 0
    lines_to_come: float = 0.0
    known: bool = False


def returns_money(
    shop: Shop, days: Days, known: date, rates: MoneyRates, level: float
) -> dict[str, Back]:
    """Refunds and goods that come back, of the event's days and of ordinary days.

    Without a table of returns, orders in the state ``refunded`` are what came back.

    Args:
        shop: The shop.
        days: From ``days_of``.
        known: Requests from this day on are not known.
        rates: Assumptions.
        level: Confidence of the interval of returns to come.
    """
    if shop.lacks(NEEDS):
        return _refunded(shop, days)
    start = max(data_days(shop).start, known - timedelta(days=_HISTORY))
    start = min(start, days.first)
    back = returned_lines(shop, start, known, known)
    sums = _sums(back, days, rates)
    sold, asked = sold_by_day(shop, start, known), asked_by_day(back)
    sold["day"], asked["day"] = pd.to_datetime(sold["day"]), pd.to_datetime(asked["day"])
    curve = curve_of(asked, start, known, _LONGEST)
    _, bunching = cohort_nowcast(sold, asked, curve, known, level)
    found = {}
    for side, listed in (("event", days.event), ("usual", days.usual)):
        if not listed:
            found[side] = Back(known=True)
            continue
        span = Period(listed[0], listed[-1] + timedelta(days=1))
        done = period_nowcast(sold, asked, curve, known, span, bunching, level)
        # The ordinary days have gaps: their part of what comes back to the whole span.
        mine = sold["day"].isin(pd.to_datetime(list(listed)))
        share = float(sold.loc[mine, "lines"].sum()) / max(done["lines"], 1.0)
        mean = done["to_come"]
        # A whole number of returns may lie above a mean that is nearly nothing.
        ends = (min(done["low"], mean), mean, max(done["high"], mean))
        counts = tuple(min(share, 1.0) * n for n in ends)
        found[side] = _side(sums, side, counts)
    return found


def _sums(back: Frame, days: Days, rates: MoneyRates) -> pd.DataFrame:
    pieces = ibis.coalesce(back.pieces.nullif(0), 1.0)
    part = ibis.coalesce(ibis.least(back.back_qty / pieces, 1.0), 1.0)
    worth = ibis.cases(
        *((back.grade == name, share) for name, share in rates.resale.items()),
        (back.grade.notnull(), rates.other),
        # Settled without goods: the piece is gone.
        else_=0.0,
    )
    settled = back.grade.notnull() | back.refund_ts.notnull()
    cost = ibis.coalesce(back.cost, 0.0) * part
    back = back.mutate(
        side=ibis.coalesce(days.side(back.day), ibis.literal("other")),
        refund=ibis.coalesce(back.refund_amount, back.amount * part, 0.0),
        settled_cost=ibis.ifelse(settled, cost, 0.0),
        all_cost=cost,
        goods=ibis.ifelse(settled, cost * worth, 0.0),
        extra=ibis.coalesce(back.freight, 0.0) + rates.handling,
    )
    names = ("refund", "settled_cost", "all_cost", "goods", "extra")
    found = back.group_by("side").aggregate(
        n=back.count(), **{name: back[name].sum() for name in names}
    )
    return found.execute().set_index("side")


def _side(sums: pd.DataFrame, side: str, counts: tuple[float, ...]) -> Back:
    whole = sums.sum()
    kept = whole["goods"] / whole["settled_cost"] if whole["settled_cost"] > 0 else 0.0
    mine = sums.loc[side] if side in sums.index else whole * 0.0
    base = mine if mine["n"] >= _LEAST else whole
    each = max(float(base["n"]), 1.0)
    refund = float(base["refund"]) / each
    rest = float(base["extra"] - kept * base["all_cost"]) / each
    # What is not settled yet comes back as what is.
    goods = float(mine["goods"] + kept * (mine["all_cost"] - mine["settled_cost"]))
    low, mean, high = counts
    return Back(
        refunds=float(mine["refund"]),
        goods=goods,
        extra=float(mine["extra"]),
        to_come=(low * refund, mean * refund, high * refund),
        to_come_net=mean * rest,
        asked=int(mine["n"]),
        lines_to_come=mean,
        known=True,
    )


def _refunded(shop: Shop, days: Days) -> dict[str, Back]:
    if not shop.has("orders", "status"):
        return {"event": Back(), "usual": Back()}
    last = days.event[-1] + timedelta(days=1)
    orders = in_days(order_totals(shop), days.first, last)
    gone = orders.filter(orders.status == "refunded")
    gone = gone.mutate(side=days.side(gone.day))
    found = gone.group_by("side").aggregate(
        n=gone.count(), refund=gone.amount.sum(), cost=gone.cost.sum()
    )
    table = found.execute().set_index("side").fillna(0.0)
    return {
        side: Back(
            refunds=float(table["refund"].get(side, 0.0)),
            goods=float(table["cost"].get(side, 0.0)),
            asked=int(table["n"].get(side, 0)),
            known=True,
        )
        for side in ("event", "usual")
    }
