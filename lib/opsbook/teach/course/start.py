"""The two pages one begins at: the trainer's, and that of the class folder."""

from collections.abc import Mapping, Sequence

from opsbook.language import count, t
from opsbook.teach.course.pages import CASES
from opsbook.teach.course.paper import Row, start_page
from opsbook.teach.course.share import PRACTICE
from opsbook.teach.course.shelf import Shelf
from opsbook.teach.exercise import Exercise

__all__ = ["class_page", "trainer_page"]


def trainer_page(
    seed: int, rows: Sequence[Row], tasks: Mapping[str, Sequence[Exercise]], shelf: Shelf
) -> str:
    """The trainer's page.

    Args:
        seed: Of the class.
        rows: The timetable with its files.
        tasks: Exercises by module, and what is left over.
        shelf: The chapters as pages.
    """
    notes = [
        t(
            "Hand out the folder `class` and nothing else: it holds data, notebooks, handouts and "
            "the chapters as pages, no solution."
        ),
        t(
            "Slides: arrow keys turn pages, `F` fills the screen, `O` shows all, `Esc` leaves. `S` "
            "opens the speaker's window with notes, next slide and clock: keep it on your screen."
        ),
        t(
            "Each module: a third of the time for slides, half for exercises, the rest for talk. "
            "Notebooks open in JupyterLab; those in `trainer` need `class` beside them."
        ),
        *_after(f"trainer/{PRACTICE}.ipynb", tasks),
        *_book_note(shelf),
    ]
    facts = {
        t("Seed"): str(seed),
        t("Exercises in the modules"): count(sum(map(len, tasks.values())) - len(tasks[PRACTICE])),
    }
    lead = t("Everything for the trainer: what happens when, and the files for it.")
    paged = [_paged(row, shelf) for row in rows]
    return start_page(t("Two days of operations"), lead, paged, notes, facts)


def class_page(rows: Sequence[Row], tasks: Mapping[str, Sequence[Exercise]], shelf: Shelf) -> str:
    """The trainees' page: without slides, and without what the trainer alone has.

    Args:
        rows: The timetable with its files.
        tasks: Exercises by module, and what is left over.
        shelf: The chapters as pages.
    """
    seen = shelf.seen_from("class/index.html")
    mine = []
    for row in rows:
        inside = ((label, at) for label, at in row.links if at.startswith("class/"))
        links = tuple((label, at[len("class/") :]) for label, at in inside)
        mine.append(_paged(Row(row.slot, links), seen))
    notes = [
        t(
            "Open the notebooks in JupyterLab. Your attempts are kept in this folder; "
            '`progress()` shows them, `progress().export("mine.csv")` writes them.'
        ),
        *_after(f"notebooks/{PRACTICE}.ipynb", tasks),
        *_book_note(seen),
    ]
    lead = t("The timetable, the chapters, the notebooks and the handouts.")
    return start_page(t("Two days of operations"), lead, mine, notes, {})


def _after(file: str, tasks: Mapping[str, Sequence[Exercise]]) -> list[str]:
    """Where the exercises are that no module has time for."""
    left = tasks[PRACTICE]
    said = t("What is left over, for the weeks after: {n} exercises.", n=len(left))
    words = t("notebook")
    return [f"{said} [{words}]({file})"] if left else []


def _book_note(shelf: Shelf) -> list[str]:
    """Where all chapters of the course are, with their search."""
    words = t("All chapters of the course, with search and glossary")
    return [f"[{words}]({shelf.start})"] if shelf.start else []


def _paged(row: Row, shelf: Shelf) -> Row:
    """A line of the timetable with its chapters and the page of its talk or cases."""
    slot = row.slot
    names = [*slot.chapters, slot.page, *([CASES] if slot.cases else [])]
    pages = tuple((shelf.short(name), shelf.address(name)) for name in names if shelf.address(name))
    return Row(slot, row.links, pages)
