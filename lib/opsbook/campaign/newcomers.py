"""New customers of an event: how many more than usual, and what they did afterwards."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.campaign.baseline import Lift, lift_of_series
from opsbook.campaign.event import Event
from opsbook.campaign.ordinary import Ordinary, design_for, ordinary_days
from opsbook.common.shares import two_shares, wilson
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, per_cent, points, t
from opsbook.shop.periods import data_days
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Newcomers", "newcomers"]

NEEDS = {"orders": ("order_id", "customer_id", "order_ts")}
_HORIZONS = (90, 60, 30)
_LOOK_BACK = 270
_LEAST = 30


@dataclass(frozen=True)
class Newcomers:
    """New customers of the event against new customers of ordinary days.

    Args:
        frame: Two rows, ``group`` ``event`` and ``ordinary``: ``customers, first_value`` (money
            of the first day), ``back, back_low, back_high`` (share with a later order),
            ``later, later_low, later_high`` (money of later orders per customer).
        lift: How many more came than without the event, with the dip before and after.
        p: Chance that as large a difference of the shares ``back`` is luck.
        later_p: The same of the money.
        horizon: Days after the first order that count.
        has_money: Whether order lines tell what was spent.
        name: Event.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    lift: Lift
    p: float
    later_p: float
    horizon: int
    has_money: bool
    name: str
    currency: str
    level: float
    source: str

    def headline(self) -> str:
        """Whether those who came for the event stay like others."""
        if not len(self.frame):
            return t("{event}: too early to say whether its new customers stay", event=self.name)
        event, usual = (float(v) for v in self.frame["back"])
        if self.p < 1 - self.level:
            return t(
                "New customers of {event} come back {direction}: {event_share} within {days} "
                "days, {usual} of others",
                event=self.name,
                direction=t("less") if event < usual else t("more"),
                event_share=per_cent(event),
                days=self.horizon,
                usual=per_cent(usual),
            )
        return t(
            "New customers of {event} come back like others: {share} within {days} days",
            event=self.name,
            share=per_cent(event),
            days=self.horizon,
        )

    def words(self) -> str:
        """How many more came, and how they compare with others."""
        net = self.lift.net
        said = [
            t(
                "{n} new customers on its days; net of the days around it {gain} more than "
                "ordinary days would have brought [{low}, {high}].",
                n=count(self.lift.event.actual),
                gain=count(net.gain),
                low=count(net.low),
                high=count(net.high),
            )
        ]
        if len(self.frame):
            rows = self.frame.set_index("group")
            said.append(
                t(
                    "Bought again within {days} days: {event} [{event_low}, {event_high}] against "
                    "{usual} [{usual_low}, {usual_high}] of those who came on ordinary days "
                    "(difference {difference}, p {p}).",
                    days=self.horizon,
                    event=per_cent(rows.loc["event", "back"]),
                    event_low=per_cent(rows.loc["event", "back_low"]),
                    event_high=per_cent(rows.loc["event", "back_high"]),
                    usual=per_cent(rows.loc["ordinary", "back"]),
                    usual_low=per_cent(rows.loc["ordinary", "back_low"]),
                    usual_high=per_cent(rows.loc["ordinary", "back_high"]),
                    difference=points(rows.loc["event", "back"] - rows.loc["ordinary", "back"]),
                    p=count(self.p, 2),
                )
            )
            if self.has_money:
                said.append(
                    t(
                        "They spent {event} each on later orders, others {usual} (p {p}).",
                        event=money(rows.loc["event", "later"], self.currency),
                        usual=money(rows.loc["ordinary", "later"], self.currency),
                        p=count(self.later_p, 2),
                    )
                )
        return " ".join(said)


@shared
def newcomers(shop: Shop, event: Event, *, level: float = 0.95) -> Newcomers:
    """Count first orders by day, and follow those who came for 90 days.

    New is who ordered for the first time in the data, and was not registered before it begins.
    Those of the event are compared with those of ordinary days in the nine months before it and
    since. Only who could be watched for the whole time counts; where the event is too young
    for 90 days, 60 or 30 are taken for both.

    Args:
        shop: Needs ``orders`` of named customers; money needs ``order_lines``.
        event: The event, begun.
        level: Confidence.

    Raises:
        CannotTell: The event has not begun, or customers have no names.
    """
    shop.require(NEEDS)
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    span = data_days(shop)
    days = pd.date_range(span.start, span.end, inclusive="left", name="day")
    ordinary = ordinary_days(shop, event, days)
    first = _first(shop)
    counted = first.group_by("first_day").aggregate(n=first.count()).execute()
    series = counted.assign(day=pd.to_datetime(counted["first_day"])).set_index("day")["n"]
    series = series.astype(float).reindex(days).fillna(0.0)
    if not series.to_numpy()[ordinary.keep].mean() > 0:
        raise CannotTell(N_("no ordinary day brought a new customer to compare with"))
    lift = lift_of_series(series, "orders", ordinary, design_for(ordinary), event, level=level)
    horizon = next(
        (h for h in _HORIZONS if event.until + timedelta(days=h) <= span.end), _HORIZONS[-1]
    )
    has_money = shop.has("order_lines")
    each = _followed(shop, first, event, ordinary, horizon, has_money)
    frame, p, later_p = _groups(each, level)
    return Newcomers(
        frame, lift, p, later_p, horizon, has_money, event.name, shop.currency, level, shop.title
    )


