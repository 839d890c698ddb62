"""A section of a report that narrows instead of breaking when the data cannot answer it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from opsbook.errors import CannotTell
from opsbook.language import N_

__all__ = ["known", "section"]

T = TypeVar("T")


@contextmanager
def section() -> Iterator[None]:
    """Run one section; where a method cannot tell, show why in its place and go on.

    Example:
        >>> from opsbook.language import N_
        >>> with section():
        ...     raise CannotTell(N_("no sale in this period"))
        no sale in this period
    """
    from IPython.display import display

    from opsbook.chart.blocks import Missing

    try:
        yield
    except CannotTell as reason:
        display(Missing(str(reason)))


def known(result: T | None) -> T:
    """A result that an earlier section made, for one that rests on it.

    Raises:
        CannotTell: The earlier section could not tell, so this one cannot either.
    """
    if result is None:
        raise CannotTell(N_("This rests on what could not be told above."))
    return result
