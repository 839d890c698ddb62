"""Are planted customer bases found again? Coverage, holdout totals and ranking over shops.

Run: ``python tests/bench/bench_value.py [SEEDS] [FIRST]``. Every seed simulates a shop of
40,000 orders, fits it, and prints one line; the last lines sum up. With
``--speed [CUSTOMERS]`` it times a fit and a prediction for a million customers instead.

The shop plants BG/NBD on its own clock and on orders *placed*. What a shop can see of it is
less, step by step, and each step is measured by itself:

- ``pure``: the process alone, by the second, to tell what is due to the estimator;
- ``pure_day``: its purchases of a day merged, and the model told so; ``pure_day_published``
  merged and not told, as published fits of daily data are;
- ``exact``: orders placed in the simulated shop, by the second, on the calendar: growth,
  weekdays and festivals are on top of the process, and a few orders lost to empty shelves;
- ``calendar, activity, true``: the same orders merged by day and the model told so, on the
  calendar, on the clock estimated from the orders, and on the simulator's own;
  ``calendar_published`` not told;
- ``paid``: ``customer_base`` as it stands. It counts orders paid: 5 % are never paid or are
  cancelled. Rarer orders are another process, and one that is not quite BG/NBD: who leaves
  after an order that he cancelled leaves unseen. ``paid_planted`` holds the intervals
  against the planted values, ``paid`` against those that a fit to 300,000 customers of the
  planted process finds when as many orders are struck out by lot.

Spend: ``own`` is drawn from the planted Gamma-Gamma, ``shop`` are the amounts of baskets. The
shop plants what a customer *wants* to spend and then hands him a basket of products at their
prices; what he pays is close to his wish and not gamma about it.
"""

import json
import sys
import tempfile
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).parents[1] / "lifecycle"))

from value_shops import buy_till_you_leave

import opsbook
from opsbook.demo import simulate
from opsbook.lifecycle.bg_nbd import Parameters
from opsbook.lifecycle.calibration import calibrate
from opsbook.lifecycle.clock import Clock, activity_clock, calendar_clock, on_clock
from opsbook.lifecycle.customer_base import customer_base
from opsbook.lifecycle.fit import Fit, cells_of, fit_purchases
from opsbook.lifecycle.gamma_gamma import Spend, fit_spend
from opsbook.lifecycle.repeat_days import dead_days
from opsbook.lifecycle.value import customer_values

NAMES = ("r", "alpha", "a", "b")


