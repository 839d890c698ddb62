"""Journeys by the stated rules, against rules written out in plain Python."""

import numpy as np
import pandas as pd
import pytest
from traffic_shops import START, order_frames, session_frame, walked_shop

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.periods import Period
from opsbook.traffic.journeys import journeys


def counted(found):
    frame = found.paths.frame()
    return {r.path: (r.conversions, round(r.nulls, 6), r.value) for r in frame.itertuples()}


def days(first: int, after: int) -> Period:
    return Period(
        (START + pd.Timedelta(days=first)).date(), (START + pd.Timedelta(days=after)).date()
    )


def test_contacts_before_an_order_are_its_path():
    # u: a on day 1, b on day 2, order on day 3. The last order sets the end of the data.
    shop = walked_shop(
        [("u", 1, "a"), ("u", 2, "b"), ("u", 4, "c"), ("v", 9, "c")],
        [("u", 3, "b"), ("u", 5, "c"), ("z", 100, "c")],
    )
    found = journeys(shop)
    assert counted(found) == {
        "a > b": (1, 0, 40.0),  # margin 100 - 60
        "c": (1, round(found.scale, 6), 40.0),
    }
    assert found.orders == 3
    assert found.worth == "margin"


def test_contact_belongs_to_the_next_order_only_and_within_the_window():
    shop = walked_shop(
        [("u", 0, "a"), ("u", 25, "b"), ("u", 40, "c")],
        [("u", 41, "c"), ("z", 200, "c")],
    )
    short = counted(journeys(shop, days(0, 201), window_days=10))
    assert short["c"][0] == 1
    assert short["a"][0] == short["b"][0] == 0
    assert short["a"][1] > 0
    assert counted(journeys(shop, window_days=45))["a > b > c"][0] == 1


def test_contact_at_the_second_of_the_order_counts():
    shop = walked_shop([("u", 3, "a")], [("u", 3, "a"), ("z", 90, "a")])
    assert counted(journeys(shop))["a"][0] == 1


def test_repeated_clicks_on_one_channel_are_one_contact():
    minute = 1 / 1440
    shop = walked_shop(
        [("u", 1, "a"), ("u", 1 + 10 * minute, "a"), ("u", 1 + 60 * minute, "a")],
        [("u", 2, "a"), ("z", 90, "a")],
    )
    assert counted(journeys(shop, session_gap_minutes=30)) == {"a > a": (1, 0, 40.0)}
    assert counted(journeys(shop, session_gap_minutes=0)) == {"a > a > a": (1, 0, 40.0)}


def test_unpaid_orders_end_no_journey():
    frames = order_frames([("u", 3, "a"), ("v", 4, "a"), ("z", 90, "a")])
    frames["orders"]["status"] = ["cancelled", "paid", "paid"]
    base = walked_shop([("u", 1, "a"), ("v", 1, "a")], [("z", 1, "a")])
    shop = shop_of(touchpoints=base.touchpoints.execute(), **frames)
    won, lost, _ = counted(journeys(shop, days(0, 91)))["a"]
    assert won == 1
    assert lost > 0


def test_journeys_still_within_their_window_are_left_out_and_made_up_for():
    shop = walked_shop(
        [("u", 1, "a"), ("v", 95, "a"), ("w", 20, "b")],
        [("u", 2, "a"), ("z", 99.5, "a")],
    )
    found = journeys(shop, days(0, 100), window_days=30)
    assert found.unfinished == 1
    assert found.scale == pytest.approx(100 / 70)
    assert counted(found)["b"] == (0, round(100 / 70, 6), 0)


def test_visits_of_one_cookie_before_login_belong_to_the_customer():
    visits = session_frame(
        [("x", None, 1, "a"), ("x", "u", 2, "b"), ("y", None, 3, "b"), ("y", None, 4, None)]
    )
    shop = shop_of(sessions=visits, **order_frames([("u", 2.5, "b"), ("z", 90, "b")]))
    found = journeys(shop)
    assert found.source == found.nulls_from == "sessions"
    paths = counted(found)
    assert paths["a > b"][0] == 1
    assert paths["b > direct or unknown"][1] == pytest.approx(found.scale)
    assert found.direct == ("direct or unknown",)


def test_shop_that_logs_only_buyers_takes_lost_journeys_from_visits():
    visits = session_frame([("y", None, 3, "b"), ("y", None, 4, "n")])
    shop = walked_shop([("u", 1, "a")], [("u", 2, "a"), ("z", 90, "a")], sessions=visits)
    found = journeys(shop)
    assert (found.source, found.nulls_from) == ("touchpoints", "sessions")
    paths = counted(found)
    assert paths["a"] == (1, 0, 40.0)
    assert paths["b > n"][1] == pytest.approx(found.scale)
    assert found.decayed.shape == (2, len(found.paths.channels))


def test_weight_halves_with_the_half_life():
    # a is 7 days before the order, b at it: weights 1/2 and 1.
    shop = walked_shop([("u", 1, "a"), ("u", 8, "b")], [("u", 8, "b"), ("z", 90, "b")])
    found = journeys(shop, half_life_days=7)
    assert found.paths.channels == ("a", "b")
    assert found.decayed[0].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.decayed[1].tolist() == pytest.approx([40 / 3, 80 / 3])


