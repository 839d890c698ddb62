"""What is known about a product on the morning a forecast is made, and about the day it is for.

Everything here looks only at days before the origin, and at the calendar and promotion plan
of the days after it. Days on which the shelf was empty count as far as it was filled: a day
with half of the usual stock is half a day of demand seen.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.day_plan import DayPlan
from opsbook.supply.day_profile import DayProfile, ProfileFit, day_profile, profile_input

__all__ = ["FEATURES", "History", "Known", "history", "known_at", "rows_for"]

Array = NDArray[np.float64]
Where = NDArray[np.int64]

_HALF_LIVES = (7.0, 28.0, 112.0, 364.0)
_BASE = 1
"""The half-life of 28 days is the level that all else is measured against."""
_WORTH = 10.0
"""Days of the category's mean that a product without history starts from."""
_LOOK = 400
"""Days looked back on."""
_YEAR = 364

FEATURES = (
    *("weekday", "step", "lift", "season", "seen", "days_to_peak", "days_after_peak"),
    *("category", "age", "level", "level_7", "level_112", "level_364", "last_year"),
    *("pieces_seen", "since_sale", "share_of_days", "burst", "category_trend"),
    *("price", "cut_now", "cut_usual", "empty_lately", "cut_planned"),
)
"""Names of the model's inputs: of the day, of the product, of its past, of its price."""


@dataclass(frozen=True)
class History:
    """The panel made ready: shared by every origin, each of which sees only its past.

    Args:
        sold: Pieces, SKU x day.
        mass: How much of a day of demand could be seen, 0-1; 0 when not on sale.
        clean: Pieces with those added that an empty shelf hid, from each day's own past.
        category: Row of each SKU in ``categories``.
        categories: Names.
        first: Day of launch in the panel, negative if before it.
        cut: Share off the list price.
        planned: Cut on each day of history and to come; NaN columns without a plan.
        price: Log of the list price, 0 where unknown.
        on_sale: As in the panel.
        fit: What day profiles are fitted from.
    """

    sold: Array
    mass: Array
    clean: Array
    category: Where
    categories: tuple[str, ...]
    first: Where
    cut: Array
    planned: Array | None
    price: Array
    on_sale: NDArray[np.bool_]
    fit: ProfileFit

    @property
    def plan(self) -> DayPlan:
        """The calendar."""
        return self.fit.plan

    @property
    def days(self) -> int:
        """Days of history."""
        return self.sold.shape[1]


@dataclass(frozen=True)
class Known:
    """What is known at one origin.

    Args:
        origin: Days of history used.
        level: Pieces on an ordinary day, per SKU.
        profile: Factors of days.
        past: One row per SKU: the features that do not depend on the day forecast.
    """

    origin: int
    level: Array
    profile: DayProfile
    past: dict[str, Array]


def history(
    panel: DemandPanel, plan: DayPlan, *, planned_cuts: pd.DataFrame | None = None
) -> History:
    """Make a panel ready for forecasting.

    Args:
        panel: From ``daily_demand``.
        plan: Calendar from the panel's first day to the last one to forecast.
        planned_cuts: Price cuts to come: ``sku, start_date, end_date`` (last day), ``cut``
            (share off the list price, 0-1). With a plan, the model learns from past cuts.
    """
    sold = panel.sold.astype(np.float64)
    free = np.nan_to_num(panel.free.astype(np.float64), nan=1.0)
    left = np.where(np.isfinite(panel.left), panel.left, free)
    mass = np.where(panel.on_sale | (sold > 0), (free + np.minimum(left, free)) / 2, 0.0)
    mass = np.where(sold > 0, np.maximum(mass, 0.25), mass)
    labels = panel.skus["category"].fillna("").astype(str)
    categories = tuple(sorted(labels.unique()))
    category = np.searchsorted(categories, labels).astype(np.int64)
    launch = pd.to_datetime(panel.skus["launch_date"]).fillna(
        pd.to_datetime(panel.skus["first_sale"])
    )
    first = (launch - panel.dates[0]).dt.days.fillna(0).to_numpy(np.int64)
    clean = _unhidden(sold, mass, category, len(categories))
    totals = np.zeros((len(categories), sold.shape[1]))
    np.add.at(totals, category, clean)
    listed = panel.skus["list_price"].to_numpy(np.float64, na_value=np.nan)
    return History(
        sold=sold,
        mass=mass,
        clean=clean,
        category=category,
        categories=categories,
        first=first,
        cut=np.nan_to_num(panel.cut.astype(np.float64)),
        planned=None if planned_cuts is None else _planned(panel, plan, planned_cuts),
        price=np.log(np.where(listed > 0, listed, 1.0)),
        on_sale=panel.on_sale,
        fit=profile_input(totals, categories, plan),
    )


