"""What the shop spends on paid channels, and the orders that this money really causes.

Money works with carry-over (geometric adstock) and with diminishing returns (Hill curve).
"""

from dataclasses import dataclass, field

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.marketing.media_plan import MediaChannel, MediaPlan, PriceShock, concentrate
from opsbook.demo.plan import Plan

__all__ = [
    "GeoTest",
    "Media",
    "MediaChannel",
    "MediaPlan",
    "PriceShock",
    "adstock",
    "concentrate",
    "hill",
    "plan_media",
]

_GEO_DAYS = 28


@dataclass(frozen=True)
class GeoTest:
    """A paid channel switched off in some regions.

    Args:
        channel: Row of the channel in the media arrays.
        regions: Indices of the regions without it.
        first: First day switched off.
        last: Last day switched off.
    """

    channel: int
    regions: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Media:
    """Spend and response; arrays have one row per paid channel, one column per day.

    Args:
        names: Names of the paid channels.
        index: Their indices in the plan's channels.
        spend: CNY, to the cent.
        price: Price of a click, CNY.
        delivered: Spend at the prices of an ordinary market, CNY; less than spend after a shock.
        adstock: Carried-over delivery, CNY a day, where nothing is switched off.
        response: Incremental orders per base order there.
        lift: The same over the whole country, regions of the geo test included.
        geo: The geo experiment; None if the period has no room for one.
        tested: Response of the tested channel by day in the regions of the geo test.
        plan: Parameters it was drawn with.
        daily_orders: Mean orders per day that set the size of the budget.
    """

    names: tuple[str, ...]
    index: Ints
    spend: Floats
    price: Floats
    delivered: Floats
    adstock: Floats
    response: Floats
    lift: Floats
    geo: GeoTest | None = None
    tested: Floats = field(default_factory=lambda: np.zeros(0))
    plan: MediaPlan = field(default_factory=MediaPlan)
    daily_orders: float = 1.0

    def lift_in(self, region: int) -> Floats:
        """Incremental orders per base order in a region, by channel and day."""
        if self.geo is None or region not in self.geo.regions:
            return self.response
        lift = self.response.copy()
        lift[self.geo.channel] = self.tested
        return lift

    def region_lift(self, region: int) -> Floats:
        """Orders of a region against the country's ``1 + lift.sum(0)``, by day."""
        here = 1 + self.lift_in(region).sum(axis=0)
        return np.asarray(here / (1 + self.lift.sum(axis=0)), np.float64)

    def presence(self, channels: int) -> Floats:
        """How much of each channel of the plan is there, by day; 1 on the average day.

        What nobody pays for is there every day, the rest comes and goes with the clicks.

        Args:
            channels: Number of channels in the plan.
        """
        there = np.ones((channels, self.spend.shape[1]))
        for row, channel in enumerate(self.plan.channels):
            clicks = self.spend[row] / self.price[row]
            level = clicks / max(float(clicks.mean()), 1e-9)
            there[self.index[row]] = channel.organic + (1 - channel.organic) * level
        return there

    def causes(self, region: int) -> Floats:
        """Chance that an order was caused by nothing paid (row 0) or by a channel, by day."""
        lift = self.lift_in(region)
        rows = np.vstack([np.ones((1, lift.shape[1])), lift])
        return np.asarray(rows / rows.sum(axis=0), np.float64)


def adstock(spend: Floats, decay: float, start: float) -> Floats:
    """Carry-over that keeps the unit: ``a[t] = (1 - decay) * spend[t] + decay * a[t - 1]``.

    Args:
        spend: By day, CNY.
        decay: Share that is still there a day later.
        start: Adstock on the day before the first, CNY.
    """
    out = np.empty(len(spend))
    held = start
    for day, money in enumerate(spend.tolist()):
        held = (1 - decay) * money + decay * held
        out[day] = held
    return out


def hill(stock: Floats, half: float, slope: float) -> Floats:
    """Share of the highest response: ``x^slope / (x^slope + half^slope)``."""
    power = stock**slope
    return np.asarray(power / (power + half**slope), np.float64)


