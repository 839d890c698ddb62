"""The words a user reads: one message catalogue, English and Simplified Chinese.

English text is the key (gettext's convention). Each room keeps its Chinese in
``locale/zh/ROOM.po``; ``python -m opsbook.language`` brings those files up to date
with the source, and a test fails while a message has no translation.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "LANGUAGES",
    "N_",
    "change",
    "count",
    "day",
    "language",
    "money",
    "per_cent",
    "period",
    "points",
    "set_language",
    "speaking",
    "t",
]

LANGUAGES = ("en", "zh")
_LOCALE = Path(__file__).parent / "locale"
_current: ContextVar[str | None] = ContextVar("language", default=None)
_MINUS = "−"


def language() -> str:
    """The language in force: set in this process, else ``OPSBOOK_LANG``, else the locale's."""
    chosen = _current.get()
    if chosen:
        return chosen
    asked = os.environ.get("OPSBOOK_LANG", "")
    if asked in LANGUAGES:
        return asked
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if system.startswith("zh") else "en"


def set_language(code: str) -> None:
    """Speak ``en`` or ``zh`` from here on.

    Raises:
        ParameterError: The code is neither.
    """
    if code not in LANGUAGES:
        from opsbook.errors import ParameterError

        raise ParameterError(N_('lang "{value}" is not known; use en or zh'), value=code)
    _current.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language inside a ``with`` block only."""
    before = _current.get()
    set_language(code)
    try:
        yield
    finally:
        _current.set(before)


def N_(message: str) -> str:
    """Mark a text for the catalogue that is translated later, where it is shown."""
    return message


def t(message: str, /, **values: Any) -> str:
    """A message in the language in force, its ``{fields}`` filled with ``values``."""
    text = message if language() == "en" else _chinese().get(message, message)
    return text.format(**values) if values else text


@cache
def _chinese() -> dict[str, str]:
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for file in sorted((_LOCALE / "zh").glob("*.po")):
        with file.open("rb") as stream:
            for entry in read_po(stream, locale="zh"):
                if entry.id and entry.string and not entry.fuzzy:
                    found[str(entry.id)] = str(entry.string)
    return found


# --- figures -------------------------------------------------------------------------


def count(value: float, digits: int = 0) -> str:
    """A number with thousands separators and a true minus sign: ``12,345``."""
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", _MINUS)


def _scaled(value: float) -> tuple[float, str, int]:
    size = abs(value)
    if language() == "zh":
        if size >= 1e8:
            return value / 1e8, " 亿", 2
        if size >= 1e4:
            return value / 1e4, " 万", 1
    else:
        if size >= 1e7:
            return value / 1e6, " m", 1
        if size >= 1e4:
            return value / 1e3, " k", 1
    return value, "", 0 if size >= 1000 or value == int(value) else 2


def money(value: float, currency: str = "", *, sign: bool = False) -> str:
    """An amount short enough to read: ``1,097.8 k USD``, in Chinese ``109.8 万 USD``.

    Args:
        value: The amount, in the currency's unit.
        currency: ISO code put behind the amount; none for a bare figure.
        sign: Whether a positive amount carries a plus sign.
    """
    scaled, suffix, digits = _scaled(value)
    plus = "+" if sign and value > 0 else ""
    return f"{plus}{count(scaled, digits)}{suffix}{' ' + currency if currency else ''}"


def per_cent(share: float, digits: int = 1, *, sign: bool = False) -> str:
    """A fraction shown in per cent: ``0.059`` as ``5.9 %``."""
    plus = "+" if sign and round(share * 100, digits) > 0 else ""
    return f"{plus}{count(share * 100, digits)} %"


def change(now: float, before: float) -> str:
    """Relative change, signed: ``+5.9 %``; a dash where there is nothing to compare with."""
    return per_cent(now / before - 1, sign=True) if before else "–"


def points(difference: float) -> str:
    """Difference of two fractions in percentage points, signed: ``−0.4 pts``."""
    plus = "+" if round(difference * 100, 1) > 0 else ""
    return t("{value} pts", value=plus + count(difference * 100, 1))


def day(when: date) -> str:
    """A date as people write it: ``24 Dec 2017``, in Chinese ``2017年12月24日``."""
    if language() == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {when:%b %Y}"


def period(start: date, end: date) -> str:
    """A span of days, its end exclusive in data and inclusive in print."""
    last = end - timedelta(days=1)
    if start == last:
        return day(start)
    if language() == "zh":
        return f"{day(start)}至{day(last)}"
    first = f"{start.day} {start:%b}" if start.year == last.year else day(start)
    return f"{first} – {day(last)}"


# --- keeping the catalogue ------------------------------------------------------------


def rooms() -> dict[str, list[Path]]:
    """Catalogue files by name, with the source files whose messages each holds."""
    package = Path(__file__).parent
    found: dict[str, list[Path]] = {}
    for source in sorted(package.rglob("*.py")):
        inside = source.relative_to(package)
        found.setdefault(inside.parts[0] if len(inside.parts) > 1 else "house", []).append(source)
    return found


def messages(sources: list[Path]) -> dict[str, list[tuple[str, int]]]:
    """Every ``t(...)``, ``N_(...)`` and error text in the sources, with where it stands."""
    from babel.messages.extract import extract_python

    package = Path(__file__).parent
    keywords = dict.fromkeys(("t", "N_"))
    found: dict[str, list[tuple[str, int]]] = {}
    for source in sources:
        with source.open("rb") as stream:
            for line, _, text, _ in extract_python(stream, keywords, [], {}):
                key = text[0] if isinstance(text, tuple) else text
                if key:
                    found.setdefault(key, []).append((str(source.relative_to(package)), line))
    return found


def update() -> list[str]:
    """Write new messages into the catalogue files, drop gone ones; return what lacks Chinese."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    lacking: list[str] = []
    known = dict(_chinese())
    for room, sources in rooms().items():
        texts = messages(sources)
        file = _LOCALE / "zh" / f"{room}.po"
        if not texts:
            file.unlink(missing_ok=True)
            continue
        old = Catalog(locale="zh")
        if file.exists():
            with file.open("rb") as stream:
                old = read_po(stream, locale="zh")
        new = Catalog(locale="zh", project="opsbook", header_comment=f"# {room}")
        for text in texts:
            entry = old.get(text)
            chinese = str(entry.string) if entry and entry.string else known.get(text, "")
            new.add(text, chinese)
            if not chinese:
                lacking.append(f"{room}: {text}")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            write_po(stream, new, width=0, omit_header=True, sort_output=False)
    return lacking


if __name__ == "__main__":
    for line in update():
        print(line)
