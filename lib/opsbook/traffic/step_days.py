"""The funnel day by day: how many visits of each device got how far."""

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel import funnel
from opsbook.traffic.steps import SHOP_STEPS, Funnel, Step

__all__ = ["step_days"]


def step_days(
    shop: Shop,
    period: Period | None = None,
    *,
    steps: tuple[Step, ...] = SHOP_STEPS,
    window: timedelta = timedelta(days=1),
    by: str = "device",
) -> pd.DataFrame:
    """Visits by day and device, and how many of them reached each step.

    Args:
        shop: Needs ``sessions`` with ``start_ts`` and ``events``.
        period: Days on which visits begin; all days of the data unless given.
        steps: Ordered steps within a visit. All visits stand before the first.
        window: Longest time from the first step to the last.
        by: Column of ``sessions``; without it there is one group.

    Returns:
        One row per day and group, in order: ``date, group`` (empty where unknown),
        ``step_0`` (visits), ``step_1`` ... (visits that reached each step).

    Raises:
        CannotTell: Tables are missing, or no visit reached the first step.
    """
    shop.require({"sessions": ("session_id", "start_ts"), "events": ("session_id", "event_ts")})
    span = period or _days_visited(shop)
    spec = Funnel(steps, window, within="session")
    units = funnel(shop, spec, Period(span.start, span.end + timedelta(days=1))).units
    visits = in_days(shop.sessions, span.start, span.end, "start_ts")
    group = visits[by].cast("string").fill_null("") if by in visits.columns else ibis.literal("")
    visits = visits.select(visit="session_id", date=visits.start_ts.date(), group=group)
    depths = units.select(seen="session_id", depth="depth")
    joined = visits.left_join(depths, visits.visit == depths.seen)
    frame = (
        joined.group_by("date", "group", depth=joined.depth.fill_null(0))
        .aggregate(n=joined.count())
        .execute()
    )
    if frame.empty:
        raise CannotTell(N_("no visit begins in {period}"), period=str(span))
    wide = frame.pivot_table(index=["date", "group"], columns="depth", values="n", aggfunc="sum")
    wide = wide.reindex(columns=range(len(steps) + 1)).fillna(0).astype("int64")
    reach = wide.to_numpy()[:, ::-1].cumsum(axis=1)[:, ::-1]
    names = [f"step_{n}" for n in range(len(steps) + 1)]
    found = pd.DataFrame(np.asarray(reach), columns=names, index=wide.index).reset_index()
    found["date"] = pd.to_datetime(found["date"])
    return found


def _days_visited(shop: Shop) -> Period:
    """First to last day with a visit; a shop that has sold nothing yet has visits too."""
    start = shop.sessions.start_ts
    row = shop.sessions.aggregate(first=start.min(), last=start.max()).execute().iloc[0]
    if pd.isna(row["first"]):
        raise CannotTell(N_("no visit says when it began"))
    first, last = row["first"].date(), row["last"].date()
    return Period(first, last + timedelta(days=1))
