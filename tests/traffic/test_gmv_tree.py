"""The GMV tree closes to the cent, by slice too, and the taught formula does not."""

from datetime import date, timedelta

import pytest
from traffic_shops import START, order_frames, session_frame

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.gmv_tree import gmv_tree
from opsbook.traffic.gmv_tree_chart import factor_table, gmv_tree_table, plot_gmv_tree
from opsbook.traffic.gmv_tree_findings import gmv_tree_findings

BEFORE = Period(date(2026, 1, 5), date(2026, 1, 19))
NOW = Period(date(2026, 1, 19), date(2026, 2, 2))


def visits(day, channel, first, n):
    return [(f"v{first + i}", None, day, channel) for i in range(n)]


@pytest.fixture(scope="module")
def shop():
    """Before: 40 visitors, 4 buyers, 5 orders of 100. Now: 20 visitors, 3 buyers, 6 orders."""
    orders = [("a", 1, "x"), ("a", 2, "x"), ("b", 3, "x"), ("c", 4, "y"), ("d", 5, "y")]
    orders += [("a", 15, "x"), ("a", 16, "x"), ("b", 17, "x"), ("b", 18, "x"), ("b", 19, "x")]
    orders += [("e", 20, "y")]
    walked = visits(1, "x", 0, 30) + visits(2, "y", 100, 10)
    walked += visits(15, "x", 200, 10) + visits(16, "y", 300, 10)
    return shop_of(sessions=session_frame(walked), **order_frames(orders))


def test_factors_of_the_whole_shop_by_hand(shop):
    found = gmv_tree(shop, NOW, BEFORE)
    values = found.frame.set_index("factor")
    assert values["before"].tolist() == pytest.approx([40, 0.1, 1.25, 100])
    assert values["now"].tolist() == pytest.approx([20, 0.15, 2.0, 100])
    # L = 100 / ln 1.2 = 548.48: visitors ln .5 = -380.2, conversion ln 1.5 = 222.4,
    # orders per buyer ln 1.6 = 257.8, value per order 0; together 100.
    assert values["effect"].tolist() == pytest.approx([-380.18, 222.39, 257.79, 0.0], abs=0.01)


def test_taught_form_with_the_repeat_rate_is_no_identity(shop):
    found = gmv_tree(shop, NOW, BEFORE)
    # One of four bought twice before, two of three now: 40 x .1 x 100 x 1/4 = 100, not 500.
    assert found.repeat_rate == pytest.approx((0.25, 2 / 3))
    assert found.taught == pytest.approx((100, 200))
    assert (found.before, found.now) == pytest.approx((500, 600))


@pytest.mark.parametrize("by", [None, "channel", "customers"])
def test_effects_add_up_to_the_change_of_every_slice(shop, by):
    long = Period(date(2026, 1, 19), date(2026, 2, 2))
    if by == "customers":
        rows = [(f"c{i % 30}", i % 70, "xy"[i % 2]) for i in range(300)]
        shop = shop_of(**order_frames(rows))
        long, base = Period(date(2026, 3, 2), date(2026, 3, 16)), None
    else:
        base = BEFORE
    found = gmv_tree(shop, long, base, by=by)
    sums = found.frame.groupby("slice")["effect"].sum()
    changes = found.slices.set_index("slice")["change"]
    assert sums.to_dict() == pytest.approx(changes.to_dict())
    assert found.effects().sum() == pytest.approx(found.now - found.before)


def test_channel_that_vanishes_takes_all_it_had(shop):
    orders = [("a", 1, "x"), ("b", 2, "y"), ("c", 15, "y")]
    gone = shop_of(**order_frames(orders))
    found = gmv_tree(gone, NOW, BEFORE, by="channel")
    assert not found.has_visits
    rows = found.frame.set_index(["slice", "factor"])["effect"]
    assert rows["x", "buyers"] == pytest.approx(-100)
    assert found.effects().sum() == pytest.approx(-100)


def test_orders_without_visits_begin_with_buyers():
    shop = shop_of(**order_frames([("a", 1, "x"), ("b", 15, "x")]))
    found = gmv_tree(shop, NOW, BEFORE)
    assert list(found.frame["factor"]) == ["buyers", "orders_per_buyer", "aov"]
    assert "begins with buyers" in factor_table(found).note


def test_unknown_dimension_is_said(shop):
    with pytest.raises(ParameterError, match="by must be one of"):
        gmv_tree(shop, NOW, BEFORE, by="colour")
    with pytest.raises(CannotTell, match="does not know the region"):
        gmv_tree(shop, NOW, BEFORE, by="region")


def test_base_is_last_year_where_the_data_hold_it_and_the_window_before_where_not():
    # Days 0 to 6, then a sale in the week before the last, then the last week, 364 days later.
    days = [*range(7), *(364 - 7 + d for d in range(7)), *(364 + d for d in range(7))]
    rows = [(f"c{d}-{i}", d, "x") for d in days for i in range(30 if 357 <= d < 364 else 10)]
    shop = shop_of(**order_frames(rows))
    first = START.date()
    now = Period(first + timedelta(days=364), first + timedelta(days=371))
    found = gmv_tree(shop, now)
    assert found.base == now.last_year()
    # As many orders as a year before; the sale just before it is no fall.
    assert found.effects().sum() == pytest.approx(0)
    early = now.last_year()
    assert gmv_tree(shop, early).base == early.before()


def test_nothing_sold_in_either_window_is_said_not_crashed(shop):
    empty = gmv_tree(shop, Period(date(2026, 3, 1), date(2026, 3, 8)))
    assert plot_gmv_tree(empty).title == "There is no change to split"
    assert gmv_tree_findings(empty) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_tree_is_shown_and_its_finding_is_the_factor_that_took_most(shop, lang):
    with speaking(lang):
        found = gmv_tree(shop, NOW, BEFORE)
        sliced = gmv_tree(shop, NOW, BEFORE, by="channel")
        chart = plot_gmv_tree(found)
        assert chart.svg() and chart.svg(phone=True)
        shown = [factor_table(found), gmv_tree_table(sliced)]
        note = gmv_tree_findings(found)[0]
    assert all("nan" not in table.html() for table in shown)
    # Goods cost 60 of 100: of every sale lost 40 % was margin.
    assert note.money == pytest.approx(0.4 * -380.18, abs=0.01)
