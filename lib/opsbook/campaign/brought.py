"""What an event brought, as a result: gains with intervals, by part and by measure."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.campaign.level_moved import Moved
from opsbook.language import count, money, per_cent, t
from opsbook.reference.calendar import name_of
from opsbook.shop.periods import Period

__all__ = ["Brought", "Gain", "Lift"]

_STEPPED = 1 / 3
"""Chance of a lasting step above which a reader has to know of it."""


@dataclass(frozen=True)
class Gain:
    """A sum over some days: what was, what would have been, and the difference.

    Args:
        actual: What was counted.
        baseline: What would have been expected without the event.
        low: Lower end of the interval of ``gain``.
        high: Upper end.
    """

    actual: float
    baseline: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """Counted minus expected."""
        return self.actual - self.baseline

    @property
    def real(self) -> bool:
        """Whether the interval leaves nothing out."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Lift:
    """One measure of one event.

    Args:
        measure: ``orders, gmv`` or ``margin``.
        frame: One row per day shown: ``day, actual, baseline, low, high, part`` (``before,
            preheat, peak, tail, after`` or empty), ``learnt`` (whether the fit used it).
        parts: The parts of the event that have days, in order, each with its gain.
        event: Gain of the event's own days, warm-up and tail included.
        net: Gain with the days before and after it.
        around: Gain of every day but the peak's: what was pulled forward into it, or came
            with it; None where there are only peak days.
        placebos: One row per placebo date: ``start, days, actual, baseline, error`` (relative
            error of the method), ``z``.
        widened: Factor on the model's own error that the placebo dates asked for, at least 1.
        placebo_p: Share of placebo dates, the event included, off by as much as the event.
        stepped: Chance that the level of ordinary days stepped up or down for good near the
            event; the interval holds it.
        moved: What sales did just before the event and after it; None where not looked at.
    """

    measure: str
    frame: pd.DataFrame
    parts: dict[str, Gain]
    event: Gain
    net: Gain
    around: Gain | None
    placebos: pd.DataFrame
    widened: float
    placebo_p: float
    stepped: float = 0.0
    moved: Moved | None = None


@dataclass(frozen=True)
class Brought:
    """What the event brought, by measure.

    Args:
        name: Event.
        days: Its days inside the data.
        lifts: By measure, as far as the shop's data goes.
        shared_with: Festivals and sales on its days, which it cannot be told from, or only by
            their usual effect.
        learnt_days: Days the baseline was fitted on.
        finished: Whether the event is over; else the days so far are told.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    name: str
    days: Period
    lifts: dict[str, Lift]
    shared_with: tuple[str, ...]
    learnt_days: int
    finished: bool
    currency: str
    level: float
    source: str

    @property
    def main(self) -> Lift:
        """The measure to lead with: sales, or orders where there are none."""
        return self.lifts.get("gmv") or self.lifts["orders"]

    @property
    def moved(self) -> Moved | None:
        """How the level moved of its own accord about the event; None where it did not."""
        sign = self.main.moved
        return sign if sign is not None and sign.seen else None

    def amount(self, lift: Lift, value: float) -> str:
        """A value of a measure in words, with its unit."""
        if lift.measure == "orders":
            return t("{n} orders", n=count(value))
        return money(value, self.currency)

    def headline(self) -> str:
        """What it brought of what was sold, in one sentence."""
        lift = self.main
        if self.moved is not None:
            return self._moved_headline(self.moved)
        peak = lift.parts.get("peak")
        if not lift.net.real and peak is not None and peak.real and peak.gain > 0:
            return t(
                "{event}: the peak brought {gain}; with the days around it nothing is left that "
                "can be told from chance",
                event=self.name,
                gain=self.amount(lift, peak.gain),
            )
        if not lift.net.real:
            return t("{event}: no effect can be told from ordinary ups and downs", event=self.name)
        if lift.net.gain < 0:
            return t(
                "{event} brought less than ordinary days would have: {gain}",
                event=self.name,
                gain=self.amount(lift, lift.net.gain),
            )
        return t(
            "{event} sold {actual}; {gain} of it would not have come anyway",
            event=self.name,
            actual=self.amount(lift, lift.event.actual),
            gain=self.amount(lift, lift.net.gain),
        )

    def _moved_headline(self, moved: Moved) -> str:
        """What can still be said where the level moved before the event or stayed moved."""
        lift = self.main
        if lift.net.real and lift.net.gain > 0:
            return t(
                "{event} sold {actual}; the level moved about the same time, so only {low} to "
                "{high} of it can be ascribed to the event",
                event=self.name,
                actual=self.amount(lift, lift.event.actual),
                low=self.amount(lift, lift.net.low),
                high=self.amount(lift, lift.net.high),
            )
        if moved.kind == "before":
            return t(
                "{event}: sales had moved by {share} before it began; what came on its days "
                "cannot be ascribed to it",
                event=self.name,
                share=per_cent(moved.before, 0, sign=True),
            )
        return t(
            "{event}: sales stayed {share} away from their old level after it; a lasting change of "
            "the same weeks cannot be told from the event",
            event=self.name,
            share=per_cent(moved.after, 0, sign=True),
        )

    def words(self) -> str:
        """Every measure with its interval, how it was checked, and what shares its days."""
        said = [self._measure_words(lift) for lift in self.lifts.values()]
        lift = self.main
        if len(lift.placebos):
            said.append(
                t(
                    "On {n} other dates without an event the method was off by {typical} "
                    "(root mean square); intervals are {factor} times the model's own.",
                    n=len(lift.placebos),
                    typical=per_cent(float(np.sqrt((lift.placebos["error"] ** 2).mean()))),
                    factor=count(lift.widened, 2),
                )
            )
        if lift.stepped > _STEPPED:
            said.append(
                t(
                    "Around the event the level may have stepped for good (chance {chance}): a "
                    "new price, channel or rival of those days cannot be told from the event.",
                    chance=per_cent(lift.stepped, 0),
                )
            )
        if lift.moved is not None:
            said += lift.moved.words()
        if self.shared_with:
            said.append(
                t(
                    "On the same days: {names}. Festivals count with their usual effect; a sale "
                    "of the same days cannot be told apart.",
                    names=", ".join(name_of(name) for name in self.shared_with),
                )
            )
        if not self.finished:
            said.append(t("The event still runs: the days so far."))
        return " ".join(said)

    def _measure_words(self, lift: Lift) -> str:
        names = {"orders": t("Orders"), "gmv": t("GMV"), "margin": t("Margin")}
        return t(
            "{measure}: {actual} on its days, {baseline} expected without it; net {gain} "
            "[{low}, {high}].",
            measure=names[lift.measure],
            actual=self.amount(lift, lift.event.actual),
            baseline=self.amount(lift, lift.event.baseline),
            gain=self.amount(lift, lift.net.gain),
            low=self.amount(lift, lift.net.low),
            high=self.amount(lift, lift.net.high),
        )
