"""Movement between segments: who is where at two dates, counted by hand and adding up."""

from datetime import timedelta

import numpy as np
import pytest
from line_shops import MONDAY, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.movement import movement
from opsbook.lifecycle.movement_chart import (
    flows_table,
    matrix_table,
    movers_table,
    plot_follow_up,
    plot_movement,
)
from opsbook.lifecycle.rfm import RfmRules, rfm
from opsbook.lifecycle.rfm_findings import rfm_findings

RULES = RfmRules(
    window_days=100, recency=(10, 20, 30, 40), frequency=(2, 3, 4, 5), monetary=(20, 30, 40, 50)
)
END = MONDAY + timedelta(days=200)


def row(customer: str, day: int, price: float = 20.0) -> dict:
    return {"day": day, "price": price, "customer": customer}


def hand_made():
    rows = []
    # "best" buys every five days up to day 148: champion then, silent 51 days by day 200.
    rows += [row("best", d) for d in range(103, 149, 5)]
    # "first" buys once, on day 195; "back" on day 1 and 196; "gone" on day 60 only.
    rows += [row("first", 195), row("back", 1), row("back", 196), row("gone", 60)]
    # "same" buys every nine days throughout.
    rows += [row("same", d) for d in range(1, 200, 9)]
    return shop_of_lines(rows)


def test_each_customer_goes_where_the_hand_says():
    found = movement(hand_made(), END, back_days=50, rules=RULES)
    where = found.customers.set_index("customer_id")
    assert where["before"].to_dict() == {
        "back": "returned", "best": "champions", "first": "first", "gone": "lost",
        "same": "champions",
    }  # fmt: skip
    assert where.loc["best", ["after", "direction"]].tolist() == ["cant_lose", "down"]
    assert where.loc["gone", ["after", "direction"]].tolist() == ["left", "left"]
    assert where.loc["same", ["after", "direction"]].tolist() == ["champions", "same"]
    assert where.loc[["first", "back"], "direction"].tolist() == ["first", "returned"]


@pytest.fixture(scope="module")
def busy():
    rng = np.random.default_rng(3)
    people = rng.integers(0, 160, 900)
    days = rng.integers(0, 200, 900)
    return shop_of_lines([row(f"c{c}", d, 5.0 + c % 30) for c, d in zip(people, days, strict=True)])


def test_matrix_adds_up_to_the_segments_at_both_dates(busy):
    rules = RfmRules(window_days=100)
    found = movement(busy, END, back_days=50, rules=rules)
    now = rfm(busy, END, rules)
    for by in ("segment", "class"):
        table = found.matrix(by)
        frame = now.segments if by == "segment" else now.classes
        assert table.sum()[:-1].tolist() == frame["customers"].tolist()
        money = found.matrix(by, "money_after").sum()[:-1]
        assert money.tolist() == pytest.approx(frame["money"].tolist())
    then = rfm(busy, END - timedelta(days=50), RfmRules(
        window_days=100, recency=tuple(-b for b in reversed(found.bounds["recency_days"])),
        frequency=(2, 3, 4, 5), monetary=found.bounds["monetary"]))  # fmt: skip
    assert found.matrix().sum(axis=1)[:-2].sum() == len(then.customers)
    flows = found.flows()
    assert flows["customers"].sum() == len(found.customers) == found.matrix().to_numpy().sum()
    # Money of the later base less that of the earlier one is what the flows explain.
    assert flows["change"].sum() == pytest.approx(now.money - then.money)
    for direction, n in zip(flows["direction"], flows["customers"], strict=True):
        assert len(found.movers(direction)) == n


def test_no_move_is_made_by_the_yardstick():
    # Everybody doubles his spend: with bounds of each date's own nobody would have moved up.
    rows = [row("early", 0)] + [row(f"c{i}", 90 + i % 5, 10.0 + i) for i in range(20)]
    rows += [row(f"c{i}", 190 + i % 5, 2 * (10.0 + i)) for i in range(20)]
    found = movement(shop_of_lines(rows), END, back_days=100, rules=RfmRules(window_days=90))
    place = found.customers.set_index("customer_id")
    assert (place["money_after"] == 2 * place["money_before"]).all()
    assert (place["before_class"] == "low_value").sum() > (
        place["after_class"] == "low_value"
    ).sum()


def test_follow_up_counts_who_bought_between_the_dates():
    follow = movement(hand_made(), END, back_days=50, rules=RULES).follow_up()
    champions = follow.set_index("segment").loc["champions"]
    # best and same were champions; only same bought after day 150.
    assert (champions["customers"], champions["bought"], champions["share"]) == (2, 1, 0.5)
    assert 0 < champions["low"] < 0.5 < champions["high"] < 1
    # Days 154, 163 ... 199: six purchases of 20 for two customers.
    assert champions["per_customer"] == pytest.approx(60)


def test_too_short_a_past_shortens_both_windows_or_is_said(busy):
    found = movement(busy, END, back_days=150, rules=RfmRules(window_days=100))
    assert found.shortened and found.then.days == found.now.days == 50
    assert "look back 50 days only" in found.words()
    with pytest.raises(CannotTell, match="only 10 days of data"):
        movement(busy, END, back_days=190, rules=RfmRules(window_days=100))
    with pytest.raises(ParameterError, match="back_days 0"):
        movement(busy, END, back_days=0)


def test_wrong_words_are_named(busy):
    found = movement(busy, END, back_days=50, rules=RULES)
    with pytest.raises(ParameterError, match="no movement"):
        found.matrix("tier")
    with pytest.raises(ParameterError, match='direction "sideways"'):
        found.movers("sideways")


def test_charts_tables_and_findings_tell_the_money(busy):
    rules = RfmRules(window_days=100)
    moved = movement(busy, END, back_days=50, rules=rules)
    for chart in (plot_movement(moved), plot_follow_up(moved)):
        assert chart.title and chart.alt
        assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
    assert "total" in matrix_table(moved).html()
    assert "moved down" in flows_table(moved).html()
    assert movers_table(moved).caption.startswith("moved down")
    found = rfm_findings(rfm(busy, END, rules), moved)
    assert {f.id for f in found} == {"B02"}
    for finding in found:
        assert finding.money is None or np.isfinite(finding.money)
        assert finding.money_basis
        assert finding.chapter == "lifecycle/B02-rfm" and "nan" not in str(finding).lower()
