"""What chapters say was measured on the demo shop, measured again: proofs of measured.toml."""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.demo import default_folder

for room in ("campaign", "market"):
    sys.path.insert(0, str(Path(__file__).parents[1] / room))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop():
    return opsbook.open_shop("demo")


def truth(name):
    return pd.read_parquet(default_folder() / "truth" / f"{name}.parquet")


def test_own_rhythm_tells_who_left_as_b05_says(shop):
    from opsbook.lifecycle.churn_measure import auc
    from opsbook.lifecycle.stages import stages

    now = stages(shop)
    table = now.table.to_pandas()
    inside = truth("customers").set_index("customer_id").reindex(table["customer_id"])
    told = inside["purchase_rate"].notna().to_numpy()
    left = (pd.to_datetime(inside["left_date"]) <= pd.Timestamp(now.at)).to_numpy()
    silent, repeats, span = (
        table[c].to_numpy(float) for c in ("silent_days", "repeats", "span_days")
    )
    gone = now.clock.chance_gone(silent, repeats, span)
    again = told & (repeats > 0)
    found = [auc(left[who], by[who]).value for who in (told, again) for by in (gone, silent)]
    assert np.round(found, 2).tolist() == [0.83, 0.63, 0.79, 0.78]
    shares = []
    for called in (table["stage"].isin(["dormant", "lost"]).to_numpy(), silent > 90):
        hits = (called & left)[again].sum()
        shares += [hits / left[again].sum(), hits / called[again].sum()]
    assert np.round(shares, 2).tolist() == [0.59, 0.90, 0.85, 0.80]


def test_a_window_twelve_times_thirty_days_back_seems_to_fall_as_b07_says(shop):
    from opsbook.lifecycle.repeat_rate import repeat_rate

    then = repeat_rate(shop, end=date(2025, 11, 6)).now
    assert then["start"] == pd.Timestamp(2025, 10, 7)
    fall = then["rate"] - repeat_rate(shop).now["rate"]
    assert round(100 * fall, 1) == 2.8


@pytest.mark.parametrize(("weeks", "false"), [(1, 4), (2, 8), (4, 19)])
def test_long_promotions_are_called_trends_as_often_as_a18_says(weeks, false):
    from test_lifecycle_stage import T, promoted, stage_of

    called = wrong = 0
    planted = np.repeat(["steady", "growth", "decline"], [150, 30, 30])
    slope = np.repeat([0.0, 0.04, -0.04], [150, 30, 30])[:, None]
    for seed in range(8):
        rng = np.random.default_rng(seed)
        curves = rng.uniform(2, 20, (210, 1)) * np.exp(slope * np.maximum(T - 34, 0))
        curves = np.vstack([promoted(rng, curves, weeks), np.full((6, len(T)), 500.0)])
        names = [f"B{i % 6}" for i in range(210)] + [f"B{i}" for i in range(6)]
        stage = stage_of(curves, categories=names, seed=seed)["stage"].to_numpy()[:210]
        moves = np.isin(stage, ["growth", "decline"])
        called += moves.sum()
        wrong += (moves & (stage != planted)).sum()
    assert round(100 * wrong / called) == false


@pytest.mark.parametrize(
    ("start", "shares"),
    [
        (date(2025, 10, 27), [0.33, 0.64, 0.95]),
        (date(2026, 5, 25), [0.35, 0.61, 0.93]),
        (date(2026, 9, 28), [0.27, 0.73, 0.97]),
    ],
)
def test_forecasts_are_as_far_from_the_truth_as_c01_says(shop, start, shares):
    from opsbook.common.demand import daily_demand
    from opsbook.supply.forecast import forecast

    made, panel = forecast(shop, start), daily_demand(shop)
    day = int(panel.dates.searchsorted(pd.Timestamp(start)))
    sold = panel.sold[pd.Index(panel.skus["sku"]).get_indexer(made.skus["sku"])]
    weeks = truth("demand")
    first = pd.to_datetime(weeks["week"])
    weeks = weeks[(first >= str(start)) & (first < str(start + timedelta(days=28)))]
    due = weeks.groupby("sku")["expected_units"].sum().reindex(made.skus["sku"]).fillna(0)
    due = due.to_numpy()
    off = np.abs(made.ahead.sum(axis=1) - due).sum() / due.sum()
    naive = np.abs(4 * sold[:, day - 7 : day].sum(axis=1) - due).sum() / due.sum()
    came, over = sold[:, day : day + 28].sum(axis=1), made.over(28)
    inside = ((came >= over["q05"]) & (came <= over["q95"])).mean()
    assert [off, naive, inside] == pytest.approx(shares, abs=0.0051)


def test_paid_channels_cause_as_few_orders_as_d06_says(shop):
    from opsbook.traffic.attribution import attribution
    from opsbook.traffic.journeys import journeys

    planted = truth("attribution").set_index("channel")
    wide = attribution(shop, journeys(shop), draws=0).wide.loc[planted.index]
    caused = planted["incremental_orders"]
    assert round(caused.sum()) == 6468
    assert wide.sum()["last"] == pytest.approx(18_000, abs=500)
    assert wide.sum().idxmin() == "last"
    off = (wide / wide.sum()).sub(caused / caused.sum(), axis=0).abs().sum()
    assert [round(100 * off[m]) for m in ("last", "markov", "shapley")] == [46, 26, 22]


def test_618_brings_about_as_many_orders_as_e06_says():
    from campaign_truth import expected

    added = [np.subtract(*expected(seed, "618", 2026)).sum() for seed in range(1, 41)]
    assert np.mean(added) == pytest.approx(850, abs=10)


def test_618_loses_as_many_pieces_as_e13_says(shop):
    from opsbook.campaign.event import event_of
    from opsbook.campaign.stock_lost import stock_lost

    event = event_of(shop, "618 2026")
    lost = truth("unmet_demand")
    days = pd.to_datetime(lost["date"])
    during = (days >= str(event.days.start)) & (days < str(event.days.end))
    assert lost.loc[during, "pieces"].sum() == 113
    assert stock_lost(shop, event).pieces[2] < 113


def test_channels_add_what_e16_says(shop):
    from media_worlds import planted

    from opsbook.campaign.response import response_curves

    found = response_curves(shop)
    curves = planted(default_folder(), found.window, found.frame["channel"])
    today = curves.added(np.ones(len(found.frame)))
    last = curves.steep() * found.worth / found.frame["spend"].to_numpy()
    assert np.round(today, 1).tolist() == [0.9, 2.7, 2.6, 1.4, 0.6]
    assert np.round(last, 2).tolist() == [0.17, 0.66, 0.68, 0.41, 0.44]
    assert round(shop.orders.count().execute() / 730) == 55
