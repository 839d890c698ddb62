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

    [[parameters]]
    name = "regions"
    type = "text"
    many = true                              # a list
    default = []
    meaning = "regions to show; all of them unless given"
    meaning_zh = "要显示的地区；不填则为全部"

A date may be relative to the day of the run, as a default or a bound too: ``-1month_end``.
``source`` and ``lang`` belong to every notebook and need not be declared.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from keyword import iskeyword
from pathlib import Path
from typing import Any, get_type_hints

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
    needs = raw.pop("needs", {})
    raw.setdefault("name", file.stem)
    _only(file.name, raw, Schema)
    if not isinstance(declared, list) or not all(isinstance(entry, dict) for entry in declared):
        raise ParameterError(
            N_("{file}: write each parameter under a line [[parameters]]"), file=file.name
        )
    own: dict[str, Parameter] = {}
    for entry in declared:
        parameter = _declared(file.name, entry)
        if parameter.name in own:
            raise ParameterError(
                N_('{file}: the parameter "{name}" is declared twice'),
                file=file.name,
                name=parameter.name,
            )
        own[parameter.name] = parameter
    standard = [p for p in STANDARD if p.name not in own]
    schema = Schema(**raw, needs=_needs(file.name, needs), parameters=(*standard, *own.values()))
    resolve(schema, schema.defaults())
    return schema


def _needs(where: str, given: Any) -> dict[str, tuple[str, ...]]:
    tables: dict[str, Any] = given if isinstance(given, dict) else {"": None}
    for columns in tables.values():
        if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
            raise ParameterError(
                N_('{where}: write tables and columns under [needs] as orders = ["order_id"]'),
                where=where,
            )
    return {table: tuple(columns) for table, columns in tables.items()}


def _declared(file: str, entry: Mapping[str, Any]) -> Parameter:
    where = f"{file} [[parameters]]"
    plain = {key: _plain(value) for key, value in entry.items()}
    name, kind = str(plain.get("name", "")), plain.get("type")
    missing = [key for key in ("name", "type", "default") if key not in plain]
    if missing or kind not in TYPES or not name.isidentifier() or iskeyword(name):
        raise ParameterError(
            N_("{where}: a parameter needs a name, a default and a type out of {types}"),
            where=where,
            types=", ".join(TYPES),
        )
    choices = plain.pop("choices", [])
    _only(f"{where} {name}", plain, Parameter)
    if not isinstance(choices, list) or bool(choices) != (kind == "choice"):
        raise ParameterError(
            N_('{where} {name}: a choice, and nothing else, lists choices = ["a", "b"]'),
            where=where,
            name=name,
        )
    if plain.get("many") and not isinstance(plain["default"], list):
        raise ParameterError(
            N_("{where} {name}: the default of a list is a list, such as []"),
            where=where,
            name=name,
        )
    parameter = Parameter(**plain, choices=tuple(map(str, choices)))
    _check_bounds(where, parameter)
    return parameter


def _plain(value: Any) -> Any:
    """A date as text, so that the parameters cell can hold it."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if type(value) is date else value


def _check_bounds(where: str, p: Parameter) -> None:
    """A bound is a value of the parameter's own type, and only what has an order has bounds."""
    given = {k: v for k, v in (("minimum", p.minimum), ("maximum", p.maximum)) if v is not None}
    if given and p.type not in ("integer", "number", "fraction", "date"):
        raise ParameterError(
            N_("{where} {name}: a {type} has neither minimum nor maximum"),
            where=where,
            name=p.name,
            type=p.type,
        )
    for key, bound in given.items():
        free = replace(p, minimum=None, maximum=None, many=False, default=bound)
        resolve(Schema(f"{where} {p.name}", parameters=(replace(free, name=key),)), {})


_WRONG = {
    str: N_('{where}: {key} must be text in quotes, not "{value}"'),
    int: N_('{where}: {key} must be a whole number, not "{value}"'),
    bool: N_('{where}: {key} must be true or false, not "{value}"'),
}


def _only(where: str, given: Mapping[str, Any], shape: type) -> None:
    known = [f.name for f in fields(shape)]
    kinds = get_type_hints(shape)
    for key, value in given.items():
        if key not in known:
            raise ParameterError(
                N_('{where}: "{value}" is not known; known are {valid}'),
                where=where,
                value=key,
                valid=", ".join(known),
            )
        wrong = _WRONG.get(kinds[key])
        if wrong and type(value) is not kinds[key]:
            raise ParameterError(wrong, where=where, key=key, value=value)


def parameters_cell(schema: Schema) -> str:
    """Source of the notebook's ``parameters`` cell: literals, each with its meaning.

    Example:
        >>> weeks = Parameter("weeks", "integer", 12, 4, 52, unit="weeks", meaning="period")
        >>> print(parameters_cell(Schema("sales", parameters=(weeks,))))
        weeks = 12  # period; 4 – 52 weeks
    """
    lines = []
    for p in schema.parameters:
        words = "; ".join(part for part in (p.meaning, _in_english(p)) if part)
        lines.append(f"{p.name} = {_literal(p.default)}" + (f"  # {words}" if words else ""))
    return "\n".join(lines)


def _literal(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _in_english(p: Parameter) -> str:
    with speaking("en"):
        return p.valid()
