"""What will sell: pieces by product and day, one to four weeks ahead, and how sure that is."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from opsbook.common.demand import DemandPanel, daily_demand
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.backtest import ALL, Backtest, backtest, choose
from opsbook.supply.boosting import fit_booster
from opsbook.supply.day_plan import day_plan
from opsbook.supply.demand_class import classes
from opsbook.supply.features import History, Known, history, known_at
from opsbook.supply.forecast_accuracy import accuracy_table
from opsbook.supply.forecast_methods import forecasts_from
from opsbook.supply.spread import LEVELS, Spread

__all__ = ["Forecast", "forecast"]

Array = NDArray[np.float64]

_AHEAD = 28
"""Days that are always forecast; a shorter horizon shows the first of them."""
_UNSEEN = 0.25
"""Squared error, as a share, of an event that has not been seen before: half or one and a half."""
_CASES = 100
"""Four-week sums of a class below which it takes the spread of all classes."""
_NO_YEAR = 0.04
"""The same for a season that is not known because history is under 13 months: a fifth."""


@dataclass(frozen=True)
class Forecast:
    """Demand ahead, its uncertainty and its test.

    Args:
        skus: One row per SKU: ``sku, category, label`` (class of demand), ``method`` (``none``
            for one not on sale), ``ordinary`` (pieces on a day without event after the
            28th), ``unseen`` (share of the mean that rests on events never seen), ``extra``
            (squared share of the mean that this and an unknown season add to the variance).
        dates: Days forecast.
        levels: Quantiles.
        ahead: Expected pieces of the next 28 days, SKU x day.
        quantiles: Whole pieces, SKU x day x level, rising, never negative.
        table: ``accuracy_table``: the test by class.
        choice: Every method in every class, from ``choose``.
        chosen: Method by class.
        spreads: Spread by class, from all origins.
        tested: The test on the past.
        panel: The history behind it.
        lift: Factor of events on each day, mean over categories by pieces.
        yearly: Whether the history is long enough for a season of the year.
        new_events: Events in the horizon that the history has not seen.
        planned: Whether price cuts were planned by the caller.
        seed: Of everything drawn by lot.
    """

    skus: pd.DataFrame
    dates: pd.DatetimeIndex
    levels: tuple[float, ...]
    ahead: Array
    quantiles: Array
    table: pd.DataFrame
    choice: pd.DataFrame
    chosen: dict[str, str]
    spreads: dict[str, Spread]
    tested: Backtest
    panel: DemandPanel
    lift: Array
    yearly: bool
    new_events: tuple[str, ...]
    planned: bool
    seed: int

    @property
    def horizon(self) -> int:
        """Days ahead."""
        return len(self.dates)

    @property
    def mean(self) -> Array:
        """Expected pieces, SKU x day of ``dates``."""
        return self.ahead[:, : self.horizon]

    @property
    def currency(self) -> str:
        """ISO code of the shop's money."""
        return self.panel.currency

    @property
    def shop(self) -> str:
        """Title of the shop."""
        return self.panel.shop

    def over(self, days: ArrayLike) -> pd.DataFrame:
        """The sum of the next days: what a reorder point or an order has to cover.

        Args:
            days: How many, one figure or one per SKU; parts of a day count in proportion.
                Beyond four weeks each further day brings an ordinary day's pieces, without
                events, and the row says so.

        Returns:
            One row per SKU: ``sku, days, mean, sd`` (pieces), ``beyond`` (days past the
            28th), and ``q05`` ... ``q95``, whole pieces. ``sd`` comes from the errors
            of sums in the test on the past, not from days taken as independent.

        Raises:
            ParameterError: A length below 0 or above 365, or not one per SKU.
        """
        n, length = self._sum(days)
        out = pd.DataFrame({"sku": self.skus["sku"], "days": length, "mean": n})
        out["sd"] = np.sqrt(self._variance(n, length))
        out["beyond"] = np.maximum(length - _AHEAD, 0.0)
        for level in self.levels:
            out[f"q{round(level * 100):02d}"] = self.over_quantile(length, level)
        return out

    def over_quantile(self, days: ArrayLike, level: float) -> Array:
        """Pieces that the sum of the next days stays within, with that chance; per SKU.

        Args:
            days: As in ``over``.
            level: Between 0 and 1.
        """
        if not 0 < level < 1:
            raise ParameterError(N_("a quantile lies between 0 and 1; got {value}"), value=level)
        n, length = self._sum(days)
        out = np.zeros(len(n))
        extra = self.skus["extra"].to_numpy(float)
        for label, rows in self._rows():
            out[rows] = self.spreads[label].quantile(level, n[rows], length[rows], extra[rows])
        return np.where(n > 0, out, 0.0)

    def _sum(self, days: ArrayLike) -> tuple[Array, Array]:
        size = len(self.skus)
        given = np.asarray(days, np.float64)
        if given.ndim and given.shape != (size,):
            raise ParameterError(
                N_("days has {have} figures; give one, or one for each of {need} SKUs"),
                have=given.size,
                need=size,
            )
        length = np.broadcast_to(given, (size,)).copy()
        if not ((length >= 0) & (length <= 365)).all():
            raise ParameterError(
                N_("days lies between 0 and 365; got {low} to {high}"),
                low=float(np.nanmin(length)) if size else 0,
                high=float(np.nanmax(length)) if size else 0,
            )
        run = np.concatenate([np.zeros((size, 1)), self.ahead.cumsum(axis=1)], axis=1)
        inside = np.minimum(length, _AHEAD)
        low = np.floor(inside).astype(np.int64)
        high = np.minimum(low + 1, _AHEAD)
        row = np.arange(size)
        total = run[row, low] + (inside - low) * (run[row, high] - run[row, low])
        past = np.maximum(length - _AHEAD, 0.0)
        return total + past * self.skus["ordinary"].to_numpy(float), length

    def _variance(self, mean: Array, length: Array) -> Array:
        extra = self.skus["extra"].to_numpy(float)
        out = np.zeros(len(mean))
        for label, rows in self._rows():
            out[rows] = self.spreads[label].variance(mean[rows], length[rows], extra[rows])
        return out

    def _rows(self) -> list[tuple[str, NDArray[np.int64]]]:
        labels = self.skus["label"].to_numpy(object)
        return [(str(k), np.flatnonzero(labels == k)) for k in pd.unique(labels)]


