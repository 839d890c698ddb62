"""Sprawl: cash added up by hand, four signals, no look ahead, healthy growth not called."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.cash_ahead import cash_ahead, cash_path
from opsbook.supply.range_findings import sprawl_findings
from opsbook.supply.range_weeks import payable_days, range_weeks
from opsbook.supply.sprawl import SprawlLimits, looks, sprawl, sprawl_index
from opsbook.supply.sprawl_chart import plot_cash_ahead, plot_sprawl, sprawl_table

START = date(2024, 1, 1)


def weekly_shop(skus, ordered, weeks=60, sales=100.0, wait=14):
    """A shop of whole weeks: SKUs with stock and goods ordered, by week."""
    rows, orders, lines, buys = [], [], [], []
    for w in range(weeks):
        first = START + timedelta(weeks=w)
        rows += [
            {"date": first + timedelta(days=d), "sku": f"s{i}", "warehouse_id": "W", "on_hand": 1.0}
            for i in range(skus(w))
            for d in ((0, 6) if w == 0 else (6,))
        ]
        orders.append({"order_id": f"o{w}", "order_ts": pd.Timestamp(first)})
        lines.append({"order_id": f"o{w}", "line_id": "1", "sku": "s0", "qty": 10.0,
                      "paid_price": sales / 10, "unit_cost": sales / 20})  # fmt: skip
        buys.append({"po_id": f"p{w}", "supplier_id": "S", "sku": "s0", "order_date": first,
                     "qty": ordered(w), "price": 1.0,
                     "paid_date": first + timedelta(days=wait)})  # fmt: skip
    most = max(skus(w) for w in range(weeks))
    products = pd.DataFrame({"sku": [f"s{i}" for i in range(most)], "unit_cost": 5.0})
    frames = [pd.DataFrame(v) for v in (rows, orders, lines, buys)]
    names = ("inventory_daily", "orders", "order_lines", "purchase_orders")
    return shop_of(products=products, **dict(zip(names, frames, strict=True)))


def end(weeks):
    return START + timedelta(weeks=weeks)


@pytest.fixture(scope="module")
def blown():
    return weekly_shop(
        lambda w: 20 if w < 52 else 20 + 8 * (w - 51), lambda w: 50.0 if w < 52 else 400.0
    )


@pytest.fixture(scope="module")
def calm():
    return weekly_shop(lambda w: 20 + w // 20, lambda w: 50.0)


def test_weeks_hold_what_was_counted_by_hand(blown):
    found = range_weeks(blown, end(60))
    assert len(found) == 60
    last = found.iloc[-1]
    assert (last["skus"], last["stock"], last["sales"], last["cogs"]) == (84, 420.0, 100.0, 50.0)
    assert (last["ordered"], last["paid"], last["launched"]) == (400.0, 400.0, 8.0)
    assert found["fresh_sales"].iloc[25] == 100.0
    assert found["fresh_sales"].iloc[26] == 0.0
    assert payable_days(blown, end(60)) == 14


def test_cash_path_by_hand():
    weeks = pd.DataFrame({"sales": [100.0, 100.0, 50.0], "paid": [0.0, 90.0, 60.0]})
    # 20 + 70; + 70 - 90; + 35 - 60.
    assert cash_path(weeks, 20.0, 0.3).tolist() == pytest.approx([90.0, 70.0, 45.0])


def test_projection_pays_what_is_owed_first_and_then_todays_pace():
    weeks = pd.DataFrame({
        "sales": [100.0] * 20, "cogs": [50.0] * 20, "ordered": [50.0] * 18 + [200.0] * 2,
        "stock": [500.0] * 20,
    })  # fmt: skip
    found = cash_ahead(weeks, end(20), wait=14, horizon=4, operating=0.3, cash=300.0,
                       assumed=False, pace_weeks=2)  # fmt: skip
    # Owed: two weeks of 200. Then pace 200. Each week + 70.
    assert found.table["payments"].tolist() == [200.0] * 4
    assert found.table["cash"].tolist() == pytest.approx([170.0, 40.0, -90.0, -220.0])
    assert found.weeks_left == 3
    # Stopping today still pays what is owed, then only what sells: 50.
    assert found.table["cash_stop"].tolist() == pytest.approx([170.0, 40.0, 60.0, 80.0])
    assert found.saved == pytest.approx(300.0)
    assert found.need == pytest.approx(220.0)
    # Stock 500 + 150 a week, 50 a week sold.
    assert found.table["days"].iloc[-1] == pytest.approx(1100 / (50 / 7))


def test_interval_widens_with_the_scatter_of_orders_and_holds_the_middle():
    rng = np.random.default_rng(3)
    weeks = pd.DataFrame({
        "sales": rng.normal(100, 10, 60), "cogs": [50.0] * 60,
        "ordered": rng.normal(60, 20, 60), "stock": [500.0] * 60,
    })  # fmt: skip
    table = cash_ahead(weeks, end(60), wait=14, horizon=20, operating=0.3, cash=50.0,
                       assumed=True).table  # fmt: skip
    width = (table["high"] - table["low"]).to_numpy()
    assert (np.diff(width) > 0).all()
    assert ((table["low"] < table["cash"]) & (table["cash"] < table["high"])).all()


def test_blown_up_range_is_called_and_before_it_is_not(blown):
    before = sprawl(blown, end(52), cash=300.0)
    assert not before.called
    assert before.ahead.weeks_left is None
    after = sprawl(blown, end(55), cash=300.0)
    assert after.called
    # 20 SKUs four weeks before, 44 now.
    assert after.figure("range") == pytest.approx(44 / 20 - 1)
    note = sprawl_findings(after)[0]
    assert note.money == pytest.approx(-after.ahead.saved)
    assert note.chapter == "supply/C07-sprawl"


def test_calm_shop_is_never_called(calm):
    assert not any(sprawl(calm, look).called for look in looks(end(60), 30)[::6])
    assert sprawl_findings(sprawl(calm, end(60))) == []


def test_growth_that_sells_is_not_called():
    shop = weekly_shop(lambda w: 20 if w < 52 else 20 + 8 * (w - 51), lambda w: 50.0)
    found = sprawl(shop, end(56), cash=300.0)
    # The range grows and nothing more is bought than sells.
    given = found.signals.set_index("signal")["given"]
    assert given["range"]
    assert not given["stock"]
    assert not found.called


def test_a_look_knows_nothing_of_the_weeks_after_it(blown):
    cut = weekly_shop(
        lambda w: 20 if w < 52 else 20 + 8 * (w - 51),
        lambda w: 50.0 if w < 52 else 400.0,
        weeks=55,
    )
    here, there = sprawl(blown, end(55), cash=300.0), sprawl(cut, end(55), cash=300.0)
    pd.testing.assert_frame_equal(here.signals, there.signals)
    pd.testing.assert_frame_equal(here.ahead.table, there.ahead.table)


def test_index_is_one_in_step():
    assert sprawl_index(0.5, 0.5) == pytest.approx(1.0)
    assert np.isnan(sprawl_index(0.5, -1.0))


def test_assumed_cash_is_said_and_lowers_confidence(blown):
    found = sprawl(blown, end(55))
    assert found.ahead.assumed
    assert found.ahead.cash == pytest.approx(800.0)
    assert "8 weeks of sales are assumed" in sprawl_table(found).note


def test_charts_say_the_answer(blown, calm):
    assert "out of hand" in plot_sprawl(sprawl(blown, end(55), cash=300.0)).title
    assert "cash is gone in" in plot_cash_ahead(sprawl(blown, end(55), cash=300.0)).title
    assert "no alarm" in plot_sprawl(sprawl(calm, end(60))).title


def test_short_record_and_bad_limits_are_refused(calm):
    with pytest.raises(CannotTell, match="sprawl needs 26 weeks of stock; 10 are on record"):
        sprawl(calm, end(10))
    with pytest.raises(ParameterError, match="growth 0 is out of range"):
        SprawlLimits(growth=0)
