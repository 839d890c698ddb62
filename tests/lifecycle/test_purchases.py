"""Purchases are merged by day, guests are counted, lists and counts agree."""

from datetime import date

import pandas as pd
import pytest
from cdnow import END, cdnow_shop
from value_shops import shop_of_purchases

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.purchases import guests, histories, history_cells, purchase_days

ROWS = pd.DataFrame(
    [
        # A buys on 1, twice on 3 and on 10 January; B once; a guest; C is cancelled.
        ("A", "2024-01-01 09:00", 100.0, "completed", 60.0),
        ("A", "2024-01-03 09:00", 20.0, "completed", 12.0),
        ("A", "2024-01-03 21:00", 30.0, "refunded", 18.0),
        ("A", "2024-01-10 12:00", 70.0, "completed", 42.0),
        ("B", "2024-01-08 12:00", 40.0, "completed", 24.0),
        (None, "2024-01-08 12:00", 60.0, "completed", 36.0),
        ("C", "2024-01-09 12:00", 500.0, "cancelled", 300.0),
    ],
    columns=["customer", "day", "amount", "status", "cost"],
)
AFTER = date(2024, 1, 15)


def test_orders_of_one_day_are_one_purchase():
    days = purchase_days(shop_of_purchases(ROWS)).order_by("customer_id", "day").execute()
    assert days["customer_id"].tolist() == ["A", "A", "A", "B"]
    assert days["orders"].tolist() == [1, 2, 1, 1]
    assert days["amount"].tolist() == [100, 50, 70, 40]
    assert days["margin"].tolist() == [40, 20, 28, 16]


def test_history_by_hand():
    found = histories(shop_of_purchases(ROWS), AFTER, unit_days=1).set_index("customer_id")
    a = found.loc["A"]
    # 14 January is the last day observed: 13 days after the first purchase.
    assert (a["frequency"], a["recency"], a["age"]) == (2, 9, 13)
    assert a["monetary"] == pytest.approx((50 + 70) / 2)
    assert (a["orders"], a["gmv"]) == (4, 220)
    assert found.loc["B", "frequency"] == 0
    assert pd.isna(found.loc["B", "monetary"])
    assert found["from_start"].isna().all()


def test_what_comes_after_the_end_is_not_seen():
    found = histories(shop_of_purchases(ROWS), date(2024, 1, 3)).set_index("customer_id")
    assert found.index.tolist() == ["A"]
    assert found.loc["A", ["frequency", "gmv"]].tolist() == [0, 100]


def test_since_keeps_customers_who_first_bought_then():
    found = histories(shop_of_purchases(ROWS), AFTER, since=date(2024, 1, 2))
    assert found["customer_id"].tolist() == ["B"]


def test_registration_tells_old_customers_from_new():
    customers = pd.DataFrame(
        {"customer_id": ["A", "B"], "signup_date": pd.to_datetime(["2023-05-01", "2024-01-07"])}
    )
    found = histories(shop_of_purchases(ROWS, customers=customers), AFTER)
    assert found["from_start"].tolist() == [False, True]


def test_guests_are_counted_with_their_money():
    found = guests(shop_of_purchases(ROWS))
    assert (found.orders, found.all_orders, found.amount) == (1, 6, 60)
    assert "1 orders (16.7 % of all)" in found.words()


def test_guests_alone_are_a_sentence():
    shop = shop_of_purchases(ROWS.assign(customer=pd.Series([None] * len(ROWS), dtype=object)))
    with pytest.raises(CannotTell, match="no named customer"):
        histories(shop, AFTER)
    assert guests(shop).share == 1


def test_shop_without_lines_counts_purchases():
    found = histories(shop_of_purchases(ROWS.drop(columns=["amount", "cost"])), AFTER)
    assert found["frequency"].tolist() == [2, 0]
    assert found["gmv"].isna().all()


def test_cells_add_up_to_the_customers():
    shop = cdnow_shop()
    frame, cells = histories(shop, END), history_cells(shop, END)
    assert cells["customers"].sum() == len(frame) == 2357
    merged = frame.groupby(["frequency", "recency", "age"]).size().reset_index(name="customers")
    pd.testing.assert_frame_equal(merged, cells, check_dtype=False)


def test_cdnow_histories_are_the_published_ones():
    """First rows of the summary that Fader and Hardie publish: weeks, days merged."""
    found = histories(cdnow_shop(), END)
    assert found["frequency"].sum() == 2457
    assert (found["frequency"] > 0).sum() == 946
    first = found[(found["frequency"] == 2) & (found["recency"].round(2) == 30.43)]
    assert 38.86 in first["age"].round(2).to_list()


def test_no_time_unit_is_refused():
    with pytest.raises(ParameterError, match="unit_days 0"):
        histories(shop_of_purchases(ROWS), AFTER, unit_days=0)
