"""How much of sales hangs on how few products or customers: Pareto, HHI, Gini, long tail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Concentration", "Of", "concentration", "first_day", "ranked_members"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
Of = Literal["sku", "customer", "brand", "store"]
_COLUMN = {"sku": "sku", "customer": "customer_id", "brand": "brand", "store": "store_id"}
_TOPS = (1, 5, 10, 20)
_STEPS = 200
"""Points of the curve."""


@dataclass(frozen=True)
class Concentration:
    """How sales are spread over members: products, customers, brands or stores.

    Members with sales of zero or less (returns above purchases) are left out of every
    figure and counted in ``negative``; a share of a total is not defined with them.

    Args:
        of: What the members are.
        period: The days covered.
        members: Members with sales above zero.
        sales: Their sales.
        hhi: Herfindahl-Hirschman index, 0 to 10,000: sum of squared shares in per cent.
        gini: 0 all alike to 1 all in one.
        top: Share of sales of the best 1, 5, 10 and 20 % of members (rounded up).
        half: How many of the best make half of sales.
        eighty: How many make 80 %.
        tail: Long-tail share: what members outside the best 20 % sell.
        negative: Members left out, sales of zero or less.
        negative_sales: Their sales, zero or less.
        unnamed_share: Share of all sales without a name (guests, unknown brand), left out.
        unsold: Products of the catalogue without a sale; None where that is not known.
        curve: One row per point: ``members, sales`` as cumulative shares, best first.
        before: The same for the previous period, without its own ``before``; None where
            the data does not reach back.
    """

    of: Of
    period: Period
    members: int
    sales: float
    hhi: float
    gini: float
    top: Mapping[int, float]
    half: int
    eighty: int
    tail: float
    negative: int
    negative_sales: float
    unnamed_share: float
    unsold: int | None
    curve: pd.DataFrame
    before: "Concentration | None" = None

    @property
    def active_share(self) -> float | None:
        """Products with sales among those of the catalogue; None where that is not known."""
        if self.unsold is None:
            return None
        return self.members / (self.members + self.negative + self.unsold)


def concentration(shop: Shop, period: Period, of: Of = "sku") -> Concentration:
    """Sort members by sales in the engine and say how unequal they are.

    Args:
        shop: The shop.
        period: The days; compared with the same length before, where the data has it.
        of: ``sku``, ``customer``, ``brand`` or ``store``.

    Returns:
        The figures, with those of the previous period in ``before``.

    Raises:
        ParameterError: ``of`` is another word.
        CannotTell: The shop does not know the column, or nothing was sold.

    Source:
        HHI: U.S. Department of Justice and FTC, Merger Guidelines (2023), guideline 1.
        Gini from ranks: Cowell, Measuring Inequality (2011), appendix A.
    """
    if of not in _COLUMN:
        raise ParameterError(
            N_('of "{value}" is not known; use sku, customer, brand or store'), value=of
        )
    lines = sales_lines(shop)
    if _COLUMN[of] not in lines.columns or (of == "brand" and not shop.has("products", "brand")):
        raise CannotTell(
            N_('{source} does not say the {what} of a sale; the column "{column}" is missing'),
            source=shop.source,
            what=of,
            column=_COLUMN[of],
        )
    now = _measure(shop, lines, period, of)
    if now is None:
        raise CannotTell(N_("nothing was sold in {period}"), period=str(period))
    fields = {name: getattr(now, name) for name in now.__dataclass_fields__}
    fields["before"] = _measure(shop, lines, period.before(), of, whole=True)
    return Concentration(**fields)


def _measure(
    shop: Shop, lines: Frame, period: Period, of: Of, *, whole: bool = False
) -> Concentration | None:
    inside = in_days(lines, period.start, period.end)
    steps = _steps(inside, _COLUMN[of])
    ranked = steps[steps["kind"] == "ranked"].sort_values("step")
    if ranked.empty:
        return None
    if whole and first_day(lines) > period.start:
        return None
    negative = steps[steps["kind"] == "negative"]
    unnamed = float(steps.loc[steps["kind"] == "unnamed", "sales"].sum())
    members, sales = int(ranked["members"].sum()), float(ranked["sales"].sum())
    top = {k: float(ranked[f"top_{k}"].sum()) / sales for k in _TOPS}
    cumulative = ranked[["members", "sales"]].cumsum() / np.array([members, sales])
    start = pd.DataFrame({"members": [0.0], "sales": [0.0]})
    return Concentration(
        of=of,
        period=period,
        members=members,
        sales=sales,
        hhi=float(ranked["squares"].sum()) / sales**2 * 10_000,
        # Ranks count from 0 for the best, so the worst has members - 1.
        gini=(members - 1 - 2 * float(ranked["by_rank"].sum()) / sales) / members,
        top=top,
        half=int(ranked["half"].sum()),
        eighty=int(ranked["eighty"].sum()),
        tail=1 - top[20],
        negative=int(negative["members"].sum()),
        negative_sales=float(negative["sales"].sum()),
        unnamed_share=unnamed / (unnamed + sales) if unnamed > 0 else 0.0,
        unsold=_unsold(shop, inside, period) if of == "sku" else None,
        curve=pd.concat([start, cumulative], ignore_index=True),
    )


def first_day(lines: Frame) -> date:
    """First day with a sale."""
    first: date = pd.Timestamp(lines.day.min().execute()).date()
    return first


def ranked_members(lines: Frame, column: str) -> Frame:
    """Members by sales, best first, with what those above them sold.

    Returns:
        One row per member: ``member, sales, kind`` (ranked, negative, unnamed), and within
        its kind ``rank`` (0 for the best), ``above`` (sales of those better), ``all_members,
        all_sales``.
    """
    totals = lines.group_by(member=lines[column]).aggregate(sales=lines.amount.sum())
    totals = totals.filter(totals.sales.notnull())
    totals = totals.mutate(
        kind=ibis.cases(
            (totals.member.isnull(), "unnamed"), (totals.sales <= 0, "negative"), else_="ranked"
        )
    )
    every = ibis.window(group_by="kind")
    # The name breaks ties, so that engines agree on the order.
    order = [ibis.desc("sales"), ibis.asc("member")]
    sofar = ibis.window(group_by="kind", order_by=order, preceding=None, following=0)
    return totals.mutate(
        rank=ibis.row_number().over(ibis.window(group_by="kind", order_by=order)),
        above=totals.sales.sum().over(sofar) - totals.sales,
        all_members=totals.count().over(every),
        all_sales=totals.sales.sum().over(every),
    )


def _steps(lines: Frame, column: str) -> pd.DataFrame:
    """Members summed into steps of the sorted curve; every figure is a sum over steps."""
    ranked = ranked_members(lines, column)
    ranked = ranked.mutate(step=(ranked["rank"] * _STEPS // ranked.all_members).cast("int64"))
    rank, share = ranked["rank"], ranked.above / ranked.all_sales
    tops = {
        # rank < share x members, in whole numbers: .1 x 30 is not 3 in floating point.
        f"top_{k}": ranked.sales.sum(where=rank * 100 < k * ranked.all_members)
        for k in _TOPS
    }
    steps = ranked.group_by("kind", "step").aggregate(
        members=ranked.count(),
        sales=ranked.sales.sum(),
        squares=(ranked.sales * ranked.sales).sum(),
        by_rank=(ranked.sales * rank).sum(),
        half=(share < 0.5 - 1e-12).sum(),
        eighty=(share < 0.8 - 1e-12).sum(),
        **tops,
    )
    return steps.execute().fillna(0)


def _unsold(shop: Shop, inside: Frame, period: Period) -> int | None:
    """Products that were in the catalogue and not in any order."""
    if not shop.has("products"):
        return None
    products = shop.products
    if "launch_date" in products.columns:
        launched = products.launch_date
        products = products.filter(launched.isnull() | (launched < ibis.literal(period.end)))
    sold = inside.select("sku").distinct()
    return int(products.anti_join(sold, "sku").count().execute())


@shared
def concentrations(shop: Shop, period: Period) -> tuple[Concentration, ...]:
    """Concentration of products and, where buyers are known, of customers.

    Raises:
        CannotTell: Nothing was sold.
    """
    parts = [concentration(shop, period, "sku")]
    if shop.has("orders", "customer_id"):
        parts.append(concentration(shop, period, "customer"))
    return tuple(parts)
