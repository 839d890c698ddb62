"""Funnels: what counts as reaching a step, and who did."""

import pandas as pd
import pytest
from made_streams import CART, CHECKS, DAY, NOON, PAY, VIEW, depths, shop_with, spec_of

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel import (
    Step,
    funnel,
    funnel_units,
    lost_at,
    passed,
    reached,
    share_interval,
)


@pytest.mark.parametrize("merge", [True, False])
def test_deepest_step_of_any_chain_inside_the_window(merge):
    # u1: the chain from view100 reaches cart150. u7: that from view50 reaches pay140.
    assert depths(shop_with(CHECKS), spec_of(), merge=merge) == {
        "u1": 2, "u2": 2, "u3": 1, "u4": 2, "u5": 1, "u6": 2, "u7": 3,
    }  # fmt: skip


@pytest.mark.parametrize("merge", [True, False])
def test_increasing_wants_a_later_second(merge):
    found = depths(shop_with(CHECKS), spec_of(increasing=True), merge=merge)
    assert found["u4"] == 1
    assert found["u2"] == 2
    assert found["u7"] == 3


@pytest.mark.parametrize("merge", [True, False])
def test_one_event_fills_one_of_two_equal_steps(merge):
    streams = {
        "once": "view0",
        "twice": "view0 view5",
        "late": "view0 view101",
        "same": "view0 view0",
    }
    found = depths(shop_with(streams), spec_of(steps=(VIEW, VIEW)), merge=merge)
    # Two of a kind in one second are one, as a double report would be.
    assert found == {"once": 1, "twice": 2, "late": 1, "same": 1}


def test_a_step_listed_first_and_last_closes_the_round():
    round_trip = spec_of(steps=(VIEW, CART, VIEW))
    found = depths(shop_with({"a": "view0 cart5 view9", "b": "view0 view5 cart9"}), round_trip)
    assert found == {"a": 3, "b": 2}


@pytest.mark.parametrize("merge", [True, False])
def test_exclusion_between_the_steps_breaks_a_chain(merge):
    streams = {
        "between": "view0 x10 cart20",
        "before": "x0 view10 cart20",
        "after": "view0 cart20 x30",
        "restart": "view0 x10 view15 cart20",
        "at_start": "view0 x0 cart20",
        "at_end": "view0 x20 cart20",
        "late": "view0 cart20 x30 pay40",
    }
    spec = spec_of(exclude=(Step("share", type="share"),))
    assert depths(shop_with(streams), spec, merge=merge) == {
        "between": 1, "before": 2, "after": 2, "restart": 2, "at_start": 2, "at_end": 2, "late": 2,
    }  # fmt: skip


def test_strict_takes_only_the_very_next_event():
    streams = {
        "next": "view0 cart5 pay9",
        "other": "view0 f2 cart5",
        "repeat": "view0 cart2 cart5 pay9",
        "fresh": "view0 view2 cart5",
        "late": "view0 cart60 pay101",
        "again": "view0 f2 cart5 view6 cart7 pay8",
    }
    assert depths(shop_with(streams), spec_of(order="strict")) == {
        "next": 3, "other": 1, "repeat": 2, "fresh": 2, "late": 2, "again": 3,
    }  # fmt: skip


def test_strict_and_increasing_want_later_seconds():
    spec = spec_of(order="strict", increasing=True)
    assert depths(shop_with({"a": "view0 cart0", "b": "view0 cart1 pay1"}), spec) == {
        "a": 1, "b": 2,
    }  # fmt: skip


def test_any_order_counts_different_steps_within_the_window():
    streams = {"a": "pay0 cart50 view100", "b": "pay0 view101 cart102", "c": "view0 view5"}
    assert depths(shop_with(streams), spec_of(order="any")) == {"a": 3, "b": 2, "c": 1}


def test_a_held_column_keeps_the_chain_on_one_product():
    shop = shop_with({"a": "view0 cart10", "b": "view0 cart10", "c": "view0 cart10"})
    events = shop.events.execute().assign(sku=["P1", "P1", "P1", "P2", None, None])
    shop = shop_with({"a": "", "b": "", "c": ""}, events=events)
    # c has no product and so begins nothing.
    assert depths(shop, spec_of(hold=("sku",))) == {"a": 2, "b": 1}


def test_a_visitor_goes_on_in_a_later_visit_and_a_visit_does_not():
    events = shop_with({"s1": "view0", "s2": "cart50"}).events.execute()
    sessions = pd.DataFrame(
        {"session_id": ["s1", "s2"], "visitor_id": ["v", "v"], "start_ts": [NOON, NOON]}
    )
    shop = shop_of(events=events, sessions=sessions)
    assert depths(shop, spec_of(within="visitor")) == {"v": 2}
    assert depths(shop, spec_of()) == {"s1": 1}


def test_each_attempt_counts_by_itself_and_an_event_only_once():
    shop = shop_with({"a": "view0 cart10 view20 cart30 pay40", "b": "view0 view10 cart20"})
    frame = funnel_units(shop, spec_of(within="event"), DAY).execute()
    found = sorted(
        (who, (at - NOON).seconds, depth)
        for who, at, depth in zip(
            frame["visitor_id"], frame["started"], frame["depth"], strict=True
        )
    )
    assert found == [("va", 0, 2), ("va", 20, 3), ("vb", 0, 1), ("vb", 10, 2)]


