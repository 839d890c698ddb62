"""Returns counted by hand, completed, and compared."""

from datetime import date, timedelta

import pandas as pd
import pytest
from service_shop import DAY0, at, many_sales, orders, returns_shop

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.supply.return_check import nowcast_check
from opsbook.supply.return_costs import ReturnRates
from opsbook.supply.return_reasons import cause_of, return_reasons
from opsbook.supply.return_reasons_chart import plot_reasons, reasons_table
from opsbook.supply.returns_chart import (
    cohorts_table,
    nowcast_table,
    plot_cohorts,
    plot_delay,
    plot_nowcast,
    return_groups_table,
    returns_words,
)
from opsbook.supply.returns_findings import returns_findings
from opsbook.supply.returns_rate import returns_rate

MONTH = Period(date(2025, 1, 6), date(2025, 2, 3))
LATER = date(2025, 6, 1)


def ask(order, day, sku="a", **more):
    return {"order_id": order, "sku": sku, "request_ts": at(day), **more}


def ten(back):
    """Ten orders of one line, one a day."""
    return returns_shop([(f"o{i}", "a", float(i)) for i in range(10)], back)


def test_each_line_counts_once_whatever_is_asked():
    shop = ten([ask("o1", 5), ask("o1", 6), ask("o2", 7)])
    found = returns_rate(shop, MONTH, known=LATER)
    assert (found.lines, found.asked, found.rate) == (10, 2, 0.2)
    assert found.left_out["again"] == 1
    assert found.to_come == 0


def test_what_cannot_be_a_return_is_left_out_and_said():
    shop = ten(
        [
            ask("o1", 5),
            ask("o5", 1),  # asked for before it was ordered
            ask("ghost", 5),
            ask("o2", 5, sku="other"),
            ask("o3", 5, sku=None),
            ask("o4", 8, refund_ts=at(7)),
        ]
    )
    found = returns_rate(shop, MONTH, known=LATER)
    out = found.left_out
    assert (out["before_order"], out["no_order"], out["not_sold"]) == (1, 1, 1)
    assert (out["no_product"], out["refund_first"]) == (1, 1)
    assert found.asked == 2
    asked = 6
    assert found.asked + sum(v for k, v in out.items() if k != "refund_first") == asked
    words = returns_words(found)
    for said in ("before the order", "no order in the data", "not sold", "no product",
                 "paid back before"):  # fmt: skip
        assert said in words


def test_a_shop_without_a_return_has_a_rate_of_nothing():
    found = returns_rate(ten([]), MONTH, known=LATER)
    assert (found.asked, found.to_come, found.rate, found.total_cost) == (0, 0, 0, 0)
    assert returns_findings(found) == []
    assert "No returns are recorded" in returns_words(found)
    assert not found.groups["alert"].any()
    assert plot_cohorts(found).figure().axes


def test_a_shop_without_the_table_says_what_is_missing():
    alone = shop_of(orders=orders([{"order_id": "a", "order_ts": at(0)}]))
    with pytest.raises(CannotTell, match="returns"):
        returns_rate(alone, MONTH)


def test_a_guest_counts_like_everybody():
    shop = ten([ask("o1", 5)])
    entry = shop.orders.execute().assign(customer_id=None).astype({"customer_id": "string"})
    lines, back = shop.order_lines.execute(), shop.returns.execute()
    text = dict.fromkeys(("sku", "reason", "grade"), "string")
    guests = shop_of(orders=entry, order_lines=lines, returns=back.astype(text))
    assert returns_rate(guests, MONTH, known=LATER).asked == 1


def test_costs_are_those_of_the_grade():
    shop = ten(
        [
            ask("o1", 5, grade="A", refund_ts=at(6)),
            ask("o2", 5, grade="B", refund_ts=at(6)),
            ask("o3", 5, grade=None, refund_ts=at(6)),
            ask("o4", 5, grade=None),
        ]
    )
    found = returns_rate(shop, MONTH, known=LATER, rates=ReturnRates(handling=2))
    assert found.cost["margin"] == pytest.approx(4 * 40)
    assert found.cost["write_off"] == pytest.approx(0 + 30 + 60 + 0)
    assert found.cost["handling"] == 8
    assert found.back["cost"].sum() == pytest.approx(sum(found.cost.values()))
    assert found.groups.query("by == 'product'")["cost"].sum() == pytest.approx(found.total_cost)
    assert found.refund["half"] == 24 and found.refund["within"] == 0.75


def test_requests_after_the_day_known_do_not_exist_yet():
    shop = ten([ask("o1", 5), ask("o2", 20)])
    assert returns_rate(shop, MONTH, known=date(2025, 1, 16)).asked == 1


def test_the_final_rate_is_foretold_from_young_sales():
    sold, back = many_sales(150, 30, 0.1, seed=5)
    shop = returns_shop(sold, back)
    known = (DAY0 + timedelta(days=140)).date()
    mine = Period(known - timedelta(days=14), known)
    now = returns_rate(shop, mine, known=known)
    came = returns_rate(shop, mine, known=known + timedelta(days=60))
    assert now.asked < 0.8 * came.asked
    assert now.to_come_low <= came.asked - now.asked <= now.to_come_high
    assert now.rate_low <= came.rate <= now.rate_high
    assert now.curve.grown[-1] == 1 and 5 <= now.curve.days(0.5) <= 8


