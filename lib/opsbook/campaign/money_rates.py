"""What is assumed about a campaign's costs where the books do not say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Lift", "MoneyRates"]


@dataclass(frozen=True)
class MoneyRates:
    """Assumptions behind a campaign's result; every report shows those it used.

    Args:
        commission: Share of sales that platforms take, 0 to 0.5; from ``platform_rules``
            (the middle of its range) unless given.
        resale: Share of its unit cost that a returned piece is still worth, by grade.
        other: The same for a grade that is not listed.
        handling: What handling one return costs, currency.
    """

    commission: float | None = None
    resale: Mapping[str, float] = field(default_factory=lambda: {"A": 1.0, "B": 0.5, "C": 0.0})
    other: float = 0.5
    handling: float = 8.0

    def __post_init__(self) -> None:
        shares = {**self.resale, "other": self.other}
        wrong = {name: value for name, value in shares.items() if not 0 <= value <= 1}
        if wrong:
            name, value = next(iter(wrong.items()))
            raise ParameterError(
                N_("resale value {value} of grade {name} is no share; use 0 to 1"),
                value=value,
                name=name,
            )
        if self.handling < 0:
            raise ParameterError(
                N_("handling {value} is negative; use 0 or more"), value=self.handling
            )
        if self.commission is not None and not 0 <= self.commission <= 0.5:
            raise ParameterError(
                N_("{name} {value} is out of range; use {low} to {high}"),
                name="commission",
                value=self.commission,
                low=0,
                high=0.5,
            )


@dataclass(frozen=True)
class Lift:
    """What the event added, from whatever method measured it.

    Args:
        low: Lower end of the interval.
        point: The estimate.
        high: Upper end.
        kind: What the three are: ``fraction`` (added over what would have been sold anyway),
            ``gmv`` (added sales, money) or ``margin`` (added gross margin, money).
        method: How it was measured, in words; shown in the report.
    """

    low: float
    point: float
    high: float
    kind: Literal["fraction", "gmv", "margin"] = "fraction"
    method: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("fraction", "gmv", "margin"):
            raise ParameterError(
                N_('lift kind "{value}" is not known; use fraction, gmv or margin'),
                value=self.kind,
            )
        if not self.low <= self.point <= self.high:
            raise ParameterError(
                N_("a lift needs low <= point <= high; got {low}, {point}, {high}"),
                low=self.low,
                point=self.point,
                high=self.high,
            )
        if self.kind == "fraction" and self.low <= -1:
            raise ParameterError(
                N_("a lift of {value} would leave less than nothing; use more than -1"),
                value=self.low,
            )

    def anyway(self, whole: float) -> tuple[float, float, float]:
        """What would have come without the event: low, point and high, never below zero.

        Args:
            whole: What came: sales for a fraction or ``gmv``, margin for ``margin``.
        """
        if self.kind == "fraction":
            parts = (whole / (1 + self.high), whole / (1 + self.point), whole / (1 + self.low))
        else:
            parts = (whole - self.high, whole - self.point, whole - self.low)
        low, point, high = (max(v, 0.0) for v in parts)
        return low, point, high
