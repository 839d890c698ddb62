"""Wrong ways that every change and every rate knows: an index for a change, a 1 too few."""

from opsbook.language import N_
from opsbook.teach.exercise import Exercise, WrongWay

__all__ = ["general_ways"]


def _index(one: Exercise) -> WrongWay:
    return WrongWay(
        "one_not_taken_off",
        lambda shop: 1.0 + float(one.answer(shop)),  # type: ignore[arg-type]
        N_("If nothing had changed, nothing won and nothing lost: which figure would you have?"),
        N_("This is 1 plus what is asked: 1 stands for no change. Take 1 off."),
    )


def _less_one(one: Exercise) -> WrongWay:
    return WrongWay(
        "one_taken_off",
        lambda shop: float(one.answer(shop)) - 1.0,  # type: ignore[arg-type]
        N_("A part of a whole, or a change? Which of the two can be below zero?"),
        N_("1 was taken off what is asked: this is the distance to the whole. Leave the 1 in."),
    )


def general_ways(one: Exercise) -> tuple[WrongWay, ...]:
    """Ways to miss any exercise of this kind, tried after its own.

    Args:
        one: The exercise; only fractions and shares have such ways.
    """
    if one.kind == "fraction":
        return _index(one), _less_one(one)
    return (_less_one(one),) if one.kind == "share" else ()
