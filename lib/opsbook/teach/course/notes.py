"""What the trainer reads while a slide is shown: time, answers, hints, the rest of a text.

The same words stand in the trainer's notebooks; here they are on the speaker's own screen.
"""

from collections.abc import Sequence

from opsbook.language import t
from opsbook.teach.course.cases import Case
from opsbook.teach.course.plan import Slot
from opsbook.teach.exercise import Exercise
from opsbook.teach.ways.general import general_ways

__all__ = ["case_note", "module_note", "task_note", "tasks_note"]


def module_note(slot: Slot, tasks: Sequence[Exercise]) -> str:
    """How the time of a module is spent, Markdown.

    Args:
        slot: The module.
        tasks: Its exercises.
    """
    shown, tried = round(slot.minutes / 3), round(slot.minutes / 2)
    lines = [
        t(
            "{shown} minutes of slides, {tried} of exercises ({n} of them), {talk} of talk.",
            shown=shown,
            tried=tried,
            talk=slot.minutes - shown - tried,
            n=len(tasks),
        ),
        t("Stop at every number: what over what, which days, compared with what?"),
    ]
    return "\n\n".join(lines)


def task_note(task: Exercise) -> str:
    """What to take away, and the hints that the known wrong ways get, Markdown."""
    lines = [t("To take away: {lesson}", lesson=t(task.lesson)), ""]
    for way in (*task.wrong_ways, *general_ways(task)):
        hints = " → ".join(t(hint) for hint in way.hints)
        lines.append(f"- `{way.name}`: {hints}")
    return "\n".join(lines)


def tasks_note(tasks: Sequence[Exercise]) -> str:
    """The same of every exercise of a module, one after the other."""
    return "\n\n".join(
        f"**{n}. {t(task.title)}**\n\n{task_note(task)}" for n, task in enumerate(tasks, 1)
    )


def case_note(case: Case) -> str:
    """How to measure what a case claims, and its lesson, Markdown."""
    return f"{case.metric}\n\n{case.lesson}"
