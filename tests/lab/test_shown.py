"""Files saved from the lab: whole tables, safe names, nothing overwritten."""

import csv
from pathlib import Path

import pytest
from made_lab import chart, table

from opsbook.lab.shown import save


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_a_table_is_saved_with_all_its_rows_unrounded(tmp_path: Path) -> None:
    # The table shows two rows; at 9 bytes a row, a page's own download would stop near 2,600.
    (saved,) = save([table(5000)], tmp_path, stem="v")
    content = rows(saved.path)
    assert content[0] == ["week", "share of sales (fraction)"]
    assert len(content) == 5001
    assert content[-1] == ["w4999", "0.125"]
    assert (saved.rows, saved.all_rows) == (5000, 5000)


def test_a_chart_alone_brings_its_figures(tmp_path: Path) -> None:
    figures, picture = save([chart()], tmp_path, stem="v")
    assert rows(figures.path) == [["name", "pieces"], ["a", "1"], ["b", "2"]]
    assert picture.path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "a/b\\c:d*?", "con", "", "销售额 +5 %", "x" * 300]
)
def test_names_are_safe_whatever_the_title(tmp_path: Path, title: str) -> None:
    folder = tmp_path / "lab"
    for saved in save([chart(title), table(3, title)], folder, stem="v"):
        assert saved.path.parent == folder
        assert saved.path.is_file()
        assert len(saved.path.name.encode()) < 255
        assert not set(saved.path.name) & set('/\\:*?"<>|')


def test_a_formula_in_a_cell_does_not_run(tmp_path: Path) -> None:
    evil = table(1)
    evil.frame.loc[0, "week"] = "=cmd|' /C calc'!A0"
    (saved,) = save([evil], tmp_path, stem="v")
    assert rows(saved.path)[1][0].startswith("'=")
