"""What each channel of traffic brings, what it costs, and which to keep: conversion, cost, return.

Orders are counted for the channel the shop itself records with the order, which is the last
one before it. Return on advertising spend (sales over cost) and return on investment (margin
less cost, over cost) are different figures and are never mixed (X09).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.newly_won import value_after
from opsbook.traffic.worth import Worth, order_worth

__all__ = ["LEAST_ORDERS", "NEEDS", "Channels", "channels"]

NEEDS = {"orders": ("order_id", "order_ts", "channel")}
LEAST_ORDERS = 30
"""Orders below which a channel gets no verdict."""
_MOST = 200
_UNSTATED, _TAIL = "\ue000unstated", "\ue000tail"  # names that have a language


@dataclass(frozen=True)
class Channels:
    """Channels of a period side by side.

    Args:
        frame: One row per channel, by orders: ``channel, orders, buyers, gmv, margin, aov``
            with ``aov_low, aov_high``; ``visits, visitors, orders_per_visit,
            orders_per_visitor, buyers_per_visitor`` (the three conversion rates of X02) with
            ``cvr_low, cvr_high`` (bounds of buyers per visitor), ``bounced`` (share of
            visits); ``new_customers, first_margin`` (margin of a first order), ``value_30,
            value_90`` with bounds and ``followed_30, followed_90``; ``spend, account_sales``
            (claimed by the ad account), ``cac, roas, roas_low, roas_high, roi, roi_low,
            roi_high``, ``break_even`` (share of the channel's orders that the advertising must
            have caused to pay for itself), ``payback_90`` (value of 90 days over cac);
            ``verdict``: keep, watch, cut, unpaid or thin (under ``LEAST_ORDERS``). Gaps: not known.
        period: Days counted.
        worth: What margin is: ``margin``, ``sales`` or ``orders``.
        visits: Whether visits by channel are known.
        costs: Whether spend by channel is known.
        tail: Channels put together as one because there are so many.
        over: Channels with more buyers than visitors: visits are not all recorded.
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    frame: pd.DataFrame
    period: Period
    worth: Worth
    visits: bool
    costs: bool
    tail: int
    over: tuple[str, ...]
    level: float
    currency: str
    shop: str

    @property
    def paid(self) -> pd.DataFrame:
        """Channels that money was spent on."""
        return self.frame[self.frame["spend"].fillna(0) > 0]


def channels(shop: Shop, period: Period, *, level: float = 0.95) -> Channels:
    """Compare the channels of a period.

    Args:
        shop: Needs ``orders.channel``; uses sessions, customers of orders, order lines with
            unit costs and ad spend.
        period: Days to compare.
        level: Confidence of the bounds, 0.5 to 0.999.

    Raises:
        CannotTell: No order names its channel, or there was none in the period.
        ParameterError: The level is out of bounds.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)
    found = _compared(shop, period, level)
    names = {_UNSTATED: t("not stated"), _TAIL: t("other channels")}
    over = tuple(names.get(x, x) for x in found.over)
    return replace(found, frame=found.frame.replace({"channel": names}), over=over)


@shared
def _compared(shop: Shop, period: Period, level: float) -> Channels:
    """The channels in no language: two of them are still marks."""
    shop.require(NEEDS)
    sold, worth = order_worth(shop)
    inside = in_days(sold, period.start, period.end)
    frame = inside.group_by("channel").aggregate(
        orders=inside.count(),
        buyers=inside.buyer.nunique(),
        gmv=inside.amount.sum(),
        margin=inside.worth.sum(),
        gmv_squares=(inside.amount * inside.amount).sum(),
        margin_squares=(inside.worth * inside.worth).sum(),
    ).execute()  # fmt: skip
    if not len(frame) or frame["channel"].isna().all():
        raise CannotTell(N_("no order of {period} names its channel"), period=str(period))
    parts = [_visits(shop, period), _new(shop, period, level), _spend(shop, period)]
    for part in parts:
        if part is not None:
            frame = frame.merge(part, on="channel", how="outer")
    frame, tail = _collected(frame)
    frame = _rates(_filled(frame), worth, level)
    over = frame.loc[frame["buyers"] > frame["visitors"], "channel"]
    return Channels(
        frame, period, worth, parts[0] is not None, parts[2] is not None, tail,
        tuple(over.astype(str)), level, shop.currency, shop.title,
    )  # fmt: skip


def _visits(shop: Shop, period: Period) -> pd.DataFrame | None:
    if not shop.has("sessions", "channel", "visitor_id"):
        return None
    visits = in_days(shop.sessions, period.start, period.end, "start_ts")
    more = {}
    if "bounced" in visits.columns:
        more["bounces"] = visits.bounced.cast("int64").sum()
    found = visits.group_by("channel").aggregate(
        visits=visits.count(), visitors=visits.visitor_id.nunique(), **more
    )
    frame: pd.DataFrame = found.execute()
    return frame if len(frame) else None


def _new(shop: Shop, period: Period, level: float) -> pd.DataFrame | None:
    if not shop.has("orders", "customer_id"):
        return None
    days = data_days(shop)
    end = min(period.end, days.end)
    # A year of new customers, so that a channel's value does not hang on one season.
    since = max(days.start, end - timedelta(days=365 + 90))
    return value_after(shop, since=since, known_until=end, days=(30, 90), level=level, newly=period)


def _spend(shop: Shop, period: Period) -> pd.DataFrame | None:
    if not shop.has("ad_spend", "date", "channel", "cost"):
        return None
    spend = in_days(shop.ad_spend, period.start, period.end, "date")
    more = {"account_sales": spend.revenue.sum()} if "revenue" in spend.columns else {}
    frame: pd.DataFrame = spend.group_by("channel").aggregate(
        spend=spend.cost.sum(), **more
    ).execute()  # fmt: skip
    return frame if len(frame) else None


_SUMS = ("orders", "buyers", "gmv", "margin", "gmv_squares", "margin_squares", "visits",
         "visitors", "bounces", "new_customers", "first_worth", "spend",
         "account_sales")  # fmt: skip
_FOLLOWED = tuple(
    f"{name}" for d in (30, 90) for name in (f"followed_{d}", f"value_{d}", f"value_{d}_low",
                                             f"value_{d}_high")
)  # fmt: skip


def _collected(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Few enough rows to read: the tail becomes one, counts added up."""
    frame = frame.assign(channel=frame["channel"].fillna(_UNSTATED))
    frame = frame.sort_values(["orders", "channel"], ascending=[False, True], na_position="last")
    if len(frame) <= _MOST:
        return frame.reset_index(drop=True), 0
    head, rest = frame.head(_MOST - 1), frame.iloc[_MOST - 1 :]
    # A visitor or buyer of two channels of the tail counts in both; the rate is cautious.
    one = rest[[c for c in _SUMS if c in rest]].sum(min_count=1).to_frame().T
    one = one.assign(channel=_TAIL)
    return pd.concat([head, one], ignore_index=True), len(rest)


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reindex(columns=["channel", *_SUMS, *_FOLLOWED])
    numbers = frame.columns[1:]
    frame[numbers] = frame[numbers].astype(np.float64)
    # Spend or visits without an order: nothing was sold, which is known.
    for name in ("orders", "buyers", "gmv", "margin", "gmv_squares", "margin_squares"):
        frame[name] = frame[name].fillna(0.0)
    return frame


