"""Definitions for schedulers: what each of them reads is the command that was meant."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from opsbook.errors import ParameterError
from opsbook.report.jobfile import read_jobs
from opsbook.report.schedule import Place, definitions
from opsbook.report.when import When

ODD = 'shop\'s 50% "off" $HOME $(x) {{ ds }} ${{ a }} ünï'
JOBS = """
timezone = "Asia/Shanghai"
[defaults]
sources = ["env:SHOP_URL"]
[jobs.daily]
[jobs.weekly]
schedule = "*/15 7-9 1,15 * mon-fri"
"""


def made(folder: Path, kind: str, jobs: str = JOBS, **place: Any) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "jobs.toml"
    file.write_text(jobs, encoding="utf-8")
    read = read_jobs(file)
    return definitions(read, read.jobs, kind, Place(folder, **place))


def recorder(folder: Path) -> Path:
    """A program in the place of Python that writes down how it was called."""
    program = folder / "py thon"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "print(repr((sys.argv[1:], os.getcwd(), os.environ.get('SHOP_URL'))))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def as_cron_does(line: str) -> tuple[list[str], str]:
    """The fields of a line and what the shell gets: up to the first % without a backslash."""
    *fields, command = line.split(" ", 5)
    return fields, re.split(r"(?<!\\)%", command)[0].replace(r"\%", "%")


@pytest.mark.skipif(sys.platform == "win32", reason="no cron")
def test_cron_line_runs_the_job_in_a_folder_with_any_name(tmp_path: Path) -> None:
    folder = tmp_path / ODD
    folder.mkdir()
    secrets = folder / "secrets 100%.env"
    secrets.write_text("SHOP_URL='a b'\n")
    text = made(folder, "cron", python=str(recorder(folder)), secrets=secrets)["crontab"]
    daily, weekly = [line for line in text.splitlines() if re.match(r"[\d*]", line)]
    fields, command = as_cron_does(daily)
    assert fields == ["30", "6", "*", "*", "*"] and "CRON_TZ=Asia/Shanghai" in text
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    called, where, secret = ast.literal_eval(done.stdout)
    assert called == ["-m", "opsbook", "run", str(folder / "jobs.toml"), "daily"]
    assert where == str(folder) and secret == "a b"
    assert as_cron_does(weekly)[0] == ["*/15", "7-9", "1,15", "*", "1-5"]


def test_cron_says_what_the_environment_needs(tmp_path: Path) -> None:
    assert "# daily needs in its environment: SHOP_URL" in made(tmp_path, "cron")["crontab"]


def test_folder_that_cron_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot carry; rename the folder"):
        made(tmp_path / "a\nb", "cron")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
def test_systemd_accepts_the_units_in_a_folder_with_any_name(tmp_path: Path) -> None:
    folder = tmp_path / ODD
    folder.mkdir()
    files = made(folder, "systemd", python=str(recorder(folder)), secrets=folder / "s 1%.env")
    assert sorted(files) == [
        "opsbook-daily.service",
        "opsbook-daily.timer",
        "opsbook-weekly.service",
        "opsbook-weekly.timer",
    ]
    units = tmp_path / "units"
    units.mkdir()
    for name, content in files.items():
        (units / name).write_text(content, encoding="utf-8")
    paths = [str(units / name) for name in files]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if "opsbook" in line]
    assert done.returncode == 0 and own == []
    # A percent sign begins a specifier and a dollar a variable, unless it stands there twice.
    start = files["opsbook-daily.service"].partition("ExecStart=")[2].splitlines()[0]
    assert not any("%" in text.replace("%%", "") for text in files.values())
    words = shlex.split(start.replace("%%", "%").replace("$$", "$"))
    file = str(folder / "jobs.toml")
    assert words[2:] == ["-m", "opsbook", "run", file, "daily"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("30 6 * * *", ["Mon 2024-07-01 06:30", "Tue 2024-07-02 06:30"]),
        ("0 7 * * 1", ["Mon 2024-07-01 07:00", "Mon 2024-07-08 07:00"]),
        ("0 7 * * 0", ["Sun 2024-07-07 07:00", "Sun 2024-07-14 07:00"]),
        ("*/20 7 1 * *", ["Mon 2024-07-01 07:00", "Mon 2024-07-01 07:20"]),
        ("0 0 */10 * *", ["Mon 2024-07-01 00:00", "Thu 2024-07-11 00:00"]),
        ("5 8-9 * 2 fri-7", ["Sat 2025-02-01 08:05", "Sat 2025-02-01 09:05"]),
        # Cron runs on the 2nd and also on every Wednesday, the 3rd.
        ("0 7 2 * 3", ["Tue 2024-07-02 07:00", "Wed 2024-07-03 07:00"]),
    ],
)
def test_systemd_times_are_those_of_cron(cron: str, days: list[str]) -> None:
    found = []
    for line in When.parse(cron).systemd("UTC"):
        done = subprocess.run(
            [
                "systemd-analyze",
                "calendar",
                "--base-time=2024-06-30 23:59:59 UTC",
                "--iterations=3",
                line,
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "LC_ALL": "C"},
        )
        found += re.findall(r"(\w{3} [\d-]{10} \d\d:\d\d):\d\d UTC", done.stdout)
    order = sorted(set(found), key=lambda text: text[4:])
    assert order[:2] == days


def test_airflow_runs_the_command_with_the_day_it_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ODD
    (text,) = made(folder, "airflow", python="/a b/python").values()
    ast.parse(text)
    assert "# The workers need in their environment: SHOP_URL" in text
    dags: list[dict[str, Any]] = []
    ran: list[tuple[list[str], str]] = []

    def dag(**options: Any) -> Any:
        dags.append(options)
        return lambda make: make

    due = SimpleNamespace(
        in_timezone=lambda zone: datetime(2024, 5, 2, 6, 30) if zone == "Asia/Shanghai" else None
    )
    sdk = SimpleNamespace(dag=dag, task=lambda run: lambda: run(due))
    monkeypatch.setitem(sys.modules, "airflow", SimpleNamespace(sdk=sdk))
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    pendulum = SimpleNamespace(datetime=lambda *day, tz: (day, tz))
    monkeypatch.setitem(sys.modules, "pendulum", pendulum)
    monkeypatch.setattr(
        subprocess, "run", lambda command, cwd, check: ran.append((command, cwd)) or check
    )
    exec(compile(text, "dag", "exec"), {})
    assert [d["dag_id"] for d in dags] == ["opsbook_daily", "opsbook_weekly"]
    assert dags[0]["schedule"] == "30 6 * * *" and dags[0]["start_date"][1] == "Asia/Shanghai"
    command = ["/a b/python", "-m", "opsbook", "run", str(folder / "jobs.toml"), "daily"]
    assert ran[0] == ([*command, "--today", "2024-05-02"], str(folder))


def test_github_workflow_says_the_times_in_utc(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    jobs = JOBS.replace("*/15 7-9 1,15 * mon-fri", "0 7 * * 1")
    notice = '[notify.team]\nurl = "env:TEAM_URL"\n'
    jobs = jobs.replace("[defaults]", '[defaults]\nnotify = "team"') + notice
    (text,) = made(tmp_path / "my reports: #1", "github", jobs).values()
    found = yaml.safe_load(text)
    # 6:30 in Shanghai is 22:30 UTC of the day before, Monday 7:00 is Sunday 23:00.
    assert [s["cron"] for s in found[True]["schedule"]] == ["30 22 * * *", "0 23 * * 0"]
    daily = found["jobs"]["daily"]
    assert "github.event.schedule == '30 22 * * *'" in daily["if"]
    (step,) = [s for s in daily["steps"] if "opsbook run" in s.get("run", "")]
    assert step["run"] == 'opsbook run "$JOB_FILE" daily'
    assert step["env"] == {
        "JOB_FILE": "my reports: #1/jobs.toml",
        "SHOP_URL": "${{ secrets.SHOP_URL }}",
        "TEAM_URL": "${{ secrets.TEAM_URL }}",
    }
    (upload,) = [s for s in daily["steps"] if "upload-artifact" in s.get("uses", "")]
    assert upload["if"] == "always()" and upload["with"]["path"] == "my reports: #1/out"


def test_time_that_utc_cannot_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\[jobs\.weekly\] schedule .* cannot be written"):
        made(tmp_path, "github")


@pytest.mark.parametrize(
    ("cron", "utc"),
    [
        ("30 6 * * *", "30 22 * * *"),
        ("0 9 1 * *", "0 1 1 * *"),
        ("0 7 1 * *", None),
        ("0 7 * * 1-5", "0 23 * * 0,1,2,3,4"),
        ("0 * * * *", "0 * * * *"),
        ("0 7-9 * * *", None),
    ],
)
def test_shanghai_is_eight_hours_ahead_of_utc(cron: str, utc: str | None) -> None:
    found = When.parse(cron).utc("Asia/Shanghai", datetime(2024, 7, 1, tzinfo=UTC))
    assert (found.text if found else None) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "often",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "* * * foo *",
        "a,b * * * *",
        "1;rm * * * *",
    ],
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(ValueError, match='"daily"'):
        When.parse(text)
