"""What is printed or opened beside the slides: handouts, timetable, the trainer's start page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template

from opsbook.language import language, t
from opsbook.teach.course.chapters import Chapter
from opsbook.teach.course.plan import Slot
from opsbook.teach.course.render import blocks, html, one_per_line
from opsbook.teach.course.shelf import Shelf

__all__ = ["Row", "handout", "start_page"]

_LEAD = re.compile(r"^(?:[-*]|\d+\.) +\*\*(.+?)\*\*", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One line of the timetable with what belongs to it.

    Args:
        slot: The slot.
        links: Label and address of its files.
        pages: Title and address of its chapters.
    """

    slot: Slot
    links: tuple[tuple[str, str], ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


def handout(slot: Slot, chapters: Sequence[Chapter], shelf: Shelf) -> str:
    """One sheet of a module: idea, formula and traps of each chapter, room for notes.

    Args:
        slot: The module.
        chapters: Its chapters.
        shelf: The chapters as pages, seen from the sheet.
    """
    parts = []
    for chapter in chapters:
        formula = [part for part in blocks(chapter.formula) if part.startswith("$$")]
        traps = _LEAD.findall(chapter.misleads)
        body = [f"<h2>{html(chapter.title)[3:-4]}</h2>", html(chapter.idea)]
        body += [html(part) for part in one_per_line(formula[0])] if formula else []
        if traps:
            listed = " · ".join(trap.rstrip(".。") for trap in traps)
            warned = t("When it misleads")
            colon = "：" if language() == "zh" else ": "
            body.append(html(f"**{warned}**{colon}{listed}"))
        body.append(html(f"*{shelf.named(chapter.name)}*"))
        parts.append("\n".join(body))
    hours = t("Day {day}, {start}–{end}", day=slot.day, start=slot.start, end=slot.end)
    stop = "。" if language() == "zh" else ". "
    return _page(slot.title, f"{hours}{stop}{slot.goal}", parts, kind="handout")


def start_page(
    title: str, lead: str, rows: Iterable[Row], notes: Sequence[str], facts: Mapping[str, str]
) -> str:
    """The timetable of both days with links to the files.

    Args:
        title: Heading.
        lead: What it is, one sentence.
        rows: Slots in order.
        notes: Sentences below the timetable, as Markdown.
        facts: Names and values of the class.
    """
    days: dict[int, list[Row]] = {}
    for row in rows:
        days.setdefault(row.slot.day, []).append(row)
    return _template("start.html.j2").render(
        title=title, lead=lead, days=days, facts=facts, **_common(), notes=[html(n) for n in notes]
    )


def _page(title: str, lead: str, parts: Sequence[str], kind: str) -> str:
    return _template("handout.html.j2").render(
        title=title, lead=lead, parts=parts, kind=kind, **_common()
    )


def _common() -> dict[str, object]:
    css = (files("opsbook.teach.course") / "paper.css").read_text(encoding="utf-8")
    words = {
        "day": t("Day {day}"),
        "time": t("Time"),
        "what": t("Session"),
        "goal": t("Afterwards a trainee can"),
        "pages": t("Chapters"),
        "files": t("Files"),
        "pause": t("Break"),
    }
    return {"lang": "zh-Hans" if language() == "zh" else "en", "css": css, "words": words}


@cache
def _template(name: str) -> Template:
    text = (files("opsbook.teach.course") / name).read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
