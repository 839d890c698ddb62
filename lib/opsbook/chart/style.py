"""The one look: colours that stay apart for colour-blind eyes and in the dark.

And one font that has both Latin and Chinese letters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["COLORS", "SEQUENCE", "css_variables", "font_file", "look"]

COLORS: dict[str, tuple[str, str]] = {
    "ink": ("#1d2733", "#e6ebf1"),
    "muted": ("#56657a", "#9fb0c3"),
    "line": ("#e2e7ed", "#2c3845"),
    "paper": ("#ffffff", "#141b23"),
    "card": ("#f7f9fb", "#1b242e"),
    "accent": ("#1f6f8b", "#63b5d0"),
    "pos": ("#226b52", "#6cc3a0"),
    "neg": ("#a13d32", "#e58a7e"),
    "quiet": ("#94a3b8", "#64758a"),
    "s2": ("#c97b12", "#f0b04f"),
    "s3": ("#6a4c93", "#b79ddd"),
    "s4": ("#3f7d20", "#93c873"),
    "s5": ("#b0446f", "#ea8db2"),
}
"""Name to (light, dark). A figure draws the light one; the page swaps in the dark one."""

SEQUENCE = tuple(COLORS[name][0] for name in ("accent", "s2", "s3", "s4", "s5", "quiet"))
"""Colours for series that are names, in order; more than six series want small multiples."""


def css_variables() -> str:
    """``--ink:light-dark(...)`` for every colour, to stand in ``:root``."""
    return ";".join(f"--{k}:light-dark({light},{dark})" for k, (light, dark) in COLORS.items())


@cache
def font_file() -> Path:
    """Static Noto Sans SC (OFL) from the zhplot package, found without importing it."""
    spec = find_spec("zhplot")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package zhplot, which carries the font, is not installed")
    return next(Path(spec.submodule_search_locations[0]).rglob("*Regular*.?tf"))


@cache
def _family() -> str:
    from matplotlib import font_manager

    for file in font_file().parent.glob("*.?tf"):
        font_manager.fontManager.addfont(str(file))
    return str(font_manager.FontProperties(fname=str(font_file())).get_name())


@contextmanager
def look() -> Iterator[None]:
    """Draw inside this block: font, colours, quiet axes. Nothing leaks out of it."""
    import matplotlib as mpl
    from cycler import cycler

    ink, muted, line = (COLORS[k][0] for k in ("ink", "muted", "line"))
    settings: dict[str, Any] = {
        "font.family": [_family(), "DejaVu Sans"],
        "font.size": 10,
        "text.color": ink,
        "axes.labelcolor": muted,
        "axes.edgecolor": line,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.prop_cycle": cycler(color=list(SEQUENCE)),
        "axes.unicode_minus": True,
        "grid.color": line,
        "grid.linewidth": 0.8,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.bottom": False,
        "ytick.left": False,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "opsbook",
    }
    with mpl.rc_context(settings):
        yield
