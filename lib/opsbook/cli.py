"""The command line: reports, checks, the demo shop, what there is, JupyterLab.

Exit codes: 0 all good, 1 some failed, 2 nothing could start: the user's input or data has
to change. Results go to standard output, messages to standard error in the language asked
for. What is slow to load is loaded by the command that needs it.
"""

import contextvars
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from opsbook import (
    __version__,
    cli_book,
    cli_calendar,
    cli_course,
    cli_jobs,
    cli_lab,
)
from opsbook.cli_help import ReportCommand
from opsbook.errors import OpsbookError, ParameterError, RunError
from opsbook.language import LANGUAGES, N_, money, set_language, t

__all__ = ["app", "main"]

app = typer.Typer(
    name="opsbook",
    help=N_("Reports, checks and exercises on a shop's own data."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Lang = Annotated[str | None, typer.Option("--lang", help=N_("Language: en or zh."))]
Json = Annotated[bool, typer.Option("--json", help=N_("Print results for a machine."))]
Folder = Annotated[Path | None, typer.Option("--notebooks", help=N_("Folder with the notebooks."))]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"opsbook {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=N_("Show version."))
    ] = False,
) -> None:
    """Options of the command itself."""


@app.command(
    cls=ReportCommand,
    help=N_("Render reports; all of them where none is named. With --help: their parameters."),
)
def report(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", show_default=False, help=N_("Reports to render.")),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", help=N_("demo, completejourney, a folder, a DuckDB file or a database URL.")
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="KEY=VALUE",
            help=N_("Set a parameter; `opsbook list` shows them."),
        ),
    ] = None,
    lang: Lang = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help=N_("Folder for the results; reports/out if not given.")),
    ] = None,
    as_json: Json = False,
    notebooks: Folder = None,
    chapters: Annotated[
        str,
        typer.Option(
            "--chapters",
            help=N_("Address of the playbook, to link chapters; else they are named only."),
        ),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, help=N_("Reports at once; as many as there are processors.")
        ),
    ] = None,
    isolation: Annotated[
        str,
        typer.Option(
            "--isolation",
            help=N_("warm forks a loaded Python for each report (Linux), plain starts it anew."),
        ),
    ] = "warm",
    cell_timeout: Annotated[
        float, typer.Option("--cell-timeout", min=0, help=N_("Seconds for one step; 0: no limit."))
    ] = 900,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0, help=N_("Seconds for one report; 0: no limit."))
    ] = 3600,
    memory: Annotated[
        str,
        typer.Option(
            "--memory",
            metavar="AMOUNT",
            help=N_("Memory for one report, such as 4GB; a share of the machine if not given."),
        ),
    ] = "",
) -> None:
    from opsbook.report.batch import Order, exit_code, given_parameters, render_all
    from opsbook.report.limits import Limits, memory_bytes
    from opsbook.report.notebooks import choose, notebooks_folder
    from opsbook.report.progress import progress_on

    given = given_parameters(parameters or [], source, lang)
    _speak(given.get("lang"))
    limits = Limits(cell_timeout, timeout, memory_bytes(memory) if memory else 0, isolation)
    folder = notebooks_folder(notebooks)
    beside = Path() if notebooks else folder.parent
    order = Order(
        notebooks=choose(folder, names or []),
        given=given,
        out=out or beside / "reports" / "out",
        chapters=chapters,
        lang_is_asked="lang" in given or os.environ.get("OPSBOOK_LANG", "") in LANGUAGES,
        limits=limits,
        jobs=jobs,
        show=progress_on() if sys.stderr.isatty() else None,
    )
    results = render_all(order, _say)
    if as_json:
        index = str(order.out / "index.html")
        _print({"index": index, "reports": [dict(r.entry) for r in results]})
    else:
        for result in results:
            _show(result)
        typer.echo(t("Read {page}", page=order.out / "index.html"))
    raise typer.Exit(exit_code(results))


@app.command(help=N_("Say what is in a shop's data, what is wrong, and which reports can run."))
def check(
    source: Annotated[
        str,
        typer.Argument(
            help=N_("demo, completejourney, a folder, a DuckDB file or a database URL.")
        ),
    ],
    lang: Lang = None,
    as_json: Json = False,
    notebooks: Folder = None,
) -> None:
    _speak(lang)
    from opsbook.shop.opening import open_shop

    shop = open_shop(source)
    from opsbook.shop.checks import check as look_over

    result = look_over(shop, methods=_needs(notebooks))
    if as_json:
        _print(result.to_dict())
    else:
        for line in result.lines():
            typer.echo(line)
    raise typer.Exit(2 if result.broken else 0)


