"""Computing once per shop what several answers of an exercise rest on."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from opsbook.shop.shop import Shop

__all__ = ["once"]

R = TypeVar("R")


def once(function: Callable[[Shop], R]) -> Callable[[Shop], R]:
    """Keep a function's result for as long as its shop is open.

    A check computes the right answer and every known wrong one, so what they share would be
    asked of the engine five times. An exception is not kept.

    Args:
        function: Takes the shop alone; its result is never changed.
    """
    kept: WeakKeyDictionary[Shop, R] = WeakKeyDictionary()

    @wraps(function)
    def ask(shop: Shop) -> R:
        if shop not in kept:
            kept[shop] = function(shop)
        return kept[shop]

    return ask
