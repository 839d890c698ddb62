"""Slides of a module or a talk: one HTML file that a projector shows without a network.

The decks run on reveal.js, which travels inside the file. nbconvert's own slides load it
from the network and take every cell of a notebook; here the chapter is the source.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template

from opsbook.language import t
from opsbook.teach.course.cases import Case
from opsbook.teach.course.chapters import Chapter
from opsbook.teach.course.fit import pages
from opsbook.teach.course.plan import Slot
from opsbook.teach.course.render import blocks, html, one_per_line
from opsbook.teach.exercise import Exercise

__all__ = ["Slide", "chapter_slides", "deck", "module_slides", "talk_slides"]

_HERE = files("opsbook.teach.course")


@dataclass(frozen=True)
class Slide:
    """One slide.

    Args:
        heading: What stands above.
        body: Its HTML.
        kicker: Where we are: chapter or case, in small letters.
        kind: ``title`` for the first slide of a part, else ``page``.
    """

    heading: str
    body: str
    kicker: str = ""
    kind: str = "page"


def deck(title: str, slides: Sequence[Slide], lang: str) -> str:
    """A page with its slides, looks and reveal.js inside.

    Args:
        title: Title of the page.
        slides: Slides in order.
        lang: ``en`` or ``zh``.
    """
    return _template().render(
        title=title,
        slides=slides,
        lang="zh-Hans" if lang == "zh" else "en",
        reveal_css=_text("reveal/reveal.css"),
        reveal_js=_text("reveal/reveal.js"),
        css=_text("slides.css"),
    )


def module_slides(
    slot: Slot,
    chapters: Sequence[Chapter],
    cases: Sequence[Case],
    tasks: Sequence[Exercise],
) -> list[Slide]:
    """Slides of a module: its goal, each chapter, its cases, what to do in the notebook."""
    hours = t("Day {day}, {start}–{end}", day=slot.day, start=slot.start, end=slot.end)
    found = [Slide(slot.title, html(slot.goal), hours, "title")]
    for chapter in chapters:
        found += chapter_slides(chapter)
    for case in cases:
        found.append(Slide(case.title, html(case.question()), t("Case {id}", id=case.id)))
    if tasks:
        listed = "\n".join(f"{n}. {t(task.title)}" for n, task in enumerate(tasks, 1))
        found += _split(t("Now on your own shop"), listed, t("Notebook {name}", name=slot.id))
    return found


def chapter_slides(chapter: Chapter) -> list[Slide]:
    """Decision, idea, formula, example, when it misleads, exercise of a chapter."""
    kicker = f"{chapter.entry} · {chapter.title}"
    hand, ran = _example(chapter.example)
    found = [Slide(chapter.title, html(chapter.decision), chapter.entry, "title")]
    for heading, text in (
        (t("The idea"), chapter.idea),
        (t("The formula"), _formula(chapter.formula)),
        (t("An example by hand"), hand),
        (t("What the run printed"), ran),
        (t("When it misleads"), chapter.misleads),
        (t("Exercise"), chapter.exercise),
    ):
        found += _split(heading, text, kicker)
    return found


def talk_slides(slot: Slot, page: str) -> list[Slide]:
    """Slides of a talk: one or a few per section of a page of the playbook.

    Args:
        slot: The talk; ``only`` chooses sections by the first word of their headings.
        page: Markdown of the page.
    """
    hours = t("Day {day}, {start}–{end}", day=slot.day, start=slot.start, end=slot.end)
    found = [Slide(slot.title, html(slot.goal), hours, "title")]
    for heading, text in sections(page):
        if not slot.only or heading.split()[0] in slot.only:
            found += _split(heading, _without_code(text), slot.title)
    return found


def sections(page: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each section of the second level."""
    heading, lines, inside = "", list[str](), False
    for line in [*page.splitlines(), "## "]:
        inside ^= line.startswith("```")
        if line.startswith("## ") and not inside:
            if heading:
                yield heading, "\n".join(lines)
            heading, lines = line[3:].strip(), []
        else:
            lines.append(line)


def _split(heading: str, text: str, kicker: str) -> list[Slide]:
    shown = pages(text)
    marks = [f" ({n}/{len(shown)})" if len(shown) > 1 else "" for n in range(1, len(shown) + 1)]
    return [
        Slide(heading + mark, html(part), kicker) for mark, part in zip(marks, shown, strict=True)
    ]


def _example(text: str) -> tuple[str, str]:
    """What can be followed by hand, and what the last run printed with what is said of it."""
    parts = blocks(text)
    code = [n for n, part in enumerate(parts) if part.startswith("```python")]
    printed = [n for n, part in enumerate(parts) if part.startswith("```text")]
    if not code or not printed:
        return text, ""
    return "\n\n".join(parts[: code[0]]), pages("\n\n".join(parts[printed[-1] :]))[0]


def _formula(text: str) -> str:
    """Formula and symbols; what is said below them stands in the chapter."""
    parts = []
    for part in blocks(text):
        parts += one_per_line(part) if part.startswith("$$") else [part]
    tables = [n for n, part in enumerate(parts) if part.startswith("|")]
    return "\n\n".join(parts[: tables[0] + 1] if tables else parts)


def _without_code(text: str) -> str:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return "\n\n".join(part for part in blocks(text) if not part.startswith("```python"))


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        _text("slides.html.j2")
    )
