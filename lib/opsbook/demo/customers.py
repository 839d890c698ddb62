"""Who buys: customers join, buy again at their own pace, and leave for good.

Each region has a clock that runs with its expected orders: a busy day is a long one. On
that clock a customer's repeat orders are a Poisson process with a gamma-distributed rate,
and after a repeat order he leaves with a beta-distributed chance: the BG/NBD process
(Fader, Hardie, Lee 2005). First orders are what expected orders leave over, so that
demand is met. What a customer spends per order is gamma about a mean of his own
(Gamma-Gamma; Fader, Hardie, Lee 2005b), whatever his rate.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints, choose, choose_by_group
from opsbook.demo.fraud import Rings, make_rings
from opsbook.demo.plan import Device, Plan, Platform
from opsbook.demo.purchases import NEVER, Purchases, recruit, repeat

__all__ = ["AGE_BANDS", "CITY_TIERS", "GENDERS", "People", "channel_weights", "gather"]

GENDERS = ("female", "male")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
CITY_TIERS = ("1", "2", "3", "4")
_IDLE = 0.30
"""Customers who register and never buy, per new buyer."""


@dataclass(frozen=True)
class People:
    """Customers in order of registration.

    Args:
        signup: Day of registration, negative before the period.
        region: Region of residence.
        platform: Platform preferred.
        device: Device used.
        gender: Index into GENDERS.
        age: Index into AGE_BANDS.
        city: Index into CITY_TIERS.
        channel: Channel that brought the customer.
        referrer: Customer who referred this one, -1 if nobody did.
        rate: Purchases per day on the region's clock.
        dropout: Chance to leave after a repeat order, before its delivery counts.
        joined_at: Time of the first order on the region's clock; not a number if there is none.
        left_day: Day on which the customer left for good, NEVER for who is still there.
        spend: Mean order value of this customer, CNY, on the plan's own scale.
    """

    signup: Ints
    region: Ints
    platform: Ints
    device: Ints
    gender: Ints
    age: Ints
    city: Ints
    channel: Ints
    referrer: Ints
    rate: Floats
    dropout: Floats
    joined_at: Floats
    left_day: Ints
    spend: Floats

    def __len__(self) -> int:
        return len(self.signup)


def gather(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    expected: Floats,
    late: Floats,
    channels: Floats,
) -> tuple[People, Purchases, Rings]:
    """Let customers join, buy and leave.

    Args:
        rng: Source of randomness.
        plan: Purchase process, spend, channels.
        clock: The period.
        expected: Expected orders, one row per region, one column per day.
        late: Chance of a late parcel, one row per region, one column per day.
        channels: Share of each channel, one row per day.

    Returns:
        The customers, all their orders in the period, and the rings of fraudsters.
    """
    # Every region sets its own clock by its expected orders.
    pace = expected / np.maximum(expected.mean(axis=1, keepdims=True), 1e-12)
    recruits = recruit(rng, plan, clock, expected, pace, late)
    size = len(recruits)
    rate = rng.gamma(plan.rate_shape, 1.0 / plan.rate_days, size)
    dropout = rng.beta(*plan.dropout, size)
    bought, left = repeat(rng, plan, clock, pace, recruits, rate, dropout, late)

    fresh = int((recruits.day >= 0).sum())
    idle = int(_IDLE * fresh)
    rings, faked = make_rings(rng, plan, clock, expected, size + idle)
    total = size + idle + len(rings)
    shares = np.array([r.share for r in plan.regions])
    region = np.concatenate([recruits.region, choose(rng, shares, idle), rings.region])
    signup = np.concatenate(
        [_signups(rng, clock, recruits.day), _idle_days(rng, recruits, idle), rings.signup]
    )
    tilt = np.array([r.basket_tilt for r in plan.regions])[region]
    spend = plan.spend_shape * plan.spend_scale / rng.gamma(plan.spend_spread - tilt)
    day = np.clip(np.concatenate([recruits.day, signup[size:]]), 0, clock.days - 1)
    channel = _channels(
        rng, plan, channels, day, np.concatenate([dropout, rng.random(total - size)])
    )

    # Within a day by chance: a number must not say who will never buy, or is a fraudster.
    place = np.lexsort((rng.random(total), signup))
    number = np.empty(total, dtype=np.int64)
    number[place] = np.arange(total)
    none = np.full(total - size, np.nan)
    stays = np.full(total - size, NEVER)
    people = People(
        signup=signup[place],
        region=region[place],
        platform=choose_by_group(rng, _trend(plan.platforms, clock), day)[place],
        device=choose_by_group(rng, _trend(plan.devices, clock), day)[place],
        gender=choose(rng, np.array([0.58, 0.42]), total),
        age=choose(rng, np.array([0.16, 0.37, 0.27, 0.13, 0.07]), total),
        city=choose(rng, np.array([0.24, 0.33, 0.27, 0.16]), total),
        channel=channel[place],
        referrer=np.full(total, -1),
        rate=np.concatenate([rate, none])[place],
        dropout=np.concatenate([dropout, none])[place],
        joined_at=np.concatenate([recruits.at, none])[place],
        left_day=np.concatenate([left, stays])[place],
        spend=spend[place],
    )
    return people, bought.joined_by(faked).renumbered(number), rings.renumbered(number)


def channel_weights(plan: Plan, clock: Clock, presence: Floats) -> Floats:
    """Share of orders by channel, one row per day.

    Args:
        plan: Channels.
        clock: The period.
        presence: How much of each channel is there by day, 1 on average; one row per channel.
    """
    share = np.array([c.share for c in plan.channels])
    growth = np.array([c.growth for c in plan.channels])
    festival = np.array([c.festival for c in plan.channels])
    weight = share * np.exp(growth * clock.years[:, None])
    weight = weight * np.maximum(clock.festival, 1.0)[:, None] ** festival * presence.T
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _channels(
    rng: np.random.Generator, plan: Plan, by_day: Floats, day: Ints, dropout: Floats
) -> Ints:
    """Channel of acquisition: loyal customers come more often through some than others.

    The whole shop keeps its beta distribution of dropout; only its split differs.
    """
    loyalty = np.array([c.loyalty for c in plan.channels])
    rank = np.argsort(np.argsort(dropout)) / max(len(dropout) - 1, 1)
    groups = 20
    step = np.minimum((rank * groups).astype(np.int64), groups - 1)
    centre = (np.arange(groups) + 0.5) / groups - 0.5
    tilt = np.exp(-2 * loyalty[None, :] * centre[:, None])
    weight = (by_day[:, None, :] * tilt[None, :, :]).reshape(len(by_day) * groups, -1)
    return choose_by_group(rng, weight, day * groups + step)


def _trend(kinds: tuple[Platform, ...] | tuple[Device, ...], clock: Clock) -> Floats:
    share = np.array([k.share for k in kinds])
    growth = np.array([k.growth for k in kinds])
    return share * np.exp(growth * clock.years[:, None])


def _signups(rng: np.random.Generator, clock: Clock, joined: Ints) -> Ints:
    """Registration on the day of the first order or a little before."""
    earlier = np.where(rng.random(len(joined)) < 0.7, 0, rng.geometric(1 / 12, len(joined)))
    return np.minimum(joined - earlier, clock.days - 1)


def _idle_days(rng: np.random.Generator, recruits: Purchases, idle: int) -> Ints:
    """Days on which people register who never buy: as others join."""
    days = recruits.day[recruits.day >= 0]
    return rng.choice(days, idle) if len(days) else np.zeros(idle, np.int64)
