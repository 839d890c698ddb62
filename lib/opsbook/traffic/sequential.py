"""For those who peek: intervals that stay true however often one looks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.trial_data import control_of, trial_days

__all__ = ["FalseAlarms", "Watch", "any_time_radius", "false_alarms", "watch_trial"]

Floats = NDArray[np.float64]
_LEAST = 10
"""Conversions and non-conversions in each arm before an interval is worth drawing."""


def any_time_radius(error: ArrayLike, *, tuned_error: float, level: float = 0.95) -> Floats:
    """Half width of an interval that holds at all looks together.

    It is the asymptotic confidence sequence with a normal mixture: wider than the usual
    interval at every single look, and right at all of them at once.

    Args:
        error: Standard error of the estimate at each look.
        tuned_error: Standard error at which it should be tightest, the one at the planned
            end. Fixed before the test: choosing it after seeing the effect breaks the promise.
        level: Confidence, 0.5 to 0.999.

    Returns:
        Half widths, in the unit of the errors.

    Raises:
        ParameterError: ``level`` or ``tuned_error`` is out of range.

    Source:
        Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit
        theory and asymptotic confidence sequences, Annals of Statistics 52(6), theorem 2.2;
        tuning of rho as in their appendix B.2.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    if not tuned_error > 0:
        raise ParameterError(N_("tuned_error {value} must be above 0"), value=tuned_error)
    alpha = 1 - level
    information = 1 / np.square(np.asarray(error, float))
    rho_sq = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) * tuned_error**2
    grown = information * rho_sq + 1
    return np.asarray(
        np.sqrt(2 * grown / (information**2 * rho_sq) * np.log(np.sqrt(grown) / alpha))
    )


