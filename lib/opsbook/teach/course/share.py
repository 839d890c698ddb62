"""Which exercise is done in which module, and which are left for the weeks after the course."""

from collections.abc import Sequence

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.teach.course.plan import Slot
from opsbook.teach.exercise import Exercise

__all__ = ["PRACTICE", "shared_out"]

PRACTICE = "practice"
"""Name of the notebook with what no module has time for."""
_LEAST = 3
_MINUTES_EACH = 12
"""What an exercise takes a class, its discussion included."""


def shared_out(slots: Sequence[Slot], tasks: Sequence[Exercise]) -> dict[str, tuple[Exercise, ...]]:
    """Exercises by id of the module, and what is left under ``practice``.

    A module takes those that the timetable names, then those of its own chapters, as many as
    half its time allows. With fewer than three it is filled from its room.

    Args:
        slots: The timetable.
        tasks: Every exercise there is.

    Raises:
        DataError: The timetable names an exercise that does not exist, or names it twice.
    """
    left = list(tasks)
    found: dict[str, list[Exercise]] = {}
    modules = [slot for slot in slots if slot.kind == "module"]
    for slot in modules:
        found[slot.id] = [_named(slot, wanted, left) for wanted in slot.exercises]
        left = [task for task in left if task not in found[slot.id]]
    for slot in modules:
        most = max(_LEAST, slot.minutes // 2 // _MINUTES_EACH) - len(found[slot.id])
        own = [task for task in left if task.chapter in slot.chapters and task.room == slot.room]
        found[slot.id] += own[: max(0, most)]
        left = [task for task in left if task not in found[slot.id]]
    for slot in modules:
        near = [task for task in left if task.room == slot.room]
        more = near[: max(0, _LEAST - len(found[slot.id]))]
        found[slot.id] += more
        left = [task for task in left if task not in more]
    return {name: tuple(own) for name, own in found.items()} | {PRACTICE: tuple(left)}


def _named(slot: Slot, wanted: str, left: Sequence[Exercise]) -> Exercise:
    for task in left:
        if task.id == wanted:
            return task
    raise DataError(
        N_(
            'timetable.toml, "{slot}": there is no exercise {id}, or another slot has it; '
            "free are {valid}"
        ),
        slot=slot.id,
        id=wanted,
        valid=", ".join(task.id for task in left),
    )
