"""Models side by side: they add up, bounds cover, the budget follows, and truth is not met."""

import json

import numpy as np
import pandas as pd
import pytest
from traffic_shops import spend_frame, walked_shop

import opsbook
from opsbook.demo.build import simulate
from opsbook.errors import ParameterError
from opsbook.language import speaking
from opsbook.traffic.attribution import MODELS, attribute, attribution
from opsbook.traffic.attribution_chart import attribution_table, budget_table, plot_attribution
from opsbook.traffic.attribution_findings import (
    attribution_findings,
    attribution_words,
    budget_words,
)
from opsbook.traffic.journeys import journeys
from opsbook.traffic.paths_table import path_table


def made(spend=None, guests=0, channel=None):
    """60 orders by feed then search, 30 by search alone, 10 by feed alone; 50 lost ones."""
    touches, orders = [], []
    for i in range(60):
        touches += [(f"m{i}", 1.0, channel or "feed"), (f"m{i}", 2.0, channel or "search")]
        orders.append((f"m{i}", 2.5, channel or "search"))
    for kind, n in (("search", 30), ("feed", 10)):
        for i in range(n):
            touches.append((f"{kind}{i}", 3.0, channel or kind))
            orders.append((f"{kind}{i}", 3.5, channel or kind))
    touches += [(f"l{i}", 4.0, channel or ("feed" if i % 2 else "search")) for i in range(50)]
    orders += [(f"g{i}", 5.0, "search") for i in range(guests)]
    orders.append(("end", 99.0, "search"))
    more = {"ad_spend": spend_frame(spend, 100)} if spend else {}
    return walked_shop(touches, orders, **more)


def credited(shop, **options):
    return attribution(shop, journeys(shop), draws=40, **options)


def test_each_model_adds_up_to_the_orders_with_a_path():
    result = credited(made())
    assert result.models == tuple(m for m in MODELS if m != "last_non_direct")
    for model, column in result.wide.items():
        assert column.sum() == pytest.approx(100), model
    value = result.frame.groupby("model")["value"].sum()
    assert value.to_numpy() == pytest.approx(100 * 40)  # margin of an order


def test_last_first_linear_and_shapley_by_hand():
    wide = credited(made()).wide
    assert wide.loc["search", "last"] == 90
    assert wide.loc["search", "first"] == 30
    assert wide.loc["search", "linear"] == wide.loc["search", "shapley"] == 60


def test_budget_follows_the_credited_value():
    result = credited(made(spend={"feed": 300.0, "search": 700.0}))
    budget = result.budget.set_index(["channel", "model"])
    # The data run from day 2 to day 99: 98 of the 100 days of spend, 10 a day.
    assert budget.loc[("search", "last"), "budget"] == pytest.approx(0.9 * 980)
    assert budget.loc[("search", "shapley"), "budget"] == pytest.approx(0.6 * 980)
    assert budget.loc[("search", "shapley"), "shift"] == pytest.approx(-0.3 * 980)
    assert result.budget.groupby("model")["budget"].sum().to_numpy() == pytest.approx(980)
    notes = attribution_findings(result)
    assert notes[0].id == "D06"
    assert "credit, not cause" in notes[0].evidence
    assert notes[0].confidence == "low"


def test_bounds_cover_the_credit_of_the_population():
    rng = np.random.default_rng(8)
    paths = [("a",), ("b",), ("a", "b"), ("b", "a"), ("a", "c", "b"), ("c",)]
    won = np.array([30.0, 50, 80, 20, 40, 10])
    lost = np.array([300.0, 200, 90, 60, 40, 200])
    truth = attribute(path_table(paths, won, lost), models=["markov", "shapley"], draws=0)
    truth = truth.set_index(["model", "channel"])["orders"]
    inside = []
    for _ in range(60):
        drawn = path_table(paths, rng.poisson(won), rng.poisson(lost))
        found = attribute(drawn, models=["markov", "shapley"], draws=60)
        found = found.set_index(["model", "channel"]).loc[truth.index]
        inside.append((found["low"] <= truth) & (truth <= found["high"]))
    # 95 % bounds, 60 tries a cell: 6 cells together, standard error below 2 points.
    assert 0.90 <= np.mean(inside) <= 0.99


