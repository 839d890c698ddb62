"""What each replayed case is about: its decision, the curves to look at, and the money.

What the simulation does not know, such as the cost of room, is assumed in ``Costs``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from opsbook.demo.decisions import (
    Assortment,
    Capacity,
    ChannelMix,
    Decision,
    WinBack,
    usual_mix,
)
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.cash_ahead import cash_path
from opsbook.teach.replay_costs import Costs
from opsbook.teach.replay_runs import DAYS, ORDERS
from opsbook.teach.replay_weeks import COHORT

__all__ = ["CASES", "Context", "Curve", "Replayed", "replayed"]


@dataclass(frozen=True)
class Context:
    """What a curve may need beside the weeks themselves.

    Args:
        choice: The decision that was simulated.
        costs: What is assumed.
        untouched: Weeks of the scenario's shop with the same seed.
        start: Week in which the decision takes effect.
    """

    choice: Decision
    costs: Costs
    untouched: pd.DataFrame
    start: int


Read = Callable[[pd.DataFrame, Context], "pd.Series[float]"]


@dataclass(frozen=True)
class Curve:
    """One figure by week.

    Args:
        name: Of the figure, as in ``Replay.curves``.
        label: What it is called, English, with its unit.
        kind: ``money, count, share`` or ``days``; how it is written.
        read: From weeks to values.
        last: How the table sums it up: ``end`` or ``worst`` (highest).
    """

    name: str
    label: str
    kind: str
    read: Read
    last: str = "end"


@dataclass(frozen=True)
class Replayed:
    """A case that can be replayed.

    Args:
        id: Catalogue id.
        untouched: What the scenario's shop did.
        acted: What it does with the scenario's intervention.
        start: Where in the period the decision takes effect, 0 to 1.
        curves: What is shown; the first is the money that is judged.
    """

    id: str
    untouched: Decision
    acted: Decision
    start: float
    curves: tuple[Curve, ...] = field(repr=False)

    @property
    def first_week(self) -> int:
        """Week of the period in which the decision takes effect."""
        return int(self.start * DAYS) // 7

    def beside(self, choice: Decision) -> "Replayed":
        """The case with the same luck from outside as a decision: the same channel gets dear."""
        if not isinstance(choice, ChannelMix):
            return self
        both = (self.untouched, self.acted)
        mixes = [replace(m, dear=choice.dear) for m in both if isinstance(m, ChannelMix)]
        return replace(self, untouched=mixes[0], acted=mixes[1])


def replayed(case_id: str) -> Replayed:
    """A case by its id.

    Raises:
        ParameterError: It cannot be replayed.
    """
    for case in CASES:
        if case.id == case_id.strip().upper():
            return case
    raise ParameterError(
        N_('case "{id}" cannot be replayed; these can: {choices}'),
        id=case_id,
        choices=", ".join(case.id for case in CASES),
    )


def _cash(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    opening = c.costs.reserve_weeks * float(c.untouched["sales"].head(26).mean())
    return cash_path(weeks, opening, c.costs.operating)


def _worth(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    """Cash, and what the goods in stock would fetch."""
    return _cash(weeks, c) + weeks["stock"] * c.costs.stock_worth


def _cover(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    # A quarter of sales: a week is too uneven to divide by.
    a_day = weeks["cogs"].rolling(13, min_periods=4).mean() / 7
    return weeks["stock"] / a_day


def _smooth(column: str) -> Read:
    return lambda weeks, c: weeks[column].rolling(4, min_periods=1).mean()


def _earned(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    """Margin less advertising, added up from the decision on."""
    gained = (weeks["margin"] - weeks["ads"]).where(weeks.index >= c.start, 0.0)
    return (gained - _programme(weeks, c)).cumsum()


def _programme(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    """What calling customers back costs: contacts, and offers taken, also by the wrong ones."""
    if not isinstance(c.choice, WinBack) or not c.choice.reach:
        return weeks["leaving"] * 0.0
    leaving = weeks["leaving"].where(weeks.index >= c.start, 0.0) / (1 - c.choice.kept)
    reached = leaving * c.choice.reach
    mistaken = reached * c.costs.false_alarms
    taken = leaving * c.choice.kept + mistaken
    return (reached + mistaken) * c.costs.contact + taken * c.choice.offer


def _cac(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    ads, new = (weeks[name].rolling(13, min_periods=4).sum() for name in ("ads", "new"))
    return ads / new.clip(lower=1)


def _earned_back(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    """Margin per customer over the cost of winning one, by weeks since the first order."""
    some = weeks.iloc[COHORT[0] : COHORT[1]]
    cost = float(some["ads"].sum()) / max(float(some["new"].sum()), 1.0)
    return weeks["cohort"] / cost


def _turned_away(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    """Margin of the orders turned away, late parcels and room, as money gone.

    Orders that are turned away change whom chance picks afterwards; counted at the mean
    margin of an order, the money follows from the decision and not from that luck.
    """
    each = float(c.untouched["margin"].sum()) / max(float(c.untouched["orders"].sum()), 1.0)
    factor = c.choice.factor if isinstance(c.choice, Capacity) else 0.0
    room = factor * ORDERS / DAYS * c.costs.room * 7 / 365
    gone = weeks["lost"] * each + weeks["late"] * c.costs.late + room
    return -gone.cumsum()


def _late_share(weeks: pd.DataFrame, c: Context) -> "pd.Series[float]":
    late, orders = (weeks[n].rolling(4, min_periods=1).sum() for n in ("late", "orders"))
    return late / np.maximum(orders, 1)


CASES = (
    Replayed(
        "J18",
        Assortment(),
        Assortment(added=1_700, tested=1.0),
        0.45,
        (
            Curve("worth", N_("cash and what stock would fetch, CNY"), "money", _worth),
            Curve("cash", N_("cash, CNY"), "money", _cash),
            Curve("cover", N_("days of stock"), "days", _cover),
            Curve("sales", N_("sales a week, CNY, mean of 4"), "money", _smooth("sales")),
        ),
    ),
    Replayed(
        "J19",
        ChannelMix(),
        ChannelMix(usual_mix()),
        0.6,
        (
            Curve("earned", N_("margin after ads, added up, CNY"), "money", _earned),
            Curve("sales", N_("sales a week, CNY, mean of 4"), "money", _smooth("sales")),
            Curve("cac", N_("ads per new customer, CNY, 13 weeks"), "money", _cac),
        ),
    ),
    Replayed(
        "J20",
        WinBack(),
        WinBack(reach=0.75, offer=20.0),
        0.4,
        (
            Curve("earned", N_("margin after ads and programme, added up, CNY"), "money",
                  _earned),
            Curve("quiet", N_("share of customers quiet for 90 days"), "share", lambda w, c:
                  w["quiet"]),
            Curve("sales", N_("sales a week, CNY, mean of 4"), "money", _smooth("sales")),
            Curve("earned_back", N_("CAC earned back, by weeks as a customer"),
                  "share", _earned_back),
        ),
    ),
    Replayed(
        "J21",
        Capacity(),
        Capacity(8.0),
        0.0,
        (
            Curve("gone", N_("money gone: orders lost, late ones, room, CNY"), "money",
                  _turned_away),
            Curve("lost", N_("orders turned away, added up"), "count", lambda w, c:
                  w["lost"].cumsum()),
            Curve("late", N_("share of orders late, 4 weeks"), "share", _late_share, "worst"),
        ),
    ),
)  # fmt: skip
"""The cases in the order of their ids."""
