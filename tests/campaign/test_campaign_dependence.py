"""Promotional against everyday sales: kinds of days, shares by hand, growth found again."""

import numpy as np
import pandas as pd
import pytest

import opsbook
from made_shop import shop_of
from opsbook.campaign.dependence import dependence
from opsbook.campaign.dependence_chart import (
    dependence_table,
    dependence_words,
    plot_dependence,
)
from opsbook.campaign.dependence_findings import dependence_findings
from opsbook.campaign.promo_days import promo_days
from opsbook.errors import CannotTell, ParameterError

START = pd.Timestamp("2024-01-01")
EVENTS = ((60, "Spring sale"), (160, "Summer sale"), (250, "Autumn sale"), (330, "Winter sale"))


def shop(*, days: int = 728, everyday: float = 1.0, event: float = 1.0, calendar=None):
    """100 of sales a day, 300 on event days (four events of ten days a year); margin 40 or 20 %.

    In the second year everyday and event days sell so many times as much.
    """
    rng = np.random.default_rng(2)
    number = np.arange(days)
    inside = np.zeros(days, bool)
    rows = []
    for year in (0, 1):
        for k, (first, name) in enumerate(EVENTS):
            at = 364 * year + first
            inside[at : at + 10] = True
            rows.append((f"E{year}{k}", f"{name} {2024 + year}", START + pd.Timedelta(days=at)))
    gmv = np.where(inside, 300.0, 100.0) * rng.gamma(100, 1 / 100, days)
    gmv = np.where(number >= 364, gmv * np.where(inside, event, everyday), gmv)
    orders = pd.DataFrame(
        {
            "order_id": [f"o{d}" for d in number],
            "order_ts": START + pd.to_timedelta(number, unit="D") + pd.Timedelta(hours=12),
        }
    )
    lines = orders[["order_id"]].assign(
        sku="a", qty=1.0, paid_price=gmv, list_price=np.where(inside, 1.2 * gmv, gmv),
        unit_cost=np.where(inside, 0.8, 0.6) * gmv,
    )  # fmt: skip
    campaigns = pd.DataFrame(rows, columns=["campaign_id", "name", "start_date"])
    campaigns["end_date"] = campaigns["start_date"] + pd.Timedelta(days=9)
    campaigns = campaigns[campaigns["start_date"] < START + pd.Timedelta(days=days)]
    tables = {"orders": orders, "order_lines": lines, "campaigns": campaigns}
    return shop_of(**tables, **({"calendar": calendar} if calendar is not None else {}))


def test_shares_and_margins_by_hand():
    found = dependence(shop())
    # 40 days x 300 and 324 days x 100: 12,000 of 44,400.
    assert found.now == pytest.approx(12_000 / 44_400, abs=0.01)
    assert found.day_share == pytest.approx(40 / 364)
    assert found.times == pytest.approx(3, rel=0.05)
    assert found.margin_everyday == pytest.approx(0.4)
    assert found.margin_event == pytest.approx(0.2)
    shares = found.shares.set_index("what")["now"]
    assert shares["below"] == pytest.approx(found.now)


def test_nothing_changes_where_nothing_did():
    found = dependence(shop())
    assert found.verdict == "steady"
    assert found.everyday[1] <= 0 <= found.everyday[2]
    assert found.plan == pytest.approx(0, abs=0.005)


def test_events_that_gain_while_everyday_days_lose_are_named():
    found = dependence(shop(everyday=0.85, event=1.15))
    assert found.verdict == "growing"
    assert found.everyday[0] == pytest.approx(-0.15, abs=0.02)
    assert found.faster[1] < 1.15 / 0.85 - 1 < found.faster[2]
    finding = dependence_findings(found)[0]
    # 324 days of 15 lost, at a margin of 40 %.
    assert finding.money == pytest.approx(-324 * 15 * 0.4, rel=0.1)


def test_equal_growth_of_both_is_no_dependence():
    found = dependence(shop(everyday=1.3, event=1.3))
    assert found.verdict == "steady"
    assert found.change == pytest.approx(0, abs=0.01)


