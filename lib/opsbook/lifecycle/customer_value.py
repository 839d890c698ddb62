"""What a new customer has brought so far: net sales and margin by age, by channel or month."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, per_cent, t
from opsbook.lifecycle.net_purchases import NEEDS, net_purchases
from opsbook.lifecycle.newcomers import Newcomers
from opsbook.lifecycle.unnamed import ALL, UNSTATED, called
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["MONTH_DAYS", "NEEDS", "ValueToDate", "value_if_known", "value_to_date"]

MONTH_DAYS = 30
"""A month of a customer's age: 30 days, so that every customer's month is equally long."""


@dataclass(frozen=True)
class ValueToDate:
    """Cumulative value per new customer by age, observed, not modelled.

    Args:
        frame: One row per ``group`` and ``month`` (30 days of age, from 1), by both:
            ``customers`` (observed for the whole of it), ``revenue`` (mean net sales per
            customer up to the end of that month) with ``revenue_low, revenue_high``, and
            ``margin`` with ``margin_low, margin_high``; missing for ages that no customer
            has reached or, by month of first purchase, that not all of a month's have.
        by: ``all``, ``channel`` or ``month``.
        has_cost: Whether margins come from the lines' cost; else from ``margin_rate``.
        margin_rate: Margin over sales assumed where no cost is known; the shop's own mean
            where some lines lack it; None where margins cannot be had.
        currency: ISO code.
    """

    frame: pd.DataFrame
    by: Literal["all", "channel", "month"]
    has_cost: bool
    margin_rate: float | None
    currency: str

    @property
    def money(self) -> Literal["margin", "revenue"]:
        """What ``frame`` can be read for: margin where known, else net sales."""
        return "revenue" if self.margin_rate is None and not self.has_cost else "margin"

    def words(self) -> str:
        """Where the margin comes from and what it leaves out."""
        if self.has_cost:
            return t(
                "Margin is net sales less cost of goods; returned goods are taken to be sold "
                "again. Shipping, service and fees are not in the data."
            )
        if self.margin_rate is not None:
            return t(
                "The lines carry no cost: a margin of {rate} of net sales is assumed.",
                rate=per_cent(self.margin_rate),
            )
        return t("The lines carry no cost and no margin is assumed: value is net sales.")


def value_to_date(
    shop: Shop,
    new: Newcomers,
    *,
    by: Literal["all", "channel", "month"] = "channel",
    months: int = 12,
    margin: float | None = None,
    level: float = 0.95,
) -> ValueToDate:
    """Add up what new customers brought, by their age.

    Args:
        shop: The shop that ``new`` comes from.
        new: From ``newcomers``.
        by: ``all``, ``channel`` or ``month`` of the first purchase.
        months: Ages to go up to, in periods of 30 days, 1 to 36.
        margin: Margin over sales where lines carry no cost, 0 to 1.
        level: Confidence of the intervals of the means.

    Raises:
        CannotTell: The shop lacks order lines, or nobody has been a customer for 30 days.
        ParameterError: A parameter is out of range.
    """
    found = observed_value(shop, new, by=by, months=months, margin=margin, level=level)
    words = {"all": [ALL], "channel": [UNSTATED], "month": []}[by]
    frame = called(found.frame, "group", *words).sort_values(["group", "month"])
    return replace(found, frame=frame.reset_index(drop=True))


@shared
def observed_value(
    shop: Shop,
    new: Newcomers,
    *,
    by: Literal["all", "channel", "month"],
    months: int,
    margin: float | None,
    level: float,
) -> ValueToDate:
    """``value_to_date``, groups that the data do not name under their English words."""
    from scipy.stats import norm

    if not 1 <= months <= 36:
        raise ParameterError(N_("months {value} is out of range; use 1 to 36"), value=months)
    if by not in ("all", "channel", "month"):
        raise ParameterError(N_('by "{value}" is not known; use all, channel or month'), value=by)
    age = (new.cells["follow"].max() + 1) // MONTH_DAYS
    if age < 1:
        raise CannotTell(N_("no new customer has been observed for {days} days yet"), days=30)
    ages = range(1, min(months, int(age)) + 1)
    sums = _summed(shop, new, by, ages, margin)
    z = float(norm.ppf((1 + level) / 2))
    has_cost = shop.has("order_lines", "unit_cost")
    frames = []
    for k in ages:
        n = sums[f"n{k}"].astype(float)
        whole = (n > 0) & ((n == sums["customers"]) if by == "month" else True)
        part = pd.DataFrame({"group": sums["group"], "month": k, "customers": n.astype(int)})
        for name in ("revenue", "margin"):
            total, squares = sums[f"{name}{k}"].astype(float), sums[f"{name}_sq{k}"].astype(float)
            mean = total / n.where(whole)
            spread = (squares / n.where(whole) - mean**2).clip(lower=0)
            # One customer has no spread, so no interval.
            error = np.sqrt(spread / (n - 1).where(n > 1))
            part[name] = mean
            part[f"{name}_low"], part[f"{name}_high"] = mean - z * error, mean + z * error
        frames.append(part)
    frame = pd.concat(frames, ignore_index=True).sort_values(["group", "month"])
    known = bool(frame["margin"].notna().any())
    return ValueToDate(
        frame.reset_index(drop=True), by, has_cost and known and margin is None,
        margin, shop.currency,
    )  # fmt: skip


def _summed(shop: Shop, new: Newcomers, by: str, ages: range, margin: float | None) -> pd.DataFrame:
    """Sums and sums of squares of cumulative value per customer, one row per group."""
    bought = net_purchases(shop, margin)
    bought = bought.filter(bought.day < ibis.literal(new.span.end))
    firsts = new.table.select("customer_id", "first_day", "channel")
    # A customer whose orders have no line brought nothing, and counts.
    joined = firsts.left_join(bought, "customer_id")
    day = joined.day.delta(joined.first_day, unit="day")
    known = _knows_margin(shop, margin)
    per = joined.group_by("customer_id", "first_day", "channel").aggregate(
        **{
            f"{name}{k}": joined[name].sum(where=day < MONTH_DAYS * k).fill_null(0.0)
            if name == "revenue" or known
            else ibis.null("float64")
            for k in ages
            for name in ("revenue", "margin")
        }
    )
    last = ibis.literal(_last(new.span.end))
    follow = last.delta(per.first_day, unit="day")
    label = {
        "all": ibis.literal(ALL),
        "channel": per.channel.fill_null(UNSTATED),
        "month": per.first_day.strftime("%Y-%m"),
    }[by]
    totals = {"customers": per.count()}
    for k in ages:
        seen = follow >= MONTH_DAYS * k - 1
        totals[f"n{k}"] = seen.cast("int64").sum()
        for name in ("revenue", "margin"):
            value = per[f"{name}{k}"]
            totals[f"{name}{k}"] = value.sum(where=seen)
            totals[f"{name}_sq{k}"] = (value * value).sum(where=seen)
    return per.group_by(group=label).aggregate(**totals).order_by("group").execute()


def _knows_margin(shop: Shop, margin: float | None) -> bool:
    return margin is not None or shop.has("order_lines", "unit_cost")


def _last(end: date) -> date:
    return end - timedelta(days=1)


def value_if_known(
    shop: Shop, new: Newcomers, *, margin: float | None = None, level: float = 0.95
) -> ValueToDate | None:
    """What new customers brought so far, all together; none where the data cannot tell.

    Args:
        shop: The shop that ``new`` comes from.
        new: From ``newcomers``.
        margin: Margin over sales where lines carry no cost, 0 to 1.
        level: Confidence of the intervals of the means.
    """
    try:
        return value_to_date(shop, new, by="all", margin=margin, level=level)
    except CannotTell:
        return None
