"""Who delivers to the shop: what suppliers agree to, and what they really do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.products import Range
from opsbook.demo.stock.plan import SupplyPlan

__all__ = ["TIERS", "Suppliers", "find_suppliers"]

TIERS = ("strategic", "core", "ordinary")
_TERMS = np.array([45, 60, 30])
_REBATE = np.array([0.03, 0.02, 0.005])
_LEAD = np.array([[3, 6], [4, 8], [6, 12]])
_RESPONSE = np.array([4.0, 10.0, 26.0])
_NICE = np.array([1, 2, 5])


@dataclass(frozen=True)
class Suppliers:
    """Suppliers, one element each, and the supplier of each product.

    Args:
        of: Supplier of each product.
        category: Category each delivers.
        tier: Index into TIERS.
        terms: Days until an invoice is due.
        rebate: Rebate on purchases, fraction.
        response: Usual hours to answer an urgent request.
        backup_of: Supplier it can stand in for, -1 for none.
        after_sales: After-sales score, 0 to 1.
        moq: Smallest order, pieces over all products of a day.
        lead: Agreed lead time, days.
        returns: Takes unsold goods back.
        guarantee: Guarantees stock for promotions.
        turn: Day of the review round on which its products are reviewed.
        mean: Mean of the lead time before rounding to days, at least 1.
        sd: Standard deviation of it.
        pass_rate: Share of pieces that pass inspection.
        price_growth: Log growth of its prices per year.
        worse: The supplier that deteriorates.
        worse_day: Orders placed from this day on are worse.
        worse_lead: Factor on his mean lead time.
        worse_spread: Factor on its standard deviation.
        worse_pass: Loss of his pass rate.
    """

    of: Ints
    category: Ints
    tier: Ints
    terms: Ints
    rebate: Floats
    response: Floats
    backup_of: Ints
    after_sales: Floats
    moq: Ints
    lead: Ints
    returns: NDArray[np.bool_]
    guarantee: NDArray[np.bool_]
    turn: Ints
    mean: Floats
    sd: Floats
    pass_rate: Floats
    price_growth: Floats
    worse: int
    worse_day: int
    worse_lead: float
    worse_spread: float
    worse_pass: float

    def __len__(self) -> int:
        return len(self.tier)

    def lead_times(self, rng: np.random.Generator, supplier: Ints, day: int) -> Ints:
        """Actual lead times of orders placed on a day: gamma, rounded to days, at least 1."""
        bad = (supplier == self.worse) & (day >= self.worse_day)
        mean = self.mean[supplier] * np.where(bad, self.worse_lead, 1.0)
        sd = self.sd[supplier] * np.where(bad, self.worse_spread, 1.0)
        drawn = rng.gamma((mean / sd) ** 2, sd**2 / mean)
        return np.maximum(np.rint(drawn), 1).astype(np.int64)

    def passing(self, supplier: Ints, day: int) -> Floats:
        """Pass rate of goods ordered on a day."""
        bad = (supplier == self.worse) & (day >= self.worse_day)
        return np.asarray(self.pass_rate[supplier] - np.where(bad, self.worse_pass, 0.0))


def find_suppliers(
    rng: np.random.Generator, supply: SupplyPlan, clock: Clock, range_: Range, demand: Floats
) -> Suppliers:
    """Draw the suppliers and deal the brands of each category out to them.

    Args:
        rng: Source of randomness.
        supply: Their number and the range of what they do.
        clock: The period.
        range_: The products.
        demand: Expected pieces per day, by product.
    """
    of, category = _deal(range_, demand, supply.suppliers)
    count = len(category)
    volume = np.bincount(of, weights=demand, minlength=count).astype(np.float64)
    rank = np.empty(count, np.int64)
    rank[np.argsort(-volume, kind="stable")] = np.arange(count)
    tier = np.searchsorted([count / 6, count / 2], rank + 0.5)
    lead = rng.integers(_LEAD[tier, 0], _LEAD[tier, 1] + 1)
    mean = np.maximum(lead * rng.uniform(*supply.lead_bias, count), 1.5)
    served = np.clip(rng.normal(0.92 - 0.06 * tier, 0.05), 0.5, 0.99).astype(np.float64)
    core = np.flatnonzero(tier == 1) if (tier == 1).any() else np.arange(count)
    return Suppliers(
        of=of,
        category=category,
        tier=tier.astype(np.int64),
        terms=_TERMS[tier],
        rebate=_REBATE[tier],
        response=np.round(_RESPONSE[tier] * rng.lognormal(0.0, 0.3, count), 1),
        backup_of=_backups(rng, category),
        after_sales=np.asarray(served.round(2), np.float64),
        moq=_nice(supply.moq_days * volume),
        lead=lead.astype(np.int64),
        returns=rng.random(count) < np.array([0.9, 0.6, 0.25])[tier],
        guarantee=rng.random(count) < np.array([0.95, 0.5, 0.1])[tier],
        turn=np.arange(count) % supply.review_days,
        mean=mean,
        sd=mean * rng.uniform(*supply.lead_cv, count),
        pass_rate=rng.uniform(*supply.pass_rate, count),
        price_growth=rng.normal(0.01, supply.price_growth, count),
        worse=int(core[np.argmax(volume[core])]),
        worse_day=int(supply.worse_from * clock.days),
        worse_lead=supply.worse_lead,
        worse_spread=supply.worse_spread,
        worse_pass=supply.worse_pass,
    )


def _deal(range_: Range, demand: Floats, count: int) -> tuple[Ints, Ints]:
    """Supplier of each product and category of each supplier; a brand has one supplier."""
    categories = int(range_.category.max()) + 1
    volume = np.bincount(range_.category, weights=demand, minlength=categories)
    each = np.ones(categories, np.int64)
    # One after the other to the category that has most demand per supplier.
    for _ in range(count - categories):
        each[np.argmax(volume / each)] += 1
    start = np.concatenate([[0], np.cumsum(each)[:-1]])
    _, brand = np.unique(np.asarray(range_.brand), return_inverse=True)
    sales = np.bincount(brand, weights=demand)
    place = np.empty(len(sales), np.int64)
    place[np.argsort(-sales, kind="stable")] = np.arange(len(sales))
    # Rank of the brand within its category decides its supplier.
    home = np.zeros(len(sales), np.int64)
    home[brand] = range_.category
    turn = np.empty(len(sales), np.int64)
    for category in range(categories):
        own = np.flatnonzero(home == category)
        turn[own[np.argsort(place[own])]] = np.arange(len(own))
    of = start[range_.category] + turn[brand] % each[range_.category]
    return of.astype(np.int64), np.repeat(np.arange(categories), each)


def _backups(rng: np.random.Generator, category: Ints) -> Ints:
    """The next supplier of a category stands in for the one before it, but not everywhere."""
    backup = np.where(np.diff(category, prepend=-1) == 0, np.arange(len(category)) - 1, -1)
    return np.where(rng.random(len(category)) < 0.75, backup, -1).astype(np.int64)


def _nice(pieces: Floats) -> Ints:
    """Round to 1, 2 or 5 times a power of ten, at least 1."""
    pieces = np.maximum(pieces, 1.0)
    power = 10.0 ** np.floor(np.log10(pieces))
    step = _NICE[np.searchsorted([1.5, 3.5], pieces / power)]
    return np.rint(step * power).astype(np.int64)
