"""Does the model of repeat buying hold on this shop? Fitted to the past, judged by the future."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.language import day as in_words
from opsbook.lifecycle.bg_nbd import Kind
from opsbook.lifecycle.calibration_groups import by_frequency, by_prediction
from opsbook.lifecycle.customer_base import ClockName, CustomerBase, customer_base
from opsbook.lifecycle.everyday import everyday_words
from opsbook.lifecycle.purchases import purchase_days
from opsbook.lifecycle.repeat_days import repeat_days
from opsbook.lifecycle.tracking import past_histogram, total_interval, tracking
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["LIMITS", "Calibration", "calibrate"]

LIMITS = {"dispersion": 1.5, "total": 0.2, "histogram": 0.05}
"""Beyond any of these the model does not fit: how many times more customers scatter about
their prediction than it says; error of the total; share of customers put in a wrong bin."""
_LEAST = 30


@dataclass(frozen=True)
class Calibration:
    """A model fitted up to a day, and what its customers then did.

    Args:
        base: The customers, fitted up to the split.
        end: Day after the last one compared.
        customers: One row per customer: ``customer_id, frequency, purchases`` (predicted),
            ``variance, none`` (chance to buy nothing), ``actual`` (purchases that came).
        tracking: One row per week: ``day`` (its last), cumulative repeat purchases
            ``actual`` and ``expected`` of customers known at the split, ``held_out``.
        histogram: One row per bin of repeat purchases before the split: ``low, high``
            (equal but for the last), ``actual, expected`` customers.
        low: Lower end of the predicted total: parameters and chance.
        high: Upper end.
        level: Confidence of the interval.
    """

    base: CustomerBase
    end: date
    customers: pd.DataFrame
    tracking: pd.DataFrame
    histogram: pd.DataFrame
    low: float
    high: float
    level: float

    @property
    def split(self) -> date:
        """First day held out."""
        return self.base.end

    @property
    def days(self) -> int:
        """Days held out."""
        return (self.end - self.split).days

    @property
    def predicted(self) -> float:
        """Purchases predicted for the days held out."""
        return float(self.customers["purchases"].sum())

    @property
    def actual(self) -> int:
        """Purchases that came."""
        return int(self.customers["actual"].sum())

    @property
    def error(self) -> float:
        """Predicted against actual, a fraction: 0.05 is five per cent too many."""
        return self.predicted / self.actual - 1 if self.actual else float("inf")

    @cached_property
    def dispersion(self) -> tuple[float, float, float]:
        """Squared error of customers over what the model expects of it, with its interval.

        1 if customers vary as the model says; above it its intervals are too narrow.
        """
        variance = self.customers["variance"].to_numpy()
        square = (self.customers["actual"] - self.customers["purchases"]).to_numpy() ** 2
        ratio = float(square.sum() / variance.sum())
        error = float(np.std(square - ratio * variance) / variance.mean() / len(variance) ** 0.5)
        return ratio, ratio - 1.96 * error, ratio + 1.96 * error

    @property
    def misplaced(self) -> float:
        """Share of customers that the model puts into a wrong bin of the past histogram."""
        gap = (self.histogram["actual"] - self.histogram["expected"]).abs().sum()
        return float(gap / 2 / self.histogram["actual"].sum())

    @property
    def faults(self) -> tuple[str, ...]:
        """Which of the three checks fail: ``dispersion, total, histogram``."""
        missed = abs(self.error) > LIMITS["total"] and not self.low <= self.actual <= self.high
        checks = {
            "dispersion": self.dispersion[1] > LIMITS["dispersion"],
            "total": missed,
            "histogram": self.misplaced > LIMITS["histogram"],
        }
        return tuple(name for name, wrong in checks.items() if wrong)

    @property
    def fits(self) -> bool:
        """Whether values per customer may be shown."""
        return not self.faults

    def by_frequency(self) -> pd.DataFrame:
        """Predicted and actual purchases by repeat purchases so far; see ``by_frequency``."""
        return by_frequency(self.customers, self.histogram)

    def by_prediction(self) -> pd.DataFrame:
        """Ten groups by predicted purchases, and their scatter; see ``by_prediction``."""
        return by_prediction(self.customers)

    def verdict(self) -> str:
        """Whether the model fits, in one sentence with the reason."""
        if self.fits:
            return t("The model of repeat buying fits this shop")
        reasons = {
            "dispersion": t(
                "customers scatter {ratio} times as much as it says",
                ratio=count(self.dispersion[0], 1),
            ),
            "total": t("its total is off by {error}", error=per_cent(self.error, sign=True)),
            "histogram": t(
                "it misplaces {share} of customers in the count of past purchases",
                share=per_cent(self.misplaced),
            ),
        }
        return t(
            "The model of repeat buying does not fit this shop: {reasons}",
            reasons=t("; ").join(reasons[name] for name in self.faults),
        )

    def words(self) -> str:
        """Prediction, outcome and verdict in full."""
        text = t(
            "Fitted up to {split}, the model foresaw {predicted} purchases of {n} customers in "
            "the {days} days that followed ({low} to {high}); {actual} came ({error}). "
            "Customers scatter {ratio} times as much as it says (1 is perfect, {limit} the "
            "limit), and it puts {share} of them into a wrong class of past purchases. {verdict}.",
            split=in_words(self.split),
            predicted=count(self.predicted),
            n=count(len(self.customers)),
            days=self.days,
            low=count(self.low),
            high=count(self.high),
            actual=count(self.actual),
            error=per_cent(self.error, sign=True),
            ratio=count(self.dispersion[0], 2),
            limit=count(LIMITS["dispersion"], 1),
            share=per_cent(self.misplaced),
            verdict=self.verdict()
            if self.fits
            else t(
                "So the model does not fit this shop, and values of single customers are withheld"
            ),
        )
        text += " " + t(
            "The interval takes the shop's pace to stay as it was: growth and festivals come on "
            "top of it."
        )
        why = everyday_words(self.customers["frequency"], self.base.main.fit.parameters.kind)
        if "dispersion" in self.faults and why:
            text += " " + why
        return text


@shared
def calibrate(
    shop: Shop,
    split: date | None = None,
    end: date | None = None,
    *,
    model: Kind | Literal["best"] = "best",
    clock: ClockName = "calendar",
    level: float = 0.95,
    seed: int = 1,
    day_grid: bool = True,
) -> Calibration:
    """Fit up to a day and compare with what came after.

    Args:
        shop: Needs ``orders.customer_id``.
        split: First day held out; two thirds of the data unless given.
        end: Day after the last one compared; all of the data unless given.
        model: As for ``customer_base``.
        clock: As for ``customer_base``.
        level: Confidence of the total's interval, 0.5 to 0.999.
        seed: Seed of the draws from the parameters' uncertainty.
        day_grid: As for ``customer_base``; False for the model as published.

    Raises:
        CannotTell: Fewer than 30 days or no repeat buyer on either side of the split.
        ParameterError: The split lies outside the data.
    """
    span = data_days(shop)
    end = min(end or span.end, span.end)
    given = split is not None
    split = split or span.start + timedelta(days=round((end - span.start).days * 2 / 3))
    if given and not span.start < split < end:
        raise ParameterError(
            N_("split {value} lies outside the data, which runs from {start} to {last}"),
            value=split,
            start=span.start,
            last=end - timedelta(days=1),
        )
    if (end - split).days < _LEAST or (split - span.start).days < _LEAST:
        raise CannotTell(
            N_(
                "a model can be tested with {least} days on each side of {split}; the data run "
                "from {start} to {last}"
            ),
            least=_LEAST,
            split=split,
            start=span.start,
            last=end - timedelta(days=1),
        )
    base = customer_base(shop, split, model=model, clock=clock, day_grid=day_grid)
    days = (end - split).days
    ahead = base.predict(days).assign(frequency=base.histories["frequency"])
    later = purchase_days(shop, end)
    later = later.filter(later.day >= ibis.literal(split))
    came = later.group_by("customer_id").aggregate(actual=later.count()).execute()
    known = ahead.merge(came, how="left", on="customer_id")
    known["actual"] = known["actual"].fillna(0).astype("int64")
    if not known["actual"].any():
        raise CannotTell(
            N_("none of {n} customers bought again from {split} on; nothing to compare with"),
            n=count(len(known)),
            split=split,
        )
    low, high = total_interval(base, days, known, level, np.random.default_rng(seed))
    tracked = tracking(base, repeat_days(shop, end, before=split), end)
    return Calibration(base, end, known, tracked, past_histogram(base), low, high, level)
