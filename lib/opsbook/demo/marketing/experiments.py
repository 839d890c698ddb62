"""Rows of the experiments: who met which variant when, and what followed."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import product as pairs
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.marketing.assign import assign, strata
from opsbook.demo.marketing.history import History
from opsbook.demo.marketing.trials import Factor, Trial, TrialPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Units", "design", "experiments", "geo_rows", "run_trial"]

_BEFORE_DAYS = 180


@dataclass(frozen=True)
class Units:
    """Units of an experiment: customer, second of exposure, outcome, CNY, CNY before, arm."""

    customer: Ints
    exposed: Ints
    converted: NDArray[np.bool_]
    value: Floats
    before: Floats
    arm: Ints

    def where(self, kept: NDArray[np.bool_] | Ints) -> "Units":
        """Some of them, or all in another order."""
        return Units(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})

    def __len__(self) -> int:
        return len(self.customer)


def design(factors: tuple[Factor, ...]) -> NDArray[np.int64]:
    """Levels (0 or 1) of four factors in the eight runs of the L8 array, columns 1, 2, 4, 7.

    Source: Taguchi, System of Experimental Design (1987), array L8.
    """
    runs = np.array(list(pairs((0, 1), repeat=3)))
    last = (runs.sum(axis=1) % 2)[:, None]
    return np.hstack([runs, last])[:, : len(factors)].astype(np.int64)


def experiments(
    b: "Business", plan: TrialPlan, history: History, value: Floats
) -> Iterator[pa.Table]:
    """Tables of all experiments, one after the other.

    Args:
        b: The shop.
        plan: Parameters.
        history: Orders kept, by customer.
        value: CNY of each order.
    """
    for trial in plan.trials:
        units = run_trial(b, trial, history, value, plan.most)
        names, texts = _arms(trial)
        yield pa.table(
            {
                "exp_id": words(np.zeros(len(units), np.int64), [trial.id]),
                "unit_id": numbered("C", units.customer + 1, 7),
                "variant": words(units.arm, names),
                "exposed_ts": when(b.clock, units.exposed),
                "converted": units.converted,
                "value": units.value,
                "factors": words(units.arm if trial.factors else units.arm * 0 - 1, texts),
            }
        )
    if b.media.geo is not None:
        yield geo_rows(b, plan.geo_id, value)


def run_trial(b: "Business", trial: Trial, history: History, value: Floats, most: int) -> Units:
    """Units of one experiment with what they really did, and arms drawn as `assign` says."""
    rng = stream(b.seed, f"marketing trial {trial.id}")
    length = min(trial.days, b.clock.days // 2)
    first = int(trial.start * (b.clock.days - length))
    start, end = first * DAY, (first + length) * DAY
    signup = b.people.signup * DAY
    limit = (first - trial.members) * DAY if trial.members else end
    everybody = np.flatnonzero(signup <= min(limit, end - 1))
    units = _outcomes(rng, b, trial, history, value, everybody, (start, end))
    units = _sample(rng, units, trial.rate, most)
    stratum = strata(units.before)
    if trial.fade_days:
        day = (units.exposed - start) // DAY
        week = np.minimum(day // 7, 7)
        groups = int(stratum.max(initial=0)) + 1
        lift = trial.lift * np.exp(-(np.arange(8) * 7 + 3) / trial.fade_days)
        arms = np.column_stack([np.zeros(8 * groups), np.repeat(lift, groups)])
        arm = assign(rng, units.converted, week * groups + stratum, _shares(trial), arms)
    else:
        arm = assign(rng, units.converted, stratum, _shares(trial), _lifts(trial))
    units = replace(units, arm=arm)
    units = units.where((arm == 0) | (rng.random(len(arm)) >= trial.missing))
    return units.where(np.argsort(units.exposed, kind="stable"))


def geo_rows(b: "Business", exp_id: str, value: Floats) -> pa.Table:
    """One row per region of the geo experiment; its value is the region's GMV meanwhile."""
    geo = b.media.geo
    assert geo is not None
    day = b.orders.placed // DAY
    inside = (day >= geo.first) & (day <= geo.last) & b.orders.kept
    regions = len(b.plan.regions)
    money = np.bincount(b.orders.region[inside], weights=value[inside], minlength=regions)
    off = np.isin(np.arange(regions), geo.regions).astype(np.int64)
    none = pa.nulls(regions, pa.bool_())
    return pa.table(
        {
            "exp_id": words(np.zeros(regions, np.int64), [exp_id]),
            "unit_id": pa.array([r.name for r in b.plan.regions]),
            "variant": words(off, ["control", "switched_off"]),
            "exposed_ts": when(b.clock, np.full(regions, geo.first * DAY)),
            "converted": none,
            "value": money.round(2),
            "factors": words(np.full(regions, -1), [""]),
        }
    )


