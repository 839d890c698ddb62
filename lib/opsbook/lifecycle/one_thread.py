"""Small fits in one thread: handing out their work would take longer than doing it.

On a busy machine many threads of a tiny fit wait for each other, up to a hundred times longer
than the fit takes. Asking which libraries have threads costs milliseconds, so it is asked once
and not at each of the hundreds of fits of a report.
"""

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["one_thread"]

_POOLS = ("numpy", "scipy.linalg", "sklearn", "sklearn.ensemble")
"""Modules that bring a pool of threads with them when they are first imported."""


@contextmanager
def one_thread(when: bool = True) -> Iterator[None]:
    """Hold the numerical libraries to one thread for a while.

    Args:
        when: False to leave them as they are: a large fit is worth many threads.
    """
    if not when:
        yield
        return
    loaded = tuple(name for name in _POOLS if name in sys.modules)
    with _pools(loaded).limit(limits=1):
        yield


@functools.cache
def _pools(loaded: tuple[str, ...]) -> Any:
    """Controller of the pools known so far; asked again once a library has joined."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()
