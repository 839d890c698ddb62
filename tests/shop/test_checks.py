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
from opsbook.shop import checks
from opsbook.shop.checks import check, require_sound
from opsbook.shop.contract import table
from opsbook.shop.door import conform
from opsbook.shop.files import open_folder
from opsbook.shop.issues import Issue
from opsbook.shop.links import link_issues
from opsbook.shop.settings import Settings
from opsbook.shop.shared import FOLDER
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


def test_rows_that_stand_twice_break_the_contract() -> None:
    shop = shop_of(orders={"order_id": list("ABABCA"), "order_ts": [DAY] * 6})
    found = issues(shop)
    issue = found["orders.order_id.duplicate_row"]
    # A three times and B twice: two and one rows too many.
    assert (issue.rows, issue.severity) == (3, "broken")
    assert issue.message() == (
        "orders: order_id has to name one row, yet 3 of 6 rows equal another in every column. "
        'Remove them, or set duplicates = "drop" in shop.toml (order_id A: ×3; order_id B: ×2)'
    )
    assert "orders.order_id.duplicate_key" not in found
    assert check(shop, now=NOW).broken


def test_key_that_names_two_different_rows_is_told_apart_from_a_repeated_row() -> None:
    # A: two equal rows and one that differs. B: three rows, all different. C: once.
    names, freight = list("AAABBBC"), [1.0, 1.0, 2.0, 1.0, 2.0, 3.0, 1.0]
    shop = shop_of(orders={"order_id": names, "order_ts": [DAY] * 7, "freight": freight})
    found = issues(shop)
    assert found["orders.order_id.duplicate_row"].rows == 1
    assert [e.key for e in found["orders.order_id.duplicate_row"].examples] == ["order_id A"]
    issue = found["orders.order_id.duplicate_key"]
    # One version too many of A, two of B.
    assert (issue.rows, issue.severity) == (3, "broken")
    assert issue.message() == (
        "orders: order_id has to name one row, yet 3 of 7 rows repeat another's and differ in "
        "other columns. Find out which one holds and remove the other (order_id A: ×3; "
        "order_id B: ×3)"
    )


def test_log_without_key_reports_rows_equal_to_the_second() -> None:
    shop = shop_of(
        orders=orders(),
        reviews={"sku": ["S", "S", "S"], "review_ts": [DAY, DAY, NOW], "stars": [5, 5, 5]},
        nps={"date": [DAY, DAY], "score": [9, 9]},
    )
    found = issues(shop)
    issue = found["reviews..repeated_row"]
    assert (issue.rows, issue.severity) == (1, "doubtful")
    assert issue.examples[0].key == "sku S, review_ts 2024-01-05 00:00:00"
    # Answers of a day without a name may be equal.
    assert "nps..repeated_row" not in found


@pytest.mark.parametrize("name", ["customers", "products", "returns", "inventory_daily"])
def test_duplicate_key_is_found_in_every_table(name: str) -> None:
    filled = {c.name: _sample(c.kind) for c in table(name).columns if c.name in table(name).key}
    filled |= {c.name: _sample(c.kind) for c in table(name).columns if c.required}
    shop = shop_of(orders=orders(), **{name: filled})
    kinds = [i.kind for i in check(shop, now=NOW).issues if i.table == name]
    assert "duplicate_row" in kinds


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
    assert check(shop, ["sessions", "orders"], now=NOW).tables[0].name == "orders"


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
    rows = [(i, text) for i, text in zip(ids, texts, strict=True) if i]
    versions = {(i, _read(text)) for i, text in rows}
    assert found.get("duplicate_row", 0) == len(rows) - len(versions)
    assert found.get("duplicate_key", 0) == len(versions) - len(set(named))
    assert found.get("unreadable", 0) == texts.count("abc")
    assert found.get("below_least", 0) == texts.count("-5")
    assert check(shop, now=NOW).tables[0].used == len(named)


def _read(text: str) -> str:
    """What a discount is read as: what cannot be read is empty."""
    return "" if text == "abc" else text


def test_few_empty_names_are_noted_and_many_are_not() -> None:
    gap = orders(40, customer_id=[None, *["c"] * 39], region=[*[None] * 3, *["N"] * 37])
    found = issues(shop_of(orders=gap))
    issue = found["orders.customer_id.few_empty"]
    assert (issue.rows, issue.severity) == (1, "note")
    assert issue.examples[0].key == "order_id A0"
    # 3 of 40 are more than 5 %: that may be meant.
    assert "orders.region.few_empty" not in found


def test_ids_with_signs_that_nobody_sees_match_nothing() -> None:
    names = ["c１２", "c12\u200b", "c12", "华东-12"]
    found = issues(shop_of(orders=orders(4, customer_id=names)))
    assert found["orders.customer_id.full_width"].rows == 2


