"""Every fault that CSV files have in the field, and the sentence the user reads."""

import codecs
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsbook.errors import DataError
from opsbook.language import _chinese, speaking
from opsbook.shop.checks import check
from opsbook.shop.csv_files import open_csv
from opsbook.shop.files import open_file, open_folder
from opsbook.shop.shop import Shop
from opsbook.shop.sniff import sniff

HEAD = "order_id,customer_id,order_ts,discount\n"
GOOD = HEAD + "001,C1,2024-01-05 09:30,1.50\n002,C2,2024-01-06 10:00,\n"
NOW = datetime(2024, 6, 1)


def shop_of(folder: Path, orders: str | bytes, *, toml: str = "", **more: str | bytes) -> Shop:
    for name, text in {"orders": orders, **more}.items():
        data = text.encode() if isinstance(text, str) else text
        (folder / f"{name}.csv").write_bytes(data)
    if toml:
        (folder / "shop.toml").write_text(toml, encoding="utf-8")
    return open_folder(folder)


def fault(folder: Path, orders: str | bytes, **more: str | bytes) -> str:
    """The sentence that stops the opening; it has to be there in Chinese too."""
    with pytest.raises(DataError) as caught:
        shop_of(folder, orders, **more)
    assert caught.value.message in _chinese(), caught.value.message
    with speaking("zh"):
        chinese = str(caught.value)
    with speaking("en"):
        assert str(caught.value) != chinese
        return str(caught.value)


def said(shop: Shop) -> list[str]:
    """What the check says, in English; each message has to be there in Chinese too."""
    issues = check(shop, now=NOW).issues
    for issue in issues:
        assert issue.text in _chinese(), issue.text
    with speaking("en"):
        return [issue.message() for issue in issues]


def rows(shop: Shop, table: str = "orders") -> list[dict]:
    frame = shop.table(table).execute()
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def lines(shop: Shop, table: str = "orders") -> list[int]:
    return shop.entries[table].typed.execute()["_row"].tolist()


def test_rows_keep_order_and_know_their_line(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, GOOD)
    assert [row["order_id"] for row in rows(shop)] == ["001", "002"]
    assert lines(shop) == [2, 3]
    assert said(shop) == []


def test_leading_zeros_of_ids_stay(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, HEAD + '"=""0007""",\t007 ,2024-01-05,\n')
    assert rows(shop)[0]["order_id"] == "0007"
    assert rows(shop)[0]["customer_id"] == "007"


@pytest.mark.parametrize(("sign", "name"), [(";", ";"), ("\t", "tab"), ("|", "|")])
def test_other_delimiter_is_read_and_noted(tmp_path: Path, sign: str, name: str) -> None:
    shop = shop_of(tmp_path, GOOD.replace(",", sign))
    assert rows(shop)[0]["discount"] == 1.5
    assert said(shop) == [f'orders.csv: the columns are separated by "{name}", not by commas']


def test_excels_own_delimiter_line_is_understood(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "sep=;\n" + GOOD.replace(",", ";"))
    assert lines(shop) == [3, 4]


def test_two_delimiters_that_fit_are_not_guessed(tmp_path: Path) -> None:
    text = "order_id,order_ts;note\n1,2024-01-05;x\n"
    assert fault(tmp_path, text) == (
        'orders.csv line 1: both , ; could separate the columns of "order_id,order_ts;note". '
        'Write the right one in shop.toml: delimiter = ","'
    )
    shop = shop_of(
        tmp_path,
        text.replace("order_ts;note", "order_ts;"),
        toml='[tables.orders]\ndelimiter = ","\ncolumns = { order_ts = "order_ts;" }',
    )
    assert shop.orders.count().execute() == 0


def test_no_delimiter_at_all_is_said(tmp_path: Path) -> None:
    assert fault(tmp_path, "order_id order_ts\n1 2024-01-05\n") == (
        'orders.csv: what separates the columns of "order_id order_ts" cannot be told. Separate '
        'them by commas, or write the sign in shop.toml: [tables.orders] delimiter = ";"'
    )


def test_title_above_the_column_names_is_said(tmp_path: Path) -> None:
    assert fault(tmp_path, "Orders of 2024\n" + GOOD) == (
        'orders.csv line 1: "Orders of 2024" are no column names, the rows below have 4 fields. '
        "Delete what stands above the column names"
    )


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese_encoding_is_read_and_noted(tmp_path: Path, encoding: str) -> None:
    text = "order_id,order_ts,region\n1,2024年1月5日,华东\n"
    shop = shop_of(tmp_path, text.encode(encoding))
    assert rows(shop)[0]["region"] == "华东"
    assert rows(shop)[0]["order_ts"] == datetime(2024, 1, 5)
    assert said(shop) == ["orders.csv is read as GB18030, not UTF-8"]


