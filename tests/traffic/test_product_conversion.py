"""Conversion of product pages: counts by hand, shrinking against known rates, false alarms."""

import numpy as np
import pandas as pd
import pytest
from traffic_shops import START, at

import opsbook
from made_shop import shop_of
from opsbook.demo.build import simulate
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period, data_days
from opsbook.traffic.product_chart import plot_categories, product_words, weak_table
from opsbook.traffic.product_conversion import beta_prior, product_conversion
from opsbook.traffic.product_findings import product_findings

PERIOD = Period(START.date(), (START + pd.Timedelta(days=28)).date())


def made(counts, cost=60.0):
    """Products: sku to (category, visitors, buyers); each visitor sees the page twice."""
    events, sessions, orders, lines, n = [], [], [], [], 0
    for sku, (_, visitors, buyers) in counts.items():
        for i in range(visitors):
            n += 1
            sessions.append((f"s{n}", f"v{sku}{i}", at(1)))
            events += [
                (f"e{n}", f"s{n}", at(1), "view", sku),
                (f"f{n}", f"s{n}", at(1), "view", sku),
            ]
        for i in range(buyers):
            orders.append((f"o{sku}{i}", f"u{sku}{i}", at(2)))
            lines.append((f"o{sku}{i}", sku, 1.0, 100.0, cost))
    products = pd.DataFrame(
        [(sku, c, f"Title {sku}") for sku, (c, _, _) in counts.items()],
        columns=["sku", "category", "title"],
    )
    return shop_of(
        events=pd.DataFrame(events, columns=["event_id", "session_id", "event_ts", "type", "sku"]),
        sessions=pd.DataFrame(sessions, columns=["session_id", "visitor_id", "start_ts"]),
        orders=pd.DataFrame(orders, columns=["order_id", "customer_id", "order_ts"]),
        order_lines=pd.DataFrame(
            lines, columns=["order_id", "sku", "qty", "paid_price", "unit_cost"]
        ),
        products=products,
    )


def drawn(seed, weak=()):
    """60 products of one category with rates of a beta distribution around 5 %."""
    rng = np.random.default_rng(seed)
    visitors = rng.integers(40, 600, 60)
    rates = rng.beta(20, 380, 60)
    rates[list(weak)] = 0.005
    return visitors, rates, rng.binomial(visitors, rates)


def test_counts_by_hand():
    shop = made({"p1": ("tea", 50, 5), "p2": ("tea", 100, 2), "p3": ("pot", 20, 1)})
    found = product_conversion(shop, PERIOD)
    frame = found.products.set_index("sku")
    assert frame.loc["p1", ["visitors", "views", "buyers"]].tolist() == [50, 100, 5]
    assert frame.loc["p1", "rate_raw"] == 0.1
    tea = found.categories.set_index("category").loc["tea"]
    assert (tea["visitors"], tea["buyers"], tea["rate"]) == (150, 7, 7 / 150)
    assert found.has_margin


def test_prior_finds_the_spread_behind_the_counts():
    rng = np.random.default_rng(1)
    n = np.full(3000, 200.0)
    k = rng.binomial(200, rng.beta(10, 190, 3000)).astype(float)
    a, b = beta_prior(k, n)
    assert a / (a + b) == pytest.approx(0.05, rel=0.03)
    assert a + b == pytest.approx(200, rel=0.15)


def test_rates_that_differ_by_chance_alone_are_all_alike():
    rng = np.random.default_rng(2)
    n = np.full(400, 300.0)
    a, b = beta_prior(rng.binomial(300, 0.05, 400).astype(float), n)
    assert a + b > 2000  # a product's own 300 visitors hardly count


def test_shrunk_rates_are_nearer_to_the_truth_than_counted_ones():
    worse = 0
    for seed in range(5):
        visitors, rates, buyers = drawn(seed)
        a, b = beta_prior(buyers.astype(float), visitors.astype(float))
        shrunk = (buyers + a) / (visitors + a + b)
        worse += ((shrunk - rates) ** 2).sum() > ((buyers / visitors - rates) ** 2).sum()
    assert worse == 0


