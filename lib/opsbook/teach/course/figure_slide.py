"""A chapter's figure on a slide: as large as a projector shows it, its origin below it.

It is the figure of the book, drawn from the demo shop. The class's own shop would give the
answers to its exercises away.
"""

import re
from dataclasses import dataclass
from html import escape

from opsbook.book.figures import Drawn
from opsbook.chart.style import css_variables
from opsbook.language import t

__all__ = ["FigureBody", "figure_body", "figure_style"]

_TOP = (1224.0, 490.0)
"""Most width and height below a heading, pixels of a slide of 1280 × 720."""
_BESIDE = (868.0, 656.0)
"""The same beside the words, which suits a tall figure."""
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class FigureBody:
    """A figure ready for a slide.

    Args:
        heading: The finding that it shows.
        html: Drawing, what is drawn, its origin.
        kind: ``figure`` with the words above, ``figure beside`` with the words at its side.
        alt: What it shows, in words.
    """

    heading: str
    html: str
    kind: str
    alt: str


def figure_body(drawn: Drawn) -> FigureBody:
    """The larger of two layouts: the drawing below its words, or beside them.

    Args:
        drawn: The chapter's figure.
    """
    chart = drawn.chart
    found = _SIZE.search(chart["wide"])
    wide, tall = (float(found[1]), float(found[2])) if found else (532.8, 259.2)
    below, beside = (min(w / wide, h / tall) for w, h in (_TOP, _BESIDE))
    origin = t("Demo shop, as in the chapter: your class has other figures.")
    told = f'<p class="told">{escape(chart["subtitle"])}</p>' if chart["subtitle"] else ""
    html = (
        f'<div class="words">{told}<p class="origin">{escape(origin)}</p></div>'
        f'<div class="plot" role="img" aria-label="{escape(chart["alt"])}">{chart["wide"]}</div>'
    )
    kind = "figure" if below >= beside else "figure beside"
    return FigureBody(str(chart["title"]), html, kind, str(chart["alt"]))


def figure_style() -> str:
    """Colours of the drawings, light and dark; they do not reach the slide around them."""
    sizes = (
        f".figure .plot svg {{ width: {_TOP[0]:.0f}px; height: {_TOP[1]:.0f}px; }}\n"
        f".figure.beside .plot svg {{ width: {_BESIDE[0]:.0f}px; height: {_BESIDE[1]:.0f}px; }}\n"
    )
    return f".plot {{ color-scheme: light dark; {css_variables()} }}\n{sizes}"
