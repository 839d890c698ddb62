"""Dates along an axis in the reader's language: 9月 and not Sep where the page is Chinese.

A chart chooses how close its dates stand; how they are written is decided here, for every room.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from opsbook.language import language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_dates"]

# From years down to seconds, as ConciseDateFormatter takes them.
_TICKS = ["%Y年", "%m月", "%d日", "%H:%M", "%H:%M", "%S.%f"]
_FIRST_OF_LARGER = ["", "%Y年", "%m月", "%m月%d日", "%H:%M", "%H:%M"]
_BESIDE_AXIS = ["", "%Y年", "%Y年%m月", *["%Y年%m月%d日"] * 2, "%Y年%m月%d日 %H:%M"]
_NOUGHT = re.compile(r"(?<!\d)0(?=\d[月日])")


def write_dates(figure: "Figure") -> None:
    """Write the dates on every axis in the language in force.

    Months in figures, such as ``2026-09``, are the same in every language and stay.

    Args:
        figure: Drawn into, not yet saved; altered in place.
    """
    from matplotlib.dates import ConciseDateFormatter

    if language() != "zh":
        return
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            before: Any = axis.get_major_formatter()
            if type(before) is ConciseDateFormatter:
                chinese = _chinese()(
                    axis.get_major_locator(),
                    formats=_TICKS,
                    zero_formats=_FIRST_OF_LARGER,
                    offset_formats=_BESIDE_AXIS,
                    show_offset=before.show_offset,
                )
                axis.set_major_formatter(chinese)


@cache
def _chinese() -> Any:
    """The formatter's class; made late, because matplotlib takes long to load."""
    from matplotlib.dates import ConciseDateFormatter

    class Chinese(ConciseDateFormatter):
        """Months and days without the nought that ``strftime`` puts before them."""

        def format_ticks(self, values: Any) -> list[str]:
            return [_NOUGHT.sub("", label) for label in super().format_ticks(values)]

        def get_offset(self) -> str:
            return _NOUGHT.sub("", super().get_offset())

    return Chinese
