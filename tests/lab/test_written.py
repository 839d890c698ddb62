"""What the lab writes down leads to the very parameters that were chosen."""

import shlex
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_lab import SCHEMA, Seen, explorer

from opsbook.lab.written import VARIABLE, job_entry, report_command
from opsbook.report.batch import given_parameters
from opsbook.report.grid import plan
from opsbook.report.jobfile import read_jobs
from opsbook.report.notebooks import find_notebooks
from opsbook.report.parameters import resolve

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
TODAY = date(2026, 6, 17)
CHOICES = [
    {"weeks": "8"},
    {"level": "0.9", "budget": "0.5", "net": True, "signal": "login"},
    {"end": "-1month_end"},
    {"regions": "East,West", "tiers": ("silver", "gold")},
    {"regions": '["a, b", "[c]", "d\\"e"]'},
    {"note": 'it\'s a = "b"; $HOME `x` \\ 中文 | # {y}'},
    {"note": "\x7f"},
    {},
]


def read_command(command: str) -> dict[str, Any]:
    """The parameters that the command line reads out of it."""
    words = shlex.split(command)
    assert words[:3] == ["opsbook", "report", "made"]
    options = list(zip(words[3::2], words[4::2], strict=True))
    named = dict(pair for pair in options if pair[0] != "-p")
    pairs = [value for option, value in options if option == "-p"]
    given = given_parameters(pairs, named.get("--source"), named.get("--lang"))
    return resolve(SCHEMA, given, today=TODAY)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_command_sets_what_is_seen(choice: dict[str, Any]) -> None:
    made = explorer(Seen())
    for name, value in choice.items():
        made.controls[name].box.value = value
    expected = resolve(SCHEMA, made.choice, today=TODAY)
    assert read_command(report_command(SCHEMA, made.choice)) == expected


@pytest.mark.parametrize("choice", CHOICES)
def test_the_job_sets_what_is_seen(choice: dict[str, Any]) -> None:
    made = explorer(Seen())
    for name, value in choice.items():
        made.controls[name].box.value = value
    job = tomllib.loads(job_entry(SCHEMA, made.choice))["jobs"]["made-explored"]
    given = {**job.get("parameters", {}), "source": job["sources"][0], "lang": job["lang"][0]}
    expected = resolve(SCHEMA, made.choice, today=TODAY)
    assert resolve(SCHEMA, given, today=TODAY) == expected


def test_a_relative_date_stays_relative() -> None:
    made = explorer(Seen())
    made.controls["end"].box.value = "-1week_end"
    assert "-p end=-1week_end" in report_command(SCHEMA, made.choice)
    assert 'end = "-1week_end"' in job_entry(SCHEMA, made.choice)


def test_what_is_not_valid_is_not_written_down() -> None:
    made = explorer(Seen())
    for name, value in (("weeks", "8"), ("weeks", "x"), ("end", "-1week_end"), ("end", "x")):
        made.controls[name].box.value = value
    assert report_command(SCHEMA, made.choice) == "opsbook report made -p weeks=8 -p end=-1week_end"


def test_a_job_file_with_the_entry_is_read_and_planned(tmp_path: Path) -> None:
    for notebook in find_notebooks(NOTEBOOKS):
        standing = notebook.schema.defaults()
        moved = {"weeks": 8, "level": 0.9, "lang": "zh"}
        # Not every notebook asks for weeks.
        values = standing | {name: moved[name] for name in standing if name in moved}
        assert values != standing
        file = tmp_path / "jobs.toml"
        file.write_text(job_entry(notebook.schema, values), encoding="utf-8")
        jobs = read_jobs(file)
        item = plan(jobs, jobs.jobs[0], NOTEBOOKS, TODAY).items[0]
        assert dict(item.values) == resolve(notebook.schema, values, today=TODAY)


def test_a_password_is_not_written_down() -> None:
    values = {"source": "postgres://ada:hunter2hunter2@host/shop"}
    for text in (report_command(SCHEMA, values), job_entry(SCHEMA, values)):
        assert "hunter2" not in text
        assert VARIABLE in text


def test_a_folder_is_written_from_the_root(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "my shop").mkdir()
    monkeypatch.chdir(tmp_path)
    command = report_command(SCHEMA, {"source": "my shop"})
    assert shlex.split(command)[-1] == str((tmp_path / "my shop").resolve())


def test_the_button_shows_the_choice_and_keeps_it_true() -> None:
    made = explorer(Seen())
    assert made.panel.text.value == ""
    made.panel.show.value = True
    made.controls["weeks"].box.value = "8"
    assert "-p weeks=8" in made.panel.text.value
    assert "by is for exploring only" in made.panel.text.value
    made.controls["weeks"].box.value = "9"
    assert "-p weeks=9" in made.panel.text.value
    made.controls["weeks"].box.value = "x"
    assert "A value is not valid" in made.panel.text.value
    assert "-p weeks=9" in made.panel.text.value


def test_what_is_written_cannot_run_in_the_page() -> None:
    made = explorer(Seen())
    made.panel.show.value = True
    made.controls["note"].box.value = "<img src=x onerror=alert(1)>"
    assert "<img" not in made.panel.text.value
