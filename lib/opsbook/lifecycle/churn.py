"""Who is about to leave, how sure we are of it, and what would be lost with them."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.churn_choice import choose_model, suspects
from opsbook.lifecycle.churn_features import ChurnClock, Signal
from opsbook.lifecycle.churn_importance import driver_importance
from opsbook.lifecycle.churn_measure import (
    Auc,
    Score,
    auc_gain,
    calibration_bins,
    lift_curve,
    score,
)
from opsbook.lifecycle.churn_model import ChurnModel, Kind
from opsbook.lifecycle.churn_reasons import reasons
from opsbook.lifecycle.churn_windows import Extra, cutoffs_before, known_at, need_enough
from opsbook.lifecycle.purchases import NEEDS, Guests, guests
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Churn", "ChurnClock", "Extra", "churn"]


@dataclass(frozen=True)
class Churn:
    """A churn model, its test and the customers it warns of.

    Args:
        clock: When a customer counts as gone.
        end: Day after the last one known; the list speaks of the clock's days from here on.
        tested: First day of the window the model was tested on.
        windows: Windows it learned from before that.
        model: The model behind the list: the tested procedure, one window later.
        kind: Which kind won, ``logistic`` or ``trees``.
        areas: AUC of each kind on the window that decided.
        test: Measures on the test window.
        recency: The same for silence alone, trained and calibrated in the same way.
        gain: AUC of the model less that of silence alone.
        calibration: ``churn_measure.calibration_bins`` on the test window.
        lift: ``lift_curve`` of the model on the test window, with ``recency`` beside it.
        drivers: ``driver_importance`` on the test window.
        customers: One row per active customer, most value at risk first: ``customer_id,
            chance`` (of leaving), ``tier`` (high, watch, low), ``value`` (money expected in
            the clock's days of a customer who stays), ``at_risk`` (chance x value),
            ``silence`` (days since the last signal), ``high_value`` (among the fifth with
            the highest value), ``reason``.
        rate: Share of active customers that left in the test window.
        dropped: Features left out because they told the outcome too well.
        worth: What value is: ``margin``, ``assumed`` (margin by parameter) or ``sales``.
        nobody: Orders without a customer, left out.
        currency: ISO code of value.
        shop: Title of the shop.
        level: Confidence of the intervals.
    """

    clock: ChurnClock
    end: date
    tested: date
    windows: int
    model: ChurnModel
    kind: Kind
    areas: dict[Kind, float]
    test: Score
    recency: Score
    gain: Auc
    calibration: pd.DataFrame
    lift: pd.DataFrame
    drivers: pd.DataFrame
    customers: pd.DataFrame
    rate: float
    dropped: tuple[str, ...]
    worth: str
    nobody: Guests
    currency: str
    shop: str
    level: float

    @property
    def better(self) -> bool:
        """Whether the model ranks better than silence alone, beyond chance."""
        return self.gain.low > 0


def churn(
    shop: Shop,
    *,
    end: date | None = None,
    signal: Signal = "order",
    silent_days: int = 90,
    tiers: tuple[float, float] = (0.5, 0.8),
    margin: float | None = None,
    extra: Extra | None = None,
    level: float = 0.95,
    explained: int = 20_000,
    seed: int = 0,
) -> Churn:
    """Train on the past, test on what came later, warn of what comes next.

    The windows are as long as the clock and do not overlap: several past ones to learn
    from, one to choose and calibrate on, the last full one to test on. For the list the
    same procedure is repeated one window later, with everything that is known at ``end``.

    Args:
        shop: Needs ``orders.customer_id``; whatever else the shop has about its customers
            is used (see ``churn_features.DRIVERS``).
        end: Day after the last one known; after the data's last day unless given.
        signal: What must fail to come: ``order``, ``login`` or ``interaction``.
        silent_days: For how long, 7 to 365 days.
        tiers: Chance from which a customer is on watch, and from which at high risk.
        margin: Margin as a share of sales, for a shop without unit costs; without it value
            is sales there.
        extra: Features of your own.
        level: Confidence of the intervals, 0.5 to 0.999.
        explained: Customers at the top of the list that get a reason.
        seed: Of the draws behind the drivers' intervals.

    Raises:
        CannotTell: Orders name no customer, the data are too short for the clock, or too
            few customers leave or stay.
        ParameterError: A parameter lies outside its bounds.
    """
    clock = ChurnClock(signal, silent_days)
    _check(tiers, margin, level)
    shop.require(NEEDS)
    span = data_days(shop)
    end = end or span.end
    found = _churn(shop, span.start, end, clock, tiers, margin, extra, level, seed)
    customers = found.customers
    words = reasons(customers.head(explained), found.model, found.currency)
    columns = ["customer_id", "chance", "tier", "value", "at_risk", "silence", "high_value"]
    listed = customers[columns].assign(reason=words.reindex(customers.index).fillna(""))
    return replace(found, customers=listed.reset_index(drop=True))


@shared
def _churn(
    shop: Shop,
    start: date,
    end: date,
    clock: ChurnClock,
    tiers: tuple[float, float],
    margin: float | None,
    extra: Extra | None,
    level: float,
    seed: int,
) -> Churn:
    """``churn``, its customers with all they are judged by instead of a reason in words."""
    cutoffs = cutoffs_before(start, end, clock)
    now, *frames = known_at(shop, [end, *cutoffs], clock, extra)
    # What comes after the end is not known, even where the data go on.
    now = now.drop(columns="churned")
    need_enough(frames[:2])
    bad = tuple(suspects(pd.concat(frames[1:])))
    frames = [f.drop(columns=list(bad)) for f in frames]
    test, middle, past = frames[0], frames[1], pd.concat(frames[2:], ignore_index=True)
    need_enough([past])
    model, areas = choose_model(past, middle)
    base, _ = choose_model(_silence(past), _silence(middle), kinds=("logistic",))
    y = test["churned"].to_numpy()
    said, simple = model.chance(test), base.chance(test)
    lift = lift_curve(y, said).assign(recency=lift_curve(y, simple)["found"])
    later, _ = choose_model(pd.concat(frames[1:], ignore_index=True), test, kinds=(model.kind,))
    worth, customers = _listed(now, later, clock, tiers, margin)
    return Churn(
        clock=clock,
        end=end,
        tested=cutoffs[0],
        windows=len(frames) - 2,
        model=later,
        kind=model.kind,
        areas=areas,
        test=score(y, said, level=level),
        recency=score(y, simple, level=level),
        gain=auc_gain(y, said, simple, level=level),
        calibration=calibration_bins(y, said, level=level),
        lift=lift,
        drivers=driver_importance(model, test, np.random.default_rng(seed), level=level),
        customers=customers,
        rate=float(y.mean()),
        dropped=bad,
        worth=worth,
        nobody=guests(shop, end),
        currency=shop.currency,
        shop=shop.title,
        level=level,
    )


def _check(tiers: tuple[float, float], margin: float | None, level: float) -> None:
    if not 0 < tiers[0] < tiers[1] < 1:
        raise ParameterError(
            N_("tiers {value} must be two rising chances between 0 and 1, such as (0.5, 0.8)"),
            value=tiers,
        )
    if margin is not None and not 0 < margin <= 1:
        raise ParameterError(N_("margin {value} is no share of sales; use 0.01 to 1"), value=margin)
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)


def _silence(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["customer_id", "signal_silence", "churned"]]


def _listed(
    now: pd.DataFrame,
    model: ChurnModel,
    clock: ChurnClock,
    tiers: tuple[float, float],
    margin: float | None,
) -> tuple[str, pd.DataFrame]:
    """Chance, value and value at risk of every active customer."""
    if now.empty:
        raise CannotTell(N_("no customer is active: all have been silent for longer"))
    frame = now.copy()
    frame["chance"] = model.chance(frame)
    frame["tier"] = np.select(
        [frame["chance"] >= tiers[1], frame["chance"] >= tiers[0]], ["high", "watch"], "low"
    )
    # A year of sales at most, and never less than a clock: a first order is no daily rate.
    seen = np.clip(frame["tenure"], clock.days, 365)
    frame["value"] = np.maximum(frame["amount"], 0.0) * np.minimum(clock.days / seen, 1.0)
    worth = "sales"
    costed = "margin_ever" in frame and frame["margin_ever"].notna().any()
    if costed and frame["amount_ever"].sum() > 0:
        worth = "margin"
        ratio = frame["margin_ever"].sum() / frame["amount_ever"].sum()
        frame["value"] *= max(float(ratio), 0.0)
    elif margin is not None:
        worth = "assumed"
        frame["value"] *= margin
    frame["at_risk"] = frame["chance"] * frame["value"]
    frame["silence"] = frame["signal_silence"].astype("int64")
    # Ties at the edge belong together; a value of nothing is never high.
    frame["high_value"] = (frame["value"].rank(pct=True, method="max") > 0.8) & (frame["value"] > 0)
    order = ["at_risk", "chance", "customer_id"]
    return worth, frame.sort_values(order, ascending=[False, False, True])
