"""Health of stock: hand-computed cover, turnover, age, classes; every product in words."""

from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_shop import END, day, steady, stock_shop

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.abc_xyz import CELLS, abc_classes, abc_xyz
from opsbook.supply.active_skus import active_skus
from opsbook.supply.ageing import ageing, fifo_layers
from opsbook.supply.slow_movers import slow_movers
from opsbook.supply.stock_cover import stock_cover
from opsbook.supply.stock_cover_chart import cover_words, plot_cover, slow_table, states_words
from opsbook.supply.stock_findings import active_findings, cover_findings, turnover_findings
from opsbook.supply.stock_items import stock_end, stock_items
from opsbook.supply.stock_value import stock_value
from opsbook.supply.turnover import gmroi, turnover


@cache
def odd_shop():
    """Every edge: hot, slow, never sold, sold once, launched yesterday, negative, sold out."""
    return stock_shop(
        {
            "hot": steady(4.0),
            "slow": steady(100.0),
            "never": steady(10.0),
            "once": steady(5.0),
            "yesterday": [(1, 3.0)],
            "negative": [*steady(2.0)[1:], (1, -6.0)],
            "out": [(back, 0.0 if back <= 20 else 5.0) for back in range(1, 31)],
        },
        [("hot", back, 2.0) for back in range(1, 31)]
        + [("slow", 10, 30.0), ("once", 200, 1.0), ("negative", 3, 1.0), ("out", 25, 10.0)],
        launch={"yesterday": 1},
    )


def test_cover_equals_free_pieces_over_sales_per_day_by_hand():
    found = stock_cover(odd_shop()).skus.set_index("sku")
    # hot: 4 pieces, 60 sold in 30 days with stock, 2 a day: 2 days.
    assert found.loc["hot", "cover"] == pytest.approx(2.0)
    assert found.loc["hot", "state"] == "short"
    # slow: 100 pieces, 1 a day: 100 days; 40 pieces beyond 60 days cost 4 each.
    assert found.loc["slow", "cover"] == pytest.approx(100.0)
    assert found.loc["slow", "excess"] == pytest.approx(160.0)
    assert found.loc["slow", "holding"] == pytest.approx(40.0)
    # hot: goods are here in 7 days, 2 days are covered: 5 days x 2 pieces x margin 6.
    assert found.loc["hot", "at_risk"] == pytest.approx(60.0)


def test_shelf_that_was_empty_is_not_taken_for_a_slow_one():
    # out: 10 pieces sold, stock on 10 of 30 days: 1 a day, not 1/3.
    found = stock_items(odd_shop()).frame.set_index("sku")
    assert found.loc["out", "rate"] == pytest.approx(1.0)
    states = stock_cover(odd_shop()).skus.set_index("sku")["state"]
    assert states["out"] == "out"
    assert states["never"] == "unsold"


def test_goods_on_the_way_lower_the_margin_at_risk():
    shop = stock_shop(
        {"hot": steady(4.0)}, [("hot", b, 2.0) for b in range(1, 31)],
        more={"hot": {"in_transit": 6.0, "reserved": 2.0}},
    )  # fmt: skip
    row = stock_cover(shop).skus.iloc[0]
    # Free 4 - 2 = 2, one day. With 6 on the way 4 of 7 days are covered: 3 x 2 x 6.
    assert row["cover"] == pytest.approx(1.0)
    assert row["at_risk"] == pytest.approx(36.0)


def test_states_of_cover_add_up_to_the_catalogue():
    found = stock_cover(odd_shop())
    assert found.states["skus"].sum() == len(found.skus) == 7
    assert found.states["excess"].sum() == pytest.approx(found.excess)


def test_every_odd_product_is_counted_in_words():
    cover, active = stock_cover(odd_shop()), active_skus(odd_shop())
    text = cover_words(cover)
    assert "1 products on sale for under 30 days without a sale are not judged" in text
    assert "1 stock records below zero count as zero" in text
    assert "4 sold in 30 days, 2 could be bought and did not sell, 1 are on sale" in states_words(
        active
    )
    yesterday = cover.skus.set_index("sku").loc["yesterday"]
    assert yesterday["excess"] == 0


