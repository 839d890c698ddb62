"""Reading what a trainee wrote: figures as people and tools write them, days, names, tables."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.teach.exercise import Answer, Exercise, Tolerance

__all__ = ["Read", "as_name", "plain_value", "read_answer", "same"]

_CURRENCY = r"(?:(?-i:[A-Z]{3})|[¥$€£])?"
_FIGURE = re.compile(
    rf"{_CURRENCY}\s*(?P<sign>[+-]?)\s*(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d*)?|\d+\.?\d*|\.\d+)"
    rf"(?P<exp>e[+-]?\d+)?\s*(?P<unit>[%万亿km])?\s*(?:{_CURRENCY}|元|天|days?|点|points?)",
    re.IGNORECASE,
)
_COMMA = re.compile(r"(?<![\d.,])(0,\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\d.,])")
"""A comma that can only be a decimal one: 3,2 and 0,188; but 1,234 is a thousand."""
_UNITS = {"": 1.0, "%": 0.01, "万": 1e4, "亿": 1e8, "k": 1e3, "m": 1e6}


@dataclass(frozen=True)
class Read:
    """An answer that could be read.

    Args:
        value: A figure, a day, a name, or figures by name.
        per_cent: Whether a bare figure above 1 was taken for per cent.
        digits: Size of the last digit written, in the unit of the value; by name for a table.
        as_read: The figure where it was read in another way than written; else empty.
    """

    value: Answer
    per_cent: bool = False
    digits: Mapping[str, float] = field(default_factory=dict)
    as_read: str = ""


def as_name(text: object) -> str:
    """A name as it is compared: full width, capitals and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


def plain_value(answer: Any) -> Any:
    """What a tool returned, as Python has it: one cell of a frame, a NumPy or Ibis figure."""
    if hasattr(answer, "execute"):
        answer = answer.execute()
    if hasattr(answer, "to_pandas"):
        answer = answer.to_pandas()
    if hasattr(answer, "columns") and hasattr(answer, "iloc"):
        if answer.shape == (1, 1):
            answer = answer.iloc[0, 0]
        elif answer.shape[1] == 2:
            answer = dict(zip(answer.iloc[:, 0].tolist(), answer.iloc[:, 1].tolist(), strict=True))
        elif answer.shape[1] == 1:
            answer = answer.iloc[:, 0]
    if hasattr(answer, "to_dict") and hasattr(answer, "index"):
        answer = answer.iloc[0] if len(answer) == 1 else answer.to_dict()
    if hasattr(answer, "item") and getattr(answer, "size", 1) == 1:
        answer = answer.item()
    if isinstance(answer, list | tuple) and len(answer) == 1:
        answer = answer[0]
    return answer


def read_answer(exercise: Exercise, answer: Any) -> Read:
    """An answer in the form the exercise asks for.

    Raises:
        ParameterError: It cannot be read as that.
    """
    value = plain_value(answer)
    if exercise.kind == "date":
        return Read(_day(value))
    if exercise.kind == "name":
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _unreadable(value)
        return Read(as_name(value))
    if exercise.kind in ("table", "plan"):
        if not isinstance(value, Mapping) or not value:
            raise _unreadable(value)
        cells = {as_name(key): cell for key, cell in value.items()}
        read = {key: _number(cell) for key, cell in cells.items()}
        return Read(read, digits={key: _last_digit(cell) for key, cell in cells.items()})
    ratio = exercise.kind in ("number", "share", "fraction") and isinstance(value, str)
    sides = unicodedata.normalize("NFKC", value).split(":") if ratio else []
    if len(sides) == 2:
        over = _number(sides[1])
        if not over:
            raise _unreadable(value)
        quotient = _number(sides[0]) / over
        digit = _last_digit(sides[0]) / abs(over)
        return Read(quotient, digits={"": digit}, as_read=f"{quotient:.6g}")
    number, digit = _number(value), _last_digit(value)
    written = isinstance(value, str) and "%" in unicodedata.normalize("NFKC", value)
    # A share is never above 1, so a larger bare figure can only be per cent; growth and
    # returns can be, and are taken as they stand.
    if exercise.kind == "share" and not written and 1 < number <= 100:
        return Read(number / 100, per_cent=True, digits={"": digit / 100})
    if exercise.kind not in ("share", "fraction") and written:
        raise _unreadable(value)
    pointed = _plain(value) if isinstance(value, str) else ""
    other = isinstance(value, str) and pointed != _plain(value, comma=True)
    return Read(number, digits={"": digit}, as_read=pointed if other else "")


