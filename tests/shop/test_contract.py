"""The contract holds together, covers the catalogue, and the data dictionary shows it."""

import re

import pytest

from opsbook.language import messages, rooms, speaking, t
from opsbook.shop import dictionary as page
from opsbook.shop.contract import Column, Table, contract, table

# Tables of the catalogue with the methods that need them; "-" spans ids of one area.
CATALOGUE = (
    ("customers", "A20 B01-03 B05-13 B19-20 B23 B27-29 D04 H01"),
    (
        "orders",
        "A01-04 A06 A16 A20 B02-03 B06-12 B19 B23 B25-28 C12 C18 C20 D04 D10-12 D14-15 D17 D31 "
        "E01-03 E05-08 E14 E18 G11 H01-05 H07 I01 I06",
    ),
    ("order_lines", "A02 A06 A12-14 A18-19 B26 C01-06 D11 E01 E05 E08 I01"),
    (
        "products",
        "A02 A06-08 A10-12 A14 A16 A18-19 B26-27 C01-07 D13 D18 H02 I02 I04",
    ),
    ("sessions", "A03 A16 B04 D01-05 D12 D14-15 D18 D29 E01 E07 E12 E18 H03 I05-06"),
    ("events", "A06 A19 B01 B03-05 B09 B23 B27 B33 D01-03 D12-13 D24 D29 D32"),
    ("touchpoints", "A03 D06 D29"),
    ("ad_spend", "B11 B13 D04 D12 D20-22 E01 E05 E15-16 E18 H03"),
    ("campaigns calendar capacity", "C01 D10 E01-07 E09-10 E12-14 E18 F01 F05 H04"),
    ("experiments", "B04 D07-09 D16"),
    ("inventory_daily", "A11-12 C02-07 C13-14 C19 C26 E13 I04 I07"),
    ("warehouses slots regions", "C13 C15 C17"),
    ("purchase_orders", "C08-10 C22-23 C25 H05"),
    ("suppliers", "C08-09"),
    ("shipments sensor_log", "B31 C16 C18-19 C24-25 H05"),
    ("returns", "C20-21 D31 E05 H03 I03"),
    ("reviews shop_scores incidents", "A08 B32 I02 I08 I10-11"),
    ("tickets nps", "B30 B32 G06 G12 H03 I08"),
    ("competitor_prices", "A07 A09-11"),
    ("search_terms", "A05-06 A08 D19-21"),
    ("market_size", "A01-02 A04"),
    ("points_ledger rewards", "B21-22"),
    ("referrals group_buys", "B12 B14-18 E19"),
    ("community_events identities contacts", "B10 B24-25 B29 B31 B33"),
    ("creators live_sessions ugc", "D25-28 E10"),
    ("platform_rules carriers cross_border", "A14 A21-22 C16"),
    (
        "team_kpis requests training headcount projects",
        "G01-03 G06-07 G10-13 H04 H06",
    ),
    ("benchmarks", "A03 D12-13 I01-12"),
    ("lessons", "E17 J22-23 K05"),
)
TABLES = tuple(contract().values())
COLUMNS = tuple((x, c) for x in TABLES for c in x.columns)
each_table = pytest.mark.parametrize("x", TABLES, ids=lambda x: x.name)
each_column = pytest.mark.parametrize(
    ("x", "column"), COLUMNS, ids=[f"{x.name}.{c.name}" for x, c in COLUMNS]
)


def spelled_out(ids: str) -> set[str]:
    """``B05-07`` as B05, B06, B07."""
    found: set[str] = set()
    for part in ids.split():
        first, _, last = part.partition("-")
        numbers = range(int(first[1:]), int(last or first[1:]) + 1)
        found |= {f"{first[0]}{n:02d}" for n in numbers}
    return found


def test_the_contract_has_the_tables_of_the_catalogue_and_no_others() -> None:
    listed = [name for names, _ in CATALOGUE for name in names.split()]
    assert sorted(contract()) == sorted(listed)
    assert len(TABLES) == len(set(listed))


