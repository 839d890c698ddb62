"""What did the test change? Means, ratios, quantiles, with the past taken out where it helps.

The arithmetic is tea-tasting's: one aggregate query in the engine for all experiments, then
Welch's test, the delta method for ratios and CUPED on what units spent before.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.trial_data import NEEDS, control_of, region_trials, trial_units

if TYPE_CHECKING:
    from tea_tasting.aggr import Aggregates

__all__ = ["METRICS", "NEEDS", "Trials", "analyse_trials", "metric_name"]

METRICS = ("conversion", "value", "value_cuped", "value_per_buyer")
"""Shown for every experiment that records them, in this order."""
Correction = Literal["holm", "fdr", "none"]
_SEPARATOR = "\x1f"
_COLUMNS = ("converted", "value", "before")


def metric_name(metric: str) -> str:
    """What a metric is called."""
    names = {
        "conversion": t("conversion rate"),
        "value": t("sales per unit"),
        "value_cuped": t("sales per unit, past spend taken out"),
        "value_per_buyer": t("sales per buyer"),
    }
    return names.get(metric, metric)


@dataclass(frozen=True)
class Trials:
    """Effects of all experiments.

    Args:
        frame: One row per experiment, treated arm and metric: ``exp_id, control, variant,
            metric, control_mean, treatment_mean, lift`` (relative), ``low, high`` (of the
            lift), ``effect, effect_low, effect_high`` (absolute), ``p, p_adj`` (corrected
            over arms and metrics of the experiment; not a number for the plain value where
            the past is taken out), ``units_control, units, factorial``.
        correction: ``holm``, ``fdr`` or ``none``.
        level: Confidence of the intervals, each for itself.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    correction: str
    level: float
    source: str

    def of(self, exp_id: str) -> pd.DataFrame:
        """Rows of one experiment.

        Raises:
            ParameterError: There is none of that name.
        """
        rows = self.frame[self.frame["exp_id"] == exp_id]
        if not len(rows):
            raise ParameterError(
                N_('there is no experiment "{value}"; there are {known}'),
                value=exp_id,
                known=", ".join(self.frame["exp_id"].unique()[:12]),
            )
        return rows

    def narrowing(self, exp_id: str) -> float:
        """Width of the CUPED interval over the plain one; not a number without a past."""
        rows = self.of(exp_id).drop_duplicates("metric").set_index("metric")
        if "value_cuped" not in rows.index:
            return float("nan")
        width = rows["effect_high"] - rows["effect_low"]
        return float(width["value_cuped"] / width["value"])


@shared
def analyse_trials(
    shop: Shop,
    *,
    correction: Correction = "holm",
    before_days: int = 180,
    level: float = 0.95,
) -> Trials:
    """Estimate the effect of every experiment on visitors or customers.

    Look at ``trial_health`` first: a mismatch of the arms makes every number here void.

    Args:
        shop: Needs ``experiments``; with ``converted``, ``value`` or both.
        correction: How p-values are corrected for several metrics and arms: ``holm``
            (no false alarm at all), ``fdr`` (a share of them), ``none``.
        before_days: Days before the start whose spend CUPED takes out, 7 to 730.
        level: Confidence of the intervals.

    Raises:
        CannotTell: No experiment has two arms and an outcome.
        ParameterError: A parameter is out of range.

    Source:
        Deng, Xu, Kohavi, Walker (2013), Improving the Sensitivity of Online Controlled
        Experiments by Utilizing Pre-Experiment Data, WSDM; Deng, Knoblich, Lu (2018),
        Applying the Delta Method in Metric Analytics, KDD.
    """
    if correction not in ("holm", "fdr", "none"):
        raise ParameterError(
            N_('correction "{value}" is not known; use holm, fdr or none'), value=correction
        )
    if not 7 <= before_days <= 730:
        raise ParameterError(
            N_("before_days {value} is out of range; use 7 to 730"), value=before_days
        )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    cells = _cells(shop, before_days)
    rows: list[dict[str, Any]] = []
    for exp_id in sorted({name for name, _ in cells}):
        arms = {
            arm: part
            for (name, arm), part in sorted(cells.items(), key=lambda c: c[0])
            if name == exp_id
        }
        rows += _effects(exp_id, arms, correction, level)
    if not rows:
        raise CannotTell(
            N_("no experiment has two arms of at least two units with an outcome to compare")
        )
    return Trials(pd.DataFrame(rows), correction, level, shop.title)


