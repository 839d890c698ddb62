"""One schema feeds the screen, the page, the machine and the notebook's cell alike."""

import json

from opsbook.language import speaking
from opsbook.report.schema import Parameter, Schema, as_data, lines, table
from opsbook.report.sidecar import parameters_cell

SCHEMA = Schema(
    "sales",
    parameters=(
        Parameter("weeks", "integer", 12, 4, 52, unit="weeks", unit_zh="周", meaning="how long"),
        Parameter("end", "date", "", maximum="today", meaning="last day", meaning_zh="最后一天"),
        Parameter("by", "choice", ["a"], choices=("a", "b"), many=True),
        Parameter("regions", "text", [], many=True),
    ),
)


def test_every_reader_of_the_schema_sees_the_same_range() -> None:
    (weeks, *_) = table(SCHEMA, {"weeks": 8, "end": "", "by": ["a", "b"], "regions": []})
    assert weeks == ("weeks", "8", "4 – 52 weeks", "how long")
    (entry, *_) = as_data(SCHEMA)["parameters"]
    assert (entry["minimum"], entry["maximum"], entry["valid"]) == (4, 52, "4 – 52 weeks")
    assert lines(SCHEMA)[0].split("  ", 1)[1].strip() == "how long; 4 – 52 weeks"
    assert parameters_cell(SCHEMA).splitlines()[0] == "weeks = 12  # how long; 4 – 52 weeks"
    json.dumps(as_data(SCHEMA))


def test_lists_and_dates_say_how_they_are_written() -> None:
    weeks, end, by, regions = lines(SCHEMA)
    assert "commas" not in weeks
    assert "≤ today; YYYY-MM-DD, yesterday, -7d, -1month_start" in end
    assert by.startswith("by = a ") and by.endswith(
        "list of a / b; several with commas between them"
    )
    assert regions.startswith("regions = – ") and "list; several with commas" in regions
    shown = table(SCHEMA, {"weeks": 8, "end": "", "by": ["a", "b"], "regions": []})
    assert [value for _, value, _, _ in shown] == ["8", "–", "a, b", "–"]


def test_units_and_meanings_speak_chinese() -> None:
    with speaking("zh"):
        assert "4 – 52 周" in lines(SCHEMA)[0] and "最后一天" in lines(SCHEMA)[1]


def test_large_bounds_are_written_so_that_they_can_be_read() -> None:
    budget = Parameter("budget", "number", 0, 0, 1_000_000_000, unit="CNY")
    assert budget.valid() == "0 – 1,000,000,000 CNY"
