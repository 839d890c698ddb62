"""Open a shop: one call for the demo, a public panel, files, a DuckDB file or a database."""

from difflib import get_close_matches
from pathlib import Path

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.shop import Shop

__all__ = ["DATABASES", "FILES", "open_shop"]

FILES = (".csv", ".tsv", ".txt", ".parquet")
"""Endings of files that hold one table."""
DATABASES = (".duckdb", ".db", ".ddb")
"""Endings of files that hold a whole DuckDB database."""
_NAMED = ("demo", "completejourney")


def open_shop(source: str | Path = "demo") -> Shop:
    """Open a shop's data.

    Args:
        source: ``demo`` (a simulated shop, built on first use), ``completejourney`` (a
            retailer's published one-year panel), a folder of CSV or Parquet files with an
            optional ``shop.toml``, one such file (taken as ``orders``), a DuckDB file, or
            the URL of a database (``postgres://...``).

    Returns:
        The shop; its tables are Ibis expressions, nothing heavy is loaded yet.

    Raises:
        DataError: There is no such source, or its tables break the contract.

    Example:
        >>> shop = open_shop("demo")  # doctest: +SKIP
        >>> shop.orders.count().execute()  # doctest: +SKIP
    """
    text = str(source).strip()
    if text == "demo":
        from opsbook.demo import ensure_demo
        from opsbook.shop.files import open_folder

        return open_folder(Path(ensure_demo()))
    if text == "completejourney":
        from opsbook.shop.completejourney import open_completejourney

        return open_completejourney()
    if "://" in text:
        from opsbook.shop.engines import open_url

        return open_url(text)
    if not text or "\0" in text:
        raise _unknown(text)
    return _open_path(Path(text).expanduser(), text)


def _open_path(path: Path, text: str) -> Shop:
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError:
        raise _unknown(text) from None
    if is_folder:
        from opsbook.shop.files import open_folder

        return open_folder(path)
    if not is_file:
        raise _unknown(text, path)
    if path.suffix.lower() in DATABASES:
        from opsbook.shop.engines import open_duckdb

        return open_duckdb(path)
    if path.suffix.lower() in FILES:
        from opsbook.shop.files import open_file

        return open_file(path)
    if path.suffix.lower() in (".xls", ".xlsx", ".xlsm", ".ods", ".numbers"):
        raise DataError(
            N_("{source} is a spreadsheet; save each sheet as CSV (UTF-8) in one folder"),
            source=path.name,
        )
    raise _unknown(text)


def _unknown(text: str, path: Path | None = None) -> DataError:
    near = _near(text, path)
    if near:
        return DataError(
            N_(
                '"{source}" is no shop data; did you mean {near}? Give demo, completejourney, '
                "a folder of CSV or Parquet files, a DuckDB file or a database URL"
            ),
            source=text,
            near=near,
        )
    return DataError(
        N_(
            '"{source}" is no shop data; give demo, completejourney, '
            "a folder of CSV or Parquet files, a DuckDB file or a database URL"
        ),
        source=text,
    )


def _near(text: str, path: Path | None) -> str:
    found = get_close_matches(text.lower(), _NAMED, n=1)
    if not found and path is not None:
        try:
            beside = [p.name for p in path.parent.iterdir() if not p.name.startswith(".")]
        except OSError:
            beside = []
        lower = {name.lower(): name for name in beside}
        names = get_close_matches(path.name.lower(), lower, n=2)
        found = [str(path.parent / lower[name]) for name in names]
    return " / ".join(found)
