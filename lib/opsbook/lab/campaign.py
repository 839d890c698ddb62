"""The lab's campaign room: goal, uplift, money, thresholds, clicks, budget, retail year."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from opsbook.campaign.attainment import attainment
from opsbook.campaign.attainment_chart import goal_table, phase_table, plot_attainment
from opsbook.campaign.attainment_words import attainment_words
from opsbook.campaign.baseline import event_lift
from opsbook.campaign.brought import Brought
from opsbook.campaign.budget_words import reallocation_words
from opsbook.campaign.cause_tree import cause_tree
from opsbook.campaign.cause_tree_chart import cause_table, plot_cause_tree
from opsbook.campaign.concentration import spend_concentration
from opsbook.campaign.event import Event, event_of
from opsbook.campaign.methods import methods_side_by_side
from opsbook.campaign.methods_chart import methods_table, plot_methods
from opsbook.campaign.money import campaign_money
from opsbook.campaign.money_chart import money_table, plot_money, return_table
from opsbook.campaign.money_rates import MoneyRates
from opsbook.campaign.overview import lift_of
from opsbook.campaign.pull_forward import pull_forward
from opsbook.campaign.reallocation import reallocate
from opsbook.campaign.reallocation_chart import plot_reallocation, reallocation_table
from opsbook.campaign.response import Responses
from opsbook.campaign.season_calendar import season_calendar
from opsbook.campaign.season_calendar_chart import calendar_words, plot_calendar
from opsbook.campaign.season_calendar_tables import calendar_table, slot_table
from opsbook.campaign.shock import click_shock
from opsbook.campaign.shock_chart import plot_shock, shock_table, shock_words
from opsbook.campaign.stacking import offers_of
from opsbook.campaign.targeted import Targeted
from opsbook.campaign.threshold_chart import (
    plot_sets,
    response_table,
    set_table,
    stacking_table,
)
from opsbook.campaign.threshold_design import threshold_design
from opsbook.campaign.threshold_findings import threshold_words
from opsbook.campaign.threshold_sets import read_rules
from opsbook.campaign.uplift_chart import parts_table, plot_uplift
from opsbook.chart.blocks import Say
from opsbook.chart.section import known
from opsbook.errors import CannotTell
from opsbook.lab.campaign_own import (
    BASE,
    BUDGET,
    COMMISSION,
    EXTRA,
    HANDLING,
    LEAST,
    MEASURE,
    MONTH,
    MOST,
    RESALE,
)
from opsbook.lab.view import view
from opsbook.language import N_
from opsbook.reference.calendar import country_of
from opsbook.shop.periods import data_days
from opsbook.shop.shop import Shop

__all__ = [
    "budget_split",
    "dearer_clicks",
    "event_uplift",
    "gap_by_cause",
    "goal_reached",
    "money_left",
    "retail_year",
    "spend_thresholds",
    "ways_compared",
]

T = TypeVar("T")

_NOTEBOOK = "campaign_postmortem"


@view(_NOTEBOOK, N_("how far the goal was reached"))
def goal_reached(shop: Shop, *, campaign: str, end: str, level: float) -> list[Any]:
    """Another campaign against its goal and the year before."""
    found = attainment(shop, _event(shop, campaign, end), level=level)
    goals = [goal_table(found)] if len(found.goals) else []
    return [plot_attainment(found), Say(attainment_words(found)), *goals, phase_table(found)]


@view(_NOTEBOOK, N_("where the gap sits"), own=(BASE,))
def gap_by_cause(shop: Shop, *, campaign: str, base: Any, end: str) -> list[Any]:
    """The gap of another campaign, to last year or to the goal, split without remainder."""
    event = _event(shop, campaign, end)
    found = _kept(shop, ("attainment", event), lambda: attainment(shop, event))
    # Last year is what the report's cell takes where there is one, without being told.
    usual = base == "last_year" and found.base is not None and bool(found.days["both"].any())
    tree = cause_tree(shop, event, base=None if usual else base, found=found)
    return [plot_cause_tree(tree), cause_table(tree)]


@view(_NOTEBOOK, N_("what the event brought"), own=(MEASURE,))
def event_uplift(shop: Shop, *, campaign: str, measure: str, end: str, level: float) -> list[Any]:
    """What another campaign brought, with the days before and after it."""
    whole = _brought(shop, _event(shop, campaign, end), level)
    # A shop without order lines has no sales to choose.
    chosen = {name: lift for name, lift in whole.lifts.items() if name == measure}
    brought = replace(whole, lifts=chosen or whole.lifts)
    return [plot_uplift(brought), Say(brought.words()), parts_table(pull_forward(brought))]


@view(_NOTEBOOK, N_("which figure to believe"))
def ways_compared(
    shop: Shop, *, campaign: str, end: str, level: float, aimed: Targeted | None
) -> list[Any]:
    """Every method's answer for another campaign, beside the figures that decks show."""
    event = _event(shop, campaign, end)
    # What targeting brought takes long to tell; it is known of the notebook's event alone.
    same = aimed is not None and (aimed.name, aimed.level) == (event.name, level)
    ways = methods_side_by_side(shop, event, targeted=aimed if same else None, level=level)
    return [plot_methods(ways), Say(ways.words()), methods_table(ways)]


