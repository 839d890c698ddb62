"""Splitting the change in sales of small shops, by hand and exactly."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shops import shop_of, shop_of_lines

from opsbook.errors import CannotTell
from opsbook.language import speaking
from opsbook.market.decompose import decompose_gmv, plot_waterfall
from opsbook.market.decompose_chart import drivers_table
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

NOW = Period(date(2024, 1, 8), date(2024, 1, 15))


def row(day: int, price: float, customer: str = "a", sku: str = "p", **more: object) -> dict:
    return {"day": day, "sku": sku, "price": price, "customer": customer, **more}


def products() -> pd.DataFrame:
    return pd.DataFrame({"sku": ["p", "q"], "category": ["Pets", "Books"]})


def test_without_visits_buyers_frequency_and_value_explain_the_change() -> None:
    # Before: a and b order once, 10 each = 20. Now: a orders twice, 20 each = 40.
    shop = shop_of_lines(
        [row(0, 10), row(6, 10, "b"), row(7, 20), row(13, 20)], products=products()
    )
    found = decompose_gmv(shop, NOW)
    assert (found.before, found.now) == (20, 40)
    effects = found.effects().set_index("factor")["effect"]
    # L(40, 20) = 20 / ln 2; buyers ln 1/2, frequency ln 2, value ln 2.
    assert effects.to_dict() == pytest.approx({"buyers": -20, "orders_per_buyer": 20, "aov": 20})
    assert "No visits" in found.notes[0]


def with_visits(rows: list[dict], visitors: dict[int, int]) -> Shop:
    lines = shop_of_lines(rows)
    days = [d for d, n in visitors.items() for _ in range(n)]
    sessions = pd.DataFrame(
        {
            "session_id": [str(i) for i in range(len(days))],
            "visitor_id": [f"v{i}" for i in range(len(days))],
            "start_ts": [pd.Timestamp("2024-01-01") + pd.Timedelta(days=d) for d in days],
        }
    )
    return shop_of(
        orders=lines.orders.execute(), order_lines=lines.order_lines.execute(), sessions=sessions
    )


def test_with_visits_the_split_goes_down_to_conversion_and_price() -> None:
    # Before: 8 visitors, 2 orders, 2 pieces at 10. Now: 8 visitors, 2 orders, 4 pieces at 10.
    rows = [row(0, 10), row(6, 10, "b"), row(7, 10, qty=3), row(13, 10, "b")]
    found = decompose_gmv(with_visits(rows, {0: 4, 6: 4, 7: 4, 13: 4}), NOW)
    effects = found.effects().set_index("factor")["effect"]
    assert effects.to_dict() == pytest.approx(
        {"visitors": 0, "orders_per_visitor": 0, "units_per_order": 20, "price_per_unit": 0}
    )
    assert found.notes == ()


def test_goods_without_pieces_fall_back_to_value_per_order_and_say_so() -> None:
    lines = shop_of_lines([row(0, 10), row(6, 10), row(7, 10), row(13, 10)])
    frame = lines.order_lines.execute()
    frame["paid_amount"] = 10.0
    frame.loc[0, "qty"] = None
    visits = with_visits([row(0, 1)], {0: 2, 6: 2, 7: 2, 13: 2}).sessions.execute()
    shop = shop_of(orders=lines.orders.execute(), order_lines=frame, sessions=visits)
    found = decompose_gmv(shop, NOW)
    assert found.effects()["factor"].tolist() == ["visitors", "orders_per_visitor", "aov"]
    assert "25.0 % of sales is not counted in pieces" in found.notes[0]


def test_without_customers_orders_and_value_remain() -> None:
    shop = shop_of_lines([{"day": d, "sku": "p", "price": 10} for d in (0, 6, 7, 8, 13)])
    found = decompose_gmv(shop, NOW)
    assert found.effects()["factor"].tolist() == ["orders", "aov"]
    assert found.effects()["effect"].tolist() == pytest.approx([10, 0])


def test_groups_that_come_and_go_add_up_to_the_total() -> None:
    # Books appear (+15), Pets fall from 20 to 12 (-8).
    shop = shop_of_lines(
        [row(0, 10), row(6, 10, "b"), row(7, 12), row(13, 15, "b", "q")], products=products()
    )
    found = decompose_gmv(shop, NOW, by="category")
    assert found.groups.set_index("group")["change"].to_dict() == {"Books": 15, "Pets": -8}
    assert found.change == 7
    assert found.frame["effect"].sum() == pytest.approx(7)
    new = found.frame[found.frame["group"] == "Books"].set_index("factor")["effect"]
    assert new.to_dict() == {"buyers": 15, "orders_per_buyer": 0, "aov": 0}


def test_table_of_drivers_adds_up_in_every_row() -> None:
    shop = shop_of_lines(
        [row(0, 10), row(6, 10, "b"), row(7, 12), row(13, 15, "b", "q")], products=products()
    )
    frame = drivers_table(decompose_gmv(shop, NOW, by="category")).frame
    drivers = frame[["buyers", "orders_per_buyer", "aov"]].sum(axis=1)
    assert drivers.tolist() == pytest.approx(frame["change"].tolist())
    assert frame["change"].tolist() == [15, -8]  # the largest change first


def test_returns_that_outweigh_sales_go_to_value_and_still_add_up() -> None:
    shop = shop_of_lines(
        [row(0, 10), row(6, 10), row(7, 10, qty=-2), row(13, 5)], products=products()
    )
    found = decompose_gmv(shop, NOW, by="category")
    assert found.frame["effect"].sum() == pytest.approx(-35)
    assert found.groups["change"].sum() == pytest.approx(-35)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 13), st.floats(0.01, 500), st.sampled_from("abcd"),
            st.sampled_from("pq"), st.integers(1, 5),
        ),
        min_size=1, max_size=25,
    )
)  # fmt: skip
def test_every_split_adds_up_exactly(drawn: list) -> None:
    rows = [row(0, 1.0), row(13, 1.0)]
    rows += [row(d, price, c, sku, qty=q) for d, price, c, sku, q in drawn]
    shop = shop_of_lines(rows, products=products())
    for by in (None, "category"):
        found = decompose_gmv(shop, NOW, by=by)  # type: ignore[arg-type]
        size = max(found.before, found.now)
        assert abs(found.frame["effect"].sum() - found.change) < 1e-9 * size
        assert abs(found.groups["change"].sum() - found.change) < 1e-9 * size


def test_a_period_without_one_before_is_not_split() -> None:
    shop = shop_of_lines([row(8, 10), row(13, 10)])
    with pytest.raises(CannotTell, match="the data begin on"):
        decompose_gmv(shop, NOW)


def test_a_missing_column_is_named() -> None:
    shop = shop_of_lines([row(0, 10), row(13, 10)])
    with pytest.raises(CannotTell, match=r"orders\.region"):
        decompose_gmv(shop, NOW, by="region")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_waterfall_says_what_drove_the_change(lang: str) -> None:
    shop = shop_of_lines([row(0, 10), row(6, 10, "b"), row(7, 20, "b"), row(13, 20)])
    with speaking(lang):
        chart = plot_waterfall(decompose_gmv(shop, NOW))
        assert ("100.0 %" in chart.title) and ("+20" in chart.title)
        assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
        assert "40" in chart.alt
