"""Click zones: visits that clicked over visits on the page, by hand."""

from datetime import timedelta

import pandas as pd
import pytest
from visit_shops import START

from made_shop import shop_of
from opsbook.errors import CannotTell
from opsbook.shop.periods import Period
from opsbook.traffic.click_zones import click_zones, zones_table

DAY = Period(START.date(), START.date() + timedelta(days=1))


def events_of(*rows):
    names = ["session_id", "type", "page", "element"]
    frame = pd.DataFrame(rows, columns=names).astype("string")
    return shop_of(
        events=frame.assign(event_id=[f"e{i}" for i in range(len(frame))], event_ts=START)
    )


def test_zones_by_hand():
    shop = events_of(
        ("a", "view", "home", None), ("a", "click", "home", "banner"),
        ("a", "click", "home", "banner"), ("a", "pay", "checkout", None),
        ("b", "view", "home", None), ("c", "view", "home", None),
        ("c", "click", "home", "coupon"), ("d", "click", "home", "banner"),
    )  # fmt: skip
    zones = click_zones(shop, DAY).set_index("element")
    assert zones.loc["banner", ["clicks", "visits", "seen"]].tolist() == [3, 2, 4]
    assert zones.loc["banner", "paid"] == 0.5
    assert zones.loc["banner", "gap"] == pytest.approx(0.5 - 0.0)
    assert zones.loc["banner", "low"] < 0.5 < zones.loc["banner", "high"]
    assert zones.loc["coupon", "gap"] == pytest.approx(-1 / 3)
    assert "banner" in zones_table(click_zones(shop, DAY)).html()


def test_a_part_that_all_click_has_nothing_to_be_compared_with():
    shop = events_of(("a", "view", "home", None), ("a", "click", "home", "banner"))
    assert click_zones(shop, DAY)["gap"].isna().all()
    assert ">nan" not in zones_table(click_zones(shop, DAY)).html().lower()


def test_no_clicks_are_said():
    with pytest.raises(CannotTell, match="no click"):
        click_zones(events_of(("a", "view", "home", None)), DAY)
