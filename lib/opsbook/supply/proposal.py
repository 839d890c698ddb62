"""The purchase orders to send today: product, supplier, pieces, date, cost and why.

The policy says what each product lacks. Packs, smallest orders, shelf life, the container and
the budget say what of it can be ordered; where they cut, the least valuable goes first, and
what that risks is said in money.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.forecast import Forecast
from opsbook.supply.proposal_facts import order_facts, paid_margin, smallest_orders
from opsbook.supply.proposal_lines import cuts_of, lines_of, suppliers_of_lines
from opsbook.supply.proposal_solve import solve_orders
from opsbook.supply.proposal_steps import Limits, Steps
from opsbook.supply.proposal_worth import Worth, steps_of, worth_of

__all__ = ["CUT_BY", "NOT_ORDERED", "WHY", "Proposal", "propose"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WHY = {
    "oversold": N_("sold beyond stock"),
    "sold_out": N_("sold out"),
    "below": N_("at or below the reorder point"),
    "top_up": N_("only to reach the smallest order"),
}
"""Why a line is proposed."""
NOT_ORDERED = {
    "off_sale": N_("not on sale any more"),
    "no_demand": N_("no sale is expected"),
    "below_zero": N_("stock record below zero: count it first"),
    "no_record": N_("no stock record: nobody knows what is there"),
    "no_supplier": N_("no supplier known: no purchase order names one"),
    "no_price": N_("no price known, so no budget can hold it"),
    "enough": N_("enough in stock and on the way"),
    "cut": N_("cut to nothing by a limit"),
}
"""Why a product is not in the proposal."""
CUT_BY = {
    "shelf_life": N_("shelf life"),
    "container": N_("container"),
    "smallest": N_("smallest order"),
    "order_cost": N_("cost of an order"),
    "budget": N_("budget"),
}
"""What cut a line."""
_SELLS = 0.9
"""Chance with which what is ordered has to sell within its shelf life."""


@dataclass(frozen=True)
class Proposal:
    """Purchase orders proposed, what limits cut, and what is left out.

    Args:
        table: One row per line, by supplier, then the margin it saves: ``sku, category,
            warehouse_id`` (empty: the shop decides), ``supplier_id, qty, packs, pack_qty,
            order_date, expected_receipt, unit_price, cost`` (money, NaN if no price is known),
            ``litres, why`` (key of ``WHY``), ``wanted`` (pieces the policy asks for, in whole
            packs), ``top_up`` (pieces beyond), ``stock_now, on_way, owed, reorder_point,
            up_to, margin`` (per piece), ``avoided`` (expected margin that the line saves until
            the next order could arrive), ``holding`` (yearly cost of keeping a piece).
        suppliers: One row per supplier with something wanted: ``supplier_id, lines, pieces,
            cost, litres, smallest, wanted`` (pieces), ``under`` (wanted is less than the
            smallest order), ``top_up`` (pieces), ``avoided, at_risk`` (money),
            ``expected_receipt``.
        cuts: One row per product and limit: ``sku, supplier_id, cut_by`` (key of ``CUT_BY``),
            ``pieces, cost, at_risk`` (expected margin lost by it).
        left_out: One row per product that is not proposed: ``sku, reason`` (of ``NOT_ORDERED``).
        wanted: Pieces wanted by the policy, in whole packs.
        gap: Share by which another choice could be worth more; 0 is proven best.
        order_date: Day of the orders.
        budget: Money there was.
        container_litres: Room there was per supplier.
        order_cost: Assumed cost of an order of one supplier.
        holding_rate: Assumed yearly cost of keeping goods, share of their price.
        no_volume: Lines whose volume is unknown and counts as none.
        currency: ISO code of money.
        shop: Title of the shop.
    """

    table: pd.DataFrame
    suppliers: pd.DataFrame
    cuts: pd.DataFrame
    left_out: pd.DataFrame
    wanted: int
    gap: float
    order_date: date
    budget: float | None
    container_litres: float | None
    order_cost: float
    holding_rate: float
    no_volume: int
    currency: str
    shop: str

    @property
    def cost(self) -> float:
        """Money for all lines with a price."""
        return float(self.table["cost"].sum())

    @property
    def avoided(self) -> float:
        """Expected margin that the orders save until the next ones could arrive."""
        return float(self.table["avoided"].sum())

    @property
    def at_risk(self) -> float:
        """Expected margin lost by what was cut."""
        return float(self.cuts["at_risk"].sum())


@shared
def propose(
    shop: Shop,
    policies: pd.DataFrame,
    forecast: Forecast,
    *,
    budget: float | None = None,
    container_litres: float | None = None,
    must: Collection[str] = (),
    supplier_order_cost: float = 0.0,
    order_cost: float = 10.0,
    holding_rate: float = 0.25,
    seconds: float = 20.0,
) -> Proposal:
    """Make purchase orders of the policy's levels.

    Without a limit that binds, every product gets what its policy asks for, rounded up to whole
    packs: ``lots x order_quantity`` that lift stock and orders above the reorder point.

    Args:
        shop: ``products`` for packs, shelf life and volume, ``suppliers.moq`` (pieces per order
            of a supplier, over all products), ``purchase_orders.price``.
        policies: From ``stock_policy.policies`` of the same forecast.
        forecast: Demand ahead.
        budget: Money for all orders; none is no limit.
        container_litres: Room per supplier; none is no limit.
        must: Products to be ordered in full, whatever the other limits; shelf life still counts.
        supplier_order_cost: Money per order of a supplier, besides that per line.
        order_cost: Money per order line, as in ``policies``.
        holding_rate: Yearly cost of keeping goods, share of their price, as in ``policies``.
        seconds: Time for the search.

    Raises:
        CannotTell: Nobody can be ordered from, or what must be ordered does not fit.
        ParameterError: A limit below 0, or an unknown product in ``must``.
    """
    panel, end = forecast.panel, forecast.panel.end
    frame = policies.set_index("sku").reindex(panel.skus["sku"]).reset_index()
    facts = order_facts(shop, frame["sku"], end).reset_index(drop=True)
    lacking = set(must) - set(frame["sku"])
    if lacking:
        raise ParameterError(
            N_("{skus} must be ordered, but the policy does not know them"),
            skus=", ".join(sorted(lacking)),
        )
    recorded = bool(facts["recorded"].any())
    price = facts["price"].fillna(frame["unit_cost"]).to_numpy(np.float64)
    frame = frame.join(facts.drop(columns="price")).assign(price=price)
    frame["margin"] = paid_margin(panel, price)
    reason = np.select(
        [
            frame["left_out"].isna() | (frame["left_out"] == "off_sale"),
            frame["left_out"] == "no_demand",
            frame["below_zero"],
            recorded & ~frame["recorded"],
            frame["supplier_id"].fillna("") == "",
            (budget is not None) & np.isnan(price),
        ],
        ["off_sale", "no_demand", "below_zero", "no_record", "no_supplier", "no_price"],
        "",
    )
    usable = frame[reason == ""].copy()
    if usable.empty:
        raise CannotTell(N_("no product has a policy, a stock record and a supplier to order from"))
    worth = _worth(usable, forecast, np.flatnonzero(reason == ""), order_cost, holding_rate)
    pack = usable["pack_qty"].to_numpy(np.int64)
    lot = np.maximum(usable["order_quantity"].to_numpy(np.float64), 1.0)
    position = _position(usable)
    lacks = np.maximum(usable["reorder_point"].to_numpy(np.float64) + 1 - position, 0)
    asked = np.ceil(np.ceil(lacks / lot - 1e-9) * lot / pack - 1e-9).astype(np.int64)
    keeps = _keeps(usable, forecast, np.flatnonzero(reason == ""), worth, pack)
    wanted = np.minimum(asked, keeps)
    houses, who = np.unique(usable["supplier_id"].to_numpy(str), return_inverse=True)
    smallest = smallest_orders(shop, pd.Index(houses))
    size = len(houses)
    pieces = np.bincount(who, wanted * pack, size)
    short = ((pieces > 0) & (pieces < smallest))[who]
    if budget is not None or container_litres is not None:
        # A limit may cut an order below its smallest size, and another product may lift it again.
        short = ((pieces > 0) & (smallest > 1) & (pieces < 3 * smallest))[who]
    most = np.maximum(np.ceil(np.maximum(lot, smallest[who]) / pack), 1).astype(np.int64)
    extra = np.where(short, np.clip(keeps - wanted, 0, most), 0)
    steps = steps_of(worth, pack, wanted, extra)
    volume = np.nan_to_num(usable["volume_l"].to_numpy(np.float64))
    limits = Limits(
        supplier=who.astype(np.int64),
        pieces=pack,
        cost=np.nan_to_num(price[reason == ""]) * pack,
        litres=volume * pack,
        must=usable["sku"].isin(set(must)).to_numpy(),
        smallest=smallest,
        order_cost=np.full(size, float(supplier_order_cost)),
        budget=budget,
        container=container_litres,
    )
    packs, before, gap = _solve(steps, limits, seconds, len(usable))
    cuts = cuts_of(usable, worth, limits, asked, wanted, before, packs)
    usable = usable.assign(
        packs=packs,
        qty=packs * pack,
        wanted=asked * pack,
        top_up=np.maximum(packs - wanted, 0) * pack,
        avoided=worth.margin * worth.served((packs * pack).astype(np.float64)),
    )
    table = lines_of(usable, end, holding_rate)
    none = packs == 0
    reason[np.flatnonzero(reason == "")[none]] = np.where(asked[none] > 0, "cut", "enough")
    left_out = pd.DataFrame({"sku": frame["sku"], "reason": reason})
    return Proposal(
        table=table,
        suppliers=suppliers_of_lines(usable, table, cuts, houses, smallest),
        cuts=cuts,
        left_out=left_out[left_out["reason"] != ""].reset_index(drop=True),
        wanted=int((asked * pack).sum()),
        gap=gap,
        order_date=end,
        budget=budget,
        container_litres=container_litres,
        order_cost=supplier_order_cost,
        holding_rate=holding_rate,
        no_volume=int(((packs > 0) & usable["volume_l"].isna().to_numpy()).sum()),
        currency=panel.currency,
        shop=panel.shop,
    )


def _position(frame: pd.DataFrame) -> Floats:
    stock, coming, owed = (
        np.nan_to_num(frame[c].to_numpy(np.float64)) for c in ("stock_now", "on_way", "owed")
    )
    return np.asarray(stock + coming - owed, np.float64)


def _worth(
    frame: pd.DataFrame, forecast: Forecast, rows: Ints, order_cost: float, holding_rate: float
) -> Worth:
    lead = np.zeros(len(forecast.panel.skus))
    lead[rows] = np.minimum(frame["lead_days"].to_numpy(np.float64), 365.0)
    until = forecast.over(lead).iloc[rows]
    mean_lead = until["mean"].to_numpy(np.float64)
    # A day more or less of lead time moves a day's demand.
    moved = mean_lead / np.maximum(lead[rows], 1e-9) * frame["lead_sd"].to_numpy(np.float64)
    return worth_of(
        _position(frame),
        mean_lead,
        np.hypot(until["sd"].to_numpy(np.float64), moved),
        frame["protect_mean"].to_numpy(np.float64),
        frame["protect_sd"].to_numpy(np.float64),
        margin=frame["margin"].to_numpy(np.float64),
        unit_cost=frame["price"].to_numpy(np.float64),
        daily=frame["daily"].to_numpy(np.float64),
        lot=frame["order_quantity"].to_numpy(np.float64),
        order_cost=order_cost,
        holding_rate=holding_rate,
    )


def _keeps(frame: pd.DataFrame, forecast: Forecast, rows: Ints, worth: Worth, pack: Ints) -> Ints:
    """Packs that sell within their shelf life with the chance asked for; many if they keep."""
    life = frame["shelf_life_days"].to_numpy(np.float64)
    spoils = np.isfinite(life)
    out = np.full(len(frame), 10**6, np.int64)
    if spoils.any():
        days = np.zeros(len(forecast.panel.skus))
        days[rows] = np.where(spoils, np.minimum(np.nan_to_num(life), 365.0), 0.0)
        sells = forecast.over_quantile(days, 1 - _SELLS)[rows]
        room = np.maximum(sells - worth.left, 0.0) + worth.owed
        out[spoils] = np.floor(room / pack + 1e-9).astype(np.int64)[spoils]
    return out


def _solve(steps: Steps, limits: Limits, seconds: float, size: int) -> tuple[Ints, Ints, float]:
    """Packs by product: with every limit, and with all but the budget."""
    from dataclasses import replace

    def of(given: Limits) -> tuple[Ints, float]:
        found = solve_orders(steps, given, seconds=seconds)
        packs = np.bincount(steps.item, found.packs, size).astype(np.int64)
        return packs, found.gap

    packs, gap = of(limits)
    before = packs
    if limits.budget is not None:
        before, _ = of(replace(limits, budget=None))
    return packs, before, gap
