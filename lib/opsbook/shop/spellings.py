"""One thing written in several ways: "Home", "HOME" and "Ｈｏｍｅ " are one category."""

from collections import defaultdict
from unicodedata import normalize

from opsbook.language import N_
from opsbook.shop.contract import Column, Table
from opsbook.shop.counting import SHOWN, fetch
from opsbook.shop.door import Entry
from opsbook.shop.issues import Example, Issue

__all__ = ["ARROW", "sorting_columns", "spelling_issues"]

ARROW = " → "
"""Between a spelling and the one that is meant, in an example."""
_MANY = 2000
"""More different words than anybody sorts by: the column is free text."""
_FREE = (
    *("title", "review_text", "name", "term", "keyword", "claim", "cause", "metric", "page"),
    *("element", "landing_page", "key_value", "factors", "discount_rule", "section", "person"),
)
"""Columns in which a person's or page's own wording stands."""


def sorting_columns(table: Table) -> tuple[Column, ...]:
    """Columns whose words sort rows: categories, regions, channels; no ids and no free text."""
    return tuple(
        c
        for c in table.columns
        if c.kind == "text"
        and c.link is None
        and not c.name.endswith("_id")
        and c.name not in ("sku", *_FREE)
    )


def spelling_issues(entry: Entry, shown: int = SHOWN) -> list[Issue]:
    """Words that differ from a more frequent one in case, width or blanks only.

    Args:
        entry: The table.
        shown: Examples per fault.
    """
    found = []
    for column in sorting_columns(entry.table):
        if column.name in entry.columns:
            found.extend(_variants(entry, column.name, shown))
    return found


def _variants(entry: Entry, column: str, shown: int) -> list[Issue]:
    used = entry.used
    words = used.group_by(word=used[column]).agg(n=used.count())
    counted = [row for row in fetch(words.limit(_MANY + 1)) if row["word"] is not None]
    if len(counted) > _MANY:
        return []
    families = defaultdict(list)
    for row in counted:
        families[_plain(row["word"])].append((-int(row["n"]), row["word"]))
    odd = []
    for family in families.values():
        (_, meant), *others = sorted(family)
        odd += [(n, word, meant) for n, word in others]
    if not odd:
        return []
    odd.sort()
    rows = -sum(n for n, _, _ in odd)
    total = sum(int(row["n"]) for row in counted)
    examples = tuple(Example(value=f"{word}{ARROW}{meant}") for _, word, meant in odd[:shown])
    text = N_(
        "{label}: {column} has {words} words that differ from another in case, width or blanks "
        "only, in {rows} of {total} rows; write each one way, or every figure by {column} splits"
    )
    values = {"label": entry.label, "words": len(odd), "total": total}
    name = entry.table.name
    return [Issue(name, column, "spelling", "doubtful", rows, text, values, examples)]


def _plain(word: str) -> str:
    """The word without what people do not mean: case, width, blanks."""
    return "".join(normalize("NFKC", word).casefold().split())
