"""Placements of the panel: counted and met with sales in the engine."""

from datetime import date

import duckdb
import ibis
import pytest

from opsbook.errors import DataError
from opsbook.shop.promotions import promoted_sales, promotions
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def test_promotions_are_counted_in_the_engine(panel: Shop) -> None:
    placed = promotions(panel)
    assert isinstance(placed, ibis.Table)
    assert placed.count().execute() == 20_940_529
    assert placed.store_id.nunique().execute() == 112
    # Nothing of it was copied: the engine holds views on the files, and no table that large.
    held = panel.orders.get_backend().con.sql(
        "SELECT count(*) FROM duckdb_tables() WHERE estimated_size > 2000000"
    )
    assert held.fetchall() == [(0,)]


def test_promoted_sales_add_up_to_all_sales(panel: Shop) -> None:
    weekly = promoted_sales(panel)
    total = weekly.agg(
        amount=weekly.amount.sum(),
        display=weekly.on_display.sum(),
        mailer=weekly.in_mailer.sum(),
        promoted=weekly.promoted.sum(),
    )
    amount, display, mailer, promoted = total.execute().iloc[0]
    assert amount == pytest.approx(panel.order_lines.paid_amount.sum().execute())
    assert max(display, mailer) < promoted < display + mailer
    assert promoted / amount == pytest.approx(0.197, abs=0.0005)


def test_promoted_sales_of_one_product_week_by_plain_sql(panel: Shop) -> None:
    # Milk 1029743, week 20 (8-14 May): each line looked up in the promotions on its own.
    raw: duckdb.DuckDBPyConnection = panel.orders.get_backend().con
    row = raw.sql(
        "SELECT sum(sales_value), sum(sales_value) FILTER (WHERE EXISTS (FROM panel_promotions p "
        "WHERE p.product_id = t.product_id AND p.store_id = t.store_id AND p.week = t.week "
        "AND (display_location <> '0' OR mailer_location <> '0'))) "
        "FROM panel_transactions t WHERE product_id = 1029743 AND week = 20"
    ).fetchall()[0]
    weekly = promoted_sales(panel)
    own = weekly.filter(
        weekly.sku == "1029743", weekly.week_start == ibis.literal(date(2017, 5, 8))
    )
    found = own.execute()
    assert len(found) == 1
    assert found.amount.iloc[0] == pytest.approx(row[0])
    assert found.promoted.iloc[0] == pytest.approx(row[1] or 0.0)


def test_another_shop_has_no_promotions() -> None:
    other = Shop("elsewhere", Settings(), {})
    with pytest.raises(DataError, match="elsewhere has no promotions; only completejourney has"):
        promotions(other)
