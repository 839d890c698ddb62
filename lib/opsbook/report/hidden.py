"""Passwords and tokens: where they come from, and keeping them out of everything written.

A job file names a secret as ``env:NAME``; its value then stands in the environment of the
scheduler only. What a run writes or sends is cleaned of every secret that it knew of.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.clean import secrets_in

__all__ = ["environment_secrets", "named", "put_away", "secrets_of", "value_of"]

_FROM = "env:"
_TELLING = re.compile(
    r"pass(word|wd|phrase)?(_|$)|pwd|token|secret|(api|access|private|_)_?key|credential|dsn$",
    re.IGNORECASE,
)
_HOST = re.compile(r"([\w-]+\.)+[a-z]{2,}|localhost|[\d.]+", re.IGNORECASE)
_SHORTEST = 6
"""A shorter one may be any word: putting it out everywhere would say more than it hides."""


def named(given: str) -> str:
    """Name of the environment variable that holds the value; empty where it is said plainly."""
    return given.removeprefix(_FROM).strip() if given.startswith(_FROM) else ""


def value_of(given: str, where: str) -> str:
    """What is meant: the text itself, or what the environment says for ``env:NAME``.

    Args:
        given: Text of a job file.
        where: Where it stands, for the message.

    Raises:
        ParameterError: The environment says nothing.
    """
    name = named(given)
    value = os.environ.get(name, "").strip() if name else given
    if not value:
        raise ParameterError(
            N_("{where}: the environment variable {name} is not set where the job runs"),
            where=where,
            name=name or _FROM,
        )
    return value


def secrets_of(address: str) -> dict[str, str]:
    """Every part of a notification's address that opens a door: tokens stand anywhere in it."""
    found = ({address: "***"} if address else {}) | secrets_in(address)
    rest = address.partition("://")[2]
    parts = {p for p in re.split(r"[/:@?&=,#]", rest) if p}
    known = {*parts, *map(unquote, parts)}
    # Names of hosts and of options are no secrets and would be missed in a message.
    return found | {p: "***" for p in known if len(p) >= 8 and not _HOST.fullmatch(p)}


def environment_secrets(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Values of variables whose name says that they are secret: ``DB_PASSWORD``, ``X_TOKEN``.

    Args:
        environment: Where to look; this process's environment unless given.
    """
    found: dict[str, str] = {}
    for name, value in (os.environ if environment is None else environment).items():
        if len(value) >= _SHORTEST and _TELLING.search(name):
            found[value] = "***"
        if "://" in value:
            found |= secrets_in(value)
    return found


@contextmanager
def put_away(names: Iterable[str]) -> Iterator[None]:
    """Take variables out of the environment, so that no report's program can show them."""
    held = {name: os.environ.pop(name) for name in set(names) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(held)
