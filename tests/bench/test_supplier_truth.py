"""Planted suppliers recovered: lead times, lateness, pass rates, and the one that deteriorates."""

import json
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

import opsbook
from opsbook.demo.build import simulate
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import known_end
from opsbook.supply.lead_times import lead_times
from opsbook.supply.scorecard import scorecard
from opsbook.supply.supplier_trend import delivery_log, deterioration

pytestmark = pytest.mark.slow

SEEDS = range(21, 33)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Shop, Path]]:
    found = []
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        simulate(folder, seed=seed, orders=40_000)
        found.append((opsbook.open_shop(folder), folder))
    return found


def planted(folder: Path) -> tuple[str, date]:
    told = json.loads((folder / "truth.json").read_text())["supply"]["deterioration"]
    return told["supplier_id"], date.fromisoformat(told["from"])


def test_deteriorating_supplier_is_flagged_within_sixty_days_and_no_healthy_one_ever(
    shops: list[tuple[Shop, Path]],
) -> None:
    delays, wrong = [], 0
    for shop, folder in shops:
        name, changed = planted(folder)
        last = known_end(shop)
        log = delivery_log(shop, last)
        first = pd.Timestamp(log["order_date"].min()).date()
        looks = [first + timedelta(days=7 * k) for k in range(13, (last - first).days // 7)]
        seen: date | None = None
        for look in [*looks, last]:
            flagged = set(deterioration(shop, look, log=log).flagged["supplier_id"])
            early = look <= changed
            wrong += len(flagged if early else flagged - {name})
            if seen is None and not early and name in flagged:
                seen = look
        assert seen is not None, f"{folder} never flagged"
        delays.append((seen - changed).days)
    print(f"\ndays from change to the weekly alarm: {sorted(delays)}; false alarms: {wrong}")
    assert wrong == 0
    assert max(delays) <= 60


def test_day_of_change_is_found(shops: list[tuple[Shop, Path]]) -> None:
    off = []
    for shop, folder in shops:
        name, changed = planted(folder)
        row = deterioration(shop).flagged.set_index("supplier_id").loc[name]
        off.append((row["changed"].date() - changed).days)
    print(f"\ndays between planted and found change: {sorted(off)}")
    assert max(abs(v) for v in off) <= 21


def test_planted_lead_times_lie_inside_their_intervals(shops: list[tuple[Shop, Path]]) -> None:
    inside: dict[str, list[bool]] = {"mean": [], "sd": [], "late": [], "pass": []}
    for shop, folder in shops:
        truth = pd.read_parquet(folder / "truth" / "suppliers.parquet")
        name, changed = planted(folder)
        since = {name: changed}
        # The one that changed is judged on the time since, as the truth's second row.
        truth = truth.drop_duplicates("supplier_id", keep="last")
        times = truth.merge(lead_times(shop, days=730, since=since), on="supplier_id")
        for key, column in (("mean", "mean_lead_days"), ("sd", "sd_lead_days"),
                            ("late", "late_probability")):  # fmt: skip
            low, high = times[f"{key}_low"], times[f"{key}_high"]
            inside[key] += ((low <= times[column]) & (times[column] <= high)).tolist()
        card = scorecard(shop, days=730, since=since)
        rate = card.metrics[card.metrics["metric"] == "quality_pass"].merge(truth, on="supplier_id")
        fits = (rate["low"] <= rate["pass_rate"]) & (rate["pass_rate"] <= rate["high"])
        inside["pass"] += fits.tolist()
    shares = {k: sum(v) / len(v) for k, v in inside.items()}
    print(f"\nplanted value inside the 95 % interval: {shares}, {len(inside['mean'])} suppliers")
    for key, share in shares.items():
        assert share >= 0.90, key


def test_shrinkage_comes_nearer_to_the_truth_where_cases_are_few(
    shops: list[tuple[Shop, Path]],
) -> None:
    raw = shrunk = 0.0
    for shop, folder in shops:
        truth = pd.read_parquet(folder / "truth" / "suppliers.parquet")
        truth = truth.drop_duplicates("supplier_id", keep="last")
        name, _ = planted(folder)
        times = lead_times(shop, days=28).merge(truth, on="supplier_id")
        times = times[(times["supplier_id"] != name) & (times["due"] > 0)]
        raw += float(((times["raw_late_share"] - times["late_probability"]) ** 2).sum())
        shrunk += float(((times["late_share"] - times["late_probability"]) ** 2).sum())
    print(f"\nsquared error of late shares over 28 days: own cases {raw:.2f}, shrunk {shrunk:.2f}")
    assert shrunk < 0.8 * raw
