"""Putting a question before the trainee, with the figures that were drawn for his class."""

from collections.abc import Mapping
from html import escape
from typing import Any

from opsbook.language import count, t
from opsbook.shop.shop import Shop
from opsbook.teach.classroom import shop_of_class
from opsbook.teach.exercise import exercise

__all__ = ["Given", "Question", "given", "question"]


class Given(dict[str, Any]):
    """Figures of a class by name; shows itself as two columns."""

    def __repr__(self) -> str:
        width = max((len(key) for key in self), default=0)
        return "\n".join(f"{key:<{width}}  {_shown(value)}" for key, value in self.items())

    def html(self) -> str:
        """Names and figures as a table; a frame among them is shown by itself."""
        rows = "".join(
            f'<tr><th scope="row">{escape(key)}</th>'
            f'<td class="num">{escape(_shown(value))}</td></tr>'
            for key, value in self.items()
            if not hasattr(value, "to_html")
        )
        frames = "".join(
            f"<p><b>{escape(key)}</b></p>"
            f'<div class="scroll">{value.to_html(index=False, border=0, max_rows=16)}</div>'
            for key, value in self.items()
            if hasattr(value, "to_html")
        )
        return f"<table>{rows}</table>{frames}" if rows else frames

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import for_lab

        return {"text/html": for_lab(self.html()), "text/plain": repr(self)}


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"\n{value}" if hasattr(value, "to_html") else str(value)
    if float(value).is_integer():
        return count(value)
    return count(value, 4 if abs(value) < 1 else 2).rstrip("0")


class Question:
    """An exercise as its class sees it.

    Args:
        id: Exercise.
        figures: What was drawn for the class; may be empty.
    """

    def __init__(self, id: str, figures: Mapping[str, Any]) -> None:
        self.exercise = exercise(id)
        self.figures = Given(figures)

    def __repr__(self) -> str:
        one = self.exercise
        parts = [f"{one.id} · {t(one.title)}", one.text, repr(self.figures)]
        parts.append(t("Chapter: {chapter}", chapter=f"playbook/{one.chapter}"))
        return "\n".join(part for part in parts if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from opsbook.chart.blocks import for_lab

        one = self.exercise
        chapter = t("Chapter: {chapter}", chapter=f"playbook/{one.chapter}")
        html = (
            f"<h3>{escape(one.id)} · {escape(t(one.title))}</h3>"
            f'<p style="max-width:44em">{escape(one.text)}</p>{self.figures.html()}'
            f'<p class="meta">{escape(chapter)}</p>'
        )
        return {"text/html": for_lab(html), "text/plain": repr(self)}


def given(id: str, *, shop: Shop | None = None) -> Given:
    """The figures of an exercise, drawn for this class: the same for all of it.

    Args:
        id: Exercise, such as ``K08-k-factor``.
        shop: The shop; that of the class in use unless given.

    Raises:
        ParameterError: There is no such exercise, or neither shop nor class.
    """
    one = exercise(id)
    return Given(one.given(shop_of_class(shop)))


def question(id: str, *, shop: Shop | None = None) -> Question:
    """An exercise with its text and figures, to show in a notebook.

    Args:
        id: Exercise.
        shop: The shop; that of the class in use unless given.

    Raises:
        ParameterError: There is no such exercise, or neither shop nor class.
    """
    return Question(id, given(id, shop=shop))
