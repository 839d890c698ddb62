"""What a new customer is worth, by the channel or month that brought him."""

from collections.abc import Mapping
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.customer_base import CustomerBase
from opsbook.lifecycle.fit import Fit, cells_of, fit_purchases
from opsbook.lifecycle.gamma_gamma import Spend
from opsbook.lifecycle.margin import Margin
from opsbook.lifecycle.unnamed import UNKNOWN, called
from opsbook.shop.sales import paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["LtvBy", "acquired_by", "ltv_by"]

LtvBy = Literal["channel", "cohort"]
_LEAST = 200
"""Repeaters that a channel or month needs for a model of its own."""
_STEPS = 12


def acquired_by(shop: Shop) -> pd.DataFrame:
    """Channel that brought each customer.

    Returns:
        One row per customer: ``customer_id, channel``: as the customer table says, else
        the channel of the first order; "unknown" where it is empty.

    Raises:
        CannotTell: The shop knows no channel.
    """
    return called(_acquired_by(shop), "channel", UNKNOWN)


def _acquired_by(shop: Shop) -> pd.DataFrame:
    """``acquired_by``, what is empty under its English word."""
    if shop.has("customers", "channel"):
        customers = shop.customers
        query = customers.select("customer_id", "channel")
    elif shop.has("orders", "channel", "customer_id"):
        orders = paid_orders(shop)
        orders = orders.filter(orders.customer_id.notnull())
        window = ibis.window(group_by="customer_id")
        first = orders.filter(orders.order_ts == orders.order_ts.min().over(window))
        query = first.group_by("customer_id").aggregate(channel=first.channel.min())
    else:
        raise CannotTell(
            N_("the shop does not say through which channel a customer came: {missing}"),
            missing="customers.channel, orders.channel",
        )
    found = query.execute()
    return found.assign(channel=found["channel"].fillna(UNKNOWN))


def ltv_by(
    shop: Shop,
    base: CustomerBase,
    spend: Spend,
    margin: Margin,
    by: LtvBy = "channel",
    *,
    horizon_days: int = 365,
    discount_rate: float = 0.1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Margin expected of a new customer from the first order on, by where he came from.

    Only customers whose first purchase is in the data count. The first order is in the
    value: the cost of winning the customer paid for it too.

    Args:
        shop: The shop.
        base: Its fitted customers.
        spend: The model of their spend.
        margin: Margin reckoned with, from ``margin_of``.
        by: ``channel``, or ``cohort``: month of the first purchase.
        horizon_days: Days from the first purchase.
        discount_rate: Per year.
        level: Confidence of the intervals.

    Returns:
        One row per channel (largest value first) or month (in order): ``group, customers,
        repeaters, first_order`` (mean amount), ``repeats`` (expected within the horizon),
        ``spend`` (expected amount of a repeat purchase), ``ltv`` (margin, discounted),
        ``low, high``, ``own`` (whether its repeat buying is fitted on its own customers;
        with too few repeaters the whole shop's is used).

    Raises:
        ParameterError: Another ``by``.
        CannotTell: No channel is known.

    Source:
        Fader, Hardie, Lee (2005b), section 5: value is margin x spend x expected purchases.
    """
    found = _ltv_by(shop, base, spend, margin, by, horizon_days, discount_rate, level)
    if by == "cohort":
        return found
    found = called(found, "group", UNKNOWN)
    return found.sort_values(["ltv", "group"], ascending=[False, True], ignore_index=True)


@shared
def _ltv_by(
    shop: Shop,
    base: CustomerBase,
    spend: Spend,
    margin: Margin,
    by: LtvBy,
    horizon_days: int,
    discount_rate: float,
    level: float,
) -> pd.DataFrame:
    """``ltv_by``, customers of no known channel under their English word and in no order."""
    from scipy.stats import norm

    if by not in ("channel", "cohort"):
        raise ParameterError(N_('by "{value}" is not known; use channel or cohort'), value=by)
    group = base.main
    frame = base.histories.iloc[group.rows].reset_index(drop=True)
    if by == "channel":
        frame = frame.merge(_acquired_by(shop), how="left", on="customer_id")
        frame["group"] = frame["channel"].fillna(UNKNOWN)
    else:
        frame["group"] = frame["first_day"].dt.strftime("%Y-%m")
    repeat = frame["monetary"].fillna(0.0) * frame["frequency"]
    frame["first_order"] = frame["gmv"] - repeat
    frame["spend"] = spend.expected(
        frame["frequency"].to_numpy(np.int64), frame["monetary"].to_numpy(np.float64)
    )
    z = float(norm.ppf(0.5 + level / 2))
    rows = []
    for name, part in frame.groupby("group"):
        fit, own = group.fit, False
        if (part["frequency"] > 0).sum() >= _LEAST:
            known = group.fit.parameters
            fit = fit_purchases(cells_of(part), known.kind, dead_time=known.dead_time)
            own = True
        rows.append(
            {
                "group": name,
                **_worth(part, fit, base, margin, horizon_days, discount_rate, z),
                "own": own,
            }
        )
    return pd.DataFrame(rows)


def _worth(
    part: pd.DataFrame,
    fit: Fit,
    base: CustomerBase,
    margin: Margin,
    days: int,
    discount_rate: float,
    z: float,
) -> Mapping[str, float]:
    unit = base.clock.unit_days
    ends = np.linspace(0, days, _STEPS + 1)[1:]
    present = (1 + discount_rate) ** (-(ends - days / _STEPS / 2) / 365)
    curve = fit.parameters.expected_new(ends / unit)
    repeats = np.diff(curve, prepend=0.0)
    discounted = float(present @ repeats)
    first, each = float(part["first_order"].mean()), float(part["spend"].mean())
    slope = np.zeros(4)
    for i, step in enumerate(1e-3 * np.eye(4)):
        sides = [fit.at(fit.logs + way * step).expected_new(ends / unit) for way in (1, -1)]
        slope[i] = present @ np.diff(sides[0] - sides[1], prepend=0.0) / 2e-3
    size = max(len(part), 1)
    variance = (
        np.nan_to_num(part["first_order"].var()) / size
        + discounted**2 * np.nan_to_num(part["spend"].var()) / size
        + each**2 * float(slope @ fit.covariance @ slope)
    )
    ltv = margin.rate * (first + each * discounted)
    half = z * margin.rate * float(np.sqrt(variance))
    return {
        "customers": len(part),
        "repeaters": int((part["frequency"] > 0).sum()),
        "first_order": first,
        "repeats": float(curve[-1]),
        "spend": each,
        "ltv": ltv,
        "low": max(ltv - half, 0.0),
        "high": ltv + half,
    }
