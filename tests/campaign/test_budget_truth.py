"""Planted response curves over many shops: how often intervals hold the truth."""

import numpy as np
import pytest
from media_worlds import WINDOW, made_world, planted

import opsbook
from opsbook.campaign.reallocation import reallocate
from opsbook.campaign.response import curves_of, response_curves
from opsbook.demo.build import simulate
from opsbook.errors import CannotTell


class Count:
    """Hits of intervals and verdicts over shops."""

    def __init__(self):
        self.orders, self.marginal, self.sides, self.gains, self.better = [], [], [], [], []
        self.verdicts = {"curve": 0, "effect": 0, "unknown": 0}

    def add(self, found, truth):
        frame = found.frame
        today = truth.added(np.ones(len(frame)))
        marginal = truth.steep() * found.worth / frame["spend"]
        self.orders += list((frame["orders_low"] <= today) & (today <= frame["orders_high"]))
        self.marginal += list(
            (frame["marginal_low"] <= marginal) & (marginal <= frame["marginal_high"])
        )
        for verdict, side, value in zip(frame["verdict"], frame["next"], marginal, strict=True):
            self.verdicts[verdict] += 1
            if side != "unknown":
                self.sides.append(side == ("raise" if value > 1 else "cut"))
        try:
            plan = reallocate(found)
        except CannotTell:
            return
        scale = (plan.frame["budget"] / plan.frame["spend"]).to_numpy()
        gain = (truth.added(scale) - today).sum() * found.worth
        self.gains.append(plan.gain_low <= gain <= plan.gain_high)
        if plan.verdict == "do":
            self.better.append(gain > 0)

    def shares(self):
        return {
            name: (round(float(np.mean(hits)), 3), len(hits))
            for name, hits in vars(self).items()
            if name != "verdicts" and hits
        }


@pytest.mark.slow
def test_intervals_hold_planted_returns_about_as_often_as_they_say():
    count = Count()
    for seed in range(40):
        data, truth = made_world(seed)
        count.add(curves_of(data, WINDOW, 0.95), truth)
    print("made shops", count.shares(), count.verdicts)
    # 160 intervals of .95, four to a shop: standard error about .02.
    assert np.mean(count.orders) >= 0.9
    assert np.mean(count.marginal) >= 0.9
    assert np.mean(count.sides) >= 0.95
    assert np.mean(count.gains) >= 0.85
    assert np.mean(count.better) >= 0.95
    assert count.verdicts["curve"] >= 80


@pytest.mark.slow
def test_channels_that_do_nothing_are_called_proven_in_one_shop_of_twenty_at_most():
    proven = 0
    for seed in range(100, 140):
        data, _ = made_world(seed, effect=False)
        proven += bool((curves_of(data, WINDOW, 0.95).frame["verdict"] != "unknown").any())
    print("shops without effect where one is called proven", proven, "of 40")
    assert proven <= 5


@pytest.mark.slow
def test_demo_shops_hold_the_truth_and_say_what_they_cannot_tell(tmp_path):
    count = Count()
    for seed in range(301, 313):
        folder = simulate(tmp_path / str(seed), seed=seed, events="none")
        found = response_curves(opsbook.open_shop(str(folder)))
        count.add(found, planted(folder, found.window, found.frame["channel"]))
    print("demo shops", count.shares(), count.verdicts)
    # 60 intervals: standard error .03. At 55 orders a day most channels cannot be told.
    assert np.mean(count.orders) >= 0.88
    assert np.mean(count.marginal) >= 0.88
    assert np.mean(count.sides) >= 0.9
    assert count.verdicts["unknown"] >= 40


@pytest.mark.slow
def test_a_shop_that_lives_from_one_channel_knows_its_curve(tmp_path):
    folder = simulate(tmp_path / "one", seed=1, scenario="one-channel", events="none")
    found = response_curves(opsbook.open_shop(str(folder)))
    truth = planted(folder, found.window, found.frame["channel"])
    row = found.of("Feed ads")
    orders = truth.added(np.ones(len(found.frame)))[0]
    marginal = truth.steep()[0] * found.worth / row["spend"]
    print("one channel", row["orders_low"], orders, row["orders_high"])
    assert found.dearer == ("Feed ads",)
    assert row["orders_low"] <= orders <= row["orders_high"]
    assert row["marginal_low"] <= marginal <= row["marginal_high"]
