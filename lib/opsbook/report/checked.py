"""Tables of a TOML file, checked key by key: every mistake is one sentence that says the fix."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.errors import ParameterError
from opsbook.language import N_, t

__all__ = [
    "Reader",
    "named",
    "number",
    "one_of",
    "some_of",
    "table",
    "text",
    "texts",
    "whole",
    "wrong",
    "zone",
]

Reader = Callable[[Any], Any]
"""Gives the value as it is used; raises ``ValueError`` with what would be valid."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}", re.ASCII)
# Windows knows these as devices, whatever the folder.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def text(given: Any) -> str:
    """One text that is not empty."""
    if isinstance(given, str) and given.strip() and "\0" not in given:
        return given.strip()
    raise ValueError(t("text in quotes"))


def texts(given: Any) -> tuple[str, ...]:
    """One text or a list of them, each once."""
    items = given if isinstance(given, list) else [given]
    try:
        found = tuple(text(item) for item in items)
    except ValueError:
        found = ()
    if not found or len(set(found)) < len(found):
        raise ValueError('["a", "b"]')
    return found


def some_of(*valid: str) -> Reader:
    """One or more of a few words."""

    def read(given: Any) -> tuple[str, ...]:
        items = given if isinstance(given, list) else [given]
        if items and all(item in valid for item in items):
            return tuple(dict.fromkeys(items))
        raise ValueError(" / ".join(f'"{word}"' for word in valid))

    return read


def one_of(*valid: str) -> Reader:
    """One of a few words."""

    def read(given: Any) -> str:
        if given in valid:
            return str(given)
        raise ValueError(" / ".join(f'"{word}"' for word in valid))

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number between two others."""

    def read(given: Any) -> int:
        if type(given) is int and low <= given <= high:
            return given
        raise ValueError(t("a whole number from {low} to {high}", low=low, high=high))

    return read


def number(low: float, high: float) -> Reader:
    """A number between two others."""

    def read(given: Any) -> float:
        if type(given) in (int, float) and low <= given <= high:
            return float(given)
        raise ValueError(t("a number from {low} to {high}", low=f"{low:g}", high=f"{high:g}"))

    return read


def zone(given: Any) -> str:
    """Name of a time zone."""
    try:
        return ZoneInfo(given).key
    # What is no name of a zone gives each of these, by its form.
    except (KeyError, ValueError, OSError, TypeError):
        raise ValueError('"Asia/Shanghai" / "UTC"') from None


def named(path: Path, table: str, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Sub-tables whose names become names of folders, and so must be harmless.

    Raises:
        ParameterError: A name that is not, or two that some file systems take for one.
    """
    for name in given:
        if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
            raise ParameterError(
                N_(
                    '{file} [{table}."{name}"]: a name begins with a letter and goes on '
                    "with letters, digits, - and _, at most 60 in all: it becomes a folder's name"
                ),
                file=path.name,
                table=table,
                name=name[:80],
            )
    lower = [name.lower() for name in given]
    twice = [name for name in given if lower.count(name.lower()) > 1]
    if twice:
        raise ParameterError(
            N_("{file} [{table}]: {names} differ in capital letters only; rename one"),
            file=path.name,
            table=table,
            names=", ".join(twice),
        )
    return list(given.items())


def table(path: Path, where: str, given: Any, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """A table's values as its readers give them.

    Raises:
        ParameterError: No table, a key that no reader knows, or a value that its reader
            refuses.
    """
    if not isinstance(given, dict):
        raise ParameterError(
            N_("{file}: {table} has to be a table; write a line [{table}]"),
            file=path.name,
            table=where,
        )
    found = {}
    for key, value in given.items():
        if key not in readers:
            raise _unknown(path, where, key, list(readers))
        try:
            found[key] = readers[key](value)
        except ValueError as fault:
            raise wrong(path, where, key, value, str(fault)) from None
    return found


def _unknown(path: Path, where: str, key: str, known: list[str]) -> ParameterError:
    near = get_close_matches(key, known, n=1, cutoff=0.6)
    return ParameterError(
        N_('{file}{table}: "{key}" is not known; {fix}'),
        file=path.name,
        table=f" [{where}]" if where else "",
        key=key[:80],
        fix=_Fix(near[0] if near else "", ", ".join(known)),
    )


class _Fix:
    """What to write in place of an unknown key, in the language of the moment."""

    def __init__(self, near: str, known: str) -> None:
        self.near, self.known = near, known

    def __str__(self) -> str:
        if self.near:
            return t('did you mean "{near}"?', near=self.near)
        return t("known are {valid}", valid=self.known)


def wrong(path: Path, where: str, key: str, value: Any, valid: str) -> ParameterError:
    """The error for a value; the value of a key that may hold a secret is not repeated."""
    return ParameterError(
        N_('{file}{table} {key}: "{value}" is not valid; write {valid}'),
        file=path.name,
        table=f" [{where}]" if where else "",
        key=key,
        value="***" if key in ("url", "sources") else str(value)[:80],
        valid=valid,
    )
