"""Time to convert: means, medians, and which chain is timed."""

from datetime import timedelta

import pytest
from made_streams import CART, DAY, PAY, STEPS, VIEW, shop_with, spec_of

from opsbook.errors import CannotTell, ParameterError
from opsbook.traffic.convert_time import convert_time
from opsbook.traffic.funnel import Funnel, Step, funnel

HOUR = 3600


def test_means_and_medians_of_the_published_case():
    # Hours 0, 1, 3; 2, 4; 2, 4, 5. To step two 1, 2, 2 h: mean 6000 s, median 7200 s. To step
    # three 2 and 1 h: mean and median 5400 s.
    shop = shop_with({"p1": "view0 cart3600 pay10800", "p2": "view7200 cart14400",
                      "p3": "view7200 cart14400 pay18000"})  # fmt: skip
    found = convert_time(shop, Funnel(STEPS, timedelta(days=1), within="visitor"), DAY)
    assert found.steps["converted"].tolist() == [3, 2]
    assert found.steps["mean_s"].tolist() == [6000, 5400]
    assert found.steps["median_s"].tolist() == [7200, 5400]
    # From first to last 3 h and 3 h.
    assert found.steps["total_median_s"].tolist() == [7200, 3 * HOUR]
    assert found.spread["converted"].sum() == 2
    assert found.late == 0


def test_timed_from_the_earliest_start_that_still_arrives_in_time():
    shop = shop_with({"a": "view0 view50 cart60", "b": "view0 view50 cart60 pay140"})
    found = convert_time(shop, spec_of(), DAY)
    # a: from second 0. b: pay140 is out of reach of view0, so from second 50.
    assert found.steps["converted"].tolist() == [2, 1]
    assert found.steps["mean_s"].tolist() == [35, 80]


def test_each_step_counts_at_its_first_event():
    found = convert_time(shop_with({"a": "view0 cart10 cart50 pay60"}), spec_of(), DAY)
    assert found.steps["mean_s"].tolist() == [10, 50]


def test_an_excluded_event_forbids_the_earlier_start():
    spec = spec_of(exclude=(Step("share", type="share"),))
    found = convert_time(shop_with({"a": "view0 x10 view30 cart40"}), spec, DAY)
    assert found.steps["mean_s"].tolist()[0] == 10


def test_increasing_steps_are_timed_by_later_seconds():
    found = convert_time(shop_with({"a": "view0 cart0 cart7"}), spec_of(increasing=True), DAY)
    assert found.steps["mean_s"].tolist()[0] == 7


def test_repeated_steps_take_two_events():
    found = convert_time(shop_with({"a": "view0 view5 view9"}), spec_of(steps=(VIEW, VIEW)), DAY)
    assert found.steps["mean_s"].tolist() == [5]


def test_as_many_are_timed_as_are_counted():
    shop = shop_with({"a": "view0 cart9 view20 cart30 pay40", "b": "view0 view10 cart20"})
    for within in ("visitor", "session", "event"):
        spec = spec_of(within=within)
        counted = funnel(shop, spec, DAY).counts["reached"].tolist()[1:]
        assert convert_time(shop, spec, DAY).steps["converted"].tolist() == counted


def test_those_at_the_edge_of_the_window_are_told():
    found = convert_time(
        shop_with({"a": "view0 cart95 pay99", "b": "view0 cart1 pay2"}), spec_of(), DAY
    )
    assert found.late == 0.5


def test_nobody_at_the_second_step_is_said():
    with pytest.raises(CannotTell, match="view"):
        convert_time(shop_with({"a": "view0"}), spec_of(), DAY)


def test_other_orders_have_no_time():
    with pytest.raises(ParameterError, match="ordered"):
        convert_time(shop_with({"a": "view0"}), spec_of(steps=(VIEW, CART, PAY), order="any"), DAY)