def _first(shop: Shop) -> Frame:
    """First day of every customer who is new in the data."""
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    first = orders.group_by("customer_id").aggregate(first_day=orders.day.min())
    if shop.has("customers", "customer_id", "signup_date"):
        start = data_days(shop).start
        old = shop.customers
        old = old.filter(old.signup_date.cast("date") < ibis.literal(start)).select("customer_id")
        first = first.anti_join(old, "customer_id")
    return first


def _followed(
    shop: Shop, first: Frame, event: Event, ordinary: Ordinary, horizon: int, has_money: bool
) -> pd.DataFrame:
    """One row per customer who could be watched: group, first value, later value, came back."""
    span = data_days(shop)
    since = max(event.days.start - timedelta(days=_LOOK_BACK), span.start)
    until = span.end - timedelta(days=horizon)
    first = first.filter(
        first.first_day >= ibis.literal(since), first.first_day <= ibis.literal(until)
    )
    orders = paid_orders(shop).select("order_id", "customer_id", "day")
    if has_money:
        lines = line_amounts(shop).select("order_id", "amount")
        both = lines.join(orders, "order_id").join(first, "customer_id")
    else:
        both = orders.mutate(amount=0.0).join(first, "customer_id")
    age = (both.day.cast("timestamp").epoch_seconds()
           - both.first_day.cast("timestamp").epoch_seconds()) // 86_400  # fmt: skip
    both = both.mutate(age=age)
    both = both.filter(both.age <= horizon)
    found = (
        both.group_by("customer_id", "first_day")
        .aggregate(
            first_value=both.amount.sum(where=both.age == 0),
            later=both.amount.sum(where=both.age > 0),
            back=(both.age > 0).cast("int64").max(),
        )
        .drop("customer_id")
        .execute()
    )
    found["first_day"] = pd.to_datetime(found["first_day"])
    for name in ("first_value", "later", "back"):
        found[name] = found[name].astype(float).fillna(0.0)
    own = (found["first_day"] >= pd.Timestamp(event.days.start)) & (
        found["first_day"] < pd.Timestamp(event.end)
    )
    usual = found["first_day"].isin(ordinary.days[ordinary.keep])
    found["group"] = np.where(own, "event", np.where(usual, "ordinary", ""))
    return found[found["group"] != ""]


def _groups(each: pd.DataFrame, level: float) -> tuple[pd.DataFrame, float, float]:
    from scipy.stats import norm, ttest_ind

    columns = ["group", "customers", "first_value", "back", "back_low", "back_high", "later",
               "later_low", "later_high"]  # fmt: skip
    parts = [each[each["group"] == g] for g in ("event", "ordinary")]
    if min(len(p) for p in parts) < _LEAST:
        return pd.DataFrame(columns=columns), float("nan"), float("nan")
    z = float(norm.ppf((1 + level) / 2))
    rows = []
    for name, part in zip(("event", "ordinary"), parts, strict=True):
        low, high = wilson(part["back"].sum(), len(part), level)
        mean, error = float(part["later"].mean()), float(part["later"].sem())
        rows.append((name, len(part), float(part["first_value"].mean()),
                     float(part["back"].mean()), float(low), float(high),
                     mean, mean - z * error, mean + z * error))  # fmt: skip
    hits = (float(parts[0]["back"].sum()), float(parts[1]["back"].sum()))
    p = two_shares(hits, (len(parts[0]), len(parts[1])))
    spread = max(float(x["later"].std()) for x in parts)
    later_p = (
        float(ttest_ind(parts[0]["later"], parts[1]["later"], equal_var=False).pvalue)
        if spread > 0
        else float("nan")
    )
    return pd.DataFrame(rows, columns=columns), p, later_p