def test_chinese_column_names_of_a_gbk_file_are_mapped(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        "订单编号,下单时间\n1,2024-01-05 8:00\n".encode("gbk"),
        toml='[tables.orders.columns]\norder_id = "订单编号"\norder_ts = "下单时间"\n',
    )
    assert rows(shop)[0]["order_ts"] == datetime(2024, 1, 5, 8)


def test_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, codecs.BOM_UTF8 + GOOD.encode())
    assert rows(shop)[0]["order_id"] == "001"
    assert said(shop) == []


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, b""])
def test_utf16_is_read_and_noted(tmp_path: Path, mark: bytes) -> None:
    shop = shop_of(tmp_path, mark + GOOD.replace("C1", "张三").encode("utf-16-le"))
    assert rows(shop)[0]["customer_id"] == "张三"
    assert said(shop) == ["orders.csv is read as UTF-16-LE, not UTF-8"]


def test_unknown_encoding_is_said_with_its_line(tmp_path: Path) -> None:
    text = "order_id,order_ts,region\n1,2024-01-05,Paris\n2,2024-01-06,Köln\n".encode("cp1252")
    assert fault(tmp_path, text) == (
        "orders.csv line 3: the text is neither UTF-8 nor GB18030. Save the file as UTF-8, or "
        'name its encoding in shop.toml: encoding = "cp1252"'
    )
    shop = shop_of(tmp_path, text, toml='[tables.orders]\nencoding = "cp1252"')
    assert [row["region"] for row in rows(shop)] == ["Paris", "Köln"]


