"""Which category deserves the next investment: a score with its weights laid open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, per_cent, t
from opsbook.market.categories import Categories
from opsbook.market.compare import stated
from opsbook.market.opportunity_chart import opportunity_table, plot_opportunity
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import data_days
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "CRITERIA",
    "NEEDS",
    "WEIGHTS",
    "Opportunity",
    "opportunity",
    "opportunity_table",
    "plot_opportunity",
    "repurchase",
]

NEEDS = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
    "products": ("sku", "category"),
}
"""``orders.customer_id`` gives repurchase, ``order_lines.unit_cost`` margin."""

CRITERIA: dict[str, str] = {
    "growth": N_("growth"),
    "repurchase": N_("repurchase"),
    "headroom": N_("buyers still to win"),
    "steadiness": N_("steadiness"),
    "margin": N_("margin"),
}
WEIGHTS: dict[str, float] = {
    "growth": 0.30,
    "repurchase": 0.20,
    "headroom": 0.20,
    "steadiness": 0.15,
    "margin": 0.15,
}
"""Our choice: the source names criteria, not weights. Hence the test of other weights."""

_LEAST_SHARE = 0.005
"""Categories with less of the shop's sales take no part: nothing to move, much noise."""
_WINDOW_DAYS = 182
_DRAWS = 2000
_SPREAD = 12.0


@dataclass(frozen=True)
class Opportunity:
    """Categories by opportunity.

    Args:
        frame: One row per category, best first: ``group, score`` (0 to 1), ``rank``,
            ``rank_low, rank_high`` (ranks under 90 % of other weightings), ``top3`` (share of
            weightings that put it among the first three), and per criterion its value
            (``growth`` ...) and its place ``growth_score`` from 0 worst to 1 best.
        weights: Weights used, adding up to one.
        missing: Criteria the data do not allow, left out.
        categories: What it was computed from.
    """

    frame: pd.DataFrame
    weights: dict[str, float]
    missing: tuple[str, ...]
    categories: Categories

    def words(self) -> str:
        """Weights, what is left out, and how firm the first place is."""
        parts = t(", ").join(f"{t(CRITERIA[k])} {per_cent(w, 0)}" for k, w in self.weights.items())
        text = t("Weights: {parts}.", parts=parts)
        if self.missing:
            text += " " + t(
                "Left out for lack of data: {names}; the other weights are scaled up.",
                names=t(", ").join(t(CRITERIA[name]) for name in self.missing),
            )
        return (
            text
            + " "
            + t("Competition and necessity, which the source also asks for, are not in the data.")
        )


@shared
def repurchase(shop: Shop, *, by: str = "category", end: str = "") -> pd.DataFrame:
    """Share of a category's customers who ordered from it at least twice in half a year.

    Returns:
        One row per category: ``group, customers, repurchase`` (fraction), over the last 182
        days of the data (or up to ``end``, the day after the last). Guests are left out.
    """
    from datetime import date

    stop = date.fromisoformat(end) if end else data_days(shop).end
    lines = in_days(sales_lines(shop), stop - timedelta(days=_WINDOW_DAYS), stop)
    lines = lines.filter(lines.customer_id.notnull())
    times = lines.group_by(group=lines[by].cast("string"), buyer=buyer_of(lines)).aggregate(
        orders=lines.order_id.nunique()
    )
    found = (
        times.group_by("group")
        .aggregate(customers=times.count(), repurchase=(times.orders >= 2).cast("float64").mean())
        .execute()
    )
    return found.assign(group=stated(found["group"]))