@pytest.mark.parametrize(("names", "ids"), CATALOGUE, ids=[n for n, _ in CATALOGUE])
def test_every_method_of_the_catalogue_is_listed_at_one_of_its_tables(names: str, ids: str) -> None:
    listed = {e for name in names.split() for e in table(name).entries}
    assert spelled_out(ids) <= listed


@each_table
def test_key_and_time_are_columns_of_the_table(x: Table) -> None:
    names = [c.name for c in x.columns]
    assert len(names) == len(set(names))
    assert set(x.key) <= set(names)
    if x.time:
        assert x.column(x.time).kind in ("timestamp", "date")


@each_table
def test_entries_are_ids_in_order_without_repetition(x: Table) -> None:
    assert x.entries
    assert all(re.fullmatch(r"[A-L]\d\d", e) for e in x.entries)
    assert len(x.entries) == len(set(x.entries))


@each_column
def test_links_name_a_column_of_the_same_kind_that_is_a_whole_key(x: Table, column: Column) -> None:
    if column.link:
        target = table(column.link.table)
        assert target.key == (column.link.column,)
        assert target.column(column.link.column).kind == column.kind


@each_column
def test_names_say_what_a_column_holds(x: Table, column: Column) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", x.name)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column.name)
    assert column.name.endswith("_ts") == (column.kind == "timestamp")
    assert (column.name == "date" or column.name.endswith("_date")) == (column.kind == "date")


@each_column
def test_only_choices_have_choices_and_only_numbers_units_and_limits(
    x: Table, column: Column
) -> None:
    assert bool(column.choices) == (column.kind == "choice")
    assert len(column.choices) == len(set(column.choices))
    if column.unit:
        assert column.kind in ("integer", "number")
    if column.at_least is not None:
        assert column.kind in ("integer", "number", "money", "fraction")
    if column.kind == "fraction":
        assert column.at_least == 0


@each_column
def test_meanings_are_sentences(x: Table, column: Column) -> None:
    for meaning in (x.meaning, column.meaning):
        assert meaning[0].isupper()
        assert meaning.endswith((".", "..."))


@pytest.mark.parametrize("text", messages(rooms()["shop"]))
def test_every_text_of_the_room_has_chinese(text: str) -> None:
    with speaking("zh"):
        assert t(text) != text


def test_only_orders_is_obligatory_and_its_required_columns_are_few() -> None:
    assert table("orders").required == ("order_id", "order_ts")


def test_an_unknown_table_or_column_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        table("orderz")
    with pytest.raises(KeyError):
        table("orders").column("sku")


def test_the_dictionary_in_the_repository_is_what_the_contract_says() -> None:
    made = page.dictionary()
    assert page.PAGE.read_text(encoding="utf-8") == made, (
        "run python -m opsbook.shop.dictionary to renew data/README.md"
    )


@each_table
def test_the_dictionary_shows_every_column_with_both_meanings(x: Table) -> None:
    made = page.dictionary()
    section = made[made.index(f"\n### {x.name}\n") :].split("\n### ", 2)[1]
    assert f"[{x.name}](#{x.name})" in made
    for column in x.columns:
        with speaking("zh"):
            chinese = t(column.meaning)
        row = next(r for r in section.splitlines() if r.startswith(f"| `{column.name}` |"))
        assert column.meaning in row
        assert chinese in row
        assert row.count("|") == 8


def test_the_hand_written_part_is_appended_one_heading_lower(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = tmp_path / "demo-truth.md"
    truth.write_text("# What is true\n\n```sh\n# a comment\n```\n\n## Prices\n", encoding="utf-8")
    monkeypatch.setattr(page, "TRUTH", truth)
    assert page.dictionary().endswith(
        "\n## What is true\n\n```sh\n# a comment\n```\n\n### Prices\n"
    )
