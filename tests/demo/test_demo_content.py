"""Live sessions tie with the orders, audiences keep count, planted effects come back."""

import json
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.content.creators import find_creators
from opsbook.demo.content.lives import CHANNEL, live_tables
from opsbook.demo.content.schedule import LivePlan, LiveSchedule, into_lives, live_schedule
from opsbook.demo.draw import stream
from opsbook.demo.plan import Plan

PLAN = LivePlan()


class Rows(SimpleNamespace):
    """Columns with a length."""

    def __len__(self) -> int:
        return len(next(iter(self.__dict__.values())))


@pytest.fixture(scope="module")
def busy() -> dict[str, Any]:
    """A shop that sells 30,000 orders by live stream in 400 days, one piece each."""
    rng = stream(11, "busy")
    clock = Clock(pd.Timestamp("2025-09-01").date(), 400)
    schedule = live_schedule(11, clock, PLAN, 40_000)
    count, products = 30_000, 50
    plain = rng.integers(0, clock.days, count) * DAY + rng.integers(3600, DAY - 3600, count)
    placed = into_lives(rng, PLAN, schedule, plain)
    price = rng.integers(1000, 30_000, count) / 100
    channel = [c.name for c in Plan().channels].index(CHANNEL)
    shop = SimpleNamespace(
        seed=11,
        plan=Plan(),
        clock=clock,
        orders=Rows(placed=np.sort(placed), channel=np.full(count, channel)),
        lines=Rows(order=np.arange(count), product=rng.integers(0, products, count), amount=price),
        range_=SimpleNamespace(popularity=np.full(products, 1 / products)),
        lives=SimpleNamespace(level=np.ones((products, clock.weeks))),
    )
    creators = find_creators(stream(11, "creators"), PLAN)
    minutes, truth = live_tables(shop, PLAN, schedule, creators)  # type: ignore[arg-type]
    return {
        "schedule": schedule,
        "plain": plain,
        "placed": placed,
        "creators": creators,
        "minutes": minutes.to_pandas(),
        "truth": truth.to_pandas(),
    }


@pytest.fixture(scope="module")
def facts(small: Any) -> dict[str, Any]:
    return dict(json.loads((small.folder / "truth.json").read_text())["content"])


