"""The command that opens JupyterLab on the notebooks, at a start page in both languages.

Registered by ``opsbook.cli``; what is slow to load is loaded when the command runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from opsbook.language import N_, set_language

__all__ = ["lab", "register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        help=N_("Open JupyterLab on the notebooks; further options go to it."),
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(lab)


def lab(
    context: typer.Context,
    notebooks: Annotated[
        Path | None, typer.Option("--notebooks", help=N_("Folder with the notebooks."))
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=N_("Language: en or zh."))] = None,
) -> None:
    """Open JupyterLab and leave with its exit code."""
    if lang is not None:
        set_language(lang)
    from opsbook.lab.server import open_lab
    from opsbook.report.notebooks import notebooks_folder

    raise typer.Exit(open_lab(notebooks_folder(notebooks), context.args))
