"""Where one life-cycle stage ends and the next begins: own rhythm, or fixed days."""

from dataclasses import dataclass
from typing import Any

import ibis
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.lifecycle.own_clock import OwnClock

__all__ = ["STAGES", "STAGE_ACTIONS", "FixedDays", "OwnRhythm", "with_stage"]

STAGES: dict[str, str] = {
    "new": N_("new"),
    "active": N_("active"),
    "reactivated": N_("reactivated"),
    "at risk": N_("at risk"),
    "dormant": N_("dormant"),
    "lost": N_("lost"),
}
"""Stages in the order of a report, and what it calls them."""

STAGE_ACTIONS: dict[str, str] = {
    "new": N_("Welcome, explain the product, make the second order easy; no deep discount."),
    "active": N_("Leave the price alone: early access, add-ons, refill reminders, referral."),
    "reactivated": N_("Treat as new once more: ask what was wrong, help to the next order."),
    "at risk": N_("Remind now, with what they usually buy; a small offer only if that fails."),
    "dormant": N_("Win back with an exclusive offer, its cost capped by their past margin."),
    "lost": N_("No regular messages; one yearly test of a strong offer on the best of them."),
}
"""What to do with each."""


@dataclass(frozen=True)
class OwnRhythm:
    """Stages by each customer's own rhythm.

    A customer is as late as the share of customers like him who would be back by now, of
    those who come back within ``horizon_days`` at all. Past the horizon everyone is lost.

    Args:
        at_risk: Share from which silence is unusual, 0 to 1.
        dormant: Share from which the customer counts as dormant.
        lost: Share from which he counts as lost.
        horizon_days: Longest wait for a return.

    Raises:
        ParameterError: The shares do not rise between 0 and 1, or the horizon is too short.
    """

    at_risk: float = 0.80
    dormant: float = 0.95
    lost: float = 0.99
    horizon_days: int = 365

    def __post_init__(self) -> None:
        if not 0 < self.at_risk < self.dormant < self.lost <= 1:
            raise ParameterError(
                N_("at_risk, dormant and lost are {value}; they must rise between 0 and 1"),
                value=f"{self.at_risk}, {self.dormant}, {self.lost}",
            )
        if self.horizon_days < 30:
            raise ParameterError(
                N_("horizon_days {value} is too short; use 30 or more"), value=self.horizon_days
            )


@dataclass(frozen=True)
class FixedDays:
    """Stages by the same number of days for everyone, as the sources have it (B09).

    Args:
        at_risk_days: Silence after which a customer is at risk; 30 in the sources.
        dormant_days: After which he is dormant; three months in the sources.
        lost_days: After which he is lost.

    Raises:
        ParameterError: The days do not rise from 1.
    """

    at_risk_days: int = 30
    dormant_days: int = 90
    lost_days: int = 365

    def __post_init__(self) -> None:
        if not 1 <= self.at_risk_days < self.dormant_days < self.lost_days:
            raise ParameterError(
                N_("at_risk_days, dormant_days and lost_days are {value}; they must rise from 1"),
                value=f"{self.at_risk_days}, {self.dormant_days}, {self.lost_days}",
            )


def with_stage(per: Frame, rule: OwnRhythm | FixedDays, clock: OwnClock | None) -> Frame:
    """Add each customer's limits in days and stage.

    Args:
        per: One row per customer: ``repeats, span_days, silent_days, last_gap`` (days between
            the last two purchases, null with one) and ``older`` (bought before the data).
        rule: The limits.
        clock: From ``fit_own_clock``; needed for ``OwnRhythm`` only.

    Returns:
        ``per`` with ``at_risk_after, dormant_after, lost_after`` (days of silence) and
        ``stage``.
    """
    gap = per.last_gap.fill_null(0)
    if isinstance(rule, FixedDays):
        limits = [ibis.literal(float(d)) for d in (
            rule.at_risk_days, rule.dormant_days, rule.lost_days)]  # fmt: skip
        was_dormant: Any = per.last_gap > rule.dormant_days
    else:
        assert clock is not None
        shares = (rule.at_risk, rule.dormant, rule.lost)
        limits = _due(clock, shares, per.repeats, per.span_days, rule.horizon_days)
        # The clock as it stood before the last purchase.
        before = _due(
            clock, (rule.dormant,), per.repeats - 1, per.span_days - gap, rule.horizon_days
        )
        was_dormant = (per.repeats > 0) & (per.last_gap > before[0])
    late, dormant, lost = limits
    per = per.mutate(at_risk_after=late, dormant_after=dormant, lost_after=lost)
    stage = ibis.cases(
        (per.silent_days > per.lost_after, "lost"),
        (per.silent_days > per.dormant_after, "dormant"),
        (per.silent_days > per.at_risk_after, "at risk"),
        (was_dormant.fill_null(False), "reactivated"),
        ((per.repeats == 0) & ~per.older, "new"),
        else_="active",
    )
    return per.mutate(stage=stage)


def _due(
    clock: OwnClock, shares: tuple[float, ...], repeats: Any, span: Any, horizon: int
) -> list[Any]:
    """``OwnClock.due_days`` in the engine."""
    weight = clock.scale_days + span.cast("float64")
    power = clock.shape + repeats.cast("float64")
    within = 1.0 - (weight / (weight + float(horizon))) ** power
    return [weight * ((1.0 - share * within) ** (-1.0 / power) - 1.0) for share in shares]
