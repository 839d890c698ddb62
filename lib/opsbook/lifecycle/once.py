"""Answers that a room asks for again and again, computed once per open shop.

A report asks the same shop some thirty questions about its customers. On a small shop most of
the time goes into planning queries, so what they have in common is kept while the shop is open.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ibis import Table as Frame

from opsbook.shop.shop import Shop

__all__ = ["kept_customers", "kept_if_small", "kept_rows", "once"]

T = TypeVar("T")
_KNOWN: WeakKeyDictionary[Shop, dict[str, Any]] = WeakKeyDictionary()
_SMALL = 1_000_000
"""Orders up to which keeping a derived table costs less than asking for it again."""


def once(shop: Shop, name: str, make: Callable[[], T]) -> T:
    """What ``make`` returns, remembered under a name for as long as the shop is open."""
    known = _KNOWN.setdefault(shop, {})
    if name not in known:
        known[name] = make()
    found: T = known[name]
    return found


def kept_if_small(shop: Shop, name: str, make: Callable[[], Frame]) -> Frame:
    """A derived table, written down once on a shop of up to a million orders.

    On a larger shop writing it down would cost more than it saves; the expression is used.
    """

    def build() -> Frame:
        orders = once(shop, "orders", lambda: int(shop.orders.count().execute()))
        expression = make()
        if orders > _SMALL:
            return expression
        return shop.kept(f"lifecycle {name}", expression, rows=shop.orders)

    return once(shop, name, build)


def kept_rows(shop: Shop, name: str, make: Callable[[], Frame], *, rows: Frame) -> Frame:
    """``Shop.kept``, asked for the expression once only: building it costs time too.

    Args:
        shop: The shop.
        name: Name of the derived table.
        make: Gives the expression.
        rows: The table that bounds its number of rows.
    """
    return once(shop, f"rows {name}", lambda: shop.kept(name, make(), rows=rows))


def kept_customers(shop: Shop, name: str, make: Callable[[], Frame]) -> Frame:
    """A table of one row per customer, written down once: customers are few beside orders."""
    bound = shop.customers if shop.has("customers") else shop.orders
    return once(shop, name, lambda: shop.kept(f"lifecycle {name}", make(), rows=bound))