@app.command(help=N_("Build a demo shop whose truth is known."))
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=N_("Folder to write; made if it is not there."))
    ],
    orders: Annotated[int, typer.Option("--orders", help=N_("Orders to expect."))] = 40_000,
    days: Annotated[int, typer.Option("--days", help=N_("Length of its history in days."))] = 730,
    seed: Annotated[int, typer.Option("--seed", help=N_("The same seed gives the same shop."))] = 1,
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            metavar="NAME",
            help=N_("healthy, sku-sprawl, one-channel, no-winback or overload."),
        ),
    ] = "healthy",
    intervene: Annotated[
        bool,
        typer.Option("--intervene", help=N_("What the scenario's shop does if it acts in time.")),
    ] = False,
    events: Annotated[
        str, typer.Option("--events", help=N_("Clicks to keep: full, sample or none."))
    ] = "full",
    dirt: Annotated[
        bool, typer.Option("--dirt", help=N_("Plant errors, with a key of what was planted."))
    ] = False,
    lang: Lang = None,
) -> None:
    _speak(lang)
    from opsbook.demo import simulate

    written = simulate(
        folder,
        orders=orders,
        days=days,
        seed=seed,
        scenario=scenario,
        intervene=intervene,
        events=events,
        dirt=dirt,
    )
    typer.echo(written)


@app.command("list", help=N_("List the reports and what can be set on each."))
def list_reports(lang: Lang = None, as_json: Json = False, notebooks: Folder = None) -> None:
    _speak(lang)
    from opsbook.report.notebooks import find_notebooks, notebooks_folder
    from opsbook.report.schema import as_data, table

    found = find_notebooks(notebooks_folder(notebooks))
    if as_json:
        _print({"reports": [as_data(notebook.schema) for notebook in found]})
        return
    for notebook in found:
        schema = notebook.schema
        minutes = t("{minutes} minutes", minutes=schema.minutes) if schema.minutes else ""
        facts = " · ".join(part for part in (schema.heading, schema.for_whom, minutes) if part)
        typer.echo(f"{notebook.name}  {facts}")
        for name, value, valid, meaning in table(schema, schema.defaults()):
            says = "; ".join(part for part in (meaning, valid) if part)
            typer.echo(f"    {name + ' = ' + value:<24} {says}")


for commands in (cli_jobs, cli_book, cli_course, cli_calendar, cli_lab):
    commands.register(app)


# --- saying ------------------------------------------------------------------------------


def _speak(lang: str | None) -> None:
    if lang is not None:
        set_language(lang)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _print(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))


def _show(result: Any) -> None:
    """One report on the screen: where it is, its headline, its first findings."""
    typer.echo(f"\n{result.page if result.entry['page'] else result.stem}")
    typer.echo(f"  {result.fault.text if result.fault else result.headline}")
    last = result.entry.get("last_good") if result.fault else None
    if last:
        typer.echo("  " + t("Last good report: {page}", page=result.page.with_name(last["page"])))
    for place, finding in enumerate(result.findings[:3], 1):
        worth = finding["money"]
        amount = "" if worth is None else money(worth, result.entry["currency"], sign=True)
        typer.echo(f"  {place}. {finding['statement']}" + (f"  {amount}" if amount else ""))


def _needs(folder: Path | None) -> dict[str, Any]:
    """What each report reads; nothing where the package came without notebooks."""
    from opsbook.report.notebooks import find_notebooks, notebooks_folder

    try:
        place = notebooks_folder(folder)
    except ParameterError:
        if folder:
            raise
        return {}
    return {n.name: n.schema.needs for n in find_notebooks(place)}


def _translate(command: Any) -> None:
    """Put help texts into the language in force; Typer reads them when it is loaded."""
    for entry in (command, *getattr(command, "commands", {}).values()):
        entry.help = t(entry.help) if entry.help else entry.help
        for option in entry.params:
            if getattr(option, "help", None):
                option.help = t(option.help)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    # A copy: a language chosen for this command does not outlive it.
    raise SystemExit(contextvars.copy_context().run(_run, arguments))


def _run(arguments: Sequence[str] | None) -> int:
    command = typer.main.get_command(app)
    _translate(command)
    try:
        command.main(args=list(arguments) if arguments is not None else None, prog_name="opsbook")
    except OpsbookError as error:
        _say(str(error))
        return 1 if isinstance(error, RunError) else 2
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
    return 0
