"""At which prices the shop sells: price bands by pieces and by sales."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, last_year_or_before
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "price_bands"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku", "qty"),
}
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@shared
def price_bands(
    shop: Shop, period: Period, *, category: str | None = None, bands: int = 5
) -> pd.DataFrame:
    """Share of units and sales by price band, against the same weeks of last year.

    Where the data do not reach back a year the period before stands in. Band edges lie near
    quantiles of pieces sold in the period, moved to round prices, and are the same for both.

    Args:
        shop: Needs ``qty``.
        period: The days.
        category: One category, or all.
        bands: 2 to 10 bands wanted; fewer where prices repeat.

    Returns:
        One row per band, cheapest first: ``low`` (inclusive), ``high`` (exclusive; inf for
        the last), ``units, gmv, unit_share, gmv_share, units_before, gmv_before,
        unit_share_change, gmv_change`` (currency); ``before`` columns are nan where the
        data does not reach back. ``attrs`` hold ``period`` and ``base``, first
        day and the day after the last.

    Raises:
        ParameterError: ``bands`` is outside its range.
        CannotTell: The shop lacks ``qty``, or nothing was sold.
    """
    if not 2 <= bands <= 10:
        raise ParameterError(N_("bands {value} must lie between 2 and 10"), value=bands)
    lines = _charged(shop)
    if category is not None:
        lines = lines.filter(lines.category == category)
    base = last_year_or_before(shop, period)
    now, then = _points(lines, period), _points(lines, base)
    if now.empty:
        raise CannotTell(N_("nothing was sold in {period}"), period=str(period))
    edges = _edges(now, bands)
    table = _in_bands(now, edges).join(_in_bands(then, edges).add_suffix("_before"))
    if then.empty:
        table[["units_before", "gmv_before"]] = np.nan
    table.insert(0, "low", edges[:-1])
    table.insert(1, "high", edges[1:])
    table["unit_share"] = table["units"] / table["units"].sum()
    table["gmv_share"] = table["gmv"] / table["gmv"].sum()
    table["unit_share_change"] = (
        table["unit_share"] - table["units_before"] / table["units_before"].sum()
    )
    table["gmv_change"] = table["gmv"] - table["gmv_before"]
    table = table.reset_index(drop=True)
    # Plain texts, so that the frame can be written to any file.
    for name, days in (("period", period), ("base", base)):
        table.attrs[name] = [days.start.isoformat(), days.end.isoformat()]
    return table


def _charged(shop: Shop) -> Frame:
    if not shop.has("order_lines", "qty"):
        raise CannotTell(N_("prices need pieces: order_lines.qty is missing"))
    lines = sales_lines(shop)
    return lines.filter(lines.qty > 0, lines.amount > 0)


def _points(lines: Frame, period: Period) -> pd.DataFrame:
    """Pieces and sales by price of one piece, to the cent."""
    inside = in_days(lines, period.start, period.end)
    inside = inside.mutate(price=(inside.amount / inside.qty).round(2))
    sums = inside.group_by("price").aggregate(units=inside.qty.sum(), gmv=inside.amount.sum())
    return sums.order_by("price").execute().astype(float)


def _edges(points: pd.DataFrame, bands: int) -> list[float]:
    share = (points["units"].cumsum() / points["units"].sum()).to_numpy()
    wanted = [
        float(points["price"].iloc[min(int(np.searchsorted(share, k / bands)), len(share) - 1)])
        for k in range(1, bands)
    ]
    inner = sorted({_rounded(price) for price in wanted if price > 0})
    lowest, highest = points["price"].min(), points["price"].max()
    return [0.0, *(e for e in inner if lowest < e <= highest), np.inf]


def _rounded(price: float) -> float:
    """The nearest price that people would call round: 1, 1.5, 2, 2.5 ... times a power of ten."""
    scale = 10.0 ** np.floor(np.log10(price))
    return float(min((step * scale for step in _ROUND), key=lambda e: abs(np.log(e / price))))


def _in_bands(points: pd.DataFrame, edges: list[float]) -> pd.DataFrame:
    band = np.searchsorted(edges, points["price"].to_numpy(), side="right") - 1
    sums = points.groupby(band)[["units", "gmv"]].sum()
    return sums.reindex(range(len(edges) - 1), fill_value=0.0)
