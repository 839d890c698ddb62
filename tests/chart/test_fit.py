"""Letters of a figure: a name without end leaves room to draw and is not read as a formula."""

from io import StringIO
from typing import Any

import pytest
from matplotlib.figure import Figure

from opsbook.chart.fit import fit_texts
from opsbook.chart.style import look

LONG = "endless" * 1500


def drawn(names: list[str], way: str) -> Figure:
    with look():
        figure = Figure(figsize=(7.4, 3.6), layout="constrained")
        axes = figure.add_subplot()
        if way == "categories":
            axes.barh(names, [1, 2])
        else:
            axes.barh(range(2), [1, 2])
            axes.set_yticks(range(2), names)
        axes.text(0.1, 0, names[0])
        axes.set_xlabel("\n".join([names[0][:50]] * 100))
        fit_texts(figure)
    return figure


def svg(figure: Figure) -> str:
    out = StringIO()
    with look():
        figure.savefig(out, format="svg")
    return out.getvalue()


@pytest.mark.parametrize("way", ["categories", "ticks"])
def test_an_endless_name_is_cut_and_the_drawing_keeps_its_room(way: str) -> None:
    figure = drawn([LONG, "B"], way)
    assert len(svg(figure)) < 120_000
    axes = figure.axes[0]
    assert axes.get_position().width > 0.3
    assert [text.get_text() for text in axes.get_yticklabels()] == [LONG[:33] + "…", "B"]
    assert len(axes.texts[0].get_text()) == 60
    assert axes.get_xlabel().count("\n") == 4


def test_a_sentence_below_an_axis_stays_whole() -> None:
    words = "change of units in % for 1 % more price, with interval; hollow: naive comparison"
    with look():
        figure = Figure()
        figure.add_subplot().set_xlabel(words)
        fit_texts(figure)
    assert figure.axes[0].get_xlabel() == words


@pytest.mark.parametrize("way", ["categories", "ticks"])
def test_short_names_stay(way: str) -> None:
    figure = drawn(["Small Appliances", "B"], way)
    svg(figure)
    labels: list[Any] = figure.axes[0].get_yticklabels()
    assert [text.get_text() for text in labels] == ["Small Appliances", "B"]


def test_a_label_with_dollar_signs_is_text() -> None:
    with look():
        figure = Figure()
        figure.add_subplot().text(0, 0, "A$AP \\frac{1 $5")
        fit_texts(figure)
    assert "<svg" in svg(figure)