def test_sessions_end_before_midnight_and_do_not_overlap() -> None:
    clock = Clock(pd.Timestamp("2025-01-01").date(), 300)
    for orders in (500, 200_000, 900_000):
        schedule = live_schedule(1, clock, PLAN, orders)
        end = schedule.start + 60 * schedule.minutes
        assert (end[:-1] <= schedule.start[1:]).all()
        assert (end % DAY > schedule.start % DAY).all()
        per_day = np.bincount(schedule.start // DAY, minlength=300)
        assert per_day.max() == 1 + (orders >= 90_000) + (orders >= 450_000)


def test_orders_move_into_sessions_of_their_own_day(busy: dict[str, Any]) -> None:
    schedule: LiveSchedule = busy["schedule"]
    assert (busy["placed"] // DAY == busy["plain"] // DAY).all()
    on = np.isin(busy["plain"] // DAY, schedule.start // DAY)
    assert (busy["placed"][~on] == busy["plain"][~on]).all()
    moved = (busy["placed"] != busy["plain"])[on]
    error = np.sqrt(PLAN.in_live * (1 - PLAN.in_live) / len(moved))
    assert moved.mean() == pytest.approx(PLAN.in_live, abs=4 * error)
    assert (schedule.at(busy["placed"][on][moved]) >= 0).all()


def test_a_shop_without_sessions_moves_nothing() -> None:
    none = LiveSchedule(np.empty(0, np.int64), np.empty(0, np.int64))
    seconds = np.array([5, 100_000])
    assert (into_lives(stream(1, "x"), PLAN, none, seconds) == seconds).all()
    assert none.at(seconds).tolist() == [-1, -1]


@pytest.fixture(scope="module")
def sold(small: Any) -> pd.DataFrame:
    """Orders of the live channel that fall into a session, with session, minute and GMV."""
    lives, lines = small.live_sessions, small.order_lines
    orders = small.orders[small.orders.channel == "Live stream"]
    gmv = (lines.qty * lines.paid_price).groupby(lines.order_id).sum()
    starts = lives.drop_duplicates("live_id")[["live_id", "start_ts"]]
    starts = starts.assign(length=lives.groupby("live_id", observed=True).size().to_numpy())
    found = pd.merge_asof(
        orders.assign(gmv=orders.order_id.map(gmv)).sort_values("order_ts"),
        starts.sort_values("start_ts"),
        left_on="order_ts",
        right_on="start_ts",
    ).dropna(subset="live_id")
    found["minute"] = (found.order_ts - found.start_ts).dt.total_seconds().astype(int) // 60
    return found[found.minute < found.length].astype({"live_id": str})


def test_minutes_tie_with_the_orders_of_the_channel(small: Any, sold: pd.DataFrame) -> None:
    """Orders and GMV of every minute, counted from orders and lines."""
    lives = small.live_sessions.astype({"live_id": str})
    assert len(sold) == lives.orders.sum() > 30
    counted = sold.groupby(["live_id", "minute"]).gmv.agg(["size", "sum"]).reset_index()
    both = lives.merge(counted, on=["live_id", "minute"], how="left").fillna(
        {"size": 0, "sum": 0.0}
    )
    assert (both.orders == both["size"]).all()
    assert both.gmv.to_numpy() == pytest.approx(both["sum"].to_numpy(), abs=0.01)


def test_viewers_are_those_who_stayed_and_those_who_came(small: Any, busy: dict[str, Any]) -> None:
    for lives in (small.live_sessions, busy["minutes"]):
        before = lives.groupby("live_id", observed=True).viewers.shift().fillna(0)
        assert (lives.viewers >= lives.views).all()
        assert (lives.viewers <= before + lives.views).all()
        assert (lives.viewers >= lives.orders).all()
        minutes = lives.groupby("live_id", observed=True).minute.agg(["min", "max", "size"])
        assert (minutes["min"] == 0).all()
        assert (minutes["max"] + 1 == minutes["size"]).all()


def test_dwell_is_the_planted_one(busy: dict[str, Any]) -> None:
    """Little's law: mean stay in minutes = viewers over views, less half a minute on entering.

    Whoever comes is counted in his first minute and then stays with chance exp(-1/dwell):
    1 / (1 - exp(-1/dwell)) minutes; the end of the session cuts off a few.
    """
    lives = busy["minutes"]
    expected = 1 / (1 - np.exp(-1 / PLAN.dwell))
    assert lives.viewers.sum() / lives.views.sum() == pytest.approx(expected, rel=0.03)


def test_entries_of_the_first_half_hour_are_planted(busy: dict[str, Any]) -> None:
    lives = busy["minutes"]
    length = lives.groupby("live_id", observed=True).minute.transform("max") + 1
    for minutes in PLAN.lengths:
        some = lives[length == minutes]
        share = some.views[some.minute < 30].sum() / some.views.sum()
        planted = PLAN.entering(minutes)[:30].sum()
        error = np.sqrt(planted * (1 - planted) / some.views.sum())
        # Who orders has to be there: a few views are added late.
        assert share == pytest.approx(planted, abs=4 * error + 0.01)


def test_orders_are_poisson_about_views_times_conversion(busy: dict[str, Any]) -> None:
    """Sum of squared z over sessions; chi-square with as many degrees as sessions."""
    lives = busy["minutes"].groupby("live_id", observed=True)[["orders", "views"]].sum()
    truth = busy["truth"].set_index("live_id")
    expected = truth.expected_orders
    z = (lives.orders - expected) / np.sqrt(expected)
    assert (z**2).sum() == pytest.approx(len(z), abs=5 * np.sqrt(2 * len(z)))
    views = lives.views * truth.conversion
    assert views.sum() == pytest.approx(expected.sum(), rel=0.02)


def test_conversion_of_creators_and_its_drivers_are_found(busy: dict[str, Any]) -> None:
    """Orders over views by host; then a regression of its log on quality and fit.

    A creator's log rate has variance luck^2 + 1 / orders.
    """
    creators = busy["creators"]
    lives = busy["minutes"]
    staff = lives[lives.creator_id.isna()]
    rate = staff.orders.sum() / staff.views.sum()
    assert rate == pytest.approx(PLAN.staff_conversion, rel=4 / np.sqrt(staff.orders.sum()) + 0.02)
    by = lives.groupby("creator_id", observed=True)[["orders", "views"]].sum()
    at = np.array([int(c[1:]) - 1 for c in by.index])
    found = by.orders.to_numpy() / by.views.to_numpy()
    error = np.log(found / creators.conversion[at]) * np.sqrt(by.orders.to_numpy())
    assert (error**2).sum() < len(at) + 5 * np.sqrt(2 * len(at))
    x = np.column_stack([np.ones(len(at)), creators.quality[at], creators.fit[at]])
    weight = 1 / (PLAN.luck**2 + 1 / by.orders.to_numpy())
    normal = np.linalg.inv(x.T @ (x * weight[:, None]))
    slope = normal @ (x.T @ (weight * np.log(found)))
    for value, planted, variance in zip(
        slope[1:], (PLAN.by_quality, PLAN.by_fit), np.diag(normal)[1:], strict=True
    ):
        assert value == pytest.approx(planted, abs=4 * np.sqrt(variance))


def test_a_product_is_on_show_for_a_block_and_it_is_one_that_is_ordered(
    small: Any, sold: pd.DataFrame
) -> None:
    lives = small.live_sessions.astype({"live_id": str})
    block = lives.minute // PLAN.block
    assert (lives.groupby([lives.live_id, block]).sku.nunique() == 1).all()
    launch = pd.to_datetime(small.products.set_index("sku").launch_date)
    assert (lives.sku.astype(str).map(launch) <= lives.start_ts).all()
    alone = ~sold.assign(block=sold.minute // PLAN.block).duplicated(
        ["live_id", "block"], keep=False
    )
    shown = sold[alone].merge(lives[["live_id", "minute", "sku"]], on=["live_id", "minute"])
    bought = shown[["order_id", "sku"]].merge(small.order_lines, on=["order_id", "sku"])
    assert bought.order_id.nunique() == len(shown) > 20


def test_creators_come_in_three_sizes(small: Any, facts: dict[str, Any]) -> None:
    creators = small.creators
    assert (creators.fans > 1e7).sum() == 1
    assert creators.fans.between(1e4, 1e5).mean() > 0.7
    assert small.truth("creators").conversion.between(0.01, 0.15).all()
    assert set(small.live_sessions.creator_id.dropna()) <= set(creators.creator_id)
    held = small.live_sessions.drop_duplicates("live_id")
    assert held.creator_id.notna().mean() == pytest.approx(facts["live"]["hosted"], abs=0.01)


@pytest.fixture(scope="module")
def members(small: Any) -> pd.DataFrame:
    return small.truth("community_members").set_index("customer_id")


def test_members_join_first_and_leave_last(small: Any, members: pd.DataFrame) -> None:
    events = small.community_events
    assert events.event_ts.is_monotonic_increasing
    joins = events[events.type == "join"].set_index("customer_id")
    assert joins.index.is_unique
    assert joins.event_ts.sort_index().eq(members.join_ts.sort_index()).all()
    assert (events.event_ts >= events.customer_id.map(joins.event_ts)).all()
    leaves = events[events.type == "leave"].set_index("customer_id").event_ts
    gone = events[events.customer_id.isin(leaves.index)]
    assert (gone.event_ts <= gone.customer_id.map(leaves)).all()
    groups = events.groupby("customer_id").community_id.nunique()
    assert (groups == 1).all()


def test_layers_and_their_pace_are_the_planted_ones(
    small: Any, members: pd.DataFrame, facts: dict[str, Any]
) -> None:
    plan = facts["community"]
    events = small.community_events
    rest = events[~events.type.isin(["join", "leave"])]
    end = small.orders.order_ts.max().normalize() + pd.Timedelta(days=1)
    left = events[events.type == "leave"].set_index("customer_id").event_ts
    until = pd.Series(end, index=members.index)
    until.update(left)
    # Whole days after the day of joining, up to the day of leaving.
    weeks = (until.dt.normalize() - members.join_ts.dt.normalize()).dt.days.sub(1).clip(0) / 7
    did = rest[rest.event_ts.dt.normalize() > rest.customer_id.map(members.join_ts).dt.normalize()]
    did = did[did.type != "claim"]
    done = did.groupby("customer_id").size().reindex(members.index).fillna(0)
    claims = {"KOC": 0.05, "active": 0.10, "silent": 0.20}
    for layer, share, pace in zip(
        ("KOC", "active", "silent"), plan["layers"], plan["per_week"], strict=True
    ):
        of_layer = members.layer == layer
        assert of_layer.mean() == pytest.approx(share, abs=2 / len(members))
        expected = pace * weeks[of_layer].sum() * (1 - claims[layer])
        # Bookings move by up to two days; the few at the edges are lost.
        assert done[of_layer].sum() == pytest.approx(
            expected, abs=4 * np.sqrt(expected) + 0.03 * expected
        )


def test_welcome_gift_and_members_day(
    small: Any, members: pd.DataFrame, facts: dict[str, Any]
) -> None:
    plan, events = facts["community"], small.community_events
    claims = events[events.type == "claim"]
    hours = (claims.event_ts - claims.customer_id.map(members.join_ts)).dt.total_seconds() / 3600
    first = hours.groupby(claims.customer_id).min()
    day_one = first[first < 24]
    whole = members.join_ts < members.join_ts.max() - pd.Timedelta(days=3)
    share = day_one.index.isin(members.index[whole]).sum() / whole.sum()
    z = np.log(24 / plan["gift_hours"]) / plan["gift_spread"]
    planted = plan["gift"] * NormalDist().cdf(z)
    error = np.sqrt(planted * (1 - planted) / whole.sum())
    assert share == pytest.approx(planted, abs=4 * error + 0.01)
    assert np.median(day_one) == pytest.approx(plan["gift_hours"], rel=0.25)
    talk = events[events.type.isin(["message", "reaction", "sign_in", "share"])]
    wednesday = (talk.event_ts.dt.day_of_week == 2).mean()
    planted = plan["wednesday"] / (6 + plan["wednesday"])
    error = np.sqrt(planted * (1 - planted) / len(talk))
    assert wednesday == pytest.approx(planted, abs=5 * error)


def test_places_are_booked_within_two_days_of_a_session(small: Any) -> None:
    books = small.community_events[small.community_events.type == "book"].sort_values("event_ts")
    starts = small.live_sessions[["start_ts"]].drop_duplicates().sort_values("start_ts")
    following = pd.merge_asof(
        books, starts, left_on="event_ts", right_on="start_ts", direction="forward"
    )
    assert following.start_ts.notna().all()
    ahead = (following.start_ts - following.event_ts).dt.total_seconds() / 3600
    assert len(ahead) > 50
    assert ahead.max() <= 48


def test_better_pictures_are_used_more_often(small: Any, facts: dict[str, Any]) -> None:
    """Poisson regression of uses on quality, by Newton steps; 4 standard errors."""
    plan, ugc = facts["ugc"], small.ugc
    x = np.column_stack([np.ones(len(ugc)), ugc.quality])
    beta = np.array([np.log(ugc.uses.mean()), 0.0])
    for _ in range(30):
        mean = np.exp(x @ beta)
        information = x.T @ (x * mean[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (ugc.uses - mean))
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    assert abs(beta[1] - plan["by_quality"]) < 4 * error[1]
    assert beta[1] > 2 * error[1]


def test_pictures_show_what_their_maker_bought(small: Any) -> None:
    bought = small.order_lines.merge(small.orders[["order_id", "customer_id", "order_ts"]])
    both = small.ugc.merge(bought, on=["customer_id", "sku"])
    assert set(both[both.order_ts < both.submit_ts].ugc_id) == set(small.ugc.ugc_id)