def test_wrong_encoding_in_the_settings_is_said(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text('[tables.orders]\nencoding = "ascii"')
    text = GOOD.replace("C2", "张三")
    assert fault(tmp_path, text) == (
        "orders.csv line 3: the text is not ascii; save the file as UTF-8"
    )


def test_amounts_as_people_write_them(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        HEAD
        + '1,,2024-01-05,"¥1,234.50"\n2,,2024-01-05,"(12,345.00)"\n3,,2024-01-05,"1,5"\n'
        + "4,,2024-01-05,12元\n5,,2024-01-05,-\n",
    )
    assert [row["discount"] for row in rows(shop)] == [1234.5, -12345, None, 12, None]
    assert (
        "orders.csv: 1 of 5 values of discount are no numbers, they are left empty; write "
        '1234.50, or for 1.234,50 set decimal = "," in shop.toml (line 4: 1,5)'
    ) in said(shop)


def test_decimal_comma_is_read_when_the_settings_say_so(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        (HEAD + "1,,2024-01-05,¤\n").replace(",", ";").replace("¤", "1.234,50"),
        toml='[tables.orders]\ndecimal = ","',
    )
    assert rows(shop)[0]["discount"] == 1234.5


def test_mixed_dates_are_read_and_ambiguous_ones_are_not_guessed(tmp_path: Path) -> None:
    written = ["2024-01-05", "2024/1/5", "2024年1月5日", "20240105", "2024-01-05T00:00:00+08:00"]
    shop = shop_of(
        tmp_path,
        "order_id,order_ts\n"
        + "".join(f"{i},{text}\n" for i, text in enumerate([*written, "5/1/2024", "2024-13-01"])),
    )
    assert [row["order_ts"] for row in rows(shop)] == [datetime(2024, 1, 5)] * 5
    assert said(shop)[0] == (
        "orders.csv: 2 of 7 values of order_ts are no times, their rows are set aside; write "
        "YYYY-MM-DD HH:MM:SS, or name the format in shop.toml: date_format "
        "(line 7: 5/1/2024; line 8: 2024-13-01)"
    )
    assert check(shop, now=NOW).broken


def test_date_format_of_the_settings_is_used(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        "order_id,order_ts\n1,5/1/2024 9:05\n2,31/12/2024\n",
        toml='[tables.orders]\ndate_format = "%d/%m/%Y"',
    )
    assert [row["order_ts"] for row in rows(shop)] == [
        datetime(2024, 1, 5, 9, 5),
        datetime(2024, 12, 31),
    ]


def test_ids_that_a_spreadsheet_rounded_are_reported(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, HEAD + "1.23457E+12,C1,2024-01-05,\n2,C1,2024-01-05,\n")
    assert said(shop)[0] == (
        "orders.csv: 1 of 2 values of order_id are numbers that a spreadsheet rounded, such as "
        "1.23457E+12; export the column as text (line 2: 1.23457E+12)"
    )


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_empty_file_is_said(tmp_path: Path, text: str) -> None:
    assert fault(tmp_path, text) == (
        "orders.csv is empty; delete it or export it again with its column names"
    )


def test_file_with_column_names_only_has_no_rows(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, HEAD)
    assert said(shop) == ["orders.csv has no rows"]
    assert check(shop, now=NOW).broken


def test_column_names_again_further_down_are_set_aside(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, GOOD + GOOD)
    assert shop.orders.count().execute() == 4
    assert lines(shop) == [2, 3, 5, 6]
    assert (
        "orders.csv: the column names stand again further down and are set aside: 1 (line 4)"
    ) in said(shop)


def test_column_name_that_stands_twice_is_said(tmp_path: Path) -> None:
    assert fault(tmp_path, "order_id,order_ts,Order_ID\n1,2024-01-05,1\n") == (
        'orders.csv line 1: the column name "Order_ID" stands twice, in columns 1 and 3; rename one'
    )


def test_ten_thousand_columns_are_no_table(tmp_path: Path) -> None:
    wide = ",".join(f"c{i}" for i in range(10_000)) + "\n"
    assert fault(tmp_path, wide) == (
        "orders.csv has 10000 columns; more than 1000 is no table of a shop. "
        "Export it with one row per record"
    )


def test_rows_of_another_width_are_counted_with_their_lines(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, GOOD + "003,C3\n\n004,C4,2024-01-07,1,9,9\n,,,\n005,C5,2024-01-08,2\n")
    assert [row["order_id"] for row in rows(shop)] == ["001", "002", "005"]
    assert lines(shop) == [2, 3, 8]
    assert said(shop) == [
        "orders.csv: 2 of 5 rows do not have 4 fields like the column names and are set aside; "
        "line and fields found (line 4: 2; line 6: 6)",
        "orders.csv: empty rows that are left out: 2",
    ]


def test_most_rows_of_another_width_stop_the_opening(tmp_path: Path) -> None:
    text = HEAD + "1,C1,2024-01-05,1,\n2,C1,2024-01-05,1,\n3,C1,2024-01-05,1\n"
    assert fault(tmp_path, text) == (
        "orders.csv: 2 of 3 rows do not have 4 fields like the column names; line 2 has 5. "
        "Check the delimiter and the quotes"
    )


def test_line_numbers_hold_where_values_span_lines(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        'order_id,"order\nts"\n1,"2024-01-05"\n"2\n2",2024-01-06\n3,x,"a\nb"\n4,2024-01-07\n',
        toml='[tables.orders.columns]\norder_ts = "order\\nts"',
    )
    assert lines(shop) == [3, 4, 8]
    assert said(shop)[0].endswith("(line 6: 3)")


def test_open_quotation_mark_is_said_with_its_line(tmp_path: Path) -> None:
    sentence = (
        "orders.csv line 3: a quotation mark is opened and never closed, "
        "which swallows all rows below. Close it, or write it twice"
    )
    rest = "".join(f"{i},C,2024-01-05,1\n" for i in range(20))
    assert fault(tmp_path, HEAD + '1,C,2024-01-05,1\n2,"C,2024-01-05,1\n' + rest) == sentence
    assert fault(tmp_path, HEAD + '1,C,2024-01-05,1\n2,C,2024-01-05,"1\n' + rest) == sentence
    many = "".join(f"{i},C,2024-01-05,1\n" for i in range(700_000))
    assert fault(tmp_path, HEAD + '1,C,2024-01-05,1\n2,"C,2024-01-05,1\n' + many) == sentence


def test_inch_mark_inside_a_value_is_no_quotation(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, HEAD + '1,5" screen,2024-01-05,1\n2,C,2024-01-06,1\n')
    assert [row["customer_id"] for row in rows(shop)] == ['5" screen', "C"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            bytes(range(256)) * 20,
            "orders.csv is not a table: line 1 holds bytes that no text has. "
            "Export the data as CSV (UTF-8)",
        ),
        (
            GOOD.encode() + b"003,C\x003,2024-01-05,1\n",
            "orders.csv is not a table: line 4 holds bytes that no text has. "
            "Export the data as CSV (UTF-8)",
        ),
        (b"PAR1\x15\x04", "orders.csv is a Parquet file; name it orders.parquet"),
        (
            b"PK\x03\x04\x14\x00",
            "orders.csv is an Excel workbook or a zip file; save its sheet as CSV (UTF-8)",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "orders.csv is an old Excel workbook; save its sheet as CSV (UTF-8)",
        ),
        (b"\x1f\x8b\x08\x00", "orders.csv is compressed; unpack it first"),
        (
            b"%PDF-1.7\n",
            "orders.csv is a PDF document, not a table; export the data as CSV (UTF-8)",
        ),
        (
            b"<html><table><tr><td>1</td></tr>\n",
            "orders.csv is not a table: it begins with <html><table><tr><td, like a web page or "
            "JSON. Export the data as CSV (UTF-8)",
        ),
    ],
    ids=["binary", "nul", "parquet", "xlsx", "xls", "gzip", "pdf", "html"],
)
def test_file_that_is_no_table_is_said(tmp_path: Path, data: bytes, sentence: str) -> None:
    assert fault(tmp_path, data) == sentence


