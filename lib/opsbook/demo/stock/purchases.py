"""What the shop buys: suppliers, purchase orders, invoices and payments."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import day_dates, numbered, words
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.stock.agenda import wide
from opsbook.demo.stock.suppliers import TIERS

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["WRONG", "Invoices", "bill", "purchase_table", "supplier_names", "supplier_table"]

WRONG = ("pieces ordered, not accepted", "price too high", "billed twice")
"""What can be wrong with an invoice."""
_QUARTER = 91
_DISPUTE = 15
"""Days a wrong invoice is paid later than agreed."""


@dataclass(frozen=True)
class Invoices:
    """Invoices, one element per line of a purchase order.

    Args:
        price: Agreed price of a piece, CNY.
        right: What is due, CNY: price times pieces accepted.
        amount: What was invoiced, CNY.
        wrong: Index into WRONG, -1 where the invoice is right.
        paid: Day of payment; may lie after the period.
    """

    price: Floats
    right: Floats
    amount: Floats
    wrong: NDArray[np.int8]
    paid: Ints


def bill(b: "Business") -> Invoices:
    """Let the suppliers write their invoices, to the cent, most of them rightly."""
    rng, bought, suppliers = stream(b.seed, "stock invoices"), b.stock.purchases, b.stock.suppliers
    years = bought.day // _QUARTER * (_QUARTER / 365.25)
    growth = suppliers.price_growth[bought.supplier] * years
    cents = np.rint(b.range_.unit_cost[bought.product] * np.exp(growth) * 100)
    right = cents * bought.passed
    count = len(bought)
    failed = (rng.random(count) < b.stock.supply.wrong_invoices) & (right > 0)
    kind = rng.integers(0, len(WRONG), count)
    # Where all ordered pieces were accepted, billing the ordered ones is no mistake.
    kind = np.where((kind == 0) & (bought.passed == bought.qty), 1, kind)
    dear = np.maximum(np.rint(cents * rng.uniform(1.03, 1.10, count)), cents + 1)
    wrong = np.select([kind == 0, kind == 1], [cents * bought.qty, dear * bought.passed], 2 * right)
    paid = bought.received.astype(np.int64) + suppliers.terms[bought.supplier]
    return Invoices(
        price=cents / 100,
        right=right / 100,
        amount=np.where(failed, wrong, right) / 100,
        wrong=np.where(failed, kind, -1).astype(np.int8),
        paid=paid + _DISPUTE * failed,
    )


def supplier_names(count: int) -> pa.Array:
    """Numbers of the suppliers."""
    return numbered("S", np.arange(1, count + 1), 3)


def supplier_table(b: "Business") -> pa.Table:
    """Rows of ``suppliers``."""
    s = b.stock.suppliers
    return pa.table(
        {
            "supplier_id": supplier_names(len(s)),
            "tier": words(s.tier, TIERS),
            "terms_days": pa.array(s.terms),
            "rebate": pa.array(s.rebate),
            "response_hours": pa.array(s.response),
            "backup_of": numbered("S", np.where(s.backup_of < 0, -1, s.backup_of + 1), 3),
            "after_sales_score": pa.array(s.after_sales),
            "moq": pa.array(s.moq),
            "lead_time_days": pa.array(s.lead),
            "accepts_returns": pa.array(s.returns),
            "promo_guarantee": pa.array(s.guarantee),
        }
    )


def purchase_table(b: "Business", bills: Invoices, low: int, high: int) -> pa.Table:
    """Rows of ``purchase_orders``, from line low to high; what is outstanding is empty."""
    bought, clock, rows = b.stock.purchases, b.clock, slice(low, high)
    supplier = bought.supplier[rows]
    received = bought.received[rows].astype(np.int64)
    open_ = received >= clock.days
    paid = np.where(open_, clock.days, bills.paid[rows])
    promised = bought.day[rows] + b.stock.suppliers.lead[supplier]
    return pa.table(
        {
            "po_id": numbered("PO", wide(bought.number[rows]) + 1, 7),
            "supplier_id": words(
                wide(supplier), supplier_names(len(b.stock.suppliers)).to_pylist()
            ),
            "sku": numbered("P", wide(bought.product[rows]) + 1, 5),
            "order_date": pa.array(clock.dates(wide(bought.day[rows]))),
            "promised_date": pa.array(clock.dates(promised)),
            "received_date": day_dates(clock, received),
            "qty": pa.array(bought.qty[rows]),
            "received_qty": pa.array(bought.came[rows], mask=open_),
            "qty_ok": pa.array(bought.passed[rows], mask=open_),
            "price": pa.array(bills.price[rows]),
            "invoice_amount": pa.array(bills.amount[rows], mask=open_),
            "paid_date": day_dates(clock, paid),
        }
    )
