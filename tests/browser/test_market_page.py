"""The market report in a real browser: nothing leaves the file, and it fits a phone."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from opsbook.cli import app
from opsbook.demo import simulate


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Path:
    home = tmp_path_factory.mktemp("page")
    simulate(home / "shop", orders=3000, days=450, seed=5)
    args = ["report", "market_analysis", "--source", str(home / "shop"), "--out", str(home / "out")]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    shutil.rmtree(home / "shop")
    return home / "out" / "market_analysis.html"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_asks_for_nothing_fits_and_is_accessible(
    visit: Any, page_file: Path, width: int, scheme: str
) -> None:
    seen = visit(page_file, width, color_scheme=scheme)
    assert seen.left == []
    assert seen.errors == []
    assert seen.too_wide() == []
    assert seen.serious() == []


def test_the_chart_fits_the_width(visit: Any, page_file: Path) -> None:
    """Each figure is there twice, and exactly one of the two is seen."""
    for width in (390, 1280):
        seen = visit(page_file, width).page.eval_on_selector_all(
            "figure", "all => all.map(f => [...f.querySelectorAll('svg')]"
            ".filter(s => s.getBoundingClientRect().width > 0).length)"
        )  # fmt: skip
        assert seen
        assert set(seen) == {1}


def test_the_page_is_small_enough_to_be_mailed(page_file: Path) -> None:
    assert page_file.stat().st_size < 1_500_000


def test_every_table_can_be_sorted_and_taken_along(visit: Any, page_file: Path) -> None:
    page = visit(page_file).page
    tables = page.locator("table.sortable").count()
    assert tables > 3
    assert page.locator("a.download").count() == tables


def test_no_figure_and_no_table_is_cut_on_paper(visit: Any, page_file: Path) -> None:
    # A4 with the page's margins is 180 mm wide: 680 CSS pixels.
    page = visit(page_file, 680).page
    page.emulate_media(media="print")
    cut = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => !e.closest('svg')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 90))"
    )
    assert cut == []
