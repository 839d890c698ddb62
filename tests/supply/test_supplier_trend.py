"""Change for the worse: bets that stay fair, alarms that come in time and only where due."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.sequential import change_evidence, sequential_ranks
from opsbook.supply.supplier_trend import (
    current_lead_times,
    delivery_log,
    deterioration,
    since_changes,
)

START = date(2025, 1, 6)


def purchases(leads: dict[str, list[int | None]], *, promise: int = 6) -> pd.DataFrame:
    """One delivery every three days; no lead time means still open."""
    rows = []
    for supplier, days in leads.items():
        for k, lead in enumerate(days):
            ordered = START + timedelta(days=3 * k)
            rows.append(
                {
                    "po_id": f"{supplier}-{k}",
                    "supplier_id": supplier,
                    "sku": "A",
                    "order_date": ordered,
                    "promised_date": ordered + timedelta(days=promise),
                    "received_date": None if lead is None else ordered + timedelta(days=lead),
                    "qty": 20.0,
                    "received_qty": None if lead is None else 20.0,
                    "qty_ok": None if lead is None else 20.0,
                }
            )
    frame = pd.DataFrame(rows)
    for name in ("order_date", "promised_date", "received_date"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame


def steady(seed: int, n: int = 80) -> list[int | None]:
    rng = np.random.default_rng(seed)
    return [int(v) for v in np.rint(rng.gamma(50, 5 / 50, n))]


def test_the_bet_is_fair_while_nothing_changes() -> None:
    # Ville: at most one shop in c ever sees its stake multiplied by c; whole days tie a lot.
    rng = np.random.default_rng(3)
    top, last = [], []
    for _ in range(400):
        z = np.rint(rng.gamma(40, 3 / 40, 60))
        wealth = change_evidence(*sequential_ranks(z)).evidence
        top.append(wealth.max())
        last.append(wealth[-1])
    for bar in (5, 20, 50):
        assert np.mean(np.array(top) >= bar) <= 1 / bar
    assert np.mean(last) < 1.5


def test_a_run_of_the_worst_ranks_multiplies() -> None:
    z = np.concatenate([np.tile([4.0, 5.0, 6.0], 15), [9.0, 10.0, 9.0, 11.0, 12.0, 10.0]])
    found = change_evidence(*sequential_ranks(z))
    assert found.evidence[44] < 2
    assert found.evidence[-1] > 1_000
    assert found.start[-1] == 45


def test_a_better_run_is_no_alarm() -> None:
    z = np.concatenate([np.tile([4.0, 5.0, 6.0], 15), np.full(20, 1.0)])
    assert change_evidence(*sequential_ranks(z)).evidence.max() < 2


def test_slower_supplier_is_flagged_with_the_day_and_the_steady_one_is_not() -> None:
    slow = [*steady(1)[:60], 9, 10, 8, 9, 11, 10, 9, 10, 9, 11, 10, 9]
    shop = shop_of(purchase_orders=purchases({"S1": steady(2), "S2": slow}))
    found = deterioration(shop)
    assert found.flagged["supplier_id"].tolist() == ["S2"]
    row = found.flagged.iloc[0]
    # The 61st order is the first slow one; orders are three days apart.
    assert abs((row["changed"].date() - (START + timedelta(days=180))).days) <= 6
    assert row["mean_before"] < 6 < row["mean_after"]
    assert since_changes(found)["S2"] == row["changed"].date()


def test_goods_that_never_come_raise_the_alarm_too() -> None:
    stuck: list[int | None] = [*steady(5)[:60], *[None] * 12]
    shop = shop_of(purchase_orders=purchases({"S1": stuck}))
    assert deterioration(shop, START + timedelta(days=3 * 72 + 10)).flagged[
        "supplier_id"
    ].tolist() == ["S1"]


def test_rejects_alone_are_found() -> None:
    frame = purchases({"S1": steady(7)})
    rng = np.random.default_rng(7)
    late = frame.index >= 55
    bad = rng.binomial(20, np.where(late, 0.4, 0.02))
    frame["qty_ok"] = frame["received_qty"] - bad
    row = deterioration(shop_of(purchase_orders=frame)).suppliers.iloc[0]
    assert row["flagged"] and row["aspect"] == "pass"
    assert row["pass_before"] > 0.95 > row["pass_after"]


def test_spread_alone_is_found() -> None:
    uneven = [5, 5, 6, 5, 4, 5] * 10 + [1, 9, 1, 9, 10, 1, 9, 1, 10, 1, 9, 1, 9, 10]
    found = deterioration(shop_of(purchase_orders=purchases({"S1": uneven}))).suppliers.iloc[0]
    assert found["flagged"] and found["aspect"] in ("spread", "level")
    assert found["sd_after"] > 2 * found["sd_before"]


def test_past_looks_use_only_what_was_known() -> None:
    slow = steady(1)[:60] + [12] * 15
    shop = shop_of(purchase_orders=purchases({"S1": slow}))
    log = delivery_log(shop, START + timedelta(days=400))
    before = deterioration(shop, START + timedelta(days=180), log=log)
    assert before.flagged.empty
    assert before.log["lead"].max() <= 12 and (before.log["order_date"] < "2025-07-05").all()


def test_few_deliveries_are_said_not_judged() -> None:
    found = deterioration(shop_of(purchase_orders=purchases({"S1": [3, 30, 30]})))
    assert not found.suppliers["told"].any() and found.flagged.empty


def test_current_lead_times_forget_the_time_before_the_change() -> None:
    slow = steady(1)[:60] + [11, 12, 10] * 6
    shop = shop_of(purchase_orders=purchases({"S1": slow, "S2": steady(4)}))
    times = current_lead_times(shop).set_index("supplier_id")
    assert times.loc["S1", "raw_mean_days"] > 10
    assert times.loc["S2", "raw_mean_days"] < 6


def test_bounds_are_refused() -> None:
    shop = shop_of(purchase_orders=purchases({"S1": steady(1)}))
    with pytest.raises(ParameterError):
        deterioration(shop, false_alarm=0.5)
    with pytest.raises(ParameterError):
        deterioration(shop, days=10)
    with pytest.raises(CannotTell):
        deterioration(shop, START)
