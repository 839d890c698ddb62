"""One table on its way through: rows are chosen, soiled, moved and copied chunk by chunk."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt import numbers, sales, texts
from opsbook.demo.dirt.copies import Copier
from opsbook.demo.dirt.ledger import Ledger
from opsbook.demo.dirt.parts import Writer, chunks, rows
from opsbook.demo.dirt.stain import Book, Mask, Stain, filled, mask_of
from opsbook.shop.contract import Table

__all__ = ["Soiler"]


class Soiler:
    """Soils one table.

    Args:
        table: The table.
        book: What is known of the shop; soiled ids are added.
        ledger: The key, to which every soiled row is added.
        rng: Source of randomness.
    """

    def __init__(self, table: Table, book: Book, ledger: Ledger, rng: np.random.Generator) -> None:
        self.table = table
        self.book = book
        self.ledger = ledger
        self.rng = rng
        makers = (sales.stains, texts.stains, numbers.stains)
        self.stains = [stain for make in makers for stain in make(table, book)]
        self.copier = Copier(table, book)
        self.done: Counter[str] = Counter()
        self.seen = 0
        self.written = 0

    def run(self, files: list[Path], aside: Path, folder: Path, wanted: float) -> list[Path]:
        """Soil all files of the table into a folder aside.

        Args:
            files: Where the table stands.
            aside: Where to write.
            folder: The shop, below which the files lie.
            wanted: Rows to soil.
        """
        self.total = rows(files)
        kinds = sum(not stain.whole for stain in self.stains) + len(self.copier.kinds)
        self.quota = max(1.0, wanted / max(kinds, 1))
        found = []
        for file in files:
            target = aside / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            writer = Writer(target, self.table.key)
            for chunk in chunks(file):
                writer.write(self._soiled(chunk))
            writer.close()
            found.append(target)
        return found

    def _soiled(self, chunk: pa.Table) -> pa.Table:
        self.seen += len(chunk)
        free = self._free(chunk)
        moved = np.zeros(len(chunk), dtype=bool)
        out, notes = chunk, []
        for stain in self.stains:
            picked = self._pick(stain, chunk, free)
            if not len(picked):
                continue
            free[picked] = False
            moved[picked] |= stain.moved
            before = chunk.take(picked)
            values = before[stain.column].combine_chunks()
            after = stain.change(values, before, self.rng)
            changes = {stain.column: after}
            if stain.more is not None:
                changes |= stain.more(before, after)
            for name, new in changes.items():
                out = _replaced(out, name, picked, new)
            notes.append((stain, picked, before, after))
            self._touch(stain, before)
        copies = self.copier.copies(out, free, self._want, self.rng)
        order = np.concatenate([np.flatnonzero(~moved), np.flatnonzero(moved)])
        place = np.empty(len(chunk), dtype=np.int64)
        place[order] = np.arange(len(chunk)) + self.written
        for stain, picked, before, after in notes:
            self._note(stain, out.take(picked), place[picked], before, after)
        self.copier.note(self.ledger, copies, self.written + len(chunk))
        self.done.update({group.kind: len(group.rows) for group in copies})
        result = pa.concat_tables([out.take(order), *(group.rows for group in copies)])
        self.written += len(result)
        return result.combine_chunks()

    def _want(self, name: str) -> int:
        """Rows of a kind that are due by now."""
        due = round(self.quota * self.seen / self.total) - self.done[name]
        if self.seen == self.total:
            due = max(due, 1 - self.done[name])
        return max(due, 0)

    def _pick(self, stain: Stain, chunk: pa.Table, free: Mask) -> np.ndarray:
        name = f"{stain.kind} {stain.column}"
        want = len(chunk) if stain.whole else self._want(name)
        if not want:
            return np.empty(0, dtype=np.int64)
        where = stain.where or filled(stain.column)
        fit = np.flatnonzero(free & where(chunk))
        if len(fit) > want:
            fit = np.sort(self.rng.choice(fit, want, replace=False))
        self.done[name] += len(fit)
        return fit

    def _free(self, chunk: pa.Table) -> Mask:
        """Rows that name no soiled row, and of lines those that an order can spare."""
        free = np.ones(len(chunk), dtype=bool)
        for column, target in self.book.linked(self.table):
            if soiled := self.book.touched.get(target):
                ids = pa.concat_arrays(soiled)
                free &= ~mask_of(pc.is_in(chunk[column], value_set=ids))
        if self.table.name == "order_lines":
            free &= _spare(chunk)
            free &= ~mask_of(pc.is_in(chunk["order_id"], value_set=self.book.shelter))
        return free

    def _touch(self, stain: Stain, before: pa.Table) -> None:
        if len(self.table.key) != 1 or not any(self.book.children(self.table.name)):
            return
        ids = before[self.table.key[0]].combine_chunks().cast(pa.string())
        ids = ids.drop_null()
        self.book.touched.setdefault(self.table.name, []).append(ids)
        if stain.loses:
            self.book.lost.setdefault(self.table.name, []).append(ids)

    def _note(
        self,
        stain: Stain,
        now: pa.Table,
        places: np.ndarray,
        before: pa.Table,
        after: pa.Array,
    ) -> None:
        self.ledger.write(
            self.table,
            now,
            places,
            column=stain.column,
            kind=stain.kind,
            issue=stain.issue,
            issue_column=stain.issue_column,
            before=before[stain.column].combine_chunks(),
            after=after,
            by_value=stain.by_value,
            said=stain.said,
        )
        for also in stain.also:
            hit = also.when(before, after) if also.when else np.ones(len(now), dtype=bool)
            self.ledger.write(
                self.table,
                now.filter(pa.array(hit)),
                places[hit],
                column=also.column,
                kind=stain.kind,
                issue=also.issue,
                after=after.filter(pa.array(hit)) if also.by_value else None,
                by_value=also.by_value,
                follows=True,
            )
        if stain.whole:
            self.book.late.append(now.select(["order_id", "order_ts"]))


def _replaced(table: pa.Table, name: str, picked: np.ndarray, new: pa.Array) -> pa.Table:
    mask = np.zeros(len(table), dtype=bool)
    mask[picked] = True
    column = table[name].combine_chunks()
    changed = pc.replace_with_mask(column, pa.array(mask), new.cast(column.type))
    return table.set_column(table.column_names.index(name), name, changed)


def _spare(chunk: pa.Table) -> Mask:
    """The last line of orders that have more and lie wholly inside the chunk."""
    codes = chunk["order_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    last = np.append(codes[1:] != codes[:-1], True)
    first = np.append(True, codes[1:] != codes[:-1])
    return last & ~first & (codes != codes[0]) & (codes != codes[-1])
