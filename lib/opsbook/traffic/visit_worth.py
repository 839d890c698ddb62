"""What one paying visit is worth, so that visitors lost on the way can be put in money."""

from dataclasses import dataclass
from typing import Literal

from opsbook.language import count, per_cent, t
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["VisitWorth", "visit_worth"]


@dataclass(frozen=True)
class VisitWorth:
    """Money of the period, spread over the visits that paid in it.

    Args:
        amount: Per paying visit, in the shop's currency; not a number where the shop has no
            amounts or no visit paid.
        basis: ``margin`` (sales less cost of goods), ``sales`` where no cost is known,
            ``none`` where there are no amounts.
        paying: Visits that paid, by the events.
        rate: Gross margin, fraction of sales; 1 for ``sales``.
        currency: ISO code.
    """

    amount: float
    basis: Literal["margin", "sales", "none"]
    paying: int
    rate: float
    currency: str

    def of(self, visits: float) -> float | None:
        """Money of so many paying visits; None where it cannot be told."""
        return visits * self.amount if self.amount == self.amount else None

    def words(self) -> str:
        """How it was computed."""
        if self.basis == "none" or self.amount != self.amount:
            return t("the shop has no amounts of orders, so visits are not put in money")
        per = t(
            "{amount} {currency} per paying visit",
            amount=count(self.amount, 2),
            currency=self.currency,
        )
        if self.basis == "margin":
            return per + " " + t("(sales at a gross margin of {rate})", rate=per_cent(self.rate))
        return per + " " + t("(sales, since no cost is known)")


def visit_worth(shop: Shop, period: Period, paying: int) -> VisitWorth:
    """Margin, else sales, of the period's paid orders per visit with a payment.

    Where events are a sample, so are the paying visits, and each stands for more money.

    Args:
        shop: Needs orders; ``order_lines`` for amounts, with ``unit_cost`` for margin.
        period: Days of orders and visits.
        paying: Visits of the period that paid, by the events.
    """
    found = key_figures(shop, period)
    sales, rate = found.get("gmv", float("nan")), found.get("gross_margin", float("nan"))
    nothing = VisitWorth(float("nan"), "none", paying, 1.0, shop.currency)
    if sales != sales or sales <= 0 or paying <= 0:
        return nothing
    if 0 < rate <= 1:
        return VisitWorth(sales * rate / paying, "margin", paying, rate, shop.currency)
    return VisitWorth(sales / paying, "sales", paying, 1.0, shop.currency)
