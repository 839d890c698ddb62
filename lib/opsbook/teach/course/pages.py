"""Pages of the playbook that are written from data: the case cards and the timetable.

``python -m opsbook.teach.course.pages`` brings them up to date; a test fails while they
are not.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from opsbook.book.chapters import playbook_folder
from opsbook.language import LANGUAGES, language, speaking, t
from opsbook.teach.course.cases import GROUPS, Case, read_cases
from opsbook.teach.course.chapters import read_chapter
from opsbook.teach.course.plan import Slot, read_plan
from opsbook.teach.course.replays import replay_file

__all__ = ["case_page", "timetable_page", "update"]

CASES = "cases/J23-case-cards"
TIMETABLE = "course/K01-two-days"
_MARKED = re.compile(r"(<!-- timetable -->\n).*?(<!-- end of timetable -->)", re.DOTALL)


def case_page(playbook: Path, lang: str) -> str:
    """The page of all case cards: how to read one, a table of all, then card by card.

    Args:
        playbook: Folder of the playbook.
        lang: ``en`` or ``zh``.
    """
    with speaking(lang):
        cases = read_cases(playbook, lang)
        title = t("The case library")
        entries = ", ".join([*(case.id for case in cases), "J22", "J23"])
        parts = [f"<!-- entries: {entries} -->\n# {title}", *_lead(), _overview(cases)]
        for group, message in GROUPS.items():
            heading = t(message)
            parts.append(f"## {heading}")
            parts += [_card(playbook, case) for case in cases if case.group == group]
        return "\n\n".join(parts) + "\n"


def timetable_page(playbook: Path, lang: str) -> str:
    """The page of the two days with its timetable brought up to date.

    Args:
        playbook: Folder of the playbook.
        lang: ``en`` or ``zh``.
    """
    text = (playbook / f"{TIMETABLE}.{lang}.md").read_text(encoding="utf-8")
    with speaking(lang):
        table = _timetable(playbook, read_plan(playbook, lang))
    return _MARKED.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def update(playbook: Path) -> list[Path]:
    """Write every page that differs; return those written.

    Args:
        playbook: Folder of the playbook.
    """
    written = []
    for lang in LANGUAGES:
        for name, make in ((CASES, case_page), (TIMETABLE, timetable_page)):
            file, text = playbook / f"{name}.{lang}.md", make(playbook, lang)
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8", newline="\n")
                written.append(file)
    return written


def _lead() -> list[str]:
    return [
        t(
            "Stories from the training decks, one card each. Every figure is a **source claim**: "
            "nobody could check it, and none is used as a target or a test anywhere in this "
            "project. What a card is good for is its last line: what to ask before believing it, "
            "and how to measure the same on your own shop."
        ),
        t(
            "Cases with a scenario can be replayed on a simulated shop whose truth is known; what "
            "comes out there is the simulation's own, not the source's."
        ),
    ]


def _overview(cases: Sequence[Case]) -> str:
    head = (t("Case"), t("Story"), t("Measured by"), t("Entries"))
    rows = [(case.id, case.title, case.metric, _listed(case.entries)) for case in cases]
    return _table(head, rows)


def _card(playbook: Path, case: Case) -> str:
    rows = [
        (t("Claim"), case.claim),
        (t("Where claimed"), case.origin),
        (t("Cause, as told"), case.cause),
        (t("Measured by"), case.metric),
        (t("Lesson"), case.lesson),
        (t("Methods"), _listed([_link(playbook, name) for name in case.chapters])),
        (t("Entries"), _listed(case.entries)),
    ]
    if case.scenario:
        shown = [f"`opsbook demo DIR --scenario {case.scenario}`"]
        if (replay := replay_file(playbook, case.id)).is_file():
            shown.append(f"`playbook/cases/{replay.name}`")
        rows.append((t("Replay"), _listed(shown)))
    colon = "：" if language() == "zh" else ":"
    listed = "\n".join(f"- **{label}{colon}** {text}" for label, text in rows)
    return f"### {case.id} {case.title}\n\n{listed}"


def _timetable(playbook: Path, slots: Sequence[Slot]) -> str:
    parts = []
    for day in sorted({slot.day for slot in slots}):
        head = (t("Time"), t("Session"), t("Afterwards a trainee can"), t("Chapters"), t("Topics"))
        rows = []
        for slot in slots:
            if slot.day != day:
                continue
            names = [_link(playbook, name) for name in slot.chapters]
            names += [_cases(slot)] if slot.cases else []
            names += [_page(playbook, slot)] if slot.page else []
            time = f"{slot.start}–{slot.end}"
            title = slot.title or t("Break")
            rows.append((time, title, slot.goal, " · ".join(names), _listed(slot.topics)))
        heading = t("Day {day}", day=day)
        parts.append(f"### {heading}\n\n{_table(head, rows)}")
    return "\n\n".join(parts)


def _cases(slot: Slot) -> str:
    target = f"../{CASES}.{language()}.md"
    named = [(t("Case {id}", id=case), target) for case in slot.cases]
    return " · ".join(f"[{label}]({address})" for label, address in named)


def _page(playbook: Path, slot: Slot) -> str:
    file = playbook / f"{slot.page}.{language()}.md"
    heads = [
        line[2:] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("# ")
    ]
    address = Path(os.path.relpath(file, playbook / "course")).as_posix()
    return f"[{heads[0]}]({address})"


def _link(playbook: Path, chapter: str) -> str:
    title = read_chapter(playbook, chapter, language()).title
    short = re.split(r"[:：]", title)[0]
    return f"[{short}](../{chapter}.{language()}.md)"


def _listed(names: Sequence[str]) -> str:
    return ("、" if language() == "zh" else ", ").join(names)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for written in update(playbook_folder()):
        print(written)
