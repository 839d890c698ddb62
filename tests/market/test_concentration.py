from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shops import MONDAY, shop_of_lines

from opsbook.errors import DataError, ParameterError
from opsbook.market.concentration import concentration
from opsbook.market.lapsed import Lapsed, lapsed_best
from opsbook.market.pareto import concentration_findings, concentration_table, plot_pareto
from opsbook.shop.periods import Period

WEEK = Period(MONDAY, date(2024, 1, 8))


def shop_with(amounts, **more):
    rows = [
        {"day": 0, "sku": f"s{i}", "price": a, "customer": f"c{i}"} for i, a in enumerate(amounts)
    ]
    return shop_of_lines(rows, **more)


def test_hhi_of_four_known_shares():
    # 30 % squared twice is 1800, 20 % squared twice 800: 2600 (project checks).
    assert concentration(shop_with([30, 30, 20, 20]), WEEK).hhi == pytest.approx(2600)


def test_gini_of_five_known_values():
    # Published with many tools: Gini of (1, 2, 3, 4, 10) = 0.4.
    assert concentration(shop_with([1, 2, 3, 4, 10]), WEEK).gini == pytest.approx(0.4)


def test_equal_members_have_gini_zero_and_one_member_is_no_inequality():
    assert concentration(shop_with([5] * 8), WEEK).gini == pytest.approx(0)
    alone = concentration(shop_with([5]), WEEK)
    assert (alone.gini, alone.hhi, alone.half) == (pytest.approx(0), pytest.approx(10_000), 1)


def test_counts_to_half_and_eighty_per_cent_and_top_shares():
    # 50 + 20 + 10 = 80 of 100; the best alone makes exactly half.
    found = concentration(shop_with([50, 20, 10, 8, 5, 3, 2, 1, 0.6, 0.4]), WEEK)
    assert (found.half, found.eighty) == (1, 3)
    # 10 % of 10 members is 1, 20 % is 2; 1 % and 5 % are rounded up to 1.
    assert found.top == pytest.approx({1: 0.5, 5: 0.5, 10: 0.5, 20: 0.7})
    assert found.tail == pytest.approx(0.3)


def test_ten_per_cent_of_thirty_is_three_members():
    assert concentration(shop_with([1.0] * 30), WEEK).top[10] == pytest.approx(3 / 30)


def test_returns_above_purchases_are_left_out_and_counted():
    rows = [
        {"day": 0, "sku": "a", "qty": 1, "price": 60},
        {"day": 0, "sku": "b", "qty": 1, "price": 40},
        {"day": 0, "sku": "c", "qty": -2, "price": 10},
        {"day": 0, "sku": "d", "qty": 1, "price": 0},
    ]
    found = concentration(shop_of_lines(rows), WEEK)
    assert (found.members, found.sales) == (2, pytest.approx(100))
    assert (found.negative, found.negative_sales) == (2, pytest.approx(-20))
    assert found.curve["sales"].max() == pytest.approx(1)


def test_guests_are_left_out_and_their_share_is_told():
    rows = [
        {"day": 0, "sku": "a", "price": 75, "customer": "c1"},
        {"day": 0, "sku": "a", "price": 25, "customer": None},
    ]
    found = concentration(shop_of_lines(rows), WEEK, "customer")
    assert found.members == 1
    assert found.unnamed_share == pytest.approx(0.25)


def test_unsold_products_count_those_launched_and_not_sold():
    products = pd.DataFrame(
        {
            "sku": ["s0", "s1", "idle", "future"],
            "launch_date": [date(2023, 1, 1)] * 3 + [date(2024, 2, 1)],
        }
    )
    found = concentration(shop_with([3, 1], products=products), WEEK)
    assert found.unsold == 1
    assert found.active_share == pytest.approx(2 / 3)