@view(_NOTEBOOK, N_("what was left of the money"), own=(COMMISSION, HANDLING, RESALE))
def money_left(
    shop: Shop,
    *,
    campaign: str,
    commission: float,
    handling: float,
    resale: float,
    end: str,
    level: float,
) -> list[Any]:
    """The result of another campaign, under costs of one's own."""
    event = _event(shop, campaign, end)
    try:
        lift = lift_of(_brought(shop, event, level))
    except CannotTell:
        lift = None
    rates = MoneyRates(
        commission=commission or None,
        resale={"A": 1.0, "B": resale, "C": 0.0},
        handling=handling,
    )
    # Asked in the words of the report's cell, which leaves the usual rates unsaid.
    own = None if rates == MoneyRates() else rates
    earned = campaign_money(shop, event, lift=lift, rates=own, level=level)
    return [plot_money(earned), return_table(earned), money_table(earned)]


@view(_NOTEBOOK, N_("where spend thresholds should stand"), own=(EXTRA,))
def spend_thresholds(
    shop: Shop,
    *,
    campaign: str,
    rules: str,
    floor: float,
    extra: float,
    offers: str,
    end: str,
    level: float,
) -> list[Any]:
    """Threshold sets of one's own on the event's baskets, and discounts that meet."""
    event = _event(shop, campaign, end)
    asked, stacked = read_rules(rules), offers_of(offers)
    sets = threshold_design(shop, event, rules=asked, floor=floor, extra=extra, level=level)
    tables = [set_table(sets), response_table(sets)]
    if stacked:
        tables.append(stacking_table(sets, stacked))
    return [plot_sets(sets), Say(threshold_words(sets)), *tables]


@view(_NOTEBOOK, N_("if clicks became dearer"))
def dearer_clicks(shop: Shop, *, click_factor: float, answers: Responses | None) -> list[Any]:
    """Orders and money lost if the clicks of one channel cost more."""
    shock = click_shock(spend_concentration(shop), answers, factor=click_factor)
    return [plot_shock(shock), shock_table(shock), Say(shock_words(shock))]


@view(_NOTEBOOK, N_("the budget split otherwise"), own=(BUDGET, LEAST, MOST))
def budget_split(
    shop: Shop, *, budget: float, least: float, most: float, answers: Responses | None
) -> list[Any]:
    """The best split of another budget, within other bounds."""
    plan = reallocate(known(answers), budget=budget or None, least=least, most=most)
    return [plot_reallocation(plan), reallocation_table(plan), Say(reallocation_words(plan))]


@view(_NOTEBOOK, N_("the retail year"), own=(MONTH,))
def retail_year(shop: Shop, *, plan_year: int, market: str, month: int) -> list[Any]:
    """Events of another year or another market, and the routine of a month."""
    last = data_days(shop).end
    place = market.upper() or country_of(shop.settings) or "CN"
    year = season_calendar(plan_year or last.year + (last.month > 6), country=place)
    routine = season_calendar(last.year, country=place)
    return [
        plot_calendar(year),
        Say(calendar_words(year)),
        calendar_table(year),
        slot_table(routine, month or last.month),
    ]


_MOST_KEPT = 12
_results: "WeakKeyDictionary[Shop, OrderedDict[Any, Any]]" = WeakKeyDictionary()


def _event(shop: Shop, campaign: str, end: str) -> Event:
    return _kept(shop, ("event", campaign, end), lambda: event_of(shop, campaign, end))


def _brought(shop: Shop, event: Event, level: float) -> Brought:
    """What an event brought; costs and measures move without fitting its baseline again."""
    return _kept(shop, ("lift", event, level), lambda: event_lift(shop, event, level=level))


def _kept(shop: Shop, asked: tuple[Any, ...], make: Callable[[], T]) -> T:
    """A result that the control under the hand does not change; forgotten with its shop."""
    kept = _results.setdefault(shop, OrderedDict())
    if asked not in kept:
        kept[asked] = make()
        while len(kept) > _MOST_KEPT:
            kept.popitem(last=False)
    kept.move_to_end(asked)
    found: T = kept[asked]
    return found
