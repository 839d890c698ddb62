"""How much demand reacts to price, by category, from price changes of the same product.

Comparing products mistakes assortment for price response: a premium product that sells well
says nothing about what a dearer price does. Here each product is compared with itself in
another week, and with what other products of its category did in the same week.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.market.identification import Limits, Reason, doubtful, reactive, too_little
from opsbook.market.panel_demand import DemandFit, fit_demand
from opsbook.market.price_setting import prices_follow_demand
from opsbook.market.product_weeks import DAYS, product_weeks, whole_weeks
from opsbook.market.two_effects import NotSettled
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

if TYPE_CHECKING:
    from opsbook.chart.chart import Chart

__all__ = ["NEEDS", "Limits", "plot_elasticities", "price_elasticity"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku", "qty"),
    "products": ("sku", "category"),
}


def price_elasticity(
    shop: Shop,
    *,
    period: Period | None = None,
    grain: str = "week",
    by: str = "category",
    level: float = 0.95,
    promotions: Frame | None = None,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Own-price elasticity of each category: per cent more units for one per cent more price.

    Args:
        shop: Needs ``order_lines.qty`` and prices; stock and coupons are used where known.
        period: Cut to whole weeks; all the data unless given.
        grain: ``week`` or ``day``.
        by: ``category``, ``brand`` or ``all``.
        level: Of the intervals, 0.5 to 0.999.
        promotions: Optional table ``sku, date`` with 0-1 columns ``display`` and/or
            ``feature``; without it price and promotion display are told together.
        limits: When an estimate is withheld.

    Returns:
        One row per category, identified ones first, most sensitive first: ``category,
        elasticity, low, high, std_error, n_products, n_weeks, observations, price_sd``
        (within product, log points), ``reliability, pooled, pooled_low, pooled_high``
        (regression across products, shown because it misleads), ``identified, reason``
        (why not, in words), ``verdict`` (sensitive, insensitive, unclear, or empty),
        ``promotion_controlled``. Figures of a category that is not identified are kept
        where they could be computed.

    Raises:
        ParameterError: An option has a value it cannot have.
        CannotTell: The shop lacks ``qty``.

    Source:
        See ``panel_demand.fit_demand``. Intervals: t on the effective number of products
        less one, from the cluster jackknife by product.
    """
    if grain not in DAYS:
        raise ParameterError(N_('grain "{value}" is not known; use week or day'), value=grain)
    if by not in ("category", "brand", "all"):
        raise ParameterError(N_('by "{value}" is not known; use category, brand or all'), value=by)
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} must lie between 0.5 and 0.999"), value=level)
    if not shop.has("order_lines", "qty"):
        raise CannotTell(N_("price elasticity needs pieces: order_lines.qty is missing"))
    frame = _estimates(shop, period, grain, by, level, limits or Limits(), promotions)
    frame["reason"] = [str(reason) if reason else "" for reason in frame["reason"]]
    return frame


