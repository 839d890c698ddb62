"""The top and the bottom of the traffic report: headline, key figures, what cannot be said."""

from opsbook.chart.blocks import Definitions, Heading, KeyFigures
from opsbook.chart.heading import page_heading
from opsbook.chart.strip import strip_of_period
from opsbook.language import change, per_cent, points, t
from opsbook.shop.checks import CheckResult
from opsbook.shop.metrics import definitions, key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["READS", "heading", "key_strip", "limits", "words_used"]

READS = (
    *("orders", "order_lines", "products", "customers", "sessions", "events", "touchpoints"),
    *("ad_spend", "experiments", "contacts", "campaigns", "calendar"),
)
"""Tables this room reads where a shop has them."""

STRIP = ("visitors", "cvr", "aov", "gmv", "orders_per_buyer", "sessions")


def heading(shop: Shop, period: Period, checked: CheckResult) -> Heading:
    """Headline, period and state of the data.

    Args:
        shop: The shop.
        period: Period of the key figures.
        checked: From ``shop.checks.check``.
    """
    before = period.before()
    title = _headline(key_figures(shop, period), key_figures(shop, before))
    return page_heading(shop, title, period, checked, before)


def _headline(now: dict[str, float], before: dict[str, float]) -> str:
    if "cvr" not in now:
        return t("Visits are not on record: orders, messages and experiments only")
    share = per_cent(now["cvr"])
    if not {"visitors", "cvr", "aov"} <= before.keys():
        return t("{share} of visitors bought", share=share)
    return t(
        "{share} of visitors bought ({points}); visitors {visitors}, order value {value}",
        share=share,
        points=points(now["cvr"] - before["cvr"]),
        visitors=change(now["visitors"], before["visitors"]),
        value=change(now.get("aov", float("nan")), before["aov"]),
    )


def key_strip(shop: Shop, period: Period) -> KeyFigures:
    """Key figures of the period against the period before."""
    return strip_of_period(shop, period, STRIP)


def limits(shop: Shop) -> tuple[str, ...]:
    """What this shop's data cannot tell about its traffic, one line each."""
    gone: list[str] = []
    if not shop.has("sessions"):
        gone.append(t("Visits: none are recorded, so nothing is said of channels and conversion."))
    if not shop.has("events"):
        gone.append(t("Steps: clicks are not recorded, so there is no funnel."))
    if not shop.has("touchpoints"):
        gone.append(t("Contacts before an order: taken from visits, not from touchpoints."))
    if not shop.has("ad_spend"):
        gone.append(t("Cost: advertising is not recorded, so no channel has a return."))
    if not shop.has("experiments"):
        gone.append(t("Experiments: none are recorded; what a change caused is not known."))
    return tuple(gone)


def words_used(shop: Shop, period: Period) -> Definitions:
    """Definitions of the key figures, and the report's limits."""
    used = [name for name in STRIP if name in key_figures(shop, period)]
    return Definitions(definitions(used), limits(shop))
