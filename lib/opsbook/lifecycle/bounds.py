"""Parameters held to their bounds, refused in one way."""

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["within"]


def within(name: str, value: float, low: float, high: float) -> None:
    """Refuse a parameter outside its bounds.

    Args:
        name: What it is called.
        value: What was given; not a number is outside too.
        low: Least value allowed.
        high: Largest value allowed.

    Raises:
        ParameterError: With name, value and bounds.

    Example:
        >>> within("cover", 0.8, 0.5, 0.95)
    """
    if not low <= value <= high:
        raise ParameterError(
            N_("{name} {value} is out of bounds; use {low} to {high}"),
            name=name,
            value=value,
            low=low,
            high=high,
        )
