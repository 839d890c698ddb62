"""The course's rule: keep seven days of the last month's mean daily sales as a safety line.

"安全库存 = 近30天日均销量 × 7" (source 002, for the ten best sellers). It names a line and no
order quantity, so two readings are kept, each with the week ahead that source 003 orders for:
as a *line*, order when stock falls to it, up to a week of sales above it; as *safety stock*, order
up to what sells until the next delivery and the seven days on top.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.replay import Past

__all__ = ["Reading", "SevenDays", "mean_daily_sales", "safety_line"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reading = Literal["line", "safety"]


def mean_daily_sales(sold: ArrayLike, days: int = 30) -> Floats:
    """Mean daily sales of the last days, days without a sale included.

    Args:
        sold: Pieces per product (row) and day (column); the last column is the latest day.
        days: Days to look back on.
    """
    pieces = np.asarray(sold, np.float64)
    return np.asarray(pieces[..., -days:].sum(axis=-1) / days, np.float64)


def safety_line(sold: ArrayLike, *, days: int = 30, cover: float = 7.0) -> Floats:
    """The rule's safety line in pieces.

    Example:
        >>> float(safety_line([2.0] * 30))
        14.0
    """
    return mean_daily_sales(sold, days) * cover


@dataclass(frozen=True)
class SevenDays:
    """The rule as a planner who follows it.

    Args:
        reading: ``line`` or ``safety``, see the module.
        lead_days: Mean lead time of each product, for the reading ``safety``.
        review_days: Days between two looks.
        days: Days to look back on.
        cover: Days of sales the line stands for.
        ahead: Days of sales ordered above the line, in the reading ``line``.
    """

    reading: Reading
    lead_days: Floats
    review_days: int = 7
    days: int = 30
    cover: float = 7.0
    ahead: float = 7.0

    def __post_init__(self) -> None:
        if self.reading not in ("line", "safety"):
            raise ParameterError(
                N_('reading "{value}" is not known; use line or safety'), value=self.reading
            )

    def levels(self, sold: ArrayLike) -> tuple[Floats, Floats]:
        """Reorder point and order-up-to level from sales so far, pieces."""
        daily = mean_daily_sales(sold, self.days)
        if self.reading == "line":
            return daily * self.cover, daily * (self.cover + self.ahead)
        top = daily * (self.lead_days + self.review_days + self.cover)
        return top, top

    def order(self, past: Past) -> Ints:
        """Pieces to order."""
        point, top = self.levels(past.sold)
        missing = np.where(past.position <= point, top - past.position, 0.0)
        return np.ceil(np.maximum(missing, 0.0) - 1e-9).astype(np.int64)
