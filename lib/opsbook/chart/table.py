"""Small tables for people: a caption, units in the heads, figures aligned, data escaped.

Every cell carries its unrounded value, by which the page's script sorts; without the script
the table is as complete, in the order that its maker chose.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from opsbook.chart import markup
from opsbook.chart.download import MOST_IN_FILE, csv_name, csv_text, is_missing
from opsbook.chart.words import attribute, plain, shortened, visible
from opsbook.language import count, money, per_cent, points, t

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Field", "ShownTable", "shown_table"]

_FORMATS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "count": count,
    "number": lambda v: count(v, 2),
    "money": lambda v: count(v, 0 if abs(v) >= 100 else 2),
    "short": money,
    "change": lambda v: ("+" if v > 0 else "") + count(v),
    "share": per_cent,
    "growth": lambda v: per_cent(v, sign=True),
    "points": points,
}
_FRACTIONS = ("share", "growth", "points")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST_SHOWN, _LONGEST_HINT = 80, 300
_MOST_ROWS = 200
"""Rows that a page shows of a table, whatever was asked: nobody reads on, a file does."""


@dataclass(frozen=True)
class Field:
    """One column of a shown table.

    Args:
        name: Column of the frame.
        head: What stands above it, with the unit, already translated.
        kind: ``text, count, number, money, short, change, share, growth, points``.
    """

    name: str
    head: str
    kind: str = "text"


@dataclass(frozen=True)
class ShownTable:
    """A table as HTML, with its figures for download.

    Args:
        frame: Every row, in the order to show.
        fields: Columns to show.
        caption: What the table holds.
        note: One line below it.
        most: Rows shown, 200 at the utmost; the download holds the others too.
    """

    frame: "DataFrame"
    fields: tuple[Field, ...]
    caption: str
    note: str = ""
    most: int = 12

    def to_dict(self) -> dict[str, Any]:
        """What a page needs: the table's HTML, its CSV, and how many rows each holds."""
        heads, every = [_raw_head(f) for f in self.fields], len(self.frame)
        text, kept = csv_text(heads, self._rows(every))
        full: dict[str, Any] = {}
        # Only a report has a folder to put it in; a notebook would be saved with it.
        if kept < every and os.environ.get("OPSBOOK_REPORT"):
            whole, rows = csv_text(heads, self._rows(every), most_bytes=MOST_IN_FILE)
            full = {"full": whole, "full_rows": rows}
        return {
            "html": self._html(),
            "csv": text,
            "name": csv_name(self.caption),
            "shown": min(self.most, _MOST_ROWS, len(self.frame)),
            "kept": kept,
            "all": every,
            "caption": self.caption,
            **full,
        }

    def html(self) -> str:
        """HTML with scope on every head, every value escaped, and its CSV below."""
        return markup.table(self.to_dict())

    def _rows(self, most: int) -> Iterable[tuple[Any, ...]]:
        return zip(*(self.frame[f.name].head(most).tolist() for f in self.fields), strict=True)

    def _html(self) -> str:
        heads = "".join(
            f'<th scope="col"{_align(f)}>{plain(f.head, 120)}</th>' for f in self.fields
        )
        rows = "".join(
            "<tr>"
            + "".join(
                _cell(f, v, i == 0) for i, (f, v) in enumerate(zip(self.fields, row, strict=True))
            )
            + "</tr>"
            for row in self._rows(min(self.most, _MOST_ROWS))
        )
        note = f'<p class="note">{plain(self.note)}</p>' if self.note else ""
        label = attribute(self.caption, 200)
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
            f'<table class="sortable"><caption><span>{plain(self.caption, 200)}</span></caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import for_lab

        data = self.to_dict()
        return {
            f"{markup.PREFIX}table+json": data,
            "text/html": for_lab(markup.table(data)),
            "text/plain": self.frame.head(self.most).to_string(),
        }


def _align(field: Field) -> str:
    return "" if field.kind == "text" else ' class="num"'


def _raw_head(field: Field) -> str:
    return t("{head} (fraction)", head=field.head) if field.kind in _FRACTIONS else field.head


def _cell(field: Field, value: Any, first: bool) -> str:
    missing = is_missing(value)
    text = "–" if missing else _FORMATS[field.kind](value)
    more = ""
    if missing:
        more = ' data-value=""'
    elif field.kind != "text":
        number = float(value)
        more = f' data-value="{number!r}"' if isfinite(number) else ' data-value=""'
    elif len(visible(text)) > _LONGEST_SHOWN:
        more = f' title="{attribute(text, _LONGEST_HINT)}"'
    align = _align(field)
    if not align and _DATE.fullmatch(text):
        align = ' class="date"'
    tag = 'th scope="row"' if first else "td"
    shown = plain(shortened(text, _LONGEST_SHOWN), _LONGEST_SHOWN)
    return f"<{tag}{align}{more}>{shown}</{tag[:2]}>"


def shown_table(
    frame: "DataFrame",
    fields: Sequence[Field] | Iterable[Field],
    *,
    caption: str,
    note: str = "",
    most: int = 12,
) -> ShownTable:
    """Choose, name and format columns for reading.

    Args:
        frame: One row per thing, in the order to show.
        fields: Columns to show, the first one names the row.
        caption: What the table holds, with period.
        note: One line below it.
        most: Rows shown at most; the page says how many there are, its download has them.
    """
    return ShownTable(frame, tuple(fields), caption, note, most)
