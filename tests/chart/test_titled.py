"""A picture of its own: title, legend and source have their places."""

from typing import TYPE_CHECKING

import pytest

from opsbook.chart.chart import Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "A finding that is so long that it has to be broken into two lines before it ends here"


@pytest.mark.parametrize("place", ["outside upper left", "outside lower center"])
def test_a_legend_at_the_edge_leaves_the_title_and_the_source_alone(place: str) -> None:
    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        lines = [axes.plot([0, 1], [n, 2], label=f"model {n}")[0] for n in range(3)]
        figure.legend(handles=lines, loc=place, ncols=3)

    figure = Chart(draw, TITLE, "unit", "alt", "source").titled()
    figure.draw_without_rendering()
    title, source = (text.get_window_extent() for text in figure.texts)
    legend = figure.legends[0].get_window_extent()
    axes = figure.axes[0].get_tightbbox()
    assert source.y1 < min(legend.y0, axes.y0)
    assert title.y0 > max(legend.y1, axes.y1)
    assert legend.y0 >= axes.y1 or legend.y1 <= axes.y0
    assert source.y0 >= 0 and title.y1 <= figure.bbox.y1
