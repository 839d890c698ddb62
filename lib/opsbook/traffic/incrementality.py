"""Switch a channel off somewhere and count: what it adds, against what last click credits it."""

import re
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.common.differences import did, permuted, ratio_did
from opsbook.common.synthetic_control import synthetic_control
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.geo_outcome import GeoTest, verdict_of
from opsbook.traffic.trial_data import control_of, region_trials

__all__ = ["NEEDS", "GeoTest", "did", "geo_test", "ratio_did"]

NEEDS = {
    "experiments": ("exp_id", "unit_id", "variant", "exposed_ts"),
    "orders": ("order_id", "order_ts", "region"),
}
_OFF = re.compile(r"off|paus|stop|dark|停|关")


def geo_test(
    shop: Shop,
    exp_id: str | None = None,
    *,
    days: int = 28,
    before_weeks: int = 12,
    level: float = 0.95,
) -> GeoTest:
    """Read a test on regions: difference in differences, placebos, a synthetic control.

    Args:
        shop: Needs ``experiments`` whose units are regions, and ``orders.region``.
        exp_id: The experiment; the only one, or the first by name, unless given.
        days: Length of the test in days, 7 to 182; the table does not hold it.
        before_weeks: Weeks before it to compare with, 4 to 52.
        level: Confidence of the intervals.

    Raises:
        CannotTell: No experiment is on regions, or too little data lies before it.
        ParameterError: A parameter is out of range, or the experiment is not on regions.
    """
    if not 7 <= days <= 182:
        raise ParameterError(N_("days {value} is out of range; use 7 to 182"), value=days)
    if not 4 <= before_weeks <= 52:
        raise ParameterError(
            N_("before_weeks {value} is out of range; use 4 to 52"), value=before_weeks
        )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    shop.require(NEEDS)
    known = region_trials(shop)
    if not known:
        raise CannotTell(N_("no experiment has regions as its units: no geo test to read"))
    if exp_id is not None and exp_id not in known:
        raise ParameterError(
            N_('experiment "{value}" is not on regions; there are {known}'),
            value=exp_id,
            known=", ".join(known),
        )
    return _geo(shop, exp_id or known[0], days, before_weeks, level)


@shared
def _geo(shop: Shop, exp_id: str, days: int, before_weeks: int, level: float) -> GeoTest:
    from scipy.stats import t as student

    rows = shop.experiments
    arms = rows.filter(rows.exp_id == exp_id).select("unit_id", "variant", "exposed_ts").execute()
    arms = arms.dropna().drop_duplicates("unit_id")
    if arms["variant"].nunique() < 2:
        raise CannotTell(N_("{exp}: a geo test needs treated and untouched regions"), exp=exp_id)
    control = control_of(arms["variant"].unique())
    start = arms["exposed_ts"].min().date()
    weeks, outcome = _weeks(shop, start, days, before_weeks, arms)
    treated = tuple(sorted(arms.loc[arms["variant"] != control, "unit_id"]))
    treated = tuple(r for r in treated if r in weeks.columns)
    inside = weeks.columns.isin(treated)
    after = np.asarray(weeks.index >= pd.Timestamp(start))
    if not inside.any() or inside.all() or (~after).sum() < 4 or not after.any():
        raise CannotTell(
            N_("{exp}: four weeks before and one week of the test are needed in both groups"),
            exp=exp_id,
        )
    table = weeks.to_numpy(float)
    effect, error, freedom = ratio_did(table, inside, after)
    if effect != effect:
        raise CannotTell(N_("{exp}: one of the groups has no orders"), exp=exp_id)
    z = float(student.ppf((1 + level) / 2, max(freedom, 1)))
    low, high = (float(np.expm1(effect + k * z * error)) for k in (-1, 1))
    try:
        twin = synthetic_control(weeks, treated, pd.Timestamp(start))
    except CannotTell:
        twin = None
    channel = _channel(shop, exp_id)
    other = outcome[~outcome["region"].isin(treated)]
    total = float(other["orders"].sum())
    credited = float("nan")
    if channel and total:
        credited = float(other.loc[other["channel"] == channel, "orders"].sum()) / total
    off = bool(_OFF.search(" ".join(set(arms["variant"]) - {control}).lower()))
    added = (-high, -low) if off else (low, high)
    return GeoTest(
        exp_id,
        channel,
        weeks,
        treated,
        start,
        days,
        off,
        float(np.expm1(effect)),
        low,
        high,
        permuted(table, inside, after, effect),
        twin,
        credited,
        float(table[np.ix_(after, inside)].sum()),
        float(other["worth"].sum()) / total if total else 0.0,
        shop.has("order_lines", "unit_cost"),
        verdict_of(added, credited),
        shop.currency,
        level,
        shop.title,
    )


def _weeks(
    shop: Shop, start: date, days: int, before_weeks: int, arms: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders by week and region; orders and worth of the test by region and last click."""
    orders = paid_orders(shop)
    if shop.has("order_lines"):
        lines = line_amounts(shop)
        worth = lines.amount
        if shop.has("order_lines", "unit_cost"):
            worth = (lines.amount - lines.cost).fill_null(0.0)
        sums = lines.group_by("order_id").aggregate(worth=worth.sum())
        orders = orders.left_join(sums, "order_id").drop("order_id_right")
    else:
        orders = orders.mutate(worth=0.0)
    first = start - timedelta(weeks=before_weeks)
    orders = in_days(orders, first, start + timedelta(days=days))
    orders = orders.filter(orders.region.isin(arms["unit_id"].astype(str).tolist()))
    if "channel" not in orders.columns:
        orders = orders.mutate(channel=ibis.literal(""))
    found = (
        orders.group_by("region", "channel", "day")
        .aggregate(orders=orders.count(), worth=orders.worth.fill_null(0.0).sum())
        .execute()
    )
    found["day"] = pd.to_datetime(found["day"])
    # Weeks counted from the start of the test; a part week at its end would look like a drop.
    found["week"] = (found["day"] - pd.Timestamp(start)).dt.days // 7
    whole = found[found["week"] < days // 7]
    table = whole.pivot_table(
        index="week", columns="region", values="orders", aggfunc="sum", fill_value=0
    )
    # Weeks before the shop's data began are not weeks without an order.
    table = (
        table.reindex(range(int(table.index.min()), days // 7), fill_value=0)
        if len(table)
        else table
    )
    table.index = pd.Timestamp(start) + pd.to_timedelta(table.index * 7, unit="D")
    return table, found[found["week"] >= 0]


def _channel(shop: Shop, exp_id: str) -> str:
    """The channel whose name stands in the experiment's id: ``feed-ads-geo`` is Feed ads."""
    if not shop.has("orders", "channel"):
        return ""
    names = shop.orders.select("channel").distinct().limit(2_000).execute()["channel"].dropna()

    def plain(text: str) -> str:
        return re.sub(r"[\W_]+", " ", text.lower()).strip()

    asked = f" {plain(exp_id)} "
    fits = [str(n) for n in names if plain(str(n)) and f" {plain(str(n))} " in asked]
    return max(fits, key=lambda n: (len(n), n), default="")
