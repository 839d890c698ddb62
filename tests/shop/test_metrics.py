"""Key figures by hand, with and without the optional tables."""

import ibis
import pandas as pd
import pytest

from opsbook.language import speaking
from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.metrics import METRICS, definitions, key_figures
from opsbook.shop.periods import Period
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop

WEEK = Period(pd.Timestamp("2026-03-02").date(), pd.Timestamp("2026-03-09").date())


def shop_of(**tables: pd.DataFrame) -> Shop:
    engine = ibis.duckdb.connect()
    entries = {
        name: conform(engine.create_table(name, frame), contract()[name])
        for name, frame in tables.items()
    }
    return Shop("test", Settings(), entries)


def tables() -> dict[str, pd.DataFrame]:
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4", "5", "6"],
            "customer_id": ["a", "a", "b", None, "c", "a"],
            "order_ts": pd.to_datetime(["2026-03-02 10:00"] * 5 + ["2026-03-09 00:00"]),
            "status": ["paid", "completed", "refunded", "paid", "cancelled", "paid"],
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": ["1", "1", "2", "3", "4", "5", "6"],
            "line_id": ["1", "2", "1", "1", "1", "1", "1"],
            "sku": ["p", "q", "p", "p", "fuel", "p", "p"],
            "qty": [2.0, 1.0, 1.0, 1.0, None, 1.0, 1.0],
            "list_price": [10.0, 30.0, 10.0, 10.0, None, 10.0, 10.0],
            "paid_price": [10.0, 20.0, 10.0, 10.0, None, 10.0, 10.0],
            "paid_amount": [20.0, 20.0, 10.0, 10.0, 40.0, 10.0, 10.0],
            "unit_cost": [6.0, 10.0, 6.0, 6.0, None, 6.0, 6.0],
        }
    )
    return {"orders": orders, "order_lines": lines}


def test_key_figures_by_hand() -> None:
    found = key_figures(shop_of(**tables()), WEEK)
    # Orders 1 to 4 count: 5 is cancelled, 6 falls on the day after the period.
    assert found["orders"] == 4
    assert found["buyers"] == 3  # a, b and one guest
    assert found["gmv"] == 20 + 20 + 10 + 10 + 40
    assert found["aov"] == 25
    assert found["orders_per_buyer"] == pytest.approx(4 / 3)
    assert found["units"] == 5
    assert found["units_per_order"] == 5 / 4
    assert found["price_per_unit"] == 60 / 5  # fuel has no pieces
    # List: 20 + 30 + 10 + 10 and 40 for the line without a list price.
    assert found["discount_depth"] == pytest.approx(1 - 100 / 110)
    assert found["promo_share"] == pytest.approx(20 / 100)
    # Cost: 2 x 6 + 10 + 6 + 6 = 34 against 60 of sales with a cost.
    assert found["gross_margin"] == pytest.approx(1 - 34 / 60)
    # No returns table: the refunded order 3.
    assert found["refunds"] == 10
    assert found["net_sales"] == 90
    assert "visitors" not in found


def test_refunds_count_when_they_are_paid_back() -> None:
    returns = pd.DataFrame(
        {
            "return_id": ["r1", "r2"],
            "order_id": ["3", "1"],
            "request_ts": pd.to_datetime(["2026-03-03", "2026-03-04"]),
            "refund_ts": pd.to_datetime(["2026-03-05", "2026-03-20"]),
            "refund_amount": [10.0, 5.0],
        }
    )
    found = key_figures(shop_of(**tables(), returns=returns), WEEK)
    assert found["refunds"] == 10


def visits(days: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "session_id": [str(i) for i in range(len(days))],
            "visitor_id": [str(i % 6) for i in range(len(days))],
            "start_ts": pd.to_datetime(days),
        }
    )


def test_conversion_by_buyers_and_by_orders_stand_apart() -> None:
    days = [f"2026-03-0{d}" for d in (2, 3, 4, 5, 6, 7, 8, 8)]
    found = key_figures(shop_of(**tables(), sessions=visits(days)), WEEK)
    assert (found["sessions"], found["visitors"]) == (8, 6)
    assert found["cvr"] == 3 / 6
    assert found["order_cvr"] == 4 / 6


def test_visits_that_cover_half_the_period_give_no_conversion() -> None:
    found = key_figures(shop_of(**tables(), sessions=visits(["2026-03-07", "2026-03-08"])), WEEK)
    assert "cvr" not in found
    assert "visitors" not in found


def test_orders_alone_give_orders_and_buyers_only() -> None:
    found = key_figures(shop_of(orders=tables()["orders"]), WEEK)
    assert found == {"orders": 4, "buyers": 3, "orders_per_buyer": pytest.approx(4 / 3)}


def test_a_period_without_orders_divides_by_nothing() -> None:
    empty = Period(pd.Timestamp("2026-01-05").date(), pd.Timestamp("2026-01-12").date())
    found = key_figures(shop_of(**tables()), empty)
    assert found["orders"] == 0
    assert "aov" not in found


def test_every_metric_is_defined_in_both_languages() -> None:
    english = definitions(METRICS)
    with speaking("zh"):
        chinese = definitions(METRICS)
    for before, after in zip(english, chinese, strict=True):
        assert before[0] != after[0] and before[1] != after[1]
