"""``opsbook report NAME --help``: the parameters of the reports named, below the options."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from opsbook.errors import OpsbookError
from opsbook.language import LANGUAGES, set_language, t

__all__ = ["ReportCommand", "parameter_lines"]

_KEY = "opsbook.words"


class ReportCommand(TyperCommand):
    """A command whose help knows which reports it was asked about.

    Contexts and formatters are click's or, in newer releases of Typer, its own copy of them.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remember the words: help is printed before they are sorted into options."""
        ctx.meta[_KEY] = tuple(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The usual help, then a list for each report named."""
        words = ctx.meta.get(_KEY, ())
        lang = _after(words, "--lang")
        if lang in LANGUAGES:
            set_language(lang)
        super().format_help(ctx, formatter)
        folder = _after(words, "--notebooks")
        try:
            for title, rows in parameter_lines(words, Path(folder) if folder else None):
                with formatter.section(title):
                    formatter.write_dl(rows)
        except OpsbookError:
            return  # help is help: what is wrong is said when the report is to run


def _after(words: Sequence[str], option: str) -> str:
    """Value of an option that stands in the words as ``--option value`` or with ``=``."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == option:
            return following
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return ""


def parameter_lines(
    words: Sequence[str], folder: Path | None = None
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Parameters of the reports whose names are among the words.

    Args:
        words: Words of a command line.
        folder: Where the notebooks are, if it is not the usual place.

    Returns:
        For each report a title, and of each parameter its default and what it means.

    Raises:
        ParameterError: There is no folder with notebooks, or a sidecar is not valid.
    """
    plain = [word for word in words if not word.startswith("-")]
    if not plain:
        return []
    from opsbook.report.notebooks import find_notebooks, notebooks_folder
    from opsbook.report.schema import table

    names = {word.removesuffix(".ipynb").replace("-", "_") for word in plain}
    found = []
    for notebook in find_notebooks(notebooks_folder(folder)):
        if notebook.name in names:
            rows = [
                (f"{name} = {value}", "; ".join(part for part in (meaning, valid) if part))
                for name, value, valid, meaning in table(
                    notebook.schema, notebook.schema.defaults()
                )
            ]
            title = t("Parameters of {name}, with their defaults", name=notebook.name)
            found.append((title, rows))
    return found
