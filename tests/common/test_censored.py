"""Demand behind an empty shelf: cases by hand, a planted rate, and the demo's truth."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.common.censored import (
    HiddenDemand,
    demand_estimate,
    hidden_demand,
    hidden_interval,
)
from opsbook.common.demand import daily_demand
from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.censored_chart import (
    hidden_months,
    hidden_table,
    last_year,
    plot_hidden,
)
from opsbook.supply.censored_findings import hidden_findings, hidden_words
from supply.made_panel import panel_of

DEMO = Path(__file__).parents[2] / "data" / "demo"


def test_without_stock_outs_demand_is_sales() -> None:
    panel = panel_of(np.random.default_rng(1).poisson(2, (4, 60)))
    found = hidden_demand(panel)
    assert (found.demand == panel.sold).all()
    assert found.hidden_share == 0
    assert (demand_estimate(panel) == panel.sold).all()


def test_an_empty_day_gets_what_open_days_lead_to_expect() -> None:
    # 2 pieces on each of 60 days, 10 of them without stock.
    sold, free = np.full((1, 60), 2.0), np.ones((1, 60))
    sold[0, 25:35] = free[0, 25:35] = 0
    found = hidden_demand(panel_of(sold, free=free))
    assert found.demand[0, 25:35] == pytest.approx(np.full(10, 2.0), rel=1e-3)
    assert found.skus["hidden"][0] == pytest.approx(20, rel=1e-3)
    assert found.skus["hidden_share"][0] == pytest.approx(20 / 120, rel=1e-3)
    assert found.skus["lost_margin"][0] == pytest.approx(20 * (10 - 6), rel=1e-3)
    assert found.skus["empty_days"][0] == 10


def test_a_day_that_ran_out_wanted_at_least_what_it_sold() -> None:
    # One a day; on day 30 four were sold and the shelf was empty in the evening.
    sold, left = np.ones((1, 60)), np.ones((1, 60))
    sold[0, 30], left[0, 30] = 4, 0
    found = hidden_demand(panel_of(sold, free=np.ones((1, 60)), left=left))
    # E[X | X >= 4] of a Poisson variable of mean 1: P(X >= 3) / P(X >= 4) = .080301 / .018988
    assert found.demand[0, 30] == pytest.approx(4.2290, rel=2e-3)
    # The day did not push up what is expected of the others.
    assert found.expected[0, 10] == pytest.approx(1.0, rel=1e-3)


def test_other_warehouses_take_over_what_the_data_say() -> None:
    # The main warehouse (.8 of the mix) is empty every sixth week; the other serves its own
    # .2 of demand and a half of the .8: 6 of 10.
    n = 240
    away = (np.arange(n) % 42) >= 35
    sold = np.where(away, 6.0, 10.0)[None, :].repeat(6, axis=0)
    free = np.where(away, 0.2, 1.0)[None, :].repeat(6, axis=0)
    found = hidden_demand(panel_of(sold, free=free))
    # The category's day is half believed: a day on which every SKU is short looks quiet.
    assert found.taken_over == pytest.approx(0.5, abs=0.1)
    assert found.demand[:, away].mean() == pytest.approx(10, rel=0.08)
    assert (found.demand[:, ~away] == 10).all()


def test_a_small_warehouse_without_stock_hides_nothing() -> None:
    free = np.ones((1, 60))
    free[0, 20:40] = 0.9
    found = hidden_demand(panel_of(np.ones((1, 60)), free=free))
    assert found.hidden_share == 0


def test_before_launch_and_after_retirement_nobody_wants_anything() -> None:
    panel = panel_of(np.ones((1, 60)), free=np.zeros((1, 60)))
    panel.sold[0, 40:] = 0
    panel.on_sale[0, 40:] = False
    assert hidden_demand(panel).demand[0, 40:].sum() == 0


def test_a_busy_day_hides_more_than_a_quiet_one() -> None:
    # Day 30 is a festival: other SKUs of the category sell five times as much.
    sold = np.full((20, 60), 4.0)
    sold[:, 30] = 20
    free = np.ones((20, 60))
    sold[0, 28:33] = free[0, 28:33] = 0
    demand = hidden_demand(panel_of(sold, free=free)).demand
    assert demand[0, 30] == pytest.approx(20, rel=0.15)
    assert demand[0, 29] == pytest.approx(4, rel=0.15)


def test_planted_rate_is_recovered_where_stock_runs_out_because_of_demand() -> None:
    # Poisson demand, 12 pieces come every Monday, what is over is lost: stock-outs follow
    # strong days, so the mean of the days with stock is too low and naive repair too high.
    rng = np.random.default_rng(7)
    rate = rng.uniform(1, 3, (80, 1))
    wanted = rng.poisson(rate, (80, 364))
    sold, free, left = (np.zeros(wanted.shape) for _ in range(3))
    stock = np.full(80, 12)
    for day in range(364):
        stock = stock + 12 * (day % 7 == 0)
        stock = np.minimum(stock, 20)
        free[:, day] = stock > 0
        sold[:, day] = np.minimum(stock, wanted[:, day])
        stock = stock - sold[:, day]
        left[:, day] = stock > 0
    found = hidden_demand(panel_of(sold, free=free, left=left))
    truth = float((wanted - sold).sum())
    assert truth > 0.08 * wanted.sum()
    assert abs(float(found.skus["hidden"].sum()) - truth) < 0.3 * truth


def test_shop_without_stock_records_says_so() -> None:
    panel = panel_of([[1.0] * 30], free=[[np.nan] * 30])
    found = hidden_demand(panel)
    assert found.hidden_share == 0
    assert found.dark == 1
    assert hidden_findings(found) == []
    assert "demand is taken to be sales" in hidden_words(found)
    for show in (plot_hidden, hidden_table):
        with pytest.raises(CannotTell, match="inventory_daily"):
            show(found)


def test_parameters_have_bounds() -> None:
    with pytest.raises(ParameterError, match="window is 3"):
        hidden_demand(panel_of([[1.0] * 30]), window=3)


@cache
def demo() -> HiddenDemand:
    return hidden_demand(daily_demand(opsbook.open_shop(str(DEMO))))


@cache
def truth() -> np.ndarray:
    panel = demo().panel
    lost = pd.read_parquet(DEMO / "truth" / "unmet_demand.parquet")
    row = pd.Index(panel.skus["sku"]).get_indexer(lost["sku"])
    day = panel.dates.get_indexer(pd.to_datetime(lost["date"]))
    pieces = np.zeros(panel.sold.shape)
    np.add.at(pieces, (row, day), lost["pieces"].to_numpy())
    return pieces


def test_demo_bias_is_at_least_30_per_cent_smaller_than_that_of_sales() -> None:
    """Over all SKU-days, over those that the stock record calls short, and over their SKUs."""
    found, lost = demo(), truth()
    hidden = found.demand - found.panel.sold
    short = found.state > 0
    concerned = (lost.sum(axis=1) > 0)[:, None] & np.ones(lost.shape, bool)
    for part in (np.ones(lost.shape, bool), short, found.state == 1, concerned):
        wanted, said = lost[part].sum(), float(hidden[part].sum())
        assert abs(said - wanted) <= 0.7 * wanted


def test_demo_error_by_sku_and_day_is_smaller_than_that_of_sales() -> None:
    found, lost = demo(), truth()
    hidden = found.demand - found.panel.sold
    assert ((hidden - lost) ** 2).sum() < (lost**2).sum()
    by_sku = np.abs(hidden.sum(axis=1) - lost.sum(axis=1)).sum()
    assert by_sku < 0.7 * lost.sum()


def test_demand_is_never_below_sales_and_tables_reconcile() -> None:
    found = demo()
    assert (found.demand >= found.panel.sold).all()
    total = float((found.demand - found.panel.sold).sum(dtype=np.float64))
    assert found.skus["hidden"].sum() == pytest.approx(total, rel=1e-4)
    months = hidden_months(found)
    by_kind = months[["empty", "ran_out", "partly"]].to_numpy().sum()
    assert by_kind == pytest.approx(total, rel=1e-4)
    assert months["wanted"].sum() == pytest.approx(float(found.demand.sum(dtype=np.float64)))


def test_a_part_of_the_days_sums_to_its_part() -> None:
    found = demo()
    cut = date(2025, 11, 1)
    late = found.since(cut)
    assert late.panel.dates[0] == pd.Timestamp(cut)
    early = float(found.skus["hidden"].sum()) - float(late.skus["hidden"].sum())
    before = found.panel.dates < pd.Timestamp(cut)
    hidden = (found.demand - found.panel.sold)[:, before]
    assert early == pytest.approx(float(hidden.sum(dtype=np.float64)), rel=1e-3)


def test_interval_holds_the_estimate_and_widens_with_confidence() -> None:
    year = last_year(demo())
    narrow, wide = hidden_interval(year, level=0.5), hidden_interval(year, level=0.99)
    for row in ("pieces", "share", "margin"):
        assert wide.loc[row, "low"] < narrow.loc[row, "low"]
        assert narrow.loc[row, "high"] < wide.loc[row, "high"]
        assert wide.loc[row, "low"] < wide.loc[row, "value"] < wide.loc[row, "high"]
    with pytest.raises(ParameterError, match="level"):
        hidden_interval(year, level=1.0)


def test_demo_is_told_in_money_with_what_to_do() -> None:
    found = demo()
    notes = hidden_findings(found)
    assert notes[0].id == "E13"
    assert notes[0].money == pytest.approx(-last_year(found).lost_margin)
    assert notes[0].money is not None
    assert notes[0].money < 0
    assert "SKUs" in notes[0].action
    chart = plot_hidden(found)
    assert "of demand met an empty shelf" in chart.title
    assert chart.svg()
    assert "SKUs had hidden demand" in hidden_table(found).html()
