"""Figures are drawn from their lines, kept until something changes, and blamed by chapter."""

import ast
from pathlib import Path

import pytest

from made_book import FIGURES, make_playbook
from opsbook.book.chapters import chapters
from opsbook.book.code_version import code_version, imports_of, reached
from opsbook.book.figures import Plan, draw, read_plans
from opsbook.book.library import module_file
from opsbook.errors import ParameterError, RunError

ROOT = Path(__file__).parents[2]
WITHOUT = {
    "traffic/D12-key-figures",  # a table, and stands in the chapter; so are those of the campaign
    *("campaign/E01-post-mortem", "campaign/E04-actions", "campaign/E17-memory"),
    "campaign/F05-slots",
}


def test_every_method_has_a_figure_of_its_own_chapter() -> None:
    plans = read_plans(ROOT / "playbook")
    rooms = {name.split("/")[0] for name in plans}
    methods = {c.path for c in chapters(ROOT / "playbook") if c.room in rooms}
    assert set(plans) <= methods
    assert methods - set(plans) == WITHOUT


def offered(module: str) -> set[str]:
    """Names at the top of a module's source, its own and those it passes on."""
    file = module_file(module)
    assert file, module
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        found |= {getattr(node, "name", "")}
    return found


def test_the_code_of_every_figure_names_things_that_exist() -> None:
    for plan in read_plans(ROOT / "playbook").values():
        for node in ast.walk(ast.parse(plan.code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opsbook"):
                missing = {alias.name for alias in node.names} - offered(str(node.module))
                assert missing == set(), plan.chapter


def test_a_figure_is_drawn_once_and_kept(tmp_path: Path) -> None:
    plans = read_plans(make_playbook(tmp_path))
    said: list[str] = []
    first = draw(plans, "en", tmp_path / "kept", said.append)
    second = draw(plans, "en", tmp_path / "kept", said.append)
    assert said == ["market/D10-growth en"]
    assert first["market/D10-growth"].chart == second["market/D10-growth"].chart
    assert "<svg" in first["market/D10-growth"].chart["wide"]


def test_a_changed_line_draws_it_anew_and_leaves_no_old_drawing(tmp_path: Path) -> None:
    folder = make_playbook(tmp_path)
    draw(read_plans(folder), "en", tmp_path / "kept")
    changed = FIGURES.replace("Sales doubled", "Sales fell")
    (folder / "figures.toml").write_text(changed, encoding="utf-8")
    found = draw(read_plans(folder), "en", tmp_path / "kept")
    assert found["market/D10-growth"].chart["title"] == "Sales fell"
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_the_version_follows_the_code_that_is_reached() -> None:
    shallow = code_version("import opsbook.errors")
    deep = code_version("import opsbook.market.growth")
    assert len({shallow, deep, code_version("import opsbook.market.growth\n")}) == 3
    assert not [n for n in reached("import opsbook.shop.opening") if n.startswith("opsbook.demo")]
    assert "opsbook.market.growth" in imports_of("from opsbook.market.growth import growth")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("7", "AttributeError"),
        ("x = 7", "must end in an expression"),
        ("from opsbook.market.growth import no_such\n7", "ImportError"),
    ],
)
def test_a_figure_that_fails_is_named_by_its_chapter(tmp_path: Path, code: str, fault: str) -> None:
    with pytest.raises(RunError, match="market/D10-growth") as caught:
        draw({"market/D10-growth": Plan("market/D10-growth", code)}, "en", tmp_path)
    assert fault in str(caught.value)


def test_a_list_of_figures_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = make_playbook(tmp_path)
    (folder / "figures.toml").write_text("not toml", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"figures\.toml"):
        read_plans(folder)
    (folder / "figures.toml").write_text('["market/D10-growth"]\n', encoding="utf-8")
    with pytest.raises(ParameterError, match="has no code"):
        read_plans(folder)


@pytest.mark.slow
def test_every_figure_of_the_book_draws_in_both_languages(tmp_path: Path) -> None:
    plans = read_plans(ROOT / "playbook")
    for lang in ("en", "zh"):
        found = draw(plans, lang, tmp_path)
        assert set(found) == set(plans)
        for drawn in found.values():
            assert all(drawn.chart[part] for part in ("wide", "phone", "title", "alt", "source"))
