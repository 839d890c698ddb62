"""Tests of the lab run as a plain script would, whatever ran in this process before.

They share one small shop.
"""

import asyncio.events as events
from collections.abc import Iterator
from pathlib import Path

import pytest

import opsbook
from opsbook.demo import simulate
from opsbook.shop.shared import FOLDER
from opsbook.shop.shop import Shop


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    """Hide the event loop that a browser's session keeps running in the main thread."""
    around = events._get_running_loop()
    events._set_running_loop(None)
    yield
    events._set_running_loop(around)


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an open lab keeps what its notebooks worked out."""
    return tmp_path_factory.mktemp("answers")


@pytest.fixture
def open_lab(answers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `opsbook lab`: what one view worked out serves the next."""
    monkeypatch.setenv(FOLDER, str(answers))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A demo shop of 2,000 orders in 450 days: two mega-sales a year apart fit into it."""
    folder = tmp_path_factory.mktemp("lab") / "shop"
    simulate(folder, orders=2000, days=450, seed=5)
    return opsbook.open_shop(folder)
