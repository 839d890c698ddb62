"""From a job to its pages: reports x sources x languages x values of a grid, each with a name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from itertools import product
from pathlib import Path
from typing import Any

from opsbook.errors import DataError, OpsbookError, ParameterError
from opsbook.language import N_, language
from opsbook.report.clean import masked
from opsbook.report.hidden import named, value_of
from opsbook.report.job import Job, JobFile
from opsbook.report.notebooks import Notebook, choose
from opsbook.report.parameters import resolve

__all__ = ["Item", "Plan", "all_different", "plan"]

_MOST = 500
"""Values of a grid that are taken from data: more is a mistake, such as a column of names."""
_LONGEST_BYTES = 150
"""Of a stem: file systems take 255, and endings and names aside need their share."""
_NAMED = ("demo", "completejourney")


@dataclass(frozen=True)
class Item:
    """One page to make.

    Args:
        stem: Name of its files, without ending.
        notebook: What runs.
        values: Its parameters, resolved; ``source`` may hold a password.
        lang: Language of the page.
        grid: The values that set it apart from its siblings.
    """

    stem: str
    notebook: Notebook
    values: Mapping[str, Any]
    lang: str
    grid: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call it: ``market_analysis (East, zh)``."""
        marks = [str(value)[:60] for value in self.grid.values()]
        return f"{self.notebook.name} ({', '.join([*marks, self.lang])})"


@dataclass(frozen=True)
class Plan:
    """What a job comes to.

    Args:
        items: Pages, in the order of reports.
        faults: Sources whose grid could not be read, with why; their pages are unknown.
    """

    items: tuple[Item, ...]
    faults: tuple[tuple[str, OpsbookError], ...] = ()


def plan(file: JobFile, job: Job, folder: Path, today: date) -> Plan:
    """Work out every page of a job and check every parameter, before anything runs.

    Args:
        file: The job file; relative sources count from where it stands.
        job: One of its jobs.
        folder: Where the notebooks are.
        today: The day that relative dates count from.

    Raises:
        ParameterError: An unknown report or parameter, a value that is not valid, a secret
            that is not set, or two pages of one name.
    """
    where = f"{file.path.name} [jobs.{job.name}]"
    try:
        notebooks = choose(folder, job.reports)
    except ParameterError as fault:
        raise _inside(where, fault) from None
    items: list[Item] = []
    faults: list[tuple[str, OpsbookError]] = []
    for given in job.sources:
        source = _place(value_of(given, f"{where} sources"), file.path.parent.resolve())
        mark = _slug(named(given) or masked(source)) if len(job.sources) > 1 else ""
        try:
            combinations = list(_combinations(job.grid, source))
            lang = job.lang or (_own_language(source),)
        except ParameterError as fault:
            raise _inside(where, fault) from None
        except DataError as fault:
            faults.append((masked(source), fault))
            continue
        for notebook, grid, code in product(notebooks, combinations, lang):
            stem = _stem(notebook.name, mark, grid, code)
            asked = {**job.parameters, **grid, "source": source, "lang": code}
            try:
                week = _week_start(source, [*asked.values(), *notebook.schema.defaults().values()])
                values = resolve(notebook.schema, asked, today=today, week_start=week)
            except ParameterError as fault:
                raise _inside(where, fault) from None
            shown = {"source": mark, **grid} if mark else grid
            items.append(Item(stem, notebook, values, code, shown))
    all_different(where, items)
    return Plan(tuple(items), tuple(faults))


def _inside(where: str, fault: OpsbookError) -> ParameterError:
    return ParameterError(N_("{where}: {fault}"), where=where, fault=fault)


def _place(source: str, folder: Path) -> str:
    """A path counts from the job file, because a scheduler starts wherever it likes."""
    if source in _NAMED or "://" in source:
        return source
    return str(folder / Path(source).expanduser())


def _own_language(source: str) -> str:
    from opsbook.shop.opening import open_shop

    return open_shop(source).settings.language or language()


def _week_start(source: str, values: Sequence[Any]) -> str:
    """The shop's first weekday, where a value such as ``-1week_end`` asks for it."""
    from opsbook.shop.opening import open_shop

    if not any(isinstance(value, str) and re.search(r"w(eeks?)?_", value) for value in values):
        return "monday"
    try:
        return open_shop(source).settings.week_start
    except DataError:
        return "monday"  # the report itself will say what is wrong with the source


# --- values from data ---------------------------------------------------------------------


def _combinations(grid: Mapping[str, Any], source: str) -> Iterator[dict[str, Any]]:
    lists = [
        _from_data(source, name, given) if isinstance(given, str) else list(given)
        for name, given in grid.items()
    ]
    for values in product(*lists):
        yield dict(zip(grid, values, strict=True))


def _from_data(source: str, name: str, given: str) -> list[Any]:
    """All values of a column, sorted: ``*`` is the one of this name in ``orders``."""
    from opsbook.shop.opening import open_shop

    table, _, column = (given[1:] or f"orders.{name}").partition(".")
    shop = open_shop(source)
    if not shop.has(table, column):
        raise ParameterError(
            N_(
                "grid.{name}: {source} has no column {table}.{column}; name one that is there "
                'as "*TABLE.COLUMN", or write the values as a list'
            ),
            name=name,
            source=masked(source),
            table=table,
            column=column,
        )
    cells = shop.table(table)[column]
    rows = shop.table(table).filter(cells.notnull()).select(value=cells).distinct()
    found = rows.limit(_MOST + 1).execute()["value"].tolist()
    if not 0 < len(found) <= _MOST:
        raise ParameterError(
            N_(
                "grid.{name}: {table}.{column} has {count} values; a grid takes 1 to {most}. "
                "Choose another column or write the values as a list"
            ),
            name=name,
            table=table,
            column=column,
            count=len(found) if not found else f"> {_MOST}",
            most=_MOST,
        )
    return sorted(value if isinstance(value, (int, float)) else str(value) for value in found)


# --- names --------------------------------------------------------------------------------


def _stem(name: str, source: str, grid: Mapping[str, Any], lang: str) -> str:
    stem = "-".join(part for part in (name, source, *map(_slug, grid.values())) if part)
    if len(stem.encode()) > _LONGEST_BYTES:
        cut = stem.encode()[:_LONGEST_BYTES].decode(errors="ignore")
        stem = f"{cut}_{_digits(stem)}"
    return stem if lang == "en" else f"{stem}-{lang}"


def _slug(value: Any) -> str:
    """A value as part of a file name: readable, harmless, and another for another value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return str(value).replace(".", "_")
    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    plain = re.sub(r"[\W_]+", "_", text.lower()).strip("_")[:40]
    # What was lost (capitals, signs, length) comes back as a few digits.
    return plain if plain == text else f"{plain}_{_digits(text)}".lstrip("_")


def _digits(text: str) -> str:
    return blake2b(text.encode(errors="replace"), digest_size=3).hexdigest()


def all_different(where: str, items: Sequence[Item]) -> None:
    """Refuse two pages of one name, on file systems without capital letters too.

    Raises:
        ParameterError: Both are named.
    """
    seen: dict[str, Item] = {}
    for item in items:
        other = seen.setdefault(item.stem.lower(), item)
        if other is not item:
            raise ParameterError(
                N_(
                    '{where}: "{first}" and "{second}" would both be written to {page}; '
                    "set them apart by a grid, or give each job a folder (out)"
                ),
                where=where,
                first=other.label,
                second=item.label,
                page=f"{item.stem}.html",
            )
