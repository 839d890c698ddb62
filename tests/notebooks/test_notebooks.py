"""What every notebook in the repository keeps to."""

import ast
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from opsbook.report.sidecar import parameters_cell, read_schema
from opsbook.shop.contract import contract

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(p.stem for p in FOLDER.glob("*.ipynb"))


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def test_there_is_a_notebook() -> None:
    assert "market_analysis" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_source_has_no_outputs_and_ids_that_people_gave(name: str) -> None:
    for cell in read(name).cells:
        assert not cell.get("outputs"), cell.id
        assert cell.get("execution_count") is None, cell.id
        assert not (len(cell.id) == 8 and set(cell.id) <= set("0123456789abcdef")), cell.id


@pytest.mark.parametrize("name", NAMES)
def test_every_text_stands_in_both_languages(name: str) -> None:
    texts = [c for c in read(name).cells if c.cell_type == "markdown"]
    assert all(set(tags(c)) & {"lang-en", "lang-zh"} for c in texts)
    english = [c for c in texts if "lang-en" in tags(c)]
    chinese = [c for c in texts if "lang-zh" in tags(c)]
    assert [c.id.removesuffix("-en") for c in english] == [
        c.id.removesuffix("-zh") for c in chinese
    ]
    for one, other in zip(english, chinese, strict=True):
        level = [line.split(" ")[0] for line in one.source.splitlines() if line.startswith("#")]
        same = [line.split(" ")[0] for line in other.source.splitlines() if line.startswith("#")]
        assert level == same, one.id


@pytest.mark.parametrize("name", NAMES)
def test_pairs_stand_beside_each_other(name: str) -> None:
    cells = read(name).cells
    for one, following in pairwise(cells):
        if "lang-en" in tags(one):
            assert "lang-zh" in tags(following), one.id


@pytest.mark.parametrize("name", NAMES)
def test_code_cells_are_small_and_hold_no_logic(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type != "code" or "parameters" in tags(cell):
            continue
        body = ast.parse(cell.source)
        imports = (ast.Import, ast.ImportFrom)
        lines = sum(
            node.end_lineno - node.lineno + 1
            for node in body.body
            if not isinstance(node, imports) and node.end_lineno
        )
        assert lines <= 12, cell.id
        logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)
        assert not any(isinstance(node, logic) for node in ast.walk(body)), cell.id


@pytest.mark.parametrize("name", NAMES)
def test_parameters_cell_is_what_the_sidecar_says(name: str) -> None:
    cell = next(c for c in read(name).cells if "parameters" in tags(c))
    schema = read_schema(FOLDER / f"{name}.toml")
    assert cell.source.strip() == parameters_cell(schema).strip()


@pytest.mark.parametrize("name", NAMES)
def test_needs_are_tables_and_columns_of_the_contract(name: str) -> None:
    for table, columns in read_schema(FOLDER / f"{name}.toml").needs.items():
        known = {c.name for c in contract()[table].columns}
        assert set(columns) <= known
