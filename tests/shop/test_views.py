"""Texts of large files are read as they are where they are tidy, and tidied where not."""

from pathlib import Path

import ibis
import pandas as pd
import pytest

import opsbook
from opsbook.shop import views
from opsbook.shop.shop import Shop

TIDY = ["A1", "B22", "long enough", "C 3"]


def shop_of(folder: Path, customers: list[str | None], statuses: list[str]) -> Shop:
    orders = pd.DataFrame(
        {
            "order_id": [f"O{i}" for i in range(len(customers))],
            "order_ts": pd.Timestamp("2024-01-05"),
            "customer_id": customers,
            "status": statuses,
        }
    )
    orders.to_parquet(folder / "orders.parquet")
    return opsbook.open_shop(folder)


def view_of(shop: Shop) -> str:
    engine = shop.orders.get_backend().con
    found = engine.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'used_orders'")
    return str(found.fetchone()[0])


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LOOKED_AT_ROWS", 1)


@pytest.mark.usefixtures("large")
def test_tidy_texts_of_a_large_file_are_not_tidied_again(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, TIDY, ["completed"] * 4)
    assert shop.orders.order_by("order_id").execute()["customer_id"].tolist() == TIDY
    assert "CASE" not in view_of(shop)
    assert "lower" not in view_of(shop)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(
    ("written", "read"),
    [(" A1", "A1"), ("A1\t", "A1"), ("long enough ", "long enough"), ("NULL", None), ("", None),
     (r"\N", None), ("nan", None), ("   ", None)],
)  # fmt: skip
def test_one_untidy_text_among_tidy_ones_is_tidied(
    tmp_path: Path, written: str, read: str | None
) -> None:
    shop = shop_of(tmp_path, [*TIDY, written, None], ["completed"] * 6)
    found = shop.orders.order_by("order_id").to_pyarrow()["customer_id"].to_pylist()
    assert found == [*TIDY, read, None]


@pytest.mark.usefixtures("large")
def test_choices_in_capitals_are_still_lowered(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, TIDY, ["Completed", "completed", "CANCELLED", "refunded"])
    found = shop.orders.order_by("order_id").execute()["status"].tolist()
    assert found == ["completed", "completed", "cancelled", "refunded"]


def test_small_files_are_not_looked_at(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, TIDY, ["completed"] * 4)
    assert "CASE" in view_of(shop)


@pytest.mark.usefixtures("large")
def test_a_column_name_with_quotes_is_looked_at(tmp_path: Path) -> None:
    frame = pd.DataFrame({'order "id"': ["O1", " O2"], "order_ts": pd.Timestamp("2024-01-05")})
    frame.to_parquet(tmp_path / "orders.parquet")
    mapped = "[tables.orders.columns]\norder_id = 'order \"id\"'\n"
    (tmp_path / "shop.toml").write_text(f'currency = "CNY"\n{mapped}', encoding="utf-8")
    shop = opsbook.open_shop(tmp_path)
    assert shop.orders.order_by(ibis.asc("order_id")).execute()["order_id"].tolist() == ["O1", "O2"]
