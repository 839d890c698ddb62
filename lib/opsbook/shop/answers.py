"""An answer that reports of one batch share: looked up, waited for, or worked out and put down.

It is written aside and renamed, so that nobody reads half of one; a lock that ends with its
holder lets one report work it out while others wait. The shop's name, which has a language,
is left open in it. Whether the language was asked for while it was worked out is noticed:
then it is put down for that language only.
"""

import io
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from copy import copy
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb
from ibis import Table as Frame

from opsbook.errors import OpsbookError
from opsbook.language import language, speaking
from opsbook.shop.answer_tables import AnswerTables
from opsbook.shop.described import ShopName
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop

__all__ = ["Question"]

_TITLE = ShopName("\ue000the shop's name\ue001")
"""Stands for the shop's name, which has a language, inside a result that has none."""
_ENGINES = ("ibis.", "duckdb.")


class _Untold(Settings):
    """Settings of a shop whose name is filled in by whoever reads the result."""

    @property
    def title(self) -> str:
        return _TITLE


class _Overheard(str):
    """A language that knows whether it was asked for."""

    asked = False

    def __bool__(self) -> bool:  # what language() does first with the one in force
        self.asked = True
        return True


_hearing: ContextVar[_Overheard | None] = ContextVar("hearing", default=None)


class _Writer(pickle.Pickler):
    """Writes results; a shop, its name and an engine's tables stay outside.

    A shop that whoever reads was not given is refused, and so is a table not ours to write.
    """

    def __init__(self, file: io.BytesIO, shop: Shop | None, tables: AnswerTables) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.shop, self.tables = shop, tables

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, ShopName):
            return "title"
        if isinstance(value, Shop) and self.shop is not None:
            return "shop"
        if isinstance(value, Frame):
            return self.tables.refer(value), "table"
        if isinstance(value, Shop) or type(value).__module__.startswith(_ENGINES):
            raise pickle.PicklingError(type(value).__qualname__)
        return None


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes, asked: "Question", ending: str) -> None:
        super().__init__(io.BytesIO(data))
        self.shop, self.title = asked.shop, asked.title
        self.tables, self.stem = AnswerTables(asked.place.parent, asked.shop), asked.stem(ending)

    def persistent_load(self, name: Any) -> Any:
        if isinstance(name, tuple):
            return self.tables.read(name[0], self.stem)
        return self.shop if name == "shop" else ShopName(self.title)


class Question:
    """One question to the batch: answered before, being answered, or ours to answer.

    Args:
        folder: Where the batch keeps its answers; private to its owner.
        key: Stands for the question, whoever asks it.
        shop: The shop of whoever asks; None for a question about no shop.
        compute: Works the answer out from a shop.
        title: The shop's name as whoever asks calls it; it may be asked of results alone.
    """

    def __init__(
        self,
        folder: Path,
        key: str,
        shop: Shop | None,
        compute: Callable[[Shop | None], Any],
        title: str = "",
    ) -> None:
        self.place = folder / key
        self.shop = shop
        self.compute = compute
        self.title = shop.title if shop else title
        # Whoever computes something larger has not asked for the language by asking us.
        self.around = _hearing.get()
        self.lang = language() if self.around is None else str.__str__(self.around)

    @property
    def busy(self) -> bool:
        """Whether another report is at it just now."""
        if self.place.with_suffix(".all").exists():
            return False
        with _alone(self.place.with_suffix(".lock"), wait=False) as free:
            return not free

    def answer(self) -> Any:
        """The result, a copy of its own for whoever asks."""
        found = self._read()
        if found is None:
            with _alone(self.place.with_suffix(".lock")):
                found = self._read() or (self._computed(),)
        return found[0]

    def _read(self) -> tuple[Any] | None:
        """What others found, in brackets because it may be None."""
        for ending in ("all", self.lang):
            # A file that the engine cannot read is worked out anew.
            with suppress(FileNotFoundError, duckdb.Error):
                data = self.place.with_suffix(f".{ending}").read_bytes()
                if ending != "all" and self.around is not None:
                    self.around.asked = True
                return (_Reader(data, self, ending).load(),)
        return None

    def _computed(self) -> Any:
        heard = _Overheard(self.lang)
        before = _hearing.set(heard)
        try:
            with speaking(heard):
                result = self.compute(self.shop and _untold(self.shop))
        except OpsbookError as error:
            if not any(_TITLE in str(value) for value in error.values.values()):
                raise
            named = True  # the message names the shop
        else:
            named = False
        finally:
            _hearing.reset(before)
        if named:
            return self.compute(self.shop)
        out, tables = io.BytesIO(), AnswerTables(self.place.parent, self.shop)
        try:
            _Writer(out, self.shop, tables).dump(result)
            data = out.getvalue()
            told = [data, *(text.encode() for text in tables.texts())]
            if any(_TITLE.encode() in text for text in told):
                # The name went into a longer text, in which nobody can exchange it.
                return self.compute(self.shop)
            named = self.title != "" and any(self.title.encode() in text for text in told)
            ending = self.lang if heard.asked or named else "all"
            tables.write(self.stem(ending))
        except (pickle.PicklingError, TypeError, AttributeError):
            return self.compute(self.shop)
        if ending != "all" and self.around is not None:
            self.around.asked = True
        _put(self.place.with_suffix(f".{ending}"), data)
        return _Reader(data, self, ending).load()

    def stem(self, ending: str) -> str:
        """Begins the names of the answer's tables."""
        return f"{self.place.name}_{ending}"


def _untold(shop: Shop) -> Shop:
    """The same shop, its name left open."""
    if isinstance(shop.settings, _Untold):
        return shop
    twin: Shop | None = shop.__dict__.get("_untold")
    if twin is None:
        # One for all questions: what is remembered of it is found again by the next.
        twin = copy(shop)
        given = {field.name: getattr(shop.settings, field.name) for field in fields(Settings)}
        twin.settings = _Untold(**given)
        shop.__dict__["_untold"] = twin
    return twin


@contextmanager
def _alone(file: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock that ends with its holder, however that comes about; whether it was had."""
    try:
        import fcntl
    except ImportError:  # Windows: two may compute the same, which costs time only
        yield True
        return
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # the batch is over, or the disk full: nothing to wait for
        yield True
        return
    try:
        had = True
        try:
            # lockf and not flock: what this process forks must not keep the lock.
            fcntl.lockf(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:
            had = False
        yield had
    finally:
        os.close(handle)


def _put(file: Path, data: bytes) -> None:
    """Write the whole of it or nothing; without room it is not shared, and that is all."""
    with suppress(OSError):
        handle, aside = tempfile.mkstemp(dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(aside).replace(file)
        except OSError:
            Path(aside).unlink()
