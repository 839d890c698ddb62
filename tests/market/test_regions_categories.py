"""Groups compared: shares, thin groups, penetration, streaks, delivery, findings."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from small_shops import shop_of

from opsbook.errors import CannotTell
from opsbook.language import speaking
from opsbook.market.categories import (
    categories,
    categories_table,
    growth_streaks,
    plot_category_change,
    plot_growth_share,
    volatility,
)
from opsbook.market.compare import _discoveries
from opsbook.market.group_findings import category_findings, region_findings
from opsbook.market.regions import (
    best_dimension,
    delivery_profile,
    plot_regions,
    regions,
    regions_table,
)
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

START = date(2024, 1, 1)
NOW = Period(START + timedelta(weeks=12), START + timedelta(weeks=24))


def shop_with(daily: dict[str, list[float]], *, regions_of: dict[str, str] | None = None) -> Shop:
    """One order per day and category at the price given; 0 is no order."""
    rows = [
        (f"{name}{day}", name, day, price)
        for name, prices in daily.items()
        for day, price in enumerate(prices)
        if price
    ]
    frame = pd.DataFrame(rows, columns=["order_id", "category", "day", "price"])
    stamp = pd.Timestamp(START) + pd.to_timedelta(frame["day"], unit="D")
    orders = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "customer_id": [f"c{d % 5}" for d in frame["day"]],
            "order_ts": stamp,
            "region": [(regions_of or {}).get(name, "East") for name in frame["category"]],
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "line_id": "1",
            "sku": frame["category"],
            "qty": 1.0,
            "paid_price": frame["price"],
        }
    )
    products = pd.DataFrame({"sku": list(daily), "category": list(daily)})
    return shop_of(orders=orders, order_lines=lines, products=products)


def noisy(level: float, days: int = 168, *, step: float = 1.0, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    values = level * rng.uniform(0.95, 1.05, days)
    values[84:] *= step
    return values.tolist()


@pytest.fixture(scope="module")
def shop() -> Shop:
    return shop_with(
        {
            "Pets": noisy(100, step=1.4),
            "Books": noisy(300, seed=2),
            "Toys": noisy(200, step=0.7, seed=3),
            "Rare": [50.0 if d % 9 == 0 else 0.0 for d in range(168)],
        },
        regions_of={"Pets": "North", "Rare": "South"},
    )


def test_shares_and_contributions_add_up(shop: Shop) -> None:
    frame = categories(shop, NOW).frame
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["share_shift"].sum() == pytest.approx(0, abs=1e-12)
    total, before = frame["gmv"].sum(), frame["before"].sum()
    assert frame["contribution"].sum() == pytest.approx(total / before - 1)
    assert (frame["change"] == frame["gmv"] - frame["before"]).all()


def test_under_thirty_orders_no_growth_is_stated(shop: Shop) -> None:
    frame = categories(shop, NOW).frame.set_index("group")
    assert frame.loc["Rare", "thin"]
    assert np.isnan(frame.loc["Rare", "growth"]) and np.isnan(frame.loc["Rare", "low"])
    assert not frame.loc["Books", "thin"]


def test_planted_growth_lies_in_its_interval_and_noise_is_not_real(shop: Shop) -> None:
    frame = categories(shop, NOW).frame.set_index("group")
    assert frame.loc["Pets", "low"] < 0.4 < frame.loc["Pets", "high"]
    assert frame.loc[["Pets", "Toys"], "is_real"].all()
    assert not frame.loc["Books", "is_real"]


def test_findings_report_what_is_real_with_its_money(shop: Shop) -> None:
    found = category_findings(categories(shop, NOW))
    assert [f.statement.split()[0] for f in found] == ["Toys", "Pets"]
    # Toys fell from about 84 x 200 by 30 per cent, Pets rose from 84 x 100 by 40.
    assert found[0].money == pytest.approx(-84 * 200 * 0.3, rel=0.03)
    assert found[1].money == pytest.approx(84 * 100 * 0.4, rel=0.03)
    assert all("may be the season" in f.reference for f in found)
    assert all(f.confidence != "high" for f in found)


def test_penetration_is_buyers_of_the_category_over_all() -> None:
    # Books every day (customers 0 to 4), Pens on every fifth day (customer 0 only).
    shop = shop_with(
        {"Books": [10.0] * 168, "Pens": [10.0 if d % 5 == 0 else 0.0 for d in range(168)]}
    )
    frame = categories(shop, NOW).frame.set_index("group")
    assert frame.loc["Books", "penetration"] == 1
    assert frame.loc["Pens", "penetration"] == pytest.approx(1 / 5)


def test_a_swing_that_the_whole_shop_shares_is_taken_out() -> None:
    # All categories double in every other week: raw swing 1/3, own swing none.
    wave = [10.0 * (2 if (d // 7) % 2 else 1) for d in range(168)]
    found, weeks = volatility(shop_with({"A": wave, "B": [3 * v for v in wave]}))
    # 12 weeks of 70 and 12 of 140: mean 105, sample deviation 35 x sqrt(24 / 23).
    assert found["volatility"].tolist() == pytest.approx([35 * (24 / 23) ** 0.5 / 105] * 2)
    assert found["volatility_adjusted"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert weeks == 24


def test_streak_counts_back_from_the_last_whole_month() -> None:
    # January 2024 to 14 June: per day 100, 100, 120, 140, 160 in whole months; June cut off.
    days = pd.date_range(START, periods=166)
    level = {1: 100.0, 2: 100.0, 3: 120.0, 4: 140.0, 5: 160.0, 6: 1.0}
    shop = shop_with({"Up": [level[d.month] for d in days], "Flat": [50.0] * 166})
    found, basis = growth_streaks(shop)
    assert basis == "mom"
    # March +20 %, April +16.7 %, May +14.3 %; February 0 ends it. June is no month yet.
    assert found.set_index("group")["streak"].to_dict() == {"Flat": 0, "Up": 3}


def test_streak_compares_with_last_year_where_it_can() -> None:
    # 16 months at 100 a day, each later year 20 per cent above: seasonal swings cancel.
    days = pd.date_range(START, "2025-04-30")
    season = {m: 100.0 + 40 * (m % 3) for m in range(1, 13)}
    values = [season[d.month] * (1.2 if d.year == 2025 else 1.0) for d in days]
    found, basis = growth_streaks(shop_with({"Up": values}))
    assert basis == "yoy"
    assert found["streak"].tolist() == [4]


def test_a_group_that_stopped_is_no_fluctuation() -> None:
    gone = noisy(100)[:120] + [0.0] * 48
    shop = shop_with({"Gone": gone, "Books": noisy(300, seed=2)})
    result = categories(shop, NOW)
    row = result.frame.set_index("group").loc["Gone"]
    assert row["status"] == "stopped"
    finding = category_findings(result)[0]
    assert finding.statement.startswith("Gone has sold nothing since 29 Apr 2024")
    assert finding.confidence == "high"


def test_false_discoveries_are_held_down() -> None:
    """Benjamini and Hochberg (1995), section 3.2: 15 tests, four are rejected at 5 %."""
    p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
        0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
    ]  # fmt: skip
    assert _discoveries(pd.Series(p)).sum() == 4


def test_regions_need_a_region() -> None:
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": pd.to_datetime(["2024-01-01"])})
    lines = pd.DataFrame({"order_id": ["1"], "sku": ["p"], "paid_amount": [1.0]})
    shop = shop_of(orders=orders, order_lines=lines)
    assert best_dimension(shop) is None
    with pytest.raises(CannotTell, match=r"orders\.region"):
        regions(shop, NOW, NOW.before())


def test_regions_are_compared_like_categories(shop: Shop) -> None:
    assert best_dimension(shop) == "region"
    result = regions(shop, NOW)
    assert set(result.comparison.frame["group"]) == {"East", "North", "South"}
    assert result.delivery is None
    assert any(f.statement.startswith("North gained") for f in region_findings(result))


def test_delivery_profile_by_hand(shop: Shop) -> None:
    orders = shop.orders.execute()
    late = orders[(orders["order_ts"] >= pd.Timestamp(NOW.start)) & (orders["region"] == "North")]
    first = late.head(2)
    parcels = pd.DataFrame(
        {
            "shipment_id": ["s1", "s2"],
            "order_id": first["order_id"],
            # 24 and 72 hours, promised within 48.
            "deliver_ts": first["order_ts"] + pd.to_timedelta([24, 72], unit="h"),
            "promised_ts": first["order_ts"] + pd.Timedelta(hours=48),
        }
    )
    tables = {name: shop.table(name).execute() for name in ("orders", "order_lines", "products")}
    found = delivery_profile(shop_of(**tables, shipments=parcels), NOW)
    assert found is not None
    row = found.iloc[0]
    assert (row["group"], row["parcels"], row["days"]) == ("North", 2, 2)
    assert (row["within_2_days"], row["on_time"]) == (0.5, 0.5)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_charts_and_tables_in_both_languages(shop: Shop, lang: str) -> None:
    with speaking(lang):
        result, places = categories(shop, NOW), regions(shop, NOW)
        for chart in (
            plot_category_change(result),
            plot_growth_share(result.comparison),
            plot_regions(places),
        ):
            assert chart.title and chart.alt
            assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
        assert "Pets" in plot_category_change(result).title
        assert "Books" in categories_table(result).html()
        assert "North" in regions_table(places).html()


def test_last_year_is_the_base_where_the_data_hold_it() -> None:
    shop = shop_with({"Books": noisy(100, 480)})
    period = Period(START + timedelta(weeks=60), START + timedelta(weeks=68))
    result = categories(shop, period).comparison
    assert result.base == period.last_year()
    assert result.same_season
