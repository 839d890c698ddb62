"""What a forecast costs per SKU, and how other ways of forecasting would have done.

Run: ``python tests/bench/bench_forecast.py [cost] [quantiles] [neural] [panel]``, everything
unless named. ``cost`` forecasts made-up shops of 100, 1,000 and 10,000 SKUs over 730 days with
the test on the past included. ``quantiles`` and ``neural`` use the demo shop: one boosting per
quantile, and scikit-learn's MLP on the same features, a plain feed-forward net and not an LSTM.
``panel`` is the Complete Journey, 50 weeks with a sale or more.
"""

import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "supply"))

from forecast_panels import bare_shop, drawn, panel_of

import opsbook
from opsbook.common.demand import daily_demand
from opsbook.supply.backtest import Backtest, backtest, pinball_of
from opsbook.supply.boosting import fit_booster, training_rows
from opsbook.supply.day_plan import day_plan
from opsbook.supply.features import FEATURES, History, history, known_at, rows_for
from opsbook.supply.forecast import forecast
from opsbook.supply.spread import LEVELS

SHOP = os.environ.get("OPSBOOK_DEMO", "demo")


def cost() -> None:
    shop = bare_shop()
    for n in (100, 1_000, 10_000):
        sold, _ = drawn(n, 730, mean=0.6)
        panel = panel_of(sold, category=[f"C{i % 12:02d}" for i in range(n)])
        wall, cpu = time.perf_counter(), time.process_time()
        forecast(shop, panel=panel)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{n:6d} SKUs: {wall:6.1f} s wall, {cpu:6.1f} s of processor, "
            f"{1000 * wall / n:6.2f} ms wall and {1000 * cpu / n:6.2f} ms of processor per SKU, "
            f"peak {peak:.1f} GB",
            flush=True,
        )


def prepared() -> tuple[History, Backtest]:
    shop = opsbook.open_shop(SHOP)
    panel = daily_demand(shop)
    names = tuple(sorted(panel.skus["category"].unique()))
    plan = day_plan(shop, panel.dates[0].date(), panel.end + timedelta(days=28), names)
    past = history(panel, plan)
    return past, backtest(panel, past)


def starts_of(past: History, tested: Backtest) -> list[int]:
    return [past.days - 28 * k for k in range(len(tested.origins), 0, -1)]


def grid(past: History, start: int) -> tuple[np.ndarray, np.ndarray]:
    state = known_at(past, start)
    sku = np.repeat(np.arange(len(past.sold)), 28)
    return rows_for(past, state, sku, np.tile(np.arange(28), len(past.sold)), sku)


def quantiles() -> None:
    """Daily pinball loss: counts about one Poisson model against one model per quantile."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    past, tested = prepared()
    starts, first = starts_of(past, tested), tested.first
    clock = time.process_time()
    x, y, expected = training_rows(past, starts[first], 28, np.random.default_rng(0), most=50_000)
    inputs = np.c_[x, np.log(np.maximum(expected, 1e-6))]
    models = [
        HistGradientBoostingRegressor(
            loss="quantile", quantile=level, learning_rate=0.15, max_iter=50, max_leaf_nodes=8,
            min_samples_leaf=200, l2_regularization=5.0, max_bins=63, early_stopping=False,
            random_state=0,
        ).fit(inputs, y)
        for level in LEVELS
    ]  # fmt: skip
    trained = time.process_time() - clock
    clock = time.process_time()
    fit_booster(past, starts[first], 28)
    one = time.process_time() - clock
    spread = tested.spread("boosting", "all", tested.chosen_by(), seed=0)
    ours, theirs = [], []
    for k in range(first, len(starts)):
        alive = tested.alive[k]
        x, expected = grid(past, starts[k])
        inputs = np.c_[x, np.log(np.maximum(expected, 1e-6))]
        sold = tested.sold[k][alive]
        mean = (tested.means["boosting"][k] * tested.mass[k])[alive].astype(float)
        for level, model in zip(LEVELS, models, strict=True):
            said = model.predict(inputs).reshape(-1, 28)[alive]
            for bag, value in ((theirs, said), (ours, spread.quantile(level, mean, 1))):
                gap = sold - value
                bag.append(np.maximum(level * gap, (level - 1) * gap).mean())
    print(f"daily pinball loss: counts about one model {np.mean(ours):.4f} ({one:.1f} s of "
          f"processor), seven quantile models {np.mean(theirs):.4f} ({trained:.1f} s)")  # fmt: skip


def neural() -> None:
    """An MLP in the place of trees: same rows, same ratio to level and calendar, same test."""
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    past, tested = prepared()
    starts, first = starts_of(past, tested), tested.first
    place = FEATURES.index("category")

    def inputs(x: np.ndarray) -> np.ndarray:
        kinds = np.eye(len(past.categories))[x[:, place].astype(int)]
        return np.c_[np.delete(x, place, axis=1), kinds]

    clock = time.process_time()
    nets: dict[int, object] = {}
    for k in (0, first):
        x, y, expected = training_rows(past, starts[k], 28, np.random.default_rng(0), most=50_000)
        weight = np.maximum(expected, 1e-6)
        net = make_pipeline(
            StandardScaler(),
            MLPRegressor(
                hidden_layer_sizes=(64, 32), loss="poisson", alpha=1e-2, batch_size=512,
                max_iter=40, early_stopping=True, random_state=0,
            ),
        )  # fmt: skip
        nets[k] = net.fit(inputs(x), y / weight, mlpregressor__sample_weight=weight / weight.mean())
    spent = time.process_time() - clock
    said = []
    for k, start in enumerate(starts):
        x, expected = grid(past, start)
        ratio = np.clip(nets[0 if k < first else first].predict(inputs(x)), 0.05, 20.0)
        alive = tested.alive[k][:, None]
        said.append((ratio * expected).reshape(-1, 28) * alive)
    tested.means["mlp"] = np.stack(said).astype(np.float32)
    chose = tested.chosen_by()
    print(f"MLP: {spent:.1f} s of processor for two fits")
    for method in ("seasonal_naive", "smoothing", "level_calendar", "boosting", "mlp"):
        spread = tested.spread(method, "all", chose, seed=0, adjust=False)
        loss, _ = pinball_of(tested, method, "all", spread, ~chose)
        sold, mean, _ = tested.sums(method, tested.window, ~chose)
        wape = np.abs(sold - mean).sum() / sold.sum()
        print(f"{method:16s} pinball {loss.mean():.4f}, WAPE of 14 days {wape:.3f}, "
              f"bias {(mean.sum() / sold.sum() - 1):+.3f}")  # fmt: skip


def panel() -> None:
    shop = opsbook.open_shop("completejourney")
    made = forecast(shop, min_weeks=50)
    columns = ["label", "method", "skus", "pieces", "wape", "naive_wape", "mase", "naive_mase"]
    columns += ["bias", "pinball", "naive_pinball", "gain", "low", "high", "calibrated"]
    print(made.table[columns].round(3).to_string(index=False))


if __name__ == "__main__":
    parts = {"cost": cost, "quantiles": quantiles, "neural": neural, "panel": panel}
    for name in sys.argv[1:] or parts:
        print(f"== {name}", flush=True)
        parts[name]()
