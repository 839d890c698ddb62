"""Campaign money by hand: every step, what came anyway, and shops that record little."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import opsbook
from made_shop import shop_of
from opsbook.campaign.event import event_of
from opsbook.campaign.money import campaign_money
from opsbook.campaign.money_chart import money_table, money_title, plot_money, return_table
from opsbook.campaign.money_findings import money_findings
from opsbook.campaign.money_rates import Lift, MoneyRates
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import money

FIRST = pd.Timestamp("2026-01-05")


def shop(**more: pd.DataFrame):
    """28 ordinary days with one order of 100, then a sale of 7 days with two orders of 90.

    Goods cost 50 apiece and list at 100; in the sale 10 come off each order.
    """
    rows = []
    for day in range(35):
        for k in range(2 if day >= 28 else 1):
            off = 10.0 if day >= 28 else 0.0
            rows.append((f"o{day}-{k}", FIRST + pd.Timedelta(days=day, hours=12), off))
    orders = pd.DataFrame(rows, columns=["order_id", "order_ts", "discount"])
    orders["customer_id"] = [f"c{i % 9}" for i in range(len(orders))]
    orders["campaign_id"] = np.where(orders["discount"] > 0, "S", None)
    orders["freight"] = 5.0
    orders["platform"] = "Tmall"
    lines = pd.DataFrame({"order_id": orders["order_id"], "sku": "a", "qty": 1.0})
    lines["list_price"], lines["unit_cost"] = 100.0, 50.0
    lines["paid_price"] = 100.0 - orders["discount"]
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["S"], "name": ["Sale"], "type": ["mega-sale"],
            "start_date": [FIRST + pd.Timedelta(days=28)],
            "end_date": [FIRST + pd.Timedelta(days=34)], "discount_rule": ["80-10"],
        }
    )  # fmt: skip
    tables = {"orders": orders, "order_lines": lines, "campaigns": campaigns} | more
    return shop_of(**tables)


def ads(sale: float, usual: float) -> pd.DataFrame:
    day = [FIRST + pd.Timedelta(days=k) for k in range(35)]
    cost = [sale if k >= 28 else usual for k in range(35)]
    tags = ["S" if k >= 28 else None for k in range(35)]
    table = pd.DataFrame({"date": day, "channel": "Feed", "campaign_id": tags, "cost": cost})
    return table.assign(revenue=4 * table["cost"])


def test_every_step_by_hand():
    s = shop(ad_spend=ads(20.0, 10.0))
    found = campaign_money(s, event_of(s), rates=MoneyRates(commission=0.05))
    # 14 orders: list 1400, 140 off, GMV 1260, freight 70, goods 700, commission 63, ads 140.
    assert found.amount("list_value") == pytest.approx(1400)
    assert found.amount("threshold") == pytest.approx(-140)
    assert found.amount("price_cuts") == pytest.approx(0)
    assert found.amount("gmv") == pytest.approx(1260)
    assert found.amount("net") == pytest.approx(1330)
    assert found.amount("commission") == pytest.approx(-63)
    assert found.amount("before_marketing") == pytest.approx(1330 - 700 - 63)
    assert found.amount("contribution") == pytest.approx(427)


def test_steps_between_totals_add_up():
    s = shop(ad_spend=ads(20.0, 10.0))
    frame = campaign_money(s, event_of(s), lift=Lift(0.2, 0.5, 0.9)).frame
    level = 0.0
    for row in frame.itertuples():
        level = level + row.amount if not row.total or row.step == "list_value" else level
        assert not row.total or row.amount == pytest.approx(level)


def test_what_came_anyway_is_priced_as_ordinary_days():
    s = shop(ad_spend=ads(20.0, 10.0))
    found = campaign_money(
        s, event_of(s), lift=Lift(0.5, 0.8, 1.0), rates=MoneyRates(commission=0.05)
    )
    # An ordinary 100 leaves 100 + 5 - 50 - 5 - 10 = 40. Anyway: 1260 / 1.8 = 700 of sales, 280.
    assert found.anyway_gmv[1] == pytest.approx(700)
    assert found.amount("anyway") == pytest.approx(-280)
    assert found.amount("added") == pytest.approx(427 - 280)
    assert found.ends("added")[0] == pytest.approx(427 - 0.4 * 1260 / 1.5)


def test_of_an_event_that_runs_nobody_is_told_to_repeat_it():
    s = shop()
    found = campaign_money(s, event_of(s), lift=Lift(0.5, 0.8, 1.0))
    over = money_findings(found)[0]
    half = replace(found.event, until=found.event.end - timedelta(days=1))
    assert half.state == "running"
    note = money_findings(replace(found, event=half))[0]
    assert "still runs" in note.action
    assert "still runs" not in over.action
    # What was added is told as added, in the money of the finding's own interval.
    gmv = found.amount("gmv")
    assert money(gmv - found.anyway_gmv[1], sign=True) in over.evidence


def test_break_even_lift_is_where_nothing_is_added():
    s = shop(ad_spend=ads(20.0, 10.0))
    plain = campaign_money(s, event_of(s))
    needed = plain.break_even
    at = campaign_money(s, event_of(s), lift=Lift(needed, needed, needed))
    assert at.amount("added") == pytest.approx(0, abs=1e-6)
    assert "paid if it raised sales by" in money_title(plain)


def test_lift_in_money_gives_the_same_as_its_fraction():
    s = shop()
    one = campaign_money(s, event_of(s), lift=Lift(260, 560, 660, kind="gmv"))
    two = campaign_money(s, event_of(s), lift=Lift(0.26, 0.8, 1.1))
    assert one.amount("added") == pytest.approx(two.amount("added"))
    # Margin: 1260 - 700 = 560; an ordinary 100 has 50, so 210 of margin anyway are 420.
    margin = campaign_money(s, event_of(s), lift=Lift(300, 350, 400, kind="margin"))
    assert margin.anyway_gmv[1] == pytest.approx(420)


def test_coupons_and_thresholds_are_told_apart():
    tables = shop()
    orders = tables.orders.execute()
    sale = orders["discount"] > 0
    orders["coupon_id"] = np.where(sale & orders["order_id"].str.endswith("1"), "X", None)
    orders.loc[orders["coupon_id"].notna(), "discount"] = 25.0
    lines = tables.order_lines.execute().drop(columns=["line_id"], errors="ignore")
    lines = lines[["order_id", "sku", "qty", "list_price", "unit_cost"]].merge(
        orders[["order_id", "discount"]], on="order_id"
    )
    lines["paid_price"] = 100 - lines.pop("discount")
    s = shop(orders=orders.drop(columns=["day"], errors="ignore"), order_lines=lines)
    found = campaign_money(s, event_of(s))
    # Seven coupons of 15 beside the step of 10 that all 14 orders get.
    assert found.amount("threshold") == pytest.approx(-140)
    assert found.amount("coupon") == pytest.approx(-105)


def test_refunded_state_stands_in_for_a_table_of_returns():
    orders = shop().orders.execute()
    orders["status"] = np.where(orders["order_id"] == "o30-0", "refunded", "completed")
    s = shop(orders=orders)
    found = campaign_money(s, event_of(s))
    assert found.amount("refunds") == pytest.approx(-90)
    assert found.amount("goods") == pytest.approx(-650)


def test_returns_to_come_are_expected_from_older_sales():
    orders = shop().orders.execute()
    # Every second order comes back ten days later; of the sale's last days none is known yet.
    back = orders[orders.index % 2 == 0].assign(
        return_id=lambda f: "r" + f["order_id"], sku="a",
        request_ts=lambda f: f["order_ts"] + pd.Timedelta(days=10), refund_amount=90.0,
    )[["return_id", "order_id", "sku", "request_ts", "refund_amount"]]  # fmt: skip
    s = shop(returns=back)
    found = campaign_money(s, event_of(s))
    assert found.back.asked == 0
    assert found.back.lines_to_come == pytest.approx(7, abs=2.5)
    low, high = found.ends("to_come")
    assert low < found.amount("to_come") < high <= 0
    # A report of an earlier day does not know what came back later.
    event = event_of(s)
    early = campaign_money(s, event_of(s, event.id, end=event.end - timedelta(days=3)))
    assert early.known == event.end - timedelta(days=2) < found.known == event.known


def test_unknown_costs_are_said_and_no_profit_is_claimed():
    lines = shop().order_lines.execute().drop(columns=["unit_cost"])
    s = shop(order_lines=lines)
    for lift in (None, Lift(0.1, 0.2, 0.3)):
        found = campaign_money(s, event_of(s), lift=lift)
        assert not found.has_cost
        assert "cannot be told" in money_title(found)
        assert not [f for f in money_findings(found) if f.money and f.money > 0]


def test_without_ordinary_days_nothing_is_priced_as_usual():
    orders = shop().orders.execute()
    orders = orders[orders["order_ts"] >= FIRST + pd.Timedelta(days=28)]
    s = shop(orders=orders)
    found = campaign_money(s, event_of(s), lift=Lift(0.1, 0.2, 0.3))
    assert np.isnan(found.amount("added"))
    assert np.isnan(found.break_even)
    assert "nan" not in money_table(found).html()


def test_an_event_to_come_has_no_money_yet():
    s = shop()
    campaigns = s.campaigns.execute()
    for column in ("start_date", "end_date"):
        campaigns[column] = pd.to_datetime(campaigns[column]) + pd.Timedelta(days=60)
    later = shop(campaigns=campaigns)
    with pytest.raises(CannotTell, match="outside the data"):
        campaign_money(later, event_of(later))


@pytest.mark.parametrize("ends", [(0.3, 0.2, 0.4), (-1.5, 0.1, 0.2)])
def test_impossible_lift_is_refused(ends):
    with pytest.raises(ParameterError):
        Lift(*ends)


def test_ratios_are_kept_apart():
    s = shop(ad_spend=ads(20.0, 10.0))
    found = campaign_money(
        s, event_of(s), lift=Lift(0.5, 0.8, 1.0), rates=MoneyRates(commission=0.05)
    )
    values = return_table(found).frame["value"].tolist()
    # ROAS of the accounts 4; 1260 / 140; 427 / 140; added sales and contribution over
    # marketing beyond the 10 % that 700 of ordinary sales take.
    assert values == pytest.approx([4, 9, 427 / 140, 560 / 70, 147 / 70])


def test_demo_event_shows_and_speaks():
    s = opsbook.open_shop("demo")
    found = campaign_money(s, event_of(s, "618 2026"), lift=Lift(0.2, 0.4, 0.6))
    assert plot_money(found).svg().startswith("<svg")
    assert "nan" not in money_table(found).html()
    for finding in money_findings(found):
        assert finding.money is not None
        assert finding.chapter == "campaign/E05-money"
