"""Elasticities planted in simulated panels are found again, and refused where they cannot be.

The panels here are this file's own: Poisson purchases with product and week effects, random
weekly shocks and prices drawn without a look at demand.
"""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize
from small_shops import MONDAY, shop_of_counts, shop_of_lines

from opsbook.errors import ParameterError
from opsbook.language import speaking
from opsbook.market.elasticity import plot_elasticities, price_elasticity
from opsbook.market.elasticity_chart import elasticity_table
from opsbook.market.identification import Limits, elasticity_limits
from opsbook.market.panel_demand import fit_demand
from opsbook.market.price_advice import best_prices, price_advice
from opsbook.market.pricing_findings import pricing_findings
from opsbook.market.product_weeks import product_weeks, whole_weeks
from opsbook.market.two_effects import NotSettled
from opsbook.shop.periods import Period

WEEKS = 52


def price_moves(rng, products, weeks=WEEKS, often=0.15):
    """Log prices against each product's own level: promotions of 10 to 30 %."""
    cut = rng.choice((0.1, 0.15, 0.2, 0.3), (products, weeks))
    return np.log(np.where(rng.random((products, weeks)) < often, 1 - cut, 1.0))


def purchases(rng, moves, elasticity, rate, shock=0.0, spread=0.6):
    products, weeks = moves.shape
    level = np.log(rate) + rng.normal(0, spread, (products, 1))
    season = 0.4 * np.cos(2 * np.pi * np.arange(weeks) / 52)
    noise = rng.normal(-(shock**2) / 2, shock, moves.shape)
    return rng.poisson(np.exp(level + season + elasticity * moves + noise)).astype(float)


def simulated_shop(seed=1, elasticity=-2.0, products=40, rate=8.0, often=0.15, **options):
    rng = np.random.default_rng(seed)
    moves = price_moves(rng, products, often=often)
    counts = purchases(rng, moves, elasticity, rate)
    base = rng.uniform(20, 60, (products, 1))
    return shop_of_counts(counts, base * np.exp(moves), ["A"] * products, **options)


# --- the regression ----------------------------------------------------------------------


def test_with_large_counts_it_is_the_poisson_regression_of_a_published_package():
    # Source: pyfixest 0.60, fepois "n ~ x | product + week"; at 200 purchases a week zero
    # is out of reach, and without shocks there is no dispersion to speak of.
    pf = pytest.importorskip("pyfixest")
    rng = np.random.default_rng(3)
    moves = price_moves(rng, 15, 26)
    counts = purchases(rng, moves, -1.7, 200, spread=0.3)
    ours = fit_demand(counts, counts, moves[None], half_year=26)
    row, column = np.indices(counts.shape)
    long = pd.DataFrame(
        {"n": counts.ravel(), "x": moves.ravel(), "product": row.ravel(), "week": column.ravel()}
    )
    theirs = pf.fepois("n ~ x | product + week", long, vcov={"CRV1": "product"})
    assert ours.coefficients[0] == pytest.approx(theirs.coef().iloc[0], abs=0.01)
    assert ours.std_error[0] == pytest.approx(theirs.se().iloc[0], rel=0.25)


def test_small_counts_give_the_maximum_of_the_likelihood_above_zero():
    # The likelihood written out with a dummy per product and week, maximised by SciPy.
    rng = np.random.default_rng(5)
    moves = price_moves(rng, 8, 12, often=0.4)
    counts = purchases(rng, moves, -2.0, 2.5, spread=0.2)
    seen = counts > 0
    i, w = np.nonzero(seen)

    def minus_log(p):
        eta = p[0] * moves[i, w] + p[1:9][i] + np.r_[0.0, p[9:]][w]
        rate = np.exp(eta)
        return -(counts[i, w] * eta - rate - np.log(-np.expm1(-rate))).sum()

    direct = minimize(minus_log, np.r_[-1.0, np.ones(8), np.zeros(11)], method="BFGS")
    ours = fit_demand(counts, counts, moves[None], half_year=12)
    if ours.dispersion == 0:
        assert ours.coefficients[0] == pytest.approx(direct.x[0], abs=1e-3)
    else:
        assert ours.coefficients[0] == pytest.approx(direct.x[0], abs=0.5 * ours.std_error[0])