def test_negative_stock_has_no_negative_value():
    found = stock_value(odd_shop(), days=30)
    assert found.negative == 1
    # 4 + 100 + 10 + 5 + 3 pieces at 4.
    assert found.now == pytest.approx(122 * 4)
    assert stock_items(odd_shop()).frame["value"].sum() == pytest.approx(122 * 4)


def test_stock_value_by_warehouse_and_category_sums_to_the_day():
    found = stock_value(odd_shop(), days=30)
    assert found.warehouses["value"].sum() == pytest.approx(found.now)
    assert found.categories["value"].sum() == pytest.approx(found.now)


def test_active_rate_leaves_the_sold_out_out_and_the_new_in():
    shop = stock_shop(
        {"a": steady(1.0), "b": steady(1.0), "gone": [(200, 1.0)], "new": [(1, 1.0)]},
        [("a", 2, 1.0), ("gone", 150, 1.0)],
        launch={"new": 1},
    )
    found = active_skus(shop)
    # Sold: a. Could be bought: a, b, new. In the catalogue: four.
    assert found.rate == pytest.approx(1 / 3)
    assert found.catalogue_rate == pytest.approx(1 / 4)
    assert found.states.set_index("state")["skus"].to_dict() == {
        "active": 1, "silent": 1, "new": 1, "gone": 1
    }  # fmt: skip


def test_product_of_tomorrow_is_not_in_the_catalogue_yet():
    shop = stock_shop({"a": steady(1.0)}, [("a", 2, 1.0)], launch={"tomorrow": -1})
    assert stock_items(shop).frame["sku"].tolist() == ["a"]


def test_a_day_in_the_past_knows_nothing_of_what_came_later():
    shop = stock_shop({"a": [*steady(5.0), (40, 2.0)]}, [("a", 45, 3.0), ("a", 5, 9.0)])
    found = stock_items(shop, day(30), days=30).frame.iloc[0]
    assert (found["on_hand"], found["pieces"]) == (2.0, 3.0)
    assert pd.Timestamp(found["last_sale"]).date() == day(45)


def test_title_finding_and_definitions_count_the_same_slow_products():
    # Besides the slow: one launched yesterday, and one whose only piece is promised.
    shop = stock_shop(
        {"slow": steady(100.0), "never": steady(10.0), "new": [(1, 3.0)], "due": steady(1.0)},
        [("slow", 10, 30.0)],
        launch={"new": 1},
        more={"due": {"reserved": 1.0}, "slow": {"reserved": 0.0}},
    )
    cover = stock_cover(shop)
    assert cover.skus.loc[cover.too_long, "sku"].tolist() == ["slow", "never"]
    found = slow_movers(cover, active_skus(shop))
    assert found.table.set_index("definition").loc["cover", "skus"] == 2
    assert "2 have more than 60 days" in plot_cover(cover).title
    (long,) = cover_findings(cover)
    assert long.evidence.startswith("2 products")


def test_slow_mover_definitions_are_named_and_differ():
    cover, active = stock_cover(odd_shop()), active_skus(odd_shop())
    found = slow_movers(cover, active)
    rows = found.table.set_index("definition")
    # By cover: slow, never, once. By silence: never and once only.
    assert rows.loc["cover", "skus"] == 3
    assert rows.loc["active", "skus"] == 2
    # 115 of 122 pieces at the same cost.
    assert rows.loc["share", "figure"] == pytest.approx(115 / 122)
    assert not rows.loc["share", "kept"]
    assert found.both == 2
    assert slow_table(found).frame["result"].tolist() == ["no limit given", "missed", "missed"]
    with pytest.raises(ParameterError, match="use the same day"):
        slow_movers(stock_cover(odd_shop(), day(3)), active)


def test_turnover_of_ten_days_by_hand():
    shop = stock_shop({"a": [(b, 20.0 if b > 5 else 10.0) for b in range(1, 11)]},
                      [("a", b, 1.0) for b in range(1, 11)])  # fmt: skip
    found = turnover(shop, days=10)
    # Mean stock 15 pieces x 4 = 60; cost of goods sold 40 in 10 days: 4 a day, 15 days.
    assert found.total["days"] == pytest.approx(15.0)
    assert found.total["turns"] == pytest.approx(365 / 15)
    # Margin 60 in ten days on 60 in stock.
    assert found.total["gmroi"] == pytest.approx(gmroi(60, 60, 10)) == pytest.approx(36.5)
    assert found.before is None
    assert np.isnan(found.total["days_before"])
    assert np.isnan(gmroi(1, 0, 10))


