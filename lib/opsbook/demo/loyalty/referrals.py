"""Who brought whom: customers invite people they know, and some of these become customers.

Every buyer may invite, a few do, and those who do invite several people. An invitation is
accepted with the same chance whoever sent it. Therefore K, the customers that one customer
brings, is invitations per buyer times conversion, and both factors can be counted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints

__all__ = ["NEVER", "Pools", "ReferralPlan", "depths", "refer"]

NEVER = 2**40
"""Day of an order that never comes, or of leaving for one who stays."""
_ROUNDS = 40
"""Candidates tried for one invitation; nearly all are settled after five."""


@dataclass(frozen=True)
class ReferralPlan:
    """Planted parameters of the referral programme.

    Args:
        willing: Share of buyers who invite at all.
        invites: Invitations per customer who orders in the period, with or without inviting.
        conversion: Share of invitations whose receiver orders; K is invites x conversion.
        deeper: Share of invitations sent by customers who were invited themselves; depth
            is then geometric, and the second degree has the share deeper x (1 - deeper).
        social: Share of referred customers among those whom channel "Social share" brought.
        same_region: Share of invitations to people of the inviter's own region.
        warmth: Days in which the wish to invite falls to a third after the first order.
        floor: What is left of that wish in the end, against the beginning.
        loyalty: Exponent of the purchase rate in the wish to invite.
        spread: Shape of the gamma distribution of the wish to invite among the willing.
        delay: Mean days between invitation and registration.
        reward: Coupon of each side once the invited person has paid, CNY.
    """

    willing: float = 0.24
    invites: float = 1.04
    conversion: float = 0.25
    deeper: float = 0.20
    social: float = 0.85
    same_region: float = 0.70
    warmth: float = 75.0
    floor: float = 0.25
    loyalty: float = 0.5
    spread: float = 2.0
    delay: float = 2.5
    reward: float = 20.0

    @property
    def k(self) -> float:
        """Customers whom one customer who orders brings in the period, on average."""
        return self.invites * self.conversion


def refer(
    rng: np.random.Generator,
    plan: ReferralPlan,
    signup: Ints,
    joined: Ints,
    channel_is_social: NDArray[np.bool_],
    region: Ints,
    *,
    rate: Floats | None = None,
    left_day: Ints | None = None,
) -> Ints:
    """Find for each customer the earlier customer who brought him.

    Args:
        rng: Source of randomness.
        plan: Planted parameters.
        signup: Day of registration, negative before the period; in any order.
        joined: Day of the first order; negative if it lies before the period, NEVER (or any
            day after the period) for those who order nothing in the period.
        channel_is_social: Whether the channel "Social share" brought the customer.
        region: Region of residence, as an index.
        rate: Purchase rate, relative; the loyal invite more. All alike if left out.
        left_day: Day from which a customer is lost, NEVER for those who stay. All stay if
            left out.

    Returns:
        Index of the inviter by customer, -1 for those whom nobody brought. An inviter has
        ordered before the day on which the other registered, so there are no circles.
    """
    size = len(signup)
    last = int(signup.max(initial=0))
    buyer = joined <= last
    new = signup > 0
    referrer = np.full(size, -1, dtype=np.int64)
    referred = _pick_referred(rng, plan, new, new & buyer, buyer, channel_is_social)
    weight = _wish(rng, plan, buyer, np.ones(size) if rate is None else rate)
    stays = np.full(size, NEVER) if left_day is None else left_day
    pools = Pools.build(plan, joined, stays, region, referred, weight)
    who = np.flatnonzero(referred)
    referrer[who] = pools.draw(rng, signup[who], region[who])
    return referrer


def depths(referrer: Ints) -> Ints:
    """Steps from the first inviter of the chain: 0 for those whom nobody brought."""
    depth = np.zeros(len(referrer), dtype=np.int64)
    above = referrer.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, referrer[np.maximum(above, 0)], -1)
    return depth


def _pick_referred(
    rng: np.random.Generator,
    plan: ReferralPlan,
    new: NDArray[np.bool_],
    fresh: NDArray[np.bool_],
    buyer: NDArray[np.bool_],
    social: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Whether each newcomer was invited: as many new buyers as K times all buyers."""
    wanted = plan.k * float(buyer.sum())
    among = np.array([float((fresh & ~social).sum()), float((fresh & social).sum())])
    by_social = min(plan.social, wanted / max(among.sum(), 1.0) * 4)
    others = (wanted - by_social * among[1]) / max(among[0], 1.0)
    chance = np.where(social, by_social, np.clip(others, 0.0, 0.9))
    return np.asarray(new & (rng.random(len(new)) < chance))


