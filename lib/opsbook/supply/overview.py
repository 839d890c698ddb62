"""The top and the bottom of the supply report: headline, key figures, what cannot be said."""

from contextlib import suppress
from datetime import date, timedelta

from opsbook.chart.blocks import Definitions, Heading, KeyFigures
from opsbook.chart.heading import page_heading
from opsbook.chart.strip import strip_of_period
from opsbook.errors import CannotTell
from opsbook.language import count, money, t
from opsbook.shop.checks import CheckResult
from opsbook.shop.metrics import definitions, key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shop import Shop
from opsbook.supply.stock_cover import StockCover, stock_cover
from opsbook.supply.stock_value import stock_value
from opsbook.supply.timeliness import timeliness
from opsbook.supply.turnover import turnover

__all__ = [
    "READS",
    "figures",
    "heading",
    "key_strip",
    "limits",
    "morning",
    "standing",
    "words_used",
]

READS = (
    *("orders", "order_lines", "products", "inventory_daily", "purchase_orders", "suppliers"),
    *("shipments", "returns", "campaigns", "calendar", "warehouses"),
)
"""Tables this room reads where a shop has them."""

_LEAST = 7
"""Days that stock is looked at over, at least."""
STRIP = ("gmv", "gross_margin", "stock_value", "stock_days", "parcels_on_time", "refunds")


def morning(shop: Shop, end: str | date = "") -> date:
    """The morning to plan from: the one after the last day of the data, or after ``end``."""
    last = date.fromisoformat(end) if isinstance(end, str) and end else end or None
    return last + timedelta(days=1) if isinstance(last, date) else data_days(shop).end


def standing(
    shop: Shop, today: date, *, low_days: float, high_days: float, holding: float
) -> StockCover | None:
    """Cover of every product this morning; None where stock is not on record.

    Args:
        shop: The shop.
        today: The morning.
        low_days: Days of cover below which a product is short.
        high_days: Days above which it lies too long.
        holding: Yearly cost of holding stock, share of its cost (assumed).
    """
    with suppress(CannotTell):
        return stock_cover(shop, today, low_days=low_days, high_days=high_days, holding=holding)
    return None


def heading(shop: Shop, period: Period, cover: StockCover | None, checked: CheckResult) -> Heading:
    """Headline, period and state of the data.

    Args:
        shop: The shop.
        period: Period of the key figures.
        cover: From ``standing``.
        checked: From ``shop.checks.check``.
    """
    return page_heading(shop, _headline(cover, shop), period, checked, period.before())


def _headline(cover: StockCover | None, shop: Shop) -> str:
    if cover is None:
        return t("Stock is not on record: demand, suppliers and service only")
    return t(
        "{out} selling products are out of stock, {short} have less than {low} days left; "
        "{excess} lies beyond {high} days",
        out=count(cover.number("out")),
        short=count(cover.number("short")),
        low=count(cover.low_days),
        excess=money(cover.excess, shop.currency),
        high=count(cover.high_days),
    )


def figures(
    shop: Shop, period: Period, *, known: date | None = None, after: Period | None = None
) -> dict[str, float]:
    """Key figures of the room for one period; what the data do not hold is not in it.

    Args:
        shop: The shop.
        period: The days.
        known: Day up to which deliveries count as known; the end of the period unless given.
        after: The period that this one is the one before of: what is counted for that tells of
            this one's parcels too, so they are not counted twice.
    """
    found = dict(key_figures(shop, period))
    with suppress(CannotTell):
        found["stock_value"] = stock_value(shop, period.end, days=max(period.days, _LEAST)).now
    with suppress(CannotTell):
        found["stock_days"] = float(
            turnover(shop, period.end, days=max(period.days, _LEAST)).total["days"]
        )
    with suppress(CannotTell):
        found["parcels_on_time"] = float(
            timeliness(shop, after or period, known=known).share("parcel_promise")[
                "before" if after else "value"
            ]
        )
    return {name: value for name, value in found.items() if value == value}


def key_strip(shop: Shop, period: Period) -> KeyFigures:
    """Key figures of the period against the period before, both as they are known by now."""

    def counted(shop: Shop, days: Period) -> dict[str, float]:
        return figures(shop, days, known=period.end, after=None if days == period else period)

    return strip_of_period(shop, period, STRIP, figures=counted)


def limits(shop: Shop) -> tuple[str, ...]:
    """What this shop's data cannot tell about its supply, one line each."""
    gone: list[str] = []
    if not shop.has("inventory_daily"):
        gone.append(
            t("Stock: without daily records sales stand in for demand, and nothing is known of it.")
        )
    if not shop.has("purchase_orders"):
        gone.append(t("Suppliers: no purchase orders, so lead times are assumptions."))
    if not shop.has("products", "unit_cost"):
        gone.append(t("Money in stock: products carry no cost, so holding cannot be priced."))
    if not shop.has("products", "pack_qty"):
        gone.append(t("Packs: their size is not known; orders are in single pieces."))
    if not shop.has("shipments"):
        gone.append(t("Delivery: parcels are not recorded."))
    if not shop.has("returns"):
        gone.append(t("Returns: none are recorded."))
    return tuple(gone)


def words_used(shop: Shop, period: Period) -> Definitions:
    """Definitions of the key figures, and the report's limits."""
    used = [name for name in STRIP if name in figures(shop, period)]
    return Definitions(definitions(used), limits(shop))