def _over(above: Any, below: Any) -> Any:
    return above / below.where(below > 0)


def _rates(frame: pd.DataFrame, worth: Worth, level: float) -> pd.DataFrame:
    from scipy.stats import chi2, norm

    z = float(norm.ppf((1 + level) / 2))
    if worth == "orders":
        frame[["gmv", "margin"]] = np.nan
    frame["aov"] = _over(frame["gmv"], frame["orders"])
    n = frame["orders"]
    spread = (frame["gmv_squares"] - n * frame["aov"] ** 2).clip(lower=0)
    half = z * np.sqrt(spread / (n - 1).where(n > 1) / n.where(n > 0))
    frame["aov_low"], frame["aov_high"] = frame["aov"] - half, frame["aov"] + half
    frame["orders_per_visit"] = _over(frame["orders"], frame["visits"])
    frame["orders_per_visitor"] = _over(frame["orders"], frame["visitors"])
    frame["buyers_per_visitor"] = _over(frame["buyers"], frame["visitors"])
    frame["cvr_low"], frame["cvr_high"] = wilson(
        frame[["buyers", "visitors"]].min(axis=1), frame["visitors"], level
    )
    frame["bounced"] = _over(frame["bounces"], frame["visits"])
    frame["first_margin"] = _over(frame["first_worth"], frame["new_customers"])
    spend = frame["spend"].where(frame["spend"] > 0)
    frame["cac"] = _over(spend, frame["new_customers"])
    # A sum over a random number of orders: its variance is the sum of squares (Poisson).
    for name, total, squares in (("roas", "gmv", "gmv_squares"),
                                 ("profit", "margin", "margin_squares")):  # fmt: skip
        error = z * np.sqrt(frame[squares])
        for end, sign in (("", 0), ("_low", -1), ("_high", 1)):
            frame[f"{name}{end}"] = (frame[total] + sign * error) / spend
    for end in ("", "_low", "_high"):
        frame[f"roi{end}"] = frame[f"profit{end}"] - 1 if worth == "margin" else np.nan
    frame["break_even"] = spend / frame["margin"].where(frame["margin"] > 0)
    if worth != "margin":
        frame["break_even"] = np.nan
    frame["payback_90"] = frame["value_90"] / frame["cac"]
    high = frame["value_90_high"] / frame["cac"]
    enough = frame["orders"] >= LEAST_ORDERS
    # Few orders can still be too few for the spend: as many as chance allows, at the margin
    # of an average order.
    each = frame["margin"].sum() / max(float(frame["orders"].sum()), 1.0)
    most = chi2.ppf((1 + level) / 2, 2 * frame["orders"] + 2) / 2 * each
    hopeless = ~enough & (most < spend) & (worth == "margin")
    frame["verdict"] = np.select(
        [
            spend.isna(),
            hopeless,
            ~enough,
            frame["roi_low"] > 0,
            (frame["roi_high"] < 0) & ~(high >= 1),
        ],
        ["unpaid", "cut", "thin", "keep", "cut"],
        "watch",
    )
    drop = ["gmv_squares", "margin_squares", "profit", "profit_low", "profit_high", "bounces"]
    return frame.drop(columns=[*drop, "first_worth"])
