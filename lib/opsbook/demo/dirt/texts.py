"""Dirt in names and words: ids that are lost, broken or full-width, words in several spellings."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt.stain import Also, Book, Change, Mask, Stain, Where, filled, mask_of
from opsbook.shop.contract import Column, Table

__all__ = ["stains"]

_LOSABLE = ("customers", "orders", "sessions")
"""Tables whose rows may lose their number though others name them; those are in the key too."""
_SORTS = ("category", "brand", "region", "platform", "channel")
_SPELT = (*_SORTS, "reason", "competitor")
_UNKNOWN = ("其他情况", "unknown", "test")
_FULL = str.maketrans({code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_WIDE_DIGITS = str.maketrans({str(digit): chr(0xFF10 + digit) for digit in range(10)})
_FEW = 4
"""A word has to stand so often at least that its misspelling stays the rarer one."""


def stains(table: Table, book: Book) -> Iterator[Stain]:
    """Dirt in the texts of a table."""
    partners = dict(book.linked(table))
    there = [c for c in table.columns if book.has(table.name, c.name)]
    if table.name in _LOSABLE or (len(table.key) == 1 and not any(book.children(table.name))):
        yield Stain("missing_id", table.key[0], "missing_value", _nothing, loses=True)
    for column in there:
        own = len(table.key) == 1 and column.name == table.key[0]
        if column.link and not own:
            yield from _links(column, table, book, partners)
        elif column.name in _SORTS and _always_there(column, table, book):
            yield Stain("missing_word", column.name, "few_empty", _nothing)
        if column.choices:
            yield Stain(
                "unknown_word", column.name, "unknown_word", _strange(column), by_value=True
            )
        if column.kind == "text" and column.name in _SPELT and not column.link:
            yield Stain(
                *("spelling", column.name, "spelling", _each(_respelt)),
                where=_frequent(column.name),
                by_value=True,
            )
            yield Stain("padded", column.name, "", _each(_padded))


def _links(column: Column, table: Table, book: Book, partners: dict[str, str]) -> Iterator[Stain]:
    name = column.name
    if column.required:
        yield Stain("missing_id", name, "missing_value", _nothing)
    elif _always_there(column, table, book):
        yield Stain("missing_id", name, "few_empty", _nothing)
    if name in partners:
        yield Stain("orphan", name, "orphan", _broken, by_value=True)
        lone = Also("orphan", name, by_value=True)
        yield Stain(
            *("full_width", name, "full_width", _each(_widened)),
            where=_with_digits(name),
            also=(lone,),
        )


def _always_there(column: Column, table: Table, book: Book) -> bool:
    """Whether an optional column is filled in every clean row, so that a gap is a fault."""
    gaps = book.gaps[table.name, column.name]
    return not (column.required or column.sparse or gaps)


def _nothing(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return pa.nulls(len(values), pa.string())


def _broken(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    """Ids that never were: the letters of a true one and a number with an X before it."""
    letters = pc.replace_substring_regex(values, "[^A-Za-z].*$", "")
    number = pa.array(rng.integers(100_000, 1_000_000, len(values))).cast(pa.string())
    return pc.binary_join_element_wise(letters, "X", number, "")


def _strange(column: Column) -> Change:
    words = pa.array([word for word in _UNKNOWN if word not in column.choices])

    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        return words.take(pa.array(rng.integers(0, len(words), len(values))))

    return change


def _each(rewrite: Callable[[str, int], str]) -> Change:
    """Rewrite words one by one, each different word in each way only once."""

    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        coded = values.dictionary_encode()
        ways = rng.integers(0, 4, len(values))
        new = [rewrite(word, way) for word in coded.dictionary.to_pylist() for way in range(4)]
        return pa.array(new, pa.string()).take(pa.array(coded.indices.to_numpy() * 4 + ways))

    return change


def _padded(word: str, way: int) -> str:
    return f"  {word} "


def _respelt(word: str, way: int) -> str:
    """The word in capitals, in small letters, full-width or with a wide blank behind it."""
    ways = [word.upper(), word.lower(), word.translate(_FULL), f"{word}\u3000"]
    return next(new for new in (*ways[way:], *ways) if new != word)


def _widened(word: str, way: int) -> str:
    return word.translate(_WIDE_DIGITS)


def _with_digits(name: str) -> Where:
    return lambda chunk: mask_of(pc.match_substring_regex(chunk[name], "[0-9]"))


def _frequent(name: str) -> Where:
    def where(chunk: pa.Table) -> Mask:
        counts = pc.value_counts(chunk[name].combine_chunks())
        often = counts.field("values").filter(pc.greater_equal(counts.field("counts"), _FEW))
        return filled(name)(chunk) & mask_of(pc.is_in(chunk[name], value_set=often))

    return where
