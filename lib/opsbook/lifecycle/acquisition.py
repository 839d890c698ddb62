"""What a new customer costs by channel, what he brings, and when he has paid for himself."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_, money, t
from opsbook.lifecycle.acquisition_cost import channel_costs
from opsbook.lifecycle.customer_value import ValueToDate, observed_value
from opsbook.lifecycle.newcomers import Newcomers, newcomers
from opsbook.lifecycle.unnamed import UNSTATED, called
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["LEAST", "NEEDS", "Acquisition", "acquisition"]

NEEDS = {
    "orders": ("order_id", "order_ts", "customer_id"),
    "ad_spend": ("date", "channel", "cost"),
}
LEAST = 30
"""New customers below which a channel gets no cost per customer."""


@dataclass(frozen=True)
class Acquisition:
    """Cost and return of acquisition by channel of the customer.

    Args:
        frame: One row per channel, by cost: ``channel, customers`` (new in the period),
            ``ad_cost, reward_cost, cost, cac`` with ``cac_low, cac_high``; ``coupons``
            (discounts by coupon on first orders, already taken off sales, so not in cost);
            ``months`` (age up to which ``value`` is observed), ``value`` (mean cumulative
            margin, or net sales, of a new customer up to it) with ``value_low,
            value_high``; ``ratio`` (value / cac) with ``ratio_low, ratio_high``;
            ``payback`` (first month of age by which value covers cac) with ``payback_low,
            payback_high``, missing where not within the months observed; ``model_value,
            model_ratio`` where a model was given.
        totals: The same for ``paid`` (channels with advertising) and ``all`` (blended).
        curve: One row per channel and month of age: ``channel, month, customers, value,
            low, high, cac, share`` (value / cac) with ``share_low, share_high``.
        period: Days of spend and of first purchases.
        value: What was observed per customer.
        new: Who counts as new.
        level: Confidence of the intervals.
        currency: ISO code.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame
    curve: pd.DataFrame
    period: Period
    value: ValueToDate
    new: Newcomers
    level: float
    currency: str
    source: str

    @property
    def costly(self) -> pd.DataFrame:
        """Channels whose cost per customer is known and above zero."""
        return self.frame[self.frame["cac"] > 0]

    def headline(self) -> str:
        """Paid and blended cost of a new customer."""
        paid, everyone = (self.totals.set_index("channel").loc[k] for k in ("paid", "all"))
        if paid["cac"] != paid["cac"]:
            return t("Too few new customers to state what one costs")
        return t(
            "A new customer of the paid channels costs {paid}, blended over all channels {all}",
            paid=money(paid["cac"], self.currency),
            all=money(everyone["cac"], self.currency),
        )

    def words(self) -> str:
        """What the figures rest on and what they cannot say."""
        parts = [
            t(
                "Spend of {period} over the customers who first bought in it, by the channel "
                "that the shop credits for the customer (one touch; it favours what stands "
                "last before the order). Advertising also reaches old customers: all of it is "
                "charged to new ones, so a cost per customer is an upper bound.",
                period=str(self.period),
            ),
            self.value.words(),
        ]
        rewards = float(self.totals.set_index("channel").loc["all", "reward_cost"])
        if rewards > 0:
            parts.append(
                t("Referral rewards of {sum} are included.", sum=money(rewards, self.currency))
            )
        coupons = float(self.totals.set_index("channel").loc["all", "coupons"])
        if coupons > 0:
            parts.append(
                t(
                    "Coupons on first orders ({sum}) already lower the margin and are not "
                    "counted twice.",
                    sum=money(coupons, self.currency),
                )
            )
        return " ".join(parts)


def acquisition(
    shop: Shop,
    *,
    period: Period | None = None,
    new: Newcomers | None = None,
    months: int = 12,
    margin: float | None = None,
    model: pd.Series | None = None,
    level: float = 0.95,
) -> Acquisition:
    """Compare what channels cost with what their customers bring.

    Args:
        shop: Needs ``orders.customer_id`` and ``ad_spend``; uses ``customers``,
            ``referrals``, ``returns`` and costs of lines.
        period: Days of spend and of first purchases; all that ``ad_spend`` covers unless
            given.
        new: From ``newcomers``; found anew unless given.
        months: Ages to follow value to, in periods of 30 days, 1 to 36.
        margin: Margin over sales where lines carry no cost, 0 to 1.
        model: Value per new customer by channel from a model, currency, index channel.
        level: Confidence of the intervals.

    Raises:
        CannotTell: There is no spend or no new customer in the period.
        ParameterError: A parameter is out of range.
    """
    found = _acquisition(shop, period, new, months, margin, model, level)
    seen = called(found.value.frame, "group", UNSTATED).sort_values(["group", "month"])
    return replace(
        found,
        frame=called(found.frame, "channel", UNSTATED),
        curve=called(found.curve, "channel", UNSTATED),
        value=replace(found.value, frame=seen.reset_index(drop=True)),
    )


