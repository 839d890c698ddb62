"""Published reference figures: what others say is normal, each with its source.

The figures come from course material and talks on Chinese e-commerce. None of them could
be checked, so a report never shows one without calling it a claim.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opsbook.errors import DataError
from opsbook.language import N_, count, language, per_cent, t

__all__ = ["Figure", "figure", "figures"]

_FILE = Path(__file__).parents[3] / "data" / "reference" / "benchmarks.csv"


@dataclass(frozen=True)
class Figure:
    """One reference figure.

    Args:
        id: Its name in code.
        entry: Catalogue entry that uses it.
        name: What it measures, English.
        name_zh: The same in Chinese.
        value: The figure; None where only a range is known.
        low: Lower end, or the least that is called good.
        high: Upper end.
        unit: ``fraction``, ``ratio``, ``count`` or a unit of time.
        source: Number of the source document.
        section: Where in it.
        reconstructed: Whether digits had to be put back in order by reading.
    """

    id: str
    entry: str
    name: str
    name_zh: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str
    section: str
    reconstructed: bool

    def amount(self) -> str:
        """The figure as people read it: ``3 % – 5 %``, ``≥ 10 %``."""
        if self.value is not None:
            return self._shown(self.value)
        if self.low is not None and self.high is not None:
            return f"{self._shown(self.low)} – {self._shown(self.high)}"
        if self.low is not None:
            return f"≥ {self._shown(self.low)}"
        return f"≤ {self._shown(self.high)}" if self.high is not None else "–"

    def words(self) -> str:
        """Name, figure and source, called a claim."""
        name = self.name_zh if language() == "zh" else self.name
        text = t(
            "source claim: {name} {amount} ({source} {section})",
            name=name,
            amount=self.amount(),
            source=self.source,
            section=self.section,
        )
        return text + t(", number reconstructed") if self.reconstructed else text

    def _shown(self, number: float) -> str:
        if self.unit == "fraction":
            return per_cent(number, 0 if abs(number * 100 - round(number * 100)) < 1e-9 else 1)
        digits = 0 if number == int(number) else 1
        if self.unit == "ratio":
            return f"{count(number, digits)}:1"
        return count(number, digits) + (t(" hours") if self.unit == "hours" else "")


@cache
def figures() -> dict[str, Figure]:
    """All reference figures by id.

    Raises:
        DataError: The file is missing, or a row of it cannot be read.
    """
    if not _FILE.is_file():
        raise DataError(
            N_("{file} is missing; it comes with the project, fetch it again"), file=_FILE.name
        )
    found = {}
    with _FILE.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                found[row["id"]] = _read(row)
            except (KeyError, ValueError) as fault:
                raise DataError(
                    N_("{file} row {row}: {fault}"), file=_FILE.name, row=number, fault=str(fault)
                ) from None
    return found


def figure(name: str) -> Figure:
    """The reference figure of that id.

    Raises:
        KeyError: There is none.
    """
    return figures()[name]


def _read(row: dict[str, str]) -> Figure:
    numbers = {key: float(row[key]) if row[key] else None for key in ("value", "low", "high")}
    texts = {
        key: row[key] for key in ("id", "entry", "name", "name_zh", "unit", "source", "section")
    }
    return Figure(**texts, **numbers, reconstructed=row["reconstructed"] == "true")  # type: ignore[arg-type]
