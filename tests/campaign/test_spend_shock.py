"""Concentration of the budget, and a dearer click."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from ad_shops import ad_shop
from test_reallocation import responses

from made_shop import shop_of
from opsbook.campaign.concentration import hhi, spend_concentration
from opsbook.campaign.concentration_chart import (
    concentration_table,
    concentration_words,
    plot_concentration,
)
from opsbook.campaign.concentration_findings import concentration_findings
from opsbook.campaign.shock import click_shock
from opsbook.campaign.shock_chart import plot_shock, shock_headline, shock_table, shock_words
from opsbook.errors import CannotTell, ParameterError


def test_hhi_as_published():
    assert hhi(pd.Series([30, 30, 20, 20])) == pytest.approx(2600)
    assert hhi(pd.Series([7.0])) == pytest.approx(10_000)
    assert np.isnan(hhi(pd.Series([0.0])))


def test_shares_of_a_shop_and_their_course():
    held = spend_concentration(ad_shop(share=0.9))
    assert held.largest == "Search"
    assert held.top == pytest.approx(0.9, abs=0.03)
    assert held.hhi == pytest.approx((held.frame["share"] ** 2).sum() * 10_000)
    assert held.alike == pytest.approx(10_000 / held.hhi)
    # 400 days are 14 whole blocks of four weeks.
    assert len(held.course) == 14
    assert held.history.groupby("start")["share"].sum().to_numpy() == pytest.approx(1)
    assert "90 %" in concentration_words(held) or "91 %" in concentration_words(held)
    assert "48 weeks earlier" in concentration_words(held)


def test_a_channel_that_rests_is_not_in_the_window():
    shop = ad_shop(days=200)
    spend = shop.ad_spend.execute()
    early = (spend["channel"] == "Search") | (spend["date"].astype(str) < "2025-04-01")
    tables = {name: shop.table(name).execute() for name in ("orders", "order_lines")}
    held = spend_concentration(shop_of(ad_spend=spend[early], **tables))
    assert held.frame["channel"].tolist() == ["Search"]
    assert held.hhi == pytest.approx(10_000)


def test_loss_of_a_dearer_click_is_read_off_the_curve():
    held = spend_concentration(ad_shop(share=0.9))
    # Orders proportional to the root of spend: a quarter of the clicks is half of the orders.
    found = responses([lambda s: 6 * s**0.5, lambda s: 1 * s], [90.0, 10.0])
    found.frame["channel"] = ["Search", "Feed"]
    shock = click_shock(held, found)
    row = shock.frame.set_index("channel").loc["Search"]
    assert row["lost"] == pytest.approx(3)
    assert row["lost_worth"] == pytest.approx(30)
    # Keeping the clicks costs three times the money more.
    assert row["dearer"] == pytest.approx(3 * row["spend"])
    # Stopping saves 90 and gives up 6 orders of 10.
    assert row["stop"] == pytest.approx(90 - 60)
    assert row["credited_lost"] == pytest.approx(
        0.75 * held.frame.set_index("channel").loc["Search", "credited"] / 56
    )


def test_without_curves_only_the_books_are_asked():
    held = spend_concentration(ad_shop(share=0.9, days=120))
    shock = click_shock(held)
    assert shock.frame["lost"].isna().all()
    assert "By the books" in shock_headline(shock)
    assert "only the books" in shock_words(shock)
    assert "nan" not in shock_table(shock).html().lower()
    assert "<svg" in plot_shock(shock).svg()


def test_orders_without_channel_leave_the_loss_untold():
    shop = ad_shop(days=120)
    orders = shop.orders.execute().drop(columns="channel")
    held = spend_concentration(shop_of(orders=orders, ad_spend=shop.ad_spend.execute()))
    assert held.frame["credited"].isna().all()
    shock = click_shock(held)
    assert shock_headline(shock) == "What dearer clicks would cost cannot be told"
    assert concentration_findings(held, shock)[0].money is None
    assert "nan" not in concentration_table(held).html().lower()


def test_finding_only_where_half_of_the_budget_hangs_on_one_channel():
    spread = spend_concentration(ad_shop(channels=("A", "B", "C"), share=0.34, days=200))
    assert concentration_findings(spread, click_shock(spread)) == []
    held = spend_concentration(ad_shop(share=0.9, days=200))
    note = concentration_findings(held, click_shock(held))[0]
    # 40 of margin an order; three quarters of the clicks of 30 days.
    per_day = held.frame["credited"].iloc[0] / 56
    assert note.money == pytest.approx(-0.75 * per_day * 40 * 30)
    assert "at most" in note.money_basis


def test_charts_state_the_answer():
    held = spend_concentration(ad_shop(share=0.9))
    assert plot_concentration(held).title.endswith("of the budget hangs on Search")
    assert "<svg" in plot_concentration(held).svg(phone=True)
    spread = spend_concentration(ad_shop(channels=tuple("ABCDEFGH"), share=0.125))
    assert "The budget is spread" in plot_concentration(spread).title
    assert "<svg" in plot_concentration(spread).svg()


def test_nothing_spent_lately_is_said():
    shop = ad_shop(days=300)
    spend = shop.ad_spend.execute()
    spend = spend[spend["date"].astype(str) < "2025-05-01"]
    quiet = shop_of(ad_spend=spend, orders=shop.orders.execute())
    with pytest.raises(CannotTell, match="last 56 days"):
        spend_concentration(quiet)
    earlier = spend_concentration(quiet, end=date(2025, 5, 1))
    assert earlier.window.end == date(2025, 5, 1)


def test_parameters_out_of_bounds_are_refused():
    held = spend_concentration(ad_shop(days=100))
    with pytest.raises(ParameterError, match="factor 1 "):
        click_shock(held, factor=1)
    with pytest.raises(ParameterError, match="window_days 3"):
        spend_concentration(ad_shop(days=100), window_days=3)
