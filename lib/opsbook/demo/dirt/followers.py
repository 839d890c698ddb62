"""Faults that follow from dirt elsewhere: partners that are lost, parcels that seem too early."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt.ledger import Ledger
from opsbook.demo.dirt.parts import chunks
from opsbook.demo.dirt.stain import Book, filled, mask_of
from opsbook.demo.dirt.survey import late_followers
from opsbook.shop.contract import contract

__all__ = ["note_followers"]


def note_followers(files: dict[str, list[Path]], book: Book, ledger: Ledger) -> None:
    """Write into the key what the check will say of rows that were left as they are.

    Args:
        files: The tables as they are now.
        book: What was soiled.
        ledger: The key.
    """
    _orphaned(files, book, ledger)
    _overtaken(files, book, ledger)


def _orphaned(files: dict[str, list[Path]], book: Book, ledger: Ledger) -> None:
    """Rows whose partner has lost its number."""
    for parent, parts in book.lost.items():
        ids = pa.concat_arrays(parts)
        for name, column in book.children(parent):
            table = contract()[name]
            place = 0
            for file in files[name]:
                for chunk in chunks(file):
                    hit = mask_of(pc.is_in(chunk[column], value_set=ids))
                    hit &= filled(*table.required)(chunk)
                    at = np.flatnonzero(hit)
                    found = chunk.take(at)
                    ledger.write(
                        *(table, found, at + place),
                        column=column,
                        kind="lost_partner",
                        issue="orphan",
                        before=found[column].combine_chunks(),
                        after=found[column].combine_chunks(),
                        by_value=True,
                        follows=True,
                    )
                    place += len(chunk)


def _overtaken(files: dict[str, list[Path]], book: Book, ledger: Ledger) -> None:
    """Parcels and returns of orders whose clock went wrong: some now lie before their order."""
    if not book.late:
        return
    wrong = pa.concat_tables(book.late)
    for name, column in (("shipments", "ship_ts"), ("returns", "request_ts")):
        if book.has(name, "order_id", column):
            found = late_followers(files, wrong, name, column)
            ledger.write(
                *(contract()[name], found, found["row"].to_numpy()),
                column=column,
                kind="clock_8h_ahead",
                issue="before_order",
                follows=True,
            )
