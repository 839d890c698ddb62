"""From a job to its pages: every combination once, under a name that harms nobody."""

from datetime import date
from pathlib import Path

import pytest
from jobs_kit import JOBS, place

from opsbook.errors import ParameterError
from opsbook.report.grid import Plan, plan
from opsbook.report.jobfile import read_jobs

TODAY = date(2024, 3, 31)


def planned(file: Path) -> Plan:
    read = read_jobs(file)
    assert read.notebooks is not None
    return plan(read, read.jobs[0], read.notebooks, TODAY)


def test_grid_is_every_combination_in_every_language(tmp_path: Path) -> None:
    more = 'grid = { weeks = [4, 8], region = ["East", "west"] }\n'
    file = place(tmp_path, JOBS.replace('["en"]', '["en", "zh"]') + more)
    items = planned(file).items
    assert len(items) == 8 and len({item.stem for item in items}) == 8
    assert items[2].values["weeks"] == 4 and items[2].values["region"] == "west"
    assert items[2].stem == "tiny-4-west" and items[3].stem == "tiny-4-west-zh"
    assert items[3].label == "tiny (4, west, zh)"


def test_star_takes_all_values_from_the_data_and_none_becomes_a_path(tmp_path: Path) -> None:
    items = planned(place(tmp_path, JOBS + 'grid = { region = "*" }\n')).items
    assert [item.values["region"] for item in items] == ["../../etc", "East", "华东"]
    for item in items:
        assert "/" not in item.stem and "." not in item.stem and item.stem.startswith("tiny-")
    assert items[2].stem == "tiny-华东"


def test_column_may_be_named_with_its_table(tmp_path: Path) -> None:
    items = planned(place(tmp_path, JOBS + 'grid = { region = "*orders.customer_id" }\n')).items
    assert [item.values["region"] for item in items] == ["a", "b", "c"]


def test_values_that_look_alike_get_names_of_their_own(tmp_path: Path) -> None:
    values = ["East", "east", "EAST", "ea st", "ea/st", "-", "/", "con", "x" * 10_000, "y" * 10_000]
    more = f"grid = {{ region = {values} }}\n".replace("'", '"')
    stems = [item.stem for item in planned(place(tmp_path, JOBS + more)).items]
    assert len({stem.lower() for stem in stems}) == len(values)
    assert max(len(stem.encode()) for stem in stems) < 170


def test_relative_dates_and_paths_count_from_the_run_and_the_file(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + 'parameters = { end = "-1month_end" }\n')
    (item,) = planned(file).items
    assert item.values["end"] == "2024-02-29"
    assert item.values["source"] == str((tmp_path / "shop").resolve())


def test_week_begins_where_the_shop_says(tmp_path: Path) -> None:
    # 31 March 2024 is a Sunday: the last day of one week, the first of the other.
    file = place(tmp_path, JOBS + 'parameters = { end = "0week_end" }\n')
    assert planned(file).items[0].values["end"] == "2024-03-31"
    (tmp_path / "shop" / "shop.toml").write_text('week_start = "sunday"\n')
    assert planned(file).items[0].values["end"] == "2024-04-06"


def test_secret_source_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", "postgres://ann:hunter2-long@db.test/shop")
    file = place(tmp_path, JOBS.replace('["shop"]', '["env:SHOP_URL", "shop"]'))
    first, second = planned(file).items
    assert first.values["source"] == "postgres://ann:hunter2-long@db.test/shop"
    assert "hunter2" not in first.stem + first.label + second.stem
    assert first.stem.startswith("tiny-shop_url") and second.stem == "tiny-shop"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("parameters = { wekks = 4 }", 'jobs.toml [jobs.daily]: tiny has no parameter "wekks"'),
        ("parameters = { weeks = 99 }", "weeks = 99 is out of range; valid is 4 – 52 weeks"),
        ("grid = { weeks = [4, 99] }", "weeks = 99 is out of range"),
        ('grid = { platform = "*" }', "has no column orders.platform"),
        ('grid = { region = "*nowhere.x" }', "has no column nowhere.x"),
        ("grid = { weeks = [4, 4] }", "would both be written to tiny-4.html"),
        ('reports = ["tinny"]', 'did you mean "tiny"'),
        ('sources = ["env:NOT_SET_AT_ALL"]', "the environment variable NOT_SET_AT_ALL is not set"),
        ('sources = ["shop", "../shop"]', "would both be written"),
    ],
)
def test_mistake_stops_before_anything_runs(tmp_path: Path, more: str, words: str) -> None:
    key = more.split(" ")[0]
    kept = [line for line in JOBS.splitlines() if not line.startswith(key + " ")]
    with pytest.raises(ParameterError) as caught:
        planned(place(tmp_path, "\n".join([*kept, more])))
    assert words in str(caught.value) and "[jobs.daily]" in str(caught.value)


def test_source_whose_grid_cannot_be_read_leaves_the_others_alone(tmp_path: Path) -> None:
    jobs = JOBS.replace('["shop"]', '["nowhere", "shop"]') + 'grid = { region = "*" }\n'
    found = planned(place(tmp_path, jobs))
    assert len(found.items) == 3
    ((source, fault),) = found.faults
    assert source == "nowhere" and "is no shop data" in str(fault)


def test_too_many_values_are_refused_with_their_number(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + 'grid = { region = "*orders.order_id" }\n')
    rows = "".join(f"{n},2024-03-01 10:00:00,a,East\n" for n in range(501))
    head = "order_id,order_ts,customer_id,region\n"
    (tmp_path / "shop" / "orders.csv").write_text(head + rows, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"has > 500 values; a grid takes 1 to 500"):
        planned(file)
