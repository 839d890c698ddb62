"""What an exercise is: a question with one answer per class, and the known ways to miss it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any, Literal

from opsbook.errors import ParameterError
from opsbook.language import N_, language, t
from opsbook.shop.shop import Shop

__all__ = [
    "ROOMS",
    "Answer",
    "Exercise",
    "Kind",
    "Tolerance",
    "WrongWay",
    "exercise",
    "exercises",
]

ROOMS = ("market", "lifecycle", "supply", "traffic", "campaign")
"""Rooms with exercises, in the order of the course."""
_HOMES = (*(f"rooms.{room}" for room in ROOMS), "drills", "drill_shops", "promotion")

Kind = Literal["money", "number", "share", "fraction", "points", "date", "name", "table", "plan"]
Answer = float | str | date | Mapping[str, float]
"""What is right: a figure, a name, a day, or a few figures with names."""

_FORMS: dict[Kind, str] = {
    "money": N_("Answer with an amount in the shop's currency."),
    "number": N_("Answer with a number."),
    "share": N_("Answer with a fraction or in per cent: 0.059 and 5.9 count alike."),
    "fraction": N_('Answer with a fraction, or in per cent as text: 0.12 or "12 %".'),
    "points": N_("Answer in points, such as 42."),
    "date": N_("Answer with a day: YYYY-MM-DD."),
    "name": N_("Answer with a name, as the data write it."),
    "table": N_("Answer with a small table: a dictionary or series of name and figure."),
    "plan": N_("Answer with a plan: a dictionary or series of name and figure."),
}


@dataclass(frozen=True)
class Tolerance:
    """How far an answer may lie from the right one; the wider of the two counts.

    Args:
        relative: Share of the right answer: 0.005 lets three figures be enough.
        absolute: In the unit of the answer; a fraction for shares.
    """

    relative: float = 0.005
    absolute: float = 0.0

    def around(self, right: float) -> float:
        """Width on either side of the right answer, in its unit."""
        return max(self.relative * abs(right), self.absolute)

    def holds(self, right: float, given: float) -> bool:
        """Whether an answer is as good as right."""
        # The last bits of a sum depend on the engine; they are nobody's mistake.
        return abs(given - right) <= self.around(right) + 1e-9 * (1 + abs(right))


_ROUNDED = {
    # One decimal of a per cent is what people write; half of it, and a little for the rounding.
    "share": Tolerance(0.0, 0.0006),
    "fraction": Tolerance(0.0, 0.0006),
    "points": Tolerance(0.0, 0.51),
    "name": Tolerance(0.0, 0.0),
    "date": Tolerance(0.0, 0.0),
}


@dataclass(frozen=True)
class WrongWay:
    """A known way to miss an answer.

    Args:
        name: What was done instead, as in ``rate_over_orders``.
        answer: What that gives on a shop.
        nudge: The first hint, a question to think about, marked with ``N_``.
        tell: The second one: what was done and what to do instead, marked with ``N_``.
        fits: Whether an answer comes of the same mistake though it is another one than
            ``answer`` gives: any day of the weekend, any plan with one cut for all.
    """

    name: str
    answer: Callable[[Shop], Answer]
    nudge: str
    tell: str
    fits: Callable[[Shop, Any], bool] | None = None

    @property
    def hints(self) -> tuple[str, str]:
        """From a nudge to nearly the answer; shown one by one."""
        return self.nudge, self.tell


def _nothing(shop: Shop) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Exercise:
    """One question on the class's shop.

    Args:
        id: Catalogue id and a word: ``D10-gmv``.
        room: Room it belongs to.
        chapter: Chapter that teaches it, as in ``market/D10-growth``.
        title: A few words, marked with ``N_``.
        question: The same text for every class, marked with ``N_``.
        kind: What kind of answer is asked for.
        needs: Tables to the columns that are used.
        answer: The right answer on a shop, by the library's definitions.
        solution: Code that a trainee could write; finds ``shop`` and leaves ``answer``.
        wrong_ways: Known ways to miss it.
        lesson: What to take away, said with a right answer, marked with ``N_``.
        given: Figures drawn for this class, by name; empty where the shop's data are enough.
        tolerance: How far off is still right; by kind of answer unless said.
        score: Only for a plan: its worth from 0 to 100, and what would better it.
    """

    id: str
    room: str
    chapter: str
    title: str
    question: str
    kind: Kind
    needs: Mapping[str, tuple[str, ...]]
    # Whoever looks at an exercise in a notebook must not read its solution there.
    answer: Callable[[Shop], Answer] = field(repr=False)
    solution: str = field(repr=False)
    wrong_ways: tuple[WrongWay, ...] = field(repr=False)
    lesson: str
    given: Callable[[Shop], Mapping[str, Any]] = _nothing
    tolerance: Tolerance | None = None
    score: Callable[[Shop, Mapping[str, float]], tuple[float, str]] | None = field(
        default=None, repr=False
    )

    @property
    def entry(self) -> str:
        """Catalogue id: ``D10``."""
        return self.id.split("-")[0]

    @property
    def form(self) -> str:
        """How to write the answer, in the language in force."""
        return t(_FORMS[self.kind])

    @property
    def text(self) -> str:
        """Question and form of the answer, in the language in force."""
        gap = "" if language() == "zh" else " "
        return f"{t(self.question)}{gap}{self.form}"

    @property
    def allowed(self) -> Tolerance:
        """How far off is still right."""
        return self.tolerance or _ROUNDED.get(self.kind, Tolerance())


@cache
def _all() -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for home in _HOMES:
        for one in import_module(f"opsbook.teach.{home}").EXERCISES:
            found[one.id] = one
    return found


def exercises(room: str | None = None) -> tuple[Exercise, ...]:
    """Every exercise, in the order of the course.

    Args:
        room: Only those of one room, drills included.

    Raises:
        ParameterError: There is no such room.
    """
    if room is not None and room not in ROOMS:
        raise ParameterError(
            N_('room "{value}" has no exercises; rooms are {valid}'),
            value=room,
            valid=", ".join(ROOMS),
        )
    return tuple(e for e in _all().values() if room in (None, e.room))


def exercise(id: str) -> Exercise:
    """The exercise of that id.

    Raises:
        ParameterError: There is none; the message lists those that there are.
    """
    found = _all()
    if id not in found:
        raise ParameterError(
            N_('there is no exercise "{value}"; there are {valid}'),
            value=id,
            valid=", ".join(found),
        )
    return found[id]
