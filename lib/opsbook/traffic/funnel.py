"""How many go from step to step, who they are, and who was lost where."""

from dataclasses import dataclass
from hashlib import sha256

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel_events import events_with, second_of, unit_of
from opsbook.traffic.funnel_sql import chains
from opsbook.traffic.steps import Funnel, Step, semantics

__all__ = [
    "Funnel",
    "FunnelResult",
    "Step",
    "funnel",
    "funnel_units",
    "lost_at",
    "passed",
    "reached",
    "semantics",
    "share_interval",
]

_CODE = 2**34
"""More than any second; depth x this less the start orders chains by depth, then by start."""
_MOST_GROUPS = 10_000


@dataclass(frozen=True)
class FunnelResult:
    """A funnel, counted.

    Args:
        spec: What was asked.
        period: Days in which chains started.
        counts: One row per group and step: ``group`` (empty without ``by``), ``step`` (from
            1), ``name, reached, lost`` (reached it and not the next; 0 at the last step),
            ``rate`` (of the step before, fraction), ``of_first`` (of the first step, fraction),
            ``low, high`` (Wilson interval of ``rate``). A rate of nobody is not a number.
        by: Column of the groups; empty without.
        units: Ibis table, one row per visitor, visit or attempt that began: its id
            (``visitor_id`` or ``session_id``), ``depth`` (deepest step), ``started`` (first
            moment of the chain that got there first), ``group``.
        level: Confidence of the intervals.
        shop: Title of the shop.
    """

    spec: Funnel
    period: Period
    counts: pd.DataFrame
    by: str
    units: Frame
    level: float
    shop: str

    @property
    def began(self) -> int:
        """Number that began."""
        return int(self.counts.loc[self.counts["step"] == 1, "reached"].sum())

    @property
    def total(self) -> pd.DataFrame:
        """``counts`` over all groups."""
        depth = self.counts.groupby("step")["reached"].sum()
        return _table({"": depth.to_numpy()}, self.spec.names, self.level)

    @property
    def worst(self) -> int:
        """Step, from 2, that the smallest share of those before it reaches; 0 if none began."""
        rates = self.total["rate"].to_numpy()[1:]
        return int(np.nanargmin(rates)) + 2 if not np.isnan(rates).all() else 0


