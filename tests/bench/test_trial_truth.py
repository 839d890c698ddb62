"""Planted experiments over many shops: how often intervals hold the truth, and faults are named."""

import json

import pytest

import opsbook
from opsbook.demo.build import simulate
from opsbook.traffic.decide import decide_trials
from opsbook.traffic.holdout import holdout_effects
from opsbook.traffic.incrementality import geo_test
from opsbook.traffic.trial import analyse_trials

SEEDS = range(101, 113)
STEADY = ("pay-one-click", "aa-homepage", "member-price", "community-coupon-pilot",
          "new-category-feed", "landing-page-v2")  # fmt: skip


@pytest.mark.slow
def test_planted_lifts_lie_inside_the_intervals_about_as_often_as_they_say(tmp_path):
    inside = {"trials": [], "geo": [], "holdout": []}
    named = {"mismatch": 0, "fading": 0, "gain": 0, "null": 0}
    false = {"mismatch": 0, "fading": 0, "tests": 0}
    narrower = []
    for seed in SEEDS:
        folder = simulate(tmp_path / "shop", seed=seed, events="none")
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        shop = opsbook.open_shop(str(folder))
        trials = analyse_trials(shop)
        for name in STEADY:
            row = trials.of(name).set_index("metric").loc["conversion"]
            lift = truth["experiments"][name]["lift"]
            inside["trials"].append(row["low"] <= lift <= row["high"])
        found = decide_trials(shop)
        reason = dict(zip(found.frame["exp_id"], found.frame["reason"], strict=True))
        named["mismatch"] += reason["landing-page-v2"] == "mismatch"
        named["fading"] += reason["animated-banner"] == "fading"
        named["gain"] += reason["pay-one-click"] == "gain"
        named["null"] += "No difference" in found.of("aa-homepage")["words"]
        states = found.health.frame.set_index("exp_id")["state"]
        false["tests"] += len(states) - 2
        false["mismatch"] += int((states.drop("landing-page-v2") == "mismatch").sum())
        false["fading"] += int((states.drop("animated-banner") == "fading").sum())
        narrower.append(trials.narrowing("member-price"))
        geo = geo_test(shop)
        change = truth["geo_test"]["orders_against_untested"] - 1
        inside["geo"].append(geo.low <= change <= geo.high)
        row = holdout_effects(shop).frame.set_index("journey").loc["win-back-short"]
        inside["holdout"].append(row["low"] / row["base"] <= 0.3 <= row["high"] / row["base"])
    n = len(SEEDS)
    shares = {name: sum(hits) / len(hits) for name, hits in inside.items()}
    print("inside", shares, "named of", n, named, "false", false, "narrowing", max(narrower))
    # 72 intervals of .95: standard error .026.
    assert 0.88 <= shares["trials"] <= 1
    assert shares["geo"] >= 0.75
    assert shares["holdout"] >= 0.75
    assert named["mismatch"] >= n - 1
    assert named["fading"] >= n - 2
    assert named["gain"] >= n - 1
    assert named["null"] >= n - 2
    assert false["mismatch"] + false["fading"] <= 0.05 * false["tests"]
    assert max(narrower) < 0.97
