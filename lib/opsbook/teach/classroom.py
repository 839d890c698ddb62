"""A class and its data: a shop from a seed, so that no two classes have the same answers."""

import os
import random
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from opsbook.errors import DataError, ParameterError
from opsbook.language import N_
from opsbook.shop.shop import Shop

__all__ = ["FILE", "Class", "current_class", "make_class", "open_class", "shop_of_class"]

FILE = "class.toml"
FOLDER = "OPSBOOK_CLASS"
"""Names the class's folder in the environment, where a notebook does not."""
_FIRST_END = date(2026, 10, 8)
_LAST_DAYS = 19
"""The data end inside a month, never with it: whoever takes the month as whole learns it here."""
_open: list["Class"] = []


@dataclass(frozen=True, eq=False)
class Class:
    """A class that is open.

    Args:
        folder: Its folder, with ``class.toml`` and ``shop/``.
        name: What it is called.
        seed: What its data were made from.
        trainee: Whose progress is kept; empty for a folder of one's own.
        shop: The class's shop.
    """

    folder: Path
    name: str
    seed: int
    trainee: str
    shop: Shop

    @property
    def progress_file(self) -> Path:
        """Where attempts are kept, one line each."""
        tail = f"-{self.trainee}" if self.trainee else ""
        return self.folder / f"progress{tail}.jsonl"


def make_class(
    folder: str | Path, *, seed: int, orders: int = 8_000, days: int = 730, name: str = ""
) -> Path:
    """Make a class's folder: its shop, without the truth behind it, and the file of its seed.

    Args:
        folder: Where; made if it is not there, and must not hold a class of another seed.
        seed: 0 or more; another seed gives other answers.
        orders: Size of the shop, at least 500 orders.
        days: Length of its history, at least 500: a year and the same weeks a year before.
        name: What the class is called; empty for none.

    Returns:
        The folder.

    Raises:
        ParameterError: A number is out of bounds, or the folder holds another class.
    """
    where = Path(folder).expanduser().absolute()
    for label, value, least in (("days", days, 500), ("orders", orders, 500), ("seed", seed, 0)):
        if value < least:
            raise ParameterError(
                N_("{name} {value} is too small; at least {least}"),
                name=label,
                value=value,
                least=least,
            )
    wanted = {"seed": seed, "orders": orders, "days": days}
    if (where / FILE).exists():
        found = _read(where)
        if {key: found.get(key) for key in wanted} == wanted and (where / "shop").is_dir():
            return where
        raise ParameterError(
            N_("{folder} holds the class of seed {value}; name another folder"),
            folder=where,
            value=found.get("seed", "?"),
        )
    if (where / "shop").exists():
        raise ParameterError(
            N_("{folder} holds a shop that is no class; name another folder"), folder=where
        )
    from opsbook.demo.build import VERSION, simulate

    where.mkdir(parents=True, exist_ok=True)
    end = _FIRST_END + timedelta(days=random.Random(seed).randrange(_LAST_DAYS))
    with tempfile.TemporaryDirectory(prefix=".making-", dir=where) as aside:
        made = simulate(Path(aside) / "shop", orders=orders, days=days, seed=seed, end=end)
        # Trainees get the tables; the key to them is whatever the seed builds again.
        shutil.rmtree(made / "truth")
        (made / "truth.json").unlink()
        made.rename(where / "shop")
    lines = [f"{key} = {value}" for key, value in wanted.items()]
    lines += [f"end = {end}", f'version = "{VERSION}"', f"name = {_quoted(name)}", ""]
    (where / FILE).write_text("\n".join(lines), encoding="utf-8")
    return where


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are a subset of TOML's."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _read(folder: Path) -> dict[str, object]:
    try:
        return tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}; make the class anew"),
            file=folder / FILE,
            fault=fault,
        ) from None


def open_class(folder: str | Path | None = None, *, trainee: str = "") -> Class:
    """Open a class; ``check`` and ``progress`` then work on it.

    Args:
        folder: Its folder; looked for in ``OPSBOOK_CLASS``, here, above and in ``class/``
            unless given.
        trainee: A name, where several trainees use one folder.

    Raises:
        ParameterError: There is no class; the name holds what a file name cannot.
        DataError: Its file or its shop cannot be read.
    """
    if trainee and not all(letter.isalnum() or letter in "-_ ." for letter in trainee):
        raise ParameterError(
            N_('trainee "{value}" must be letters, digits, space, dot, - or _'), value=trainee
        )
    where = Path(folder).expanduser().absolute() if folder is not None else _nearest()
    if where is None or not (where / FILE).is_file():
        raise ParameterError(
            N_('no class in {folder}; open one with open_class("FOLDER"), where {file} stands'),
            folder=where or Path.cwd(),
            file=FILE,
        )
    read = _read(where)
    seed = read.get("seed")
    if not isinstance(seed, int):
        raise DataError(N_("{file} names no seed; make the class anew"), file=where / FILE)
    from opsbook.shop.opening import open_shop

    opened = Class(where, str(read.get("name", "")), seed, trainee, open_shop(str(where / "shop")))
    _open[:] = [opened]
    return opened


def _nearest() -> Path | None:
    named = os.environ.get(FOLDER)
    if named:
        return Path(named).expanduser().absolute()
    here = Path.cwd()
    for place in (here, here / "class", *here.parents):
        if (place / FILE).is_file():
            return place
    return None


def current_class() -> Class | None:
    """The class opened last in this process, or one that lies near; None where there is none.

    Raises:
        DataError: It cannot be read.
    """
    if not _open and (near := _nearest()) is not None:
        open_class(near)
    return _open[0] if _open else None


def shop_of_class(shop: Shop | None) -> Shop:
    """The shop given, else that of the class in use.

    Raises:
        ParameterError: There is neither.
    """
    if shop is not None:
        return shop
    found = current_class()
    if found is None:
        raise ParameterError(
            N_('no class in {folder}; open one with open_class("FOLDER"), where {file} stands'),
            folder=Path.cwd(),
            file=FILE,
        )
    return found.shop
