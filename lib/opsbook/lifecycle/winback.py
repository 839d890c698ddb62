"""Whom to win back with which offer, so that a budget brings the most additional margin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.purchases import NEEDS, Guests, guests
from opsbook.lifecycle.winback_base import Dormant, dormant_customers
from opsbook.lifecycle.winback_choice import NOTHING, budget_curve, choose
from opsbook.lifecycle.winback_uplift import Uplift, contact_uplift
from opsbook.shop.periods import data_days
from opsbook.shop.shop import Shop

__all__ = ["ACTIONS", "CLASSES", "Assumptions", "Plan", "winback"]

CLASSES = ("short", "mid", "long")
ACTIONS = ("message", "voucher", "call")
"""A message; a message with a voucher; a call with a voucher."""


@dataclass(frozen=True)
class Assumptions:
    """What the plan takes as given where the shop has not measured it.

    Args:
        lift: Orders of customers sent a message per order of those left alone, minus 1, by
            dormancy; used only where no holdout has measured it.
        voucher_lift: What a voucher adds to that.
        call_lift: What a call adds to that beyond the voucher.
        voucher_share: Voucher as a share of the customer's usual order, 0 to 1.
        message_cost: Cost of a message, money.
        call_cost: Cost of a call, money.
        cap_share: Normal cost cap of a customer won back, as a share of the usual order of
            all dormant customers.
        high_value_caps: Cap of a high-value customer as a multiple of the normal one.
        margin: Margin as a share of sales, where lines have no cost.

    Raises:
        ParameterError: A value lies outside its bounds.
    """

    lift: Mapping[str, float] = field(
        default_factory=lambda: {"short": 0.1, "mid": 0.1, "long": 0.1}
    )
    voucher_lift: float = 0.2
    call_lift: float = 0.2
    voucher_share: float = 0.08
    message_cost: float = 0.05
    call_cost: float = 1.5
    cap_share: float = 0.06
    high_value_caps: float = 3.0
    margin: float = 0.3

    def __post_init__(self) -> None:
        if set(self.lift) != set(CLASSES):
            raise ParameterError(
                N_("lift needs a value for short, mid and long; got {value}"),
                value=", ".join(self.lift) or "-",
            )
        bounds = {
            "voucher_lift": (0.0, 10.0),
            "call_lift": (0.0, 10.0),
            "voucher_share": (0.0, 1.0),
            "message_cost": (0.0, float("inf")),
            "call_cost": (0.0, float("inf")),
            "cap_share": (0.0, 1.0),
            "high_value_caps": (1.0, 10.0),
            "margin": (0.0, 1.0),
        }
        values = {name: getattr(self, name) for name in bounds}
        values |= {f"lift.{k}": v for k, v in self.lift.items()}
        for name, value in values.items():
            low, high = bounds.get(name, (-1.0, 10.0))
            if not low <= value <= high:
                raise ParameterError(
                    N_("{name} {value} is out of bounds; use {low} to {high}"),
                    name=name,
                    value=value,
                    low=low,
                    high=high,
                )


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
    lifts = _lifts(uplifts, bounds, given)
    frame = dormant.customers.copy()
    worth = "margin" if frame["margin"].notna().any() else "assumed"
    if worth == "assumed":
        frame["margin"] = frame["amount"] * given.margin
    frame = frame[frame["reachable"]].reset_index(drop=True)
    asked, gain, cost, cap = _worth(frame, lifts, given, actions)
    chosen = choose(gain, cost, budget) if len(frame) else np.zeros(0, np.int64)
    customers = _chosen(frame, chosen, asked, gain, cost, cap, actions, holdout_share, end)
    return Plan(
        end=end,
        budget=budget,
        bounds=bounds,
        customers=customers,
        segments=_segments(dormant.customers, customers),
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


def _lifts(
    uplifts: Sequence[Uplift], bounds: tuple[int, int, int], given: Assumptions
) -> pd.DataFrame:
    """Effect of a message by dormancy: measured on customers as dormant, else assumed."""
    ends = (*bounds[1:], 10**9)
    rows = []
    for name, low, high in zip(CLASSES, bounds, ends, strict=True):
        fits = [u for u in uplifts if u.measured and u.without > 0 and low <= u.silence < high]
        if fits:
            best = max(fits, key=lambda u: u.held_out)
            row = {
                "lift": best.lift,
                "low": best.low / best.without,
                "high": best.high / best.without,
                "source": "measured",
                "journey": best.journey,
            }
        else:
            nan = float("nan")
            row = {
                "lift": given.lift[name], "low": nan, "high": nan, "source": "assumed",
                "journey": "",
            }  # fmt: skip
        rows.append({"dormancy": name, **row})
    return pd.DataFrame(rows)


def _worth(
    frame: pd.DataFrame, lifts: pd.DataFrame, given: Assumptions, actions: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Chance when contacted, gain, cost and cap of every action for every customer."""
    effect = frame["dormancy"].map(lifts.set_index("dormancy")["lift"]).to_numpy(np.float64)
    base = frame["returns"].to_numpy(np.float64)
    margin = frame["margin"].to_numpy(np.float64)
    usual = float(frame["amount"].mean()) if len(frame) else 0.0
    cap = given.cap_share * usual * np.where(frame["high_value"], given.high_value_caps, 1.0)
    voucher = np.minimum(given.voucher_share * frame["amount"].to_numpy(np.float64), cap)
    asked, gain, cost = [], [], []
    for action in actions:
        extra = {"message": 0.0, "voucher": given.voucher_lift,
                 "call": given.voucher_lift + given.call_lift}[action]  # fmt: skip
        contact = given.call_cost if action == "call" else given.message_cost
        face = np.zeros(len(frame)) if action == "message" else np.maximum(voucher - contact, 0.0)
        chance = np.clip(base * (1 + effect + extra), 0.0, 1.0)
        spent = contact + chance * face
        # What a customer won back costs in full: the contact and the voucher.
        over = contact + face > cap + 1e-9
        asked.append(chance)
        cost.append(spent)
        gain.append(np.where(over, -np.inf, (chance - base) * margin - spent))
    return np.column_stack(asked), np.column_stack(gain), np.column_stack(cost), cap


