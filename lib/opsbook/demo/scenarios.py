"""Scenarios: shops that went wrong as in the case library, and what acting in time would do.

The cases are claims of their sources (J18 to J21). The simulation replays the mechanism
with the same inputs; what comes out is the simulation's own.
"""

from collections.abc import Callable
from dataclasses import replace

from opsbook.demo.marketing.media import MediaPlan, PriceShock, concentrate
from opsbook.demo.plan import Plan, Sprawl
from opsbook.demo.setting import Setting
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["SCENARIOS", "setting_of"]


def _healthy(intervene: bool) -> Setting:
    return Setting()


def _sku_sprawl(intervene: bool) -> Setting:
    """J18: 3,000 to 20,000 products in half a year. Acting: add a tenth, after a test."""
    sprawl = Sprawl(before=3_000, after=4_700 if intervene else 20_000)
    if intervene:
        sprawl = replace(sprawl, demand=0.18)
    return Setting("sku-sprawl", plan=replace(Plan(), sprawl=sprawl))


def _one_channel(intervene: bool) -> Setting:
    """J19: 90 % of the budget in feed ads, whose clicks become four times as dear."""
    shock = PriceShock("Feed ads", factor=4.0, start=0.6)
    if intervene:
        return Setting("one-channel", media=replace(MediaPlan(), shock=shock))
    media = concentrate(MediaPlan(), "Feed ads", share=0.9, dependence=0.85, shock=shock)
    channels = tuple(
        replace(c, share=c.share * (6.0 if c.name == "Feed ads" else 0.4)) for c in Plan().channels
    )
    return Setting("one-channel", plan=replace(Plan(), channels=channels), media=media)


def _no_winback(intervene: bool) -> Setting:
    """J20: customers are bought dearly and nobody calls them back when they stop buying."""
    plan = replace(Plan(), dropout=(2.4, 0.9), new_at_start=0.62)
    if intervene:
        plan = replace(plan, winback=0.45)
    dear = tuple(
        replace(c, spend=c.spend * 5, half=c.half * 5, cpc=c.cpc * 2.5)
        for c in MediaPlan().channels
    )
    return Setting("no-winback", plan=plan, media=replace(MediaPlan(), channels=dear))


def _overload(intervene: bool) -> Setting:
    """J21: a promotion that outruns capacity. Acting: a load test and room for eight days' work."""
    return Setting("overload", plan=replace(Plan(), capacity=8.0 if intervene else 2.2))


_MAKERS: dict[str, Callable[[bool], Setting]] = {
    "healthy": _healthy,
    "sku-sprawl": _sku_sprawl,
    "one-channel": _one_channel,
    "no-winback": _no_winback,
    "overload": _overload,
}
SCENARIOS = tuple(_MAKERS)


def setting_of(scenario: str, *, intervene: bool = False) -> Setting:
    """The planted parameters of a scenario.

    Args:
        scenario: One of SCENARIOS.
        intervene: What the same shop is like if it acts in time.

    Raises:
        ParameterError: There is no such scenario.
    """
    if scenario not in _MAKERS:
        raise ParameterError(
            N_("{name} is {value}; one of {choices}"),
            name="scenario",
            value=scenario,
            choices=", ".join(SCENARIOS),
        )
    return replace(_MAKERS[scenario](intervene), intervened=intervene)
