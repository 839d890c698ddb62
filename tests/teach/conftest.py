"""Two small classes, made once: exercises are tried on both."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsbook.teach import classroom
from opsbook.teach.classroom import Class, make_class, open_class
from opsbook.teach.course import build, build_course
from opsbook.teach.course.shelf import Shelf

SEEDS = (3, 8)
COURSES = dict(zip(("en", "zh"), SEEDS, strict=True))
"""Seed of the course that is built in each language."""


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


@pytest.fixture(scope="session")
def courses(
    class_folders: dict[int, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A course in each language, without charts, around a class that is there already.

    The English one has its pages; in the Chinese one they are empty, which a slow test makes good.
    """

    def copied(folder: Path, *, seed: int, **_: Any) -> Path:
        return Path(shutil.copytree(class_folders[seed], folder))

    def empty(playbook: Path, shelf: Shelf, cases: object, folder: Path, **_: Any) -> None:
        for page in ("index", *shelf.titles):
            file = folder / shelf.lang / f"{page}.html"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    def make(lang: str) -> Path:
        if lang == "zh":
            patch.setattr(build, "class_book", empty)
        where = folder / lang
        return build_course(where, seed=COURSES[lang], lang=lang, orders=3_000, figures=False)

    folder = tmp_path_factory.mktemp("courses")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "make_class", copied)
        return {lang: make(lang) for lang in COURSES}
