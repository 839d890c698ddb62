"""What every product sold on every day, and on which days it could have sold more.

A panel of SKUs by days is what every forecast and every stock rule stands on. It is read from
the engine with one query per table and scattered into arrays; nothing runs row by row.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand_prices import prices
from opsbook.common.demand_sales import sales_cells
from opsbook.common.demand_skus import demand_skus, enough_weeks
from opsbook.common.demand_stock import StockDays, stock_days
from opsbook.common.on_sale import on_sale
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["MOST_CELLS", "DemandPanel", "by", "daily_demand"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

MOST_CELLS = 15_000_000
"""SKUs times days that a panel holds at most: about 1 GB while it is made."""


@dataclass(frozen=True)
class DemandPanel:
    """Daily demand of many SKUs; every array has one row per SKU and one column per day.

    Args:
        skus: ``sku, category, launch_date, unit_cost, list_price`` (money per piece; NaN where
            unknown), ``first_sale`` (first paid order in all the data up to the end), by SKU.
        dates: The days, without gaps.
        sold: Pieces of paid orders, by day of order.
        free: Share 0-1 of the SKU's usual warehouse mix that had free stock at the start of
            the day or during it; NaN where the stock record is silent.
        left: The same at the end of the day. Where ``left`` is 1 no wish met an empty shelf.
        stock: Free pieces in all warehouses at the end of the day; NaN as ``free``.
        on_sale: Launched and not retired, judged by what was known on that day.
        price: Shelf price of a piece (orders without a coupon), days without a sale filled; NaN
            if never known.
        cut: Share off the list price, 0-1.
        left_out: SKUs not in the panel: ``reason`` (English key), ``skus``, ``pieces``.
        currency: ISO code of the money columns.
        shop: Title of the shop.
    """

    skus: pd.DataFrame
    dates: pd.DatetimeIndex
    sold: Floats
    free: Floats
    left: Floats
    stock: Floats
    on_sale: Flags
    price: Floats
    cut: Floats
    left_out: pd.DataFrame
    currency: str
    shop: str

    @property
    def end(self) -> date:
        """Day after the last one."""
        after: date = self.dates[-1].date() + timedelta(days=1)
        return after

    @property
    def has_stock(self) -> bool:
        """Whether any day of any SKU has a stock record."""
        return bool(np.isfinite(self.free).any())

    def until(self, end: date) -> "DemandPanel":
        """The panel as it was known at the start of a day; for rolling origins.

        Raises:
            ParameterError: The day leaves nothing of the panel.
        """
        n = int(self.dates.searchsorted(pd.Timestamp(end)))
        if n < 1:
            raise ParameterError(
                N_("the panel starts on {start}; nothing of it lies before {end}"),
                start=self.dates[0].date(),
                end=end,
            )
        return self._part(slice(None, n))

    def since(self, start: date) -> "DemandPanel":
        """The days from ``start`` on.

        Raises:
            ParameterError: The panel ends before that day.
        """
        n = int(self.dates.searchsorted(pd.Timestamp(start)))
        if n >= len(self.dates):
            raise ParameterError(
                N_("the panel ends on {last}; nothing of it lies after {start}"),
                last=self.dates[-1].date(),
                start=start,
            )
        return self._part(slice(n, None))

    def _part(self, days: slice) -> "DemandPanel":
        arrays = {name: getattr(self, name)[:, days] for name in _ARRAYS}
        return replace(self, dates=self.dates[days], **arrays)


_ARRAYS = ("sold", "free", "left", "stock", "on_sale", "price", "cut")


@shared
def daily_demand(
    shop: Shop,
    end: date | None = None,
    days: int = 730,
    *,
    min_weeks: int | None = None,
    quiet_days: int = 56,
) -> DemandPanel:
    """Sales, stock and prices of every SKU on every day before ``end``.

    Args:
        shop: Needs ``order_lines`` with ``qty``; ``products`` and ``inventory_daily`` are used
            where they are there.
        end: Day after the last one; after the data's last day unless given.
        days: Length of the panel, 28 to 1,830 days; shorter if the data start later.
        min_weeks: Weeks with a sale that a SKU needs, 0 to 260. Without it every SKU counts,
            or, in a shop whose panel would be too large, the fewest weeks that make it fit.
        quiet_days: Days without stock, delivery on the way or sale after which a SKU counts as
            retired, 7 to 400; three times as many in a shop that records no stock.

    Raises:
        CannotTell: Lines say no pieces, or nothing was sold.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, least, most in (
        ("days", days, 28, 1830),
        ("min_weeks", min_weeks or 0, 0, 260),
        ("quiet_days", quiet_days, 7, 400),
    ):
        if not least <= value <= most:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=most,
            )
    shop.require({"order_lines": ("sku", "qty")})
    span = data_days(shop)
    end = min(end or span.end, span.end)
    start = max(end - timedelta(days=days), span.start)
    if start >= end:
        raise CannotTell(N_("no day with data lies before {end}"), end=end)
    dates = pd.date_range(start, end, inclusive="left")
    known = demand_skus(shop, start, end)
    kept, left_out = enough_weeks(known, min_weeks, MOST_CELLS // len(dates))
    if len(kept) > MOST_CELLS // len(dates):
        raise ParameterError(
            N_(
                "{skus} SKUs on {days} days need more memory than a panel may take; at most "
                "{most} SKUs: raise min_weeks or shorten days"
            ),
            skus=len(kept),
            days=len(dates),
            most=MOST_CELLS // len(dates),
        )
    if kept.empty:
        raise CannotTell(N_("no SKU was sold in {weeks} weeks or more"), weeks=min_weeks or 0)
    cells = sales_cells(shop, start, end, kept)
    shape = (len(kept), len(dates))
    sold = np.zeros(shape, np.float32)
    sold[cells["at"], cells["day"]] = cells["units"]
    price, cut = prices(cells, kept, shape)
    stock = stock_days(shop, kept["sku"], start, end)
    skus = kept[["sku", "category", "launch_date", "unit_cost", "list_price", "first_sale"]]
    usable = on_sale(skus, dates, sold, stock, quiet_days)
    if stock is None:
        free = np.full(shape, np.nan, np.float32)
        stock = StockDays(free=free, left=free, pieces=free, coming=np.zeros(shape, bool))
    # What sold was there: a stock record that says otherwise is late or wrong.
    free = np.where((sold > 0) & (stock.free <= 0), np.float32(1), stock.free)
    return DemandPanel(
        skus=skus,
        dates=dates,
        sold=sold,
        free=free.astype(np.float32),
        left=stock.left,
        stock=stock.pieces,
        on_sale=usable,
        price=price,
        cut=cut,
        left_out=left_out,
        currency=shop.currency,
        shop=shop.title,
    )


def by(panel: DemandPanel, level: Literal["category"] = "category") -> DemandPanel:
    """The panel summed to categories: pieces added, shares and prices weighted by sales."""
    names, at = np.unique(panel.skus[level].to_numpy(str), return_inverse=True)
    weight = np.maximum(panel.sold.mean(axis=1, keepdims=True), 1e-6).astype(np.float32)

    def total(values: NDArray[Any]) -> Floats:
        out = np.zeros((len(names), len(panel.dates)), np.float32)
        np.add.at(out, at, values)
        return out

    def mean(values: Floats) -> Floats:
        there = np.isfinite(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = total(np.where(there, values, 0) * weight) / total(there * weight)
        return np.asarray(shares, np.float32)

    groups = panel.skus.groupby(panel.skus[level].to_numpy(str), sort=True)
    skus = groups.agg(launch_date=("launch_date", "min"), first_sale=("first_sale", "min"))
    for column in ("unit_cost", "list_price"):
        skus[column] = groups[column].mean()
    skus = skus.reset_index(names="sku").assign(category=names)
    return replace(
        panel,
        skus=skus[list(panel.skus.columns)],
        sold=total(panel.sold),
        free=mean(panel.free),
        left=mean(panel.left),
        stock=np.where(
            total(np.isfinite(panel.stock)) > 0, total(np.nan_to_num(panel.stock)), np.nan
        ).astype(np.float32),
        on_sale=total(panel.on_sale) > 0,
        price=mean(panel.price),
        cut=mean(panel.cut),
    )
