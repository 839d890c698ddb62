"""What each method would have said in the past, and how it would have fared.

From several mornings of the past, four weeks apart, every method forecasts the four weeks that
follow with nothing but what was known then. The first mornings choose a method for each class
of demand and measure its spread; the last ones, which chose nothing, say how good that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.supply.accuracy import wape
from opsbook.supply.boosting import Booster, fit_booster
from opsbook.supply.demand_class import classes
from opsbook.supply.features import History, known_at
from opsbook.supply.forecast_methods import METHODS, YARDSTICK, forecasts_from
from opsbook.supply.spread import LENGTHS, LEVELS, Spread, by_grid, fit_spread

__all__ = ["ALL", "Backtest", "backtest", "choose", "pinball_of"]

Array = NDArray[np.float64]
ALL = "all"
"""Name of all classes together; it lends its method to classes too small to choose one."""
_MOST_ORIGINS, _LEAST_ORIGINS = 8, 2
_FIRST = 63
"""Days of history before the first origin of the test."""
_GROWN = 1.25
_FEW = 20
_FEW_PIECES = 200.0
"""SKUs of a class, and pieces they sold in the test, below which it follows all together."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts of the past beside what happened.

    Args:
        origins: First day forecast from each origin, in time order.
        first: Origins that chose and calibrated; the others are the test.
        horizon: Days ahead.
        window: Days of the sums that decide.
        means: Expected pieces by method: origin x SKU x day ahead.
        sold: What was sold: origin x SKU x day.
        mass: Share of each day's demand that could be seen.
        alive: Whether the SKU was on sale at the origin: origin x SKU.
        label: Its class of demand then: origin x SKU.
        steps: Mean absolute change from one sum over ``window`` days to the next, before the
            origin: origin x SKU.
    """

    origins: tuple[date, ...]
    first: int
    horizon: int
    window: int
    means: dict[str, NDArray[np.float32]]
    sold: NDArray[np.float32]
    mass: NDArray[np.float32]
    alive: NDArray[np.bool_]
    label: NDArray[np.object_]
    steps: Array

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that competed."""
        return tuple(self.means)

    def chosen_by(self) -> NDArray[np.bool_]:
        """Which origins choose, the others test."""
        return np.arange(len(self.origins)) < self.first

    def sums(
        self, method: str, length: int, part: NDArray[np.bool_], label: str = ALL
    ) -> tuple[Array, Array, NDArray[np.int64]]:
        """Sums over ``length`` days: sold, forecast of what could be sold, and the SKU's row.

        Args:
            method: One of ``methods``.
            length: Days of each sum; what is left of the horizon is not used.
            part: Origins taken.
            label: Class of demand; all unless given.
        """
        pick = self.alive & part[:, None]
        if label != ALL:
            pick = pick & (self.label == label)
        n = self.horizon // length
        shape = (-1, n, length)
        sold = self.sold[pick][:, : n * length].reshape(shape)
        said = (self.means[method][pick] * self.mass[pick])[:, : n * length].reshape(shape)
        seen = self.mass[pick][:, : n * length].reshape(shape).mean(axis=2).ravel() > 0.2
        rows = np.repeat(np.nonzero(pick)[1], n)
        return (
            sold.sum(axis=2).ravel()[seen].astype(np.float64),
            said.sum(axis=2).ravel()[seen].astype(np.float64),
            rows[seen],
        )

    def spread(
        self, method: str, label: str, part: NDArray[np.bool_], *, seed: int, adjust: bool = True
    ) -> Spread:
        """Spread of demand about a method's forecasts, for one class."""
        rng = np.random.default_rng(seed)
        sums = {n: self.sums(method, n, part, label)[:2] for n in LENGTHS if n <= self.horizon}
        longest = sums[max(sums)]
        return fit_spread({n: sums.get(n, longest) for n in LENGTHS}, rng, adjust=adjust)


