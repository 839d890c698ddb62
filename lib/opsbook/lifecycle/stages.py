"""Which stage of their life every customer is in: new, active, reactivated, at risk, dormant, lost.

Stages are read from purchases alone, at any date, so that last quarter's can be compared
with today's.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.lifecycle.day_edges import NEEDS, data_span, guests_until
from opsbook.lifecycle.net_purchases import net_sales
from opsbook.lifecycle.once import kept_customers
from opsbook.lifecycle.own_clock import OwnClock
from opsbook.lifecycle.purchases import Guests
from opsbook.lifecycle.stage_customers import customer_stages, own_clock
from opsbook.lifecycle.stage_rules import STAGE_ACTIONS, STAGES, FixedDays, OwnRhythm
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Stages", "stage_list", "stages"]

_YEAR = 365


@dataclass(frozen=True)
class Stages:
    """Every customer's stage on one day.

    Args:
        table: One row per customer who had bought by then: ``customer_id, first_day,
            last_day, purchases, repeats, span_days, silent_days, last_gap, older,
            at_risk_after, dormant_after, lost_after`` (days of silence), ``stage``.
        counts: One row per stage, in the order of ``STAGES``: ``stage, customers, share``,
            ``sales`` (net, in the 365 days up to the day; missing without order lines) and
            ``limit_low, limit_mid, limit_high``: 10, 50 and 90 % of its customers turn late
            after at most so many days.
        at: The day; purchases on it count.
        rule: Where stages end.
        clock: The rhythm fitted; None with fixed days.
        guests: Orders that name no customer, up to the day.
        currency: ISO code.
        source: Name of the shop.
    """

    table: Frame
    counts: pd.DataFrame
    at: date
    rule: OwnRhythm | FixedDays
    clock: OwnClock | None
    guests: Guests
    currency: str
    source: str

    @property
    def customers(self) -> int:
        """All customers, lost ones included."""
        return int(self.counts["customers"].sum())

    def number(self, *names: str) -> int:
        """Customers in these stages."""
        return int(self.counts.loc[self.counts["stage"].isin(names), "customers"].sum())

    def headline(self) -> str:
        """How many are late, in one sentence."""
        late = self.number("at risk")
        return t(
            "{late} customers are late by their own rhythm; {away} of all are dormant or lost",
            late=count(late),
            away=per_cent(self.number("dormant", "lost") / self.customers),
        ) if self.clock else t(
            "{late} customers are at risk; {away} of all are dormant or lost",
            late=count(late),
            away=per_cent(self.number("dormant", "lost") / self.customers),
        )  # fmt: skip

    def words(self) -> str:
        """The rule in words."""
        if isinstance(self.rule, FixedDays):
            text = t(
                "Fixed days for everyone: at risk after {a} days without an order, dormant "
                "after {b}, lost after {c}.",
                a=self.rule.at_risk_days,
                b=self.rule.dormant_days,
                c=self.rule.lost_days,
            )
        else:
            spread = self.counts.set_index("stage").loc["active"]
            text = t(
                "Late means: {risk} of comparable customers who come back within {horizon} days "
                "would have been back by now; dormant {dormant}, lost {lost} or silent for "
                "longer than that.",
                risk=per_cent(self.rule.at_risk, 0),
                dormant=per_cent(self.rule.dormant, 0),
                lost=per_cent(self.rule.lost, 0),
                horizon=self.rule.horizon_days,
            )
            if spread["customers"] >= 20:
                text += " " + t(
                    "Among active customers that is after {mid} days in the middle; one in ten "
                    "is late after {low} days already, another only after {high}.",
                    mid=count(spread["limit_mid"]),
                    low=count(spread["limit_low"]),
                    high=count(spread["limit_high"]),
                )
        return " ".join(part for part in (text, self.guests.words()) if part)


@shared
def stages(
    shop: Shop,
    *,
    at: date | None = None,
    rule: OwnRhythm | FixedDays | None = None,
    clock: OwnClock | None = None,
) -> Stages:
    """Put every customer into a stage.

    Args:
        shop: Needs ``orders.customer_id``.
        at: The day; the last of the data unless given.
        rule: Where stages end; own rhythm unless given.
        clock: A rhythm fitted elsewhere, to compare dates by one clock; fitted to the
            purchases up to ``at`` unless given.

    Raises:
        CannotTell: Customers are not named, nobody had bought by then, or too few have
            bought twice for a rhythm.
        ParameterError: ``at`` lies after the data.
    """
    shop.require(NEEDS)
    data = data_span(shop)
    last = data.end - timedelta(days=1)
    at = at or last
    if at > last:
        raise ParameterError(
            N_("at {value} lies after the data, which end on {last}"), value=at, last=last
        )
    rule = rule or OwnRhythm()
    if isinstance(rule, OwnRhythm) and clock is None:
        clock = own_clock(shop, at + timedelta(days=1))
    table_of = customer_stages(shop, at, rule, clock)
    table = kept_customers(shop, f"stages {at} {rule} {clock}", lambda: table_of)
    sums = table.group_by("stage").aggregate(
        customers=table.count(),
        limit_low=table.at_risk_after.quantile(0.1),
        limit_mid=table.at_risk_after.quantile(0.5),
        limit_high=table.at_risk_after.quantile(0.9),
    )
    counts = sums.execute().set_index("stage").reindex(list(STAGES)).rename_axis("stage")
    counts["customers"] = counts["customers"].fillna(0).astype("int64")
    if not counts["customers"].sum():
        raise CannotTell(N_("no named customer had bought by {at}"), at=at)
    counts["share"] = counts["customers"] / counts["customers"].sum()
    counts["sales"] = _sales(shop, table, at).reindex(counts.index)
    columns = ["stage", "customers", "share", "sales", "limit_low", "limit_mid", "limit_high"]
    return Stages(
        table,
        counts.reset_index()[columns],
        at,
        rule,
        clock if isinstance(rule, OwnRhythm) else None,
        guests_until(shop, at + timedelta(days=1)),
        shop.currency,
        shop.title,
    )


def _last_year(shop: Shop, at: date) -> Frame:
    """Net sales per customer in the 365 days up to a day."""
    return net_sales(shop, at - timedelta(days=_YEAR - 1), at + timedelta(days=1))


def _sales(shop: Shop, table: Frame, at: date) -> pd.Series:
    if not shop.has("order_lines"):
        return pd.Series(dtype=float)
    joined = table.select("customer_id", "stage").left_join(_last_year(shop, at), "customer_id")
    frame = joined.group_by("stage").aggregate(sales=joined.sales.sum()).execute()
    return frame.set_index("stage")["sales"].astype(float).fillna(0.0)


def stage_list(shop: Shop, result: Stages, stage: str, *, most: int | None = None) -> pd.DataFrame:
    """The customers of a stage, for action, the most valuable first.

    Args:
        shop: The shop that ``result`` comes from.
        result: From ``stages``.
        stage: One of ``STAGES``.
        most: Rows at most; all unless given, and then as many as ``counts`` says.

    Returns:
        ``customer_id, stage, last_day, silent_days, late_after_days, dormant_on, purchases,
        sales`` (net, last 365 days; missing without order lines), ``chance_gone`` (by the
        rhythm; missing with fixed days), ``reason`` and ``action`` in words.

    Raises:
        ParameterError: There is no such stage.
    """
    if stage not in STAGES:
        raise ParameterError(
            N_('stage "{value}" is not known; use {known}'), value=stage, known=", ".join(STAGES)
        )
    frame = _of_stage(shop, result, stage, most)
    frame["last_day"] = pd.to_datetime(frame["last_day"])
    late = np.ceil(frame["at_risk_after"].astype(float))
    due = np.ceil(frame["dormant_after"].astype(float))
    frame["late_after_days"] = late.astype("int64")
    frame["dormant_on"] = frame["last_day"] + pd.to_timedelta(due, unit="D")
    frame["chance_gone"] = np.nan
    if result.clock is not None:
        histories = (frame[c].to_numpy(float) for c in ("silent_days", "repeats", "span_days"))
        frame["chance_gone"] = result.clock.chance_gone(*histories)
    text = t("last order {days} days ago; late after {late}, from {n} purchases")
    frame["reason"] = [
        text.format(days=d, late=a, n=n)
        for d, a, n in zip(
            frame["silent_days"], frame["late_after_days"], frame["purchases"], strict=True
        )
    ]
    action = STAGE_ACTIONS[stage]
    frame["action"] = t(action)
    columns = ["customer_id", "stage", "last_day", "silent_days", "late_after_days", "dormant_on",
               "purchases", "sales", "chance_gone", "reason", "action"]  # fmt: skip
    return frame[columns]


@shared
def _of_stage(shop: Shop, result: Stages, stage: str, most: int | None) -> pd.DataFrame:
    """Rows of ``Stages.table`` in a stage with their sales, the most valuable first."""
    chosen = result.table.filter(result.table.stage == stage)
    if shop.has("order_lines"):
        chosen = chosen.left_join(_last_year(shop, result.at), "customer_id")
        chosen = chosen.drop("customer_id_right").mutate(sales=chosen.sales.fill_null(0.0))
    else:
        chosen = chosen.mutate(sales=ibis.null("float64"))
    chosen = chosen.order_by([ibis.desc("sales"), ibis.desc("purchases"), "customer_id"])
    found: pd.DataFrame = (chosen if most is None else chosen.limit(most)).execute()
    return found
