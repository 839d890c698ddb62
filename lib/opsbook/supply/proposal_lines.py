"""From packs to purchase orders: lines, totals by supplier, and what each limit took."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.supply.proposal_steps import Limits
from opsbook.supply.proposal_worth import Worth

__all__ = ["cuts_of", "lines_of", "suppliers_of_lines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cuts_of(
    frame: pd.DataFrame,
    worth: Worth,
    limits: Limits,
    asked: Ints,
    keeps: Ints,
    before: Ints,
    packs: Ints,
) -> pd.DataFrame:
    """What each limit took, in the order in which they take: together all that is missing.

    Args:
        frame: Products.
        worth: Of their pieces.
        limits: What packs take, and what there is.
        asked: Packs that the policy asks for.
        keeps: Of them, what keeps long enough.
        before: Packs ordered with every limit but the budget.
        packs: Packs ordered.
    """
    ends = np.minimum(packs, asked)
    kept = np.minimum(np.maximum(before, packs), keeps)
    parts = []
    wants = np.bincount(limits.supplier, keeps * limits.pieces, len(limits.smallest))
    drops = np.bincount(limits.supplier, before, len(limits.smallest)) == 0
    under = (wants < limits.smallest)[limits.supplier]
    litres = np.bincount(limits.supplier, keeps * limits.litres, len(limits.smallest))
    room = np.inf if limits.container is None else limits.container
    full = (litres > room)[limits.supplier]
    other = np.where(
        drops[limits.supplier] & under,
        "smallest",
        np.where(full, "container", np.where(limits.order_cost.any(), "order_cost", "smallest")),
    )
    for name, high, low in (
        (np.full(len(frame), "shelf_life"), asked, np.minimum(keeps, asked)),
        (other, np.minimum(keeps, asked), np.minimum(kept, asked)),
        (np.full(len(frame), "budget"), np.minimum(kept, asked), ends),
    ):
        at = np.flatnonzero(high > low)
        more = worth.served((high * limits.pieces).astype(np.float64))
        less = worth.served((low * limits.pieces).astype(np.float64))
        gone = (high - low)[at]
        parts.append(
            pd.DataFrame(
                {
                    "sku": frame["sku"].to_numpy(object)[at],
                    "supplier_id": frame["supplier_id"].to_numpy(object)[at],
                    "cut_by": name[at].astype(object),
                    "pieces": gone * limits.pieces[at],
                    "cost": gone * limits.cost[at],
                    "at_risk": (worth.margin * (more - less))[at],
                }
            )
        )
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["at_risk", "sku"], ascending=[False, True], ignore_index=True)


def lines_of(usable: pd.DataFrame, end: date, holding_rate: float) -> pd.DataFrame:
    """Lines to send, by supplier, then by margin saved.

    Args:
        usable: Products with what is ordered of them.
        end: Day of the orders.
        holding_rate: Yearly cost of keeping goods, share of their price.
    """
    kept = usable[usable["qty"] > 0]
    days = np.ceil(kept["lead_days"].to_numpy(np.float64) - 1e-9)
    table = pd.DataFrame(
        {
            "sku": kept["sku"],
            "category": kept["category"],
            "warehouse_id": "",
            "supplier_id": kept["supplier_id"],
            "qty": kept["qty"],
            "packs": kept["packs"],
            "pack_qty": kept["pack_qty"],
            "order_date": end,
            "expected_receipt": [end + timedelta(days=int(d)) for d in days],
            "unit_price": kept["price"],
            "cost": kept["qty"] * kept["price"],
            "litres": kept["qty"] * kept["volume_l"],
            "why": np.select(
                [kept["wanted"] == 0, kept["owed"] > 0, kept["stock_now"].fillna(0) <= 0],
                ["top_up", "oversold", "sold_out"],
                "below",
            ),
            "wanted": kept["wanted"],
            "top_up": kept["top_up"],
            "stock_now": kept["stock_now"],
            "on_way": kept["on_way"],
            "owed": kept["owed"],
            "reorder_point": kept["reorder_point"],
            "up_to": kept["up_to"],
            "margin": kept["margin"],
            "avoided": kept["avoided"],
            "holding": kept["price"] * holding_rate,
        }
    )
    order = ["supplier_id", "avoided", "sku"]
    return table.sort_values(order, ascending=[True, False, True], ignore_index=True)


def suppliers_of_lines(
    usable: pd.DataFrame,
    table: pd.DataFrame,
    cuts: pd.DataFrame,
    houses: NDArray[np.str_],
    smallest: Floats,
) -> pd.DataFrame:
    """Orders by supplier, those with nothing wanted left out.

    Args:
        usable: Products with what is wanted of them.
        table: From ``lines_of``.
        cuts: From ``cuts_of``.
        houses: Suppliers.
        smallest: Pieces that each one's order needs at least.
    """
    out = pd.DataFrame({"smallest": smallest}, index=pd.Index(houses, name="supplier_id"))
    lines = table.groupby("supplier_id")
    for name, values in (
        ("lines", lines.size()),
        ("pieces", lines["qty"].sum()),
        ("cost", lines["cost"].sum()),
        ("litres", lines["litres"].sum()),
        ("wanted", usable.groupby("supplier_id")["wanted"].sum()),
        ("top_up", lines["top_up"].sum()),
        ("avoided", lines["avoided"].sum()),
        ("at_risk", cuts.groupby("supplier_id")["at_risk"].sum()),
    ):
        out[name] = values.reindex(out.index).fillna(0)
    out["under"] = out["wanted"] < out["smallest"]
    out["expected_receipt"] = lines["expected_receipt"].max().reindex(out.index)
    for name in ("lines", "pieces", "wanted", "top_up"):
        out[name] = out[name].astype(int)
    out = out[(out["wanted"] > 0) | (out["lines"] > 0)].reset_index()
    return out.sort_values(["avoided", "supplier_id"], ascending=[False, True], ignore_index=True)
