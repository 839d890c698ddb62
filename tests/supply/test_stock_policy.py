"""Policies per product: every product has a row, the odd ones say why they have no levels."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from policy_shop import DAYS, START, frames

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.supply.forecast import forecast
from opsbook.supply.lead_times import lead_times
from opsbook.supply.policy_tables import policy_table
from opsbook.supply.stock_policy import left_out_words, policies

END = START + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def made():
    tables = frames(np.random.default_rng(8))
    # A product whose supplier has never delivered, one nobody wants, and one without a cost.
    tables["products"] = tables["products"].assign(
        unit_cost=tables["products"]["unit_cost"].where(tables["products"]["sku"] != "s05")
    )
    lines = tables["order_lines"]
    tables["order_lines"] = lines.assign(unit_cost=lines["unit_cost"].where(lines["sku"] != "s05"))
    late = (
        lines["sku"].eq("s07")
        & tables["orders"]["order_ts"].gt(pd.Timestamp(END) - pd.Timedelta(days=250)).to_numpy()
    )
    tables["orders"] = tables["orders"][~late.to_numpy()]
    tables["order_lines"] = tables["order_lines"][~late.to_numpy()]
    po = tables["purchase_orders"]
    po.loc[po["sku"] == "s03", "supplier_id"] = "NEW"
    po.loc[po["sku"] == "s03", "received_date"] = pd.NaT
    shop = shop_of(**tables)
    return shop, forecast(shop), lead_times(shop)


@pytest.fixture(scope="module")
def table(made):
    return policies(*made)


def test_every_product_has_one_row(made, table):
    assert sorted(table["sku"]) == sorted(made[1].panel.skus["sku"])
    assert set(table["left_out"]) <= {"", "off_sale", "no_demand"}


def test_levels_fit_together(table):
    got = table[table["left_out"] == ""]
    assert (got["up_to"] == got["reorder_point"] + got["order_quantity"]).all()
    assert got["safety_stock"].to_numpy() == pytest.approx(
        (got["reorder_point"] - got["protect_mean"]).to_numpy()
    )
    assert (got["order_quantity"] >= 1).all()
    position = got["stock_now"] + got["on_way"]
    asked = got["order_now"] > 0
    assert (asked == (position <= got["reorder_point"])).all()
    after = position + got["order_now"]
    assert (after[asked] > got["reorder_point"][asked]).all()
    assert (after[asked] <= (got["reorder_point"] + got["order_quantity"])[asked]).all()


def test_the_whole_reaches_the_target(table):
    got = table[table["left_out"] == ""]
    served = (got["fill_rate"] * got["daily"]).sum() / got["daily"].sum()
    assert served == pytest.approx(0.97, abs=0.01)


def test_the_lead_times_spread_is_in_the_protection(made):
    shop, ahead, leads = made
    calm = policies(shop, ahead, leads.assign(sd_days=0.0)).set_index("sku")
    rough = policies(shop, ahead, leads.assign(sd_days=6.0)).set_index("sku")
    sells = calm["left_out"] == ""
    gap = rough["protect_sd"] ** 2 - calm["protect_sd"] ** 2
    daily = calm["protect_mean"] / calm["protect_days"]
    assert gap[sells].to_numpy() == pytest.approx((36 * daily[sells] ** 2).to_numpy())
    assert rough["reorder_point"].sum() > calm["reorder_point"].sum()


def test_a_supplier_without_a_delivery_gets_the_shops_lead_time(table):
    row = table[table["sku"] == "s03"].iloc[0]
    assert row["supplier_id"] == "NEW"
    assert np.isfinite(row["lead_days"])


def test_a_cost_nobody_knows_and_no_sale_for_months_are_said(table):
    words = left_out_words(table)
    assert "1 without a unit cost" in words
    row = table[table["sku"] == "s07"].iloc[0]
    assert row["left_out"] != "" or row["daily"] < 0.05
    if row["left_out"]:
        assert row["order_now"] == row["up_to"] == 0


def test_without_lead_times_they_are_an_assumption(made):
    shop, ahead, _ = made
    got = policies(shop, ahead, None)
    assert got["assumed_lead"].all()
    assert (got["lead_days"] == 7).all()
    assert "assumed lead time" in left_out_words(got)


def test_a_target_by_class_is_followed(made):
    shop, ahead, leads = made
    target = pd.Series({"A": 0.99, "B": 0.95, "C": 0.8})
    got = policies(shop, ahead, leads, target=target)
    got = got[got["left_out"] == ""]
    served = (got["fill_rate"] * got["daily"]).groupby(got["abc"]).sum()
    served = served / got["daily"].groupby(got["abc"]).sum()
    assert served["A"] > served["B"] > served["C"]


def test_source_line_is_a_week_of_the_last_month(made, table):
    panel = made[1].panel
    at = int(np.flatnonzero(panel.skus["sku"] == "s01")[0])
    want = panel.sold[at, -30:].sum() / 30 * 7
    assert table.set_index("sku").loc["s01", "source_line"] == pytest.approx(want)


def test_a_target_that_is_none_is_refused(made):
    for bad in ({"target": 97.0}, {"review_days": 0}, {"order_cost": -1.0}):
        with pytest.raises(ParameterError, match="use"):
            policies(*made, **bad)


def test_shown_in_both_languages(table):
    for lang in ("en", "zh"):
        with speaking(lang):
            assert "<table" in policy_table(table, "CNY").html()


def test_without_a_forecast_it_is_said(made):
    with pytest.raises(CannotTell, match="section on demand"):
        policies(made[0], None, made[2])
