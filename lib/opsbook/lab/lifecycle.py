"""The lab's lifecycle room: customers asleep, segments, value, leaving, winning back."""

from typing import Any

from opsbook.chart.blocks import Say
from opsbook.lab.view import view
from opsbook.language import N_
from opsbook.lifecycle import churn_chart, winback_chart
from opsbook.lifecycle.acquisition_chart import dormant_table, plot_dormant
from opsbook.lifecycle.calibration import Calibration
from opsbook.lifecycle.churn import churn
from opsbook.lifecycle.churn_findings import churn_words
from opsbook.lifecycle.dormant import dormant_share
from opsbook.lifecycle.rfm import RfmRules, rfm
from opsbook.lifecycle.rfm_chart import plot_segments, segments_table
from opsbook.lifecycle.value import customer_values
from opsbook.lifecycle.value_chart import plot_value, value_table
from opsbook.lifecycle.winback import winback
from opsbook.lifecycle.winback_findings import winback_words
from opsbook.shop.periods import days_reported
from opsbook.shop.shop import Shop

__all__ = ["dormant", "leaving", "rfm_segments", "value_ahead", "win_back"]

_NOTEBOOK = "user_lifecycle"


@view(_NOTEBOOK, N_("how many customers are dormant"))
def dormant(shop: Shop, *, dormant_days: int, weeks: int, end: str, level: float) -> list[Any]:
    """The share of customers asleep by a clock."""
    day = days_reported(shop, weeks=weeks, end=end).end
    asleep = dormant_share(shop, end=day, clock_days=dormant_days, level=level)
    return [Say(asleep.words()), plot_dormant(asleep), dormant_table(asleep)]


@view(_NOTEBOOK, N_("segments by recency, frequency and money"))
def rfm_segments(shop: Shop, *, window_days: int, weeks: int, end: str) -> list[Any]:
    """Customers and money in each of the eleven segments."""
    day = days_reported(shop, weeks=weeks, end=end).end
    scored = rfm(shop, day, RfmRules(window_days=window_days))
    return [plot_segments(scored), segments_table(scored)]


@view(_NOTEBOOK, N_("what customers are worth"))
def value_ahead(
    shop: Shop,
    *,
    horizon_days: int,
    margin: float,
    discount_rate: float,
    weeks: int,
    end: str,
    level: float,
    tested: Calibration | None,
) -> list[Any]:
    """Value still to come, under costs and rates of one's own."""
    worth = customer_values(
        shop,
        days_reported(shop, weeks=weeks, end=end).end,
        horizon_days=horizon_days,
        margin=margin or None,
        discount_rate=discount_rate,
        calibration=tested,
        level=level,
    )
    return [Say(worth.words()), plot_value(worth), value_table(worth)]


@view(_NOTEBOOK, N_("who is about to leave"))
def leaving(
    shop: Shop, *, churn_signal: Any, silent_days: int, weeks: int, end: str, level: float
) -> list[Any]:
    """The churn model under another rule for what counts as leaving."""
    day = days_reported(shop, weeks=weeks, end=end).end
    found = churn(shop, end=day, signal=churn_signal, silent_days=silent_days, level=level)
    return [Say(churn_words(found)), churn_chart.plot_lift(found), churn_chart.churn_table(found)]


@view(_NOTEBOOK, N_("whom to win back with a budget"))
def win_back(shop: Shop, *, budget: float, weeks: int, end: str, level: float) -> list[Any]:
    """The plan for another budget."""
    day = days_reported(shop, weeks=weeks, end=end).end
    plan = winback(shop, end=day, budget=budget or float("inf"), level=level)
    return [
        Say(winback_words(plan)),
        winback_chart.plot_budget(plan),
        winback_chart.plan_table(plan),
    ]
