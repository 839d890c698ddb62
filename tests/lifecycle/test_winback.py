"""Win-back: best use of a budget, measured against assumed effects, selection bias seen."""

import itertools
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from life_shops import START, buys, shop_of_buys, stamp

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.lifecycle.winback import winback
from opsbook.lifecycle.winback_assumptions import Assumptions
from opsbook.lifecycle.winback_chart import (
    dormancy_name,
    plan_table,
    plot_budget,
    plot_uplifts,
    uplift_table,
    winback_list_table,
)
from opsbook.lifecycle.winback_choice import NOTHING, budget_curve, choose
from opsbook.lifecycle.winback_findings import winback_findings, winback_words
from opsbook.lifecycle.winback_uplift import contact_uplift, share_gain


def best_of_all(gain, cost, budget):
    """The exact optimum, by trying everything."""
    found = 0.0
    for picks in itertools.product(range(-1, gain.shape[1]), repeat=len(gain)):
        taken = [(i, a) for i, a in enumerate(picks) if a >= 0]
        if sum(cost[i, a] for i, a in taken) <= budget:
            found = max(found, sum(gain[i, a] for i, a in taken))
    return found


def test_choice_is_within_one_step_of_the_exact_optimum_and_the_budget():
    rng = np.random.default_rng(0)
    for _ in range(150):
        gain, cost = rng.normal(2, 2, (5, 3)), rng.uniform(0.1, 3, (5, 3))
        budget = rng.uniform(0, 8)
        chosen = choose(gain, cost, budget)
        taken = [(i, a) for i, a in enumerate(chosen) if a != NOTHING]
        got = sum(gain[i, a] for i, a in taken)
        assert sum(cost[i, a] for i, a in taken) <= budget + 1e-9
        best = best_of_all(gain, cost, budget)
        assert best - np.maximum(gain, 0).max() - 1e-9 <= got <= best + 1e-9