def placed_histories(folder: Path) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Histories of customers who joined in the period, from all orders they placed."""
    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "order_ts"])
    truth = pd.read_parquet(folder / "truth" / "customers.parquet")
    new = truth[(truth["joined_at"] >= 0) & truth["ring"].isna()]
    days = orders[orders["customer_id"].isin(new["customer_id"])]
    days = days.assign(day=days["order_ts"].dt.normalize())
    days = days[["customer_id", "day"]].drop_duplicates()
    groups = days.groupby("customer_id")["day"]
    found = groups.agg(first_day="min", last_day="max", frequency="size").reset_index()
    found["frequency"] -= 1
    first = groups.transform("min")
    repeats = days.loc[days["day"] > first, "day"].value_counts().sort_index().astype(float)
    return found, repeats


def exact_histories(folder: Path, end: date) -> pd.DataFrame:
    """The same customers by the second, no orders merged, in days."""
    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "order_ts"])
    truth = pd.read_parquet(folder / "truth" / "customers.parquet")
    new = truth[(truth["joined_at"] >= 0) & truth["ring"].isna()]
    orders = orders[orders["customer_id"].isin(new["customer_id"])]
    groups = orders.groupby("customer_id")["order_ts"]
    found = groups.agg(first="min", last="max", frequency="size")
    found["frequency"] -= 1
    day = pd.Timedelta(days=1)
    found["recency"] = (found["last"] - found["first"]) / day
    found["age"] = (pd.Timestamp(end) - found["first"]) / day
    return found


def true_clock(folder: Path, start: date) -> Clock:
    pace = pd.read_parquet(folder / "truth" / "region_days.parquet")
    pace = pace.pivot(index="date", columns="region", values="pace").mean(axis=1)
    return Clock(start, pace.to_numpy(), 1.0, "activity")


def covered(fit: Fit, truth: dict[str, float]) -> dict[str, bool]:
    bounds = {name: fit.interval(name) for name in NAMES}
    return {name: bounds[name][0] <= truth[name] <= bounds[name][1] for name in NAMES}


def ranks(shop: opsbook.Shop, folder: Path, split: date, days: int, plan: dict) -> dict[str, float]:
    """Rank correlation with each customer's true expected value, of method and of truth.

    The truth knows rate, chance to leave and mean order of everybody, and who has left.
    What can be known from purchases is the posterior under the planted parameters.
    """
    base = customer_base(shop, split)
    found = customer_values(shop, base=base, horizon_days=days).frame
    truth = pd.read_parquet(folder / "truth" / "customers.parquet").set_index("customer_id")
    mine = truth.loc[found["customer_id"]]
    rate, leave = mine["purchase_rate"].to_numpy(), mine["dropout"].to_numpy()
    here = mine["left_date"].isna() | (pd.to_datetime(mine["left_date"]) >= pd.Timestamp(split))
    expected = (1 - np.exp(-rate * leave * days)) / leave * here.to_numpy()
    worth = np.nan_to_num(expected * mine["mean_order_value"].to_numpy())
    planted = plan["bg_nbd"]
    known = Parameters("BG/NBD", planted["r"], planted["alpha_days"], planted["a"], planted["b"])
    history = base.histories.set_index("customer_id").loc[found["customer_id"]]
    f = history["frequency"].to_numpy(np.int64)
    times = [history[c].to_numpy() * 7 for c in ("recency", "age")]
    posterior = known.expected(f, *times, float(days))[0] * found["spend"].to_numpy()
    new = history["from_start"].fillna(True).to_numpy(bool)
    return {
        "rank_method": spearmanr(found["value"], worth)[0],
        "rank_planted": spearmanr(posterior, worth)[0],
        "rank_method_new": spearmanr(found["value"][new], worth[new])[0],
        "rank_planted_new": spearmanr(posterior[new], worth[new])[0],
    }


PLANTED = {"r": 0.42, "alpha": 42.0, "a": 1.2, "b": 1.4}
"""What the default shop plants, in days."""


PLANTED_SPEND = {"p": 2.2, "q": 5.0, "v": 330.0}
"""What it plants for the amount that a customer wants to spend."""


def spend_scored(name: str, spend: Spend, truth: dict[str, float]) -> dict[str, float]:
    """As ``scored`` for the model of spend."""
    bounds = {k: spend.interval(k) for k in truth}
    held = {f"{name}_{k}": float(bounds[k][0] <= v <= bounds[k][1]) for k, v in truth.items()}
    return held | {f"{name}_{k}_hat": getattr(spend, k) / v for k, v in truth.items()}


def frame_of(bought: pd.DataFrame, now: float) -> pd.DataFrame:
    """Histories of simulated purchases, in days."""
    groups = bought.groupby("customer")["at"].agg(["min", "max", "size"])
    return pd.DataFrame(
        {
            "frequency": groups["size"] - 1,
            "recency": groups["max"] - groups["min"],
            "age": now - groups["min"],
        }
    )


def scored(name: str, fit: Fit, truth: dict[str, float]) -> dict[str, float]:
    """Columns of a fit: whether each interval holds the truth, and the estimate over it."""
    held = {f"{name}_{k}": float(v) for k, v in covered(fit, truth).items()}
    return held | {f"{name}_{k}_hat": getattr(fit.parameters, k) / truth[k] for k in NAMES}


def pure(seed: int) -> dict[str, float]:
    """Coverage on the planted process itself, 13,000 customers over 730 days."""
    rng = np.random.default_rng(seed)
    bought = buy_till_you_leave(rng, customers=13_000, days=730, **PLANTED)
    by_day = bought.assign(at=np.floor(bought["at"])).drop_duplicates()
    exact, days = (cells_of(frame_of(b, n)) for b, n in ((bought, 730.0), (by_day, 729.0)))
    fits = {
        "pure": fit_purchases(exact),
        "pure_day": fit_purchases(days, dead_time=0.5),
        "pure_day_published": fit_purchases(days),
    }
    found = {k: v for name, fit in fits.items() for k, v in scored(name, fit, PLANTED).items()}
    past = frame_of(bought, 730.0)
    past = past[past["frequency"] > 0]
    usual = PLANTED_SPEND["v"] / rng.gamma(PLANTED_SPEND["q"], size=len(past))
    x = past["frequency"].to_numpy()
    amounts = rng.gamma(PLANTED_SPEND["p"] * x) * usual / x
    for name, rows, now, dead in (("day", by_day, 729.0, 0.5), ("published", by_day, 729.0, 0.0)):
        found[f"own_error_{name}"] = own_holdout(rows, now, dead)
    return found | spend_scored("own", fit_spend(past.assign(monetary=amounts)), PLANTED_SPEND)


def own_holdout(bought: pd.DataFrame, now: float, dead: float) -> float:
    """Error of the total of the last 182 days, foreseen from those before."""
    split = now - 181
    past = frame_of(bought[bought["at"] < split], split - 1)
    fit = fit_purchases(cells_of(past), dead_time=dead)
    times = (past[c].to_numpy() for c in ("frequency", "recency", "age"))
    foreseen = fit.parameters.expected(*times, 182.0)[0].sum()
    came = bought["customer"].isin(past.index) & (bought["at"] >= split)
    return float(foreseen / came.sum() - 1)


@cache
def paid_truth(share: float) -> dict[str, float]:
    """What the planted process looks like when a share of its orders is paid."""
    rng = np.random.default_rng(7)
    bought = buy_till_you_leave(rng, customers=300_000, days=730, **PLANTED)
    bought = bought[rng.random(len(bought)) < share]
    found = frame_of(bought, 730.0)
    # Six hours off or on change nothing at these rates, and make far fewer histories.
    found["recency"] = (found["recency"] * 4).round() / 4
    found["age"] = np.maximum((found["age"] * 4).round() / 4, found["recency"])
    parameters = fit_purchases(cells_of(found)).parameters
    return {name: getattr(parameters, name) for name in NAMES}


def measure(seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        simulate(folder, seed=seed, orders=40_000, events="none")
        plan = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        planted = plan["bg_nbd"]
        truth = {"r": planted["r"], "alpha": planted["alpha_days"]}
        truth |= {"a": planted["a"], "b": planted["b"]}
        start = date.fromisoformat(plan["start"])
        end = date.fromisoformat(plan["end"]) + timedelta(days=1)
        history, repeats = placed_histories(folder)
        clocks = {
            "calendar": calendar_clock(start, end, 1.0),
            "activity": activity_clock(history, repeats, start, end, unit_days=1.0, dead_days=0.5),
            "true": true_clock(folder, start),
        }
        row: dict[str, float] = {"seed": seed} | pure(seed)
        for name, clock in clocks.items():
            cells = cells_of(on_clock(history, clock, end))
            even = clock.kind == "calendar"
            dead = dead_days(repeats) if even else clock.dead_time(0.5, repeats)
            row |= scored(name, fit_purchases(cells, dead_time=dead), truth)
            if name == "calendar":
                row |= scored("calendar_published", fit_purchases(cells), truth)
        row |= scored("exact", fit_purchases(cells_of(exact_histories(folder, end))), truth)
        shop = opsbook.open_shop(folder)
        whole = customer_base(shop, unit_days=1.0, model="BG/NBD")
        row |= scored("paid", whole.main.fit, paid_truth(0.95))
        row |= scored("paid_planted", whole.main.fit, truth)
        spend = customer_values(shop, base=whole, horizon_days=30).spend
        row |= spend_scored("shop", spend, plan["gamma_gamma"])
        split = end - timedelta(days=182)
        for clock in ("calendar", "activity"):
            test = calibrate(shop, split, clock=clock)
            row[f"error_{clock}"] = test.error
            row[f"foreseen_{clock}"] = (test.high - test.low) / 3.92 / test.actual
            row[f"inside_{clock}"] = float(test.low <= test.actual <= test.high)
            row[f"dispersion_{clock}"] = test.dispersion[0]
            row[f"fits_{clock}"] = float(test.fits)
        return row | ranks(shop, folder, split, 182, plan)


def speed(customers: int) -> None:
    """Print the time of a fit and a prediction for many customers, wall and processor."""
    bought = buy_till_you_leave(np.random.default_rng(1), customers=customers, days=730, **PLANTED)
    bought = bought.assign(at=np.floor(bought["at"])).drop_duplicates()
    frame = frame_of(bought, 729.0).reset_index(drop=True)
    start, used = time.perf_counter(), time.process_time()
    cells = cells_of(frame)
    parameters = fit_purchases(cells, dead_time=0.5).parameters
    histories = [cells[c].to_numpy() for c in ("frequency", "recency", "age")]
    parameters.alive(*histories)
    parameters.expected(*histories, 180.0)
    wall, used = time.perf_counter() - start, time.process_time() - used
    print(f"{len(frame):,} customers, {len(cells):,} different histories: fit and prediction "
          f"{wall:.2f} s, {used:.2f} s of processor")  # fmt: skip


def summary(rows: list[dict[str, float]]) -> None:
    """Print what the seeds so far add up to."""
    print(f"{len(rows)} seeds")
    table = pd.DataFrame(rows).set_index("seed")
    print(f"{'':20}" + "".join(f"{name:>15}" for name in NAMES) + "   (held; estimate over truth)")
    for name in ("pure", "pure_day", "pure_day_published", "exact", "calendar",
                 "calendar_published", "activity", "true", "paid", "paid_planted"):  # fmt: skip
        shown = (f"{table[f'{name}_{k}'].mean():8.3f}{table[f'{name}_{k}_hat'].mean():7.3f}"
                 for k in NAMES)  # fmt: skip
        print(f"{name:20}" + "".join(shown))
    print(f"{'':20}" + "".join(f"{name:>15}" for name in PLANTED_SPEND))
    for name in ("own", "shop"):
        shown = (f"{table[f'{name}_{k}'].mean():8.3f}{table[f'{name}_{k}_hat'].mean():7.3f}"
                 for k in PLANTED_SPEND)  # fmt: skip
        print(f"{name:20}" + "".join(shown))
    rest = [c for c in table if c.split("_")[0] in ("inside", "dispersion", "fits", "rank")]
    print(table[rest].mean().round(3).to_string())
    for name in ("day", "published"):
        error = table[f"own_error_{name}"]
        print(f"holdout of the process alone, {name}: mean {error.mean():+.3f}, spread "
              f"{error.std():.3f}, within 5 % {(error.abs() < 0.05).mean():.3f}")  # fmt: skip
    for clock in ("calendar", "activity"):
        error = table[f"error_{clock}"]
        print(f"holdout, {clock}: mean {error.mean():+.3f}, spread {error.std():.3f}, "
              f"within 5 % {(error.abs() < 0.05).mean():.3f}; foreseen spread "
              f"{table[f'foreseen_{clock}'].mean():.3f}")  # fmt: skip
    print(
        "rank ratio:", (table["rank_method"] / table["rank_planted"]).round(3).tolist(), flush=True
    )


def main() -> None:
    if sys.argv[1:2] == ["--speed"]:
        speed(int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
        return
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rows: list[dict[str, float]] = []
    for seed in range(first, first + seeds):
        rows.append(measure(seed))
        row = rows[-1]
        print(seed, *(f"{k}={row[k]:.3f}" for k in ("error_calendar", "rank_method")), flush=True)
        if len(rows) % 10 == 0 or len(rows) == seeds:
            summary(rows)


if __name__ == "__main__":
    main()
