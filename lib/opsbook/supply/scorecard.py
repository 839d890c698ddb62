"""The supplier scorecard: twelve metrics, one score, and how far the ranking can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import known_end
from opsbook.supply.score_facts import score_facts
from opsbook.supply.score_metrics import METRICS, Metric, grade_of, parse_weights
from opsbook.supply.shrinkage import check_level

__all__ = ["Scorecard", "points_of", "scorecard"]

Floats = NDArray[np.float64]
_DRAWS = 2000


@dataclass(frozen=True)
class Scorecard:
    """Scores of all suppliers.

    Args:
        end: Day after the last one known.
        days: Days looked back.
        metrics: One row per supplier and metric: ``supplier_id, metric, cases, raw, value,
            low, high, points`` (0 to 100), ``raw_points, weight`` (after the weights of
            missing metrics went to the others), ``weight_own``.
        suppliers: One row per scored supplier, best first: ``supplier_id, deliveries,
            score, low, high, raw_score, rank, rank_low, rank_high, raw_rank, grade`` (empty
            where the interval spans more than one), ``grade_low, grade_high, missing`` (keys
            of metrics it has no figure for).
        unscored: Suppliers on file without a received delivery.
        absent: Metrics nobody has a figure for.
        weights: Weights asked for, summing to 1.
        since: Suppliers judged only since their change, with that day.
        level: Confidence of the intervals.
        shop: Title of the shop.
        currency: ISO code.
    """

    end: date
    days: int
    metrics: pd.DataFrame
    suppliers: pd.DataFrame
    unscored: tuple[str, ...]
    absent: tuple[str, ...]
    weights: Mapping[str, float]
    since: Mapping[str, date]
    level: float
    shop: str
    currency: str


@shared
def scorecard(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    weights: str | Mapping[str, float] = "",
    since: Mapping[str, date] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Scorecard:
    """Score every supplier and say how sure its place is.

    Each metric is drawn toward the shop's by how few cases it rests on, turned into points
    between a poor and a good value, and weighted. Scores and ranks are simulated from what
    is uncertain about the metrics; recorded values count as they stand.

    Args:
        shop: Needs ``purchase_orders``; ``suppliers``, ``returns`` and ``order_lines`` add
            metrics.
        end: Day after the last one known.
        days: Days looked back, 28 to 3650.
        weights: As ``parse_weights`` reads them, or weights by metric; unnamed weigh nothing.
        since: First order day that counts for suppliers that have changed, from
            ``supplier_trend.since_changes``.
        level: Confidence of the intervals, 0.5 to 0.999.
        seed: Of the simulation.

    Raises:
        CannotTell: No purchase order is known, or no weighted metric has a figure.
        ParameterError: A parameter lies outside its bounds.

    Source:
        Rank intervals: Goldstein and Spiegelhalter (1996), Journal of the Royal Statistical
        Society A 159, 385-443.
    """
    check_level(level)
    end = end or known_end(shop)
    share = _weights(weights)
    facts = score_facts(shop, end, days=days, since=since or {}, level=level)
    facts = facts[facts["metric"].map(share).fillna(0.0) > 0]
    counted = facts[facts["metric"] == "delivery"].set_index("supplier_id")["cases"]
    if counted.empty:
        from opsbook.supply.lead_times import lead_times

        counted = lead_times(shop, end, days=days).set_index("supplier_id")["n"]
    scored = sorted(counted[counted > 0].index)
    if facts.empty or not scored:
        raise CannotTell(N_("no supplier has a received delivery and a metric that weighs"))
    found = [m for m in METRICS if share[m.key] > 0]
    rng = np.random.default_rng(seed)
    value, raw, drawn, own = _tables(facts, found, scored, rng)
    there = ~np.isnan(value)
    asked = np.array([share[m.key] for m in found])
    weight = np.where(there, asked[None, :], 0.0)
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    points = np.stack([points_of(m, value[:, j]) for j, m in enumerate(found)], axis=1)
    own_points = np.stack([points_of(m, raw[:, j]) for j, m in enumerate(found)], axis=1)
    own_points = np.where(np.isnan(own_points), points, own_points)
    draws = np.stack([points_of(m, drawn[:, j]) for j, m in enumerate(found)], axis=1)
    score = np.nansum(points * weight, axis=1)
    raw_score = np.nansum(own_points * weight, axis=1)
    simulated = np.nansum(draws * weight[:, :, None], axis=1)
    table = _ranked(scored, score, raw_score, simulated, level)
    table["deliveries"] = [int(counted[s]) for s in table["supplier_id"]]
    table["missing"] = [
        ", ".join(m.key for j, m in enumerate(found) if not there[scored.index(s), j])
        for s in table["supplier_id"]
    ]
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.quantile(drawn, tail, axis=2)
        high = np.quantile(drawn, 1 - tail, axis=2)
    long = pd.DataFrame(
        {
            "supplier_id": np.repeat(scored, len(found)),
            "metric": np.tile([m.key for m in found], len(scored)),
            "raw": raw.ravel(), "value": value.ravel(), "low": low.ravel(), "high": high.ravel(),
            "points": points.ravel(), "raw_points": own_points.ravel(), "weight": weight.ravel(),
            "weight_own": own.ravel(),
        }
    )  # fmt: skip
    long = long.merge(facts[["supplier_id", "metric", "cases"]], how="left")
    return Scorecard(
        end=end,
        days=days,
        metrics=long[long["value"].notna()].reset_index(drop=True),
        suppliers=table,
        unscored=tuple(sorted(str(s) for s in counted.index if counted[s] <= 0)),
        absent=tuple(m.key for j, m in enumerate(found) if not there[:, j].any()),
        weights=share,
        since=dict(since or {}),
        level=level,
        shop=shop.title,
        currency=shop.currency,
    )


def points_of(metric: Metric, values: Floats) -> Floats:
    """Points from 0 (poor) to 100 (good), in proportion in between.

    Example:
        >>> points_of(METRICS[0], np.array([0.75, 0.9, 1.0])).round().tolist()
        [0.0, 60.0, 100.0]
    """
    share = (np.asarray(values, float) - metric.poor) / (metric.good - metric.poor)
    return np.asarray(np.clip(share, 0.0, 1.0) * 100)


def _weights(asked: str | Mapping[str, float]) -> Mapping[str, float]:
    if isinstance(asked, str):
        return parse_weights(asked)
    if not asked:
        raise ParameterError(N_("weights: all weights are 0; give one metric at least a weight"))
    return parse_weights(", ".join(f"{k}={v}" for k, v in asked.items()))


def _tables(
    facts: pd.DataFrame, found: list[Metric], scored: list[str], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Values, own values, draws and weights of own cases: suppliers x metrics (x draws)."""
    size = (len(scored), len(found))
    value, raw, own = np.full(size, np.nan), np.full(size, np.nan), np.full(size, np.nan)
    drawn = np.full((*size, _DRAWS), np.nan)
    for j, metric in enumerate(found):
        part = facts[facts["metric"] == metric.key].set_index("supplier_id").reindex(scored)
        mean, sd = part["value"].to_numpy(float), part["sd"].to_numpy(float)
        value[:, j], raw[:, j] = mean, part["raw"].to_numpy(float)
        own[:, j] = part["weight_own"].to_numpy(float)
        drawn[:, j] = _draws(metric, mean, np.nan_to_num(sd), rng)
    return value, raw, drawn, own


