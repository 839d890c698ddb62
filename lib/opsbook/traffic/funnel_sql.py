"""The funnel in the engine: which event is which step of a chain, without a loop over rows.

A chain is known by its start. Where two chains have reached the same step, the one that
started later can do all that the other can, and for longer; so an event need only look at
the last event before it that reached the step below. Starts rise along with those events,
which makes "the last one before" a single merge of two sorted columns (an as-of join) on
engines that have it, and a running maximum over the two put together elsewhere.
"""

from calendar import timegm
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import pairwise

import ibis
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel_events import events_with, midnight, second_of, unit_of
from opsbook.traffic.steps import Funnel

__all__ = ["RANKS", "Chains", "alone", "chains", "ranked", "steps_of"]

RANKS = 16
"""Places within a second: one for each step, the last for events that are none."""
_MERGING = ("duckdb", "clickhouse", "snowflake")
"""Engines with an as-of join."""


@dataclass(frozen=True)
class Chains:
    """What each step was reached by.

    Args:
        reached: By step, first to last: one row per event that reaches it, with ``unit``,
            the columns held, ``key`` (second x 16 + place within it) and ``start`` (second
            of the chain's first step). For ``any`` one table, with ``depth``.
        held: Names of the columns held.
    """

    reached: tuple[Frame, ...]
    held: tuple[str, ...]


def chains(
    shop: Shop, spec: Funnel, period: Period, *, extra: tuple[str, ...] = (), merge: bool = True
) -> Chains:
    """Every event that takes a chain one step on.

    Args:
        shop: Needs ``events``, and ``sessions`` unless all is within one visit.
        spec: The funnel.
        period: Days in which chains start.
        extra: More columns to carry at the first step.
        merge: Whether an as-of join may be used; off, the running maximum is.
    """
    held = tuple(f"held_{n}" for n in range(len(spec.hold)))
    if spec.order == "strict":
        return Chains(_strict(shop, spec, period, held), held)
    if spec.order == "any":
        return Chains((_any(shop, spec, period, held),), held)
    base = steps_of(shop, spec, period, held, extra)
    asof = merge and base.get_backend().name in _MERGING
    keys = ("unit", *held)
    first = _rows(base, spec, 0).filter(base.key < _moment(period) * RANKS)
    found = [first.select(*keys, *extra, "key", start=first.second)]
    gone = base.filter(base.place == RANKS - 1) if spec.exclude else None
    for place in range(1, len(spec.steps)):
        rows = _rows(base, spec, place).select(*keys, "key")
        # A first step of someone who never comes near the second is sorted for nothing.
        below = found[-1].semi_join(rows, list(keys)) if place == 1 else found[-1]
        below = below.select(*keys, key=below.key, value=below.start)
        step = _latest(rows, below, keys, asof, floor=spec.increasing)
        inside = step.key - step.value * RANKS < (spec.window_s + 1) * RANKS
        step = step.filter(step.value.notnull(), inside).select(*keys, "key", start=step.value)
        if gone is not None:
            broken = gone.select(*keys, key=gone.second * RANKS, value=gone.second)
            step = _latest(step, broken, keys, asof, floor=True)
            step = step.filter(step.value.isnull() | (step.start >= step.value))
        found.append(step.select(*keys, "key", "start"))
    return Chains(tuple(found), held)


def ranked(
    shop: Shop,
    spec: Funnel,
    period: Period,
    held: tuple[str, ...],
    *,
    extra: tuple[str, ...] = (),
) -> Frame:
    """Events from the period's start to the end of its last window, with what is held."""
    columns = spec.columns | {"type", *extra}
    events = events_with(shop, columns, unit_of(spec.within))
    start, end = midnight(period, spec.window + timedelta(seconds=1))
    events = events.filter(events.event_ts >= start, events.event_ts < end)
    events = events.filter(events.unit.notnull(), *(events[c].notnull() for c in spec.hold))
    return events.mutate(**{h: events[c] for h, c in zip(held, spec.hold, strict=True)})


def steps_of(
    shop: Shop,
    spec: Funnel,
    period: Period,
    held: tuple[str, ...],
    extra: tuple[str, ...] = (),
) -> Frame:
    """Steps and what is excluded, read and joined once: small integers instead of texts.

    ``place`` is the first step that an event can fill, from one, the last place if excluded.
    Where one event can be several steps, ``is_N`` tells the others.
    """
    events = ranked(shop, spec, period, held, extra=extra)
    of = [step.of(events) for step in spec.steps]
    gone = [step.of(events) for step in spec.exclude]
    events = events.filter(reduce(lambda a, b: a | b, of + gone))
    place = ibis.cases(*((mark, n) for n, mark in enumerate(of, start=1)), else_=RANKS - 1)
    others = {f"is_{n}": of[n] for n in range(len(of)) if not alone(spec, n)}
    second = second_of(events.event_ts)
    base = events.select("unit", *held, *extra, second=second, place=place.cast("int8"), **others)
    return base.mutate(key=base.second * RANKS + base.place)


