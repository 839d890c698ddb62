"""Read text as people and programs write it: amounts, dates, yes and no, in SQL.

In two steps, so that each engine gets expressions of bounded size: ``normal`` brings a text
into one canonical form, ``typed`` casts what has that form and leaves the rest empty. No
cast can fail, on any engine, because only texts of a castable form reach it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
from ibis import Value

__all__ = ["NOTHING_WORDS", "Reading", "date_pattern", "instant", "normal", "tidy", "typed"]

NOTHING_WORDS = ("NULL", "null", r"\N", "#N/A", "NaN", "nan")
"""What programs write for nothing. ``None`` and ``NA`` are left alone: they can be names."""
# DuckDB makes a join of each IN list over an expression: patterns are ten times as fast.
_NOTHING = f"^({'|'.join(NOTHING_WORDS)})?$".replace("\\", r"\\")
_NO_NUMBER = r"^(--?|N/A|n/a|NA|None|none)$"

_DAY = (
    r"([12]\d{3}-(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])"
    r"|[12]\d{3}-(0[469]|11)-(0[1-9]|[12]\d|30)"
    r"|[12]\d{3}-02-(0[1-9]|1\d|2[0-8])"
    r"|([12]\d(0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29)"
)
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_PLAIN = f"^{_DAY}([ T]{_CLOCK})?$"
_OFFSET = r"(Z|[+-](0\d|1[0-4]):?[0-5]\d)"
_ZONED = f"^{_DAY}[ T]{_CLOCK}{_OFFSET}$"
_EPOCH = r"^1\d{9}(\d{3})?$"
"""Seconds or milliseconds since 1970, 2001 to 2033."""
_DECIMAL = r"^[+-]?((\d{1,30}|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$"
_WHOLE = r"^[+-]?\d{1,18}$"
_SIGNS = "[\\s\u00a0\u202f¥￥$€£元]|CNY|RMB|USD|EUR|GBP|HKD"
"""Signs around an amount; the two escapes are no-break spaces."""

_NUMBERS = ("number", "money", "fraction", "integer")
_YES = r"^([Tt](rue|RUE)?|1(\.0)?|[Yy](es|ES)?|是)$"
_NO = r"^([Ff](alse|ALSE)?|0(\.0)?|[Nn][Oo]?|否)$"


@dataclass(frozen=True)
class Reading:
    """How one table's texts are written, as far as ``shop.toml`` says.

    Args:
        date_format: ``strptime`` format of its dates, where they are not year first.
        decimal: Decimal mark, ``.`` or ``,``.
        words: Choice column to the shop's own words and what each means.
    """

    date_format: str = ""
    decimal: str = "."
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def tidy(text: Value) -> Value:
    """Text without blanks around it; null where a program wrote that there is nothing."""
    bare = text.strip()
    cleaned = ibis.ifelse(bare.re_search(_NOTHING), ibis.null("string"), bare)
    # Nearly every text is tidy as it stands. Seeing that takes a look at two of its signs,
    # a third of what trimming and comparing costs.
    begins, ends = text.ascii_str(), text.right(1).ascii_str()
    as_it_is = ibis.and_(begins > 32, ends > 32, *(text != word for word in NOTHING_WORDS))
    return ibis.ifelse(as_it_is, text, cleaned)


def normal(text: Value, kind: str, how: Reading) -> Value:
    """A tidy text in the canonical form of its kind, as far as it can be understood."""
    if kind in _NUMBERS:
        if how.decimal == ",":
            return _number(text, kind, ",")
        ready = _WHOLE if kind == "integer" else _DECIMAL
        return ibis.ifelse(text.re_search(ready), text, _number(text, kind, "."))
    if kind == "boolean":
        return ibis.cases(
            (text.re_search(_YES), "true"), (text.re_search(_NO), "false"), else_=text
        )
    if kind in ("timestamp", "date"):
        return ibis.ifelse(text.re_search(_PLAIN), text, _moment(text, how.date_format))
    return text


def typed(canonical: Value, kind: str) -> Value:
    """The canonical text cast; null where it does not have the form of its kind."""
    nothing = ibis.null("string")
    if kind == "integer":
        return ibis.ifelse(canonical.re_search(_WHOLE), canonical, nothing).cast("int64")
    if kind in _NUMBERS:
        fit = ibis.ifelse(canonical.re_search(_DECIMAL), canonical, nothing)
        return fit.replace(",", "").cast("float64")
    if kind == "boolean":
        return ibis.cases(
            (canonical == "true", True), (canonical == "false", False), else_=ibis.null("boolean")
        )
    if kind == "date":
        fit = canonical.re_search(_PLAIN) | canonical.re_search(_ZONED)
        return ibis.ifelse(fit, canonical.left(10), nothing).cast("date")
    if kind == "timestamp":
        return _timestamp(canonical)
    return canonical


def instant(canonical: Value) -> Value:
    """Whether a canonical timestamp says itself which moment it means: offset or epoch."""
    return canonical.re_search(_ZONED) | canonical.re_search(_EPOCH)


def _number(text: Value, kind: str, decimal: str) -> Value:
    bare = text.re_replace(_SIGNS, "").replace("−", "-").replace("，", ",")
    if decimal == ",":
        # 1.234,50 and 1'234,50 become 1,234.50.
        bare = bare.replace("'", ".").replace(".", ";").replace(",", ".").replace(";", ",")
    # (1,234.50) and 1,234.50- are how accountants write a negative amount.
    digits = (
        bare.re_replace(_NO_NUMBER, "")
        .nullif("")
        .re_replace(r"^\((.*)\)$", r"-\1")
        .re_replace(r"^([\d.,]+)-$", r"-\1")
    )
    if kind == "integer":
        # 12.0 and 1,200 are whole numbers; 12.5 is not one.
        whole = digits.re_replace(r"\.0*$", "")
        return ibis.ifelse(whole.re_search(_DECIMAL), whole.replace(",", ""), whole)
    return digits if kind == "money" else digits.re_replace("%$", "e-2")


def _moment(text: Value, date_format: str) -> Value:
    """Date or time as ``YYYY-MM-DD HH:MM:SS`` with an offset, if any, right behind it."""
    value = text
    if date_format:
        pattern, iso = date_pattern(date_format)
        value = value.re_replace(pattern, iso)
    value = (
        value.re_replace(r"^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$", r"\1-\2-\3 \4:\5:\6")
        .re_replace(r"^(\d{4})(\d\d)(\d\d)([ T].*)?$", r"\1-\2-\3\4")
        .re_replace(r"^(\d{4})[-/.年] ?(\d{1,2})[-/.月] ?(\d{1,2})[日T]? *", r"\1-\2-\3 ")
        .re_replace(r"[时点分]", ":")
        .re_replace(r":?秒|:$", "")
        .re_replace(r"(\.\d{6})\d+", r"\1")
        .re_replace(r" ?(UTC|GMT|z)$", "Z")
        .re_replace(r"(:\d\d(\.\d+)?) ?([+-]\d\d)$", r"\1\3:00")
        .re_replace(r" ([+-])", r"\1")
        .strip()
    )
    # Put a zero before each part, take it away again where there were two digits.
    for mark in ("-", ":", " "):
        value = value.replace(mark, f"{mark}0")
    return value.re_replace(r"([-: ])0(\d\d)", r"\1\2")


def _timestamp(canonical: Value) -> Value:
    nothing = ibis.null("string")
    zoned = canonical.re_search(_ZONED)
    plain = ibis.cases(
        (canonical.re_search(_PLAIN), canonical),
        (zoned, canonical.re_replace(f"{_OFFSET}$", "")),
        else_=nothing,
    ).cast("timestamp")
    numeric = zoned & ~canonical.endswith("Z")
    offset = ibis.ifelse(numeric, canonical.re_extract(r"[+-]\d\d:?\d\d$", 0), nothing)
    size = offset.substr(1, 2).cast("int64") * 3600 + offset.right(2).cast("int64") * 60
    ahead = ibis.ifelse(offset.startswith("-"), -size, size).fill_null(0)
    epoch = ibis.ifelse(canonical.re_search(_EPOCH), canonical.left(10), nothing).cast("int64")
    since = ibis.timestamp("1970-01-01 00:00:00") + epoch.as_interval("s")
    return ibis.coalesce(plain - ahead.as_interval("s"), since)


_PARTS = {
    "Y": r"(\d{4})",
    "y": r"(\d\d)",
    "m": r"(\d{1,2})",
    "d": r"(\d{1,2})",
    "H": r"(\d{1,2})",
    "M": r"(\d\d)",
    "S": r"(\d\d)",
}


def date_pattern(date_format: str) -> tuple[str, str]:
    r"""A ``strptime`` format as a regular expression and the replacement that makes it ISO.

    Args:
        date_format: Made of ``%Y`` or ``%y``, ``%m``, ``%d`` and, for times, ``%H %M %S``.

    Raises:
        ValueError: It holds another directive, or year, month or day is not there once.

    Example:
        >>> date_pattern("%d/%m/%y")
        ('^(\\d{1,2})/(\\d{1,2})/(\\d\\d)', '20\\3-\\2-\\1')
    """
    pattern = ""
    place: dict[str, int] = {}
    for literal, part in re.findall(r"([^%]+)|%(.)", date_format):
        if literal:
            pattern += re.escape(literal).replace(r"\ ", " ").replace(r"\-", "-")
        elif part in _PARTS and part not in place:
            place[part] = len(place) + 1
            pattern += _PARTS[part]
        else:
            raise ValueError(date_format)
    if ("Y" in place) == ("y" in place) or not {"m", "d"} <= place.keys():
        raise ValueError(date_format)
    year = rf"\{place['Y']}" if "Y" in place else rf"20\{place['y']}"
    iso = rf"{year}-\{place['m']}-\{place['d']}"
    clock = [rf"\{place[p]}" for p in "HMS" if p in place]
    return f"^{pattern}", iso + (" " + ":".join(clock) if clock else "")
