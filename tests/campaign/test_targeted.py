"""Targeted customers: weights by hand, worlds with known choosing, and the Complete Journey."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from target_worlds import made_panel

import opsbook
from made_shop import shop_of
from opsbook.campaign.event import event_of
from opsbook.campaign.propensity import doubly_robust, standardised, weigh
from opsbook.campaign.targeted import compared, targeted_effect
from opsbook.campaign.targeted_chart import (
    balance_table,
    estimates_table,
    plot_balance,
    plot_estimates,
    plot_history,
    redeemed_table,
)
from opsbook.campaign.targeted_findings import targeted_findings
from opsbook.campaign.targeted_holdout import UNEVEN, lot_effect
from opsbook.errors import CannotTell


def test_standardised_difference_by_hand():
    # Means 4 and 2, both spreads 1: (4 - 2) / 1.
    value = np.array([3.0, 5.0, 1.0, 3.0])
    assert standardised(value, np.array([True, True, False, False]), np.ones(4)) == 2.0


def test_odds_weights_make_a_binary_feature_alike():
    # Of 100 with the mark 80 are chosen, of 300 without it 30.
    mark = np.r_[np.ones(100), np.zeros(300)]
    chosen = np.r_[np.ones(80, bool), np.zeros(20, bool), np.ones(30, bool), np.zeros(270, bool)]
    found = weigh(pd.DataFrame({"mark": mark}), chosen)
    assert found.balance["before"].iloc[0] > 1.4
    assert abs(found.balance["after"].iloc[0]) < 0.05
    # Odds 4 among the marked, 1/9 among the others (a little less for the ridge).
    assert found.weight[85] == pytest.approx(4, rel=0.05)
    assert found.weight[-1] == pytest.approx(1 / 9, rel=0.05)


def test_doubly_robust_change_with_a_marked_group_by_hand():
    # Marked customers gain 10 anyway, others 0; being chosen adds 3.
    mark = np.r_[np.ones(100), np.zeros(300)]
    chosen = np.r_[np.ones(80, bool), np.zeros(20, bool), np.ones(30, bool), np.zeros(270, bool)]
    change = 10 * mark + 3.0 * chosen
    effect, error = doubly_robust(change, chosen, weigh(pd.DataFrame({"m": mark}), chosen))
    assert effect == pytest.approx(3, abs=0.01)
    assert error < 0.05


def test_fewer_than_thirty_on_a_side_cannot_be_compared():
    with pytest.raises(CannotTell, match="30"):
        weigh(pd.DataFrame({"x": np.arange(50.0)}), np.arange(50) < 20)


def test_good_customers_chosen_look_better_and_the_range_says_nothing_was_added():
    found = compared(made_panel("habit", 0.0, 3), "x")
    assert found.of("naive")["low"] > 1
    assert found.low < 0 < found.high
    assert found.verdict == "no effect"


def test_chosen_for_what_they_bought_just_before_is_undone_by_weights_only():
    found = compared(made_panel("just before", 0.0, 1), "x")
    assert found.of("did")["high"] < -1
    assert found.believed == "weighted"
    assert found.low < 0 < found.high


def test_only_the_best_chosen_leaves_nobody_alike():
    found = compared(made_panel("best", 0.0, 2), "x")
    assert not found.of("weighted")["passed"]


def test_an_effect_is_found_and_named():
    found = compared(made_panel("random", 1.5, 4, customers=6_000), "x")
    assert found.verdict == "adds"
    assert found.low < 1.5 < found.high


@pytest.mark.parametrize(
    ("campaign", "naive", "change"), [("8", 5.15, -0.27), ("13", 5.50, -0.17), ("18", 5.49, 0.26)]
)
def test_complete_journey_gap_is_selection(campaign, naive, change):
    """About +5 dollars plainly; -0.27, -0.17, +0.26 against an equally long window before."""
    shop = opsbook.open_shop("completejourney")
    found = targeted_effect(shop, event_of(shop, campaign))
    assert found.of("naive")["estimate"] == pytest.approx(naive, abs=0.02)
    assert found.of("did")["estimate"] == pytest.approx(change, abs=0.01)
    assert found.verdict == "no effect"
    assert found.low < 0 < found.high
    note = targeted_findings(found)[0]
    assert "nothing is left" in note.statement
    assert note.money is not None
    for chart in (plot_estimates(found), plot_history(found), plot_balance(found)):
        assert chart.title
        assert "nan" not in chart.svg()
    assert len(estimates_table(found).frame) == 3
    assert len(balance_table(found).frame) >= 6
    rates = redeemed_table(found).frame["rate"]
    assert rates.iloc[-1] > 2 * rates.iloc[0]


def holdout_shop(added: float):
    """Two thousand chosen, a third of them left out by lot; the sent spend more on average."""
    rng = np.random.default_rng(1)
    n = 3_000
    names = [f"C{i:04d}" for i in range(n)]
    day = pd.Timestamp("2026-03-01")
    past = pd.DataFrame(
        {"customer_id": names, "order_ts": day - pd.to_timedelta(rng.integers(1, 55, n), unit="D")}
    )
    out = np.full(n, "", object)
    out[:2_000] = np.where(rng.random(2_000) < 1 / 3, "held_out", "sent")
    chance = np.where(out == "sent", 0.3 + added, 0.3)
    buys = rng.random(n) < chance
    later = pd.DataFrame(
        {"customer_id": np.array(names)[buys], "order_ts": day + pd.Timedelta("3D")}
    )
    edge = pd.DataFrame(
        {"customer_id": "X", "order_ts": pd.to_datetime(["2025-12-01", "2026-03-20"])}
    )
    orders = pd.concat([past, later, edge], ignore_index=True)
    orders["order_id"] = [f"O{i:05d}" for i in range(len(orders))]
    lines = orders[["order_id"]].assign(line_id="1", sku="A", qty=1, paid_price=100.0)
    contacts = pd.DataFrame(
        {"customer_id": names, "contact_ts": day, "journey": "K1", "outcome": out, "cost": 0.1}
    )
    campaigns = pd.DataFrame(
        {"campaign_id": ["K1"], "name": ["Spring"], "start_date": [day.date()],
         "end_date": [(day + pd.Timedelta("13D")).date()]}
    )  # fmt: skip
    return shop_of(
        orders=orders, order_lines=lines, campaigns=campaigns,
        contacts=contacts[contacts["outcome"] != ""],
    )  # fmt: skip


def test_a_holdout_is_believed_before_anything_else():
    shop = holdout_shop(0.1)
    found = targeted_effect(shop, event_of(shop, "K1"))
    assert found.believed == "holdout"
    assert found.held > 500
    # One in ten more at 100 each, over 14 days: 0.71 a day.
    assert found.low < 100 * 0.1 / 14 < found.high
    assert found.verdict == "adds"
    assert found.cost == pytest.approx(0.1 * found.targeted)


def with_messages(shop, rows: list[tuple[pd.Series, str, str, str]]):
    """The shop with further contacts: who, on which day, of which journey, with which outcome."""
    more = [
        pd.DataFrame({"customer_id": who, "contact_ts": pd.Timestamp(day), "journey": journey,
                      "outcome": outcome, "cost": 0.1})
        for who, day, journey, outcome in rows
    ]  # fmt: skip
    tables = {n: shop.table(n).execute() for n in ("orders", "order_lines", "campaigns")}
    return shop_of(**tables, contacts=pd.concat([shop.contacts.execute(), *more]))


def addressed(shop, outcome: str) -> pd.Series:
    rows = shop.contacts.execute()
    return rows.loc[rows["outcome"] == outcome, "customer_id"]


def test_a_second_mailing_to_the_same_customers_shares_the_effect():
    one = holdout_shop(0.1)
    both = with_messages(one, [(addressed(one, "sent"), "2026-03-04", "summer coupon", "sent")])
    found = targeted_effect(both, event_of(both, "K1"))
    assert found.verdict == "adds together"
    assert found.together == ("summer coupon",)
    note = targeted_findings(found)[0]
    for text in (note.statement, note.money_basis, found.words()):
        assert "summer coupon" in text
        assert "together" in text
    assert "targeting adds" not in note.statement
    assert note.confidence == "low"


def test_a_second_mailing_that_reached_the_left_out_as_well_takes_nothing_away():
    one = holdout_shop(0.1)
    everybody = one.contacts.execute()["customer_id"]
    both = with_messages(one, [(everybody, "2026-03-04", "care", "sent")])
    found = targeted_effect(both, event_of(both, "K1"))
    assert (found.verdict, found.together) == ("adds", ())
    assert found.beside == (1.0, 1.0)


def test_who_was_left_out_of_the_second_mailing_or_not_reached_got_none():
    one = holdout_shop(0.1)
    sent = addressed(one, "sent")
    rows = [(sent.iloc[:600], "2026-03-04", "care", "held_out"),
            (sent.iloc[600:], "2026-03-04", "care", "failed"),
            (sent, "2026-04-04", "later", "sent")]  # fmt: skip
    both = with_messages(one, rows)
    found = targeted_effect(both, event_of(both, "K1"))
    assert (found.verdict, found.beside) == ("adds", (0.0, 0.0))


@pytest.mark.parametrize(("effect", "verdict"), [(1.5, "adds together"), (0.0, "no effect")])
def test_without_a_lot_the_like_of_the_targeted_must_have_got_as_many_other_messages(
    effect, verdict
):
    panel = made_panel("random", effect, 4, customers=6_000)
    some = np.random.default_rng(1).random(6_000) < 0.4
    alike = compared(replace(panel, beside=some, beside_names=("care",)), "x")
    assert alike.together == ()
    more = compared(replace(panel, beside=some & panel.chosen, beside_names=("care",)), "x")
    assert (more.verdict, more.together) == (verdict, ("care",))
    assert "and care" in more.headline()
    assert "together" in more.headline()


def test_messages_of_journeys_that_run_all_year_are_not_the_events():
    one = holdout_shop(0.1)
    tables = {n: one.table(n).execute() for n in ("orders", "order_lines", "campaigns")}
    own = one.contacts.execute().assign(journey="win-back")
    early = own.head(50).assign(contact_ts=pd.Timestamp("2026-02-01"))
    routine = shop_of(**tables, contacts=pd.concat([own, early]))
    with pytest.raises(CannotTell, match="belong to win-back"):
        targeted_effect(routine, event_of(routine, "K1"))
    # The same messages on the event's days only are its own, whatever they are called.
    unnamed = shop_of(**tables, contacts=own)
    found = targeted_effect(unnamed, event_of(unnamed, "K1"))
    assert (found.believed, found.by_journey) == ("holdout", False)


def lot_panel(seed: int, added: float, *, uneven: bool):
    """Good and weak customers addressed alike; the lot leaves out half of the weak ones."""
    rng = np.random.default_rng(seed)
    panel = made_panel("random", 0.0, seed, customers=2_000)
    spend = panel.spend.copy()
    good = spend[:, 1:4].sum(axis=1) > np.median(spend[:, 1:4].sum(axis=1))
    tested = np.arange(2_000) < 1_500
    held = tested & (rng.random(2_000) < np.where(good | (not uneven), 0.15, 0.5))
    chosen = tested & ~held
    spend[chosen, 0] += added * panel.window.days
    return replace(panel, spend=spend, chosen=chosen, held=held, tested=tested)


@pytest.mark.parametrize("uneven", [False, True])
def test_a_lot_is_read_rightly_even_where_it_spared_the_weak(uneven):
    found = [lot_effect(lot_panel(seed, 1.0, uneven=uneven)) for seed in range(30)]
    z = np.array([(lot.estimate - 1.0) / lot.error for lot in found])
    # Thirty worlds at 95 %: 25 or fewer is a chance of one in sixty.
    assert (np.abs(z) < 1.96).sum() >= 26
    assert abs(z.mean()) < 0.7
    assert np.mean([lot.chance < UNEVEN for lot in found]) == pytest.approx(float(uneven), abs=0.1)


def test_an_uneven_lot_is_said():
    words = compared(lot_panel(1, 0.0, uneven=True), "x").words()
    assert "not drawn alike" in words
    assert "not drawn alike" not in compared(lot_panel(1, 0.0, uneven=False), "x").words()


def test_chosen_for_a_quarter_of_purchases_fails_the_plain_change():
    """Three windows decide who is chosen: each step up is small, the fall comes at once."""
    for seed in range(3):
        panel = made_panel("random", 0.0, seed)
        quarter = panel.spend[:, 1:4].sum(axis=1)
        chosen = np.random.default_rng(seed).random(3_000) < np.where(
            quarter > np.quantile(quarter, 0.7), 0.7, 0.1
        )
        found = compared(replace(panel, chosen=chosen), "x")
        assert found.of("did")["high"] < 0
        assert not found.of("did")["passed"]
        rise = found.placebos.set_index("method").loc["build-up", "z"]
        assert rise > 3


def region_shop(seed: int):
    """The north is mailed three times as often, and buys twice as much in the very weeks."""
    rng = np.random.default_rng(seed)
    n, day = 2_000, pd.Timestamp("2026-03-01")
    names, north = np.array([f"C{i:04d}" for i in range(n)]), np.arange(n) % 2 == 0
    sent = rng.random(n) < np.where(north, 0.6, 0.2)
    rows = []
    for k in range(-5, 1):
        level = np.where(north & (k == 0), 2.0, 1.0)
        who = np.repeat(np.arange(n), rng.poisson(level))
        at = day + pd.to_timedelta(14 * k + rng.integers(0, 14, len(who)), unit="D")
        rows.append(pd.DataFrame({"customer_id": names[who], "order_ts": at}))
    orders = pd.concat(rows, ignore_index=True)
    orders["order_id"] = [f"O{i:06d}" for i in range(len(orders))]
    return shop_of(
        orders=orders,
        order_lines=orders[["order_id"]].assign(line_id="1", sku="A", qty=1, paid_price=100.0),
        customers=pd.DataFrame(
            {"customer_id": names, "region": np.where(north, "North 1", "South 1"),
             "signup_date": day - pd.Timedelta("200D")}
        ),
        contacts=pd.DataFrame(
            {"customer_id": names[sent], "contact_ts": day, "journey": "K1", "outcome": "sent"}
        ),
        campaigns=pd.DataFrame(
            {"campaign_id": ["K1"], "name": ["Spring"], "start_date": [day.date()],
             "end_date": [(day + pd.Timedelta("13D")).date()]}
        ),
    )  # fmt: skip


def test_a_region_that_moves_on_its_own_is_no_effect_of_its_mailings():
    shop = region_shop(1)
    found = targeted_effect(shop, event_of(shop, "K1"))
    assert found.of("did")["low"] > 0
    assert found.of("weighted")["low"] < 0 < found.of("weighted")["high"]
    assert found.verdict == "no effect"
    assert "region North 1" in balance_table(found).frame["label"].tolist()


def test_nobody_contacted_is_said():
    shop = holdout_shop(0.0)
    empty = shop.contacts.execute().head(0)
    tables = {n: shop.table(n).execute() for n in ("orders", "order_lines", "campaigns")}
    bare = shop_of(**tables, contacts=empty)
    with pytest.raises(CannotTell, match="nobody was contacted"):
        targeted_effect(bare, event_of(bare, "K1"))