def test_money_released_is_longer_days_times_daily_cost():
    shop = stock_shop(
        {"a": [(b, 20.0 if b <= 10 else 10.0) for b in range(1, 21)]},
        [("a", b, 1.0) for b in range(1, 21)],
    )
    found = turnover(shop, days=10)
    # 20 days now, 10 before, 4 a day.
    assert not found.a_year_ago
    assert found.released == pytest.approx(40.0)
    note = turnover_findings(found, ageing(shop), holding=0.25)[0]
    assert note.money == pytest.approx(-10.0)


def test_fifo_takes_the_latest_receipts_first():
    shop = stock_shop(
        {"a": steady(12.0, 120)}, [("a", 5, 1.0)],
        receipts=[("a", 100, 10.0), ("a", 50, 5.0), ("a", 10, 4.0)],
    )  # fmt: skip
    found = ageing(shop, old_days=90)
    # 12 on hand: 4 of day 10, 5 of day 50, 3 of day 100.
    assert found.method == "fifo"
    assert found.bands["pieces"].tolist() == [4.0, 5.0, 0, 3.0, 0, 0]
    assert found.skus.iloc[0]["mean_age"] == pytest.approx((4 * 10 + 5 * 50 + 3 * 100) / 12)
    assert found.old == pytest.approx(3 * 4)


def test_stock_that_no_receipt_explains_is_as_old_as_the_record():
    shop = stock_shop({"a": steady(12.0, 40)}, [], receipts=[("a", 10, 4.0)])
    found = ageing(shop)
    assert found.undated == pytest.approx(8 * 4)
    assert found.skus.iloc[0]["oldest"] == 40


def test_without_receipts_age_is_since_the_last_sale_and_it_is_said():
    shop = stock_shop({"a": steady(3.0), "b": steady(2.0)}, [("a", 7, 1.0)])
    found = ageing(shop)
    assert found.method == "last_sale"
    ages = found.skus.set_index("sku")["mean_age"]
    assert (ages["a"], ages["b"]) == (7, 30)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 300), st.integers(1, 50)), min_size=1, max_size=8),
    st.integers(1, 400),
)
def test_layers_always_sum_to_what_is_on_hand(receipts, on_hand):
    frame = pd.DataFrame(receipts, columns=["received", "pieces"]).assign(sku="a")
    frame = (
        frame.groupby(["sku", "received"], as_index=False)["pieces"]
        .sum()
        .astype({"pieces": "float64"})
    )
    layers = fifo_layers(pd.Series({"a": float(on_hand)}), frame)
    assert layers["left"].sum() == pytest.approx(on_hand)
    assert (layers["left"] > 0).all()


def test_abc_cuts_by_hand():
    values = pd.Series({"a": 50.0, "b": 30.0, "c": 15.0, "d": 5.0, "e": 0.0, "f": -3.0})
    # Above: 0, .5, .8, .95.
    assert abc_classes(values).tolist() == ["A", "A", "B", "C", "none", "none"]
    assert abc_classes(values, (0.5, 0.8)).tolist() == ["A", "B", "C", "C", "none", "none"]


@cache
def weekly_shop():
    weeks = range(12)
    sold = [("steady", 7 * w + 3, 10.0) for w in weeks]
    sold += [("swing", 7 * w + 3, 16.0 if w % 2 else 4.0) for w in weeks]
    sold += [("lump", 3, 60.0), ("young", 3, 1.0), ("empty", 3, 10.0)]
    held = steady(5.0, 84)
    return stock_shop(
        {"steady": held, "swing": held, "lump": held, "young": steady(5.0, 10), "dead": held,
         "empty": steady(5.0, 7)},
        sold,
        launch={"young": 10},
    )  # fmt: skip