def alone(spec: Funnel, place: int) -> bool:
    """Whether an event that is this step can be none before it."""
    return all(spec.steps[place].apart(before) for before in spec.steps[:place])


def _rows(base: Frame, spec: Funnel, place: int) -> Frame:
    """Events that can be one step."""
    one = base.place == place + 1 if alone(spec, place) else base[f"is_{place}"]
    return base.filter(one)


def _latest(rows: Frame, below: Frame, keys: tuple[str, ...], asof: bool, *, floor: bool) -> Frame:
    """For each row the ``value`` of the last row below with a smaller key.

    Args:
        rows: Rows that ask, with ``keys`` and ``key``.
        below: Rows with ``keys, key, value``; ``value`` must not fall as ``key`` rises.
        keys: Columns that both must agree in.
        asof: Whether the engine has an as-of join.
        floor: Whether the key has to be smaller by the second, not only within it.
    """
    low = rows.key // RANKS * RANKS if floor else rows.key
    if asof:
        side = below.select(*keys, before=below.key, value=below.value)
        same = [rows[k] == side[k] for k in keys]
        joined = rows.asof_join(side, on=low > side.before, predicates=same)
        return joined.select(*rows.columns, "value")
    columns = rows.columns
    rows = rows.mutate(low=low)
    names = [c for c in rows.columns if c not in (*keys, "low")]
    nothing = {c: ibis.null(rows[c].type()) for c in names}
    both = ibis.union(
        rows.select(*keys, *names, "low", value=ibis.null("int64"), mine=ibis.literal(1)),
        below.select(
            *keys, **nothing, low=below.key, value=below.value, mine=ibis.literal(2)
        ).select(*keys, *names, "low", "value", "mine"),
    )
    # At the same key the asking row comes first, and so does not see its equal.
    upto = ibis.window(group_by=list(keys), order_by=["low", "mine"], preceding=None, following=0)
    seen = both.select(*keys, *names, "low", "mine", value=both.value.max().over(upto))
    return seen.filter(seen.mine == 1).select(*columns, "value")


def _strict(shop: Shop, spec: Funnel, period: Period, held: tuple[str, ...]) -> tuple[Frame, ...]:
    events = ranked(shop, spec, period, held)
    marks = {f"m{n}": step.of(events) for n, step in enumerate(spec.steps)}
    rank = ibis.cases(
        *((mark, n) for n, mark in enumerate(marks.values(), start=1)), else_=RANKS - 1
    )
    rows = events.select("unit", *held, key=second_of(events.event_ts) * RANKS + rank, **marks)
    order = ibis.window(group_by=["unit", *held], order_by=["key", *(rows[m] for m in marks)])
    most = len(spec.steps)
    rows = rows.mutate(
        **{
            f"m{n}_{back}": rows[f"m{n}"].lag(back).over(order)
            for n in range(most)
            for back in range(1, most - n)
        },
        **{f"k_{back}": rows.key.lag(back).over(order) for back in range(1, most)},
    )
    first = _moment(period)
    found = []
    for depth in range(1, most + 1):
        conditions = [
            rows[f"m{n}_{depth - 1 - n}" if n < depth - 1 else f"m{n}"] for n in range(depth)
        ]
        seconds = [
            (rows[f"k_{depth - 1 - n}"] if n < depth - 1 else rows.key) // RANKS
            for n in range(depth)
        ]
        start = seconds[0]
        inside = [start < first, rows.key // RANKS - start <= spec.window_s]
        later = [b > a for a, b in pairwise(seconds)] if spec.increasing else []
        step = rows.filter(*conditions, *inside, *later)
        found.append(step.select("unit", *held, "key", start=start))
    return tuple(found)


def _any(shop: Shop, spec: Funnel, period: Period, held: tuple[str, ...]) -> Frame:
    events = ranked(shop, spec, period, held)
    marks = {f"m{n}": step.of(events) for n, step in enumerate(spec.steps)}
    events = events.filter(reduce(lambda a, b: a | b, marks.values()))
    marks = {f"m{n}": step.of(events) for n, step in enumerate(spec.steps)}
    rows = events.select("unit", *held, second=second_of(events.event_ts), **marks)
    onward = ibis.range_window(
        group_by=["unit", *held], order_by="second", preceding=0, following=spec.window_s
    )
    near = [rows[m].cast("int64").max().over(onward) for m in marks]
    rows = rows.select("unit", *held, "second", depth=reduce(lambda a, b: a + b, near))
    rows = rows.filter(rows.second < _moment(period))
    return rows.select("unit", *held, "depth", key=rows.second * RANKS, start=rows.second)


def _moment(period: Period) -> int:
    """Second at which the period is over, on the shop's clock."""
    return timegm(midnight(period)[1].timetuple())
