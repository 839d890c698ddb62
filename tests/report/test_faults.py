"""A run that fails says so: page, manifest, exit code; what was done is kept."""

import json
from pathlib import Path

import pytest

from opsbook.errors import ParameterError, RunError
from opsbook.report.run import Result, render
from tiny_notebook import HEADING, LOAD, PARAMETERS, code, full, text, write

SECRET = "postgres://ann:hunter2-long@db.test/shop?sslkey=k-9876543"


def run(folder: Path, *sources: str, **options: object) -> Result:
    cells = [PARAMETERS, code(LOAD), text("## First"), *map(code, sources)]
    notebook = write(folder / "in", cells)
    given = {"parameters": {}, "lang": "en", **options}
    return render(notebook, out=folder / "out", **given)  # type: ignore[arg-type]


def test_failing_cell_keeps_what_was_done_and_hides_machine_and_secrets(tmp_path: Path) -> None:
    broken = "print(source)\nraise ValueError('bad luck at /home/' + 'ada/x/d.csv with ' + source)"
    result = run(
        tmp_path,
        HEADING,
        "print('so far')",
        broken,
        "print('later')",
        parameters={"source": SECRET},
    )
    page = result.page.read_text(encoding="utf-8")
    assert result.status == "failed" and result.fault and result.fault.kind == "cell"
    assert not result.fault.is_users
    assert "FAILED" in page and "ValueError: bad luck at d.csv" in page
    assert "Sales grew 5 %" in page and "so far" in page and "later" not in page
    assert "<summary>Technical details</summary>" in page
    for file in (tmp_path / "out").iterdir():
        content = file.read_text(encoding="utf-8")
        assert "hunter2" not in content and "9876543" not in content, file.name
        assert "/home/ada" not in content and str(tmp_path) not in content, file.name
    (entry,) = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]
    assert entry["status"] == "failed" and entry["source"] == (
        "postgres://ann:***@db.test/shop?sslkey=***"
    )
    assert "FAILED" in (tmp_path / "out/index.html").read_text(encoding="utf-8")


def test_error_of_ours_shows_its_sentence_and_no_traceback(tmp_path: Path) -> None:
    raise_it = (
        "from opsbook.errors import DataError\n"
        "raise DataError('{source} has no table \"{table}\"; it has {found}', "
        "source='S', table='T', found='-')"
    )
    result = run(tmp_path, raise_it)
    assert result.fault and result.fault.kind == "data" and result.fault.is_users
    assert result.fault.text == 'S has no table "T"; it has -' and result.fault.detail == ""
    page = result.page.read_text(encoding="utf-8")
    assert "Traceback" not in page and "Technical details" not in page


def test_dead_kernel_is_a_failure_not_a_success(tmp_path: Path) -> None:
    result = run(tmp_path, "print('so far')", "import os; os._exit(3)", "print('later')")
    assert result.fault and result.fault.kind == "dead"
    page = result.page.read_text(encoding="utf-8")
    assert "ended without a word" in page and "so far" in page and "later" not in page


def test_cell_that_takes_too_long_is_a_failure(tmp_path: Path) -> None:
    result = run(tmp_path, "import time; time.sleep(60)", cell_seconds=1)
    assert result.fault and result.fault.kind == "timeout"
    assert result.entry["seconds"] < 30


@pytest.mark.parametrize(
    ("given", "words"),
    [({"week": 3}, 'did you mean "weeks"'), ({"weeks": "3"}, "4 – 52 weeks")],
)
def test_wrong_parameter_stops_before_anything_is_written(
    tmp_path: Path, given: dict[str, object], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        render(full(tmp_path / "in"), parameters=given, lang="en", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folder_that_is_a_file_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunError, match="out cannot be written"):
        render(full(tmp_path / "in"), parameters={}, lang="en", out=tmp_path / "out")


def test_file_that_is_no_notebook_is_said_by_name(tmp_path: Path) -> None:
    notebook = full(tmp_path)
    notebook.path.write_text("{ not a notebook")
    with pytest.raises(ParameterError, match=r"tiny\.ipynb is not a notebook"):
        render(notebook, parameters={}, lang="en", out=tmp_path / "out")
