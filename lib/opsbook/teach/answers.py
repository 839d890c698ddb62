"""Reading what a trainee wrote: figures as people and tools write them, days, names, tables."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
_UNITS = {"": 1.0, "%": 0.01, "万": 1e4, "亿": 1e8, "k": 1e3, "m": 1e6}


@dataclass(frozen=True)
class Read:
    """An answer that could be read.

    Args:
        value: A figure, a day, a name, or figures by name.
        per_cent: Whether a bare figure above 1 was taken for per cent.
    """

    value: Answer
    per_cent: bool = False


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
        return Read({as_name(key): _number(cell) for key, cell in value.items()})
    number = _number(value)
    written = isinstance(value, str) and "%" in unicodedata.normalize("NFKC", value)
    # A share is never above 1, so a larger bare figure can only be per cent; growth and
    # returns can be, and are taken as they stand.
    if exercise.kind == "share" and not written and 1 < number <= 100:
        return Read(number / 100, per_cent=True)
    if exercise.kind not in ("share", "fraction") and written:
        raise _unreadable(value)
    return Read(number)


def _number(value: Any) -> float:
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).replace("−", "-").strip()
        found = _FIGURE.fullmatch(text)
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


def same(right: Answer, given: Answer, allowed: Tolerance) -> bool:
    """Whether two answers are the same, within what rounding explains."""
    if isinstance(right, Mapping):
        if not isinstance(given, Mapping):
            return False
        named = {as_name(key): float(value) for key, value in right.items()}
        return named.keys() == given.keys() and all(
            allowed.holds(value, given[key]) for key, value in named.items()
        )
    if isinstance(right, str):
        return as_name(right) == given
    if isinstance(right, date) or isinstance(given, date | str | Mapping):
        return right == given
    return allowed.holds(float(right), float(given))
