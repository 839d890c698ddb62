"""The demo shop in causal order: what is wanted, who wants it, what is there, what comes back."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.business import Business, Losses
from opsbook.demo.clock import DAY, Clock
from opsbook.demo.content.schedule import LivePlan, into_lives, live_schedule
from opsbook.demo.customers import People, channel_weights, gather
from opsbook.demo.demand import expect, halo_effect, shocks
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.lifecycles import live
from opsbook.demo.lines import Lines, draw_baskets, hand_out, make_pairs, only
from opsbook.demo.loyalty.referrals import NEVER, refer
from opsbook.demo.marketing.campaigns import (
    Campaign,
    campaign_effect,
    campaign_of,
    plan_campaigns,
    uptake_of,
)
from opsbook.demo.marketing.media import Media, plan_media
from opsbook.demo.orders import REFUNDED, Orders, place, standing
from opsbook.demo.overload import overload, within_capacity
from opsbook.demo.plan import Plan
from opsbook.demo.prices import set_prices
from opsbook.demo.products import Range, make_range
from opsbook.demo.promotions import discount, top_up
from opsbook.demo.purchases import Purchases, lateness
from opsbook.demo.returns import restocked, send_back, settle
from opsbook.demo.setting import Setting
from opsbook.demo.sprawl import blow_up
from opsbook.demo.stock import Wanted, dispatch, late_chance, run_stock
from opsbook.demo.visits.incidents import order_factor

__all__ = ["run"]


def run(
    setting: Setting, *, orders: int, days: int, seed: int, end: date, events: str = "full"
) -> Business:
    """Simulate a shop.

    Args:
        setting: Planted parameters.
        orders: Orders to expect over the whole period.
        days: Length of the period.
        seed: Seed of all streams.
        end: Last day.
        events: How much of the clicks is kept: full, sample or none.
    """
    plan, supply = setting.plan, setting.supply
    supply.check_regions(tuple(r.name for r in plan.regions))
    clock = Clock(end - timedelta(days=days - 1), days)
    range_ = make_range(stream(seed, "products"), plan, plan.products(orders))
    lives = live(stream(seed, "lives"), len(range_), clock.weeks, plan.new_weeks)
    if plan.sprawl:
        range_, lives = blow_up(stream(seed, "sprawl"), plan.sprawl, clock, range_, lives)
    shock = shocks(stream(seed, "shocks"), plan, range_, clock.weeks)
    prices = set_prices(stream(seed, "prices"), plan, clock, range_, shock)
    media = plan_media(stream(seed, "media"), plan, setting.media, clock, orders)
    campaigns = plan_campaigns(plan, clock)
    extra = campaign_effect(plan, clock, campaigns) * halo_effect(plan, clock, campaigns)
    extra = extra * (1 + media.lift.sum(axis=0))
    until = int(_judged(setting) * days)
    demand = expect(plan, clock, range_, lives, prices, shock, extra, orders, until)
    expected = _by_region(plan, clock, range_, demand.weekly, demand.daily, media)

    late = lateness(plan, clock, late_chance(supply)) * overload(plan, expected)
    late = np.minimum(late, 0.6)
    channels = channel_weights(plan, clock, media.presence(len(plan.channels)))
    people, wishes, rings = gather(stream(seed, "customers"), plan, clock, expected, late, channels)
    people = replace(people, referrer=_referrers(setting, seed, people, wishes))
    works = order_factor(plan, clock)[wishes.day, people.device[wishes.customer]]
    met = stream(seed, "incidents").random(len(wishes)) < works
    lost = np.bincount(wishes.day[~met], minlength=days)
    wishes = wishes.where(met)
    taken = within_capacity(stream(seed, "capacity"), plan, expected, wishes.day)
    turned_away = np.bincount(wishes.day[~taken], minlength=days)
    wishes = wishes.where(taken)

    lives_plan = LivePlan()
    schedule = live_schedule(seed, clock, lives_plan, orders)
    to_live = partial(into_lives, stream(seed, "live moments"), lives_plan, schedule)
    placed, wish = place(stream(seed, "orders"), plan, clock, people, wishes, channels, to_live)
    placed = replace(placed, fraud=wishes.ring[wish] >= 0)
    placed = _campaigns(seed, plan, clock, campaigns, placed)
    rule, rules = _rules(clock, campaigns, placed)
    day = placed.placed // DAY
    pairs = make_pairs(stream(seed, "pairs"), plan, range_)
    baskets = draw_baskets(
        *(seed, plan, clock, range_, demand, prices, pairs),
        np.bincount(day, minlength=days),
    )
    spend = people.spend[placed.customer] / plan.spend_shape
    mood = stream(seed, "spend").gamma(plan.spend_shape, 1.0, len(placed))
    lines = hand_out(clock, baskets, day, spend * mood)
    lines = _aim(clock, lines, placed, wishes.ring[wish], rings.target, prices.paid, demand.weekly)
    lines, topped = top_up(stream(seed, "top-up"), plan, lines, day, rule, rules)

    carried = dispatch(
        stream(seed, "carriers"), supply, placed.region, placed.shipped, late=placed.late
    )
    placed = replace(placed, carrier=carried.carrier.astype(np.int64), delivered=carried.delivered)
    placed = replace(placed, late=carried.late)
    returns = send_back(stream(seed, "returns"), plan, range_, lines, placed)
    leaves = np.where(placed.shipped >= 0, placed.shipped, placed.ended) // DAY
    stock = run_stock(
        stream(seed, "stock"),
        supply,
        clock,
        range_,
        lives,
        Wanted(
            order=lines.order,
            product=lines.product,
            pieces=lines.pieces,
            region=placed.region[lines.order],
            day=day[lines.order],
            leaves=leaves[lines.order],
            released=(placed.shipped < 0)[lines.order],
            restock=restocked(returns, len(lines)),
        ),
        demand.units(plan, clock, range_),
    )

    came = stock.warehouse >= 0
    number = np.cumsum(came) - 1
    line_number = np.cumsum(stock.filled) - 1
    gone = np.bincount(day[~came], minlength=days)
    placed = replace(placed, warehouse=stock.warehouse.astype(np.int64)).where(came)
    kept = only(lines, stock.filled, number)
    placed = replace(placed, first=_firsts(people.joined_at, placed))
    placed, kept = discount(stream(seed, "discount"), plan, clock, placed, kept, rule[came], rules)
    size = np.bincount(kept.order, minlength=len(placed))
    returns, refunded = settle(returns, clock, stock.filled, line_number, number, kept.amount, size)
    status = standing(clock, placed)
    status = np.where(refunded & (status == _COMPLETED), REFUNDED, status)
    return Business(
        setting=setting,
        seed=seed,
        wanted=orders,
        events=events,
        clock=clock,
        range_=range_,
        lives=lives,
        prices=prices,
        media=media,
        campaigns=campaigns,
        demand=demand,
        expected=expected,
        pace=expected / np.maximum(expected.mean(axis=1, keepdims=True), 1e-12),
        pairs=pairs,
        people=people,
        rings=rings,
        orders=replace(placed, status=status),
        lines=kept,
        topped_up=number[topped[came[topped]]],
        returns=returns,
        stock=stock,
        losses=Losses(lost, turned_away, gone),
    )


_COMPLETED = REFUNDED - 2


def _judged(setting: Setting) -> float:
    """Share of the period that demand is scaled by: the time before business changes."""
    if setting.judged is not None:
        return setting.judged
    return setting.media.shock.start if setting.media.shock else 1.0


def _by_region(
    plan: Plan, clock: Clock, range_: Range, weekly: Floats, daily: Floats, media: Media
) -> Floats:
    """Expected orders: one row per region, one column per day."""
    by_category = np.zeros((len(plan.categories), clock.weeks))
    np.add.at(by_category, range_.category, weekly)
    total = (by_category[:, clock.week] * daily).sum(axis=0) / plan.lines_per_order
    share = np.array([r.share for r in plan.regions])
    growth = np.array([r.growth for r in plan.regions])
    weight = share[:, None] * np.exp(growth[:, None] * clock.years)
    weight = weight / weight.sum(axis=0)
    tested = np.array([media.region_lift(r) for r in range(len(share))])
    return np.asarray(total * weight * tested)


def _referrers(setting: Setting, seed: int, people: People, wishes: Purchases) -> Ints:
    joined = np.full(len(people), NEVER)
    np.minimum.at(joined, wishes.customer, wishes.day)
    # Who bought before the period and never in it invites nobody who could be counted.
    known = (people.joined_at < 0) & (joined < NEVER)
    joined = np.where(known, np.floor(np.nan_to_num(people.joined_at)), joined).astype(np.int64)
    social = [c.name for c in setting.plan.channels].index("Social share")
    return refer(
        stream(seed, "refer"),
        setting.referral,
        people.signup,
        joined,
        people.channel == social,
        people.region,
        rate=np.nan_to_num(people.rate),
        left_day=people.left_day,
    )


def _campaigns(
    seed: int, plan: Plan, clock: Clock, campaigns: tuple[Campaign, ...], orders: Orders
) -> Orders:
    """The campaign each order counts for, and presales in the first price days of mega-sales."""
    rng = stream(seed, "campaign orders")
    day = orders.placed // DAY
    takes = rng.random(len(orders)) < uptake_of(clock, campaigns)[day]
    campaign = np.where(takes & ~orders.fraud, campaign_of(clock, campaigns)[day], -1)
    opening = np.zeros(clock.days, bool)
    for c in campaigns:
        if c.type == "mega-sale":
            opening[[d for d in range(c.start, c.start + 2) if 0 <= d < clock.days]] = True
    presale = (rng.random(len(orders)) < plan.presale) & opening[day] & (campaign >= 0)
    presale &= orders.shipped >= 0
    # What is bought before release leaves when it is released, up to a week later.
    wait = np.where(presale, rng.integers(3, 8, len(orders)) * DAY, 0)
    return replace(orders, campaign=campaign, presale=presale, shipped=orders.shipped + wait)


def _rules(
    clock: Clock, campaigns: tuple[Campaign, ...], orders: Orders
) -> tuple[Ints, tuple[str, ...]]:
    """Threshold rule that holds for each order: that of its campaign on its price days."""
    rules = tuple(sorted({c.rule for c in campaigns if c.rule}))
    by_campaign = np.full((len(campaigns) + 1, clock.days), -1)
    for c in campaigns:
        days = [d for d in c.sale_days if 0 <= d < clock.days]
        if c.rule:
            by_campaign[c.number, days] = rules.index(c.rule)
    return by_campaign[orders.campaign, orders.placed // DAY], rules


def _aim(
    clock: Clock,
    lines: Lines,
    orders: Orders,
    ring: Ints,
    target: Floats,
    paid: Floats,
    weekly: Floats,
) -> Lines:
    """A fraudster's basket holds one piece of the product his ring goes for."""
    fake = ring[lines.order] >= 0
    opens = np.diff(lines.order, prepend=-1) > 0
    week = clock.week[orders.placed[lines.order] // DAY]
    product, shelf, pieces = lines.product.copy(), lines.shelf.copy(), lines.pieces.copy()
    for row in np.flatnonzero(fake & opens):
        # Something dear that sells well, because it has to be in stock.
        now = week[row]
        sells = np.argsort(-weekly[:, now], kind="stable")[: max(len(weekly) // 20, 4)]
        dear = sells[np.argsort(-paid[sells, now], kind="stable")[: max(len(sells) // 2, 1)]]
        product[row] = dear[int(target[ring[lines.order[row]]] * len(dear))]
        shelf[row], pieces[row] = paid[product[row], week[row]], 1
    keep = ~fake | opens
    same = np.arange(len(orders))
    return only(Lines(lines.order, product, pieces, shelf, pieces * shelf), keep, same)


def _firsts(joined_at: Floats, orders: Orders) -> NDArray[np.bool_]:
    """First order of each customer who joined in the period, as it stands in the data."""
    first = np.zeros(len(orders), bool)
    _, at = np.unique(orders.customer, return_index=True)
    first[at] = True
    return first & ~(joined_at[orders.customer] < 0)
