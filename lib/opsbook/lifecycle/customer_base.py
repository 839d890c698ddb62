"""The customer base of a shop, fitted: who is still there and how often they will buy."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.bg_nbd import Floats, Ints, Kind, Parameters
from opsbook.lifecycle.clock import Clock, activity_clock, calendar_clock, on_clock
from opsbook.lifecycle.fit import Fit, fit_purchases
from opsbook.lifecycle.purchases import Guests, guests, histories
from opsbook.lifecycle.repeat_days import HALF, dead_days, repeat_days
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["CustomerBase", "Group", "customer_base"]

_LEAST_OLDER = 100
"""Repeaters that customers from before the data need for a fit of their own."""
ClockName = Literal["calendar", "activity"]


@dataclass(frozen=True)
class Group:
    """Customers fitted together.

    Args:
        older: Whether they were customers before the data begin: their first purchase in
            the data is a later one of theirs, so they are a different population.
        rows: Their row numbers in the histories.
        cell: For each of them the number of its cell of equal histories.
        cells: ``frequency, recency, age, customers``, one row per cell.
        fit: The model of their repeat buying.
    """

    older: bool
    rows: Ints
    cell: Ints
    cells: pd.DataFrame
    fit: Fit

    def moments(
        self, horizon: float, parameters: Parameters | None = None
    ) -> tuple[Floats, Floats, Floats]:
        """Expected purchases, variance and chance of none, one value per cell."""
        frequency, recency, age = (
            self.cells[c].to_numpy() for c in ("frequency", "recency", "age")
        )
        return (parameters or self.fit.parameters).expected(frequency, recency, age, horizon)


@dataclass(frozen=True)
class CustomerBase:
    """All named customers of a shop up to a day, with models of their repeat buying.

    Args:
        histories: One row per customer, as ``histories`` returns, recency and age by ``clock``.
        groups: New customers, and apart from them those from before the data.
        clock: The clock that times are read from.
        start: First day of the data.
        end: Day after the last one observed.
        guests: Orders that name nobody.
        says_since_when: Whether the data tell how long somebody has been a customer.
        currency: ISO code.
        source: Name of the shop for a figure's source line.
    """

    histories: pd.DataFrame
    groups: tuple[Group, ...]
    clock: Clock
    start: date
    end: date
    guests: Guests
    says_since_when: bool
    currency: str
    source: str

    @property
    def main(self) -> Group:
        """The group whose customers are observed from their first purchase."""
        return self.groups[0]

    def horizon(self, days: int) -> float:
        """Units of the clock in the days that follow."""
        if not days >= 1:
            raise ParameterError(N_("a horizon needs at least one day; got {value}"), value=days)
        return self.clock.between(self.end, self.end + timedelta(days=days))

    def predict(self, days: int) -> pd.DataFrame:
        """What each customer will do in the days that follow.

        Args:
            days: Length of the horizon.

        Returns:
            One row per customer in the order of ``histories``: ``customer_id, alive``
            (chance to be still there), ``purchases`` (expected), ``variance`` (of their
            number), ``none`` (chance to buy nothing).
        """
        horizon = self.horizon(days)
        out = np.zeros((4, len(self.histories)))
        for group in self.groups:
            f, r, a = (group.cells[c].to_numpy() for c in ("frequency", "recency", "age"))
            alive = group.fit.parameters.alive(f, r, a)
            values = np.vstack([alive, *group.moments(horizon)])
            out[:, group.rows] = values[:, group.cell]
        names = ("alive", "purchases", "variance", "none")
        return pd.DataFrame(
            {"customer_id": self.histories["customer_id"], **dict(zip(names, out, strict=True))}
        )

    def words(self) -> str:
        """Models, and what they leave out or assume about the data."""
        parts = [self.main.fit.words()]
        if len(self.groups) > 1:
            older = self.groups[1].fit
            parts.append(
                t(
                    "{n} customers from before the data are fitted apart ({model}), since "
                    "their earlier purchases are unknown.",
                    n=count(older.customers),
                    model=older.parameters.kind,
                )
            )
        if not self.says_since_when:
            parts.append(
                t(
                    "The data do not say since when somebody is a customer, so everybody "
                    "counts as new on the first purchase in them; old customers look younger."
                )
            )
        return " ".join([*parts, self.guests.words()]).strip()


@shared
def customer_base(
    shop: Shop,
    end: date | None = None,
    *,
    since: date | None = None,
    model: Kind | Literal["best"] = "best",
    clock: ClockName = "calendar",
    unit_days: float = 7.0,
    day_grid: bool = True,
) -> CustomerBase:
    """Fit models of repeat buying to a shop's customers.

    Customers who registered before the data begin are fitted apart: those of them who show
    up in the data are the ones who had not left, and their count begins in the middle.

    Args:
        shop: Needs ``orders.customer_id``; ``customers.signup_date`` tells old from new.
        end: Day after the last one observed; all of the data unless given.
        since: Leave out customers who first bought before this day.
        model: ``BG/NBD``, ``MBG/NBD``, or ``best``: whichever is likelier.
        clock: ``calendar``, or ``activity``: days as long as they are busy.
        unit_days: Days in the unit of time of the parameters.
        day_grid: Whether the model knows that purchases of a day count once. Published fits
            of daily data do not, and take the mean gap between purchases for longer.

    Raises:
        CannotTell: The shop does not know its customers, or they do not tell enough.
        ParameterError: Another clock or model.
    """
    if clock not in ("calendar", "activity"):
        raise ParameterError(
            N_('clock "{value}" is not known; use calendar or activity'), value=clock
        )
    span = data_days(shop)
    end = end or span.end
    frame = histories(shop, end, since=since, unit_days=unit_days)
    known = bool(frame["from_start"].notna().any())
    # Without a date of registration the first purchase seen is taken for the first.
    fresh = frame["from_start"].astype("boolean").fillna(True).to_numpy(bool)
    if frame.loc[fresh, "frequency"].gt(0).sum() < min(
        _LEAST_OLDER, frame["frequency"].gt(0).sum()
    ):
        fresh = np.ones(len(frame), bool)
    reading = calendar_clock(span.start, end, unit_days)
    dead, share = 0.0, HALF if day_grid else 0.0
    if clock == "activity" or (day_grid and frame["frequency"].any()):
        repeats = repeat_days(shop, end, new_only=not fresh.all())
        dead = dead_days(repeats) / unit_days if day_grid else 0.0
    if clock == "activity":
        new, days = frame[fresh], {"unit_days": unit_days, "dead_days": share}
        reading = activity_clock(new, repeats, span.start, end, **days)
        dead = reading.dead_time(share, repeats)
        frame = on_clock(frame, reading, end)
    older = np.flatnonzero(~fresh)
    parts = [(False, np.flatnonzero(fresh)), (True, older)]
    if frame["frequency"].to_numpy()[older].astype(bool).sum() < _LEAST_OLDER:
        parts = [(False, np.arange(len(frame)))]
    groups = tuple(_group(frame, rows, is_older, model, dead) for is_older, rows in parts)
    return CustomerBase(
        frame, groups, reading, span.start, end, guests(shop, end), known, shop.currency, shop.title
    )


def _group(
    frame: pd.DataFrame, rows: Ints, older: bool, model: Kind | Literal["best"], dead_time: float
) -> Group:
    part = frame.iloc[rows]
    origin = frame["first_day"].min()
    first = (part["first_day"] - origin).dt.days.to_numpy(np.int64)
    last = (part["last_day"] - origin).dt.days.to_numpy(np.int64)
    times = part["frequency"].to_numpy(np.int64)
    # One number per distinct history: sorting integers is much faster than grouping rows.
    days = int(last.max(initial=0)) + 1
    code = (first * days + last) * (int(times.max(initial=0)) + 1) + times
    _, where, cell, size = np.unique(
        code, return_index=True, return_inverse=True, return_counts=True
    )
    cells = part.iloc[where][["frequency", "recency", "age"]].reset_index(drop=True)
    cells["customers"] = size
    fit = fit_purchases(cells, model, dead_time=dead_time)
    return Group(older, rows, cell.astype(np.int64), cells, fit)
