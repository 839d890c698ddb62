"""Abandoned carts: what counts as paid, who is on the list, what it is worth."""

from datetime import date

import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.cart_profile import cart_profile
from opsbook.traffic.carts import carts
from opsbook.traffic.carts_chart import carts_words, plot_carts, recovery_table
from opsbook.traffic.funnel_findings import cart_findings

WEEK = Period(date(2026, 3, 2), date(2026, 3, 9))
# session: customer, and its events as "type hour sku".
VISITS = {
    "paid": ("c1", ["cart 0 P1", "pay 1"]),
    "next_day": ("c2", ["cart 0 P1"]),
    "next_day_2": ("c2", ["pay 23"]),
    "too_late": ("c3", ["cart 0 P2"]),
    "too_late_2": ("c3", ["pay 26"]),
    "left": ("c4", ["cart 100 P1", "cart 101 P2", "cart 102 P1", "checkout 103"]),
    "left_again": ("c4", ["cart 120 P1"]),
    "guest": (None, ["cart 110 P1"]),
    "refuses": ("c5", ["cart 110 P1"]),
    "ordered": ("c6", ["cart 110 P1"]),
    "before": ("c7", ["pay 0", "cart 2 P1"]),
    "late": ("c8", ["cart 160 P1"]),
}


def made(**more: pd.DataFrame) -> Shop:
    start = pd.Timestamp("2026-03-02")
    events = [
        (name, *[*said.split(), None][:3]) for name, (_, line) in VISITS.items() for said in line
    ]
    frame = pd.DataFrame(events, columns=["session_id", "type", "hour", "sku"])
    frame["event_ts"] = start + pd.to_timedelta(frame["hour"].astype(float), unit="h")
    frame["event_id"] = [str(n) for n in range(len(frame))]
    last = {"session_id": "late", "type": "view", "hour": "170", "event_id": "x",
            "event_ts": start + pd.Timedelta(hours=170)}  # fmt: skip
    frame = pd.concat([frame, pd.DataFrame([last])], ignore_index=True)
    who = [customer for customer, _ in VISITS.values()]
    tables = {
        "events": frame.drop(columns="hour"),
        "sessions": pd.DataFrame(
            {
                "session_id": list(VISITS),
                "visitor_id": [f"v-{c or name}" for c, name in zip(who, VISITS, strict=True)],
                "customer_id": who,
                "start_ts": start,
                "device": "mobile",
            }
        ),
        "products": pd.DataFrame({"sku": ["P1", "P2"], "list_price": [100.0, 50.0]}),
        "orders": pd.DataFrame(
            {"order_id": ["o1"], "customer_id": ["c6"], "order_ts": start + pd.Timedelta(hours=111)}
        ),
        "customers": pd.DataFrame(
            {"customer_id": [f"c{n}" for n in range(1, 9)],
             "consent": [True, True, True, True, False, True, True, True]}
        ),
    }  # fmt: skip
    return shop_of(**(tables | more))


def test_a_cart_is_paid_by_its_visitor_or_its_customers_order_within_the_hours():
    found = carts(made(), WEEK)
    # paid, next_day and ordered are; before paid an hour earlier, which pays nothing.
    assert found.counts["paid"] == 3
    # too_late, left, left_again, guest, refuses, before.
    assert found.counts["abandoned"] == 6
    assert found.counts["carts"] == 9
    assert found.rate == pytest.approx(6 / 9)
    assert found.counts["reached_checkout"] == 1
    # The data end 10 hours after this one was filled.
    assert found.counts["open"] == 1


def test_a_longer_time_lets_later_payments_count():
    assert carts(made(), WEEK, hours=26).counts["paid"] == 4


def test_the_list_holds_one_cart_per_customer_who_may_be_written_to():
    found = carts(made(), WEEK)
    assert sorted(found.recovery["customer_id"]) == ["c4", "c7", "c8"]
    assert found.unknown == 1
    assert found.refused == 1
    short = carts(made(), WEEK, recent_days=3)
    assert sorted(short.recovery["customer_id"]) == ["c4", "c8"]


def test_a_product_counts_once_and_at_what_it_usually_sells_for():
    found = carts(made(), WEEK)
    # c4's latest cart holds P1 alone: 100 by the list.
    assert found.recovery["value"].tolist() == [100, 100, 100]
    assert found.basis == "sales"
    # too_late 50, left 150 (P1 once), left_again, guest, refuses, before 100 each.
    assert found.value == 600
    lines = pd.DataFrame(
        {"order_id": ["o1"], "line_id": ["1"], "sku": ["P1"], "qty": [2], "paid_price": [80.0],
         "paid_amount": [160.0], "unit_cost": [50.0]}
    )  # fmt: skip
    costed = carts(made(order_lines=lines), WEEK)
    assert costed.basis == "margin"
    assert costed.recovery["price"].tolist() == [80, 80, 80]
    assert costed.recovery["value"].tolist() == [30, 30, 30]


def test_finding_prices_the_list_and_calls_the_share_an_assumption():
    found = carts(made(), WEEK)
    (note,) = cart_findings(found, recovered=0.2)
    assert note.money == pytest.approx(60)
    assert "assumption" in note.money_basis
    assert "66.7 %" in note.evidence
    assert note.chapter == "traffic/D03-carts"


def test_without_prices_nothing_is_put_in_money():
    shop = made()
    frames = {name: shop.table(name).execute() for name in ("events", "sessions", "orders")}
    found = carts(shop_of(**frames), WEEK)
    assert found.basis == "none"
    (note,) = cart_findings(found)
    assert note.money is None
    assert found.refused == 0


def test_profile_compares_groups_with_all_other_carts():
    judged = pd.DataFrame(
        {
            "paid": [True] * 30 + [False] * 10 + [True] * 10 + [False] * 30 + [False] * 5,
            "device": ["mobile"] * 40 + ["desktop"] * 40 + ["tablet"] * 5,
            "source_class": None,
            "customer_id": None,
            "checkout": False,
            "value": 1.0,
        }
    )
    table = cart_profile(judged)
    # The five tablets are too few for a row; all other traits have but one group.
    assert table["group"].tolist() == ["desktop", "mobile"]
    assert table["rate"].tolist() == [0.75, 0.25]
    # Desktop 30 of 40 against 15 of the other 45.
    assert table["gap"].iloc[0] == pytest.approx(0.75 - 15 / 45)
    assert (table["p"] < 0.001).all()


def test_words_figure_and_list_stand_with_few_carts():
    found = carts(made(), WEEK)
    assert "6 of 9" in carts_words(found)
    assert "nan" not in plot_carts(found).svg()
    assert "c4" in recovery_table(found).html()


def test_no_cart_and_wrong_options_are_said():
    with pytest.raises(CannotTell, match="cart"):
        carts(made(), Period(date(2027, 3, 2), date(2027, 3, 9)))
    with pytest.raises(ParameterError, match="hours"):
        carts(made(), WEEK, hours=0)
    with pytest.raises(ParameterError, match="recent_days"):
        carts(made(), WEEK, recent_days=90)
