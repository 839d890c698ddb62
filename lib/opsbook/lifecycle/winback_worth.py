"""What each offer would bring and cost for each dormant customer, and who is chosen."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from opsbook.lifecycle.winback_assumptions import CLASSES, Assumptions
from opsbook.lifecycle.winback_choice import NOTHING
from opsbook.lifecycle.winback_uplift import Uplift

__all__ = ["chosen_customers", "lifts_by_dormancy", "offers_worth", "segments_of"]


def lifts_by_dormancy(
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


def offers_worth(
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


def chosen_customers(
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
    """``Plan.customers``: those with an offer, and who of them is left out by lot."""
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


def segments_of(dormant: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """``Plan.segments``: the plan by dormancy and value."""
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