def test_values_beyond_their_scale_are_doubtful() -> None:
    shop = shop_of(
        orders=orders(),
        reviews={"sku": ["S", "T"], "review_ts": [DAY, DAY], "stars": [5, 7]},
        nps={"date": [DAY, DAY], "score": [10, 11]},
    )
    found = issues(shop)
    assert found["reviews.stars.above_most"].message() == (
        "reviews: stars is above 5 in 1 of 2 rows (sku T, review_ts 2024-01-05 00:00:00: 7)"
    )
    assert found["nps.score.above_most"].rows == 1


def test_dates_of_what_happened_do_not_lie_in_the_future_but_plans_do() -> None:
    late = datetime(2044, 1, 5)
    shop = shop_of(
        orders=orders(pay_ts=[DAY, late, datetime(1970, 1, 1)]),
        purchase_orders={
            "po_id": ["P"],
            "supplier_id": ["U"],
            "sku": ["S"],
            "order_date": [DAY.date()],
            "promised_date": [late.date()],
            "received_date": [late.date()],
            "qty": [1],
        },
        campaigns={"campaign_id": ["C"], "start_date": [late.date()], "end_date": [late.date()]},
    )
    found = issues(shop)
    assert found["orders.pay_ts.in_future"].rows == 1
    assert found["orders.pay_ts.too_early"].rows == 1
    # One fault is said once: 1970 is not also a payment before the order.
    assert "orders.pay_ts.paid_before_ordered" not in found
    assert found["purchase_orders.received_date.in_future"].rows == 1
    assert "purchase_orders.promised_date.in_future" not in found
    assert not [name for name in found if name.startswith("campaigns.")]


def test_what_comes_later_is_not_dated_earlier() -> None:
    shop = shop_of(
        orders=orders(),
        shipments={
            "shipment_id": list("XYZ"),
            "order_id": ["A0", "A1", "A2"],
            "ship_ts": [DAY, DAY, DAY - timedelta(days=3)],
            "deliver_ts": [DAY - timedelta(days=1), None, DAY],
        },
    )
    found = issues(shop)
    assert found["shipments.deliver_ts.wrong_sequence"].message() == (
        "shipments: deliver_ts lies before ship_ts in 1 of 3 rows "
        "(shipment_id X: 2024-01-04 00:00:00)"
    )
    before = found["shipments.ship_ts.before_order"]
    assert [e.key for e in before.examples] == ["shipment_id Z"]


def test_status_and_payment_have_to_agree() -> None:
    frame = orders(
        5,
        status=["unpaid", "completed", "paid", "cancelled", "refunded"],
        pay_ts=[DAY, DAY, None, DAY, None],
    )
    found = issues(shop_of(orders=frame))
    # A cancelled order may have been paid, and a refunded one may have lost its time.
    assert found["orders.pay_ts.unpaid_with_payment"].examples[0].key == "order_id A0"
    assert found["orders.pay_ts.unpaid_with_payment"].rows == 1
    assert found["orders.pay_ts.paid_without_payment"].examples[0].key == "order_id A2"
    assert found["orders.pay_ts.paid_without_payment"].rows == 1


def test_amounts_tie_to_price_and_pieces_within_rounding() -> None:
    lines = {
        "order_id": ["A0", "A0", "A1", "A1"],
        "line_id": ["1", "2", "1", "2"],
        "sku": ["S"] * 4,
        "qty": [3, 3, 2, -1],
        "list_price": [4.0, 4.0, 4.0, 4.0],
        "paid_price": [3.33, 3.33, 5.0, 3.0],
        # 3 x 3.33 = 9.99: 10.00 is rounding, 11.00 is not. A negative line is another fault.
        "paid_amount": [10.0, 11.0, 10.0, 3.0],
    }
    found = issues(shop_of(orders=orders(2), order_lines=lines))
    tie = found["order_lines.paid_amount.does_not_tie"]
    assert [e.key for e in tie.examples] == ["order_id A0, line_id 2"]
    above = found["order_lines.paid_price.above_whole"]
    assert [e.key for e in above.examples] == ["order_id A1, line_id 1"]


def test_one_word_in_several_spellings_is_found_with_the_one_that_is_meant() -> None:
    words = ["Home", "Home", "Home", "HOME", "Ｈｏｍｅ", "Ho me", "Toys", None]
    found = issues(shop_of(orders=orders(8, region=words)))
    issue = found["orders.region.spelling"]
    assert issue.rows == 3
    assert issue.brief() == (
        "orders: region has 3 words that differ from another in case, width or blanks only, in "
        "3 of 7 rows; write each one way, or every figure by region splits"
    )
    assert {e.value for e in issue.examples} == {"HOME → Home", "Ｈｏｍｅ → Home", "Ho me → Home"}