def test_standard_error_is_the_jackknife_by_product():
    rng = np.random.default_rng(8)
    moves = price_moves(rng, 12, 26)
    counts = purchases(rng, moves, -2.0, 60, spread=0.3)
    whole = fit_demand(counts, counts, moves[None])
    without = [
        fit_demand(
            np.delete(counts, k, 0), np.delete(counts, k, 0), np.delete(moves, k, 0)[None]
        ).coefficients[0]
        for k in range(12)
    ]
    moved = np.array(without) - whole.coefficients[0]
    # One step from the full fit each, so close to the refit but not equal to it.
    assert whole.std_error[0] == pytest.approx(np.sqrt(11 / 12 * (moved**2).sum()), rel=0.1)


def test_weeks_without_a_sale_do_not_flatten_the_response():
    # About two purchases a week: one week in seven shows no price. Ordinary Poisson on the
    # weeks with sales is off by a third of the elasticity; this one is not off.
    estimates, plain = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        moves = price_moves(rng, 60, often=0.3)
        counts = purchases(rng, moves, -2.0, 2.0, spread=0.3)
        estimates.append(fit_demand(counts, counts, moves[None]).coefficients[0])
        plain.append(_plain_poisson(counts, moves))
    error = np.std(estimates) / np.sqrt(12)
    assert abs(np.mean(estimates) + 2.0) < 3 * error
    assert np.mean(plain) > -1.7


def _plain_poisson(counts, moves):
    pf = pytest.importorskip("pyfixest")
    i, w = np.nonzero(counts)
    long = pd.DataFrame({"n": counts[i, w], "x": moves[i, w], "product": i, "week": w})
    return float(pf.fepois("n ~ x | product + week", long).coef().iloc[0])


def test_pieces_per_purchase_add_their_own_response():
    # Twice the pieces in every purchase at a lower price: units react more than purchases.
    rng = np.random.default_rng(11)
    moves = price_moves(rng, 60)
    counts = purchases(rng, moves, -1.5, 12)
    pieces = np.where(counts > 0, counts + rng.poisson(counts * np.exp(-1.0 * moves)), 0.0)
    buying = fit_demand(counts, counts, moves[None]).coefficients[0]
    units = fit_demand(counts, pieces, moves[None]).coefficients[0]
    # Pieces per purchase are 1 + exp(-move): elasticity -1/2 near the base price.
    assert units - buying == pytest.approx(-0.5, abs=0.12)


def test_a_price_that_moves_with_the_week_alone_does_not_settle():
    rng = np.random.default_rng(2)
    common = np.tile(price_moves(rng, 1), (20, 1))
    with pytest.raises(NotSettled):
        fit_demand(*[purchases(rng, common, -2, 10)] * 2, common[None])


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "shock"), [(1.0, 0.35), (3.0, 0.0), (3.0, 0.6), (30.0, 0.35)])
def test_intervals_hold_the_truth_about_95_times_in_100(rate, shock):
    # 200 panels of 30 products of very unequal size. With coverage .95 the number inside is
    # binomial: between 178 and 199 with probability .9998.
    inside = 0
    for seed in range(200):
        fit = _fit_dense(seed, rate, shock)
        reach = stats.t.ppf(0.975, fit.effective - 1) * fit.std_error[0]
        inside += abs(fit.coefficients[0] + 1.8) <= reach
    low, high = stats.binom.ppf([1e-4, 1 - 1e-4], 200, 0.95)
    assert low <= inside <= high


def _fit_dense(seed, rate, shock):
    rng = np.random.default_rng(10_000 + seed)
    moves = price_moves(rng, 30)
    counts = purchases(rng, moves, -1.8, rate, shock=shock, spread=1.0)
    dense = counts.sum(1) >= 0.5 * WEEKS
    return fit_demand(counts[dense], counts[dense], moves[dense][None])


# --- the method --------------------------------------------------------------------------


