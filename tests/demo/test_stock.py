"""Stock, purchases and parcels of the demo shop: nothing appears, nothing vanishes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo import simulate
from opsbook.demo.clock import Clock
from opsbook.demo.draw import stream
from opsbook.demo.lifecycles import live
from opsbook.demo.plan import Plan
from opsbook.demo.products import make_range
from opsbook.demo.returns import _BACK_DAYS
from opsbook.demo.stock import SupplyPlan, Wanted, run_stock
from opsbook.demo.stock.agenda import Agenda
from opsbook.demo.stock.counter import serve
from opsbook.demo.stock.plan import kilometres
from opsbook.errors import DataError, ParameterError

NEAREST = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1]])
"""Warehouses by preference of three regions."""


def at_counter(stock: list[list[int]], orders: list[tuple[int, list[tuple[int, int]]]]) -> Any:
    """Serve orders (region, [(product, pieces)]) from stock by product and warehouse."""
    opens = np.cumsum([0] + [len(lines) for _, lines in orders])[:-1]
    flat = [line for _, lines in orders for line in lines]
    warehouse, filled = serve(
        np.array(stock, np.int32).ravel(),
        NEAREST,
        opens,
        np.array([p for p, _ in flat]),
        np.array([q for _, q in flat]),
        np.array([region for region, _ in orders]),
    )
    return warehouse.tolist(), filled.tolist()


def test_the_last_piece_goes_to_who_came_first() -> None:
    # One piece in each of warehouses 0 and 1: the second customer is served from 1, the
    # third goes away, the fourth wants something else and gets it next door.
    orders = [(0, [(0, 1)]), (0, [(0, 1)]), (0, [(0, 1)]), (0, [(1, 2)])]
    assert at_counter([[1, 1, 0], [2, 0, 0]], orders) == (
        [0, 1, -1, 0],
        [True, True, False, True],
    )


def test_an_order_goes_where_all_its_lines_are() -> None:
    # Region 1 prefers warehouse 1, which lacks product 1; warehouse 0 has both.
    assert at_counter([[5, 5, 0], [5, 0, 0]], [(1, [(0, 1), (1, 1)])]) == ([0], [True, True])


def test_an_order_nobody_can_fill_gets_the_most_lines_and_loses_the_rest() -> None:
    # Warehouse 1 has one of three lines, warehouse 2 has two of them, none has all.
    stock = [[0, 3, 0], [0, 0, 3], [0, 0, 3]]
    orders = [(0, [(0, 1), (1, 1), (2, 1)])]
    assert at_counter(stock, orders) == ([2], [False, True, True])


def test_two_lines_of_one_product_do_not_share_the_last_piece() -> None:
    assert at_counter([[1, 0, 0]], [(0, [(0, 1), (0, 1)])]) == ([0], [True, False])


def slow_counter(stock: list[list[int]], orders: list[tuple[int, list[tuple[int, int]]]]) -> Any:
    """The rule written down plainly, one order after the other."""
    left = [list(row) for row in stock]
    houses, filled = [], []
    for region, lines in orders:
        tries = []
        for house in NEAREST[region]:
            free, got = [row[house] for row in left], []
            for product, pieces in lines:
                got.append(free[product] >= pieces)
                free[product] -= pieces * got[-1]
            tries.append((sum(got), house, got))
        count, house, got = max(tries, key=lambda t: t[0])
        houses.append(int(house) if count else -1)
        filled += got
        for (product, pieces), ok in zip(lines, got, strict=True):
            left[product][house] -= pieces * ok
    return houses, filled


@pytest.mark.parametrize("scarce", [1, 4, 30])
def test_serving_all_at_once_equals_serving_one_after_the_other(scarce: int) -> None:
    rng = np.random.default_rng(scarce)
    for _ in range(60):
        stock = rng.integers(0, scarce + 1, (6, 3)).tolist()
        orders = []
        for _ in range(25):
            lines = [
                (int(rng.integers(6)), int(rng.integers(1, 4))) for _ in range(rng.integers(1, 4))
            ]
            orders.append((int(rng.integers(3)), lines))
        assert at_counter(stock, orders) == slow_counter(stock, orders)


def test_an_agenda_moves_pieces_on_their_day_only() -> None:
    agenda, shelf = Agenda(days=10), np.zeros(2, np.int32)
    agenda.note(np.array([3, 4, 3, 12]), np.array([0, 1, 0, 1]), np.array([2, 5, 1, 9]))
    agenda.move(2, shelf, 1)
    assert shelf.tolist() == [0, 0]
    agenda.move(3, shelf, 1)
    assert shelf.tolist() == [3, 0]
    agenda.move(4, shelf, -1)
    assert shelf.tolist() == [3, -5]


def test_distances_are_those_of_the_map() -> None:
    # Hangzhou to Guangzhou is about 1,050 km as the crow flies.
    assert kilometres(30.27, 120.15, 23.13, 113.26) == pytest.approx(1040, abs=25)
    supply = SupplyPlan()
    names = [supply.used[row[0]].name for row in supply.fallback]
    assert names == ["WH-HZ", "WH-GZ", "WH-TJ", "WH-HZ", "WH-GZ", "WH-TJ", "WH-TJ"]


@pytest.fixture(scope="module")
def little() -> dict[str, Any]:
    """Arguments of run_stock: 40 products, 120 days, some 6,000 lines."""
    rng, clock = np.random.default_rng(5), Clock(date(2025, 9, 1), 120)
    range_ = make_range(stream(1, "products"), Plan(), 40)
    lives = live(stream(1, "lives"), 40, clock.weeks, 12)
    rate = range_.popularity[:, None] * lives.level * 350
    expected = np.repeat(rate, 7, axis=1)[:, clock.first.weekday() :][:, : clock.days] / 7
    day, product = np.nonzero(counts := rng.poisson(expected.T))
    times = counts[day, product]
    day, product = np.repeat(day, times), np.repeat(product, times)
    opens = (rng.random(len(day)) < 0.6) | (np.diff(day, prepend=-1) > 0)
    order = np.cumsum(opens) - 1
    leaves = day + rng.integers(0, 4, order[-1] + 1)[order]
    released = (rng.random(order[-1] + 1) < 0.05)[order]
    back = (rng.random(len(day)) < 0.1) & ~released
    wanted = Wanted(
        order=order,
        product=product,
        pieces=rng.geometric(0.8, len(day)),
        region=rng.integers(0, 7, order[-1] + 1)[order],
        day=day,
        leaves=leaves,
        released=released,
        restock=np.where(back, leaves + rng.integers(1, 20, len(day)), -1),
    )
    names = ("supply", "clock", "range_", "lives", "wanted", "forecast")
    values = (SupplyPlan(suppliers=12), clock, range_, lives, wanted, rate * 1.25)
    return dict(zip(names, values, strict=True))


def flows(little: dict[str, Any], stock: Any) -> tuple[Any, Any]:
    """On hand and reserved by cell and evening, added up from orders and deliveries alone."""
    clock, w, size = little["clock"], little["wanted"], len(little["range_"]) * 3
    shelf, reserved = np.zeros((size, clock.days + 40), int), np.zeros((size, clock.days + 40), int)
    cell = w.product * 3 + stock.warehouse[w.order]
    for at in np.flatnonzero(stock.filled):
        c, q = cell[at], w.pieces[at]
        reserved[c, w.day[at] :] += q
        reserved[c, w.leaves[at] :] -= q
        if not w.released[at]:
            shelf[c, w.leaves[at] :] -= q
            if w.restock[at] >= 0:
                shelf[c, w.restock[at] :] += q
    bought, damage = stock.purchases, stock.damage
    for at in range(len(bought)):
        shelf[bought.product[at] * 3 + bought.warehouse[at], bought.received[at] :] += (
            bought.passed[at]
        )
    for at in range(len(damage.day)):
        shelf[damage.cell[at], damage.day[at] :] -= damage.pieces[at]
    shelf += stock.ledger.opening[:, None]
    return shelf[:, : clock.days], reserved[:, : clock.days]


def test_stock_is_what_came_in_less_what_left(little: dict[str, Any]) -> None:
    stock = run_stock(np.random.default_rng(2), **little)
    shelf, reserved = flows(little, stock)
    on_hand, promised = stock.ledger.evenings(0, len(shelf), little["clock"].days)
    np.testing.assert_array_equal(on_hand, shelf)
    np.testing.assert_array_equal(promised, reserved)
    assert promised.min() >= 0
    assert (on_hand - promised).min() >= 0
    assert stock.damage.pieces.sum() > 0
    assert 0 < len(stock.lost) < len(stock.filled) / 5


def test_lost_lines_are_those_not_filled_and_empty_orders_have_no_warehouse(
    little: dict[str, Any],
) -> None:
    stock, w = run_stock(np.random.default_rng(2), **little), little["wanted"]
    assert stock.lost.pieces.sum() == w.pieces[~stock.filled].sum()
    some = np.bincount(w.order, weights=stock.filled) > 0
    np.testing.assert_array_equal(stock.warehouse >= 0, some)


def test_same_randomness_gives_the_same_stock(little: dict[str, Any]) -> None:
    one, two, other = (run_stock(np.random.default_rng(seed), **little) for seed in (2, 2, 3))
    np.testing.assert_array_equal(one.ledger.shelf, two.ledger.shelf)
    np.testing.assert_array_equal(one.purchases.qty, two.purchases.qty)
    assert one.purchases.qty.sum() != other.purchases.qty.sum()


def test_longer_cover_and_larger_orders_mean_more_stock_and_fewer_losses(
    little: dict[str, Any],
) -> None:
    lean = run_stock(np.random.default_rng(2), **little)
    fat = run_stock(
        np.random.default_rng(2),
        **{**little, "supply": replace(little["supply"], cover_days=90.0, moq_days=15.0)},
    )
    size, days = len(little["range_"]) * 3, little["clock"].days
    means = [s.ledger.evenings(0, size, days)[0][:, 60:].sum() for s in (lean, fat)]
    assert means[1] > 2 * means[0]
    assert fat.lost.pieces.sum() < lean.lost.pieces.sum()


def test_orders_to_suppliers_come_in_packs(little: dict[str, Any]) -> None:
    stock = run_stock(np.random.default_rng(2), **little)
    bought = stock.purchases
    assert (bought.qty % stock.planner.pack[bought.product] == 0).all()
    assert stock.planner.pack.max() > 1


def test_a_supplier_gets_no_order_below_its_smallest(little: dict[str, Any]) -> None:
    stock = run_stock(np.random.default_rng(2), **little)
    bought = pd.DataFrame({n: getattr(stock.purchases, n) for n in ("supplier", "day", "qty")})
    total = bought.groupby(["supplier", "day"]).qty.sum().reset_index()
    assert (total.qty >= stock.suppliers.moq[total.supplier]).all()


def test_wanted_lines_out_of_order_are_refused(little: dict[str, Any]) -> None:
    wanted = little["wanted"]
    with pytest.raises(DataError, match="line 1: day is out of order"):
        replace(wanted, day=np.r_[5, wanted.day[1:] * 0]).check()
    with pytest.raises(DataError, match="line 0: leaves"):
        replace(wanted, leaves=wanted.leaves - 9).check()
    with pytest.raises(DataError, match="forecast has 40 rows and 3 columns"):
        run_stock(np.random.default_rng(1), **{**little, "forecast": little["forecast"][:, :3]})


def test_places_have_to_be_the_regions_of_the_shop() -> None:
    supply = SupplyPlan()
    supply.check_regions(tuple(region.name for region in Plan().regions))
    with pytest.raises(ParameterError, match="places of the supply plan"):
        supply.check_regions(("Moon",))


CELL = ["sku", "warehouse_id"]


def by_day(frame: pd.DataFrame, day: Any, pieces: str) -> pd.Series:
    keys = frame.assign(date=pd.to_datetime(day).dt.normalize())
    return keys.dropna(subset="date").groupby([*CELL, "date"])[pieces].sum()


def test_written_stock_changes_by_what_the_other_tables_say(small: Any) -> None:
    """On hand today = yesterday + received and passed - shipped - damaged + back on the shelf."""
    stock = small.inventory_daily.assign(date=pd.to_datetime(small.inventory_daily["date"]))
    assert not stock.duplicated(["date", *CELL]).any()
    stock = stock.set_index([*CELL, "date"]).sort_index()
    before = stock.groupby(level=CELL).on_hand.shift(1)
    change = (stock.on_hand - before)[before.notna()]

    bought = small.purchase_orders.merge(small.truth("po_warehouses"), on="po_id")
    came = by_day(bought, bought.received_date, "qty_ok")
    lines = small.order_lines.merge(small.orders[["order_id", "warehouse_id"]], on="order_id")
    sent = lines.merge(small.shipments[["order_id", "ship_ts"]], on="order_id")
    left = by_day(sent, sent.ship_ts, "qty")
    good = small.returns[small.returns.grade == "A"].merge(
        small.orders[["order_id", "warehouse_id"]], on="order_id"
    )
    back = by_day(good, good.approve_ts + pd.Timedelta(days=_BACK_DAYS), "qty")
    flow = pd.concat([came, -left, back, -stock.damaged]).groupby(level=[0, 1, 2]).sum()
    expected = flow.reindex(change.index, fill_value=0)
    assert came.sum() > 0 and left.sum() > 0 and back.sum() > 0
    pd.testing.assert_series_equal(change.astype(float), expected.astype(float), check_names=False)


def test_written_stock_is_never_negative_and_covers_what_is_reserved(small: Any) -> None:
    stock = small.inventory_daily
    assert stock[["on_hand", "reserved", "in_transit", "damaged"]].min().min() >= 0
    assert (stock.on_hand >= stock.reserved).all()
    first = stock.groupby(CELL).first()
    assert (first.on_hand > 0).all()


def test_sales_systems_show_what_is_free_unless_they_were_late(small: Any) -> None:
    stock = small.inventory_daily
    apart = stock.system_qty != stock.on_hand - stock.reserved
    assert stock[apart].sync_lag_s.min() >= 1800
    assert apart.mean() < 0.02


def test_counts_agree_with_the_books_but_for_the_known_errors(small: Any) -> None:
    counted = small.inventory_daily.dropna(subset="counted_qty")
    apart = counted[counted.counted_qty != counted.on_hand]
    known = small.truth("miscounts").merge(counted, on=["date", *CELL])
    assert len(apart) == len(known) == len(small.truth("miscounts"))
    assert (known.counted_qty - known.on_hand == known.error).all()


def test_invoices_tie_to_the_cent_but_for_the_known_wrong_ones(small: Any) -> None:
    bought = small.purchase_orders
    assert not bought.duplicated(["po_id", "sku"]).any()
    assert (bought.groupby("po_id").supplier_id.nunique() == 1).all()
    assert (bought.groupby("po_id").order_date.nunique() == 1).all()
    billed = bought.dropna(subset="received_date").merge(
        small.truth("wrong_invoices"), on=["po_id", "sku"], how="left", suffixes=("", "_key")
    )
    due = (billed.price * billed.qty_ok).round(2)
    right = billed.kind.isna()
    np.testing.assert_allclose(billed.invoice_amount[right], due[right], atol=0.001)
    np.testing.assert_allclose(billed.due_amount[~right], due[~right], atol=0.001)
    assert (billed.invoice_amount[~right] > due[~right]).all()
    assert (~right).sum() > 5
    outstanding = bought[bought.received_date.isna()]
    assert outstanding[["received_qty", "qty_ok", "invoice_amount", "paid_date"]].isna().all().all()


def test_invoices_are_paid_on_the_agreed_day(small: Any) -> None:
    paid = small.purchase_orders.dropna(subset="paid_date").merge(small.suppliers, on="supplier_id")
    days = pd.to_datetime(paid.paid_date) - pd.to_datetime(paid.received_date)
    wrong = paid.merge(small.truth("wrong_invoices"), on=["po_id", "sku"], how="left").kind.notna()
    assert set((days.dt.days - paid.terms_days)[~wrong.to_numpy()]) == {0}
    assert set((days.dt.days - paid.terms_days)[wrong.to_numpy()]) == {15}
    agreed = pd.to_datetime(paid.promised_date) - pd.to_datetime(paid.order_date)
    assert (agreed.dt.days == paid.lead_time_days).all()


def test_every_order_that_left_has_one_parcel(small: Any) -> None:
    sent = small.orders[small.orders.status.isin(["shipped", "completed", "refunded"])]
    parcels = small.shipments
    assert sorted(parcels.order_id) == sorted(sent.order_id)
    assert parcels.shipment_id.is_unique
    assert parcels.ship_ts.is_monotonic_increasing
    assert (parcels.deliver_ts.dropna() > parcels.ship_ts[parcels.deliver_ts.notna()]).all()
    assert (parcels.breakage.isna() == parcels.deliver_ts.isna()).all()
    assert (parcels.install_ts.dropna() > parcels.deliver_ts[parcels.install_ts.notna()]).all()
    placed = parcels.merge(small.orders, on="order_id")
    assert (placed.ship_ts > placed.order_ts).all()


def test_a_parcel_is_late_when_it_comes_after_the_promised_day(small: Any) -> None:
    parcels = small.shipments.merge(small.truth("orders")[["order_id", "late"]], on="order_id")
    known = parcels.dropna(subset="deliver_ts")
    assert ((known.deliver_ts > known.promised_ts) == known.late).all()


def test_only_installed_goods_are_small_appliances(small: Any) -> None:
    lines = small.order_lines.merge(small.products[["sku", "category"]], on="sku")
    appliances = set(lines[lines.category == "Small Appliances"].order_id)
    installed = small.shipments.dropna(subset="install_ts").order_id
    assert set(installed) <= appliances
    assert len(installed) > 0


def test_a_slot_holds_one_product_and_all_of_it(small: Any) -> None:
    slots = small.slots
    taken = slots.dropna(subset="sku")
    assert not slots.duplicated(["warehouse_id", "slot_id"]).any()
    assert not taken.duplicated(CELL).any()
    peak = small.inventory_daily.groupby(CELL).on_hand.max().rename("peak").reset_index()
    held = taken.merge(peak, on=CELL)
    assert len(held) == len(taken)
    assert (held.peak <= held.capacity).all()
    room = small.warehouses.set_index("warehouse_id")
    total = small.inventory_daily.groupby(["warehouse_id", "date"]).on_hand.sum()
    fullest, count = total.groupby("warehouse_id").max(), slots.groupby("warehouse_id").size()
    assert (fullest <= room.capacity.reindex(fullest.index)).all()
    assert (count == room.slot_count.reindex(count.index)).all()


def test_sensors_travel_with_delivered_food_and_warm_up_where_the_key_says(small: Any) -> None:
    log, key = small.sensor_log, small.truth("sensors").set_index("shipment_id")
    lines = small.order_lines.merge(small.products[["sku", "category"]], on="sku")
    food = set(lines[lines.category == "Food"].order_id)
    trip = log.merge(small.shipments, on="shipment_id")
    assert set(trip.order_id) <= food
    assert (trip.measure_ts >= trip.ship_ts).all()
    assert (trip.measure_ts <= trip.deliver_ts).all()
    warm = log.groupby("shipment_id").temperature_c.max() > 8
    assert (warm == key.excursion.reindex(warm.index)).all()
    assert log.temperature_c.min() > 0


def test_a_tiny_shop_without_a_festival_has_all_tables(tmp_path: Path) -> None:
    folder = simulate(tmp_path / "tiny", orders=500, days=60, end=date(2025, 4, 30))
    for name in ("inventory_daily", "purchase_orders", "shipments", "slots", "carriers"):
        assert len(pd.read_parquet(folder / f"{name}.parquet")) > 0
    stock = pd.read_parquet(folder / "inventory_daily.parquet")
    assert (stock.on_hand >= stock.reserved).all()


def test_what_was_lost_stands_in_the_key_only(small: Any) -> None:
    lost = small.truth("unmet_demand")
    assert lost.pieces.min() >= 1
    assert set(lost.sku) <= set(small.products.sku)
    sold = small.order_lines.qty.sum()
    assert 0.01 < lost.pieces.sum() / (lost.pieces.sum() + sold) < 0.08
