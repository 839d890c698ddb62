"""A course for a class: whole, in both languages; what trainees get gives nothing away."""

import ast
import contextvars
import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import nbformat
import pytest

from opsbook.book.chapters import playbook_folder
from opsbook.errors import DataError, ParameterError
from opsbook.language import speaking
from opsbook.teach import exercise, exercises
from opsbook.teach.course import build_course
from opsbook.teach.course.chapters import read_chapter
from opsbook.teach.course.plan import read_plan

each_class = pytest.mark.parametrize("lang", ["en", "zh"])


def notebooks(folder: Path) -> list[tuple[str, Any]]:
    return [(p.stem, nbformat.read(p, 4)) for p in sorted(folder.glob("*.ipynb"))]


def sources(book: Any, tag: str = "") -> list[str]:
    return [c.source for c in book.cells if not tag or tag in c.metadata.get("tags", [])]


@each_class
def test_every_file_that_a_start_page_names_is_there(courses: dict[str, Path], lang: str) -> None:
    for page in (courses[lang] / "index.html", courses[lang] / "class" / "index.html"):
        links = re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8"))
        assert len(links) > 15
        assert [link for link in links if not (page.parent / link).is_file()] == []


@each_class
def test_each_module_has_slides_handout_and_both_notebooks(
    courses: dict[str, Path], lang: str
) -> None:
    slots = [slot for slot in read_plan(playbook_folder(), lang) if slot.kind == "module"]
    for slot in slots:
        found = {
            p.relative_to(courses[lang]).parts[:-1]
            for p in courses[lang].rglob(f"*-{slot.id}.*")
            if "book" not in p.parts
        }
        assert found == {("slides",), ("trainer",), ("class", "notebooks"), ("class", "handouts")}


@each_class
def test_every_exercise_is_asked_once_in_each_folder(courses: dict[str, Path], lang: str) -> None:
    wanted = sorted(one.id for one in exercises())
    for folder in ("trainer", "class/notebooks"):
        text = "\n".join(s for _, b in notebooks(courses[lang] / folder) for s in sources(b))
        assert sorted(re.findall(r'check\("([\w-]+)", answer', text)) == wanted


@each_class
def test_trainees_get_no_line_of_a_solution_and_no_folded_answer(
    courses: dict[str, Path], lang: str
) -> None:
    # What the chapters' pages may hold is asked in test_class_folder: they teach these methods.
    files = [
        p
        for p in (courses[lang] / "class").rglob("*")
        if p.suffix in {".ipynb", ".html"} and "book" not in p.parts
    ]
    given = "\n".join(
        "\n".join(sources(nbformat.read(p, 4))) if p.suffix == ".ipynb" else p.read_text("utf-8")
        for p in files
    )
    for one in exercises():
        lines = [x.strip() for x in one.solution.splitlines() if "=" in x and len(x.strip()) > 12]
        assert lines, one.id
        assert [line for line in lines if line in given] == []
    with speaking(lang):
        for slot in read_plan(playbook_folder(), lang):
            for name in slot.chapters:
                answer = read_chapter(playbook_folder(), name, lang).answer
                assert answer and answer.splitlines()[0] not in given


@each_class
def test_trainer_has_what_the_trainees_lack(courses: dict[str, Path], lang: str) -> None:
    for name, book in notebooks(courses[lang] / "trainer"):
        mine = nbformat.read(courses[lang] / "class" / "notebooks" / f"{name}.ipynb", 4)
        assert sources(mine, "solution") == []
        solved = "\n".join(sources(book, "solution"))
        asked = re.findall(r'check\("([\w-]+)", answer\)', "\n".join(sources(mine)))
        for id in asked:
            assert exercise(id).solution.strip() in solved


@each_class
def test_trainees_get_tables_and_no_truth(courses: dict[str, Path], lang: str) -> None:
    given = courses[lang] / "class"
    assert (given / "shop" / "orders.parquet").is_file()
    assert [p for p in given.rglob("*") if "truth" in p.name] == []
    assert (
        tomllib.loads((given / "class.toml").read_text("utf-8"))["seed"] == {"en": 3, "zh": 8}[lang]
    )


def verdicts(book: Any) -> Iterator[Any]:
    """What each check of a notebook says, its cells run one after another in one namespace."""
    space: dict[str, Any] = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
            if "check(" in cell.source.splitlines()[-1]:
                yield shown


def checked(folder: Path, few: int | None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Verdicts of the notebooks of a folder, run where they stand."""
    monkeypatch.chdir(folder)
    found: list[Any] = []
    for _, book in notebooks(folder)[:few]:
        with redirect_stdout(io.StringIO()):
            # A copy: the language that a notebook sets does not outlive it.
            found += contextvars.copy_context().run(lambda book=book: list(verdicts(book)))
    return found


def test_solutions_of_a_trainers_first_notebook_are_right_and_kept_nowhere(
    courses: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = checked(courses["zh"] / "trainer", 1, monkeypatch)
    assert len(said) >= 3
    assert [(verdict.id, verdict.state) for verdict in said if verdict.state != "right"] == []
    assert list((courses["zh"] / "class").glob("progress*")) == []


@pytest.mark.slow
@each_class
def test_every_solution_in_a_trainers_notebook_is_right(
    courses: dict[str, Path], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = checked(courses[lang] / "trainer", None, monkeypatch)
    assert [(verdict.id, verdict.state) for verdict in said if verdict.state != "right"] == []
    assert sorted(verdict.id for verdict in said) == sorted(one.id for one in exercises())


def test_a_trainees_notebook_runs_from_the_top_before_anything_is_answered(
    courses: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = checked(courses["en"] / "class" / "notebooks", 1, monkeypatch)
    assert said and all(verdict.state != "right" for verdict in said)
    for kept in (courses["en"] / "class").glob("progress*"):
        kept.unlink()


@pytest.mark.slow
@each_class
def test_trainers_notebooks_run_in_jupyter(courses: dict[str, Path], lang: str) -> None:
    from nbclient import NotebookClient

    folder = courses[lang] / "trainer"
    for _, book in notebooks(folder):
        NotebookClient(book, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()


def test_a_folder_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="is in use"):
        build_course(tmp_path, seed=1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_course_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="orders 10 is too small"):
        build_course(tmp_path / "out", seed=1, orders=10)
    book = tmp_path / "playbook"
    (book / "course").mkdir(parents=True)
    (book / "README.md").touch()
    (book / "course" / "timetable.toml").write_text("[[slot]]\nday = 1\n", encoding="utf-8")
    with pytest.raises(DataError, match="kind"):
        build_course(tmp_path / "out", seed=1, playbook=book)
    assert [p.name for p in tmp_path.iterdir()] == ["playbook"]


def test_a_playbook_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="--playbook"):
        build_course(tmp_path / "out", seed=1, playbook=tmp_path / "nothing")


def test_every_notebook_shows_how_to_get_a_table_and_how_per_cent_is_read(
    courses: dict[str, Path],
) -> None:
    for course in courses.values():
        for name, book in notebooks(course / "class" / "notebooks"):
            code = [s for s in sources(book) if s.startswith("from datetime")]
            assert (
                len([s for s in code if "shop.tables" in s and "in_days(sales_lines(shop)" in s])
                == 1
            ), name
            assert any('"12 %"' in s and "5.9" in s for s in sources(book)), name
