"""The leaves of the cause tree sum to the gap to the cent, and a leaf that is not known says so."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from event_shops import (
    PRODUCTS,
    campaign_frame,
    daily_orders,
    span,
    together,
    two_years,
    visits,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from made_shop import shop_of
from opsbook.campaign.cause_tree import cause_tree
from opsbook.campaign.cause_tree_chart import cause_table, plot_cause_tree, worksheet
from opsbook.campaign.cause_tree_findings import cause_findings
from opsbook.campaign.cause_tree_leaves import whole_cents
from opsbook.campaign.cause_tree_words import merged_words
from opsbook.campaign.event import event_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking

THEN, NOW = span(date(2025, 6, 14), 7), span(date(2026, 6, 13), 7)


def full_shop():
    """2025: 10 orders a day of two pieces at 100 (list 120). 2026: 12 orders, three at 90.

    Visits 200 and 300 a day. One order a day is cancelled in 2026. Two returns in 2025.
    """
    then = daily_orders(date(2025, 1, 1), date(2026, 1, 31), 10, qty=2.0)
    now = daily_orders(date(2026, 2, 1), date(2026, 9, 30), 11, qty=3.0, price=90.0)
    gone = daily_orders(
        date(2026, 2, 1), date(2026, 9, 30), 1, qty=3.0, price=90.0, prefix="x", status="cancelled"
    )
    tables = together(then, now, gone)
    back = tables["orders"]["order_id"][tables["orders"]["order_ts"] > "2025-06-15"].head(2)
    returns = pd.DataFrame(
        {
            "return_id": ["r1", "r2"],
            "order_id": back.to_numpy(),
            "sku": ["p2", "p1"],
            "request_ts": pd.to_datetime(["2025-06-20", "2025-06-21"]),
            "refund_amount": [200.0, 200.0],
            "qty": [2.0, 2.0],
        }
    )
    days = dict.fromkeys(THEN, 200) | dict.fromkeys(NOW, 300)
    return shop_of(
        **tables,
        returns=returns,
        sessions=visits(days),
        campaigns=campaign_frame(),
        products=PRODUCTS,
    )


@pytest.fixture(scope="module")
def shop():
    return full_shop()


@pytest.fixture(scope="module")
def tree(shop):
    return cause_tree(shop, event_of(shop, "A2"))


def test_leaves_sum_to_the_gap_to_the_cent(tree):
    cents = (tree.leaves["effect"] * 100).round().astype(int)
    assert cents.sum() == round(tree.gap * 100)


def test_factors_and_effects_by_hand(tree):
    # 2025: 7 days x 10 orders x 2 x 100 = 14,000 less 400 returned = 13,600.
    # 2026: 7 x 11 x 3 x 90 = 20,790; 7 x 1 x 270 = 1,890 were cancelled.
    assert (tree.target, tree.reached) == pytest.approx((13_600, 20_790))
    rows = tree.leaves.set_index("leaf")
    assert rows.loc["traffic", ["before", "now"]].tolist() == [1400, 2100]
    assert rows.loc["conversion", ["before", "now"]].tolist() == pytest.approx(
        [70 / 1400, 84 / 2100]
    )
    assert rows.loc["basket", ["before", "now"]].tolist() == [2, 3]
    assert rows.loc["list_price", ["before", "now"]].tolist() == [120, 120]
    assert rows.loc["discount", ["before", "now"]].tolist() == pytest.approx([100 / 120, 0.75])
    assert rows.loc["cancelled", ["before", "now"]].tolist() == pytest.approx([1, 11 / 12])
    assert rows.loc["returned", ["before", "now"]].tolist() == pytest.approx([13_600 / 14_000, 1])
    weight = (20_790 - 13_600) / np.log(20_790 / 13_600)
    assert rows.loc["basket", "effect"] == pytest.approx(weight * np.log(1.5), abs=0.01)
    assert rows.loc["list_price", "effect"] == 0


def test_stock_that_is_not_on_record_stays_inside_conversion(tree):
    assert ("stock_out", "conversion") in tree.merged
    assert "stock-outs" in merged_words(tree)
    assert "stock-outs" in cause_table(tree).note


def test_a_shop_of_orders_and_lines_only_has_a_short_tree():
    orders, lines = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    bare = shop_of(
        orders=orders.drop(columns="status"),
        order_lines=lines.drop(columns=["list_price", "unit_cost"]),
        campaigns=campaign_frame(),
    )
    tree = cause_tree(bare, event_of(bare, "A2"))
    assert tree.leaves["leaf"].tolist() == ["orders", "basket", "price"]
    assert tree.measure == "gmv"
    said = merged_words(tree)
    assert "traffic" in said
    assert "No order is marked as cancelled" in said
    assert plot_cause_tree(tree).title == "There is no gap to split"


def test_goal_tree_holds_what_the_goal_asked_on_top_of_last_year(shop):
    tree = cause_tree(shop, event_of(shop, "A2"), base="goal")
    rows = tree.leaves.set_index("leaf")
    # Peak and tail of 2025 sold 5 x 2,000 = 10,000; the goal was 6,000.
    assert rows.loc["asked", "effect"] == pytest.approx(4_000)
    assert tree.gap == pytest.approx(5 * 11 * 270 - 6_000)
    assert (rows["effect"] * 100).round().sum() == round(tree.gap * 100)
    assert "returned" not in rows.index


def test_days_that_one_side_lacks_are_a_leaf_of_their_own():
    frame = campaign_frame()
    frame.loc[1, "end_date"] = pd.Timestamp("2026-06-20")
    base = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    shop = shop_of(**together(base), campaigns=frame)
    tree = cause_tree(shop, event_of(shop, "A2"))
    rows = tree.leaves.set_index("leaf")["effect"]
    assert rows["days"] == pytest.approx(1000)
    assert tree.gap == pytest.approx(1000)


def test_a_running_event_is_not_blamed_for_days_to_come(shop):
    tree = cause_tree(shop, event_of(shop, "A2", end="2026-06-16"), base="last_year")
    assert "days" not in set(tree.leaves["leaf"])
    assert len(tree.now.days) == len(tree.then.days) == 4


def test_without_last_year_or_goal_the_days_before_are_the_reference(shop):
    tree = cause_tree(shop, event_of(shop, "F1"))
    assert tree.base == "before"
    assert tree.then.days == (date(2026, 6, 17),)


@pytest.mark.parametrize(
    ("campaign", "base", "says"),
    [
        ("F1", "goal", "no goal for GMV"),
        ("F1", "last_year", "no last year"),
        ("A3", None, "no day inside the data"),
    ],
)
def test_what_cannot_be_compared_is_said(shop, campaign, base, says):
    with pytest.raises(CannotTell, match=says):
        cause_tree(shop, event_of(shop, campaign), base=base)


def test_an_unknown_base_is_refused(shop):
    with pytest.raises(ParameterError, match="base must be one of"):
        cause_tree(shop, event_of(shop, "A2"), base="budget")


def test_the_day_without_room_before_it_is_said():
    short = daily_orders(date(2026, 6, 18), date(2026, 6, 30), 3)
    shop = shop_of(**together(short), campaigns=campaign_frame())
    with pytest.raises(CannotTell, match="no 1 days before"):
        cause_tree(shop, event_of(shop, "F1"))


def test_worksheet_names_place_phase_owner_and_step_of_what_took(tree):
    rows = worksheet(tree).frame
    # 5 % of visitors wanted to order, now 4 %: that took most, discounts and cancels next.
    assert rows["what"].tolist()[0] == "conversion (wanted orders per visitor)"
    assert rows["who"].tolist()[0] == "Product manager"
    assert rows.set_index("what").loc["cancelled or never paid", "who"] == "Customer service"
    assert rows["where"].str.contains("Home|Food|no one place").all()


def test_largest_loss_is_a_finding_priced_at_margin(shop):
    tree = cause_tree(shop, event_of(shop, "A2"))
    note = cause_findings(tree)[0]
    worst = tree.leaves.set_index("leaf")["effect"].min()
    # Goods cost 60 of the 90 charged in 2026.
    assert note.money == pytest.approx(worst * (1 - 60 / 90))
    assert note.chapter == "campaign/E03-cause-tree"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tree_is_shown_in_both_languages(tree, lang):
    with speaking(lang):
        chart = plot_cause_tree(tree)
        assert chart.svg() and chart.svg(phone=True)
        assert all("nan" not in table.html() for table in (cause_table(tree), worksheet(tree)))


@pytest.mark.parametrize("phone", [False, True])
def test_an_axis_that_does_not_begin_at_zero_says_so(tree, phone):
    for target, said in ((tree.reached * 1.01, True), (tree.reached * 50, False)):
        gap = tree.reached - target
        leaves = tree.leaves.assign(effect=gap / len(tree.leaves))
        figure = Figure()
        plot_cause_tree(replace(tree, target=target, leaves=leaves)).draw(figure, phone)
        axes = figure.axes[0]
        assert (axes.get_xlim()[0] > 0) == said
        label = " ".join(axes.get_xlabel().split())
        assert ("not at 0: compare the steps" in label) == said
        # The cut is marked on the two totals, the first and the last bar.
        marks = [m.get_position()[1] for m in axes.texts if m.get_text() == "//"]
        assert marks == ([0, len(leaves) + 1] if said else [])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_rounding_to_cents_moves_no_value_by_more_than_a_cent_and_keeps_the_sum(values):
    total = float(np.sum(values))
    found = whole_cents(np.array(values), total)
    assert round(found.sum() * 100) == round(total * 100)
    assert np.abs(found - np.array(values)).max() <= 0.0100001


def test_stock_outs_are_a_leaf_where_stock_is_recorded():
    tables = two_years()
    days = pd.date_range("2025-01-01", "2026-08-31")
    stock = pd.concat(
        pd.DataFrame({"date": days, "sku": sku, "warehouse_id": "w", "on_hand": 50.0})
        for sku in ("p1", "p2")
    )
    dark = stock["date"].isin(pd.to_datetime(["2026-06-15", "2026-06-16"])) & (stock["sku"] == "p1")
    stock.loc[dark, "on_hand"] = 0.0
    orders, lines = tables.orders.execute(), tables.order_lines.execute()
    sold_out = orders["order_ts"].dt.normalize().isin(pd.to_datetime(["2026-06-15", "2026-06-16"]))
    lost = lines["order_id"].isin(orders.loc[sold_out, "order_id"]) & (lines["sku"] == "p1")
    gone = set(lines.loc[lost, "order_id"])
    shop = shop_of(
        orders=orders[~orders["order_id"].isin(gone)],
        order_lines=lines[~lost],
        campaigns=campaign_frame(),
        products=PRODUCTS,
        inventory_daily=stock,
    )
    tree = cause_tree(shop, event_of(shop, "A2"))
    rows = tree.leaves.set_index("leaf")
    assert rows.loc["stock_out", "now"] < 0.95 < rows.loc["stock_out", "before"]
    assert rows.loc["stock_out", "effect"] < 0
    assert (rows["effect"] * 100).round().sum() == round(tree.gap * 100)
