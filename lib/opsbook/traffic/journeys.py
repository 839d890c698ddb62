"""The contacts before each order, and the ways that led to none: one row per different path.

Everything is counted in the engine; what leaves it is one row per path. Rules, all parameters:
a contact belongs to the next paid order of the same person if that comes within the window;
contacts of one channel that follow each other closely are one; what leads to no order within
the window is a journey of its own, which ends where no contact follows for as long.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.journey_sql import AT_ONCE, counted_paths, touches_of
from opsbook.traffic.packed_paths import unpacked
from opsbook.traffic.paths_table import PathTable
from opsbook.traffic.worth import Worth, order_worth

__all__ = ["DIRECT", "Journeys", "Source", "journeys"]

DIRECT = ("direct", "Direct", "(direct)", "(none)", "直接访问", "直接")
"""What analytics programs call a visit of which nobody knows where it came from."""
Source = Literal["auto", "touchpoints", "sessions"]
_DAY = 86_400


@dataclass(frozen=True)
class Journeys:
    """Journeys of a period, counted by path.

    Args:
        paths: The journeys; channels of the tail are one.
        decayed: Orders and value by channel if a contact's weight halves every
            ``half_life_days`` before the order; two rows, one column per channel.
        period: Days of the orders.
        window_days: How far a contact may lie before its order.
        session_gap_minutes: Contacts of one channel closer than this are one.
        half_life_days: Of ``decayed``.
        source: Table that the contacts are from.
        nulls_from: Table that journeys without order are from; empty where there are none.
        orders: Paid orders of the period, with and without a known path.
        unfinished: Journeys left out because their window was still open at the end.
        scale: What the counted journeys without order were multiplied with, because only a
            part of the period is long enough ago to be sure of them.
        tail: Channels that were put together as one.
        long: Journeys with more contacts than 24; their last 24 are kept. A run of so many
            without order that is followed by another run is left out.
        direct: Names of the direct channel.
        worth: What value is.
        currency: ISO code.
        shop: Title of the shop.
    """

    paths: PathTable
    decayed: NDArray[np.float64]
    period: Period
    window_days: int
    session_gap_minutes: int
    half_life_days: float
    source: str
    nulls_from: str
    orders: int
    unfinished: int
    scale: float
    tail: int
    long: int
    direct: tuple[str, ...]
    worth: Worth
    currency: str
    shop: str

    @property
    def mean_touches(self) -> float:
        """Contacts before an order, mean."""
        return float(np.average(self.paths.lengths, weights=self.paths.conversions))

    @property
    def several(self) -> float:
        """Share of orders whose path met more than one channel."""
        size = len(self.paths.channels)
        pairs = np.unique(self.paths.owner * size + self.paths.touches)
        many = np.bincount(pairs // size, minlength=len(self.paths)) > 1
        return float(self.paths.conversions[many].sum() / self.paths.total)


@shared
def journeys(
    shop: Shop,
    period: Period | None = None,
    *,
    window_days: int = 30,
    session_gap_minutes: int = 30,
    half_life_days: float = 7.0,
    source: Source = "auto",
) -> Journeys:
    """Count the paths of a period.

    Args:
        shop: Needs ``orders.customer_id`` and either ``touchpoints`` or ``sessions`` with
            ``customer_id`` and ``channel``.
        period: Days of the orders; all of the data unless given.
        window_days: How far a contact may lie before its order, 1 to 180 days.
        session_gap_minutes: Contacts of one channel at most so far apart are one, 0 to 1440.
        half_life_days: Of the weight of a contact under time decay, 0.1 to 90 days.
        source: Table of the contacts; touchpoints unless there are none.

    Raises:
        CannotTell: No contact precedes an order, or the tables are not there.
        ParameterError: A parameter is out of bounds.
    """
    _check(window_days, session_gap_minutes, half_life_days, source)
    shop.require({"orders": ("order_id", "order_ts", "customer_id")})
    table = _source(shop, source)
    days = data_days(shop)
    period = period or days
    found = _counted(shop, table, period, days, window_days, session_gap_minutes, half_life_days)
    if found.paths.total == 0:
        raise CannotTell(
            N_(
                "no contact in {table} precedes an order of the same customer by at most "
                "{days} days in {period}"
            ),
            table=table,
            days=window_days,
            period=str(period),
        )
    other = "sessions"
    if found.nulls_from or table == other or not shop.has(other, "visitor_id", "channel"):
        return found
    # A shop that only logs the contacts of its buyers: who visited and bought nothing is
    # in the visits.
    lost = _counted(shop, other, period, days, window_days, session_gap_minutes, half_life_days)
    paths = found.paths.with_lost(lost.paths)
    more = len(paths.channels) - len(found.paths.channels)
    return replace(
        found,
        paths=paths,
        decayed=np.pad(found.decayed, ((0, 0), (0, more))),
        nulls_from=lost.nulls_from,
        unfinished=lost.unfinished,
        scale=lost.scale,
    )


def _check(window: int, gap: int, half_life: float, source: str) -> None:
    for name, value, low, high in (
        ("window_days", window, 1, 180),
        ("session_gap_minutes", gap, 0, 1440),
        ("half_life_days", half_life, 0.1, 90),
    ):
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of bounds; use {low} to {high}"),
                name=name,
                value=value,
                low=low,
                high=high,
            )
    if source not in ("auto", "touchpoints", "sessions"):
        raise ParameterError(
            N_('source "{value}" is not known; use auto, touchpoints or sessions'), value=source
        )


def _source(shop: Shop, source: Source) -> str:
    needs = {
        "touchpoints": ("customer_id", "touch_ts", "channel"),
        "sessions": ("visitor_id", "customer_id", "start_ts", "channel"),
    }
    if source != "auto":
        shop.require({source: needs[source]})
        return source
    for name, columns in needs.items():
        if shop.has(name, *columns):
            return name
    raise CannotTell(
        N_(
            "which channels came before an order is not known: the shop has neither "
            "touchpoints nor sessions with customer and channel. See data/README.md."
        )
    )


def _counted(
    shop: Shop, table: str, period: Period, days: Period, window: int, gap: int, half_life: float
) -> Journeys:
    touches, names, tail, contacts = touches_of(
        shop, table, _seconds(period.start) - window * _DAY, _seconds(period.end)
    )
    labels = [t("direct or unknown") if n is None else n for n in names]
    if tail:
        labels.append(t("other channels"))
    direct = {*DIRECT, labels[names.index(None)] if None in names else ""}
    sold, worth = order_worth(shop)
    since = datetime.combine(period.start - timedelta(days=window), time())
    orders = sold.filter(sold.order_ts >= ibis.literal(since))
    frame = counted_paths(
        touches,
        orders.select(who=orders.customer_id, sec=orders.order_ts.epoch_seconds(), worth="worth"),
        span=(_seconds(period.start), _seconds(period.end)),
        known_until=_seconds(max(days.end, period.end)),
        window=window * _DAY,
        gap=gap * 60,
        half_life=half_life * _DAY,
        channels=len(labels),
        parts=-(-contacts // AT_ONCE) or 1,
    )
    cut = int(frame["cut"].sum())
    frame = frame[frame["conversions"] + frame["nulls"] + frame["open"] > 0]
    inside = in_days(sold, period.start, period.end)
    sure = (max(days.end, period.end) - timedelta(days=window) - period.start).days
    sure = min(max(sure, 0), period.days)
    # Fewer than seven sure days say too little to be multiplied.
    scale = period.days / sure if sure >= 7 else 0.0
    lost = frame["nulls"].to_numpy(np.float64) * scale
    paths = unpacked(frame, labels, lost)
    shares = [f"w{c}" for c in range(len(labels))], [f"v{c}" for c in range(len(labels))]
    return Journeys(
        paths=paths,
        decayed=np.stack([frame[list(s)].sum().to_numpy(np.float64) for s in shares]),
        period=period,
        window_days=window,
        session_gap_minutes=gap,
        half_life_days=half_life,
        source=table,
        nulls_from=table if lost.sum() > 0 else "",
        orders=int(inside.count().execute()),
        unfinished=int(frame["open"].sum()),
        scale=scale,
        tail=tail,
        long=cut,
        direct=tuple(n for n in labels if n in direct),
        worth=worth,
        currency=shop.currency,
        shop=shop.title,
    )


def _seconds(day: object) -> int:
    return int(pd.Timestamp(str(day)).timestamp())