def test_choice_agrees_with_the_linear_programme_where_a_step_just_fits():
    from scipy.optimize import linprog

    rng = np.random.default_rng(1)
    gain, cost = rng.uniform(0, 5, (40, 2)), rng.uniform(0.2, 3, (40, 2))
    curve = budget_curve(gain, cost, points=10_000)
    row = curve.iloc[len(curve) // 2]
    # One action at most per customer, divisible: HiGHS knows the optimum.
    once = np.kron(np.eye(40), np.ones((1, 2)))
    lp = linprog(
        -gain.ravel(),
        A_ub=np.vstack([once, cost.ravel()]),
        b_ub=np.r_[np.ones(40), row["budget"]],
        bounds=(0, 1),
    )
    assert row["gain"] == pytest.approx(-lp.fun)
    chosen = choose(gain, cost, float(row["budget"]))
    at = np.flatnonzero(chosen != NOTHING)
    assert gain[at, chosen[at]].sum() == pytest.approx(-lp.fun)


def test_without_limit_everybody_gets_the_best_action_that_pays():
    gain = np.array([[1.0, 3.0, 2.0], [-1.0, -0.5, -2.0], [2.0, 1.0, -1.0]])
    cost = np.array([[1.0, 2.0, 0.5], [1.0, 1.0, 1.0], [0.5, 0.1, 1.0]])
    assert choose(gain, cost).tolist() == [1, NOTHING, 0]
    assert choose(gain, cost, 0.0).tolist() == [NOTHING] * 3


def test_budget_curve_rises_ever_more_slowly():
    rng = np.random.default_rng(4)
    curve = budget_curve(rng.normal(1, 2, (300, 3)), rng.uniform(0.1, 3, (300, 3)))
    slope = np.diff(curve["gain"]) / np.diff(curve["budget"])
    assert (np.diff(slope) <= 1e-9).all() and (slope > 0).all()


def test_published_difference_of_two_shares():
    # Newcombe (1998), table II, 56/70 against 48/80: 0.0524 to 0.3339.
    assert [round(v, 4) for v in share_gain(56, 70, 48, 80)] == [0.2, 0.0524, 0.3339]


def shop_with_contacts(seed=0, n=3000, lift=0.5, base=0.2, held=0.4, days=200):
    """Dormant customers of whom some are written to by lot; and active ones who are not.

    Everybody bought on day 100 or before; the mail goes out on day 160. Half of all
    customers are active buyers, also written to, in a journey for good customers.
    """
    rng = np.random.default_rng(seed)
    rows, mails = [], []
    for i in range(n):
        name = f"c{i:05d}"
        rows.append(buys(name, float(rng.uniform(115, 125)), price=100.0))
        out = rng.random() < held
        chance = base if out else base * (1 + lift)
        if rng.random() < chance:
            rows.append(buys(name, 160.3 + rng.uniform(0, 13), price=100.0))
        mails.append((name, 160.0, "win", "held_out" if out else "sent"))
    for i in range(n):
        name = f"v{i:05d}"
        good = i % 2 == 0
        rows += [buys(name, d, price=100.0) for d in ((20, 150) if good else (20,))]
        # Good customers come back often, written to or not.
        if rng.random() < (0.4 if good else 0.02):
            rows.append(buys(name, 160.3 + rng.uniform(0, 13), price=100.0))
        if good and rng.random() < 0.8:
            mails.append((name, 160.0, "thanks", "sent"))
    rows.append(buys("last", days))
    contacts = pd.DataFrame(mails, columns=["customer_id", "day", "journey", "outcome"])
    contacts["contact_ts"] = [stamp(d) for d in contacts.pop("day")]
    contacts["cost"], contacts["channel"] = 0.05, "sms"
    return shop_of_buys(rows, cost=0.5, contacts=contacts)


@pytest.fixture(scope="module")
def mailed():
    return shop_with_contacts()


@pytest.fixture(scope="module")
def plan(mailed):
    return winback(mailed, bounds=(30, 75, 100))


def test_holdout_finds_the_planted_effect_and_its_interval_covers_it(mailed):
    by = {u.journey: u for u in contact_uplift(mailed)}
    assert by["win"].measured
    # 0.2 x 0.5 = 10 points more orders.
    assert by["win"].low <= 0.10 <= by["win"].high
    assert by["win"].silence == pytest.approx(40, abs=2)


def test_plain_comparison_credits_thanks_with_what_came_anyway(mailed):
    by = {u.journey: u for u in contact_uplift(mailed)}
    # True effect of thanks: none. Against everybody else it looks like more than ten points.
    assert by["thanks"].naive > 0.10
    assert abs(by["thanks"].matched) < 0.07
    assert not by["thanks"].measured and np.isnan(by["thanks"].gain)


def test_two_runs_say_the_same(mailed):
    one, two = contact_uplift(mailed), contact_uplift(shop_with_contacts())
    assert [(u.journey, u.response, u.naive) for u in one] == [
        (u.journey, u.response, u.naive) for u in two
    ]


def test_held_out_customers_by_choice_are_no_lot():
    # Left out were those who had never bought much: the balance tells.
    rows, mails = [], []
    for i in range(400):
        rich = i % 2 == 0
        rows.append(buys(f"c{i}", 10 + i % 5, price=500.0 if rich else 5.0))
        mails.append((f"c{i}", stamp(60), "pick", "sent" if rich else "held_out"))
    rows.append(buys("last", 120))
    contacts = pd.DataFrame(mails, columns=["customer_id", "contact_ts", "journey", "outcome"])
    [found] = contact_uplift(shop_of_buys(rows, contacts=contacts))
    assert abs(found.balance) > 1 and not found.measured


def test_plan_uses_the_measured_effect_where_customers_are_as_dormant(plan):
    lifts = plan.lifts.set_index("dormancy")
    assert lifts.loc["short", "source"] == "measured"
    assert lifts.loc["short", "lift"] == pytest.approx(0.5, abs=0.2)
    assert lifts.loc["long", "source"] == "assumed"
    low, high = plan.gain_between()
    assert low <= plan.gain <= high


def test_list_reconciles_with_the_plan(plan):
    rows, table = plan.customers, plan.segments
    assert rows["customer_id"].is_unique
    assert table["contacted"].sum() == len(plan.contacted)
    assert table["held_out"].sum() == (rows["arm"] == "hold out").sum()
    assert table["cost"].sum() == pytest.approx(plan.cost)
    assert table["gain"].sum() == pytest.approx(plan.gain)
    assert (rows["gain"] > 0).all()
    assert (table["contacted"] + table["held_out"] <= table["reachable"]).all()
    assert len(winback_list_table(plan).frame) == len(rows)


def test_gain_is_the_formula_for_every_customer(plan):
    given, rows = plan.assumed, plan.customers
    message = rows[rows["action"] == "message"]
    by_hand = (message["asked"] - message["returns"]) * message["margin"] - given.message_cost
    assert message["gain"].to_numpy() == pytest.approx(by_hand.to_numpy())
    assert (rows["cost"] <= rows["cap"] + 1e-9).all()
    high = rows.loc[rows["high_value"], "cap"]
    if len(high):
        assert high.iloc[0] == pytest.approx(3 * rows.loc[~rows["high_value"], "cap"].iloc[0])


def test_a_budget_is_kept_and_more_money_never_earns_less(mailed):
    gains = []
    for budget in (0.0, 1.0, 5.0, 20.0):
        found = winback(mailed, budget=budget, bounds=(30, 75, 100), holdout_share=0.0)
        assert found.cost <= budget + 1e-9
        gains.append(found.gain)
    assert gains == sorted(gains) and gains[0] == 0


def test_customers_who_refused_are_never_on_the_list():
    rows = [buys(f"c{i}", i % 60, price=100.0) for i in range(600)]
    rows += [buys(f"c{i}", 60 + i % 90, price=100.0) for i in range(0, 600, 7)]
    rows.append(buys("last", 200))
    people = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(600)], "consent": [i % 3 > 0 for i in range(600)]}
    )
    found = winback(shop_of_buys(rows, customers=people))
    assert not {f"c{i}" for i in range(0, 600, 3)} & set(found.customers["customer_id"])
    assert found.segments["reachable"].sum() < found.segments["dormant"].sum()


