"""Which carrier is late, once far regions and busy months are taken out of the comparison."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.parcels import NEEDS, known_parcels
from opsbook.supply.shrinkage import check_level

__all__ = ["CarrierGap", "carrier_gap"]

Floats = NDArray[np.float64]
_RIDGE = 0.25
"""Weight that holds a carrier or region without any late parcel from running off to infinity."""


@dataclass(frozen=True)
class CarrierGap:
    """Carriers compared within the same region and month.

    Args:
        start: First day of ordering.
        end: Day after the last one; nothing later was known.
        best: Carrier the others are compared with: the most punctual alike for alike.
        carriers: One row per carrier, most punctual first: ``carrier, hits, cases, value,
            low, high`` (as it is), ``alike`` (share on time if it carried every parcel of
            the shop), ``odds, odds_low, odds_high`` (odds of being late against ``best``),
            ``extra_late`` (parcels late beyond what ``best`` would have made late).
        level: Confidence of the intervals.
        shop: Title of the shop.
    """

    start: date
    end: date
    best: str
    carriers: pd.DataFrame
    level: float
    shop: str


@shared
def carrier_gap(
    shop: Shop, end: date, *, days: int = 365, reference: str = "", level: float = 0.95
) -> CarrierGap:
    """Compare carriers as if all had the same regions and months.

    Logistic regression of a late parcel on carrier, region and calendar month.

    Args:
        shop: Needs ``shipments.carrier_id`` and ``promised_ts``; ``orders.region`` is used.
        end: Day after the last one known.
        days: Days of ordering looked back on, 28 to 3650.
        reference: Carrier to compare with; the most punctual unless given.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: A column is missing, or fewer than two carriers have carried.
        ParameterError: A parameter is out of bounds.

    Source:
        McCullagh and Nelder, Generalized Linear Models (1989), chapter 4.
    """
    check_level(level)
    if not 28 <= days <= 3650:
        raise ParameterError(N_("days {value} is out of range; use 28 to 3650"), value=days)
    columns = (*NEEDS["shipments"], "carrier_id", "promised_ts")
    shop.require({**NEEDS, "shipments": columns})
    start = end - timedelta(days=days)
    cells = _cells(shop, start, end)
    names = sorted(cells["carrier_id"].unique())
    if len(names) < 2:
        raise CannotTell(N_("fewer than two carriers have carried, so there is none to compare"))
    if reference and reference not in names:
        raise ParameterError(
            N_('carrier "{value}" has carried nothing; use one of {names}'),
            value=reference, names=", ".join(names),
        )  # fmt: skip
    late, n = cells["late"].to_numpy(float), cells["n"].to_numpy(float)
    design = _design(cells, names)
    weight, covariance = _fit(design, late, n)
    k = len(names)
    best = names.index(reference) if reference else int(np.argmin(weight[:k]))
    from scipy.stats import norm

    gap = weight[:k] - weight[best]
    spread = covariance[:k, :k]
    variance = np.diag(spread) + spread[best, best] - 2 * spread[:, best]
    half = float(norm.ppf((1 + level) / 2)) * np.sqrt(np.maximum(variance, 0.0))
    rest = design[:, k:] @ weight[k:]
    alike = np.array([1 - (n / (1 + np.exp(-(rest + w)))).sum() / n.sum() for w in weight[:k]])
    by = cells.groupby("carrier_id")[["late", "n"]].sum().loc[names]
    if_best = n / (1 + np.exp(-(rest + weight[best])))
    extra = by["late"] - pd.Series(if_best).groupby(cells["carrier_id"].to_numpy()).sum()[names]
    hits = by["n"] - by["late"]
    low, high = wilson(hits, by["n"], level)
    table = pd.DataFrame(
        {
            "carrier": names, "hits": hits.to_numpy(), "cases": by["n"].to_numpy(),
            "value": (hits / by["n"]).to_numpy(), "low": low, "high": high, "alike": alike,
            "odds": np.exp(gap), "odds_low": np.exp(gap - half), "odds_high": np.exp(gap + half),
            "extra_late": extra.to_numpy(),
        }
    )  # fmt: skip
    table = table.sort_values("alike", ascending=False).reset_index(drop=True)
    return CarrierGap(start, end, names[best], table, level, shop.title)


def _cells(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Decided parcels and late ones by carrier, region and month."""
    parcels = known_parcels(shop, start, end, end)
    parcels = parcels.filter(
        parcels.fault == "none",
        parcels.state.isin(["on_time", "late"]),
        parcels.carrier_id.notnull(),
    )
    parcels = parcels.mutate(
        month=parcels.day.truncate("month"), region=parcels.region.fill_null("")
    )
    keys = ["carrier_id", "region", "month"]
    cells = (
        parcels.group_by(*keys)
        .aggregate(n=parcels.count(), late=ibis.ifelse(parcels.state == "late", 1, 0).sum())
        .order_by(*keys)
        .execute()
    )
    return cells.assign(n=cells["n"].astype(float), late=cells["late"].astype(float))


def _design(cells: pd.DataFrame, names: list[str]) -> Floats:
    """A column per carrier, then regions and months as deviations from their mean."""
    parts = [pd.get_dummies(cells["carrier_id"])[names]]
    parts += [pd.get_dummies(cells[c].astype(str)).iloc[:, 1:] for c in ("region", "month")]
    wide = np.hstack([p.to_numpy(float) for p in parts])
    share = np.average(wide[:, len(names) :], axis=0, weights=cells["n"])
    wide[:, len(names) :] -= share
    return wide


def _fit(design: Floats, late: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Logistic regression by Newton's method, held weakly toward no effect at all."""
    middle = np.log((late.sum() + 0.5) / (n.sum() - late.sum() + 0.5))
    k = design.shape[1]
    hold = np.full(k, _RIDGE)
    center = np.where((design >= 0).all(axis=0), middle, 0.0)
    weight: Floats = center.astype(np.float64)
    information = np.eye(k)
    for _ in range(60):
        chance = 1 / (1 + np.exp(-(design @ weight)))
        slope = design.T @ (late - n * chance) - hold * (weight - center)
        information = (design.T * (n * chance * (1 - chance))) @ design + np.diag(hold)
        step = np.linalg.solve(information, slope)
        weight = weight + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return weight, np.asarray(np.linalg.inv(information), np.float64)