def test_previous_period_is_compared_only_where_the_data_has_it():
    rows = [{"day": d, "sku": s, "price": 10} for d in (0, 7) for s in ("a", "b")]
    shop = shop_of_lines([*rows, {"day": 7, "sku": "a", "price": 10}])
    later = Period(date(2024, 1, 8), date(2024, 1, 15))
    found = concentration(shop, later)
    assert found.before is not None
    assert found.before.hhi == pytest.approx(5000)
    assert found.hhi == pytest.approx(10_000 * (4 + 1) / 9)
    assert concentration(shop, WEEK).before is None
    assert len(concentration_table([found])) == 2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_figures_agree_with_a_plain_computation(amounts):
    found = concentration(shop_with([float(a) for a in amounts]), WEEK)
    ordered, total = sorted(amounts, reverse=True), sum(amounts)
    n = len(amounts)
    assert found.hhi == pytest.approx(10_000 * sum((a / total) ** 2 for a in amounts))
    gini = sum(abs(a - b) for a in amounts for b in amounts) / (2 * n * total)
    assert found.gini == pytest.approx(gini, abs=1e-9)
    need = next(k for k in range(1, n + 1) if sum(ordered[:k]) * 2 >= total)
    assert found.half == need
    assert found.curve["sales"].is_monotonic_increasing
    assert 0 <= found.tail < 1


def test_unknown_kind_and_missing_column_are_said_by_name():
    with pytest.raises(ParameterError, match='of "city" is not known'):
        concentration(shop_with([1]), WEEK, "city")
    with pytest.raises(DataError, match="store_id"):
        concentration(shop_with([1]), WEEK, "store")
    with pytest.raises(DataError, match="nothing was sold"):
        concentration(shop_with([1]), Period(date(2025, 1, 1), date(2025, 1, 8)))


def test_best_customers_who_stayed_away_are_priced_only_beyond_the_usual():
    usual = Lapsed(100, 1000.0, 80, 700.0, before=Lapsed(100, 900.0, 78, 620.0))
    assert usual.unusual is None
    # 40 of 100 against 10 of 100: shares of money 0.4 and 0.1, so 300 of 1000 beyond usual.
    more = Lapsed(100, 1000.0, 40, 400.0, before=Lapsed(100, 500.0, 10, 50.0))
    assert more.unusual == pytest.approx(300)


def test_lapsed_best_counts_customers_without_an_order_in_the_next_period():
    # Before: a 60, b 30, c 10, so a alone makes half. Now only b comes.
    rows = [
        {"day": 0, "sku": "x", "price": 60, "customer": "a"},
        {"day": 0, "sku": "x", "price": 30, "customer": "b"},
        {"day": 0, "sku": "x", "price": 10, "customer": "c"},
        {"day": 7, "sku": "x", "price": 5, "customer": "b"},
    ]
    found = lapsed_best(shop_of_lines(rows), Period(date(2024, 1, 8), date(2024, 1, 15)))
    assert found == Lapsed(best=1, best_sales=60.0, lapsed=1, sales=60.0)


def test_chart_and_findings_say_the_same_figures_in_both_languages():
    shop = shop_with([100.0 / (i + 1) for i in range(40)])
    parts = [concentration(shop, WEEK, "sku"), concentration(shop, WEEK, "customer")]
    chart = plot_pareto(parts, source="test")
    share = f"{round(100 * parts[0].eighty / 40)} %"
    assert share in chart.title
    assert "<svg" in chart.svg(phone=True)
    # One week tells nobody's absence and nothing to delist; four weeks do.
    assert concentration_findings(parts, currency="CNY") == []
    month = Period(WEEK.end - timedelta(days=28), WEEK.end)
    parts = [replace(part, period=month) for part in parts]
    found = concentration_findings(parts, currency="CNY")
    assert [f.id for f in found] == ["C06", "C06"]
    assert f"{parts[1].half} of 40 customers" in found[1].statement
    assert all(f.money is None and f.money_basis for f in found)
