"""What customers have spent, net of refunds, and the membership tier that it earns.

Spend is what the order lines of kept orders cost, without freight, booked at payment;
a refund is deducted on the day it is paid. A tier looks back over the last 365 days.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Ints

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["TIERS", "Payments", "TierPlan", "order_cents", "payments", "tier_of"]

TIERS = ("silver", "gold", "diamond", "black")
_YEAR = 365 * DAY


@dataclass(frozen=True)
class TierPlan:
    """Membership tiers: easy to enter, scarce at the top.

    Args:
        thresholds: Least spend of the last 365 days for each tier, CNY; everyone who
            registers is silver, black takes more than 50,000.
        multipliers: Points per CNY paid, by tier.
    """

    thresholds: tuple[float, ...] = (0.0, 500.0, 2_000.0, 50_000.0)
    multipliers: tuple[float, ...] = (1.0, 1.2, 1.5, 2.0)


@dataclass(frozen=True)
class Payments:
    """Payments and refunds, sorted by customer and time.

    Args:
        key: Customer and second in one rising number.
        total: Cents paid less cents paid back before each of them, and after the last.
    """

    key: Ints
    total: Ints

    def of(self, low: int, high: int) -> "Payments":
        """Those of the customers from the first to the second, which is left out."""
        start, end = np.searchsorted(self.key, [low * 2**31, high * 2**31])
        return Payments(self.key[start:end], self.total[start : end + 1])

    def in_year_before(self, customer: Ints, second: Ints) -> Ints:
        """Cents spent, net of refunds, in the 365 days before a point in time."""
        end = np.searchsorted(self.key, _key(customer, second))
        # A payment exactly 365 days old no longer counts.
        start = np.searchsorted(self.key, _key(customer, np.maximum(second - _YEAR + 1, 0)))
        return np.asarray(self.total[end] - self.total[start], np.int64)


def _key(customer: Ints, second: Ints) -> Ints:
    return np.asarray(customer * 2**31 + second, np.int64)


def order_cents(b: "Business") -> Ints:
    """What the lines of each order cost after every discount, in cents."""
    total = np.bincount(b.lines.order, b.lines.amount, minlength=len(b.orders))
    return np.rint(total * 100).astype(np.int64)


def payments(b: "Business", cents: Ints) -> Payments:
    """All payments of kept orders and all refunds within the period.

    Args:
        b: The shop.
        cents: Amount of each order in cents.
    """
    o, r = b.orders, b.returns
    paid = np.flatnonzero(o.kept & (o.paid >= 0) & (o.paid < b.clock.seconds))
    back = np.flatnonzero((r.refund >= 0) & (r.refund < b.clock.seconds))
    key = np.concatenate(
        [_key(o.customer[paid], o.paid[paid]), _key(o.customer[r.order[back]], r.refund[back])]
    )
    refunded = np.rint(r.amount[back] * 100).astype(np.int64)
    amount = np.concatenate([cents[paid], -refunded])
    line = np.argsort(key, kind="stable")
    return Payments(key[line], np.concatenate([[0], np.cumsum(amount[line])]))


def tier_of(plan: TierPlan, cents: Ints) -> Ints:
    """Index into TIERS by the spend of the last 365 days, in cents."""
    steps = np.array([round(t * 100) for t in plan.thresholds[1:]])
    # Black is for more than 50,000; the other tiers begin at their threshold.
    tier = np.searchsorted(steps, cents, side="right")
    return np.where(cents == steps[-1], len(steps) - 1, tier).astype(np.int64)
