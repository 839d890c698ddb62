"""The file beside a notebook: every mistake in it is one sentence, before anything runs."""

from pathlib import Path

import pytest

from opsbook.errors import ParameterError
from opsbook.report.sidecar import parameters_cell, read_schema

GOOD = """
title = "Sales"
[needs]
orders = ["order_id"]
[[parameters]]
name = "weeks"
type = "integer"
default = 12
[[parameters]]
name = "regions"
type = "text"
many = true
default = ["East \\"end\\"", "华东"]
[[parameters]]
name = "days"
type = "date"
many = true
default = [2024-01-31, "-1month_end"]
minimum = 2020-01-01
maximum = "today"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "sales.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_lists_and_dates_are_read_and_written_as_literals(tmp_path: Path) -> None:
    schema = read_schema(written(tmp_path, GOOD))
    assert schema.name == "sales" and schema.needs == {"orders": ("order_id",)}
    space: dict[str, object] = {}
    exec(parameters_cell(schema), space)
    assert {name: space[name] for name in schema.defaults()} == schema.defaults()
    assert schema.defaults()["days"] == ["2024-01-31", "-1month_end"]
    assert 'regions = ["East \\"end\\"", "华东"]  # list' in parameters_cell(schema)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("default = 12", 'default = "x"'), "weeks must be a whole number"),
        (("default = 12", "default = 12\nminimum = 1.5"), "minimum must be a whole number"),
        (("default = 12", "default = 12\nminimum = 13"), "out of range"),
        (("default = 12", 'default = 12\nchoices = ["a"]'), "a choice, and nothing else"),
        (('"integer"', '"choice"'), "a choice, and nothing else, lists choices"),
        (("default = 12", "default = 12\nmeaning = 5"), "meaning must be text in quotes"),
        (("default = 12", 'default = 12\nmany = "yes"'), "many must be true or false"),
        (("default = 12", "default = 12\nmany = true"), "the default of a list is a list"),
        (('name = "regions"', 'name = "weeks"'), '"weeks" is declared twice'),
        (('name = "weeks"', 'name = "class"'), "a parameter needs a name"),
        (('name = "weeks"', 'name = "a-b"'), "a parameter needs a name"),
        (("many = true\ndefault = [", "minimum = 1\nmany = true\ndefault = ["), "neither minimum"),
        (("[[parameters]]", "[parameters.x]"), "is not valid TOML"),
        (('orders = ["order_id"]', 'orders = "order_id"'), "[needs] as orders"),
        (('title = "Sales"', "title = 5"), "title must be text in quotes"),
        (('title = "Sales"', 'minutes = "5"'), "minutes must be a whole number"),
        (("2020-01-01", "2025-13-01"), "is not valid TOML"),
        (("[2024-01-31,", "[2019-01-31,"), "days = 2019-01-31 is out of range"),
    ],
)
def test_mistake_is_said(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    assert change[0] in GOOD
    with pytest.raises(ParameterError) as caught:
        read_schema(written(tmp_path, GOOD.replace(*change, 1)))
    assert words in str(caught.value) and "sales" in str(caught.value)


def test_parameters_as_one_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="write each parameter under a line"):
        read_schema(written(tmp_path, '[parameters]\nname = "weeks"\n'))