def test_planted_elasticity_is_found_in_a_shop():
    row = price_elasticity(simulated_shop(elasticity=-2.0)).iloc[0]
    assert row["identified"]
    assert row["elasticity"] == pytest.approx(-2.0, abs=0.35)
    assert row["low"] < -2.0 < row["high"]
    assert row["verdict"] == "sensitive"
    # Sales begin and end on a Tuesday: 50 whole weeks, less each product's first and last.
    assert (row["n_products"], row["n_weeks"]) == (40, 48)


def test_premium_products_that_sell_more_fool_the_pooled_estimate_only():
    rng = np.random.default_rng(4)
    moves = price_moves(rng, 40)
    base = np.exp(rng.normal(3, 0.5, (40, 1)))
    # Dearer products sell more (slope +1 across products), each reacts with -2 within.
    counts = rng.poisson(np.exp(2.2 + 1.0 * (np.log(base) - 3) - 2.0 * moves)).astype(float)
    row = price_elasticity(shop_of_counts(counts, base * np.exp(moves), ["A"] * 40)).iloc[0]
    assert row["pooled_low"] > 0.3
    assert row["low"] < -2.0 < row["high"]


def test_prices_that_hardly_move_are_refused_with_the_figure():
    shop = simulated_shop(often=0.002)
    row = price_elasticity(shop).iloc[0]
    assert not row["identified"]
    assert row["reason"].startswith("prices hardly move")
    assert "2.0 % is needed" in row["reason"]


def test_prices_that_all_move_together_are_refused():
    rng = np.random.default_rng(6)
    common = np.tile(price_moves(rng, 1, often=0.3), (30, 1))
    counts = purchases(rng, common, -2.0, 10)
    prices = 20 * np.exp(common + rng.normal(0, 0.01, common.shape))
    row = price_elasticity(shop_of_counts(counts, prices, ["A"] * 30)).iloc[0]
    assert not row["identified"]
    assert row["reason"].startswith("all prices move together")


def test_too_few_products_are_refused_and_the_pooled_figure_stays():
    row = price_elasticity(simulated_shop(products=6)).iloc[0]
    assert row["reason"] == "products bought often enough: 6; at least 10 are needed"
    assert np.isnan(row["elasticity"])
    assert np.isfinite(row["pooled"])
    with speaking("zh"):
        assert "6" in price_elasticity(simulated_shop(products=6)).iloc[0]["reason"]


def test_prices_set_after_demand_are_refused_in_words():
    # The shop raises prices in weeks when a product sells well: a positive "elasticity".
    rng = np.random.default_rng(9)
    demand = rng.normal(0, 0.5, (30, WEEKS))
    prices = 20 * np.exp(0.15 * demand)
    counts = rng.poisson(np.exp(2.5 + demand)).astype(float)
    row = price_elasticity(shop_of_counts(counts, prices, ["A"] * 30)).iloc[0]
    assert not row["identified"]
    assert "prices follow demand" in row["reason"]


def test_different_prices_in_one_week_are_refused():
    # Weighed goods: every line has a price of its own, the product's week has none.
    rng = np.random.default_rng(12)
    rows = [
        {"day": 7 * week + int(rng.integers(7)), "sku": f"p{p}", "price": rng.lognormal(2, 0.3)}
        for p in range(15)
        for week in range(30)
        for _ in range(4)
    ]
    products = pd.DataFrame({"sku": [f"p{p}" for p in range(15)], "category": "A"})
    row = price_elasticity(shop_of_lines(rows, products=products)).iloc[0]
    assert not row["identified"]
    assert "different prices in the same week" in row["reason"]


def test_coupon_orders_count_as_purchases_and_not_as_prices():
    rows = [
        {
            "day": 7 * week,
            "sku": "a",
            "price": 5 if n == 0 else 10,
            "order": f"{week}-{n}",
            "coupon": "C" if n == 0 else None,
        }
        for week in range(20)
        for n in range(3)
    ]
    products = pd.DataFrame({"sku": ["a"], "category": ["A"]})
    shop = shop_of_lines(rows, products=products)
    cells = product_weeks(shop, whole_weeks(shop))
    assert np.allclose(cells["log_price"], np.log(10))
    assert (cells["purchases"] == 3).all()


