"""Where the supply chain loses most money: every leak as money a year, none counted twice."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.returns_rate import Returns
from opsbook.supply.timeliness import Timeliness

__all__ = ["AREAS", "Area", "Bottleneck", "Bottlenecks", "bottlenecks", "late_leaks", "return_leak"]

Area = Literal[
    "stock_out", "excess", "supplier", "procurement", "dispatch", "delivery", "returns", "records"
]
AREAS: tuple[Area, ...] = (
    "stock_out", "excess", "supplier", "procurement", "dispatch", "delivery", "returns", "records"
)  # fmt: skip
"""Parts of the supply chain that can hold it up, from purchase to return."""
_INSIDE: dict[Area, Area] = {"supplier": "stock_out"}
"""Leaks that are part of another one: margin lost while a delivery is overdue is lost to a
stock-out. Goods on the way are in no stock record, so a slow cycle shares nothing."""


@dataclass(frozen=True)
class Bottleneck:
    """One leak, priced.

    Args:
        area: Part of the supply chain.
        money: Loss over ``days``, currency, at least 0; None where it cannot be told.
        basis: How the money was computed, or why it cannot be; in the language in force.
        days: Days the money is for, at least 1.
        low: Lower end of the interval, where there is one.
        high: Upper end.
        shared: Part of a supplier's money that the stock-outs count as well; taken from
            them.
    """

    area: Area
    money: float | None
    basis: str
    days: float = 365.0
    low: float | None = None
    high: float | None = None
    shared: float = 0.0

    def __post_init__(self) -> None:
        if self.area not in AREAS:
            raise ParameterError(
                N_('area "{value}" is not known; use one of {names}'),
                value=self.area, names=", ".join(AREAS),
            )  # fmt: skip
        if self.days < 1:
            raise ParameterError(N_("days {value} is out of range; use 1 or more"), value=self.days)
        if self.money is not None and not self.money >= 0:
            raise ParameterError(
                N_("money {value} of {area} must be a loss of 0 or more"),
                value=self.money, area=self.area,
            )  # fmt: skip

    def yearly(self) -> "Bottleneck":
        """The same for 365 days."""
        by = 365.0 / self.days

        def times(value: float | None) -> float | None:
            return None if value is None else value * by

        return replace(
            self, money=times(self.money), low=times(self.low), high=times(self.high),
            shared=self.shared * by, days=365.0,
        )  # fmt: skip


@dataclass(frozen=True)
class Bottlenecks:
    """All leaks in the order of what they cost.

    Args:
        ranked: One row per leak that could be priced: ``area, money, low, high`` (currency
            per year), ``share`` (of all), ``clear`` (its interval lies above that of the
            next), ``deducted`` (counted elsewhere, taken off here), ``basis``.
        missing: ``area, basis``: what could not be priced, and why.
        currency: ISO code.
        shop: Title of the shop.
    """

    ranked: pd.DataFrame
    missing: pd.DataFrame
    currency: str
    shop: str

    @property
    def total(self) -> float:
        """Money lost in a year, nothing counted twice."""
        return float(self.ranked["money"].sum())


def bottlenecks(
    leaks: Iterable[Bottleneck], *, currency: str, shop: str, why_missing: str = ""
) -> Bottlenecks:
    """Rank leaks by money a year.

    Of what two areas share the cause keeps it: margin lost for a late supplier is taken
    from the stock-outs, down to nothing.

    Args:
        leaks: One per area at most.
        currency: ISO code of the money.
        shop: Title of the shop.
        why_missing: Said of areas of which nothing was given.

    Raises:
        ParameterError: An area is given twice.
    """
    given = [b.yearly() for b in leaks]
    areas = [b.area for b in given]
    twice = sorted({a for a in areas if areas.count(a) > 1})
    if twice:
        raise ParameterError(
            N_("{areas} given more than once; add the parts up first"), areas=", ".join(twice)
        )
    off: dict[str, float] = {}
    for b in given:
        if b.area in _INSIDE and b.money is not None:
            inner = min(b.shared, b.money)
            off[_INSIDE[b.area]] = off.get(_INSIDE[b.area], 0.0) + inner
    rows = []
    for b in given:
        if b.money is None:
            continue
        less = min(off.get(b.area, 0.0), b.money)
        low = b.money if b.low is None else b.low
        high = b.money if b.high is None else b.high
        rows.append(
            {
                "area": b.area, "money": b.money - less, "low": max(low - less, 0.0),
                "high": max(high - less, 0.0), "has_interval": b.low is not None,
                "deducted": less, "basis": b.basis,
            }
        )  # fmt: skip
    columns = ["area", "money", "low", "high", "has_interval", "deducted", "basis"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.sort_values("money", ascending=False, kind="stable").reset_index(drop=True)
    total = float(table["money"].sum())
    table["share"] = table["money"] / total if total > 0 else 0.0
    table["clear"] = table["low"] > table["high"].shift(-1).fillna(0.0)
    told = set(table["area"])
    said = {b.area: b.basis for b in given if b.money is None}
    gone = [{"area": a, "basis": said.get(a, why_missing)} for a in AREAS if a not in told]
    return Bottlenecks(table, pd.DataFrame(gone, columns=["area", "basis"]), currency, shop)


def late_leaks(found: Timeliness, basis: tuple[str, str]) -> tuple[Bottleneck, Bottleneck]:
    """Late orders priced, those that left late apart from those late on the road.

    Args:
        found: From ``timeliness``.
        basis: How the money of dispatch and of delivery was computed.
    """
    pay, days = found.pay_per_late, float(found.period.days)
    promise = found.share("order_promise")
    by_road = found.late - found.late_sent_late
    parts: list[Bottleneck] = []
    areas: tuple[Area, Area] = ("dispatch", "delivery")
    for area, text, late in zip(areas, basis, (found.late_sent_late, by_road), strict=True):
        # Orders still open at the rate of those decided; the interval is that of the share.
        scale = (promise["cases"] + promise["open"]) / promise["cases"] if promise["cases"] else 1.0
        part = late / found.late if found.late else 0.0
        low, high = (
            (promise["cases"] + promise["open"]) * (1 - promise[end]) * part * pay
            if found.late else 0.0 for end in ("high", "low")
        )  # fmt: skip
        parts.append(
            Bottleneck(area, float(late * scale * pay), text, days, float(low), float(high))
        )
    return parts[0], parts[1]


def return_leak(found: Returns, basis: str, *, part: float = 1.0) -> Bottleneck:
    """Returns priced, those still to come included.

    Args:
        found: From ``returns_rate``.
        basis: How the money was computed.
        part: Share of the cost that somebody could have prevented, 0 to 1.
    """
    each = part * sum(found.cost.values()) / found.asked if found.asked else 0.0
    low, high = ((found.asked + more) * each for more in (found.to_come_low, found.to_come_high))
    return Bottleneck("returns", part * found.total_cost, basis, found.period.days, low, high)
