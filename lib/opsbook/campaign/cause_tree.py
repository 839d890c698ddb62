"""Why the event fell short of (or beat) last year or its goal, in money and without remainder.

The tree is exhaustive because each factor begins where the one before it ends:
visitors, wanted orders per visitor, pieces per order, list price per piece, part of it
charged, part not lost to empty shelves, part not cancelled, part that stays sold.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from opsbook.campaign.attainment import Attainment, attainment
from opsbook.campaign.cause_tree_leaves import factors_of, leaf_rows
from opsbook.campaign.cause_tree_windows import Window, lost_to_stock, measured
from opsbook.campaign.event import Event
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["BASES", "CauseTree", "cause_tree"]

Base = Literal["last_year", "goal", "before"]
BASES: tuple[Base, ...] = ("last_year", "goal", "before")


@dataclass(frozen=True)
class CauseTree:
    """The gap of an event, split into leaves.

    Args:
        event: The event.
        base: What it is held against: the same event ``last_year``, its ``goal``, or as many
            days ``before``.
        measure: ``net`` (GMV less returns, final) or ``gmv``.
        leaves: One row per leaf: ``leaf, branch, before, now`` (the factor, in its own unit;
            not a number where the leaf is a sum of money), ``effect`` (money, whole cents).
        merged: Leaves that cannot be told apart here, and the leaf that holds them.
        target: Goal, last year's or the days before's sum of money.
        reached: The event's.
        now: Its window.
        then: The window its factors are compared with.
        phases: Gap by phase: ``phase, effect``; empty where days are not paired.
        currency: ISO code.
        shop: Name of the shop.
        margin: Margin over sales; not a number without costs.
    """

    event: Event
    base: Base
    measure: Literal["net", "gmv"]
    leaves: pd.DataFrame
    merged: tuple[tuple[str, str], ...]
    target: float
    reached: float
    now: Window
    then: Window
    phases: pd.DataFrame
    currency: str
    shop: str
    margin: float

    @property
    def gap(self) -> float:
        """What was reached less the target, money; the leaves add up to it to the cent."""
        return self.reached - self.target


@shared
def cause_tree(
    shop: Shop, event: Event, *, base: Base | None = None, found: Attainment | None = None
) -> CauseTree:
    """Split the gap of an event between its causes, exactly.

    Against last year the measure is what stays sold (returns to come included) and the days
    compared are those that both years have; other days are a leaf. Against a goal, which
    counts GMV, the factors are those of last year's event (else of as many days before),
    and what the goal asked on top of it is a leaf.

    Args:
        shop: Needs ``orders`` and ``order_lines``; visits, list prices, stock and returns
            each add a leaf.
        event: From ``event_of``.
        base: ``last_year``, ``goal`` or ``before``; the first of these that is there unless
            given.
        found: From ``attainment`` of the same event, to save making it again.

    Raises:
        CannotTell: Nothing to hold the event against.
        ParameterError: ``base`` is none of the three.

    Source:
        E03: 001 问题分析与归因 (MECE tree, 5W2H). LMDI-I: Ang (2005), Energy Policy 33, 867-871.
    """
    if base is not None and base not in BASES:
        raise ParameterError(
            N_("base must be one of {names}; got {value}"), names=", ".join(BASES), value=base
        )
    found = found or attainment(shop, event)
    base = base or _first_base(found)
    if base == "goal":
        return _against_goal(shop, found)
    now_days, then_days, extra = _windows(shop, found, base)
    lost = lost_to_stock(shop, event.until)
    now, then = measured(shop, now_days, lost), measured(shop, then_days, lost)
    alone = [measured(shop, days, lost) if days else None for days in extra]
    has_returns = now.returned == now.returned and then.returned == then.returned
    measure: Literal["net", "gmv"] = "net" if has_returns else "gmv"
    tops = [_money(w, measure) for w in (now, then)]
    lone = [_money(w, measure) if w is not None else 0.0 for w in alone]
    more = []
    if any(extra):
        more.append(("days", "calendar", float("nan"), float("nan"), lone[0] - lone[1]))
    factors, merged = factors_of(now, then, measure)
    reached, target = tops[0] + lone[0], tops[1] + lone[1]
    leaves = leaf_rows(factors, more, reached - target)
    return _tree(found, base, measure, leaves, merged, target, reached, now, then)


def _against_goal(shop: Shop, found: Attainment) -> CauseTree:
    event = found.event
    goal = found.goal("gmv")
    if goal is None:
        raise CannotTell(N_("{name} has no goal for GMV"), name=event.name)
    if found.scope == "credited":
        raise CannotTell(
            N_(
                "the goal of {name} is for the orders credited to it, not for the shop: no tree "
                "of the shop's factors leads to it"
            ),
            name=event.name,
        )
    if not goal["due"] > 0:
        raise CannotTell(
            N_("{name} is not over, and no last year says which part of its goal was due"),
            name=event.name,
        )
    kind: Base = "last_year" if found.base is not None else "before"
    now_days, then_days, _ = _windows(shop, found, kind, preheat=False)
    whole_now = _event_days(found, preheat=False)
    lost = lost_to_stock(shop, event.until)
    now, then = (measured(shop, d, lost, net=False) for d in (now_days, then_days))
    rest = [d for d in whole_now if d not in set(now_days)]
    lone = measured(shop, rest, None, net=False).paid if rest else 0.0
    target, reached = float(goal["goal"] * goal["due"]), now.paid + lone
    more = [("asked", "goal", float("nan"), float("nan"), then.paid - target)]
    if rest:
        more.append(("days", "calendar", float("nan"), float("nan"), lone))
    factors, merged = factors_of(now, then, "gmv")
    leaves = leaf_rows(factors, more, reached - target)
    return _tree(found, "goal", "gmv", leaves, merged, target, reached, now, then)


def _tree(
    found: Attainment,
    base: Base,
    measure: Literal["net", "gmv"],
    leaves: pd.DataFrame,
    merged: tuple[tuple[str, str], ...],
    target: float,
    reached: float,
    now: Window,
    then: Window,
) -> CauseTree:
    phases = pd.DataFrame(columns=["phase", "effect"])
    if "gmv_then" in found.days and base != "before":
        pairs = found.days[found.days["both"]]
        sums = pairs.groupby("phase", sort=False)[["gmv", "gmv_then"]].sum()
        phases = (sums["gmv"] - sums["gmv_then"]).rename("effect").reset_index()
    return CauseTree(
        found.event,
        base,
        measure,
        leaves,
        merged,
        round(target, 2),
        round(reached, 2),
        now,
        then,
        phases,
        found.currency,
        found.shop,
        found.margin,
    )


def _first_base(found: Attainment) -> Base:
    if found.base is not None and found.days["both"].any():
        return "last_year"
    if found.goal("gmv") is not None and found.scope == "shop" and found.event.state == "finished":
        return "goal"
    return "before"


def _event_days(found: Attainment, *, preheat: bool) -> list[date]:
    rows = found.days[found.days["inside"].eq(True)]
    if not preheat:
        rows = rows[rows["phase"] != "preheat"]
    return [d.date() for d in rows["day"]]


def _windows(
    shop: Shop, found: Attainment, base: Base, *, preheat: bool = True
) -> tuple[list[date], list[date], tuple[list[date], list[date]]]:
    """Days now, days then, and days of each side without a counterpart."""
    mine = _event_days(found, preheat=preheat)
    if base == "last_year":
        if found.base is None:
            raise CannotTell(N_("{name} has no last year inside the data"), name=found.event.name)
        rows = found.days if preheat else found.days[found.days["phase"] != "preheat"]
        pairs = rows[rows["both"]]
        if pairs.empty:
            raise CannotTell(
                N_("no day of {name} has a counterpart last year"), name=found.event.name
            )
        now = [d.date() for d in pairs["day"]]
        then = [d.date() for d in pairs["day_then"]]
        lone_now = [d for d in mine if d not in set(now)]
        # A day of last year that is still to come this year is no loss yet.
        coming = rows["inside"].eq(False)
        gone = rows[rows["inside_then"].eq(True) & ~rows["both"] & ~coming]
        return now, then, (lone_now, [d.date() for d in gone["day_then"]])
    first = found.event.since
    start = first - timedelta(days=len(mine))
    if start < data_days(shop).start:
        raise CannotTell(
            N_("the data hold no {n} days before {name} to compare it with"),
            n=len(mine),
            name=found.event.name,
        )
    before = Period(start, first)
    days = [before.start + timedelta(days=k) for k in range(before.days)]
    return mine, days, ([], [])


def _money(window: Window, measure: str) -> float:
    return window.net if measure == "net" else window.paid
