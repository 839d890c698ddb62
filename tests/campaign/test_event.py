"""An event is found by number, name or by default, and knows its phases and its state."""

from datetime import date

import pandas as pd
import pytest
from event_shops import campaign_frame, daily_orders, together, two_years

from made_shop import shop_of
from opsbook.campaign.event import all_events, event_of, next_run, stem_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period


@pytest.fixture(scope="module")
def shop():
    return two_years()


def test_default_is_the_latest_finished_mega_sale(shop):
    event = event_of(shop)
    assert (event.id, event.state, event.last_year) == ("A2", "finished", "A1")


def test_phases_follow_each_other_and_end_the_day_after_the_last(shop):
    event = event_of(shop, "A2")
    assert event.preheat == Period(date(2026, 6, 13), date(2026, 6, 15))
    assert event.peak == Period(date(2026, 6, 15), date(2026, 6, 18))
    assert event.tail == Period(date(2026, 6, 18), date(2026, 6, 20))
    assert event.days == Period(date(2026, 6, 13), date(2026, 6, 20))


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("a1", "A1"),
        ("618 2025", "A1"),
        ("618", "A2"),
        ("618大促", "A2"),
        ("Flash sale 2026-06", "F1"),
    ],
)
def test_an_event_is_found_by_number_name_or_name_without_year(shop, asked, number):
    assert event_of(shop, asked).id == number


def test_unknown_campaign_is_answered_with_what_exists(shop):
    with pytest.raises(ParameterError, match=r"A2 \(618 2026\)"):
        event_of(shop, "Double 12")
    with pytest.raises(ParameterError, match="not a date"):
        event_of(shop, end="soon")


def test_overlap_is_named_on_both_sides(shop):
    assert event_of(shop, "A2").overlaps == ("F1",)
    assert event_of(shop, "F1").overlaps == ("A2",)
    assert event_of(shop, "A1").overlaps == ()


def test_state_follows_the_last_day_that_counts_as_known(shop):
    assert event_of(shop, "A2", end="2026-06-16").state == "running"
    assert event_of(shop, "A2", end="2026-06-16").until == date(2026, 6, 17)
    future = event_of(shop, "A3")
    assert (future.state, future.observed) == ("future", None)
    assert event_of(shop, "A2", end="2026-05-01").state == "future"


def test_campaigns_with_the_required_columns_only_are_enough():
    bare = campaign_frame()[["campaign_id", "start_date", "end_date"]]
    orders = together(daily_orders(date(2026, 6, 1), date(2026, 7, 1), 2))
    event = event_of(shop_of(**orders, campaigns=bare), "A2")
    assert (event.name, event.type, event.goal_gmv, event.budget) == ("A2", "", None, None)
    assert event.peak == event.days
    assert (event.preheat, event.tail, event.last_year) == (None, None, None)


def test_numbers_instead_of_text_find_their_campaign():
    frame = campaign_frame().assign(campaign_id=["1", "2", "3", "4"])
    orders = together(daily_orders(date(2026, 6, 1), date(2026, 7, 1), 2))
    assert event_of(shop_of(**orders, campaigns=frame), 2).id == "2"


def test_phases_that_cannot_be_are_left_out():
    frame = campaign_frame()
    frame.loc[1, "preheat_start_date"] = pd.Timestamp("2026-07-01")
    frame.loc[1, "tail_start_date"] = pd.Timestamp("2026-06-30")
    frame.loc[0, "end_date"] = pd.Timestamp("2025-01-01")
    orders = together(daily_orders(date(2026, 6, 1), date(2026, 7, 1), 2))
    shop = shop_of(**orders, campaigns=frame)
    event = event_of(shop, "A2")
    assert (event.preheat, event.tail) == (None, None)
    assert "A1" not in {e.id for e in all_events(shop)}


def test_next_run_is_the_planned_one_or_the_same_weekday_a_year_later(shop):
    assert next_run(shop, event_of(shop, "A1")) == date(2026, 6, 13)
    assert next_run(shop, event_of(shop, "F1")) == date(2027, 6, 17)
    assert date(2026, 6, 18).weekday() == date(2027, 6, 17).weekday()


def test_customers_contacted_for_it_make_it_targeted(shop):
    contacts = pd.DataFrame(
        {
            "customer_id": ["c1"],
            "contact_ts": [pd.Timestamp("2026-06-15")],
            "journey": ["A2"],
            "outcome": ["sent"],
        }
    )
    assert not event_of(shop, "A2").targeted
    assert event_of(two_years(contacts=contacts), "A2").targeted


def test_a_shop_without_campaigns_says_so():
    orders = together(daily_orders(date(2026, 6, 1), date(2026, 7, 1), 2))
    with pytest.raises(CannotTell, match="campaigns"):
        event_of(shop_of(**orders))
    with pytest.raises(CannotTell, match="no campaign with a first and a last day"):
        event_of(shop_of(**orders, campaigns=campaign_frame().head(0)))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("618 2026", "sale_618"),
        ("2026 Double 11", "double_11"),
        ("双11", "double_11"),
        ("Flash sale 2025-02", "flash sale"),
        ("Campaign 18", "campaign 18"),
        ("2026", "2026"),
    ],
)
def test_a_name_keeps_its_stem_over_the_years(name, stem):
    assert stem_of(name) == stem
