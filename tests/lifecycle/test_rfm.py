"""RFM scores, segments and lists on shops small enough to count by hand."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_shops import MONDAY, shop_of, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.rfm import RfmRules, own_bounds, rfm, score
from opsbook.lifecycle.rfm_chart import (
    actions_table,
    bounds_table,
    classes_table,
    listed_table,
    plot_segments,
    segments_table,
)
from opsbook.lifecycle.rfm_findings import rfm_findings
from opsbook.lifecycle.rfm_segments import SEGMENTS, class_keys, segment_keys

END = MONDAY + timedelta(days=100)
YEAR = RfmRules(window_days=365)


def row(customer: str | None, day: int, price: float = 10.0, **more: object) -> dict:
    return {"day": day, "price": price, "customer": customer, **more}


def shop(rows, **tables):
    return shop_of_lines(rows, **tables)


def by_customer(result) -> pd.DataFrame:
    return result.customers.set_index("customer_id")


def test_five_customers_with_one_purchase_share_one_frequency_score():
    # Project checks, RFM ties: NTILE(5) would give them 1 to 5.
    rows = [row(f"c{i}", 10 * i, 10.0 + i) for i in range(5)]
    found = rfm(shop(rows), END).customers
    assert set(found["f"]) == {1}
    assert sorted(found["r"]) == sorted(found["m"]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("method", ["quantile", "percent_rank"])
def test_bounds_of_ten_values_are_counted_by_hand(method):
    # 1 1 1 1 1 2 2 3 4 5: half lies below 2, so 2 reaches score 1 + 2 (two fifths of the
    # ten); 70 % below 3: score 4; 80 % below 4: score 5. Of nine others, 7 below 3 is 78 %
    # (score 4) and 8 below 4 is 89 % (score 5): the same.
    bounds = own_bounds(np.array([1.0, 1, 1, 1, 1, 2, 2, 3, 4, 5]), method)
    assert score(np.array([1.0, 2, 3, 4, 5]), bounds).tolist() == [1, 3, 4, 5, 5]


def test_methods_differ_by_who_is_counted_below():
    # One of six is below the second value: 17 % of all, 20 % of the others.
    values = np.arange(6.0)
    assert score(values, own_bounds(values, "quantile"))[1] == 1
    assert score(values, own_bounds(values, "percent_rank"))[1] == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.sampled_from(
    ["quantile", "percent_rank"]))  # fmt: skip
def test_equal_customers_score_equal_and_more_never_scores_less(numbers, method):
    values = np.array(numbers, float)
    scores = score(values, own_bounds(values, method))
    order = np.argsort(values)
    assert set(scores) <= {1, 2, 3, 4, 5} and scores.min() == 1
    assert (np.diff(scores[order]) >= 0).all()
    assert len(set(zip(values, scores, strict=True))) == len(set(values))


def test_given_bounds_are_used_and_reach_both_ends():
    rules = RfmRules(recency=(10, 20, 30, 40), frequency=(2, 3, 4, 5), monetary=(20, 30, 40, 50))
    rows = [row("a", 99, 50.0), row("b", 89, 49.99), row("c", 10)]
    found = by_customer(rfm(shop(rows), END, rules))
    # a: 0 days; b: 10 days, still 5; c: 89 days, beyond 40.
    assert found["r"].to_dict() == {"a": 5, "b": 5, "c": 1}
    assert found["m"].to_dict() == {"a": 5, "b": 4, "c": 1}


def test_orders_of_one_day_are_one_purchase_and_recency_ends_on_the_last_day():
    rows = [row("a", 99, order="x"), row("a", 99, order="y"), row("a", 98)]
    rows += [row(f"c{i}", 50 + i) for i in range(5)]
    found = by_customer(rfm(shop(rows), END))
    assert found.loc["a", ["recency_days", "frequency", "monetary"]].tolist() == [0, 2, 30]


def test_refunds_come_off_the_order_they_belong_to():
    rows = [row(f"c{i}", 10 * i, 100.0, order=f"o{i}") for i in range(6)]
    back = pd.DataFrame(
        {
            "return_id": ["r1", "r2", "r3"],
            "order_id": ["o1", "o2", "o3"],
            # The last one is paid back after the end and is not known yet.
            "request_ts": pd.Timestamp(MONDAY) + pd.to_timedelta([20, 60, 150], unit="D"),
            "refund_amount": [30.0, 120.0, 50.0],
        }
    )
    found = by_customer(rfm(shop(rows, returns=back), END))["monetary"]
    assert found.to_dict() == {"c0": 100, "c1": 70, "c2": -20, "c3": 100, "c4": 100, "c5": 100}


def test_refunds_above_sales_give_a_sentence_and_no_shares():
    rows = [row(f"c{i}", 10 * i, 10.0, order=f"o{i}") for i in range(6)]
    back = pd.DataFrame(
        {
            "return_id": ["r"], "order_id": ["o1"], "refund_amount": [500.0],
            "request_ts": [pd.Timestamp(MONDAY) + pd.Timedelta(days=20)],
        }
    )  # fmt: skip
    found = rfm(shop(rows, returns=back), END)
    assert found.segments["money_share"].isna().all()
    assert "not above zero" in plot_segments(found).title
    assert rfm_findings(found) == []
    for table in (segments_table(found), classes_table(found), actions_table(found)):
        assert "nan" not in table.html().lower().replace("finance", "")


def test_every_pair_of_scores_has_one_segment_and_every_segment_a_pair():
    cells = [(r, s) for seg in SEGMENTS for r, standings in seg.cells.items() for s in standings]
    assert sorted(cells) == [(r, s) for r in range(1, 6) for s in range(1, 6)]


def test_segments_of_known_scores():
    scores = {
        "champions": (5, 5, 4), "loyal": (3, 4, 5), "cant_lose": (1, 5, 5), "lost": (1, 1, 2),
        "new_customers": (5, 1, 2), "potential_loyalists": (5, 1, 5), "at_risk": (2, 3, 4),
        "hibernating": (2, 1, 1), "promising": (4, 1, 1), "need_attention": (3, 3, 3),
        "about_to_sleep": (3, 1, 3),
    }  # fmt: skip
    r, f, m = (np.array(column) for column in zip(*scores.values(), strict=True))
    assert segment_keys(r, f, m).tolist() == list(scores)


def test_a_higher_score_never_lowers_the_value_class():
    rank = {"low_value": 0, "maintain": 1, "high_potential": 2, "key_value": 3}
    grid = np.array([(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)])
    base = [rank[k] for k in class_keys(*grid.T)]
    for step in np.eye(3, dtype=int):
        higher = [rank[k] for k in class_keys(*np.minimum(grid + step, 5).T)]
        assert all(h >= b for h, b in zip(higher, base, strict=True))


def test_lists_reconcile_with_counts_and_money():
    rows = [row(f"c{i % 37}", i % 100, 5.0 + i % 11, order=f"o{i}") for i in range(150)]
    found = rfm(shop(rows), END)
    for seg in found.segments.itertuples():
        listed = found.listed(seg.segment)
        assert len(listed) == seg.customers
        assert listed["monetary"].sum() == pytest.approx(seg.money)
        assert (listed["reason"] != "").all()
    assert found.segments["customers"].sum() == found.classes["customers"].sum() == 37
    assert found.segments["share"].sum() == pytest.approx(1)
    assert found.segments["money_share"].sum() == pytest.approx(1)
    assert found.listed()["customer_id"].is_unique
    with pytest.raises(ParameterError, match='segment "vip"'):
        found.listed("vip")


def test_guests_and_customers_before_the_window_are_said():
    rows = [row(f"c{i}", 60 + i) for i in range(6)] + [row("old", 0), row(None, 99)]
    found = rfm(shop(rows), END, RfmRules(window_days=50))
    assert found.outside == 1 and found.guests.orders == 1
    assert "1 more bought before that only" in found.words()
    assert "1 orders (12.5 % of all) name no customer" in found.words()


def test_what_tells_nobody_apart_is_named():
    found = rfm(shop([row(f"c{i}", 5, 10.0 + i) for i in range(8)]), END)
    assert found.flat == ("recency_days", "frequency")
    assert "alike in frequency" in found.words()
    assert "The data begin" in found.words()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row("a", 3)], "customers who bought in .*: 1"),
        ([row(None, 3)], "no named customer has bought"),
        ([row(f"c{i}", 3) for i in range(9)], None),
    ],
)
def test_odd_shops_get_a_sentence(rows, says):
    if says:
        with pytest.raises(CannotTell, match=says):
            rfm(shop(rows), END)
    else:
        assert len(rfm(shop(rows), END).customers) == 9


def test_a_shop_without_lines_or_customers_is_told_what_is_missing():
    orders = pd.DataFrame({"order_id": ["o"], "order_ts": [pd.Timestamp(MONDAY)]})
    with pytest.raises(CannotTell, match="order_lines"):
        rfm(shop_of(orders=orders), END)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"window_days": 3}, "window_days 3"),
        ({"method": "ntile"}, 'method "ntile"'),
        ({"frequency": (2, 2, 3, 4)}, "four rising numbers"),
        ({"monetary": (1.0, 2.0)}, "four rising numbers"),
    ],
)
def test_wrong_rules_are_named(options, says):
    with pytest.raises(ParameterError, match=says):
        RfmRules(**options)


def test_chart_and_tables_say_what_they_show():
    # Customer i buys i times, the last time on day 60 + i.
    rows = [row(f"c{i}", 60 + i - 2 * n) for i in range(1, 31) for n in range(i)]
    found = rfm(shop(rows), END)
    chart = plot_segments(found)
    assert "bring" in chart.title and "Champions" in chart.alt and "CNY" in chart.subtitle
    assert chart.data is not None and len(chart.data) == 11
    assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
    assert "needed for a score of" in bounds_table(found).html()
    assert "of 30" in listed_table(found).caption


def test_what_comes_after_the_end_changes_nothing():
    rows = [row(f"c{i % 9}", i, 5.0 + i) for i in range(60)]
    later = [row("c1", 150, 9999.0)]
    first = rfm(shop(rows), MONDAY + timedelta(days=60)).customers
    second = rfm(shop(rows + later), MONDAY + timedelta(days=60)).customers
    pd.testing.assert_frame_equal(first, second)
