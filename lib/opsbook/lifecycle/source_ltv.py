"""The lifetime value formula of the training decks, computed as written, and its limits."""

from dataclasses import dataclass
from datetime import datetime, time

import ibis

from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, t
from opsbook.lifecycle.customer_base import CustomerBase
from opsbook.shop.shop import Shop

__all__ = ["SourceLtv", "source_ltv"]


@dataclass(frozen=True)
class SourceLtv:
    """LTV = average order value x repeat purchases x people brought along (003, chapter 5).

    Args:
        aov: Mean amount of a purchase day, currency.
        repeats: Repeat purchases per customer so far.
        brought: People brought along per customer: invitations that led to an order; None
            where the shop has no referrals.
        customers: Customers counted.
        currency: ISO code.
    """

    aov: float
    repeats: float
    brought: float | None
    customers: int
    currency: str

    @property
    def literal(self) -> float | None:
        """The product as written; 0 for a shop whose customers bring nobody along."""
        return None if self.brought is None else self.aov * self.repeats * self.brought

    @property
    def repaired(self) -> float:
        """The same with the customer himself and the first purchase counted.

        AOV x (1 + repeat purchases) x (1 + people brought along): what the formula seems
        to mean. It is still sales to date: no margin, no horizon, no discount.
        """
        return self.aov * (1 + self.repeats) * (1 + (self.brought or 0.0))

    def words(self) -> str:
        """Both readings and why neither is a value to plan with."""
        factors = t(
            "AOV {aov} x {repeats} repeat purchases x {brought} people brought along",
            aov=money(self.aov, self.currency),
            repeats=count(self.repeats, 2),
            brought="–" if self.brought is None else count(self.brought, 3),
        )
        if self.literal is None:
            text = t(
                "Source formula (003 ch05): {factors}; without referrals it cannot be computed.",
                factors=factors,
            )
        else:
            text = t(
                "Source formula (003 ch05): {factors} = {literal} per customer.",
                factors=factors,
                literal=money(self.literal, self.currency),
            )
        return (
            text
            + " "
            + t(
                "Counting the customer and the first purchase too it is {repaired}. It is sales "
                "and not margin, says nothing of how long it takes, is not discounted, and as "
                "written is zero for a customer who brings nobody along (X11).",
                repaired=money(self.repaired, self.currency),
            )
        )


def source_ltv(shop: Shop, base: CustomerBase) -> SourceLtv:
    """The source's formula on this shop.

    Args:
        shop: ``referrals.converted`` gives the people brought along.
        base: Its customers.

    Raises:
        CannotTell: The shop has no order lines, so no amounts.
    """
    past = base.histories
    purchases = int(past["frequency"].sum()) + len(past)
    gmv = float(past["gmv"].sum())
    if not shop.has("order_lines") or gmv != gmv:
        raise CannotTell(N_("what customers spend is unknown: the shop has no order lines"))
    brought = None
    if shop.has("referrals", "converted"):
        sent = shop.referrals
        led = sent.filter(sent.converted, sent.invite_ts < _midnight(base)).count().execute()
        brought = float(led) / len(past)
    return SourceLtv(
        gmv / purchases,
        float(past["frequency"].mean()),
        brought,
        len(past),
        shop.currency,
    )


def _midnight(base: CustomerBase) -> ibis.Value:
    return ibis.literal(datetime.combine(base.end, time()))