def _unhidden(sold: Array, mass: Array, category: Where, n: int) -> Array:
    """Add to a day with an empty shelf what its own past and the day's others would expect."""
    from scipy.signal import lfilter

    keep = 0.5 ** (1 / _HALF_LIVES[_BASE])
    top = lfilter([0.0, 1.0], [1.0, -keep], sold, axis=1)
    bottom = lfilter([0.0, 1.0], [1.0, -keep], mass, axis=1)
    rate = top / np.maximum(bottom, 1.0)
    whole = (mass > 0.99).astype(float)
    got, expected = np.zeros((n, sold.shape[1])), np.zeros((n, sold.shape[1]))
    np.add.at(got, category, sold * whole)
    np.add.at(expected, category, rate * whole)
    busy = (got + 1.0) / (expected + 1.0)
    hidden = np.where(mass > 0, 1.0 - mass, 0.0)
    return np.asarray(sold + hidden * rate * busy[category])


def _planned(panel: DemandPanel, plan: DayPlan, cuts: pd.DataFrame) -> Array:
    missing = {"sku", "start_date", "end_date", "cut"} - set(cuts.columns)
    if missing:
        raise ParameterError(
            N_("planned_cuts lacks {columns}; it needs sku, start_date, end_date and cut"),
            columns=", ".join(sorted(missing)),
        )
    if not cuts["cut"].between(0, 0.95).all():
        raise ParameterError(
            N_("planned_cuts has a cut of {value}; use a share off the list price, 0 to 0.95"),
            value=float(cuts["cut"].max()),
        )
    n, known = panel.sold.shape[1], pd.Index(panel.skus["sku"])
    out = np.zeros((len(known), len(plan.dates)))
    out[:, :n] = np.nan_to_num(panel.cut)
    for sku, start, end, cut in cuts[["sku", "start_date", "end_date", "cut"]].itertuples(
        index=False
    ):
        if sku in known:
            a, b = plan.dates.searchsorted([pd.Timestamp(start), pd.Timestamp(end)])
            out[known.get_loc(sku), max(int(a), n) : int(b) + 1] = cut
    return out