def plan_media(
    rng: np.random.Generator, plan: Plan, media: MediaPlan, clock: Clock, orders: int
) -> Media:
    """Draw the spend of every day and follow what it does.

    Spend is higher when festivals make demand high, so a plain regression of orders on
    spend overstates the response; pulses and dark weeks are what identifies it.

    Args:
        rng: Source of the weekly pulses, dark weeks and daily jitter.
        plan: Channels and regions.
        media: Parameters.
        clock: The period.
        orders: Orders expected over the period; they set the size of the budget.
    """
    names = tuple(c.name for c in media.channels)
    known = [c.name for c in plan.channels]
    index = np.array([known.index(name) for name in names], np.int64)
    spend = np.array([_spend(rng, c, media, clock) for c in media.channels])
    spend *= orders / clock.days
    dearer = _dearer(media, clock)
    geo = _geo(plan, media, clock)
    share = _geo_share(plan, clock, geo)
    off = np.ones(clock.days)
    if geo is not None:
        off[geo.first : geo.last + 1] = 0.0
    actual = spend.copy()
    if geo is not None:
        actual[geo.channel] *= 1 - share * (1 - off)
    delivered = spend / dearer
    response, stock = np.zeros_like(spend), np.zeros_like(spend)
    for row, channel in enumerate(media.channels):
        stock[row], response[row] = _respond(channel, delivered[row], orders / clock.days)
    lift, tested = response.copy(), np.zeros(0)
    if geo is not None:
        channel, row = media.channels[geo.channel], geo.channel
        start = float(delivered[row, :28].mean())
        _, tested = _respond(channel, delivered[row] * off, orders / clock.days, start)
        lift[row] = (1 - share) * response[row] + share * tested
    actual = np.round(actual, 2)
    return Media(
        names=names,
        index=index,
        spend=actual,
        price=_price(media, clock) * dearer,
        delivered=actual / dearer,
        adstock=stock,
        response=response,
        lift=lift,
        geo=geo,
        tested=tested,
        plan=media,
        daily_orders=orders / clock.days,
    )


def _spend(rng: np.random.Generator, c: MediaChannel, media: MediaPlan, clock: Clock) -> Floats:
    pulse = np.array(media.pulses)[rng.integers(0, len(media.pulses), clock.weeks)]
    lit = rng.random(clock.weeks) >= media.dark
    jitter = np.exp(rng.normal(0.0, media.jitter, clock.days))
    # Nobody switches ads off in a festival's week.
    weekly_peak = np.zeros(clock.weeks)
    np.maximum.at(weekly_peak, clock.week, clock.festival)
    busy = weekly_peak > 1.5
    level = np.where(busy, np.maximum(pulse, 1.0), pulse * lit)
    season = np.maximum(clock.festival, 0.7) ** c.festival
    shape = level[clock.week] * season * np.exp(c.drift * clock.years) * jitter
    return np.asarray(c.spend * shape / max(float(shape.mean()), 1e-9), np.float64)


def _respond(
    channel: MediaChannel, delivered: Floats, daily_orders: float, start: float | None = None
) -> tuple[Floats, Floats]:
    """Adstock in CNY a day and lift of one channel; before the period it spent as at its start."""
    before = float(delivered[:28].mean()) if start is None else start
    stock = adstock(delivered, channel.decay, before)
    return stock, channel.beta * hill(stock, channel.half * daily_orders, channel.slope)


def _price(media: MediaPlan, clock: Clock) -> Floats:
    """Usual price of a click by channel and day."""
    cpc = np.array([c.cpc for c in media.channels])
    rush = np.maximum(clock.festival, 1.0) ** media.price_festival
    return np.asarray(cpc[:, None] * rush * np.exp(media.price_drift * clock.years), np.float64)


def _dearer(media: MediaPlan, clock: Clock) -> Floats:
    """Price of response by channel and day, 1 unless a shock came."""
    dearer = np.ones((len(media.channels), clock.days))
    if media.shock is not None:
        names = [c.name for c in media.channels]
        since = np.arange(clock.days) - round(media.shock.start * clock.days) + 1
        reached = np.clip(since / max(media.shock.ramp_days, 1), 0.0, 1.0)
        dearer[names.index(media.shock.channel)] = 1 + (media.shock.factor - 1) * reached
    return dearer


def _geo(plan: Plan, media: MediaPlan, clock: Clock) -> GeoTest | None:
    """The quietest four weeks with as much time before and after, if the period has them."""
    names = {c.name: row for row, c in enumerate(media.channels)}
    if media.geo_channel not in names or clock.days < 4 * _GEO_DAYS:
        return None
    regions = tuple(i for i, r in enumerate(plan.regions) if r.name in media.geo_regions)
    unrest = np.abs(np.log(clock.festival))
    around = np.convolve(unrest, np.ones(3 * _GEO_DAYS), mode="valid")
    first = int(np.argmin(np.round(around[: clock.days - 4 * _GEO_DAYS + 1], 9))) + _GEO_DAYS
    return GeoTest(names[media.geo_channel], regions, first, first + _GEO_DAYS - 1)


def _geo_share(plan: Plan, clock: Clock, geo: GeoTest | None) -> Floats:
    """Share of base orders in the regions of the geo test, by day."""
    weights = np.array([r.share * np.exp(r.growth * clock.years) for r in plan.regions])
    inside = np.isin(np.arange(len(plan.regions)), () if geo is None else geo.regions)
    return np.asarray(weights[inside].sum(axis=0) / weights.sum(axis=0), np.float64)
