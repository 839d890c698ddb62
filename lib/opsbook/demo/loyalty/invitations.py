"""Invitations as the shop's referral programme booked them: who invited whom, with what result.

The invitations that brought a customer follow from the customers. To these come the
invitations in vain: as conversion does not depend on the inviter, they are sent by the same
people, with the same wish to invite, that the converted ones give away.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, when
from opsbook.demo.clock import DAY, moments
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.loyalty.referrals import NEVER, Pools, ReferralPlan, depths

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Invitations", "first_orders", "invitations_table", "invite"]


@dataclass(frozen=True)
class Invitations:
    """Invitations in order of time.

    Args:
        inviter: Customer who invited.
        invitee: Customer number, -1 if the person never registered.
        person: Opaque number of a person who never registered, -1 otherwise.
        second: When it was sent.
        depth: Steps from the first inviter of the chain.
        converted: Whether the person ordered.
        rewarded: Whether both coupons were given: the person's first order was kept.
    """

    inviter: Ints
    invitee: Ints
    person: Ints
    second: Ints
    depth: Ints
    converted: NDArray[np.bool_]
    rewarded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.inviter)


def first_orders(b: "Business") -> Ints:
    """Index of each customer's first order in the period, -1 if there is none."""
    first = np.full(len(b.people), -1, dtype=np.int64)
    backwards = np.arange(len(b.orders))[::-1]
    first[b.orders.customer[backwards]] = backwards
    return first


def invite(b: "Business", plan: ReferralPlan) -> Invitations:
    """All invitations of the period.

    Args:
        b: The shop.
        plan: Planted parameters.
    """
    rng = stream(b.seed, "invitations")
    people, first = b.people, first_orders(b)
    # Who bought before the period and buys in it has been there from the beginning.
    since = np.where(first >= 0, b.orders.placed[first], NEVER)
    since = np.where((first >= 0) & (people.signup < 0), -DAY, since)
    came = np.flatnonzero(people.referrer >= 0)
    ordered = first[came] >= 0
    mean = int(ordered.sum()) * (1 - plan.conversion) / plan.conversion
    # Who registered without ordering is one of those invited in vain.
    vain = max(int(rng.poisson(mean)) - int((~ordered).sum()), 0)
    inviter, day = _in_vain(rng, b, plan, since, came, vain)
    senders = np.concatenate([people.referrer[came], inviter])
    invitee = np.concatenate([came, np.full(len(inviter), -1)])
    until = np.concatenate([people.signup[came], day])
    second = _sent(rng, b, plan, until, since[senders])
    # Who came on the day of the invitation was invited before his order.
    placed = np.where(first[invitee] >= 0, b.orders.placed[first[invitee]], NEVER)
    placed = np.where(invitee < 0, NEVER, placed)
    just = placed - rng.integers(600, 14_400, len(placed))
    second = np.where(second > placed - 600, np.maximum(just, 0), second)
    converted = np.concatenate([ordered, np.zeros(len(inviter), bool)])
    kept = np.concatenate([ordered & b.orders.kept[first[came]], np.zeros(len(inviter), bool)])
    line = np.argsort(second, kind="stable")
    person = np.full(len(line), -1)
    unknown = invitee[line] < 0
    # Numbers follow time and say nothing about the person.
    person[unknown] = np.arange(1, int(unknown.sum()) + 1)
    senders, invitee = senders[line], invitee[line]
    return Invitations(
        *(senders, invitee, person, second[line], depths(people.referrer)[senders] + 1),
        *(converted[line], kept[line]),
    )


def _in_vain(
    rng: np.random.Generator,
    b: "Business",
    plan: ReferralPlan,
    since: Ints,
    came: Ints,
    count: int,
) -> tuple[Ints, Ints]:
    """Inviter and day of invitations that brought nobody."""
    people, size = b.people, len(b.people)
    if not len(came) or not count:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    brought = np.bincount(people.referrer[came], minlength=size)
    weight = _wish_given(rng, b, plan, since, brought)
    joined = np.where(since == NEVER, NEVER, since // DAY)
    stays = np.full(size, NEVER)
    pools = Pools.build(plan, joined, stays, people.region, people.referrer >= 0, weight)
    like = rng.choice(came, count)
    day = people.signup[like]
    inviter = pools.draw(rng, day, people.region[like])
    found = inviter >= 0
    return inviter[found], day[found]


def _wish_given(
    rng: np.random.Generator, b: "Business", plan: ReferralPlan, since: Ints, brought: Ints
) -> Floats:
    """The wish to invite, drawn from what it can have been given how many were brought.

    Willing with a chance, then gamma: after `brought` Poisson arrivals it is gamma again,
    and who brought nobody is willing with the chance that Bayes' rule leaves.
    """
    # Fraudsters have no rate of their own; they invite as little as can be.
    rate = np.maximum(np.nan_to_num(b.people.rate), 1e-12)
    buyer = since != NEVER
    days = b.clock.days
    there = np.clip(days - np.maximum(since, 0) / DAY, 0, days)
    fading = plan.warmth * (1 - np.exp(-there / plan.warmth))
    exposure = np.where(buyer, plan.floor * there + (1 - plan.floor) * fading, 0.0)
    loyal = np.where(buyer, rate**plan.loyalty, 0.0)
    willing = np.minimum(plan.willing * loyal / max(float(loyal[buyer].mean()), 1e-12), 1.0)
    pace = exposure * brought.sum() / max(float((willing * exposure).sum()), 1e-9)
    silent = (plan.spread / (plan.spread + pace)) ** plan.spread
    still = willing * silent / np.maximum(willing * silent + 1 - willing, 1e-12)
    wants = buyer & ((brought > 0) | (rng.random(len(buyer)) < still))
    return np.asarray(wants * rng.gamma(plan.spread + brought) / (plan.spread + pace))


def _sent(
    rng: np.random.Generator, b: "Business", plan: ReferralPlan, day: Ints, since: Ints
) -> Ints:
    """When it was sent: some days before registration, after the inviter's first order."""
    back = rng.exponential(plan.delay, len(day)).astype(np.int64)
    earliest = np.maximum(since // DAY + 1, 0)
    return moments(rng, np.clip(day - back, earliest, day), b.clock.festival)


def invitations_table(b: "Business", plan: ReferralPlan, sent: Invitations) -> pa.Table:
    """The table referrals of the contract."""
    known = numbered("C", np.where(sent.invitee < 0, -1, sent.invitee + 1), 7)
    other = numbered("V", sent.person, 8)
    return pa.table(
        {
            "inviter_id": numbered("C", sent.inviter + 1, 7),
            "invitee_id": pa.array(np.where(sent.invitee >= 0, known, other), pa.string()),
            "invite_ts": when(b.clock, sent.second),
            "depth": pa.array(sent.depth),
            "converted": pa.array(sent.converted),
            "reward": pa.array(np.where(sent.rewarded, 2 * plan.reward, 0.0)),
        }
    )
