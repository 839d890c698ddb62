"""The demo shop looks like a shop: its figures against the reference bands."""

from typing import Any

import pytest


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


def test_a_fifth_of_products_makes_most_of_sales(small: Any) -> None:
    by_product = sales(small).groupby("sku").amount.sum().sort_values(ascending=False)
    fifth = by_product.iloc[: len(small.products) // 5].sum() / by_product.sum()
    assert 0.55 < fifth < 0.85
