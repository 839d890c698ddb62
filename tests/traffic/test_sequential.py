"""Looking often: intervals that hold at every look, and what naive peeking does."""

import numpy as np
import pytest
from trial_shops import arm, trial_shop

from opsbook.errors import CannotTell, ParameterError
from opsbook.traffic.sequential import any_time_radius, false_alarms, watch_trial
from opsbook.traffic.trial_chart import plot_sequence


def test_ten_looks_at_nothing_raise_the_alarm_in_at_most_one_test_of_twenty():
    found = false_alarms(np.random.default_rng(11), tests=4_000)
    # Standard error of a share of 4,000 near .05: .0034.
    assert found.any_time <= 0.05
    assert found.last_look == pytest.approx(0.05, abs=0.012)
    # Armitage, McPherson, Rowe (1969), table 2: ten looks at 5 % make .193.
    assert found.naive == pytest.approx(0.193, abs=0.02)


def test_a_hundred_looks_do_not_break_the_promise():
    found = false_alarms(np.random.default_rng(5), looks=100, tests=2_000)
    assert found.any_time <= 0.05
    assert found.naive > 0.3


def test_radius_by_hand():
    # Error = tuned error: information x rho^2 = 2 ln 20 + ln(2 ln 20 + 1) = 7.9367.
    k = 2 * np.log(20) + np.log(2 * np.log(20) + 1)
    hoped = np.sqrt(2 * (k + 1) / k * np.log(np.sqrt(k + 1) / 0.05))
    assert any_time_radius([0.01], tuned_error=0.01)[0] == pytest.approx(0.01 * hoped)


def test_radius_is_wider_than_one_look_and_tightest_near_where_it_is_tuned():
    errors = np.geomspace(0.001, 0.1, 60)
    relative = any_time_radius(errors, tuned_error=0.01) / errors
    assert (relative > 1.96).all()
    assert errors[relative.argmin()] == pytest.approx(0.01, rel=0.25)


def test_clear_effect_is_decided_before_the_end_and_later_than_by_the_naive_reader():
    shop = trial_shop(arm("t", "control", 14_000, 0.10), arm("t", "new", 14_000, 0.13))
    found = watch_trial(shop, "t")
    assert found.decided is not None
    assert found.naive is not None
    assert found.naive <= found.decided < found.frame["day"].max()
    assert "sure since" in plot_sequence(found).title
    assert found.frame["lift"].iloc[-1] == pytest.approx(0.3)


def test_equal_arms_are_never_decided():
    shop = trial_shop(arm("t", "control", 4_000, 0.1), arm("t", "new", 4_000, 0.1))
    found = watch_trial(shop, "t")
    assert found.decided is None
    assert "never left zero" in found.words()
    assert plot_sequence(found).svg(phone=True)


def test_interval_of_a_running_test_is_tuned_to_its_plan():
    shop = trial_shop(arm("t", "control", 4_000, 0.1), arm("t", "new", 4_000, 0.1))
    now = watch_trial(shop, "t").frame["high"].iloc[-1]
    planned = watch_trial(shop, "t", planned_units=80_000).frame["high"].iloc[-1]
    assert planned > now


def test_what_cannot_be_followed_is_said():
    rows = arm("t", "control", 100, 0.1), arm("t", "new", 100, 0.1)
    undated = trial_shop(*(r.drop(columns="exposed_ts") for r in rows))
    with pytest.raises(CannotTell, match="exposed_ts"):
        watch_trial(undated, "t")
    few = trial_shop(arm("t", "control", 50, 0.1), arm("t", "new", 50, 0.1))
    with pytest.raises(CannotTell, match="fewer than 10 conversions"):
        watch_trial(few, "t")
    with pytest.raises(ParameterError, match="has no arm"):
        watch_trial(trial_shop(*rows), "t", variant="other")
