"""What a call was given, as one short text: the same question is asked once.

Two processes that ask a method for the same thing must come to the same text, and two
different things never may. What cannot be described that surely is not.
"""

import enum
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any

from opsbook.shop.shop import Shop

__all__ = ["Indescribable", "ShopName", "code_state", "described", "shop_state"]

_PACKAGE = Path(__file__).resolve().parents[1]
_PLAIN = (bool, int, float, str, bytes, date, timedelta)
_BESIDE = ("shop.toml",)


class Indescribable(TypeError):
    """Something whose content cannot be told for sure, so that nothing is known to equal it."""


class ShopName(str):
    """The shop's name, which has a language, where a result holds it.

    Told apart by its type from a brand that happens to be called the same.
    """


def described(*values: Any) -> str:
    """Hexadecimal digits that are the same only for equal values.

    Args:
        *values: Plain values, dates, dataclasses, collections, frames, arrays, shops, Ibis
            tables and functions that have a name.

    Raises:
        Indescribable: Something else is among them, or a shop whose data may change unseen.

    Example:
        >>> described("a", 1) == described("a", 1), described("a", 1) == described("a", 1.0)
        (True, False)
    """
    total = blake2b(digest_size=20)
    for value in values:
        total.update(_told(value))
    return total.hexdigest()


def _told(value: Any) -> bytes:
    """Digest of one value, its type included."""
    kind = type(value)
    total = blake2b(f"{kind.__module__}.{kind.__qualname__}\0".encode(), digest_size=20)
    if value is None or kind is ShopName:
        return total.digest()
    if isinstance(value, enum.Enum):
        total.update(value.name.encode())
    elif isinstance(value, _PLAIN):
        total.update(repr(value).encode("utf-8", "surrogatepass"))
    elif isinstance(value, (tuple, list, range)):
        for part in value:
            total.update(_told(part))
    elif isinstance(value, (set, frozenset)):
        for part in sorted(map(_told, value)):
            total.update(part)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            total.update(_told(name) + _told(part))
    elif isinstance(value, Shop):
        total.update(shop_state(value).encode())
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            total.update(field.name.encode() + _told(getattr(value, field.name)))
    elif isinstance(value, FunctionType) and "<" not in value.__qualname__:
        total.update(f"{value.__module__}.{value.__qualname__}".encode())
    else:
        total.update(_told_table(value))
    return total.digest()


def _told_table(value: Any) -> bytes:
    """Digest of what holds many values: frames, arrays, expressions."""
    import ibis
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.Index):
        return _told(list(value.names)) + _told_table(value.to_frame(index=False))
    if isinstance(value, pd.Series):
        return _told(value.name) + _told_table(value.to_frame("value"))
    if isinstance(value, pd.DataFrame):
        return _told_frame(value)
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return _told([value.shape, value.tolist()])
        return _told([value.shape, str(value.dtype), value.tobytes()])
    if isinstance(value, np.generic):
        return _told(value.item())
    if isinstance(value, ibis.Table):
        # Names of tables that only this process knows are random: no other will ask the same.
        return _told(str(ibis.to_sql(value)))
    raise Indescribable(type(value).__qualname__)


def _told_frame(frame: Any) -> bytes:
    import pyarrow as pa

    try:
        table = pa.Table.from_pandas(frame)
    except (pa.ArrowException, TypeError, ValueError) as fault:
        raise Indescribable(str(fault)) from None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return _told(frame.attrs) + blake2b(sink.getvalue(), digest_size=20).digest()


def shop_state(shop: Shop) -> str:
    """What stands for a shop and its data as it is now.

    Raises:
        Indescribable: Its data lies in a database, or nowhere that could be looked at.
    """
    known: str | None = shop.__dict__.get("_state")
    if known is None:
        place = Path(shop.source)
        if shop.source == "completejourney":
            files = []
        elif "://" in shop.source or not place.exists():
            raise Indescribable(shop.source)
        elif place.is_dir():
            files = [file for file in place.rglob("*") if file.is_file()]
        else:
            beside = [place.with_name(name) for name in _BESIDE]
            files = [place, Path(f"{place}.wal"), place.with_suffix(".toml"), *beside]
        parts = (str(place.absolute()), repr(shop.settings), list(shop.entries), _stamps(files))
        # Looked at once, when the first question is asked: later ones see the same data.
        known = shop.__dict__["_state"] = described(*parts)
    return known


@cache
def code_state() -> str:
    """What stands for the code that computes, as it was when this was first asked.

    The warm process asks as soon as it has loaded it.
    """
    reference = _PACKAGE.parents[1] / "data" / "reference"
    files = [f for f in _PACKAGE.rglob("*") if f.suffix in (".py", ".toml")]
    return described(_stamps([*files, *(f for f in reference.rglob("*") if f.is_file())]))


def _stamps(files: list[Path]) -> list[tuple[str, int, int, int]]:
    """Name, size, time and number of those files that are there."""
    found = []
    for file in sorted(files):
        if file.is_file():
            seen = file.stat()
            found.append((str(file), seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return found
