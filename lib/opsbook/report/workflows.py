"""The schedule of a job file for services that run workflows: Airflow and GitHub Actions."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.job import Job, JobFile
from opsbook.report.place import Place, command_of, secret_names
from opsbook.report.when import When

__all__ = ["airflow", "github"]


def airflow(file: JobFile, jobs: tuple[Job, ...], place: Place) -> dict[str, str]:
    """One Python file with a DAG for each job, for Airflow 2 and 3.

    The command is a list, never a line: Airflow and a shell would read signs of their own
    into a path.
    """
    zone = file.timezone or "UTC"
    rows = [(job.name, When.parse(job.schedule).text, command_of(file, job, place)) for job in jobs]
    table = "".join(f"    {row!r},\n" for row in rows)
    needs = sorted({name for job in jobs for name in secret_names(file, job)})
    comment = f"# The workers need in their environment: {', '.join(needs)}\n" if needs else ""
    body = dedent('''\
        """Reports by opsbook, made from {file}. Put this file into the dags folder."""

        import subprocess

        import pendulum

        try:
            from airflow.sdk import dag, task
        except ImportError:  # Airflow 2
            from airflow.decorators import dag, task

        ZONE = {zone!r}
        FOLDER = {folder!r}
        {comment}JOBS = [
        {table}]


        def reports(name, schedule, command):
            @dag(
                dag_id="opsbook_" + name,
                schedule=schedule,
                start_date=pendulum.datetime(2024, 1, 1, tz=ZONE),
                catchup=False,
                max_active_runs=1,
                tags=["opsbook"],
            )
            def make():
                @task
                def run(data_interval_end=None):
                    # "yesterday" counts from the day the run was due, also when it is late.
                    due = data_interval_end and data_interval_end.in_timezone(ZONE)
                    day = ["--today", due.date().isoformat()] if due else []
                    subprocess.run([*command, *day], cwd=FOLDER, check=True)

                run()

            return make()


        for name, schedule, command in JOBS:
            globals()["opsbook_" + name] = reports(name, schedule, command)
        ''')
    values = {
        "{file}": file.path.name.replace("\\", "/").replace('"', "'"),
        "{zone!r}": repr(zone),
        "{folder!r}": repr(str(place.folder)),
        "{comment}": comment,
        "{table}": table,
    }
    body = re.sub("|".join(map(re.escape, values)), lambda mark: values[mark[0]], body)
    return {"opsbook_reports.py": body}


def github(file: JobFile, jobs: tuple[Job, ...], place: Place) -> dict[str, str]:
    """A workflow for GitHub Actions; results are kept as its artifacts.

    Raises:
        ParameterError: A time that has no counterpart in UTC.
    """
    path = file.path.resolve()
    root = next((up for up in path.parents if (up / ".git").exists()), place.folder.resolve())
    inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    crons = {job.name: _in_utc(file, job) for job in jobs}
    lines = [
        f"# .github/workflows/reports.yml, made by opsbook from {inside.as_posix()!r}",
        f"# GitHub's clock is UTC; the job file's is {file.timezone or 'UTC'}.",
        "name: reports",
        "on:",
        "  workflow_dispatch:",
        "  schedule:",
        *(f"    - cron: {json.dumps(text)}" for text in dict.fromkeys(crons.values())),
        "permissions:",
        "  contents: read",
        "concurrency: opsbook-reports",
        "jobs:",
    ]
    for job in jobs:
        lines += _github_job(file, job, crons[job.name], inside.as_posix(), root)
    return {"reports.yml": "\n".join(lines) + "\n"}


def _in_utc(file: JobFile, job: Job) -> str:
    when = When.parse(job.schedule)
    found = when.utc(file.timezone, datetime.now(UTC)) if file.timezone else when
    if found is None:
        raise ParameterError(
            N_(
                '{file} [jobs.{job}] schedule "{value}" cannot be written in UTC, the only clock '
                "that GitHub knows; give one hour and minute, and no day of the month that "
                "begins on another day there"
            ),
            file=file.path.name,
            job=job.name,
            value=job.schedule,
        )
    return found.text


def _github_job(file: JobFile, job: Job, cron: str, inside: str, root: Path) -> list[str]:
    own = (root / "lib" / "opsbook").is_dir()
    install = "--constraint constraints.txt --editable ." if own else "opsbook"
    out = job.out.resolve()
    folder = out.relative_to(root).as_posix() if out.is_relative_to(root) else job.out.as_posix()
    secrets = [f"          {name}: ${{{{ secrets.{name} }}}}" for name in secret_names(file, job)]
    steps = (
        f"""\
- uses: actions/checkout@v4
- uses: actions/setup-python@v5
  with:
    python-version: "3.11"
- run: pip install {install}
- run: opsbook run "$JOB_FILE" {job.name}
  env:
    JOB_FILE: {json.dumps(inside, ensure_ascii=False)}
"""
        + "".join(f"    {line.strip()}\n" for line in secrets)
        + f"""\
- uses: actions/upload-artifact@v4
  if: always()
  with:
    name: {json.dumps(f"reports-{job.name}")}
    path: {json.dumps(folder, ensure_ascii=False)}
"""
    )
    condition = f"github.event_name != 'schedule' || github.event.schedule == '{cron}'"
    return [
        f"  {job.name}:",
        f"    if: {json.dumps(condition)}",
        "    runs-on: ubuntu-latest",
        "    steps:",
        indent(steps.rstrip(), "      "),
    ]