def test_days_out_of_stock_shorten_the_week():
    rng = np.random.default_rng(13)
    counts = np.full((1, 20), 5.0)
    stock = pd.DataFrame(
        {
            "date": [MONDAY + timedelta(days=7 * 5 + d) for d in range(7)],
            "sku": "p000",
            # Out of stock on Tuesday, which still sold, and for the rest of the week.
            "on_hand": [9.0, 0, 0, 0, 0, 0, 0],
        }
    )
    prices = 10 * np.exp(rng.normal(0, 0.1, counts.shape))
    shop = shop_of_counts(counts, prices, ["A"], inventory_daily=stock)
    cells = product_weeks(shop, whole_weeks(shop)).set_index("week")
    # The first whole week begins on 8 January, so the stock-out is in week 4 from there.
    assert cells.loc[4, "exposure"] == pytest.approx(1.5 / 7)
    assert cells.loc[5, "exposure"] == 1


def test_stock_outs_in_promotion_weeks_do_not_hide_the_response():
    rng = np.random.default_rng(14)
    moves = price_moves(rng, 60)
    in_stock = np.where(moves < -0.2, 3 / 7, 1.0)
    counts = rng.poisson(12 * np.exp(-2.0 * moves) * in_stock).astype(float)
    blind = fit_demand(counts, counts, moves[None]).coefficients[0]
    aware = fit_demand(counts, counts, moves[None], exposure=in_stock).coefficients[0]
    assert aware == pytest.approx(-2.0, abs=0.25)
    assert blind > -0.5


def test_promotion_display_is_taken_out_where_it_is_known():
    # A cut comes with a display two times in three; the display alone doubles sales.
    rng = np.random.default_rng(15)
    moves = price_moves(rng, 60)
    display = (moves < 0) & (rng.random(moves.shape) < 0.67)
    counts = rng.poisson(np.exp(2.2 - 1.5 * moves + np.log(2) * display)).astype(float)
    shop = shop_of_counts(counts, 20 * np.exp(moves), ["A"] * 60)
    row, week = np.nonzero(display)
    flags = ibis.memtable(
        pd.DataFrame(
            {
                "sku": [f"p{i:03d}" for i in row],
                "date": [MONDAY + timedelta(days=7 * int(w)) for w in week],
                "display": 1.0,
            }
        )
    )
    mixed = price_elasticity(shop).iloc[0]
    apart = price_elasticity(shop, promotions=flags).iloc[0]
    assert mixed["high"] < -2.5
    assert apart["promotion_controlled"]
    assert apart["low"] < -1.5 < apart["high"]


def test_options_out_of_range_name_the_value():
    shop = simulated_shop(products=3)
    for options, words in (
        ({"grain": "month"}, 'grain "month"'),
        ({"by": "colour"}, 'by "colour"'),
        ({"level": 95}, "level 95"),
    ):
        with pytest.raises(ParameterError, match=words):
            price_elasticity(shop, **options)


def test_wide_interval_is_refused_with_its_width():
    row = price_elasticity(simulated_shop(), limits=Limits(width=0.05)).iloc[0]
    assert row["reason"].startswith("too imprecise")


def test_chart_and_table_tell_known_from_unknown():
    frame = price_elasticity(simulated_shop())
    unknown = frame.assign(category="B", identified=False, verdict="", reason="too few")
    both = pd.concat([frame, unknown], ignore_index=True)
    chart = plot_elasticities(both, source="test", subtitle="2024")
    assert chart.title == ("Price moves demand strongly in A; 1 of 2 categories cannot be told")
    assert "naive" in chart.alt
    assert "<svg" in chart.svg(phone=True)
    html = elasticity_table(both).html()
    assert "too few" in html
    assert "price-sensitive" in html
    assert "cannot tell" in plot_elasticities(unknown, source="test").title
    assert any("display" in text for text in elasticity_limits())


# --- what follows from it ----------------------------------------------------------------


def known(elasticity, low, high):
    return pd.DataFrame(
        {
            "category": ["A"],
            "elasticity": [elasticity],
            "low": [low],
            "high": [high],
            "price_sd": [0.1],
            "identified": [True],
            "verdict": ["unclear"],
        }
    )


