"""Open a shop by one text; three foreign files with a short shop.toml are a shop."""

from datetime import datetime
from pathlib import Path

import pytest

from opsbook import open_shop
from opsbook.errors import DataError
from opsbook.language import _chinese
from opsbook.shop.checks import check, require_sound
from opsbook.shop.sales import sales_lines

SHOP_TOML = """\
name = "Kleiner Laden"
currency = "EUR"
timezone = "Europe/Berlin"
[tables.orders]
file = "bestellungen.csv"
date_format = "%d.%m.%Y %H:%M"
columns = { order_id = "Nr", customer_id = "Kunde", order_ts = "Datum", status = "Stand" }
words.status = { bezahlt = "paid", storniert = "cancelled" }
[tables.order_lines]
file = "positionen.csv"
decimal = ","
columns = { order_id = "Nr", sku = "Artikel", qty = "Menge", paid_price = "Preis" }
[tables.products]
file = "artikel.csv"
columns = { sku = "Artikel", category = "Gruppe" }
"""
FILES = {
    "bestellungen.csv": "Nr;Kunde;Datum;Stand\n"
    "1;K1;05.01.2024 09:30;bezahlt\n2;K2;31.01.2024 10:00;storniert\n",
    "positionen.csv": "Nr;Artikel;Menge;Preis\n1;0017;2;1.250,50\n2;0018;1;3,00\n",
    "artikel.csv": "Artikel;Gruppe\n0017;Möbel\n0018;Licht\n",
}


def fault(source: str | Path) -> str:
    with pytest.raises(DataError) as caught:
        open_shop(source)
    assert caught.value.message in _chinese(), caught.value.message
    return str(caught.value)


def test_three_foreign_files_with_a_short_shop_toml(tmp_path: Path) -> None:
    assert len(SHOP_TOML.splitlines()) <= 15
    for name, text in {**FILES, "shop.toml": SHOP_TOML}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    shop = open_shop(tmp_path)
    assert shop.tables == ("orders", "order_lines", "products")
    assert (shop.title, shop.currency) == ("Kleiner Laden", "EUR")
    # Two pieces at 1,250.50; the other order was cancelled.
    (line,) = sales_lines(shop).to_pyarrow().to_pylist()
    assert (line["sku"], line["amount"], line["category"]) == ("0017", 2501, "Möbel")
    assert line["order_ts"] == datetime(2024, 1, 5, 9, 30)
    require_sound(shop)
    assert {i.kind for i in check(shop, now=datetime(2024, 6, 1)).issues} == {"delimiter"}


def test_one_file_is_opened_as_orders(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("order_id,order_ts\n1,2024-01-05\n")
    assert open_shop(str(tmp_path / "x.csv")).tables == ("orders",)
    (tmp_path / "products.csv").write_text("sku,category\n1,a\n")
    assert fault(tmp_path / "products.csv") == (
        "products.csv holds products, but a shop needs orders; give the folder that holds both"
    )


def test_unknown_source_says_what_is_accepted() -> None:
    assert fault("nowhere/at/all") == (
        '"nowhere/at/all" is no shop data; give demo, completejourney, a folder of CSV or '
        "Parquet files, a DuckDB file or a database URL"
    )
    assert fault("") == fault("nowhere/at/all").replace("nowhere/at/all", "")
    assert "is no shop data" in fault("a\0b")
    assert "is no shop data" in fault("x" * 5000)


def test_misspelt_source_names_a_near_one(tmp_path: Path) -> None:
    assert "did you mean completejourney?" in fault("complete-journey")
    (tmp_path / "mydata").mkdir()
    assert f"did you mean {tmp_path / 'mydata'}?" in fault(tmp_path / "my-data")


def test_spreadsheet_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "shop.xlsx").write_bytes(b"PK")
    assert fault(tmp_path / "shop.xlsx") == (
        "shop.xlsx is a spreadsheet; save each sheet as CSV (UTF-8) in one folder"
    )


def test_urls_and_databases_go_to_their_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("opsbook.shop.engines.open_url", asked.append)
    monkeypatch.setattr("opsbook.shop.engines.open_duckdb", asked.append)
    (tmp_path / "shop.duckdb").write_bytes(b"")
    open_shop("postgres://u@h/db")
    open_shop(tmp_path / "shop.duckdb")
    assert asked == ["postgres://u@h/db", tmp_path / "shop.duckdb"]
