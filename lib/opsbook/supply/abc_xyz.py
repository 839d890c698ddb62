"""ABC by what a product brings, XYZ by how evenly it sells, and a stock policy per cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import StockItems, in_range, stock_items

__all__ = ["CELLS", "POLICIES", "AbcXyz", "abc_classes", "abc_xyz"]

CELLS = tuple(a + x for a in "ABC" for x in "XYZ")
POLICIES: Mapping[str, str] = {
    "AX": N_("order often and by forecast; little safety stock, never out of stock"),
    "AY": N_("order weekly by forecast; safety stock from forecast error; watch festivals"),
    "AZ": N_("look at each product by hand; more safety stock, or a supplier who delivers fast"),
    "BX": N_("automatic reorder point; middle service level"),
    "BY": N_("automatic reorder point with safety stock; check once a month"),
    "BZ": N_("reorder in small lots; safety stock only where the margin pays for it"),
    "CX": N_("order rarely and in full packs; spend no time on it"),
    "CY": N_("order rarely; keep little; ask whether a neighbour product would do"),
    "CZ": N_("order on demand or drop it; no safety stock"),
}
"""What each cell asks for; A ample, C little stock is the source's, the rest is ours."""
By = Literal["sales", "margin"]


@dataclass(frozen=True)
class AbcXyz:
    """Nine cells, and what could not be placed.

    Args:
        items: The stock.
        weeks: Whole weeks looked back.
        by: What ABC ranks.
        cuts: Cumulative shares where A and B end.
        variation: Coefficients of variation where X and Y end.
        skus: One row per SKU: ``sku, category, sales, margin, basis, weekly`` (mean pieces a
            week on sale), ``cv, on_sale`` (weeks), ``value`` (stock), ``abc, xyz, cell``
            (``new``: too short on sale; ``none``: nothing sold).
        cells: One row per cell, the nine and ``new``, ``none``: ``cell, skus, sales,
            sales_share, value, value_share, cover`` (days).
        new_weeks: Weeks on sale below which a product is too new.
    """

    items: StockItems
    weeks: int
    by: By
    cuts: tuple[float, float]
    variation: tuple[float, float]
    skus: pd.DataFrame
    cells: pd.DataFrame
    new_weeks: int

    def row(self, cell: str) -> pd.Series:
        """Figures of one cell."""
        return self.cells.set_index("cell").loc[cell]


def abc_classes(values: pd.Series, cuts: tuple[float, float] = (0.8, 0.95)) -> pd.Series:
    """A, B or C by cumulative share, best first; ``none`` for zero and less.

    A product belongs to the class in which its own share begins: the first is always A.

    Example:
        >>> abc_classes(pd.Series({"a": 80.0, "b": 15.0, "c": 5.0, "d": 0.0})).tolist()
        ['A', 'B', 'C', 'none']
    """
    # The name breaks ties, so that the same data always gives the same classes.
    ranked = values[values > 0].sort_index().sort_values(ascending=False, kind="stable")
    above = (ranked.cumsum() - ranked) / ranked.sum() if len(ranked) else ranked
    kind = np.select([above < cuts[0] - 1e-12, above < cuts[1] - 1e-12], ["A", "B"], "C")
    return pd.Series(kind, index=ranked.index, dtype=object).reindex(values.index).fillna("none")


