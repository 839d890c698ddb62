"""A class comes from its seed, holds no key, and is found where the notebook lies."""

import tomllib
from pathlib import Path

import pytest

from opsbook.errors import DataError, ParameterError
from opsbook.teach import check, classroom, make_class, open_class
from opsbook.teach.draws import class_number


@pytest.fixture(autouse=True)
def nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "_open", [])
    monkeypatch.delenv(classroom.FOLDER, raising=False)


def test_a_class_folder_holds_seed_and_shop_and_nothing_of_the_truth(class_folders):
    folder = class_folders[3]
    assert tomllib.loads((folder / "class.toml").read_text(encoding="utf-8"))["seed"] == 3
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith("progress")) == [
        "class.toml",
        "shop",
    ]
    assert list(folder.rglob("*truth*")) == []


def test_making_the_same_class_again_changes_nothing(class_folders):
    folder = class_folders[3]
    before = (folder / "shop" / "orders.parquet").stat().st_mtime_ns
    assert make_class(folder, seed=3, orders=3_000) == folder
    assert (folder / "shop" / "orders.parquet").stat().st_mtime_ns == before


def test_a_folder_of_another_class_is_not_overwritten(class_folders):
    with pytest.raises(ParameterError, match="class of seed 3"):
        make_class(class_folders[3], seed=4, orders=3_000)


def test_a_folder_with_somebodys_shop_is_not_overwritten(tmp_path):
    (tmp_path / "shop").mkdir()
    with pytest.raises(ParameterError, match="no class"):
        make_class(tmp_path, seed=1)


@pytest.mark.parametrize(("name", "value"), [("orders", 10), ("days", 60), ("seed", -1)])
def test_bounds_are_said(tmp_path, name, value):
    with pytest.raises(ParameterError, match=f"{name} {value} is too small"):
        make_class(tmp_path, **({"seed": 1} | {name: value}))
    assert list(tmp_path.iterdir()) == []


def test_the_data_end_inside_a_month_and_classes_differ(shops):
    numbers = {class_number(opened.shop) for opened in shops.values()}
    assert len(numbers) == 2
    for opened in shops.values():
        last = opened.shop.orders.order_ts.max().execute()
        assert 7 <= last.day <= 27


def test_the_number_of_a_class_follows_from_its_data(class_folders, shops):
    assert class_number(open_class(class_folders[8]).shop) == class_number(shops[8].shop)


@pytest.mark.parametrize("where", [".", "notebooks", "notebooks/deeper"])
def test_a_class_is_found_from_where_the_notebook_lies(class_folders, where, monkeypatch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    for name in ("class.toml", "shop"):
        (home / name).symlink_to(class_folders[3] / name)
    (home / where).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(home / where)
    assert check("K08-k-factor", 1_000.0).state in ("wrong", "close", "form")
    assert classroom.current_class().seed == 3
    assert (home / "progress.jsonl").is_file()


def test_the_environment_names_a_class(class_folders, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(classroom.FOLDER, str(class_folders[8]))
    assert classroom.current_class().seed == 8


def test_without_a_class_a_check_says_how_to_open_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="open_class"):
        check("D10-gmv", 1)
    with pytest.raises(ParameterError, match="open_class"):
        open_class(tmp_path)


@pytest.mark.parametrize("text", ["seed =", "name = 'x'", 'seed = "3"'])
def test_a_broken_class_file_is_named(tmp_path: Path, text):
    (tmp_path / "class.toml").write_text(text)
    with pytest.raises(DataError, match=r"class\.toml"):
        open_class(tmp_path)


def test_a_trainees_name_cannot_leave_the_folder(class_folders):
    with pytest.raises(ParameterError, match="trainee"):
        open_class(class_folders[3], trainee="../boss")
    assert open_class(class_folders[3], trainee="李雷 2").progress_file.name == (
        "progress-李雷 2.jsonl"
    )
