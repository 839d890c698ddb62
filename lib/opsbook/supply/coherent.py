"""One plan for everybody: products, categories, warehouses and the shop add up.

A buyer plans products, a category manager plans a category, a warehouse plans hands. Three
forecasts made apart never agree. Here all come from one set of products; whether a category's
own forecast would make them better is tested on the past, and said.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand_stock import warehouse_shares
from opsbook.shop.shop import Shop
from opsbook.supply.accuracy import wape
from opsbook.supply.backtest import ALL, Backtest
from opsbook.supply.forecast import Forecast
from opsbook.supply.spread import LENGTHS, LEVELS, Spread, fit_spread

__all__ = ["Coherent", "coherent", "reconcile", "shop_interval"]

Array = NDArray[np.float64]

_TOTAL_METHOD = "level_calendar"
_PAYS = 0.97


@dataclass(frozen=True)
class Coherent:
    """Forecasts of every level that add up.

    Args:
        sku: Expected pieces, SKU x day, as used.
        category: The same by category, a table of ``category`` x day.
        warehouse: By warehouse; empty where the shop names none.
        shop: Expected pieces by day.
        bands: Quantiles by level: ``category`` (category x day x level), ``shop`` (day x level).
        totals: One row per category, warehouse and the shop: ``level, name, days_7, days_14,
            days_28`` (expected pieces), ``low, high`` (90 % interval of 28 days; NaN for a
            warehouse).
        pays: Whether reconciling with the categories' own forecasts would lower the error of
            products by 3 % or more; what is used is the sum in either case.
        errors: WAPE on the test: ``way`` (``bottom_up``, ``own`` category forecast, ``minimum
            trace``) by ``sku, category, shop``, of sums over the window.
    """

    sku: Array
    category: pd.DataFrame
    warehouse: pd.DataFrame
    shop: Array
    bands: dict[str, Array]
    totals: pd.DataFrame
    pays: bool
    errors: pd.DataFrame


def reconcile(bottom: Array, total: Array, bottom_var: Array, total_var: Array) -> Array:
    """Products moved so that they add up to what products and total agree on.

    Each product takes its share of the gap by its own variance: minimum trace reconciliation
    of one total over its parts, for errors that are independent.

    Args:
        bottom: Forecasts of the parts, one row each; columns are days or sums.
        total: Own forecast of the total, per column.
        bottom_var: Variance of the error of each part, per column.
        total_var: Variance of the error of the total's own forecast.

    Returns:
        The parts, never below 0.

    Source:
        Wickramasuriya, Athanasopoulos and Hyndman 2019, JASA 114, 804-819, solved for one
        total.
    """
    gap = total - bottom.sum(axis=0)
    weight = bottom_var / np.maximum(bottom_var.sum(axis=0) + total_var, 1e-12)
    return np.asarray(np.maximum(bottom + weight * gap, 0.0))


def coherent(found: Forecast, shop: Shop | None = None) -> Coherent:
    """Add the forecast up, and test whether categories' own forecasts improve it.

    Args:
        found: From ``forecast``.
        shop: For the split by warehouse; without it there is none.
    """
    test = found.tested
    names, at = np.unique(found.skus["category"].fillna("").astype(str), return_inverse=True)
    said = _chosen(test, found.chosen)
    own = test.means.get(_TOTAL_METHOD, said)
    errors, better = _errors(test, said, own, at, len(names))
    mean = found.mean
    category = np.zeros((len(names), mean.shape[1]))
    np.add.at(category, at, mean)
    rng = np.random.default_rng(found.seed)
    by_category = _spread(test, said, at, len(names), rng)
    whole = _spread(test, said, np.zeros(len(at), np.int64), 1, rng)
    unseen = found.skus["extra"].to_numpy(float).mean()
    bands = {
        "category": _bands(by_category, category, unseen),
        "shop": _bands(whole, mean.sum(axis=0, keepdims=True), unseen)[0],
    }
    house = pd.DataFrame()
    if shop is not None and _split(shop):
        dates = found.panel.dates
        shares = warehouse_shares(shop, found.skus["sku"], dates[0].date(), found.panel.end)
        house = pd.DataFrame(
            shares.to_numpy(float).T @ mean, index=list(shares.columns), columns=found.dates
        )
    rows = []
    groups: list[tuple[str, str, Array, Spread | None]]
    groups = [("shop", "", mean.sum(axis=0), whole)]
    groups += [("category", n, category[k], by_category) for k, n in enumerate(names)]
    groups += [("warehouse", str(n), house.loc[n].to_numpy(float), None) for n in house.index]
    for level, name, days, spread in groups:
        row: dict[str, str | float] = {"level": level, "name": name}
        row |= {f"days_{n}": float(days[:n].sum()) for n in (7, 14, 28)}
        for key, p in (("low", LEVELS[0]), ("high", LEVELS[-1])):
            row[key] = np.nan
            if spread is not None:
                row[key] = float(spread.quantile(p, days.sum(), len(days), unseen))
        rows.append(row)
    return Coherent(
        sku=mean,
        category=pd.DataFrame(category, index=names, columns=found.dates),
        warehouse=house,
        shop=mean.sum(axis=0),
        bands=bands,
        totals=pd.DataFrame(rows),
        pays=better,
        errors=errors,
    )


def shop_interval(found: Forecast, days: int = 28) -> tuple[float, float]:
    """Interval, 90 %, of the whole shop's pieces in the next days.

    Args:
        found: From ``forecast``.
        days: How many, 1 to 28.
    """
    said = _chosen(found.tested, found.chosen)
    one = np.zeros(len(found.skus), np.int64)
    spread = _spread(found.tested, said, one, 1, np.random.default_rng(found.seed))
    mean = found.ahead[:, :days].sum()
    extra = found.skus["extra"].to_numpy(float).mean()
    low, high = (float(spread.quantile(p, mean, days, extra)) for p in (LEVELS[0], LEVELS[-1]))
    return low, high


def _split(shop: Shop) -> bool:
    return shop.has("orders", "warehouse_id") or shop.has("inventory_daily", "warehouse_id")


def _chosen(test: Backtest, chosen: dict[str, str]) -> NDArray[np.float32]:
    """What the method of each SKU's class said at each origin."""
    said = test.means[chosen[ALL]].copy()
    for label, method in chosen.items():
        if label != ALL:
            rows = test.label == label
            said[rows] = test.means[method][rows]
    return said


