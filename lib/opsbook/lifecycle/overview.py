"""The top and the bottom of the customer report: headline, key figures, what cannot be said."""

from datetime import timedelta

from opsbook.chart.blocks import Definitions, Heading, KeyFigures
from opsbook.chart.heading import page_heading
from opsbook.chart.strip import strip_of_period
from opsbook.errors import CannotTell
from opsbook.language import t
from opsbook.lifecycle.stages import Stages, stages
from opsbook.shop.checks import CheckResult
from opsbook.shop.metrics import definitions, key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["READS", "heading", "key_strip", "limits", "standing", "words_used"]

READS = (
    *("customers", "orders", "order_lines", "products", "returns", "ad_spend", "contacts"),
    *("nps", "tickets", "shipments", "points_ledger", "referrals"),
)
"""Tables this room reads where a shop has them, all but the largest."""

STRIP = ("gmv", "buyers", "orders_per_buyer", "aov", "visitors", "refunds")


def standing(shop: Shop, period: Period) -> Stages | None:
    """Every customer's stage on the period's last day; none where the data cannot tell."""
    try:
        return stages(shop, at=period.end - timedelta(days=1))
    except CannotTell:
        return None


def heading(shop: Shop, period: Period, stage: Stages | None, checked: CheckResult) -> Heading:
    """Headline, period and state of the data.

    Args:
        shop: The shop.
        period: Period of the report.
        stage: From ``standing``.
        checked: From ``shop.checks.check``.
    """
    title = stage.headline() if stage else t("Customers cannot be told apart in these data")
    return page_heading(shop, title, period, checked, period.before())


def key_strip(shop: Shop, period: Period) -> KeyFigures:
    """Key figures of the period against the period before."""
    return strip_of_period(shop, period, STRIP)


def limits(shop: Shop) -> tuple[str, ...]:
    """What this shop's data cannot tell about its customers, one line each."""
    gone: list[str] = []
    if not shop.has("customers", "signup_date"):
        gone.append(
            t("New customers: without a day of registration the first order in the data counts.")
        )
    if not shop.has("order_lines", "unit_cost"):
        gone.append(t("Margin: the lines carry no cost, so value is sales unless a margin is set."))
    if not shop.has("ad_spend"):
        gone.append(t("Acquisition cost: there is no table of advertising cost."))
    if not shop.has("contacts"):
        gone.append(t("Win-back: no contacts are recorded, so its effect is an assumption."))
    if not shop.has("nps"):
        gone.append(t("Recommendation: customers were not asked whether they recommend the shop."))
    return tuple(gone)


def words_used(shop: Shop, period: Period) -> Definitions:
    """Definitions of the key figures, and the report's limits."""
    used = [name for name in STRIP if name in key_figures(shop, period)]
    return Definitions(definitions(used), limits(shop))