@shared
def forecast(
    shop: Shop,
    end: date | None = None,
    horizon: int = 28,
    *,
    days: int = 730,
    window: int = 14,
    planned_cuts: pd.DataFrame | None = None,
    min_weeks: int | None = None,
    seed: int = 0,
    panel: DemandPanel | None = None,
) -> Forecast:
    """Forecast every SKU by the method that did best in its class, and test that on the past.

    Args:
        shop: Needs order lines with pieces; stock, calendar, campaigns and prices are used
            where they are there.
        end: First day to forecast; the day after the data's last unless given.
        horizon: Days ahead, 1 to 28.
        days: Days of history used, 119 to 1,830.
        window: Days whose sum decides between methods: lead time and review, 1 to 28.
        planned_cuts: Price cuts to come: ``sku, start_date, end_date, cut`` (0-1). Without
            them the forecast is at prices as usual for such days.
        min_weeks: As in ``daily_demand``.
        seed: Of everything drawn by lot.
        panel: The panel, where it has been read already; it must end at ``end``.

    Raises:
        CannotTell: Too little history.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value in (("horizon", horizon), ("window", window)):
        if not 1 <= value <= 28:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name, value=value, least=1, most=28,
            )  # fmt: skip
    panel = panel or daily_demand(shop, end, days, min_weeks=min_weeks)
    if end is not None and panel.end != end:
        raise ParameterError(
            N_("the panel ends on {have}, the forecast should start on {want}"),
            have=panel.end,
            want=end,
        )
    names = tuple(sorted(panel.skus["category"].fillna("").astype(str).unique()))
    plan = day_plan(shop, panel.dates[0].date(), panel.end + timedelta(days=_AHEAD), names)
    past = history(panel, plan, planned_cuts=planned_cuts)
    # The test always looks four weeks ahead: shorter horizons are its first days.
    tested = backtest(panel, past, window=window, seed=seed)
    chosen, choice = choose(tested, seed=seed)
    table = accuracy_table(tested, chosen, choice, seed=seed)
    every = np.ones(len(tested.origins), bool)
    spreads = {k: tested.spread(m, k, every, seed=seed) for k, m in chosen.items()}
    # What was rarely seen is as uncertain as all classes together.
    spreads = {k: s if s.cases >= _CASES else spreads[ALL] for k, s in spreads.items()}
    known = known_at(past, past.days)
    booster = None
    if "boosting" in chosen.values():
        booster = fit_booster(past, past.days, _AHEAD, seed=seed)
    ahead = forecasts_from(past, known, _AHEAD, booster)
    label = classes(panel)["class"].to_numpy(object)
    skus, mean = _by_class(panel, past, known, ahead, chosen, label)
    unseen = _unseen(mean, known, past)
    weights = mean.sum(axis=0) + 1e-9
    coming = slice(past.days, past.days + _AHEAD)
    lift = (mean * known.profile.lift[past.category, coming]).sum(axis=0) / weights
    skus["unseen"] = unseen
    # An event that was never met, and a season that was never met, widen every quantile.
    skus["extra"] = _UNSEEN * unseen**2 + (0.0 if known.profile.yearly else _NO_YEAR)
    labels = skus["label"].to_numpy(object)
    quantiles = np.zeros((len(skus), horizon, len(LEVELS)))
    for name in pd.unique(labels):
        rows = np.flatnonzero(labels == name)
        extra = skus["extra"].to_numpy(float)[rows, None]
        for k, p in enumerate(LEVELS):
            m = mean[rows, :horizon]
            quantiles[rows, :, k] = np.where(m > 0, spreads[name].quantile(p, m, 1, extra), 0.0)
    return Forecast(
        skus=skus,
        dates=plan.dates[past.days : past.days + horizon],
        levels=LEVELS,
        ahead=mean,
        quantiles=np.maximum.accumulate(quantiles, axis=2),
        table=table,
        choice=choice,
        chosen=chosen,
        spreads=spreads,
        tested=tested,
        panel=panel,
        lift=lift[:horizon],
        yearly=known.profile.yearly,
        new_events=_new_events(past, horizon),
        planned=planned_cuts is not None,
        seed=seed,
    )


def _by_class(
    panel: DemandPanel,
    past: History,
    known: Known,
    ahead: dict[str, Array],
    chosen: dict[str, str],
    label: NDArray[np.object_],
) -> tuple[pd.DataFrame, Array]:
    """Means by the method of each SKU's class, and what goes on after the horizon."""
    label = np.array([k if k in chosen else ALL for k in label], object)
    on = past.on_sale[:, -1]
    method = np.array([chosen[k] for k in label], object)
    mean = np.zeros((len(label), _AHEAD))
    for name in set(method):
        rows = method == name
        mean[rows] = ahead[name][rows]
    skus = panel.skus[["sku", "category"]].reset_index(drop=True)
    skus["label"] = label
    skus["method"] = np.where(on, method, "none")
    factor, lift = known.profile.factor[past.category], known.profile.lift[past.category]
    coming = slice(past.days, past.days + _AHEAD)
    plain = (factor / lift)[:, coming]
    level = mean.sum(axis=1) / np.maximum(factor[:, coming].sum(axis=1), 1e-9)
    skus["ordinary"] = level * plain[:, -7:].mean(axis=1)
    return skus, mean


def _unseen(mean: Array, known: Known, past: History) -> Array:
    """Share of each SKU's pieces that falls on days with an event never seen before."""
    coming = slice(past.days, past.days + _AHEAD)
    new = ~known.profile.seen[past.category, coming]
    return np.asarray((mean * new).sum(axis=1) / np.maximum(mean.sum(axis=1), 1e-9))


def _new_events(past: History, horizon: int) -> tuple[str, ...]:
    """Events in the horizon of which no day lies in the history."""
    days, n = past.plan.days, past.days
    met = set(days.loc[days["at"] < n, "event"])
    coming = days.loc[(days["at"] >= n) & (days["at"] < n + horizon), "event"]
    return tuple(e for e in dict.fromkeys(coming) if e not in met)
