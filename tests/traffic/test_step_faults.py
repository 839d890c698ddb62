"""Days on which a step failed: found on the right device and days, and not where there is none."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from opsbook.traffic.step_faults import step_faults

START = pd.Timestamp("2026-01-01")
SIZES = {"mobile": 1500, "desktop": 300, "tablet": 80}
RATES = {"mobile": (0.62, 0.18), "desktop": (0.66, 0.13), "tablet": (0.60, 0.17)}


def made_days(
    seed: int, *, days: int = 200, faults: tuple = (), season: float = 0.4
) -> pd.DataFrame:
    """Visits, product views and carts by day; a festival lifts carts everywhere.

    Args:
        seed: Of the draws.
        days: Number of days.
        faults: ``(device, step, first, last, factor)``.
        season: Log odds by which a festival lifts the second step, on all devices.
    """
    rng = np.random.default_rng(seed)
    lift = np.where((np.arange(days) % 60) > 50, season, 0) + rng.normal(0, 0.05, days)
    rows = []
    for device, size in SIZES.items():
        for day in range(days):
            n = [int(rng.poisson(size))]
            for step, rate in enumerate(RATES[device], start=1):
                odds = np.log(rate / (1 - rate)) + (lift[day] if step == 2 else 0)
                p = 1 / (1 + np.exp(-odds))
                for where, which, first, last, factor in faults:
                    if (where, which) == (device, step) and first <= day <= last:
                        p *= factor
                n.append(int(rng.binomial(n[-1], p)))
            rows.append((START + pd.Timedelta(days=day), device, *n))
    return pd.DataFrame(rows, columns=["date", "group", "step_0", "step_1", "step_2"])


def test_a_broken_button_is_found_with_step_device_and_days():
    (found,) = step_faults(made_days(1, faults=(("desktop", 2, 100, 106, 0.3),)))
    assert (found.group, found.step) == ("desktop", 2)
    assert (found.start, found.end) == (date(2026, 4, 11), date(2026, 4, 18))
    # 30 % of what was expected, and what was lost is the rest.
    assert found.low < 0.3 < found.high
    assert found.lost == pytest.approx(found.expected - found.reached)
    assert found.reached / found.expected == pytest.approx(0.3, abs=0.08)


def test_two_faults_are_both_found_and_the_surer_comes_first():
    faults = (("desktop", 2, 100, 106, 0.3), ("mobile", 1, 150, 156, 0.8))
    found = step_faults(made_days(2, faults=faults))
    assert {(f.group, f.step) for f in found} == {("desktop", 2), ("mobile", 1)}
    assert found[0].z <= found[1].z <= -5


def test_festivals_that_move_all_devices_are_no_fault():
    alarms = [step_faults(made_days(seed, season=0.8)) for seed in range(10, 30)]
    assert sum(map(len, alarms)) <= 1


def test_a_fall_on_all_devices_is_left_to_the_diagnosis_of_sales():
    faults = tuple((device, 2, 100, 106, 0.4) for device in SIZES)
    assert step_faults(made_days(3, faults=faults)) == []


def test_one_device_or_few_days_give_nothing():
    days = made_days(4, faults=(("desktop", 2, 100, 106, 0.3),))
    assert step_faults(days[days["group"] == "desktop"]) == []
    assert step_faults(days[days["date"] < START + pd.Timedelta(days=40)]) == []


def test_days_without_visits_do_no_harm():
    days = made_days(5, faults=(("desktop", 2, 100, 106, 0.3),))
    gone = (days["group"] == "tablet") & (days["date"] >= START + pd.Timedelta(days=90))
    (found,) = step_faults(days[~gone])
    assert found.start == date(2026, 4, 11)
