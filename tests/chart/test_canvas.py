"""What is drawn for a page is what matplotlib draws, to the letter."""

from io import BytesIO, StringIO
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from opsbook.chart.axes import PageFigure
from opsbook.chart.canvas import drawn
from opsbook.chart.chart import _for_page
from opsbook.chart.style import look
from opsbook.report.drawing import Drawings


def bars(figure: Figure) -> None:
    axes = figure.subplots()
    axes.barh(["Beds & <b>", "茶叶 Tea", ""], [3, 5, 1])
    axes.set_xlabel("Orders a day")
    for label in axes.get_yticklabels():
        label.set_rotation(30)
    axes.get_yticklabels()[1].set_fontsize(6)
    axes.get_yticklabels()[2].set_color("#000000")
    axes.text(2, 1, "half\nseen", alpha=0.5, rotation=90)
    axes.text(0.5, 0.5, "cut", clip_on=True, transform=axes.transAxes)


def dates(figure: Figure) -> None:
    days = pd.date_range("2026-01-03", periods=300)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=[2, 1])
    upper.plot(days, range(300), label="销售额 −1")
    upper.axvline(days[40], label="sale")
    upper.legend(loc="upper left")
    upper.set_title("above", loc="left")
    lower.plot(days, [i % 7 for i in range(300)])
    lower.twinx().plot(days, [i * 1e6 for i in range(300)])


def scales(figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    left.scatter([1, 20, 400], [1, 2, 3])
    left.set_xscale("log")
    left.set_xticks([1, 10, 100], ["$1", "10", "100"])
    left.minorticks_on()
    right.imshow([[1, 2], [3, 4]])
    right.set_aspect("equal")
    right.xaxis.tick_top()
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center")


def fresh(kind: type[Figure], draw: Any) -> Figure:
    with look():
        figure = kind(figsize=(5, 3), layout="constrained")
        draw(figure)
    return figure


def plain(svg: str) -> tuple[str, str, str]:
    page = Drawings()
    return page.add(_for_page(svg, "w")), page.shared(), page.rules()


@pytest.mark.parametrize("draw", [bars, dates, scales])
def test_a_page_shows_the_drawing_that_matplotlib_makes(draw: Any) -> None:
    out = StringIO()
    with look():
        fresh(Figure, draw).savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        ours = drawn(fresh(PageFigure, draw))
    assert plain(ours) == plain(out.getvalue())
    assert "<use" in plain(ours)[0]


@pytest.mark.parametrize("draw", [bars, dates, scales])
def test_a_picture_is_the_same_to_the_pixel(draw: Any) -> None:
    def picture(kind: type[Figure]) -> bytes:
        out = BytesIO()
        with look():
            fresh(kind, draw).savefig(out, format="png", dpi=80)
        return out.getvalue()

    assert picture(PageFigure) == picture(Figure)


def test_ticks_asked_for_later_are_named_and_sized_like_the_first_but_are_their_own() -> None:
    with look():
        axes = PageFigure().subplots()
        axes.set_xticks(range(5), list("abcde"))
        axes.get_xticklabels()[0].set_fontsize(5)
        labels = axes.get_xticklabels()
    assert [label.get_text() for label in labels] == list("abcde")
    assert [label.get_fontsize() for label in labels] == [5, 10, 10, 10, 10]


def test_axes_that_were_drawn_follow_what_changes_afterwards() -> None:
    with look():
        figure = fresh(PageFigure, bars)
        drawn(figure)
        figure.axes[0].set_xlim(0, 5000)
        later = plain(drawn(figure))[0]
        out = StringIO()
        again = fresh(Figure, bars)
        again.axes[0].set_xlim(0, 5000)
        again.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    assert later == plain(out.getvalue())[0]
