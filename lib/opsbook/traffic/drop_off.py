"""Where the funnel loses most, in money: against its own past, other devices, and faults."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.step_days import step_days
from opsbook.traffic.step_faults import StepFault, step_faults
from opsbook.traffic.step_rates import (
    against_past,
    clustered_interval,
    clustered_share,
    corrected,
)
from opsbook.traffic.steps import SHOP_STEPS, Step
from opsbook.traffic.visit_worth import VisitWorth, visit_worth

__all__ = ["DropOff", "FaultCost", "drop_off"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FaultCost:
    """A fault of one step, with what it cost.

    Args:
        fault: Step, device, days, visits.
        lost_paying: Visits that would have paid, had they not been lost at the step.
        money: What they are worth; None without amounts.
        in_period: Whether a day of it lies in the period.
    """

    fault: StepFault
    lost_paying: float
    money: float | None
    in_period: bool


@dataclass(frozen=True)
class DropOff:
    """The funnel of the period, its losses and what they are worth.

    Args:
        period: Days reported.
        past: What it is compared with: the same weekdays a year before, else the period
            before; None where the data hold neither.
        a_year: Whether ``past`` is a year back.
        names: Names of the steps; the first stands for all visits.
        types: Event type of each, empty where a step is told by something else.
        steps: One row per device and step from 1, ``group`` empty for all together:
            ``group, step, name, before`` (visits at the step before), ``reached, rate, low,
            high`` (days as clusters, fraction), ``past_rate``, ``past_change`` (of the rate,
            fraction of ``past_rate``), ``past_low, past_high`` (its interval), ``past_p``
            (corrected for being many), ``past_money`` (what the change is worth in the
            period, negative is lost), ``peer`` (device with the highest rate), ``peer_rate``,
            ``peer_money`` (what reaching it would bring), ``loss_money`` (what all lost at
            the step would have brought, had they gone on like the others: an upper bound).
        faults: Days on which one device fell short at one step, all days of the data, the
            costliest first.
        worth: Money of a paying visit.
        days: From ``step_days``, all days.
        level: Confidence of the intervals.
        shop: Title of the shop.
        currency: ISO code.
    """

    period: Period
    past: Period | None
    a_year: bool
    names: tuple[str, ...]
    types: tuple[str, ...]
    steps: pd.DataFrame
    faults: tuple[FaultCost, ...]
    worth: VisitWorth
    days: pd.DataFrame
    level: float
    shop: str
    currency: str

    def of(self, group: str = "") -> pd.DataFrame:
        """Rows of one device; of all together without a name."""
        return self.steps[self.steps["group"] == group]

    @property
    def groups(self) -> list[str]:
        """Devices, the one with most visits first."""
        first = self.steps[(self.steps["step"] == 1) & (self.steps["group"] != "")]
        return list(first.sort_values("before", ascending=False)["group"])


@shared
def drop_off(
    shop: Shop,
    period: Period,
    *,
    steps: tuple[Step, ...] = SHOP_STEPS,
    window: timedelta = timedelta(days=1),
    by: str = "device",
    fewest: int = 200,
    level: float = 0.95,
) -> DropOff:
    """Rank the losses of the funnel within a visit.

    Args:
        shop: Needs ``sessions`` with ``start_ts`` and ``events``; orders with lines for money.
        period: Days reported.
        steps: Ordered steps; the last one is the payment. All visits stand before the first.
        window: Longest time from the first step to the last.
        by: Column of ``sessions`` that makes the devices.
        fewest: Visits before a step from which a device is compared, 30 to 100,000.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: Tables are missing, or no visit of the period reached the first step.
        ParameterError: ``fewest`` or ``level`` is out of range.
    """
    if not 30 <= fewest <= 100_000:
        raise ParameterError(
            N_("fewest {value} is out of bounds; use 30 to 100,000 visits"), value=fewest
        )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    days = step_days(shop, steps=steps, window=window, by=by)
    now = _inside(days, period)
    last = f"step_{len(steps)}"
    if now.empty or not now["step_1"].sum():
        raise CannotTell(
            N_('no visit in {period} reached the step "{step}"'),
            period=str(period),
            step=steps[0].name,
        )
    past, a_year = _past(days, period)
    worth = visit_worth(shop, period, int(now[last].sum()))
    names = ("visit", *(step.name for step in steps))
    kinds = [dict(step.where).get("type") for step in steps]
    types = ("", *(kind if isinstance(kind, str) else "" for kind in kinds))
    table = _steps(now, _inside(days, past) if past else None, names, worth, fewest, level)
    costs = [_cost(fault, days, len(steps), worth, period) for fault in step_faults(days)]
    costs.sort(key=lambda c: -(c.money if c.money is not None else c.lost_paying))
    return DropOff(
        period, past, a_year, names, types, table, tuple(costs), worth, days, level, shop.title,
        shop.currency,
    )  # fmt: skip


def _inside(days: pd.DataFrame, span: Period) -> pd.DataFrame:
    first, after = pd.Timestamp(span.start), pd.Timestamp(span.end)
    return days[(days["date"] >= first) & (days["date"] < after)]


def _past(days: pd.DataFrame, period: Period) -> tuple[Period | None, bool]:
    first: date = days["date"].min().date()
    for span, a_year in ((period.last_year(), True), (period.before(), False)):
        if span.start >= first:
            return span, a_year
    return None, False


def _steps(
    now: pd.DataFrame,
    past: pd.DataFrame | None,
    names: tuple[str, ...],
    worth: VisitWorth,
    fewest: int,
    level: float,
) -> pd.DataFrame:
    columns = [f"step_{n}" for n in range(len(names))]
    groups = ["", *(g for g in now["group"].unique() if g)]
    rows = []
    for group in groups:
        mine = (now if group == "" else now[now["group"] == group]).groupby("date")[columns].sum()
        if past is None:
            then = mine.iloc[:0]
        else:
            then = past if group == "" else past[past["group"] == group]
            then = then.groupby("date")[columns].sum()
        sums = mine.sum().to_numpy(float)
        for n in range(1, len(names)):
            a, b = mine[columns[n - 1]].to_numpy(float), mine[columns[n]].to_numpy(float)
            rate, error = clustered_share(a, b)
            low, high = clustered_interval(sums[n], sums[n - 1], rate, error, level)
            onward = sums[-1] / sums[n] if sums[n] else 0.0
            row = {
                "group": group, "step": n, "name": names[n], "before": int(sums[n - 1]),
                "reached": int(sums[n]), "rate": rate, "low": low, "high": high,
                "onward": onward,
                "loss_money": _money(worth, (sums[n - 1] - sums[n]) * onward),
            }  # fmt: skip
            old = clustered_share(
                then[columns[n - 1]].to_numpy(float), then[columns[n]].to_numpy(float)
            )
            enough = sums[n - 1] >= fewest and then[columns[n - 1]].sum() >= fewest
            rows.append(row | against_past((rate, error), old, sums[n - 1], onward, worth, level,
                                            enough))  # fmt: skip
    table = pd.DataFrame(rows)
    table["past_p"] = corrected(table["past_p"].to_numpy(float))
    return _against_peers(table, worth, fewest)


def _against_peers(table: pd.DataFrame, worth: VisitWorth, fewest: int) -> pd.DataFrame:
    peers: list[tuple[str, float, float | None]] = []
    for row in table.itertuples():
        same = table[(table["step"] == row.step) & (table["group"] != "")]
        same = same[same["before"] >= fewest]
        best = same.loc[same["rate"].idxmax()] if len(same) > 1 else None
        if best is None or not row.group or row.before < fewest or best["group"] == row.group:
            peers.append(("", float("nan"), None))
            continue
        gain = (best["rate"] - row.rate) * row.before * row.onward
        peers.append((str(best["group"]), float(best["rate"]), worth.of(gain)))
    names = ("peer", "peer_rate", "peer_money")
    return table.assign(**{name: [p[i] for p in peers] for i, name in enumerate(names)})


def _money(worth: VisitWorth, visits: float) -> float:
    found = worth.of(visits)
    return float("nan") if found is None else found


def _cost(
    fault: StepFault, days: pd.DataFrame, last: int, worth: VisitWorth, period: Period
) -> FaultCost:
    """Lost at the step x share that goes on from it to the payment on other days x worth."""
    mine = days[days["group"] == fault.group]
    first, after = pd.Timestamp(fault.start), pd.Timestamp(fault.end)
    near = timedelta(days=28)
    around = mine[(mine["date"] >= first - near) & (mine["date"] < after + near)]
    around = around[(around["date"] < first) | (around["date"] >= after)]
    there, paid = float(around[f"step_{fault.step}"].sum()), float(around[f"step_{last}"].sum())
    lost = fault.lost * (paid / there if there else 0.0)
    inside = fault.start < period.end and period.start < fault.end
    return FaultCost(fault, lost, worth.of(lost), inside)
