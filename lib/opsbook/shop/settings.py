"""What ``shop.toml`` says: foreign names, currency, time zone, first day of the week."""

import re
import tomllib
from codecs import lookup
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opsbook.errors import DataError
from opsbook.language import LANGUAGES, N_, language
from opsbook.shop.contract import contract
from opsbook.shop.reading import Reading, date_pattern

__all__ = ["Settings", "TableMap", "read_settings"]

_KEYS = {
    "name",
    "name_zh",
    "currency",
    "timezone",
    "data_timezone",
    "week_start",
    "language",
    "tables",
}
_TABLE_KEYS = {
    "file": str,
    "columns": dict,
    "words": dict,
    "duplicates": str,
    "date_format": str,
    "decimal": str,
    "delimiter": str,
    "encoding": str,
}


@dataclass(frozen=True)
class TableMap:
    """How one table of the contract is found in foreign data.

    Args:
        file: Name of the file (or table in a database) that holds it.
        columns: Contract column name to foreign column name.
        duplicates: ``stop`` (default) or ``drop`` rows that repeat another to the letter.
        words: Choice column to the shop's own words and what the contract calls them.
        date_format: ``strptime`` format of its dates, where they do not begin with the year.
        decimal: Decimal mark of its numbers, ``.`` or ``,``.
        delimiter: What separates the columns of a CSV file, where it cannot be told.
        encoding: Encoding of a CSV file, where it is neither UTF-8 nor GB18030.
    """

    file: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    duplicates: str = "stop"
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_format: str = ""
    decimal: str = "."
    delimiter: str = ""
    encoding: str = ""

    @property
    def reading(self) -> Reading:
        """How its texts are to be read."""
        return Reading(self.date_format, self.decimal, self.words)


@dataclass(frozen=True)
class Settings:
    """A shop's own conventions.

    Args:
        name: What the shop is called in reports.
        name_zh: The same in Chinese, where it differs.
        currency: ISO 4217 code of every money column.
        timezone: IANA name of the time that the shop lives by.
        data_timezone: IANA name of the time that timestamps are recorded in.
        week_start: ``monday`` or ``sunday``.
        language: Language of its reports, unless another is asked for.
        tables: Where foreign names differ from the contract's.
    """

    name: str = ""
    name_zh: str = ""
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    data_timezone: str = ""
    week_start: str = "monday"
    language: str = ""
    tables: Mapping[str, TableMap] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, zone in (("timezone", self.timezone), ("data_timezone", self.data_timezone)):
            if zone:
                try:
                    ZoneInfo(zone)
                except (ZoneInfoNotFoundError, ValueError):
                    raise DataError(
                        N_('shop.toml: {key} "{value}" is not a time zone; write Asia/Shanghai'),
                        key=key,
                        value=zone,
                    ) from None
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise DataError(
                N_('shop.toml: currency "{value}" is not an ISO code; write CNY or USD'),
                value=self.currency,
            )
        _one_of("week_start", self.week_start, ("monday", "sunday"))
        if self.language:
            _one_of("language", self.language, LANGUAGES)

    @property
    def title(self) -> str:
        """The shop's name in the language in force."""
        return self.name_zh if language() == "zh" and self.name_zh else self.name


def _one_of(key: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise DataError(
            N_('shop.toml: {key} "{value}" is not valid; use {valid}'),
            key=key,
            value=value,
            valid=" / ".join(valid),
        )


def read_settings(file: Path) -> Settings:
    """Read ``shop.toml``; every name in it is checked against the contract.

    Raises:
        DataError: Not TOML, an unknown key, table or column, or an impossible value.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise DataError(
            N_("{file} is not valid TOML: {fault}"), file=file.name, fault=str(fault)
        ) from None
    _known("shop.toml", raw, _KEYS)
    tables = raw.pop("tables", {})
    _is(dict, "tables", tables)
    for key, value in raw.items():
        _is(str, key, value)
    return Settings(**raw, tables={name: _table_map(name, entry) for name, entry in tables.items()})


def _table_map(name: str, entry: Any) -> TableMap:
    _known("shop.toml [tables]", (name,), contract())
    where = f"tables.{name}"
    _is(dict, where, entry)
    _known(f"shop.toml [{where}]", entry, _TABLE_KEYS)
    for key, value in entry.items():
        _is(_TABLE_KEYS[key], f"{where}.{key}", value)
    known = contract()[name].columns
    columns = entry.get("columns", {})
    _known(f"shop.toml [{where}.columns]", columns, {c.name for c in known})
    for column, foreign in columns.items():
        _is(str, f"{where}.columns.{column}", foreign)
    choices = {c.name: c.choices for c in known if c.choices}
    words = entry.get("words", {})
    _known(f"shop.toml [{where}.words]", words, choices)
    for column, meant in words.items():
        _is(dict, f"{where}.words.{column}", meant)
        for own, word in meant.items():
            _one_of(f"[{where}.words.{column}] {own}", word, choices[column])
    _one_of(f"[{where}] duplicates", entry.get("duplicates", "stop"), ("stop", "drop"))
    _one_of(f"[{where}] decimal", entry.get("decimal", "."), (".", ","))
    _known_texts(where, entry)
    return TableMap(**entry)


def _known_texts(where: str, entry: Mapping[str, str]) -> None:
    """Texts that have to mean something: an encoding, a delimiter, a date format."""
    if len(entry.get("delimiter", ",").encode()) != 1:
        raise DataError(
            N_('shop.toml: {key} "{value}" has to be one sign, such as ; or |'),
            key=f"[{where}] delimiter",
            value=entry["delimiter"],
        )
    try:
        lookup(entry.get("encoding") or "utf-8")
    except LookupError:
        raise DataError(
            N_('shop.toml: {key} "{value}" is not an encoding; write gb18030, cp1252 or utf-8'),
            key=f"[{where}] encoding",
            value=entry["encoding"],
        ) from None
    try:
        date_pattern(entry.get("date_format") or "%Y-%m-%d")
    except ValueError:
        raise DataError(
            N_(
                'shop.toml: {key} "{value}" cannot be used; write %d/%m/%Y, '
                "with %y for two-digit years and %H:%M:%S for a time"
            ),
            key=f"[{where}] date_format",
            value=entry["date_format"],
        ) from None


def _is(kind: type, key: str, value: Any) -> None:
    if isinstance(value, kind):
        return
    if kind is str:
        raise DataError(
            N_('shop.toml: {key} "{value}" is not a text; put it in quotes'), key=key, value=value
        )
    raise DataError(
        N_('shop.toml: {key} has to be a section; write [{key}] and one NAME = "..." a line'),
        key=key,
    )


def _known(where: str, given: Iterable[str], valid: Iterable[str]) -> None:
    for key in given:
        if key not in valid:
            raise DataError(
                N_('{where}: "{value}" is not known; known are {valid}'),
                where=where,
                value=key,
                valid=", ".join(sorted(valid)),
            )
