"""Open a shop that lives in a database: a DuckDB file, or any engine by its URL.

Tables are found by the contract's names, in any case, or by the names that ``shop.toml``
gives (``[tables.orders] file = "t_order"``, with a schema as ``"sales.t_order"``). For a
DuckDB file it lies beside the file as ``NAME.toml`` or ``shop.toml``; for a URL its path
is given as ``?shop_toml=PATH`` or in the environment variable ``OPSBOOK_SHOP_TOML``.
Every method runs in the database; what comes back is aggregated. Ibis opens each session
in UTC, so an aware timestamp means the same on every engine.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import duckdb
import ibis
from ibis import Table as Frame

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import contract
from opsbook.shop.door import Entry, conform
from opsbook.shop.embedded import embedded
from opsbook.shop.settings import Settings, TableMap, read_settings
from opsbook.shop.shop import Shop

__all__ = ["masked", "open_duckdb", "open_url"]

_SECRET = re.compile(
    r"([?&;][^=&;]*(?:pass|pwd|token|secret|key|cred|auth|sig)[^=&;]*=)([^&;]*)", re.IGNORECASE
)
_PATIENCE_SECONDS = "10"
_CLOUD = ("md:", "motherduck:")
"""How DuckDB names databases that are no files."""


def open_duckdb(path: Path, settings_file: Path | None = None) -> Shop:
    """Open a DuckDB file, for reading only.

    Args:
        path: The file.
        settings_file: Its ``shop.toml``; else ``NAME.toml`` or ``shop.toml`` beside it is
            read where there is one.

    Raises:
        DataError: Not a DuckDB file, locked by a writer, or without the table ``orders``.
    """
    beside = (path.with_suffix(".toml"), path.with_name("shop.toml"))
    settings_file = settings_file or next((f for f in beside if f.is_file()), None)
    settings = read_settings(settings_file) if settings_file else Settings()
    try:
        engine = embedded(path, read_only=True)
        return _shop(engine, str(path), path.stem, settings)
    except duckdb.Error as fault:
        raise DataError(
            N_("{source} cannot be read as a DuckDB file: {fault}"),
            source=path.name,
            fault=_first_line(fault),
        ) from None


def open_url(url: str) -> Shop:
    """Open a shop in any database that Ibis reaches.

    Args:
        url: ``postgres://user:password@host:5432/database``, ``clickhouse://...``,
            ``bigquery://project/dataset`` and so on. ``?schema=NAME`` says which schema
            holds the tables, ``?shop_toml=PATH`` where its ``shop.toml`` is; what else
            follows the question mark goes to the driver.

    Returns:
        The shop; its ``source`` never shows a password or token.

    Raises:
        DataError: Unknown kind of database, driver not installed, no connection, or no
            table ``orders``.
    """
    shown = masked(url)
    address, options = _split(url)
    scheme, _, place = address.partition("://")
    scheme = scheme.lower().replace("postgresql", "postgres")
    if scheme not in _engines():
        raise DataError(
            N_('{source}: "{scheme}" is no database that can be opened; known are {known}'),
            source=shown,
            scheme=scheme,
            known=", ".join(_engines()),
        )
    settings_file = options.pop("shop_toml", "") or os.environ.get("OPSBOOK_SHOP_TOML", "")
    schema = options.pop("schema", "")
    if scheme in ("duckdb", "sqlite") and not place.startswith(_CLOUD):
        # These would make a new, empty database of a misspelt name.
        if not Path(place).is_file():
            raise DataError(N_("{source}: there is no such file"), source=shown)
        if scheme == "duckdb":
            return open_duckdb(Path(place), _settings_file(settings_file))
    if scheme == "postgres":
        options.setdefault("connect_timeout", _PATIENCE_SECONDS)
    found = _settings_file(settings_file)
    settings = read_settings(found) if found else Settings()
    try:
        engine = ibis.connect(f"{address}?{urlencode(options)}" if options else address)
        return _shop(engine, shown, Path(place).name, settings, schema=schema)
    except ImportError:
        raise DataError(
            N_('{source}: the driver is not installed; run: pip install "{package}"'),
            source=shown,
            package=f"ibis-framework[{scheme}]",
        ) from None
    except DataError:
        raise
    except Exception as fault:  # every driver has its own; what it says may hold the password
        said = _first_line(fault).rstrip(".")
        if any(secret in said for secret in _secrets(url)):
            said = type(fault).__name__
        raise DataError(
            N_("{source} cannot be opened: {fault}. Check address, user and password"),
            source=shown,
            fault=said,
        ) from None


def masked(url: str) -> str:
    """A database URL as it may be shown: without passwords, tokens and keys.

    Example:
        >>> masked("postgres://ann:s3cret@db.example:5432/shop?schema=s&token=t")
        'postgres://ann:***@db.example:5432/shop?schema=s&token=***'
    """
    scheme, credentials, host, rest = _parts(url)
    if "@" in rest:
        return f"{scheme}://***"
    user, colon, _ = credentials.partition(":")
    name = f"{user}{':***' if colon else ''}@" if credentials else ""
    return f"{scheme}://{name}{host}" + _SECRET.sub(r"\1***", rest)


def _parts(url: str) -> tuple[str, str, str, str]:
    """Scheme, ``user:password``, host with port, and what follows."""
    scheme, _, rest = url.partition("://")
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    credentials, _, host = place.rpartition("@")
    if not credentials and re.search(r"^[^\[]*:.*\D", host) and not host.startswith(_CLOUD):
        # A host was forgotten: what looks like its port is a password.
        credentials, host = host, ""
    return scheme, credentials, host, rest[len(place) :]


def _split(url: str) -> tuple[str, dict[str, str]]:
    """The address and the options behind its question mark."""
    if "@" in _parts(url)[3]:
        raise DataError(
            N_(
                "{source}: write special signs of a user, password or option encoded: "
                "@ as %40, / as %2F, ? as %3F, # as %23"
            ),
            source=masked(url),
        )
    address, _, query = url.partition("?")
    return address, dict(parse_qsl(query, keep_blank_values=True))


def _secrets(url: str) -> set[str]:
    _, credentials, _, rest = _parts(url)
    found = {credentials.partition(":")[2], *(value for _, value in _SECRET.findall(rest))}
    return {text for secret in found if secret for text in (secret, unquote_plus(secret))}


def _first_line(fault: Exception) -> str:
    lines = str(fault).strip().splitlines()
    return lines[0].strip() if lines else type(fault).__name__


@cache
def _engines() -> tuple[str, ...]:
    return tuple(sorted(entry.name for entry in entry_points(group="ibis.backends")))


def _settings_file(name: str) -> Path | None:
    path = Path(name).expanduser()
    if name and not path.is_file():
        raise DataError(N_("{file}, which should describe the shop, is not there"), file=name)
    return path if name else None


def _shop(engine: Any, source: str, name: str, settings: Settings, *, schema: str = "") -> Shop:
    entries: dict[str, Entry] = {}
    names = _names(engine, schema)
    for table in contract().values():
        mapped = settings.tables.get(table.name, TableMap())
        raw = _find(engine, table.name, mapped, names, schema)
        if raw is not None:
            entries[table.name] = conform(
                raw,
                table,
                columns=mapped.columns,
                duplicates=mapped.duplicates,
                reading=mapped.reading,
                zones=(settings.data_timezone, settings.timezone),
                label=mapped.file or table.name,
            )
    if "orders" not in entries:
        raise DataError(
            N_(
                '{source} has no table "orders"; it has {found}. '
                'Name the right one in shop.toml: [tables.orders] file = "..."'
            ),
            source=source,
            found=_some(names),
        )
    return Shop(source, replace(settings, name=settings.name or name), entries)


def _names(engine: Any, schema: str) -> dict[str, str]:
    if engine.name == "duckdb":
        # Ibis 12 lists tables with a function that DuckDB 2 no longer has.
        where = schema or engine.current_database
        found = engine.con.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_catalog = current_database() AND table_schema = ?",
            [where],
        ).fetchall()
        return {name.lower(): name for (name,) in found}
    return {name.lower(): name for name in engine.list_tables(database=schema or None)}


def _some(names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names.values())[:12]) or "-"


def _find(
    engine: Any, name: str, mapped: TableMap, names: Mapping[str, str], schema: str
) -> Frame | None:
    if not mapped.file:
        own = names.get(name)
        return None if own is None else engine.table(own, database=schema or None)
    inside, _, wanted = mapped.file.rpartition(".")
    there = _names(engine, inside) if inside else names
    if wanted.lower() not in there:
        raise DataError(
            N_('shop.toml names the table "{table}" for {name}; the database has {found}'),
            table=mapped.file,
            name=name,
            found=_some(there),
        )
    return engine.table(there[wanted.lower()], database=inside or schema or None)