@shared
def opportunity(
    shop: Shop,
    result: Categories,
    *,
    weights: Mapping[str, float] | None = None,
    rng: np.random.Generator | None = None,
) -> Opportunity:
    """Score categories on growth, repurchase, headroom, steadiness and margin.

    Every criterion is turned into a place among the categories, 0 for the worst and 1 for
    the best (ties share), so no unit outweighs another; the score is their weighted mean. A
    criterion without data is left out and the other weights are scaled up. Because weights
    are a matter of opinion, 2,000 others around them are tried (Dirichlet) and the range of
    ranks is given: a first place that does not survive them is none.

    Args:
        shop: The shop.
        result: From ``categories``; those under 30 orders or 0.5 % of sales take no part.
        weights: Criterion to weight, any positive scale; ``WEIGHTS`` unless given.
        rng: Source of the other weights; seeded with 4 unless given.

    Raises:
        ParameterError: A weight is negative, or its criterion is not known.
        CannotTell: Fewer than three categories are large enough.

    Source:
        A04: 002 二(一)2 市场细分与赛道选择 names growth, competition, repurchase, necessity
        and margin. Headroom and steadiness stand in for what a shop's data cannot show.
    """
    chosen = dict(WEIGHTS if weights is None else weights)
    for name, weight in chosen.items():
        if name not in CRITERIA or not weight >= 0:
            raise ParameterError(
                N_('weight "{name}" = {value} is not valid; known are {known}, 0 or more'),
                name=name,
                value=weight,
                known=", ".join(CRITERIA),
            )
    frame = _criteria(shop, result)
    if len(frame) < 3:
        raise CannotTell(
            N_("fewer than three categories have 30 orders in both periods and 0.5 % of sales")
        )
    used = [c for c in CRITERIA if chosen.get(c, 0) > 0 and frame[c].notna().any()]
    missing = tuple(c for c in CRITERIA if chosen.get(c, 0) > 0 and c not in used)
    if not used:
        raise CannotTell(N_("none of the weighted criteria is in the data"))
    total = sum(chosen[c] for c in used)
    shares = np.array([chosen[c] / total for c in used])
    places = frame[used].rank(method="average")
    places = ((places - 1) / (places.count() - 1).clip(lower=1)).fillna(0.5)
    frame[[f"{c}_score" for c in used]] = places
    frame["score"] = places.to_numpy() @ shares
    frame["rank"] = frame["score"].rank(ascending=False, method="min").astype(int)
    rng = rng or np.random.default_rng(4)
    others = rng.dirichlet(shares * _SPREAD * len(used) / 2, _DRAWS)
    scores = pd.DataFrame(places.to_numpy() @ others.T)
    ranks = scores.rank(ascending=False, method="min")
    frame["rank_low"] = ranks.quantile(0.05, axis=1, interpolation="lower").to_numpy(int)
    frame["rank_high"] = ranks.quantile(0.95, axis=1, interpolation="higher").to_numpy(int)
    frame["top3"] = (ranks <= 3).mean(axis=1).to_numpy()
    frame = frame.sort_values(["score", "gmv"], ascending=False, ignore_index=True)
    return Opportunity(frame, dict(zip(used, shares.tolist(), strict=True)), missing, result)


def _criteria(shop: Shop, result: Categories) -> pd.DataFrame:
    """Categories with enough orders and the value of each criterion, higher is better."""
    base = result.frame[~result.frame["thin"] & (result.frame["share"] >= _LEAST_SHARE)]
    base = base.reset_index(drop=True)
    like = base["like_for_like"].notna().all()
    frame = pd.DataFrame(
        {
            "group": base["group"],
            "gmv": base["gmv"],
            "penetration": base["penetration"],
            "growth": base["like_for_like"] if like else base["growth"],
            "headroom": 1 - base["penetration"],
            "steadiness": -base["volatility_adjusted"],
            "margin": base["gross_margin"],
        }
    )
    frame["repurchase"] = np.nan
    if shop.has("orders", "customer_id"):
        again = repurchase(
            shop, by=result.comparison.by, end=result.comparison.period.end.isoformat()
        )
        frame["repurchase"] = frame["group"].map(again.set_index("group")["repurchase"])
    return frame
