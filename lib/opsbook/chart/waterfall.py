"""Bars that lead from one total to another, top to bottom, the same on a desk and a phone."""

from textwrap import fill
from typing import TYPE_CHECKING

from opsbook.chart.style import COLORS
from opsbook.language import money, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Step", "draw_waterfall"]

Step = tuple[str, float]
"""What stands beside a bar, and by how much it moves the total."""


def draw_waterfall(
    figure: "Figure", start: Step, steps: list[Step], end: str, *, phone: bool
) -> None:
    """Draw a waterfall into an empty figure.

    Args:
        figure: The figure.
        start: Label and value of the first total.
        steps: Label and effect of every bar; they lead to the last total.
        end: Label of the last total.
        phone: Whether the figure is narrow.
    """
    axes = figure.subplots()
    ink, muted = COLORS["ink"][0], COLORS["muted"][0]
    level = start[1]
    bars = [(start[0], 0.0, level, money(level), "quiet", level)]
    for label, effect in steps:
        after = level + effect
        kind = "pos" if effect >= 0 else "neg"
        # Cents beside thousands are noise.
        text = money(round(effect) if abs(start[1]) >= 1000 else effect, sign=True)
        bars.append((label, min(level, after), max(level, after), text, kind, after))
        level = after
    bars.append((end, 0.0, level, money(level), "accent", level))
    low = min(b[1] for b in bars[1:-1]) if steps else 0.0
    high = max(b[2] for b in bars)
    lowest = min(low, start[1], level)
    # Cut the axis where the steps would be too small to be seen.
    cut = lowest - 0.4 * (high - lowest) if lowest > 0 and high - lowest < 0.4 * high else 0.0
    cut = max(cut, 0.0) if lowest >= 0 else lowest * 1.05
    reach = max(high - cut, 1e-9)
    for y, (_, left, right, text, kind, stop) in enumerate(bars):
        left = max(left, cut)
        axes.barh(y, right - left, left=left, color=COLORS[kind][0], height=0.62)
        axes.text(right + 0.015 * reach, y, text, va="center", fontsize=9, color=ink)
        if y + 1 < len(bars):
            axes.plot([stop, stop], [y + 0.31, y + 0.69], color=muted, lw=0.8)
    names = [_wrapped(b[0], 14 if phone else 26) for b in bars]
    axes.set_yticks(range(len(bars)), names, color=ink, fontsize=9)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(cut, cut + reach * (1.34 if phone else 1.16))
    axes.set_xticks([])
    axes.grid(visible=False)
    if cut > 0:
        axes.set_xlabel(t("axis cut at {value}", value=money(cut)), fontsize=8)


def _wrapped(label: str, width: int) -> str:
    if any(ord(c) > 0x2E80 for c in label):
        half = width // 2
        lines = [label[i : i + half] for i in range(0, len(label), half)]
        if lines[1:] and lines[-1] == "）":  # A bracket that closes never stands alone on a line.
            lines[-2:] = [lines[-2] + "）"]
        return "\n".join(lines)
    return fill(label, width, break_long_words=False)
