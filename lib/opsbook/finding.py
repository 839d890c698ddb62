"""A finding: what was seen, against what, what it is worth, what to do, and who does it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Confidence", "Finding", "Findings"]

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class Finding:
    """One thing the reader should know and can act on. All text is in the language in force.

    Args:
        id: Catalogue id of the method, such as ``A02``.
        statement: What was seen, one sentence.
        evidence: Figure, interval and number of cases behind it.
        reference: Against what: a published figure with its source, or the shop's own past.
        money: What is at stake, in the shop's currency, signed (a loss is negative);
            None where it cannot be priced, with the reason in ``money_basis``.
        money_basis: How ``money`` was computed, with its period.
        action: What to do.
        owner: The role that does it.
        due: By when, in words.
        confidence: How sure the statement is.
        chapter: Path of the chapter below ``playbook/``, without language and ending.
        headline: Short form for the page's title, where the finding can lead the report.
    """

    id: str
    statement: str
    evidence: str
    reference: str
    money: float | None
    money_basis: str
    action: str
    owner: str
    due: str
    confidence: Confidence
    chapter: str
    headline: str = ""


@dataclass(frozen=True)
class Findings:
    """Findings ranked by money at stake; what cannot be priced comes last.

    Args:
        ranked: The findings in rank order.
        currency: ISO code of their money.
    """

    ranked: tuple[Finding, ...]
    currency: str

    @classmethod
    def rank(cls, findings: Iterable[Finding], currency: str, *, most: int = 8) -> "Findings":
        """Order by absolute money at stake, then by confidence; keep at most ``most``."""
        sure = {"high": 0, "medium": 1, "low": 2}

        def place(f: Finding) -> tuple[float, int]:
            return (-abs(f.money) if f.money is not None else 1.0, sure[f.confidence])

        return cls(tuple(sorted(findings, key=place)[:most]), currency)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``findings.json``."""
        return {"currency": self.currency, "findings": [asdict(f) for f in self.ranked]}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import findings_html

        return {
            "application/vnd.opsbook.findings+json": self.to_dict(),
            "text/html": findings_html(self),
            "text/plain": "\n".join(f.statement for f in self.ranked),
        }
