"""What the reader sees of the health of stock: drawn in both widths, reconciled with plain SQL."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

import opsbook
from opsbook.supply.abc_chart import abc_table, cell_table, plot_abc_xyz
from opsbook.supply.abc_xyz import abc_xyz
from opsbook.supply.active_skus import active_skus
from opsbook.supply.ageing import ageing
from opsbook.supply.clearance import clearance
from opsbook.supply.clearance_chart import plot_clearance
from opsbook.supply.slow_movers import slow_movers
from opsbook.supply.stock_chart import (
    ageing_table,
    plot_ageing,
    plot_stock_value,
    plot_turnover,
    turnover_table,
    warehouse_table,
)
from opsbook.supply.stock_cover import stock_cover
from opsbook.supply.stock_cover_chart import (
    active_table,
    plot_active_skus,
    plot_cover,
    state_table,
    stock_cover_table,
)
from opsbook.supply.stock_value import stock_value
from opsbook.supply.turnover import turnover

DEMO = Path(__file__).parents[2] / "data" / "demo"
END = date(2026, 11, 1)


@pytest.fixture(scope="module")
def shop():
    return opsbook.open_shop(DEMO)


def asked(query: str):
    """One row of an answer by plain SQL over the files."""
    names = ("orders", "order_lines", "products", "inventory_daily", "purchase_orders")
    tables = {name: f"'{DEMO}/{name}.parquet'" for name in names}
    return duckdb.connect().execute(query.format(**tables)).fetchall()[0]


def test_stock_value_and_active_rate_equal_plain_sql(shop):
    value, stocked = asked(
        """select sum(on_hand * unit_cost), count(distinct sku) filter (on_hand > 0)
        from {inventory_daily} join {products} using (sku) where date = date '2026-10-31'"""
    )
    found = stock_value(shop, END, days=30)
    assert found.now == pytest.approx(value)
    assert found.daily["skus"].iloc[-1] == stocked
    active, on_sale = asked(
        """with sold as (select distinct sku from {order_lines} join {orders} using (order_id)
            where status not in ('unpaid', 'cancelled') and order_ts >= '2026-10-02'),
          held as (select distinct sku from {inventory_daily}
            where on_hand > 0 and date >= '2026-10-02')
        select (select count(*) from sold),
          (select count(*) from (select * from sold union select * from held))"""
    )
    rate = active_skus(shop, END, days=30)
    assert rate.count("active") == active
    assert rate.rate == pytest.approx(active / on_sale)


def test_turnover_equals_plain_sql(shop):
    cogs, stock = asked(
        """select (select sum(qty * unit_cost) from {order_lines} join {orders} using (order_id)
            where status not in ('unpaid', 'cancelled') and order_ts >= '2026-08-09'),
          (select sum(on_hand * unit_cost) / 84 from {inventory_daily} join {products} using (sku)
            where date >= '2026-08-09')"""
    )
    total = turnover(shop, END, days=84).total
    assert total["days"] == pytest.approx(stock / (cogs / 84))


def test_age_bands_and_list_reconcile_with_the_stock(shop):
    found = ageing(shop, END)
    assert found.bands["value"].sum() == pytest.approx(found.items.frame["value"].sum())
    assert found.skus["value"].sum() == pytest.approx(found.bands["value"].sum())
    over = found.bands.loc[found.bands["from_day"] >= 90, "value"].sum()
    assert found.old == pytest.approx(over)


def test_every_figure_draws_in_both_widths_and_names_its_answer(shop):
    cover, active = stock_cover(shop, END), active_skus(shop, END)
    charts = [
        plot_cover(cover),
        plot_stock_value(stock_value(shop, END)),
        plot_turnover(turnover(shop, END)),
        plot_ageing(ageing(shop, END)),
        plot_active_skus(active),
        plot_clearance(clearance(shop, END)),
        plot_abc_xyz(abc_xyz(shop, END)),
    ]
    for chart in charts:
        assert any(c.isdigit() for c in chart.title)
        for phone in (False, True):
            assert chart.figure(phone=phone).axes


def test_tables_show_what_was_counted(shop):
    cover, active = stock_cover(shop, END), active_skus(shop, END)
    found = abc_xyz(shop, END)
    listed = stock_cover_table(cover).frame
    assert listed["money"].sum() == pytest.approx(cover.at_risk + cover.excess * cover.holding)
    assert state_table(active).frame["skus"].sum() == len(active.skus)
    assert len(active_table(active).frame) == active.count("silent")
    assert len(cell_table(found).frame) == 11
    assert len(abc_table(found).frame) == len(found.skus)
    old = ageing(shop, END)
    assert ageing_table(old).frame["old_value"].sum() == pytest.approx(old.old)
    assert turnover_table(turnover(shop, END)).frame["name"].ne("").all()
    worth = stock_value(shop, END)
    assert warehouse_table(worth).frame["value"].sum() == pytest.approx(worth.now)
    assert slow_movers(cover, active).both <= active.count("silent")
