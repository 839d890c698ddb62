"""Dates along an axis follow the language, however far apart they stand."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.dates import ConciseDateFormatter, DayLocator, MonthLocator, YearLocator

from opsbook.chart.chart import Chart
from opsbook.language import speaking

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def labels(lang: str, locator: Any, days: int, *, offset: bool = True) -> tuple[list[str], str]:
    """Names of the ticks over so many days from 2025-12-20, and what stands beside the axis."""
    first = date(2025, 12, 20)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot([first, first + timedelta(days)], [0, 1])
        axes.set_xlim(first, first + timedelta(days))
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=offset))

    with speaking(lang):
        axis = Chart(draw, "title", "unit", "alt", "source").figure().axes[0].xaxis
    return axis.get_major_formatter().format_ticks(axis.get_majorticklocs()), (
        axis.get_major_formatter().get_offset()
    )


@pytest.mark.parametrize(
    ("locator", "days", "english", "chinese"),
    [
        (MonthLocator(), 120, ["2026", "Feb", "Mar", "Apr"], ["2026年", "2月", "3月", "4月"]),
        (DayLocator((1, 8)), 30, ["Jan", "08"], ["1月", "8日"]),
        (YearLocator(), 500, ["2025", "2026", "2027"], ["2025年", "2026年", "2027年"]),
    ],
    ids=["months", "days", "years"],
)
def test_ticks_are_written_in_the_language(
    locator: Any, days: int, english: list[str], chinese: list[str]
) -> None:
    assert labels("en", locator, days)[0] == english
    assert labels("zh", locator, days)[0] == chinese


def test_what_stands_beside_the_axis_is_written_in_the_language() -> None:
    locator = DayLocator((22, 25, 28))
    assert labels("en", locator, 10) == (["22", "25", "28"], "2025-Dec")
    assert labels("zh", locator, 10) == (["22日", "25日", "28日"], "2025年12月")
    assert labels("zh", locator, 10, offset=False)[1] == ""


def test_a_year_that_ends_in_nought_and_a_tenth_keep_their_digits() -> None:
    locator = DayLocator((10, 20))
    ticks, beside = labels("zh", locator, 25)
    assert ticks == ["20日", "10日"]
    assert beside == "2026年1月"