def test_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    assert fault(tmp_path, "nr,order_ts\n1,2024-01-05\n") == (
        'orders.csv: the column "order_id" is missing; its columns are nr, order_ts. '
        "Name the right one in shop.toml: [tables.orders.columns] order_id = ..."
    )


# --- folders and Parquet ----------------------------------------------------------------


def test_parquet_file_and_parts_are_read_lazily(tmp_path: Path) -> None:
    frame = pd.DataFrame({"order_id": [1, 2], "order_ts": pd.to_datetime(["2024-01-05"] * 2)})
    frame.to_parquet(tmp_path / "orders.parquet")
    for part in (1, 2):
        place = tmp_path / "order_lines" / f"day={part}"
        place.mkdir(parents=True)
        pd.DataFrame({"order_id": [part], "sku": ["S"], "qty": [1.0]}).to_parquet(
            place / "x.parquet"
        )
    shop = open_folder(tmp_path)
    assert sorted(row["order_id"] for row in rows(shop, "order_lines")) == ["1", "2"]
    assert shop.orders.order_id.type().is_string()
    assert shop.entries["order_lines"].unknown == ("day",)


@pytest.mark.parametrize("data", [b"not parquet at all", b"PAR1 cut off", b""])
def test_false_parquet_file_is_said(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "products.parquet").write_bytes(data)
    assert fault(tmp_path, GOOD) == (
        "products.parquet is not a Parquet file, or only a part of one; write or copy it again"
    )


def test_parquet_with_right_ends_and_wrong_inside_is_said(tmp_path: Path) -> None:
    (tmp_path / "products.parquet").write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
    assert fault(tmp_path, GOOD).startswith("products.parquet cannot be read: ")


def test_two_files_for_one_table_are_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "Orders.tsv").write_text("x")
    assert fault(tmp_path, GOOD) == (
        "Orders.tsv and orders.csv could both be the table orders; remove one, or name the right "
        'one in shop.toml: [tables.orders] file = "Orders.tsv"'
    )
    shop = shop_of(tmp_path, GOOD, toml='[tables.orders]\nfile = "orders.csv"')
    assert said(shop) == ["files that belong to no table and are not read: Orders.tsv"]


def test_folder_without_orders_names_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(GOOD)
    with pytest.raises(DataError) as caught, speaking("en"):
        open_folder(tmp_path)
    assert caught.value.message in _chinese()
    with speaking("en"):
        assert str(caught.value).endswith(
            "has no file for the table orders; it holds sales.csv. Name the file orders.csv, "
            "or say which it is in shop.toml: [tables.orders] file = ..."
        )


