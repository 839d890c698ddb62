"""The market around the shop: competitors, searches, market size, rules, load and lessons."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo.business import Business
from opsbook.demo.clock import Clock
from opsbook.demo.marketing.abroad import cross_border, platform_rules
from opsbook.demo.marketing.capacity import CapacityPlan, capacity, load_and_limit
from opsbook.demo.marketing.goals import campaign_table, goals
from opsbook.demo.marketing.history import order_value
from opsbook.demo.marketing.lessons import benchmarks, lessons
from opsbook.demo.marketing.market import (
    MarketPlan,
    market_growth,
    market_months,
    market_shares,
    market_size,
)
from opsbook.demo.marketing.rivals import Rival, RivalPlan, competitor_prices, rival_prices
from opsbook.demo.marketing.searches import NOUNS_ZH, SearchPlan, search_terms, terms
from opsbook.demo.overload import daily_capacity
from opsbook.reference.figures import figures

RIVALS = RivalPlan()


@pytest.fixture(scope="module")
def prices(business: Business) -> pd.DataFrame:
    return competitor_prices(business, RIVALS, rival_prices(business, RIVALS)).to_pandas()


@pytest.fixture(scope="module")
def searches(business: Business) -> pd.DataFrame:
    plan = SearchPlan()
    return search_terms(business, plan, terms(business, plan)).to_pandas()


def within(table: Any) -> Any:
    """Deviations from the means of rows and columns; missing cells stay missing."""
    for _ in range(30):
        table = table - np.nanmean(table, axis=1, keepdims=True)
        table = table - np.nanmean(table, axis=0, keepdims=True)
    return table


def pass_through(b: Business, rival: int, lag: int) -> tuple[float, float]:
    """Two-way fixed effects: log price of a rival on our log price some weeks before."""
    found = rival_prices(b, RIVALS)
    theirs = np.log(found.price[rival])[:, 4:]
    ours = np.log(b.prices.paid[found.product])[:, 4 - lag : b.clock.weeks - lag].copy()
    ours[np.isnan(theirs)] = np.nan
    y, x = within(theirs), within(ours)
    known = ~np.isnan(y)
    y, x = y[known], x[known]
    slope = float(x @ y / (x @ x))
    error = float(np.sqrt(((y - slope * x) ** 2).mean() / (x @ x)))
    return slope, error


@pytest.mark.parametrize("number", range(3))
def test_rivals_follow_our_prices_with_the_planted_pass_through(
    business: Business, number: int
) -> None:
    rival: Rival = RIVALS.rivals[number]
    slope, error = pass_through(business, number, rival.lag_weeks)
    assert abs(slope - rival.follows) < 3.5 * error
    assert error < 0.02


@pytest.mark.parametrize("number", [0, 1])
def test_the_planted_lag_fits_best(business: Business, number: int) -> None:
    slopes = {lag: pass_through(business, number, lag)[0] for lag in range(4)}
    assert max(slopes, key=lambda lag: slopes[lag]) == RIVALS.rivals[number].lag_weeks


def test_prices_change_on_mondays_only(business: Business, prices: pd.DataFrame) -> None:
    week = pd.to_datetime(prices["date"]).dt.to_period("W-SUN")
    each = prices.groupby(["competitor", "sku", week], observed=True)["price"].nunique()
    assert (each == 1).all()


def test_three_rivals_watch_the_most_popular_products(
    business: Business, prices: pd.DataFrame
) -> None:
    assert prices["competitor"].nunique() == 3
    assert prices["sku"].nunique() == RIVALS.products
    assert not prices.duplicated(["date", "competitor", "sku"]).any()
    assert (prices["price"] > 0).all()
    assert (prices["est_sales"] >= 0).all()
    assert prices["is_new"].any()


def test_rivals_sell_more_where_they_are_cheaper(business: Business, prices: pd.DataFrame) -> None:
    """Poisson counts by product and rival: log-linear in the price against ours."""
    found = rival_prices(business, RIVALS)
    day = (pd.to_datetime(prices["date"]) - pd.Timestamp(business.clock.first)).dt.days.to_numpy()
    product = prices["sku"].astype(str).str[1:].astype(int).to_numpy() - 1
    ours = business.prices.paid[product, business.clock.week[day]]
    relative = np.log(prices["price"].to_numpy() / ours)
    popular = business.range_.popularity[product]
    scale = business.wanted * business.plan.lines_per_order / business.clock.days
    size = prices["competitor"].map({r.name: r.size for r in RIVALS.rivals}).astype(float)
    offset = popular / business.range_.popularity.sum() * size.to_numpy() * 10 * scale
    offset = offset * business.clock.festival[day] ** 0.8
    slope = 0.0
    for _ in range(20):
        mean = offset * np.exp(slope * relative)
        step = (relative @ (prices["est_sales"] - mean)) / (relative**2 @ mean)
        slope += float(step)
    error = 1 / np.sqrt(relative**2 @ mean)
    assert abs(slope - RIVALS.elasticity) < 3.5 * error
    assert len(found.product) == RIVALS.products


# --- searches


def test_searches_only_shrink_on_their_way_to_the_shop(searches: pd.DataFrame) -> None:
    assert (searches["clicks"] <= searches["searches"]).all()
    assert (searches["own_clicks"] <= searches["clicks"]).all()
    assert (searches["orders"] <= searches["clicks"]).all()
    assert not searches.duplicated(["date", "term", "platform"]).any()


def test_planted_risers_lead_the_growth_of_thirty_days(searches: pd.DataFrame) -> None:
    day = pd.to_datetime(searches["date"])
    last = day.max()
    now = searches[day > last - pd.Timedelta(days=30)]
    before = searches[(day <= last - pd.Timedelta(days=30)) & (day > last - pd.Timedelta(days=60))]
    growth = now.groupby("term", observed=True)["searches"].sum() / before.groupby(
        "term", observed=True
    )["searches"].sum().clip(lower=1)
    plan = SearchPlan()
    planted = {text for text, _, _ in plan.risers} | {text for text, _ in plan.unmet}
    assert planted <= set(growth.nlargest(len(planted)).index)
    # A rise of 0.03 a day is exp(0.9) = 2.46 in thirty days, give or take the season.
    fastest = next(rise for text, _, rise in plan.risers if text == "冻干猫粮 幼猫")
    assert growth["冻干猫粮 幼猫"] == pytest.approx(np.exp(30 * fastest), rel=0.15)


def test_unmet_demand_hardly_reaches_the_shop(searches: pd.DataFrame) -> None:
    share = searches.groupby("term", observed=True)[["own_clicks", "clicks"]].sum()
    rate = share["own_clicks"] / share["clicks"].clip(lower=1)
    unmet = [text for text, _ in SearchPlan().unmet]
    assert (rate[unmet] < 0.005).all()
    assert rate[rate.index.str.contains("旗舰店")].min() > 0.5


def test_every_noun_of_the_range_but_new_ones_has_a_chinese_term(business: Business) -> None:
    nouns = [noun for c in business.plan.categories for noun in c.nouns]
    assert sum(noun in NOUNS_ZH for noun in nouns) >= 0.7 * len(nouns)
    texts = [term.text for term in terms(business, SearchPlan())]
    assert len(texts) == len(set(texts))


# --- the market


def test_market_growth_is_found_by_regression_on_the_months(business: Business) -> None:
    """Log sales on time within months of the year, by category."""
    plan = MarketPlan()
    table = market_size(business, plan).to_pandas()
    months, _ = market_months(business)
    sales = table.groupby(["category", "period_date"], observed=True)["sales"].sum().unstack()
    truth = dict(
        zip([c.name for c in business.plan.categories], market_growth(business, plan), strict=True)
    )
    for name, row in sales.iterrows():
        # The same month a year apart; feasts that move are left out.
        pairs = [
            np.log(row.iloc[i + 12] / row.iloc[i])
            for i in range(len(months) - 12)
            if months[i].month in (4, 7, 8, 9)
        ]
        assert len(pairs) >= 3
        assert np.mean(pairs) == pytest.approx(truth[str(name)], abs=0.03), name


def test_market_share_is_the_planted_one_over_the_whole_period(business: Business) -> None:
    b, plan = business, MarketPlan()
    table = market_size(b, plan).to_pandas()
    months, month = market_months(b)
    assert len(months) == 24
    day = b.orders.placed[b.lines.order] // 86_400
    inside = month[day] >= 0
    own = np.bincount(b.range_.category[b.lines.product[inside]], weights=b.lines.amount[inside])
    market = table.groupby("category", observed=True)["sales"].sum()
    share = own / market.reindex([c.name for c in b.plan.categories]).to_numpy()
    assert share == pytest.approx(market_shares(b, plan), rel=0.02)


def test_market_cells_are_unique_and_complete(business: Business) -> None:
    table = market_size(business, MarketPlan()).to_pandas()
    key = ["period_date", "region", "category", "platform"]
    assert not table.duplicated(key).any()
    plan = business.plan
    cells = len(plan.regions) * len(plan.categories) * len(plan.platforms)
    assert len(table) == 24 * cells
    assert (table["sales"] > 0).all()


# --- load


def test_healthy_shop_stays_within_its_limits_but_for_the_service_desk(business: Business) -> None:
    load, limit = load_and_limit(business, CapacityPlan())
    over = (load > limit).sum(axis=1)
    names = [s.name for s in CapacityPlan().systems]
    assert over[names.index("website")] <= 1
    assert over[names.index("payment")] <= 1
    assert over.sum() <= 8
    # Near its limit on the greatest days.
    assert 0.8 < (load[0] / limit[0]).max() < 1.1


def test_overloaded_shop_breaks_on_the_days_on_which_orders_are_lost(scenario: Any) -> None:
    b = scenario("overload")
    load, limit = load_and_limit(b, CapacityPlan())
    lost = b.losses.capacity
    worst = lost > 0.1 * daily_capacity(b.plan, b.expected)
    assert worst.any()
    assert (load[0] > limit[0])[worst].all()
    errors = capacity(b, CapacityPlan()).to_pandas().query("system == 'website'")["errors"]
    assert errors.to_numpy()[worst].min() > 10 * np.median(errors)


def test_load_follows_the_orders_of_the_day(business: Business) -> None:
    table = capacity(business, CapacityPlan()).to_pandas()
    orders = np.bincount(business.orders.placed // 86_400, minlength=business.clock.days)
    parcels = table[table["system"] == "warehouse"]["peak_load"].to_numpy()
    assert np.corrcoef(parcels, orders)[0, 1] > 0.97
    assert not table.duplicated(["date", "system"]).any()


# --- goals, rules, cases


def test_goals_are_set_from_what_came_before(business: Business) -> None:
    """Doubling the sales after a campaign began changes no goal."""
    b = business
    value = order_value(b)
    cut = b.campaigns[len(b.campaigns) // 2].first
    later = value * np.where(b.orders.placed >= cut * 86_400, 2.0, 1.0)
    earlier = np.array([c.first <= cut for c in b.campaigns])
    gmv, new = goals(b, value)
    other, _ = goals(b, later)
    assert gmv[earlier] == pytest.approx(other[earlier])
    assert other[-1] > 1.5 * gmv[-1]
    assert (gmv > 0).all()
    assert (new >= 0).all()


def test_an_event_that_runs_on_after_the_data_has_the_goal_of_all_its_days(
    business: Business,
) -> None:
    b = business
    at, coming = next((k, c) for k, c in enumerate(b.campaigns) if c.end >= b.clock.days)
    name = coming.name.rsplit(" ", 1)[0]
    past = next(
        k for k, c in enumerate(b.campaigns[:at]) if c.name.startswith(name) and c.start > 60
    )
    gmv, new = goals(b, order_value(b))
    # One of its 22 days lies in the data. The same event of a year ago was planned alike, and
    # the shop has not doubled since.
    assert 0.7 < gmv[at] / gmv[past] < 2.0
    assert 0.5 < new[at] / new[past] < 2.0


def test_campaign_table_holds_plausible_goals(business: Business) -> None:
    b = business
    table = campaign_table(b, order_value(b)).to_pandas()
    assert table["campaign_id"].is_unique
    assert (table["budget"] < table["goal_gmv"]).all()
    day = b.orders.placed // 86_400
    value = order_value(b) * b.orders.kept
    ratios = []
    for row, c in zip(table.itertuples(), b.campaigns, strict=True):
        if c.category < 0 and c.start > 60 and c.end < b.clock.days:
            ratios.append(value[(day >= c.start) & (day <= c.end)].sum() / row.goal_gmv)
    # Some goals are reached and some are missed.
    assert 0.6 < np.median(ratios) < 1.6
    assert min(ratios) < 1 < max(ratios)


def test_rules_of_the_marketplaces_are_those_of_the_catalogue() -> None:
    rules = platform_rules().to_pandas().set_index("platform")
    assert rules.loc["Tmall", ["commission_low", "commission_high"]].tolist() == [0.02, 0.05]
    assert rules.loc["Pinduoduo", ["commission_low", "commission_high"]].tolist() == [0.006, 0.01]
    assert rules["ship_hours"].to_dict() == {
        "Tmall": 48,
        "JD": 24,
        "Pinduoduo": 24,
        "Douyin": 48,
        "Own shop": 48,
    }
    assert rules["score_system"].str.contains("claim|assumed").all()


def test_a_warehouse_abroad_is_faster_and_cheaper_per_piece_than_direct_mail() -> None:
    table = cross_border().to_pandas()
    assert table["country"].nunique() >= 12
    assert not table.duplicated(["country", "route"]).any()
    wide = table.pivot(index="country", columns="route")
    assert (wide["delivery_days"]["overseas_warehouse"] < wide["delivery_days"]["direct"]).all()
    assert (wide["freight"]["overseas_warehouse"] < wide["freight"]["direct"]).all()
    assert table["payment_success"].between(0.5, 1).all()


def test_all_cases_are_called_claims_and_linked_to_an_entry() -> None:
    table = lessons().to_pandas()
    assert table["case_id"].tolist() == [f"J{n:02d}" for n in range(1, 22)]
    assert table["claim"].str.startswith("Source claim: ").all()
    assert table["entry_id"].str.fullmatch(r"[A-L]\d\d").all()
    assert table.notna().all(axis=None)


def test_benchmarks_are_the_reference_figures() -> None:
    table = benchmarks().to_pandas()
    assert len(table) == len(figures())
    assert table["name"].is_unique
    known = {f.name: f for f in figures().values()}
    for row in table.itertuples():
        value = known[str(row.name)].value
        assert pd.isna(row.value) if value is None else row.value == value


def test_first_month_of_a_short_period_stands_for_the_market() -> None:
    clock = Clock(date(2026, 3, 9), 45)
    months, month = market_months(SimpleNamespace(clock=clock))  # type: ignore[arg-type]
    # 9 March to 22 April holds no whole month.
    assert months == [date(2026, 3, 1)]
    assert (month == 0).all()
