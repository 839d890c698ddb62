"""Sales by time, growth against the right base, and what a report says about it."""

from datetime import date, timedelta

import numpy as np
import pytest
from small_shops import shop_of_lines

from opsbook.language import speaking
from opsbook.market.decompose import decompose_gmv
from opsbook.market.growth import growth, plot_trend, sales_by
from opsbook.market.growth_findings import growth_findings
from opsbook.market.overview import heading
from opsbook.market.rhythm import plot_rhythm, rhythm
from opsbook.shop.checks import check
from opsbook.shop.periods import Period
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def row(day: int, price: float, customer: str = "a") -> dict:
    return {"day": day, "sku": "p", "price": price, "customer": customer}


def steady(days: int, *, step: float = 1.0, at: int = 10**6, noise: float = 0.02) -> Shop:
    """About 100 a day from Monday 1 January 2024, times ``step`` from day ``at`` on."""
    rng = np.random.default_rng(5)
    return shop_of_lines(
        [
            row(
                d, 100 * (step if d >= at else 1.0) * rng.uniform(1 - noise, 1 + noise), f"c{d % 9}"
            )
            for d in range(days)
        ]
    )


def test_incomplete_weeks_and_months_are_marked() -> None:
    # Wednesday 3 January to Tuesday 13 February 2024.
    shop = shop_of_lines([row(d, 10) for d in range(2, 44)])
    weeks = sales_by(shop, "week")
    assert weeks["partial"].tolist() == [True, *[False] * 5, True]
    assert weeks["days"].tolist() == [5, 7, 7, 7, 7, 7, 2]
    assert weeks["gmv"].tolist() == [50, *[70] * 5, 20]
    months = sales_by(shop, "month")
    assert months["partial"].tolist() == [True, True]
    assert months["gmv"].tolist() == [290, 130]


def test_weeks_begin_when_the_shops_week_does() -> None:
    plain = shop_of_lines([row(d, 10) for d in range(0, 14)])
    sunday = Shop("test", Settings(week_start="sunday"), plain.entries)
    starts = sales_by(sunday, "week")["start"]
    assert starts.dt.strftime("%a %d").tolist() == ["Sun 31", "Sun 07", "Sun 14"]
    assert sales_by(sunday, "week")["gmv"].tolist() == [60, 70, 10]


def test_weeks_without_a_sale_are_zero_and_not_missing() -> None:
    weeks = sales_by(shop_of_lines([row(0, 10), row(20, 10)]), "week")
    assert weeks["gmv"].tolist() == [10, 0, 10]


def test_weekdays_are_averages_of_a_day() -> None:
    # Ten days from a Monday: Monday to Wednesday come twice.
    found = sales_by(shop_of_lines([row(d, 10 if d < 7 else 20) for d in range(10)]), "weekday")
    assert found["gmv"].tolist() == [15, 15, 15, 10, 10, 10, 10]
    assert found["days"].tolist() == [2, 2, 2, 1, 1, 1, 1]


def test_a_buyer_of_two_weeks_counts_once_in_the_month() -> None:
    shop = shop_of_lines([row(d, 10) for d in range(31)])
    assert sales_by(shop, "month")["buyers"].tolist() == [1]
    assert sales_by(shop, "week")["buyers"].tolist() == [1] * 5


def test_noise_is_not_called_growth_and_a_step_is() -> None:
    period = Period(date(2024, 5, 27), date(2024, 8, 19))
    calm = growth(steady(231), period)
    assert "ordinary fluctuation" in calm.headline()
    assert growth_findings(calm) == []
    risen = growth(steady(231, step=1.3, at=147), period)
    assert risen.headline().startswith("Sales grew")
    found = growth_findings(risen)
    assert found[0].money == pytest.approx(0.3 * risen.before["gmv"], rel=0.03)
    assert "cannot tell season" in found[0].statement
    assert found[0].confidence == "medium"


def test_last_year_leads_where_the_data_hold_it() -> None:
    end = date(2024, 1, 1) + timedelta(days=448)
    period = Period(end - timedelta(weeks=8), end)
    shop = steady(448, step=1.2, at=300)
    found = growth(shop, period)
    assert found.last_year == Period(period.start - timedelta(weeks=52), end - timedelta(weeks=52))
    assert found.vs_last_year is not None and found.vs_previous is not None
    assert found.vs_last_year.growth == pytest.approx(0.2, abs=0.02)
    assert "on last year" in found.headline()
    finding = growth_findings(found, decompose_gmv(shop, period))[0]
    assert finding.confidence == "high"
    assert "season" not in finding.statement


def test_the_driver_that_pulled_against_the_rise_is_a_finding_too_and_in_the_headline() -> None:
    # Last year one order of 100 a day, this year three of 50: half as much again, at half price.
    rng = np.random.default_rng(3)
    rows = [row(d, 100 * rng.uniform(0.97, 1.03), f"c{d % 9}") for d in range(364)]
    rows += [
        row(364 + d, 50 * rng.uniform(0.97, 1.03), f"c{(3 * d + k) % 27}")
        for d in range(84)
        for k in range(3)
    ]
    shop = shop_of_lines(rows)
    end = date(2024, 1, 1) + timedelta(days=448)
    period = Period(end - timedelta(weeks=12), end)
    found = growth(shop, period)
    split = decompose_gmv(shop, period)
    drivers = growth_findings(found, split)[1:]
    assert len(drivers) == 2
    assert drivers[0].money > 0 > drivers[1].money
    assert {drivers[0].money, drivers[1].money} <= set(split.effects()["effect"])
    title = heading(shop, found, check(shop)).title
    assert " against " in title


def test_a_shop_without_a_past_says_so() -> None:
    found = growth(steady(20), Period(date(2024, 1, 1), date(2024, 1, 15)))
    assert found.previous is None
    assert "nothing to compare" in found.headline()
    assert growth_findings(found) == []


def test_the_season_caveat_stands_where_one_year_is_all_there_is() -> None:
    found = growth(steady(231), Period(date(2024, 5, 27), date(2024, 8, 19)))
    assert "cannot be told apart" in found.words()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_trend_and_rhythm_draw_in_both_widths(lang: str) -> None:
    shop = steady(448)
    with speaking(lang):
        found = growth(shop, Period(date(2025, 1, 6), date(2025, 3, 3)))
        for chart in (
            plot_trend(sales_by(shop, "week"), found),
            plot_trend(sales_by(shop, "month"), found),
            plot_rhythm(rhythm(shop)),
        ):
            assert chart.title and chart.alt and chart.subtitle
            assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
    assert found.calendar["event"].eq("spring_festival").any()


def test_rhythm_without_time_of_day_shows_weekdays_only() -> None:
    shop = shop_of_lines([row(d, 30 if d % 7 == 5 else 10) for d in range(28)])
    assert not rhythm(shop).has_hours
    # Saturday: 30 of 90.
    assert plot_rhythm(rhythm(shop)).title == "Saturday sells most: 33 % of the week"


def test_panel_by_week_keeps_its_facts(panel: Shop) -> None:
    """The panel begins on Sunday, 1 January 2017: its first week is one day long."""
    weeks = sales_by(panel, "week")
    assert weeks["partial"].tolist() == [True, *[False] * 52]
    assert weeks["orders"].sum() == 155_848
