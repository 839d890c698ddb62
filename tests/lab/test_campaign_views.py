"""Views of the campaign room that rest on earlier cells, and what they need not ask again."""

import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.campaign.baseline import event_lift
from opsbook.campaign.event import event_of
from opsbook.campaign.money import campaign_money
from opsbook.campaign.money_chart import money_table
from opsbook.campaign.overview import lift_of
from opsbook.campaign.response import Responses
from opsbook.campaign.response_read import SCALES
from opsbook.chart.blocks import Missing
from opsbook.lab import Explorer, View, campaign
from opsbook.report.sidecar import read_schema
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

pytestmark = pytest.mark.usefixtures("open_lab")
SCHEMA = read_schema(Path(__file__).parents[2] / "notebooks" / "campaign_postmortem.toml")


def explorer(view: View, shop: Shop, **given: Any) -> Explorer:
    return Explorer(view, shop, {}, schema=SCHEMA, given=given)


def curves() -> Responses:
    """Two channels at 100 a day, the second twice as good: 10 and 20 times a square root."""
    root = np.sqrt(SCALES)
    frame = pd.DataFrame({"channel": ["A", "B"], "spend": 100.0, "verdict": "curve"})
    days = Period(date(2026, 1, 1), date(2026, 2, 26))
    added = np.repeat([[10 * root, 20 * root]], 50, axis=0)
    return Responses(
        frame, added, days, days, 10.0, True, 50.0, ("level",), (), (2.0, 2.0), 1.0, 0.0,
        True, 0.95, "CNY", "Made",
    )  # fmt: skip


def test_a_budget_is_split_anew_within_other_bounds(shop: Shop) -> None:
    made = explorer(campaign.budget_split, shop, answers=curves())
    assert made.blocks[1].frame["budget"].tolist() == pytest.approx([50, 150])
    made.controls["most"].box.value = "1.2"
    assert made.blocks[1].frame["budget"].tolist() == pytest.approx([80, 120])


def test_a_budget_out_of_reach_is_told_beside_its_control(shop: Shop) -> None:
    made = explorer(campaign.budget_split, shop, answers=curves())
    made.controls["budget"].box.value = "1000"
    assert "cannot be met" in made.controls["budget"].said.value
    made.controls["budget"].box.value = "220"
    assert made.blocks[1].frame["budget"].sum() == pytest.approx(220)
    assert made.controls["budget"].said.value == ""


def test_without_curves_the_reason_takes_the_plans_place(shop: Shop) -> None:
    (block,) = explorer(campaign.budget_split, shop, answers=None).blocks
    assert isinstance(block, Missing)


def test_costs_move_without_fitting_the_baseline_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = explorer(campaign.money_left, shop)
    monkeypatch.setattr(campaign, "event_lift", lambda *_, **__: pytest.fail("fitted again"))
    before = made.blocks[2].html()
    made.controls["commission"].box.value = "0.3"
    assert made.panel.notice.value == ""
    assert made.blocks[2].html() != before


def test_a_commission_of_nought_is_that_of_the_platforms(shop: Shop) -> None:
    made = explorer(campaign.money_left, shop)
    event = event_of(shop)
    earned = campaign_money(shop, event, lift=lift_of(event_lift(shop, event)))
    # An engine with threads adds up in any order: only the last digits, not shown, may differ.
    shown, reported = (
        re.findall(r">([^<]+)<", table.html()) for table in (made.blocks[2], money_table(earned))
    )
    assert shown == reported


def test_a_campaign_that_is_not_there_is_told_beside_its_control(shop: Shop) -> None:
    made = explorer(campaign.goal_reached, shop)
    made.controls["campaign"].box.value = "nine-nine"
    assert "K0" in made.controls["campaign"].said.value


def test_what_targeting_brought_is_shown_with_its_own_event_only(shop: Shop) -> None:
    event = event_of(shop)
    aimed = SimpleNamespace(
        name=event.name, level=0.95, believed="did", estimate=1.0, low=0.5, high=1.5,
        together=(), total=lambda value: 100 * value,
    )  # fmt: skip
    made = explorer(campaign.ways_compared, shop, aimed=aimed)
    assert "Messages alone" in made.blocks[2].html()
    made.controls["campaign"].box.value = event.last_year
    assert made.controls["campaign"].said.value == ""
    assert "Messages alone" not in made.blocks[2].html()
