"""Letters of a figure kept to what fits: a name of ten thousand letters leaves room to draw.

A layout that makes room for such a name has none left for the figures, and its outlines
alone weigh a megabyte. What a chart wrote itself is far below these bounds.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from opsbook.chart.words import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["fit_texts"]

_LONGEST_LINE, _LONGEST_INSIDE, _MOST_LINES = 90, 60, 4
_LONGEST_TICK, _LONGEST_TICK_PHONE = 34, 20


def _fitted(text: str, longest: int) -> str:
    lines = visible(text).split("\n")
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "…"]
    short = [line if len(line) <= longest else f"{line[: longest - 1]}…" for line in lines]
    return "\n".join(short)


def _shortening(formatter: Any, longest: int) -> Callable[[float, int], str]:
    return lambda value, place: _fitted(str(formatter(value, place)), longest)


def fit_texts(figure: "Figure", *, phone: bool = False) -> None:
    """Shorten every label, legend and tick of a drawn figure that is too long to be read.

    Args:
        figure: Drawn into, not yet saved; altered in place.
        phone: Whether it is phone-wide; names on its axes are cut sooner.
    """
    from matplotlib.category import StrCategoryFormatter
    from matplotlib.text import Text
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    longest = _LONGEST_TICK_PHONE if phone else _LONGEST_TICK
    # Room is made for what stands inside the axes at the cost of the axes.
    inside = {text for axes in figure.axes for text in axes.texts}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            formatter: Any = axis.get_major_formatter()
            if isinstance(formatter, FixedFormatter):
                formatter.seq = [_fitted(str(name), longest) for name in formatter.seq]
            elif isinstance(formatter, (StrCategoryFormatter, FuncFormatter)):
                axis.set_major_formatter(FuncFormatter(_shortening(formatter, longest)))
    for text in figure.findobj(Text):
        # A dollar sign in a name is money and not the start of a formula.
        text.set_parse_math(False)
        now = text.get_text()
        if len(now) > longest:
            text.set_text(_fitted(now, _LONGEST_INSIDE if text in inside else _LONGEST_LINE))
