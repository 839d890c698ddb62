"""What a check accepts, and what it says to an answer that is not quite right."""

import re
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from opsbook.book.chapters import playbook_folder
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking, t
from opsbook.teach import check, checking, given, question, reading
from opsbook.teach.answers import plain_value, read_answer
from opsbook.teach.exercise import Tolerance, exercise
from opsbook.teach.reading import formula_place
from opsbook.teach.records import attempts_of


def lines_of_book(lang: str) -> list[str]:
    file = playbook_folder() / f"market/D10-growth.{lang}.md"
    return file.read_text("utf-8").splitlines()


def answer_of(id: str, shop: Any) -> Any:
    """The right answer, computed once while the shop is open, as a check does."""
    return checking._right(exercise(id), shop)


def roi() -> float:
    g = given("K08-roi")
    return (g["sales"] * g["gross_margin"] - g["ad_spend"]) / g["ad_spend"]


def test_a_drill_is_right_when_computed_by_hand_from_its_figures(in_class):
    in_class()
    assert check("K08-roi", roi())
    assert check("K08-roi", f"{roi() * 100:.1f} %")
    assert check("K08-roi", round(roi(), 3))


def test_per_cent_for_a_fraction_is_called_a_unit_where_both_could_be_meant(in_class):
    in_class()
    said = check("K08-roi", roi() * 100)
    assert (said.state, said.right) == ("form", False)
    assert "unit" in said.text


def test_a_bare_per_cent_counts_for_a_share_and_the_verdict_says_so(in_class):
    room = in_class()
    right = answer_of("A12-depth", room.shop)
    assert check("A12-depth", right).note == ""
    said = check("A12-depth", round(right * 100, 1))
    assert said.right
    assert said.note == "Read as per cent."


def test_the_wrong_sign_is_named(in_class):
    in_class()
    said = check("K08-roi", -roi())
    assert said.state == "form"
    assert "sign" in said.text


def test_what_cannot_be_read_is_no_attempt(in_class):
    room = in_class()
    for answer in ("a lot", None, float("nan"), True, [1, 2]):
        assert check("D10-gmv", answer).state == "form"
    assert attempts_of(room) == []


def test_close_is_not_right_and_an_unknown_mistake_leads_to_the_chapter(in_class):
    room = in_class()
    right = answer_of("D10-gmv", room.shop)
    assert check("D10-gmv", float(f"{right:.4g}"))
    assert check("D10-gmv", right * 1.0009).state == "close"
    assert check("D10-gmv", right * 1.002).state == "close"
    said = [check("D10-gmv", right * 1.77) for _ in range(4)]
    assert [v.state for v in said] == ["wrong"] * 4
    assert [v.hint for v in said] == [1, 2, 3, 4]
    assert "playbook/market/D10-growth" in said[1].text
    assert "order_lines" in said[2].text


def test_a_table_says_how_many_rows_are_right(in_class):
    room = in_class()
    right = answer_of("E05-waterfall", room.shop)
    assert check("E05-waterfall", pd.Series(right))
    assert check("E05-waterfall", pd.DataFrame({"row": list(right), "money": right.values()}))
    assert check("E05-waterfall", right | {"discount": 1.0}).text == "4 of 5 rows are right."
    assert "list, discount" in check("E05-waterfall", {"sales": right["sales"]}).text


def test_a_day_and_a_name_are_read_as_people_write_them(in_class):
    room = in_class()
    day = answer_of("K08-anomaly", room.shop)
    assert check("K08-anomaly", day.isoformat())
    assert check("K08-anomaly", pd.Timestamp(day))
    assert check("K08-anomaly", "12/03/2026").state == "form"
    name = answer_of("K08-fault", room.shop)
    assert check("K08-fault", f"  {name.upper()} ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,345.6", 12_345.6),
        ("1.2 万", 12_000.0),
        ("−3.5", -3.5),
        ("＋８％", 0.08),
        ("CNY 1,200", 1_200.0),
        ("1,200 元", 1_200.0),
        ("2.5k", 2_500.0),
        ("1e3", 1_000.0),
        ("3,2 %", 0.032),
        ("0,188", 0.188),
        ("1,234", 1_234.0),
        ("0.18:1", 0.18),
        ("1：4", 0.25),
    ],
)
def test_a_figure_is_read_as_people_write_it(text, value):
    assert read_answer(exercise("K08-roi"), text).value == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["12,34,5", "1,2.3", "1:0", "1:2:3", "1.2.3", "about 5", "5 apples", "--5", ""]
)
def test_what_is_no_figure_is_refused(text):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_answer(exercise("K08-roi"), text)


