"""Parameters: what is declared is what is valid, and the message says what would be."""

from datetime import date, datetime
from pathlib import Path

import pytest

from opsbook.errors import ParameterError
from opsbook.language import speaking
from opsbook.report.notebooks import choose, find_notebooks, notebooks_folder
from opsbook.report.parameters import resolve
from opsbook.report.schema import Parameter, Schema
from opsbook.report.sidecar import parameters_cell, read_schema
from tiny_notebook import SIDECAR, full

SCHEMA = Schema(
    "sales",
    parameters=(
        Parameter("tag", "text", "x"),
        Parameter("weeks", "integer", 12, 4, 52, unit="weeks", unit_zh="周", meaning="how long"),
        Parameter("limit", "number", 1.5, minimum=0),
        Parameter("share", "fraction", 0.2),
        Parameter("deep", "boolean", False),
        Parameter("end", "date", "", minimum="2020-01-01"),
        Parameter("by", "choice", "region", choices=("region", "store")),
        Parameter("regions", "text", [], many=True),
        Parameter("limits", "fraction", [0.5], maximum=0.9, many=True),
        Parameter("kinds", "choice", ["a"], choices=("a", "b"), many=True),
        Parameter("past", "date", "-1year_end", maximum="yesterday"),
    ),
)
TODAY = date(2024, 3, 31)
DEFAULTS = {**SCHEMA.defaults(), "past": "2023-12-31"}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"tag": "2024_01"}, "2024_01"),
        ({"weeks": "8"}, 8),
        ({"limit": "2e3"}, 2000.0),
        ({"limit": 3}, 3),
        ({"share": ".15"}, 0.15),
        ({"deep": "yes"}, True),
        ({"deep": False}, False),
        ({"end": "2024-02-29"}, "2024-02-29"),
        ({"end": date(2024, 2, 29)}, "2024-02-29"),
        ({"end": ""}, ""),
        ({"by": "store"}, "store"),
        ({"end": "-1month_end"}, "2024-02-29"),
        ({"past": "-1d"}, "2024-03-30"),
        ({"limit": "1.5E3"}, 1500.0),
        ({"regions": "East, West"}, ["East", "West"]),
        ({"regions": '["East, far", "West"]'}, ["East, far", "West"]),
        ({"regions": ""}, []),
        ({"limits": "0.1,.2"}, [0.1, 0.2]),
        ({"limits": 0.3}, [0.3]),
        ({"limits": (0.3, 0.4)}, [0.3, 0.4]),
        ({"kinds": ["b", "a"]}, ["b", "a"]),
    ],
)
def test_text_is_read_as_the_declared_type(given: dict[str, object], value: object) -> None:
    (name,) = given
    found = resolve(SCHEMA, given, today=TODAY)
    assert found == {**DEFAULTS, name: value}
    assert type(found[name]) is type(value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weeks": "8.5"}, "whole number"),
        ({"weeks": "1_2"}, "whole number"),
        ({"weeks": True}, "whole number"),
        ({"weeks": "53"}, "weeks = 53 is out of range; valid is 4 – 52 weeks"),
        ({"limit": "nan"}, "a number such as"),
        ({"limit": "."}, "a number such as"),
        ({"limit": "-1"}, "valid is ≥ 0"),
        ({"limit": float("inf")}, "a number such as"),
        ({"share": "15"}, "valid is 0 – 1"),
        ({"share": "15 %"}, "a fraction such as 0.15"),
        ({"deep": "maybe"}, "true or false"),
        ({"end": "2024-02-30"}, "YYYY-MM-DD"),
        ({"end": "20240201"}, "YYYY-MM-DD"),
        ({"end": "2019-12-31"}, "valid is ≥ 2020-01-01"),
        ({"by": "shop"}, "one of region / store"),
        ({"tag": 5}, "must be text"),
        ({"nonsense": 1}, "its parameters are tag, weeks, limit, share, deep, end, by"),
        ({"limit": "1e999"}, "a number such as"),
        ({"end": datetime(2024, 2, 1, 8)}, "YYYY-MM-DD, yesterday, -7d"),
        ({"end": "-7"}, "YYYY-MM-DD, yesterday, -7d"),
        ({"past": "2024-03-31"}, "valid is ≤ yesterday"),
        ({"limits": "0.1,0.95"}, "limits = 0.95 is out of range; valid is list of 0 – 0.9"),
        ({"limits": ""}, "limits needs at least one value, such as 0.5"),
        ({"limits": "0.1;0.2"}, "a fraction such as 0.15"),
        ({"kinds": "a,c"}, 'one of a / b, not "c"'),
        ({"regions": [["East"]]}, "regions must be text"),
    ],
)
def test_what_is_not_valid_is_refused_with_what_is(given: dict[str, object], words: str) -> None:
    with speaking("en"), pytest.raises(ParameterError) as caught:
        resolve(SCHEMA, given, today=TODAY)
    with speaking("en"):
        assert words in str(caught.value) and "sales" in str(caught.value)


def test_unknown_name_suggests_the_near_one_in_both_languages() -> None:
    with pytest.raises(ParameterError) as caught:
        resolve(SCHEMA, {"week": 8})
    with speaking("en"):
        assert str(caught.value) == (
            'sales has no parameter "week"; did you mean "weeks"? '
            f"Its parameters are {', '.join(SCHEMA.defaults())}"
        )
    with speaking("zh"):
        assert "没有参数" in str(caught.value) and "weeks" in str(caught.value)


def test_parameters_cell_gives_back_the_defaults() -> None:
    space: dict[str, object] = {}
    exec(parameters_cell(SCHEMA), space)
    assert {name: space[name] for name in SCHEMA.defaults()} == SCHEMA.defaults()
    assert "weeks = 12  # how long; 4 – 52 weeks" in parameters_cell(SCHEMA)


def test_source_and_lang_belong_to_every_notebook(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(SIDECAR, encoding="utf-8")
    assert list(read_schema(tmp_path / "tiny.toml").defaults()) == ["source", "lang", "weeks"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("meaning =", "meening ="), '"meening" is not known'),
        (("default = 12", "default = 99"), "out of range"),
        (('"integer"', '"int"'), "a type out of text, integer"),
        (("minimum = 4", "minimum ="), "is not valid TOML"),
    ],
)
def test_mistake_in_a_sidecar_is_said(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    (tmp_path / "tiny.toml").write_text(SIDECAR.replace(*change, 1), encoding="utf-8")
    with speaking("en"), pytest.raises(ParameterError) as caught:
        read_schema(tmp_path / "tiny.toml")
    with speaking("en"):
        assert words in str(caught.value)


def test_report_name_is_looked_up_never_used_as_a_path(tmp_path: Path) -> None:
    full(tmp_path / "in")
    (tmp_path / "outside.ipynb").write_text("{}")
    assert [n.name for n in choose(tmp_path / "in", ["tiny.ipynb"])] == ["tiny"]
    with pytest.raises(ParameterError, match=r'no report "\.\./outside"'):
        choose(tmp_path / "in", ["../outside"])


def test_parameters_cell_of_every_notebook_is_what_its_sidecar_says() -> None:
    import nbformat

    for notebook in find_notebooks(notebooks_folder()):
        cells = nbformat.read(notebook.path, as_version=4).cells
        (cell,) = [c for c in cells if "parameters" in c.metadata.get("tags", [])]
        assert cell.source == parameters_cell(notebook.schema), notebook.name
