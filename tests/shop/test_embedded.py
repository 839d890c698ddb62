"""DuckDB in this process takes as much memory as it was told, and writes the rest to disk."""

from pathlib import Path

import pytest

from opsbook.shop.embedded import MEMORY, embedded


def setting(engine: object, name: str) -> str:
    return engine.raw_sql(f"SELECT current_setting('{name}')").fetchone()[0]  # type: ignore[attr-defined]


def test_two_gigabytes_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPSBOOK_MEMORY", raising=False)
    monkeypatch.delenv(MEMORY, raising=False)
    assert setting(embedded(), "memory_limit") == "1.8 GiB"
    monkeypatch.setenv(MEMORY, "1GiB")
    assert setting(embedded(), "memory_limit") == "1.0 GiB"


def test_a_report_with_a_limit_of_its_own_gives_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSBOOK_MEMORY", "8000000000")
    monkeypatch.delenv(MEMORY, raising=False)
    assert setting(embedded(), "memory_limit") != "1.8 GiB"


def test_two_engines_never_spill_into_one_folder() -> None:
    assert setting(embedded(), "temp_directory") != setting(embedded(), "temp_directory")


def test_a_file_that_this_process_has_open_already_is_opened_again(tmp_path: Path) -> None:
    import duckdb

    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as own:
        own.execute("CREATE TABLE a AS SELECT 1 AS x")
        assert embedded(file).table("a").count().execute() == 1


def test_a_file_is_opened_for_reading_only(tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    embedded(file).raw_sql("CREATE TABLE a AS SELECT 1 AS x")
    with pytest.raises(Exception, match="read-only"):
        embedded(file, read_only=True).raw_sql("CREATE TABLE b AS SELECT 1 AS x")