def by_hand(touches, orders, window, gap, end):
    """The rules, one person after the other: Counter of paths won and lost."""
    won, lost = {}, {}
    for who in sorted({w for w, _, _ in touches}):
        rows = [(s, 0, c) for w, s, c in touches if w == who]
        rows += [(s, 1, "") for w, s in orders if w == who]
        rows.sort(key=lambda r: (r[0], r[1], r[2]))
        kept, previous = [], None
        for row in rows:
            again = previous and not row[1] and previous[2] == row[2] and not previous[1]
            if row[1] or not (again and row[0] - previous[0] <= gap):
                kept.append((*row, previous))
            previous = row
        buys = [s for s, kind, *_ in kept if kind]
        walks = []
        for sec, kind, name, before in kept:
            if kind:
                continue
            following = next((b for b in sorted(buys) if b >= sec), None)
            is_won = following is not None and following - sec <= window
            last = walks[-1] if walks else None
            if (
                last
                and last["key"] == (following, is_won)
                and (is_won or before[1] or sec - before[0] <= window)
            ):
                last["path"].append(name)
                last["last"] = sec
            else:
                walks.append({"key": (following, is_won), "path": [name], "last": sec})
        for walk in walks:
            path = " > ".join(walk["path"][-24:])
            if walk["key"][1]:
                n = sum(b == walk["key"][0] for b in buys)
                won[path] = won.get(path, 0) + n
            elif walk["last"] + window < end:
                lost[path] = lost.get(path, 0) + 1
    return won, lost


@pytest.mark.parametrize("seed", range(4))
def test_engine_and_plain_python_agree_on_random_shops(seed):
    rng = np.random.default_rng(seed)
    # Ties at the second, repeated clicks, two orders at once, long journeys: all happen.
    hours = rng.integers(0, 24 * 40, 400) / 24
    hours[rng.random(400) < 0.3] = np.round(hours[rng.random(400) < 0.3].mean())
    touches = [(f"u{rng.integers(12)}", float(h), str(rng.choice(list("abc")))) for h in hours]
    orders = [
        (f"u{rng.integers(12)}", float(rng.integers(0, 40 * 24)) / 24, "a") for _ in range(40)
    ]
    orders.append(("nobody", 59.5, "a"))
    shop = walked_shop(touches, orders)
    window, gap = 5, 60
    found = journeys(shop, days(-1, 60), window_days=window, session_gap_minutes=gap)
    seconds = [(w, round(d * 86_400), c) for w, d, c in touches]
    sold = [(w, round(d * 86_400)) for w, d, _ in orders]
    won, lost = by_hand(seconds, sold, window * 86_400, gap * 60, 60 * 86_400)
    got = found.paths.frame()
    assert {r.path: r.conversions for r in got.itertuples() if r.conversions} == won
    assert {r.path: round(r.nulls / found.scale) for r in got.itertuples() if r.nulls} == lost
    assert found.decayed[0].sum() == pytest.approx(found.paths.total)


def test_guests_are_nobody_and_meet_no_contact_of_nobody():
    frames = order_frames([(None, 3, "a"), ("u", 4, "a"), ("z", 90, "a")])
    visits = session_frame([("y", None, 2, "b"), ("x", "u", 2, "a")])
    shop = shop_of(sessions=visits, **frames)
    paths = counted(journeys(shop, days(0, 91)))
    assert paths["a"][0] == 1
    assert paths["b"][0] == 0


def test_parts_of_the_persons_add_up_to_the_whole(monkeypatch):
    rng = np.random.default_rng(9)
    touches = [
        (f"u{rng.integers(30)}", float(rng.random() * 40), str(rng.choice(list("abc"))))
        for _ in range(300)
    ]
    orders = [(f"u{rng.integers(30)}", float(rng.random() * 40), "a") for _ in range(40)]
    shop = walked_shop(touches, orders)
    whole = journeys(shop)
    monkeypatch.setattr("opsbook.traffic.journeys.AT_ONCE", 70)
    parts = journeys(shop)
    pd.testing.assert_frame_equal(parts.paths.frame(), whole.paths.frame())
    assert parts.decayed == pytest.approx(whole.decayed)


def test_many_channels_become_31_and_the_tail_is_said():
    rows = [(f"u{i}", 1.0, f"c{i % 200:03d}") for i in range(400)]
    rows += [(f"v{i}", 1.0, "big") for i in range(20)]
    shop = walked_shop(rows, [(w, 2.0, "x") for w, _, _ in rows] + [("z", 90, "x")])
    found = journeys(shop)
    assert len(found.paths.channels) == 31
    assert found.paths.channels[-1] == "other channels"
    assert found.tail == 201 - 30
    assert found.paths.total == 420


def test_longest_journeys_keep_their_last_contacts():
    rows = [("u", 1 + i / 24, "ab"[i % 2]) for i in range(40)]
    shop = walked_shop(rows, [("u", 5, "a"), ("z", 90, "a")])
    found = journeys(shop)
    assert found.long == 1
    assert list(counted(found)) == [" > ".join("ab" * 12)]


def test_all_contacts_at_one_second():
    rows = [("u", 1.0, c) for c in "cab"]
    found = journeys(walked_shop(rows, [("u", 1.0, "a"), ("z", 90, "a")]))
    assert list(counted(found)) == ["a > b > c"]


def test_shop_without_contacts_before_orders_says_so():
    shop = walked_shop([("u", 9, "a")], [("u", 3, "a"), ("z", 90, "a")])
    with pytest.raises(CannotTell, match="no contact in touchpoints precedes an order"):
        journeys(shop)


def test_shop_without_contacts_says_what_is_missing():
    with pytest.raises(CannotTell, match="neither touchpoints nor sessions"):
        journeys(shop_of(**order_frames([("u", 3, "a")])))


@pytest.mark.parametrize(
    ("name", "value"), [("window_days", 0), ("session_gap_minutes", 2000), ("half_life_days", 0)]
)
def test_parameters_out_of_bounds_are_said(name, value):
    shop = walked_shop([("u", 1, "a")], [("u", 3, "a")])
    with pytest.raises(ParameterError, match=name):
        journeys(shop, **{name: value})