def _grouped(values: NDArray[np.float32], at: NDArray[np.int64], n: int) -> Array:
    """Origin x SKU x day summed to origin x group x day."""
    out = np.zeros((n, values.shape[0], values.shape[2]))
    np.add.at(out, at, np.moveaxis(values, 1, 0))
    return np.moveaxis(out, 0, 1)


def _spread(
    test: Backtest,
    said: NDArray[np.float32],
    at: NDArray[np.int64],
    n: int,
    rng: np.random.Generator,
) -> Spread:
    """Spread of groups' sums about their forecast, from every origin."""
    sold = _grouped(test.sold * test.alive[:, :, None], at, n)
    mean = _grouped(said * test.mass * test.alive[:, :, None], at, n)
    sums = {}
    for length in LENGTHS:
        k = test.horizon // length
        shape = (sold.shape[0], n, k, length)
        got, expected = (
            v[:, :, : k * length].reshape(shape).sum(axis=3).ravel() for v in (sold, mean)
        )
        sums[length] = (got, expected)
    return fit_spread(sums, rng)


def _bands(spread: Spread, mean: Array, extra: float) -> Array:
    return np.stack([spread.quantile(p, mean, 1, extra) for p in LEVELS], axis=-1)


def _errors(
    test: Backtest,
    said: NDArray[np.float32],
    own: NDArray[np.float32],
    at: NDArray[np.int64],
    n: int,
) -> tuple[pd.DataFrame, bool]:
    """WAPE on the test of adding up, of a category's own smoothing, and of both reconciled."""
    w, first = test.window, test.chosen_by()
    k = test.horizon // w
    on = test.alive[:, :, None]

    def sums(values: NDArray[np.float32]) -> Array:
        cut = (values * on)[:, :, : k * w]
        return np.asarray(cut.reshape(*cut.shape[:2], k, w).sum(axis=3), np.float64)

    sold, parts, mine = sums(test.sold), sums(said * test.mass), sums(own * test.mass)
    totals = _grouped(mine.astype(np.float32), at, n)
    happened = _grouped(sold.astype(np.float32), at, n)
    added = _grouped(parts.astype(np.float32), at, n)
    var = ((sold - parts)[first] ** 2).mean(axis=(0, 2)) + 1e-6
    total_var = ((happened - totals)[first] ** 2).mean(axis=(0, 2)) + 1e-6
    joint = parts.copy()
    for g in range(n):
        rows = np.flatnonzero(at == g)
        for o in np.flatnonzero(~first):
            joint[o, rows] = reconcile(
                parts[o, rows], totals[o, g], var[rows, None], np.array([total_var[g]])
            )
    both = _grouped(joint.astype(np.float32), at, n)
    table_rows = []
    for way, low, mid in (
        ("bottom_up", parts, added),
        ("own", None, totals),
        ("minimum_trace", joint, both),
    ):
        table_rows.append(
            {
                "way": way,
                "sku": np.nan if low is None else float(wape(sold[~first], low[~first])),
                "category": float(wape(happened[~first], mid[~first])),
                "shop": float(wape(happened[~first].sum(axis=1), mid[~first].sum(axis=1))),
            }
        )
    table = pd.DataFrame(table_rows)
    plain, moved = (table[table["way"] == v].iloc[0] for v in ("bottom_up", "minimum_trace"))
    return table, bool(moved["sku"] < _PAYS * plain["sku"])
