"""The proposed rule against the true demand of demo shops: it keeps its promise, and cheaply."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.common.demand import daily_demand
from opsbook.demo.build import simulate
from opsbook.supply.policy_compare import compare_policies, saving_of

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "data" / "demo"


def wanted(folder, panel):
    """What was sold and what was wanted in vain: the demand no shop can see."""
    lost = pd.read_parquet(Path(folder) / "truth" / "unmet_demand.parquet")
    index = pd.Index(panel.skus["sku"])
    lost = lost[lost["sku"].isin(index)]
    day = (pd.to_datetime(lost["date"]) - panel.dates[0]).dt.days.to_numpy()
    out = panel.sold.astype(float)
    np.add.at(out, (index.get_indexer(lost["sku"]), day), lost["pieces"].to_numpy(float))
    return out


def compared(folder, **more):
    shop = opsbook.open_shop(str(folder))
    panel = daily_demand(shop)
    return compare_policies(shop, panel=panel, demand=wanted(folder, panel), **more)


@pytest.fixture(scope="module")
def found():
    return compared(DEMO, targets=(0.90, 0.95, 0.99))


def test_true_demand_is_sold_and_unmet(found):
    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    assert found.row("today")["fill_rate"] == pytest.approx(
        1 - truth["supply"]["lost_pieces_share"], abs=0.01
    )


def test_every_target_is_held_within_a_point(found):
    tried = found.frontier[found.frontier["rule"] == "proposed"]
    assert len(tried) == 4
    for row in tried.itertuples():
        assert row.fill_rate == pytest.approx(row.target, abs=0.01)


def test_every_class_gets_about_what_was_asked_for(found):
    for group in "ABC":
        assert found.row("proposed", group)["fill_rate"] == pytest.approx(0.97, abs=0.02)


def test_it_costs_less_than_the_seven_day_rule_in_either_reading(found):
    for rule in ("line", "safety"):
        _, low, _ = saving_of(found, rule)
        assert low > 0
        assert found.row("proposed")["cost"] < found.row(rule)["cost"]


def test_the_seven_day_rule_misses_the_target(found):
    assert found.row("line")["fill_rate"] < 0.8
    assert found.row("safety")["fill_rate"] < 0.93


def test_it_holds_on_another_shop(tmp_path):
    other = compared(simulate(tmp_path / "shop", seed=11, events="none"), targets=())
    assert other.row("proposed")["fill_rate"] == pytest.approx(0.97, abs=0.01)
    assert saving_of(other, "safety")[1] > 0
