"""Dirt in a demo shop: the key says what was planted, and the check finds it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from opsbook.demo import simulate
from opsbook.demo.dirt import parts, score, soil, soiling
from opsbook.errors import ParameterError
from opsbook.shop.checks import check
from opsbook.shop.contract import contract
from opsbook.shop.health import HARMLESS, CheckResult
from opsbook.shop.opening import open_shop

CORE = ("customers", "orders", "order_lines", "products", "sessions", "returns", "shipments")
NOW = datetime(2026, 11, 10)
"""After the demo shop's last day."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean shop with all its tables."""
    return simulate(tmp_path_factory.mktemp("dirt") / "whole", orders=3000, days=200)


def some_tables(source: Path, target: Path, names: tuple[str, ...]) -> Path:
    (target / "truth").mkdir(parents=True)
    for file in ("truth.json", "shop.toml", *(f"{name}.parquet" for name in names)):
        if (source / file).exists():
            shutil.copy(source / file, target)
    return target


@pytest.fixture(scope="module")
def clean(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables that the most kinds of dirt fall on."""
    return some_tables(whole, tmp_path_factory.mktemp("dirt") / "clean", CORE)


@pytest.fixture(scope="module")
def dirty(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dirt") / "dirty"
    shutil.copytree(clean, folder)
    soil(folder, 1)
    return folder


@pytest.fixture(scope="module")
def key(dirty: Path) -> pd.DataFrame:
    return pd.read_parquet(dirty / "truth" / "dirt.parquet")


@pytest.fixture(scope="module")
def checked(dirty: Path) -> CheckResult:
    return check(open_shop(dirty), now=NOW, shown=score.ALL)


@pytest.fixture(scope="module")
def result(dirty: Path, checked: CheckResult) -> score.Score:
    return score.score(dirty, found=checked)


@cache
def read(folder: Path, table: str) -> pd.DataFrame:
    file = folder / f"{table}.parquet"
    if file.exists():
        return pd.read_parquet(file)
    found = sorted((folder / table).glob("*.parquet"))
    return pd.concat([pd.read_parquet(part) for part in found], ignore_index=True)


def test_check_finds_what_was_planted_and_hardly_more(result: score.Score) -> None:
    assert result.recall >= 0.99
    assert result.excess <= 0.01


def test_every_kind_of_dirt_is_planted(key: pd.DataFrame) -> None:
    assert set(key.kind) >= {
        *("duplicate_row", "duplicate_key", "missing_id", "missing_word", "orphan", "full_width"),
        *("unknown_word", "spelling", "padded", "year_1970", "in_future", "negative", "backwards"),
        *("zero_price", "negative_qty", "paid_above_list", "paid_before_placed", "paid_but_unpaid"),
        *("payment_lost", "clock_8h_ahead", "returned_too_much", "refunded_too_much"),
        *("year_before", "lost_partner", "above_most"),
    }
    assert key.groupby("table").kind.nunique().loc[list(CORE[:6])].min() >= 8


def test_clean_shop_raises_no_alarm(clean: Path) -> None:
    found = check(open_shop(clean), now=NOW).issues
    assert [issue.brief() for issue in found if issue.kind not in HARMLESS] == []


def test_key_says_what_stands_in_each_row_and_what_stood_there(
    clean: Path, dirty: Path, key: pd.DataFrame
) -> None:
    changed = key[~key.follows & (key.kind != "duplicate_row") & (key.column != "")]
    for (table, column), part in changed.groupby(["table", "column"]):
        now, before = read(dirty, table), read(clean, table)
        stands = now[column].iloc[part.row].to_list()
        assert [said(v) for v in stands] == [said(v) for v in part.value_after]
        # Whatever stood there is a value of the clean table.
        assert {said(v) for v in part.value_before} <= {said(v) for v in before[column]}


def said(value: object) -> str:
    """A value in one form, however it is stored."""
    if value is None or pd.isna(value):
        return ""
    try:
        return f"{float(str(value)):.6f}"
    except ValueError:
        return str(value).removesuffix(" 00:00:00")


def test_rows_that_are_not_in_the_key_are_as_they_were(
    clean: Path, dirty: Path, key: pd.DataFrame
) -> None:
    planted = key[~key.follows]
    for table in CORE:
        before, now = read(clean, table), read(dirty, table)
        soiled = planted[planted.table == table]
        added = soiled[soiled.kind.isin(["duplicate_row", "duplicate_key"])]
        assert len(now) == len(before) + len(added)
        kept = now.drop(index=soiled.row.unique())
        whole = pd.merge(kept, before.drop_duplicates(), how="inner", on=list(before.columns))
        assert len(whole) == len(kept) == len(before) + len(added) - soiled.row.nunique()


def test_share_of_soiled_rows_is_the_rate(clean: Path, key: pd.DataFrame) -> None:
    rows = len(read(clean, "sessions"))
    soiled = key[(key.table == "sessions") & ~key.follows].row.nunique()
    # 13 or so kinds, each rounded to whole rows.
    assert soiled == pytest.approx(0.01 * rows, rel=0.02)


def test_same_seed_gives_the_same_dirt_and_another_seed_other_dirt(
    clean: Path, dirty: Path, tmp_path: Path
) -> None:
    for seed in (1, 2):
        shutil.copytree(clean, tmp_path / str(seed))
        soil(tmp_path / str(seed), seed)
    files = [f"{name}.parquet" for name in CORE if (clean / f"{name}.parquet").exists()]
    for file in [*files, "truth/dirt.parquet", "truth.json"]:
        assert (dirty / file).read_bytes() == (tmp_path / "1" / file).read_bytes()
        assert (dirty / file).read_bytes() != (tmp_path / "2" / file).read_bytes()


def test_tables_in_parts_are_soiled_part_by_part(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "parts"
    shutil.copytree(clean, folder)
    table = pq.read_table(folder / "sessions.parquet")
    (folder / "sessions.parquet").unlink()
    (folder / "sessions").mkdir()
    for number in range(3):
        size = len(table) // 3 + 1
        part = table.slice(number * size, size)
        pq.write_table(part, folder / "sessions" / f"part-{number}.parquet")
    monkeypatch.setattr(parts, "CHUNK", 7000)
    soil(folder, 1)
    key = pd.read_parquet(folder / "truth" / "dirt.parquet")
    planted = key[(key.table == "sessions") & ~key.follows]
    now = read(folder, "sessions")
    added = planted.kind.isin(["duplicate_row", "duplicate_key"]).sum()
    assert len(now) == len(table) + added
    lost = planted[planted.kind == "missing_id"]
    assert now.session_id.isna().to_numpy().nonzero()[0].tolist() == sorted(lost.row)
    # Dirt falls on the whole table, not on its first part.
    assert planted.row.quantile([0.25, 0.75]).to_list() == pytest.approx(
        [len(now) / 4, len(now) * 3 / 4], rel=0.15
    )
    assert [p.name for p in sorted((folder / "sessions").iterdir())] == [
        f"part-{number}.parquet" for number in range(3)
    ]


def test_summary_of_the_dirt_is_in_the_truth(dirty: Path, key: pd.DataFrame) -> None:
    dirt = json.loads((dirty / "truth.json").read_text(encoding="utf-8"))["dirt"]
    assert (dirt["seed"], dirt["rate"]) == (1, 0.01)
    planted = key[~key.follows].groupby(["table", "kind"]).size()
    assert {(t, k): n for t, kinds in dirt["planted"].items() for k, n in kinds.items()} == (
        planted.to_dict()
    )
    assert dirt["follows"] == key.follows.sum()


def test_tables_keep_the_contract(dirty: Path, clean: Path) -> None:
    for name in CORE:
        if (clean / f"{name}.parquet").exists():
            before = pq.read_schema(clean / f"{name}.parquet")
            assert pq.read_schema(dirty / f"{name}.parquet").equals(before)
            assert set(before.names) <= {c.name for c in contract()[name].columns}


Alter = Callable[[CheckResult], CheckResult]


def without(kind: str) -> Alter:
    return lambda r: replace(r, issues=tuple(i for i in r.issues if i.kind != kind))


def one_more(kind: str) -> Alter:
    return lambda r: replace(
        r, issues=tuple(replace(i, rows=i.rows + (i.kind == kind)) for i in r.issues)
    )


def test_score_notices_what_a_check_misses_or_makes_up(
    dirty: Path, checked: CheckResult, result: score.Score
) -> None:
    planted = result.by_kind.planted.sum()
    missed = result.by_kind[result.by_kind.issue == "too_early"].planted.sum()
    assert missed > 10
    worse = score.score(dirty, found=without("too_early")(checked))
    assert worse.recall == pytest.approx(result.recall - missed / planted)
    made_up = len([i for i in checked.issues if i.kind == "too_early"])
    worse = score.score(dirty, found=one_more("too_early")(checked))
    assert worse.excess == pytest.approx(result.excess + made_up / planted)
    elsewhere = tuple(replace(issue, table="nps") for issue in checked.issues)
    worse = score.score(dirty, found=replace(checked, issues=elsewhere))
    assert worse.by_kind[worse.by_kind.issue != ""].found.sum() == 0


def test_shop_that_cannot_be_soiled_is_refused(clean: Path, dirty: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no demo shop"):
        soil(tmp_path, 1)
    with pytest.raises(ParameterError, match="soiled already"):
        soil(dirty, 1)
    for rate in (0.0, 0.5):
        with pytest.raises(ParameterError, match="out of bounds"):
            soil(clean, 1, rate=rate)
    with pytest.raises(ParameterError, match="no key"):
        score.score(clean)


def test_soiling_that_fails_leaves_the_shop_as_it_was(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(clean, folder)
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(soiling, "_summary", fail)
    with pytest.raises(OSError, match="disk full"):
        soil(folder, 1)
    assert {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["shop"]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "rate"), [(1, 0.01), (2, 0.01), (3, 0.05)])
def test_check_finds_the_dirt_in_every_table(
    whole: Path, tmp_path: Path, seed: int, rate: float
) -> None:
    shutil.copytree(whole, tmp_path / "shop")
    soil(tmp_path / "shop", seed, rate=rate)
    found = score.score(tmp_path / "shop", now=NOW)
    assert found.recall >= 0.99
    assert found.excess <= 0.01
    large = [n for n, files in parts.tables(whole).items() if parts.rows(files) >= soiling.SMALLEST]
    assert set(found.by_kind.table) >= set(large)


@pytest.mark.slow
def test_clean_shop_raises_no_alarm_in_any_table(whole: Path) -> None:
    found = check(open_shop(whole), now=NOW).issues
    assert [issue.brief() for issue in found if issue.kind not in HARMLESS] == []
