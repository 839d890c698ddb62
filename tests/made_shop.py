"""A shop made of frames, for tests of every room."""

import ibis
import pandas as pd

from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def shop_of(**tables: pd.DataFrame) -> Shop:
    """A shop on DuckDB from one frame per table."""
    engine = ibis.duckdb.connect()
    entries = {
        name: conform(engine.create_table(name, frame), contract()[name])
        for name, frame in tables.items()
    }
    return Shop("test", Settings(name="Test", currency="CNY"), entries)
