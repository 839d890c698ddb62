"""A folder of CSV or Parquet files as a shop; ``shop.toml`` beside them says what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import duckdb
from ibis import Table as Frame
from ibis.backends.duckdb import Backend

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import Table, contract
from opsbook.shop.csv_files import open_csv
from opsbook.shop.door import ROW, Entry, Layer, conform
from opsbook.shop.embedded import embedded
from opsbook.shop.issues import Issue
from opsbook.shop.settings import Settings, TableMap, read_settings
from opsbook.shop.shop import Shop
from opsbook.shop.sniff import sniff
from opsbook.shop.views import ViewedEntries

__all__ = ["open_file", "open_folder"]

_CSV = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".pq")
_INCOMING = "incoming_rows"


def open_folder(folder: Path) -> Shop:
    """Open a folder with one CSV or Parquet file per table.

    A file belongs to the table that ``shop.toml`` gives it to, else to the table of its
    name. A subfolder with Parquet files is one table in parts.

    Args:
        folder: Holds the files and, optionally, ``shop.toml``.

    Raises:
        DataError: No file for ``orders``, two files for one table, a file that cannot be
            read as a table, or settings that fit neither the contract nor the files.
    """
    settings = _settings(folder)
    places = _places(folder)
    found = _assign(folder, places, settings)
    if "orders" not in found:
        raise DataError(
            N_(
                "{folder} has no file for the table orders; it holds {found}. Name the file "
                "orders.csv, or say which it is in shop.toml: [tables.orders] file = ..."
            ),
            folder=folder.name or str(folder),
            found=_some(p.name for p in places),
        )
    shop = _open(found, settings, str(folder), folder.resolve().name)
    used = set(found.values())
    idle = [p.name for p in places if p not in used and p.suffix.lower() in (*_CSV, *_PARQUET)]
    if idle:
        text = N_("files that belong to no table and are not read: {files}")
        issue = Issue("", "", "unused_files", "note", 0, text, {"files": _some(idle)})
        shop.issues = (*shop.issues, issue)
    return shop


def open_file(path: Path) -> Shop:
    """Open one CSV or Parquet file: the table of its name, else ``orders``.

    Args:
        path: The file; ``shop.toml`` beside it is read if there.

    Raises:
        DataError: It does not hold the table ``orders``, or cannot be read.
    """
    settings = _settings(path.parent)
    named = [t for t, m in settings.tables.items() if m.file.lower() == path.name.lower()]
    table = path.stem.lower() if path.stem.lower() in contract() else "orders"
    found = dict.fromkeys(named or [table], path)
    if "orders" not in found:
        raise DataError(
            N_("{file} holds {table}, but a shop needs orders; give the folder that holds both"),
            file=path.name,
            table=", ".join(found),
        )
    return _open(found, settings, str(path), path.stem)


def _settings(folder: Path) -> Settings:
    file = folder / "shop.toml"
    return read_settings(file) if file.is_file() else Settings()


def _some(names: Iterable[str]) -> str:
    shown = [name[:60] for name in names]
    return ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "") or "-"


def _places(folder: Path) -> list[Path]:
    """Files and folders that may hold a table."""
    try:
        inside = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}"), file=folder.name, fault=fault.strerror or "?"
        ) from None
    return [p for p in inside if p.is_file() or (p.is_dir() and _parts(p))]


def _parts(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PARQUET and p.is_file())


def _assign(folder: Path, places: list[Path], settings: Settings) -> dict[str, Path]:
    found: dict[str, Path] = {}
    mapped = {name: m.file for name, m in settings.tables.items() if m.file}
    for name, file in mapped.items():
        found[name] = _named(folder, places, name, file)
    taken = set(found.values())
    for place in places:
        is_table = place.is_dir() or place.suffix.lower() in (*_CSV, *_PARQUET)
        name = (place.name if place.is_dir() else place.stem).lower()
        if not is_table or name not in contract() or name in mapped or place in taken:
            continue
        if name in found:
            raise DataError(
                N_(
                    "{first} and {second} could both be the table {table}; remove one, or "
                    'name the right one in shop.toml: [tables.{table}] file = "{first}"'
                ),
                first=found[name].name,
                second=place.name,
                table=name,
            )
        found[name] = place
    return {name: found[name] for name in contract() if name in found}


def _named(folder: Path, places: list[Path], name: str, file: str) -> Path:
    """The file that ``shop.toml`` names; only what lies in the folder itself is taken."""
    lower = {p.name.lower(): p for p in places}
    if file.lower() in lower:
        return lower[file.lower()]
    near = get_close_matches(file.lower(), lower, n=1)
    raise DataError(
        N_('shop.toml: [tables.{table}] file "{file}" is not in {folder}; there are {found}'),
        table=name,
        file=file,
        folder=folder.name or str(folder),
        found=lower[near[0]].name if near else _some(p.name for p in places),
    )


# --- reading --------------------------------------------------------------------------


def _open(found: Mapping[str, Path], settings: Settings, source: str, name: str) -> Shop:
    engine = embedded()
    entries: dict[str, Entry] = {}
    for table, path in found.items():
        how = settings.tables.get(table, TableMap())
        try:
            if path.is_dir() or path.suffix.lower() in _PARQUET:
                entries[table] = _parquet(engine, contract()[table], path, how, settings)
            else:
                entries[table] = _csv(engine, contract()[table], path, how, settings)
        except duckdb.Error as fault:
            raise DataError(
                N_("{file} cannot be read: {fault}"),
                file=path.name,
                fault=str(fault).strip().splitlines()[0],
            ) from None
    settings = replace(settings, name=settings.name or name)
    return Shop(source, settings, ViewedEntries(engine, entries))


def _conform(raw: Frame, table: Table, how: TableMap, settings: Settings, label: str) -> Entry:
    return conform(
        raw,
        table,
        columns=how.columns,
        duplicates=how.duplicates,
        reading=how.reading,
        zones=(settings.data_timezone, settings.timezone),
        label=label,
    )


def _parquet(engine: Backend, table: Table, path: Path, how: TableMap, settings: Settings) -> Entry:
    parts = _parts(path) if path.is_dir() else [path]
    for part in parts:
        _check_parquet(part)
    raw = engine.read_parquet(
        [_literal(part) for part in parts],
        table_name=f"file_{table.name}",
        hive_partitioning=any("=" in p.name for part in parts for p in part.parents),
        union_by_name=len(parts) > 1,
    )
    return _conform(raw, table, how, settings, path.name)


def _literal(path: Path) -> str:
    """A path in which the engine finds no wildcard."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _check_parquet(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            stream.seek(-min(4, path.stat().st_size), 2)
            end = stream.read(4)
    except OSError as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}"), file=path.name, fault=fault.strerror or "?"
        ) from None
    if start != b"PAR1" or end != b"PAR1":
        raise DataError(
            N_("{file} is not a Parquet file, or only a part of one; write or copy it again"),
            file=path.name,
        )