def known_at(past: History, origin: int, *, skus: Where | None = None) -> Known:
    """Levels and features as of the morning of day ``origin``.

    Args:
        past: From ``history``.
        origin: Days of history that are used.
        skus: Rows of the SKUs wanted; all unless given.
    """
    some = np.arange(len(past.sold)) if skus is None else skus
    profile = day_profile(past.fit, origin)
    a = max(0, origin - _LOOK)
    factor = profile.factor[:, a:origin]
    sold, mass = past.sold[some, a:origin], past.mass[some, a:origin]
    which = past.category[some]
    seen = mass * factor[which]
    ago = np.arange(origin - a - 1, -1, -1.0)
    weights = 0.5 ** (ago[:, None] / np.array(_HALF_LIVES))
    top, bottom = sold @ weights, seen @ weights
    n = len(past.categories)
    group_top, group_bottom = np.zeros((n, 4)), np.zeros((n, 4))
    np.add.at(group_top, which, top)
    np.add.at(group_bottom, which, bottom)
    shop = (group_top.sum(0) + 1e-9) / (group_bottom.sum(0) + 1e-6)
    group = (group_top + 50 * shop) / (group_bottom + 50)
    level = (top[:, _BASE] + _WORTH * group[which, _BASE]) / (bottom[:, _BASE] + _WORTH)
    level = np.maximum(level, 1e-4)

    def against(t: Array, b: Array, worth: float) -> Array:
        return np.asarray(np.log((t + worth * level) / ((b + worth) * level)))

    sells = sold > 0
    since = np.where(sells.any(1), sells[:, ::-1].argmax(1), _LOOK)
    span = np.maximum((mass[:, -182:] > 0).sum(1), 1)
    count = sells[:, -182:].sum(1)
    mean = sold[:, -182:].sum(1) / np.maximum(count, 1)
    spread = (sold[:, -182:] ** 2).sum(1) / np.maximum(count, 1) - mean**2
    state = {
        "category": which.astype(float),
        "age": np.clip(origin - past.first[some], 0, 728).astype(float),
        "level": np.log(level),
        "level_7": against(top[:, 0], bottom[:, 0], 5.0),
        "level_112": against(top[:, 2], bottom[:, 2], 10.0),
        "level_364": against(top[:, 3], bottom[:, 3], 10.0),
        "pieces_seen": np.log1p(top[:, 2]),
        "since_sale": since.astype(float),
        "share_of_days": count / span,
        "burst": np.maximum(spread, 0) / np.maximum(mean, 1e-9) ** 2,
        "category_trend": np.log(group[which, 1] / group[which, 3]),
        "price": past.price[some],
        "cut_now": past.cut[some, origin - 1],
        "cut_usual": past.cut[some, max(0, origin - 56) : origin].mean(1),
        "empty_lately": 1 - mass[:, -7:].mean(1),
        "last_year": _last_year(past, profile, origin, some, level),
    }
    return Known(origin, level, profile, state)


def _last_year(past: History, profile: DayProfile, origin: int, some: Where, level: Array) -> Array:
    """How the product did in these weeks a year ago, against its level now."""
    a, b = origin - _YEAR - 7, origin - _YEAR + 35
    if a < 0:
        return np.zeros(len(some))
    sold, mass = past.sold[some, a:b], past.mass[some, a:b]
    top = sold.sum(1)
    bottom = (mass * profile.factor[past.category[some], a:b]).sum(1)
    return np.asarray(np.log((top + 10 * level) / ((bottom + 10) * level)))


def rows_for(
    past: History, known: Known, sku: Where, step: Where, rows: Where
) -> tuple[NDArray[np.float32], Array]:
    """The model's inputs for pairs of product and day ahead.

    Args:
        past: From ``history``.
        known: State of the origin.
        sku: Position within ``known`` of each pair.
        step: Days ahead, 0 for the origin's own day.
        rows: Row of each pair's SKU in the panel.

    Returns:
        Inputs, pair x ``FEATURES``, and the expected pieces by level and calendar alone.
    """
    at = known.origin + step
    which, plan, profile = past.category[rows], past.plan, known.profile
    given = {
        "weekday": plan.weekday[at],
        "step": step,
        "lift": np.log(profile.lift[which, at]),
        "season": np.log(profile.season[which, at] / profile.season[which, known.origin - 1]),
        "seen": profile.seen[which, at],
        "days_to_peak": plan.ahead[at],
        "days_after_peak": plan.behind[at],
        "cut_planned": np.zeros(len(at)) if past.planned is None else past.planned[rows, at],
    }
    out = np.empty((len(at), len(FEATURES)), np.float32)
    for k, name in enumerate(FEATURES):
        out[:, k] = given[name] if name in given else known.past[name][sku]
    return out, known.level[sku] * profile.factor[which, at]
