"""Points tie to the point, tiers to the cent; planted shares of loyalty come back."""

import json
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo import simulate
from opsbook.demo.draw import stream
from opsbook.demo.loyalty.ledger import EARN, EXPIRE, TAKE_BACK, WISH, Entries, book, expiries
from opsbook.demo.loyalty.spend import TIERS, TierPlan, tier_of


def entries(rows: list[tuple[int, int, int, int]]) -> Entries:
    """Entries of customer, second, kind, points."""
    customer, second, kind, points = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    return Entries(customer, second, kind, points, np.full(len(rows), -1))


def test_points_go_first_in_first_out() -> None:
    """100 earned, 60 redeemed, 50 earned; of the first 100 the last 40 expire, 50 are left."""
    account = entries(
        [
            (7, 0, EARN, 100),
            (7, 1, WISH, 60),
            (7, 2, WISH, 60),  # 40 are left: too few
            (7, 3, EARN, 50),
            (7, 4, EXPIRE, 100),
            (7, 5, TAKE_BACK, 80),  # only 50 are there
            (9, 0, WISH, 1),  # nothing was ever earned
        ]
    )
    assert book(account).tolist() == [100, 60, 0, 50, 40, 50, 0]


def test_points_that_were_used_do_not_expire() -> None:
    """70 of 100 + 50 are used: of the first month 30 expire, of the second nothing is missing."""
    account = entries(
        [
            (1, 0, EARN, 100),
            (1, 9, EARN, 50),
            (1, 10, WISH, 70),
            (1, 20, EXPIRE, 100),
            (1, 30, WISH, 50),
            (1, 40, EXPIRE, 150),
        ]
    )
    assert book(account).tolist() == [100, 50, 70, 30, 50, 0]


def use_up(queue: deque[list[Any]], points: int) -> None:
    """Take points from the oldest lots of month and points."""
    while points:
        used = min(points, queue[0][1])
        queue[0][1] -= used
        points -= used
        if not queue[0][1]:
            queue.popleft()


