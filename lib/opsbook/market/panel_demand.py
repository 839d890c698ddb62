"""Demand read from purchases alone: product-weeks with a sale, product and week effects.

A week in which a product was not sold shows no price, so only weeks with sales can be used.
Ordinary regression on those flattens the response, because at high prices only the lucky
weeks remain. Purchases are therefore modelled as a count known to be above zero, and pieces
per purchase apart; the two responses add up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.market.two_effects import Floats, NotSettled, flat, leave_one_out, solve

__all__ = ["DemandFit", "NotSettled", "fit_demand"]

Ints = NDArray[np.int64]
_STEPS, _TOLERANCE = 80, 1e-8
_LOWEST, _HIGHEST = -7.0, 18.0


@dataclass(frozen=True)
class DemandFit:
    """Responses common to all products.

    Args:
        coefficients: One per regressor: change of log units per unit of the regressor.
        std_error: From leaving out one product at a time.
        within: Standard deviation of each regressor that the effects leave.
        products: Products, the clusters.
        effective: Products that carry the estimate, were their weights equal.
        observations: Product-weeks used.
        dispersion: Variance beyond chance is ``dispersion * mean ** 2``.
    """

    coefficients: Floats
    std_error: Floats
    within: Floats
    products: int
    effective: float
    observations: int
    dispersion: float


def fit_demand(
    purchases: Floats,
    units: Floats,
    regressors: Floats,
    *,
    exposure: Floats | None = None,
    half_year: int = 26,
) -> DemandFit:
    """Fit ``units ~ exp(regressors + product by half-year + week)``.

    Args:
        purchases: Order lines, one row per product, one column per week; 0 for none.
        units: Pieces in those lines.
        regressors: Shape (regressors, products, weeks); read only where something was sold.
        exposure: Part of the week in which the product could be bought; 1 unless given.
        half_year: Weeks after which a product gets a fresh level, so that growth, ageing
            and clearance do not pass for a response to price.

    Returns:
        The fit. For intervals use t with ``effective - 1`` degrees of freedom.

    Raises:
        NotSettled: The effects explain the regressors, or no maximum is found.

    Source:
        Santos Silva and Tenreyro (2006), The Log of Gravity, for multiplicative models of
        zero-prone data; Cameron and Trivedi (2013), Regression Analysis of Count Data,
        ch. 4.3, for counts above zero; MacKinnon, Nielsen and Webb (2023), J. Econometrics
        232, for the cluster jackknife; Carter, Schnepel and Steigerwald (2017), REStat 99,
        for the effective number of clusters.
    """
    panel = _Panel.build(purchases, units, regressors, exposure, half_year)
    buying = _fit(panel, panel.purchases, panel.shift, truncated=True)
    coefficients, moved = buying.coefficients, buying.moved
    if (panel.units != panel.purchases)[panel.seen].any():
        # Given the number of purchases, nothing is cut off: plain Poisson with an offset.
        pieces = _fit(panel, panel.units, np.log(panel.purchases), truncated=False)
        coefficients, moved = coefficients + pieces.coefficients, moved + pieces.moved
    products = len(moved)
    return DemandFit(
        coefficients=coefficients,
        std_error=np.sqrt((products - 1) / products * (moved**2).sum(0)),
        within=buying.within,
        products=products,
        effective=buying.effective,
        observations=int(panel.seen.sum()),
        dispersion=buying.dispersion,
    )


@dataclass(frozen=True)
class _Panel:
    """One row per product and half-year, one column per week."""

    seen: NDArray[np.bool_]
    purchases: Floats
    units: Floats
    x: Floats
    shift: Floats
    product: Ints

    @classmethod
    def build(
        cls, purchases: Floats, units: Floats, x: Floats, exposure: Floats | None, half_year: int
    ) -> "_Panel":
        products, weeks = purchases.shape
        blocks = max(1, round(weeks / half_year))
        block = np.arange(weeks) * blocks // weeks
        rows = np.repeat(np.arange(products), blocks)
        part = block[None, :] == np.tile(np.arange(blocks), products)[:, None]
        seen = (np.nan_to_num(purchases) > 0)[rows] & part
        kept = seen.sum(1) > 1
        rows, seen = rows[kept], seen[kept]
        columns = seen.any(0)
        seen = seen[:, columns]
        if len(rows) < 2:
            raise NotSettled

        def pick(values: Floats, empty: float) -> Floats:
            return np.where(seen, values[rows][:, columns], empty)

        shift = np.zeros(seen.shape) if exposure is None else np.log(pick(exposure, 1.0))
        return cls(
            seen,
            pick(purchases, 1.0),
            pick(units, 1.0),
            np.array([pick(v, 0.0) for v in x]),
            shift,
            np.unique(rows, return_inverse=True)[1].astype(np.int64),
        )


@dataclass(frozen=True)
class _Part:
    coefficients: Floats
    moved: Floats
    within: Floats
    effective: float
    dispersion: float


def _fit(panel: _Panel, y: Floats, shift: Floats, *, truncated: bool) -> _Part:
    """Newton steps inside; outside, the dispersion that makes residuals as large as expected."""
    eta = np.log(np.maximum(y - 0.5 * truncated, 0.3)) - shift
    dispersion, free = 0.0, int(panel.seen.sum()) - sum(panel.seen.shape)
    before = np.full(len(panel.x), np.inf)
    for _ in range(_STEPS):
        mean, variance, spread = _moments(eta + shift, dispersion, truncated)
        weight = np.where(panel.seen, variance / spread**2, 0.0)
        work = eta + (y - mean) * spread / variance
        beta, left = solve(panel.x, work, weight)
        eta = np.clip(work - left, _LOWEST, _HIGHEST)
        settled = np.abs(beta - before).max() < _TOLERANCE
        before = beta
        if truncated and free > 0:
            wanted = _dispersion(panel.seen, y, eta + shift, free)
            settled = settled and abs(wanted - dispersion) < 1e-5
            dispersion = wanted
        if settled:
            break
    else:
        raise NotSettled
    own = np.bincount(panel.product, (weight * flat(panel.x[0], weight) ** 2).sum(1))
    return _Part(
        coefficients=beta,
        moved=leave_one_out(panel.x, work, weight, panel.product) - beta,
        within=np.array(
            [np.sqrt((weight * flat(v, weight) ** 2).sum() / weight.sum()) for v in panel.x]
        ),
        effective=float(own.sum() ** 2 / (own**2).sum()),
        dispersion=dispersion,
    )


def _moments(eta: Floats, dispersion: float, truncated: bool) -> tuple[Floats, Floats, Floats]:
    """Mean and variance of the count as it is seen, and how far variance outgrows the mean."""
    rate = np.exp(eta)
    spread = 1 + dispersion * rate
    if not truncated:
        return rate, rate * spread, spread
    # log P(0) of a negative binomial; its limit without dispersion is -rate.
    none = -np.log1p(dispersion * rate) / dispersion if dispersion > 0 else -rate
    mean = rate / -np.expm1(none)
    return mean, np.maximum(mean * (rate + spread - mean), 1e-9), spread


def _dispersion(seen: NDArray[np.bool_], y: Floats, eta: Floats, free: int) -> float:
    """The dispersion at which squared residuals, in their own variance, sum to ``free``."""
    eta, y = eta[seen], y[seen]

    def excess(value: float) -> float:
        mean, variance, _ = _moments(eta, value, True)
        return float(((y - mean) ** 2 / variance).sum()) - free

    low, high = 1e-6, 10.0
    if excess(low) <= 0:
        return 0.0
    for _ in range(30):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low * high) ** 0.5
