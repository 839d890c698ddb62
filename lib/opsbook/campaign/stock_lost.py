"""Stock during the event: what empty shelves cost."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.campaign.stock_check import NEEDS, PANEL_DAYS
from opsbook.common.censored import HiddenDemand, hidden_demand, hidden_interval
from opsbook.common.demand import daily_demand
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "StockLost", "stock_lost"]


@dataclass(frozen=True)
class StockLost:
    """What empty shelves cost on the event's days.

    Args:
        event: The event.
        period: Its days inside the data.
        pieces: Pieces wanted and not there: value, low, high.
        share: Of all pieces wanted: value, low, high.
        margin: Margin lost, money: value, low, high; sales where costs are unknown.
        frame: One row per product with a shelf that was empty or ran out, dearest first:
            ``sku, category, sold, hidden, days_out, first_out`` (date), ``lost``.
        daily: One row per day: ``day, hidden, lost, out`` (share of products on sale that
            were empty or ran out).
        usual_share: Hidden share in the 56 days before the event.
        empty_now: Products that were empty on the last day of a running event.
        has_cost: Whether costs are known.
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    event: Event
    period: Period
    pieces: tuple[float, float, float]
    share: tuple[float, float, float]
    margin: tuple[float, float, float]
    frame: pd.DataFrame
    daily: pd.DataFrame
    usual_share: float
    empty_now: int
    has_cost: bool
    level: float
    currency: str
    shop: str


@shared
def stock_lost(shop: Shop, event: Event, *, level: float = 0.95) -> StockLost:
    """Estimate what the event would have sold where shelves were empty.

    Args:
        shop: Needs ``inventory_daily`` and pieces on ``order_lines``.
        event: The event.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: The event has no day inside the data, or no stock is on record.

    Source:
        Demand behind stock-outs as in C01 (Conrad 1976).
    """
    shop.require(NEEDS)
    seen = event.observed
    if seen is None:
        raise CannotTell(N_("{event} lies outside the data: it has no sales yet"), event=event.name)
    panel = daily_demand(shop, seen.end, PANEL_DAYS)
    whole = hidden_demand(panel)
    part = whole.since(seen.start)
    if not part.panel.has_stock:
        raise CannotTell(N_("{source} records no daily stock in {period}"),
                         source=shop.source, period=str(seen))  # fmt: skip
    cost = bool(part.panel.skus["unit_cost"].notna().any())
    part = part if cost else _unpriced(part)
    sure = hidden_interval(part, level=level)
    each = {name: tuple(float(v) for v in sure.loc[name]) for name in sure.index}
    before = whole.since(max(seen.start - timedelta(days=56), panel.dates[0].date()))
    earlier = len(before.panel.dates) - seen.days
    sold = float(before.panel.sold[:, :earlier].sum())
    wanted = float(before.demand[:, :earlier].sum())
    return StockLost(
        event=event,
        period=seen,
        pieces=each["pieces"],  # type: ignore[arg-type]
        share=each["share"],  # type: ignore[arg-type]
        margin=each["margin"],  # type: ignore[arg-type]
        frame=_products(part),
        daily=_daily(part),
        usual_share=1 - sold / wanted if wanted > 0 else float("nan"),
        empty_now=int(((part.panel.left[:, -1] <= 0) & (part.state[:, -1] > 0)).sum())
        if event.state == "running"
        else 0,
        has_cost=cost,
        level=level,
        currency=shop.currency,
        shop=shop.title,
    )


def _unpriced(part: HiddenDemand) -> HiddenDemand:
    """The same with sales in the place of margin, for a shop that knows no costs."""
    weight = np.maximum(part.demand - part.panel.sold, 0)
    price = np.where(np.isfinite(part.panel.price), part.panel.price, 0.0)
    lost = (weight * price).sum(axis=1).astype(float)
    return replace(part, skus=part.skus.assign(lost_margin=lost))


def _products(part: HiddenDemand) -> pd.DataFrame:
    out = part.state > 0
    first = np.where(out.any(axis=1), out.argmax(axis=1), 0)
    frame = part.skus[["sku", "category", "sold", "hidden"]].assign(
        days_out=out.sum(axis=1),
        first_out=part.panel.dates[first],
        lost=part.skus["lost_margin"].fillna(0.0),
    )
    frame = frame[frame["days_out"] > 0]
    return frame.sort_values(["lost", "hidden"], ascending=False, ignore_index=True)


def _daily(part: HiddenDemand) -> pd.DataFrame:
    hidden = np.maximum(part.demand - part.panel.sold, 0).astype(float)
    each = part.skus["lost_margin"].to_numpy(float) / np.maximum(
        part.skus["hidden"].to_numpy(float), 1e-9
    )
    on_sale = part.panel.on_sale.sum(axis=0)
    return pd.DataFrame(
        {
            "day": part.panel.dates,
            "hidden": hidden.sum(axis=0),
            "lost": (hidden * np.nan_to_num(each)[:, None]).sum(axis=0),
            "out": (part.state > 0).sum(axis=0) / np.maximum(on_sale, 1),
        }
    )
