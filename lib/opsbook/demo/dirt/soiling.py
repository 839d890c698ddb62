"""Soil a clean demo shop: plant dirt of every kind and write the key of what was planted."""

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opsbook.demo.dirt.followers import note_followers
from opsbook.demo.dirt.ledger import Ledger
from opsbook.demo.dirt.parts import rows, tables
from opsbook.demo.dirt.soiler import Soiler
from opsbook.demo.dirt.survey import survey
from opsbook.demo.draw import stream
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.contract import contract

__all__ = ["SMALLEST", "soil"]

SMALLEST = 50
"""Rows below which a table stays clean: among so few, every fault would change the shop."""
_FIRST = ("customers", "products", "orders", "sessions")
"""Tables that others name: soiled before them, so that these can step round what is soiled."""


def soil(folder: Path, seed: int, *, rate: float = 0.01) -> None:
    """Plant dirt in a clean demo shop.

    A row is soiled in one way at most, and rows that name a soiled row stay clean, so that
    each fault has one cause. What still follows (lines of an order that lost its number) is
    in the key and marked. Tables are read and written in parts; the same shop and seed give
    the same dirt.

    Args:
        folder: A demo shop as it was written.
        seed: Seed of the dirt.
        rate: Share of the rows of each table that are soiled, above 0 up to 0.2. Every kind
            that fits falls on one row at least, in small tables on more than this share.

    Raises:
        ParameterError: The folder holds no demo shop, the shop is soiled already, or the
            rate is out of bounds.
    """
    folder = Path(folder).expanduser().absolute()
    truth = _truth(folder)
    if not 0 < rate <= 0.2:
        raise ParameterError(
            N_("rate {value} is out of bounds; give a share above 0 up to 0.2"), value=rate
        )
    files = tables(folder)
    book = survey(files, stream(seed, "dirt"))
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.dirt")
    ledger = Ledger()
    counts = {name: rows(f) for name, f in files.items()}
    try:
        written = {}
        for name in sorted(files, key=lambda n: (n not in _FIRST, list(contract()).index(n))):
            if counts[name] >= SMALLEST:
                soiler = Soiler(contract()[name], book, ledger, stream(seed, f"dirt/{name}"))
                written[name] = soiler.run(files[name], aside, folder, rate * counts[name])
        now = {**files, **written}
        note_followers(now, book, ledger)
        key = ledger.table()
        (folder / "truth").mkdir(exist_ok=True)
        pq.write_table(key, aside / "dirt.parquet", compression="zstd")
        truth["dirt"] = _summary(key, seed, rate)
        for name in written:
            for old, new in zip(files[name], written[name], strict=True):
                new.replace(old)
        (aside / "dirt.parquet").replace(folder / "truth" / "dirt.parquet")
        text = json.dumps(truth, ensure_ascii=False, indent=1)
        (aside / "truth.json").write_text(text + "\n", encoding="utf-8")
        (aside / "truth.json").replace(folder / "truth.json")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _truth(folder: Path) -> dict[str, Any]:
    try:
        truth = dict(json.loads((folder / "truth.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise ParameterError(
            N_("{folder} holds no demo shop; build one first: opsbook demo DIR"), folder=folder
        ) from None
    if "dirt" in truth:
        raise ParameterError(
            N_("{folder} is soiled already; build it anew: opsbook demo DIR"), folder=folder
        )
    return truth


def _summary(key: pa.Table, seed: int, rate: float) -> dict[str, Any]:
    planted = Counter(
        (table, kind)
        for table, kind, follows in zip(
            *(key[name].to_pylist() for name in ("table", "kind", "follows")), strict=True
        )
        if not follows
    )
    by_table: dict[str, dict[str, int]] = {}
    for (table, kind), count in sorted(planted.items()):
        by_table.setdefault(table, {})[kind] = count
    follows = len(key) - sum(planted.values())
    return {"seed": seed, "rate": rate, "planted": by_table, "follows": follows}
