"""Read what a notebook declares, from the file beside it; write its parameters cell.

``notebooks/NAME.toml`` stands beside ``notebooks/NAME.ipynb``::

    name = "market_analysis"
    title = "Market analysis"
    title_zh = "市场分析"
    minutes = 25
    reader = "category manager"
    reader_zh = "品类经理"

    [needs]                                  # tables and columns, for `opsbook check`
    orders = ["order_id", "order_ts"]

    [[parameters]]
    name = "weeks"
    type = "integer"                         # text integer number fraction boolean date choice
    default = 12
    minimum = 4
    maximum = 52
    unit = "weeks"
    unit_zh = "周"
    meaning = "length of the period reported on"
    meaning_zh = "报告期的长度"

``source`` and ``lang`` belong to every notebook and need not be declared.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_, speaking
from opsbook.report.parameters import resolve
from opsbook.report.schema import STANDARD, TYPES, Parameter, Schema

__all__ = ["parameters_cell", "read_schema"]


def read_schema(file: Path) -> Schema:
    """Read a notebook's sidecar.

    Raises:
        ParameterError: Not TOML, an unknown key, or a parameter whose default is not valid.
    """
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ParameterError(
            N_("{file} is not valid TOML: {fault}"), file=file.name, fault=str(fault)
        ) from None
    declared = raw.pop("parameters", [])
    needs = {table: tuple(columns) for table, columns in raw.pop("needs", {}).items()}
    raw.setdefault("name", file.stem)
    _only(file.name, raw, Schema)
    own = []
    for entry in declared:
        _only(f"{file.name} [[parameters]]", entry, Parameter)
        own.append(_declared(file.name, entry))
    names = {p.name for p in own}
    standard = [p for p in STANDARD if p.name not in names]
    schema = Schema(**raw, needs=needs, parameters=(*standard, *own))
    resolve(schema, schema.defaults())
    return schema


def _declared(where: str, entry: Mapping[str, Any]) -> Parameter:
    missing = [key for key in ("name", "type", "default") if key not in entry]
    if missing or entry["type"] not in TYPES or not str(entry["name"]).isidentifier():
        raise ParameterError(
            N_("{where}: a parameter needs a name, a default and a type out of {types}"),
            where=where,
            types=", ".join(TYPES),
        )
    plain: dict[str, Any] = {
        key: value.isoformat() if isinstance(value, date) else value for key, value in entry.items()
    }
    plain["choices"] = tuple(plain.get("choices", ()))
    return Parameter(**plain)


def _only(where: str, given: Mapping[str, Any], shape: type) -> None:
    known = [f.name for f in fields(shape)]
    for key in given:
        if key not in known:
            raise ParameterError(
                N_('{where}: "{value}" is not known; known are {valid}'),
                where=where,
                value=key,
                valid=", ".join(known),
            )


def parameters_cell(schema: Schema) -> str:
    """Source of the notebook's ``parameters`` cell: literals, each with its meaning.

    Example:
        >>> weeks = Parameter("weeks", "integer", 12, 4, 52, unit="weeks", meaning="period")
        >>> print(parameters_cell(Schema("sales", parameters=(weeks,))))
        weeks = 12  # period; 4 – 52 weeks
    """
    lines = []
    for p in schema.parameters:
        literal = (
            json.dumps(p.default, ensure_ascii=False)
            if isinstance(p.default, str)
            else repr(p.default)
        )
        words = "; ".join(part for part in (p.meaning, _in_english(p)) if part)
        lines.append(f"{p.name} = {literal}" + (f"  # {words}" if words else ""))
    return "\n".join(lines)


def _in_english(p: Parameter) -> str:
    with speaking("en"):
        return p.valid()
