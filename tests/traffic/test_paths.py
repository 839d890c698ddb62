"""Paths: stations, moves and loops by hand; buyers differ only where they do."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from visit_shops import START, opened, walked

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.path_sql import LEFT, walk
from opsbook.traffic.paths import OTHER, paths
from opsbook.traffic.paths_chart import (
    loops_table,
    path_words,
    plot_gaps_of_paths,
    plot_steps,
    stations_table,
)
from opsbook.traffic.paths_findings import entry_gap, path_findings
from opsbook.traffic.share_gap import share_gap

FIRST = START.date()
WEEK = Period(FIRST, FIRST + timedelta(days=7))

WALKS = {
    "a": ["home", "product", "search", "product", "cart", "checkout", "pay"],
    "b": ["home"],
    "c": ["home", "product"],
    "d": ["product"],
}


def shop_of_walks(walks=WALKS, step=30):
    rows, visits = [], []
    for i, (name, stations) in enumerate(walks.items()):
        began = START + pd.Timedelta(hours=i % 100)
        visits.append({"session_id": name, "visitor_id": name, "start_ts": began})
        for k, station in enumerate(stations):
            deed = station in ("cart", "checkout", "pay", "search")
            rows.append(
                {
                    "event_id": f"{name}{k}", "session_id": name,
                    "event_ts": began + pd.Timedelta(seconds=step * k),
                    "type": station if deed else "view",
                    "page": "product" if deed else station,
                }
            )  # fmt: skip
    return shop_of(sessions=pd.DataFrame(visits), events=pd.DataFrame(rows))


def test_stations_moves_and_loops_by_hand():
    found = paths(shop_of_walks(), WEEK)
    assert (found.visits, found.buyers) == (4, 1)
    at = found.stations.set_index("station")
    assert at.loc["home", ["visits", "entries", "entry_paid", "bounces", "exits"]].tolist() == [
        3, 3, 1, 1, 1,
    ]  # fmt: skip
    assert at.loc["product", ["visits", "entries", "bounces", "exits"]].tolist() == [3, 1, 1, 2]
    assert at.loc["home", "bounce"] == pytest.approx(1 / 3)
    assert at.loc["product", "exit_rate"] == pytest.approx(2 / 3)
    assert at.loc["home", "stay_s"] == 30
    moves = found.moves.set_index(["station", "after"])["moves"]
    assert moves["home", "product"] == 2
    assert moves["home", LEFT] == 1
    assert moves["product", LEFT] == 2
    (loop,) = found.loops.itertuples()
    assert (loop.station, loop.over, loop.visits, loop.paid) == ("product", "search", 1, 1.0)
    assert loop.paid_else == 0.0


def test_steps_add_up_to_all_visits_at_every_place():
    found = paths(opened(walked(days=7)), WEEK, places=5)
    sums = found.steps.groupby(["buyer", "place"])["share"].sum()
    assert np.allclose(sums, 1)
    assert len(sums) == 10
    counts = found.steps.groupby(["buyer", "place"])["visits"].sum()
    assert set(counts[1]) == {found.buyers}


def test_moves_reconcile_with_visits_and_events():
    tables = walked(days=7)
    found = paths(opened(tables), WEEK)
    assert found.moves["moves"].sum() == len(tables["events"])
    assert found.stations["entries"].sum() == found.stations["exits"].sum() == found.visits
    assert found.buyers == (tables["events"]["type"] == "pay").sum()


def test_repeated_and_displaced_events_do_not_make_steps():
    shop = shop_of_walks()
    events = shop.events.execute()
    wrong = events.head(1).assign(event_id="x", event_ts=START + pd.Timedelta(days=3))
    spoilt = pd.concat([events, events.head(4), wrong])
    again = paths(shop_of(sessions=shop.sessions.execute(), events=spoilt), WEEK)
    pd.testing.assert_frame_equal(again.moves, paths(shop, WEEK).moves)


def test_rare_stations_are_folded_and_the_steps_to_the_payment_stay():
    walks = {f"v{i}": ["home", f"page{i % 40:02d}"] for i in range(400)} | {"z": WALKS["a"]}
    found = paths(shop_of_walks(walks), Period(FIRST, FIRST + timedelta(days=30)), most=4)
    shown = set(found.steps["station"])
    assert {OTHER, "cart", "checkout", "pay", "home", LEFT} <= shown
    assert len(shown) <= 4 + 3 + 2
    assert plot_steps(found).figure(phone=True)


def test_buyers_who_search_more_are_seen_and_those_alike_are_not():
    rng = np.random.default_rng(2)
    walks = {}
    for i in range(3000):
        buys = i % 10 == 0
        search = rng.random() < (0.6 if buys else 0.3)
        live = rng.random() < 0.2
        walk = ["live" if live else "home", "search" if search else "category", "product"]
        walks[f"v{i}"] = walk + (["cart", "checkout", "pay"] if buys else [])
    found = paths(shop_of_walks(walks), Period(FIRST, FIRST + timedelta(days=30)))
    gaps = found.gaps.set_index(["station", "after"])
    home = gaps.loc[("home", "search")]
    assert home["low"] < 0.3 < home["high"]
    assert home["p"] < 1e-6
    assert not set(found.gaps["after"]) & {"cart", "checkout", "pay", LEFT}
    with speaking("zh"):
        assert plot_gaps_of_paths(found).title
    alike = {k: w if w[-1] == "pay" else [*w, "cart"] for k, w in walks.items()}
    for i, w in enumerate(alike.values()):
        w[1] = "search" if i % 3 == 0 else "category"
    same = paths(shop_of_walks(alike), Period(FIRST, FIRST + timedelta(days=30)))
    assert (same.gaps["p"] > 0.05).all()
    assert plot_gaps_of_paths(same).title == "Buyers browse as the others do"


def test_newcombe_interval_equals_the_paper():
    gap, low, high, _ = share_gap(*(np.array([v]) for v in (56.0, 70.0, 48.0, 80.0)))
    assert (round(gap[0], 4), round(low[0], 4), round(high[0], 4)) == (0.2, 0.0524, 0.3339)


def test_an_entry_page_that_bounces_more_is_priced_by_those_who_stay():
    walks = {f"a{i}": ["home"] if i % 10 < 3 else ["home", "product"] for i in range(1000)}
    walks |= {f"b{i}": ["live"] if i % 10 < 7 else ["live", "product"] for i in range(1000)}
    walks |= {f"c{i}": ["live", "product", "cart", "checkout", "pay"] for i in range(30)}
    shop = shop_of_walks(walks)
    orders = pd.DataFrame(
        {"order_id": ["o1"], "customer_id": ["c"], "order_ts": [START + pd.Timedelta(hours=1)]}
    )
    lines = pd.DataFrame(
        {"order_id": ["o1"], "sku": ["p"], "qty": [1.0], "paid_price": [100.0], "unit_cost": [60.0]}
    )
    full = shop_of(
        sessions=shop.sessions.execute(), events=shop.events.execute(), orders=orders,
        order_lines=lines,
    )  # fmt: skip
    found = paths(full, Period(FIRST, FIRST + timedelta(days=30)))
    gap = entry_gap(found)
    assert gap is not None
    assert gap["station"] == "live"
    assert gap["extra"] == pytest.approx(700 - 0.3 * 1030)
    assert gap["rate"] == pytest.approx(30 / 330)
    (note,) = path_findings(found)
    assert note.money == pytest.approx(-gap["extra"] * 30 / 330 * 40)
    assert "margin" in note.money_basis
    assert path_findings(paths(shop, Period(FIRST, FIRST + timedelta(days=30))))[0].money is None


def test_shops_where_all_bounce_alike_get_no_finding():
    walks = {f"a{i}": ["home" if i % 2 else "live"] for i in range(600)}
    found = paths(shop_of_walks(walks), Period(FIRST, FIRST + timedelta(days=30)))
    assert path_findings(found) == []
    assert found.buyers == 0
    assert found.gaps.empty
    assert plot_steps(found).figure()
    text = path_words(found) + stations_table(found).html() + loops_table(found).html()
    assert ">nan" not in text.lower()


def test_events_of_one_second_keep_a_fixed_order():
    tables = walked(days=3)
    events = tables["events"].assign(event_ts=lambda e: e["start_ts"])
    first, again = (
        paths(opened({**tables, "events": e}), WEEK).moves
        for e in (events, events.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(first, again)


def test_shops_without_pages_have_views_as_stations():
    tables = walked(days=3)
    found = paths(opened({**tables, "events": tables["events"].drop(columns="page")}), WEEK)
    assert set(found.stations["station"]) == {"view", "cart", "checkout", "pay"}


def test_odd_questions_are_answered_in_words():
    shop = shop_of_walks()
    with pytest.raises(ParameterError, match="places"):
        paths(shop, WEEK, places=1)
    with pytest.raises(CannotTell, match="no visit"):
        paths(shop, Period(FIRST - timedelta(days=9), FIRST - timedelta(days=2)))
    with pytest.raises(CannotTell, match="events"):
        paths(shop_of(sessions=shop.sessions.execute()), WEEK)
    assert walk(shop, WEEK).count().execute() == 11
