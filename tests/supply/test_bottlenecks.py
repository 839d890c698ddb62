"""The ranking of leaks, and what stock costs."""

from datetime import date

import pandas as pd
import pytest
from service_shop import at, orders

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.supply.bottleneck_findings import bottleneck_findings
from opsbook.supply.bottlenecks import AREAS, Bottleneck, bottlenecks
from opsbook.supply.bottlenecks_chart import bottlenecks_table, plot_bottlenecks
from opsbook.supply.leak_list import leak_list
from opsbook.supply.stock_leaks import stock_leaks

TEN = Period(date(2025, 1, 6), date(2025, 1, 16))


def ranked(*leaks):
    return bottlenecks(leaks, currency="CNY", shop="test")


def test_leaks_are_put_on_a_year_and_ranked():
    found = ranked(Bottleneck("returns", 100, "r", 36.5), Bottleneck("excess", 900, "e"))
    assert found.ranked["area"].tolist() == ["returns", "excess"]
    assert found.ranked["money"].tolist() == [1000, 900]
    assert found.total == 1900 and found.ranked["share"].sum() == pytest.approx(1)


def test_what_a_late_supplier_emptied_is_taken_off_the_shelves():
    found = ranked(Bottleneck("stock_out", 100, "o"), Bottleneck("supplier", 70, "s", shared=30))
    by = found.ranked.set_index("area")
    assert by.loc["stock_out", "money"] == 70 and by.loc["stock_out", "deducted"] == 30
    assert by.loc["supplier", "money"] == 70 and found.total == 140


def test_more_is_never_taken_off_than_is_there():
    found = ranked(Bottleneck("stock_out", 10, "o"), Bottleneck("supplier", 70, "s", shared=30))
    assert found.ranked.set_index("area").loc["stock_out", "money"] == 0


def test_a_place_is_clear_only_where_intervals_do_not_touch():
    near = ranked(Bottleneck("returns", 100, "r", low=80, high=120), Bottleneck("excess", 90, "e"))
    far = ranked(Bottleneck("returns", 100, "r", low=95, high=120), Bottleneck("excess", 90, "e"))
    assert not near.ranked["clear"].iloc[0] and far.ranked["clear"].iloc[0]


def test_what_could_not_be_priced_is_named():
    found = ranked(Bottleneck("returns", 5, "r"), Bottleneck("records", None, "no counts"))
    missing = found.missing.set_index("area")["basis"]
    assert missing["records"] == "no counts"
    assert set(missing.index) | {"returns"} == set(AREAS)
    assert "no counts" in bottlenecks_table(found).note


def test_nonsense_is_refused():
    with pytest.raises(ParameterError, match="more than once"):
        ranked(Bottleneck("returns", 1, "a"), Bottleneck("returns", 2, "b"))
    for bad in ({"area": "moon"}, {"money": -1}, {"days": 0}):
        with pytest.raises(ParameterError):
            Bottleneck(**{"area": "returns", "money": 1.0, "basis": "b", **bad})


def stocked():
    days = pd.date_range("2025-01-06", periods=10).astype("datetime64[us]")
    stock = pd.concat(
        [
            # Ten days, two of them empty; 8 pieces sold with a margin of 40 each.
            pd.DataFrame({"date": days, "sku": "a", "on_hand": [5.0] * 8 + [0.0] * 2,
                          "reserved": 0.0}),
            # Hoarded: 1000 pieces, one sold in ten days.
            pd.DataFrame({"date": days, "sku": "b", "on_hand": 1000.0, "reserved": 0.0}),
            # Never sold, always empty.
            pd.DataFrame({"date": days, "sku": "c", "on_hand": 2.0, "reserved": 2.0}),
        ]
    )  # fmt: skip
    stock["warehouse_id"] = "w"
    stock["system_qty"] = stock["on_hand"]
    stock["counted_qty"] = float("nan")
    first = (stock["date"] == days[0]).to_numpy()
    stock.loc[first & (stock["sku"] == "b"), "counted_qty"] = 997.0
    stock.loc[first & (stock["sku"] == "a"), "counted_qty"] = 5.0
    stock.loc[(stock["sku"] == "a") & (stock["on_hand"] == 0), "system_qty"] = -2.0
    made = orders([{"order_id": f"o{i}", "order_ts": at(i % 8)} for i in range(9)])
    lines = pd.DataFrame(
        {"order_id": [f"o{i}" for i in range(9)], "sku": ["a"] * 8 + ["b"], "qty": 1.0,
         "paid_price": 100.0, "unit_cost": 60.0}
    )  # fmt: skip
    products = pd.DataFrame({"sku": list("abc"), "unit_cost": [60.0, 60.0, 10.0]})
    return {"orders": made, "order_lines": lines, "products": products, "inventory_daily": stock}


def test_stock_is_priced_by_hand():
    found = stock_leaks(shop_of(**stocked()), TEN, cover_days=60, holding=0.25)
    by = found.products.set_index("sku")
    assert by["empty"].tolist() == [2, 0, 10]
    assert found.lost == pytest.approx(2 * 8 * 40 / 8)
    assert by.loc["b", "excess"] == pytest.approx(1000 - 60 * 0.1)
    assert found.held == pytest.approx((994 * 60 + 2 * 10) * 0.25 * 10 / 365)
    assert (found.counted, found.wrong, found.count_value) == (2, 1, 180)
    assert (found.oversold, found.oversold_margin) == (2, 80)


def test_without_costs_or_counts_it_says_so():
    tables = stocked()
    tables["inventory_daily"] = tables["inventory_daily"][["date", "sku", "on_hand"]]
    tables["order_lines"] = tables["order_lines"].drop(columns="unit_cost")
    del tables["products"]
    leaks = leak_list(stock=stock_leaks(shop_of(**tables), TEN))
    assert all(b.money is None for b in leaks)
    del tables["inventory_daily"]
    with pytest.raises(CannotTell, match="inventory_daily"):
        stock_leaks(shop_of(**tables), TEN)


def test_records_are_told_apart_from_stock_that_is_not_recorded():
    tables = stocked()
    tables["inventory_daily"] = tables["inventory_daily"].drop(
        columns=["system_qty", "counted_qty"]
    )
    areas = {b.area: b.money for b in leak_list(stock=stock_leaks(shop_of(**tables), TEN))}
    assert areas["records"] is None and areas["stock_out"] == 80


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_shown_in_both_languages(lang):
    with speaking(lang):
        found = bottlenecks(leak_list(stock=stock_leaks(shop_of(**stocked()), TEN)),
                            currency="CNY", shop="test")  # fmt: skip
        assert plot_bottlenecks(found).figure().axes
        assert len(bottlenecks_table(found).frame) == 3
        note = bottleneck_findings(found)[0]
    assert note.id == "C25" and note.money is None
    assert bottleneck_findings(ranked()) == []