def test_xyz_counts_zero_weeks_with_stock_by_hand():
    found = abc_xyz(weekly_shop(), weeks=12).skus.set_index("sku")
    assert found.loc["steady", "cv"] == pytest.approx(0.0)
    # 4 and 16 in turn: mean 10, sum of squared deviations 12 x 36, over 11.
    assert found.loc["swing", "cv"] == pytest.approx(np.sqrt(12 * 36 / 11) / 10)
    # 60 in one of twelve weeks: mean 5, deviations 55^2 + 11 x 5^2.
    assert found.loc["lump", "cv"] == pytest.approx(np.sqrt((55**2 + 11 * 25) / 11) / 5)
    assert found.loc["steady", "cell"][1] == "X"
    assert found.loc["swing", "cell"][1] == "Y"
    assert found.loc["lump", "cell"][1] == "Z"


def test_week_without_stock_and_sale_is_no_zero():
    found = abc_xyz(weekly_shop(), weeks=12).skus.set_index("sku")
    # empty: on a shelf in one week only, though listed for 400 days: too short, not erratic.
    assert found.loc["empty", "on_sale"] == 1
    assert found.loc["empty", "cell"] == "new"


def test_every_product_stands_in_one_cell_and_the_new_and_dead_apart():
    found = abc_xyz(weekly_shop(), weeks=12)
    assert found.cells["skus"].sum() == len(found.skus) == 6
    assert found.row("new")["skus"] == 2
    assert found.row("none")["skus"] == 1
    assert found.cells["sales_share"].sum() == pytest.approx(1.0)
    assert set(CELLS) < set(found.cells["cell"])


def test_margin_ranks_otherwise_than_sales():
    shop = stock_shop(
        {"a": steady(5.0, 84), "b": steady(5.0, 84)},
        [(s, 7 * w + 3, 10.0) for w in range(12) for s in "ab"],
        cost={"a": 9.0, "b": 1.0},
    )
    by = abc_xyz(shop, weeks=12, by="margin", cuts=(0.8, 0.95)).skus.set_index("sku")
    # Margin 1 against 9: b begins at 0, a at 90 %.
    assert (by.loc["b", "abc"], by.loc["a", "abc"]) == ("A", "B")


def test_findings_carry_the_money_of_their_tables():
    cover, active = stock_cover(odd_shop()), active_skus(odd_shop())
    notes = cover_findings(cover)
    assert [n.money for n in notes] == pytest.approx([-cover.at_risk, -cover.excess * 0.25])
    low = active_findings(active, slow_movers(cover, active))[0]
    # never and once: 15 pieces x 4 x .25.
    assert low.money == pytest.approx(-15.0)


def test_bad_parameters_say_name_value_and_bounds():
    shop = odd_shop()
    with pytest.raises(ParameterError, match="days 3 is out of range; use 7 to 730"):
        stock_items(shop, days=3)
    with pytest.raises(ParameterError, match="high_days 1"):
        stock_cover(shop, low_days=5, high_days=1)
    with pytest.raises(ParameterError, match="use sales or margin"):
        abc_xyz(shop, by="luck")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="must rise"):
        abc_xyz(shop, cuts=(0.9, 0.5))


def test_missing_tables_and_days_are_said_by_name():
    shop = odd_shop()
    with pytest.raises(CannotTell, match="no stock before"):
        stock_items(shop, END - timedelta(days=900))
    bare = shop_of(orders=pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp(END)]}))
    for ask in (stock_items, stock_value, turnover, stock_end):
        with pytest.raises(CannotTell, match=r"inventory_daily|order_lines"):
            ask(bare)


def test_shop_with_empty_shelves_is_told_so_and_does_not_break():
    shop = stock_shop({"a": steady(0.0)}, [("a", 3, 2.0)], receipts=[("a", 20, 2.0)])
    assert stock_cover(shop).number("out") == 1
    assert ageing(shop).old == 0
    assert stock_value(shop, days=30).now == 0
    found = turnover(shop, days=28)
    assert found.total["cogs"] == pytest.approx(8.0)
    assert np.isnan(found.total["turns"])


def test_unknown_cost_counts_no_value_and_is_counted():
    shop = stock_shop({"a": steady(3.0)}, [], cost={"a": float("nan")})
    found = stock_items(shop)
    assert found.unpriced == 1
    assert found.frame["value"].sum() == 0
    assert stock_value(shop, days=30).unpriced == 3
