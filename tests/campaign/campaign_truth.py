"""What the demo shop was expected to sell with an event and without it: the answer key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from unittest.mock import patch

import numpy as np

from opsbook.demo import festivals as festival_module
from opsbook.demo.clock import Clock
from opsbook.demo.demand import expect, halo_effect, shocks
from opsbook.demo.draw import stream
from opsbook.demo.lifecycles import live
from opsbook.demo.marketing.campaigns import campaign_effect, plan_campaigns
from opsbook.demo.marketing.media import plan_media
from opsbook.demo.prices import set_prices
from opsbook.demo.products import make_range
from opsbook.demo.setting import Setting

END = date(2026, 10, 31)
SOLD = 0.95
"""Share of orders that are paid and not cancelled: 2 % never paid, 3 % cancelled."""
_KNOWN = festival_module.festivals


@contextmanager
def without(name: str, year: int) -> Iterator[None]:
    """A world in which one festival has no effect, no price cut and no advertising of its own.

    The festival stays in its place, so that every other draw is the same.
    """

    def changed(first: date, last: date) -> tuple[festival_module.Festival, ...]:
        return tuple(
            replace(
                f,
                phases=tuple(replace(p, effect=1.0) for p in f.phases),
                depth=(0.0, 0.0) if f.depth else None,
            )
            if f.name == name and f.anchor.year == year
            else f
            for f in _KNOWN(first, last)
        )

    with (
        patch("opsbook.demo.festivals.festivals", changed),
        patch("opsbook.demo.prices.festivals", changed),
        patch("opsbook.demo.marketing.campaigns.festivals", changed),
    ):
        yield


def _lines(seed: int, orders: int, days: int, campaigns_of: Clock | None = None) -> np.ndarray:
    """Expected lines by category and day, and the scale they were drawn to."""
    setting = Setting()
    plan = setting.plan
    clock = Clock(END - timedelta(days=days - 1), days)
    range_ = make_range(stream(seed, "products"), plan, plan.products(orders))
    lives = live(stream(seed, "lives"), len(range_), clock.weeks, plan.new_weeks)
    shock = shocks(stream(seed, "shocks"), plan, range_, clock.weeks)
    prices = set_prices(stream(seed, "prices"), plan, clock, range_, shock)
    media = plan_media(stream(seed, "media"), plan, setting.media, clock, orders)
    campaigns = plan_campaigns(plan, clock)
    extra = campaign_effect(plan, clock, campaigns) * halo_effect(plan, clock, campaigns)
    extra = extra * (1 + media.lift.sum(axis=0))
    demand = expect(plan, clock, range_, lives, prices, shock, extra, orders, days)
    by_category = np.zeros((len(plan.categories), clock.weeks))
    np.add.at(by_category, range_.category, demand.weekly * shock)
    plain = np.zeros_like(by_category)
    np.add.at(plain, range_.category, demand.weekly)
    return np.stack(
        [by_category[:, clock.week] * demand.daily, plain[:, clock.week] * demand.daily]
    )


@cache
def expected(seed: int, name: str, year: int, orders: int = 40_000, days: int = 730) -> tuple[
    np.ndarray, np.ndarray
]:  # fmt: skip
    """Expected paid orders by category and day, with the festival and without it.

    Returns:
        Both with the same scale: the days on which the festival changes nothing are equal.
    """
    per = SOLD / Setting().plan.lines_per_order
    with_it = _lines(seed, orders, days)[1] * per
    with without(name, year):
        bare = _lines(seed, orders, days)[1] * per
    # The simulator scales every shop to the orders asked for: the day of which both worlds
    # agree on everything but that scale is the first one (or the last).
    quiet = 30 if abs(with_it[:, 30] / bare[:, 30]).std() < 1e-9 else -30
    return with_it, bare * float(with_it[:, quiet].sum() / bare[:, quiet].sum())
