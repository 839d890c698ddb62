"""Month by month: how many of those who first bought in a month buy in each later one."""

import pandas as pd

from opsbook.lifecycle.day_edges import buying_days
from opsbook.lifecycle.newcomers import Newcomers
from opsbook.shop.shop import Shop

__all__ = ["retention_triangle"]


def retention_triangle(shop: Shop, new: Newcomers) -> pd.DataFrame:
    """Of the customers who first bought in a month, the share that buys in each later month.

    Args:
        shop: The shop that ``new`` comes from.
        new: From ``newcomers``.

    Returns:
        One row per ``month`` and ``age`` (calendar months after the first), by both, with
        ``customers, active, rate``; ``active`` and ``rate`` are missing for a month that
        is not over, or that the data do not cover.
    """
    days = buying_days(shop, new.span.end)
    months = days.select("customer_id", at=days.day.truncate("M").cast("date")).distinct()
    table = new.table
    firsts = table.select("customer_id", month=table.first_day.truncate("M").cast("date"))
    joined = months.inner_join(firsts, "customer_id")
    counted = joined.group_by("month", "at").aggregate(active=joined.count()).execute()
    for name in ("month", "at"):
        counted[name] = pd.to_datetime(counted[name])
    sizes = new.cells.groupby("month")["customers"].sum()
    every = pd.date_range(
        pd.Timestamp(new.span.start).replace(day=1), pd.Timestamp(new.span.end), freq="MS",
        inclusive="left",
    )  # fmt: skip
    grid = pd.MultiIndex.from_product([sizes.index, every], names=["month", "at"])
    frame = counted.set_index(["month", "at"]).reindex(grid).fillna(0).reset_index()
    frame = frame[frame["at"] >= frame["month"]].copy()
    frame["customers"] = frame["month"].map(sizes)
    frame["age"] = (frame["at"].dt.year - frame["month"].dt.year) * 12 + (
        frame["at"].dt.month - frame["month"].dt.month
    )
    over = frame["at"] + pd.offsets.MonthBegin(1) <= pd.Timestamp(new.span.end)
    # Everyone of a cohort is active in its own month, whether it is over or not.
    frame["active"] = frame["active"].where(over | (frame["age"] == 0))
    frame["rate"] = frame["active"] / frame["customers"]
    return frame[["month", "age", "customers", "active", "rate"]].reset_index(drop=True)
