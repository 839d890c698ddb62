"""Checking an answer on the class's own shop: right, or the hint for the way it went wrong."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from opsbook.errors import CannotTell, DataError, ParameterError
from opsbook.language import N_, t
from opsbook.shop.shop import Shop
from opsbook.teach.answers import Read, as_name, read_answer, same
from opsbook.teach.classroom import current_class, shop_of_class
from opsbook.teach.exercise import Answer, Exercise, WrongWay, exercise
from opsbook.teach.reading import chapter_page, formula_place
from opsbook.teach.records import Attempt, attempts_of, keep, now
from opsbook.teach.verdict import State, Verdict
from opsbook.teach.ways.general import general_ways

__all__ = ["PASS", "check"]

PASS = 80.0
"""Points from which a plan counts as solved: a good estimate alone is worth 88 to 100."""
_CLOSE = 0.03
_answers: WeakKeyDictionary[Shop, dict[tuple[str, str], Answer]] = WeakKeyDictionary()
_SIZES = (100.0, 0.01, 1_000.0, 0.001, 10_000.0, 0.0001)

_LOST = (
    N_(
        "Not the answer, and no mistake that is known. Read the question again: which days, "
        "which rows, divided by what?"
    ),
    N_(
        "Work the chapter's small example by hand first, then the same steps on the shop: {chapter}"
    ),
    N_("What is needed stands in {tables}. Compare your steps with the formula in {chapter}"),
)
_AGAIN = N_(
    "The same again. Read {place}, and put your figures beside its symbols, one by one. Or move "
    "on: do the next exercise, and come back to this one later."
)
_NEAR = (
    N_(
        "Close, but further off than rounding explains. Some rows too many or too few: first "
        "and last day, unpaid and cancelled orders, rows without a value."
    ),
)


def check(id: str, answer: Any, *, shop: Shop | None = None) -> Verdict:
    """Check an answer; the verdict shows itself.

    Computed from the shop at hand, so there is nothing to read off. Each further attempt on
    the same mistake gets the next hint, and after the last one the place to read.

    Args:
        id: Exercise, such as ``D10-gmv``.
        answer: A figure, text such as "5.9 %", a day, a name, or a small table; also what
            pandas, NumPy or Ibis returned.
        shop: The shop; that of the class in use unless given. Attempts are kept for a class
            only.

    Raises:
        ParameterError: There is no such exercise, or neither shop nor class.
        CannotTell: The shop lacks what the exercise needs.
    """
    one = exercise(id)
    room = current_class() if shop is None else None
    opened = shop_of_class(room.shop if room else shop)
    opened.require(one.needs)
    if answer is None or answer is ...:
        return Verdict(
            id, "form", "", 1, t("Put your answer into `answer`, then run the cell again.")
        )
    try:
        read = read_answer(one, answer)
    except ParameterError as fault:
        return Verdict(id, "form", "", 1, f"{fault} {one.form}")
    notes = []
    try:
        before = [a for a in attempts_of(room) if a.exercise == id]
    except DataError as fault:
        # A broken file of attempts must not keep anybody from learning.
        before, notes = [], [str(fault)]
    verdict = _judged(one, opened, read, before)
    tried = Attempt(id, now(), verdict.state, verdict.way, _short(read.value))
    if read.per_cent:
        notes.append(t("Read as per cent."))
    if read.as_read:
        notes.append(t("Read as {value}.", value=read.as_read))
    if not keep(tried, room) and room is not None:
        notes.append(t("Not kept: {folder} cannot be written.", folder=room.folder))
    return Verdict(
        id,
        verdict.state,
        verdict.way,
        verdict.hint,
        verdict.text,
        " ".join(notes),
        verdict.score,
        chapter_page(room.folder, one.chapter) if room is not None else "",
    )


def _judged(one: Exercise, shop: Shop, read: Read, before: Sequence[Attempt]) -> Verdict:
    if one.score is not None and isinstance(read.value, Mapping):
        return _scored(one, shop, read.value, before)
    right = _right(one, shop)
    if same(right, read.value, one.allowed, read.digits):
        return Verdict(one.id, "right", "", 0, t(one.lesson))
    found = _known(one, shop, read.value, read.digits)
    if found is not None:
        return _hinted(one, "known", found.name, found.hints, before)
    form = _form(one, right, read.value)
    if form:
        return Verdict(one.id, "form", "", 1, form)
    if _is_close(right, read.value):
        return _hinted(one, "close", "", (*_NEAR, *_LOST[1:]), before)
    return _hinted(one, "wrong", "", _LOST, before)


def _kept(shop: Shop, key: tuple[str, str], compute: Callable[[Shop], Answer]) -> Answer:
    """An answer computed once while the shop is open: the second try comes back at once."""
    mine = _answers.setdefault(shop, {})
    if key not in mine:
        mine[key] = compute(shop)
    return mine[key]


def _right(one: Exercise, shop: Shop) -> Answer:
    try:
        right = _kept(shop, (one.id, ""), one.answer)
    except (ArithmeticError, LookupError):
        right = float("nan")
    if isinstance(right, float) and right != right:
        raise CannotTell(
            N_("the data of {source} are too few for exercise {id}; open a class"),
            source=shop.source,
            id=one.id,
        )
    return right


def _scored(
    one: Exercise, shop: Shop, plan: Mapping[str, float], before: Sequence[Attempt]
) -> Verdict:
    assert one.score is not None
    points, said = one.score(shop, plan)
    if points >= PASS:
        return Verdict(one.id, "right", "", 0, t(one.lesson), score=points)
    found = _known(one, shop, plan, {})
    if found is not None:
        hinted = _hinted(one, "known", found.name, found.hints, before)
        return Verdict(one.id, "known", found.name, hinted.hint, hinted.text, score=points)
    return Verdict(one.id, "wrong", "", 1, said, score=points)


def _known(
    one: Exercise, shop: Shop, given: Answer, digits: Mapping[str, float]
) -> WrongWay | None:
    found = None
    for way in (*one.wrong_ways, *general_ways(one)):
        try:
            missed = _kept(shop, (one.id, way.name), way.answer)
        except (CannotTell, ArithmeticError, LookupError):
            # What cannot be computed on this shop cannot have been answered.
            continue
        # Two ways may lie close together: the one that fits to the last digit is meant.
        if same(missed, given, one.allowed, digits):
            return way
        if found is None and same(missed, given, one.allowed):
            found = way
    alike = (way for way in one.wrong_ways if way.fits is not None and way.fits(shop, given))
    return found or next(alike, None)


def _hinted(
    one: Exercise, state: State, way: str, hints: Sequence[str], before: Sequence[Attempt]
) -> Verdict:
    seen = sum(a.state == state and a.way == way for a in before)
    if seen >= len(hints):
        text = t(_AGAIN, place=formula_place(one.chapter))
        return Verdict(one.id, state, way, len(hints) + 1, text)
    chapter = f"playbook/{one.chapter}"
    text = t(hints[seen], chapter=chapter, tables=", ".join(one.needs))
    return Verdict(one.id, state, way, seen + 1, text)


def _form(one: Exercise, right: Answer, given: Answer) -> str:
    """What is right but for its sign, its unit or its rows."""
    if isinstance(right, Mapping):
        return _rows(one, right, given)
    if isinstance(right, str | date) or isinstance(given, str | date | Mapping):
        return ""
    if right and same(-right, given, one.allowed):
        return t("The size is right, the sign is not.")
    for times in _SIZES:
        if right and abs(float(given) - right * times) <= 0.006 * abs(right * times):
            return t("The digits are right, the unit is not. {form}", form=one.form)
    return ""


def _rows(one: Exercise, right: Mapping[str, float], given: Answer) -> str:
    if not isinstance(given, Mapping):
        return ""
    wanted = {as_name(key): float(value) for key, value in right.items()}
    if wanted.keys() != given.keys():
        names = ", ".join(map(str, right))
        return t("The table needs exactly these rows: {names}.", names=names)
    good = sum(one.allowed.holds(value, given[key]) for key, value in wanted.items())
    if not good:
        return ""
    return t("{good} of {all} rows are right.", good=good, all=len(wanted))


def _is_close(right: Answer, given: Answer) -> bool:
    if isinstance(right, str | date | Mapping) or isinstance(given, str | date | Mapping):
        return False
    return abs(float(given) - float(right)) <= _CLOSE * abs(float(right))


def _short(value: Answer) -> str:
    text = str(dict(value)) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
