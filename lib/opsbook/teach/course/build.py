"""Building a course: the class and its data, decks, notebooks, handouts, the start page.

Two folders with different readers: ``class`` is handed to trainees and holds no solution;
everything beside it is the trainer's. The course appears whole or not at all.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from opsbook.book.chapters import playbook_folder
from opsbook.book.figures import Drawn
from opsbook.errors import ParameterError
from opsbook.language import N_, count, language, speaking, t
from opsbook.teach.classroom import make_class
from opsbook.teach.course.class_book import class_book, drawings, shelf_of
from opsbook.teach.course.notebooks import notebook
from opsbook.teach.course.paper import Row, handout
from opsbook.teach.course.plan import Slot, read_plan
from opsbook.teach.course.replays import replay_notebooks
from opsbook.teach.course.share import PRACTICE, shared_out
from opsbook.teach.course.shelf import BOOK, Shelf
from opsbook.teach.course.slides import deck, module_slides, talk_slides
from opsbook.teach.course.source import Source
from opsbook.teach.course.start import class_page, trainer_page
from opsbook.teach.exercise import Exercise, exercises

__all__ = ["build_course", "course_files"]

_PRACTISED = f"class/notebooks/{PRACTICE}.ipynb"


def build_course(
    folder: str | Path,
    *,
    seed: int,
    lang: str | None = None,
    orders: int = 8_000,
    playbook: Path | None = None,
    figures: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Build a course for one class.

    Args:
        folder: Where; must not exist, or be empty.
        seed: Of the class's data, 0 or more; another seed gives other answers.
        lang: ``en`` or ``zh``; the language in force if not given.
        orders: Size of the class's shop, at least 500 orders.
        playbook: Folder of the playbook; found by itself if not given.
        figures: Whether slides and pages hold the charts of the chapters; drawn from the demo
            shop the first time and then kept in the user's cache.
        say: Told what is being done.

    Returns:
        The folder; the trainer begins at its ``index.html``.

    Raises:
        ParameterError: The folder is in use, a number is out of bounds, no playbook is found.
        DataError: A chapter, case or the timetable has a fault.
        RunError: The pages could not be made.
    """
    where = Path(folder).expanduser().absolute()
    book = playbook_folder(playbook)
    with speaking(lang or language()), _whole(where) as aside:
        slots = read_plan(book, language())
        shelf = shelf_of(book, slots, exercises())
        course_files(book, seed)  # a fault in the texts shows before anything slow is done
        say(t("Simulating the shop of the class, seed {seed}", seed=seed))
        make_class(aside / "class", seed=seed, orders=orders, name=t("Class {seed}", seed=seed))
        drawn = drawings(book, shelf, say) if figures else {}
        files = course_files(book, seed, drawn)
        for name, text in files.items():
            file = aside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        told = [case for slot in slots for case in slot.cases]
        class_book(book, shelf, told, aside / BOOK, drawn=drawn, say=say)
        say(t("{files} files written", files=count(len(files))))
    return where


def course_files(
    playbook: Path, seed: int, drawn: Mapping[str, Drawn] | None = None
) -> dict[str, str]:
    """Every file but data and chapters, by its path in the course, in the language in force.

    Args:
        playbook: Folder of the playbook.
        seed: Of the class, shown on the start page.
        drawn: Figures by chapter, for the slides; none where not given.

    Raises:
        DataError: A chapter, case or the timetable has a fault.
    """
    slots = read_plan(playbook, language())
    source = Source(playbook, shelf_of(playbook, slots, exercises()), drawn or {})
    tasks = shared_out(slots, exercises())
    found: dict[str, str] = {}
    rows: list[Row] = []
    for number, slot in enumerate([s for s in slots if s.kind != "break"], 1):
        stem = f"{number:02d}-{slot.id}"
        made = (
            _module(source, slot, stem, tasks) | replay_notebooks(playbook, slot.cases, seed)
            if slot.kind == "module"
            else _talk(source, slot, stem)
        )
        found |= made
        rows.append(Row(slot, tuple((_label(name), name) for name in made)))
    found |= _practice(tasks[PRACTICE], source.shelf)
    ordered = {row.slot.id: row for row in rows}
    timetable = [ordered.get(slot.id, Row(slot)) if slot.id else Row(slot) for slot in slots]
    found["index.html"] = trainer_page(seed, timetable, tasks, source.shelf)
    found["class/index.html"] = class_page(timetable, tasks, source.shelf)
    return found


def _module(
    source: Source, slot: Slot, stem: str, tasks: Mapping[str, Sequence[Exercise]]
) -> dict[str, str]:
    cases, own, shelf = source.cases(slot), tasks[slot.id], source.shelf
    slides, trainer = f"slides/{stem}.html", f"trainer/{stem}.ipynb"
    mine, sheet = f"class/notebooks/{stem}.ipynb", f"class/handouts/{stem}.html"
    shown = module_slides(
        slot, source.chapters(slot, slides), cases, own, source.drawn, shelf.seen_from(slides)
    )

    def book(file: str, *, solved: bool) -> str:
        parts = (slot.title, slot.goal, own, source.chapters(slot, file), cases)
        return notebook(*parts, solved=solved, shelf=shelf.seen_from(file))

    return {
        slides: deck(slot.title, shown, language()),
        trainer: book(trainer, solved=True),
        mine: book(mine, solved=False),
        sheet: handout(slot, source.chapters(slot, sheet), shelf.seen_from(sheet)),
    }


def _talk(source: Source, slot: Slot, stem: str) -> dict[str, str]:
    file = f"slides/{stem}.html"
    return {file: deck(slot.title, talk_slides(slot, source.page(slot, file)), language())}


def _practice(tasks: Sequence[Exercise], shelf: Shelf) -> dict[str, str]:
    if not tasks:
        return {}
    parts = (t("After the course"), t("What the two days had no time for."), tasks)
    found = {}
    for file, solved in ((f"trainer/{PRACTICE}.ipynb", True), (_PRACTISED, False)):
        found[file] = notebook(*parts, solved=solved, shelf=shelf.seen_from(file))
    return found


def _label(name: str) -> str:
    labels = {
        "slides": t("slides"),
        "trainer": t("notebook with solutions"),
        "class/notebooks": t("notebook"),
        "class/handouts": t("handout"),
        "trainer/cases": t("case to replay, with solution"),
        "class/cases": t("case to replay"),
    }
    return labels[name.rpartition("/")[0]]


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder to fill that takes its name when all is there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ParameterError(
            N_("{folder} is in use; name a folder that is new or empty"), folder=folder
        )
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        aside.mkdir(parents=True)
        yield aside
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
