"""What one piece of each product sells for and brings, to value a cart that was not paid."""

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.sales import sales_lines
from opsbook.shop.shop import Shop

__all__ = ["cart_prices"]


def cart_prices(shop: Shop) -> tuple[str, Frame]:
    """Price and worth of one piece of each product: mean paid, else the list price."""
    nothing = ibis.memtable(pd.DataFrame({"of_sku": ["-"], "price": [0.0], "value": [0.0]}))
    costed = shop.has("order_lines", "unit_cost")
    sold = None
    if shop.has("order_lines"):
        lines = sales_lines(shop)
        sums = lines.group_by(of_sku="sku").aggregate(
            amount=lines.amount.sum(), cost=lines.cost.sum(), qty=lines.qty.sum()
        )
        price = sums.amount / sums.qty.nullif(0)
        worth = (sums.amount - sums.cost) / sums.qty.nullif(0) if costed else price
        sold = sums.select("of_sku", price=price, value=worth)
    if not shop.has("products", "list_price"):
        return ("none", nothing) if sold is None else ("margin" if costed else "sales", sold)
    goods = shop.products
    cost = goods.unit_cost if costed and "unit_cost" in goods.columns else None
    listed = goods.select(
        listed_sku=goods.sku,
        list_price=goods.list_price,
        list_value=goods.list_price - cost if cost is not None else goods.list_price,
    )
    if sold is None:
        return "sales", listed.select(of_sku="listed_sku", price="list_price", value="list_price")
    both = listed.left_join(sold, listed.listed_sku == sold.of_sku)
    return ("margin" if costed else "sales"), both.select(
        of_sku=both.listed_sku,
        price=ibis.coalesce(both.price, both.list_price),
        value=ibis.coalesce(both.value, both.list_value),
    )
