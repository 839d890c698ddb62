"""Results that the reports of one batch share: what two languages both need is computed once.

A report in English and one in Chinese ask the methods the same questions. Where the runner
has given a batch a folder of its own, the first to ask computes and the others read. Without
one, in a notebook say, a shared function is the plain function. Only what is the same in
every language is shared across languages: whether a function asked for the language is
noticed while it runs.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from opsbook.shop.answers import Question
    from opsbook.shop.shop import Shop

__all__ = ["FOLDER", "in_any_order", "shared"]

FOLDER = "OPSBOOK_SHARED"
"""Names the folder of the batch in the environment of its reports."""
P = ParamSpec("P")
R = TypeVar("R")


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """Let the reports of one batch compute a function once for the same arguments.

    The function takes one shop or none, is pure, and gives something that can be written
    down. Every caller gets a copy of its own. An exception is not kept: the next caller
    meets its own.

    Args:
        function: A method or part of one, at the top level of its module.
    """

    @wraps(function)
    def ask(*given: P.args, **named: P.kwargs) -> R:
        question = _question(function, given, named)
        if question is None:
            return function(*given, **named)
        answer: R = question.answer()
        return answer

    return ask


def in_any_order(function: Callable[..., R], calls: Sequence[tuple[Any, ...]]) -> list[R]:
    """Ask a shared function several things; what another report is at comes last.

    Two reports that begin with the same questions share the work instead of waiting.

    Args:
        function: Decorated with ``shared``.
        calls: Arguments of each call.

    Returns:
        One result per call, in the order of the calls.
    """
    plain = getattr(function, "__wrapped__", function)
    found: dict[int, R] = {}
    later = []
    for place, call in enumerate(calls):
        question = _question(plain, call, {})
        if question is not None and question.busy:
            later.append(place)
        else:
            found[place] = function(*call)
    found |= {place: function(*calls[place]) for place in later}
    return [found[place] for place in range(len(calls))]


def _question(
    function: Callable[..., Any], given: Sequence[Any], named: dict[str, Any]
) -> "Question | None":
    """What a call asks the batch; None where nothing is shared or the call is like no other."""
    folder = os.environ.get(FOLDER, "")
    if not folder:
        return None
    from opsbook.shop.answers import Question
    from opsbook.shop.described import Indescribable, code_state, described
    from opsbook.shop.shop import Shop

    bound = signature(function).bind(*given, **named)
    bound.apply_defaults()
    asked = dict(bound.arguments)
    shops = [name for name, value in asked.items() if isinstance(value, Shop)]
    if len(shops) > 1:
        return None
    shop: Shop | None = asked[shops[0]] if shops else None
    name = (function.__module__, function.__qualname__)
    try:
        key = described(code_state(), name, asked)
    except Indescribable:
        return None

    def compute(shop: "Shop | None") -> Any:
        for place in shops:
            bound.arguments[place] = shop
        return function(*bound.args, **bound.kwargs)

    return Question(Path(folder), key, shop, compute, _shop_name(list(asked.values())))


def _shop_name(value: Any) -> str:
    """The shop's name inside results of earlier questions; empty if there is none."""
    from opsbook.shop.described import ShopName

    if isinstance(value, ShopName):
        return str(value)
    inside: Sequence[Any] = ()
    if isinstance(value, (list, tuple)):
        inside = value
    elif is_dataclass(value):
        inside = [getattr(value, field.name) for field in fields(value)]
    return next((name for part in inside if (name := _shop_name(part))), "")