@shared
def abc_xyz(
    shop: Shop,
    end: date | None = None,
    *,
    weeks: int = 26,
    by: By = "sales",
    cuts: tuple[float, float] = (0.8, 0.95),
    variation: tuple[float, float] = (0.5, 1.0),
    new_weeks: int = 8,
) -> AbcXyz:
    """Place every product in one of nine cells.

    Variation is that of weekly pieces. A week in which a product lay in stock and did not
    sell counts as zero; a week without stock and sale tells nothing and is left out.

    Args:
        shop: What ``stock_items`` needs.
        end: The morning; the one after the last record unless given.
        weeks: Whole weeks looked back, 8 to 104.
        by: ``sales`` or ``margin``.
        cuts: Cumulative shares where A and B end.
        variation: Coefficients of variation where X and Y end.
        new_weeks: Weeks on sale below which a product is too new, 2 to 52.

    Raises:
        CannotTell: A table is missing, or nothing was sold.
        ParameterError: A parameter is out of range.
    """
    in_range("weeks", weeks, 8, 104)
    in_range("new_weeks", new_weeks, 2, 52)
    if by not in ("sales", "margin"):
        raise ParameterError(N_('by "{value}" is not known; use sales or margin'), value=by)
    for name, pair in (("cuts", cuts), ("variation", variation)):
        if not 0 < pair[0] < pair[1] or (name == "cuts" and pair[1] >= 1):
            raise ParameterError(
                N_("{name} {value} must rise, above 0 (and below 1 for shares)"),
                name=name,
                value=str(pair),
            )
    items = stock_items(shop, end, days=weeks * 7)
    frame = items.frame.set_index("sku")
    weekly = _weekly(shop, items.end, weeks)
    frame = frame.join(weekly).fillna({"shown": 0, "total": 0, "squares": 0})
    if not frame["sales"].sum() > 0:
        raise CannotTell(N_("nothing was sold in the last {n} weeks"), n=weeks)
    frame["margin"] = frame["sales"] - frame["cogs"]
    basis = frame[by].where(frame["pieces"] > 0, 0.0)
    n = np.maximum(frame["shown"], 1.0)
    mean = frame["total"] / n
    # The sample's variance: with few weeks the plain one is too small.
    spread = (frame["squares"] - n * mean**2).clip(lower=0) / np.maximum(n - 1, 1.0)
    cv = np.sqrt(spread) / mean.where(mean > 0)
    new = (frame["since"].fillna(np.inf) < new_weeks * 7) | (frame["shown"] < new_weeks)
    xyz = np.select([cv < variation[0], cv < variation[1]], ["X", "Y"], "Z")
    abc = abc_classes(basis, cuts)
    sold = frame["pieces"] > 0
    # What sold at a loss brings nothing to rank by margin: last class, not left out.
    abc = abc.where(~(sold & (abc == "none")), "C")
    cell = np.select([~sold & ~new, new], ["none", "new"], abc + pd.Series(xyz, frame.index))
    skus = frame.assign(
        basis=basis, weekly=mean, cv=cv, on_sale=frame["shown"].astype(int), abc=abc, xyz=xyz,
        cell=cell,
    ).reset_index()  # fmt: skip
    keep = ["sku", "category", "sales", "margin", "basis", "weekly", "cv", "on_sale", "value",
            "cogs", "abc", "xyz", "cell"]  # fmt: skip
    return AbcXyz(
        items=items,
        weeks=weeks,
        by=by,
        cuts=cuts,
        variation=variation,
        skus=skus[keep],
        cells=_cells(skus, weeks * 7),
        new_weeks=new_weeks,
    )


def _weekly(shop: Shop, end: date, weeks: int) -> pd.DataFrame:
    """By SKU: weeks with stock or sale, and sum and sum of squares of weekly pieces."""
    start = end - timedelta(weeks=weeks)
    lines = in_days(sales_lines(shop), start, end)
    lines = lines.filter(lines.qty > 0)
    sold = lines.group_by(
        "sku", week=(lines.day.delta(ibis.literal(start), unit="day") // 7).cast("int32")
    ).aggregate(units=lines.qty.sum().cast("float64"))
    stock = shop.inventory_daily
    stock = stock.filter(
        stock.date >= ibis.literal(start), stock.date < ibis.literal(end), stock.on_hand > 0
    )
    held = stock.select(
        sku=stock.sku,
        week=(stock.date.delta(ibis.literal(start), unit="day") // 7).cast("int32"),
        units=ibis.literal(0.0),
    ).distinct()
    both = ibis.union(sold.select("sku", "week", "units"), held)
    found = both.group_by("sku").aggregate(
        shown=both.week.nunique(), total=both.units.sum(), squares=(both.units**2).sum()
    )
    return found.execute().dropna(subset=["sku"]).set_index("sku").astype("float64")


def _cells(skus: pd.DataFrame, days: int) -> pd.DataFrame:
    grouped = skus.groupby("cell")
    table = pd.DataFrame({
        "skus": grouped.size(), "sales": grouped["sales"].sum(), "value": grouped["value"].sum(),
        "cogs": grouped["cogs"].sum(),
    }).reindex([*CELLS, "new", "none"], fill_value=0)  # fmt: skip
    for name in ("sales", "value"):
        whole = float(table[name].sum())
        table[f"{name}_share"] = table[name] / whole if whole > 0 else 0.0
    table["cover"] = table["value"] / (table["cogs"].where(table["cogs"] > 0) / days)
    return table.rename_axis("cell").reset_index()
