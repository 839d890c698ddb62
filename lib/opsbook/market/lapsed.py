"""Best customers who stayed away, and whether that is more than usual."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
from ibis import Table as Frame

from opsbook.market.concentration import first_day, ranked_members
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Lapsed", "lapsed_best"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts", "customer_id"),
    "order_lines": ("order_id", "sku"),
}


@dataclass(frozen=True)
class Lapsed:
    """Customers who made half of sales in one period, and those who skipped the next.

    Args:
        best: Customers who made half of sales.
        best_sales: What they spent, currency.
        lapsed: Those of them without an order in the next period.
        sales: What the lapsed had spent, currency.
        before: The same one period earlier; None where the data does not reach back.
    """

    best: int
    best_sales: float
    lapsed: int
    sales: float
    before: "Lapsed | None" = None

    @property
    def unusual(self) -> float | None:
        """Sales lost beyond the usual share, negative for a gain; None if within chance.

        Chance: a difference of two shares of customers of less than two standard errors.
        """
        if self.before is None:
            return None
        now, then = self.lapsed / self.best, self.before.lapsed / self.before.best
        both = (self.lapsed + self.before.lapsed) / (self.best + self.before.best)
        error = (both * (1 - both) * (1 / self.best + 1 / self.before.best)) ** 0.5
        if error == 0 or abs(now - then) < 2 * error:
            return None
        return self.sales - self.before.sales / self.before.best_sales * self.best_sales


@shared
def lapsed_best(shop: Shop, period: Period) -> Lapsed | None:
    """How many of last period's best customers bought nothing in this one.

    Many always do: best customers are partly those who happened to buy. What counts is
    the comparison with the same step one period earlier.

    Args:
        shop: Needs ``orders.customer_id``.
        period: This period; the one before must lie in the data.

    Returns:
        The counts; None where the data does not reach back or knows no customers.
    """
    lines = sales_lines(shop)
    before, earlier = period.before(), period.before().before()
    if "customer_id" not in lines.columns:
        return None
    start = first_day(lines)
    now = _step(lines, before, period) if start <= before.start else None
    then = _step(lines, earlier, before) if start <= earlier.start else None
    return replace(now, before=then) if now is not None else None


def _step(lines: Frame, base: Period, following: Period) -> Lapsed | None:
    ranked = ranked_members(in_days(lines, base.start, base.end), "customer_id")
    best = ranked.filter(ranked.kind == "ranked", ranked.above / ranked.all_sales < 0.5 - 1e-12)
    later = in_days(lines, following.start, following.end)
    here = later.select(member="customer_id").distinct().mutate(came=ibis.literal(1))
    joined = best.left_join(here, "member")
    away = joined.came.isnull()
    row = (
        joined.aggregate(
            best=joined.count(),
            best_sales=joined.sales.sum(),
            lapsed=joined.count(where=away),
            sales=joined.sales.sum(where=away),
        )
        .execute()
        .fillna(0)
        .iloc[0]
    )
    if not row["best"]:
        return None
    return Lapsed(
        int(row["best"]), float(row["best_sales"]), int(row["lapsed"]), float(row["sales"])
    )
