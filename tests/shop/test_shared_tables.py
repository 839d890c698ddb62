"""Tables of the engine in shared answers: written beside them, read by each report's engine."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from ibis import Table as Frame

from made_shop import shop_of
from opsbook.language import speaking, t
from opsbook.shop import answer_tables
from opsbook.shop.settings import Settings
from opsbook.shop.shared import FOLDER, shared
from opsbook.shop.shop import Shop

calls: list[str] = []
ORDERS = pd.DataFrame(
    {
        "order_id": ["1", "2", "3"],
        "order_ts": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02"]),
        "customer_id": ["a", "a", None],
    }
)


@dataclass(frozen=True)
class Buyers:
    table: Frame
    again: Frame
    source: str


@shared
def buyers(shop: Shop, least: int = 0) -> Buyers:
    calls.append("buyers")
    orders = shop.orders
    per = orders.group_by("customer_id").aggregate(n=orders.count())
    kept = shop.kept(f"buyers {least}", per.filter(per.n >= least), rows=orders)
    return Buyers(kept, kept, shop.title)


@shared
def counted(shop: Shop, found: Buyers) -> int:
    calls.append("counted")
    return int(found.table.count().execute())


@shared
def passed_on(shop: Shop, found: Buyers) -> Frame:
    calls.append("passed_on")
    return found.table


@shared
def some(shop: Shop, found: Buyers) -> Frame:
    calls.append("some")
    return found.table.filter(found.table.n > 1).select("customer_id")


@shared
def every_kind(shop: Shop) -> Frame:
    calls.append("every_kind")
    query = """SELECT 1::BIGINT AS whole, 0.1::DOUBLE AS part, 'é'::VARCHAR AS text, true AS yes,
        DATE '2024-02-29' AS day, TIMESTAMP '2024-02-29 12:00:00.123456' AS moment,
        TIMESTAMPTZ '2024-02-29 12:00:00+08' AS instant, [1, 2] AS list,
        NULL::VARCHAR AS nothing, 1.25::DECIMAL(9, 2) AS exact"""
    return made_by(shop, query)


@shared
def very_wide(shop: Shop) -> Frame:
    calls.append("very_wide")
    return made_by(shop, "SELECT 1267650600228229401496703205376::HUGEINT AS n")


@shared
def worded(shop: Shop) -> Frame:
    calls.append("worded")
    return shop.orders.select(word=ibis.literal(t("Reports")))


@shared
def titled(shop: Shop) -> Frame:
    calls.append("titled")
    return shop.orders.select(source=ibis.literal(shop.title))


@shared
def elsewhere(shop: Shop) -> Frame:
    calls.append("elsewhere")
    return ibis.duckdb.connect().create_table("there", pd.DataFrame({"a": [1]}))


@shared
def of_frames(number: int, found: Buyers) -> Frame:
    calls.append("of_frames")
    return found.table


def engine_of(shop: Shop) -> Any:
    return shop.orders.get_backend()


def made_by(shop: Shop, query: str) -> Frame:
    engine = engine_of(shop)
    engine.raw_sql(f"CREATE OR REPLACE TABLE made AS {query}")
    return engine.table("made")


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a batch that has just begun, beside a shop's data."""
    calls.clear()
    folder = tmp_path / "batch's"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv(FOLDER, str(folder))
    (tmp_path / "orders.csv").write_text("order_id\n")
    return folder


def report(batch: Path, orders: pd.DataFrame = ORDERS) -> Shop:
    """The shop as a report opens it: with an engine of its own."""
    settings = Settings(name="Acme", name_zh="艾克美", currency="CNY")
    return Shop(str(batch.parent / "orders.csv"), settings, shop_of(orders=orders).entries)


def rows(table: Frame) -> list[tuple[Any, ...]]:
    return sorted(table.execute().itertuples(index=False, name=None), key=str)


def test_second_report_reads_the_table_in_its_own_engine(batch: Path) -> None:
    first, second = report(batch), report(batch)
    written, read = buyers(first), buyers(second)
    assert calls == ["buyers"]
    assert rows(read.table) == rows(written.table)
    assert len(rows(read.table)) == 2
    assert read.table.get_backend() is engine_of(second)
    assert read.again is read.table or rows(read.again) == rows(read.table)
    assert len(list(batch.glob("*.parquet"))) == 1