def _draws(metric: Metric, mean: Floats, sd: Floats, rng: np.random.Generator) -> Floats:
    noise = rng.standard_normal((len(mean), _DRAWS))
    if metric.kind == "recorded":
        return np.repeat(mean[:, None], _DRAWS, axis=1)
    if metric.kind == "signed":
        return np.asarray(mean[:, None] + sd[:, None] * noise)
    if metric.kind == "positive":
        width = np.sqrt(np.log1p((sd / mean) ** 2))
        return np.asarray(mean[:, None] * np.exp(width[:, None] * noise - width[:, None] ** 2 / 2))
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    strength = np.maximum(inside * (1 - inside) / np.maximum(sd, 1e-9) ** 2 - 1, 0.5)
    known = ~np.isnan(inside)
    a = np.where(known, inside * strength, 1.0)
    b = np.where(known, (1 - inside) * strength, 1.0)
    return np.where(known[:, None], rng.beta(a[:, None], b[:, None], (len(mean), _DRAWS)), np.nan)


def _ranked(
    scored: list[str], score: Floats, raw: Floats, simulated: Floats, level: float
) -> pd.DataFrame:
    """Scores with ranks and grades; a grade only where the interval lies within one."""
    tail = (1 - level) / 2
    places = (-simulated).argsort(axis=0).argsort(axis=0) + 1
    low, high = np.quantile(simulated, tail, axis=1), np.quantile(simulated, 1 - tail, axis=1)
    table = pd.DataFrame(
        {
            "supplier_id": scored,
            "score": score,
            "low": np.minimum(low, score),
            "high": np.maximum(high, score),
            "raw_score": raw,
            "rank_low": np.quantile(places, tail, axis=1, method="nearest").astype(int),
            "rank_high": np.quantile(places, 1 - tail, axis=1, method="nearest").astype(int),
            "raw_rank": pd.Series(-raw).rank(method="min").astype(int).to_numpy(),
        }
    )
    table["rank"] = (-table["score"]).rank(method="min").astype(int)
    table["grade_low"] = [grade_of(v) for v in table["low"]]
    table["grade_high"] = [grade_of(v) for v in table["high"]]
    same = table["grade_low"] == table["grade_high"]
    table["grade"] = table["grade_low"].where(same, "")
    return table.sort_values(["rank", "supplier_id"], ignore_index=True)
