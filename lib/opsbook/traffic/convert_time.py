"""How long visitors take from step to step, and whether the window cuts them off."""

from dataclasses import dataclass
from hashlib import sha256

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel_sql import RANKS, alone, chains, steps_of
from opsbook.traffic.steps import Funnel

__all__ = ["ConvertTime", "convert_time"]

_DEEP = 2**40
"""More than any key; depth x this less the key orders events by depth, then by time."""


@dataclass(frozen=True)
class ConvertTime:
    """Time to convert, from each step to the next.

    Args:
        spec: The funnel.
        steps: One row per step from the second: ``step, name, converted`` (number),
            ``mean_s, median_s, p90_s`` (from the step before), ``total_median_s`` (from the
            first step); seconds.
        spread: One row per number of seconds from first to last step, at most 1,000 bins of
            equal width: ``seconds`` (upper end of the bin), ``converted``, ``share`` of all
            that reached the last step by then.
        late: Share of those who reached the last step that took more than nine tenths of
            the window; large, and a longer window would find more. Not a number without any.
    """

    spec: Funnel
    steps: pd.DataFrame
    spread: pd.DataFrame
    late: float


@shared
def convert_time(shop: Shop, spec: Funnel, period: Period) -> ConvertTime:
    """Seconds between the steps of the chain that reached the deepest step first.

    It is counted from the earliest first step from which that step was still reached in
    time, and each step by its first event after the step before. (Which chain is counted
    changes no number of visitors, but a visitor who looks again before he buys would
    otherwise seem quick.)

    Args:
        shop: As for ``funnel``.
        spec: An ordered funnel.
        period: Days in which chains start.

    Raises:
        CannotTell: Nobody reached the second step.
        ParameterError: The funnel is not ordered.
    """
    if spec.order != "ordered":
        raise ParameterError(
            N_('time to convert needs order="ordered"; got "{order}"'), order=spec.order
        )
    keys = _keys(spec)
    # Asked twice, for the steps and for how long the whole took.
    name = sha256(repr((spec, period)).encode()).hexdigest()[:16]
    rows = shop.sessions if shop.has("sessions") else shop.events
    times = shop.kept(f"traffic times {name}", _times(shop, spec, period, keys), rows=rows)
    most = len(spec.steps)
    sums: dict[str, ibis.Value] = {}
    for n in range(2, most + 1):
        gap, total = times[f"s{n}"] - times[f"s{n - 1}"], times[f"s{n}"] - times.s1
        sums |= {
            f"converted{n}": gap.count(),
            f"mean_s{n}": gap.mean(),
            f"median_s{n}": gap.median(),
            f"p90_s{n}": gap.quantile(0.9),
            f"total_median_s{n}": total.median(),
        }
    row = times.aggregate(**sums).execute().iloc[0]
    if not row["converted2"]:
        raise CannotTell(
            N_('nobody went on from "{first}" to "{second}", so there is no time to measure'),
            first=spec.names[0],
            second=spec.names[1],
        )
    heads = ("converted", "mean_s", "median_s", "p90_s", "total_median_s")
    steps = pd.DataFrame(
        [
            {"step": n, "name": spec.names[n - 1], **{h: row[f"{h}{n}"] for h in heads}}
            for n in range(2, most + 1)
        ]
    ).astype({"converted": "int64"})
    spread, late = _spread(times, spec)
    return ConvertTime(spec, steps, spread, late)


def _keys(spec: Funnel) -> tuple[str, ...]:
    return ("unit", *(f"held_{n}" for n in range(len(spec.hold))))


def _times(shop: Shop, spec: Funnel, period: Period, keys: tuple[str, ...]) -> Frame:
    """Second of each step of every chain that went on: columns ``s1, s2 ...``, null after."""
    found = chains(shop, spec, period)
    more = ("start",) if spec.within == "event" else ()
    coded = [
        table.select(*keys, *more, code=ibis.literal(n, "int64") * _DEEP - table.key)
        for n, table in enumerate(found.reached[1:], start=2)
    ]
    every = ibis.union(*coded) if len(coded) > 1 else coded[0]
    # Of visitors whose chains of several held values differ, the deepest counts.
    best = every.group_by([*keys, *more]).aggregate(code=every.code.max())
    if spec.hold:
        first = best.group_by(["unit", *more]).aggregate(most=best.code.max())
        best = best.inner_join(first, ["unit", *more]).filter(ibis._.code == ibis._.most)
        best = best.distinct(on=["unit", *more], keep="first").select(*keys, *more, "code")
    depth = (best.code + _DEEP - 1) // _DEEP
    best = best.select(*keys, *more, depth=depth, end=depth * _DEEP - best.code)
    base = steps_of(shop, spec, period, found.held)
    rows = base.inner_join(best, list(keys)).filter(
        ibis._.key <= ibis._.end, ibis._.second >= ibis._.end // RANKS - spec.window_s
    )
    if more:
        rows = rows.filter(rows.second >= rows.start)
    group = [*keys, *more]
    if spec.exclude:
        gone = rows.filter(rows.place == RANKS - 1, rows.second < rows.end // RANKS)
        last = gone.group_by(group).aggregate(gone=gone.second.max())
        rows = rows.left_join(last, group).select(*rows.columns, "gone")
        rows = rows.filter(rows.gone.isnull() | (rows.second >= rows.gone))
    starts = rows.filter(_is(rows, spec, 0), rows.key < rows.end)
    times = starts.group_by(group).aggregate(k1=starts.key.min(), depth=starts.depth.max())
    for n in range(2, len(spec.steps) + 1):
        before = times.select(*group, after=times[f"k{n - 1}"])
        later = rows.filter(_is(rows, spec, n - 1), rows.depth >= n)
        later = later.inner_join(before, group).filter(
            ibis._.second > ibis._.after // RANKS if spec.increasing else ibis._.key > ibis._.after
        )
        nth = later.group_by(group).aggregate(**{f"k{n}": later.key.min()})
        times = times.left_join(nth, group).select(*times.columns, f"k{n}")
    return times.select(
        *group, **{f"s{n}": times[f"k{n}"] // RANKS for n in range(1, len(spec.steps) + 1)}
    )


def _is(rows: Frame, spec: Funnel, place: int) -> ibis.Value:
    return rows.place == place + 1 if alone(spec, place) else rows[f"is_{place}"]


def _spread(times: Frame, spec: Funnel) -> tuple[pd.DataFrame, float]:
    last = times[f"s{len(spec.steps)}"] - times.s1
    width = max(1, -(-spec.window_s // 1000))
    done = times.filter(last.notnull()).select(bin=(last // width).cast("int64"), took=last)
    counted = done.group_by("bin").aggregate(
        converted=done.count(), late=(done.took > spec.window_s * 0.9).sum()
    )
    frame = counted.order_by("bin").execute()
    total = int(frame["converted"].sum())
    seconds = [min((int(b) + 1) * width, spec.window_s) for b in frame["bin"]]
    shown = pd.DataFrame({"seconds": seconds, "converted": frame["converted"].to_numpy()})
    shown["share"] = shown["converted"].cumsum() / max(total, 1)
    return shown, float(frame["late"].sum()) / total if total else float("nan")
