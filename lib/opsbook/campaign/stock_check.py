"""Stock before the event: which products would run out if nothing more is ordered."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.campaign.event import Event, all_events
from opsbook.campaign.stock_ahead import event_need, on_the_way, run_out
from opsbook.common.censored import hidden_demand
from opsbook.common.demand import DemandPanel, daily_demand
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "PANEL_DAYS", "StockAhead", "stock_ahead"]

NEEDS = {
    "campaigns": ("campaign_id", "start_date", "end_date"),
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku", "qty"),
    "inventory_daily": ("date", "sku", "on_hand"),
}
_RISK = 0.2
_LEAST_DAYS = 28
PANEL_DAYS = 460
"""Days looked back: last year's event lies within them."""


@dataclass(frozen=True)
class StockAhead:
    """What the event needs against stock, as seen on a morning before it.

    Args:
        event: The event.
        seen: Morning from which is looked ahead; later days are not used.
        days: Days to be covered: from that morning to the end of the peak.
        frame: One row per product on sale, most money at stake first: ``sku, category, need,
            sd, stock, coming`` (pieces), ``chance`` (of running out before the end of the
            peak, nothing more ordered), ``missing`` (pieces, on average), ``order`` (pieces to
            order so that the chance falls to the risk), ``margin`` (money a piece), ``stake``
            (missing x margin), ``at_risk``, and, where the days are over, ``ran_out``.
        basis: Where busyness is from: ``last_year, others, ordinary``.
        demand: Pieces wanted on those days in the end; not a number while they run.
        risk: Chance from which a product counts as at risk.
        priced: Whether margins are known.
        currency: ISO code.
        shop: Title of the shop.
    """

    event: Event
    seen: date
    days: Period
    frame: pd.DataFrame
    basis: str
    demand: float
    risk: float
    priced: bool
    currency: str
    shop: str

    @property
    def at_risk(self) -> pd.DataFrame:
        """Products at risk, most money at stake first."""
        return self.frame[self.frame["at_risk"]]


@shared
def stock_ahead(
    shop: Shop, event: Event, *, seen: date | None = None, risk: float = _RISK
) -> StockAhead:
    """Check stock against the event's need, as it could have been done before it.

    For an event that is over, only what was known on that morning is used, and what really
    ran out is put beside it.

    Args:
        shop: Needs ``inventory_daily`` and pieces on ``order_lines``.
        event: The event.
        seen: Morning from which is looked ahead; the event's first day, or the day after the
            data where that comes sooner, unless given.
        risk: Chance of running out from which a product counts as at risk, 0.01 to 0.9.

    Raises:
        CannotTell: No stock is on record, or fewer than four weeks lie before that morning.
        ParameterError: ``risk`` is out of range.

    Source:
        Entry E13 (004-03, 003).
    """
    if not 0.01 <= risk <= 0.9:
        raise ParameterError(
            N_("{name} {value} is out of range; use {low} to {high}"),
            name="risk", value=risk, low=0.01, high=0.9,
        )  # fmt: skip
    shop.require(NEEDS)
    span = data_days(shop)
    morning = min(seen or event.days.start, span.end)
    if (morning - span.start).days < _LEAST_DAYS or morning >= event.peak.end:
        raise CannotTell(
            N_("a stock check before {event} needs four weeks of data before its peak ends"),
            event=event.name,
        )
    days = Period(max(event.days.start, morning), event.peak.end)
    over = span.end >= days.end
    last = days.end if over else morning
    whole = daily_demand(shop, last, PANEL_DAYS + (last - morning).days)
    panel = whole.until(morning)
    if not panel.has_stock:
        raise CannotTell(N_("{source} records no daily stock before {day}"),
                         source=shop.source, day=morning)  # fmt: skip
    every = all_events(shop)
    before = next((e for e in every if e.id == event.last_year), None)
    others = tuple(e for e in every if e.type == event.type and e.end <= morning)
    frame, basis = event_need(panel, days, before, others)
    stock = np.nan_to_num(panel.stock[:, -1].astype(float))
    coming = on_the_way(shop, morning - timedelta(days=1))
    frame["stock"], frame["coming"] = stock, frame["sku"].map(coming).fillna(0.0).to_numpy()
    there = stock + frame["coming"].to_numpy(float)
    need, sd = frame["need"].to_numpy(), frame["sd"].to_numpy()
    frame["chance"], frame["missing"] = run_out(need, sd, there)
    frame["order"] = np.ceil(np.maximum(_level(need, sd, risk) - there, 0.0))
    margin, priced = _margins(panel)
    frame["margin"] = margin
    frame["stake"] = frame["missing"] * np.maximum(np.nan_to_num(margin), 0.0)
    frame["at_risk"] = (frame["chance"] > risk) & (frame["need"] >= 1.0)
    demand = float("nan")
    if over:
        part = hidden_demand(whole).since(days.start)
        demand = float(part.demand.sum())
        out = pd.Series((part.state > 0).any(axis=1), index=part.panel.skus["sku"].to_numpy())
        frame["ran_out"] = frame["sku"].map(out).fillna(False).astype(bool)
    frame = frame[frame["need"] > 0]
    # Before its delivery a product may be out of stock: what costs nothing comes last.
    frame = frame.sort_values(["stake", "missing"], ascending=False, ignore_index=True)
    return StockAhead(
        event, morning, days, frame, basis, demand, risk, priced, shop.currency, shop.title
    )


def _level(need: np.ndarray, sd: np.ndarray, risk: float) -> np.ndarray:
    """Stock at which the chance of running out is the risk."""
    from scipy.special import gammaincinv

    mean, variance = np.maximum(need, 1e-9), np.maximum(sd**2, 1e-12)
    return np.asarray(gammaincinv(mean**2 / variance, 1 - risk) * variance / mean, np.float64)


def _margins(panel: DemandPanel) -> tuple[np.ndarray, bool]:
    """Margin of a piece at its latest shelf price; the price itself where no cost is known."""
    price = panel.price[:, -1].astype(float)
    cost = panel.skus["unit_cost"].to_numpy(float)
    known = bool(np.isfinite(cost).any())
    return (price - cost if known else price), known