def _cells(shop: Shop, before_days: int) -> "dict[tuple[str, str], Aggregates]":
    """Counts, means, variances and covariances of every arm, in one query."""
    import tea_tasting.aggr as aggr

    units = trial_units(shop, before_days=before_days)
    geo = region_trials(shop)
    if geo:
        units = units.filter(units.exp_id.notin(list(geo)))
    units = units.filter(units.arms == 1)
    units = units.mutate(
        cell=units.exp_id.concat(_SEPARATOR, units.variant),
        converted=units.converted.cast("float64"),
    )
    found = aggr.read_aggregates(
        units.select("cell", *_COLUMNS, "has_converted", "has_value", "factorial"),
        "cell",
        has_count=True,
        mean_cols=(*_COLUMNS, "has_converted", "has_value", "factorial"),
        var_cols=_COLUMNS,
        cov_cols=[("converted", "value"), ("before", "value"), ("before", "converted")],
    )
    named = {}
    for cell, part in found.items():
        exp_id, _, variant = str(cell).partition(_SEPARATOR)
        named[exp_id, variant] = part
    return named


def _baskets_differ(part: "Aggregates") -> bool:
    """Whether an arm has buyers who spend different amounts, so that their mean has an error."""
    bought = part.mean("converted")
    if bought <= 0:
        return False
    each = part.mean("value") / bought
    variance = part.var("value") - 2 * each * part.cov("converted", "value")
    variance += each**2 * part.var("converted")
    return bool(variance > 1e-9 * part.var("value"))


def _effects(
    exp_id: str, arms: "dict[str, Aggregates]", correction: str, level: float
) -> list[dict[str, Any]]:
    import tea_tasting as tt

    arms = {name: part for name, part in arms.items() if part.count() >= 2}
    if len(arms) < 2:
        return []
    has = {
        column: all(part.mean(column) > 0 for part in arms.values())
        for column in ("has_converted", "has_value")
    }
    past = all(part.var("before") > 0 for part in arms.values())
    options = {"confidence_level": level}
    metrics: dict[str, Any] = {}
    if has["has_converted"] and any(part.var("converted") > 0 for part in arms.values()):
        metrics["conversion"] = tt.Mean("converted", **options)
    if has["has_value"] and any(part.var("value") > 0 for part in arms.values()):
        metrics["value"] = tt.Mean("value", **options)
        if past:
            metrics["value_cuped"] = tt.Mean("value", "before", **options)
        if "conversion" in metrics and all(_baskets_differ(p) for p in arms.values()):
            metrics["value_per_buyer"] = tt.RatioOfMeans("value", "converted", **options)
    if not metrics:
        return []
    control = control_of(arms)
    trial = tt.Experiment(metrics)
    results = {
        arm: trial.analyze({control: arms[control], arm: part}, control=control)
        for arm, part in arms.items()
        if arm != control
    }
    corrected = [m for m in metrics if not (m == "value" and "value_cuped" in metrics)]
    if correction == "holm":
        adjusted: Any = tt.adjust_fwer(
            results, corrected, arbitrary_dependence=True, method="bonferroni"
        )
    elif correction == "fdr":
        adjusted = tt.adjust_fdr(results, corrected)
    else:
        adjusted = None
    rows = []
    for arm, result in results.items():
        for metric in metrics:
            r: Any = result[metric]
            p_adj = float("nan")
            if metric in corrected:
                p_adj = float(adjusted[arm][metric]["pvalue_adj"]) if adjusted else float(r.pvalue)
            low, high = float(r.rel_effect_size_ci_lower), float(r.rel_effect_size_ci_upper)
            if not (np.isfinite(low) and np.isfinite(high)):
                # The ratio's own interval needs something in both arms.
                low = float(r.effect_size_ci_lower) / r.control if r.control else float("nan")
                high = float(r.effect_size_ci_upper) / r.control if r.control else float("nan")
            rows.append(
                {
                    "exp_id": exp_id,
                    "control": control,
                    "variant": arm,
                    "metric": metric,
                    "control_mean": float(r.control),
                    "treatment_mean": float(r.treatment),
                    "lift": float(r.rel_effect_size),
                    "low": low,
                    "high": high,
                    "effect": float(r.effect_size),
                    "effect_low": float(r.effect_size_ci_lower),
                    "effect_high": float(r.effect_size_ci_upper),
                    "p": float(r.pvalue),
                    "p_adj": p_adj,
                    "units_control": arms[control].count(),
                    "units": arms[arm].count(),
                    "factorial": bool(arms[arm].mean("factorial") > 0),
                }
            )
    return rows
