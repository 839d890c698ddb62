"""What the shop's membership knows of a customer: tier, paid card, referrer, job, consent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Floats, Ints, choose_by_group, stream
from opsbook.demo.loyalty.spend import TIERS, TierPlan, order_cents, payments, tier_of

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["OCCUPATIONS", "MemberPlan", "customer_columns", "final_tier", "paid_until"]

OCCUPATIONS = (
    *("office worker", "student", "service worker", "factory worker"),
    *("freelancer", "shop owner", "public servant", "homemaker", "retired"),
)
_BY_AGE = np.array(
    [
        [0.26, 0.42, 0.12, 0.08, 0.07, 0.02, 0.02, 0.01, 0.00],
        [0.42, 0.05, 0.14, 0.11, 0.09, 0.06, 0.07, 0.06, 0.00],
        [0.36, 0.01, 0.13, 0.13, 0.07, 0.11, 0.10, 0.09, 0.00],
        [0.25, 0.00, 0.14, 0.15, 0.06, 0.13, 0.10, 0.12, 0.05],
        [0.06, 0.00, 0.06, 0.06, 0.03, 0.07, 0.03, 0.12, 0.57],
    ]
)
"""Chance of each occupation by age band."""


@dataclass(frozen=True)
class MemberPlan:
    """Planted shares of members.

    Args:
        paid: Share of customers who hold a paid membership at the end.
        lapsed: Share of customers whose paid membership has run out.
        term_days: Length of a paid membership: the season card and the year card.
        year_card: Share of year cards among paid memberships.
        consent: Share of customers who allow use of their data.
        unknown_job: Share of customers who do not state their occupation.
    """

    paid: float = 0.06
    lapsed: float = 0.03
    term_days: tuple[int, int] = (90, 365)
    year_card: float = 0.7
    consent: float = 0.80
    unknown_job: float = 0.30


def customer_columns(b: "Business") -> dict[str, pa.Array]:
    """Columns of the customers table that come from membership, one row per customer.

    Args:
        b: The shop.

    Returns:
        occupation, tier, paid_until_date, referrer_id, consent.
    """
    plan, size = MemberPlan(), len(b.people)
    rng = stream(b.seed, "membership")
    job = choose_by_group(rng, _BY_AGE, b.people.age)
    job = np.where(rng.random(size) < plan.unknown_job, -1, job)
    until = paid_until(b, plan)
    none = until == _NONE
    return {
        "occupation": words(job, OCCUPATIONS),
        "tier": words(final_tier(b), TIERS),
        "paid_until_date": pa.array(b.clock.dates(np.where(none, 0, until)), mask=none),
        "referrer_id": numbered("C", np.where(b.people.referrer < 0, -1, b.people.referrer + 1), 7),
        "consent": pa.array(stream(b.seed, "consent").random(size) < plan.consent),
    }


def final_tier(b: "Business") -> Ints:
    """Index into TIERS of each customer at the end of the period."""
    spent = payments(b, order_cents(b))
    everyone = np.arange(len(b.people))
    end = np.full(len(everyone), b.clock.seconds)
    return tier_of(TierPlan(), spent.in_year_before(everyone, end))


_NONE = -(2**31)


def paid_until(b: "Business", plan: MemberPlan) -> Ints:
    """Last day of the paid membership of each customer, a far-off past day if there is none.

    Who orders more is more likely to hold a card; what runs has been bought within its term
    and after registration.
    """
    size, last = len(b.people), b.clock.days - 1
    rng = stream(b.seed, "paid membership")
    orders = np.bincount(b.orders.customer[b.orders.kept], minlength=size)
    pull = 0.3 + np.minimum(orders, 12)
    luck, which = rng.random(size), rng.random(size)
    holds = luck < plan.paid * pull / max(float(pull.mean()), 1e-9)
    lapsed = ~holds & (rng.random(size) < plan.lapsed)
    term = np.where(which < plan.year_card, plan.term_days[1], plan.term_days[0])
    present = np.maximum(last - np.maximum(b.people.signup, 0), 0)
    bought = _within(rng, np.minimum(term - 1, present))
    running = last - bought + term - 1
    gone = last - 1 - _within(rng, np.maximum(present - term, 0))
    lapsed &= present > term
    return np.where(holds, running, np.where(lapsed, gone, _NONE)).astype(np.int64)


def _within(rng: np.random.Generator, days: Ints) -> Ints:
    share: Floats = rng.random(len(days))
    return (share * (days + 1)).astype(np.int64)
