"""What a campaign earned: from list value to what it added, cost by cost."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.campaign.money_added import added_steps, rate_error
from opsbook.campaign.money_ledger import NEEDS, days_of, platform_rates, sales_sums
from opsbook.campaign.money_marketing import Marketing, marketing_money, reward_cost
from opsbook.campaign.money_rates import Lift, MoneyRates
from opsbook.campaign.money_returns import Back, returns_money
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "STEPS", "CampaignMoney", "campaign_money"]

STEPS = {
    "list_value": N_("Goods at list price"),
    "price_cuts": N_("price cuts"),
    "threshold": N_("spend-threshold discounts"),
    "coupon": N_("coupons"),
    "other_off": N_("other order discounts"),
    "gmv": N_("GMV (gross)"),
    "freight_in": N_("freight charged"),
    "refunds": N_("refunds so far"),
    "to_come": N_("refunds still to come"),
    "net": N_("Net sales"),
    "goods": N_("cost of goods"),
    "commission": N_("platform commission"),
    "freight_out": N_("freight and returns handling"),
    "points": N_("loyalty points"),
    "before_marketing": N_("Contribution before marketing"),
    "ads": N_("advertising"),
    "messages": N_("messages to customers"),
    "contribution": N_("Contribution"),
    "anyway": N_("would have come anyway"),
    "added": N_("Added by the event"),
}
"""Steps of the waterfall in order; the capitalised ones are totals."""
_TOTALS = ("list_value", "gmv", "net", "before_marketing", "contribution", "added")


@dataclass(frozen=True)
class CampaignMoney:
    """The result of an event's days, and of what would have come anyway.

    Args:
        event: The event.
        period: Its days inside the data.
        known: Day from which on nothing is known.
        frame: One row per step of ``STEPS``: ``step, amount, low, high`` (money, costs below
            zero; low and high where there is an interval), ``total``, ``basis`` (``recorded,
            estimated, assumed, missing``), ``usual`` (per unit of GMV on ordinary days).
        lift: What the event added, as it was given; None where nobody measured it.
        anyway_gmv: Sales that would have come anyway, low, point, high; not numbers without.
        usual_days: Ordinary days behind ``usual``.
        orders: Paid orders of the event's days.
        tagged_gmv: Sales of orders that carry the event.
        ad_cost: Advertising on the event's days, and for it on others.
        tagged_cost: Of it, spent in the event's name.
        credited: Sales that the ad accounts credit to what was spent in its name.
        break_even: Break-even: the lift at which the event adds nothing; infinite where no
            lift is enough, not a number where ordinary days are not known.
        has_cost: Whether the cost of goods is known.
        costed: Share of sales whose cost is known; the rest is taken at the same rate.
        back: Returns of the event's days.
        rates: Assumptions.
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    event: Event
    period: Period
    known: date
    frame: pd.DataFrame
    lift: Lift | None
    anyway_gmv: tuple[float, float, float]
    usual_days: int
    orders: int
    tagged_gmv: float
    ad_cost: float
    tagged_cost: float
    credited: float
    break_even: float
    has_cost: bool
    costed: float
    back: Back
    rates: MoneyRates
    level: float
    currency: str
    shop: str

    def amount(self, step: str) -> float:
        """Money of one step; not a number where it is not known."""
        rows = self.frame.set_index("step")["amount"]
        return float(rows[step]) if step in rows.index else float("nan")

    def ends(self, step: str) -> tuple[float, float]:
        """Interval of one step."""
        rows = self.frame.set_index("step")
        if step not in rows.index:
            return float("nan"), float("nan")
        return float(rows.loc[step, "low"]), float(rows.loc[step, "high"])

    @property
    def marketing(self) -> float:
        """Advertising and messages, money above zero."""
        return -(self.amount("ads") + self.amount("messages"))


