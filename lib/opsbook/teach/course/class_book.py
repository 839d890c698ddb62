"""The book of a class: the chapters that its course uses, as pages that open without a network.

Made by the playbook's own builder from a copy of these chapters. The copy holds no answer to an
exercise and no lesson of a case that the class is to discuss: the trainer's notebooks have them.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from opsbook.book.chapters import Chapter
from opsbook.book.figures import Drawn, draw, read_plans
from opsbook.errors import RunError
from opsbook.language import LANGUAGES, language, speaking, t
from opsbook.teach.course.pages import CASES
from opsbook.teach.course.plan import Slot
from opsbook.teach.course.shelf import Shelf, relinked
from opsbook.teach.exercise import Exercise
from opsbook.teach.replay_runs import kept_folder

__all__ = ["class_book", "drawings", "shelf_of"]

_FOLD = re.compile(r"<details>\s*<summary>.*?</details>", re.DOTALL)
_MEASURED = "measured.toml"


def shelf_of(playbook: Path, slots: Sequence[Slot], tasks: Iterable[Exercise]) -> Shelf:
    """The pages that a course leads to: of its slots, its exercises and its cases.

    Args:
        playbook: Folder of the playbook.
        slots: The timetable.
        tasks: Every exercise of the course.
    """
    wanted = [name for slot in slots for name in (*slot.chapters, slot.page)]
    wanted += [task.chapter for task in tasks]
    wanted += [CASES] if any(slot.cases for slot in slots) else []
    found = [Chapter(playbook, name) for name in dict.fromkeys(wanted) if name]
    there = [c for c in found if all(c.file(lang).is_file() for lang in LANGUAGES)]
    return Shelf({c.path: c.title(language()) for c in there}, language())


def drawings(
    playbook: Path, shelf: Shelf, say: Callable[[str], None] = lambda line: None
) -> dict[str, Drawn]:
    """The figures of these chapters, drawn from the demo shop or taken from the user's cache.

    Args:
        playbook: Folder of the playbook.
        shelf: The chapters, in the language of the words.
        say: Told each figure that is drawn anew, and each that fails.

    Returns:
        Figures by chapter. One that fails is said and left out.
    """
    found: dict[str, Drawn] = {}
    for name, plan in read_plans(playbook).items():
        if name in shelf.titles:
            try:
                found |= draw({name: plan}, shelf.lang, _kept(), lambda line: say(_drawing(line)))
            except RunError as fault:
                # A course with a chart less is better than no course on the day that it begins.
                say(str(fault))
    return found


def _drawing(line: str) -> str:
    return t("Drawing {figure}", figure=line)


def class_book(
    playbook: Path,
    shelf: Shelf,
    cases: Sequence[str],
    folder: Path,
    *,
    drawn: Mapping[str, Drawn],
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Build the pages.

    Args:
        playbook: Folder of the playbook.
        shelf: The chapters, in the language of the pages.
        cases: Ids of the cases that are discussed: their lessons are left out.
        folder: Where the pages go; made.
        drawn: Figures by chapter, in the language of the pages.
        say: Told what is being done.

    Raises:
        RunError: The pages could not be made.
    """
    from opsbook.book.build import build_book

    with TemporaryDirectory(prefix="class-book-") as aside:
        copy = Path(aside) / "playbook"
        for name, text in _copied(playbook, shelf, cases, drawn).items():
            file = copy / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        if (playbook / _MEASURED).is_file():
            shutil.copy(playbook / _MEASURED, copy / _MEASURED)
        made = Path(aside) / "book"
        if drawn:
            # What is drawn already need not be drawn again for the pages.
            shutil.copytree(_kept(), made / ".build" / "figures")
        built = build_book(
            made, languages=[shelf.lang], figures=bool(drawn), playbook=copy, say=say
        )
        for lines in built.warnings.values():
            for line in lines:
                say(line)
        shutil.rmtree(made / ".build", ignore_errors=True)
        shutil.copytree(made, folder)


def _copied(
    playbook: Path, shelf: Shelf, cases: Sequence[str], drawn: Mapping[str, Drawn]
) -> Mapping[str, str]:
    """The chapters as the class gets them, in both languages, a first page, the charts."""
    found = {}
    for page in shelf.titles:
        for lang in LANGUAGES:
            with speaking(lang):
                text = Chapter(playbook, page).text(lang)
                told = _FOLD.sub(_asked(), text) if page != CASES else _open(text, cases)
            found[f"{page}.{lang}.md"] = relinked(told, page, _to(shelf, page, lang))
    title = t("The chapters of the course")
    lead = t("What the slides, the notebooks and the handouts of these two days refer to.")
    found["README.md"] = f"# {title}\n\n{lead}\n"
    # A string of JSON is one of TOML too.
    plans = (f"[{dumps(name)}]\ncode = {dumps(one.plan.code)}\n" for name, one in drawn.items())
    found["figures.toml"] = "\n".join(plans)
    return found


def _asked() -> str:
    said = t("The answer is worked out in the course.")
    return f"*{said}*"


def _open(text: str, cases: Sequence[str]) -> str:
    """The case cards without the lessons of those that the class discusses."""
    label = t("Lesson")
    kept, mine = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith("#"):
            mine = any(line.startswith(f"### {case} ") for case in cases)
        if not (mine and line.startswith(f"- **{label}")):
            kept.append(line)
    return "".join(kept)


def _to(shelf: Shelf, page: str, lang: str) -> Callable[[str, str], str]:
    """Links between pages that both are there, as the playbook writes them."""
    up = "../" * page.count("/")

    def address(other: str, place: str) -> str:
        return f"{up}{other}.{lang}.md{place}" if other in shelf.titles else ""

    return address


def _kept() -> Path:
    """Where drawings are kept between courses; for this one only if that cannot be written."""
    folder = kept_folder().with_name("figures")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    return folder if writable else Path(gettempdir()) / "opsbook-figures"
