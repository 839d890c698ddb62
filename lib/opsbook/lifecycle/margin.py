"""What of a sale is left: the gross margin that values are reckoned with, and its source."""

from dataclasses import dataclass
from typing import Literal

from opsbook.errors import ParameterError
from opsbook.language import N_, per_cent, t
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["Margin", "margin_of"]


@dataclass(frozen=True)
class Margin:
    """What of a sale is left: gross margin, and where that figure is from.

    Args:
        rate: Fraction of the amount charged, above 0 to 1.
        basis: ``data`` (cost of goods on the order lines), ``given``, or ``none``: no cost
            is known, values are sales and not profit.
    """

    rate: float
    basis: Literal["data", "given", "none"]

    def words(self) -> str:
        """Rate and basis."""
        rate = per_cent(self.rate)
        return {
            "data": t("gross margin {rate}, from the cost of goods in the data", rate=rate),
            "given": t("gross margin {rate}, as given", rate=rate),
            "none": t("no margin is known, so values are sales, not profit"),
        }[self.basis]


def margin_of(shop: Shop, period: Period, margin: float | None = None) -> Margin:
    """The margin to reckon with: as given, else from the data, else none.

    Args:
        shop: The shop.
        period: Days whose order lines give the margin.
        margin: Fraction of sales; None to take it from the data.

    Raises:
        ParameterError: The given margin is not between 0 and 1.
    """
    if margin is not None:
        if not 0 < margin <= 1:
            raise ParameterError(
                N_("margin {value} is not a fraction of sales; use 0.35 for 35 %"), value=margin
            )
        return Margin(margin, "given")
    if shop.has("order_lines", "unit_cost"):
        found = key_figures(shop, period).get("gross_margin", float("nan"))
        if 0 < found <= 1:
            return Margin(found, "data")
    return Margin(1.0, "none")
