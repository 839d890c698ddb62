"""Which items stood in which basket: paid orders, each item once, gifts left out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Baskets", "Of", "basket_items"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")}
Of = Literal["sku", "category", "brand"]


_GIFT, _UNNAMED = "\u0001gift", "\u0001unnamed"


@dataclass(frozen=True)
class Baskets:
    """Items by basket, held by the engine.

    Args:
        table: One row per basket and item: ``basket`` and ``item`` (numbers on DuckDB, the
            ids themselves elsewhere).
        sizes: One row per basket: ``basket, day`` and ``k``, its number of different items.
        items: One row per item, the most bought first: ``item``, its ``name`` and ``orders``,
            the baskets it is in.
        of: What the items are: ``sku``, ``category`` or ``brand``.
        period: Days covered.
        orders: Baskets with at least one item.
        single: Baskets with one item only.
        gifts: Baskets with a line that cost nothing; the line is left out.
        unnamed: Baskets with a line whose category or brand is not known; left out.
    """

    table: Frame
    sizes: Frame
    items: pd.DataFrame
    of: Of
    period: Period
    orders: int
    single: int
    gifts: int
    unnamed: int

    @property
    def single_share(self) -> float:
        """Share of baskets that hold one item, fraction."""
        return self.single / self.orders


def basket_items(shop: Shop, period: Period | None = None, *, of: Of = "sku") -> Baskets:
    """Put every paid order into a basket of different items.

    A product twice in an order counts once. Lines charged with nothing are gifts: the shop,
    not the customer, put them there, and they would pair with whatever they came with.
    Orders of guests count; nobody has to be known.

    Args:
        shop: Needs orders and order lines.
        period: Days to include; all of the data unless given.
        of: ``sku``, ``category`` or ``brand``.

    Raises:
        CannotTell: The shop has no lines, does not know the category or brand, or nothing was
            sold in the period.
        ParameterError: ``of`` is another word.
    """
    if of not in ("sku", "category", "brand"):
        raise ParameterError(N_('of "{value}" is not known; use sku, category or brand'), value=of)
    shop.require(NEEDS if of == "sku" else NEEDS | {"products": ("sku", of)})
    lines, orders = _named_lines(shop, of), paid_orders(shop).select("order_id", "day")
    if period is not None:
        orders = in_days(orders, period.start, period.end)
    embedded = lines.get_backend().name == "duckdb"
    if embedded:
        # Numbers instead of texts: the self-join of pairs takes a third of the time. They
        # are kept, because a number is only good for the run that gave it.
        days = orders.mutate(basket=ibis.row_number().cast("int32")).cache()
        names = lines.select("name").distinct().mutate(item=ibis.row_number().cast("int32"))
        names = names.cache()
        numbered = names.join(lines, "name").select("order_id", "item").join(days, "order_id")
        table = numbered.select("basket", "item").distinct().cache()
        counts = table.group_by("item").aggregate(orders=table.count()).join(names, "item")
    else:
        days = orders.mutate(basket=orders.order_id)
        named = lines.mutate(item=lines.name)
        table = named.join(days, "order_id").select("basket", "item").distinct()
        counts = table.group_by("item").aggregate(orders=table.count())
        counts = counts.mutate(name=counts["item"])
    found = counts.select("item", "name", "orders").execute()
    special = found["name"].isin([_GIFT, _UNNAMED])
    if special.any():
        table = table.filter(table["item"].notin(found.loc[special, "item"].tolist()))
    sizes = table.group_by("basket").aggregate(k=table.count().cast("int32"))
    sizes = days.select("basket", "day").join(sizes, "basket").select("basket", "day", "k")
    if embedded:
        sizes = sizes.cache()
    sums = sizes.aggregate(orders=sizes.count(), single=(sizes.k == 1).sum(),
                           first=sizes.day.min(), last=sizes.day.max())  # fmt: skip
    row = sums.execute().iloc[0]
    if not row["orders"]:
        if period is None:
            raise CannotTell(N_("no order of the shop has a line that was paid for"))
        raise CannotTell(N_("nothing was sold in {period}"), period=str(period))
    first, last = (pd.Timestamp(row[c]).date() for c in ("first", "last"))
    span = period or Period(first, last + timedelta(days=1))
    apart = found.set_index("name")["orders"]
    return Baskets(
        table,
        sizes,
        found[~special].sort_values(["orders", "name"], ascending=[False, True], ignore_index=True),
        of,
        span,
        int(row["orders"]),
        int(row["single"]),
        int(apart.get(_GIFT, 0)),
        int(apart.get(_UNNAMED, 0)),
    )


def _named_lines(shop: Shop, of: Of) -> Frame:
    """``order_id`` and ``name`` of every line, with marks for gifts and unknown groups."""
    lines = shop.order_lines
    have = lines.columns
    free = ibis.literal(False)
    if "paid_amount" in have:
        free = lines.paid_amount.fill_null(1.0) == 0
    elif "paid_price" in have:
        free = lines.paid_price.fill_null(1.0) == 0
    if of == "sku":
        return lines.select("order_id", name=ibis.ifelse(free, _GIFT, lines.sku))
    lines = lines.select("order_id", "sku", free=free)
    known = shop.products
    joined = lines.left_join(known.select("sku", group=known[of].cast("string")), "sku")
    name = ibis.ifelse(joined.free, _GIFT, joined["group"].fill_null(_UNNAMED))
    return joined.select("order_id", name=name)
