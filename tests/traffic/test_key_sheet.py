"""The five key figures: counted by hand, judged with their bounds."""

import math

import pandas as pd
import pytest
from traffic_shops import START, order_frames, session_frame, spend_frame

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.reference.figures import figure
from opsbook.shop.periods import Period
from opsbook.traffic.key_sheet import Line, key_sheet
from opsbook.traffic.key_sheet_chart import (
    key_sheet_findings,
    key_sheet_table,
    key_sheet_words,
)

PERIOD = Period((START + pd.Timedelta(weeks=8)).date(), (START + pd.Timedelta(weeks=16)).date())


def made(**more):
    """16 weeks; from week 8 on, 10 % more visitors and 20 % more orders each week."""
    visits, orders = [], []
    for week in range(16):
        for i in range(200 if week < 8 else 220):
            visits.append((f"v{week}-{i}", None, week * 7 + i % 7 + 0.5, "ads"))
        for i in range(10 if week < 8 else 12):
            orders.append((f"u{week}-{i}", week * 7 + i % 7 + 0.5, "ads"))
    # One in four buyers of weeks 8 to 11 comes back three weeks later.
    orders += [(f"u{w}-{i}", w * 7 + 21.5, "ads") for w in range(8, 12) for i in range(3)]
    return shop_of(sessions=session_frame(visits), **order_frames(orders), **more)


def lines(shop, **options):
    return {x.name: x for x in key_sheet(shop, PERIOD, **options).lines}


def test_growth_is_per_week_and_per_month():
    found = lines(made())
    # Means of eight weeks, eight weeks apart: 220 / 200.
    assert found["visitors_wow"].value == pytest.approx(1.1 ** (1 / 8) - 1)
    growth = (8 * 12 + 12) / (8 * 10)
    assert found["gmv_mom"].value == pytest.approx(growth ** (365.25 / 12 / 7 / 8) - 1)


def test_conversion_is_orders_over_visitors():
    line = lines(made())["cvr_mean"]
    assert line.value == pytest.approx(108 / 1760)
    assert "6.1 % orders per visit" in line.basis


def test_repeat_counts_buyers_watched_for_thirty_days():
    line = lines(made())["repeat_30d"]
    assert 0 < line.value < 0.25
    assert line.low < line.value < line.high


def test_return_is_revenue_over_cost():
    found = lines(made(ad_spend=spend_frame({"ads": 1120.0}, 112)))
    # 108 orders of 100 in the period, 560 spent in it.
    assert found["roi"].value == pytest.approx(10800 / 560)
    assert found["roi"].judged == "met"


@pytest.mark.parametrize(
    ("low", "value", "high", "judged"),
    [(3.1, 3.5, 3.9, "met"), (2.5, 3.1, 3.7, "open"), (1.0, 1.5, 2.0, "missed"),
     (math.nan, 3.5, math.nan, "met")],
)  # fmt: skip
def test_band_missed_by_chance_is_not_called_missed(low, value, high, judged):
    assert Line("roi", "ROAS", value, low, high, "", figure("roi")).judged == judged


def test_figures_that_are_not_known_are_named():
    tables = order_frames([("u", 1.0, "ads"), ("w", 70.0, "ads"), ("v", 111.0, "ads")])
    sheet = key_sheet(shop_of(**tables), PERIOD)
    assert [x.name for x in sheet.lines] == ["repeat_30d"]
    assert "orders per visitor" in key_sheet_words(sheet)


def test_nothing_known_stops_the_section():
    orders = order_frames([("u", 1.0, "ads"), ("v", 20.0, "ads")])["orders"]
    with pytest.raises(CannotTell, match="none of the key figures"):
        key_sheet(shop_of(orders=orders), PERIOD)


def test_missed_level_is_a_finding_without_a_price():
    visits = [(f"v{w}-{i}", None, w * 7 + i % 7 + 0.5, "a") for w in range(16) for i in range(900)]
    rows = [(f"u{w}", w * 7 + 0.5, "a") for w in range(16)]
    shop = shop_of(sessions=session_frame(visits), **order_frames(rows))
    notes = key_sheet_findings(key_sheet(shop, PERIOD))
    assert [n.id for n in notes] == ["D12"]
    assert notes[0].money is None


def test_level_out_of_bounds_is_said():
    with pytest.raises(ParameterError, match="level"):
        key_sheet(made(), PERIOD, level=0.1)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_section_shows_in_both_languages(lang):
    with speaking(lang):
        sheet = key_sheet(made(ad_spend=spend_frame({"ads": 1120.0}, 112)), PERIOD)
        assert "nan" not in key_sheet_table(sheet).html()
        assert len(sheet.lines) == 5
