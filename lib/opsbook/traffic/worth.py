"""What an order is worth: its margin where costs are known, else its sales, and which it is."""

from typing import Literal

import ibis
from ibis import Table as Frame

from opsbook.language import t
from opsbook.shop.metrics import order_totals
from opsbook.shop.shop import Shop

__all__ = ["Worth", "order_worth", "worth_words"]

Worth = Literal["margin", "sales", "orders"]


def order_worth(shop: Shop) -> tuple[Frame, Worth]:
    """Paid orders with the money they brought, before advertising.

    Lines without a cost take the margin of the other lines of their order; an order without
    any cost counts with nothing, which understates it rather than the reverse.

    Args:
        shop: Its orders; with order lines and their ``unit_cost`` the worth is margin.

    Returns:
        ``order_totals`` with ``worth`` (currency, 0 where unknown), and what it is: margin,
        sales, or ``orders`` where there are no lines and no money at all.
    """
    orders = order_totals(shop)
    if not shop.has("order_lines"):
        return orders.mutate(worth=ibis.literal(0.0)), "orders"
    if not shop.has("order_lines", "unit_cost"):
        return orders.mutate(worth=orders.amount.fill_null(0.0)), "sales"
    rate = 1 - orders.cost / orders.costed_amount.nullif(0)
    found = orders.mutate(worth=(orders.amount * rate).fill_null(0.0))
    # Most sections ask for it, some several times: it is added up once.
    return shop.kept("order_worth", found, rows=shop.orders), "margin"


def worth_words(worth: Worth) -> str:
    """What money means here."""
    return {
        "margin": t("margin before advertising"),
        "sales": t("sales (costs are not known)"),
        "orders": t("orders (amounts are not known)"),
    }[worth]
