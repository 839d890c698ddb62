"""Stock before and during an event: need, risk by hand, and what was lost."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import opsbook
from made_shop import shop_of
from opsbook.campaign.actions import actions_of, smart_check
from opsbook.campaign.attainment import attainment
from opsbook.campaign.event import event_of
from opsbook.campaign.memory_measures import event_measures
from opsbook.campaign.stock_ahead import run_out
from opsbook.campaign.stock_check import stock_ahead
from opsbook.campaign.stock_check_chart import (
    ahead_table,
    ahead_words,
    lost_table,
    plot_ahead,
    plot_lost,
)
from opsbook.campaign.stock_check_findings import stock_findings
from opsbook.campaign.stock_lost import stock_lost
from opsbook.errors import CannotTell, ParameterError

START = pd.Timestamp("2025-01-06")
DAYS = 420
SALE = 390


def shop(*, factor: float = 3.0, cut_off: int | None = None, last: int = DAYS):
    """Two products at about 4 a day; sales on days 25-31 (last year) and 390-396.

    Product b runs empty on ``cut_off`` and stays so.
    """
    rng = np.random.default_rng(4)
    days = np.arange(DAYS)
    sale = ((days >= 25) & (days < 32)) | ((days >= SALE) & (days < SALE + 7))
    rows, stock = [], []
    for sku in "ab":
        pieces = rng.poisson(np.where(sale, 4 * factor, 4.0))
        if sku == "b" and cut_off is not None:
            pieces[cut_off:] = 0
        for day, n in zip(days[:last], pieces[:last], strict=True):
            rows += [(f"{sku}{day}-{k}", day, sku) for k in range(n)]
            empty = sku == "b" and cut_off is not None and day >= cut_off - 1
            stock.append((START + pd.Timedelta(days=int(day)), sku, 0.0 if empty else 30.0))
    frame = pd.DataFrame(rows, columns=["order_id", "day", "sku"])
    orders = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "order_ts": START + pd.to_timedelta(frame["day"], unit="D") + pd.Timedelta(hours=9),
        }
    )
    lines = frame[["order_id", "sku"]].assign(qty=1.0, paid_price=20.0, unit_cost=12.0)
    begins = [START + pd.Timedelta(days=d) for d in (25, SALE)]
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["S1", "S2"], "name": ["Spring sale 2025", "Spring sale 2026"],
            "type": "mega-sale", "start_date": begins,
            "end_date": [b + pd.Timedelta(days=6) for b in begins],
        }
    )  # fmt: skip
    inventory = pd.DataFrame(stock, columns=["date", "sku", "on_hand"]).assign(
        warehouse_id="w", in_transit=0.0
    )
    products = pd.DataFrame({"sku": ["a", "b"], "category": "c", "unit_cost": 12.0})
    return shop_of(
        orders=orders, order_lines=lines, campaigns=campaigns, inventory_daily=inventory,
        products=products,
    )  # fmt: skip


def test_missing_pieces_by_hand():
    # Exponential demand of mean 10 and a stock of 10: e^-1 runs out, 10 e^-1 are missing.
    chance, missing = run_out(np.array([10.0]), np.array([10.0]), np.array([10.0]))
    assert chance[0] == pytest.approx(np.exp(-1))
    assert missing[0] == pytest.approx(10 * np.exp(-1))


def test_missing_pieces_agree_with_a_simulation():
    rng = np.random.default_rng(1)
    demand = rng.gamma(40**2 / 15**2, 15**2 / 40, 200_000)
    chance, missing = run_out(np.array([40.0]), np.array([15.0]), np.array([45.0]))
    assert chance[0] == pytest.approx((demand > 45).mean(), abs=0.005)
    assert missing[0] == pytest.approx(np.maximum(demand - 45, 0).mean(), rel=0.02)


def test_need_is_the_level_times_how_busy_last_years_event_was():
    s = shop()
    found = stock_ahead(s, event_of(s, "S2"))
    assert found.basis == "last_year"
    # 7 days x 4 pieces x 3, from counts: a tenth either way is luck.
    assert found.frame["need"].tolist() == pytest.approx([84, 84], rel=0.15)
    # 30 there against 84: both are at risk, and the order fills the gap.
    assert found.frame["at_risk"].all()
    assert (found.frame["order"] >= 54).all()
    assert found.frame["stake"].to_numpy() == pytest.approx(found.frame["missing"].to_numpy() * 8.0)


def test_only_what_was_known_that_morning_is_used():
    before, after = shop(last=SALE), shop()
    one = stock_ahead(before, event_of(before, "S2"))
    two = stock_ahead(after, event_of(after, "S2"))
    assert one.frame["need"].to_numpy() == pytest.approx(two.frame["need"].to_numpy())
    assert one.demand != one.demand
    assert two.demand == pytest.approx(168, rel=0.2)


def test_an_event_to_come_asks_for_an_order_and_a_past_one_does_not():
    before, after = shop(last=SALE), shop()
    asked = stock_findings(stock_ahead(before, event_of(before, "S2")))
    assert [f.id for f in asked] == ["E13"]
    assert asked[0].money < 0
    assert stock_findings(stock_ahead(after, event_of(after, "S2"))) == []


def test_lost_sales_of_an_empty_shelf_are_priced():
    s = shop(cut_off=SALE + 3)
    found = stock_lost(s, event_of(s, "S2"))
    # b is gone on four of seven days: four days x 12 pieces x 8 of margin, of which a's own
    # days tell how busy they were.
    assert found.pieces[0] == pytest.approx(48, rel=0.3)
    assert found.margin[0] == pytest.approx(8 * found.pieces[0], rel=0.01)
    assert found.frame["sku"].tolist() == ["b"]
    assert found.frame["first_out"].iloc[0] >= START + pd.Timedelta(days=SALE + 2)
    assert found.daily["lost"].sum() == pytest.approx(found.margin[0], rel=0.01)
    assert stock_findings(lost=found)[0].money == pytest.approx(-found.margin[0])


def test_empty_shelves_become_an_action_that_the_next_run_can_judge():
    s = shop(cut_off=SALE + 3)
    event = event_of(s, "S2")
    lost, values = stock_lost(s, event), event_measures(s, attainment(s, event))
    today, again = date(2026, 3, 1), date(2027, 2, 1)
    made = actions_of(stock_findings(lost=lost), today, next_event=again, baselines=values)
    assert (made[0].measure, made[0].due) == ("stock_lost", date(2027, 1, 31))
    assert made[0].baseline == pytest.approx(lost.share[0])
    # Fewer is better: a tenth less is proposed.
    assert made[0].target == pytest.approx(0.9 * lost.share[0])
    assert smart_check(made, today)["smart"].all()
    full = shop()
    assert event_measures(full, attainment(full, event_of(full, "S2")))["stock_lost"] == 0


def test_full_shelves_lose_nothing():
    s = shop()
    found = stock_lost(s, event_of(s, "S2"))
    assert found.pieces[0] == 0
    assert stock_findings(lost=found) == []
    assert "No sale was lost" in plot_lost(found).title


def test_a_shop_without_stock_records_cannot_tell():
    s = shop()
    bare = shop_of(
        orders=s.orders.execute(), order_lines=s.order_lines.execute(),
        campaigns=s.campaigns.execute(),
    )  # fmt: skip
    for check in (stock_ahead, stock_lost):
        with pytest.raises(CannotTell, match="inventory_daily"):
            check(bare, event_of(bare, "S2"))


def test_a_check_too_early_in_the_data_cannot_tell():
    s = shop()
    with pytest.raises(CannotTell, match="four weeks"):
        stock_ahead(s, event_of(s, "S1"))
    with pytest.raises(ParameterError, match="risk"):
        stock_ahead(s, event_of(s, "S2"), risk=0.0)


def test_demo_events_show_and_speak():
    s = opsbook.open_shop("demo")
    event = event_of(s, "K067")
    ahead, lost = stock_ahead(s, event), stock_lost(s, event)
    for chart in (plot_ahead(ahead), plot_lost(lost)):
        assert chart.svg().startswith("<svg")
    for table in (ahead_table(ahead), lost_table(lost)):
        assert "nan" not in table.html()
    assert "nan" not in ahead_words(ahead)
    assert len(stock_findings(ahead, lost)) == 2
