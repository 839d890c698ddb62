"""The notebooks of the cases: both languages alike, run from the top, no solution for trainees."""

import contextvars
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from opsbook.language import speaking
from opsbook.report.notebooks import find_notebooks, notebooks_folder
from opsbook.teach.course.cases import read_cases
from opsbook.teach.course.replays import replay_file, replay_notebooks
from opsbook.teach.replay_cases import CASES

BOOK = Path(__file__).parents[2] / "playbook"
IDS = [case.id for case in CASES]
each_case = pytest.mark.parametrize("id", IDS)
each_language = pytest.mark.parametrize("lang", ["en", "zh"])


def source(id: str) -> Any:
    return nbformat.read(replay_file(BOOK, id), 4)


def tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))


def made(id: str, lang: str, *, trainer: bool, seed: int = 7) -> Any:
    with speaking(lang):
        files = replay_notebooks(BOOK, [id], seed)
    folder = "trainer" if trainer else "class"
    return nbformat.reads(files[f"{folder}/cases/{id}-replay.ipynb"], 4)


@each_case
def test_every_text_stands_in_both_languages_side_by_side(id: str) -> None:
    texts = [c for c in source(id).cells if c.cell_type == "markdown"]
    assert [tags(c) & {"lang-en", "lang-zh"} for c in texts] == [
        {"lang-en"},
        {"lang-zh"},
    ] * (len(texts) // 2)
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        assert one.id.removesuffix("-en") == other.id.removesuffix("-zh")
        lines = [[x[:2] for x in c.source.splitlines() if x] for c in (one, other)]
        assert lines[0][0] == lines[1][0]
        assert len(lines[0]) == len(lines[1]), one.id


@each_case
def test_source_has_no_outputs(id: str) -> None:
    assert [c.id for c in source(id).cells if c.get("outputs") or c.get("execution_count")] == []


@each_language
@each_case
def test_the_claim_is_that_of_the_card_and_called_a_claim(id: str, lang: str) -> None:
    card = next(c for c in read_cases(BOOK, lang) if c.id == id)
    text = next(c.source for c in source(id).cells if c.id == f"case-{lang}")
    assert card.claim in text
    assert ("source claim" if lang == "en" else "来源说法") in text
    assert card.section in text


@each_language
@each_case
def test_trainees_get_the_questions_and_no_solution(id: str, lang: str) -> None:
    mine, full = (made(id, lang, trainer=t) for t in (False, True))
    answers = [c for c in full.cells if "solution" in tags(c)]
    assert len(answers) >= 4
    assert [c for c in mine.cells if "solution" in tags(c)] == []
    given = "\n".join(c.source for c in mine.cells)
    assert not any(c.source in given for c in answers if c.cell_type == "markdown")
    assert any(c.id.startswith("discuss") for c in mine.cells)
    other = "zh" if lang == "en" else "en"
    assert not any(f"lang-{other}" in tags(c) for c in full.cells)
    assert f'lang = "{lang}"' in given
    assert "seed = 7 " in given


def test_no_report_is_made_of_a_case() -> None:
    assert not {n.name for n in find_notebooks(notebooks_folder())} & {f"{i}-replay" for i in IDS}


def test_a_case_without_notebook_is_passed_over() -> None:
    assert replay_notebooks(BOOK, ["J01"], 1) == {}


def executed(book: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A notebook run in a kernel of its own, one seed."""
    # Runs are kept beside the test's folder, so that both languages use the same ones.
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    for cell in book.cells:
        cell.source = cell.source.replace("runs = 3 ", "runs = 1 ")
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return book


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


def shown(cell: Any) -> set[str]:
    return {kind for out in cell.outputs for kind in out.get("data", {})}


@pytest.mark.slow
@each_language
@each_case
def test_a_trainers_notebook_runs_from_the_top(
    id: str, lang: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = executed(made(id, lang, trainer=True), kept, monkeypatch)
    cells = {c.id: c for c in book.cells}
    assert "application/vnd.jupyter.widget-view+json" in shown(cells["desk"])
    for name in ("curves", "good-curves"):
        assert "image/png" in shown(cells[name])
    for name in ("table", "good-table"):
        assert "text/html" in shown(cells[name])
    said = cells["good"].outputs[0]["data"]["text/markdown"]
    assert "+" in said and "CNY" in said


@each_language
def test_a_trainees_notebook_runs_in_process(
    lang: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
    book = made("J21", lang, trainer=False)
    space: dict[str, Any] = {}

    def run() -> None:
        for cell in book.cells:
            if cell.cell_type == "code":
                exec(cell.source.replace("runs = 3 ", "runs = 1 "), space)

    contextvars.copy_context().run(run)
    assert space["found"].gain["yours"].tolist() == [0.0]
    assert space["found"].seeds == (7,)