@shared
def funnel(
    shop: Shop, spec: Funnel, period: Period, by: str | None = None, *, level: float = 0.95
) -> FunnelResult:
    """Count who reached each step; ``steps.semantics`` says by which rules.

    Args:
        shop: Needs ``events``; ``sessions`` too, unless all is within one visit.
        spec: The funnel.
        period: Days in which chains start.
        by: Column of events, sessions or customers by which to group. A visitor stands in
            the group of the first step of the chain that got deepest first. If the column
            is also in ``spec.hold`` each group is a funnel of its own, and a visitor stands
            in each.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: A table is missing, or nobody did the first step in the period.
        ParameterError: A column is unknown, there are too many groups, or ``level`` is out
            of range.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    units = _kept(shop, spec, period, by)
    found = units.group_by("group", "depth").aggregate(n=units.count())
    frame = found.limit(_MOST_GROUPS * len(spec.steps) + 1).execute()
    if frame.empty:
        raise CannotTell(
            N_('no event in {period} is the first step "{step}"'),
            period=str(period),
            step=spec.steps[0].name,
        )
    if frame["group"].nunique() > _MOST_GROUPS:
        raise ParameterError(
            N_('by "{column}" makes more than {most} groups; choose a column with fewer values'),
            column=by,
            most=_MOST_GROUPS,
        )
    depths = range(1, len(spec.steps) + 1)
    wide = frame.pivot_table(index="group", columns="depth", values="n", aggfunc="sum")
    wide = wide.reindex(columns=depths).fillna(0).astype("int64")
    reach = wide.loc[:, ::-1].cumsum(axis=1).loc[:, ::-1].sort_values(1, ascending=False)
    counts = _table({str(g): row.to_numpy() for g, row in reach.iterrows()}, spec.names, level)
    return FunnelResult(spec, period, counts, by or "", units, level, shop.title)


def reached(result: FunnelResult, step: int) -> Frame:
    """Who reached a step: rows of ``result.units``, as many as the count says.

    Args:
        result: From ``funnel``.
        step: From 1.

    Raises:
        ParameterError: There is no such step.
    """
    _check_step(result, step)
    return result.units.filter(result.units.depth >= step)


def lost_at(result: FunnelResult, step: int) -> Frame:
    """Who reached a step and not the next; none at the last step."""
    _check_step(result, step)
    last = step == len(result.spec.steps)
    return result.units.filter(result.units.depth == step, ibis.literal(not last))


def passed(result: FunnelResult, step: int) -> Frame:
    """Who reached a step and the next; none at the last step."""
    _check_step(result, step)
    return result.units.filter(result.units.depth > step)


def _check_step(result: FunnelResult, step: int) -> None:
    if not 1 <= step <= len(result.spec.steps):
        raise ParameterError(
            N_("step {value} is not there; the funnel has steps 1 to {most}"),
            value=step,
            most=len(result.spec.steps),
        )


def _kept(shop: Shop, spec: Funnel, period: Period, by: str | None) -> Frame:
    name = sha256(repr((spec, period, by)).encode()).hexdigest()[:16]
    units = funnel_units(shop, spec, period, by)
    rows = shop.sessions if shop.has("sessions") else shop.events
    return shop.kept(f"traffic funnel {name}", units, rows=rows)


def funnel_units(
    shop: Shop, spec: Funnel, period: Period, by: str | None = None, *, merge: bool = True
) -> Frame:
    """Table ``units`` of a funnel, not yet computed.

    Args:
        shop: As for ``funnel``.
        spec: The funnel.
        period: Days in which chains start.
        by: Column by which to group.
        merge: Whether an as-of join may be used where the engine has one.
    """
    carried = (by,) if by and by not in spec.hold and spec.order == "ordered" else ()
    found = chains(shop, spec, period, extra=carried, merge=merge)
    own = dict(zip(spec.hold, found.held, strict=True)).get(by or "")
    keys = ["unit", *([own] if own else [])]
    if spec.within == "event":
        keys.append("start")
    coded = [
        table.select(
            *keys,
            code=(table.depth if spec.order == "any" else ibis.literal(depth, "int64")) * _CODE
            - table.start,
        )
        for depth, table in enumerate(found.reached, start=1)
    ]
    every = ibis.union(*coded) if len(coded) > 1 else coded[0]
    best = every.group_by(keys).aggregate(code=every.code.max())
    depth = (best.code + _CODE - 1) // _CODE
    best = best.select(
        "unit", *([own] if own else []), depth=depth, start=depth * _CODE - best.code
    )
    if own:
        best = best.mutate(group=best[own].cast("string"))
    elif by:
        best = _grouped(shop, spec, period, best, found.reached[0], by)
    else:
        best = best.mutate(group=ibis.literal(""))
    return best.select(
        best.unit.name(unit_of(spec.within)),
        "depth",
        best.group.fill_null("").name("group"),
        started=best.start.as_timestamp("s"),
    )


def _grouped(shop: Shop, spec: Funnel, period: Period, best: Frame, first: Frame, by: str) -> Frame:
    """The property at the chain's first step; the smallest where one second has several."""
    if spec.within == "session" and shop.has("sessions", by) and by not in shop.events.columns:
        visits = shop.sessions.select(visit="session_id", group=by)
        return best.left_join(visits, best.unit == visits.visit).drop("visit")
    if by not in first.columns:
        events = events_with(shop, {by}, unit_of(spec.within))
        first = events.select("unit", by, start=second_of(events.event_ts))
    side = first.group_by("unit", "start").aggregate(group=first[by].cast("string").min())
    joined = best.left_join(side, ["unit", "start"])
    return joined.select("unit", "depth", "start", "group")


def _table(reach: dict[str, "np.ndarray"], names: tuple[str, ...], level: float) -> pd.DataFrame:
    rows = []
    for group, numbers in reach.items():
        for place, (name, n) in enumerate(zip(names, numbers, strict=True)):
            before = int(numbers[place - 1]) if place else int(n)
            low, high = share_interval(int(n), before, level)
            rows.append(
                {
                    "group": group,
                    "step": place + 1,
                    "name": name,
                    "reached": int(n),
                    "lost": int(n - numbers[place + 1]) if place + 1 < len(names) else 0,
                    "rate": n / before if before else np.nan,
                    "of_first": n / numbers[0] if numbers[0] else np.nan,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def share_interval(hits: float, cases: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share; not a number without cases.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Example:
        >>> "{:.6f} {:.6f}".format(*share_interval(7, 50))
        '0.069508 0.261862'
    """
    if cases <= 0:
        return float("nan"), float("nan")
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    share = hits / cases
    middle = (share + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z / (1 + z**2 / cases) * (share * (1 - share) / cases + z**2 / (4 * cases**2)) ** 0.5
    # Where nobody or everybody did it, one end is exact; rounding must not pass it.
    low = 0.0 if hits <= 0 else max(0.0, middle - half)
    return low, 1.0 if hits >= cases else min(1.0, middle + half)
