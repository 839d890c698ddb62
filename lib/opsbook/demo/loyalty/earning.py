"""What earns points, and when customers want to spend them."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from opsbook.demo.clock import DAY, moments
from opsbook.demo.draw import Floats, Ints, choose
from opsbook.demo.loyalty.ledger import EARN, TAKE_BACK, WISH, Entries
from opsbook.demo.loyalty.rewards import REWARDS
from opsbook.demo.loyalty.spend import Payments, TierPlan, tier_of

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["SOURCES", "PointsPlan", "activities", "shopping", "wishes"]

SOURCES = ("shopping", "sign_in", "review", "share", "birthday", "refund")
_SHOPPING, _SIGN_IN, _REVIEW, _SHARE, _BIRTHDAY, REFUND = range(6)


@dataclass(frozen=True)
class PointsPlan:
    """Planted parameters of the points programme.

    Args:
        sign_in: Points of a daily check-in.
        review: Points of a product review, booked when it is written.
        share: Points of sharing; an invitation counts as one.
        birthday: Points on the birthday of who has bought within a year.
        signers: Share of customers who check in.
        sign_ins: Check-ins of such a customer per week while he is active.
        sharers: Share of customers who share products without inviting anybody.
        shares: Shares of such a customer per week while he is active.
        redeemers: Share of customers who ever look into the points shop.
        before_order: Chance that such a customer wants to redeem shortly before an order.
        at_leisure: Wishes to redeem per week at any other time.
        brought_days: Days after a redemption within which an order counts as brought by it.
        tiers: Multipliers by membership tier.
    """

    sign_in: int = 5
    review: int = 20
    share: int = 10
    birthday: int = 88
    signers: float = 0.035
    sign_ins: float = 1.0
    sharers: float = 0.05
    shares: float = 0.20
    redeemers: float = 0.75
    before_order: float = 0.90
    at_leisure: float = 0.08
    brought_days: int = 7
    tiers: TierPlan = field(default_factory=TierPlan)

    def facts(self) -> dict[str, Any]:
        """The parameters for the answer key, with those of the rewards."""
        return asdict(self) | {"rewards": [asdict(r) for r in REWARDS]}


def shopping(
    b: "Business", plan: PointsPlan, paid: Payments, cents: Ints, net: Ints, some: Ints, back: Ints
) -> Entries:
    """Points for orders that have arrived, by tier, and what refunds take back.

    Args:
        b: The shop.
        plan: Planted parameters.
        paid: All payments.
        cents: Amount of each order in cents.
        net: The same less what was refunded before arrival.
        some: Orders wanted.
        back: Returns of them.
    """
    o, r = b.orders, b.returns
    factor = np.array([round(100 * m) for m in plan.tiers.multipliers])
    here = some[o.kept[some] & (o.delivered[some] >= 0) & (o.delivered[some] < b.clock.seconds)]

    def points(order: Ints, amount: Ints) -> Ints:
        spent = paid.in_year_before(o.customer[order], o.paid[order])
        return np.asarray(amount * factor[tier_of(plan.tiers, spent)] // 10_000)

    refunded = np.rint(r.amount[back] * 100).astype(np.int64)
    taken = points(r.order[back], refunded)
    earned = _earn(o.customer[here], o.delivered[here], points(here, net[here]), _SHOPPING)
    none = np.full(len(back), REFUND)
    lost = Entries(
        *(o.customer[r.order[back]], r.refund[back], np.full(len(back), TAKE_BACK), taken, none)
    )
    return Entries.joined([earned, lost.take(taken > 0)])


def activities(
    rng: np.random.Generator,
    b: "Business",
    plan: PointsPlan,
    who: Ints,
    some: Ints,
    invitations: tuple[Ints, Ints],
    reviews: tuple[Ints, Ints],
) -> Entries:
    """Points for anything but shopping.

    Args:
        rng: Source of randomness.
        b: The shop.
        plan: Planted parameters.
        who: First and last customer wanted, the last one excluded.
        some: Orders of these customers.
        invitations: Customer and second of the invitations that these customers sent.
        reviews: Customer and second of the reviews that they wrote.
    """
    clock = b.clock
    start, stop = _active(b, who, some)
    parts = [
        _earn(*done, np.full(len(done[0]), points), source)
        for done, points, source in (
            (invitations, plan.share, _SHARE),
            (reviews, plan.review, _REVIEW),
        )
    ]
    for share, pace, source, points in (
        (plan.signers, plan.sign_ins, _SIGN_IN, plan.sign_in),
        (plan.sharers, plan.shares, _SHARE, plan.share),
    ):
        does = rng.random(len(start)) < share
        times = rng.poisson(does * pace / 7 * np.maximum(stop - start, 0))
        at = np.repeat(np.arange(len(start)), times)
        day = start[at] + (rng.random(len(at)) * (stop - start)[at]).astype(np.int64)
        if source == _SIGN_IN:
            # Once a day is all that counts.
            _, once = np.unique(at * 2**20 + day, return_index=True)
            at, day = at[once], day[once]
        second = moments(rng, day, clock.festival)
        parts.append(_earn(at + who[0], second, np.full(len(at), points), source))
    parts.append(_birthdays(rng, b, plan, who, some))
    everything = Entries.joined(parts)
    return everything.take(everything.second < clock.seconds)


def wishes(
    rng: np.random.Generator, b: "Business", plan: PointsPlan, who: Ints, some: Ints
) -> Entries:
    """When customers want which reward; whether they can pay for it shows in the ledger.

    Args:
        rng: Source of randomness.
        b: The shop.
        plan: Planted parameters.
        who: First and last customer wanted, the last one excluded.
        some: Orders of these customers.
    """
    o = b.orders
    start, stop = _active(b, who, some)
    looks = rng.random(len(start)) < plan.redeemers
    near = some[looks[o.customer[some] - who[0]] & (rng.random(len(some)) < plan.before_order)]
    times = rng.poisson(looks * plan.at_leisure / 7 * np.maximum(stop - start, 0))
    at = np.repeat(np.arange(len(start)), times)
    day = start[at] + (rng.random(len(at)) * (stop - start)[at]).astype(np.int64)
    customer = np.concatenate([o.customer[near], at + who[0]])
    ahead = o.placed[near] - (rng.uniform(120, 10_000, len(near))).astype(np.int64)
    second = np.concatenate([ahead, moments(rng, day, b.clock.festival)])
    reward = choose(rng, np.array([r.wish for r in REWARDS]), len(customer))
    price = np.array([r.points for r in REWARDS])[reward]
    wanted = Entries(customer, second, np.full(len(customer), WISH), price, reward)
    return wanted.take((second >= 0) & (second < b.clock.seconds))


def _earn(customer: Ints, second: Ints, points: Ints, source: int) -> Entries:
    count = len(customer)
    made = Entries(customer, second, np.full(count, EARN), points, np.full(count, source))
    return made.take(points > 0)


def _active(b: "Business", who: Ints, some: Ints) -> tuple[Ints, Ints]:
    """Days from which and until which customers are about: to the end, or a month too long."""
    size = int(who[1] - who[0])
    people = slice(int(who[0]), int(who[1]))
    start = np.clip(b.people.signup[people], 0, b.clock.days - 1)
    last = start.copy()
    np.maximum.at(last, b.orders.customer[some] - who[0], b.orders.placed[some] // DAY)
    bought = np.zeros(size, bool)
    bought[b.orders.customer[some] - who[0]] = True
    lost = np.where(bought, b.people.left_day[people], last)
    stop = np.minimum(np.maximum(lost, last) + 30, b.clock.days)
    return start, stop


def _birthdays(
    rng: np.random.Generator, b: "Business", plan: PointsPlan, who: Ints, some: Ints
) -> Entries:
    """A gift on each birthday in the period within a year of an order."""
    o, size = b.orders, int(who[1] - who[0])
    day_of_year = rng.integers(0, 365, size)
    customer = o.customer[some] - who[0]
    bought = o.placed[some] // DAY
    due = bought + 1 + (day_of_year[customer] - bought - 1) % 365
    keep = o.kept[some] & (due < b.clock.days)
    once = np.unique(customer[keep] * 2**20 + due[keep])
    person, day = once // 2**20, once % 2**20
    luck: Floats = rng.random(len(once))
    second = day * DAY + 9 * 3600 + (luck * 600).astype(np.int64)
    return _earn(person + who[0], second, np.full(len(once), plan.birthday), _BIRTHDAY)
