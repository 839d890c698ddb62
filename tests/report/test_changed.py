"""What counts as changed: bytes, code, notebook, parameters; and what cannot be told."""

import os
import re
from pathlib import Path

import duckdb
import nbformat
import pytest
from jobs_kit import JOBS, place

from opsbook.report import changed
from opsbook.report.batch import run_many
from opsbook.report.changed import code_version, data_version, fingerprint
from opsbook.report.jobs import Ask, run_jobs
from tiny_notebook import PARAMETERS, code, write


def test_bytes_count_and_dates_of_files_do_not(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("a\n1\n")
    before = data_version(str(tmp_path))
    os.utime(file, (0, 0))
    assert data_version(str(tmp_path)) == before
    file.write_text("a\n2\n")  # as long as before
    os.utime(file, (0, 0))
    assert data_version(str(tmp_path)) != before


@pytest.mark.parametrize("name", ["shop.toml", "items.csv", "parts/1.parquet"])
def test_every_file_of_a_folder_counts(tmp_path: Path, name: str) -> None:
    (tmp_path / "orders.csv").write_text("a\n1\n")
    before = data_version(str(tmp_path))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    with_file = data_version(str(tmp_path))
    (tmp_path / name).rename(tmp_path / name.replace(".", "2."))
    assert len({before, with_file, data_version(str(tmp_path))}) == 3


def test_duckdb_file_counts_with_its_settings(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as engine:
        engine.execute("create table orders as select 1 as order_id")
    before = data_version(str(file))
    with duckdb.connect(str(file), read_only=True) as engine:
        engine.execute("select * from orders").fetchall()
    assert data_version(str(file)) == before
    with duckdb.connect(str(file)) as engine:
        engine.execute("insert into orders values (2)")
    after = data_version(str(file))
    (tmp_path / "shop.toml").write_text('currency = "USD"')
    assert len({before, after, data_version(str(file))}) == 3


def test_database_cannot_be_told_and_so_counts_as_changed(tmp_path: Path) -> None:
    notebook = write(tmp_path, [PARAMETERS])
    assert data_version("postgres://ann:secret@db.test/shop") == ""
    assert fingerprint(notebook, {}, "") == ""


def test_parameters_notebook_sidecar_and_code_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = write(tmp_path, [PARAMETERS])
    found = [fingerprint(notebook, {"weeks": 4}, "data")]
    assert fingerprint(notebook, {"weeks": 4, "source": "elsewhere"}, "data") == found[0]
    found.append(fingerprint(notebook, {"weeks": 5}, "data"))
    found.append(fingerprint(notebook, {"weeks": 4}, "other data"))
    sidecar = tmp_path / "tiny.toml"
    sidecar.write_text(sidecar.read_text(encoding="utf-8") + "\n# remark", encoding="utf-8")
    found.append(fingerprint(notebook, {"weeks": 4}, "data"))
    write(tmp_path, [PARAMETERS, code("weeks")])
    found.append(fingerprint(notebook, {"weeks": 4}, "data"))
    monkeypatch.setattr(changed, "code_version", lambda: "next version")
    found.append(fingerprint(notebook, {"weeks": 4}, "data"))
    assert len(set(found)) == len(found)


def test_code_version_follows_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "opsbook"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1")
    monkeypatch.setattr(changed, "_PACKAGE", package)
    code_version.cache_clear()
    before = code_version()
    (package / "a.py").write_text("x = 2")
    code_version.cache_clear()
    assert code_version() != before
    code_version.cache_clear()


def test_real_report_is_left_out_until_data_parameter_notebook_or_code_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place(tmp_path, JOBS + "parameters = { weeks = 8 }\n")
    book = tmp_path / "notebooks" / "tiny.ipynb"
    declared = code(PARAMETERS.source + "\nregion = ''\nend = ''", "parameters")
    count = "import opsbook\nprint(opsbook.open_shop(source).orders.count().execute(), weeks)"
    nbformat.write(nbformat.v4.new_notebook(cells=[declared, code(count)]), book)
    package = tmp_path / "lib" / "opsbook"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1")
    monkeypatch.setattr(changed, "_PACKAGE", package)

    def status() -> tuple[str, str]:
        code_version.cache_clear()
        (done,) = run_jobs(file, Ask(if_changed=True), lambda _: None, run_many)
        (report,) = done.reports
        page = (tmp_path / "out" / "tiny.html").read_text(encoding="utf-8")
        return report["status"], re.findall(r'class="out">(.*?)</pre>', page)[0]

    assert status() == ("good", "4 8")
    assert status() == ("unchanged", "4 8")
    orders = tmp_path / "shop" / "orders.csv"
    orders.write_text(orders.read_text(encoding="utf-8") + "5,2024-03-05 10:00:00,d,East\n")
    assert status() == ("good", "5 8")
    file.write_text(file.read_text().replace("weeks = 8", "weeks = 9"))
    assert status() == ("good", "5 9")
    written = book.read_text(encoding="utf-8")
    book.write_text(written.replace("count().execute(), weeks", "count().execute(), -weeks"))
    assert status() == ("good", "5 -9")
    (package / "a.py").write_text("x = 2")
    assert status() == ("good", "5 -9")
    assert status() == ("unchanged", "5 -9")
    code_version.cache_clear()
