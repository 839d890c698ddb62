from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from small_shops import MONDAY, shop_of_lines

from opsbook.errors import DataError, ParameterError
from opsbook.market.discounts import discounts
from opsbook.market.pricing import price_bands
from opsbook.market.pricing_chart import band_name, plot_discounts, plot_price_bands
from opsbook.market.pricing_findings import pricing_findings
from opsbook.shop.periods import Period

NOW = Period(date(2024, 1, 8), date(2024, 1, 15))


def categories(*skus):
    return pd.DataFrame({"sku": list(skus), "category": ["A" if s < "m" else "B" for s in skus]})


def test_bands_are_round_prices_and_every_piece_is_in_one():
    rows = [{"day": 8, "sku": "a", "price": p, "qty": 1} for p in (9.9, 19.9, 29.9, 59, 119)]
    bands = price_bands(shop_of_lines(rows), NOW, bands=3)
    # Quantiles 1/3 and 2/3 of five pieces fall on 19.9 and 59; round: 20 and 60.
    assert bands["low"].tolist() == [0, 20, 60]
    assert bands["units"].tolist() == [2, 2, 1]
    assert bands["unit_share"].sum() == pytest.approx(1)
    assert bands["gmv_share"].sum() == pytest.approx(1)
    assert bands["gmv"].tolist() == pytest.approx([29.8, 88.9, 119])
    assert bands["gmv_change"].isna().all()


def test_bands_compare_with_the_period_before_on_the_same_edges():
    rows = [
        {"day": 1, "sku": "a", "price": 10, "qty": 4},
        {"day": 8, "sku": "a", "price": 10, "qty": 2},
        {"day": 8, "sku": "b", "price": 50, "qty": 2},
    ]
    bands = price_bands(shop_of_lines(rows), NOW, bands=2)
    assert bands["units_before"].sum() == 4
    assert bands["gmv_change"].sum() == pytest.approx(120 - 40)


def test_bands_of_one_category_leave_the_others_out():
    rows = [
        {"day": 8, "sku": "a", "price": 10},
        {"day": 8, "sku": "z", "price": 99},
    ]
    shop = shop_of_lines(rows, products=categories("a", "z"))
    assert price_bands(shop, NOW, category="A")["gmv"].sum() == pytest.approx(10)
    with pytest.raises(ParameterError, match="bands 1 must lie"):
        price_bands(shop, NOW, bands=1)


def test_depth_and_promotion_share_by_hand():
    rows = [
        # Before: list value 100, paid 100.
        {"day": 1, "sku": "a", "price": 100, "list": 100},
        # Now: A paid 80 of 100; B 100 of 100, and 99.5 of 100, which is no promotion.
        {"day": 8, "sku": "a", "price": 80, "list": 100},
        {"day": 8, "sku": "z", "price": 100, "list": 100},
        {"day": 9, "sku": "z", "price": 99.5, "list": 100},
    ]
    found = discounts(shop_of_lines(rows, products=categories("a", "z")), NOW)
    now, before = found.overall.iloc[0], found.overall.iloc[1]
    assert (now["period"], before["period"]) == ("now", "before")
    assert now["depth"] == pytest.approx(20.5 / 300)
    assert now["promo_share"] == pytest.approx(80 / 279.5)
    assert before["depth"] == 0
    by = found.by_category.set_index("category")
    assert by.loc["A", "depth_change"] == pytest.approx(0.2)
    assert by.loc["A", "given_extra"] == pytest.approx(20)
    assert np.isnan(by.loc["B", "depth_before"])
    assert found.depths["share"].sum() == pytest.approx(1)
    # 20 % off belongs to the class from 20 to 30 %.
    assert found.depths.set_index("low").loc[0.20, "gmv"] == pytest.approx(80)
    assert found.by_week["week_start"].tolist() == [
        pd.Timestamp(MONDAY),
        pd.Timestamp("2024-01-08"),
    ]


def test_prices_above_list_are_told_and_not_counted_as_promotion():
    rows = [
        {"day": 8, "sku": "a", "price": 120, "list": 100},
        {"day": 8, "sku": "a", "price": 100, "list": 100},
    ]
    now = discounts(shop_of_lines(rows), NOW).overall.iloc[0]
    assert now["above_list"] == pytest.approx(120 / 220)
    assert now["promo_share"] == 0


