"""A replay simulates what was decided: it agrees with the scenarios, and answers wrong values."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook import open_shop
from opsbook.demo import simulate
from opsbook.demo.build import END
from opsbook.demo.clock import DAY
from opsbook.demo.decisions import Assortment, Capacity, ChannelMix, WinBack, usual_mix
from opsbook.demo.scenarios import setting_of
from opsbook.demo.simulation import run
from opsbook.errors import ParameterError
from opsbook.supply.range_weeks import range_weeks
from opsbook.teach import replay_runs
from opsbook.teach.replay import replay
from opsbook.teach.replay_cases import CASES
from opsbook.teach.replay_chart import plot_replay, replay_table
from opsbook.teach.replay_costs import Costs
from opsbook.teach.replay_desk import decide
from opsbook.teach.replay_weeks import shop_weeks

SPREAD = {
    "Paid search": 0.35,
    "Feed ads": 0.15,
    "Short video": 0.2,
    "Live stream": 0.2,
    "Social share": 0.1,
}
BETTER: dict[str, dict[str, Any]] = {
    "J18": {"added": 500, "tested": 1.0},
    "J19": {"shares": SPREAD},
    "J20": {"reach": 1.0, "offer": 15.0},
    "J21": {"factor": 6.0},
}
QUICK = ("J19", "J20", "J21")


@pytest.fixture(scope="module", autouse=True)
def runs_kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Runs of these tests are kept in a folder of their own."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.mark.parametrize("intervene", [False, True])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_both_ends_are_the_planted_scenarios(case: Any, intervene: bool) -> None:
    decided = (case.acted if intervene else case.untouched).setting()
    planted = setting_of(case.untouched.scenario, intervene=intervene)
    assert decided.plan.capacity == planted.plan.capacity
    assert decided.plan.winback == pytest.approx(planted.plan.winback)
    mine, theirs = decided.plan.sprawl, planted.plan.sprawl
    if theirs is not None and mine is not None:
        assert (mine.before, mine.after) == (theirs.before, theirs.after)
        assert mine.demand == pytest.approx(theirs.demand)
    assert [c.share for c in decided.plan.channels] == pytest.approx(
        [c.share for c in planted.plan.channels]
    )
    assert decided.media.shock == planted.media.shock
    for one, other in zip(decided.media.channels, planted.media.channels, strict=True):
        for name in ("spend", "half", "slope", "beta", "festival", "decay"):
            assert getattr(one, name) == pytest.approx(getattr(other, name)), (one.name, name)
    assert set(np.round(decided.media.pulses, 9)) == set(planted.media.pulses)


def test_weeks_agree_with_the_library_on_the_written_shop(tmp_path: Path) -> None:
    few: dict[str, Any] = {"orders": 2_000, "days": 364, "seed": 4}
    mine = shop_weeks(run(setting_of("overload"), end=END, events="none", **few))
    shop = open_shop(simulate(tmp_path / "s", scenario="overload", events="none", **few))
    theirs = range_weeks(shop, (pd.Timestamp(END) + pd.Timedelta(days=1)).date())
    assert pd.to_datetime(mine["week"]).tolist() == theirs["week"].tolist()
    for name in ("sales", "cogs", "stock", "skus", "paid"):
        assert mine[name].to_numpy(float) == pytest.approx(theirs[name].to_numpy(float)), name


def test_quiet_customers_are_those_whose_last_order_is_90_days_old() -> None:
    b = run(setting_of("no-winback"), orders=1_500, days=300, seed=2, end=END, events="none")
    mine = shop_weeks(b)
    for week in (20, 41):
        evening = week * 7 + 6
        kept = b.orders.kept & (b.orders.placed // DAY <= evening)
        last = pd.Series(b.orders.placed[kept] // DAY).groupby(b.orders.customer[kept]).max()
        assert mine["quiet"][week] == pytest.approx((evening - last > 90).mean())


@pytest.mark.parametrize("id", QUICK)
def test_a_better_decision_does_better_than_the_case_on_one_seed(id: str) -> None:
    found = replay(id, seed=11, runs=1, **BETTER[id])
    assert found.gain["yours"].iloc[0] > 0


@pytest.mark.slow
@pytest.mark.parametrize("id", QUICK)
def test_a_better_decision_does_better_than_the_case(id: str) -> None:
    found = replay(id, seed=11, runs=5, **BETTER[id])
    assert (found.gain["yours"] > 0).sum() >= 4


@pytest.mark.slow
def test_a_small_tested_range_does_better_than_the_case() -> None:
    found = replay("J18", seed=11, runs=5, **BETTER["J18"])
    assert (found.gain["yours"] > 0).sum() >= 4
    cash = found.curves[found.curves["figure"] == "cash"].groupby(["path", "seed"])["value"].min()
    assert (cash["untouched"] < 0).all()
    assert (cash["yours"] > 0).sum() >= 4


def test_a_decision_between_two_points_is_simulated_and_not_drawn() -> None:
    """Lost orders fall steeply at first: half of the way is not half of the loss."""
    found = replay("J21", seed=11, factor=5.1, runs=1)
    ends = found.outcomes[found.outcomes["figure"] == "lost"].groupby("path")["value"].mean()
    assert ends["acted"] < ends["yours"] < 0.5 * (ends["acted"] + ends["untouched"])


def test_too_dear_an_offer_is_told_from_a_good_one() -> None:
    small, big = (replay("J20", seed=11, reach=1.0, offer=o, runs=1) for o in (15.0, 60.0))
    assert (small.gain["yours"] > big.gain["yours"]).all()
    assert "no better than the shop of the case" in big.words


def test_the_same_channel_becomes_dear_for_everybody() -> None:
    """Who leans on live streams is punished when these become dear; who leans on ads is not."""
    mix = {n: 0.9 if n == "Live stream" else 0.025 for n in usual_mix()}
    found = replay("J19", seed=11, shares=mix, dear="Live stream", runs=1)
    assert found.gain["yours"].iloc[0] < 0
    sales = found.outcomes[found.outcomes["figure"] == "sales"].set_index("path")["value"]
    assert sales["yours"] < 0.6 * sales["untouched"]


def test_costs_that_are_assumed_change_the_verdict() -> None:
    dear, usual = (
        replay("J21", seed=11, factor=6.0, runs=1, costs=costs)
        for costs in (Costs(room=500.0), Costs())
    )
    assert dear.gain["yours"].iloc[0] < 0 < usual.gain["yours"].iloc[0]


def test_choosing_what_the_case_did_changes_nothing() -> None:
    found = replay("J21", seed=11, runs=1)
    assert found.gain["yours"].tolist() == [0.0]
    assert "This is what the shop of the case did." in str(found)
    assert "one run" in str(found)


def test_a_run_is_kept_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = replay("J21", factor=4.0, runs=1, folder=tmp_path)
    assert len(list(tmp_path.glob("*.parquet"))) == len(list(tmp_path.iterdir())) >= 1
    monkeypatch.setattr(replay_runs, "_seen", type(replay_runs._seen)())
    monkeypatch.setattr(replay_runs, "run", lambda *a, **k: pytest.fail("simulated again"))
    for choice in (Capacity(4.0),):
        kept = replay_runs.weeks_of(choice, 1, tmp_path)
        lost = first.curves.query("figure == 'lost' and path == 'yours'")["value"]
        assert kept["lost"].cumsum().tolist() == lost.tolist()


@pytest.mark.parametrize(
    ("id", "given", "sentence"),
    [
        ("J99", {}, r"cannot be replayed; these can: J18, J19, J20, J21"),
        ("J18", {"added": -1}, r"added is -1; give a number from 0 to 17,000"),
        ("J18", {"added": 12.5}, r"products are counted whole"),
        ("J18", {"tested": 80}, r"tested is 80; give a number from 0 to 1"),
        ("J18", {"skus": 10}, r'J18 asks for added, tested; "skus" is none of them'),
        ("J19", {"shares": {"Feed ads": 0.5}}, r"shares make 50.0 %; .* 100 %"),
        ("J19", {"shares": {"Radio": 1.0}}, r'no paid channel "Radio"; there are Paid search'),
        ("J19", {"shares": {"Feed ads": 1.0}}, r"Feed ads is 1.0; give a number from 0 to 0.9"),
        ("J20", {"reach": 0.5, "offer": float("nan")}, r"offer is nan; give a number"),
        ("J21", {"factor": "8"}, r"factor is 8; give a number from 1 to 25"),
        ("J21", {"runs": 0}, r"runs is 0; give a whole number from 1 to 20"),
        ("J21", {"seed": -3}, r"seed is -3"),
        ("J21", {"decision": WinBack()}, r"J21 takes one decision: Capacity"),
    ],
)
def test_wrong_values_get_a_sentence(id: str, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        replay(id, **given)


def test_costs_below_zero_are_refused() -> None:
    with pytest.raises(ParameterError, match="contact is -1; a cost is a number from 0"):
        Costs(contact=-1)


def test_testing_finds_the_best_first() -> None:
    shares = [Assortment(1_700, tested).demand for tested in (0.0, 0.5, 1.0)]
    assert shares == sorted(shares)
    assert Assortment(17_000, 0.3).demand == pytest.approx(0.25)
    assert Assortment(0).demand == 0


def test_chart_and_table_show_every_figure_and_path() -> None:
    found = replay("J20", seed=11, runs=2, reach=1.0, offer=15.0)
    chart, table = plot_replay(found), replay_table(found)
    assert len(table.frame) == len(found.case.curves)
    assert list(table.frame.columns) == ["figure", "yours", "untouched", "acted"]
    assert " to " in table.frame["yours"].iloc[0]
    for phone in (False, True):
        axes = [a for a in chart.figure(phone=phone).axes if a.get_visible() and a.lines]
        assert len(axes) == len(found.case.curves)
    assert "quiet" in chart.alt


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_sliders_begin_with_the_case_and_make_a_decision(case: Any) -> None:
    desk = decide(case.id)
    assert type(desk.decision) is type(case.untouched)
    assert 'role="status"' in desk.said.value


def test_sliders_say_when_shares_do_not_make_100() -> None:
    desk = decide("J19")
    assert isinstance(desk.decision, ChannelMix)
    desk.controls["Feed ads"].value = 50
    assert 'role="alert"' in desk.said.value
    assert "60.0 %" in desk.said.value
    desk.controls["Paid search"].value += 40
    assert desk.decision.shares["Feed ads"] == pytest.approx(0.5)
