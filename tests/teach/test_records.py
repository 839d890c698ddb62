"""Attempts are kept one by one, survive what happens to files, and can be handed in."""

import csv
from pathlib import Path

import pytest

from opsbook.errors import DataError
from opsbook.teach import check, exercise, progress
from opsbook.teach.records import Attempt, attempts_of, keep


def test_progress_counts_tries_until_solved_and_names_the_last_mistake(in_class):
    room = in_class(trainee="Li")
    one = exercise("K08-roi")
    check(one.id, one.wrong_ways[0].answer(room.shop))
    check(one.id, 12_345)
    check(one.id, one.answer(room.shop))
    check(one.id, 54_321)
    frame = progress().frame().set_index("exercise")
    row = frame.loc[one.id]
    assert (row["attempts"], bool(row["solved"]), row["way"]) == (3, True, "roas")
    assert frame.loc["D10-gmv", "attempts"] == 0
    assert progress().solved == 1
    assert str(progress()).startswith("Li: 1 of ")
    assert "Drill: ROI and ROAS" in progress()._repr_mimebundle_()["text/html"]


def test_progress_is_there_when_the_notebook_is_opened_again(in_class):
    room = in_class()
    check("K08-roi", 12_345)
    assert [a.exercise for a in attempts_of(room)] == ["K08-roi"]
    assert room.progress_file.read_text(encoding="utf-8").count("\n") == 1


def test_a_line_torn_by_a_stopped_machine_costs_itself_alone(in_class):
    room = in_class()
    check("K08-roi", 12_345)
    with room.progress_file.open("a", encoding="utf-8") as file:
        file.write('{"exercise": "K08-r')
    assert len(attempts_of(room)) == 1
    check("K08-roi", 54_321)
    assert len(attempts_of(room)) == 2


def test_two_notebooks_lose_nothing_to_each_other(in_class):
    from concurrent.futures import ThreadPoolExecutor

    room = in_class()
    tries = [
        Attempt("K08-roi", "2026-01-01T00:00:00+00:00", "wrong", answer=str(i)) for i in range(200)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda a: keep(a, room), tries))
    assert sorted(int(a.answer) for a in attempts_of(room)) == list(range(200))


def test_a_folder_that_cannot_be_written_is_said_and_hints_go_on(in_class):
    room = in_class()
    room.progress_file.mkdir()
    first = check("K08-roi", 12_345)
    assert "cannot be written" in first.note
    with pytest.raises(DataError, match="move it away"):
        progress()


def test_progress_is_exported_for_the_trainer(in_class, tmp_path: Path):
    room = in_class(trainee="李雷")
    check("K08-roi", exercise("K08-roi").answer(room.shop))
    with progress().export(tmp_path / "li.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["exercise"]: row for row in csv.DictReader(file)}
    assert rows["K08-roi"]["trainee"] == "李雷"
    assert rows["K08-roi"]["solved"] == "true"
    assert rows["D10-gmv"]["solved"] == "false"
    assert [p.name for p in tmp_path.glob("*.part")] == []


def test_an_export_that_fails_says_where(in_class, tmp_path: Path):
    in_class()
    with pytest.raises(DataError, match=r"li\.csv"):
        progress().export(tmp_path / "nowhere" / "li.csv")