@dataclass(frozen=True)
class Watch:
    """Difference of conversion rates after each day.

    Args:
        frame: One row per day: ``day, units, control, lift`` (relative to the control's
            rate), ``low, high`` (holds at all days together), ``fixed_low, fixed_high``
            (holds on one day chosen beforehand).
        exp_id: The experiment.
        variant: The arm compared with the control.
        decided: First day on which the any-time interval leaves zero; None if never.
        naive: First day on which the usual interval would have; None if never.
        level: Confidence.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    exp_id: str
    variant: str
    decided: pd.Timestamp | None
    naive: pd.Timestamp | None
    level: float
    source: str

    def words(self) -> str:
        """Whether, and when, one may stop."""
        from opsbook.language import day, per_cent

        last = self.frame.iloc[-1]
        text = t(
            "After {n} units the lift is {lift}, any-time interval {low} to {high}.",
            n=f"{last['units']:,.0f}",
            lift=per_cent(last["lift"], sign=True),
            low=per_cent(last["low"], sign=True),
            high=per_cent(last["high"], sign=True),
        )
        if self.decided is not None:
            more = t(
                "It left zero on {day}; whoever looked every day could have stopped then.",
                day=day(self.decided.date()),
            )
        elif self.naive is not None:
            more = t(
                "The usual interval left zero on {day}; for someone who looks every day that "
                "proves nothing.",
                day=day(self.naive.date()),
            )
        else:
            more = t("It never left zero.")
        return f"{text} {more}"


@shared
def watch_trial(
    shop: Shop,
    exp_id: str,
    *,
    variant: str | None = None,
    planned_units: float | None = None,
    level: float = 0.95,
) -> Watch:
    """Follow one experiment day by day, with intervals for daily looks.

    Args:
        shop: Needs ``experiments`` with ``exposed_ts`` and ``converted``.
        exp_id: The experiment.
        variant: Arm to compare with the control; the largest other arm unless given.
        planned_units: Units of both arms planned for, at which the interval is tightest;
            those recorded so far unless given. Give it for a test that is still running.
        level: Confidence.

    Raises:
        CannotTell: The experiment has no dates, no conversions or a single arm.
    """
    days = trial_days(shop)
    part = days[(days["exp_id"] == exp_id) & days["day"].notna()]
    arms = part.groupby("variant")["units"].sum()
    if len(arms) < 2 or not part["has_converted"].sum():
        raise CannotTell(
            N_("{exp}: following it by day needs two arms, exposed_ts and converted"), exp=exp_id
        )
    control = control_of(arms.index)
    arm = variant or str(arms.drop(control).idxmax())
    if arm not in arms.index:
        raise ParameterError(
            N_('{exp} has no arm "{value}"; it has {arms}'),
            exp=exp_id,
            value=arm,
            arms=", ".join(arms.index),
        )
    wide = part.pivot_table(
        index="day", columns="variant", values=["units", "converted"], aggfunc="sum", fill_value=0
    ).cumsum()
    n0, n1 = wide["units"][control], wide["units"][arm]
    y0, y1 = wide["converted"][control], wide["converted"][arm]
    enough = (np.minimum(y0, y1) >= _LEAST) & (np.minimum(n0 - y0, n1 - y1) >= _LEAST)
    if not enough.any():
        raise CannotTell(N_("{exp}: fewer than {n} conversions an arm"), exp=exp_id, n=_LEAST)
    n0, n1, y0, y1 = (v[enough] for v in (n0, n1, y0, y1))
    p0, p1 = y0 / n0, y1 / n1
    error = np.sqrt(p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1).to_numpy(float)
    from scipy.stats import norm

    tuned = float(error[-1])
    if planned_units is not None:
        tuned *= float(np.sqrt((n0.iloc[-1] + n1.iloc[-1]) / max(planned_units, 1.0)))
    wide_by = any_time_radius(error, tuned_error=tuned, level=level)
    fixed = float(norm.ppf((1 + level) / 2)) * error
    gap = (p1 - p0).to_numpy(float)
    base = p0.to_numpy(float)
    frame = pd.DataFrame(
        {
            "day": p0.index,
            "units": (n0 + n1).to_numpy(float),
            "control": base,
            "lift": gap / base,
            "low": (gap - wide_by) / base,
            "high": (gap + wide_by) / base,
            "fixed_low": (gap - fixed) / base,
            "fixed_high": (gap + fixed) / base,
        }
    )

    def first(low: str, high: str) -> pd.Timestamp | None:
        outside = frame.loc[(frame[low] > 0) | (frame[high] < 0), "day"]
        return pd.Timestamp(outside.iloc[0]) if len(outside) else None

    return Watch(
        frame, exp_id, arm, first("low", "high"), first("fixed_low", "fixed_high"), level,
        shop.title,
    )  # fmt: skip


@dataclass(frozen=True)
class FalseAlarms:
    """How often a test without any effect is called a success or a failure.

    Args:
        naive: Share of tests whose usual interval left zero at one look or more.
        any_time: The same for the interval that allows for looking.
        last_look: Share whose usual interval excludes zero at the last look alone.
        looks: Looks in each test.
        tests: Tests simulated.
    """

    naive: float
    any_time: float
    last_look: float
    looks: int
    tests: int


def false_alarms(
    rng: np.random.Generator,
    *,
    rate: float = 0.1,
    units: int = 10_000,
    looks: int = 10,
    tests: int = 2_000,
    level: float = 0.95,
) -> FalseAlarms:
    """Run tests of nothing against nothing, look several times, count the alarms.

    Args:
        rng: Source of chance.
        rate: Conversion rate of both arms.
        units: Units in each arm at the end.
        looks: Evenly spaced looks.
        tests: How many tests to run.
        level: Confidence of both intervals.
    """
    from scipy.stats import norm

    step = units // looks
    won = rng.binomial(step, rate, size=(2, tests, looks)).cumsum(axis=2)
    n = step * np.arange(1, looks + 1)
    p = won / n
    error = np.sqrt((p * (1 - p)).sum(axis=0) / n)
    error = np.maximum(error, 1e-12)
    gap = np.abs(p[1] - p[0])
    # Tuned beforehand, from the rate that was planned with.
    tuned = float(np.sqrt(2 * rate * (1 - rate) / units))
    usual = gap > norm.ppf((1 + level) / 2) * error
    ours = gap > any_time_radius(error, tuned_error=tuned, level=level)
    return FalseAlarms(
        float(usual.any(axis=1).mean()),
        float(ours.any(axis=1).mean()),
        float(usual[:, -1].mean()),
        looks,
        tests,
    )
