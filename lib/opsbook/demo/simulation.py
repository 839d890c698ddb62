"""The demo shop from beginning to end: plan, simulate, write."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.baskets import Baskets, fill_baskets
from opsbook.demo.clock import Clock
from opsbook.demo.customers import People, gather
from opsbook.demo.demand import Demand, draw_lines, expect
from opsbook.demo.draw import Floats, Ints, choose, stream
from opsbook.demo.festivals import DAYS
from opsbook.demo.lifecycles import Lives, live
from opsbook.demo.orders import Orders, place
from opsbook.demo.plan import Plan
from opsbook.demo.prices import Prices, set_prices
from opsbook.demo.products import Range, make_range
from opsbook.demo.returns import Returns, send_back
from opsbook.demo.sessions import Sessions, visit
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["END", "VERSION", "Business", "run", "simulate"]

VERSION = "1"
"""Raised with every change that changes a row; an older demo shop is then built anew."""
END = date(2026, 10, 31)
"""Last day of the demo shop unless another is asked for."""


@dataclass(frozen=True)
class Business:
    """Everything that was simulated, before it is put into tables."""

    plan: Plan
    seed: int
    wanted: int
    clock: Clock
    range_: Range
    lives: Lives
    prices: Prices
    demand: Demand
    expected_orders: Floats
    baskets: Baskets
    people: People
    orders: Orders
    sessions: Sessions
    returns: Returns
    refunded: NDArray[np.bool_]
    idle_channel: Ints


def run(plan: Plan, *, orders: int, days: int, seed: int, end: date) -> Business:
    """Simulate in causal order: range, prices, demand, baskets, customers, visits, returns.

    Args:
        plan: Planted parameters.
        orders: Orders to expect over the whole period.
        days: Length of the period.
        seed: Seed of all streams.
        end: Last day.
    """
    clock = Clock(end - timedelta(days=days - 1), days)
    range_ = make_range(stream(seed, "products"), plan, plan.products(orders))
    lives = live(stream(seed, "lives"), len(range_), clock.weeks, plan.new_weeks)
    prices = set_prices(stream(seed, "prices"), plan, clock, range_)
    demand = expect(stream(seed, "shocks"), plan, clock, range_, lives, prices, orders)
    lines = draw_lines(stream(seed, "lines"), plan, clock, range_, demand)
    baskets = fill_baskets(stream(seed, "baskets"), plan, clock, lines, prices.paid)
    people = gather(stream(seed, "customers"), plan, clock, baskets)
    placed = place(stream(seed, "orders"), plan, clock, baskets, people)
    expected = _expected_orders(plan, clock, range_, demand)
    sessions = visit(stream(seed, "sessions"), plan, clock, placed, people, expected)
    returns, refunded = send_back(stream(seed, "returns"), plan, clock, range_, baskets, placed)
    share = np.array([c.share for c in plan.channels])
    idle = choose(stream(seed, "idle"), share, len(people))
    return Business(
        *(plan, seed, orders, clock, range_, lives, prices, demand, expected),
        *(baskets, people, placed, sessions, returns, refunded, idle),
    )


def _expected_orders(plan: Plan, clock: Clock, range_: Range, demand: Demand) -> Floats:
    by_category = np.zeros((len(plan.categories), clock.weeks))
    np.add.at(by_category, range_.category, demand.weekly)
    expected = (by_category[:, clock.week] * demand.daily).sum(axis=0)
    return np.asarray(expected / plan.lines_per_order)


def simulate(
    folder: str | Path,
    *,
    orders: int = 40_000,
    days: int = 730,
    seed: int = 1,
    end: date = END,
) -> Path:
    """Simulate a shop and write it: one Parquet file per table, ``shop.toml``, the truth.

    The folder appears when it is complete; a demo shop that is already there is replaced.

    Args:
        folder: Where to write.
        orders: Orders to expect, at least 500; chance makes it a few more or less.
        days: Length of the period, at least 60.
        seed: The same seed gives the same rows.
        end: Last day; the period has to lie between 2023 and 2028.

    Returns:
        The folder.

    Raises:
        ParameterError: A number is out of bounds, or the folder holds something else.
    """
    from opsbook.demo.tables import shop_tables
    from opsbook.demo.truth import truth_summary, truth_tables
    from opsbook.demo.write import write_shop

    for name, value, least in (("orders", orders, 500), ("days", days, 60), ("seed", seed, 0)):
        if value < least:
            raise ParameterError(
                N_("{name} {value} is too small; at least {least}"),
                name=name,
                value=value,
                least=least,
            )
    first = end - timedelta(days=days - 1)
    if first < DAYS[0] or end > DAYS[1]:
        raise ParameterError(
            N_(
                "the period {first} to {last} is outside {low} to {high}, where festivals are known"
            ),
            first=first,
            last=end,
            low=DAYS[0],
            high=DAYS[1],
        )
    business = run(Plan(), orders=orders, days=days, seed=seed, end=end)
    return write_shop(
        Path(folder),
        shop_tables(business),
        truth_tables(business),
        truth_summary(business, VERSION),
    )
