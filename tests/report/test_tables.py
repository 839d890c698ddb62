"""Tables that a page cannot carry stand in full beside it, come and go with it, and are safe."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jobs_kit import JOBS, place
from test_publish import entry

from opsbook.report.batch import run_many
from opsbook.report.jobs import Ask, run_jobs
from opsbook.report.publish import publish
from opsbook.report.run import Result, render
from opsbook.report.tables import Beside, is_table_file, tables_of
from tiny_notebook import HEADING, LOAD, PARAMETERS, code, text, write

LONG = """import pandas as pd
frame = pd.DataFrame({"sku": [f"=cmd|{i}" for i in range(5000)], "n": range(5000)})
shown_table(frame, [Field("sku", "SKU"), Field("n", "Pieces", "count")], caption="Slow stock")"""
SHORT = """import pandas as pd
frame = pd.DataFrame({"sku": ["a"], "n": [1]})
shown_table(frame, [Field("sku", "SKU"), Field("n", "Pieces", "count")], caption="Small")"""


def report(folder: Path, *sources: str) -> Result:
    cells = [PARAMETERS, code(LOAD), code(HEADING), text("## First"), *map(code, sources)]
    return render(write(folder / "in", cells), parameters={}, lang="en", out=folder / "out")


def test_long_table_is_cut_on_the_page_and_whole_beside_it(tmp_path: Path) -> None:
    result = report(tmp_path, LONG, SHORT, LONG)
    assert result.good, result.fault
    files = ["tiny.tables/Slow-stock.csv", "tiny.tables/Slow-stock-2.csv"]
    assert result.entry["tables"] == [
        {"file": file, "caption": "Slow stock", "rows": 5000} for file in files
    ]
    page = result.page.read_text(encoding="utf-8")
    assert [unquote(h) for h in re.findall(r'class="beside"[^>]* href="([^"]+)"', page)] == files
    assert "All 5000 rows beside this page: tiny.tables/Slow-stock.csv" in page
    assert page.count("Download the first") == 2 and page.count("Download all 1 rows") == 1
    raw = (tmp_path / "out" / files[0]).read_bytes()
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == 5001 and rows[0] == ["SKU", "Pieces"]
    # A spreadsheet shows the formula and does not run it.
    assert rows[-1] == ["'=cmd|4999", "4999"]


def test_page_whose_downloads_are_too_many_has_the_rest_beside_it() -> None:
    small = {"csv": "a\r\n1\r\n", "name": "T.csv", "caption": "T", "kept": 1, "all": 1}
    beside = Beside("x.tables")
    assert beside.take(small, has_room=True) == small
    shown = beside.take(small, has_room=False)
    assert shown["csv"] == "" and shown["file"] == "x.tables/T.csv" and shown["file_rows"] == 1
    assert beside.take(small | {"name": "t.csv"}, has_room=False)["file"] == "x.tables/t-2.csv"
    assert beside.files == {"T.csv": small["csv"], "t-2.csv": small["csv"]}


def test_page_without_a_folder_works_alone() -> None:
    cut = {"csv": "a", "full": "a\r\nb", "full_rows": 2, "name": "T.csv", "kept": 1, "all": 2}
    shown = Beside().take(cut, has_room=True)
    assert "file" not in shown and "full" not in shown and shown["csv"] == "a"


def test_tables_of_the_last_good_page_outlive_a_failure_and_end_with_it(tmp_path: Path) -> None:
    file = tmp_path / "out/tiny.tables/Slow-stock.csv"
    report(tmp_path, LONG)
    bad = report(tmp_path, LONG, "1 / 0")
    assert not bad.good and bad.entry["tables"] == [] and file.is_file()
    assert tables_of(bad.entry) == ["tiny.tables/Slow-stock.csv"]
    assert report(tmp_path, SHORT).good
    assert not file.exists() and not file.parent.exists()


def test_nothing_but_listed_tables_is_removed(tmp_path: Path) -> None:
    report(tmp_path, LONG)
    own = tmp_path / "out/tiny.tables/mine.csv"
    own.write_text("x")
    report(tmp_path, SHORT)
    assert [f.name for f in own.parent.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "tiny.tables/../tiny.csv",
        "tiny.tables/a/b.csv",
        "other.tables/a.csv",
        "tiny.tables/.hidden.csv",
        "/tiny.tables/a.csv",
        "tiny.csv",
        "tiny.tables/a.html",
    ],
)
def test_manifest_that_was_altered_removes_nothing_elsewhere(tmp_path: Path, name: str) -> None:
    assert is_table_file("tiny.tables/a.csv", "tiny") and not is_table_file(name, "tiny")
    assert tables_of({"stem": "tiny", "tables": [{"file": name}, 3]}) == []


def test_files_of_tables_come_with_the_page_or_not_at_all(tmp_path: Path) -> None:
    one: dict[str, Any] = entry("a") | {"tables": [{"file": "a.tables/T.csv"}]}
    publish(tmp_path, {"a.html": "page", "a.tables/T.csv": "x"}, one)
    assert (tmp_path / "a.tables/T.csv").read_text() == "x"
    with pytest.raises(Exception, match="cannot be written"):
        publish(tmp_path, {"b.html": "page", "b.tables/T.csv": "x", "no/where": ""}, entry("b"))
    assert not (tmp_path / "b.html").exists() and not (tmp_path / "b.tables").exists()


def test_past_runs_keep_their_tables_and_lose_them_together(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + "keep = 2\n")
    declared = code(PARAMETERS.source + "\nregion = ''\nend = ''", "parameters")
    book = write(tmp_path / "new", [declared, code(LOAD), code(HEADING), code(LONG)])
    book.path.replace(tmp_path / "notebooks" / "tiny.ipynb")
    for _ in range(3):
        (done,) = run_jobs(file, Ask(), lambda _: None, run_many)
        assert done.is_good
    runs = sorted((tmp_path / "out/runs/daily").glob("2*"))
    assert len(runs) == 2
    for run in runs:
        assert {f.relative_to(run).as_posix() for f in run.rglob("*") if f.is_file()} == {
            "run.json",
            "tiny.html",
            "tiny.findings.json",
            "tiny.metrics.json",
            "tiny.tables/Slow-stock.csv",
        }
    assert "tiny.tables/Slow-stock.csv" in json.loads((runs[0] / "run.json").read_text())["files"]
