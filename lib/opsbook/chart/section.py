"""A section of a report that narrows instead of breaking when the data cannot answer it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opsbook.errors import CannotTell

__all__ = ["section"]


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
