"""Actions that can be checked, the file of promises, and the verdict at the next run."""

import threading
from datetime import date

import pandas as pd
import pytest
from event_shops import campaign_frame, daily_orders, together, two_years

from made_shop import shop_of
from opsbook.campaign.actions import Action, actions_of, due_date, smart_check
from opsbook.campaign.actions_table import action_table
from opsbook.campaign.attainment import attainment
from opsbook.campaign.attainment_findings import attainment_findings
from opsbook.campaign.cause_tree_words import leaf_action
from opsbook.campaign.event import event_of
from opsbook.campaign.memory import decide, file_post_mortem, promised
from opsbook.campaign.memory_chart import (
    filed_words,
    memory_findings,
    promise_table,
    promise_words,
)
from opsbook.campaign.memory_file import append_rows, memory_file, read_memory
from opsbook.campaign.memory_measures import event_measures
from opsbook.errors import DataError
from opsbook.finding import Finding
from opsbook.language import speaking
from opsbook.shop.shop import Shop

TODAY = date(2025, 6, 25)
GOOD = Action("Order 500 of the scarce goods", "Planner", "gmv", 9000.0, date(2026, 6, 1), "E03",
              baseline=8000.0)  # fmt: skip


def note(**more: object) -> Finding:
    base = {
        "id": "E03", "statement": "Stock-outs took 500", "evidence": "-", "reference": "-",
        "money": -500.0, "money_basis": "-", "action": "Order earlier", "owner": "Planner",
        "due": "this month", "confidence": "medium", "chapter": "campaign/E03-cause-tree",
    }  # fmt: skip
    return Finding(**(base | more))


@pytest.fixture(scope="module")
def shop():
    return two_years()


@pytest.fixture(scope="module")
def now(shop):
    return attainment(shop, event_of(shop, "A2"))


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, ""),
        ({"measure": ""}, "name a figure and its target"),
        ({"target": None}, "name a figure and its target"),
        ({"due": None}, "set a day to come"),
        ({"due": date(2025, 6, 24)}, "set a day to come"),
        ({"owner": " "}, "name who does it"),
        ({"finding": ""}, "say which finding it answers"),
        ({"what": "ok"}, "say what is done"),
    ],
)
def test_an_action_is_told_what_it_lacks(change, lacks):
    action = Action(**(GOOD.__dict__ | change))
    row = smart_check([action], TODAY).iloc[0]
    assert row["lacks"] == lacks
    assert row["smart"] == (lacks == "")


def test_words_for_a_date_become_one():
    assert due_date("this week", TODAY) == date(2025, 7, 2)
    assert due_date("by 2025-07-01", TODAY) == date(2025, 7, 1)
    assert due_date("before the next event", TODAY, date(2026, 6, 13)) == date(2026, 6, 12)
    with speaking("zh"):
        assert due_date("下次活动前", TODAY, date(2026, 6, 13)) == date(2026, 6, 12)
    assert due_date("before the next event", TODAY) is None
    assert due_date("2025-02-31", TODAY) is None
    assert due_date("soon", TODAY) is None


def test_findings_become_actions_with_a_measure_a_target_and_a_date():
    scarce = note(action=leaf_action("stock_out"))
    made = actions_of([scarce, note(id="D10", due="soon")], TODAY, baselines={"gmv": 8000.0})
    assert made[0].measure == "gmv"
    assert made[0].target == pytest.approx(8800)
    assert made[0].due == date(2025, 7, 25)
    assert smart_check(made, TODAY)["smart"].tolist() == [True, False]
    fewer = actions_of([note(id="E14")], TODAY, baselines={"discount_depth": 0.2})
    assert fewer[0].target == pytest.approx(0.18)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_measure_of_a_leaf_is_its_own_factor_in_both_languages(lang):
    with speaking(lang):
        note_of = note(action=leaf_action("cancelled"))
        made = actions_of([note_of], TODAY, baselines={"cancelled": 0.05, "gmv": 1.0})
    assert (made[0].measure, made[0].target) == ("cancelled", pytest.approx(0.045))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_broken_promise_stays_to_be_judged_by_the_figure_it_was_about(shop, now, tmp_path, lang):
    high = Action(**(GOOD.__dict__ | {"target": 20_000.0}))
    file_post_mortem(shop, event_of(shop, "A1"), [high], today=TODAY, folder=tmp_path)
    values = event_measures(shop, now)
    with speaking(lang):
        broken = memory_findings(promised(shop, now.event, values, folder=tmp_path))
        made = actions_of(broken, TODAY, next_event=date(2027, 6, 15), baselines=values)
    assert (made[0].measure, made[0].baseline) == ("gmv", pytest.approx(9500))
    assert smart_check(made, TODAY)["smart"].all()