def _chosen(
    frame: pd.DataFrame,
    chosen: np.ndarray,
    asked: np.ndarray,
    gain: np.ndarray,
    cost: np.ndarray,
    cap: np.ndarray,
    actions: Sequence[str],
    holdout: float,
    end: date,
) -> pd.DataFrame:
    rows = np.flatnonzero(chosen != NOTHING)
    at = chosen[rows]
    picked = frame.iloc[rows]
    names = np.array(actions, dtype=object)[at] if len(rows) else np.array([], dtype=object)
    # A lot that anybody can draw again: a hash of customer and day.
    ticket = pd.util.hash_array((picked["customer_id"].astype(str) + str(end)).to_numpy(object))
    out = pd.DataFrame(
        {
            "customer_id": picked["customer_id"].to_numpy(),
            "dormancy": picked["dormancy"].to_numpy(),
            "silent_days": picked["silent_days"].to_numpy(np.int64),
            "high_value": picked["high_value"].to_numpy(bool),
            "action": names,
            "channel": np.where(names == "call", "call", "sms"),
            "arm": np.where(ticket % 10_000 < holdout * 10_000, "hold out", "contact"),
            "returns": picked["returns"].to_numpy(np.float64),
            "asked": asked[rows, at],
            "margin": picked["margin"].to_numpy(np.float64),
            "cost": cost[rows, at],
            "cap": cap[rows],
            "gain": gain[rows, at],
        }
    )
    order = ["gain", "customer_id"]
    return out.sort_values(order, ascending=[False, True], ignore_index=True)


def _segments(dormant: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    keys = ["dormancy", "high_value"]
    table = dormant.groupby(keys).agg(
        dormant=("customer_id", "size"), reachable=("reachable", "sum")
    )
    asked = chosen[chosen["arm"] == "contact"].groupby(keys)
    table["contacted"] = asked.size()
    table["held_out"] = chosen[chosen["arm"] == "hold out"].groupby(keys).size()
    for name in ("cost", "gain"):
        table[name] = asked[name].sum()
    for name in ("returns", "asked"):
        table[name] = asked[name].mean()
    counts = ["contacted", "held_out", "cost", "gain"]
    table[counts] = table[counts].fillna(0)
    table["action"] = asked["action"].agg(lambda a: a.mode().iloc[0]) if len(chosen) else None
    table = table.reset_index()
    table["place"] = table["dormancy"].map({c: i for i, c in enumerate(CLASSES)})
    table = table.sort_values(["place", "high_value"], ascending=[True, False])
    whole = ["contacted", "held_out", "reachable"]
    return table.drop(columns="place").astype(dict.fromkeys(whole, "int64")).reset_index(drop=True)
