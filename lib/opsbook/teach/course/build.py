"""Building a course: the class and its data, decks, notebooks, handouts, the start page.

Two folders with different readers: ``class`` is handed to trainees and holds no solution;
everything beside it is the trainer's. The course appears whole or not at all.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsbook.book.chapters import playbook_folder
from opsbook.errors import DataError, ParameterError
from opsbook.language import N_, count, language, speaking, t
from opsbook.teach.classroom import make_class
from opsbook.teach.course.cases import Case, read_cases
from opsbook.teach.course.chapters import Chapter, read_chapter
from opsbook.teach.course.notebooks import notebook
from opsbook.teach.course.paper import Row, handout, start_page
from opsbook.teach.course.plan import Slot, read_plan
from opsbook.teach.course.replays import replay_notebooks
from opsbook.teach.course.share import PRACTICE, shared_out
from opsbook.teach.course.slides import deck, module_slides, talk_slides
from opsbook.teach.exercise import Exercise, exercises

__all__ = ["build_course", "course_files"]


def build_course(
    folder: str | Path,
    *,
    seed: int,
    lang: str | None = None,
    orders: int = 8_000,
    playbook: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Build a course for one class.

    Args:
        folder: Where; must not exist, or be empty.
        seed: Of the class's data, 0 or more; another seed gives other answers.
        lang: ``en`` or ``zh``; the language in force if not given.
        orders: Size of the class's shop, at least 500 orders.
        playbook: Folder of the playbook; found by itself if not given.
        say: Told what is being done.

    Returns:
        The folder; the trainer begins at its ``index.html``.

    Raises:
        ParameterError: The folder is in use, a number is out of bounds, no playbook is found.
        DataError: A chapter, case or the timetable has a fault.
    """
    where = Path(folder).expanduser().absolute()
    book = playbook_folder(playbook)
    with speaking(lang or language()), _whole(where) as aside:
        files = course_files(book, seed)
        say(t("Simulating the shop of the class, seed {seed}", seed=seed))
        make_class(aside / "class", seed=seed, orders=orders, name=t("Class {seed}", seed=seed))
        for name, text in files.items():
            file = aside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        say(t("{files} files written", files=count(len(files))))
    return where


@dataclass(frozen=True)
class _Source:
    """Where texts come from, in the language in force."""

    book: Path

    def chapters(self, slot: Slot) -> list[Chapter]:
        return [read_chapter(self.book, name, language()) for name in slot.chapters]

    def cases(self, slot: Slot) -> list[Case]:
        found = {case.id: case for case in read_cases(self.book, language())}
        for wanted in slot.cases:
            if wanted not in found:
                raise DataError(
                    N_('timetable.toml, "{slot}": there is no case {id}; cases are {valid}'),
                    slot=slot.id,
                    id=wanted,
                    valid=", ".join(found),
                )
        return [found[wanted] for wanted in slot.cases]

    def page(self, slot: Slot) -> str:
        file = self.book / f"{slot.page}.{language()}.md"
        try:
            return file.read_text(encoding="utf-8")
        except OSError:
            raise DataError(
                N_('timetable.toml, "{slot}": there is no page {file}'), slot=slot.id, file=file
            ) from None


def course_files(playbook: Path, seed: int) -> dict[str, str]:
    """Every file but the class's data, by its path in the course, in the language in force.

    Args:
        playbook: Folder of the playbook.
        seed: Of the class, shown on the start page.

    Raises:
        DataError: A chapter, case or the timetable has a fault.
    """
    source = _Source(playbook)
    slots = read_plan(source.book, language())
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
    found |= _practice(tasks[PRACTICE])
    ordered = {row.slot.id: row for row in rows}
    timetable = [ordered.get(slot.id, Row(slot)) if slot.id else Row(slot) for slot in slots]
    found["index.html"] = _index(seed, timetable, tasks)
    found["class/index.html"] = _class_index(timetable)
    return found


def _module(
    source: _Source, slot: Slot, stem: str, tasks: Mapping[str, Sequence[Exercise]]
) -> dict[str, str]:
    chapters, cases, own = source.chapters(slot), source.cases(slot), tasks[slot.id]
    slides = module_slides(slot, chapters, cases, own)
    parts = (slot.title, slot.goal, own, chapters, cases)
    return {
        f"slides/{stem}.html": deck(slot.title, slides, language()),
        f"trainer/{stem}.ipynb": notebook(*parts, solved=True),
        f"class/notebooks/{stem}.ipynb": notebook(*parts, solved=False),
        f"class/handouts/{stem}.html": handout(slot, chapters),
    }


def _talk(source: _Source, slot: Slot, stem: str) -> dict[str, str]:
    slides = talk_slides(slot, source.page(slot))
    return {f"slides/{stem}.html": deck(slot.title, slides, language())}


def _practice(tasks: Sequence[Exercise]) -> dict[str, str]:
    if not tasks:
        return {}
    parts = (t("After the course"), t("What the two days had no time for."), tasks)
    return {
        f"trainer/{PRACTICE}.ipynb": notebook(*parts, solved=True),
        f"class/notebooks/{PRACTICE}.ipynb": notebook(*parts, solved=False),
    }


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


def _index(seed: int, rows: Sequence[Row], tasks: Mapping[str, Sequence[Exercise]]) -> str:
    notes = [
        t(
            "Hand out the folder `class` and nothing else: it holds data, notebooks and handouts, "
            "no solution."
        ),
        t("Slides: arrow keys turn pages, `F` fills the screen, `O` shows all, `Esc` leaves."),
        t(
            "Each module: a third of the time for slides, half for exercises, the rest for talk. "
            "Notebooks open in JupyterLab; those in `trainer` need `class` beside them."
        ),
        t("What is left over, for the weeks after: {n} exercises.", n=len(tasks[PRACTICE])),
    ]
    facts = {
        t("Seed"): str(seed),
        t("Exercises in the modules"): count(sum(map(len, tasks.values())) - len(tasks[PRACTICE])),
    }
    lead = t("Everything for the trainer: what happens when, and the files for it.")
    return start_page(t("Two days of operations"), lead, rows, notes, facts)


def _class_index(rows: Sequence[Row]) -> str:
    mine = []
    for row in rows:
        inside = ((label, at) for label, at in row.links if at.startswith("class/"))
        mine.append(Row(row.slot, tuple((label, at[len("class/") :]) for label, at in inside)))
    notes = [
        t(
            "Open the notebooks in JupyterLab. Your attempts are kept in this folder; "
            '`progress()` shows them, `progress().export("mine.csv")` writes them.'
        )
    ]
    lead = t("The timetable, the notebooks and the handouts.")
    return start_page(t("Two days of operations"), lead, mine, notes, {})


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
