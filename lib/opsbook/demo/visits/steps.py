"""How far visits get: landing page, product, cart, checkout, payment, by device and channel.

A visit passes one step after the other. The chance of an order is the planned conversion:
what the steps to product, checkout and payment leave over, the step to the cart takes.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.customers import channel_weights
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.plan import Plan
from opsbook.demo.visits.incidents import incidents

__all__ = ["DEPTHS", "STEPS", "Funnel", "Steps", "conversion", "plan_steps"]

STEPS = ("view", "cart", "checkout", "pay")
"""Steps of the funnel after the landing page, in order; view is that of a product."""
DEPTHS = ("landing", "view", "cart", "checkout")
"""Deepest step of a visit that ends without an order."""


@dataclass(frozen=True)
class Funnel:
    """What is planted in the visits, apart from the conversion of the plan.

    Args:
        view: Share of visits that see a product, by device in the order of the plan.
        checkout: Share of visits with a cart that start to check out, by device.
        order: Share of started checkouts in which the order is placed, by device.
        view_channel: Exponent on a channel's conversion in its step to the product; the
            step to the cart takes the rest.
        category_cvr: Orders per visit that sees the product, by category.
        other_cvr: The same for categories that are not named.
        earlier: Visits of a buyer in the days before an order, mean.
        earlier_days: Mean days between such a visit and the order.
        earlier_depth: Share of these visits by deepest step.
        known: Share of other visits by registered customers, logged in.
        again: Share of anonymous visits by someone who has been there lately.
        again_days: Mean days between such a visit and the visitor's first.
        logged_in: Share of a registered buyer's earlier visits made logged in.
        bounce: Share that leaves at once: of visits that see no product, and of those that
            land on a product and go no further.
        load_ms: Median load time by device, ms.
        load_sigma: Standard deviation of log load time.
        bounce_load: Rise of the log odds to bounce rather than stay without an order, per
            unit of log load time.
        content_weekend: Weight of visits to content at weekends against working days.
        search_weekday: Weight of visits from search on working days against weekends.
        evening: Share of visits to content moved into the evening, 18:30 to 23:00.
        pay_window_s: Longest time from order to payment that belongs to the visit, seconds.
    """

    view: tuple[float, ...] = (0.62, 0.60, 0.66)
    checkout: tuple[float, ...] = (0.44, 0.42, 0.38)
    order: tuple[float, ...] = (0.68, 0.70, 0.76)
    view_channel: float = 0.4
    category_cvr: tuple[tuple[str, float], ...] = (
        ("Apparel", 0.034),
        ("Beauty", 0.042),
        ("Food", 0.068),
        ("Mother & Baby", 0.048),
        ("Home", 0.034),
        ("Small Appliances", 0.026),
        ("Digital Accessories", 0.021),
        ("Pet Supplies", 0.052),
        ("Health", 0.038),
        ("Sports & Outdoor", 0.030),
    )
    other_cvr: float = 0.040
    earlier: float = 0.8
    earlier_days: float = 3.0
    earlier_depth: tuple[float, ...] = (0.22, 0.50, 0.21, 0.07)
    known: float = 0.10
    again: float = 0.28
    again_days: float = 5.0
    logged_in: float = 0.7
    bounce: tuple[float, float] = (0.70, 0.62)
    load_ms: tuple[float, ...] = (1450.0, 1350.0, 980.0)
    load_sigma: float = 0.45
    bounce_load: float = 0.5
    content_weekend: float = 1.12
    search_weekday: float = 1.05
    evening: float = 0.25
    pay_window_s: int = 7200

    def cvr(self, plan: Plan) -> Floats:
        """Planned orders per visit that sees the product, in the order of the plan."""
        named = dict(self.category_cvr)
        return np.array([named.get(c.name, self.other_cvr) for c in plan.categories])


@dataclass(frozen=True)
class Steps:
    """Planned steps by day and device, and visits by channel and deepest step.

    Args:
        rates: Step probabilities: days, devices, steps (view, cart, checkout, order).
        order: Chance of an order: days, devices.
        without: Visits without an order per visit: days, devices, channels, depths.
        channel: Share of visits by channel: days, channels.
    """

    rates: Floats
    order: Floats
    without: Floats
    channel: Floats


def conversion(plan: Plan, clock: Clock) -> Floats:
    """Planned orders per visit by day, for the average device, without incidents."""
    since = np.arange(clock.days) / 365.25
    growth = np.exp(plan.conversion_growth * since)
    return np.asarray(plan.conversion * growth * clock.festival**plan.conversion_festival)


def plan_steps(
    plan: Plan,
    clock: Clock,
    funnel: Funnel,
    orders: Ints,
    channel: Ints,
    left: Floats,
    presence: Floats,
) -> Steps:
    """Chances of all steps; incidents and other losses are included.

    Args:
        plan: Conversion, channels and devices.
        clock: The period.
        funnel: What is planted.
        orders: Second at which each order was placed.
        channel: Channel of each order.
        left: What losses leave of each step, one row per day, one column per step.
        presence: How much of each channel is there by day; one row per channel.
    """
    device = np.array([d.conversion for d in plan.devices])
    wanted = conversion(plan, clock)[:, None] * device
    view, checkout, order = (
        np.broadcast_to(np.array(rate), wanted.shape)
        for rate in (funnel.view, funnel.checkout, funnel.order)
    )
    cart = np.minimum(wanted / (view * checkout * order), 0.8)
    rates = np.stack([view, cart, checkout, order], axis=2) * left[:, None, :]
    for incident in incidents(plan, clock):
        days = slice(incident.first, incident.last + 1)
        rates[days, incident.device, STEPS.index(incident.step)] *= incident.factor
    reach = np.cumprod(rates, axis=2)
    share = _channel_share(plan, clock, funnel, orders // DAY, channel, presence)
    gain = np.array([c.conversion for c in plan.channels])
    # Scaled so that all channels together take exactly the steps of the device.
    soft = gain**funnel.view_channel
    by_view = soft / (share @ soft)[:, None]
    by_order = gain / (share @ gain)[:, None]
    seen = reach[:, :, None, 0] * by_view[:, None, :]
    later = reach[:, :, None, 1:] * by_order[:, None, :, None]
    whole = np.ones_like(seen)[..., None]
    passed = np.concatenate([whole, seen[..., None], later], axis=3)
    without = -np.diff(passed, axis=3) * share[:, None, :, None]
    return Steps(rates, reach[:, :, -1].astype(np.float64), np.maximum(without, 0.0), share)


def _channel_share(
    plan: Plan, clock: Clock, funnel: Funnel, day: Ints, channel: Ints, presence: Floats
) -> Floats:
    """Share of visits by channel: that of orders over how well the channel converts."""
    weight = channel_weights(plan, clock, presence)
    # Planned by day, and over the whole period what the orders really were.
    orders = np.bincount(channel, minlength=weight.shape[1])
    planned = np.bincount(day, minlength=clock.days) @ weight
    weight = weight * (orders + 1.0) / (planned + 1.0)
    weight = weight / np.array([c.conversion for c in plan.channels])
    classes = [c.source_class for c in plan.channels]
    weekend = (clock.weekday >= 5)[:, None]
    content = np.array([c == "content" for c in classes])
    search = np.array([c == "search" for c in classes])
    weight = weight * np.where(weekend & content, funnel.content_weekend, 1.0)
    weight = weight * np.where(~weekend & search, funnel.search_weekday, 1.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float64)
