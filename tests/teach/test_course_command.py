"""The command says where the trainer begins, and hands its options on."""

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import opsbook.teach.course
from opsbook.cli_course import register
from opsbook.errors import ParameterError
from opsbook.language import language


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    register(made)
    made.command("other")(lambda: None)  # with one command only, Typer drops its name
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the builder was asked for, in place of building."""
    told: dict[str, Any] = {}

    def build(folder: Path, **options: Any) -> Path:
        told.update(options, folder=folder, language=language())
        options["say"]("building")
        return folder

    monkeypatch.setattr(opsbook.teach.course, "build_course", build)
    return told


def test_options_reach_the_builder(app: typer.Typer, asked: dict[str, Any]) -> None:
    done = CliRunner().invoke(app, ["course", "--lang", "zh", "--seed", "7", "--out", "mine"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [str(Path("mine") / "index.html")]
    assert "building" in done.stderr
    assert (asked["seed"], asked["folder"], asked["language"]) == (7, Path("mine"), "zh")


def test_without_a_folder_the_course_is_named_after_its_seed(
    app: typer.Typer, asked: dict[str, Any]
) -> None:
    assert CliRunner().invoke(app, ["course", "--seed", "3"]).exit_code == 0
    assert asked["folder"] == Path("course-3")


def test_an_unknown_language_is_refused(app: typer.Typer, asked: dict[str, Any]) -> None:
    done = CliRunner().invoke(app, ["course", "--lang", "fr"])
    assert isinstance(done.exception, ParameterError)
    assert asked == {}