def test_mapped_file_that_is_not_there_names_a_near_one(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text('[tables.products]\nfile = "artikel.csv"')
    (tmp_path / "artikels.csv").write_text("sku\n1\n")
    assert fault(tmp_path, GOOD).endswith(
        '"artikel.csv" is not in ' + f"{tmp_path.name}; there are artikels.csv"
    )


def test_settings_cannot_reach_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("sku\n1\n")
    inside = tmp_path / "shop"
    inside.mkdir()
    (inside / "shop.toml").write_text('[tables.products]\nfile = "../secret.csv"')
    assert '"../secret.csv" is not in shop' in fault(inside, GOOD)


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    name = "'; drop table orders; --.csv"
    (tmp_path / name).write_text('sku,"; drop table orders; --"\n1,2\n')
    (tmp_path / "x[1]*'.parquet").write_bytes(b"")
    pd.DataFrame({"customer_id": ["C1"], 'a"b': [1]}).to_parquet(tmp_path / "x[1]*'.parquet")
    shop = shop_of(
        tmp_path,
        GOOD.replace("discount", "'; drop table orders; --"),
        toml=f'[tables.products]\nfile = "{name}"\n[tables.customers]\nfile = "x[1]*\'.parquet"\n',
    )
    assert shop.orders.count().execute() == 2
    assert rows(shop, "products") == [{"sku": "1"}]
    assert rows(shop, "customers") == [{"customer_id": "C1"}]
    assert len(said(shop)) >= 3


def test_column_named_like_the_line_number_is_kept_apart(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, "order_id,order_ts,_row,\n1,2024-01-05,77,\n")
    assert lines(shop) == [2]
    assert shop.entries["orders"].unknown == ("_row (file)", "column 4")


def test_unreadable_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refuse(path: Path, *how: Any, **more: Any) -> Any:
        if path.name == "orders.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **more)

    (tmp_path / "orders.csv").write_text(GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError) as caught:
        open_folder(tmp_path)
    with speaking("en"):
        assert str(caught.value) == "orders.csv cannot be read: Permission denied"


def test_equal_rows_are_dropped_only_when_the_settings_say_so(tmp_path: Path) -> None:
    text = GOOD + "001,C1,2024-01-05 09:30,1.50\n003,C3,2024-01-07,\n"
    shop = shop_of(tmp_path, text)
    assert shop.orders.count().execute() == 4
    assert check(shop, now=NOW).broken
    shop = shop_of(tmp_path, text, toml='[tables.orders]\nduplicates = "drop"')
    assert [row["order_id"] for row in rows(shop)] == ["001", "002", "003"]
    assert said(shop) == [
        'orders.csv: rows equal to another, left out as duplicates = "drop" says: 1'
    ]


def test_one_file_alone_is_a_shop_of_orders(tmp_path: Path) -> None:
    (tmp_path / "sales 2024.csv").write_text(GOOD)
    shop = open_file(tmp_path / "sales 2024.csv")
    assert shop.tables == ("orders",)
    assert shop.settings.name == "sales 2024"


def test_lines_without_a_number_have_no_line_id(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, GOOD, order_lines="order_id,sku\n001,S\n")
    assert not shop.has("order_lines", "line_id")


def test_times_are_moved_from_where_they_were_recorded(tmp_path: Path) -> None:
    shop = shop_of(
        tmp_path,
        GOOD.replace("09:30", "18:30"),
        toml='timezone = "Asia/Shanghai"\ndata_timezone = "UTC"',
    )
    assert rows(shop)[0]["order_ts"] == datetime(2024, 1, 6, 2, 30)


def test_date_columns_hold_dates(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, GOOD, products="sku,launch_date\nS,2024/1/5 0:00:00\n")
    assert pd.Timestamp(rows(shop, "products")[0]["launch_date"]).date() == date(2024, 1, 5)


KINDS = {
    "good": "{n},C,2024-01-05,1\n",
    "spans": '{n},"C\nC\n",2024-01-05,1\n',
    "short": "{n},C\n",
    "long": '{n},"C\nC",2024-01-05,1,2\n',
    "blank": "\n",
    "empty": ",,,\n",
    "again": HEAD,
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=3, max_size=60))
def test_line_numbers_hold_in_any_mixture(kinds: list[str]) -> None:
    """Blocks of 64 bytes: numbering has to survive every cut."""
    text = HEAD + KINDS["good"].format(n="first")
    wanted: list[int] = []
    ragged = []
    for n, kind in enumerate(kinds):
        line = text.count("\n") + 1
        if kind in ("good", "spans"):
            wanted.append(line)
        if kind in ("short", "long"):
            ragged.append(line)
        text += KINDS[kind].format(n=n)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("opsbook.shop.csv_files._BLOCK", 64)
        path = Path(folder) / "orders.csv"
        path.write_text(text)
        reader, tally = open_csv(path, sniff(path))
        assert reader.read_all()["_row"].to_pylist() == [2, *wanted]
    assert tally.ragged_rows == len(ragged)
    assert [line for line, _ in tally.ragged] == ragged[:3]
    assert len(tally.headers) == kinds.count("again")
    assert tally.blank == kinds.count("blank") + kinds.count("empty")
