"""The command ``opsbook book``: the playbook as pages that open from disk."""

from pathlib import Path
from typing import Annotated

import typer

from opsbook.errors import ParameterError
from opsbook.language import LANGUAGES, N_, language, t

__all__ = ["book", "register"]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(help=N_("Build the playbook as a site that needs no network."))(book)


def book(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help=N_("Folder to write; made if not there."))
    ] = Path("reports/book"),
    lang: Annotated[str, typer.Option("--lang", help=N_("Language: en, zh or both."))] = "both",
    no_figures: Annotated[
        bool, typer.Option("--no-figures", help=N_("Leave out the charts of the demo shop."))
    ] = False,
    playbook: Annotated[
        Path | None, typer.Option("--playbook", help=N_("Folder with the playbook."))
    ] = None,
) -> None:
    """Build the book and say where it is."""
    from opsbook.book.build import build_book

    if lang not in (*LANGUAGES, "both"):
        raise ParameterError(N_('--lang "{value}" is not known; use en, zh or both'), value=lang)
    languages: tuple[str, ...] = LANGUAGES if lang == "both" else (lang,)
    if language() in languages:
        languages = (language(), *(code for code in languages if code != language()))
    made = build_book(
        out,
        languages=languages,
        figures=not no_figures,
        playbook=playbook,
        say=lambda line: typer.echo(line, err=True),
    )
    for code, warnings in made.warnings.items():
        for line in warnings:
            typer.echo(f"{code}: {line}", err=True)
    pages = " + ".join(str(count) for count in made.pages.values())
    typer.echo(t("{pages} pages", pages=pages))
    typer.echo(t("Read {page}", page=made.index))
