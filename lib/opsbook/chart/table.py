"""Small tables for people: a caption, units in the heads, figures aligned, data escaped."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from opsbook.chart.markup import PREFIX
from opsbook.language import count, money, per_cent, points

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
    """A table as HTML, with the frame behind it for download."""

    frame: "DataFrame"
    fields: tuple[Field, ...]
    caption: str
    note: str = ""

    def html(self) -> str:
        """HTML with scope on every head; every value escaped."""
        heads = "".join(f'<th scope="col"{_align(f)}>{escape(f.head)}</th>' for f in self.fields)
        columns = [self.frame[f.name].tolist() for f in self.fields]
        rows = "".join(
            "<tr>"
            + "".join(
                _cell(f, v, i == 0) for i, (f, v) in enumerate(zip(self.fields, row, strict=True))
            )
            + "</tr>"
            for row in zip(*columns, strict=True)
        )
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(self.caption)}">'
            f"<table><caption><span>{escape(self.caption)}</span></caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div>{note}"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import for_lab

        html = self.html()
        return {
            f"{PREFIX}table+json": {"html": html},
            "text/html": for_lab(html),
            "text/plain": self.frame.to_string(),
        }


def _align(field: Field) -> str:
    return "" if field.kind == "text" else ' class="num"'


def _cell(field: Field, value: Any, first: bool) -> str:
    missing = value is None or value != value
    text = "–" if missing else _FORMATS[field.kind](value)
    if len(text) > 80:
        text = text[:79] + "…"
    tag = 'th scope="row"' if first else "td"
    return f"<{tag}{_align(field)}>{escape(text)}</{tag[:2]}>"


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
        most: Rows shown at most; the caption's reader learns the rest from ``note``.
    """
    return ShownTable(frame.head(most), tuple(fields), caption, note)
