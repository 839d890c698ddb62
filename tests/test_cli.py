"""The command line: exit codes, streams, languages; a user's mistake is one sentence."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from opsbook.cli import main
from opsbook.language import speaking
from tiny_notebook import FINDINGS, HEADING, LOAD, PARAMETERS, code, write


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that opens at once: what is tested here is the command line."""
    settings = SimpleNamespace(language="")
    monkeypatch.setattr(
        "opsbook.shop.opening.open_shop", lambda source: SimpleNamespace(settings=settings)
    )


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(str(left.value.code))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPSBOOK_LANG", "en")
    write(tmp_path / "notebooks", [PARAMETERS, code(LOAD), code(HEADING), code(FINDINGS)])
    return tmp_path


def test_reports_are_rendered_and_one_failing_does_not_stop_the_others(
    folder: Path, shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "notebooks", [PARAMETERS, code("1 / 0")], "broken")
    assert run("report") == 1
    said = capsys.readouterr()
    assert "Sales grew 5 %" in said.out and "1. Fuel fell" in said.out
    assert str(Path("reports/out/index.html")) in said.out
    assert "broken: FAILED" in said.err and "tiny: done" in said.err
    manifest = json.loads((folder / "reports/out/manifest.json").read_text(encoding="utf-8"))
    assert {r["name"]: r["status"] for r in manifest["reports"]} == {
        "broken": "failed",
        "tiny": "good",
    }


def test_data_that_has_to_change_gives_2_and_json_goes_to_standard_output(
    folder: Path, shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = "from opsbook.errors import DataError\nraise DataError('orders.csv is empty')"
    write(folder / "notebooks", [PARAMETERS, code(wrong)], "tiny")
    assert run("report", "tiny", "--json", "--lang", "zh", "--out", "elsewhere") == 2
    said = capsys.readouterr()
    (entry,) = json.loads(said.out)["reports"]
    assert entry["page"] == "tiny-zh.failed.html"
    assert entry["fault"]["text"] == "orders.csv is empty"
    assert (folder / "elsewhere" / "tiny-zh.failed.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report", "tinny"], 'did you mean "tiny"'),
        (["report", "-p", "wekks=8"], 'did you mean "weeks"'),
        (["report", "-p", "weeks"], "write -p name=value"),
        (["report", "-p", "weeks=8.5"], "whole number"),
        (["report", "--lang", "fr"], "use en or zh"),
        (["report", "--lang", "en", "-p", "lang=zh"], "given twice"),
        (["report", "--source", "nowhere-at-all"], '"nowhere-at-all" is no shop data'),
        (["check", "nowhere-at-all"], '"nowhere-at-all" is no shop data'),
        (["list", "--notebooks", "nowhere"], "nowhere is not a folder with notebooks"),
        (["report", "--bogus"], "bogus"),
        (["report", "--memory", "much"], "write it like 4GB"),
        (["report", "--isolation", "cold"], "warm / plain"),
        (["report", "--jobs", "0"], "jobs"),
    ],
)
def test_mistake_is_one_sentence_on_standard_error_and_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert words in said.err and said.out == "" and "Traceback" not in said.err
    assert not (folder / "reports").exists()


def test_mistake_is_said_in_the_language_asked_for_and_only_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("report", "--lang", "zh", "-p", "wekks=8") == 2
    assert "没有参数" in capsys.readouterr().err
    assert run("report", "-p", "wekks=8") == 2
    assert "has no parameter" in capsys.readouterr().err


def test_list_shows_what_can_be_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert "weeks = 12" in capsys.readouterr().out
    assert run("list", "--json", "--lang", "zh") == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["title"] == "小报告" and report["parameters"][2]["valid"] == "4 – 52 周"


def test_help_speaks_the_language_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking("zh"):
        assert run("report", "--help") == 0
    assert "数据" in capsys.readouterr().out
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("opsbook ")


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    watch = (
        "import sys, opsbook.cli\n"
        "try: opsbook.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'ibis', 'pandas', 'numpy', 'papermill', 'nbconvert', 'matplotlib', 'babel'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or None)"
    )
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", watch],
        env={**os.environ, "OPSBOOK_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 5
