"""Which products a demand panel holds, and which it leaves out and why."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from opsbook.language import N_
from opsbook.shop.sales import sales_lines
from opsbook.shop.shop import Shop

__all__ = ["demand_skus", "enough_weeks"]

FEW_WEEKS = N_("sold in fewer than {weeks} weeks")


def demand_skus(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Every SKU that is listed or was sold before ``end``.

    Args:
        shop: Needs ``order_lines``; ``products`` where there is one.
        start: First day of the panel.
        end: Day after the last.

    Returns:
        One row per SKU, by SKU: ``sku, category`` ("" where unknown), ``launch_date,
        unit_cost, list_price`` (money per piece), ``first_sale`` (in all the data before the
        end), ``weeks`` and ``units`` (weeks with a sale and pieces, from start to end).
    """
    lines = sales_lines(shop)
    lines = lines.filter(lines.qty > 0, lines.day < ibis.literal(end))
    inside = lines.day >= ibis.literal(start)
    week = lines.day.delta(ibis.literal(start), unit="day") // 7
    pieces = lines.qty.sum()
    sold = lines.group_by("sku").aggregate(
        first_sale=lines.day.min(),
        weeks=week.nunique(where=inside),
        units=lines.qty.sum(where=inside),
        line_category=lines.category.max(),
        line_cost=lines.cost.sum() / pieces,
        line_list=lines.list_price.max(),
    )
    frame = sold.execute().set_index("sku")
    if shop.has("products"):
        products = shop.products
        columns = ("category", "launch_date", "unit_cost", "list_price")
        have = [c for c in columns if c in products.columns]
        known = products.select("sku", *have).execute().drop_duplicates("sku").set_index("sku")
        frame = known.join(frame, how="outer")
    for column, other in (
        ("category", "line_category"),
        ("unit_cost", "line_cost"),
        ("list_price", "line_list"),
    ):
        theirs = frame[other]
        frame[column] = frame[column].fillna(theirs) if column in frame else theirs
    if "launch_date" not in frame:
        frame["launch_date"] = pd.NaT
    for column in ("launch_date", "first_sale"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    for column in ("unit_cost", "list_price"):
        frame[column] = frame[column].astype("float64")
    for column in ("weeks", "units"):
        frame[column] = frame[column].fillna(0).astype("float64")
    frame["category"] = frame["category"].astype(object).fillna("").astype(str)
    frame = frame.drop(columns=["line_category", "line_cost", "line_list"])
    return frame.rename_axis("sku").reset_index().sort_values("sku", ignore_index=True)


def enough_weeks(
    skus: pd.DataFrame, min_weeks: int | None, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """SKUs sold in enough weeks, and a count of the others.

    Args:
        skus: From ``demand_skus``.
        min_weeks: Weeks with a sale needed; the fewest that leave at most ``most`` SKUs
            where None is given.
        most: SKUs that memory allows.

    Returns:
        The kept SKUs, and one row (or none) with ``reason, weeks, skus, pieces`` of the rest.
    """
    weeks = skus["weeks"].to_numpy()
    if min_weeks is None:
        ordered = np.sort(weeks)[::-1]
        min_weeks = 0 if len(ordered) <= most else int(ordered[most]) + 1
    few = weeks < min_weeks
    rows = []
    if few.any():
        rows.append((FEW_WEEKS, min_weeks, int(few.sum()), float(skus["units"][few].sum())))
    left_out = pd.DataFrame(rows, columns=["reason", "weeks", "skus", "pieces"])
    return skus[~few].reset_index(drop=True), left_out
