"""The key of the dirt: one row per thing that the check has to say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from opsbook.shop.contract import Table, contract

__all__ = ["SCHEMA", "Ledger", "named_rows"]

SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("row", pa.int64()),
        ("key", pa.string()),
        ("column", pa.string()),
        ("kind", pa.string()),
        ("value_before", pa.string()),
        ("value_after", pa.string()),
        ("issue", pa.string()),
        ("issue_column", pa.string()),
        ("name", pa.string()),
        ("follows", pa.bool_()),
    ]
)
"""``table``, ``row`` (place in it, from 0), ``key`` (``order_id O1``) and ``column`` say where;
``kind`` what was planted; then the values as text, empty where there is none; what the check has
to report (``issue``, ``issue_column``, and the ``name`` under which it names the row; no issue
where opening the shop mends it); and whether it only follows from dirt elsewhere."""


@dataclass
class Ledger:
    """Rows of the key as they come."""

    parts: list[pa.Table] = field(default_factory=list)

    def write(
        self,
        table: Table,
        rows: pa.Table,
        places: NDArray[np.int64],
        *,
        column: str,
        kind: str,
        issue: str,
        issue_column: str = "",
        before: pa.Array | None = None,
        after: pa.Array | None = None,
        by_value: bool = False,
        said: str = "",
        follows: bool = False,
    ) -> None:
        """Note soiled rows.

        Args:
            table: Their table.
            rows: The rows as they stand now.
            places: Their place in the table.
            column: Column that was soiled; empty for whole rows.
            kind: What was planted.
            issue: Kind of issue the check has to report.
            issue_column: Its column; the soiled one unless given.
            before: Values before.
            after: Values now.
            by_value: Whether the check names the value.
            said: What it names instead.
            follows: Whether the fault follows from another.
        """
        count = len(rows)
        if not count:
            return
        key = named_rows(rows, table)
        now = _texts(after, count)
        name = pa.repeat(said, count) if said else now if by_value else key
        same = {"table": table.name, "column": column, "kind": kind, "issue": issue}
        same["issue_column"] = issue_column or column
        columns = {
            **{
                label: pa.repeat(pa.scalar(text, pa.string()), count)
                for label, text in same.items()
            },
            "row": pa.array(places, pa.int64()),
            "key": key,
            "value_before": _texts(before, count),
            "value_after": now,
            "name": name,
            "follows": pa.repeat(follows, count),
        }
        self.parts.append(pa.table([columns[label] for label in SCHEMA.names], schema=SCHEMA))

    def table(self) -> pa.Table:
        """The key, in the contract's order of tables, then by place."""
        whole = pa.concat_tables(self.parts) if self.parts else SCHEMA.empty_table()
        order = pa.array(list(contract()))
        rank = pc.index_in(whole["table"], value_set=order)
        sorted_ = whole.append_column("rank", rank).sort_by(
            [("rank", "ascending"), ("row", "ascending"), ("issue", "ascending")]
        )
        return sorted_.drop_columns(["rank"])


def named_rows(rows: pa.Table, table: Table) -> pa.Array:
    """Rows as the check names them: ``order_id O1, line_id 2``; a log by its names and time."""
    columns: Sequence[str] = table.key or [
        c.name for c in table.columns if c.link is not None or c.name == table.time
    ]
    parts = []
    for name in columns:
        if name in rows.column_names:
            text = pc.utf8_trim_whitespace(_texts(rows[name].combine_chunks(), len(rows)))
            part = pc.binary_join_element_wise(f"{name} ", text, ", ", "")
            parts.append(pc.fill_null(part, ""))
    if not parts:
        return pa.repeat("", len(rows))
    return pc.utf8_rtrim(pc.binary_join_element_wise(*parts, ""), ", ")


def _texts(values: pa.Array | None, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, pa.string())
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("s"), safe=False)
    return values.cast(pa.string())