def backtest(
    panel: DemandPanel,
    past: History,
    *,
    horizon: int = 28,
    window: int = 14,
    origins: int = _MOST_ORIGINS,
    seed: int = 0,
) -> Backtest:
    """Forecast the past from several origins with what was known at each.

    Trees are fitted anew before the first origin, before the first of the test, and whenever
    the history has grown by a quarter.

    Args:
        panel: From ``daily_demand``.
        past: ``history`` of the same panel.
        horizon: Days ahead, and days between origins.
        window: Days of the sums that decide between methods.
        origins: Origins at most; fewer where the history is short.
        seed: Of everything drawn by lot.

    Raises:
        CannotTell: The history is too short for a test.
    """
    n = past.days
    count = min(origins, (n - _FIRST) // horizon)
    if count < _LEAST_ORIGINS:
        raise CannotTell(
            N_(
                "a forecast of {horizon} days that is tested on the past needs {need} days of "
                "sales; the data have {have}"
            ),
            horizon=horizon,
            need=_FIRST + _LEAST_ORIGINS * horizon,
            have=n,
        )
    starts = [n - horizon * k for k in range(count, 0, -1)]
    first = max(1, count - max(1, round(count * 0.4)))
    means: dict[str, list[Array]] = {}
    label, steps = [], []
    booster: Booster | None = None
    learned = 0
    for k, start in enumerate(starts):
        if k == first or start >= _GROWN * learned:
            booster, learned = fit_booster(past, start, horizon, seed=seed) or booster, start
        known = known_at(past, start)
        for name, said in forecasts_from(past, known, horizon, booster).items():
            means.setdefault(name, []).append(said.astype(np.float32))
        then = panel.dates[start - 1].date() + timedelta(days=1)
        label.append(classes(panel.until(then))["class"].to_numpy(object))
        steps.append(_steps(past, start, min(window, horizon)))
    whole = [m for m in METHODS if len(means.get(m, ())) == count]
    windows = [slice(s, s + horizon) for s in starts]
    return Backtest(
        origins=tuple((panel.dates[0] + pd.Timedelta(days=s)).date() for s in starts),
        first=first,
        horizon=horizon,
        window=min(window, horizon),
        means={m: np.stack(means[m]) for m in whole},
        sold=np.stack([past.sold[:, w] for w in windows]).astype(np.float32),
        mass=np.stack([past.mass[:, w] for w in windows]).astype(np.float32),
        alive=np.stack([past.on_sale[:, s - 1] for s in starts]),
        label=np.stack(label),
        steps=np.stack(steps),
    )


def _steps(past: History, origin: int, window: int) -> Array:
    """Mean change from one sum over the window to the next, in the last year."""
    y = past.sold[:, max(0, origin - 364) : origin]
    whole = y.shape[1] // window
    sums = y[:, y.shape[1] - whole * window :].reshape(len(y), whole, window).sum(axis=2)
    if whole < 2:
        return np.full(len(y), np.nan)
    return np.asarray(np.abs(np.diff(sums, axis=1)).mean(axis=1))


def pinball_of(
    found: Backtest, method: str, label: str, spread: Spread, part: NDArray[np.bool_]
) -> tuple[Array, NDArray[np.int64]]:
    """Mean pinball loss over ``LEVELS`` of each sum, and the SKU's row."""
    sold, said, rows = found.sums(method, found.window, part, label)
    loss = np.zeros(len(sold))
    for level in LEVELS:
        gap = sold - by_grid(spread, level, said, found.window)
        loss += np.maximum(level * gap, (level - 1) * gap)
    return loss / len(LEVELS), rows


def choose(found: Backtest, *, seed: int = 0) -> tuple[dict[str, str], pd.DataFrame]:
    """A method for each class: the best of the first origins, if the last ones agree.

    The choice is the method with the least pinball loss of the sums over ``window`` days. On
    the origins that chose nothing it must beat seasonal naive in that loss and in WAPE; else
    seasonal naive is used.

    Args:
        found: From ``backtest``.
        seed: Of the lots that break ties within a count.

    Returns:
        Method by class, and one row per class and method: ``label, method, skus, pieces,
        loss_first, loss, wape, gain, low, high`` (share of the yardstick's loss saved on the
        test, with 95 % interval over SKUs), ``best`` (least loss on the first origins), ``used``.
    """
    first = found.chosen_by()
    labels = [ALL, *sorted({str(v) for v in found.label[found.alive]})]
    rows = []
    for label in labels:
        base: tuple[Array, NDArray[np.int64]] | None = None
        for method in found.methods:
            spread = found.spread(method, label, first, seed=seed, adjust=False)
            chose, _ = pinball_of(found, method, label, spread, first)
            loss, sku = pinball_of(found, method, label, spread, ~first)
            sold, said, _ = found.sums(method, found.window, ~first, label)
            base = (loss, sku) if base is None else base
            rows.append(
                {
                    "label": label,
                    "method": method,
                    "skus": len(np.unique(sku)),
                    "pieces": float(sold.sum()),
                    "loss_first": float(chose.mean()) if len(chose) else np.nan,
                    "loss": float(loss.mean()) if len(loss) else np.nan,
                    "wape": float(wape(sold, said)),
                    **_gain(base[0], loss, sku),
                }
            )
    table = pd.DataFrame(rows)
    least = table.groupby("label")["loss_first"].transform("min")
    table["best"] = (table["loss_first"] == least) & ~table.duplicated(["label", "loss_first"])
    chosen: dict[str, str] = {}
    for label, group in table.groupby("label", sort=False):
        best = group[group["best"]]
        sure = len(best) == 1 and int(best["skus"].iloc[0]) >= _FEW
        sure = sure and float(best["pieces"].iloc[0]) >= _FEW_PIECES
        if not sure and label != ALL:
            chosen[str(label)] = chosen[ALL]
            continue
        # Better twice, on origins that have nothing in common: chance rarely does that.
        naive = float(group.loc[group["method"] == YARDSTICK, "wape"].iloc[0])
        better = len(best) == 1 and float(best["gain"].iloc[0]) > 0
        better = better and float(best["wape"].iloc[0]) < naive
        chosen[str(label)] = str(best["method"].iloc[0]) if better else YARDSTICK
    table["used"] = [chosen[r.label] == r.method for r in table.itertuples()]
    return chosen, table


def _gain(base: Array, loss: Array, sku: NDArray[np.int64]) -> Mapping[str, float]:
    """Share of the yardstick's loss that is saved, with an interval over SKUs."""
    if not len(loss) or base.sum() <= 0:
        return {"gain": np.nan, "low": np.nan, "high": np.nan}
    _, at = np.unique(sku, return_inverse=True)
    before, saved = np.bincount(at, base), np.bincount(at, base - loss)
    gain, n = saved.sum() / before.sum(), len(before)
    # Ratio of sums over SKUs, by linearisation: a SKU's windows are not independent.
    rest = saved - gain * before
    error = np.sqrt((rest**2).sum() * n / max(n - 1, 1)) / before.sum()
    return {"gain": float(gain), "low": float(gain - 1.96 * error),
            "high": float(gain + 1.96 * error)}  # fmt: skip
