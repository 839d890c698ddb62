"""The words of the trade in both languages, with what this book means by them."""

import csv
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from opsbook.book.web import Web
from opsbook.errors import DataError
from opsbook.language import N_, t

__all__ = ["Term", "glossary", "glossary_page", "terms_of"]

_FILE = Path(__file__).resolve().parents[3] / "data" / "reference" / "glossary.csv"


@dataclass(frozen=True)
class Term:
    """A word of the glossary.

    Args:
        id: Its anchor on the page.
        term_en: The word in English.
        term_zh: The word in Chinese.
        meaning_en: What it means here.
        meaning_zh: The same in Chinese.
        entries: Ids of the catalogue in which it plays a part.
    """

    id: str
    term_en: str
    term_zh: str
    meaning_en: str
    meaning_zh: str
    entries: tuple[str, ...]

    def term(self, lang: str) -> str:
        """The word in a language."""
        return self.term_zh if lang == "zh" else self.term_en

    def meaning(self, lang: str) -> str:
        """Its meaning in a language."""
        return self.meaning_zh if lang == "zh" else self.meaning_en


@cache
def glossary() -> tuple[Term, ...]:
    """All words, in the order of the file.

    Raises:
        DataError: The file is missing, or a row of it lacks a cell.
    """
    if not _FILE.is_file():
        raise DataError(
            N_("{file} is missing; it comes with the project, fetch it again"), file=_FILE.name
        )
    found = []
    with _FILE.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            entries = tuple((row.pop("entries", None) or "").split())
            if None in row or not all(row.values()):
                raise DataError(
                    N_("{file} row {row}: every column but entries needs a text"),
                    file=_FILE.name,
                    row=number,
                )
            found.append(Term(**row, entries=entries))
    return tuple(found)


def terms_of(entries: tuple[str, ...]) -> list[Term]:
    """Words that belong to any of these entries of the catalogue."""
    return [term for term in glossary() if set(term.entries) & set(entries)]


def glossary_page(web: Web, lang: str) -> str:
    """The page: every word with its other name, its meaning and the chapters that use it."""
    other, code = ("en", "en") if lang == "zh" else ("zh", "zh-CN")
    terms = (
        sorted(glossary(), key=lambda term: term.term(lang).lower()) if lang == "en" else glossary()
    )
    rows = []
    for term in terms:
        links = [
            f'<a href="{chapter.path}.html">{escape(chapter.title(lang))}</a>'
            for entry in term.entries
            for chapter in web.entries.get(entry, [])
        ]
        places = {entry: web.places.get(entry, f"entries.html#{entry}") for entry in term.entries}
        ids = [f'<a href="{place}">{entry}</a>' for entry, place in places.items()]
        more = " · ".join(dict.fromkeys(links + ids))
        rows.append(
            f'<dt id="{escape(term.id)}">{escape(term.term(lang))} '
            f'<span lang="{code}">{escape(term.term(other))}</span></dt>'
            f"<dd>{escape(term.meaning(lang))} <small>{more}</small></dd>"
        )
    body = "\n".join(rows)
    title = t("Glossary")
    return f'# {title}\n\n```{{raw}} html\n<dl class="glossary">\n{body}\n</dl>\n```\n'