@shared
def _estimates(
    shop: Shop,
    period: Period | None,
    grain: str,
    by: str,
    level: float,
    limits: Limits,
    promotions: Frame | None,
) -> pd.DataFrame:
    """The table in no language: a ``reason`` is still a message, or None."""
    span = whole_weeks(shop, period)
    cells = product_weeks(
        shop, span, grain=grain, by=by, min_weeks=limits.weeks, promotions=promotions
    )
    width = span.days // DAYS[grain]
    half_year = 26 * 7 // DAYS[grain]
    flags = [c for c in ("display", "feature") if c in cells.columns]
    rows = [
        {"category": name, **_row(own, width, half_year, flags, level, limits)}
        for name, own in cells.groupby("group", sort=True)
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    # Without rows the column would be no mask, and choosing by it would lose the others.
    frame["identified"] = frame["identified"].astype(bool)
    frame = frame.sort_values(
        ["identified", "elasticity"], ascending=[False, True], na_position="last"
    )
    frame = frame.reset_index(drop=True)
    frame.attrs["level"] = level
    return frame


_COLUMNS = (
    *("category", "elasticity", "low", "high", "std_error", "n_products", "n_weeks"),
    *("observations", "price_sd", "reliability", "pooled", "pooled_low", "pooled_high"),
    *("identified", "reason", "verdict", "promotion_controlled"),
)


def _row(
    cells: pd.DataFrame,
    width: int,
    half_year: int,
    flags: list[str],
    level: float,
    limits: Limits,
) -> dict[str, object]:
    centred = cells["log_price"] - cells.groupby("sku")["log_price"].transform("mean")
    row: dict[str, object] = {
        "n_products": cells["sku"].nunique(),
        "n_weeks": cells["week"].nunique(),
        "observations": len(cells),
        "price_sd": float(np.sqrt((centred**2).mean())),
        **_pooled(cells, level),
    }
    fit, reason, reliability = None, too_little(row, limits), np.nan
    if not reason:
        try:
            fit, controlled = _fit(cells, width, half_year, flags)
            row["promotion_controlled"] = controlled
        except NotSettled:
            reason = Reason(
                N_("prices do not move apart from what the whole category does that week")
            )
    if fit is not None:
        from scipy.stats import t as student

        half = student.ppf((1 + level) / 2, max(fit.effective - 1, 1)) * fit.std_error[0]
        value = float(fit.coefficients[0])
        low, high = value - half, value + half
        left = float(fit.within[0])
        # As the regression weighs them: chance in proportion to purchases, shocks all alike.
        weight = cells["purchases"] / (1 + fit.dispersion * cells["purchases"])
        noise = float(np.average(cells["noise"], weights=weight))
        reliability = max(0.0, 1 - noise / left**2)
        row |= {"elasticity": value, "low": low, "high": high, "std_error": fit.std_error[0]}
        reason = doubtful(low, high, left, reliability, float(str(row["price_sd"])), limits)
        reason = reason or reactive(prices_follow_demand(cells), limits)
    identified = not reason
    verdict = ""
    if identified:
        verdict = "sensitive" if high < -1 else "insensitive" if low > -1 else "unclear"
    row |= {"reliability": reliability, "identified": identified, "reason": reason}
    return {"promotion_controlled": False, **row, "verdict": verdict}


def _fit(
    cells: pd.DataFrame, width: int, half_year: int, flags: list[str]
) -> tuple[DemandFit, bool]:
    """Spread the cells into a panel and fit; flags that never move here are left out."""
    rows = pd.factorize(cells["sku"])[0]
    columns = cells["week"].to_numpy(int)
    shape = (int(rows.max()) + 1, width)

    def panel(name: str) -> NDArray[np.float64]:
        grid = np.zeros(shape)
        grid[rows, columns] = cells[name].to_numpy(float)
        return grid

    moving = [f for f in flags if cells.groupby("sku")[f].std().mean() > 0.01]
    purchases, units, price = panel("purchases"), panel("units"), panel("log_price")
    exposure = panel("exposure")

    def fit(regressors: NDArray[np.float64]) -> DemandFit:
        return fit_demand(purchases, units, regressors, exposure=exposure, half_year=half_year)

    if moving:
        regressors = np.array([price, *(panel(f) for f in moving)])
        try:
            return fit(regressors), True
        except NotSettled:
            pass
    return fit(price[None]), False


def _pooled(cells: pd.DataFrame, level: float) -> dict[str, float]:
    """Log units on log price across products and weeks, without any effect."""
    from scipy.stats import t as student

    x = cells["log_price"].to_numpy(float)
    x = x - x.mean()
    y = np.log(cells["units"].to_numpy(float))
    products = cells["sku"].nunique()
    if products < 2 or not (x**2).sum() > 0:
        return {"pooled": np.nan, "pooled_low": np.nan, "pooled_high": np.nan}
    slope = float((x * y).sum() / (x**2).sum())
    score = x * (y - y.mean() - slope * x)
    sums = np.bincount(pd.factorize(cells["sku"])[0], score)
    error = np.sqrt(products / (products - 1) * (sums**2).sum()) / (x**2).sum()
    half = float(student.ppf((1 + level) / 2, products - 1) * error)
    return {"pooled": slope, "pooled_low": slope - half, "pooled_high": slope + half}


def plot_elasticities(frame: pd.DataFrame, *, source: str, subtitle: str = "") -> "Chart":
    """Elasticity with interval per category, the misleading pooled slope hollow beside it.

    Args:
        frame: What ``price_elasticity`` returned.
        source: Line below the chart: whose data.
        subtitle: Period; the unit is put behind it.
    """
    from opsbook.market.elasticity_chart import draw_elasticities

    return draw_elasticities(frame, source=source, subtitle=subtitle)
