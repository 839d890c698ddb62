"""How much of the advertising hangs on one channel: top share, HHI, and their course."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "SpendConcentration", "hhi", "spend_concentration"]

NEEDS = {"orders": ("order_id", "order_ts"), "ad_spend": ("date", "channel", "cost")}
_MONTH_DAYS = 28
_MOST_MONTHS = 26


@dataclass(frozen=True)
class SpendConcentration:
    """Spend by channel now and before.

    Args:
        frame: One row per channel with spend in the window, largest first: ``channel,
            spend`` (money), ``share``; ``credited`` (orders by last click in the window),
            ``credited_share`` (of all orders) and ``worth`` (their margin, else sales); not
            a number where orders name no channel.
        history: One row per four weeks and channel: ``start, channel, share``.
        course: One row per four weeks: ``start, spend, top, hhi``.
        top: Share of the largest channel, fraction.
        hhi: Herfindahl-Hirschman index, 0 to 10,000.
        alike: How many channels of equal size would be as concentrated.
        orders: Orders in the window.
        has_margin: Whether worth is margin.
        window: Days counted.
        currency: ISO code.
        shop: Title of the shop.
    """

    frame: pd.DataFrame
    history: pd.DataFrame
    course: pd.DataFrame
    top: float
    hhi: float
    alike: float
    orders: float
    has_margin: bool
    window: Period
    currency: str
    shop: str

    @property
    def largest(self) -> str:
        """Name of the channel with most spend."""
        return str(self.frame["channel"].iloc[0])


def hhi(amounts: pd.Series) -> float:
    """Herfindahl-Hirschman index of amounts: sum of squared shares in per cent.

    Args:
        amounts: Zero or more each, in any unit.

    Returns:
        10,000 / n for n alike up to 10,000 for one alone; not a number without any.

    Source:
        U.S. Department of Justice and FTC, Merger Guidelines (2023), guideline 1.

    Example:
        >>> round(hhi(pd.Series([30, 30, 20, 20])))
        2600
    """
    total = float(amounts.sum())
    return float(((amounts / total * 100) ** 2).sum()) if total > 0 else float("nan")


def spend_concentration(
    shop: Shop, *, end: date | None = None, window_days: int = 56
) -> SpendConcentration:
    """Measure how the advertising budget is spread over channels.

    Args:
        shop: Needs ``ad_spend``; with ``orders.channel`` the dependence of orders is told.
        end: Day after the last one; the end of the data unless given.
        window_days: Days that count as now, 7 to 365.

    Raises:
        CannotTell: No advertising is on record, or none in the window.
        ParameterError: ``window_days`` is out of range.
    """
    if not 7 <= window_days <= 365:
        raise ParameterError(
            N_("window_days {value} is out of range; use 7 to 365"), value=window_days
        )
    return _concentration(shop, end, window_days)


@shared
def _concentration(shop: Shop, end: date | None, window_days: int) -> SpendConcentration:
    shop.require(NEEDS)
    known = data_days(shop)
    last = min(known.end, end or known.end)
    window = Period(last - timedelta(days=window_days), last)
    rows = shop.ad_spend
    rows = rows.filter(rows.cost.notnull(), rows.channel.notnull(), rows.date < last)
    daily = rows.group_by("date", "channel").aggregate(spend=rows.cost.sum()).execute()
    daily["date"] = pd.to_datetime(daily["date"])
    now = daily[daily["date"] >= pd.Timestamp(window.start)].groupby("channel")["spend"].sum()
    now = now[now > 0].astype(np.float64).sort_values(ascending=False, kind="stable")
    if now.empty:
        raise CannotTell(N_("nothing was spent on advertising in the last {days} days"),
                         days=window_days)  # fmt: skip
    frame = pd.DataFrame({"channel": now.index.astype(str), "spend": now.to_numpy()})
    frame["share"] = frame["spend"] / frame["spend"].sum()
    credit, orders, has_margin = _credited(shop, window)
    frame = frame.merge(credit, on="channel", how="left")
    if len(credit):
        frame[["credited", "worth"]] = frame[["credited", "worth"]].fillna(0.0)
    frame["credited_share"] = frame["credited"] / orders if orders else np.nan
    history, course = _history(daily, last)
    now_hhi = hhi(frame["spend"])
    return SpendConcentration(
        frame, history, course, float(frame["share"].iloc[0]), now_hhi, 10_000 / now_hhi,
        orders, has_margin, window, shop.currency, shop.title,
    )  # fmt: skip


def _credited(shop: Shop, window: Period) -> tuple[pd.DataFrame, float, bool]:
    """Orders and their worth by the channel recorded with them."""
    orders = in_days(order_totals(shop), window.start, window.end)
    if "channel" not in orders.columns:
        total = float(orders.count().execute())
        none = pd.DataFrame({"channel": pd.Series(dtype=str), "credited": 0.0, "worth": 0.0})
        return none, total, False
    found = (
        orders.group_by("channel")
        .aggregate(
            credited=orders.count(),
            amount=orders.amount.sum(),
            cost=orders.cost.sum(),
            costed=orders.costed_amount.sum(),
        )
        .execute()
    )
    numbers = ["credited", "amount", "cost", "costed"]
    found[numbers] = found[numbers].astype(np.float64)
    has_margin = shop.has("order_lines", "unit_cost") and float(found["costed"].sum()) > 0
    rate = 1 - found["cost"] / found["costed"].where(found["costed"] > 0)
    found["worth"] = found["amount"] * (rate if has_margin else 1.0)
    return found[["channel", "credited", "worth"]], float(found["credited"].sum()), has_margin


def _history(daily: pd.DataFrame, last: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares by four weeks, counted back from the last day; a part block at the start is left."""
    back = (pd.Timestamp(last) - daily["date"]).dt.days - 1
    block = back // _MONTH_DAYS
    whole = (int(back.max()) + 1) // _MONTH_DAYS
    inside = daily[block < min(max(whole, 1), _MOST_MONTHS)].assign(block=block)
    sums = inside.groupby(["block", "channel"])["spend"].sum().astype(np.float64).reset_index()
    totals = sums.groupby("block")["spend"].transform("sum")
    sums["share"] = sums["spend"] / totals.where(totals > 0)
    sums["start"] = pd.Timestamp(last) - pd.to_timedelta((sums["block"] + 1) * _MONTH_DAYS, "D")
    sums = sums.dropna(subset=["share"])
    course = (
        sums.groupby("start")
        .agg(
            spend=("spend", "sum"),
            top=("share", "max"),
            hhi=("share", lambda s: float((s**2).sum() * 10_000)),
        )
        .reset_index()
    )
    return sums[["start", "channel", "share"]].sort_values("start"), course
