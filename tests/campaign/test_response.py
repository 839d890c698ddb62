"""Response curves: planted effects found, nothing found where nothing is, and honest verdicts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from ad_shops import ad_shop
from media_worlds import WINDOW, made_world

from made_shop import shop_of
from opsbook.campaign.budget_chart import (
    plot_curves,
    plot_marginal,
    response_table,
    verdict_table,
)
from opsbook.campaign.budget_findings import response_findings
from opsbook.campaign.budget_words import response_headline, response_words
from opsbook.campaign.media_days import media_days
from opsbook.campaign.response import curves_of, response_curves
from opsbook.campaign.response_base import left_to_explain
from opsbook.errors import CannotTell, ParameterError


@pytest.fixture(scope="module")
def pulsed():
    data, truth = made_world(2, channels=3)
    return curves_of(data, WINDOW, 0.95, currency="CNY", shop="Made"), truth


@pytest.fixture(scope="module")
def idle():
    data, _ = made_world(3, channels=2, effect=False)
    return curves_of(data, WINDOW, 0.95, currency="CNY", shop="Made")


def test_planted_orders_and_marginal_returns_lie_inside_their_intervals(pulsed):
    found, truth = pulsed
    frame = found.frame
    orders = truth.added(np.ones(3))
    marginal = truth.steep() * found.worth / frame["spend"]
    assert ((frame["orders_low"] <= orders) & (orders <= frame["orders_high"])).all()
    assert ((frame["marginal_low"] <= marginal) & (marginal <= frame["marginal_high"])).all()
    # The intervals say something: a strong channel is known to a factor of four.
    assert (frame["verdict"] == "curve").sum() >= 1


def test_weekly_pulses_tell_more_than_steady_spend():
    steady, _ = made_world(2, channels=3, pulses=False)
    found = curves_of(steady, WINDOW, 0.95)
    assert (found.frame["verdict"] != "curve").all()
    assert (found.frame["dark_weeks"] == 0).all()


def test_channels_without_effect_are_not_proven(idle):
    assert idle.frame["verdict"].tolist() == ["unknown", "unknown"]
    assert ((idle.frame["marginal_low"] < 0) & (idle.frame["marginal_high"] > 0)).all()
    assert "cannot" in response_headline(idle) or "does not pay" in response_headline(idle)
    assert "not proven" in response_words(idle)


def test_orders_added_start_at_nothing_and_meet_the_table_at_todays_spend(pulsed):
    found, _ = pulsed
    assert np.abs(found.added[:, :, 0]).max() < 1e-9
    middle = np.median(found.added[:, :, 20], axis=0)
    assert middle == pytest.approx(found.frame["orders"].to_numpy())


def test_marginal_return_is_the_slope_of_the_curve(pulsed):
    found, _ = pulsed
    # One per cent less and more are not on the grid; five per cent are close.
    slope = (found.added[:, :, 21] - found.added[:, :, 19]) / 0.1
    worth = np.median(slope, axis=0) * found.worth / found.frame["spend"]
    assert worth.to_numpy() == pytest.approx(found.frame["marginal"].to_numpy(), rel=0.05)


def test_the_same_data_give_the_same_figures():
    data, _ = made_world(4, channels=2, days=300)
    first, second = (curves_of(data, WINDOW, 0.95).frame for _ in range(2))
    assert first.equals(second)


def test_without_margin_no_channel_is_called_paying():
    data, _ = made_world(2, channels=2, days=400)
    found = curves_of(replace(data, has_margin=False), WINDOW, 0.95)
    assert (found.frame["next"] == "unknown").all()
    assert "sales" in response_words(found)


def test_what_weeks_share_is_measured():
    calm, wild = (made_world(6, effect=False, week_noise=s)[0] for s in (0.0, 0.08))
    flat = np.ones((1, len(calm.days)))
    assert left_to_explain(calm, flat).weekly < 0.02
    assert 0.05 < left_to_explain(wild, flat).weekly < 0.12


def test_a_festival_that_raises_spend_and_orders_is_not_credited_to_advertising():
    data, _ = made_world(7, channels=2, effect=False, festival=2.0)
    held = curves_of(data, WINDOW, 0.95).frame
    blind = replace(data, held=data.held[:, :-1])
    loose = curves_of(blind, WINDOW, 0.95).frame
    assert (held["verdict"] == "unknown").all()
    assert (loose["verdict"] != "unknown").any()


def test_series_of_a_shop_hold_events_price_and_credit():
    shop = ad_shop(share=0.6)
    found = media_days(shop)
    assert found.channels == ("Search", "Feed")
    assert found.orders.sum() == shop.orders.count().execute()
    assert found.spend.shape == (2, 400)
    # Margin of 100 - 60 on every order.
    assert found.worth == pytest.approx(40)
    assert {"level", "weekday", "event"} <= set(found.held_names)
    assert found.credited.sum() == pytest.approx(2 / 3, abs=0.03)
    assert found.dearer == ()


def test_dearer_clicks_are_counted_as_fewer():
    shop = ad_shop(days=420)
    spend = shop.ad_spend.execute()
    late = spend["date"].astype(str) >= "2025-10-01"
    spend["clicks"] = np.where(late, spend["cost"] / 4, spend["cost"]).round().astype(int)
    tables = {name: shop.table(name).execute() for name in ("orders", "order_lines")}
    found = media_days(shop_of(ad_spend=spend, **tables))
    assert found.dearer == found.channels
    # In today's prices a yuan of the old days bought four times as much.
    ratio = (found.delivered / found.spend)[0]
    assert ratio[30] == pytest.approx(4, rel=0.05)
    assert ratio[-1] == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize(
    ("shop", "match"),
    [
        (lambda: ad_shop(days=120), "120 days of advertising"),
        (lambda: shop_of(orders=ad_shop(days=30).orders.execute()), "ad_spend"),
    ],
)
def test_too_little_advertising_is_said(shop, match):
    with pytest.raises(CannotTell, match=match):
        response_curves(shop())


def test_parameters_out_of_range_are_refused():
    shop = ad_shop(days=200)
    with pytest.raises(ParameterError, match="window_days 7"):
        response_curves(shop, window_days=7)
    with pytest.raises(ParameterError, match="level 1"):
        response_curves(shop, level=1)


def test_a_shop_without_lines_gets_orders_and_no_return():
    found = response_curves(ad_shop(days=250, lines=False), end=date(2025, 9, 1))
    assert found.worth == 0
    assert found.frame["marginal"].isna().all()
    assert response_table(found).html().count('<th scope="col"') == 6
    with pytest.raises(CannotTell, match="what an order is worth"):
        plot_marginal(found)
    assert "only orders are shown" in response_words(found)


def test_charts_draw_in_both_widths_and_state_the_answer(pulsed, idle):
    found, _ = pulsed
    for result in (found, idle):
        for chart in (plot_marginal(result), plot_curves(result)):
            assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
            assert "nan" not in (chart.title + chart.subtitle + chart.alt).lower()
    told = len(found.told)
    assert plot_curves(found).title == f"Proven to add orders: {told} of 3 channels"
    assert "nan" not in response_table(idle).html().lower()
    assert verdict_table(idle).html().count("cannot be told") >= 2


def test_findings_carry_money_only_where_the_interval_decides(pulsed, idle):
    found, _ = pulsed
    for note in response_findings(found) + response_findings(idle):
        assert note.chapter == "campaign/E16-budget"
        assert (note.money is None) == ("cannot be told" in note.statement)
        assert note.action and note.owner and note.due
    pays = [n for n in response_findings(found) if "brings more" in n.statement]
    row = found.frame[found.frame["next"] == "raise"]
    best = (row["spend"] * (row["marginal"] - 1)).max()
    assert pays[0].money == pytest.approx(0.2 * 30 * best)
