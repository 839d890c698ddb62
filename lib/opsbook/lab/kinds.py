"""Which control fits a parameter: where a slider helps, and how fine its steps are."""

from dataclasses import dataclass
from math import ceil, floor, log10

from opsbook.report.schema import Parameter

__all__ = ["Span", "span_of"]

_MOST_WHOLE = 2000
_MOST_TIMES = 200
_STEPS = 100


@dataclass(frozen=True)
class Span:
    """Where a slider runs, and its step; whole multiples of the step, so that values are round."""

    low: float
    high: float
    step: float

    @property
    def digits(self) -> int:
        """Decimals that the step needs."""
        return max(0, -floor(log10(self.step)))

    def rounded(self, value: float) -> float:
        """A slider's value without the noise of binary fractions."""
        return round(value, self.digits)


def span_of(parameter: Parameter) -> Span | None:
    """Where a slider for the parameter runs; None where a slider is no help.

    A budget of up to a thousand million cannot be aimed at with a mouse: its bounds guard
    against slips of the pen and say nothing about sensible values.

    Example:
        >>> span_of(Parameter("level", "fraction", 0.95, 0.5, 0.999))
        Span(low=0.5, high=0.998, step=0.002)
        >>> span_of(Parameter("budget", "number", 2000, 0, 1e9)) is None
        True
    """
    low, high = parameter.span
    if parameter.many or parameter.type not in ("integer", "number", "fraction"):
        return None
    if low is None or high is None or high <= low:
        return None
    if parameter.type == "integer":
        return Span(low, high, 1) if high - low <= _MOST_WHOLE else None
    if parameter.type == "number" and high > _MOST_TIMES * max(abs(parameter.default), abs(low), 1):
        return None
    step = _round_step((high - low) / _STEPS)
    digits = max(0, -floor(log10(step)))
    # A hair of tolerance: 0.3 / 0.1 is 2.9999999999999996.
    first, last = ceil(low / step - 1e-9) * step, floor(high / step + 1e-9) * step
    return Span(round(first, digits), round(last, digits), step)


def _round_step(size: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above the size."""
    power = floor(log10(size))
    unit = 10.0**power
    times = next(n for n in (5, 2, 1) if n * unit <= size * (1 + 1e-9))
    return round(times * unit, max(0, -power))
