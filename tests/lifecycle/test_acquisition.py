"""Cost of a new customer by channel, what he brings, and when he has paid for himself."""

import numpy as np
import pandas as pd
import pytest
from bought_days import START, day, shop_of_buyers

from opsbook.errors import CannotTell
from opsbook.lifecycle.acquisition import acquisition
from opsbook.lifecycle.acquisition_chart import acquisition_table, plot_payback
from opsbook.lifecycle.acquisition_findings import acquisition_findings
from opsbook.shop.periods import Period


def spend(rows: dict[str, float], days: int = 300) -> pd.DataFrame:
    """Ad spend, spread evenly over days."""
    return pd.DataFrame(
        [
            {"date": pd.Timestamp(START) + pd.Timedelta(days=d), "channel": c, "cost": total / days}
            for c, total in rows.items()
            for d in range(days)
        ]
    )


def shop(amount: float = 100.0, **tables):
    """40 customers of ads and 40 of search, each buying on day i, i + 40 and i + 80."""
    bought, signup, channel = [], {}, {}
    for i in range(40):
        for who, where in ((f"a{i}", "ads"), (f"s{i}", "search")):
            signup[who], channel[who] = i, where
            bought += [(who, i + step, amount) for step in (0, 40, 80)]
    bought.append(("a0", 299, amount))
    tables.setdefault("ad_spend", spend({"ads": 6000.0}))
    return shop_of_buyers(bought, signup=signup, channel=channel, cost=40.0, **tables)


def test_cost_per_customer_and_payback_by_hand():
    found = acquisition(shop(), months=6)
    ads = found.frame.set_index("channel").loc["ads"]
    assert (ads["customers"], ads["cac"]) == (40, 150.0)  # 6000 / 40
    # 60 margin an order: 60 by month 1, 120 by month 2, 180 by month 3, which covers 150.
    assert found.curve["value"].tolist()[:3] == [60, 120, 180]
    assert ads["payback"] == 3
    assert ads["ratio"] == pytest.approx(180 / 150)
    totals = found.totals.set_index("channel")
    assert totals.loc["paid", "cac"] == 150
    assert totals.loc["all", "cac"] == 75  # blended over 80 customers
    search = found.frame.set_index("channel").loc["search"]
    assert np.isnan(search["ratio"])  # costs nothing, so no ratio


def test_interval_of_cost_is_poisson():
    from scipy.stats import chi2

    ads = acquisition(shop()).frame.set_index("channel").loc["ads"]
    assert ads["cac_high"] == pytest.approx(6000 / (chi2.ppf(0.025, 80) / 2))
    assert ads["cac_low"] < 150 < ads["cac_high"]


def test_a_channel_that_does_not_pay_back_is_blank_and_priced():
    found = acquisition(shop(amount=70.0), months=6)  # margin 30, 60, 90 against 150
    ads = found.frame.set_index("channel").loc["ads"]
    assert np.isnan(ads["payback"])
    assert "not within" in acquisition_table(found).html()
    finding = next(f for f in acquisition_findings(found) if "ads" in f.statement)
    # 40 customers, 60 short each (90 of 150), over 300 days of spend.
    assert finding.money == pytest.approx(-2400 * 365 / found.period.days)


def test_months_not_yet_observed_are_not_there():
    found = acquisition(shop(), months=24)
    ages = found.curve[found.curve["channel"] == "ads"].set_index("month")["customers"]
    # The data end on day 299: the customer of day i is seen for 300 - i days.
    assert ages[8] == 40
    assert ages[9] == 31  # i from 0 to 30
    assert ages.index.max() == 9  # one customer alone is seen for ten months


def test_rewards_count_and_coupons_are_not_counted_twice():
    referrals = pd.DataFrame(
        {"inviter_id": ["a0", "a0"], "invitee_id": ["s1", "nobody"],
         "invite_ts": [pd.Timestamp("2024-01-03")] * 2, "reward": [40.0, 0.0],
         "converted": [True, False]}
    )  # fmt: skip
    found = acquisition(shop(referrals=referrals))
    frame = found.frame.set_index("channel")
    assert frame.loc["search", "reward_cost"] == 40
    assert frame.loc["search", "cac"] == 1.0
    assert found.totals.set_index("channel").loc["all", "cost"] == 6040
    assert "Referral rewards" in found.words()


def test_spend_of_a_channel_without_customers_is_not_lost():
    found = acquisition(shop(ad_spend=spend({"ads": 6000.0, "radio": 900.0})))
    frame = found.frame.set_index("channel")
    assert np.isnan(frame.loc["radio", "cac"])
    assert found.totals.set_index("channel").loc["paid", "cost"] == 6900
    assert "nan" not in acquisition_table(found).html()


def test_model_values_stand_beside_the_observed():
    found = acquisition(shop(), model=pd.Series({"ads": 450.0}))
    ads = found.frame.set_index("channel").loc["ads"]
    assert ads["model_ratio"] == 3.0
    assert "by model / cost" in acquisition_table(found).html()


def test_without_cost_a_margin_is_asked_for_and_shown():
    bought = [(f"c{i}", i + s) for i in range(40) for s in (0, 40)] + [("c0", 200)]
    signup = {f"c{i}": i for i in range(40)}
    channel = dict.fromkeys(signup, "ads")
    table = spend({"ads": 400.0}, 200)
    plain = shop_of_buyers(bought, signup=signup, channel=channel, ad_spend=table)
    assert acquisition(plain).value.money == "revenue"
    assert acquisition_findings(acquisition(plain)) == []
    assumed = acquisition(plain, margin=0.4)
    assert assumed.frame["value"].iloc[0] == pytest.approx(80, rel=0.05)
    assert "40.0 % of net sales is assumed" in assumed.words()


def test_no_spend_in_the_period_is_said():
    with pytest.raises(CannotTell, match="no advertising spend"):
        acquisition(shop(ad_spend=spend({"ads": 10.0}, 5)), period=Period(day(50), day(90)))
    with pytest.raises(CannotTell, match="ad_spend"):
        acquisition(shop_of_buyers([("a", 0), ("a", 40)], signup={"a": 0}))


def test_the_chart_names_who_has_not_paid_back():
    found = acquisition(shop(amount=70.0), months=6)
    assert "ads have not paid back" in plot_payback(found).title
    assert plot_payback(found).svg().startswith("<svg")
