"""Dormant share: its base and its clock are said, and counted by hand."""

import pytest
from bought_days import shop_of_buyers

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.acquisition_chart import dormant_table, plot_dormant
from opsbook.lifecycle.dormant import dormant_share
from opsbook.lifecycle.stage_findings import dormant_findings

# The last day is 399. Silent for: a 399, b 90 (not more than 90), c 91, d 0, e 300.
BOUGHT = [("a", 0), ("b", 10), ("b", 309), ("c", 308), ("d", 399), ("e", 99)]


def test_dormant_by_hand():
    result = dormant_share(shop_of_buyers(BOUGHT))
    now = result.now
    assert (now["base"], now["dormant"]) == (5, 3)  # a, c, e
    # Within 365 days bought b, c, d, e; of them c and e are silent.
    assert (now["base_year"], now["dormant_year"]) == (4, 2)
    assert "60.0 %" in result.headline()
    assert "more than 90 days" in result.headline()


def test_every_base_and_clock():
    signup = dict.fromkeys("abcde", 0) | {"never": 5}
    frame = dormant_share(shop_of_buyers(BOUGHT, signup=signup)).definitions
    by = frame.set_index(["base", "clock_days"])["dormant"]
    assert by["ever", 30] == 4
    assert by["ever", 365] == 1
    assert by["year", 30] == 3
    # The registered include one who never bought.
    assert by["registered", 90] == 4
    assert (frame["dormant"] <= frame["customers"]).all()


def test_trend_is_what_a_shorter_history_would_have_said():
    from bought_days import day

    shop = shop_of_buyers(BOUGHT)
    trend = dormant_share(shop).trend.set_index("at")
    for at in trend.index[:-1]:
        end = day((at.date() - day(0)).days + 1)
        earlier = shop_of_buyers([b for b in BOUGHT if day(b[1]) < end])
        known = [b for b in BOUGHT if day(b[1]) < end]
        last = {w: max(d for who, d in known if who == w) for w, _ in known}
        silent = sum((at.date() - day(d)).days > 90 for d in last.values())
        assert trend.loc[at, "dormant"] == silent
        assert trend.loc[at, "base"] == len(last)
        assert earlier is not None


def test_claim_is_named_a_claim():
    result = dormant_share(shop_of_buyers(BOUGHT))
    assert "source claim" in result.words()
    assert "base not stated" in result.words()


def test_odd_shops_and_parameters():
    with pytest.raises(CannotTell, match="yet"):
        dormant_share(shop_of_buyers([("a", 0), ("b", 30)]))
    with pytest.raises(CannotTell):
        dormant_share(shop_of_buyers([(None, 0), (None, 200)]))
    with pytest.raises(ParameterError):
        dormant_share(shop_of_buyers(BOUGHT), clock_days=1)
    one = dormant_share(shop_of_buyers([("a", 0), ("a", 120)]))
    chart = plot_dormant(one)
    assert "nan" not in (chart.title + chart.alt + dormant_table(one).html()).lower()
    assert dormant_findings(one) == []