def test_name_of_the_shop_beside_a_table_is_the_readers(batch: Path) -> None:
    with speaking("en"):
        assert buyers(report(batch)).source == "Acme"
    with speaking("zh"):
        assert buyers(report(batch)).source == "艾克美"
    assert calls == ["buyers"]


def test_question_about_a_table_of_an_answer_is_the_same_in_every_report(batch: Path) -> None:
    for _ in range(2):
        shop = report(batch)
        assert counted(shop, buyers(shop)) == 2
        assert counted(shop, buyers(shop, 2)) == 1
    assert calls == ["buyers", "counted", "buyers", "counted"]


def test_table_handed_on_is_not_written_twice_and_part_of_one_is_its_own(batch: Path) -> None:
    for _ in range(2):
        shop = report(batch)
        found = buyers(shop)
        assert rows(passed_on(shop, found)) == rows(found.table)
        assert rows(some(shop, found)) == [("a",)]
    assert calls == ["buyers", "passed_on", "some"]
    assert len(list(batch.glob("*.parquet"))) == 2


def test_types_and_values_come_back_as_they_were(batch: Path) -> None:
    every_kind(report(batch))
    found = every_kind(report(batch))
    assert calls == ["every_kind"]
    kinds = {name: str(kind) for name, kind in found.schema().items()}
    assert kinds["day"] == "date"
    assert kinds["moment"] == "timestamp(6)"
    assert kinds["instant"].startswith("timestamp('")
    assert kinds["exact"] == "decimal(9, 2)"
    row = found.execute().iloc[0]
    assert (row["whole"], row["part"], row["text"], row["yes"]) == (1, 0.1, "é", True)
    assert pd.Timestamp(row["day"]).date() == date(2024, 2, 29)
    assert row["moment"] == datetime(2024, 2, 29, 12, 0, 0, 123456)
    assert row["instant"] == pd.Timestamp("2024-02-29 04:00", tz="UTC")
    assert list(row["list"]) == [1, 2]
    assert pd.isna(row["nothing"])


def test_what_a_file_cannot_hold_is_not_shared(batch: Path) -> None:
    for _ in range(2):
        assert int(very_wide(report(batch)).execute().iloc[0, 0]) == 2**100
    assert calls == ["very_wide"] * 4  # each looked first whether it could be written down
    assert not list(batch.glob("*.all"))


def test_empty_table_keeps_its_columns(batch: Path) -> None:
    for _ in range(2):
        found = buyers(report(batch), 99)
        assert rows(found.table) == []
        assert found.table.columns == ("customer_id", "n")
    assert calls == ["buyers"]


def test_large_table_stays_in_its_engine(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_tables, "KEPT_ROWS", 1)
    assert len(rows(buyers(report(batch)).table)) == 2
    assert not list(batch.glob("*.all"))
    assert not list(batch.glob("*.parquet"))


def test_words_in_a_table_are_shared_within_their_language_only(batch: Path) -> None:
    for lang in ("en", "zh", "en"):
        with speaking(lang):
            assert rows(worded(report(batch)))[0] == (t("Reports"),)
    assert calls == ["worded", "worded"]


def test_shops_name_in_a_table_is_the_readers(batch: Path) -> None:
    for lang, name in (("en", "Acme"), ("zh", "艾克美")):
        with speaking(lang):
            assert rows(titled(report(batch)))[0] == (name,)


def test_table_of_another_engine_or_of_no_shop_is_not_written_down(batch: Path) -> None:
    shop = report(batch)
    assert rows(elsewhere(shop)) == [(1,)]
    assert len(rows(of_frames(1, buyers(shop)))) == 2
    assert len(list(batch.glob("*.all"))) == 1  # that of the buyers


def test_file_that_has_gone_or_is_broken_is_worked_out_anew(batch: Path) -> None:
    buyers(report(batch))
    (file,) = batch.glob("*.parquet")
    for harm in (file.unlink, lambda: file.write_bytes(b"no")):
        harm()
        assert len(rows(buyers(report(batch)).table)) == 2
    assert calls == ["buyers"] * 3


def test_folder_that_has_gone_costs_time_only(batch: Path) -> None:
    batch.rmdir()
    assert len(rows(buyers(report(batch)).table)) == 2