def test_books_agree_with_a_queue_of_lots() -> None:
    """3,000 random entries of 40 customers against a plain queue, entry by entry."""
    rng = stream(1, "random ledger")
    size, day = 3000, 10
    customer = rng.integers(0, 40, size)
    second = rng.integers(0, 30 * 20 * day, size)
    kind = rng.choice([EARN, WISH, TAKE_BACK], size, p=[0.8, 0.1, 0.1])
    points = rng.integers(1, 120, size)
    made = Entries(customer, second, kind, points, np.full(size, -1))
    months = np.arange(600) // 30
    ends = (np.arange(20) + 1) * 30 * day
    earned = made.take(made.kind == EARN)
    running_out = expiries(earned, months, ends, day)
    everything = Entries.joined([made, running_out]).sorted_by_account()
    moved = book(everything)
    lots: dict[int, deque[list[int]]] = defaultdict(deque)
    for row in range(len(everything)):
        queue = lots[int(everything.customer[row])]
        now = int(everything.second[row])
        kind_here, wanted = everything.kind[row], int(everything.points[row])
        expected = 0
        if kind_here == EARN:
            queue.append([int(months[now // day]), wanted])
            expected = wanted
        elif kind_here == EXPIRE:
            while queue and queue[0][0] + 12 < now // (30 * day):
                expected += queue.popleft()[1]
        else:
            there = sum(lot[1] for lot in queue)
            expected = min(wanted, there) if kind_here == TAKE_BACK else wanted * (there >= wanted)
            use_up(queue, expected)
        assert moved[row] == expected
    assert (moved[everything.kind == EXPIRE] > 0).sum() > 50


@pytest.fixture(scope="module")
def facts(small: Any) -> dict[str, Any]:
    return dict(json.loads((small.folder / "truth.json").read_text())["loyalty"])


def test_no_balance_falls_below_zero(small: Any) -> None:
    ledger = small.points_ledger
    assert (ledger.points > 0).all()
    assert ledger.book_ts.is_monotonic_increasing
    change = ledger.points.where(ledger.kind == "earn", -ledger.points)
    assert change.groupby(ledger.customer_id).cumsum().min() >= 0


def test_balances_and_totals_tie(small: Any, facts: dict[str, Any]) -> None:
    ledger = small.points_ledger
    word = ledger.kind.astype(str).where(ledger.source.astype(str) != "refund", "taken_back")
    total = ledger.points.groupby([ledger.customer_id, word]).sum().unstack(fill_value=0)
    truth = small.truth("points_accounts").set_index("customer_id")
    total = total.rename(columns={"earn": "earned", "redeem": "redeemed", "expire": "expired"})
    columns = ["earned", "redeemed", "expired", "taken_back"]
    assert total[columns].sort_index().eq(truth[columns].sort_index()).all(axis=None)
    assert (truth.balance == truth.earned - truth.redeemed - truth.expired - truth.taken_back).all()
    assert truth.balance.sum() == facts["points"]["outstanding"]
    # Textbook rates: points redeemed of points earned, and what ran out of what was ripe.
    assert facts["points"]["redemption_rate"] == pytest.approx(
        truth.redeemed.sum() / truth.earned.sum()
    )
    earned = ledger[ledger.kind == "earn"]
    month = earned.book_ts.dt.to_period("M")
    last = (small.orders.order_ts.max() + pd.Timedelta(days=1)).to_period("M")
    ripe = earned.points[month.map(lambda m: m + 13 < last)].sum()
    assert facts["points"]["breakage_of_ripe_points"] == pytest.approx(
        truth.expired.sum() / ripe, rel=1e-9
    )


def test_what_expires_is_what_is_left_of_the_lot(small: Any) -> None:
    """A queue per customer, kept row by row from the table alone; months end at midnight."""
    lots: dict[str, deque[list[Any]]] = defaultdict(deque)
    months = small.points_ledger.book_ts.dt.to_period("M").map(lambda m: m.ordinal)
    rows = small.points_ledger.assign(
        month=months, source=small.points_ledger.source.astype(object)
    )
    expired = 0
    for row in rows.itertuples():
        queue = lots[row.customer_id]
        if row.kind == "earn":
            queue.append([row.month, row.points])
            continue
        runs_out = row.kind == "expire" and row.source != "refund"
        if runs_out:
            left = sum(points for month, points in queue if month + 13 <= row.month)
            assert row.points == left
            assert row.book_ts == row.book_ts.normalize()
            assert row.book_ts.day == 1
            expired += 1
        use_up(queue, row.points)
    assert expired > 20
    last = months.max()
    old = [points for queue in lots.values() for month, points in queue if month + 13 <= last]
    assert old == []


def test_shopping_earns_a_point_per_yuan_by_tier(small: Any, facts: dict[str, Any]) -> None:
    """Orders that have arrived, were not returned; the point is booked when they arrive."""
    lines, orders = small.order_lines, small.orders.set_index("order_id")
    cents = (lines.qty * lines.paid_price * 100).groupby(lines.order_id).sum().round()
    arrived = small.shipments.dropna(subset="deliver_ts").set_index("order_id").deliver_ts
    status = orders.status.reindex(arrived.index)
    good = arrived.index[~status.isin(["unpaid", "cancelled"])]
    good = good.difference(small.returns.order_id)
    expected = pd.DataFrame(
        {
            "customer_id": orders.customer_id.reindex(good),
            "book_ts": arrived.reindex(good).astype(small.points_ledger.book_ts.dtype),
            "cents": cents.reindex(good).astype(int),
        }
    )
    expected = expected[expected.cents >= 100]
    booked = small.points_ledger[small.points_ledger.source == "shopping"]
    both = expected.merge(booked, on=["customer_id", "book_ts"], how="left")
    both = both.drop_duplicates(["customer_id", "book_ts"], keep=False)
    assert len(both) > 3000
    assert both.points.notna().all()
    factors = [round(100 * m) for m in facts["points"]["tiers"]["multipliers"]]
    hits = [(both.points == both.cents * factor // 10_000) for factor in factors]
    assert np.any(hits, axis=0).all()
    assert hits[0].mean() > 0.7


def test_reviews_and_invitations_earn_their_points(small: Any, facts: dict[str, Any]) -> None:
    ledger = small.points_ledger
    for source, table, who, when in (
        ("review", small.reviews, "customer_id", "review_ts"),
        ("share", small.referrals, "inviter_id", "invite_ts"),
    ):
        booked = ledger[ledger.source == source]
        assert (booked.points == facts["points"][source]).all()
        at = booked.groupby(["customer_id", "book_ts"]).size()
        done = table.groupby([who, when]).size()
        found = at.reindex(pd.MultiIndex.from_tuples(done.index.tolist())).fillna(0)
        assert (found.to_numpy() >= done.to_numpy()).all()
        if source == "review":
            assert len(booked) == len(table)


def test_a_refund_takes_the_points_back(small: Any) -> None:
    """As many as were given, unless they are spent already."""
    ledger = small.points_ledger
    taken = ledger[ledger.source == "refund"]
    assert (taken.kind == "expire").all()
    refunds = small.returns.dropna(subset="refund_ts").merge(
        small.orders[["order_id", "customer_id"]], on="order_id"
    )
    refunded = refunds.groupby(["customer_id", "refund_ts"]).refund_amount.sum()
    both = taken.groupby(["customer_id", "book_ts"]).points.sum().to_frame()
    both["refunded"] = refunded.reindex(both.index.set_names(refunded.index.names)).to_numpy()
    assert both.refunded.notna().all()
    assert (both.points <= 2 * both.refunded).all()
    assert (both.points >= np.floor(both.refunded)).mean() > 0.8


def test_take_up_of_rewards_is_the_planted_one(small: Any, facts: dict[str, Any]) -> None:
    """Redeemed over offered; the number offered is planned with an error of 4 %."""
    rewards = small.rewards.set_index("reward_id")
    redeemed = small.points_ledger.dropna(subset="reward_id")
    assert (redeemed.kind == "redeem").all()
    price = redeemed.groupby("reward_id", observed=True).points.agg(["min", "max", "size"])
    planted = pd.DataFrame(facts["points"]["rewards"], index=rewards.index)
    assert (price["min"] == planted.points.reindex(price.index)).all()
    assert (price["max"] == planted.points.reindex(price.index)).all()
    many = price[price["size"] >= 30].index
    assert len(many) >= 5
    rate = price["size"].reindex(many) / rewards.offered.reindex(many)
    error = np.log(rate / planted.take_up.reindex(many))
    assert (error.abs() < 4 * 0.04 + 1 / 30).all()


def test_gmv_of_rewards_is_that_of_the_orders_that_followed(
    small: Any, facts: dict[str, Any]
) -> None:
    lines, orders = small.order_lines, small.orders
    amount = (lines.qty * lines.paid_price).groupby(lines.order_id).sum()
    redeemed = small.points_ledger.dropna(subset="reward_id")[
        ["customer_id", "book_ts", "reward_id"]
    ]
    next_order = pd.merge_asof(
        redeemed.sort_values("book_ts"),
        orders[["customer_id", "order_id", "order_ts", "status"]].sort_values("order_ts"),
        left_on="book_ts",
        right_on="order_ts",
        by="customer_id",
        direction="forward",
        allow_exact_matches=False,
        tolerance=pd.Timedelta(days=facts["points"]["brought_days"]),
    ).dropna(subset="order_id")
    next_order = next_order[~next_order.status.isin(["unpaid", "cancelled"])]
    latest = next_order.drop_duplicates("order_id", keep="last")
    gmv = latest.order_id.map(amount).groupby(latest.reward_id, observed=False).sum()
    expected = gmv.reindex(small.rewards.reward_id).fillna(0).to_numpy()
    assert small.rewards.gmv.to_numpy() == pytest.approx(expected, abs=0.02)


def test_tier_is_earned_by_the_spend_of_a_year(small: Any, facts: dict[str, Any]) -> None:
    lines, orders = small.order_lines, small.orders.set_index("order_id")
    amount = (lines.qty * lines.paid_price).groupby(lines.order_id).sum()
    # The period ends at midnight after its last day.
    end = pd.Timestamp(small.calendar.date.max()).normalize()
    end = max(orders.order_ts.max().normalize(), end) + pd.Timedelta(days=1)
    year = end - pd.Timedelta(days=365)
    good = orders[~orders.status.isin(["unpaid", "cancelled"]) & orders.pay_ts.notna()]
    good = good[good.pay_ts > year]
    spent = amount.reindex(good.index).groupby(good.customer_id).sum()
    back = small.returns[small.returns.refund_ts > year]
    back_of = orders.customer_id.reindex(back.order_id).to_numpy()
    spent = spent.sub(back.refund_amount.groupby(back_of).sum(), fill_value=0)
    spent = spent.reindex(small.customers.customer_id).fillna(0).round(2)
    steps = facts["points"]["tiers"]["thresholds"]
    expected = np.array(TIERS)[np.searchsorted(steps[1:], spent, side="right")]
    assert (small.customers.tier.astype(str).to_numpy() == expected).all()
    assert small.customers.tier.nunique() >= 3


def test_black_takes_more_than_its_threshold() -> None:
    cents = np.array([-500, 0, 49_999, 50_000, 5_000_000, 5_000_001])
    assert tier_of(TierPlan(), cents).tolist() == [0, 0, 0, 1, 2, 3]


def test_shares_of_members_are_the_planted_ones(small: Any, facts: dict[str, Any]) -> None:
    plan, customers = facts["membership"], small.customers
    last = small.orders.order_ts.max().normalize()
    until = pd.to_datetime(customers.paid_until_date)
    for share, planted in (
        ((until >= last).mean(), plan["paid"]),
        (customers.consent.mean(), plan["consent"]),
        (customers.occupation.isna().mean(), plan["unknown_job"]),
    ):
        error = np.sqrt(planted * (1 - planted) / len(customers))
        assert share == pytest.approx(planted, abs=4 * error)
    retired = customers.occupation == "retired"
    assert set(customers.age_band[retired]) <= {"45-54", "55+"}


def test_groups_are_completed_as_planned(small: Any, facts: dict[str, Any]) -> None:
    plan, groups = facts["group_buys"], small.group_buys
    closed = groups.dropna(subset="close_ts")
    done = closed.joined_people >= closed.target_people
    for target, planted in zip(plan["targets"], plan["completion"], strict=True):
        some = done[closed.target_people == target]
        error = np.sqrt(planted * (1 - planted) / len(some))
        assert some.mean() == pytest.approx(planted, abs=4 * error)
    hours = (closed.close_ts - closed.open_ts).dt.total_seconds() / 3600
    assert (hours[~done].round(6).isin(plan["hours"])).all()
    assert (hours <= max(plan["hours"])).all()
    assert (groups.joined_people <= groups.target_people).all()
    assert (groups.joined_people >= 1).all()


def test_group_price_is_a_fifth_below_a_product_of_the_leader(small: Any) -> None:
    groups = small.group_buys
    order = groups.merge(
        small.orders[["order_id", "customer_id", "order_ts"]],
        left_on=["leader_id", "open_ts"],
        right_on=["customer_id", "order_ts"],
    )
    assert set(order.group_buy_id) == set(groups.group_buy_id)
    dearest = small.order_lines.groupby("order_id").list_price.max()
    assert (order.price <= 0.8 * order.order_id.map(dearest) + 1e-9).all()


def test_a_short_period_has_no_expiry_but_everything_else(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "short", orders=500, days=60, seed=2)
    ledger = pd.read_parquet(folder / "points_ledger.parquet")
    assert set(ledger.kind[ledger.source.astype(str) != "refund"]) == {"earn", "redeem"}
    for table in ("referrals", "rewards", "group_buys", "identities", "live_sessions", "creators"):
        assert len(pd.read_parquet(folder / f"{table}.parquet"))
