"""What each figure means: the metric dictionary, once, for every report."""

from dataclasses import dataclass
from typing import Literal

from opsbook.language import N_, t

__all__ = ["METRICS", "Metric"]


@dataclass(frozen=True)
class Metric:
    """One figure of the trade.

    Args:
        id: The name in code, columns and chapters.
        label: What a report calls it, marked for translation.
        definition: How it is computed, marked for translation.
        unit: Unit in words, marked for translation; empty for money and fractions.
        kind: ``money``, ``count``, ``fraction`` or ``ratio``.
        source: Where the definition comes from.
    """

    id: str
    label: str
    definition: str
    unit: str
    kind: Literal["money", "count", "fraction", "ratio"]
    source: str

    @property
    def text(self) -> tuple[str, str]:
        """Label and definition in the language in force."""
        return t(self.label), t(self.definition)


_ALL = (
    Metric(
        "gmv",
        N_("Sales (GMV)"),
        N_(
            "What customers were charged for the lines of paid orders placed in the period, "
            "after discounts, without freight, before refunds."
        ),
        "",
        "money",
        "002 三(三)1; D10",
    ),
    Metric(
        "refunds",
        N_("Refunds"),
        N_(
            "Money paid back in the period, whenever the order was placed; where the data has "
            "no returns, the orders of the period that were refunded."
        ),
        "",
        "money",
        "D31",
    ),
    Metric("net_sales", N_("Net sales"), N_("Sales less refunds."), "", "money", "D31"),
    Metric(
        "orders",
        N_("Orders"),
        N_("Paid orders, not cancelled, by the time they were placed."),
        N_("orders"),
        "count",
        "D12",
    ),
    Metric(
        "buyers",
        N_("Buyers"),
        N_("Customers with at least one paid order; each guest order counts as one buyer."),
        N_("customers"),
        "count",
        "D12",
    ),
    Metric(
        "visitors",
        N_("Visitors (UV)"),
        N_("Different visitors with at least one visit in the period."),
        N_("visitors"),
        "count",
        "D12",
    ),
    Metric(
        "sessions", N_("Visits"), N_("Visits begun in the period."), N_("visits"), "count", "D12"
    ),
    Metric(
        "cvr",
        N_("Conversion rate (CVR)"),
        N_("Buyers divided by visitors of the same period."),
        "",
        "fraction",
        "D12; X02",
    ),
    Metric(
        "order_cvr",
        N_("Orders per visitor"),
        N_("Paid orders divided by visitors; higher than CVR, as one buyer may order twice."),
        "",
        "fraction",
        "001 运营数据基础体系; X02",
    ),
    Metric(
        "aov",
        N_("Average order value (AOV)"),
        N_("Sales divided by orders."),
        "",
        "money",
        "D11",
    ),
    Metric(
        "orders_per_buyer",
        N_("Orders per buyer"),
        N_("Orders divided by buyers of the period."),
        N_("orders"),
        "ratio",
        "D10; X10",
    ),
    Metric(
        "sales_per_buyer",
        N_("Sales per buyer"),
        N_("Sales divided by buyers of the period."),
        "",
        "money",
        "D12",
    ),
    Metric(
        "units",
        N_("Units"),
        N_("Pieces in paid orders; lines not counted in pieces are left out."),
        N_("pieces"),
        "count",
        "D11",
    ),
    Metric(
        "units_per_order",
        N_("Units per order (UPT)"),
        N_("Pieces divided by orders."),
        N_("pieces"),
        "ratio",
        "000 §4; D11",
    ),
    Metric(
        "price_per_unit",
        N_("Price per unit"),
        N_("Sales of lines counted in pieces, divided by their pieces."),
        "",
        "money",
        "D11",
    ),
    Metric(
        "discount_depth",
        N_("Discount depth"),
        N_("One less sales divided by the same lines at list price."),
        "",
        "fraction",
        "D10",
    ),
    Metric(
        "promo_share",
        N_("Share of sales on promotion"),
        N_("Sales of lines charged below list price, divided by sales."),
        "",
        "fraction",
        "D10",
    ),
    Metric(
        "gross_margin",
        N_("Gross margin"),
        N_("Sales of lines with a known cost less that cost, divided by those sales."),
        "",
        "fraction",
        "A10",
    ),
    Metric(
        "stock_value",
        N_("Stock at cost"),
        N_("Pieces on hand in the evening of the last day, times their unit cost."),
        "",
        "money",
        "C04",
    ),
    Metric(
        "stock_days",
        N_("Days of stock"),
        N_("Mean stock at cost of every day, divided by the cost of goods sold per day."),
        N_("days"),
        "ratio",
        "001 平均库存周转天数; C04",
    ),
    Metric(
        "parcels_on_time",
        N_("Parcels on time"),
        N_("Parcels delivered by their promised time, of those whose promise is over."),
        "",
        "fraction",
        "002 时效承诺; C18",
    ),
)
METRICS: dict[str, Metric] = {m.id: m for m in _ALL}
"""The metric dictionary, by id."""
