"""The lab's traffic room: funnel, carts, attribution and the size of a test."""

from datetime import timedelta
from typing import Any

from opsbook.chart.blocks import Say
from opsbook.lab.view import view
from opsbook.language import N_
from opsbook.report.schema import Parameter
from opsbook.shop.periods import days_reported
from opsbook.shop.shop import Shop
from opsbook.traffic import attribution_findings
from opsbook.traffic.attribution import attribution
from opsbook.traffic.attribution_chart import attribution_table, plot_attribution
from opsbook.traffic.carts import carts
from opsbook.traffic.carts_chart import carts_words, plot_carts, recovery_table
from opsbook.traffic.funnel import Funnel, funnel
from opsbook.traffic.funnel_chart import funnel_table, plot_funnel
from opsbook.traffic.journeys import journeys
from opsbook.traffic.steps import SHOP_STEPS
from opsbook.traffic.trial_chart import plot_plan
from opsbook.traffic.trial_plan import plan_test

__all__ = ["carts_left", "credit_of_channels", "size_of_test", "visitor_funnel"]

_NOTEBOOK = "traffic_funnels"
_SEGMENT = Parameter(
    "by",
    "choice",
    "device",
    choices=("device", "channel", "landing_page", "region"),
    meaning="what visitors are grouped by",
    meaning_zh="访客按什么分组",
)


@view(_NOTEBOOK, N_("the funnel of visitors"), own=(_SEGMENT,))
def visitor_funnel(
    shop: Shop, *, by: str, funnel_days: int, weeks: int, end: str, level: float
) -> list[Any]:
    """Who reached each step, by another segment and within another time."""
    spec = Funnel(SHOP_STEPS, timedelta(days=funnel_days), within="visitor")
    period = days_reported(shop, weeks=weeks, end=end)
    passed = funnel(shop, spec, period, by=by, level=level)
    return [plot_funnel(passed), funnel_table(passed)]


@view(_NOTEBOOK, N_("carts left behind"))
def carts_left(
    shop: Shop, *, cart_hours: int, cart_days: int, weeks: int, end: str, level: float
) -> list[Any]:
    """Carts left behind under another patience."""
    period = days_reported(shop, weeks=weeks, end=end)
    left = carts(shop, period, hours=cart_hours, recent_days=cart_days, level=level)
    return [Say(carts_words(left)), plot_carts(left), recovery_table(left)]


@view(_NOTEBOOK, N_("credit of channels"))
def credit_of_channels(
    shop: Shop,
    *,
    window_days: int,
    gap_minutes: int,
    chain_order: int,
    weeks: int,
    end: str,
    level: float,
) -> list[Any]:
    """Attribution under another window and another memory."""
    period = days_reported(shop, weeks=weeks, end=end)
    walked = journeys(shop, period, window_days=window_days, session_gap_minutes=gap_minutes)
    credit = attribution(shop, walked, order=chain_order, level=level)
    words = Say(attribution_findings.attribution_words(credit))
    return [words, plot_attribution(credit), attribution_table(credit)]


@view(_NOTEBOOK, N_("how many visitors a test needs"))
def size_of_test(shop: Shop, *, test_lift: float, weeks: int, end: str) -> list[Any]:
    """Visitors and days that a test needs to see another lift."""
    plan = plan_test(shop, days_reported(shop, weeks=weeks, end=end), lift=test_lift)
    return [Say(plan.words()), plot_plan(plan)]
