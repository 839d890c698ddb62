"""Paid media: what is spent, what it carries over, and what it causes."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.signal import lfilter

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import stream
from opsbook.demo.marketing.campaigns import (
    campaign_effect,
    campaign_of,
    plan_campaigns,
    uptake_of,
)
from opsbook.demo.marketing.media import (
    Media,
    MediaPlan,
    PriceShock,
    adstock,
    concentrate,
    hill,
    plan_media,
)
from opsbook.demo.plan import Plan

CLOCK = Clock(date(2024, 11, 1), 730)


def planned(media: MediaPlan | None = None, clock: Clock = CLOCK, seed: int = 1) -> Media:
    return plan_media(stream(seed, "media"), Plan(), media or MediaPlan(), clock, 40_000)


def region_shares(clock: Clock) -> Any:
    share = np.array([r.share * np.exp(r.growth * clock.years) for r in Plan().regions])
    return share / share.sum(axis=0)


def test_adstock_keeps_half_of_yesterday() -> None:
    # 0.5 * 100 + 0.5 * 0 = 50; 0.5 * 0 + 0.5 * 50 = 25; 0.5 * 40 + 0.5 * 25 = 32.5
    assert adstock(np.array([100.0, 0.0, 40.0]), 0.5, 0.0).tolist() == [50.0, 25.0, 32.5]


def test_hill_reaches_half_at_half_saturation() -> None:
    # 2^2 / (2^2 + 2^2) = 0.5; 6^2 / (6^2 + 2^2) = 36 / 40
    assert hill(np.array([0.0, 2.0, 6.0]), 2.0, 2.0).tolist() == [0.0, 0.5, 0.9]


def test_budget_and_lift_are_those_of_a_plausible_shop() -> None:
    media = planned()
    per_order = media.spend.sum(axis=1) / 40_000
    wanted = np.array([c.spend for c in MediaPlan().channels])
    # The tested channel is dark in some regions for four weeks.
    assert per_order == pytest.approx(wanted, rel=0.03)
    assert 0.12 < media.lift.sum(axis=0).mean() < 0.21
    assert np.array_equal(media.spend, np.round(media.spend, 2))


def test_every_channel_has_dark_weeks_outside_festivals() -> None:
    media = planned()
    dark = media.spend == 0
    assert (dark.sum(axis=1) >= 14).all()
    assert not dark[:, CLOCK.festival > 1.5].any()


def test_nothing_comes_from_a_channel_on_a_dark_day_unless_it_has_free_visits() -> None:
    media = planned()
    there = media.presence(len(Plan().channels))
    search = media.index[0]
    assert (there[search][media.spend[0] == 0] == 0).all()
    assert there.mean(axis=1) == pytest.approx(np.ones(len(there)), abs=1e-6)


def test_same_seed_same_media_and_other_seed_other_media() -> None:
    assert np.array_equal(planned().lift, planned().lift)
    assert not np.array_equal(planned().lift, planned(seed=2).lift)


def test_national_lift_is_the_mean_of_the_regions() -> None:
    media = planned()
    share = region_shares(CLOCK)
    regions = np.array([media.lift_in(r) for r in range(len(share))])
    mean = (share[:, None, :] * regions).sum(axis=0)
    assert np.allclose(mean, media.lift)
    factors = np.array([media.region_lift(r) for r in range(len(share))])
    assert np.allclose((share * factors).sum(axis=0), 1.0)


def test_geo_test_lowers_only_its_channel_in_its_regions_while_it_runs() -> None:
    media = planned()
    geo = media.geo
    assert geo is not None
    inside, outside = media.lift_in(geo.regions[0]), media.lift_in(0)
    others = [row for row in range(len(media.names)) if row != geo.channel]
    assert np.array_equal(inside[others], outside[others])
    assert np.array_equal(inside[geo.channel, : geo.first], outside[geo.channel, : geo.first])
    assert (inside[geo.channel, geo.first : geo.last + 1] < outside[geo.channel, geo.first]).all()
    # Four weeks on, next to nothing is carried over.
    assert inside[geo.channel, geo.last] < 0.02 * outside[geo.channel, geo.last]
    assert np.abs(np.log(CLOCK.festival[geo.first : geo.last + 1])).max() < 0.2


def test_short_period_has_media_but_no_geo_test() -> None:
    media = planned(clock=Clock(date(2026, 3, 9), 60))
    assert media.geo is None
    assert (media.region_lift(1) == 1).all()


def test_causes_of_an_order_sum_to_one() -> None:
    media = planned()
    for region in range(len(Plan().regions)):
        causes = media.causes(region)
        assert np.allclose(causes.sum(axis=0), 1.0)
        assert (causes >= 0).all()


def test_pulses_and_dark_weeks_identify_decay_saturation_and_slope() -> None:
    """Without noise, least squares from neutral starts finds all twenty parameters."""
    media = planned(replace(MediaPlan(), geo_channel=""))
    daily = 40_000 / CLOCK.days
    money = media.delivered / daily

    def lift(parameters: Any) -> Any:
        total = np.zeros(CLOCK.days)
        for row, (decay, half, slope, beta) in enumerate(parameters.reshape(-1, 4)):
            before = np.array([decay * money[row, :28].mean()])
            stock, _ = lfilter([1 - decay], [1, -decay], money[row], zi=before)
            total += beta * hill(np.maximum(stock, 1e-12), half, slope)
        return total

    truth = np.array([(c.decay, c.half, c.slope, c.beta) for c in media.plan.channels])
    start = np.array([(0.4, c.spend, 1.2, 0.08) for c in media.plan.channels]).ravel()
    low, high = np.tile([0.0, 0.05, 0.3, 0.0], 5), np.tile([0.95, 50.0, 4.0, 1.0], 5)
    goal = media.lift.sum(axis=0)
    fit = least_squares(lambda p: lift(p) - goal, start, bounds=(low, high), x_scale=start)
    assert fit.x.reshape(-1, 4) == pytest.approx(truth, rel=0.02)


def test_orders_regressed_on_response_curves_give_the_planted_betas(business: Business) -> None:
    """Weighted least squares; each estimate within 3.5 standard errors."""
    b = business
    base = b.expected.sum(axis=0) / (1 + b.media.lift.sum(axis=0))
    lost = b.losses.capacity + b.losses.incident + b.losses.stock
    orders = np.bincount(b.orders.placed // DAY, minlength=b.clock.days) + lost
    beta = np.array([c.beta for c in b.media.plan.channels])
    curves = b.media.lift / beta[:, None]
    mean = b.expected.sum(axis=0)
    design = np.column_stack([base, (base * curves).T]) / np.sqrt(mean)[:, None]
    goal = orders / np.sqrt(mean)
    covariance = np.linalg.inv(design.T @ design)
    found = covariance @ design.T @ goal
    residual = float(((goal - design @ found) ** 2).mean())
    error = np.sqrt(np.diag(covariance) * max(residual, 1.0))
    truth = np.concatenate([[1.0], beta])
    assert np.abs((found - truth) / error).max() < 3.5
    # Two years of 40,000 orders are enough to tell the strongest channel from nothing.
    assert beta[1] / error[2] > 2.5


def test_geo_test_is_in_the_orders(business: Business) -> None:
    """Difference in differences of log orders, within 3.5 standard errors of the truth."""
    b, geo = business, business.media.geo
    assert geo is not None
    day, tested = b.orders.placed // DAY, np.isin(b.orders.region, geo.regions)
    length = geo.last - geo.first + 1
    during = (day >= geo.first) & (day <= geo.last)
    before = (day >= geo.first - 2 * length) & (day < geo.first)
    counts = np.array([(t & w).sum() for w in (during, before) for t in (tested, ~tested)])
    found = np.log(counts[0] / counts[1]) - np.log(counts[2] / counts[3])
    expected = np.array(
        [
            b.expected[np.isin(np.arange(len(b.expected)), geo.regions) == t][:, w].sum()
            for w in (slice(geo.first, geo.last + 1), slice(geo.first - 2 * length, geo.first))
            for t in (True, False)
        ]
    )
    truth = np.log(expected[0] / expected[1]) - np.log(expected[2] / expected[3])
    assert truth < -0.02
    assert abs(found - truth) < 3.5 * np.sqrt((1 / counts).sum())


def test_one_channel_scenario_collapses_when_clicks_cost_four_times_as_much() -> None:
    shock = PriceShock("Feed ads", factor=4.0, start=0.6)
    media = planned(concentrate(MediaPlan(), "Feed ads", shock=shock))
    share = media.spend[1].sum() / media.spend.sum()
    assert share == pytest.approx(0.9, abs=0.01)
    total = 1 + media.lift.sum(axis=0)
    before, after = total[300:430].mean(), total[480:].mean()
    # The case claims a fall of 72 %.
    assert 0.6 < 1 - after / before < 0.8


def test_campaign_days_are_in_order() -> None:
    for c in plan_campaigns(Plan(), CLOCK):
        assert 0 <= c.first <= c.start <= c.peak_end <= c.end
        assert c.tail == -1 or c.start < c.tail <= c.end
        assert all(c.start <= day <= c.end for day in c.sale_days)


def test_every_mega_sale_of_two_years_has_its_phases_and_rule() -> None:
    mega = [c for c in plan_campaigns(Plan(), CLOCK) if c.type == "mega-sale"]
    # 3.8, 618, 818, Double 11, Double 12 and the New Year goods festival, twice; Double 11
    # of 2024 began before the first day, and that of 2026 begins on the day after the last.
    assert len(mega) >= 11
    assert all(c.rule and c.preheat >= 0 and c.tail > c.start for c in mega)


def test_member_day_is_the_eighth_and_small_campaigns_avoid_mega_sales() -> None:
    campaigns = plan_campaigns(Plan(), CLOCK)
    busy = np.zeros(CLOCK.days, bool)
    for c in campaigns:
        if c.type == "mega-sale":
            busy[c.start : c.end + 1] = True
    small = [c for c in campaigns if c.type != "mega-sale"]
    assert not any(busy[c.start : c.end + 1].any() for c in small)
    days = CLOCK.dates(np.array([c.start for c in small if c.type == "member day"]))
    assert {d.day for d in days.tolist()} == {8}


def test_main_campaign_and_its_share_of_orders_go_together() -> None:
    campaigns = plan_campaigns(Plan(), CLOCK)
    main, share = campaign_of(CLOCK, campaigns), uptake_of(CLOCK, campaigns)
    assert ((main >= 0) == (share > 0)).all()
    for day in np.flatnonzero(main >= 0).tolist():
        assert campaigns[main[day]].first <= day <= campaigns[main[day]].end
    effect = campaign_effect(Plan(), CLOCK, campaigns)
    assert (effect[:, main < 0] == 1).all()
    assert effect.max() < 1.3


def test_a_period_without_festival_has_campaigns_all_the_same() -> None:
    campaigns = plan_campaigns(Plan(), Clock(date(2026, 4, 1), 45))
    assert campaigns
    assert all(c.type != "mega-sale" for c in campaigns)
    assert [c.number for c in campaigns] == list(range(len(campaigns)))