def _plain(text: str, *, comma: bool = False) -> str:
    """A figure's text with half width signs, and a point for a decimal comma."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    return plain if comma else _COMMA.sub(lambda found: found[0].replace(",", "."), plain)


def _last_digit(value: Any) -> float:
    """Size of the last digit written; zeros at the end of a whole number may be rounded ones."""
    unit = 1.0
    if isinstance(value, str):
        found = _FIGURE.fullmatch(_plain(value))
        if found is None:
            return 0.0
        unit = _UNITS[(found["unit"] or "").lower()]
        text = found["number"].replace(",", "") + (found["exp"] or "")
        written = Decimal(text)
    else:
        written = Decimal(repr(float(value)))
    if written == written.to_integral_value():
        written = written.normalize()
    exponent = written.as_tuple().exponent
    return unit * 10.0**exponent if isinstance(exponent, int) else 0.0


def _number(value: Any) -> float:
    if isinstance(value, str):
        found = _FIGURE.fullmatch(_plain(value))
        if found is None:
            raise _unreadable(value)
        size = float(found["number"].replace(",", "") + (found["exp"] or ""))
        unit = _UNITS[(found["unit"] or "").lower()]
        return (-size if found["sign"] == "-" else size) * unit
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        raise _unreadable(value) from None
    if not isfinite(number):
        raise _unreadable(value)
    return number


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            raise _unreadable(value) from None
    raise _unreadable(value)


def _unreadable(value: Any) -> ParameterError:
    text = str(value)
    return ParameterError(
        N_('"{value}" cannot be read as an answer.'),
        value=text if len(text) <= 60 else text[:59] + "…",
    )


def same(
    right: Answer, given: Answer, allowed: Tolerance, digits: Mapping[str, float] | None = None
) -> bool:
    """Whether two answers are the same, within what rounding explains.

    Args:
        right: The answer sought.
        given: The answer given.
        allowed: Furthest off, whatever was written.
        digits: Size of the last digit written, by name of a row (a single figure has an empty
            one): then no more than rounding to that digit explains is let pass.
    """
    digits = digits or {}
    if isinstance(right, Mapping):
        if not isinstance(given, Mapping):
            return False
        named = {as_name(key): float(value) for key, value in right.items()}
        return named.keys() == given.keys() and all(
            _narrowed(allowed, value, digits.get(key)).holds(value, given[key])
            for key, value in named.items()
        )
    if isinstance(right, str):
        return as_name(right) == given
    if isinstance(right, date) or isinstance(given, date | str | Mapping):
        return right == given
    return _narrowed(allowed, float(right), digits.get("")).holds(float(right), float(given))


def _narrowed(allowed: Tolerance, right: float, digit: float | None) -> Tolerance:
    """What rounding to the last digit written explains, and never more than is allowed.

    Whoever writes 0.1884 is held to four digits, so that a neighbour's 0.1881 is not right. A
    tenth of what is allowed always passes, and a whole number may be rounded up.
    """
    if digit is None:
        return allowed
    most = allowed.around(right)
    least = max(most / 10, min(allowed.relative * abs(right), allowed.absolute))
    rounding = digit * (1.0 if digit == 1 else 0.6)
    return Tolerance(0.0, min(most, max(least, rounding)))
