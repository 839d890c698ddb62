"""The budget split better: by hand, within bounds, and only where a curve is told."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from opsbook.campaign.budget_findings import reallocation_findings
from opsbook.campaign.budget_words import reallocation_words
from opsbook.campaign.reallocation import reallocate
from opsbook.campaign.reallocation_chart import plot_reallocation, reallocation_table
from opsbook.campaign.response import Responses
from opsbook.campaign.response_read import SCALES
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period

DAYS = Period(date(2026, 1, 1), date(2026, 2, 26))


def responses(curves, spend, verdicts=None, *, worth=10.0, highest=None, noise=0.0):
    """Curves given as functions of the scale, with noise between draws."""
    rng = np.random.default_rng(1)
    verdicts = verdicts or ["curve"] * len(spend)
    middle = np.array([[f(s) for s in SCALES] for f in curves])
    added = middle[None] * (1 + noise * rng.normal(size=(200, len(spend), 1)))
    frame = pd.DataFrame(
        {"channel": list("ABCD")[: len(spend)], "spend": spend, "verdict": verdicts}
    )
    return Responses(
        frame, added, DAYS, DAYS, worth, True, 50.0, ("level",), (),
        tuple(highest or [2.0] * len(spend)), 1.0, 0.0, True, 0.95, "CNY", "Made",
    )  # fmt: skip


def test_square_roots_are_split_by_hand():
    # Orders 10 sqrt(scale) for 100 a day and 20 sqrt(scale) for 100 a day: with x and y yuan,
    # sqrt(x) + 2 sqrt(y) is largest where y = 4 x: 40 and 160; the bounds stop at 50 and 150.
    found = responses([lambda s: 10 * s**0.5, lambda s: 20 * s**0.5], [100.0, 100.0])
    plan = reallocate(found)
    assert plan.frame["budget"].tolist() == pytest.approx([50, 150])
    assert plan.frame["at_bound"].all()
    gain = 10 * (10 * (0.5**0.5 - 1) + 20 * (1.5**0.5 - 1))
    assert plan.gain == pytest.approx(gain, rel=0.01)
    # Inside the bounds: 12 sqrt against 10 sqrt, y / x = 1.44.
    mild = reallocate(responses([lambda s: 10 * s**0.5, lambda s: 12 * s**0.5], [100.0, 100.0]))
    assert mild.frame["budget"].tolist() == pytest.approx([200 / 2.44, 288 / 2.44], abs=2)


def test_the_budget_is_kept_to_the_cent():
    found = responses([lambda s: 9 * s**0.5, lambda s: 5 * s, lambda s: 7 * s**0.8],
                      [130.7, 77.1, 12.3])  # fmt: skip
    plan = reallocate(found)
    assert plan.frame["budget"].sum() == pytest.approx(plan.today)


def test_an_s_curve_does_not_trap_the_search():
    # Nothing happens until 1.3 times today's spend of B, then a lot.
    found = responses([lambda s: 5 * s, lambda s: 30.0 if s >= 1.3 else 1.0], [100.0, 100.0])
    assert reallocate(found).frame["budget"].iloc[1] >= 129


def test_money_goes_only_where_a_curve_is_told():
    found = responses([lambda s: 1 * s, lambda s: 50 * s], [100.0, 100.0], ["curve", "effect"])
    plan = reallocate(found)
    assert plan.frame["budget"].tolist() == [100, 100]
    assert plan.verdict == "leave"
    assert reallocation_findings(plan) == []


def test_no_channel_exceeds_the_highest_week_seen():
    found = responses([lambda s: 1 * s, lambda s: 50 * s], [100.0, 100.0], highest=[2.0, 1.2])
    assert reallocate(found).frame["budget"].iloc[1] == pytest.approx(120, abs=1.3)


def test_more_budget_is_weighed_against_what_it_costs():
    # Ten yuan an order, 0.05 orders a yuan: half of the money comes back.
    found = responses([lambda s: 5 * s, lambda s: 5 * s], [100.0, 100.0])
    plan = reallocate(found, budget=220.0)
    assert plan.gain == pytest.approx(20 * 0.05 * 10 - 20)
    assert plan.verdict == "leave"


def test_verdict_follows_the_interval():
    curves = [lambda s: 1 * s, lambda s: 20 * s]
    sure = reallocate(responses(curves, [100.0, 100.0], noise=0.05))
    unsure = reallocate(responses(curves, [100.0, 100.0], noise=0.9))
    assert (sure.verdict, unsure.verdict) == ("do", "test")
    assert sure.gain_low > 0 > unsure.gain_low
    note = reallocation_findings(sure)[0]
    assert note.money == pytest.approx(30 * sure.gain)
    assert "Test it" in reallocation_findings(unsure)[0].action


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"least": 1.2}, "least 1.2"),
        ({"most": 3}, "most 3"),
        ({"budget": 1000.0}, "cannot be met within the bounds; use 100.0 to 300.0"),
    ],
)
def test_bounds_out_of_range_are_refused(change, match):
    found = responses([lambda s: s, lambda s: 2 * s], [100.0, 100.0])
    with pytest.raises(ParameterError, match=match):
        reallocate(found, **change)


def test_what_cannot_be_weighed_is_said():
    two = [lambda s: s, lambda s: 2 * s]
    with pytest.raises(CannotTell, match="one channel only"):
        reallocate(responses(two[:1], [100.0]))
    with pytest.raises(CannotTell, match="test first"):
        reallocate(responses(two, [100.0, 50.0], ["effect", "unknown"]))
    with pytest.raises(CannotTell, match="worth is not known"):
        reallocate(responses(two, [100.0, 50.0], worth=0.0))


def test_a_resting_channel_stays_at_rest():
    plan = reallocate(responses([lambda s: 3 * s, lambda s: 0.0], [100.0, 0.0]))
    assert plan.frame["budget"].tolist() == [100, 0]


def test_picture_and_table_of_a_plan():
    plan = reallocate(responses([lambda s: 1 * s, lambda s: 20 * s], [100.0, 100.0], noise=0.1))
    chart = plot_reallocation(plan)
    assert "more in 30 days" in chart.title
    assert "<svg" in chart.svg(phone=True)
    assert "+50.0 %" in reallocation_table(plan).html().replace("\u00a0", " ")
    assert "move in steps" in reallocation_words(plan)
