"""The check on tables of three to eight rows, each with faults planted by hand."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsbook.errors import DataError
from opsbook.language import _chinese, speaking
from opsbook.shop.checks import check, require_sound
from opsbook.shop.contract import table
from opsbook.shop.door import conform
from opsbook.shop.files import open_folder
from opsbook.shop.issues import Issue
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop

NOW = datetime(2024, 6, 1)
DAY = datetime(2024, 1, 5)


def shop_of(**frames: dict[str, list]) -> Shop:
    entries = {
        name: conform(ibis.memtable(pd.DataFrame(columns)), table(name))
        for name, columns in frames.items()
    }
    return Shop("made by hand", Settings(currency="USD"), entries)


def orders(count: int = 3, **more: list) -> dict[str, list]:
    return {"order_id": [f"A{i}" for i in range(count)], "order_ts": [DAY] * count, **more}


def issues(shop: Shop) -> dict[str, Issue]:
    """Issues by ``table.column.kind``; every message has to be there in Chinese."""
    found = check(shop, now=NOW).issues
    for issue in found:
        assert issue.text in _chinese(), issue.text
        with speaking("zh"):
            assert issue.message()
    return {f"{i.table}.{i.column}.{i.kind}": i for i in found}


def test_sound_data_has_no_issues() -> None:
    result = check(shop_of(orders=orders()), now=NOW)
    assert result.issues == ()
    assert not result.broken
    assert result.health() == ("good", "Data: good, nothing to note")
    (checked,) = result.tables
    assert (checked.rows, checked.used, checked.set_aside) == (3, 3, 0)
    assert checked.first == checked.last == DAY


def test_key_that_names_two_rows_breaks_the_contract() -> None:
    shop = shop_of(orders={"order_id": list("ABABCA"), "order_ts": [DAY] * 6})
    issue = issues(shop)["orders.order_id.duplicate_key"]
    # A three times and B twice: two and one rows too many.
    assert (issue.rows, issue.severity) == (3, "broken")
    assert issue.message() == (
        "orders: order_id has to name one row, yet 3 of 6 rows repeat another's. Remove "
        'them, or, where whole rows are equal, set duplicates = "drop" in shop.toml '
        "(order_id A: ×3; order_id B: ×2)"
    )
    assert check(shop, now=NOW).broken


@pytest.mark.parametrize("name", ["customers", "products", "returns", "inventory_daily"])
def test_duplicate_key_is_found_in_every_table(name: str) -> None:
    filled = {c.name: _sample(c.kind) for c in table(name).columns if c.name in table(name).key}
    filled |= {c.name: _sample(c.kind) for c in table(name).columns if c.required}
    shop = shop_of(orders=orders(), **{name: filled})
    kinds = [i.kind for i in check(shop, now=NOW).issues if i.table == name]
    assert "duplicate_key" in kinds


def _sample(kind: str) -> list:
    values = {"timestamp": DAY, "date": DAY, "text": "x", "choice": "x", "boolean": True}
    return [values.get(kind, 1)] * 2


def test_lines_show_where_a_key_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,order_ts\nA,2024-01-05\nB,2024-01-05\nA,2024-01-06\n"
    )
    issue = issues(open_folder(tmp_path))["orders.order_id.duplicate_key"]
    assert issue.message().endswith("(line 4 like line 2: order_id A)")
    assert issue.to_dict()["examples"] == [
        {"line": 4, "key": "order_id A", "value": "×2", "like": 2}
    ]


def test_a_report_on_a_broken_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,order_ts\nA,2024-01-05\nA,2024-01-05\n")
    with pytest.raises(DataError) as caught:
        require_sound(open_folder(tmp_path))
    assert "line 3 like line 2: order_id A" in str(caught.value)
    with speaking("zh"):
        assert "order_id A" in str(caught.value)
        assert "has to name" not in str(caught.value)
    (tmp_path / "shop.toml").write_text('[tables.orders]\nduplicates = "drop"')
    require_sound(open_folder(tmp_path))
    require_sound(shop_of(orders=orders()))


def test_equal_lines_without_line_id_are_doubtful_not_broken() -> None:
    lines = {"order_id": ["A0", "A0", "A1", "A2"], "sku": ["S", "S", "S", "S"]}
    found = issues(shop_of(orders=orders(), order_lines=lines))
    issue = found["order_lines.order_id.repeated_row"]
    assert (issue.rows, issue.severity) == (1, "doubtful")
    never = {**lines, "line_id": pd.Series([None] * 4, dtype="string")}
    found = issues(shop_of(orders=orders(), order_lines=never))
    assert found["order_lines.order_id.repeated_row"].rows == 1


def test_empty_required_values_are_set_aside_and_counted() -> None:
    shop = shop_of(orders={"order_id": ["A", None, " "], "order_ts": [DAY] * 3})
    issue = issues(shop)["orders.order_id.missing_value"]
    assert (issue.rows, issue.severity) == (2, "broken")
    assert issue.brief() == "orders: order_id is empty in 2 of 3 rows, which are set aside"
    assert check(shop, now=NOW).tables[0].set_aside == 2


def test_unreadable_values_are_counted_with_what_stood_there() -> None:
    shop = shop_of(orders=orders(discount=["1.5", "abc", "-"], is_presale=["是", "x", ""]))
    found = issues(shop)
    assert found["orders.discount.unreadable"].severity == "doubtful"
    assert found["orders.discount.unreadable"].examples[0].value == "abc"
    assert found["orders.is_presale.unreadable"].rows == 1


def test_impossible_values_are_doubtful() -> None:
    shop = shop_of(
        orders=orders(
            4,
            pay_ts=[DAY - timedelta(hours=1), DAY, None, DAY],
            freight=[-1.0, 0, 5, 5],
            status=["paid", "closed", "closed", "odd"],
        ),
        order_lines={
            "order_id": ["A0", "A1", "A2", "A3"],
            "sku": list("STUV"),
            "paid_price": [0.0, 1, 2, 3],
        },
    )
    found = issues(shop)
    assert found["orders.pay_ts.paid_before_ordered"].rows == 1
    assert found["orders.freight.below_least"].message() == (
        "orders: freight is below 0 in 1 of 4 rows (order_id A0: -1)"
    )
    assert found["order_lines.paid_price.price_zero"].rows == 1
    words = found["orders.status.unknown_word"]
    assert words.rows == 3
    assert words.message() == (
        "orders: 3 of 4 values of status are none of unpaid, paid, shipped, completed, "
        "cancelled, refunded; say what they mean in shop.toml: [tables.orders.words.status] "
        '"closed" = "unpaid" (closed; odd)'
    )


def test_times_that_cannot_be_are_doubtful() -> None:
    stamps = [datetime(1970, 1, 1), DAY, datetime(2204, 1, 5)]
    found = issues(shop_of(orders={"order_id": list("ABC"), "order_ts": stamps}))
    assert found["orders.order_ts.too_early"].rows == 1
    assert found["orders.order_ts.in_future"].examples[0].key == "order_id C"


def test_negative_quantity_needs_a_return() -> None:
    parts = {
        "orders": orders(4, status=["paid", "refunded", "cancelled", "paid"]),
        "order_lines": {
            "order_id": ["A0", "A1", "A2", "A3"],
            "sku": ["S"] * 4,
            "qty": [-1, -1, -1, -2],
        },
    }
    issue = issues(shop_of(**parts))["order_lines.qty.negative_quantity"]
    assert issue.rows == 2
    assert issue.brief() == (
        "order_lines: qty is negative in 2 of 4 rows whose order is neither refunded nor "
        "cancelled and has no return"
    )
    returned = {"return_id": ["R"], "order_id": ["A3"], "request_ts": [DAY], "sku": ["S"]}
    found = issues(shop_of(**parts, returns=returned))
    assert found["order_lines.qty.negative_quantity"].rows == 1


def test_names_without_a_partner_are_noted_with_their_share() -> None:
    shop = shop_of(
        orders=orders(),
        order_lines={"order_id": ["A0", "A1", "A9", "A0"], "sku": ["S", "T", "T", None]},
        products={"sku": ["S"]},
    )
    found = issues(shop)
    # The line without a product is set aside; T stands in two of the other three.
    assert found["order_lines.sku.orphan"].message() == (
        "order_lines: sku holds values that products does not have: 1, in 2 of 3 rows, 66.7 % (T)"
    )
    assert found["order_lines.sku.orphan"].severity == "note"
    # A9 is no order: its line is lost to every figure.
    assert found["order_lines.order_id.orphan"].severity == "doubtful"
    assert found["orders..order_without_lines"].rows == 1
    assert found["orders..order_without_lines"].examples[0].key == "order_id A2"


def test_share_above_one_is_doubtful() -> None:
    rules = {"platform": ["P", "Q"], "commission_low": [5.0, 0.05]}
    found = issues(shop_of(orders=orders(), platform_rules=rules))
    assert found["platform_rules.commission_low.above_one"].rows == 1


def test_mostly_empty_and_unknown_columns_are_notes() -> None:
    shop = shop_of(orders=orders(3, region=[None, None, "N"], channel=["a", None, "b"], my=[1] * 3))
    found = issues(shop)
    assert found["orders.region.mostly_empty"].rows == 2
    assert "orders.channel.mostly_empty" not in found
    assert found["orders..unknown_columns"].brief() == (
        "orders: columns that the contract does not know are not read: my"
    )
    assert {i.severity for i in found.values()} == {"note"}


def test_what_can_run_and_what_the_rest_lacks() -> None:
    needs = {
        "market_analysis": {"orders": ["order_id"]},
        "supply_chain": {"orders": ["region"], "inventory_daily": ["sku"]},
    }
    result = check(shop_of(orders=orders()), methods=needs, now=NOW)
    assert result.runnable == ("market_analysis",)
    assert result.lacks["supply_chain"] == ("orders.region", "inventory_daily")
    assert "Cannot run supply_chain: orders.region, inventory_daily lacking" in result.lines()


def test_result_reads_in_a_terminal_and_by_a_machine() -> None:
    shop = shop_of(orders=orders(3, region=["N", None, None]))
    result = check(shop, now=NOW)
    assert result.lines()[2:4] == [
        "Table   Rows  Set aside  From        To",
        "orders     3          0  2024-01-05  2024-01-05",
    ]
    assert "To know (1)" in result.lines()
    assert result.health() == (
        "notes",
        "Data: usable, 1 note (orders: region is empty in 2 of 3 rows)",
    )
    machine = json.loads(json.dumps(result.to_dict()))
    assert machine["tables"][0]["first"] == "2024-01-05T00:00:00"
    assert machine["state"] == "notes"
    assert machine["issues"][0]["kind"] == "mostly_empty"


def test_result_speaks_chinese() -> None:
    result = check(shop_of(orders=orders(3, region=["N", None, None])), now=NOW)
    with speaking("zh"):
        text = "\n".join(result.lines())
        assert result.health()[1] in text
    assert "Rows" not in text
    assert "empty" not in text


def test_notes_of_the_source_are_part_of_the_health() -> None:
    shop = shop_of(orders=orders())
    shop.notes = ("Fuel is not counted in pieces.",)
    assert check(shop, now=NOW).health()[1] == (
        "Data: usable, 1 note (Fuel is not counted in pieces)"
    )


def test_only_tables_asked_for_are_checked() -> None:
    shop = shop_of(orders=orders(), products={"sku": ["S", "S"]})
    assert not check(shop, ["orders"], now=NOW).broken
    with pytest.raises(DataError):
        check(shop, ["sessions"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=8),
    st.lists(st.sampled_from(["1", "abc", "", "-5", "7.5"]), min_size=8, max_size=8),
)
def test_planted_faults_are_counted_exactly(ids: list[int], texts: list[str]) -> None:
    texts = texts[: len(ids)]
    shop = shop_of(
        orders={
            "order_id": [f"A{i}" if i else None for i in ids],
            "order_ts": [DAY] * len(ids),
            "discount": texts,
        }
    )
    found = {i.kind: i.rows for i in check(shop, now=NOW).issues}
    named = [i for i in ids if i]
    assert found.get("missing_value", 0) == len(ids) - len(named)
    assert found.get("duplicate_key", 0) == len(named) - len(set(named))
    assert found.get("unreadable", 0) == texts.count("abc")
    assert found.get("below_least", 0) == texts.count("-5")
    assert check(shop, now=NOW).tables[0].used == len(named)
