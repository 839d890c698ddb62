"""Whom to win back with which offer, so that a budget brings the most additional margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.purchases import NEEDS, Guests, guests
from opsbook.lifecycle.winback_assumptions import ACTIONS, CLASSES, Assumptions
from opsbook.lifecycle.winback_base import Dormant, dormant_customers
from opsbook.lifecycle.winback_choice import budget_curve, choose
from opsbook.lifecycle.winback_uplift import Uplift, contact_uplift
from opsbook.lifecycle.winback_worth import (
    chosen_customers,
    lifts_by_dormancy,
    offers_worth,
    segments_of,
)
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["ACTIONS", "CLASSES", "Assumptions", "Plan", "winback"]


@dataclass(frozen=True)
class Plan:
    """Who is contacted, with what, and what it should bring.

    Args:
        end: Day after the last one known.
        budget: Most the plan may cost, money; infinite without a limit.
        bounds: Days of silence from which dormancy is short, mid, long.
        customers: One row per customer chosen, most gain first: ``customer_id, dormancy,
            silent_days, high_value, action, channel, arm`` (``contact``, or ``hold out`` by
            lot), ``returns`` (chance to order unasked), ``asked`` (the same when
            contacted), ``margin`` (of an order), ``cost`` (expected), ``cap`` (most it may
            cost), ``gain`` (expected additional margin after cost).
        segments: One row per dormancy and value: ``dormancy, high_value, dormant,
            reachable, contacted, held_out, cost, gain, returns, asked, action`` (the most
            frequent).
        lifts: One row per dormancy: ``dormancy, lift, low, high, source`` (``measured``
            against a holdout or ``assumed``), ``journey``.
        uplifts: What earlier journeys did; empty where the shop records no contacts.
        curve: ``budget_curve`` of all reachable customers.
        dormant: The customers and the returns the plan rests on.
        assumed: The assumptions.
        worth: ``margin`` (from unit costs) or ``assumed`` (share of sales).
        nobody: Orders without a customer.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    budget: float
    bounds: tuple[int, int, int]
    customers: pd.DataFrame
    segments: pd.DataFrame
    lifts: pd.DataFrame
    uplifts: tuple[Uplift, ...]
    curve: pd.DataFrame
    dormant: Dormant
    assumed: Assumptions
    worth: str
    nobody: Guests
    currency: str
    shop: str

    @property
    def contacted(self) -> pd.DataFrame:
        """Customers to contact, without those held out."""
        return self.customers[self.customers["arm"] == "contact"]

    @property
    def cost(self) -> float:
        """Expected cost, money."""
        return float(self.contacted["cost"].sum())

    @property
    def gain(self) -> float:
        """Expected additional margin after cost, money."""
        return float(self.contacted["gain"].sum())

    @property
    def anyway(self) -> float:
        """Share of the orders of contacted customers that would have come unasked."""
        asked = float(self.contacted["asked"].sum())
        return float(self.contacted["returns"].sum()) / asked if asked else 0.0

    @property
    def measured_share(self) -> float:
        """Share of the gain that rests on a measured lift; the rest is assumed."""
        source = self.lifts.set_index("dormancy")["source"]
        rows = self.contacted
        known = (rows["dormancy"].map(source) == "measured") & (rows["action"] == "message")
        return float(rows.loc[known, "gain"].sum()) / self.gain if self.gain else 0.0

    def gain_between(self) -> tuple[float, float]:
        """Gain if the measured lifts were at the lower or the upper end of their interval."""
        rows = self.contacted.merge(self.lifts, on="dormancy", how="left")
        ends = []
        for name in ("low", "high"):
            move = (rows[name] - rows["lift"]).where(rows["source"] == "measured", 0.0)
            ends.append(float((rows["gain"] + move * rows["returns"] * rows["margin"]).sum()))
        return ends[0], ends[1]


