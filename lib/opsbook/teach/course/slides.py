"""Slides of a module or a talk: one HTML file that a projector shows without a network.

The decks run on reveal.js, which travels inside the file. nbconvert's own slides load it
from the network and take every cell of a notebook; here the chapter is the source.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, Template

from opsbook.book.figures import Drawn
from opsbook.language import t
from opsbook.teach.course.cases import Case
from opsbook.teach.course.chapters import Chapter
from opsbook.teach.course.figure_slide import figure_body, figure_style
from opsbook.teach.course.fit import pages
from opsbook.teach.course.notes import case_note, module_note, tasks_note
from opsbook.teach.course.plan import Slot
from opsbook.teach.course.render import blocks, html, one_per_line
from opsbook.teach.course.shelf import Shelf
from opsbook.teach.course.speaker import notes_script
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
        kind: ``title`` for the first slide of a part, ``figure`` for a chart, else ``page``.
        notes: HTML that only the speaker sees.
    """

    heading: str
    body: str
    kicker: str = ""
    kind: str = "page"
    notes: str = ""


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
        notes_js=notes_script(),
        css=_text("slides.css") + figure_style(),
    )


def module_slides(
    slot: Slot,
    chapters: Sequence[Chapter],
    cases: Sequence[Case],
    tasks: Sequence[Exercise],
    drawn: Mapping[str, Drawn],
    shelf: Shelf,
) -> list[Slide]:
    """Slides of a module: its goal, each chapter, its cases, what to do in the notebook.

    Args:
        slot: The module.
        chapters: Its chapters.
        cases: Its cases.
        tasks: Its exercises.
        drawn: Figures by chapter.
        shelf: The pages that the deck can link to.
    """
    hours = t("Day {day}, {start}–{end}", day=slot.day, start=slot.start, end=slot.end)
    said = module_note(slot, tasks)
    found = [Slide(slot.title, html(slot.goal), hours, "title", html(said))]
    for chapter in chapters:
        found += chapter_slides(chapter, drawn.get(chapter.name), shelf)
    for case in cases:
        kicker = t("Case {id}", id=case.id)
        noted = html(case_note(case))
        found.append(Slide(case.title, html(case.question()), kicker, notes=noted))
    if tasks:
        listed = "\n".join(f"{n}. {t(task.title)}" for n, task in enumerate(tasks, 1))
        kicker = t("Notebook {name}", name=slot.id)
        found += _split(t("Now on your own shop"), listed, kicker, tasks_note(tasks))
    return found


def chapter_slides(chapter: Chapter, drawn: Drawn | None, shelf: Shelf) -> list[Slide]:
    """Decision, idea, formula, example, figure, when it misleads, exercise of a chapter.

    Args:
        chapter: The chapter.
        drawn: Its figure; None where it has none.
        shelf: The pages that the deck can link to.
    """
    kicker = f"{chapter.entry} · {chapter.title}"
    hand, ran, rest = _example(chapter.example)
    formula, below = _formula(chapter.formula)
    opening = "\n\n".join([chapter.decision, *_way_to(chapter, shelf)])
    claims = t("Reference figures; a source claim is nobody's proof:")
    found = [
        Slide(
            chapter.title,
            html(opening),
            chapter.entry,
            "title",
            html(f"{claims}\n\n{chapter.reference}"),
        )
    ]
    found += _split(t("The idea"), chapter.idea, kicker)
    found += _split(t("The formula"), formula, kicker, below)
    found += _split(t("An example by hand"), hand, kicker)
    found += _split(t("What the run printed"), ran, kicker, rest)
    if drawn is not None:
        body = figure_body(drawn)
        found.append(Slide(body.heading, body.html, kicker, body.kind, html(body.alt)))
    found += _split(t("When it misleads"), chapter.misleads, kicker)
    found += _split(t("Exercise"), chapter.exercise, kicker, chapter.answer)
    return found


def _way_to(chapter: Chapter, shelf: Shelf) -> list[str]:
    """Where the whole chapter is read, if the course holds it."""
    address = shelf.address(chapter.name)
    words = t("The whole chapter")
    return [f"[{words}]({address})"] if address else []


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


def _split(heading: str, text: str, kicker: str, notes: str = "") -> list[Slide]:
    """A text on as many slides as it needs; the speaker's notes go with the last of them."""
    shown = pages(text)
    marks = [f" ({n}/{len(shown)})" if len(shown) > 1 else "" for n in range(1, len(shown) + 1)]
    noted = [""] * (len(shown) - 1) + [html(notes)]
    return [
        Slide(heading + mark, html(part), kicker, notes=note)
        for mark, part, note in zip(marks, shown, noted[: len(shown)], strict=True)
    ]


def _example(text: str) -> tuple[str, str, str]:
    """What can be followed by hand; what the last run printed; what is said of it besides."""
    parts = blocks(text)
    code = [n for n, part in enumerate(parts) if part.startswith("```python")]
    printed = [n for n, part in enumerate(parts) if part.startswith("```text")]
    if not code or not printed:
        return text, "", ""
    ran, *rest = pages("\n\n".join(parts[printed[-1] :]))
    return "\n\n".join(parts[: code[0]]), ran, "\n\n".join(rest)


def _formula(text: str) -> tuple[str, str]:
    """Formula and symbols for the slide; what is said below them for the speaker."""
    parts = []
    for part in blocks(text):
        parts += one_per_line(part) if part.startswith("$$") else [part]
    tables = [n for n, part in enumerate(parts) if part.startswith("|")]
    cut = tables[0] + 1 if tables else len(parts)
    return "\n\n".join(parts[:cut]), "\n\n".join(parts[cut:])


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
