"""The market report in a real browser: nothing leaves the file, and it fits a phone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from opsbook.cli import app
from opsbook.demo import simulate

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="Debian's chromium is not installed"
)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("page")
    simulate(home / "shop", orders=3000, days=450, seed=5)
    args = ["report", "market_analysis", "--source", str(home / "shop"), "--out", str(home / "out")]
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    return home / "out" / "market_analysis.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "chromium is missing; .ci/run installs it"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_asks_for_nothing_fits_and_is_accessible(
    browser: Any, page_file: Path, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    asked: list[str] = []
    errors: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: said.type == "error" and errors.append(said.text))
    page.goto(page_file.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    serious = [
        f"{rule['id']}: {rule['nodes'][0]['html'][:120]}"
        for rule in Axe().run(page).response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    page.close()


def test_the_chart_fits_the_width(browser: Any, page_file: Path) -> None:
    """Each figure is there twice, and exactly one of the two is seen."""
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(page_file.as_uri())
        seen = page.eval_on_selector_all(
            "figure", "all => all.map(f => [...f.querySelectorAll('svg')]"
            ".filter(s => s.getBoundingClientRect().width > 0).length)"
        )  # fmt: skip
        assert seen
        assert set(seen) == {1}
        page.close()