def test_per_cent_is_no_amount():
    with pytest.raises(ParameterError, match="cannot be read"):
        read_answer(exercise("D10-gmv"), "5 %")


def test_results_of_tools_are_taken_as_they_come():
    assert plain_value(np.float64(2.5)) == 2.5
    assert plain_value(pd.DataFrame({"gmv": [7]})) == 7
    assert plain_value(pd.Series([7.0])) == 7.0
    assert plain_value(ibis.literal(3) + 4) == 7
    assert plain_value([5]) == 5


def test_tolerance_is_the_wider_of_relative_and_absolute():
    assert Tolerance(0.01, 0.0).holds(1_000, 1_010)
    assert not Tolerance(0.01, 0.0).holds(1_000, 1_011)
    assert Tolerance(0.01, 5.0).holds(100, 105)
    assert Tolerance(0.0).holds(7, 7)
    assert not Tolerance(0.0).holds(7, 8)


def test_a_verdict_shows_itself_with_words_and_escapes_what_it_shows(in_class):
    in_class()
    said = check("K08-fault", "<b>mobile</b>")
    html = said._repr_mimebundle_()["text/html"]
    assert "Not yet" in html
    assert "<b>mobile" not in html
    assert str(check("K08-roi", roi())).startswith("✓ K08-roi: Right. ")


def test_a_question_shows_text_figures_and_chapter(in_class):
    in_class()
    shown = question("K08-roi")
    html = shown._repr_mimebundle_()["text/html"]
    for part in (t("What is the return on investment (ROI) of this channel?"), "ad_spend"):
        assert part in html
        assert part in repr(shown)
    assert "playbook/traffic/D04-channels" in repr(shown)
    assert "week" in question("K08-fault")._repr_mimebundle_()["text/html"]


def test_a_shop_that_lacks_a_table_says_which(shops):
    shop = shops[3].shop
    from opsbook.shop.shop import Shop

    poor = Shop("poor", shop.settings, {"orders": shop.entries["orders"]})
    with pytest.raises(CannotTell, match="order_lines"):
        check("D10-gmv", 1, shop=poor)


@pytest.mark.parametrize("empty", [None, ...])
def test_an_answer_not_filled_in_is_asked_for_and_is_no_attempt(in_class, empty):
    room = in_class()
    assert "`answer`" in check("D10-gmv", empty).text
    assert attempts_of(room) == []


def test_a_figure_read_in_another_way_than_written_says_how(in_class):
    in_class()
    written = f"{roi() * 100:.2f} %".replace(".", ",")
    said = check("K08-roi", written)
    assert said.right
    assert said.note == f"Read as {written.replace(',', '.')}."
    assert check("K08-roi", f"{roi():.4f}:1").right


def test_a_neighbours_answer_is_not_right_though_it_rounds_to_the_same_per_cent(in_class):
    room = in_class()
    right = answer_of("A12-depth", room.shop)
    rounded = round(right, 3)
    assert check("A12-depth", rounded)
    assert check("A12-depth", f"{right * 100:.2f} %")
    for copied in (round(right + 0.0003, 4), f"{(right - 0.0003) * 100:.2f} %"):
        assert not check("A12-depth", copied)


def test_a_whole_number_may_be_rounded_up_and_its_last_zeros_be_rounded(in_class):
    room = in_class()
    pieces = answer_of("K08-safety-stock", room.shop)
    assert check("K08-safety-stock", int(pieces) + 1)
    assert check("K08-safety-stock", pieces / 1.645 * 1.65)
    assert read_answer(exercise("D10-gmv"), "123.4 万").digits == {"": pytest.approx(1_000)}
    assert read_answer(exercise("D10-gmv"), 1_230_000).digits == {"": pytest.approx(10_000)}


