"""Which ways lead through the shop: where visits enter and leave, turn back, and how buyers differ.

Buyers' visits are longer, so that anything happens in them more often. They are compared at
each station among visits that browsed on, by where they went *first* from there: one answer per
visit, whatever its length.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.path_sql import LEFT, walk
from opsbook.traffic.share_gap import share_gap
from opsbook.traffic.worth import Worth, order_worth

__all__ = ["OTHER", "Paths", "paths"]

OTHER = "other"
"""Stations too rare to be shown by themselves."""
_STATIONS = 9
_FEWEST = 30
_BOUGHT = ("cart", "checkout", "pay")
"""Stations of whoever buys: always shown, never compared."""


@dataclass(frozen=True)
class Paths:
    """The ways through the shop in a period.

    Args:
        stations: One row per station, by visits: ``station, visits`` (that were there),
            ``entries``, ``entry_share``, ``entry_paid`` (entered here and paid),
            ``bounces`` (entered here and saw nothing else), ``bounce`` with ``bounce_low,
            bounce_high``, ``exits`` (visits that ended here),
            ``exit_rate`` (of the visits that were here), ``stay_s`` (median seconds until
            the next station).
        moves: Transitions: ``station, after, moves, share`` (of the moves from the station).
        gaps: First moves of buyers and others: ``station, after, buyers, others`` (visits that
            browsed on from there), ``buyer_share, other_share, gap, low, high, p`` (corrected
            for the number of moves compared). Leaving and the steps to the payment are left
            out on both sides: buying makes them by definition.
        steps: Share of visits at each station by place: ``buyer`` (0 or 1), ``place``,
            ``station`` (``left`` once the visit is over), ``visits, share``.
        loops: Visits that went there and back: ``station, over, visits, share`` (of all),
            ``paid`` (share of them that paid), ``paid_else`` (of the other visits that were
            at ``station``).
        worth_each: Mean worth of an order of the period, in the currency; 0 if unknown.
        worth: What that is: margin, sales or orders.
        currency: ISO code of it.
        visits: Visits with any station.
        buyers: Of these, with a payment.
        period: Days on which the visits begin.
        level: Confidence of the intervals.
        shop: Title of the shop.
    """

    stations: pd.DataFrame
    moves: pd.DataFrame
    gaps: pd.DataFrame
    steps: pd.DataFrame
    loops: pd.DataFrame
    worth_each: float
    worth: Worth
    currency: str
    visits: int
    buyers: int
    period: Period
    level: float
    shop: str


@shared
def paths(
    shop: Shop, period: Period, *, places: int = 8, most: int = _STATIONS, level: float = 0.95
) -> Paths:
    """Walk the visits of a period.

    Args:
        shop: Needs ``sessions`` and ``events``; ``events.page`` tells pages apart.
        period: Days on which the visits begin.
        places: Steps of the matrix, 2 to 20.
        most: Stations shown by themselves besides the steps to the payment, 3 to 20; the rest
            is ``other``.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: A table is missing, or no visit of the period has an event.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, low, high in (
        ("places", places, 2, 20), ("most", most, 3, 20), ("level", level, 0.5, 0.999),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of bounds; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip
    shop.require(
        {
            "sessions": ("session_id", "start_ts"),
            "events": ("event_id", "session_id", "event_ts", "type"),
        }
    )
    way = walk(shop, period)
    if way.get_backend().name == "duckdb":
        way = way.cache()
    stations = _stations(way, level)
    if stations.empty:
        raise CannotTell(N_("no visit of {period} has an event"), period=str(period))
    totals = way.filter(way.place == 1)
    visits, buyers = (
        int(v)
        for v in totals.aggregate(n=totals.count(), k=totals.buyer.sum()).execute().iloc[0].tolist()
    )
    own = {*stations["station"].head(most), *_BOUGHT}
    each, worth = _worth_each(shop, period)
    return Paths(
        stations=stations,
        moves=_moves(way),
        gaps=_gaps(way, own, level),
        steps=_steps(way, own, places, visits, buyers),
        loops=_loops(way, visits),
        worth_each=each,
        worth=worth,
        currency=shop.currency,
        visits=visits,
        buyers=buyers,
        period=period,
        level=level,
        shop=shop.title,
    )


def _worth_each(shop: Shop, period: Period) -> tuple[float, Worth]:
    if not shop.has("orders", "order_id", "order_ts"):
        return 0.0, "orders"
    money, worth = order_worth(shop)
    each = in_days(money, period.start, period.end).worth.mean().execute()
    return (float(each) if each is not None and each == each else 0.0), worth


def _stations(way: Frame, level: float) -> pd.DataFrame:
    last = way.after == LEFT
    entry = way.place == 1
    frame: pd.DataFrame = (
        way.group_by("station")
        .aggregate(
            visits=way.first.sum(),
            entries=entry.cast("int64").sum(),
            entry_paid=(entry & (way.buyer == 1)).cast("int64").sum(),
            bounces=(entry & last).cast("int64").sum(),
            exits=last.cast("int64").sum(),
            stay_s=way.stay_s.median(),
        )
        .execute()
    )
    entered = frame["entries"].sum()
    frame["entry_share"] = frame["entries"] / max(entered, 1)
    frame["bounce"] = (frame["bounces"] / frame["entries"].where(frame["entries"] > 0)).astype(
        float
    )
    low, high = wilson(frame["bounces"].to_numpy(float), frame["entries"].to_numpy(float), level)
    frame["bounce_low"], frame["bounce_high"] = low, high
    frame["exit_rate"] = frame["exits"] / frame["visits"].clip(lower=1)
    return frame.sort_values(["visits", "station"], ascending=[False, True], ignore_index=True)


def _moves(way: Frame) -> pd.DataFrame:
    frame: pd.DataFrame = way.group_by("station", "after").aggregate(moves=way.count()).execute()
    frame["share"] = frame["moves"] / frame.groupby("station")["moves"].transform("sum")
    return frame.sort_values(
        ["moves", "station", "after"], ascending=[False, True, True], ignore_index=True
    )


def _gaps(way: Frame, own: set[str], level: float) -> pd.DataFrame:
    from scipy.stats import false_discovery_control

    names = ["station", "after", "buyers", "others", "buyer_share", "other_share"]
    # Whoever pays goes on to the cart, the checkout and the payment, and does not leave before.
    gone = way.filter(way.first == 1, way.after.notin([*_BOUGHT, LEFT]))
    counts = gone.group_by("station", "after", "buyer").aggregate(n=gone.count()).execute()
    counts = counts[counts["station"].isin(own)]
    wide = counts.pivot_table(
        index=["station", "after"], columns="buyer", values="n", aggfunc="sum", fill_value=0
    ).reindex(columns=[0, 1], fill_value=0)
    at = wide.groupby(level="station").transform("sum")
    frame = wide.reset_index().rename(columns={0: "k0", 1: "k1"})
    frame["others"], frame["buyers"] = at[0].to_numpy(), at[1].to_numpy()
    made = frame["station"].isin(_BOUGHT)
    enough = (frame["others"] >= _FEWEST) & (frame["buyers"] >= _FEWEST)
    common = frame["k0"] + frame["k1"] >= _FEWEST
    frame = frame[~made & enough & common]
    if frame.empty:
        return pd.DataFrame(columns=[*names, "gap", "low", "high", "p"])
    frame["buyer_share"] = frame["k1"] / frame["buyers"]
    frame["other_share"] = frame["k0"] / frame["others"]
    gap, low, high, p = share_gap(
        *(frame[c].to_numpy(float) for c in ("k1", "buyers", "k0", "others")), level=level
    )
    frame = frame.assign(gap=gap, low=low, high=high, p=false_discovery_control(p))
    frame = frame.reindex(frame["gap"].abs().sort_values(ascending=False).index)
    return frame[[*names, "gap", "low", "high", "p"]].reset_index(drop=True)


def _steps(way: Frame, own: set[str], places: int, visits: int, buyers: int) -> pd.DataFrame:
    early = way.filter(way.place <= places)
    counts = early.group_by("buyer", "place", "station").aggregate(visits=early.count()).execute()
    counts["station"] = counts["station"].where(counts["station"].isin(own), OTHER)
    counts = counts.groupby(["buyer", "place", "station"], as_index=False)["visits"].sum()
    sizes = {0: visits - buyers, 1: buyers}
    over = [
        (kind, place, LEFT, size - int(part["visits"].sum()))
        for kind, size in sizes.items()
        for place in range(1, places + 1)
        if size
        for part in [counts[(counts["buyer"] == kind) & (counts["place"] == place)]]
    ]
    gone = pd.DataFrame(over, columns=["buyer", "place", "station", "visits"])
    frame = pd.concat([counts, gone[gone["visits"] > 0]], ignore_index=True)
    frame["share"] = frame["visits"] / frame["buyer"].map(sizes)
    return frame.sort_values(["buyer", "place", "station"], ignore_index=True)


def _loops(way: Frame, visits: int) -> pd.DataFrame:
    back = way.filter(
        (way.station == way.second) & (way.after != way.station) & (way.after != LEFT)
    )
    back = back.select("visit", "station", over="after", buyer="buyer").distinct()
    loops = back.group_by("station", "over").aggregate(visits=back.count(), paid=back.buyer.sum())
    frame: pd.DataFrame = loops.execute()
    there = way.filter(way.first == 1)
    at = there.group_by("station").aggregate(n=there.count(), k=there.buyer.sum()).execute()
    at = at.set_index("station").reindex(frame["station"])
    others = at["n"].to_numpy(float) - frame["visits"].to_numpy(float)
    sold = at["k"].to_numpy(float) - frame["paid"].to_numpy(float)
    frame["paid_else"] = np.where(others > 0, sold / np.maximum(others, 1), 0.0)
    frame["paid"] = frame["paid"] / frame["visits"].clip(lower=1)
    frame["share"] = frame["visits"] / max(visits, 1)
    return frame.sort_values(
        ["visits", "station", "over"], ascending=[False, True, True], ignore_index=True
    )
