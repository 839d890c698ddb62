"""The commands for schedulers: streams, exit codes, options; errors are one sentence."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
import typer
from jobs_kit import JOBS, Maker, place, run
from typer.testing import CliRunner

from opsbook.cli_jobs import register
from opsbook.errors import ParameterError
from tiny_notebook import LOAD, PARAMETERS, code


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    commands = typer.Typer()
    register(commands)
    return commands


def called(app: typer.Typer, *arguments: object) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)))


def making(monkeypatch: pytest.MonkeyPatch, maker: Maker) -> None:
    def run_many(tasks: Any, *, jobs: Any, show: Any) -> Any:
        return maker(tasks)

    monkeypatch.setattr("opsbook.report.batch.run_many", run_many)


def test_run_says_what_came_of_each_report_and_exits_by_it(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place(tmp_path, JOBS + 'grid = { region = ["a", "b"] }\n')
    making(monkeypatch, Maker({"tiny-b": "cell"}))
    done = called(app, "run", file)
    assert done.exit_code == 1
    assert "tiny (a, en)  good  Headline of tiny-a" in done.stdout
    assert "tiny (b, en)  FAILED  broken: cell" in done.stdout
    making(monkeypatch, Maker())
    done = called(app, "run", file, "daily", "--since-failed", "--json")
    assert done.exit_code == 0
    (job,) = json.loads(done.stdout)["jobs"]
    assert [r["stem"] for r in job["reports"]] == ["tiny-b"] and Path(job["record"]).is_file()


def test_day_of_the_run_can_be_set(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker()
    making(monkeypatch, maker)
    file = place(tmp_path, JOBS + 'parameters = { end = "-1month_end" }\n')
    assert called(app, "run", file, "--today", "2024-03-31").exit_code == 0
    assert maker.tasks[0].parameters["end"] == "2024-02-29"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["run", "FILE", "dialy"], 'no job "dialy"'),
        (["run", "FILE", "../../etc"], 'no job "../../etc"'),
        (["run", "FILE", "--today", "soon"], '--today "soon" is not a date'),
        (["schedule", "FILE", "--format", "at"], "--format must be one of cron / systemd"),
    ],
)
def test_mistake_is_one_sentence(
    app: typer.Typer, tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = place(tmp_path)
    done = called(app, *(str(file) if a == "FILE" else a for a in arguments))
    assert isinstance(done.exception, ParameterError) and words in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_schedule_is_printed_or_written(app: typer.Typer, tmp_path: Path) -> None:
    file = place(tmp_path)
    done = called(app, "schedule", file)
    assert done.exit_code == 0 and "30 6 * * * cd " in done.stdout
    units = tmp_path / "units"
    done = called(app, "schedule", file, "--format", "systemd", "--out", units)
    assert sorted(f.name for f in units.iterdir()) == [
        "opsbook-daily.service",
        "opsbook-daily.timer",
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_job_that_is_ended_says_so_and_its_record_is_whole(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + "grid = { weeks = [4, 5] }\nretries = 3\n")
    marker = tmp_path / "begun"
    wait = f"import time\nopen({str(marker)!r}, 'w').close()\ntime.sleep(600)"
    cells = [PARAMETERS, code(LOAD), code("region = ''\nend = ''"), code(wait)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "tiny.ipynb")
    start = "import typer, sys; from opsbook.cli_jobs import register; app = typer.Typer();"
    command = [sys.executable, "-c", f"{start} register(app); app()", "run", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not marker.exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate()
    assert process.returncode == 1 and "FAILED" in said
    (found,) = (tmp_path / "out" / "runs" / "daily").glob("*/run.json")
    reports = json.loads(found.read_text(encoding="utf-8"))["reports"]
    assert {r["kind"] for r in reports} == {"stopped"} and len(reports) == 2
    again = Maker()
    assert run(file, again, since_failed=True)[0].is_good
    assert again.made == [["tiny-4", "tiny-5"]]