@shared
def _acquisition(
    shop: Shop,
    period: Period | None,
    new: Newcomers | None,
    months: int,
    margin: float | None,
    model: pd.Series | None,
    level: float,
) -> Acquisition:
    """``acquisition``, customers of no channel under their English word."""
    shop.require(NEEDS)
    new = new or newcomers(shop)
    period = _covered(shop, period or new.span, new.span)
    costs = channel_costs(shop, new, period)
    value = observed_value(shop, new, by="channel", months=months, margin=margin, level=level)
    whole = observed_value(shop, new, by="all", months=months, margin=margin, level=level)
    frame = _priced(costs, value, model, level)
    curve = _curve(frame, value, level)
    frame = frame.merge(_payback(curve), on="channel", how="left")
    paid = costs[costs["ad_cost"] > 0].sum(numeric_only=True).to_frame().T.assign(channel="paid")
    blended = costs.sum(numeric_only=True).to_frame().T.assign(channel="all")
    # Value of the paid channels together is not followed: a mean of means would mislead.
    all_value = ValueToDate(
        whole.frame.assign(group="all"), "all", whole.has_cost, whole.margin_rate, whole.currency
    )
    totals = _priced(pd.concat([paid, blended], ignore_index=True), all_value, None, level)
    totals = totals.merge(_payback(_curve(totals, all_value, level)), on="channel", how="left")
    frame = frame.sort_values(["cost", "customers"], ascending=False).reset_index(drop=True)
    return Acquisition(frame, totals, curve, period, value, new, level, shop.currency, shop.title)


def _covered(shop: Shop, period: Period, span: Period) -> Period:
    """The part of the period for which both spend and orders are in the data."""
    spend = shop.ad_spend
    row = spend.aggregate(first=spend.date.min(), last=spend.date.max()).execute().iloc[0]
    if row["first"] is None or row["first"] != row["first"]:
        raise CannotTell(N_("the table ad_spend is empty"))
    first, last = (pd.Timestamp(row[k]).date() for k in ("first", "last"))
    start = max(period.start, first, span.start)
    end = min(period.end, last + timedelta(days=1), span.end)
    if end <= start:
        raise CannotTell(
            N_("there is no advertising spend in {period}; the table covers {first} to {last}"),
            period=str(period),
            first=first,
            last=last,
        )
    return Period(start, end)


def _priced(
    costs: pd.DataFrame, value: ValueToDate, model: pd.Series | None, level: float
) -> pd.DataFrame:
    """Cost per customer and what it buys."""
    from scipy.stats import chi2, norm

    frame = costs.copy()
    n = frame["customers"].where(frame["customers"] >= LEAST)
    frame["cac"] = frame["cost"] / n
    # The spend is known; how many came for it is chance (Poisson).
    frame["cac_low"] = frame["cost"] / (chi2.ppf((1 + level) / 2, 2 * n + 2) / 2)
    frame["cac_high"] = frame["cost"] / (chi2.ppf((1 - level) / 2, 2 * n) / 2)
    name = value.money
    seen = value.frame[(value.frame["customers"] >= LEAST) & value.frame[name].notna()]
    last = seen.sort_values("month").groupby("group").tail(1)
    names = {"group": "channel", "month": "months", name: "value"}
    names |= {f"{name}_low": "value_low", f"{name}_high": "value_high"}
    last = last.rename(columns=names)
    frame = frame.merge(
        last[["channel", "months", "value", "value_low", "value_high"]], on="channel", how="left"
    )
    cac = frame["cac"].where(frame["cac"] > 0)
    frame["ratio"] = frame["value"] / cac
    z = float(norm.ppf((1 + level) / 2))
    relative = ((frame["value_high"] - frame["value_low"]) / (2 * z) / frame["value"]) ** 2
    # On the log scale, so that the interval of a ratio stays above zero.
    spread = np.exp(z * np.sqrt(relative + 1 / n))
    positive = frame["ratio"].where(frame["ratio"] > 0)
    frame["ratio_low"], frame["ratio_high"] = positive / spread, positive * spread
    known = model if model is not None else pd.Series(dtype=float)
    frame["model_value"] = frame["channel"].map(known).astype(float)
    frame["model_ratio"] = frame["model_value"] / cac
    return frame


def _curve(frame: pd.DataFrame, value: ValueToDate, level: float) -> pd.DataFrame:
    """Value by age against cost, for channels that cost something."""
    from scipy.stats import norm

    name = value.money
    costly = frame.loc[frame["cac"] > 0, ["channel", "cac", "customers"]]
    seen = value.frame[value.frame["customers"] >= LEAST].rename(
        columns={"group": "channel", name: "value", f"{name}_low": "low", f"{name}_high": "high"}
    )
    columns = ["channel", "month", "customers", "value", "low", "high"]
    curve = seen[columns].merge(costly.rename(columns={"customers": "bought"}), on="channel")
    z = float(norm.ppf((1 + level) / 2))
    half = np.hypot((curve["high"] - curve["low"]) / 2, z * curve["cac"] / np.sqrt(curve["bought"]))
    curve["share"] = curve["value"] / curve["cac"]
    curve["share_low"] = (curve["value"] - half) / curve["cac"]
    curve["share_high"] = (curve["value"] + half) / curve["cac"]
    return curve.drop(columns="bought").reset_index(drop=True)


def _payback(curve: pd.DataFrame) -> pd.DataFrame:
    """First month of age by which value covers cost; missing where it has not yet."""
    names = {"payback": "share", "payback_low": "share_high", "payback_high": "share_low"}
    rows = [
        {"channel": channel}
        | {name: part.loc[part[column] >= 1, "month"].min() for name, column in names.items()}
        for channel, part in curve.groupby("channel")
    ]
    return pd.DataFrame(rows, columns=["channel", *names]).astype(dict.fromkeys(names, "float64"))
