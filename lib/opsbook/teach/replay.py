"""Replay a case: decide what its shop should have done, and see what would have come of it.

Each decision is simulated anew, with the seeds of the untouched shop and of the shop that
acts; nothing is drawn between known curves. Several seeds show how much of it is luck.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from opsbook.demo.decisions import Decision
from opsbook.errors import ParameterError
from opsbook.language import N_, day, language, money, per_cent, t
from opsbook.teach.replay_cases import Context, Replayed, replayed
from opsbook.teach.replay_costs import Costs
from opsbook.teach.replay_runs import weeks_of
from opsbook.teach.replay_words import decision_words

__all__ = ["PATHS", "Replay", "replay"]

PATHS = ("yours", "untouched", "acted")
"""Your decision, the scenario as it was, the scenario's own intervention."""
_MOST_RUNS = 20
_AS_GOOD = 0.97
"""A difference below three per cent is not worth a word: luck makes more."""


@dataclass(frozen=True)
class Replay:
    """What came of a decision.

    Args:
        case: The case.
        choice: The decision.
        seeds: Seeds of the runs.
        curves: One row per figure, path, seed and week: ``figure, path, seed, week`` (first
            day), ``age`` (weeks from the first), ``value``.
        outcomes: One row per figure, path and seed: ``figure, path, seed, value``, the figure
            at the end of the period, or at its worst where that is what counts.
        gain: Money against the untouched shop, CNY, by seed: ``seed, yours, acted``.
        costs: What was assumed.
    """

    case: Replayed
    choice: Decision
    seeds: tuple[int, ...]
    curves: pd.DataFrame = field(repr=False)
    outcomes: pd.DataFrame = field(repr=False)
    gain: pd.DataFrame = field(repr=False)
    costs: Costs

    @property
    def words(self) -> str:
        """The verdict: the decision, what it brings in money, and how sure that is."""
        mine, theirs = self.gain["yours"], self.gain["acted"]
        lines = [decision_words(self.choice)]
        if len(self.seeds) == 1:
            lines.append(
                t(
                    "Against the untouched shop: {gain}. Acting as the scenario does: {acted}. "
                    "This is one run, and luck is in it.",
                    gain=money(float(mine.iloc[0]), "CNY", sign=True),
                    acted=money(float(theirs.iloc[0]), "CNY", sign=True),
                )
            )
        else:
            lines.append(
                t(
                    "Against the untouched shop: {gain} on average of {n} runs, between {low} "
                    "and {high}. Acting as the scenario does: {acted}.",
                    gain=money(float(mine.mean()), "CNY", sign=True),
                    n=len(self.seeds),
                    low=money(float(mine.min()), "CNY", sign=True),
                    high=money(float(mine.max()), "CNY", sign=True),
                    acted=money(float(theirs.mean()), "CNY", sign=True),
                )
            )
        space = "" if language() == "zh" else " "
        return space.join([*lines, self._judgement(), self._broke()]).rstrip()

    def _broke(self) -> str:
        """When the cash runs out, if that is what the case is about."""
        cash = self.curves[(self.curves["figure"] == "cash") & (self.curves["path"] == "yours")]
        first = cash[cash["value"] < 0].groupby("seed")["week"].min()
        if first.empty:
            return ""
        return t(
            "The cash runs out in {k} of {n} runs, first in the week of {week}.",
            k=len(first),
            n=len(self.seeds),
            week=day(pd.Timestamp(first.min()).date()),
        )

    def _judgement(self) -> str:
        mine, theirs = (float(self.gain[name].mean()) for name in ("yours", "acted"))
        better = int((self.gain["yours"] > 0).sum())
        runs = len(self.seeds)
        if self.choice == self.case.untouched:
            return t("This is what the shop of the case did.")
        if 0 < better < runs:
            return t(
                "It does better in {k} of {n} runs: too little to tell it from luck.",
                k=better,
                n=runs,
            )
        if mine <= 0:
            return t("It does no better than the shop of the case.")
        if mine >= _AS_GOOD * theirs:
            return t("It does as well as the scenario's own way of acting, or better.")
        share = per_cent(mine / theirs, 0)
        return t("It brings {share} of what the scenario's own way of acting brings.", share=share)

    def _repr_markdown_(self) -> str:
        return self.words

    def __str__(self) -> str:
        return self.words


