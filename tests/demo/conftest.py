"""One small demo shop on disk and one in memory for all tests of this folder."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from opsbook.demo import simulate
from opsbook.demo.business import Business
from opsbook.demo.scenarios import setting_of
from opsbook.demo.simulation import run


class Written:
    """A demo shop on disk, its tables read on demand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getattr__(self, table: str) -> pd.DataFrame:
        frame = pd.read_parquet(self.folder / f"{table}.parquet")
        setattr(self, table, frame)
        return frame

    def truth(self, table: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "truth" / f"{table}.parquet")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(simulate(tmp_path_factory.mktemp("demo") / "small", orders=6000, days=420))


@cache
def _business(scenario: str, intervene: bool) -> Business:
    setting = setting_of(scenario, intervene=intervene)
    return run(setting, orders=40_000, days=730, seed=3, end=date(2026, 10, 31))


@pytest.fixture(scope="session")
def business() -> Business:
    """The healthy shop of two years, not written."""
    return _business("healthy", False)


@pytest.fixture(scope="session")
def scenario() -> Any:
    """Scenarios by name, simulated once each: ``scenario(name, intervene=False)``."""
    return lambda name, intervene=False: _business(name, intervene)
