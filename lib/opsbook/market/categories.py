"""Categories: which grow, which gain share, how many buyers they reach, how steady they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import t
from opsbook.market.compare import LEAST_ORDERS, Comparison, compare_groups, stated
from opsbook.market.compare_chart import plot_change, plot_growth_share
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "DOUBLE_DIGIT",
    "NEEDS",
    "Categories",
    "categories",
    "categories_table",
    "growth_streaks",
    "plot_category_change",
    "plot_growth_share",
    "volatility",
]

NEEDS = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
    "products": ("sku", "category"),
}
DOUBLE_DIGIT = 0.10
"""Growth from which a month counts for the streak (A02)."""


@dataclass(frozen=True)
class Categories:
    """Categories in a period.

    Args:
        comparison: Sales, growth, shares and penetration by category; its frame has also
            ``volatility, volatility_adjusted, streak``.
        streak_basis: ``yoy`` where a year back is in the data, else ``mom``.
        weeks: Whole weeks behind the volatility.
    """

    comparison: Comparison
    streak_basis: str
    weeks: int

    @property
    def frame(self) -> pd.DataFrame:
        """One row per category, by sales."""
        return self.comparison.frame


@shared
def categories(
    shop: Shop,
    period: Period,
    base: Period | None = None,
    *,
    by: str = "category",
    level: float = 0.95,
) -> Categories:
    """Compare categories and describe how steadily they sell.

    Args:
        shop: The shop.
        period: The period in question.
        base: What to compare with; unless given last year where the data hold it (the season
            is the same), else the period before.
        by: ``category`` or ``brand``.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        Penetration is buyers of the category over all buyers; share shift is in fractions of
        sales (shown in points); the rest as ``volatility`` and ``growth_streaks`` say.

    Raises:
        CannotTell: Products have no category, or the data begin too late.

    Source:
        A02: 000 §1 垂直品类增长亮点; 004-01 核心品类表现对比.
    """
    shop.require(NEEDS if by == "category" else NEEDS | {"products": ("sku", by)})
    comparison = compare_groups(shop, period, base, by=by, level=level)
    steady, weeks = volatility(shop, by=by)
    streaks, basis = growth_streaks(shop, by=by)
    frame = comparison.frame.merge(steady, on="group", how="left")
    frame = frame.merge(streaks, on="group", how="left")
    return Categories(_with_frame(comparison, frame), basis, weeks)


def _with_frame(comparison: Comparison, frame: pd.DataFrame) -> Comparison:
    from dataclasses import replace

    return replace(comparison, frame=frame)


@shared
def _by_time(shop: Shop, span: Period, by: str, unit: str) -> pd.DataFrame:
    """Sales per start of week or month (rows) and group (columns), zeros filled in."""
    lines = in_days(sales_lines(shop), span.start, span.end)
    sums = (
        lines.group_by(start=lines.day.truncate(unit).cast("date"), group=lines[by].cast("string"))
        .aggregate(gmv=lines.amount.sum())
        .execute()
    )
    sums["group"] = stated(sums["group"])
    sums["start"] = pd.to_datetime(sums["start"])
    return sums.pivot_table(index="start", columns="group", values="gmv", aggfunc="sum").fillna(0.0)


def volatility(shop: Shop, *, by: str = "category") -> tuple[pd.DataFrame, int]:
    """How much sales of a category swing from week to week.

    ``volatility`` is the coefficient of variation of weekly sales over the last 52 whole
    weeks (all of them, if fewer). ``volatility_adjusted`` is the same after each week is
    divided by the shop's own level in that week, which takes out season, holidays and
    growth that all categories share; what remains is the category's own.

    Returns:
        One row per category: ``group, volatility, volatility_adjusted`` (fractions; not a
        number under eight weeks), and the number of weeks.
    """
    span = data_days(shop)
    weekly = _by_time(shop, span, by, "W")
    ends = weekly.index + pd.Timedelta(days=7)
    inside = (weekly.index >= pd.Timestamp(span.start)) & (ends <= pd.Timestamp(span.end))
    weekly = weekly[inside].tail(52)
    enough = len(weekly) >= 8
    shop_level = weekly.sum(axis=1)
    relative = weekly.div(shop_level.where(shop_level > 0), axis=0)
    frame = pd.DataFrame(
        {
            "volatility": weekly.std() / weekly.mean().where(weekly.mean() > 0),
            "volatility_adjusted": relative.std() / relative.mean().where(relative.mean() > 0),
        }
    )
    if not enough:
        frame[:] = np.nan
    return frame.rename_axis("group").reset_index(), len(weekly)


def growth_streaks(shop: Shop, *, by: str = "category") -> tuple[pd.DataFrame, str]:
    """How many complete months in a row a category grew by 10 per cent or more.

    Months are compared per day, so that February is no decline. Where the data hold the
    same months of the year before, growth is year on year; else month on month, which
    season can feign.

    Returns:
        One row per category: ``group, streak`` (months, counted back from the last complete
        one), and the basis, ``yoy`` or ``mom``.
    """
    span = data_days(shop)
    monthly = _by_time(shop, span, by, "M")
    every = pd.date_range(monthly.index.min(), monthly.index.max(), freq="MS")
    ends = every + pd.offsets.MonthBegin(1)
    whole = (every >= pd.Timestamp(span.start)) & (ends <= pd.Timestamp(span.end))
    per_day = monthly.reindex(every).fillna(0.0).div((ends - every).days, axis=0)[whole]
    # Three months with a year back make a streak worth the name.
    basis, back = ("yoy", 12) if len(per_day) >= 15 else ("mom", 1)
    before = per_day.shift(back)
    growth = (per_day / before.where(before > 0) - 1).iloc[back:]
    fast = growth.ge(DOUBLE_DIGIT)
    streak = fast[::-1].cumprod().sum() if len(fast) else pd.Series(0, index=per_day.columns)
    frame = pd.DataFrame({"group": streak.index, "streak": streak.to_numpy(int)})
    return frame, basis


def plot_category_change(result: Categories, *, most: int = 10) -> Chart:
    """Change in sales by category as bars.

    Args:
        result: From ``categories``.
        most: Categories shown, by size of change.
    """
    return plot_change(result.comparison, most=most)


def categories_table(result: Categories, *, most: int = 12) -> ShownTable:
    """Categories by sales with growth, share, penetration, volatility and streak.

    Args:
        result: From ``categories``.
        most: Rows shown.
    """
    comparison = result.comparison
    streak = (
        t("months of 10 % or more on last year")
        if result.streak_basis == "yoy"
        else t("months of 10 % or more on the month before")
    )
    fields = (
        Field("group", t("category")),
        Field("gmv", t("sales, {currency}", currency=comparison.currency), "money"),
        Field("growth", t("growth"), "growth"),
        Field("like_for_like", t("like for like"), "growth"),
        Field("share", t("share"), "share"),
        Field("share_shift", t("share shift"), "points"),
        Field("penetration", t("penetration"), "share"),
        Field("volatility_adjusted", t("weekly swing"), "share"),
        Field("streak", streak, "count"),
    )
    notes = [
        t("Penetration: buyers of the category over all buyers."),
        t("Weekly swing: coefficient of variation of its share of the week's sales, {n} weeks.",
          n=result.weeks),
        t("Growth is left out under {n} orders in either period.", n=LEAST_ORDERS),
    ]  # fmt: skip
    if len(comparison.frame) > most:
        notes.append(t("{n} smaller ones are not shown.", n=len(comparison.frame) - most))
    return shown_table(
        comparison.frame,
        fields,
        caption=t("Categories by sales, {period}", period=str(comparison.period)),
        note=" ".join(notes),
        most=most,
    )
