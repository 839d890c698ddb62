"""How much of list price the shop gives away, where, and whether list prices are real."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_, t
from opsbook.market.compare import both_periods
from opsbook.shop.periods import Period, last_year_or_before
from opsbook.shop.sales import sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["DEPTHS", "NEEDS", "Discounts", "discounts"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
PROMOTED = 0.01
"""A line counts as on promotion when it was paid at least this far below list price."""
DEPTHS = (0.01, 0.10, 0.20, 0.30, 0.50)
"""Lower edges of the depth classes; below the first is list price."""


@dataclass(frozen=True)
class Discounts:
    """What was given away from list price.

    Depth is (list value - paid value) / list value. Promotion share is the share of sales on
    lines paid at least 1 % below list price.

    Args:
        period: The days.
        base: What they are compared with.
        overall: One row per ``period`` (``now``, ``before``): ``list_value, gmv, given``
            (currency), ``depth, promo_share, above_list`` (share of sales paid above list).
        by_category: One row per category, most given first: the same with ``_before`` and
            ``depth_change``, ``given_extra`` (currency: what the change of depth gave away).
        by_week: One row per week of both periods: ``week_start, depth, promo_share, gmv``.
        depths: One row per depth class: ``low, high, gmv, share, share_before``.
        at_list: Share of product-weeks, in all the data up to the period's end, in which a
            piece was sold at list price.
        never_at_list: Products sold in 8 weeks or more and never at list price.
        never_share: Their share of the period's sales.
    """

    period: Period
    base: Period
    overall: pd.DataFrame
    by_category: pd.DataFrame
    by_week: pd.DataFrame
    depths: pd.DataFrame
    at_list: float
    never_at_list: int
    never_share: float

    @property
    def same_season(self) -> bool:
        """Whether the base is the same weeks of last year."""
        return self.base == self.period.last_year()


@shared
def discounts(shop: Shop, period: Period) -> Discounts:
    """Discount depth and share of sales on promotion, against the same weeks of last year.

    Where the data do not reach back a year the period before stands in. It may hold another
    sale: a quarter after 618 is shallower than the one with it whatever the shop did.

    Args:
        shop: Needs list prices on order lines (``list_price`` or ``list_amount``).
        period: The days.

    Returns:
        Depth overall, by category, by week and by class; and whether list prices are real.

    Raises:
        CannotTell: Lines have no list price, or nothing was sold.
    """
    if not (shop.has("order_lines", "list_price") or shop.has("order_lines", "list_amount")):
        raise CannotTell(
            N_("discounts need list prices: order_lines.list_price is missing in {source}"),
            source=shop.source,
        )
    lines = sales_lines(shop)
    lines = lines.filter(lines.amount >= 0, lines.list_amount > 0)
    lines = lines.mutate(cut=1 - lines.amount / lines.list_amount)
    base = last_year_or_before(shop, period)
    both = both_periods(lines, period, base).rename(now="is_now")
    # Weeks count from the first day of their own period: a year apart they are not in step.
    first = ibis.ifelse(both.now, ibis.literal(period.start), ibis.literal(base.start))
    step = both.day.delta(first, unit="day") // 7
    cells = _cells(both.mutate(week=step.cast("int64")))
    if not cells["now"].any():
        raise CannotTell(N_("nothing was sold in {period}"), period=str(period))
    if cells["now"].all():
        cells = cells.assign(now=True)
    at_list, never, share = _list_prices(lines, period)
    return Discounts(
        period=period,
        base=base,
        overall=_overall(cells),
        by_category=_by_category(cells),
        by_week=_by_week(cells, period, base),
        depths=_depths(cells),
        at_list=at_list,
        never_at_list=never,
        never_share=share,
    )


def _cells(lines: Frame) -> pd.DataFrame:
    """Sums by category, week and depth class: all tables are sums of these."""
    edges = [(lines.cut < -PROMOTED, -1), (lines.cut < DEPTHS[0] - 1e-9, 0)]
    edges += [(lines.cut < edge - 1e-9, i) for i, edge in enumerate(DEPTHS[1:], start=1)]
    lines = lines.mutate(depth_class=ibis.cases(*edges, else_=len(DEPTHS)))
    cells = lines.group_by("category", "week", "now", "depth_class").aggregate(
        list_value=lines.list_amount.sum(), gmv=lines.amount.sum()
    )
    return cells.execute().astype({"now": bool})


def _measures(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    marked = cells.assign(
        promo=cells["gmv"].where(cells["depth_class"] >= 1, 0.0),
        above=cells["gmv"].where(cells["depth_class"] < 0, 0.0),
    )
    sums = marked.groupby(keys, dropna=False)[["list_value", "gmv", "promo", "above"]].sum()
    sums["given"] = sums["list_value"] - sums["gmv"]
    sums["depth"] = sums["given"] / sums["list_value"]
    sums["promo_share"] = sums["promo"] / sums["gmv"]
    sums["above_list"] = sums["above"] / sums["gmv"]
    return sums.drop(columns=["promo", "above"])


def _overall(cells: pd.DataFrame) -> pd.DataFrame:
    sums = _measures(cells, ["now"]).reset_index()
    sums["period"] = np.where(sums.pop("now"), "now", "before")
    return sums.sort_values("period", ascending=False).reset_index(drop=True)


def _by_category(cells: pd.DataFrame) -> pd.DataFrame:
    if cells["category"].isna().all():
        cells = cells.assign(category=t("all products"))
    cells = cells.dropna(subset="category")
    now = _measures(cells[cells["now"]], ["category"])
    then = _measures(cells[~cells["now"]], ["category"])
    table = now.join(then.add_suffix("_before"))
    table["depth_change"] = table["depth"] - table["depth_before"]
    table["given_extra"] = table["depth_change"] * table["list_value"]
    return table.sort_values("given", ascending=False).reset_index()


def _by_week(cells: pd.DataFrame, period: Period, base: Period) -> pd.DataFrame:
    sums = _measures(cells, ["now", "week"]).reset_index()
    starts = {True: pd.Timestamp(period.start), False: pd.Timestamp(base.start)}
    first = pd.Series([starts[bool(now)] for now in sums["now"]], dtype="datetime64[ns]")
    sums.insert(0, "week_start", first + pd.to_timedelta(7 * sums["week"], unit="D"))
    sums = sums.sort_values("week_start", ignore_index=True)
    return sums[["week_start", "depth", "promo_share", "gmv"]]


def _depths(cells: pd.DataFrame) -> pd.DataFrame:
    classes = cells.assign(step=cells["depth_class"].clip(lower=0))
    sums = classes.pivot_table("gmv", "step", "now", "sum", fill_value=0.0)
    sums = sums.reindex(index=range(len(DEPTHS) + 1), columns=[False, True], fill_value=0.0)
    old = sums[False].sum()
    return pd.DataFrame(
        {
            "low": [0.0, *DEPTHS],
            "high": [*DEPTHS, 1.0],
            "gmv": sums[True].to_numpy(),
            "share": (sums[True] / sums[True].sum()).to_numpy(),
            "share_before": (sums[False] / old).to_numpy() if old else np.nan,
        }
    )


def _list_prices(lines: Frame, period: Period) -> tuple[float, int, float]:
    """Whether list prices are ever charged: a list price nobody pays inflates every depth."""
    known = lines.filter(lines.day < ibis.literal(period.end))
    week = (known.day.delta(ibis.literal(period.start), unit="day") / 7).floor().cast("int64")
    known = known.mutate(week=week, full=known.cut < PROMOTED - 1e-9)
    weeks = known.group_by("sku", "week").aggregate(
        full=known.full.any(),
        gmv=known.amount.sum(where=known.day >= ibis.literal(period.start)),
    )
    products = weeks.group_by("sku").aggregate(
        weeks=weeks.count(), full=weeks.full.sum(), gmv=weeks.gmv.sum()
    )
    never = (products.full == 0) & (products.weeks >= 8)
    sums = products.aggregate(
        weeks=products.weeks.sum(),
        full=products.full.sum(),
        never=never.sum(),
        never_gmv=products.gmv.sum(where=never),
        gmv=products.gmv.sum(),
    )
    row = sums.execute().fillna(0).iloc[0]
    return (
        float(row["full"] / row["weeks"]),
        int(row["never"]),
        float(row["never_gmv"] / row["gmv"]) if row["gmv"] else 0.0,
    )