def test_one_year_tells_the_share_and_not_its_change():
    found = dependence(shop(days=364))
    assert found.verdict == "one_year"
    assert found.now == pytest.approx(12_000 / 44_400, abs=0.01)
    assert np.isnan(found.change)
    assert "not known" in dependence_words(found)
    assert "nan" not in dependence_words(found) + dependence_table(found).html()


def test_the_calendar_adds_events_whose_campaign_is_not_on_record():
    plain = shop()
    days = pd.date_range(START + pd.Timedelta(days=60), periods=10)
    calendar = pd.DataFrame({"date": days, "event": "Spring sale", "phase": "peak"})
    campaigns = plain.campaigns.execute().iloc[1:]
    s = shop_of(
        orders=plain.orders.execute(), order_lines=plain.order_lines.execute(),
        campaigns=campaigns, calendar=calendar,
    )  # fmt: skip
    kinds = promo_days(s, START.date(), (START + pd.Timedelta(days=364)).date())
    assert (kinds.loc[60:69, "kind"] == "event").all()
    assert kinds.loc[60, "nth"] == 0
    assert (kinds["kind"] == "event").sum() == 40


def test_a_short_campaign_is_no_event():
    plain = shop()
    campaigns = plain.campaigns.execute()
    day = START + pd.Timedelta(days=20)
    one = pd.DataFrame(
        {"campaign_id": ["F"], "name": ["Flash"], "start_date": [day], "end_date": [day]}
    )
    s = shop_of(
        orders=plain.orders.execute(), order_lines=plain.order_lines.execute(),
        campaigns=pd.concat([campaigns, one]),
    )  # fmt: skip
    kinds = promo_days(s, START.date(), (START + pd.Timedelta(days=40)).date())
    assert kinds.loc[20, "kind"] == "short"
    assert (kinds["kind"] == "short").sum() == 1


@pytest.mark.parametrize(("mailed", "kind"), [(2, "event"), (8, "everyday")])
def test_a_mailing_makes_no_event_everyday_unless_it_is_for_those_mailed_alone(mailed, kind):
    plain = shop(days=364)
    orders = plain.orders.execute()
    # Ten orders in the first event's name, one a day, each from somebody else.
    inside = np.arange(60, 70)
    orders["customer_id"] = [f"c{d}" for d in range(len(orders))]
    orders["campaign_id"] = None
    orders.loc[inside, "campaign_id"] = "E00"
    contacts = pd.DataFrame(
        {
            "customer_id": [f"c{d}" for d in inside[:mailed]],
            "contact_ts": START + pd.Timedelta(days=60),
            "journey": "E00",
        }
    )
    s = shop_of(
        orders=orders, order_lines=plain.order_lines.execute(),
        campaigns=plain.campaigns.execute(), contacts=contacts,
    )  # fmt: skip
    kinds = promo_days(s, START.date(), (START + pd.Timedelta(days=364)).date())
    assert set(kinds.loc[inside, "kind"]) == {kind}
    assert (kinds["kind"] == "event").sum() == (40 if kind == "event" else 30)


def test_too_little_data_cannot_tell():
    with pytest.raises(CannotTell, match="eight weeks"):
        dependence(shop(), end=(START + pd.Timedelta(days=30)).date())
    with pytest.raises(ParameterError):
        dependence(shop(), level=0.1)
    plain = shop()
    flash = plain.campaigns.execute().assign(end_date=lambda f: f["start_date"])
    s = shop_of(
        orders=plain.orders.execute(), order_lines=plain.order_lines.execute(), campaigns=flash
    )
    with pytest.raises(CannotTell, match="four days"):
        dependence(s)


def test_demo_shop_shows_and_speaks():
    found = dependence(opsbook.open_shop("demo"))
    assert plot_dependence(found).svg(phone=True).startswith("<svg")
    assert "nan" not in dependence_words(found) + dependence_table(found).html()
    assert found.verdict == "steady"