def test_one_channel_has_one_answer_and_no_budget():
    result = credited(made(spend={"ads": 10.0}, channel="ads"))
    assert (result.frame["share"] == 1).all()
    assert result.budget.empty
    assert "One channel only" in plot_attribution(result).title
    assert "cannot be said" in budget_words(result)


def test_orders_without_contact_are_a_finding():
    result = credited(made(guests=40))
    notes = attribution_findings(result)
    assert any("no contact on record" in n.statement for n in notes)
    assert "100 of 141 orders" in attribution_words(result)


def test_direct_contacts_can_be_left_out():
    shop = walked_shop(
        [("u", 1, "ads"), ("u", 2, "Direct"), ("v", 1, "Direct")],
        [("u", 3, "x"), ("v", 3, "x"), ("z", 90, "x")],
    )
    kept = credited(shop).wide
    assert kept.loc["Direct"].loc[["last", "last_non_direct"]].tolist() == [2, 1]
    left = credited(shop, drop_direct=True).wide
    assert left.loc["ads", "first"] == left.loc["ads", "last"] == 1


def test_words_say_that_no_model_is_causal():
    assert "No attribution model is causal" in attribution_words(credited(made()))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_section_shows_in_both_languages(lang):
    with speaking(lang):
        result = credited(
            made(spend={"feed": 300.0, "search": 700.0}), tested={"feed": (20.0, 5.0, 35.0)}
        )
        assert "<svg" in plot_attribution(result).svg(phone=True)
        for table in (attribution_table(result), budget_table(result)):
            assert "nan" not in table.html()
        assert budget_words(result)


@pytest.mark.parametrize(
    "options", [{"models": ["lucky"]}, {"level": 0.3}, {"draws": -1}, {"order": 4}]
)
def test_parameters_out_of_bounds_are_said(options):
    with pytest.raises(ParameterError):
        attribute(path_table([("a",)], [1]), **options)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("attribution") / "shop", orders=3000, events="none")


def test_last_touch_errs_as_planted_and_path_models_lie_between(simulated):
    """Shares of the paid channels: path models are nearer to what caused the orders."""
    shop = opsbook.open_shop(simulated)
    truth = pd.read_parquet(simulated / "truth" / "attribution.parquet").set_index("channel")
    wide = attribution(shop, journeys(shop), draws=0).wide.loc[truth.index]
    # Last touch is what the shop's own system records, but for orders that were not paid.
    assert wide["last"].sum() == pytest.approx(truth["last_click_orders"].sum(), rel=0.08)
    shares = wide / wide.sum()
    caused = truth["incremental_orders"] / truth["incremental_orders"].sum()
    off = (shares.sub(caused, axis=0)).abs().sum()
    planted = truth["last_click_orders"] / truth["last_click_orders"].sum() - caused
    assert off["last"] == pytest.approx(planted.abs().sum(), abs=0.06)
    assert off["last"] > 0.35
    for model in ("markov", "shapley", "linear"):
        assert 0.05 < off[model] < 0.75 * off["last"], model
    # No model knows how many orders would have come anyway: all credit far more than caused.
    assert (wide.sum() > 2 * truth["incremental_orders"].sum()).all()
    assert json.loads((simulated / "truth.json").read_text())["paths"]["window_days"] == 30


def test_touchpoints_and_order_numbers_tell_the_same_paths(simulated):
    """The rules by time find the path that the shop recorded with the order's number."""
    shop = opsbook.open_shop(simulated)
    recorded = pd.read_parquet(simulated / "touchpoints.parquet").dropna(subset=["order_id"])
    orders = pd.read_parquet(simulated / "orders.parquet").set_index("order_id")
    paid = orders[~orders["status"].isin(["unpaid", "cancelled"])]
    last = recorded.sort_values("touch_ts").groupby("order_id")["channel"].last()
    expected = last[last.index.isin(paid.index)].value_counts()
    found = attribution(shop, journeys(shop), models=["last"], draws=0).wide["last"]
    assert (found - expected).abs().sum() <= 0.005 * len(paid)