@shared
def campaign_money(
    shop: Shop,
    event: Event,
    *,
    lift: Lift | None = None,
    rates: MoneyRates | None = None,
    known: date | None = None,
    level: float = 0.95,
) -> CampaignMoney:
    """Gross, net, contribution and what the event added, for the whole shop on its days.

    What would have come anyway is priced as on ordinary days: its sales times the
    contribution per unit of sales that those days had, marketing included. Without a lift the
    last step is left out, and the lift that the event needed is given instead.

    Args:
        shop: Needs ``campaigns``, ``orders`` and ``order_lines``; what else is there is used.
        event: The event.
        lift: What it added, from whatever measured it.
        rates: Assumptions.
        known: Day from which on nothing is known; that of the event unless given.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: The event has no day inside the data, or nothing was sold on them.
        ParameterError: A parameter is out of range.

    Source:
        Entry E05 (001, 003); returns to come as in C20. ROI and ROAS are kept apart (X09).
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    shop.require(NEEDS)
    seen = event.observed
    if seen is None:
        raise CannotTell(N_("{event} lies outside the data: it has no sales yet"), event=event.name)
    rates, known = rates or MoneyRates(), known or event.known
    days = days_of(shop, event, seen)
    sums = sales_sums(shop, event, days)
    if not (sums["side"] == "event").any():
        raise CannotTell(N_("nothing was sold in {period}"), period=str(seen))
    back = returns_money(shop, days, known, rates, level)
    marketing = marketing_money(shop, event, days)
    points = reward_cost(shop, known)
    sides = {}
    for side in ("event", "usual"):
        mine = sums[sums["side"] == side]
        if len(mine):
            sides[side] = _steps(shop, mine, back[side], marketing[side], points, rates)
    ours = sums[sums["side"] == "event"]
    gmv, costed = float(ours["gmv"].sum()), float(ours["costed"].sum())
    frame = sides["event"]
    usual = sides.get("usual")
    frame["usual"] = np.nan if usual is None else usual["amount"] / usual.at["gmv", "amount"]
    frame, anyway, needed = added_steps(frame, lift, rate_error(sums[sums["side"] == "usual"]))
    return CampaignMoney(
        event=event,
        period=seen,
        known=known,
        frame=frame.reset_index(),
        lift=lift,
        anyway_gmv=anyway,
        usual_days=len(days.usual),
        orders=int(ours["orders"].sum()),
        tagged_gmv=float(ours["tagged"].sum()),
        ad_cost=marketing["event"].ads,
        tagged_cost=marketing["event"].tagged,
        credited=marketing["event"].credited,
        break_even=needed,
        has_cost=costed > 0,
        costed=costed / gmv if gmv else 0.0,
        back=back["event"],
        rates=rates,
        level=level,
        currency=shop.currency,
        shop=shop.title,
    )


def _steps(
    shop: Shop, mine: pd.DataFrame, back: Back, spent: Marketing, points: float, rates: MoneyRates
) -> pd.DataFrame:
    """Steps down to the contribution of one side."""
    whole = mine.drop(columns=["side", "day", "platform"]).sum()
    gmv = float(whole["gmv"])
    off = -whole[["threshold", "coupon", "other_off"]]
    cuts = gmv - float(whole["list_value"]) - float(off.sum())
    to_come = -np.array(back.to_come)
    net_share = 1 - (back.refunds + back.to_come[1]) / gmv if gmv else 1.0
    low, high = platform_rates(shop, mine["platform"].tolist(), rates)
    unknown = np.isnan(low)
    fees = [-float(np.nansum(mine["gmv"] * f)) * net_share for f in (low, (low + high) / 2, high)]
    margin_known = whole["costed"] > 0
    goods = -float(whole["cost"] * gmv / whole["costed"]) if margin_known else 0.0
    goods += back.goods if margin_known else 0.0
    parcels = float(whole["shipped"])
    freight = float(whole["freight_out"]) / parcels * float(whole["orders"]) if parcels else 0.0
    rest = back.to_come_net if margin_known else max(back.to_come_net, 0.0)
    refund = "recorded" if back.known else "missing"
    rows = {
        "list_value": (float(whole["list_value"]), 0.0, 0.0, "recorded"),
        "price_cuts": (cuts, 0.0, 0.0, "recorded"),
        "threshold": (off["threshold"], 0.0, 0.0, "recorded"),
        "coupon": (off["coupon"], 0.0, 0.0, "recorded"),
        "other_off": (off["other_off"], 0.0, 0.0, "recorded"),
        "freight_in": (whole["freight_in"], 0.0, 0.0, "recorded"),
        "refunds": (-back.refunds, 0.0, 0.0, refund),
        "to_come": (to_come[1], to_come[2], to_come[0], "estimated" if back.known else "missing"),
        "goods": (goods, 0.0, 0.0, "recorded" if margin_known else "missing"),
        "commission": (fees[1], fees[2], fees[0], "missing" if unknown.all() else "assumed"),
        "freight_out": (
            -freight - back.extra - rest, 0.0, 0.0,
            "missing" if not parcels else "recorded" if parcels >= whole["orders"] else "estimated",
        ),
        "points": (-points * float(whole["orders"]), 0.0, 0.0,
                   "estimated" if points > 0 else "missing"),
        "ads": (-spent.ads, 0.0, 0.0, "recorded" if spent.has_ads else "missing"),
        "messages": (-spent.messages, 0.0, 0.0, "recorded" if spent.has_messages else "missing"),
    }  # fmt: skip
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["amount", "low", "high", "basis"])
    frame.index.name = "step"
    fixed = ~frame.index.isin(["to_come", "commission"])
    frame.loc[fixed, "low"] = frame.loc[fixed, "amount"]
    frame.loc[fixed, "high"] = frame.loc[fixed, "amount"]
    frame = frame.astype({"amount": float, "low": float, "high": float})
    return _with_totals(frame)


def _with_totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Totals between the steps; independent intervals add up as squares."""
    rows, total, spread = [], 0.0, np.zeros(2)
    for step in STEPS:
        if step in frame.index:
            row = frame.loc[step]
            total += row["amount"]
            spread += [(row["amount"] - row["low"]) ** 2, (row["high"] - row["amount"]) ** 2]
            rows.append((step, row["amount"], row["low"], row["high"], False, row["basis"]))
        elif step in _TOTALS[:-1]:
            low, high = total - np.sqrt(spread[0]), total + np.sqrt(spread[1])
            rows.append((step, total, low, high, True, "recorded"))
    found = pd.DataFrame(rows, columns=["step", "amount", "low", "high", "total", "basis"])
    found.loc[0, "total"] = True
    return found.set_index("step")
