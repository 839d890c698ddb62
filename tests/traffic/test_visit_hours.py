"""Hours and classes of traffic: counts add up, planted habits are found, chance is not."""

import json

import numpy as np
import pandas as pd
import pytest
from traffic_shops import START, order_frames, session_frame

import opsbook
from made_shop import shop_of
from opsbook.demo.build import simulate
from opsbook.errors import CannotTell
from opsbook.language import speaking
from opsbook.shop.periods import Period, data_days
from opsbook.traffic.visit_hours import visit_hours
from opsbook.traffic.visit_hours_chart import class_table, plot_hours, visit_words
from opsbook.traffic.visit_hours_findings import hour_findings

WEEKS = 12
PERIOD = Period(START.date(), (START + pd.Timedelta(weeks=WEEKS)).date())


def made(seed=0, content_evening=0.5, search_weekend=0.6):
    """Three classes over twelve weeks; paid follows no habit."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, evening, weekend in (
        ("content", content_evening, 1.0),
        ("search", 4 / 24, search_weekend),
        ("paid", 4 / 24, 1.0),
    ):
        n = 6000
        weights = np.array([1.0] * 5 + [weekend] * 2)
        day = rng.choice(7, n, p=weights / weights.sum()) + 7 * rng.integers(0, WEEKS, n)
        late = rng.random(n) < evening
        hour = np.where(late, rng.integers(19, 23, n), rng.integers(0, 24, n))
        other = ~late & np.isin(hour, range(19, 23))
        hour[other] = rng.integers(0, 19, int(other.sum()))
        rows = [
            ("v", None, float(d) + (h + 0.5) / 24, name) for d, h in zip(day, hour, strict=True)
        ]
        parts.append(session_frame(rows).assign(source_class=name))
    sessions = pd.concat(parts, ignore_index=True)
    sessions["session_id"] = [f"s{i}" for i in range(len(sessions))]
    orders = order_frames([("u", 1 + 0.25, "a"), ("u", 8.25, "a"), ("u", 16.9, "a")])
    return shop_of(sessions=sessions, **orders)


def test_grid_holds_every_visit_and_order_once():
    found = visit_hours(made(), PERIOD)
    assert len(found.grid) == 168
    assert found.grid["visits"].sum() == 18_000
    assert found.grid["orders"].sum() == 3
    # Day 1 and day 8 at 6 h are both Tuesdays.
    cell = found.grid.set_index(["weekday", "hour"]).loc[(1, 6)]
    assert cell["orders"] == 2


def test_rate_of_an_hour_is_drawn_towards_its_neighbours():
    found = visit_hours(made(), PERIOD)
    cell = found.grid.set_index(["weekday", "hour"]).loc[(1, 6)]
    assert cell["rate"] < cell["rate_raw"]
    assert found.grid["rate"].notna().all()


def test_planted_habits_are_found_and_nothing_else():
    found = visit_hours(made(), PERIOD).classes.set_index("source_class")
    assert found.loc["content", "evening"] == pytest.approx(0.5, abs=0.02)
    assert found.loc["content", "evening_differs"]
    assert found.loc["search", "weekend"] == pytest.approx(0.6, abs=0.05)
    assert found.loc["search", "weekend_differs"]


def test_classes_alike_differ_in_few_of_many_tries():
    false = 0
    for seed in range(8):
        found = visit_hours(made(seed, content_evening=4 / 24, search_weekend=1.0), PERIOD).classes
        false += int(found[["weekend_differs", "evening_differs"]].any().any())
    # Two families at 5 % each: 8 tries give 0.8 on average, 4 or more in one of 200 runs.
    assert false <= 3


def test_claims_are_put_to_the_shops_own_visits():
    words = visit_words(visit_hours(made(), PERIOD))
    assert "search is a weekday's habit: holds here" in words
    assert "content belongs to the evening: holds here" in words
    turned = visit_words(visit_hours(made(search_weekend=1.8), PERIOD))
    assert "search is a weekday's habit: is the other way round here" in turned


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_section_shows_in_both_languages(lang):
    with speaking(lang):
        found = visit_hours(made(), PERIOD)
        assert "<svg" in plot_hours(found).svg(phone=True)
        assert "nan" not in class_table(found).html()


def test_class_of_the_evening_is_the_finding():
    notes = hour_findings(visit_hours(made(), PERIOD))
    assert [n.id for n in notes] == ["D05"]
    assert "of visits from content come between 19 and 23 h" in notes[0].statement
    assert hour_findings(visit_hours(made(content_evening=4 / 24), PERIOD)) == []


def test_visits_without_class_show_hours_only():
    shop = made()
    sessions = shop.sessions.execute().drop(columns="source_class")
    sessions["customer_id"] = sessions["customer_id"].astype("string")
    bare = shop_of(sessions=sessions, orders=shop.orders.execute().dropna(axis=1))
    found = visit_hours(bare, PERIOD)
    assert found.classes.empty
    assert "only hours are shown" in visit_words(found)


def test_days_without_hours_are_told_from_midnight():
    sessions = session_frame([("v", None, d, "a") for d in range(20)])
    shop = shop_of(sessions=sessions, **order_frames([("u", 1, "a")]))
    with pytest.raises(CannotTell, match="no times of day"):
        visit_hours(shop, PERIOD)


def test_period_without_visits_is_said():
    sessions = session_frame([("v", None, 0.5, "a")])
    shop = shop_of(sessions=sessions, **order_frames([("u", 1, "a")]))
    later = Period(PERIOD.end, (START + pd.Timedelta(weeks=20)).date())
    with pytest.raises(CannotTell, match="no visit"):
        visit_hours(shop, later)


@pytest.mark.slow
def test_planted_habits_of_the_demo_shop_are_found_again(tmp_path):
    folder = simulate(tmp_path / "shop", orders=3000, days=300, events="none")
    shop = opsbook.open_shop(folder)
    found = visit_hours(shop, data_days(shop)).classes.set_index("source_class")
    planted = json.loads((folder / "truth.json").read_text())["visits"]["funnel"]
    others = found.loc[["category", "external", "event"], "weekend"].mean()
    # Some 16,000 visits of content: standard error of the ratio about 2 %.
    content, search = (found.loc[name, "weekend"] / others for name in ("content", "search"))
    assert content == pytest.approx(planted["content_weekend"], abs=0.06)
    assert search == pytest.approx(1 / planted["search_weekday"], abs=0.06)
    assert found.loc["content", "evening_differs"]
    assert found["evening"].idxmax() == "content"
