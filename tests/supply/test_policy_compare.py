"""Rules compared on a made shop: honest words for what is missing, figures that add up."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from policy_shop import DAYS, START, frames

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.supply.policy_chart import plot_frontier, plot_rule_costs
from opsbook.supply.policy_compare import compare_policies, saving_of
from opsbook.supply.policy_findings import policy_findings, policy_words
from opsbook.supply.policy_tables import (
    assumptions_words,
    comparison_table,
    policy_class_table,
)
from opsbook.supply.product_worth import paid_price, sales_class
from opsbook.supply.replay_world import replay_world


@pytest.fixture(scope="module")
def tables():
    return frames(np.random.default_rng(8))


@pytest.fixture(scope="module")
def found(tables):
    return compare_policies(shop_of(**tables), days=140, target=0.95, targets=(0.9, 0.99))


def test_every_rule_stands_in_the_table_and_costs_add_up(found):
    t = found.table
    assert set(t["rule"]) == {"today", "line", "safety", "proposed"}
    assert sorted(t.loc[t["rule"] == "proposed", "target"].unique()) == [0.9, 0.95, 0.99]
    assert t["cost"].to_numpy() == pytest.approx(
        (t["holding"] + t["ordering"] + t["lost_margin"]).to_numpy()
    )
    parts = t[t["group"] != "all"].groupby(["rule", "target"], dropna=False)["cost"].sum()
    whole = t[t["group"] == "all"].set_index(["rule", "target"])["cost"]
    assert parts.sort_index().to_numpy() == pytest.approx(whole.sort_index().to_numpy())


def test_all_rules_face_the_same_demand(found):
    wanted = found.frontier["wanted"]
    assert wanted.nunique() == 1
    assert found.runs["proposed"].demand.sum() == wanted.iloc[0]


def test_more_service_takes_more_stock(found):
    line = found.frontier[found.frontier["rule"] == "proposed"].sort_values("target")
    assert line["fill_rate"].is_monotonic_increasing
    assert line["stock_value"].is_monotonic_increasing
    mine = found.row("proposed")
    assert mine["fill_low"] <= mine["fill_rate"] <= mine["fill_high"]


def test_today_is_what_was_recorded(found, tables):
    first = found.world.first
    lines = tables["order_lines"].merge(tables["orders"], on="order_id")
    sold = lines.loc[lines["order_ts"] >= pd.Timestamp(first), "qty"].sum()
    assert found.runs["today"].served.sum() == sold
    po = tables["purchase_orders"]
    placed = po[po["order_date"] >= pd.Timestamp(first)]
    assert found.runs["today"].orders.sum() == len(placed)


def test_saving_is_the_difference_of_the_costs(found):
    saved, low, high = saving_of(found, "today")
    gap = found.row("today")["cost"] - found.row("proposed")["cost"]
    assert saved == pytest.approx(gap)
    assert low < saved < high


def test_the_same_seed_gives_the_same_figures(tables, found):
    again = compare_policies(shop_of(**tables), days=140, target=0.95, targets=(0.9, 0.99))
    pd.testing.assert_frame_equal(again.table, found.table)


def test_findings_say_what_was_assumed_and_name_their_chapter(found):
    notes = policy_findings(found)
    assert {n.id for n in notes} == {"C02"}
    assert {n.chapter for n in notes} == {"supply/C02-safety-stock"}
    assert "25 %" in notes[0].money_basis
    assert "served" in policy_words(found)


def test_shown_in_both_languages(found):
    for lang in ("en", "zh"):
        with speaking(lang):
            for chart in (plot_frontier(found), plot_rule_costs(found)):
                assert chart.title and chart.alt
                assert chart.figure(phone=True) is not None
            for table in (comparison_table(found), policy_class_table(found)):
                assert "<table" in table.html()


def test_without_stock_records_today_is_not_shown_and_nothing_breaks(tables):
    bare = {k: v for k, v in tables.items() if k not in ("inventory_daily", "purchase_orders")}
    got = compare_policies(shop_of(**bare), days=140, target=0.95, targets=())
    assert "today" not in got.runs
    assert "assumption" in assumptions_words(got)
    assert [n for n in policy_findings(got) if n.money is not None] == []
    assert plot_rule_costs(got).figure() is not None


def test_too_short_a_history_is_said(tables):
    with pytest.raises(CannotTell, match="the data have"):
        compare_policies(shop_of(**tables), days=300)


@pytest.mark.parametrize(
    ("option", "value"), [("target", 97), ("days", 5), ("review_days", 0), ("level", 1.0)]
)
def test_options_out_of_bounds_are_named(tables, option, value):
    with pytest.raises(ParameterError, match=str(value)):
        compare_policies(shop_of(**tables), **{option: value})


def test_only_the_best_sellers_are_replayed_where_there_are_too_many(tables):
    world = replay_world(shop_of(**tables), days=140, most=10)
    whole = replay_world(shop_of(**tables), days=140)
    assert len(world.demand) == 10
    kept = world.demand[:, world.start :].sum() / whole.demand[:, whole.start :].sum()
    assert world.dropped == pytest.approx(1 - kept)
    assert 0 < world.dropped < 0.5


def test_classes_go_by_sales_and_without_prices_by_pieces(tables):
    panel = replay_world(shop_of(**tables), days=140).panel
    found = sales_class(panel)
    value = panel.sold[:, -365:].sum(axis=1) * paid_price(panel)
    assert found[int(np.argmax(value))] == "A"
    assert value[found == "A"].min() >= value[found == "B"].max()
    assert value[found == "A"].sum() / value.sum() >= 0.8
    free = replace(panel, price=panel.price * np.nan, skus=panel.skus.assign(list_price=np.nan))
    pieces = panel.sold[:, -365:].sum(axis=1)
    assert sales_class(free)[int(np.argmax(pieces))] == "A"


def test_odd_products_and_dates_break_nothing(tables):
    odd = {name: table.copy() for name, table in tables.items()}
    more = odd["products"].iloc[:3].assign(sku=["never", "once", "new"])
    more["launch_date"] = pd.to_datetime(more["launch_date"])
    more.loc[more["sku"] == "new", "launch_date"] = pd.Timestamp(START) + timedelta(days=DAYS - 1)
    odd["products"]["launch_date"] = pd.to_datetime(odd["products"]["launch_date"])
    odd["products"] = pd.concat([odd["products"], more], ignore_index=True)
    line = odd["order_lines"].iloc[:1]
    odd["order_lines"] = pd.concat([odd["order_lines"], line.assign(sku="once", line_id="9")])
    shelf = odd["inventory_daily"]
    shelf.loc[(shelf["sku"] == "s02") & (shelf["date"] > "2026-01-01"), "on_hand"] = -4
    po = odd["purchase_orders"]
    rows = po["sku"] == "s04"
    po.loc[rows, "received_date"] = po.loc[rows, "order_date"] - timedelta(days=292)
    po.loc[po["sku"] == "s06", "received_date"] = pd.NaT
    found = compare_policies(shop_of(**odd), days=140, target=0.95, targets=())
    figures = found.frontier[["fill_rate", "stock_value", "cost"]]
    assert np.isfinite(figures.to_numpy()).all()
    assert (figures >= 0).all(axis=None)
    assert {"never", "once", "new"} & set(found.world.panel.skus["sku"]) >= {"once"}
    assert int(found.world.lead.min()) >= 1


def test_without_costs_no_money_is_claimed(tables):
    bare = dict(tables)
    bare["products"] = tables["products"].drop(columns=["unit_cost", "list_price"])
    bare["order_lines"] = tables["order_lines"].drop(columns="unit_cost")
    got = compare_policies(shop_of(**bare), days=140, target=0.95, targets=())
    assert got.costless == pytest.approx(1)
    assert "100.0 % of the pieces have no known cost" in assumptions_words(got)
    assert [n.money for n in policy_findings(got)] == [None]
    assert got.row("proposed")["fill_rate"] > 0.85
