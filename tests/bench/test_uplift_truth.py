"""Forty seeds of the demo shop: lift, pull-forward and A/A against what was planted.

Run with ``pytest -m slow tests/bench/test_uplift_truth.py -s``; the figures are printed.
Expected orders with a festival and without it come from the simulator itself (season, price
cuts, advertising and other campaigns included); days are drawn as Poisson counts about them.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "campaign"))
from campaign_truth import expected
from target_worlds import WAYS, made_panel

import opsbook
from opsbook.campaign.baseline import event_lift, lift_of_series
from opsbook.campaign.event import event_of
from opsbook.campaign.ordinary import design_for, ordinary_days
from opsbook.campaign.targeted import compared
from opsbook.demo.build import simulate

pytestmark = pytest.mark.slow
SEEDS = range(1, 41)
EVENTS = (
    ("618", 2026, "618 2026"),
    ("Double 11", 2025, "Double 11 2025"),
    ("Summer 818", 2026, "Summer 818 2026"),
    ("New Year Goods Festival", 2026, "New Year Goods Festival 2026"),
    ("Double 12", 2025, "Double 12 2025"),
    ("3.8 Queen's Day", 2026, "3.8 Queen's Day 2026"),
)


@pytest.fixture(scope="module")
def shop():
    return opsbook.open_shop("demo")


def test_lift_and_its_parts_are_inside_their_intervals_and_nothing_is_found_in_nothing(shop):
    days = pd.date_range("2024-11-01", "2026-10-31")
    rows = []
    for festival, year, name in EVENTS:
        event = event_of(shop, name)
        ordinary = ordinary_days(shop, event, days)
        design = design_for(ordinary)
        for seed in SEEDS:
            with_it, bare = (v.sum(axis=0) for v in expected(seed, festival, year))
            for nothing in (False, True):
                mean = bare if nothing else with_it
                y = np.random.default_rng(seed).poisson(mean).astype(float)
                lift = lift_of_series(
                    pd.Series(y, index=days), "orders", ordinary, design, event
                )  # fmt: skip
                part = lift.frame.loc[ordinary.window, "part"].to_numpy()
                truth = (mean - bare)[ordinary.window]
                rows.append(
                    (festival, nothing, "net", lift.net.low <= truth.sum() <= lift.net.high)
                )
                for key, gain in lift.parts.items():
                    inside = gain.low <= truth[part == key].sum() <= gain.high
                    rows.append((festival, nothing, key, inside))
    table = pd.DataFrame(rows, columns=["event", "nothing", "part", "inside"])
    shares = table.groupby(["nothing", "part"])["inside"].agg(["mean", "size"])
    print(shares.to_string())
    print(table[table["part"] == "net"].groupby(["event", "nothing"])["inside"].mean().to_string())
    net = table[table["part"] == "net"].groupby("nothing")["inside"].mean()
    assert net[False] >= 0.92
    assert net[True] >= 0.93
    assert (shares["mean"] >= 0.90).all()


def test_category_days_halo_and_cannibalisation_are_inside_their_intervals(shop):
    """A category's day lifts itself by 15 %, the next by 12 log points, the one after by -8."""
    days = pd.date_range("2024-11-01", "2026-10-31")
    names = [c.name for c in opsbook.demo.plan.Plan().categories]
    truth = pd.read_parquet(Path("data/demo/truth/category_days.parquet"))
    truth["date"] = pd.to_datetime(truth["date"])
    rows = []
    for campaign in ("K053", "K050", "K044", "K057"):
        event = event_of(shop, campaign)
        ordinary = ordinary_days(shop, event, days)
        design = design_for(ordinary)
        own = next(i for i, n in enumerate(names) if n in event.name)
        for step, factor in ((0, 1.15), (1, np.exp(0.12)), (2, np.exp(-0.08)), (5, 1.0)):
            category = (own + step) % len(names)
            for seed in SEEDS:
                with_it, _ = expected(seed, "618", 2026)
                mean = with_it[category]
                inside = (days >= pd.Timestamp(event.start)) & (days < pd.Timestamp(event.end))
                added = float((mean * (1 - 1 / factor))[inside].sum())
                y = np.random.default_rng(seed).poisson(mean).astype(float)
                lift = lift_of_series(
                    pd.Series(y, index=days), "orders", ordinary, design, event, placebos=False
                )  # fmt: skip
                rows.append((step, lift.event.low <= added <= lift.event.high))
    shares = pd.DataFrame(rows, columns=["step", "inside"]).groupby("step")["inside"].mean()
    print(shares.to_string())
    assert (shares >= 0.90).all()


def test_confounded_targeting_is_handled_or_diagnosed():
    rows = []
    for way in WAYS:
        for effect in (0.0, 1.0):
            for seed in range(100):
                found = compared(made_panel(way, effect, seed), "x")
                right = not found.believed or found.low <= effect <= found.high
                rows.append((way, effect, right, bool(found.believed), found.verdict))
    table = pd.DataFrame(rows, columns=["way", "effect", "right", "believed", "verdict"])
    print(table.groupby(["way", "effect"])[["right", "believed"]].mean().to_string())
    print(table.groupby(["way", "verdict"]).size().to_string())
    assert (table.groupby("way")["right"].mean() >= 0.90).all()
    aa = table[(table["effect"] == 0) & (table["way"] == "random")]
    assert (aa["verdict"] == "no effect").mean() >= 0.92


def test_whole_shops_hold_the_planted_lift(tmp_path):
    """Twelve simulated shops, every table drawn: orders of the latest three great sales."""
    rows = []
    for seed in range(1, 13):
        folder = simulate(tmp_path / str(seed), seed=seed, events="none")
        made = opsbook.open_shop(folder)
        for festival, year, name in EVENTS[:3]:
            lift = event_lift(made, event_of(made, name)).lifts["orders"]
            with_it, bare = (v.sum(axis=0) for v in expected(seed, festival, year))
            asked = (lift.frame["part"] != "").to_numpy()
            truth = float((with_it - bare)[asked].sum())
            rows.append((name, seed, truth, lift.net.gain, lift.net.low <= truth <= lift.net.high))
    table = pd.DataFrame(rows, columns=["event", "seed", "truth", "found", "inside"])
    print(table.to_string())
    assert table["inside"].mean() >= 0.88
