"""The demo shop is a possible business: in causal order, without contradictions."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo import VERSION, default_folder, ensure_demo, simulate
from opsbook.errors import ParameterError
from opsbook.shop.contract import contract

TABLES = tuple(contract())


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_same_seed_gives_the_same_rows(tmp_path: Path) -> None:
    one = simulate(tmp_path / "one", orders=800, days=100, seed=7)
    two = simulate(tmp_path / "two", orders=800, days=100, seed=7)
    other = simulate(tmp_path / "other", orders=800, days=100, seed=8)
    assert digests(one) == digests(two)
    assert digests(one)["orders.parquet"] != digests(other)["orders.parquet"]


def test_dirt_is_planted_with_its_key_in_the_same_shop(tmp_path: Path) -> None:
    clean = simulate(tmp_path / "clean", orders=800, days=100, seed=7)
    soiled = simulate(tmp_path / "soiled", orders=800, days=100, seed=7, dirt=True)
    key = pd.read_parquet(soiled / "truth" / "dirt.parquet")
    assert len(key) > 50
    changed = {n for n, d in digests(soiled).items() if digests(clean).get(n) != d}
    assert {f"{table}.parquet" for table in key.table} <= changed


def test_a_failed_run_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("opsbook.demo.write.Sink.truth", fails)
    with pytest.raises(OSError, match="disk full"):
        simulate(tmp_path / "shop", orders=500, days=60)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError, match="not a demo shop"):
        simulate(tmp_path, orders=500, days=60)
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"orders": 10}, "orders 10 is too small"),
        ({"days": 5}, "days 5 is too small"),
        ({"end": date(2040, 1, 1)}, "outside 2023-01-01 to 2028-12-31"),
    ],
)
def test_impossible_requests_are_refused(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        simulate(tmp_path / "shop", **options)


def test_default_folder_is_in_the_checkout() -> None:
    assert default_folder() == Path(__file__).parents[2] / "data" / "demo"


def test_demo_is_built_anew_only_for_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def build(folder: Path) -> Path:
        built.append(folder)
        folder.mkdir(exist_ok=True)
        (folder / "truth.json").write_text(json.dumps({"version": VERSION}))
        return folder

    monkeypatch.setattr("opsbook.demo.build.simulate", build)
    shop = tmp_path / "shop"
    assert ensure_demo(shop) == shop
    ensure_demo(shop)
    assert len(built) == 1
    (shop / "truth.json").write_text('{"version": "0"}')
    ensure_demo(shop)
    assert len(built) == 2


def test_columns_and_words_are_those_of_the_contract(small: Any) -> None:
    for name in TABLES:
        frame = getattr(small, name)
        table = contract()[name]
        known = [c.name for c in table.columns]
        assert [c for c in known if c in frame.columns] == list(frame.columns), name
        assert set(table.required) <= set(frame.columns), name
        if table.key:
            assert not frame.duplicated(list(table.key)).any(), name
        for column in table.columns:
            if column.name in frame.columns and column.choices:
                assert set(frame[column.name].dropna()) <= set(column.choices), column.name
            if column.name in table.required:
                assert frame[column.name].notna().all(), column.name


def test_every_table_of_the_contract_is_there(small: Any) -> None:
    written = {p.stem for p in small.folder.glob("*.parquet")}
    assert written == set(TABLES)


def test_customer_numbers_say_nothing_but_the_day_of_registration(small: Any) -> None:
    """Within a day the rank of a number is a matter of chance, whoever it belongs to.

    Means of n ranks in 0..1 have a standard error of 0.29 / sqrt(n).
    """
    people = small.customers.merge(small.truth("customers"), on="customer_id")
    buyers = people.customer_id.isin(small.orders.customer_id)
    size = people.groupby("signup_date").customer_id.transform("size")
    rank = (people.groupby("signup_date").customer_id.rank() - 0.5) / size
    for group in (buyers, people.ring.notna(), people.dropout > 0.6, people.region == "East China"):
        several = group & (size > 3)
        assert abs(rank[several].mean() - 0.5) < 4 * 0.29 / np.sqrt(several.sum())


def test_every_reference_is_met(small: Any) -> None:
    for name, table in contract().items():
        for column in table.columns:
            if column.link is None:
                continue
            held = set(getattr(small, name)[column.name].dropna())
            known = set(getattr(small, column.link.table)[column.link.column])
            assert held <= known, f"{name}.{column.name}"
    sold = set(zip(small.order_lines.order_id, small.order_lines.sku, strict=True))
    assert set(zip(small.returns.order_id, small.returns.sku, strict=True)) <= sold
    assert set(small.order_lines.order_id) == set(small.orders.order_id)


def test_prices_are_positive_and_never_above_list(small: Any) -> None:
    lines = small.order_lines
    assert (lines.paid_price > 0).all()
    assert (lines.paid_price <= lines.list_price).all()
    assert (lines.qty >= 1).all()
    assert (small.products.unit_cost < small.products.list_price).all()


def test_one_shelf_price_per_product_and_week(small: Any) -> None:
    lines = small.order_lines.merge(small.orders, on="order_id")
    lines = lines[lines.discount == 0]
    week = lines.order_ts.dt.to_period("W-SUN")
    assert (lines.groupby(["sku", week]).paid_price.nunique() == 1).all()


def test_time_runs_forward(small: Any) -> None:
    orders = small.orders.merge(small.customers, on="customer_id", suffixes=("", "_customer"))
    paid = orders[orders.pay_ts.notna()]
    assert (paid.pay_ts >= paid.order_ts).all()
    assert (pd.to_datetime(orders.signup_date) <= orders.order_ts).all()
    assert small.orders.order_ts.is_monotonic_increasing
    returns = small.returns.merge(small.orders, on="order_id")
    assert (returns.request_ts > returns.pay_ts).all()
    assert (returns.approve_ts.dropna() > returns.request_ts[returns.approve_ts.notna()]).all()
    refunded = returns[returns.refund_ts.notna()]
    assert (refunded.refund_ts > refunded.approve_ts).all()


def test_nothing_is_sold_before_launch(small: Any) -> None:
    lines = small.order_lines.merge(small.orders, on="order_id").merge(small.products, on="sku")
    assert (lines.order_ts >= pd.to_datetime(lines.launch_date)).all()


def test_every_order_has_a_visit_that_starts_before_it(small: Any) -> None:
    visits = small.sessions.dropna(subset="customer_id")[["customer_id", "start_ts", "channel"]]
    found = pd.merge_asof(
        small.orders[["order_id", "customer_id", "order_ts", "channel"]],
        visits.astype({"start_ts": small.orders.order_ts.dtype}),
        left_on="order_ts",
        right_on="start_ts",
        by="customer_id",
        allow_exact_matches=False,
        tolerance=pd.Timedelta(hours=2),
        suffixes=("", "_visit"),
    )
    assert found.start_ts.notna().all()


def test_nobody_is_logged_in_before_registration(small: Any) -> None:
    visits = small.sessions.merge(small.customers, on="customer_id", suffixes=("", "_customer"))
    assert (visits.start_ts >= pd.to_datetime(visits.signup_date)).all()


def test_states_and_payments_agree(small: Any) -> None:
    orders = small.orders
    assert orders.pay_ts[orders.status == "unpaid"].isna().all()
    assert orders.pay_ts[~orders.status.isin(["unpaid", "cancelled"])].notna().all()
    kept = orders.order_id[~orders.status.isin(["unpaid", "cancelled"])]
    assert set(small.returns.order_id) <= set(kept)
    refunds = small.returns.dropna(subset="refund_ts").groupby("order_id").refund_amount.sum()
    amount = small.order_lines.groupby("order_id").paid_amount.sum()
    whole = orders.order_id[orders.status == "refunded"]
    assert np.allclose(refunds[whole], amount[whole], atol=0.005)
