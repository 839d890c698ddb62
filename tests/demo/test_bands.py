"""The demo shop looks like a shop: its figures against the reference bands."""

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from opsbook import open_shop
from opsbook.demo.bands import BANDS, bands, markdown
from opsbook.demo.business import Business
from opsbook.demo.figures import measure
from opsbook.reference.figures import figures
from opsbook.shop.contract import table
from opsbook.shop.door import conform
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def sales(small: Any) -> Any:
    orders = small.orders[~small.orders.status.isin(["unpaid", "cancelled"])]
    lines = small.order_lines.assign(amount=lambda f: f.qty * f.paid_price)
    return lines.merge(orders, on="order_id").merge(small.products[["sku", "category"]], on="sku")


def test_number_of_orders_is_the_one_asked_for(small: Any) -> None:
    assert len(small.orders) == pytest.approx(6000, rel=0.06)


def test_conversion_is_three_to_five_per_cent(small: Any) -> None:
    """Buyers over visitors by month; D12 of the catalogue gives 3 to 5 %."""
    sold = sales(small)
    buyers = sold.groupby(sold.order_ts.dt.to_period("M")).customer_id.nunique()
    visits = small.sessions
    visitors = visits.groupby(visits.start_ts.dt.to_period("M")).visitor_id.nunique()
    rate = buyers / visitors
    assert 0.03 < rate.mean() < 0.05
    assert rate.between(0.02, 0.06).all()


def test_basket_and_repeat_purchase_are_plausible(small: Any) -> None:
    sold = sales(small)
    per_order = sold.groupby("order_id").amount.sum()
    assert 150 < per_order.mean() < 300
    per_buyer = sold.groupby("customer_id").order_id.nunique()
    assert 0.25 < (per_buyer > 1).mean() < 0.55


def test_promotions_and_returns_are_plausible(small: Any) -> None:
    sold = sales(small)
    promoted = sold.paid_price < 0.905 * sold.list_price
    assert 0.15 < sold.amount[promoted].sum() / sold.amount.sum() < 0.45
    assert 0.04 < len(small.returns) / len(sold) < 0.08


def test_double_eleven_is_six_to_eight_ordinary_days(small: Any) -> None:
    sold = sales(small)
    by_day = sold.groupby(sold.order_ts.dt.date).order_id.nunique()
    great = [n for day, n in by_day.items() if (day.month, day.day) == (11, 11)]
    assert great
    for orders in great:
        assert 4.5 < orders / by_day.median() < 9


def test_a_fifth_of_products_makes_most_of_sales(business: Business) -> None:
    lines = business.lines
    by_product = np.sort(np.bincount(lines.product, lines.amount, minlength=len(business.range_)))
    fifth = by_product[-(len(by_product) // 5) :].sum() / by_product.sum()
    assert 0.60 < fifth < 0.85


SHORT_OF = {
    # The demo shop falls short of these claims, and the table in the docs says so.
    *("repeat_30d", "active_sku_rate", "slow_mover_share", "delivery_days", "refund_hours"),
    *("complaint_csat",),
    # On the edge: sampling decides in a small shop.
    *("mobile_share", "mean_stars", "mobile_load_s", "stock_days", "stock_out_rate"),
    "best_fifth_share",
}


@pytest.fixture(scope="module")
def beside(small: Any) -> pd.DataFrame:
    return bands(open_shop(str(small.folder)))


def test_every_figure_is_measured_once(beside: pd.DataFrame) -> None:
    assert list(beside.figure) == [band.figure for band in BANDS]
    assert beside.value.notna().all()


def test_demo_shop_is_inside_its_bands_but_where_we_say_so(beside: pd.DataFrame) -> None:
    outside = beside[~beside.inside.fillna(True)]
    assert set(outside.figure) <= SHORT_OF, outside[["figure", "value", "low", "high"]]


def test_published_ranges_are_used_as_published(beside: pd.DataFrame) -> None:
    rows = beside.set_index("figure")
    assert rows.low["cvr_mean"] == figures()["cvr_mean"].low == 0.03
    assert rows.high["cvr_mean"] == 0.05
    assert rows.source["repeat_30d"] == "repeat_30d"
    assert {s for s in rows.source if "_" in s} <= set(figures())


def test_table_for_the_docs_has_a_row_per_figure(beside: pd.DataFrame) -> None:
    lines = markdown(beside).splitlines()
    assert len(lines) == len(beside) + 2
    assert all(line.count("|") == 6 for line in lines)
    (conversion,) = [line for line in lines if line.startswith("| Buyers per visitor")]
    assert "| 3 % to 5 % | D12, 001 |" in conversion


def hand_made(**frames: dict[str, list[Any]]) -> Shop:
    entries = {
        name: conform(ibis.memtable(pd.DataFrame(columns)), table(name))
        for name, columns in frames.items()
    }
    return Shop("made by hand", Settings(currency="CNY"), entries)


def test_figures_of_a_shop_made_by_hand() -> None:
    """Five orders: A buys twice within 30 days, B once; one order is cancelled."""
    day = datetime(2026, 1, 1, 12)
    at = [day + timedelta(days=d) for d in (0, 10, 12, 15, 50)]
    shop = hand_made(
        orders={
            "order_id": ["1", "2", "3", "4", "5"],
            "customer_id": ["A", "A", "B", "B", "A"],
            "order_ts": at,
            "status": ["completed", "completed", "completed", "cancelled", "completed"],
        },
        order_lines={
            "order_id": ["1", "1", "2", "3", "4", "5"],
            "line_id": ["1", "2", "1", "1", "1", "1"],
            "sku": ["P", "Q", "P", "P", "Q", "Q"],
            "qty": [1, 2, 1, 1, 9, 3],
            "list_price": [10.0] * 6,
            "paid_price": [10.0, 5.0, 10.0, 8.0, 10.0, 10.0],
        },
        returns={
            "return_id": ["r"],
            "order_id": ["3"],
            "sku": ["P"],
            "request_ts": [at[3]],
            "refund_ts": [at[3] + timedelta(hours=30)],
        },
        nps={
            "customer_id": list("AABB"),
            "date": [date(2026, 2, 1)] * 4,
            "score": [10, 9, 8, 3],
        },
    )
    found = measure(shop)
    # Four sales of 10 + 10, 10, 8 and 30; pieces 3, 1, 1, 3.
    assert found["aov"] == pytest.approx(68 / 4)
    assert found["upt"] == pytest.approx(8 / 4)
    # Half price for 10, a fifth off for 8.
    assert found["promo_share"] == pytest.approx(18 / 68)
    # First 30 days: A twice, B once. Second: A once.
    assert found["repeat_30d"] == pytest.approx((1 / 2 + 0) / 2)
    # Known for orders before 21 January: 1 (yes), 2 (no), 3 (no).
    assert found["order_again_30d"] == pytest.approx(1 / 3)
    assert found["new_buyer_share"] == pytest.approx(2 / 4)
    assert found["second_order_share"] == pytest.approx(1 / 2)
    assert found["return_rate"] == pytest.approx(1 / 5)
    assert found["refund_hours"] == pytest.approx(30)
    assert found["nps"] == pytest.approx(100 * (2 - 1) / 4)
    assert "cvr_mean" not in found
