"""The case library: what a source claims, what it puts it down to, what to ask.

One file, ``playbook/cases/cases.toml``, feeds the pages of the playbook and the slides.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsbook.errors import DataError
from opsbook.language import N_, language, t

__all__ = ["GROUPS", "Case", "read_cases"]

GROUPS = {
    "won": N_("Told as a success"),
    "lost": N_("Told as a failure"),
    "outside": N_("Technology outside this project"),
}


@dataclass(frozen=True)
class Case:
    """One card in one language. No figure in it could be checked.

    Args:
        id: Catalogue id, such as ``J18``.
        group: Key of ``GROUPS``.
        title: A few words.
        claim: What the source says came of it.
        cause: What the source puts it down to.
        metric: How to measure it on one's own shop.
        lesson: What to take away, and what to ask first.
        source: Number of the source document.
        section: Where in it.
        entries: Catalogue entries that treat the matter.
        chapters: Chapters of the playbook that do.
        scenario: Demo shop that replays the mechanism; empty where there is none.
        reconstructed: Whether digits had to be put back in order by reading.
    """

    id: str
    group: str
    title: str
    claim: str
    cause: str
    metric: str
    lesson: str
    source: str
    section: str
    entries: tuple[str, ...]
    chapters: tuple[str, ...]
    scenario: str = ""
    reconstructed: bool = False

    @property
    def origin(self) -> str:
        """Where the claim stands, with the word claim in it."""
        said = t("source claim, {source} {section}", source=self.source, section=self.section)
        return t("{claim}; number reconstructed", claim=said) if self.reconstructed else said

    def question(self) -> str:
        """What a class sees before it discusses: claim and cause, not the lesson; Markdown."""
        zh = language() == "zh"
        origin = f"（{self.origin}）" if zh else f" ({self.origin})"
        rows = (
            (t("Claim"), f"{self.claim}{origin}"),
            (t("Cause, as told"), self.cause),
            (t("Discuss"), t("Which figure would prove it, and against what?")),
        )
        colon = "：" if zh else ":"
        return "\n\n".join(f"**{label}{colon}** {text}" for label, text in rows)


def read_cases(playbook: Path, lang: str) -> tuple[Case, ...]:
    """All cards in the order of their ids.

    Args:
        playbook: Folder of the playbook.
        lang: ``en`` or ``zh``.

    Raises:
        DataError: The file cannot be read, or a card lacks a field.
    """
    file = playbook / "cases" / "cases.toml"
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    except (tomllib.TOMLDecodeError, KeyError, OSError) as error:
        raise DataError(
            N_("{file} cannot be read as case cards: {error}"), file=file, error=error
        ) from None
    return tuple(sorted((_case(row, lang, file) for row in rows), key=lambda case: case.id))


def _case(row: dict[str, Any], lang: str, file: Path) -> Case:
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    for key in ("title", "claim", "cause", "metric", "lesson"):
        for code in ("en", "zh"):
            text = told.pop(f"{key}_{code}", "")
            if not text:
                raise DataError(
                    N_("{file}, case {id}: {field} is missing"),
                    file=file,
                    id=row.get("id"),
                    field=f"{key}_{code}",
                )
            told |= {key: text} if code == lang else {}
    if told.get("group") not in GROUPS:
        raise DataError(
            N_('{file}, case {id}: group "{value}" is not known; use one of {valid}'),
            file=file,
            id=row.get("id"),
            value=told.get("group"),
            valid=", ".join(GROUPS),
        )
    try:
        return Case(**told)
    except TypeError as error:
        raise DataError(
            N_("{file}, case {id}: {error}"), file=file, id=row.get("id"), error=error
        ) from None