def test_an_effect_of_nothing_contacts_nobody(mailed):
    none = Assumptions(lift=dict.fromkeys(("short", "mid", "long"), 0.0), voucher_lift=0.0,
                       call_lift=0.0)  # fmt: skip
    found = winback(mailed, bounds=(90, 120, 150), assumed=none)
    assert found.customers.empty
    assert "Nobody is worth contacting" in winback_words(found)
    assert plot_budget(found).title == "No contact pays under these assumptions"


def test_findings_name_the_journey_that_takes_credit():
    rng = np.random.default_rng(3)
    rows, mails = [], []
    for i in range(6000):
        # A third is due and half of those written to; due customers come back more often.
        due = i % 3 == 0
        rows.append(buys(f"c{i}", 10 if due else 3, price=100.0))
        if rng.random() < (0.3 if due else 0.03):
            rows.append(buys(f"c{i}", 60.3 + rng.uniform(0, 13), price=100.0))
        if due:
            mails.append((f"c{i}", stamp(60), "back", "sent" if i % 2 else "held_out"))
    rows.append(buys("last", 220))
    contacts = pd.DataFrame(mails, columns=["customer_id", "contact_ts", "journey", "outcome"])
    found = winback(shop_of_buys(rows, cost=0.5, contacts=contacts))
    notes = [f for f in winback_findings(found) if "come anyway" in f.statement]
    assert len(notes) == 1
    # True effect: none; credited: 0.27 x 1000 contacts x 50 of margin, about 13,500.
    assert notes[0].money == pytest.approx(-13_500, rel=0.35)
    assert notes[0].confidence == "high"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_and_table_has_words(plan, lang):
    with speaking(lang):
        charts = [plot_budget(plan), plot_uplifts(plan)]
        text = " ".join(c.title + c.alt for c in charts) + winback_words(plan)
        text += (
            plan_table(plan).html() + uplift_table(plan).html() + winback_list_table(plan).html()
        )
        assert all(c.svg(phone=p) for c in charts for p in (True, False))
    assert " nan" not in text.lower() and ">nan" not in text.lower()


def test_effects_are_named_by_dormancy_in_the_readers_language(plan):
    with speaking("zh"):
        text = plan_table(plan).html()
        named = [dormancy_name(d, plan.bounds) for d in plan.lifts["dormancy"]]
    assert all(text.count(name) == 1 + (plan.segments["dormancy"] == d).sum()
               for name, d in zip(named, plan.lifts["dormancy"], strict=True))  # fmt: skip
    assert not any(word in text for word in ("short", "mid ", "long"))


@pytest.mark.parametrize(
    "rows",
    [
        [buys("a", 0)],
        [buys(f"c{i}", 3) for i in range(80)],
        [buys(None, i) for i in range(200)],
        [buys(f"c{i}", i % 7) for i in range(80)],
    ],
    ids=["one customer", "one day", "guests only", "one week"],
)
def test_a_shop_without_dormant_customers_is_told_so(rows):
    with pytest.raises(CannotTell):
        winback(shop_of_buys(rows))


def test_refunds_above_sales_win_nobody_back():
    rows = [buys(f"c{i}", i % 60, price=-10.0) for i in range(200)] + [buys("z", 200, price=-10.0)]
    found = winback(shop_of_buys(rows, cost=0.5))
    assert found.customers.empty
    assert "nan" not in winback_words(found).lower()


def test_wrong_options_are_refused(mailed):
    for wrong in (
        {"budget": -1.0}, {"bounds": (60, 30, 90)}, {"holdout_share": 0.9}, {"actions": ["gift"]},
        {"window_days": 0},
    ):  # fmt: skip
        with pytest.raises(ParameterError):
            winback(mailed, **wrong)
    with pytest.raises(ParameterError, match="voucher_share"):
        Assumptions(voucher_share=2.0)


def test_unfinished_windows_do_not_count():
    contacts = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(50)],
            "contact_ts": START + timedelta(days=95),
            "journey": "late",
            "outcome": "sent",
        }
    )
    rows = [buys(f"c{i}", i) for i in range(101)]
    with pytest.raises(CannotTell, match="14 days are over"):
        contact_uplift(shop_of_buys(rows, contacts=contacts))
