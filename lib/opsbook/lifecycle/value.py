"""What each customer is worth over a horizon, and how sure that is."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_, count, money, per_cent, t
from opsbook.lifecycle.bg_nbd import Floats, Kind
from opsbook.lifecycle.calibration import Calibration
from opsbook.lifecycle.customer_base import ClockName, CustomerBase, customer_base
from opsbook.lifecycle.gamma_gamma import Spend, fit_spend
from opsbook.lifecycle.margin import Margin, margin_of
from opsbook.lifecycle.value_spread import (
    chance_variance,
    delta_variance,
    drawn_spread,
    spend_variance,
)
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Values", "customer_values"]

NEEDS = {"orders": ("order_id", "order_ts", "customer_id"), "order_lines": ("order_id",)}
_STEPS = 4
"""Parts of the horizon that are discounted apart."""


@dataclass(frozen=True)
class Values:
    """What the customers of a shop are worth over a horizon.

    Args:
        base: The customers and their models.
        spend: The model of what they spend.
        frame: One row per customer, the most valuable first: ``customer_id, last_day,
            frequency`` (repeat purchase days), ``orders, gmv`` (so far), ``alive`` (chance to
            be still a customer), ``purchases`` (expected within the horizon), ``none``
            (chance of none), ``spend`` (expected per purchase), ``value`` (expected margin
            within the horizon, discounted), ``low, high`` (interval of that expectation from
            the uncertainty of the parameters), ``spread`` (standard deviation of what the
            customer will really bring, by chance).
        horizon_days: Days ahead.
        margin: Margin reckoned with.
        discount_rate: Per year.
        low: Lower end of the total: parameters and chance.
        high: Upper end.
        level: Confidence of the intervals.
        calibration: Test of the model on held-out days; None if not made.
    """

    base: CustomerBase
    spend: Spend
    frame: pd.DataFrame
    horizon_days: int
    margin: Margin
    discount_rate: float
    low: float
    high: float
    level: float
    calibration: Calibration | None = None

    @property
    def currency(self) -> str:
        """ISO code."""
        return self.base.currency

    @property
    def total(self) -> float:
        """Expected margin of all customers within the horizon."""
        return float(self.frame["value"].sum())

    @property
    def trusted(self) -> bool:
        """Whether values of single customers may be acted on: no test has refuted the model."""
        return self.calibration is None or self.calibration.fits

    @cached_property
    def deciles(self) -> pd.DataFrame:
        """Customers in ten groups of equal size by value.

        Returns:
            One row per group, best first: ``group`` (1 to 10), ``customers, value`` (sum),
            ``share, gmv`` (so far), ``alive`` (mean), ``purchases`` (mean).
        """
        place = np.arange(len(self.frame)) * 10 // len(self.frame) + 1
        found = self.frame.groupby(place).agg(
            customers=("value", "size"),
            value=("value", "sum"),
            gmv=("gmv", "sum"),
            alive=("alive", "mean"),
            purchases=("purchases", "mean"),
        )
        found.insert(2, "share", found["value"] / max(self.total, 1e-12))
        return found.rename_axis("group").reset_index()

    def top_share(self, share: float = 0.1) -> float:
        """Share of the value that the best customers hold."""
        best = int(np.ceil(share * len(self.frame)))
        return float(self.frame["value"].iloc[:best].sum() / max(self.total, 1e-12))

    def at_risk(
        self, *, best: float = 0.2, alive: tuple[float, float] = (0.1, 0.5)
    ) -> pd.DataFrame:
        """Customers who would be among the best, and may well have left.

        Args:
            best: Share of customers that counts as the best, by worth if still there.
            alive: Chances to be still there between which a customer is at risk; below the
                first one the customer is given up.

        Returns:
            Rows of ``frame`` with ``worth`` (value if the customer were surely still there)
            and ``lost`` (worth less value), the largest loss first.
        """
        worth = self.frame["value"] / self.frame["alive"].clip(lower=1e-9)
        frame = self.frame.assign(worth=worth, lost=worth - self.frame["value"])
        cut = worth.nlargest(max(1, int(np.ceil(best * len(frame))))).min()
        found = frame[(frame["worth"] >= cut) & frame["alive"].between(*alive)]
        return found.sort_values(["lost", "customer_id"], ascending=[False, True])

    def headline(self) -> str:
        """The answer in one sentence, withheld where the model does not fit."""
        if not self.trusted and self.calibration is not None:
            return self.calibration.verdict()
        return t(
            "{share} of customers hold {held} of the value of the next {days} days",
            share=per_cent(0.1, 0),
            held=per_cent(self.top_share(), 0),
            days=self.horizon_days,
        )

    def words(self) -> str:
        """Total with interval, margin, discount, models."""
        return t(
            "{n} customers are expected to bring {total} in the next {days} days "
            "({level} interval {low} to {high}; {margin}; discounted by {rate} a year). {base} "
            "{spend}.",
            n=count(len(self.frame)),
            total=money(self.total, self.currency),
            days=self.horizon_days,
            level=per_cent(self.level, 0),
            low=money(self.low, self.currency),
            high=money(self.high, self.currency),
            margin=self.margin.words(),
            rate=per_cent(self.discount_rate, 0),
            base=self.base.words(),
            spend=self.spend.words(),
        )


@shared
def customer_values(
    shop: Shop,
    end: date | None = None,
    *,
    base: CustomerBase | None = None,
    horizon_days: int = 365,
    margin: float | None = None,
    discount_rate: float = 0.1,
    model: Kind | Literal["best"] = "best",
    clock: ClockName = "calendar",
    calibration: Calibration | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Values:
    """Value of every named customer over a horizon.

    Args:
        shop: Needs ``orders.customer_id`` and order lines.
        end: Day after the last one observed; all of the data unless given.
        base: Fitted customers, if at hand; then ``end, model, clock`` are not used.
        horizon_days: Days ahead, at least 1.
        margin: Gross margin as a fraction of sales; from the data unless given.
        discount_rate: Per year, 0 to 1: 0.1 makes a yuan in a year worth 0.91 today.
        model: ``BG/NBD``, ``MBG/NBD`` or ``best``.
        clock: ``calendar`` or ``activity``.
        calibration: Test of the model, from ``calibrate``; a failed one marks the values.
        level: Confidence of the intervals, 0.5 to 0.999.
        seed: Seed of the draws from the parameters' uncertainty.

    Raises:
        CannotTell: Customers or amounts are unknown, too few repeaters, or spend is tied
            to frequency.
        ParameterError: An option out of its range.
    """
    shop.require(NEEDS)
    if not 0 <= discount_rate <= 1:
        raise ParameterError(
            N_("discount_rate {value} is not a yearly rate; use 0.1 for 10 %"), value=discount_rate
        )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is not between 0.5 and 0.999"), value=level)
    base = base or customer_base(shop, end, model=model, clock=clock)
    rate = margin_of(shop, Period(base.start, base.end), margin)
    spend = fit_spend(base.histories)
    past = base.histories
    ahead = base.predict(horizon_days)
    x = past["frequency"].to_numpy(np.int64)
    each = spend.expected(x, past["monetary"].to_numpy(np.float64))
    factor, relative = _per_group(base, horizon_days, discount_rate)
    per_purchase = rate.rate * each * factor
    value = ahead["purchases"].to_numpy() * per_purchase
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    half = z * np.sqrt(relative + spend_variance(spend, x, past["monetary"].to_numpy(np.float64)))
    variance = chance_variance(spend, x, each, ahead) * (rate.rate * factor) ** 2
    frame = pd.DataFrame(
        {
            **{c: past[c] for c in ("customer_id", "last_day", "frequency", "orders", "gmv")},
            "alive": ahead["alive"],
            "purchases": ahead["purchases"],
            "none": ahead["none"],
            "spend": each,
            "value": value,
            "low": value * np.exp(-half),
            "high": value * np.exp(half),
            "spread": np.sqrt(variance),
        }
    )
    rng = np.random.default_rng(seed)
    relative_sd = drawn_spread(base, spend, horizon_days, rng)
    total = float(value.sum())
    sd = float(np.sqrt((relative_sd * total) ** 2 + variance.sum()))
    frame = frame.sort_values(["value", "customer_id"], ascending=[False, True], ignore_index=True)
    return Values(
        *(base, spend, frame, horizon_days, rate, discount_rate),
        *(max(total - z * sd, 0.0), total + z * sd, level, calibration),
    )


def _per_group(base: CustomerBase, days: int, discount_rate: float) -> tuple[Floats, Floats]:
    """Discount on expected purchases, and the relative variance of the expectation."""
    factor, relative = np.ones(len(base.histories)), np.zeros(len(base.histories))
    ends = [max(1, round(days * (i + 1) / _STEPS)) for i in range(_STEPS)]
    middle = (np.array([0, *ends[:-1]]) + np.array(ends)) / 2
    present = (1 + discount_rate) ** (-middle / 365)
    for group in base.groups:
        steps = np.array([group.moments(base.horizon(d))[0] for d in ends])
        parts = np.diff(steps, axis=0, prepend=0.0)
        total = np.maximum(steps[-1], 1e-300)
        factor[group.rows] = ((present @ parts) / total)[group.cell]
        relative[group.rows] = delta_variance(group, base.horizon(days), total)[group.cell]
    return factor, relative
