"""Attainment, growth on paired days and phases, computed by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from event_shops import campaign_frame, daily_orders, span, together, two_years, visits

from made_shop import shop_of
from opsbook.campaign.attainment import attainment, paired_growth
from opsbook.campaign.attainment_chart import (
    collected_table,
    goal_table,
    phase_table,
    plot_attainment,
    plot_phases,
)
from opsbook.campaign.attainment_check import collected
from opsbook.campaign.attainment_days import day_sheet
from opsbook.campaign.attainment_findings import attainment_findings, phase_findings
from opsbook.campaign.attainment_words import attainment_words
from opsbook.campaign.event import event_of
from opsbook.errors import CannotTell
from opsbook.language import speaking


@pytest.fixture(scope="module")
def shop():
    return two_years()


@pytest.fixture(scope="module")
def found(shop):
    return attainment(shop, event_of(shop, "A2"))


def test_goal_counts_from_the_first_peak_day_without_the_warm_up(found):
    goal = found.goal("gmv")
    # Five days of 15 orders of 100; the two days of warm-up sold 2,000 that do not count.
    assert goal["now"] == pytest.approx(7500)
    assert goal["attained"] == pytest.approx(1.25)
    # Everybody buys once, so every customer is new: 75.
    assert found.goal("new_customers")["now"] == 75


def test_growth_compares_the_same_phase_day(found):
    # 2 x 1000 + 5 x 1500 = 9500 against 2 x 1000 + 5 x 1200 = 8000.
    assert found.growth.value == pytest.approx(9500 / 8000 - 1)
    assert found.growth.days == 7
    pairs = found.days[["day", "day_then"]]
    assert (pairs["day"].iloc[2], pairs["day_then"].iloc[2]) == (
        pd.Timestamp("2026-06-15"),
        pd.Timestamp("2025-06-16"),
    )


def test_phases_are_measured_against_usual_days_and_their_part_of_the_goal(found):
    rows = found.phases.set_index("phase")
    assert rows.loc["preheat", "multiple"] == pytest.approx(1.0)
    assert rows.loc["peak", "multiple"] == pytest.approx(1.5)
    # Last year peak and tail sold 3,600 and 2,400 of 6,000: the goal is shared 60 : 40.
    assert rows.loc["peak", "goal"] == pytest.approx(3600)
    assert rows.loc["tail", "attained"] == pytest.approx(3000 / 2400)
    assert np.isnan(rows.loc["preheat", "goal"])


def test_running_event_is_held_against_what_was_due_by_now(shop):
    found = attainment(shop, event_of(shop, "A2", end="2026-06-16"))
    goal = found.goal("gmv")
    assert goal["now"] == pytest.approx(3000)
    assert goal["due"] == pytest.approx(2 / 5)
    assert goal["projected"] == pytest.approx(7500)
    assert "projection" in attainment_words(found)
    assert attainment_findings(found) == []


def test_days_without_a_counterpart_are_left_out_of_growth_and_counted():
    frame = campaign_frame()
    frame.loc[1, "end_date"] = pd.Timestamp("2026-06-21")
    base = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    shop = shop_of(**together(base), campaigns=frame)
    found = attainment(shop, event_of(shop, "A2"))
    assert found.growth.value == pytest.approx(0.0)
    assert found.growth.days == 7
    assert "2 days have no counterpart" in attainment_words(found)


def test_goal_too_small_for_the_shop_is_held_against_credited_orders():
    frame = campaign_frame()
    frame.loc[1, ["goal_gmv", "goal_new_customers"]] = [500.0, 3]
    orders, lines = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    orders["campaign_id"] = None
    mine = orders.index[orders["order_ts"].between("2026-06-15", "2026-06-16")][:4]
    orders.loc[mine, "campaign_id"] = "A2"
    shop = shop_of(orders=orders, order_lines=lines, campaigns=frame)
    found = attainment(shop, event_of(shop, "A2"))
    assert found.scope == "credited"
    assert found.goal("gmv")["now"] == pytest.approx(400)
    assert found.goal("new_customers")["now"] == 4
    assert "credited" in attainment_words(found)


def test_advertising_booked_to_the_event_is_its_spend():
    spend = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-06-10", "2026-06-15", "2026-06-16"]),
            "channel": "feed",
            "campaign_id": ["A2", "A2", None],
            "cost": [40.0, 90.0, 1000.0],
        }
    )
    shop = two_years(ad_spend=spend)
    found = attainment(shop, event_of(shop, "A2"))
    assert (found.spent, found.booked) == (130.0, True)
    assert [f.id for f in attainment_findings(found)] == ["E02", "E02"]
    shop = two_years(ad_spend=spend.assign(campaign_id=None).astype({"campaign_id": "string"}))
    found = attainment(shop, event_of(shop, "A2"))
    assert (found.spent, found.booked) == (1090.0, False)
    assert len(attainment_findings(found)) == 1


def test_an_event_without_goal_last_year_or_second_day_still_says_what_it_can(shop):
    found = attainment(shop, event_of(shop, "F1"))
    assert found.goals.empty
    assert "stand alone" in attainment_words(found)
    assert attainment_findings(found) == []
    for shown in (goal_table(found), phase_table(found)):
        assert "nan" not in shown.html()
    assert plot_attainment(found).svg()
    assert plot_phases(found).svg(phone=True)


def test_an_event_to_come_has_nothing_to_measure(shop):
    with pytest.raises(CannotTell, match="no day inside the data"):
        attainment(shop, event_of(shop, "A3"))


def test_missed_goal_is_a_finding_with_the_gap_at_margin():
    frame = campaign_frame()
    frame.loc[1, "goal_gmv"] = 10_000.0
    base = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    shop = shop_of(**together(base), campaigns=frame)
    note = attainment_findings(attainment(shop, event_of(shop, "A2")))[0]
    # 5,000 of 10,000; goods cost 60 of 100, so 40 % of the gap was margin.
    assert note.money == pytest.approx(-0.4 * 5000)


def test_a_tail_below_usual_days_is_priced():
    sale = dict.fromkeys(span(date(2025, 1, 1), 608), 10)
    sale |= dict.fromkeys(span(date(2026, 6, 18), 2), 5)
    shop = shop_of(
        **together(daily_orders(date(2025, 1, 1), date(2026, 8, 31), sale)),
        campaigns=campaign_frame(),
    )
    notes = phase_findings(attainment(shop, event_of(shop, "A2")))
    # Two days at half of ten orders of 100: 1,000 below usual, 40 % of it margin.
    assert notes[0].money == pytest.approx(-400)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_is_shown_in_both_languages(shop, found, lang):
    with speaking(lang):
        assert plot_attainment(found).svg(phone=True)
        assert plot_phases(found).svg()
        event = event_of(shop, "A2")
        tables = [
            goal_table(found),
            phase_table(found),
            collected_table(event, collected(shop, event)),
        ]
    assert all("nan" not in table.html() for table in tables)


def test_collected_says_what_each_gap_costs(shop):
    rows = {r.what: r for r in collected(shop, event_of(shop, "A2"))}
    assert rows["Visits"].status == "missing"
    assert rows["Visits"].cost == "traffic apart from conversion"
    assert rows["Same event last year"].status == "there"
    assert rows["Other campaigns in the same days"].status == "partly"
    some = dict.fromkeys(span(date(2026, 6, 13), 5), 5)
    seen = two_years(sessions=visits(some))
    rows = {r.what: r for r in collected(seen, event_of(seen, "A2"))}
    assert rows["Visits"].cost == "2 days without a visit on record"
    ahead = {r.what: r for r in collected(shop, event_of(shop, "A3"))}
    # Before it begins costs are on record and nothing can have come back.
    assert ahead["Days of the event"].status == "missing"
    assert ahead["Returned goods"].status == "missing"


def test_messages_of_its_days_in_another_name_are_told_as_a_part(shop):
    sent = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            # Two customers on the days of A2, one long before.
            "contact_ts": pd.to_datetime(["2026-06-14", "2026-06-15", "2026-06-16", "2026-01-05"]),
            "journey": "welcome",
        }
    )
    seen = two_years(contacts=sent)
    rows = {r.what: r for r in collected(seen, event_of(seen, "A2"))}
    assert rows["Customers contacted"].status == "partly"
    assert rows["Customers contacted"].seen.startswith("2 customers")
    assert {r.what: r.status for r in collected(shop, event_of(shop, "A2"))}[
        "Customers contacted"
    ] == "missing"


def test_interval_of_paired_growth_holds_the_truth_about_as_often_as_it_says():
    # 400 draws of 16 pairs, true growth 20 %, noise 12 % a day, correlated 0.3 with the day before.
    rng = np.random.default_rng(8)
    held = 0
    level = np.array([1.1] * 8 + [2.0] * 3 + [0.9] * 5)
    for _ in range(400):
        noise = np.zeros((2, 16))
        for d in range(16):
            noise[:, d] = 0.3 * noise[:, d - 1] * (d > 0) + 0.12 * rng.normal(size=2)
        frame = pd.DataFrame(
            {
                "gmv": 1.2 * level * np.exp(noise[0]),
                "gmv_then": level * np.exp(noise[1]),
                "both": True,
            }
        )
        growth = paired_growth(frame)
        held += growth.low <= 0.2 <= growth.high
    assert 0.91 <= held / 400 <= 0.985


def test_days_have_the_same_figures_in_every_span_and_none_outside_the_data(shop):
    long = day_sheet(shop, date(2026, 6, 1), date(2026, 7, 1)).set_index("day")
    short = day_sheet(shop, date(2026, 6, 15), date(2026, 6, 20)).set_index("day")
    pd.testing.assert_frame_equal(short, long.loc[short.index], rtol=1e-9)
    # 15 orders of 100 on each day of the peak.
    assert short["orders"].tolist() == [15.0] * 5
    assert short["gmv"].tolist() == [1500.0] * 5
    future = day_sheet(shop, date(2031, 1, 1), date(2031, 1, 3))
    assert future["orders"].tolist() == [0.0, 0.0]
    assert future["new_customers"].tolist() == [0.0, 0.0]
    assert future["visitors"].isna().all()
