"""Planted carriers and returns still to come, found again in a demo shop (minutes)."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

import opsbook
from opsbook.demo.build import simulate
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shop import Shop
from opsbook.supply.carrier_gap import carrier_gap
from opsbook.supply.return_check import nowcast_check
from opsbook.supply.returns_rate import returns_rate
from opsbook.supply.timeliness import timeliness

pytestmark = pytest.mark.slow
SEEDS = (11, 12, 13)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    found = []
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"shop{seed}")
        simulate(folder, seed=seed, orders=20_000, events="none")
        found.append(folder)
    return found


@pytest.fixture(scope="module")
def shops(folders: list[Path]) -> list[Shop]:
    return [opsbook.open_shop(f) for f in folders]


def test_planted_odds_of_carriers_lie_in_their_intervals(folders, shops):
    inside = []
    for folder, shop in zip(folders, shops, strict=True):
        plan = json.loads((folder / "truth.json").read_text())["supply"]["plan"]["carriers"]
        late = {c["name"]: (1 - c["on_time"]) / c["on_time"] for c in plan}
        found = carrier_gap(shop, data_days(shop).end, days=730, reference="Swift Air")
        for row in found.carriers.itertuples():
            if row.carrier != "Swift Air":
                true = late[row.carrier] / late["Swift Air"]
                inside.append(row.odds_low <= true <= row.odds_high)
    # 15 intervals of 95 %, those of a shop sharing their reference: 11 or fewer is a fault.
    assert sum(inside) >= 12


def test_promised_days_are_those_planted(folders, shops):
    for folder, shop in zip(folders, shops, strict=True):
        planted = json.loads((folder / "truth.json").read_text())["supply"]["promised_days"]
        span = data_days(shop)
        half = Period(span.end - timedelta(days=365), span.end)
        groups = timeliness(shop, half).groups
        regions = groups[groups["by"] == "region"].set_index("name")["promised_days"]
        assert regions.round(6).to_dict() == {k: float(v) for k, v in planted.items()}


def test_foretold_returns_are_unbiased_and_their_intervals_hold(shops):
    looks = [nowcast_check(shop, data_days(shop).end) for shop in shops]
    foretold = sum(c.looks["foretold"].sum() for c in looks)
    came = sum(c.looks["came"].sum() for c in looks)
    known = sum(c.looks["asked"].sum() for c in looks)
    inside = np.concatenate([c.looks["inside"].to_numpy(bool) for c in looks])
    print(f"{foretold / came - 1:+.1%} against {known / came - 1:+.1%}; {inside.mean():.1%}")
    assert abs(foretold / came - 1) < 0.03
    assert known / came - 1 < -0.1
    assert 0.88 <= inside.mean() <= 1.0


def test_no_product_is_called_where_only_categories_differ(shops):
    for shop in shops:
        span = data_days(shop)
        year = Period(span.end - timedelta(days=364), span.end)
        groups = returns_rate(shop, year).groups
        assert groups.loc[groups["by"] == "product", "alert"].sum() <= 1
