"""Which products will run out before the next receipt, and when to pull the circuit-breaker.

Sell-through beyond plan empties shelves before new goods come. Then a shop can watch, stop the
promotion, or take orders for later (presale) and offer something like it instead.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel, daily_demand
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.breaker_calls import Calls, Tested, calls_of, checked_calls
from opsbook.supply.breaker_walk import Arrivals, Race, arrivals, race, walk
from opsbook.supply.loss import demand_over
from opsbook.supply.proposal_facts import paid_margin
from opsbook.supply.substitutes import substitutes_of

__all__ = ["CAUSES", "STATES", "Breaker", "breaker"]

Floats = NDArray[np.float64]

STATES = {
    "sold_out": N_("sold out: presale now"),
    "presale": N_("switch to presale"),
    "stop": N_("stop the promotion"),
    "watch": N_("watch"),
}
"""States of the breaker, from the hardest."""
CAUSES = {
    "overdue": N_("the delivery is overdue"),
    "ahead": N_("sells beyond plan"),
    "no_order": N_("nothing is on the way"),
    "late": N_("what is on the way comes too late"),
}
"""Why stock does not last."""
_PROMOTED = 0.05
"""Share off the list price from which a product counts as promoted."""
_LONGEST_PLAN = 28


@dataclass(frozen=True)
class Breaker:
    """Products called, how sure the calls are, and what is not looked at.

    Args:
        table: One row per product called, most money first: ``sku, category, state`` (of
            ``STATES``), ``cause`` (of ``CAUSES``), ``stock`` (free pieces), ``days`` (until the
            next receipt), ``receipt_date, on_order``; ``mean`` (pieces expected until then),
            ``chance`` (of running out before), ``lost_pieces, lost_margin, per_day`` (expected
            until then, and per day), ``lasts`` (share of expected sales that stock serves:
            slow sales down to it), ``sold, plan`` (pieces since ``plan_start``),
            ``sell_through, plan_sell_through`` (of what was there), ``plan_chance`` (of selling
            that many if the plan was right), ``promoted, substitutes`` (names, best first).
        substitutes: One row per product called and substitute: ``sku, substitute,
            price_ratio, free`` (pieces it can spare).
        calibration: The test on the past; none if no day could be tested.
        looked_at: Products with stock or sold out, and demand.
        unrecorded: On sale without a stock record.
        quiet: On sale, but nothing expected.
        plan_start: Day the plan was made.
        campaign: Name of the campaign that runs; empty if none.
        thresholds: Chances from which to watch, stop and presell: ours, not the source's.
        beyond: Chance under which sales are called beyond plan: ours too.
        end: First day not known.
        currency: ISO code of money.
        shop: Title of the shop.
    """

    table: pd.DataFrame
    substitutes: pd.DataFrame
    calibration: Tested | None
    looked_at: int
    unrecorded: int
    quiet: int
    plan_start: date
    campaign: str
    thresholds: tuple[float, float, float]
    beyond: float
    end: date
    currency: str
    shop: str

    @property
    def lost_margin(self) -> float:
        """Expected until the receipts, all products called."""
        return float(self.table["lost_margin"].sum())

    def count(self, state: str) -> int:
        """Products in a state."""
        return int((self.table["state"] == state).sum())


@shared
def breaker(
    shop: Shop,
    end: date | None = None,
    *,
    watch: float = 0.2,
    stop: float = 0.4,
    presale: float = 0.6,
    beyond: float = 0.05,
    plan_days: int = 7,
    near_price: float = 0.25,
    past_days: int = 182,
    level: float = 0.95,
    panel: DemandPanel | None = None,
) -> Breaker:
    """Call products whose stock will not last, and test such calls on the past.

    Args:
        shop: Needs a stock record; purchase orders tell the next receipt.
        end: First day not known; after the data's last unless given.
        watch: Chance of running out before the next receipt from which a product is watched.
        stop: The same from which its promotion is stopped.
        presale: The same from which it is sold for later delivery.
        beyond: Sales are beyond plan if the plan gave so many at most this chance, .001 to .5.
        plan_days: Days since the plan was made, 1 to 28; from the first day of a campaign that
            runs, where one does.
        near_price: How far a substitute's price may differ, as a share.
        past_days: Days of the test, 28 to 730.
        level: Confidence of the intervals.
        panel: The panel, where it has been read already.

    Raises:
        CannotTell: No stock record, or too short a history.
        ParameterError: A parameter lies outside its bounds.

    Source:
        Source claim 003 ch. 12 asks for a breaker "beyond expected" without a number.
    """
    _check(watch, stop, presale, beyond, plan_days, near_price, past_days)
    panel = panel or daily_demand(shop, end)
    if not panel.has_stock:
        raise CannotTell(N_("no stock record says what is left; the breaker needs one"))
    last = len(panel.dates) - 1
    start, name = _plan_start(shop, panel, plan_days)
    first = max(min(last - past_days, start), 28)
    if last - first < 14:
        raise CannotTell(N_("history is shorter than six weeks; the breaker cannot learn from it"))
    start = max(start, first)
    coming_on = arrivals(shop, panel, first)
    said: list[Calls] = []
    for day, forecast in walk(shop, panel, first):
        if day == start:
            plan = forecast.over(day, last - start)
        if day == last or (last - day) % 7 == 0:
            coming = coming_on(day)
            now = race(panel, forecast, day, coming)
            if day < last:
                found = calls_of(panel, now, coming, day)
                said += [found] if found is not None else []
    test = checked_calls(said, watch, len(panel.skus), level=level)
    if test is not None:
        in_line = test.line.of(now.chance)
        # Pieces missing are the chance of running out times those missing then.
        ratio = np.where(now.stock > 0, in_line / np.maximum(now.chance, 1e-9), 1.0)
        chance = np.where(now.stock > 0, in_line, now.chance)
        now = replace(now, chance=chance, missing=now.missing * np.nan_to_num(ratio, nan=1.0))
    margin = np.maximum(
        np.nan_to_num(paid_margin(panel, panel.skus["unit_cost"].to_numpy(np.float64))), 0.0
    )
    frame = _called(panel, now, coming, margin, plan, start, (watch, stop, presale), beyond)
    used = frame["state"] != ""
    others = substitutes_of(panel, now, frame["sku"][used], watch=watch, near_price=near_price)
    names = others.groupby("sku")["substitute"].agg(", ".join)
    frame["substitutes"] = frame["sku"].map(names).fillna("")
    on = panel.on_sale[:, last]
    seen = np.isfinite(now.stock)
    table = frame[used].sort_values(["lost_margin", "sku"], ascending=[False, True])
    return Breaker(
        table=table.reset_index(drop=True),
        substitutes=others,
        calibration=test,
        looked_at=int((on & seen & (now.daily > 0)).sum()),
        unrecorded=int((on & ~seen).sum()),
        quiet=int((on & seen & (now.daily <= 0)).sum()),
        plan_start=(panel.dates[start] + pd.Timedelta(days=1)).date(),
        campaign=name,
        thresholds=(watch, stop, presale),
        beyond=beyond,
        end=panel.end,
        currency=panel.currency,
        shop=panel.shop,
    )


def _check(
    watch: float,
    stop: float,
    presale: float,
    beyond: float,
    plan_days: int,
    near_price: float,
    past_days: int,
) -> None:
    if not 0 < watch <= stop <= presale <= 1:
        raise ParameterError(
            N_(
                "watch {watch}, stop {stop} and presale {presale} must rise: "
                "0 < watch <= stop <= presale <= 1"
            ),
            watch=watch,
            stop=stop,
            presale=presale,
        )
    for name, value, least, most in (
        ("beyond", beyond, 0.001, 0.5),
        ("plan_days", plan_days, 1, _LONGEST_PLAN),
        ("near_price", near_price, 0.01, 1.0),
        ("past_days", past_days, 28, 730),
    ):
        if not least <= value <= most:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=most,
            )


def _plan_start(shop: Shop, panel: DemandPanel, plan_days: int) -> tuple[int, str]:
    """Evening on which the plan was made: before a campaign that runs, or some days ago."""
    last = len(panel.dates) - 1
    start = max(last - plan_days, 0)
    if not shop.has("campaigns", "start_date", "end_date"):
        return start, ""
    runs, today = shop.campaigns, ibis.literal(panel.dates[-1].date())
    begin = runs.start_date
    if "preheat_start_date" in runs.columns:
        begin = runs.preheat_start_date.fill_null(begin)
    runs = runs.mutate(begin=begin, label=runs["name"] if "name" in runs.columns else "")
    runs = runs.filter(runs.begin <= today, runs.end_date >= today)
    found = runs.select("begin", "label").execute().sort_values(["begin", "label"])
    if found.empty:
        return start, ""
    row = found.iloc[0]
    since = (panel.dates[-1] - pd.Timestamp(row["begin"])).days + 1
    label = "" if pd.isna(row["label"]) else str(row["label"])
    return max(last - min(max(since, 1), _LONGEST_PLAN), 0), label


def _called(
    panel: DemandPanel,
    now: Race,
    coming: Arrivals,
    margin: Floats,
    plan: tuple[Floats, Floats],
    start: int,
    levels: tuple[float, float, float],
    beyond: float,
) -> pd.DataFrame:
    """Every product with its state; empty where nothing is called."""
    last = len(panel.dates) - 1
    on = panel.on_sale[:, last] & (now.daily > 0) & np.isfinite(now.stock)
    promoted = np.nan_to_num(np.asarray(panel.cut[:, last], np.float64)) >= _PROMOTED
    chance = np.nan_to_num(now.chance)
    watch, stop, presale = levels
    state = np.select(
        [
            on & (now.stock <= 0),
            on & (chance >= presale),
            on & promoted & (chance >= stop),
            on & (chance >= watch),
        ],
        ["sold_out", "presale", "stop", "watch"],
        "",
    )
    sold = np.asarray(panel.sold[:, start + 1 :], np.float64).sum(axis=1)
    mean, sd = plan
    many = 1 - demand_over(mean, sd).covered(sold - 1)
    ahead = (sold > mean) & (many <= beyond)
    cause = np.select(
        [coming.overdue, ahead, ~coming.ordered], ["overdue", "ahead", "no_order"], "late"
    )
    there = np.nan_to_num(now.stock) + sold
    with np.errstate(invalid="ignore", divide="ignore"):
        lasts = np.where(now.mean > 0, np.nan_to_num(now.stock) / now.mean, 1.0)
        through, planned = sold / there, np.minimum(mean / there, 1.0)
    lost = now.missing * margin
    return pd.DataFrame(
        {
            "sku": panel.skus["sku"].to_numpy(object),
            "category": panel.skus["category"].to_numpy(object),
            "state": state,
            "cause": cause,
            "stock": now.stock,
            "days": coming.days,
            "receipt_date": [panel.end + timedelta(days=int(d) - 1) for d in coming.days],
            "on_order": coming.ordered,
            "mean": now.mean,
            "chance": now.chance,
            "lost_pieces": now.missing,
            "lost_margin": lost,
            "per_day": lost / coming.days,
            "lasts": np.minimum(lasts, 1.0),
            "sold": sold,
            "plan": mean,
            "sell_through": through,
            "plan_sell_through": planned,
            "plan_chance": many,
            "promoted": promoted,
        }
    )