def test_a_missed_goal_is_promised_whole_and_not_a_tenth_better():
    frame = campaign_frame()
    frame.loc[1, "goal_gmv"] = 10_000.0
    base = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    made = shop_of(**together(base), campaigns=frame)
    missed = attainment_findings(attainment(made, event_of(made, "A2")))
    plan = actions_of(missed, TODAY, baselines={"gmv_attained": 0.5})
    assert (plan[0].measure, plan[0].target) == ("gmv_attained", 1.0)


@pytest.mark.parametrize(
    ("measure", "baseline", "target", "value", "verdict"),
    [
        ("gmv", 100, 110, 110, "keep"),
        ("gmv", 100, 110, 105, "change"),
        ("gmv", 100, 110, 104, "retire"),
        ("gmv", 100, 110, 90, "retire"),
        ("discount_depth", 0.20, 0.18, 0.17, "keep"),
        ("discount_depth", 0.20, 0.18, 0.19, "change"),
        ("discount_depth", 0.20, 0.18, 0.22, "retire"),
        ("", 100, 110, 120, "cannot tell"),
        ("gmv", float("nan"), 110, 120, "cannot tell"),
    ],
)
def test_verdict_follows_how_far_the_measure_came(measure, baseline, target, value, verdict):
    assert decide(measure, baseline, target, value) == verdict


def test_no_verdict_on_a_running_event_or_what_was_never_done():
    assert decide("gmv", 100, 110, 120, over=False) == "open"
    assert decide("gmv", 100, 110, 120, status="dropped") == "cannot tell"


def test_measures_of_an_event_are_those_of_its_days(shop, now):
    found = event_measures(shop, now)
    assert found["gmv"] == pytest.approx(9500)
    assert found["gmv_attained"] == pytest.approx(1.25)
    assert found["aov"] == pytest.approx(100)
    assert found["cancelled"] == 0
    # Five days of fifteen, the two days of warm-up left out as in the goal.
    assert found["new_customers"] == 75
    assert "conversion" not in found


def test_next_run_opens_with_what_the_last_one_promised(shop, now, tmp_path):
    last = event_of(shop, "A1")
    filed = file_post_mortem(shop, last, [GOOD], [note()], today=TODAY, folder=tmp_path)
    assert (filed.new, filed.known) == (2, 0)
    found = promised(shop, now.event, event_measures(shop, now), folder=tmp_path)
    row = found.rows.iloc[0]
    # Promised 9,000 from 8,000; 9,500 came.
    assert (row["target"], row["now"], row["decision"]) == (9000, pytest.approx(9500), "keep")
    assert found.lessons["text"].tolist() == ["Stock-outs took 500"]
    assert "1 came true" in promise_words(found)
    assert memory_findings(found) == []
    file_post_mortem(shop, now.event, [], today=TODAY, promises=found, folder=tmp_path)
    kept = read_memory(tmp_path / "campaign_memory.csv")
    assert kept["kind"].tolist() == ["action", "lesson", "verdict"]
    assert kept["decision"].tolist()[-1] == "keep"
    # The earlier run is not judged by what a later one filed.
    back = promised(shop, last, {}, folder=tmp_path)
    assert back.rows.empty


def test_a_promise_that_failed_is_a_finding(shop, now, tmp_path):
    high = Action(**(GOOD.__dict__ | {"target": 20_000.0}))
    file_post_mortem(shop, event_of(shop, "A1"), [high], today=TODAY, folder=tmp_path)
    found = promised(shop, now.event, event_measures(shop, now), folder=tmp_path)
    assert memory_findings(found)[0].id == "E17"


