"""The command for trainers: build a two-day course for one class.

Registered by ``opsbook.cli``; what is slow to load is loaded by the command.
"""

from pathlib import Path
from typing import Annotated

import typer

from opsbook.language import N_, set_language, t

__all__ = ["course", "register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(help=N_("Build a two-day course for one class: slides, notebooks, handouts."))(
        course
    )


def course(
    seed: Annotated[
        int, typer.Option("--seed", help=N_("Of the class's data; another seed, other answers."))
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help=N_("Folder to make; course-SEED if not given.")),
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=N_("Language: en or zh."))] = None,
    orders: Annotated[
        int, typer.Option("--orders", help=N_("Orders in the class's shop."))
    ] = 8_000,
    no_figures: Annotated[
        bool, typer.Option("--no-figures", help=N_("Leave out the charts of the demo shop."))
    ] = False,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help=N_("Folder with the playbook."))
    ] = None,
) -> None:
    """Build the course and print where the trainer begins."""
    if lang is not None:
        set_language(lang)
    from opsbook.teach.course import build_course

    built = build_course(
        out or Path(f"course-{seed}"),
        seed=seed,
        orders=orders,
        playbook=playbook,
        figures=not no_figures,
        say=_say,
    )
    typer.echo(built / "index.html")
    _say(t("Hand out the folder {folder} and nothing else.", folder=built / "class"))


def _say(line: str) -> None:
    typer.echo(line, err=True)
