"""Shops with holes, too few orders or more refunds than sales: nothing is made of them."""

from datetime import date, timedelta

import pytest
from small_shops import MONDAY, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.market.compare import compare_groups
from opsbook.market.elasticity import price_elasticity
from opsbook.market.elasticity_chart import elasticity_table
from opsbook.market.growth import growth, plot_trend, sales_by
from opsbook.market.growth_findings import growth_findings
from opsbook.market.lifecycle_stage import stages
from opsbook.shop.periods import Period, latest_period


def row(day: int, price: float = 10.0, **more: object) -> dict:
    return {"day": day, "sku": "p", "price": price, "customer": f"c{day % 9}", **more}


def weeks(first: int, after: int) -> Period:
    return Period(MONDAY + timedelta(weeks=first), MONDAY + timedelta(weeks=after))


def test_a_hole_in_the_data_is_named_and_no_growth_made_of_it() -> None:
    shop = shop_of_lines([row(d) for d in range(196) if not 140 <= d < 175])
    found = growth(shop, weeks(16, 28))
    assert found.silent == Period(date(2024, 5, 20), date(2024, 6, 24))
    assert found.headline().startswith("No sales from 20 May 2024 to 23 Jun 2024")
    assert growth_findings(found) == []
    assert plot_trend(sales_by(shop, "week"), found).title == found.headline()


def test_a_shop_that_often_pauses_has_no_hole() -> None:
    shop = shop_of_lines([row(d, order=f"{d}-{i}") for d in range(0, 196, 20) for i in range(9)])
    assert growth(shop, weeks(16, 28)).silent is None


def test_a_handful_of_orders_is_no_growth() -> None:
    found = growth(shop_of_lines([row(d) for d in range(0, 196, 10)]), weeks(16, 28))
    assert found.headline() == "8 orders against 9: too few to say whether sales grew"
    assert growth_findings(found) == []


def test_more_refunds_than_sales_are_called_that() -> None:
    rows = [row(d, qty=-1.0 if d >= 112 else 1.0) for d in range(196)]
    found = growth(shop_of_lines(rows), weeks(16, 28))
    assert "refunds exceed" in found.headline()
    assert growth_findings(found) == []


def test_when_all_sales_end_no_single_group_has_stopped() -> None:
    rows = [row(d, store=s, order=f"{d}{s}") for d in range(160) for s in "AB"]
    assert set(compare_groups(shop_of_lines(rows), weeks(16, 28), weeks(4, 16), by="store_id")
               .frame["status"]) == {""}  # fmt: skip
    rows += [row(d, store="A", order=f"{d}A") for d in range(160, 196)]
    frame = compare_groups(shop_of_lines(rows), weeks(16, 28), by="store_id").frame
    assert dict(zip(frame["group"], frame["status"], strict=True)) == {"A": "", "B": "stopped"}


def test_a_group_with_refunds_only_before_is_not_new() -> None:
    rows = [row(d, store="A", qty=-1.0 if d < 112 else 1.0) for d in range(196)]
    rows += [row(d, store="B", order=f"{d}B") for d in range(196)]
    frame = compare_groups(shop_of_lines(rows), weeks(16, 28), by="store_id").frame
    assert set(frame["status"]) == {""}


def test_elasticity_of_nothing_sold_for_money_is_an_empty_table() -> None:
    frame = price_elasticity(shop_of_lines([row(d, 0.0) for d in range(196)]), by="all")
    assert frame[frame["identified"]]["elasticity"].empty
    elasticity_table(frame)


def test_no_whole_week_is_said_as_such() -> None:
    with pytest.raises(ParameterError, match="hold no whole week"):
        latest_period(shop_of_lines([row(2)]), weeks=12)


def test_groups_without_any_name_cannot_be_compared() -> None:
    # The one named order lies before both periods.
    shop = shop_of_lines([row(d, store="A" if d == 0 else None) for d in range(196)])
    with pytest.raises(CannotTell, match="store_id is empty"):
        compare_groups(shop, weeks(16, 28), by="store_id")


def test_without_paid_products_there_are_no_stages() -> None:
    with pytest.raises(CannotTell, match="sold for money"):
        stages(shop_of_lines([row(d, 0.0) for d in range(196)]), end=weeks(16, 28).end)