@shared
def winback(
    shop: Shop,
    *,
    budget: float = float("inf"),
    end: date | None = None,
    bounds: tuple[int, int, int] = (30, 60, 90),
    window_days: int = 14,
    rest_days: int = 14,
    holdout_share: float = 0.1,
    actions: Sequence[str] = ACTIONS,
    assumed: Assumptions | None = None,
    level: float = 0.95,
) -> Plan:
    """Choose customers and offers for the most additional margin within a budget.

    A contact is worth (chance to order when contacted - chance unasked) x margin - cost,
    where a voucher also costs for those who would have come anyway. The chance unasked is
    observed, the effect of a message is measured where a journey held customers out by
    lot, and assumed elsewhere; vouchers and calls are always assumed.

    Args:
        shop: Needs ``orders.customer_id``; contacts, costs and consent are used where
            they are there.
        budget: Most the plan may cost, money, 0 or more.
        end: Day after the last one known; after the data's last day unless given.
        bounds: Days of silence from which dormancy is short, mid, long; rising.
        window_days: Days after a contact in which an order counts, 1 to 90.
        rest_days: Days in which a customer contacted before is left alone.
        holdout_share: Share of those chosen who are left out by lot, 0 to 0.5, so that the
            next plan can be measured.
        actions: Which of ``ACTIONS`` may be used.
        assumed: What is taken as given.
        level: Confidence of measured lifts.

    Raises:
        CannotTell: Orders name no customer, nobody is dormant, or the history is too short.
        ParameterError: A parameter lies outside its bounds.
    """
    given = assumed or Assumptions()
    _check(budget, bounds, holdout_share, actions)
    shop.require(NEEDS)
    span = data_days(shop)
    end = end or span.end
    uplifts: tuple[Uplift, ...] = ()
    try:
        uplifts = tuple(contact_uplift(shop, end=end, window_days=window_days, level=level))
    except CannotTell:
        # Without contacts on record every effect is an assumption, and the plan says so.
        uplifts = ()
    dormant = dormant_customers(
        shop, end, span.start, bounds=bounds, window_days=window_days, rest_days=rest_days
    )
    lifts = lifts_by_dormancy(uplifts, bounds, given)
    frame = dormant.customers.copy()
    worth = "margin" if frame["margin"].notna().any() else "assumed"
    if worth == "assumed":
        frame["margin"] = frame["amount"] * given.margin
    frame = frame[frame["reachable"]].reset_index(drop=True)
    asked, gain, cost, cap = offers_worth(frame, lifts, given, actions)
    chosen = choose(gain, cost, budget) if len(frame) else np.zeros(0, np.int64)
    customers = chosen_customers(frame, chosen, asked, gain, cost, cap, actions, holdout_share, end)
    return Plan(
        end=end,
        budget=budget,
        bounds=bounds,
        customers=customers,
        segments=segments_of(dormant.customers, customers),
        lifts=lifts,
        uplifts=uplifts,
        curve=budget_curve(gain, cost),
        dormant=dormant,
        assumed=given,
        worth=worth,
        nobody=guests(shop, end),
        currency=shop.currency,
        shop=shop.title,
    )


def _check(
    budget: float, bounds: tuple[int, int, int], holdout: float, actions: Sequence[str]
) -> None:
    if not budget >= 0:
        raise ParameterError(N_("budget {value} is below 0; use 0 or more"), value=budget)
    if not 0 < bounds[0] < bounds[1] < bounds[2]:
        raise ParameterError(
            N_("bounds {value} must be three rising numbers of days, such as (30, 60, 90)"),
            value=bounds,
        )
    if not 0 <= holdout <= 0.5:
        raise ParameterError(
            N_("holdout_share {value} is out of bounds; use 0 to 0.5"), value=holdout
        )
    unknown = [a for a in actions if a not in ACTIONS]
    if unknown or not actions:
        raise ParameterError(
            N_("actions {value} are not known; use message, voucher, call"),
            value=", ".join(unknown) or "-",
        )
