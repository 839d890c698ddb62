"""What a trainee is told about an answer: right, or the next thing to think about."""

from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from opsbook.language import language, t

__all__ = ["State", "Verdict"]

State = Literal["right", "known", "close", "form", "wrong"]
_MARKS = {"right": "✓", "known": "→", "close": "≈", "form": "?", "wrong": "→"}


@dataclass(frozen=True)
class Verdict:
    """The answer to an answer. It never holds the right one.

    Args:
        id: Exercise.
        state: ``right``; ``known`` (a wrong way that is known), ``close`` (further off than
            rounding explains), ``form`` (sign, unit or shape), ``wrong``.
        way: Name of the known wrong way; else empty.
        hint: How far the hints have come, from 1; 0 with a right answer.
        text: What to tell the trainee, in the language in force.
        note: One line below it: how the answer was read, that it could not be kept.
        score: Only for a plan: 0 to 100.
        page: Address of the chapter where the class's folder holds it; else empty.
    """

    id: str
    state: State
    way: str
    hint: int
    text: str
    note: str = ""
    score: float | None = None
    page: str = ""

    @property
    def right(self) -> bool:
        """Whether the exercise is solved."""
        return self.state == "right"

    @property
    def head(self) -> str:
        """The verdict in a word or two."""
        said = t("Right") if self.right else t("Not yet")
        if self.score is not None:
            points = t("{value} of 100 points", value=round(self.score))
            said = f"{said}{'，' if language() == 'zh' else ', '}{points}"
        return said

    def __str__(self) -> str:
        colon, stop = ("：", "。") if language() == "zh" else (": ", ". ")
        line = f"{_MARKS[self.state]} {self.id}{colon}{self.head}{stop}{self.text}"
        return f"{line}\n{self.note}" if self.note else line

    def __bool__(self) -> bool:
        return self.right

    def html(self) -> str:
        """The verdict as a small block; a mark and words, never colour alone."""
        colon = "：" if language() == "zh" else ": "
        tone = "var(--pos)" if self.right else "var(--accent)"
        note = f'<p class="meta">{escape(self.note)}</p>' if self.note else ""
        if self.page and not self.right:
            words = t("The whole chapter")
            note += f'<p class="meta"><a href="{escape(self.page)}">{escape(words)}</a></p>'
        return (
            f'<div role="status" style="border-left:4px solid {tone};padding:4px 0 4px 14px;'
            f'max-width:44em"><p style="margin:2px 0;font-weight:650">'
            f'<span aria-hidden="true">{_MARKS[self.state]}</span> {escape(self.id)}'
            f"{colon}{escape(self.head)}</p>"
            f'<p style="margin:2px 0">{escape(self.text)}</p>{note}</div>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import for_lab

        return {"text/html": for_lab(self.html()), "text/plain": str(self)}