def replay(
    case_id: str,
    decision: Decision | None = None,
    *,
    seed: int = 1,
    runs: int = 3,
    costs: Costs | None = None,
    folder: str | Path | None = None,
    **values: Any,
) -> Replay:
    """Simulate a decision beside the untouched shop of a case and the one that acts.

    Args:
        case_id: ``J18`` (assortment), ``J19`` (channel mix), ``J20`` (win-back) or ``J21``
            (capacity).
        decision: ``Assortment``, ``ChannelMix``, ``WinBack`` or ``Capacity``; or its values by
            name, such as ``added=2_000, tested=1.0``. What is not named is as in the case.
        seed: Seed of the first run, 0 or more.
        runs: Runs, 1 to 20; each has the next seed. A run takes some seconds the first time.
        costs: What decisions cost where the simulation does not know it.
        folder: Where runs are kept; the user's cache if not given.
        **values: Values of the decision by name.

    Returns:
        Curves, outcomes and the verdict.

    Raises:
        ParameterError: There is no such case, or a value is out of range.

    Source:
        Catalogue J22; the cases J18 to J21 are claims of their sources.
    """
    case = replayed(case_id)
    choice = _choice(case, decision, values)
    case = case.beside(choice)
    seeds = _seeds(seed, runs)
    terms, where = costs or Costs(), Path(folder) if folder is not None else None
    paths = dict(zip(PATHS, (choice, case.untouched, case.acted), strict=True))
    curves, outcomes = [], []
    for one in seeds:
        untouched = weeks_of(case.untouched, one, where)
        for path, taken in paths.items():
            weeks = weeks_of(taken, one, where)
            context = Context(taken, terms, untouched, case.first_week)
            for curve in case.curves:
                line = curve.read(weeks, context).astype(float)
                curves.append(
                    pd.DataFrame(
                        {
                            "figure": curve.name,
                            "path": path,
                            "seed": one,
                            "week": weeks["week"],
                            "age": np.arange(len(weeks)),
                            "value": line.to_numpy(),
                        }
                    )
                )
                seen = line.dropna()
                last = float(seen.max() if curve.last == "worst" else seen.iloc[-1])
                outcomes.append((curve.name, path, one, last))
    table = pd.DataFrame(outcomes, columns=["figure", "path", "seed", "value"])
    return Replay(
        case=case,
        choice=choice,
        seeds=seeds,
        curves=pd.concat(curves, ignore_index=True),
        outcomes=table,
        gain=_gain(table, case),
        costs=terms,
    )


def _gain(outcomes: pd.DataFrame, case: Replayed) -> pd.DataFrame:
    rows = outcomes[outcomes["figure"] == case.curves[0].name]
    wide = rows.pivot(index="seed", columns="path", values="value")
    gains = wide[["yours", "acted"]].sub(wide["untouched"], axis=0)
    return gains.rename_axis(columns=None).reset_index()


def _choice(case: Replayed, decision: Decision | None, values: Mapping[str, Any]) -> Decision:
    kind = type(case.untouched)
    names = [f.name for f in fields(kind)]
    unknown = [name for name in values if name not in names]
    if unknown:
        raise ParameterError(
            N_('case {id} asks for {choices}; "{name}" is none of them'),
            id=case.id,
            choices=", ".join(names),
            name=unknown[0],
        )
    if decision is None:
        return kind(**values)
    if values or not isinstance(decision, kind):
        raise ParameterError(
            N_("case {id} takes one decision: {kind}, or its values by name, not both"),
            id=case.id,
            kind=kind.__name__,
        )
    return decision


def _seeds(seed: int, runs: int) -> tuple[int, ...]:
    for name, value, low, high in (("seed", seed, 0, 10**6), ("runs", runs, 1, _MOST_RUNS)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ParameterError(
                N_("{name} is {value}; give a whole number from {low} to {high}"),
                name=name,
                value=value,
                low=f"{low:,}",
                high=f"{high:,}",
            )
    return tuple(range(seed, seed + runs))
