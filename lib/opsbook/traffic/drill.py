"""Why sales fell: the few slices of the shop that explain a drop between two windows."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.reference.calendar import shop_events
from opsbook.reference.day_classes import DayClasses, LeftOut, day_classes
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.drill_parts import Slice, named, parts_of, slice_frame, slice_of
from opsbook.traffic.drill_scan import candidates, scan
from opsbook.traffic.drill_season import season_factors
from opsbook.traffic.order_slices import order_slices
from opsbook.traffic.slice_days import SliceDays

__all__ = ["Drill", "Slice", "drill", "drill_frame", "recent_days"]

Floats = NDArray[np.float64]
_BASE_WEEKS = 8


@dataclass(frozen=True)
class Drill:
    """A change of sales between two windows, drilled.

    Args:
        slices: What explains the drop, in the order found.
        rises: Slices that rose meanwhile; the ``part`` of both and ``shared`` add up to
            ``change``.
        scanned: As ``frame``, with the conditions of a slice (``where``) instead of its name.
        gmv: Sales of comparable days of the period.
        expected: What the base leads to expect of them.
        shared: Part of the change that all the rest of the shop moved by in common.
        total_z: The whole shop's change in standard errors, from its own weeks.
        days: Comparable days.
        left_out: Days without a counterpart.
        seasonal: Whether last year told the season of categories.
        period: Window in question.
        base: Window it is compared with.
        leaves: Day by day sales of the leaves, for the change point.
        classes: The days with their classes.
        currency: ISO code.
        shop: Name of the shop.
        level: Confidence of the intervals.
        margin_rate: Margin over sales of the base; not a number without costs.
    """

    slices: tuple[Slice, ...]
    rises: tuple[Slice, ...]
    scanned: pd.DataFrame
    gmv: float
    expected: float
    shared: float
    total_z: float
    days: int
    left_out: tuple[LeftOut, ...]
    seasonal: bool
    period: Period
    base: Period
    leaves: pd.DataFrame
    classes: DayClasses
    currency: str
    shop: str
    level: float
    margin_rate: float = float("nan")

    @property
    def frame(self) -> pd.DataFrame:
        """One row per slice looked at, ranked by surprise.

        ``slice, dimension, depth, orders, orders_expected, gmv, gmv_expected, change`` (money;
        values of one dimension add up to the shop's change), ``z, p_value, called``.
        """
        return named(self.scanned)

    @property
    def change(self) -> float:
        """Change of sales on comparable days."""
        return self.gmv - self.expected

    @property
    def explained(self) -> float:
        """Share of the change that the named slices explain, fallen and risen."""
        named = sum(s.part for s in (*self.slices, *self.rises))
        return named / self.change if self.change else 0.0


def recent_days(period: Period, *, days: int = 14) -> Period:
    """The last days of a period: the window in which a drop is looked for."""
    return Period(max(period.start, period.end - timedelta(days=days)), period.end)


@shared
def drill(
    shop: Shop,
    period: Period,
    base: Period | None = None,
    *,
    depth: int = 2,
    false_share: float = 0.01,
    most: int = 4,
    level: float = 0.95,
) -> Drill:
    """Find the slices that explain a drop of sales, without counting any of it twice.

    A day is compared with base days of its own class (festival day or weekday), so the
    calendar is out; what the whole shop shares, season and market, is out because slices are
    compared with the rest; a category's own season is taken from last year's same weeks
    where the data hold them. The rest is measured against how the slice varies by week.

    Args:
        shop: The shop.
        period: Window in question, best whole weeks; ``recent_days`` takes the last 14 days.
        base: What it is compared with; the eight weeks before unless given.
        depth: 1 looks at single slices, 2 at pairs too.
        false_share: Share of false calls allowed among those made (FDR), 0.0001 to 0.2.
        most: Slices named at most.
        level: Confidence of intervals.

    Raises:
        CannotTell: The base is not in the data, or no day has a counterpart.
        ParameterError: ``depth`` or ``false_share`` is out of bounds.

    Source:
        D15. Scan statistic: Kulldorff (1997); false discoveries: Benjamini and Hochberg (1995).
    """
    span = data_days(shop)
    base = base or Period(period.start - timedelta(weeks=_BASE_WEEKS), period.start)
    if not base.inside(span):
        raise CannotTell(
            N_("{period} cannot be compared: the data begin on {start}, after {before} began"),
            period=str(period),
            start=span.start,
            before=str(base),
        )
    first, last = min(base.start, period.start), max(base.end, period.end)
    calendar = shop_events(shop, first, last)
    sold = order_slices(shop, Period(first, last))
    year_ago = Period(first - timedelta(weeks=52), last - timedelta(weeks=52))
    before = None
    if year_ago.inside(span) and "category" in sold.columns:
        events = shop_events(shop, year_ago.start, year_ago.end)
        classes = day_classes(period.last_year(), base.last_year(), span, events)
        before = (order_slices(shop, year_ago), classes)
    found = drill_frame(
        sold, period, base, span=span, calendar=calendar, year_ago=before, depth=depth,
        false_share=false_share, most=most, level=level, currency=shop.currency, shop=shop.title,
    )  # fmt: skip
    margin_rate = key_figures(shop, base).get("gross_margin", float("nan"))
    return replace(found, margin_rate=margin_rate)


def drill_frame(
    sold: pd.DataFrame,
    period: Period,
    base: Period,
    *,
    span: Period,
    calendar: pd.DataFrame | None = None,
    year_ago: tuple[pd.DataFrame, DayClasses] | None = None,
    depth: int = 2,
    false_share: float = 0.01,
    most: int = 4,
    level: float = 0.95,
    currency: str = "",
    shop: str = "",
) -> Drill:
    """``drill`` on a table of daily slices.

    Args:
        sold: As from ``order_slices``.
        period: Window in question.
        base: What it is compared with.
        span: Days that the data cover.
        calendar: Special days, as from ``reference.calendar.events``.
        year_ago: The same table of last year's same days and their classes.
        depth: 1 or 2.
        false_share: Share of false calls allowed.
        most: Slices named at most.
        level: Confidence of intervals.
        currency: ISO code.
        shop: Name of the shop.
    """
    if depth not in (1, 2):
        raise ParameterError(N_("depth must be 1 or 2; got {value}"), value=depth)
    if not 1e-4 <= false_share <= 0.2:
        raise ParameterError(
            N_("false_share must lie between 0.0001 and 0.2; got {value}"), value=false_share
        )
    classes = day_classes(period, base, span, calendar)
    if not classes.used.any():
        raise CannotTell(
            N_("No day of {period} has a day of its kind in {base}: nothing can be compared."),
            period=str(period),
            base=str(base),
        )
    table = SliceDays(sold, classes)
    factors = np.ones(len(table.leaves))
    if year_ago is not None:
        factors = season_factors(table.leaves, *year_ago)
    orders, gmv = table.expect("orders", factors), table.expect("gmv", factors)
    actual, money = table.now("orders"), table.now("gmv")
    every = candidates(table.leaves, orders, depth=depth)
    noise = table.noise(every.inside)
    picks = scan(actual, orders, every, noise, false_share=false_share, most=most)
    whole = table.noise(np.ones((1, len(orders)), bool), conditional=False)
    total_z = float((actual.sum() - orders.sum()) / np.sqrt(max(orders.sum() * whole[0], 1e-9)))
    shared, parts = parts_of(money, gmv, every, picks)
    change = float(money.sum() - gmv.sum())
    frame = slice_frame(every, actual, orders, money, gmv, noise, picks, false_share)
    slices = tuple(
        slice_of(every, pick, part, change, actual, orders, noise, level)
        for pick, part in zip(picks, parts, strict=True)
    )
    falls = tuple(s for s in slices if s.z < 0)
    rises = tuple(s for s in slices if s.z >= 0)
    return Drill(
        falls, rises, frame, float(money.sum()), float(gmv.sum()), shared, total_z, table.days,
        classes.left_out, year_ago is not None, period, base, sold, classes, currency, shop, level,
    )  # fmt: skip
