"""The leaks of the supply chain, each with how its money was computed, from what sections found."""

from opsbook.language import count, money, per_cent, t
from opsbook.supply.bottlenecks import Bottleneck, late_leaks, return_leak
from opsbook.supply.procurement import Procurement
from opsbook.supply.return_reasons import return_reasons
from opsbook.supply.returns_rate import Returns
from opsbook.supply.stock_leaks import StockLeaks
from opsbook.supply.supplier_costs import SupplierCosts
from opsbook.supply.timeliness import Timeliness

__all__ = ["leak_list"]


def leak_list(
    *,
    late: Timeliness | None = None,
    back: Returns | None = None,
    stock: StockLeaks | None = None,
    suppliers: SupplierCosts | None = None,
    cycle: Procurement | None = None,
) -> list[Bottleneck]:
    """Everything that could be priced; a section that could not be computed is left out.

    Args:
        late: From ``timeliness``.
        back: From ``returns_rate``.
        stock: From ``stock_leaks``.
        suppliers: From ``supplier_costs``.
        cycle: From ``procurement``.
    """
    leaks: list[Bottleneck] = []
    if late is not None:
        pay = money(late.pay_per_late, late.currency)
        dispatch = t("late orders that had left after {hours} hours x {pay} (assumed)",
                     hours=count(late.limits[1]), pay=pay)  # fmt: skip
        road = t("late orders that had left in time x {pay} (assumed)", pay=pay)
        leaks.extend(late_leaks(late, (dispatch, road)))
    if back is not None:
        leaks.append(_returns(back))
    if stock is not None:
        leaks.extend(_stock(stock))
    if suppliers is not None:
        leaks.append(_suppliers(suppliers))
    if cycle is not None:
        basis = t("goods of core products on the way beyond {limit} days x unit cost x holding",
                  limit=count(cycle.limit_days))  # fmt: skip
        leaks.append(Bottleneck("procurement", float(cycle.skus["extra_cost"].sum()), basis))
    return leaks


def _returns(back: Returns) -> Bottleneck:
    causes = return_reasons(back).causes.set_index("cause")["cost_share"]
    part = 1 - float(causes.get("choice", 0.0))
    basis = t(
        "lost margin, write-off, freight and handling of returns, those to come included; without "
        "the customer's choice ({part})",
        part=per_cent(1 - part, 0),
    )
    return return_leak(back, basis, part=part)


def _stock(stock: StockLeaks) -> list[Bottleneck]:
    days = float(stock.period.days)
    if not stock.has_cost:
        why = t("unit costs are not known")
        return [Bottleneck("stock_out", None, why), Bottleneck("excess", None, why)]
    empty = t(
        "days without free stock anywhere x margin per day in stock, in these {days} days alone; "
        "hidden demand (E13) is estimated otherwise, over a year",
        days=count(days),
    )
    held = t("pieces beyond {days} days of sales x unit cost x holding {rate} a year",
             days=stock.cover_days, rate=per_cent(stock.holding, 0))  # fmt: skip
    leaks = [
        Bottleneck("stock_out", stock.lost, empty, days),
        Bottleneck("excess", stock.held, held, days),
    ]
    if stock.has_counts or stock.has_system:
        basis = t(
            "{wrong} of {n} counts were wrong: pieces x unit cost; margin of oversold pieces; the "
            "sales systems knew the stock up to {lag} hours late",
            wrong=count(stock.wrong), n=count(stock.counted),
            lag=count(stock.lag_hours, 1) if stock.lag_hours == stock.lag_hours else "–",
        )  # fmt: skip
        leaks.append(Bottleneck("records", stock.records, basis, days))
    else:
        leaks.append(Bottleneck("records", None, t("neither counts nor system stock are recorded")))
    return leaks


def _suppliers(costs: SupplierCosts) -> Bottleneck:
    table = costs.suppliers
    lost = float(table["lost_margin"].sum()) if costs.has_stock else 0.0
    basis = t(
        "margin lost while a delivery was overdue, safety stock for uneven lead times, rejects and "
        "overcharges"
    )
    return Bottleneck(
        "supplier", max(float(table["total"].sum()), 0.0), basis, float(costs.days), shared=lost
    )