def _wish(
    rng: np.random.Generator, plan: ReferralPlan, buyer: NDArray[np.bool_], rate: Floats
) -> Floats:
    """How much each customer wants to invite: 0 for most, gamma distributed for the others."""
    pull = np.where(buyer, np.maximum(rate, 1e-9) ** plan.loyalty, 0.0)
    pull /= max(pull[buyer].mean(), 1e-12) if buyer.any() else 1.0
    wants = rng.random(len(rate)) < np.minimum(plan.willing * pull, 1.0)
    return np.asarray(wants * rng.gamma(plan.spread, 1 / plan.spread, len(rate)))


@dataclass(frozen=True)
class Pools:
    """Inviters by region and by whether they were invited themselves, in order of joining.

    Args:
        plan: Planted parameters.
        member: Customer at each place of the line.
        key: Pool and day of joining at each place, in one rising number.
        edges: Running total of the weights along the line, 0 in front.
        joined: Day of the first order by customer.
        left_day: Day from which a customer is lost, by customer.
        regions: Number of regions.
        home: Region of each willing customer, to draw another region from.
    """

    plan: ReferralPlan
    member: Ints
    key: Ints
    edges: Floats
    joined: Ints
    left_day: Ints
    regions: int
    home: Ints

    @classmethod
    def build(
        cls,
        plan: ReferralPlan,
        joined: Ints,
        left_day: Ints,
        region: Ints,
        referred: NDArray[np.bool_],
        weight: Floats,
    ) -> "Pools":
        """Line up all customers with a weight above 0."""
        who = np.flatnonzero(weight > 0)
        regions = int(region.max(initial=0)) + 1
        pool = region[who] + regions * referred[who]
        key = _key(pool, joined[who])
        line = np.argsort(key, kind="stable")
        edges = np.concatenate([[0.0], np.cumsum(weight[who][line])])
        return cls(
            *(plan, who[line], key[line], edges, joined, left_day, regions, region[who]),
        )

    def draw(self, rng: np.random.Generator, day: Ints, region: Ints) -> Ints:
        """An inviter for each invitation, -1 where nobody could have sent one.

        Args:
            rng: Source of randomness.
            day: Day on which the invited person registered or might have.
            region: Region of the person invited.
        """
        count = len(day)
        if not len(self.member):
            return np.full(count, -1, dtype=np.int64)
        away = rng.random(count) >= self.plan.same_region
        region = np.where(away, rng.choice(self.home, count), region)
        deep = rng.random(count) < self.plan.deeper
        found = np.full(count, -1, dtype=np.int64)
        open_ = np.arange(count)
        for attempt in range(_ROUNDS):
            at, usable = self._candidate(rng, day[open_], region[open_], deep[open_])
            found[open_[usable]] = self.member[at[usable]]
            accept = usable & (rng.random(len(open_)) < self._warmth(found[open_], day[open_]))
            # Where a pool is empty (the first days), everyone who has joined may invite.
            empty = open_[~usable]
            deep[empty] = False
            region[empty] = rng.choice(self.home, len(empty))
            open_ = open_[~accept]
            if not len(open_) or attempt == _ROUNDS - 1:
                break
        return found

    def _candidate(
        self, rng: np.random.Generator, day: Ints, region: Ints, deep: NDArray[np.bool_]
    ) -> tuple[Ints, NDArray[np.bool_]]:
        pool = region + self.regions * deep
        low = np.searchsorted(self.key, _key(pool, np.full(len(day), -NEVER)))
        high = np.searchsorted(self.key, _key(pool, day))
        floor, top = self.edges[low], self.edges[high]
        aim = floor + rng.random(len(day)) * (top - floor)
        at = np.searchsorted(self.edges, aim, side="right") - 1
        at = np.clip(at, low, np.maximum(high - 1, low))
        return np.minimum(at, len(self.member) - 1).astype(np.int64), high > low

    def _warmth(self, inviter: Ints, day: Ints) -> Floats:
        plan = self.plan
        age = np.clip(day - self.joined[inviter], 0, 5000)
        warm = plan.floor + (1 - plan.floor) * np.exp(-age / plan.warmth)
        return np.where(self.left_day[inviter] > day, warm, 0.0)


def _key(pool: Ints, day: Ints) -> Ints:
    """Pool first, then day: one number that sorts by both."""
    return np.asarray(pool * 2**20 + np.clip(day, -(2**19), 2**19 - 1) + 2**19, dtype=np.int64)