def test_a_clock_that_is_wrong_for_a_day_is_named_by_source_and_day() -> None:
    late, next_day = DAY + timedelta(hours=8), DAY + timedelta(days=1)
    frame = orders(
        7,
        platform=["T", "T", "T", "J", "J", "J", "T"],
        order_ts=[late, late, late, late, DAY, DAY, next_day],
        pay_ts=[DAY, DAY, DAY, DAY, DAY, DAY, next_day],
    )
    found = issues(shop_of(orders=frame))
    assert found["orders.pay_ts.paid_before_ordered"].rows == 4
    issue = found["orders.platform.clock_ahead"]
    # One stray order of J is no clock.
    assert issue.rows == 3
    assert [str(e) for e in issue.examples] == ["platform T, 2024-01-05: +8.0 h"]


def test_more_sent_back_than_bought_is_found_and_a_repeated_return_is_not_counted_twice() -> None:
    shop = shop_of(
        orders=orders(freight=[0.0, 5.0, 0.0]),
        order_lines={
            "order_id": ["A0", "A0", "A1", "A2"],
            "line_id": ["1", "2", "1", "1"],
            "sku": ["S", "S", "S", "S"],
            "qty": [1, 2, 1, 1],
            "paid_price": [10.0] * 4,
        },
        returns={
            "return_id": ["R0", "R1", "R1", "R2", "R3"],
            "order_id": ["A0", "A1", "A1", "A2", "A2"],
            "sku": ["S"] * 5,
            # A0: 3 of 3. A1: 1 of 1, written twice. A2: 1 + 1 of 1.
            "qty": [3, 1, 1, 1, 1],
            "request_ts": [DAY] * 5,
            # A0: 30 of 30. A1: 15 with freight 5: 15 of 15. A2: 10 + 1 of 10.
            "refund_amount": [30.0, 15.0, 15.0, 10.0, 1.0],
        },
    )
    found = issues(shop)
    assert [e.key for e in found["returns.qty.returned_too_much"].examples] == [
        "return_id R2",
        "return_id R3",
    ]
    refunds = found["returns.refund_amount.refunded_too_much"]
    assert [e.key for e in refunds.examples] == ["return_id R2", "return_id R3"]


def test_events_far_from_their_visit_are_found() -> None:
    shop = shop_of(
        orders=orders(),
        sessions={
            "session_id": ["V", "W", "V"],
            "visitor_id": ["v", "w", "v"],
            "start_ts": [DAY, datetime(1970, 1, 1), DAY],
        },
        events={
            "event_id": list("abcd"),
            "session_id": ["V", "V", "V", "W"],
            "event_ts": [
                DAY - timedelta(seconds=30),
                DAY - timedelta(hours=1),
                DAY + timedelta(days=2),
                DAY,
            ],
            "type": ["view"] * 4,
        },
    )
    found = issues(shop)
    # Half a minute is the difference of two clocks; visit W has no possible time itself; visit
    # V stands twice, its events do not.
    assert [e.key for e in found["events.event_ts.event_before_visit"].examples] == ["event_id b"]
    late = found["events.event_ts.late_event"]
    assert (late.rows, late.examples[0].key) == (1, "event_id c")


def test_a_name_is_sought_in_its_own_table_too() -> None:
    people = {"customer_id": ["a", "b", "c"], "referrer_id": [None, "a", "x"]}
    found = issues(shop_of(orders=orders(), customers=people))
    assert found["customers.referrer_id.orphan"].examples[0].value == "x"


def test_as_many_examples_are_shown_as_are_asked_for() -> None:
    shop = shop_of(orders=orders(9, freight=[-1.0] * 9, channel=[*"aaaaaaaa", "A"]))
    for shown, number in ((3, 3), (5, 5), (100, 9)):
        found = {i.kind: i for i in check(shop, now=NOW, shown=shown).issues}
        assert len(found["below_least"].examples) == number


def test_rooms_that_read_some_of_the_same_tables_look_at_those_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def links(shop: Shop, name: str, shown: int) -> list[Issue]:
        looked.append(name)
        return link_issues(shop, name, shown)

    for name, text in (
        ("orders", "order_id,order_ts,customer_id\nA,2025-03-01,C1\nB,2025-03-02,C9\n"),
        ("order_lines", "order_id,sku,qty,paid_amount\nA,S1,1,5\nX,S1,1,5\n"),
        ("customers", "customer_id\nC1\n"),
        ("products", "sku\nS1\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text)
    shop = open_folder(tmp_path)
    alone = check(shop, ["orders", "order_lines", "products"], now=NOW)
    batch = tmp_path.with_name("batch")
    batch.mkdir()
    monkeypatch.setenv(FOLDER, str(batch))
    monkeypatch.setattr(checks, "link_issues", links)
    check(shop, ["orders", "customers"], now=NOW)
    found = check(shop, ["orders", "order_lines", "products"], now=NOW)
    assert sorted(looked) == ["customers", "order_lines", "orders", "products"]
    assert found.issues == alone.issues
    assert {"orphan", "order_without_lines"} <= {issue.kind for issue in found.issues}
