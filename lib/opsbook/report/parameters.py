"""Check what a reader sets on a report, before anything runs."""

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from math import isfinite
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.schema import Parameter, Schema

__all__ = ["resolve"]

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def resolve(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter with its value: what was given, checked, and else the default.

    Args:
        schema: What the notebook declares.
        given: Name to value; text is read as the declared type, so ``2024_01`` stays text.

    Returns:
        Name to value in declared order; only text, numbers and truth values.

    Raises:
        ParameterError: An unknown name, a value of the wrong type or out of range; the
            message lists what is valid.
    """
    known = {p.name: p for p in schema.parameters}
    for name in given:
        if name not in known:
            raise _unknown(schema, name, list(known))
    return {
        name: _value(schema.name, p, given[name]) if name in given else p.default
        for name, p in known.items()
    }


def _unknown(schema: Schema, name: str, known: list[str]) -> ParameterError:
    values = {"report": schema.name, "name": name, "valid": ", ".join(known)}
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return ParameterError(
            N_(
                '{report} has no parameter "{name}"; did you mean "{near}"? '
                "Its parameters are {valid}"
            ),
            near=near[0],
            **values,
        )
    return ParameterError(
        N_('{report} has no parameter "{name}"; its parameters are {valid}'), **values
    )


_WRONG = {
    "text": N_('{report}: {name} must be text, not "{value}"'),
    "integer": N_('{report}: {name} must be a whole number such as 12, not "{value}"'),
    "number": N_('{report}: {name} must be a number such as 1.5, not "{value}"'),
    "fraction": N_('{report}: {name} must be a fraction such as 0.15 (for 15 %), not "{value}"'),
    "boolean": N_('{report}: {name} must be true or false, not "{value}"'),
    "date": N_('{report}: {name} must be a date written YYYY-MM-DD, not "{value}"'),
}


def _value(report: str, p: Parameter, given: Any) -> Any:
    value: Any = _READERS[p.type](given) if p.type in _READERS else None
    if p.type == "choice":
        value = given if given in p.choices else None
        if value is None:
            raise ParameterError(
                N_('{report}: {name} must be one of {valid}, not "{value}"'),
                report=report,
                name=p.name,
                value=given,
                valid=" / ".join(p.choices),
            )
    if p.type == "date" and given == "" and p.default == "":
        return ""
    if value is None:
        raise ParameterError(_WRONG[p.type], report=report, name=p.name, value=given)
    low = 0 if p.type == "fraction" and p.minimum is None else p.minimum
    high = 1 if p.type == "fraction" and p.maximum is None else p.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise ParameterError(
            N_("{report}: {name} = {value} is out of range; valid is {valid}"),
            report=report,
            name=p.name,
            value=value,
            valid=p.valid(),
        )
    return value


def _integer(given: Any) -> int | None:
    if isinstance(given, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", given):
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _number(given: Any) -> float | None:
    if isinstance(given, str):
        # float() alone would take 1_000 and nan.
        return (
            float(given)
            if re.fullmatch(r"\s*[+-]?[0-9.]+(e[+-]?[0-9]+)?\s*", given)
            and (given.count(".") <= 1 and given.strip(" +-") != ".")
            else None
        )
    if isinstance(given, (int, float)) and not isinstance(given, bool) and isfinite(given):
        return given
    return None


def _boolean(given: Any) -> bool | None:
    word = str(given).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _date(given: Any) -> str | None:
    text = given.isoformat() if isinstance(given, date) else given
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


_READERS = {
    "text": lambda given: given if isinstance(given, str) else None,
    "integer": _integer,
    "number": _number,
    "fraction": _number,
    "boolean": _boolean,
    "date": _date,
}
