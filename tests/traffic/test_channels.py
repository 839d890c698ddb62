"""Conversion, cost and return of channels, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from traffic_shops import START, order_frames, session_frame, spend_frame

from made_shop import shop_of
from opsbook.chart.chart import Chart
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.channels import channels
from opsbook.traffic.channels_chart import channel_table, plot_channels, return_table, value_table
from opsbook.traffic.channels_findings import channel_findings, channel_words


def days(first: int, after: int) -> Period:
    return Period(
        (START + pd.Timedelta(days=first)).date(), (START + pd.Timedelta(days=after)).date()
    )


def made(spend=None, visits=True, cost=60.0, **more):
    """Ads have 40 buyers, 10 of them twice, and 400 visitors twice each; search 30 and 200."""
    rows = [(f"a{i}", 1 + i / 10, "ads") for i in range(40)]
    rows += [(f"a{i}", 20 + i / 10, "ads") for i in range(10)]
    rows += [(f"s{i}", 2 + i / 10, "search") for i in range(30)]
    tables = order_frames(rows, cost=cost)
    if visits:
        came = [(f"va{i}", None, d, "ads") for i in range(400) for d in (1, 20)]
        came += [(f"vs{i}", None, 3, "search") for i in range(200)]
        tables["sessions"] = session_frame(came)
    if spend:
        tables["ad_spend"] = spend_frame(spend, 28)
    return shop_of(**tables, **more)


def test_three_conversion_rates_by_hand():
    frame = channels(made(), days(0, 28)).frame.set_index("channel")
    ads = frame.loc["ads"]
    assert (ads["orders"], ads["buyers"], ads["visits"], ads["visitors"]) == (50, 40, 800, 400)
    assert ads["orders_per_visit"] == 50 / 800
    assert ads["orders_per_visitor"] == 50 / 400
    assert ads["buyers_per_visitor"] == 40 / 400
    wilson = binomtest(40, 400).proportion_ci(method="wilson")
    assert (ads["cvr_low"], ads["cvr_high"]) == pytest.approx((wilson.low, wilson.high))
    assert frame.loc["search", "orders_per_visit"] == 30 / 200


def test_roas_and_roi_are_kept_apart():
    ads = channels(made({"ads": 1000.0}), days(0, 28)).frame.set_index("channel").loc["ads"]
    assert ads["cac"] == pytest.approx(1000 / 40)
    assert ads["roas"] == pytest.approx(5000 / 1000)
    assert ads["roi"] == pytest.approx((2000 - 1000) / 1000)  # margin 40 an order
    # 50 orders of 100: standard error of their sum sqrt(50) x 100.
    assert ads["roas_low"] == pytest.approx(5 - 1.959964 * np.sqrt(50) * 100 / 1000)
    assert ads["break_even"] == pytest.approx(0.5)
    assert ads["verdict"] == "keep"


@pytest.mark.parametrize(
    ("spend", "verdict"), [(1000.0, "keep"), (2000.0, "watch"), (9000.0, "cut")]
)
def test_verdict_follows_the_bounds_of_roi(spend, verdict):
    frame = channels(made({"ads": spend}), days(0, 28)).frame.set_index("channel")
    assert frame.loc["ads", "verdict"] == verdict
    assert frame.loc["search", "verdict"] == "unpaid"


def test_value_counts_only_customers_watched_long_enough():
    # Orders on day 0 and 10 by old ones; new ones on day 80 of 100 have no 30 days yet.
    rows = [(f"o{i}", 0.5, "ads") for i in range(10)]
    rows += [(f"o{i}", 10.0, "ads") for i in range(10)]
    rows += [(f"n{i}", 80.0, "ads") for i in range(10)]
    rows += [("o0", 45.0, "ads"), ("x", 99.5, "search")]
    ads = (
        channels(shop_of(**order_frames(rows)), days(0, 100)).frame.set_index("channel").loc["ads"]
    )
    assert ads["followed_30"] == ads["followed_90"] == 10
    assert ads["value_30"] == 80  # two orders of 40, none of them censored
    assert ads["value_90"] == 84  # one of ten bought once more
    assert ads["new_customers"] == 20


def test_shop_without_visits_costs_or_spend_says_so():
    tables = order_frames([(f"a{i}", 1 + i, "ads") for i in range(5)])
    lines = tables["order_lines"].drop(columns="unit_cost")
    found = channels(shop_of(orders=tables["orders"], order_lines=lines), days(0, 28))
    words = channel_words(found)
    assert "no conversion rate" in words
    assert "neither cost nor return" in words
    assert "there is no ROI" in words
    assert channel_findings(found) == []
    assert "nan" not in channel_table(found).html()
    assert "not known" in plot_channels(found).title


def test_more_buyers_than_visitors_is_said():
    tables = order_frames([(f"a{i}", 1 + i, "ads") for i in range(5)])
    sessions = session_frame([("v", None, 1, "ads")])
    found = channels(shop_of(**tables, sessions=sessions), days(0, 28))
    assert found.over == ("ads",)
    assert "More buyers than visitors in ads" in channel_words(found)


def test_channel_with_spend_and_no_order_is_shown_with_a_return_of_nothing():
    shop = made({"ads": 1000.0, "billboard": 500.0, "poster": 100.0})
    found = channels(shop, days(0, 28))
    row = found.frame.set_index("channel").loc["billboard"]
    assert (row["orders"], row["roas"], row["roi"]) == (0, 0, -1)
    # No order is compatible with 3.7 expected ones; at 40 each they pay 148.
    assert row["verdict"] == "cut"
    assert found.frame.set_index("channel").loc["poster", "verdict"] == "thin"
    assert "nan" not in return_table(found).html()


def test_shop_without_lines_shows_no_money():
    orders = order_frames([(f"a{i}", 1 + i, "ads") for i in range(5)])["orders"]
    spend = spend_frame({"ads": 100.0}, 28)
    found = channels(shop_of(orders=orders, ad_spend=spend), days(0, 28))
    assert found.frame[["gmv", "aov", "roas", "roi"]].isna().all().all()
    assert "nan" not in channel_table(found).html() + return_table(found).html()
    assert channel_findings(found) == []


def test_tail_of_many_channels_is_one_row_and_loses_no_order():
    rows = [(f"a{i}", 1 + i / 1000, f"c{i:04d}") for i in range(1000)]
    found = channels(shop_of(**order_frames(rows)), days(0, 28))
    assert len(found.frame) == 200
    assert found.tail == 801
    assert found.frame["orders"].sum() == 1000


def test_orders_without_channel_stop_the_section():
    tables = order_frames([("a", 1, "x")])
    tables["orders"]["channel"] = pd.Series([None], dtype="string")
    with pytest.raises(CannotTell, match="names its channel"):
        channels(shop_of(**tables), days(0, 28))


def test_level_out_of_bounds_is_said():
    with pytest.raises(ParameterError, match="level"):
        channels(made(), days(0, 28), level=1.0)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_section_shows_in_both_languages(lang):
    with speaking(lang):
        found = channels(made({"ads": 9000.0, "search": 100.0}), days(0, 28))
        chart = plot_channels(found)
        assert isinstance(chart, Chart)
        assert "<svg" in chart.svg()
        for table in (channel_table(found), return_table(found), value_table(found)):
            assert "nan" not in table.html()
        notes = channel_findings(found)
        assert [n.id for n in notes] == ["D04", "D04"]
        assert notes[0].money == pytest.approx(2000 - 9000)
