"""The demand panel: what was sold, what could be, and what is said about the rest."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import opsbook
from made_shop import shop_of
from opsbook.common.demand import DemandPanel, by, daily_demand
from opsbook.common.demand_skus import enough_weeks
from opsbook.common.demand_stock import warehouse_shares
from opsbook.errors import CannotTell, ParameterError
from opsbook.shop.sales import sales_lines

START = date(2025, 3, 3)
DEMO = Path(__file__).parents[2] / "data" / "demo"


def day(n: int) -> date:
    return START + timedelta(days=n)


def made(
    sales: list[tuple[int, str, float, float, str]],
    *,
    stock: list[tuple[int, str, str, float]] | None = None,
    products: pd.DataFrame | None = None,
    days: int = 40,
    **orders: list[object],
) -> DemandPanel:
    """Panel of a shop with these sales (day, sku, pieces, paid price, warehouse).

    An unrelated SKU "Z" sells on the first and the last day, so that the data span all days.
    """
    sales = [(0, "Z", 1, 5, "N"), *sales, (days - 1, "Z", 1, 5, "N")]
    numbers = [str(k) for k in range(len(sales))]
    frame = pd.DataFrame(
        {
            "order_id": numbers,
            "order_ts": [datetime.combine(day(s[0]), datetime.min.time()) for s in sales],
            "warehouse_id": [s[4] for s in sales],
            **{k: [None, *v, None] for k, v in orders.items()},
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": numbers,
            "sku": [s[1] for s in sales],
            "qty": [s[2] for s in sales],
            "list_price": 10.0,
            "paid_price": [s[3] for s in sales],
        }
    )
    tables = {"orders": frame, "order_lines": lines}
    if stock is not None:
        tables["inventory_daily"] = pd.DataFrame(
            [(day(d), s, w, n, 0) for d, s, w, n in stock],
            columns=["date", "sku", "warehouse_id", "on_hand", "reserved"],
        )
    if products is not None:
        tables["products"] = products
    return daily_demand(shop_of(**tables), days=max(days, 28))


def row(panel: DemandPanel, sku: str) -> int:
    return int(panel.skus.index[panel.skus["sku"] == sku][0])


def test_pieces_stand_on_the_day_of_their_order() -> None:
    panel = made([(3, "A", 2, 9, "N"), (3, "A", 1, 9, "N"), (5, "A", 4, 9, "N")])
    sold = panel.sold[row(panel, "A")]
    assert sold[3] == 3
    assert sold[5] == 4
    assert sold.sum() == 7
    assert panel.dates[3].date() == day(3)


def test_cancelled_unpaid_and_returned_lines_are_no_demand() -> None:
    sales = [(1, "A", 1, 9, "N"), (2, "A", 1, 9, "N"), (3, "A", 1, 9, "N"), (4, "A", -1, 9, "N")]
    panel = made(sales, status=["completed", "cancelled", "unpaid", "completed"])
    assert panel.sold[row(panel, "A")].nonzero()[0].tolist() == [1]


def test_stock_of_the_evening_before_counts_for_the_morning() -> None:
    # Evenings: day 2 five pieces, day 3 none, day 4 none, day 5 three.
    stock = [(2, "A", "N", 5.0), (3, "A", "N", 0.0), (4, "A", "N", 0.0), (5, "A", "N", 3.0)]
    panel = made([(2, "A", 1, 9, "N")], stock=stock)
    at = row(panel, "A")
    assert panel.free[at, 2:6].tolist() == [1, 1, 0, 1]
    assert panel.left[at, 2:6].tolist() == [1, 0, 0, 1]
    assert panel.stock[at, 2:6].tolist() == [5, 0, 0, 3]
    assert np.isnan(panel.free[at, 1])
    assert np.isnan(panel.free[at, 6])


def test_a_warehouse_that_ships_on_a_day_had_stock_on_it() -> None:
    # A delivery came and went on day 4: both evenings are empty.
    stock = [(3, "A", "N", 0.0), (4, "A", "N", 0.0)]
    panel = made([(4, "A", 2, 9, "N")], stock=stock)
    assert panel.free[row(panel, "A"), 3:5].tolist() == [0, 1]
    assert panel.left[row(panel, "A"), 4] == 0


def test_negative_stock_is_no_stock() -> None:
    panel = made([(2, "A", 1, 9, "N")], stock=[(8, "A", "N", -3.0), (9, "A", "N", -3.0)])
    assert panel.free[row(panel, "A"), 9] == 0
    assert panel.stock[row(panel, "A"), 9] == 0


def test_free_is_weighted_by_the_usual_warehouse_mix() -> None:
    sales = [(d, "A", 9, 9, "N") for d in range(1, 11)] + [(11, "A", 10, 9, "S")]
    stock = [(d, "A", w, n) for d in (20, 21) for w, n in (("N", 0.0), ("S", 4.0))]
    panel = made(sales, stock=stock)
    # Own mix 90 N, 10 S; five pieces of the shop's mix (92 N, 10 S) mixed in.
    south = (10 + 5 * 10 / 102) / 105
    assert panel.free[row(panel, "A"), 21] == pytest.approx(south, rel=1e-4)


def test_a_warehouse_that_does_not_list_the_sku_is_no_gap() -> None:
    sales = [(1, "A", 9, 9, "N"), (2, "B", 9, 9, "S")]
    stock = [(20, "A", "N", 4.0), (20, "B", "S", 4.0), (21, "A", "N", 4.0), (21, "B", "S", 0.0)]
    panel = made(sales, stock=stock)
    assert panel.free[row(panel, "A"), 21] == 1
    assert panel.left[row(panel, "B"), 21] == 0


def test_rows_only_where_stock_is_make_a_gap_a_stock_out() -> None:
    stock = [(3, "A", "N", 2.0), (6, "A", "N", 2.0)]
    panel = made([(3, "A", 1, 9, "N")], stock=stock)
    at = row(panel, "A")
    assert panel.left[at, 3:7].tolist() == [1, 0, 0, 1]
    assert np.isnan(panel.left[at, 2])


def test_shop_without_stock_is_unknown_not_full() -> None:
    panel = made([(3, "A", 1, 9, "N")])
    assert not panel.has_stock
    assert np.isnan(panel.free).all()
    assert np.isnan(panel.stock).all()


def test_shelf_price_is_carried_without_looking_ahead() -> None:
    sales = [(2, "A", 1, 8, "N"), (20, "A", 1, 5, "N"), (10, "B", 1, 10, "N")]
    panel = made(sales)
    at = row(panel, "A")
    assert panel.cut[at, 2:9] == pytest.approx(np.full(7, 0.2), abs=1e-6)
    assert panel.cut[at, 19] == pytest.approx(0.0, abs=1e-6)  # B stood at list price
    assert panel.price[at, 20] == pytest.approx(5.0)
    assert panel.cut[at, 0] == pytest.approx(0.5, abs=1e-6)  # only Z is known that day


def test_a_coupon_is_no_shelf_price() -> None:
    sales = [(2, "A", 1, 4, "N"), (2, "A", 1, 9, "N")]
    panel = made(sales, coupon_id=["C1", None])
    assert panel.price[row(panel, "A"), 2] == pytest.approx(9.0)


def test_on_sale_from_launch_until_long_silence() -> None:
    products = pd.DataFrame(
        {
            "sku": ["A", "NEW", "LATER", "Z"],
            "launch_date": [day(5), day(39), day(300), day(-400)],
            "category": "c",
        }
    )
    stock = [(d, "A", "N", float(d < 12)) for d in range(5, 400)]
    stock += [(d, "Z", "N", 5.0) for d in range(400)]
    panel = made([(6, "A", 1, 9, "N")], products=products, days=120, stock=stock)
    usable = panel.on_sale[row(panel, "A")]
    assert not usable[:5].any()
    # Last stock on day 11: on sale for 56 days more, then retired.
    assert usable[5:67].all()
    assert not usable[67:].any()
    assert panel.on_sale[row(panel, "NEW")].nonzero()[0][0] == 39
    assert not panel.on_sale[row(panel, "LATER")].any()


def test_sku_that_no_table_of_products_knows_is_kept() -> None:
    products = pd.DataFrame({"sku": ["NEVER"], "category": ["c"]})
    panel = made([(3, "A", 1, 9, "N")], products=products)
    assert panel.skus["sku"].tolist() == ["A", "NEVER", "Z"]
    assert panel.skus["category"].tolist() == ["", "c", ""]
    assert panel.sold[row(panel, "NEVER")].sum() == 0
    assert pd.isna(panel.skus["first_sale"][row(panel, "NEVER")])


def test_no_sale_stands_outside_on_sale() -> None:
    panel = demo()
    assert panel.sold[~panel.on_sale].sum() == 0


def test_few_weeks_are_left_out_and_counted() -> None:
    skus = pd.DataFrame({"sku": list("abcd"), "weeks": [5, 1, 0, 3], "units": [9, 2, 0, 4]})
    kept, out = enough_weeks(skus, 2, 100)
    assert kept["sku"].tolist() == ["a", "d"]
    assert out.to_dict("records") == [
        {"reason": "sold in fewer than {weeks} weeks", "weeks": 2, "skus": 2, "pieces": 2.0}
    ]
    kept, out = enough_weeks(skus, None, 2)
    assert kept["sku"].tolist() == ["a", "d"]
    assert out["weeks"].tolist() == [2]
    kept, out = enough_weeks(skus, None, 4)
    assert len(kept) == 4
    assert out.empty


def test_parameters_have_bounds() -> None:
    shop = opsbook.open_shop(str(DEMO))
    with pytest.raises(ParameterError, match="days is 5"):
        daily_demand(shop, days=5)
    with pytest.raises(CannotTell, match="no day"):
        daily_demand(shop, date(2020, 1, 1))


@cache
def demo() -> DemandPanel:
    return daily_demand(opsbook.open_shop(str(DEMO)))


def test_demo_panel_holds_every_piece_of_every_sku() -> None:
    lines = sales_lines(opsbook.open_shop(str(DEMO))).execute()
    panel = demo()
    assert panel.sold.sum() == lines["qty"].sum()
    per_sku = lines.groupby("sku")["qty"].sum().reindex(panel.skus["sku"], fill_value=0)
    assert (panel.sold.sum(axis=1) == per_sku.to_numpy()).all()
    assert len(panel.skus) == 600


def test_demo_stock_agrees_with_the_rows_of_the_table() -> None:
    panel = demo()
    stock = pd.read_parquet(DEMO / "inventory_daily.parquet")
    stock["over"] = (stock["on_hand"] - stock["reserved"]).clip(lower=0)
    total = stock.groupby(["sku", "date"])["over"].sum()
    at = pd.Index(panel.skus["sku"]).get_indexer(total.index.get_level_values(0))
    when = panel.dates.get_indexer(pd.to_datetime(total.index.get_level_values(1)))
    np.testing.assert_allclose(panel.stock[at, when], total.to_numpy())
    empty = total.to_numpy() == 0
    assert (panel.left[at, when][empty] == 0).all()
    assert (panel.left[at, when][~empty] > 0).all()


def test_categories_add_up() -> None:
    panel = demo()
    groups = by(panel, "category")
    assert groups.sold.sum() == pytest.approx(panel.sold.sum())
    assert sorted(groups.skus["sku"]) == sorted(set(panel.skus["category"]))
    inside = np.isfinite(groups.free)
    assert groups.free[inside].min() >= 0
    assert groups.free[inside].max() <= 1 + 1e-6


def test_panel_known_earlier_is_the_front_of_the_later_one() -> None:
    shop = opsbook.open_shop(str(DEMO))
    cut = date(2026, 3, 1)
    early, late = daily_demand(shop, cut), demo().until(cut)
    assert early.end == late.end == cut
    both = np.intersect1d(early.skus["sku"], late.skus["sku"])
    a = early.skus["sku"].isin(both).to_numpy()
    b = late.skus["sku"].isin(both).to_numpy()
    for name in ("sold", "on_sale", "price", "cut", "stock"):
        np.testing.assert_allclose(
            getattr(early, name)[a], getattr(late, name)[b], rtol=1e-5, err_msg=name
        )
    assert late.since(date(2026, 2, 1)).dates[0] == pd.Timestamp("2026-02-01")
    with pytest.raises(ParameterError, match="starts on"):
        late.until(date(2024, 1, 1))
    with pytest.raises(ParameterError, match="ends on"):
        late.since(cut)


def test_warehouse_mix_sums_to_one() -> None:
    panel = demo()
    shop = opsbook.open_shop(str(DEMO))
    shares = warehouse_shares(shop, panel.skus["sku"], panel.dates[0].date(), panel.end)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares.columns[0] == "WH-HZ"
