"""Everything that was simulated, before it is put into tables."""

from dataclasses import dataclass

from opsbook.demo.clock import Clock
from opsbook.demo.customers import People
from opsbook.demo.demand import Demand
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.fraud import Rings
from opsbook.demo.lifecycles import Lives
from opsbook.demo.lines import Lines, Pairs
from opsbook.demo.marketing.campaigns import Campaign
from opsbook.demo.marketing.media import Media, MediaPlan
from opsbook.demo.orders import Orders
from opsbook.demo.plan import Plan
from opsbook.demo.prices import Prices
from opsbook.demo.products import Range
from opsbook.demo.returns import Returns
from opsbook.demo.setting import Setting
from opsbook.demo.stock import Stock, SupplyPlan

__all__ = ["Business", "Losses"]


@dataclass(frozen=True)
class Losses:
    """Orders that were wanted and did not come about, by day.

    Args:
        incident: Lost to broken pages.
        capacity: Lost because the shop could not take so many in a day.
        stock: Lost because nothing of them was in stock.
    """

    incident: Ints
    capacity: Ints
    stock: Ints


@dataclass(frozen=True)
class Business:
    """A simulated shop.

    Args:
        setting: Planted parameters.
        seed: Seed of all streams.
        wanted: Orders that were asked for.
        events: How much of the clicks is kept: full, sample or none.
        clock: The period.
        range_: Products.
        lives: Their lives.
        prices: Their prices.
        media: Advertising and what it adds.
        campaigns: Campaigns in order of their number.
        demand: Expected lines.
        expected: Expected orders, one row per region, one column per day.
        pace: Speed of each region's clock by day; 1 on an average day.
        pairs: Products planted to be bought together.
        people: Customers.
        rings: Rings of fraudsters.
        orders: Orders that came about.
        lines: Their lines.
        topped_up: Orders to which something was added to reach a threshold.
        returns: What was sent back.
        stock: Warehouses, stock and deliveries.
        losses: Orders that did not come about.
    """

    setting: Setting
    seed: int
    wanted: int
    events: str
    clock: Clock
    range_: Range
    lives: Lives
    prices: Prices
    media: Media
    campaigns: tuple[Campaign, ...]
    demand: Demand
    expected: Floats
    pace: Floats
    pairs: Pairs
    people: People
    rings: Rings
    orders: Orders
    lines: Lines
    topped_up: Ints
    returns: Returns
    stock: Stock
    losses: Losses

    @property
    def plan(self) -> Plan:
        """Parameters of the shop."""
        return self.setting.plan

    @property
    def supply(self) -> SupplyPlan:
        """Parameters of supply."""
        return self.setting.supply

    @property
    def media_plan(self) -> MediaPlan:
        """Parameters of advertising."""
        return self.setting.media

    @property
    def expected_orders(self) -> Floats:
        """Expected orders by day."""
        return self.expected.sum(axis=0)
