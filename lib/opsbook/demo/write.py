"""Writing a simulated shop: all of it or nothing."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["write_shop"]

SHOP = """\
name = "Demo shop"
name_zh = "示例店铺"
currency = "CNY"
timezone = "Asia/Shanghai"
week_start = "monday"
"""


def write_shop(
    folder: Path,
    tables: Mapping[str, pa.Table],
    truth: Mapping[str, pa.Table],
    summary: Mapping[str, Any],
) -> Path:
    """Write aside and rename: a folder that was half written never looks like a shop.

    Args:
        folder: Where the shop shall be; a demo shop there is replaced.
        tables: Tables of the contract.
        truth: Latent tables, for the sub-folder ``truth``.
        summary: What ``truth.json`` holds.

    Raises:
        ParameterError: The folder holds something that is not a demo shop.
    """
    folder = folder.expanduser().absolute()
    if folder.exists() and not _replaceable(folder):
        raise ParameterError(
            N_("{folder} holds something that is not a demo shop; name another folder"),
            folder=folder,
        )
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        (aside / "truth").mkdir(parents=True)
        for name, table in tables.items():
            _write(table, aside / f"{name}.parquet")
        for name, table in truth.items():
            _write(table, aside / "truth" / f"{name}.parquet")
        (aside / "shop.toml").write_text(SHOP, encoding="utf-8")
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        (aside / "truth.json").write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and ((folder / "truth.json").exists() or not any(folder.iterdir()))


def _write(table: pa.Table, file: Path) -> None:
    # Ids rise from row to row: written as differences they need next to no room.
    rising = {"session_id", "order_id", "return_id"} & set(table.column_names)
    pq.write_table(
        table,
        file,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in rising],
        column_encoding=dict.fromkeys(rising, "DELTA_BYTE_ARRAY"),
        store_schema=False,
    )
