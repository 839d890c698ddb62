"""A figure with its words: title that states the finding, alt text, source, data.

A chart knows how to draw itself in two widths, because a figure made for a desk cannot
be read on a phone. JupyterLab shows a PNG, the report takes two SVGs whose colours follow
the reader's light or dark mode.
"""

import gc
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsbook.chart.dates import write_dates
from opsbook.chart.fit import fit_texts
from opsbook.chart.markup import PREFIX
from opsbook.chart.style import COLORS, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

__all__ = ["Chart", "Draw"]

WIDE_INCHES, PHONE_INCHES = 7.4, 3.7
_TITLE_INCHES, _SOURCE_INCHES = 0.62, 0.28
Draw = Callable[["Figure", bool], None]
"""Draws into an empty figure; the flag says that it is phone-wide."""


@dataclass(frozen=True)
class Chart:
    """A figure that can be shown anywhere.

    Args:
        draw: Draws into the figure it is given, without title; told whether it is narrow.
        title: States the finding in one sentence.
        subtitle: What is shown, with unit and period.
        alt: What the figure shows, for someone who cannot see it.
        source: Where the figures come from.
        height: Height in inches at desk width.
        phone_height: Height in inches at phone width; like ``height`` unless given.
        data: The figures drawn, for download.
    """

    draw: Draw
    title: str
    subtitle: str
    alt: str
    source: str
    height: float = 3.6
    phone_height: float = 0.0
    data: "DataFrame | None" = None

    def figure(self, *, phone: bool = False) -> "Figure":
        """A matplotlib figure of its own (no pyplot state), to alter or save."""
        from opsbook.chart.axes import PageFigure

        height = (self.phone_height or self.height) if phone else self.height
        with look():
            figure = PageFigure(
                figsize=(PHONE_INCHES if phone else WIDE_INCHES, height), layout="constrained"
            )
            self.draw(figure, phone)
            write_dates(figure)
            fit_texts(figure, phone=phone)
        return figure

    def svg(self, *, phone: bool = False) -> str:
        """SVG whose colours are CSS variables of the page."""
        from opsbook.chart.canvas import drawn

        with _uncollected(), look():
            svg = drawn(self.figure(phone=phone))
        return _for_page(svg, "p" if phone else "w")

    def titled(self) -> "Figure":
        """The figure at desk width with its title and source drawn in."""
        figure = self.figure()
        source, muted = f"{self.subtitle}  ·  {self.source}", COLORS["muted"][0]
        with look():
            if figure.legends:
                _between(figure, self.title, source)
            else:
                figure.suptitle(f"{self.title}\n", x=0.01, ha="left", fontsize=13, wrap=True)
                figure.supxlabel(source, x=0.01, ha="left", fontsize=8, color=muted)
        return figure

    def png(self) -> bytes:
        """PNG with its title and source drawn in, on white."""
        out = BytesIO()
        figure = self.titled()
        with look():
            figure.savefig(out, format="png", dpi=110, facecolor="white")
        return out.getvalue()

    def save(self, file: str | Path) -> Path:
        """Write the figure, with title and source, as PNG."""
        path = Path(file)
        path.write_bytes(self.png())
        return path

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        plain = {"text/plain": f"{self.title}: {self.alt}"}
        # Drawing is what costs: a report takes the two SVGs, JupyterLab the PNG.
        if os.environ.get("OPSBOOK_REPORT"):
            return {f"{PREFIX}chart+json": self.to_dict(), **plain}, {}
        png = self.png()
        # JupyterLab shows a picture without its words; in HTML they reach who cannot see it.
        shown = {"text/html": _spoken(png, self.alt), "image/png": png}
        return {**shown, **plain}, {"image/png": {"alt": self.alt}}

    def to_dict(self) -> dict[str, Any]:
        """What a page needs: the words and the drawing in both widths."""
        return {
            "wide": self.svg(),
            "phone": self.svg(phone=True),
            "title": self.title,
            "subtitle": self.subtitle,
            "alt": self.alt,
            "source": self.source,
        }


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection inside: a figure is thousands of objects that all are in use."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _between(figure: "Figure", title: str, source: str) -> None:
    """Put title and source above and below a figure whose legend stands at its edge.

    A layout gives the same edge to both, one on top of the other.
    """
    width, height = figure.get_size_inches()
    whole = height + _TITLE_INCHES + _SOURCE_INCHES
    figure.set_size_inches(width, whole)
    inside = (0.0, _SOURCE_INCHES / whole, 1.0, height / whole)
    engine: Any = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=inside)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for legend in figure.legends:
        legend.set_bbox_to_anchor(inside, transform=figure.transFigure)
    high, low = 1 - 0.06 / whole, 0.06 / whole
    muted = COLORS["muted"][0]
    figure.text(0.01, high, title, ha="left", va="top", fontsize=13, wrap=True)
    figure.text(0.01, low, source, ha="left", va="bottom", fontsize=8, color=muted)


def _spoken(png: bytes, alt: str) -> str:
    """A picture as HTML, with what it shows in words."""
    return (
        f'<img alt="{escape(alt, quote=True)}" style="max-width: 100%; height: auto" '
        f'src="data:image/png;base64,{b64encode(png).decode("ascii")}">'
    )


_BY_HEX = {light: name for name, (light, _) in COLORS.items()}


def _for_page(svg: str, variant: str) -> str:
    """Drop what a page does not need; keep ids apart; let colours follow the page."""
    prefix = variant + sha256(svg.encode()).hexdigest()[:6]
    svg = re.sub(r'<g id="[a-zA-Z]+[\w.]*_\d+">', "<g>", svg)
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Two decimals are finer than any screen; a scale is a factor and keeps all of them.
    svg = re.sub(r"(scale\([^)]*\))|(\d+\.\d{2})\d+", lambda m: m[1] or m[2], svg)

    def variable(found: re.Match[str]) -> str:
        name = _BY_HEX.get(found.group(0).lower())
        return f"var(--{name})" if name else found.group(0)

    svg = re.sub(r"#[0-9a-fA-F]{6}\b", variable, svg)
    return re.sub(r"\s*\n\s*", " ", svg)
