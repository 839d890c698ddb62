"""Two small classes, made once: exercises are tried on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from opsbook.teach import classroom
from opsbook.teach.classroom import Class, make_class, open_class

SEEDS = (3, 8)


@pytest.fixture(scope="session")
def class_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Folder of each class, by seed."""
    base = tmp_path_factory.mktemp("classes")
    return {seed: make_class(base / str(seed), seed=seed, orders=3_000) for seed in SEEDS}


@pytest.fixture(scope="session")
def shops(class_folders: dict[int, Path]) -> Iterator[dict[int, Class]]:
    """Each class open, by seed; none of them is left in use."""
    found = {seed: open_class(folder) for seed, folder in class_folders.items()}
    classroom._open.clear()
    yield found


@pytest.fixture
def in_class(shops: dict[int, Class], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a class in use with a progress file of its own."""

    def use(seed: int = 3, trainee: str = "") -> Class:
        opened = shops[seed]
        mine = Class(tmp_path, opened.name, seed, trainee, opened.shop)
        monkeypatch.setattr(classroom, "_open", [mine])
        return mine

    return use