def test_filing_again_adds_nothing_and_keeps_what_people_wrote(shop, tmp_path):
    last, file = event_of(shop, "A1"), tmp_path / "campaign_memory.csv"
    file_post_mortem(shop, last, [GOOD], [note()], today=TODAY, folder=tmp_path)
    frame = read_memory(file)
    frame.loc[0, "status"] = "done"
    frame["their own"] = "x"
    frame.to_csv(file, index=False)
    with speaking("zh"):
        again = file_post_mortem(shop, last, [GOOD], [note()], today=TODAY, folder=tmp_path)
    assert (again.new, again.known) == (0, 2)
    append_rows(file, [{"row_id": "n", "campaign_id": "A2", "event": "e", "kind": "lesson"}])
    kept = read_memory(file)
    assert kept["status"].tolist()[0] == "done"
    assert kept["their own"].tolist() == ["x", "x", ""]


def test_reports_that_file_at_once_lose_nothing(tmp_path):
    file = tmp_path / "m.csv"

    def add(k: int) -> None:
        append_rows(file, [{"row_id": f"{k}-{i}", "kind": "lesson"} for i in range(5)])

    threads = [threading.Thread(target=add, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_memory(file)) == 40
    assert [p.name for p in tmp_path.iterdir()] == ["m.csv"]


def test_text_that_a_spreadsheet_would_run_is_filed_as_text(tmp_path):
    append_rows(tmp_path / "m.csv", [{"row_id": "1", "text": "=1+1", "money": -5.5}])
    row = read_memory(tmp_path / "m.csv").iloc[0]
    assert (row["text"], row["money"]) == ("'=1+1", "-5.5")


def test_an_event_that_is_not_over_files_nothing(shop, tmp_path):
    running = event_of(shop, "A2", end="2026-06-16")
    filed = file_post_mortem(shop, running, [GOOD], today=TODAY, folder=tmp_path)
    assert filed.file is None
    assert "not over" in filed_words(filed)
    assert list(tmp_path.iterdir()) == []


def test_a_source_without_a_folder_says_so_and_a_simulated_one_keeps_none(shop, tmp_path):
    assert memory_file(shop) is None
    filed = file_post_mortem(shop, event_of(shop, "A1"), [GOOD], today=TODAY)
    assert "no folder of its own" in filed_words(filed)
    assert "keeps no file" in promise_words(promised(shop, event_of(shop, "A2"), {}))
    own = Shop(str(tmp_path), shop.settings, shop.entries)
    assert memory_file(own) == tmp_path / "post-mortems" / "campaign_memory.csv"
    (tmp_path / "truth.json").write_text("{}")
    assert memory_file(own) is None
    assert memory_file(Shop("postgres://x", shop.settings, shop.entries)) is None


def test_a_folder_that_cannot_be_written_is_said_and_loses_no_report(shop, tmp_path):
    blocked = tmp_path / "taken"
    blocked.write_text("a file, no folder")
    filed = file_post_mortem(shop, event_of(shop, "A1"), [GOOD], today=TODAY, folder=blocked)
    assert filed.file is None
    assert "cannot be written" in filed_words(filed)


def test_a_file_that_is_not_ours_is_left_alone(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="lacks the columns"):
        append_rows(file, [{"row_id": "1"}])
    assert file.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_plan_and_promises_are_shown(shop, now, tmp_path, lang):
    file_post_mortem(shop, event_of(shop, "A1"), [GOOD], [note()], today=TODAY, folder=tmp_path)
    with speaking(lang):
        found = promised(shop, now.event, event_measures(shop, now), folder=tmp_path)
        tables = [promise_table(found), action_table([GOOD, Action("Do it")], TODAY)]
    assert all("nan" not in table.html() for table in tables)


def test_an_event_to_come_opens_with_promises_that_wait(shop, tmp_path):
    file_post_mortem(shop, event_of(shop, "A2"), [GOOD], today=TODAY, folder=tmp_path)
    coming = event_of(shop, "A3")
    found = promised(shop, coming, event_measures(shop, None), folder=tmp_path)
    assert found.rows["decision"].tolist() == ["open"]
    assert "1 promises will be judged" in promise_words(found)


def test_an_event_without_predecessor_opens_with_nothing(shop, tmp_path):
    orders = together(daily_orders(date(2026, 6, 1), date(2026, 7, 1), 2))
    lone = shop_of(**orders, campaigns=campaign_frame().tail(2))
    found = promised(lone, event_of(lone, "F1"), {}, folder=tmp_path)
    assert found.rows.empty
    assert "Nothing was filed" in promise_words(found)
    assert isinstance(promise_table(found).frame, pd.DataFrame)
