"""One small demo shop for all tests of this folder."""

from pathlib import Path

import pandas as pd
import pytest

from opsbook.demo import simulate


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
