"""Tables in a real browser: sorted by value, folded, downloaded, and whole without script."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_page import page_of, shown, words

from opsbook.chart.table import Field, shown_table

# Shown as text, 9 stands after 1,000 and −5 before −40; by value it is the other way round.
SALES = [9.0, 1000.0, float("nan"), -40.0, -5.0]
NAMES = ["item 10", "item 9", "=cmd|' /C calc'!A0", "乙", "甲"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    small = pd.DataFrame({"name": NAMES, "sales": SALES, "share": [0.123456, 0.2, 0.3, 0.1, 0.0]})
    large = pd.DataFrame({"name": [f"row {i}" for i in range(40)], "n": range(40)})
    fields = [Field("name", "product"), Field("sales", "sales, CNY", "money"),
              Field("share", "share", "share")]  # fmt: skip
    cells = [
        words("## Small"),
        shown(shown_table(small, fields, caption="../../Sales, 五月")),
        words("## Large"),
        shown(
            shown_table(
                large, [Field("name", "name"), Field("n", "n", "count")], caption="Large", most=30
            )
        ),
    ]
    return page_of(cells, tmp_path_factory.mktemp("table") / "page.html")


def column(page: Any, at: int) -> list[str]:
    return page.eval_on_selector_all(
        "#s1 tbody tr", f"rows => rows.map(r => r.cells[{at}].textContent)"
    )


def test_a_head_sorts_by_value_with_empty_cells_last_and_a_third_press_undoes(
    visit: Any, file: Path
) -> None:
    page = visit(file).page
    button = page.get_by_role("button", name="sales, CNY")
    head = page.locator("#s1 thead th").nth(1)
    before = column(page, 1)
    button.click()
    assert column(page, 1) == ["1,000", "9.00", "−5.00", "−40.00", "–"]
    assert head.get_attribute("aria-sort") == "descending"
    button.click()
    assert column(page, 1) == ["−40.00", "−5.00", "9.00", "1,000", "–"]
    assert head.get_attribute("aria-sort") == "ascending"
    button.click()
    assert column(page, 1) == before
    assert head.get_attribute("aria-sort") is None


def test_heads_are_reached_and_pressed_with_the_keyboard(visit: Any, file: Path) -> None:
    page = visit(file).page
    page.locator("#s1 .scroll").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "product"
    names = column(page, 0)
    assert names.index("item 9") < names.index("item 10")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert column(page, 1)[0] == "1,000"
    assert page.locator("#s1 [aria-sort]").count() == 1


def test_without_script_the_table_is_whole_and_can_be_unfolded_and_saved(
    visit: Any, file: Path
) -> None:
    page = visit(file, java_script_enabled=False).page
    rows = page.locator("#s2 tbody tr")
    assert page.locator("#s1 tbody tr:visible").count() == 5
    assert (rows.count(), page.locator("#s2 tbody tr:visible").count()) == (30, 8)
    page.get_by_text("Show all 30 rows").click()
    assert page.locator("#s2 tbody tr:visible").count() == 30
    assert page.get_by_text("30 of 40 rows are shown.").is_visible()
    assert page.locator("thead button").count() == 0
    with page.expect_download() as saved:
        page.get_by_text("Download all 40 rows (CSV)").click()
    assert len(Path(saved.value.path()).read_text(encoding="utf-8").splitlines()) == 41


def test_paper_shows_every_row_and_no_control(visit: Any, file: Path) -> None:
    page = visit(file).page
    page.emulate_media(media="print")
    assert page.locator("#s2 tbody tr:visible").count() == 30
    assert page.locator(".download:visible").count() == 0
    assert page.locator(".fold:visible").count() == 0


def test_the_saved_file_has_raw_values_a_safe_name_and_no_formula(visit: Any, file: Path) -> None:
    seen = visit(file)
    with seen.page.expect_download() as saved:
        seen.page.get_by_text("Download all 5 rows (CSV)").click()
    assert saved.value.suggested_filename == "Sales-五月.csv"
    raw = Path(saved.value.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["product", "sales, CNY", "share (fraction)"]
    assert rows[1] == ["item 10", "9", "0.123456"]
    assert rows[3] == ["'=cmd|' /C calc'!A0", "", "0.3"]
    assert rows[4] == ["乙", "-40", "0.1"]
    assert seen.left == []
    assert seen.errors == []


@pytest.mark.parametrize("width", [390, 1280])
def test_sorted_and_unfolded_tables_are_accessible(visit: Any, file: Path, width: int) -> None:
    seen = visit(file, width)
    seen.page.get_by_role("button", name="sales, CNY").click()
    seen.page.get_by_text("Show all 30 rows").click()
    assert seen.serious() == []
    assert seen.too_wide() == []