def _arms(trial: Trial) -> tuple[list[str], list[str]]:
    """Names of the arms, and their factor levels as text."""
    if not trial.factors:
        return ["control", "treatment"], [""]
    rows = design(trial.factors)
    texts = [
        ";".join(f"{f.name}={f.levels[level]}" for f, level in zip(trial.factors, row, strict=True))
        for row in rows.tolist()
    ]
    return ["control", *(f"cell_{n}" for n in range(2, len(rows) + 1))], texts


def _shares(trial: Trial) -> Floats:
    if trial.factors:
        return np.full(8, 1 / 8)
    return np.array([1 - trial.share, trial.share])


def _lifts(trial: Trial) -> Floats:
    if trial.factors:
        each = np.array([f.lift for f in trial.factors])
        return np.asarray(np.prod(1 + design(trial.factors) * each, axis=1) - 1, np.float64)
    return np.array([0.0, trial.lift])


def _outcomes(
    rng: np.random.Generator,
    b: "Business",
    trial: Trial,
    history: History,
    value: Floats,
    people: Ints,
    window: tuple[int, int],
) -> Units:
    """What customers did in a window, and when they can have met the variant before."""
    start, end = (np.full(len(people), second) for second in window)
    low, high = history.between(people, start, end)
    if trial.new_category:
        hit = _first_new_category(b, history, people, low, high)
    else:
        hit = np.where(high > low, history.order[np.minimum(low, len(history.order) - 1)], -1)
    converted = hit >= 0
    # The variant is met in the visit that leads to the order, or in any visit without one.
    placed = b.orders.placed[np.maximum(hit, 0)]
    ahead = np.minimum(rng.exponential(900, len(people)) + 20, placed % DAY)
    since = np.maximum(start, b.people.signup[people] * DAY)
    idle = since + rng.random(len(people)) * (end - since - 1)
    exposed = np.where(converted, np.maximum(placed - ahead, start), idle).astype(np.int64)
    begin, _ = history.between(people, exposed, exposed)
    money = history.value(begin, np.maximum(high, begin))
    earlier, _ = history.between(people, start - _BEFORE_DAYS * DAY, start)
    before = history.value(earlier, low)
    if trial.new_category:
        money = np.where(converted, value[np.maximum(hit, 0)], 0.0)
    return Units(
        *(people, exposed, converted, np.where(converted, money, 0.0), before),
        np.zeros(len(people), np.int64),
    )


def _sample(rng: np.random.Generator, units: Units, rate: float, most: int) -> Units:
    """All who converted and as many others as make the rate; at most so many in all."""
    won = int(units.converted.sum())
    others = len(units) - won
    keep = min(1.0, won * (1 - rate) / rate / max(others, 1))
    part = min(1.0, most / max(won + keep * others, 1))
    chance = np.where(units.converted, part, part * keep)
    return units.where(rng.random(len(units)) < chance)


def _first_new_category(
    b: "Business", history: History, people: Ints, low: Ints, high: Ints
) -> Ints:
    """First order in the window with a category never bought before; -1 if there is none.

    Only customers who bought before can try something new.
    """
    place = np.full(len(b.orders), -1, np.int32)
    place[history.order] = np.arange(len(history.order), dtype=np.int32)
    of_line = place[b.lines.order]
    begin, _ = history.between(people, np.zeros_like(people), np.zeros_like(people))
    hit = np.full(len(people), np.iinfo(np.int64).max)
    for category in range(len(b.plan.categories)):
        has = np.zeros(len(history.order) + 1, np.int32)
        lines = (b.range_.category[b.lines.product] == category) & (of_line >= 0)
        has[of_line[lines] + 1] = 1
        total = np.cumsum(has, dtype=np.int32)
        fresh = (total[low] == total[begin]) & (total[high] > total[low]) & (low > begin)
        # The first place at which the count of such orders rises.
        at = np.searchsorted(total, total[low] + 1)
        hit = np.where(fresh, np.minimum(hit, at - 1), hit)
    found = hit < np.iinfo(np.int64).max
    return np.where(found, history.order[np.where(found, hit, 0)], -1)
