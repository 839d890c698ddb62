"""The commands for schedulers: run a job file, and print its schedule for cron and others.

Registered by ``opsbook.cli``; what is slow to load is loaded by the command that needs it.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from opsbook.errors import ParameterError
from opsbook.language import N_, set_language, t

__all__ = ["register", "run", "schedule"]

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help=N_("The job file; reports/jobs.toml if not given.")),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="JOB", show_default=False, help=N_("Jobs; all of them if none.")),
]
Lang = Annotated[str | None, typer.Option("--lang", help=N_("Language: en or zh."))]
_DEFAULT = Path("reports/jobs.toml")


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(help=N_("Run the jobs of a job file, as a scheduler does."))(run)
    app.command(help=N_("Print the schedule of a job file for cron, systemd and others."))(schedule)


def run(
    file: File = _DEFAULT,
    names: Names = None,
    since_failed: Annotated[
        bool, typer.Option("--since-failed", help=N_("Only what failed in the last run."))
    ] = False,
    if_changed: Annotated[
        bool,
        typer.Option(
            "--if-changed",
            help=N_("Leave out reports whose data, code and parameters are the same."),
        ),
    ] = False,
    today: Annotated[
        str | None,
        typer.Option(
            "--today",
            metavar="DATE",
            help=N_("The day that dates such as yesterday or -7d count from."),
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help=N_("Reports at once; one per core if not given.")),
    ] = None,
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, help=N_("Minutes to wait for another run of the same job.")),
    ] = 0.0,
    lang: Lang = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=N_("Print results for a machine."))
    ] = False,
    notebooks: Annotated[
        Path | None, typer.Option("--notebooks", help=N_("Folder with the notebooks."))
    ] = None,
) -> None:
    """Run jobs; exit with 0 all good, 1 some failed, 2 nothing could start."""
    _speak(lang)
    from functools import partial

    from opsbook.report.batch import run_many
    from opsbook.report.jobs import Ask, exit_code, run_jobs
    from opsbook.report.progress import progress_on

    ask = Ask(
        names=tuple(names or ()),
        since_failed=since_failed,
        if_changed=if_changed,
        today=_day(today),
        patience_minutes=wait,
        notebooks=notebooks,
    )
    show = progress_on(sys.stderr)
    try:
        done = run_jobs(file, ask, _say, partial(run_many, jobs=jobs, show=show))
    finally:
        show.close()
    if as_json:
        found = [
            {
                "job": job.job,
                "error": job.error,
                "record": str(job.record) if job.record else None,
                "reports": job.reports,
            }
            for job in done
        ]
        typer.echo(json.dumps({"jobs": found}, ensure_ascii=False, indent=1, default=str))
    else:
        for job in done:
            _show(job)
    raise typer.Exit(exit_code(done))


def schedule(
    file: File = _DEFAULT,
    names: Names = None,
    kind: Annotated[
        str, typer.Option("--format", help=N_("cron, systemd, airflow or github."))
    ] = "cron",
    out: Annotated[
        Path | None,
        typer.Option("--out", help=N_("Folder to write the files to instead of printing them.")),
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option(
            "--env-file", help=N_("File with lines NAME=value, read before the job runs.")
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """Print what the scheduler needs; nothing is installed."""
    _speak(lang)
    from opsbook.report.jobfile import read_jobs
    from opsbook.report.publish import make_folder
    from opsbook.report.schedule import FORMATS, Place, definitions

    if kind not in FORMATS:
        raise ParameterError(
            N_('--format must be one of {valid}, not "{value}"'),
            valid=" / ".join(FORMATS),
            value=kind,
        )
    read = read_jobs(file)
    place = Place(folder=Path.cwd(), secrets=secrets.resolve() if secrets else None)
    files = definitions(read, read.chosen(names or ()), kind, place)
    for name, content in files.items():
        if out is None:
            typer.echo(content)
            continue
        (make_folder(out) / name).write_text(content, encoding="utf-8", newline="\n")
        typer.echo(out / name)


def _speak(lang: str | None) -> None:
    if lang is not None:
        set_language(lang)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _day(text: str | None) -> date | None:
    from opsbook.report.dates import day_of

    found = day_of(text, date.today()) if text else None
    if text and found is None:
        raise ParameterError(
            N_('--today "{value}" is not a date; write YYYY-MM-DD or yesterday'), value=text
        )
    return found


def _show(job: Any) -> None:
    """One job on the screen: each page with its headline, or why there is none."""
    typer.echo(f"\n{job.job}" + (f"  {job.error}" if job.error else ""))
    words = {"good": t("good"), "unchanged": t("unchanged"), "failed": t("FAILED")}
    for report in job.reports:
        says = report.get("fault") or report.get("headline") or report.get("page", "")
        typer.echo(f"  {report['label']}  {words.get(report['status'], report['status'])}  {says}")
    if job.record:
        typer.echo(f"  {job.record}")
