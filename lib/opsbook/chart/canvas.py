"""What a chart is drawn on for a page: matplotlib's SVG, with every word measured once.

A report draws some hundred figures whose words are largely the same: months, figures,
categories, in two widths. matplotlib looks each of them up in the font anew for every
figure, several times over. Here what a word measures and what its letters are is kept, and
layout and drawing share one renderer. What is drawn is the same.
"""

from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawn"]

_DPI = 72
_PICTURE_DPI = 100
"""Of pictures inside a drawing, such as a heat map."""
_WORDS = 20_000


def drawn(figure: "Figure") -> str:
    """The figure as SVG, laid out and drawn once; outlines instead of fonts.

    Args:
        figure: Ready to be saved; it is laid out by this, and drawn at 72 points per inch.
    """
    figure.set_dpi(_DPI)
    canvas = _Canvas(figure)
    figure.draw(canvas.renderer)
    canvas.renderer.finalize()
    return canvas.out.getvalue()


class _Canvas(FigureCanvasSVG):
    """Knows its renderer before anything is drawn, so that a layout measures with the same."""

    def __init__(self, figure: "Figure") -> None:
        super().__init__(figure)
        self.out = StringIO()
        width, height = (inches * _DPI for inches in figure.get_size_inches())
        self.renderer = _Renderer(width, height, self.out)

    def get_renderer(self) -> "_Renderer":
        return self.renderer


class _Renderer(RendererSVG):
    """Writes words whose letters and measures are already known."""

    def __init__(self, width: float, height: float, out: StringIO) -> None:
        super().__init__(width, height, out, image_dpi=_PICTURE_DPI, metadata=dict(_NOTHING))
        self._out = out
        self._letters: set[str] = set()

    def _get_font_height_metrics(self, prop: FontProperties) -> tuple[float, float, float]:
        """What a line of this font takes: above its foot, below it, between two lines."""
        above, below, between = _line(
            tuple(prop.get_family()), prop.get_style(), prop.get_weight(), prop.get_file()
        )
        size = prop.get_size_in_points()
        return above * size, below * size, between * size

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        return _measured(s, prop, ismath)

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        unusual = ismath or gc.get_url() or gc.get_clip_rectangle() or gc.get_clip_path()[0]
        if unusual or (mtext is not None and (mtext.get_fontfeatures() or mtext.get_language())):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        uses, letters = _run(s, _of_any_size(prop))
        new = [self._outline(name, at) for name, at in letters if name not in self._letters]
        self._letters.update(name for name, _ in letters)
        scale = prop.get_size_in_points() / text_to_path.FONT_SCALE
        turn = f" rotate({_short(-angle)})" if angle else ""
        place = f"translate({_short(x)} {_short(y)}){turn} scale({_short(scale)} {_short(-scale)})"
        self.writer.start("g", style=_style(gc), transform=place)
        # A comment, which pages drop, ends the tag before; what follows is written as it is.
        self.writer.comment("")
        if new:
            self._out.write(f"<defs>{''.join(new)}</defs>")
        self._out.write(uses)
        self.writer.end("g")

    def _outline(self, name: str, letter: Path) -> str:
        known = _OUTLINES.get(name)
        if known is None:
            d = self._convert_path(letter, simplify=False)
            known = f'<path id="{name}" d="{d}" transform="scale({_short(1 / 64)})"/>'
            _OUTLINES[name] = known
        return known


_OUTLINES: dict[str, str] = {}
_NOTHING = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def _style(gc: Any) -> str:
    color = rgb2hex(gc.get_rgb())
    alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
    look = [] if color == "#000000" else [f"fill: {color}"]
    return "; ".join([*look, f"opacity: {_short(alpha)}"] if alpha != 1 else look)


def _short(number: float) -> str:
    return f"{number:f}".rstrip("0").rstrip(".")


@lru_cache(_WORDS)
def _measured(text: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
    """Width, height and depth of a text; matplotlib hands over font properties of our own."""
    found: Any = text_to_path.get_text_width_height_descent(text, prop, ismath)
    return float(found[0]), float(found[1]), float(found[2])


@lru_cache
def _line(
    family: tuple[str, ...], style: Any, weight: Any, file: Any
) -> tuple[float, float, float]:
    """Ascent, descent and gap of a font, as parts of its size; as matplotlib reads them."""
    asked = FontProperties(family=list(family), style=style, weight=weight, fname=file)
    font = get_font(findfont(asked))
    each: Any = font.get_sfnt_table("head")
    for table, gap, above, below in (
        ("OS/2", "sTypoLineGap", "sTypoAscender", "sTypoDescender"),
        ("hhea", "lineGap", "ascent", "descent"),
    ):
        found: Any = font.get_sfnt_table(table)  # type: ignore[call-overload]
        if found is not None:
            unit = each["unitsPerEm"]
            return found[above] / unit, -found[below] / unit, found[gap] / unit
    return 1.0, 0.25, 0.0


def _of_any_size(prop: FontProperties) -> FontProperties:
    """Letters are outlined at one size and scaled."""
    same = prop.copy()
    same.set_size(text_to_path.FONT_SCALE)
    return same


@lru_cache(_WORDS)
def _run(text: str, prop: FontProperties) -> tuple[str, tuple[tuple[str, Path], ...]]:
    """A text as SVG that refers to its letters, and what these are."""
    words: Any = text_to_path
    places, letters, _ = words.get_glyphs_with_font(words._get_font(prop), text)
    uses = []
    for name, x, y, _ in places:
        if not len(letters[name][0]):
            continue  # a blank
        at = f' transform="translate({_short(x)} {_short(y)})"' if x or y else ""
        uses.append(f'<use xlink:href="#{name}"{at}/>')
    drawn = ((name, Path(at * 64, codes)) for name, (at, codes) in letters.items() if len(at))
    return "".join(uses), tuple(drawn)
