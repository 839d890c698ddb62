"""Controls of the lab without a browser: what is set is what the view is asked with."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_lab import SCHEMA, SHOP, Explorer, Seen, explorer

from opsbook.errors import ParameterError
from opsbook.lab.view import View
from opsbook.language import speaking
from opsbook.report.parameters import resolve
from opsbook.report.schema import Schema


@pytest.fixture
def seen() -> Seen:
    return Seen()


def test_the_view_starts_with_the_defaults_of_the_sidecar(seen: Seen) -> None:
    explorer(seen)
    assert seen.asked == [
        {
            "weeks": 12,
            "level": 0.95,
            "budget": 2000,
            "net": False,
            "signal": "order",
            "end": "",
            "regions": [],
            "tiers": ["gold"],
            "note": "",
            "by": "region",
        }
    ]


def test_the_view_starts_where_the_notebook_stands(seen: Seen) -> None:
    made = explorer(seen, weeks=26, end="2026-03-01", regions=["East"], lang="zh")
    assert (seen.last["weeks"], seen.last["end"], seen.last["regions"]) == (
        26,
        "2026-03-01",
        ["East"],
    )
    assert made.choice["lang"] == "zh"


def test_a_number_is_handed_on_as_the_notebook_wrote_it(seen: Seen) -> None:
    made = explorer(seen, budget=24)
    made.controls["budget"].box.value = "25"
    assert type(seen.last["budget"]) is float
    made.reset()
    made.controls["weeks"].box.value = "13"
    assert [type(asked["budget"]) for asked in seen.asked] == [int, float, int]


@pytest.mark.parametrize("taken", [object(), 400, "many", None])
def test_a_variable_that_is_no_valid_value_is_left_alone(seen: Seen, taken: object) -> None:
    explorer(seen, weeks=taken)
    assert seen.last["weeks"] == 12


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("weeks", "8", 8),
        ("level", "0.9", 0.9),
        ("budget", "1500.5", 1500.5),
        ("net", True, True),
        ("signal", "login", "login"),
        ("end", "2026-03-01", "2026-03-01"),
        ("regions", "East, West", ["East", "West"]),
        ("regions", '["a, b"]', ["a, b"]),
        ("tiers", ("gold", "silver"), ["gold", "silver"]),
        ("note", "a = 1; b = 2", "a = 1; b = 2"),
        ("by", "category", "category"),
    ],
)
def test_what_is_typed_reaches_the_view_as_its_type(
    seen: Seen, name: str, typed: object, value: object
) -> None:
    explorer(seen).controls[name].box.value = typed
    assert seen.last[name] == value
    assert type(seen.last[name]) is type(value)
    assert len(seen.asked) == 2


@pytest.mark.parametrize(
    ("name", "moved", "value", "typed"),
    [
        ("weeks", 20, 20, "20"),
        ("level", 0.8, 0.8, "0.8"),
        ("end", date(2026, 3, 1), "2026-03-01", None),
    ],
)
def test_a_slider_and_its_box_say_the_same(
    seen: Seen, name: str, moved: Any, value: object, typed: str | None
) -> None:
    control = explorer(seen).controls[name]
    control.slider.value = moved
    assert seen.last[name] == value
    assert control.box.value == (typed or value)
    control.box.value = "2026-02-01" if name == "end" else "0.6" if name == "level" else "6"
    assert str(control.slider.value) == control.box.value


def test_what_stands_beside_a_box_has_its_name_and_a_script_to_say_it(seen: Seen) -> None:
    made = explorer(seen)
    beside = {n: c.slider.description for n, c in made.controls.items() if c.slider is not None}
    assert beside == {"weeks": "weeks", "level": "level", "end": "end"}
    assert "aria-label" in made.children[-1].outputs[0]["data"]["application/javascript"]


def test_a_value_beyond_the_slider_stays_as_typed(seen: Seen) -> None:
    # The slider of level ends at 0.998, a whole multiple of its step.
    control = explorer(seen).controls["level"]
    control.box.value = "0.999"
    assert seen.last["level"] == 0.999
    assert control.box.value == "0.999"


def test_a_calendar_that_is_emptied_leaves_the_date_to_the_notebook(seen: Seen) -> None:
    control = explorer(seen, end="2026-03-01").controls["end"]
    control.slider.value = None
    assert seen.last["end"] == ""


@pytest.mark.parametrize(
    ("name", "typed"),
    [("weeks", "twelve"), ("weeks", "3"), ("level", "1"), ("budget", "-1"), ("end", "yesterweek")],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_wrong_value_gets_the_schemas_own_message_beside_it(
    seen: Seen, name: str, typed: str, lang: str
) -> None:
    with speaking(lang):
        made = explorer(seen)
        made.controls[name].box.value = typed
        with pytest.raises(ParameterError) as wrong:
            resolve(SCHEMA, {name: typed})
        # Quotes are escaped in the page.
        told = made.controls[name].said.value.replace("&quot;", '"')
        assert str(wrong.value) in told
    assert len(seen.asked) == 1
    assert "opsbook-busy" not in made.panel.state.value


def test_a_message_goes_when_the_value_is_right_again(seen: Seen) -> None:
    made = explorer(seen)
    made.controls["weeks"].box.value = "3"
    made.controls["weeks"].box.value = "5"
    assert made.controls["weeks"].said.value == ""
    assert seen.last["weeks"] == 5


def test_what_the_method_says_of_a_parameter_stands_beside_it(seen: Seen) -> None:
    made = explorer(seen)
    before = made.out.outputs
    made.controls["weeks"].box.value = "51"
    assert "more than the data holds" in made.controls["weeks"].said.value
    assert made.out.outputs == before


def test_where_the_method_cannot_tell_the_reason_takes_the_figures_place(seen: Seen) -> None:
    made = explorer(seen)
    made.controls["weeks"].box.value = "50"
    assert "no sale in this period" in made.out.outputs[0]["data"]["text/html"]


def test_a_fault_is_shown_and_does_not_leave_the_lab_busy(seen: Seen) -> None:
    made = explorer(seen)
    made.controls["weeks"].box.value = "49"
    assert "ZeroDivisionError: division by zero" in made.panel.notice.value
    assert "opsbook-busy" not in made.panel.state.value
    made.controls["weeks"].box.value = "48"
    assert made.panel.notice.value == ""


def test_a_choice_seen_before_comes_back_without_asking(seen: Seen) -> None:
    made = explorer(seen)
    first = made.out.outputs
    made.controls["weeks"].box.value = "8"
    assert made.out.outputs != first
    made.reset()
    assert made.out.outputs == first
    assert len(seen.asked) == 2


def test_figures_are_shown_once_and_nothing_only_a_report_reads(seen: Seen) -> None:
    outputs = explorer(seen).out.outputs
    kinds = [set(output["data"]) for output in outputs]
    assert kinds == [
        {"text/html", "text/plain"},
        {"text/html", "text/plain"},
        {"text/html", "text/plain"},
    ]
    assert outputs[1]["data"]["text/html"].startswith('<img alt="two bars"')


def test_many_changes_in_a_row_ask_once_and_show_that_it_works(seen: Seen) -> None:
    async def move() -> tuple[int, str, str]:
        made = explorer(seen)
        for weeks in range(20, 30):
            made.controls["weeks"].box.value = str(weeks)
        at_once, busy = len(seen.asked), made.panel.state.value
        while "opsbook-busy" in made.panel.state.value:
            await asyncio.sleep(0.01)
        return at_once, busy, made.panel.state.value

    at_once, busy, after = asyncio.run(move())
    assert at_once == 1
    assert "opsbook-busy" in busy
    assert "Done" in after
    assert [asked["weeks"] for asked in seen.asked] == [12, 29]


def test_a_change_on_another_thread_is_drawn_on_the_thread_of_the_cells(seen: Seen) -> None:
    async def move() -> None:
        made = explorer(seen)
        await asyncio.to_thread(setattr, made.controls["weeks"].box, "value", "7")
        while "opsbook-busy" in made.panel.state.value:
            await asyncio.sleep(0.01)

    asyncio.run(move())
    assert seen.last["weeks"] == 7


def test_the_lab_keeps_the_language_of_its_notebook(seen: Seen) -> None:
    with speaking("zh"):
        made = explorer(seen)
    made.controls["weeks"].box.value = "3"
    assert "4 – 52 周" in made.controls["weeks"].said.value
    assert "weeks" in made.controls["weeks"].said.value


def test_a_view_that_asks_for_what_nobody_declares_is_refused() -> None:
    def see(shop: object, *, unheard: int) -> list[object]:
        return []

    with pytest.raises(ParameterError, match="unheard"):
        Explorer(View("made", "x", see), SHOP, {}, schema=Schema("made"))


def test_saved_files_are_named_and_counted(seen: Seen, tmp_path: Path) -> None:
    made = explorer(seen, folder=tmp_path / "lab")
    made.save()
    made.save()
    names = sorted(file.name for file in (tmp_path / "lab").iterdir())
    assert names == [
        ".gitignore",
        "see-12-weeks-sell-2.png",
        "see-12-weeks-sell.png",
        "see-Sales-by-week-2.csv",
        "see-Sales-by-week.csv",
    ]
    assert (tmp_path / "lab" / "see-Sales-by-week-2.csv").as_posix() in made.panel.notice.value


def test_a_folder_that_cannot_be_written_is_said(seen: Seen, tmp_path: Path) -> None:
    (tmp_path / "lab").write_text("a file")
    made = explorer(seen, folder=tmp_path / "lab")
    made.save()
    assert "cannot be written" in made.panel.notice.value
