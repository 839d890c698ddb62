"""Member tiers: who earns which, who falls unless he buys, and bounds read from a record."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from line_shops import MONDAY, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.tier_findings import tier_findings
from opsbook.lifecycle.tier_schemes import SCHEMES, Tier, TierScheme, own_scheme, proposed
from opsbook.lifecycle.tiers import tiers
from opsbook.lifecycle.tiers_chart import (
    near_table,
    notices_table,
    plot_tiers,
    review_words,
    tier_moves_table,
    tiers_table,
)

END = MONDAY + timedelta(days=500)
PLAN = TierScheme(
    "test", (Tier("silver"), Tier("gold", spend=500.0), Tier("diamond", spend=2000.0))
)


def row(customer: str | None, day: int, price: float, **more: object) -> dict:
    return {"day": day, "price": price, "customer": customer, **more}


def review(rows, scheme=PLAN, **tables):
    return tiers(shop_of_lines(rows, **tables), END, scheme)


def one(result, customer):
    return result.customers.set_index("customer_id").loc[customer]


def test_a_tier_begins_at_its_bound_within_the_last_365_days():
    # Day 135 is the first of the 365 days that end with day 499.
    rows = [row("at", 135, 500.0), row("old", 134, 900.0), row("low", 400, 499.99)]
    found = review(rows).customers.set_index("customer_id")["tier"]
    assert found.to_dict() == {"at": "gold", "low": "silver", "old": "silver"}


def test_keep_level_notice_counts_what_expires_before_the_next_review():
    # The next review is 91 days on: what was bought before day 135 + 91 = 226 is out by then.
    rows = [row("a", 225, 450.0), row("a", 226, 300.0), row("b", 226, 600.0)]
    found = review(rows)
    (notice,) = found.notices().to_dict("records")
    assert (notice["customer_id"], notice["tier"], notice["falls_to"]) == ("a", "gold", "silver")
    # 750 spent, 450 expire, 300 stay: 200 are missing for gold.
    assert (notice["spend"], notice["expiring"], notice["missing"]) == (750, 450, 200)
    assert notice["usual"] == pytest.approx(750 * 91 / 365)
    assert notice["last_day"] == pd.Timestamp(END + timedelta(days=90))


def test_notices_are_those_and_only_those_who_fall():
    rng = np.random.default_rng(1)
    rows = [
        row(f"c{c}", int(d), float(p))
        for c, d, p in zip(rng.integers(0, 90, 900), rng.integers(0, 500, 900),
                           rng.exponential(120, 900), strict=True)
    ]  # fmt: skip
    found = review(rows)
    notices = found.notices()
    place = {"silver": 0, "gold": 1, "diamond": 2}
    # Buying exactly what is missing keeps every one of them, a cent less does not.
    for notice in notices.itertuples():
        customer = one(found, notice.customer_id)
        kept = customer["kept_spend"] + notice.missing
        bound = PLAN.tiers[place[notice.tier]].spend
        assert kept == pytest.approx(bound) and notice.missing > 0
    assert len(notices) == sum(place[c.next] < place[c.tier] for c in found.customers.itertuples())
    assert found.matrix().to_numpy().sum() == found.customers["before"].notna().sum()
    moves = found.moves()
    assert sum(moves.values()) == found.matrix().to_numpy().sum()
    summary = found.summary()
    assert summary["customers"].sum() == len(found.customers)
    assert summary["money_share"].sum() == pytest.approx(1)


def test_orders_and_average_can_be_asked_for_too():
    plan = TierScheme("x", (Tier("silver"), Tier("gold", spend=100.0, days=3, average=60.0)))
    rows = [row("many small", d, 50.0) for d in (400, 410, 420)]
    rows += [row("few", d, 90.0) for d in (400, 410)]
    rows += [row("both", d, 90.0) for d in (400, 410, 420)]
    found = review(rows, plan).customers.set_index("customer_id")["tier"]
    assert found.to_dict() == {"both": "gold", "few": "silver", "many small": "silver"}


def test_a_yearly_review_keeps_nothing_of_this_year():
    plan = TierScheme("y", PLAN.tiers, review_days=365)
    (notice,) = review([row("a", 499, 700.0)], plan).notices().to_dict("records")
    assert notice["missing"] == 500


def test_near_misses_are_one_usual_purchase_away():
    rows = [row("near", 400, 300.0), row("far", 400, 200.0)]
    near = review(rows).near()
    # 200 missing, usual purchase 300; 300 missing, usual 200.
    assert near["customer_id"].tolist() == ["near"]
    assert near["missing"].tolist() == [200] and near["rises_to"].tolist() == ["gold"]


def test_bounds_are_read_from_the_tiers_on_record():
    rng = np.random.default_rng(6)
    spend = pd.Series(rng.exponential(900, 3000).round(2))
    recorded = pd.Series(np.select([spend >= 2000, spend >= 500], ["top", "mid"], "base"))
    # One in fifty is recorded wrongly.
    wrong = rng.random(3000) < 0.02
    recorded[wrong] = "mid"
    scheme = own_scheme(recorded, spend)
    assert scheme.keys == ["base", "mid", "top"]
    assert [t.spend for t in scheme.tiers[1:]] == [500, 2000]


def test_a_shop_with_tiers_on_record_is_compared_with_them():
    rows = [row(f"c{i}", 400, 40.0 * (i + 1)) for i in range(30)]
    record = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(32)],
         "tier": ["plus" if 40 * (i + 1) >= 600 and i < 30 else "basic" for i in range(32)]}
    )  # fmt: skip
    found = tiers(shop_of_lines(rows, customers=record), END)
    assert found.scheme.key == "own" and found.agreement() == 1.0
    assert 560 < found.scheme.tiers[1].spend <= 600
    assert found.idle == 2
    assert "Bounds read from the tiers on record" in review_words(found)
    record.loc[29, "tier"] = "basic"
    again = tiers(shop_of_lines(rows, customers=record), END)
    assert again.agreement() == pytest.approx(29 / 30)


@pytest.mark.parametrize("key", list(SCHEMES))
def test_proposed_bounds_rise_and_hold_at_most_the_share(key):
    spend = pd.Series(np.random.default_rng(2).exponential(400, 5000))
    scheme = proposed(SCHEMES[key], spend)
    bounds = [tier.spend for tier in scheme.tiers[1:]]
    assert scheme.complete and bounds == sorted(set(bounds))
    for tier in scheme.tiers[1:]:
        assert (spend >= tier.spend).mean() <= tier.share
    if key == "black":
        assert bounds[-1] == 50_000


def test_points_and_margin_make_the_cost_of_a_tier():
    rows = [row("a", 400, 600.0, cost=200.0), row("b", 400, 100.0, cost=60.0)]
    stamp = pd.Timestamp(MONDAY) + pd.Timedelta(days=405)
    book = pd.DataFrame(
        {"customer_id": ["a", "a", "b"], "book_ts": [stamp] * 3,
         "kind": ["earn", "redeem", "earn"], "points": [900.0, 50.0, 100.0]}
    )  # fmt: skip
    plan = TierScheme("x", (Tier("silver"), Tier("gold", spend=500.0, benefit=0.05)))
    gold = review(rows, plan, points_ledger=book).summary().set_index("tier").loc["gold"]
    # Margin 400, 900 points at 0.01 = 9, benefits 5 % of 600 = 30: 361 are left.
    assert (gold["margin"], gold["points_cost"], gold["benefit_cost"]) == (400, 9, 30)
    assert gold["after"] == pytest.approx(361)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: TierScheme("x", (Tier("a"),)), "at least two tiers; got 1"),
        (lambda: TierScheme("x", (Tier("a"), Tier("b", 5.0), Tier("c", 5.0))), "must be above"),
        (lambda: TierScheme("x", PLAN.tiers, window_days=5), "window_days 5"),
        (lambda: TierScheme("x", PLAN.tiers, review_days=1), "review_days 1"),
    ],
)
def test_wrong_schemes_are_named(make, says):
    with pytest.raises(ParameterError, match=says):
        make()


def test_odd_shops():
    with pytest.raises(CannotTell, match="no named customer"):
        review([row(None, 3, 10.0)])
    alone = review([row("a", 499, 10.0)], None)
    assert len(alone.customers) == 1 and not alone.moved
    assert "nan" not in tiers_table(alone).html() and tier_findings(alone) == []
    free = review([row("a", 499, 0.0), row("b", 499, 0.0)])
    assert "not above zero" in plot_tiers(free).title


def test_findings_charts_and_tables():
    rows = [row(f"c{i}", 220, 600.0) for i in range(30)]
    rows += [row(f"d{i}", 450, 400.0) for i in range(30)] + [row("z", 1, 5.0)]
    found = review(rows)
    falling, near, *_ = tier_findings(found)
    assert falling.statement.startswith("30 members fall a tier") and falling.money < 0
    # 30 members with 400 each lack 100 each.
    assert near.money == pytest.approx(3000)
    chart = plot_tiers(found)
    assert "49 % of customers" in chart.title and "<svg" in chart.svg(phone=True)
    for table in (tiers_table(found), notices_table(found), near_table(found),
                  tier_moves_table(found)):  # fmt: skip
        assert "nan" not in table.html()


def test_black_diamond_bound_is_called_a_claim():
    rows = [row(f"c{i}", 400, 100.0 + i) for i in range(3000)]
    (finding,) = [f for f in tier_findings(review(rows, SCHEMES["black"])) if f.money is None]
    assert "source claim" in finding.reference and "Black diamond" in finding.statement