def test_groups_reconcile_with_the_whole():
    sold, back = many_sales(80, 20, 0.1, seed=2)
    found = returns_rate(returns_shop(sold, back), Period(date(2025, 2, 3), date(2025, 3, 3)))
    products = found.groups[found.groups["by"] == "product"]
    assert products["lines"].sum() == found.lines and products["asked"].sum() == found.asked
    assert found.back["asked"].sum() == found.asked


def test_one_sale_with_one_return_is_drawn_to_the_mean_and_calls_nobody():
    sold = [(f"o{i}", f"s{i % 10}", 1.0) for i in range(1000)] + [("x", "lone", 1.0)]
    back = [ask(f"o{i}", 5, sku=f"s{i % 10}") for i in range(0, 1000, 21)] + [ask("x", 5, "lone")]
    found = returns_rate(returns_shop(sold, back), MONTH, known=LATER)
    lone = found.groups.set_index("name").loc["lone"]
    assert lone["raw"] == 1 and lone["shrunk"] < 0.4 and not lone["alert"]


def test_a_bad_product_is_called_and_luck_is_not():
    sold = [(f"o{i}", f"s{i % 20}", 1.0) for i in range(4000)]
    back = [ask(f"o{i}", 5, sku=f"s{i % 20}") for i in range(4000)
            if i % 101 == 0 or (i % 20 == 7 and i % 3 == 0)]  # fmt: skip
    products = pd.DataFrame({"sku": [f"s{i}" for i in range(20)], "category": "c"})
    shop = returns_shop(sold, back, products=products)
    found = returns_rate(shop, MONTH, known=LATER)
    assert found.groups.query("alert")["name"].tolist() == ["s7"]
    strict = returns_rate(shop, MONTH, known=LATER, industry={"c": 0.4})
    assert not strict.groups["alert"].any()
    calls = returns_findings(found, return_reasons(found))
    assert any("come back more" in f.statement for f in calls)


def test_the_supplier_is_that_of_the_latest_purchase():
    bought = pd.DataFrame(
        {"po_id": ["1", "2"], "supplier_id": ["old", "new"], "sku": "a", "qty": 1.0,
         "order_date": pd.to_datetime(["2024-12-01", "2024-12-20"]).astype("datetime64[us]")}
    )  # fmt: skip
    sold = [(f"o{i}", "a", float(i)) for i in range(10)]
    shop = returns_shop(sold, [ask("o1", 5)], purchase_orders=bought)
    found = returns_rate(shop, MONTH, known=LATER)
    assert found.groups.query("by == 'supplier'")["name"].tolist() == ["new"]


@pytest.mark.parametrize("bad", [{"history": 3}, {"longest": 1}, {"alert_points": 2}])
def test_parameters_out_of_bounds_are_refused(bad):
    with pytest.raises(ParameterError):
        returns_rate(ten([]), MONTH, **bad)


def test_reasons_have_an_owner_and_run_up_to_the_whole():
    shop = ten([ask("o1", 5, reason="wrong item"), ask("o2", 5, reason="质量问题"),
                ask("o3", 5, reason="质量问题"), ask("o4", 5)])  # fmt: skip
    found = return_reasons(returns_rate(shop, MONTH, known=LATER), owners={"wrong item": "listing"})
    by = found.reasons.set_index("reason")
    assert by.loc["质量问题", "cause"] == "quality" and by.loc["wrong item", "cause"] == "listing"
    assert found.unnamed == 1 and found.reasons["running"].iloc[-1] == pytest.approx(1)
    assert found.reasons["reason"].iloc[0] == "质量问题"
    assert found.reasons["vital"].tolist() == [True, True, True, False] or by["vital"].sum() == 3
    assert cause_of("late delivery") == "transport" and cause_of("other") == "unknown"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_shown_in_both_languages(lang):
    sold, back = many_sales(250, 8, 0.1, seed=4)
    shop = returns_shop(sold, [{**r, "reason": "quality defect"} for r in back])
    end = date(2025, 9, 8)
    found = returns_rate(shop, Period(end - timedelta(days=28), end))
    check = nowcast_check(shop, end)
    assert check.looks["came"].sum() > 0 and abs(check.bias) < abs(check.naive_bias)
    with speaking(lang):
        for chart in (plot_cohorts(found), plot_delay(found), plot_nowcast(check),
                      plot_reasons(return_reasons(found))):  # fmt: skip
            assert chart.figure(phone=True).axes
        assert len(cohorts_table(found).frame) == len(found.cohorts)
        assert len(nowcast_table(check).frame) == len(check.looks)
        assert len(reasons_table(return_reasons(found)).frame) == 1
        assert len(return_groups_table(found, "product").frame) == 5
        assert returns_findings(found, return_reasons(found))[0].money < 0
