"""Notebooks of a module: the trainee's asks, the trainer's asks and answers.

The trainee's is the trainer's without solutions, answers and notes. Both work on the class's
own shop; what the trainer's checks is not written to anybody's progress.
"""

import hashlib
from collections.abc import Sequence

import nbformat

from opsbook.language import language, t
from opsbook.teach.course.cases import Case
from opsbook.teach.course.chapters import Chapter
from opsbook.teach.course.notes import case_note, task_note
from opsbook.teach.course.shelf import Shelf
from opsbook.teach.exercise import Exercise

__all__ = ["notebook"]


_TABLES = """from datetime import timedelta

from opsbook.shop.periods import data_days
from opsbook.shop.sales import in_days, sales_lines

print(shop.tables)
after = data_days(shop).end
week = in_days(sales_lines(shop), after - timedelta(days=7), after)
week.execute().head()"""
"""The last seven days as a pandas table: how to get rows, and no exercise's answer."""


def notebook(
    title: str,
    goal: str,
    tasks: Sequence[Exercise],
    chapters: Sequence[Chapter] = (),
    cases: Sequence[Case] = (),
    *,
    solved: bool,
    shelf: Shelf,
) -> str:
    """A notebook as text, without outputs.

    Args:
        title: Title of the module.
        goal: What a trainee can do afterwards.
        tasks: Exercises on the class's shop.
        chapters: Chapters whose exercise on paper is put in.
        cases: Cases to discuss.
        solved: Whether solutions, answers and notes are in it: the trainer's.
        shelf: The chapters as pages, seen from the notebook.
    """
    cells = [
        _words("start", _opening(title, goal, chapters, solved, shelf)),
        _code("open", _setup(solved)),
        _words("tables-words", _tables_words()),
        _code("tables", _TABLES),
    ]
    for number, task in enumerate(tasks, 1):
        cells += _task(number, task, solved, shelf)
    for chapter in chapters:
        cells += _paper(chapter, solved)
    for case in cases:
        heading = t("Case {id}: {title}", id=case.id, title=case.title)
        cells.append(_words(f"case-{case.id}", f"## {heading}\n\n{case.question()}"))
        if solved:
            cells.append(_note(f"case-note-{case.id}", case_note(case)))
    if not solved:
        heading = t("Where you stand")
        cells.append(_words("end", f"## {heading}"))
        cells.append(_code("progress", "progress()"))
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    made.metadata["language_info"] = {"name": "python"}
    return str(nbformat.writes(made)) + "\n"


def _opening(title: str, goal: str, chapters: Sequence[Chapter], solved: bool, shelf: Shelf) -> str:
    heading = t("{title} · trainer", title=title) if solved else title
    lines = [f"# {heading}", goal]
    if chapters:
        named = "\n".join(f"- {_named(c, shelf)}" for c in chapters)
        lines.append(t("Chapters of this module:"))
        lines.append(named)
    if not solved:
        lines.append(
            t(
                "Run the cells from the top. Put your answer into `answer`; `check` says what is "
                "right, or gives a hint. Each further attempt gives the next hint."
            )
        )
        lines.append(
            t(
                "Per cent: a share can never be above 1, so 0.059 and 5.9 are read alike. Growth, "
                'ROI and attainment can: 12 would be twelvefold. Write 0.12 or "12 %" there. As '
                "many digits as you write are checked, so do not round too early."
            )
        )
    return "\n\n".join(lines)


def _named(chapter: Chapter, shelf: Shelf) -> str:
    link = shelf.link(chapter.name)
    return link if shelf.address(chapter.name) else f"{chapter.title} ({link})"


def _tables_words() -> str:
    heading = t("Your tables")
    text = t(
        "`shop.tables` names them; `shop.orders` is one of them. `sales_lines(shop)` holds the "
        "lines of paid orders with what was charged (`amount`) and the cost of the whole line "
        "(`cost`). `in_days` keeps the rows from a day to the day before another. Nothing is "
        "computed before `.execute()`: it gives a pandas table."
    )
    return f"## {heading}\n\n{text}"


def _setup(solved: bool) -> str:
    names = "check, given, open_class" + ("" if solved else ", progress")
    where = '"../class"' if solved else ""
    return "\n".join(
        [
            "from opsbook.language import set_language",
            f"from opsbook.teach import {names}",
            "",
            f'set_language("{language()}")',
            f"room = open_class({where})",
            "shop = room.shop",
            'print(room.name or "-", room.seed)' if solved else "shop",
        ]
    )


def _task(number: int, task: Exercise, solved: bool, shelf: Shelf) -> list[nbformat.NotebookNode]:
    text = f"## {number}. {t(task.title)}\n\n{task.text}\n\n{shelf.named(task.chapter)}"
    cells = [_words(f"ask-{task.id}", text, "exercise")]
    if task.given is not Exercise.given:
        cells.append(_code(f"given-{task.id}", f'given("{task.id}")', "exercise"))
    if solved:
        check = f'check("{task.id}", answer, shop=shop)'
        cells.append(_code(f"solve-{task.id}", f"{task.solution.strip()}\n{check}", "solution"))
        cells.append(_note(f"note-{task.id}", task_note(task)))
    else:
        check = f'check("{task.id}", answer)'
        comment = t("your answer")
        text = f"answer = None  # {comment}\n{check}"
        cells.append(_code(f"answer-{task.id}", text, "exercise"))
    return cells


def _paper(chapter: Chapter, solved: bool) -> list[nbformat.NotebookNode]:
    heading = t("On paper: {title}", title=chapter.title)
    key = chapter.name.split("/")[1]
    cells = [_words(f"paper-{key}", f"## {heading}\n\n{chapter.exercise}", "exercise")]
    if solved:
        cells.append(_note(f"paper-note-{key}", chapter.answer))
        warned = t("When it misleads")
        cells.append(_note(f"warn-{key}", f"{warned}\n\n{chapter.misleads}"))
    return cells


def _words(key: str, text: str, *tags: str) -> nbformat.NotebookNode:
    return _cell(nbformat.v4.new_markdown_cell(text), key, tags)


def _note(key: str, text: str) -> nbformat.NotebookNode:
    """A note that only the trainer's notebook holds."""
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    heading = t("Note for the trainer")
    return _words(key, f"> **{heading}**\n>\n{quoted}", "solution", "note")


def _code(key: str, text: str, *tags: str) -> nbformat.NotebookNode:
    return _cell(nbformat.v4.new_code_cell(text), key, tags)


def _cell(cell: nbformat.NotebookNode, key: str, tags: Sequence[str]) -> nbformat.NotebookNode:
    # Ids are made from what a cell is about: the same course gives the same file.
    cell["id"] = hashlib.sha256(key.encode()).hexdigest()[:12]
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell
