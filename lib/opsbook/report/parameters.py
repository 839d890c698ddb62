"""Check what a reader sets on a report, before anything runs."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import partial
from math import isfinite
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.dates import EXAMPLES, day_of
from opsbook.report.schema import Parameter, Schema

__all__ = ["resolve"]

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

_Day = Callable[[str], date | None]


def resolve(
    schema: Schema,
    given: Mapping[str, Any],
    *,
    today: date | None = None,
    week_start: str = "monday",
) -> dict[str, Any]:
    """Every parameter with its value: what was given, checked, and else the default.

    Args:
        schema: What the notebook declares.
        given: Name to value; text is read as the declared type, so ``2024_01`` stays text,
            ``-1month_end`` becomes a date, and ``East,West`` two values of a list.
        today: The day that relative dates count from; the machine's unless given.
        week_start: ``monday`` or ``sunday``, for dates such as ``-1week_start``.

    Returns:
        Name to value in declared order; only text, numbers, truth values and lists of
        these. Dates are ISO text.

    Raises:
        ParameterError: An unknown name, a value of the wrong type or out of range; the
            message lists what is valid.
    """
    known = {p.name: p for p in schema.parameters}
    for name in given:
        if name not in known:
            raise _unknown(schema, name, list(known))
    day = partial(day_of, today=today or date.today(), week_start=week_start)
    return {
        name: _any(schema.name, p, given.get(name, p.default), day) for name, p in known.items()
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
    "date": N_('{report}: {name} must be a date ({written}), not "{value}"'),
    "choice": N_('{report}: {name} must be one of {valid}, not "{value}"'),
}


def _any(report: str, p: Parameter, given: Any, day: _Day) -> Any:
    if not p.many:
        return _value(report, p, given, day)
    values = [_value(report, p, item, day) for item in _items(given)]
    if not values and p.default:
        raise ParameterError(
            N_("{report}: {name} needs at least one value, such as {example}"),
            report=report,
            name=p.name,
            example=",".join(map(str, p.default)),
        )
    return values


def _items(given: Any) -> list[Any]:
    """The values of a list; as text ``a,b``, or ``["a, b", "c"]`` where commas belong to it."""
    if isinstance(given, (list, tuple)):
        return list(given)
    if not isinstance(given, str):
        return [given]
    if given.strip().startswith("["):
        try:
            return list(json.loads(given))
        except ValueError:
            return [given]
    return [item.strip() for item in given.split(",") if item.strip()]


def _value(report: str, p: Parameter, given: Any, day: _Day) -> Any:
    if p.type == "date" and given == "" and p.default == "":
        return ""
    value = _read(p, given, day)
    if value is None:
        raise ParameterError(
            _WRONG[p.type],
            report=report,
            name=p.name,
            value=given,
            valid=" / ".join(p.choices),
            written=EXAMPLES,
        )
    low, high = (_bound(p, bound, day) for bound in p.span)
    if (low is not None and value < low) or (high is not None and value > high):
        raise ParameterError(
            N_("{report}: {name} = {value} is out of range; valid is {valid}"),
            report=report,
            name=p.name,
            value=value,
            valid=p.valid(),
        )
    return value


def _bound(p: Parameter, bound: Any, day: _Day) -> Any:
    """A bound to compare with: a date's may be relative too, such as ``today``."""
    return _date(bound, day) if p.type == "date" and bound is not None else bound


def _read(p: Parameter, given: Any, day: _Day) -> Any:
    """The value as the declared type; None where it is not of that type."""
    if p.type == "choice":
        return given if given in p.choices else None
    return _date(given, day) if p.type == "date" else _READERS[p.type](given)


def _integer(given: Any) -> int | None:
    if isinstance(given, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", given):
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _number(given: Any) -> float | None:
    if isinstance(given, str):
        # float() alone would take 1_000 and nan.
        if not re.fullmatch(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*", given, re.I):
            return None
        given = float(given)
    if isinstance(given, (int, float)) and not isinstance(given, bool) and isfinite(given):
        return given
    return None


def _boolean(given: Any) -> bool | None:
    word = str(given).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _date(given: Any, day: _Day) -> str | None:
    # A datetime is a date to Python, but its hour would be lost without a word.
    if type(given) is date:
        return given.isoformat()
    found = day(given) if isinstance(given, str) else None
    return found.isoformat() if found else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": lambda given: given if isinstance(given, str) else None,
    "integer": _integer,
    "number": _number,
    "fraction": _number,
    "boolean": _boolean,
}