def test_chains_start_in_the_period_and_may_end_after_it():
    late = {"a": "view43199 cart43205", "b": "view43200 cart43205", "c": "cart43205"}
    # 43,200 s after noon the day is over.
    assert depths(shop_with(late), spec_of()) == {"a": 2}


def test_counts_rates_and_ids_reconcile():
    shop = shop_with(CHECKS)
    result = funnel(shop, spec_of(), DAY)
    assert result.counts["reached"].tolist() == [7, 5, 1]
    assert result.counts["lost"].tolist() == [2, 4, 0]
    assert result.counts["rate"].tolist() == pytest.approx([1, 5 / 7, 1 / 5])
    assert result.counts["of_first"].tolist() == pytest.approx([1, 5 / 7, 1 / 7])
    assert result.worst == 3
    for row in result.counts.itertuples():
        assert reached(result, row.step).count().execute() == row.reached
        assert lost_at(result, row.step).count().execute() == row.lost
        ids = passed(result, row.step).session_id.execute()
        assert len(ids) == row.reached - row.lost if row.step < 3 else not len(ids)
    assert set(lost_at(result, 1).session_id.execute()) == {"u3", "u5"}


def test_groups_add_up_to_the_whole():
    shop = shop_with(CHECKS)
    sessions = shop.sessions.execute().assign(device=["mobile"] * 4 + ["desktop"] * 2 + [None])
    shop = shop_with(CHECKS, sessions=sessions)
    result = funnel(shop, spec_of(), DAY, by="device")
    by_group = result.counts.pivot(index="group", columns="step", values="reached")
    assert by_group.loc["mobile"].tolist() == [4, 3, 0]
    assert by_group.loc["desktop"].tolist() == [2, 1, 0]
    assert by_group.loc[""].tolist() == [1, 1, 1]
    assert result.total["reached"].tolist() == [7, 5, 1]


def two_devices() -> Shop:
    """A visitor views twice on a phone, then once at a desk, where he puts into the cart."""
    events = shop_with({"s1": "view0 view10", "s2": "view20 cart30"}).events.execute()
    sessions = pd.DataFrame(
        {
            "session_id": ["s1", "s2"],
            "visitor_id": ["v", "v"],
            "start_ts": [NOON, NOON],
            "device": ["mobile", "desktop"],
        }
    )
    return shop_of(events=events, sessions=sessions)


@pytest.mark.parametrize("order", ["ordered", "strict"])
def test_group_is_that_of_the_deepest_chains_first_step(order):
    result = funnel(two_devices(), spec_of(within="visitor", order=order), DAY, by="device")
    assert result.units.execute()[["visitor_id", "depth", "group"]].values.tolist() == [
        ["v", 2, "desktop"]
    ]


def test_a_held_group_is_a_funnel_of_its_own():
    spec = spec_of(within="visitor", hold=("device",))
    result = funnel(two_devices(), spec, DAY, by="device")
    found = result.counts.pivot(index="group", columns="step", values="reached")
    assert found.loc["mobile"].tolist() == [1, 0, 0]
    assert found.loc["desktop"].tolist() == [1, 1, 0]


def test_a_step_may_ask_for_a_column_of_the_visit_or_the_customer():
    shop = two_devices()
    sessions = shop.sessions.execute().assign(customer_id=["c1", "c2"])
    people = pd.DataFrame({"customer_id": ["c1", "c2"], "tier": ["gold", "silver"]})
    shop = shop_of(events=shop.events.execute(), sessions=sessions, customers=people)
    phone = Step("view on a phone", type="view", device="mobile")
    silver = Step("cart of silver", type="cart", tier=("silver", "bronze"))
    assert depths(shop, spec_of(within="visitor", steps=(phone, silver))) == {"v": 2}


def test_a_column_of_thousands_of_values_makes_no_groups():
    many = 10_001
    events = pd.DataFrame(
        {
            "event_id": [str(n) for n in range(many)],
            "session_id": [f"s{n}" for n in range(many)],
            "event_ts": NOON,
            "type": "view",
            "page": [f"p{n}" for n in range(many)],
        }
    )
    with pytest.raises(ParameterError, match="page"):
        funnel(shop_of(events=events), spec_of(), DAY, by="page")


def test_nobody_at_the_first_step_is_said():
    with pytest.raises(CannotTell, match="first step"):
        funnel(shop_with({"a": "cart0"}), spec_of(), DAY)


def test_all_events_in_one_second_are_read_in_the_order_of_the_steps():
    assert depths(shop_with({"a": "pay0 cart0 view0"}), spec_of()) == {"a": 3}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"steps": (VIEW,)}, "2 to 12"),
        ({"seconds": 0}, "window"),
        ({"order": "loose"}, "order"),
        ({"within": "person"}, "within"),
        ({"order": "any", "exclude": (PAY,)}, "exclude"),
        ({"order": "any", "within": "event"}, "first step"),
        ({"order": "any", "increasing": True}, "increasing"),
    ],
)
def test_options_that_do_not_fit_are_named(options, said):
    with pytest.raises(ParameterError, match=said):
        spec_of(**options)


def test_unknown_column_is_named_with_those_there_are():
    with pytest.raises(ParameterError, match=r"colour.*visitor_id"):
        depths(shop_with(CHECKS), spec_of(steps=(VIEW, Step("red", colour="red"))))


def test_share_of_nobody_is_no_number():
    assert all(v != v for v in share_interval(0, 0))
    assert share_interval(7, 50) == pytest.approx((0.069508, 0.261862), abs=1e-6)
