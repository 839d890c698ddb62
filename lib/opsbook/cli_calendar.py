"""The command that writes the retail year as a file for every calendar.

Registered by ``opsbook.cli``; what is slow to load is loaded by the command.
"""

from pathlib import Path
from typing import Annotated

import typer

from opsbook.language import N_, set_language

__all__ = ["calendar", "register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        help=N_("Write a retail year as an .ics file: events, lead times, days off, routine.")
    )(calendar)


def calendar(
    year: Annotated[int, typer.Argument(help=N_("2000 to 2099."))],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=N_("File; retail-YEAR.ics if not given.")),
    ] = None,
    market: Annotated[
        str, typer.Option("--market", help=N_("cn, us, xb (cross-border) or another ISO code."))
    ] = "cn",
    slots: Annotated[bool, typer.Option(help=N_("Put the routine slots in."))] = True,
    lang: Annotated[str | None, typer.Option("--lang", help=N_("Language: en or zh."))] = None,
) -> None:
    """Write the file and print its name."""
    if lang is not None:
        set_language(lang)
    from opsbook.campaign.calendar_file import calendar_file
    from opsbook.campaign.season_calendar import days_off_note, season_calendar

    typer.echo(calendar_file(year, out or "", country=market.upper(), slots=slots))
    if note := days_off_note(season_calendar(year, country=market)):
        typer.echo(note, err=True)