def _csv(engine: Backend, table: Table, path: Path, how: TableMap, settings: Settings) -> Entry:
    layout = sniff(path, encoding=how.encoding, delimiter=how.delimiter)
    if len(layout.names) == 1 and len(table.required) > 1:
        raise DataError(
            N_(
                '{file}: what separates the columns of "{text}" cannot be told. Separate them '
                'by commas, or write the sign in shop.toml: [tables.{table}] delimiter = ";"'
            ),
            file=path.name,
            text=layout.header[0][:80],
            table=table.name,
        )
    reader, tally = open_csv(path, layout)
    engine.con.register(_INCOMING, reader)
    try:
        entry = _conform(engine.table(_INCOMING), table, how, settings, path.name)
        typed = engine.create_table(table.name, entry.typed)
    finally:
        engine.con.unregister(_INCOMING)
    tally.raise_faults()
    columns = list(entry.columns)
    used = typed.filter(*(typed[name].notnull() for name in table.required))
    if how.duplicates == "drop":
        # The first of rows that are equal to the letter stays, in the file's order.
        first = used.group_by(columns).agg(**{ROW: used[ROW].min()}).order_by(ROW)
        used = engine.create_table(f"{table.name}_once", first)
    frames: dict[Layer, Frame] = {"typed": typed, "used": used.select(columns)}
    return replace(entry, frames=frames.__getitem__, issues=tally.issues(table.name))