def test_list_price_never_charged_is_flagged_from_the_eighth_week():
    rows = [{"day": 7 * w, "sku": "fake", "price": 60, "list": 100} for w in range(8)]
    rows += [
        {"day": 7 * w, "sku": "real", "price": 60 if w % 2 else 100, "list": 100} for w in range(8)
    ]
    rows += [{"day": 7 * w, "sku": "young", "price": 60, "list": 100} for w in range(5, 8)]
    found = discounts(shop_of_lines(rows), Period(date(2024, 2, 5), date(2024, 2, 26)))
    assert found.never_at_list == 1
    assert found.at_list == pytest.approx(4 / 19)
    # The period's three weeks: fake 180; real 60 + 100 + 60; young 180.
    assert found.never_share == pytest.approx(180 / (180 + 220 + 180))


def test_without_list_prices_the_lack_is_said_by_name():
    with pytest.raises(DataError, match="list_price is missing"):
        discounts(shop_of_lines([{"day": 8, "sku": "a", "price": 5}]), NOW)


def test_deeper_discounts_give_a_priced_finding_and_small_moves_none():
    rows = [
        {"day": 1, "sku": "a", "price": 100, "list": 100, "qty": 10},
        {"day": 8, "sku": "a", "price": 90, "list": 100, "qty": 10},
    ]
    found = discounts(shop_of_lines(rows, products=categories("a")), NOW)
    (finding,) = pricing_findings(None, found, currency="CNY", days=7)
    # 10 points of a list value of 1,000.
    assert finding.money == pytest.approx(-100)
    assert "10.0 pts deeper" in finding.statement
    same = discounts(
        shop_of_lines([{**r, "price": 90} for r in rows], products=categories("a")), NOW
    )
    assert pricing_findings(None, same, currency="CNY", days=7) == []


def test_discounts_are_compared_with_the_same_weeks_of_last_year_not_with_the_sale_before():
    # Last year's weeks 5 % deep, the weeks just before 30 % deep (a sale), now 10 %.
    rows = [
        {"day": 7, "sku": "a", "price": 95, "list": 100, "qty": 10},
        {"day": 7 + 357, "sku": "a", "price": 70, "list": 100, "qty": 10},
        {"day": 7 + 364, "sku": "a", "price": 90, "list": 100, "qty": 10},
        {"day": 0, "sku": "a", "price": 100, "list": 100},
    ]
    start = MONDAY + timedelta(days=371)
    now = Period(start, start + timedelta(days=7))
    shop = shop_of_lines(rows, products=categories("a"))
    found = discounts(shop, now)
    assert found.same_season
    assert found.base == now.last_year()
    assert found.overall["depth"].tolist() == pytest.approx([0.10, 0.05])
    assert found.by_week["week_start"].tolist() == [
        pd.Timestamp(MONDAY + timedelta(days=7)),
        pd.Timestamp(start),
    ]
    (finding,) = pricing_findings(None, found, currency="CNY", days=7)
    # Five points of a list value of 1,000; against the sale before it would be a gain of 200.
    assert finding.money == pytest.approx(-50)
    assert "on last year" in plot_discounts(found, currency="CNY", source="test").title
    bands = price_bands(shop, now, bands=2)
    assert bands["gmv_before"].sum() == pytest.approx(950)
    assert str(now.last_year()) in plot_price_bands(bands, currency="CNY", source="x").subtitle


def test_without_last_year_the_period_before_is_named_and_less_is_claimed():
    rows = [
        {"day": 1, "sku": "a", "price": 100, "list": 100, "qty": 10},
        {"day": 8, "sku": "a", "price": 90, "list": 100, "qty": 10},
    ]
    found = discounts(shop_of_lines(rows, products=categories("a")), NOW)
    assert not found.same_season
    (finding,) = pricing_findings(None, found, currency="CNY", days=7)
    assert finding.confidence == "medium"
    assert str(NOW.before()) in finding.reference


def test_charts_state_the_finding():
    rows = [
        {"day": 1, "sku": "a", "price": 95, "list": 100},
        {"day": 8, "sku": "a", "price": 80, "list": 100},
        {"day": 8, "sku": "z", "price": 10, "list": 10, "qty": 3},
    ]
    shop = shop_of_lines(rows, products=categories("a", "z"))
    chart = plot_discounts(discounts(shop, NOW), currency="CNY", source="test")
    assert chart.title.startswith("15.4 % of list value was given away")
    assert "<svg" in chart.svg(phone=True)
    bands = plot_price_bands(price_bands(shop, NOW, bands=5), currency="CNY", source="test")
    # 80 and three times 10 make two bands; the dear one has 80 of 110 with 1 of 4 pieces.
    assert "73 % of sales with 25 % of pieces" in bands.title
    assert "<svg" in bands.svg()


def test_band_names():
    assert band_name(0, 20) == "under 20"
    assert band_name(2.5, 4) == "2.5 to 4"
    assert band_name(200, np.inf) == "200 and more"
