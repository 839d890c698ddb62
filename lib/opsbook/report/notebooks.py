"""Which reports there are: notebooks in a folder, each with what it declares about itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.schema import Schema
from opsbook.report.sidecar import read_schema

__all__ = [
    "Notebook",
    "choose",
    "find_notebooks",
    "for_report",
    "notebooks_folder",
    "open_notebook",
]

LEFT_OUT = frozenset(("explore", "exercise", "solution"))
"""Tags of cells that are for people at a desk: a report neither runs nor shows them."""


@dataclass(frozen=True)
class Notebook:
    """A notebook that can become a report."""

    name: str
    path: Path
    schema: Schema


def notebooks_folder(given: Path | None = None) -> Path:
    """Where the notebooks are: as given, ``./notebooks``, or those of this checkout.

    Raises:
        ParameterError: There is no such folder.
    """
    checkout = Path(__file__).resolve().parents[3]
    candidates = [given] if given else [Path("notebooks")]
    if not given and (checkout / "pyproject.toml").is_file():
        candidates.append(checkout / "notebooks")
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise ParameterError(
        N_("{folder} is not a folder with notebooks; give one with --notebooks DIR"),
        folder=candidates[0],
    )


def open_notebook(path: Path) -> Notebook:
    """A notebook with its sidecar ``NAME.toml``; without one it has the standard parameters."""
    sidecar = path.with_suffix(".toml")
    schema = read_schema(sidecar) if sidecar.is_file() else Schema(path.stem)
    return Notebook(path.stem, path, schema)


def find_notebooks(folder: Path) -> list[Notebook]:
    """All notebooks of a folder, by name."""
    return [open_notebook(path) for path in sorted(folder.glob("*.ipynb"))]


def choose(folder: Path, names: Sequence[str] = ()) -> list[Notebook]:
    """The notebooks asked for, in that order; all of them where none is named.

    Raises:
        ParameterError: A name that is not there, or a folder without notebooks.
    """
    paths = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not paths:
        raise ParameterError(N_("{folder} has no notebooks"), folder=folder)
    chosen: dict[str, Path] = {}
    for name in names or paths:
        stem = name.removesuffix(".ipynb").replace("-", "_")
        if stem not in paths:
            raise _no_report(name, list(paths))
        chosen[stem] = paths[stem]
    return [open_notebook(path) for path in chosen.values()]


def _no_report(name: str, known: Iterable[str]) -> ParameterError:
    valid = ", ".join(known)
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    if near:
        return ParameterError(
            N_('there is no report "{name}"; did you mean "{near}"? There are {valid}'),
            name=name,
            near=near[0],
            valid=valid,
        )
    return ParameterError(
        N_('there is no report "{name}"; there are {valid}'), name=name, valid=valid
    )


def for_report(path: Path, lang: str) -> Any:
    """The notebook with the cells that a report in this language runs and shows.

    Raises:
        ParameterError: The file is not a notebook.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError) as fault:
        raise ParameterError(
            N_("{file} is not a notebook: {fault}"), file=path.name, fault=str(fault)[:200]
        ) from None
    notebook.cells = [cell for cell in notebook.cells if _belongs(tags(cell), lang)]
    return notebook


def tags(cell: Any) -> set[str]:
    """Tags of a cell."""
    return set(cell.metadata.get("tags", []))


def _belongs(marked: set[str], lang: str) -> bool:
    languages = {tag for tag in marked if tag.startswith("lang-")}
    return not marked & LEFT_OUT and (not languages or f"lang-{lang}" in languages)