@pytest.mark.parametrize("id", ["D10-months", "D10-like-for-like"])
def test_an_index_for_a_change_is_known(in_class, id):
    room = in_class()
    right = answer_of(id, room.shop)
    said = check(id, round(1 + right, 4))
    assert (said.state, said.way) == ("known", "one_not_taken_off")


def test_a_goal_attained_less_one_is_known(in_class):
    room = in_class()
    right = answer_of("E02-attainment", room.shop)
    assert check("E02-attainment", right - 1).way == "one_taken_off"


def test_the_third_time_names_the_line_of_the_formula_in_both_languages(in_class):
    room = in_class()
    net = exercise("D10-gmv").wrong_ways[2].answer(room.shop)
    said = [check("D10-gmv", net) for _ in range(3)]
    line = int(re.search(r"line (\d+)", said[2].text)[1])
    assert lines_of_book("en")[line - 1].startswith("$$")
    with speaking("zh"):
        line = int(re.findall(r"\d+", formula_place("market/D10-growth"))[-1])
    assert lines_of_book("zh")[line - 1].startswith("$$")


def test_without_a_playbook_the_chapter_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "playbook_folder", lambda: tmp_path)
    assert formula_place("market/D10-growth") == "playbook/market/D10-growth"


def test_any_weekend_day_gets_the_hint_of_the_lowest_and_any_day_of_the_week_is_told_near(in_class):
    room = in_class()
    bad = answer_of("K08-anomaly", room.shop)
    monday = bad - timedelta(days=bad.weekday())
    assert check("K08-anomaly", monday + timedelta(days=12)).way == "lowest_day"
    near = next(d for d in range(4, -1, -1) if monday + timedelta(days=d) != bad)
    assert check("K08-anomaly", monday + timedelta(days=near)).way == "right_week_wrong_day"


def test_a_wrong_step_is_told_whether_device_or_step_is_right(in_class):
    room = in_class()
    device, step = answer_of("K08-fault", room.shop).split()
    steps = ("visit", "view", "cart", "checkout", "pay")
    assert check("K08-fault", f"{device} visit").way == "one_step_early"
    assert check("K08-fault", f"{device} {steps[steps.index(step) + 1]}").way in (
        "one_step_late",
        "where_it_shows_last",
    )
    other = next(d for d in ("tablet", "desktop") if d != device)
    assert check("K08-fault", f"{other} {step}").way == "right_step_wrong_device"
    assert check("K08-fault", "telephone view").way == ""


def test_a_plan_like_a_known_one_is_known_without_being_the_same(in_class):
    room = in_class()
    names = list(answer_of("K04-promotion", room.shop))
    for cut, way in ((0.12, "twenty_for_all"), (15, "per_cent"), (0.9, "price_left")):
        assert check("K04-promotion", dict.fromkeys(names, cut)).way == way


def test_what_no_pattern_fits_still_gets_the_advice_of_the_score(in_class):
    room = in_class()
    best = dict(answer_of("K04-promotion", room.shop))
    deep = max(best, key=lambda name: best[name])
    said = check("K04-promotion", best | {deep: 0.0})
    assert not said.right and said.text
    assert check("K04-promotion", best).right


def test_a_wrong_answer_links_to_the_chapter_that_the_class_folder_holds(in_class, monkeypatch):
    room = in_class()
    assert "<a " not in check("K08-roi", 12_345).html()
    page = room.folder / "book" / "en" / "traffic" / "D04-channels.html"
    page.parent.mkdir(parents=True)
    page.touch()
    (room.folder / "notebooks").mkdir()
    monkeypatch.chdir(room.folder / "notebooks")
    shown = check("K08-roi", 12_345).html()
    assert 'href="../book/en/traffic/D04-channels.html"' in shown
    assert "<a " not in check("K08-roi", roi()).html()
