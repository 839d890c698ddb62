"""Churn against the truth: as good as anyone can be who sees what a shop sees.

Two oracles, both with the true parameters of the process that made the shop:

* *who watches* knows each customer's purchase days up to the day, nothing of what is inside
  a customer: the true hazard given the history. No model of the history can rank better on
  average; this is the one that a churn model is held to.
* *who knows all* also knows each customer's own rate and who has already left for good.
  Neither stands in any table of a shop, so no model can come near.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from life_shops import buys, shop_of_buys
from value_shops import buy_till_you_leave

import opsbook
from opsbook.lifecycle.bg_nbd import Parameters
from opsbook.lifecycle.churn import churn
from opsbook.lifecycle.churn_features import churn_frame
from opsbook.lifecycle.churn_measure import auc
from opsbook.lifecycle.purchases import histories

DEMO = Path(__file__).parents[2] / "data" / "demo"
ENOUGH = 0.95


def who_watches(shop, found, frame, truth):
    """Chance of no purchase in the window, given the history, under the true parameters."""
    known = histories(shop, found.tested, unit_days=1.0).set_index("customer_id")
    known = known.loc[frame["customer_id"]]
    columns = (known[c].to_numpy() for c in ("frequency", "recency", "age"))
    return truth.expected(*columns, float(found.clock.days))[2]


def test_planted_base_is_ranked_as_well_as_its_true_hazard_ranks_it():
    planted = {"r": 0.6, "alpha": 40.0, "a": 0.8, "b": 2.4}
    rows = buy_till_you_leave(np.random.default_rng(3), customers=3500, days=560, **planted)
    bought = zip(rows["customer"], rows["at"], strict=True)
    shop = shop_of_buys([buys(f"c{c:05d}", at) for c, at in bought])
    found = churn(shop, silent_days=80, explained=0)
    frame = churn_frame(shop, [found.tested], found.clock)
    best = auc(frame["churned"], who_watches(shop, found, frame, Parameters("BG/NBD", **planted)))
    assert best.value > 0.6
    assert found.test.auc.value >= ENOUGH * best.value


@pytest.mark.slow
def test_demo_shop_is_ranked_as_well_as_its_true_hazard_ranks_it():
    shop = opsbook.open_shop("demo")
    found = churn(shop, explained=0)
    frame = churn_frame(shop, [found.tested], found.clock)
    true = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))["bg_nbd"]
    truth = Parameters("BG/NBD", true["r"], true["alpha_days"], true["a"], true["b"])
    watching = auc(frame["churned"], who_watches(shop, found, frame, truth))
    assert found.test.auc.value >= ENOUGH * watching.value
    # Who knows all is far ahead of both: what he knows is in no table.
    inside = pd.read_parquet(DEMO / "truth" / "customers.parquet").set_index("customer_id")
    inside = inside.reindex(frame["customer_id"])
    told = inside["purchase_rate"].notna().to_numpy()
    left = (pd.to_datetime(inside["left_date"]) < pd.Timestamp(found.tested)).to_numpy()
    silent = np.exp(-inside["purchase_rate"].to_numpy() * found.clock.days)
    knowing = auc(frame["churned"][told], np.where(left, 1.0, silent)[told])
    assert knowing.low > watching.high
