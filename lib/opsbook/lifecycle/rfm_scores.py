"""From days, counts and money to scores 1 to 5, with equal scores for equal customers."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["RfmRules", "own_bounds", "score"]


@dataclass(frozen=True)
class RfmRules:
    """How customers are scored.

    Args:
        window_days: Purchases that count, in days back from the end, 7 to 3,660.
        method: Where bounds come from unless given: ``quantile`` (fifths of the shop's own
            customers) or ``percent_rank`` (the same by SQL's PERCENT_RANK). Equal
            customers get equal scores with either, so a score may be skipped.
        recency: Most days since the last purchase for scores 5, 4, 3, 2, rising.
        frequency: Least purchase days for scores 2, 3, 4, 5, rising.
        monetary: Least net spend for scores 2, 3, 4, 5, rising, currency.

    Raises:
        ParameterError: A value is out of range or bounds do not rise.
    """

    window_days: int = 365
    method: Literal["quantile", "percent_rank"] = "quantile"
    recency: tuple[float, ...] | None = None
    frequency: tuple[float, ...] | None = None
    monetary: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not 7 <= self.window_days <= 3660:
            raise ParameterError(
                N_("window_days {value} is out of range; use 7 to 3660"), value=self.window_days
            )
        if self.method not in ("quantile", "percent_rank"):
            raise ParameterError(
                N_('method "{value}" is not known; use quantile or percent_rank'),
                value=self.method,
            )
        for name in ("recency", "frequency", "monetary"):
            bounds = getattr(self, name)
            if bounds is not None and (
                len(bounds) != 4 or any(a >= b for a, b in pairwise(bounds))
            ):
                raise ParameterError(
                    N_("{name} {value} must be four rising numbers, the bounds of five scores"),
                    name=name,
                    value=str(bounds),
                )

    @property
    def given(self) -> dict[str, tuple[float, ...]]:
        """Bounds that were given, as least values; recency counts backwards, so negated."""
        found = {"frequency": self.frequency, "monetary": self.monetary}
        if self.recency is not None:
            found["recency_days"] = tuple(-b for b in self.recency)
        return {name: bounds for name, bounds in found.items() if bounds is not None}


def own_bounds(values: NDArray[np.float64], method: str = "quantile") -> tuple[float, ...]:
    """Least value for scores 2 to 5: the value below which a fifth, two fifths ... lie.

    Args:
        values: One per customer, the larger the better.
        method: ``quantile``: share of all customers below; ``percent_rank``: share of the
            others below, as SQL's PERCENT_RANK.

    Returns:
        Four values, rising or equal; infinite where nobody has so many below.

    Example:
        >>> own_bounds(np.array([1.0, 1, 1, 1, 1, 2, 2, 3, 4, 5]))
        (2.0, 2.0, 3.0, 4.0)
    """
    ordered = np.sort(values)
    distinct, below = np.unique(ordered, return_index=True)
    others = len(ordered) - (method == "percent_rank")
    # Whole numbers, so that exactly one fifth counts as one fifth.
    at = [int(np.searchsorted(below * 5, k * others)) for k in (1, 2, 3, 4)]
    return tuple(float(distinct[i]) if 0 < i < len(distinct) else np.inf for i in at)


def score(values: NDArray[np.float64], bounds: tuple[float, ...]) -> NDArray[np.int64]:
    """Score 1 to 5: one more for each bound that is reached; equal values, equal scores."""
    return 1 + np.searchsorted(np.asarray(bounds), values, side="right").astype(np.int64)