def test_weak_products_are_those_planted():
    weak = (3, 17, 40)
    visitors, _, buyers = drawn(4, weak)
    visitors[list(weak)], buyers[list(weak)] = 600, 2
    counts = {f"p{i:02d}": ("tea", int(v), int(k)) for i, (v, k) in enumerate(zip(
        visitors, buyers, strict=True))}  # fmt: skip
    found = product_conversion(made(counts), PERIOD, rate=0.05)
    listed = set(found.weak["sku"])
    assert {"p03", "p17", "p40"} <= listed
    # Mean chance that a listed product is no weaker than its category keeps the promise.
    assert found.weak["q_value"].max() <= 0.05
    notes = product_findings(found)
    assert notes[0].money == pytest.approx(-found.weak["at_stake"].sum())
    gap = found.products.set_index("sku").loc["p03"]
    assert gap["gap"] == pytest.approx((gap["category_rate"] - gap["rate"]) * 600)
    assert gap["at_stake"] == pytest.approx(gap["gap"] * 40)  # margin of a buyer


def test_small_denominator_is_no_rate_of_its_own():
    counts = {f"p{i}": ("tea", 400, 20) for i in range(10)} | {"tiny": ("tea", 2, 1)}
    found = product_conversion(made(counts), PERIOD).products.set_index("sku")
    assert found.loc["tiny", "rate_raw"] == 0.5
    assert found.loc["tiny", "rate"] < 0.06


def test_products_with_more_buyers_than_visitors_are_left_out_and_said():
    found = product_conversion(made({"p1": ("tea", 50, 5), "p2": ("tea", 1, 9)}), PERIOD)
    assert found.over == 1
    assert found.products["sku"].tolist() == ["p1"]
    assert "more buyers than visitors" in product_words(found)


def test_nothing_viewed_is_said():
    shop = made({"p1": ("tea", 5, 1)})
    later = Period(PERIOD.end, (START + pd.Timedelta(days=60)).date())
    with pytest.raises(CannotTell, match="no product page was viewed"):
        product_conversion(shop, later)


def test_nothing_sold_is_a_rate_of_zero_and_no_finding():
    frames = {"p1": ("tea", 30, 0), "p2": ("tea", 40, 0), "p3": ("pot", 2, 1)}
    found = product_conversion(made(frames), PERIOD)
    assert found.products.set_index("sku").loc["p1", "buyers"] == 0
    assert found.products[["rate", "low", "high"]].notna().all().all()
    assert product_findings(found) == []


def test_rate_out_of_range_is_said():
    with pytest.raises(ParameterError, match="rate"):
        product_conversion(made({"p1": ("tea", 5, 1)}), PERIOD, rate=0.9)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_section_shows_in_both_languages(lang):
    with speaking(lang):
        found = product_conversion(made({"p1": ("tea", 50, 5), "p2": ("pot", 80, 1)}), PERIOD)
        assert "<svg" in plot_categories(found).svg()
        assert "nan" not in weak_table(found).html()


@pytest.mark.slow
def test_planted_conversion_of_categories_is_found_again(tmp_path):
    folder = simulate(tmp_path / "shop", orders=3000, days=300)
    shop = opsbook.open_shop(folder)
    found = product_conversion(shop, data_days(shop)).categories.set_index("category")
    truth = pd.read_parquet(folder / "truth" / "category_views.parquet").set_index("category")
    planted = truth["planned_cvr"].reindex(found.index)
    # A visitor who sees a product twice counts twice in the truth, about one in 25; a few
    # hundred lines a category leave a standard error of 5 to 10 %.
    assert (found["rate"] / planted - 1).abs().max() < 0.3
    assert np.corrcoef(found["rate"], planted)[0, 1] > 0.9
