"""What a notebook displays besides figures: headline, key figures, definitions, sentences.

Each block shows itself in JupyterLab and hands plain data to the report, which decides
where on the page it belongs. A notebook never writes HTML.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from opsbook.chart import markup
from opsbook.chart.style import css_variables

if TYPE_CHECKING:
    from opsbook.finding import Findings

__all__ = [
    "Definitions",
    "Heading",
    "KeyFigure",
    "KeyFigures",
    "Missing",
    "Say",
    "findings_html",
    "for_lab",
]


@cache
def _style() -> str:
    rules = (Path(__file__).parent / "blocks.css").read_text(encoding="utf-8")
    dark = '[data-jp-theme-light="false"] .opsbook{color-scheme:dark}'
    # JupyterLab makes all columns of a table equal, and sets names to the right like figures.
    table = ".sortable{table-layout:auto}.sortable :is(th,td):not(.num){text-align:left}"
    own = f".opsbook{{color-scheme:light;{css_variables()};color:var(--ink);{rules}{table}}}"
    return f"{own}{dark}"


def for_lab(html: str) -> str:
    """HTML of a block with its style around it, for a place that is not our page."""
    return f'<div class="opsbook"><style>{_style()}</style>{html}</div>'


class _Block:
    """Shows the block's HTML in JupyterLab and its data to the report engine."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """The block as plain data."""
        return asdict(self)  # type: ignore[call-overload]

    def html(self) -> str:
        """The block's markup, every value escaped."""
        return markup.SHOWN[self.kind](self.to_dict())

    def __str__(self) -> str:
        return ""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            f"{markup.PREFIX}{self.kind}+json": self.to_dict(),
            "text/html": for_lab(self.html()),
            "text/plain": str(self),
        }


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the strip at the top. All text is in the language in force.

    Args:
        id: Stable name for machines, such as ``gmv``.
        label: What it is.
        value: The figure as shown, with its unit.
        raw: The figure itself; money in the shop's currency, rates as fractions.
        change: How it moved, signed, as shown; empty where nothing compares.
        direction: Which way it moved.
        good: Whether that is good for the shop; None where it is neither.
        against: What it is compared with.
        spark: Its recent course, oldest first; at least three values are drawn.
    """

    id: str
    label: str
    value: str
    raw: float
    change: str
    direction: Literal["up", "down", "flat"]
    good: bool | None
    against: str
    spark: tuple[float, ...] = ()


def _plain_figure(figure: KeyFigure) -> dict[str, Any]:
    plain = asdict(figure)
    good = None if figure.good is None else bool(figure.good)
    spark = [_number(value) for value in figure.spark]
    return plain | {"raw": _number(figure.raw), "good": good, "spark": spark}


def _number(value: Any) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


@dataclass(frozen=True)
class KeyFigures(_Block):
    """The strip of key figures: four to six of them can be read at one glance.

    Example:
        >>> sales = KeyFigure("gmv", "Sales", "12 k USD", 12e3, "+5 %", "up", True, "last week")
        >>> print(KeyFigures((sales,)))
        Sales 12 k USD (+5 % last week)
    """

    figures: tuple[KeyFigure, ...]
    kind: ClassVar[str] = "keyfigures"

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data; what is not a number becomes null, as JSON wants it."""
        return {"figures": [_plain_figure(figure) for figure in self.figures]}

    def html(self) -> str:
        """The strip's markup."""
        return markup.key_figures(self.to_dict()["figures"])

    def __str__(self) -> str:
        return "\n".join(f"{f.label} {f.value} ({f.change} {f.against})" for f in self.figures)


@dataclass(frozen=True)
class Heading(_Block):
    """The top of a report.

    Args:
        title: The headline: in one sentence what the reader has to know.
        shop: What the shop is called.
        period: What is reported on, as people write it.
        compared: What it is compared with; may be empty.
        currency: ISO code of every amount.
        timezone: The time that the shop lives by.
        health_state: ``good``, ``notes`` (usable, with reservations) or ``bad``.
        health_text: The state of the data in one line.
        problems: The same in full, one line per problem; listed at the end of the page.
    """

    title: str
    shop: str
    period: str
    compared: str
    currency: str
    timezone: str
    health_state: Literal["good", "notes", "bad"]
    health_text: str
    problems: tuple[str, ...] = ()
    kind: ClassVar[str] = "heading"

    def html(self) -> str:
        """The markup; the problems are listed by the report only."""
        return markup.heading(self.to_dict())

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Definitions(_Block):
    """What the words of a report mean, and what it cannot say.

    Args:
        entries: Term and meaning.
        limits: What the data or the methods cannot tell, one line each.
    """

    entries: tuple[tuple[str, str], ...]
    limits: tuple[str, ...] = ()
    kind: ClassVar[str] = "definitions"

    def html(self) -> str:
        """A definition list and the limits below it."""
        return markup.definitions(self.to_dict())

    def __str__(self) -> str:
        return "\n".join(f"{term}: {text}" for term, text in self.entries)


@dataclass(frozen=True)
class Say(_Block):
    """One paragraph in the language in force, written from results; ``**bold**`` works."""

    text: str
    kind: ClassVar[str] = "say"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Missing(_Block):
    """What stands in place of a section that the shop's data cannot answer.

    Args:
        section: What cannot be shown; or, given alone, the whole sentence to show.
        lacks: What is not there: ``sessions``, ``orders.region``; as ``Shop.lacks`` says it.
        text: How to add it.
    """

    section: str
    lacks: Iterable[str] = ()
    text: str = ""
    kind: ClassVar[str] = "missing"

    def to_dict(self) -> dict[str, Any]:
        """The block as plain data."""
        return {"section": self.section, "lacks": list(self.lacks), "text": self.text}

    def __str__(self) -> str:
        return " ".join(part for part in (self.section, ", ".join(self.lacks), self.text) if part)


def findings_html(findings: "Findings") -> str:
    """Findings as JupyterLab shows them."""
    return for_lab(markup.findings(findings.to_dict()))
