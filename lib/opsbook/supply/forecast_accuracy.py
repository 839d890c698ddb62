"""How good the forecast is, by class of demand, on mornings that had no part in making it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.supply.accuracy import bias, wape
from opsbook.supply.backtest import ALL, Backtest, pinball_of
from opsbook.supply.forecast_methods import YARDSTICK
from opsbook.supply.spread import LEVELS, placed

__all__ = ["accuracy_table", "biased_skus", "errors_by_sku"]

Array = NDArray[np.float64]


def accuracy_table(
    found: Backtest, chosen: dict[str, str], choice: pd.DataFrame, *, seed: int = 0
) -> pd.DataFrame:
    """The method used in each class beside seasonal naive.

    Args:
        found: From ``backtest``.
        chosen: Method by class, from ``choose``.
        choice: The table of ``choose``.
        seed: Of the lots that break ties.

    Returns:
        One row per class, all classes first: ``label, method, skus, pieces, days`` (tested);
        ``wape_day, wape`` (of sums over the window), ``bias``, ``mase`` (error of a sum over
        the usual change from one sum to the next), ``pinball``; the same of seasonal naive as
        ``naive_...``; ``gain, low, high`` (share of its pinball loss saved, 95 % interval);
        ``coverage`` (of the 90 % interval, ends included, by a spread fitted on the other
        origins), ``calibrated`` (the same with ties broken by lot, which is 90 % where all
        is right; whole pieces make ``coverage`` higher).
    """
    first = found.chosen_by()
    rows = []
    for label in [ALL, *sorted(k for k in chosen if k != ALL)]:
        method = chosen[label]
        own = _measures(found, label, method, chosen, first, seed)
        naive = _measures(found, label, YARDSTICK, {}, first, seed)
        same = choice[(choice["label"] == label) & (choice["method"] == method)]
        gains = same[["gain", "low", "high"]].iloc[0].to_dict() if len(same) else {}
        row = {"label": label, "method": method, **own, **gains}
        row |= {f"naive_{k}": naive[k] for k in ("wape_day", "wape", "bias", "mase", "pinball")}
        rows.append(row)
    table = pd.DataFrame(rows)
    return table[table["skus"] > 0].reset_index(drop=True)


def _measures(
    found: Backtest,
    label: str,
    method: str,
    chosen: dict[str, str],
    first: NDArray[np.bool_],
    seed: int,
) -> dict[str, float]:
    """Measures on the test of one class; of all classes, each by its own method if given."""
    parts = [(label, method)]
    if label == ALL and chosen:
        parts = [(k, m) for k, m in chosen.items() if k != ALL]
    rng = np.random.default_rng(seed)
    days, sums, errors, losses, hits, fell, seen = [], [], [], [], [], [], []
    for name, way in parts:
        day_sold, day_said, _ = found.sums(way, 1, ~first, name)
        sold, said, rows = found.sums(way, found.window, ~first, name)
        if not len(sold):
            continue
        spread = found.spread(way, name, first, seed=seed)
        plain = found.spread(way, name, first, seed=seed, adjust=False)
        loss, _ = pinball_of(found, way, name, plain, ~first)
        low = spread.quantile(LEVELS[0], said, found.window)
        high = spread.quantile(LEVELS[-1], said, found.window)
        at = placed(sold, said, spread.variance(said, found.window), rng)
        asked = [float(spread.asked(p, found.window)) for p in (LEVELS[0], LEVELS[-1])]
        hits.append((sold >= low) & (sold <= high))
        fell.append((at >= asked[0]) & (at <= asked[1]))
        days.append((day_sold, day_said))
        sums.append((sold, said))
        losses.append(loss)
        seen.append(rows)
        size = found.steps[~first].mean(axis=0)[rows]
        usable = size > 0
        errors.append(np.abs(sold - said)[usable] / size[usable])
    if not sums:
        return dict.fromkeys(
            ("skus", "pieces", "days", "wape_day", "wape", "bias", "mase", "pinball", "coverage",
             "calibrated"), 0.0,
        )  # fmt: skip
    day, total = ([np.concatenate(p) for p in zip(*x, strict=True)] for x in (days, sums))
    scaled = np.concatenate(errors)
    return {
        "skus": len(np.unique(np.concatenate(seen))),
        "pieces": float(day[0].sum()),
        "days": int((~first).sum()) * found.horizon,
        "wape_day": float(wape(day[0], day[1])),
        "wape": float(wape(total[0], total[1])),
        "bias": float(bias(total[0], total[1])),
        "mase": float(scaled.mean()) if len(scaled) else np.nan,
        "pinball": float(np.concatenate(losses).mean()),
        "coverage": float(np.concatenate(hits).mean()),
        "calibrated": float(np.concatenate(fell).mean()),
    }


def errors_by_sku(found: Backtest, chosen: dict[str, str]) -> pd.DataFrame:
    """Error of every SKU over the test, by the method of its class and by seasonal naive.

    Returns:
        One row per SKU of the panel: ``sold``, ``said``, ``over`` and ``under`` (pieces by
        which sums over the window were too high or too low), the same as ``naive_...``,
        ``windows``.
    """
    first = found.chosen_by()
    n = found.sold.shape[1]
    out = {k: np.zeros(n) for k in ("sold", "said", "over", "under", "windows", "square")}
    out |= {k: np.zeros(n) for k in ("naive_said", "naive_over", "naive_under")}
    for label in [k for k in chosen if k != ALL]:
        for way, mark in ((chosen[label], ""), (YARDSTICK, "naive_")):
            sold, said, rows = found.sums(way, found.window, ~first, label)
            gap = said - sold
            for name, value in (
                ("said", said),
                ("over", np.maximum(gap, 0)),
                ("under", np.maximum(-gap, 0)),
            ):
                np.add.at(out[mark + name], rows, value)
            if not mark:
                np.add.at(out["sold"], rows, sold)
                np.add.at(out["windows"], rows, 1)
                np.add.at(out["square"], rows, gap**2)
    return pd.DataFrame(out)


def biased_skus(
    errors: pd.DataFrame, skus: pd.Series, *, even: float = 1.5, share: float = 0.05
) -> pd.DataFrame:
    """SKUs whose forecast was too high or too low beyond chance, over the whole test.

    Chance is ``even`` times a Poisson of the larger of forecast and sales; SKUs with under 20
    pieces are not judged.

    Args:
        errors: From ``errors_by_sku``.
        skus: Names, row by row.
        even: Variance per expected piece that is chance, from ``Spread.even``.
        share: False alarms among those named.

    Returns:
        ``sku, sold, said, gap`` (said less sold, pieces), ``bias`` (fraction), largest gap
        first.

    Source:
        Benjamini and Hochberg 1995, JRSS B 57, 289-300, for the number of SKUs looked at.
    """
    from scipy.stats import norm

    frame = errors[["sold", "said"]].assign(sku=skus.to_numpy())
    frame["gap"] = frame["said"] - frame["sold"]
    frame["bias"] = frame["gap"] / np.maximum(frame["sold"], 1.0)
    size = np.maximum(frame["sold"], frame["said"])
    judged = frame[size >= 20]
    chance = 2 * norm.sf(np.abs(judged["gap"]) / np.sqrt(even * size[size >= 20]))
    order = np.argsort(chance)
    line = share * np.arange(1, len(chance) + 1) / max(len(chance), 1)
    passes = np.flatnonzero(chance[order] <= line)
    named = judged.iloc[order[: passes[-1] + 1 if len(passes) else 0]]
    named = named.iloc[np.argsort(-named["gap"].abs().to_numpy(), kind="stable")]
    return named[["sku", "sold", "said", "gap", "bias"]].reset_index(drop=True)