def priced_shop(cost):
    rows = [{"day": 1, "sku": "a", "qty": 10, "price": 100, **({"cost": cost} if cost else {})}]
    return shop_of_lines(rows, products=pd.DataFrame({"sku": ["a"], "category": ["A"]}))


YEAR = Period(MONDAY, date(2024, 3, 25))


def test_a_rise_is_advised_where_the_whole_interval_gains_margin():
    advice = price_advice(priced_shop(60), known(-0.5, -0.8, -0.2), YEAR, step=0.03).iloc[0]
    assert advice["advice"] == "raise"
    # 1.03 ** -0.5 = .98533 of the units: sales 1000 x 1.03 x .98533 = 1014.89, cost 591.20.
    assert advice["gmv_effect"] == pytest.approx(14.89, abs=0.01)
    assert advice["margin_effect"] == pytest.approx(14.89 + 8.80, abs=0.02)
    assert advice["margin_low"] < advice["margin_effect"] < advice["margin_high"]


def test_a_cut_is_advised_where_even_the_tame_end_gains_margin():
    # Margin 60 of 100: at -3 a cut of 3 % sells 9.6 % more.
    advice = price_advice(priced_shop(40), known(-3.0, -3.5, -2.5), YEAR).iloc[0]
    assert (advice["advice"], advice["step"]) == ("lower", -0.03)
    assert advice["margin_low"] > 0


def test_without_costs_a_cut_is_only_a_test_and_has_no_margin():
    advice = price_advice(priced_shop(None), known(-3.0, -3.5, -2.5), YEAR)
    assert advice.iloc[0]["advice"] == "test"
    assert np.isnan(advice.iloc[0]["margin_effect"])
    assert pricing_findings(advice, None, currency="CNY", days=84) == []


def test_an_interval_on_both_sides_means_hold():
    assert price_advice(priced_shop(60), known(-2.5, -4.0, -1.0), YEAR).iloc[0]["advice"] == "hold"


def test_steps_beyond_what_was_observed_are_refused():
    frame = known(-0.5, -0.8, -0.2).assign(price_sd=0.01)
    assert price_advice(priced_shop(60), frame, YEAR, step=0.03).iloc[0]["advice"] == "hold"
    with pytest.raises(ParameterError, match=r"step 0\.2"):
        price_advice(priced_shop(60), frame, YEAR, step=0.2)


def test_finding_carries_money_interval_and_chapter():
    advice = price_advice(priced_shop(60), known(-0.5, -0.8, -0.2), YEAR)
    (finding,) = pricing_findings(advice, None, currency="CNY", days=84)
    assert finding.money == pytest.approx(advice.iloc[0]["margin_effect"])
    assert finding.chapter == "market/A12-elasticity"
    assert "84 days" in finding.money_basis
    assert "−0.50" in finding.evidence


def test_best_price_follows_lerner_and_never_leaves_the_observed_range():
    rows = [
        {"day": d, "sku": s, "qty": 1, "price": p, "cost": 30}
        for d, s, p in [(1, "in", 50), (2, "in", 70), (1, "out", 40), (2, "out", 44)]
    ]
    products = pd.DataFrame({"sku": ["in", "out"], "category": ["A", "A"]})
    shop = shop_of_lines(rows, products=products)
    found = best_prices(shop, known(-2.0, -2.5, -1.5), YEAR).set_index("sku")
    # 30 x -2 / (1 - 2) = 60.
    assert found.loc["in", "best_price"] == pytest.approx(60)
    assert not found.loc["in", "capped"]
    assert found.loc["out", "best_price"] == pytest.approx(44)
    assert found.loc["out", "capped"]
    assert best_prices(shop, known(-2.0, -3.5, -0.5), YEAR).empty


def test_day_grain_finds_the_same_truth():
    row = price_elasticity(simulated_shop(products=15), grain="day", limits=Limits(weeks=12)).iloc[
        0
    ]
    assert np.isfinite(row["elasticity"])
    assert row["low"] < -2.0 < row["high"]
