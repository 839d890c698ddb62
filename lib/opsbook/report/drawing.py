"""Drawings made small for a page: letters that all figures share stand there once.

matplotlib writes the outline of every letter into every figure, and each figure is there
twice, for desk and phone: half of a page was the same letters again. Here they move into
one hidden drawing at the top, to which the figures refer, and what a browser does not need
in a drawing inside a page is dropped. Nothing that runs or loads gets through.
"""

import re
from functools import lru_cache

__all__ = ["Drawings"]

_GLYPH = re.compile(
    r'<path id="([\w.-]+)" d="([^"]*)" transform="(scale\([^"]*\))"\s*/>|<path id="([\w.-]+)" '
    r'd="([^"]*)"\s*/>'
)
_RUNS = re.compile(
    r"<(script|foreignObject|iframe)\b(?:[^>]*/>|.*?(?:</\1\s*>|$))|\son\w+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = re.compile(r'\s(?:xlink:)?href\s*=\s*("[^"]*"|\'[^\']*\'|[^\s>]+)', re.IGNORECASE)
_OUTSIDE = re.compile(r"url\((?!\s*['\"]?#)[^)]*\)?", re.IGNORECASE)
_SPACE = re.compile(r'<path id="([\w.-]+)" transform="scale\([^"]*\)"\s*/>')
"""A letter without an outline."""
_LOOK = re.compile(r' style="((?:[\w-]+:[\w.#%,()\s-]+;?)+)"')
"""A style attribute that can stand in a rule: it holds nothing that would end one."""
_ID = re.compile(r'\bid="([\w.-]+)"')
_PLACE = re.compile(r'(<use href="#g[0-9a-f]+" x=")(-?[\d.]+)"')
_LETTER = r'<use href="#g[0-9a-f]+"[^>]*/>'
_LONG_LINE = re.compile(rf"((?:{_LETTER}){{120}})(?:{_LETTER})+")
"""No line of writing in a figure is so long; the rest of it stands outside the figure."""


class Drawings:
    """The drawings of one page.

    Example:
        >>> page = Drawings()
        >>> page.add('<svg><defs><path id="a" d="M 1 2 z "/></defs><use xlink:href="#a"/></svg>')
        '<svg><use href="#g0"/></svg>'
        >>> page.shared()[-38:]
        '<path id="g0" d="M1 2z"/></defs></svg>'
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._looks: dict[str, str] = {}
        self._ids = 0

    def add(self, svg: str) -> str:
        """The drawing without its letters, which the page keeps once for all."""
        svg = _OUTSIDE.sub("none", _ADDRESS.sub(_inside, _RUNS.sub("", svg)))
        for blank in _SPACE.findall(svg):
            svg = re.sub(rf'<use (?:xlink:)?href="#{re.escape(blank)}"[^>]*/>', "", svg)
        svg = _SPACE.sub("", svg)
        names: dict[str, str] = {}
        svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
        # Only outlines inside <defs> that carry an id are letters; markers have a style.
        svg = re.sub(
            r"<defs>(.*?)</defs>", lambda found: self._taken(found, names), svg, flags=re.DOTALL
        )
        svg = re.sub(r'\shref="#([\w.-]+)"', lambda m: f' href="#{names.get(m[1], m[1])}"', svg)
        svg = re.sub(r' xmlns(:\w+)?="[^"]*"| version="1.1"', "", svg)
        svg = re.sub(r'(<use href="[^"]*") transform="translate\(([\d.-]+) 0\)"', r'\1 x="\2"', svg)
        svg = re.sub(r'\sd="([^"]*)"', lambda m: f' d="{_path(m[1])}"', svg)
        svg = re.sub(r"([:;]) (?=[^<>]*\")", r"\1", svg)
        svg = self._renamed(svg)
        svg = _LOOK.sub(self._look, svg)
        # Letters are drawn at a tenth of their size: a whole number is a tenth of a pixel.
        svg = _PLACE.sub(lambda m: f'{m[1]}{float(m[2]):.0f}"', svg)
        return _LONG_LINE.sub(r"\1", re.sub(r">\s+<", "><", svg))

    def shared(self) -> str:
        """The hidden drawing that holds the letters; empty where there are none."""
        if not self._known:
            return ""
        letters = "".join(f'<path id="{name}" {d}/>' for d, name in self._known.items())
        # Not display:none: some browsers do not draw what refers into a drawing that is not.
        return (
            '<svg class="letters" width="0" height="0" aria-hidden="true">'
            f"<defs>{letters}</defs></svg>"
        )

    def rules(self) -> str:
        """What the classes of the drawings look like, for the page's head."""
        return "".join(f"svg .{name}{{{look}}}" for look, name in self._looks.items())

    def _look(self, found: re.Match[str]) -> str:
        name = self._looks.setdefault(found[1], f"z{len(self._looks):x}")
        return f' class="{name}"'

    def _renamed(self, svg: str) -> str:
        """The drawing with short names for its own parts, unlike those of any other."""
        short: dict[str, str] = {}
        for name in _ID.findall(svg):
            if name not in short:
                short[name] = f"k{self._ids:x}"
                self._ids += 1
        if not short:
            return svg
        svg = _ID.sub(lambda m: f'id="{short[m[1]]}"', svg)
        refers = re.compile(r'(\shref="#|url\(#)([\w.-]+)')
        return refers.sub(lambda m: m[1] + short.get(m[2], m[2]), svg)

    def _taken(self, defs: re.Match[str], names: dict[str, str]) -> str:
        def take(found: re.Match[str]) -> str:
            outline = f'd="{_letter(found[2] or found[5])}"'
            if found[3]:
                outline += f' transform="{found[3]}"'
            names[found[1] or found[4]] = self._known.setdefault(outline, f"g{len(self._known):x}")
            return ""

        left = _GLYPH.sub(take, defs[1]).strip()
        return f"<defs>{left}</defs>" if left else ""


def _inside(found: re.Match[str]) -> str:
    address = found[1].strip("\"'")
    return f' href="{address}"' if re.match(r"#|data:image/png", address) else ""


def _path(d: str) -> str:
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", d).replace(" -", "-").strip()


# Every figure brings the outlines of its letters along, and they are mostly the same.
_letter = lru_cache(2000)(_path)
