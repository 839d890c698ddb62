"""The top and the bottom of the market report: headline, key figures, what cannot be said."""

from opsbook.chart.blocks import Definitions, Heading, KeyFigures
from opsbook.chart.heading import page_heading
from opsbook.chart.strip import key_figure_strip
from opsbook.errors import CannotTell
from opsbook.language import t
from opsbook.market.decompose import decompose_gmv
from opsbook.market.growth import Growth, sales_by
from opsbook.shop.checks import CheckResult
from opsbook.shop.metrics import definitions
from opsbook.shop.shop import Shop

__all__ = ["READS", "heading", "key_strip", "limits", "words_used"]

READS = (
    *("orders", "order_lines", "products", "customers", "returns", "sessions", "calendar"),
    "inventory_daily",
)
"""Tables this room reads where a shop has them."""

STRIP = ("gmv", "orders", "buyers", "visitors", "cvr", "orders_per_buyer", "aov", "discount_depth")
_MOST_FIGURES = 6
_MAIN_DRIVER = 0.5
_HELD_BACK = 0.25
"""Part of the change that a driver against it must make up to stand beside the first."""


def heading(shop: Shop, growth: Growth, checked: CheckResult) -> Heading:
    """Headline, period and state of the data.

    Args:
        shop: The shop.
        growth: From ``market.growth.growth``.
        checked: From ``shop.checks.check``.
    """
    bases = [p for p in (growth.previous, growth.last_year) if p is not None]
    title = growth.headline() + _driver(shop, growth)
    return page_heading(shop, title, growth.period, checked, *bases)


def _driver(shop: Shop, growth: Growth) -> str:
    """What moved sales most, where one driver makes most of a real change."""
    lead, base, _ = growth.lead
    if lead is None or not lead.is_real or base is None or not growth.judged:
        return ""
    try:
        split = decompose_gmv(shop, growth.period, base)
    except CannotTell:
        return ""
    if not split.change or (split.change > 0) != ((lead.growth or 0) > 0):
        return ""
    effects = split.effects()
    top = effects.loc[(effects["effect"] / split.change).idxmax()]
    share = top["effect"] / split.change
    worst = effects.loc[(effects["effect"] / split.change).idxmin()]
    if worst["effect"] / split.change <= -_HELD_BACK:
        return t(", through {driver} against {other}", driver=top["label"], other=worst["label"])
    if share >= 1:
        return t(", all of it from {driver}", driver=top["label"])
    return t(", most of it from {driver}", driver=top["label"]) if share >= _MAIN_DRIVER else ""


def key_strip(shop: Shop, growth: Growth) -> KeyFigures:
    """Four to six key figures against the period before and last year."""
    weekly = sales_by(shop, "week")
    whole = weekly[~weekly["partial"]].tail(26)
    # Orders follow from buyers and orders per buyer; they lead only where sales are unknown.
    left_out = {"orders"} if "gmv" in growth.now else set()
    ids = [n for n in STRIP if n in growth.now and n not in left_out][:_MOST_FIGURES]
    return key_figure_strip(
        growth.now,
        growth.before,
        ids=ids,
        currency=shop.currency,
        against=t("against the {days} days before", days=growth.period.days),
        year_ago=growth.year_ago,
        sparks={name: tuple(whole[name]) for name in ("gmv", "orders", "buyers")},
    )


def limits(shop: Shop, growth: Growth) -> tuple[str, ...]:
    """What this shop's data cannot tell, one line each."""
    gone: list[str] = []
    if not shop.has("order_lines"):
        gone.append(t("Sales: there are no order lines, so orders are counted instead of money."))
    if not shop.has("sessions"):
        gone.append(t("Visitors and conversion: there is no table of visits."))
    if shop.has("order_lines") and not shop.has("order_lines", "unit_cost"):
        gone.append(t("Margin: the lines carry no cost, so money at stake is sales, not profit."))
    if growth.last_year is None:
        gone.append(t("Season: the data hold no earlier year to compare with."))
    if not shop.has("returns"):
        gone.append(t("Refunds and returns: there is no table of returns; sales are gross."))
    if not shop.has("competitor_prices"):
        gone.append(t("The market itself: competitors' prices and sales are not in the data."))
    return tuple(gone)


def words_used(shop: Shop, growth: Growth) -> Definitions:
    """Definitions of every figure in the report, and its limits."""
    used = [name for name in growth.now if name not in ("sessions",)]
    return Definitions(definitions(used), limits(shop, growth))
