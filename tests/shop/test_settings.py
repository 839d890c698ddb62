"""shop.toml: what it may say, and the sentence when it says something else."""

from pathlib import Path

import pytest

from opsbook.errors import DataError
from opsbook.language import _chinese, speaking
from opsbook.shop.settings import Settings, read_settings


def read(folder: Path, text: str | bytes) -> Settings:
    file = folder / "shop.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_settings(file)


def fault(folder: Path, text: str | bytes) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, text)
    assert caught.value.message in _chinese(), caught.value.message
    return str(caught.value)


def test_everything_it_may_say_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        name = "Shop"
        name_zh = "小店"
        currency = "EUR"
        timezone = "Europe/Berlin"
        data_timezone = "UTC"
        week_start = "sunday"
        language = "zh"
        [tables.orders]
        file = "bestellungen.csv"
        duplicates = "drop"
        date_format = "%d.%m.%Y"
        decimal = ","
        delimiter = ";"
        encoding = "cp1252"
        columns = { order_id = "Nr", order_ts = "Datum" }
        words.status = { "bezahlt" = "paid" }
        """,
    )
    assert (found.currency, found.week_start) == ("EUR", "sunday")
    orders = found.tables["orders"]
    assert orders.columns == {"order_id": "Nr", "order_ts": "Datum"}
    assert (orders.reading.date_format, orders.reading.decimal) == ("%d.%m.%Y", ",")
    assert orders.reading.words == {"status": {"bezahlt": "paid"}}
    with speaking("zh"):
        assert found.title == "小店"
    assert found.title == "Shop"


def test_nothing_at_all_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings()
    assert read(tmp_path, b"\xef\xbb\xbfcurrency = 'USD'").currency == "USD"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("curency = 'USD'", 'shop.toml: "curency" is not known; known are currency, data_timezone'),
        ("currency = 5", 'shop.toml: currency "5" is not a text; put it in quotes'),
        ("currency = 'Euro'", 'shop.toml: currency "Euro" is not an ISO code; write CNY or USD'),
        ("timezone = 'Mars'", 'shop.toml: timezone "Mars" is not a time zone; write Asia/Shanghai'),
        ("week_start = 'x'", 'shop.toml: week_start "x" is not valid; use monday / sunday'),
        ("language = 'de'", 'shop.toml: language "de" is not valid; use en / zh'),
        (
            "tables = 'orders'",
            'shop.toml: tables has to be a section; write [tables] and one NAME = "..." a line',
        ),
        ("[tables.order]", 'shop.toml [tables]: "order" is not known; known are ad_spend, '),
        (
            "[tables]\norders = 'x.csv'",
            "shop.toml: tables.orders has to be a section; write [tables.orders] and one "
            'NAME = "..." a line',
        ),
        (
            "[tables.orders]\nfiel = 'x'",
            'shop.toml [tables.orders]: "fiel" is not known; known are columns, date_format, ',
        ),
        (
            "[tables.orders.columns]\nnr = 'x'",
            'shop.toml [tables.orders.columns]: "nr" is not known; known are campaign_id, ',
        ),
        (
            "[tables.orders.columns]\norder_id = 1",
            'shop.toml: tables.orders.columns.order_id "1" is not a text; put it in quotes',
        ),
        (
            "[tables.orders]\nduplicates = 'yes'",
            'shop.toml: [tables.orders] duplicates "yes" is not valid; use stop / drop',
        ),
        (
            "[tables.orders]\ndecimal = ';'",
            'shop.toml: [tables.orders] decimal ";" is not valid; use . / ,',
        ),
        (
            "[tables.orders]\ndelimiter = '::'",
            'shop.toml: [tables.orders] delimiter "::" has to be one sign, such as ; or |',
        ),
        (
            "[tables.orders]\nencoding = 'klingon'",
            'shop.toml: [tables.orders] encoding "klingon" is not an encoding; '
            "write gb18030, cp1252 or utf-8",
        ),
        (
            "[tables.orders]\ndate_format = '%d %B %Y'",
            'shop.toml: [tables.orders] date_format "%d %B %Y" cannot be used; write %d/%m/%Y, '
            "with %y for two-digit years and %H:%M:%S for a time",
        ),
        (
            "[tables.orders.words.region]\nx = 'y'",
            'shop.toml [tables.orders.words]: "region" is not known; known are status',
        ),
        (
            "[tables.orders.words.status]\nx = 'y'",
            'shop.toml: [tables.orders.words.status] x "y" is not valid; use unpaid / paid',
        ),
        ("a = ", "shop.toml is not valid TOML: "),
        (b"name = '\xff'", "shop.toml is not valid TOML: "),
    ],
)
def test_faults_name_the_place_the_value_and_the_fix(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    assert fault(tmp_path, text).startswith(sentence)
