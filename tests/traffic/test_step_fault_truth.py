"""Planted faults of the demo shop found again, in shops that no threshold was chosen on."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

import opsbook
from opsbook.demo.build import simulate
from opsbook.traffic.step_days import step_days
from opsbook.traffic.step_faults import step_faults

pytestmark = pytest.mark.slow
STEPS = {"view": 1, "cart": 2, "checkout": 3, "pay": 4}


@pytest.mark.parametrize("seed", [2, 3])
def test_all_planted_faults_are_found_to_the_day_and_no_other(tmp_path: Path, seed: int):
    folder = simulate(tmp_path / "shop", seed=seed)
    planted = json.loads((folder / "truth.json").read_text())["visits"]["incidents"]
    found = {(f.group, f.step): f for f in step_faults(step_days(opsbook.open_shop(str(folder))))}
    assert set(found) == {(p["device"], STEPS[p["step"]]) for p in planted}
    day = timedelta(days=1)
    for p in planted:
        fault = found[p["device"], STEPS[p["step"]]]
        assert abs(fault.start - date.fromisoformat(p["first"])) <= day
        assert abs(fault.end - day - date.fromisoformat(p["last"])) <= day
        assert fault.low - 0.15 < p["factor"] < fault.high + 0.15


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_shop_without_faults_gives_none(tmp_path: Path, seed: int):
    folder = simulate(tmp_path / "shop", seed=seed, days=190, orders=10_400)
    assert not json.loads((folder / "truth.json").read_text())["visits"]["incidents"]
    assert step_faults(step_days(opsbook.open_shop(str(folder)))) == []
