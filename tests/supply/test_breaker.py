"""The circuit-breaker: who will run out, what to do, and whether such calls came true."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.supply.breaker import CAUSES, STATES, breaker
from opsbook.supply.breaker_calls import Calls, Line, calls_of, checked_calls, line_up
from opsbook.supply.breaker_chart import (
    breaker_table,
    breaker_words,
    calls_table,
    options_table,
    plot_breaker,
    plot_calls,
)
from opsbook.supply.breaker_findings import breaker_findings
from opsbook.supply.breaker_options import breaker_options
from opsbook.supply.breaker_walk import Arrivals, Race
from opsbook.supply.substitutes import substitutes_of

START, DAYS = date(2025, 1, 6), 240
LAST = START + timedelta(days=DAYS - 1)


def frames(*, stock=True):
    """Ten products; the first sells double in the last week and nothing is on the way to it.

    The second is sold out, the third is promoted and short, the others have plenty.
    """
    rng = np.random.default_rng(3)
    dates = [START + timedelta(days=k) for k in range(DAYS)]
    lines, shelf, bought = [], [], []
    for k in range(10):
        sku, here = f"s{k}", 40
        rate = np.full(DAYS, 1.5)
        if k == 0:
            rate[-7:] = 6.0
        for n, when in enumerate(dates):
            if n % 10 == k and n < DAYS - 12:
                placed = when - timedelta(days=5)
                bought.append((f"p{k}-{n}", "V", sku, placed, when, when, 15))
                here = min(here + 15, 45)
            sold = min(int(rng.poisson(rate[n])), here)
            here -= sold
            if n == DAYS - 1:
                here = {0: 6, 1: 0, 2: 9}.get(k, 60)
            if sold:
                price = 16.0 if k == 2 and n > DAYS - 5 else 20.0
                lines.append((f"o{k}-{n}", when, sku, sold, price, 20.0, 8.0))
            shelf.append((when, sku, "H", here))
    bought.append(("late", "V", "s1", LAST - timedelta(days=9), LAST - timedelta(days=3), None, 30))
    names = ["order_id", "order_ts", "sku", "qty", "paid_price", "list_price", "unit_cost"]
    table = pd.DataFrame(lines, columns=names)
    table["order_ts"] = pd.to_datetime(table["order_ts"]) + pd.Timedelta(hours=10)
    po = ["po_id", "supplier_id", "sku", "order_date", "promised_date", "received_date", "qty"]
    out = {
        "orders": table[["order_id", "order_ts"]].assign(status="completed"),
        "order_lines": table.drop(columns="order_ts").assign(line_id="1"),
        "products": pd.DataFrame(
            {
                "sku": [f"s{k}" for k in range(10)],
                "category": ["x"] * 8 + ["y"] * 2,
                "list_price": 20.0,
                "unit_cost": 8.0,
                "launch_date": START - timedelta(days=30),
            }
        ),
        "purchase_orders": pd.DataFrame(bought, columns=po),
    }
    if stock:
        rows = pd.DataFrame(shelf, columns=["date", "sku", "warehouse_id", "on_hand"])
        out["inventory_daily"] = rows.assign(reserved=0)
    return out


@pytest.fixture(scope="module")
def found():
    return breaker(shop_of(**frames()), past_days=120)


def test_products_that_will_not_last_are_called_and_no_others(found):
    states = found.table.set_index("sku")["state"].to_dict()
    assert states["s1"] == "sold_out"
    assert states["s0"] in ("presale", "watch", "stop")
    assert set(states) <= {"s0", "s1", "s2"}
    assert set(found.table["state"]) <= set(STATES)
    assert set(found.table["cause"]) <= set(CAUSES)
    assert found.looked_at + found.quiet + found.unrecorded == 10


def test_the_cause_is_told(found):
    causes = found.table.set_index("sku")["cause"]
    assert causes["s0"] == "ahead"
    assert causes["s1"] == "overdue"


def test_sales_beyond_plan_are_measured_against_the_plan_made_before(found):
    row = found.table.set_index("sku").loc["s0"]
    assert row["sold"] > 1.5 * row["plan"]
    assert row["plan_chance"] < 0.05
    # 6 pieces are left of what was there.
    assert row["sell_through"] == pytest.approx(row["sold"] / (row["sold"] + 6))


def test_money_is_missing_pieces_times_margin(found):
    row = found.table.set_index("sku").loc["s0"]
    assert row["lost_margin"] == pytest.approx(row["lost_pieces"] * 12)
    assert row["per_day"] == pytest.approx(row["lost_margin"] / row["days"])


def test_substitutes_are_of_the_category_and_are_not_called_themselves(found):
    offered = set(found.substitutes["substitute"])
    assert offered
    assert offered <= {f"s{k}" for k in range(3, 8)}


def test_a_shop_without_stock_record_is_told_why():
    with pytest.raises(CannotTell, match="no stock record"):
        breaker(shop_of(**frames(stock=False)))


@pytest.mark.parametrize("kept", [0, 5])
def test_a_shop_with_few_or_no_purchase_orders_is_looked_at_all_the_same(kept):
    tables = frames()
    orders = tables["purchase_orders"].sort_values("order_date").tail(kept)
    tables["purchase_orders"] = orders
    if not kept:
        del tables["purchase_orders"]
    few = breaker(shop_of(**tables), past_days=60)
    assert few.table.set_index("sku").loc["s1", "state"] == "sold_out"
    assert few.looked_at + few.quiet + few.unrecorded == 10


def test_thresholds_that_do_not_rise_are_refused():
    with pytest.raises(ParameterError, match="must rise"):
        breaker(shop_of(**frames()), watch=0.9, stop=0.5)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_tables_charts_and_findings_in_both_languages(found, lang):
    with speaking(lang):
        assert breaker_words(found)
        options = breaker_options(found)
        for table in (breaker_table(found), calls_table(found), options_table(options, "CNY")):
            assert table is not None
            assert "<table" in table.html()
        notes = breaker_findings(found)
        assert plot_breaker(found).figure(phone=True)
        assert plot_calls(found).figure(phone=True)
    assert notes[0].money == pytest.approx(-found.lost_margin)
    assert notes[1].money == pytest.approx(
        -found.table.loc[found.table["cause"] == "ahead", "lost_margin"].sum()
    )


def test_presale_saves_the_share_that_waits(found):
    options = breaker_options(found, waits=0.25, switches=0.0).set_index("option")
    assert options.loc["presale", "saved"] == pytest.approx(0.25 * found.lost_margin)
    assert options.loc["both", "saved"] == pytest.approx(options.loc["presale", "saved"])
    more = breaker_options(found, waits=0.25, switches=1.0).set_index("option")
    assert more.loc["both", "saved"] > options.loc["both", "saved"]
    with pytest.raises(ParameterError):
        breaker_options(found, waits=2.0)


# --- the test on the past ---------------------------------------------------------------


def test_a_call_is_right_if_an_evening_before_the_receipt_is_empty():
    stock = np.array([[5, 3, 0, 9, 9], [5, 4, 3, 0, 9], [5, 5, 5, 5, 5], [5, 0, 5, 5, 5]], float)
    panel = SimpleNamespace(stock=stock, dates=range(5))
    # Goods come on day 3 to all but the last, whose receipt lies beyond the data.
    came = np.array([3.0, 3.0, 3.0, np.nan])
    n = np.full(4, 3)
    coming = Arrivals(n, n * 0.0, n > 0, n < 0, came)
    chance = np.full(4, 0.5)
    calls = calls_of(panel, Race(stock[:, 0], *[chance] * 5), coming, 0)
    assert calls.row.tolist() == [0, 1, 2]
    # The second is empty on the evening of the receipt only: no orders were lost before it.
    assert calls.ran_out.tolist() == [True, False, False]


def said(rng, days=40, products=200, shift=0.0):
    """Chances said, and what happens with odds that differ from them by a shift."""
    out = []
    for _ in range(days):
        chance = rng.beta(0.6, 4, products)
        odds = np.log(chance / (1 - chance)) + shift
        out.append(
            Calls(np.arange(products), chance, rng.random(products) < 1 / (1 + np.exp(-odds)))
        )
    return out


def test_chances_that_are_too_high_are_brought_in_line():
    rng = np.random.default_rng(5)
    every = said(rng, shift=-1.0)
    line = line_up(
        np.concatenate([c.chance for c in every]), np.concatenate([c.ran_out for c in every])
    )
    assert line.shift == pytest.approx(-1.0, abs=0.15)
    assert line.slope == pytest.approx(1.0, abs=0.08)
    test = checked_calls(every, 0.2, 200)
    inside = (test.table["said"] > test.table["ran_low"]) & (
        test.table["said"] < test.table["ran_high"]
    )
    assert inside.sum() >= 4
    assert test.false_share == pytest.approx(1 - test.said, abs=0.06)


def test_too_few_cases_leave_the_chances_as_they_are():
    assert line_up(np.full(30, 0.5), np.arange(30) < 5) == Line()
    assert np.isnan(Line().of(np.array([np.nan]))).all()
    assert Line().of(np.array([0.3])) == pytest.approx(0.3)


def test_nothing_looked_at_gives_no_test():
    assert checked_calls([], 0.2, 5) is None


def test_false_alarms_and_misses_are_counted_on_the_newer_half():
    ten = np.arange(10)
    older = Calls(ten, np.full(10, 0.01), ten < 0)
    # Four called, one of them right; two ran out that were not called.
    newer = Calls(ten, np.where(ten < 4, 0.5, 0.1), np.isin(ten, [0, 8, 9]))
    test = checked_calls([older, newer], 0.2, 10)
    assert (test.calls, test.days) == (4, 1)
    assert test.false_share == 0.75
    assert test.missed_share == pytest.approx(2 / 3)


def test_a_dear_or_scarce_product_is_no_substitute():
    skus = pd.DataFrame({"sku": list("abcd"), "category": "x", "list_price": 10.0})
    price = np.array([[10.0], [11.0], [15.0], [10.5]])
    panel = SimpleNamespace(skus=skus, price=price, on_sale=np.ones((4, 1), bool))
    mean = np.array([5.0, 5, 5, 5])
    now = Race(
        np.array([1.0, 30, 30, 6]), mean, np.sqrt(mean), np.array([0.9, 0, 0, 0.1]), mean, mean
    )
    found = substitutes_of(panel, now, pd.Series(["a"]), watch=0.2, near_price=0.25)
    # c costs half as much again, d needs its six pieces itself.
    assert found["substitute"].tolist() == ["b"]
    # 30 less 5 expected less 1.28 x 2.24.
    assert found["free"].tolist() == [22]
