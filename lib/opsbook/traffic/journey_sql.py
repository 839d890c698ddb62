"""Paths counted by the engine: contacts put in order, joined to orders, and summed."""

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.shop import Shop
from opsbook.traffic.packed_paths import MOST_CHANNELS, MOST_TOUCHES, packed

__all__ = ["AT_ONCE", "counted_paths", "touches_of"]

AT_ONCE = 20_000_000
"""Contacts that are sorted at once; more are taken in parts, person by person, so that the
embedded engine stays within a few gigabytes."""


def touches_of(
    shop: Shop, table: str, start: int, end: int
) -> tuple[Frame, list[str | None], int, int]:
    """Contacts of persons, channels as numbers from 1 in the order of their names.

    Args:
        shop: The shop.
        table: ``touchpoints`` or ``sessions``.
        start: First second, since 1970.
        end: Second after the last.

    Returns:
        One row per contact: ``who, sec, code``; names of the channels by number (None where
        it is not stated); how many channels of the tail share the last number, which then
        has no name of its own; how many contacts there are, those of the tail left out.
    """
    if table == "touchpoints":
        raw = shop.touchpoints
        rows = raw.select(who=raw.customer_id, ts=raw.touch_ts, channel=raw.channel)
    else:
        raw = shop.sessions
        rows = raw.select("visitor_id", "customer_id", ts=raw.start_ts, channel=raw.channel)
    first, after = (ibis.literal(s).as_timestamp("s") for s in (start, end))
    rows = rows.filter(rows.ts >= first, rows.ts < after)
    met = rows.group_by("channel").aggregate(n=rows.count())
    top = met.order_by(ibis.desc("n"), "channel").limit(MOST_CHANNELS + 1).execute()
    named = [None if n != n or n is None else str(n) for n in top["channel"].tolist()]
    tail = 0
    if len(named) > MOST_CHANNELS:
        named = named[: MOST_CHANNELS - 1]
        tail = int(met.count().execute()) - len(named)
    # Contacts of one second are put in the order of their names: the same in every data set.
    named.sort(key=lambda name: (name is None, name or ""))
    codes = [(rows.channel == n, i) for i, n in enumerate(named, 1) if n is not None]
    unknown = named.index(None) + 1 if None in named else MOST_CHANNELS
    code = ibis.cases(
        (rows.channel.isnull(), unknown), *codes, else_=MOST_CHANNELS
    ).cast("int64")  # fmt: skip
    rows = rows.mutate(code=code, sec=rows.ts.epoch_seconds())
    if table == "sessions":
        # Who logged in once is the same person on the visits before.
        known = rows.filter(rows.customer_id.notnull()).group_by("visitor_id")
        person = known.aggregate(person=lambda f: f.customer_id.min())
        rows = rows.left_join(person, "visitor_id")
        rows = rows.mutate(who=ibis.coalesce(rows.person, rows.visitor_id))
    return rows.select("who", "sec", "code"), named, tail, int(top["n"].sum())


def counted_paths(
    touches: Frame,
    orders: Frame,
    *,
    span: tuple[int, int],
    known_until: int,
    window: int,
    gap: int,
    half_life: float,
    channels: int,
    parts: int = 1,
) -> pd.DataFrame:
    """Journeys by path, as numbers.

    Args:
        touches: ``who, sec, code``.
        orders: Paid orders, ``who, sec, worth``.
        span: First second of the period and the one after its last.
        known_until: Second after the last one for which orders are known.
        window: Seconds that a contact may lie before its order.
        gap: Seconds within which contacts of one channel are one.
        half_life: Seconds in which the weight of a contact halves.
        channels: Number of channels.
        parts: Into how many parts the persons are divided, one after the other; on the
            embedded engine only.

    Returns:
        One row per path: ``low, high`` (its contacts), ``conversions, nulls, open`` (still
        within their window when the data end), ``cut`` (longer than is kept), ``value``,
        ``w0, w1 ...`` and ``v0, v1 ...`` (orders and value by channel under time decay).
    """
    if orders.get_backend().name == "duckdb":
        # A person as a number of 64 bits: sorting is half of the work.
        named = (f.filter(f.who.notnull()) for f in (touches, orders))
        touches, orders = (f.mutate(who=f.who.hash()) for f in named)
    else:
        parts = 1
    # The number is signed, and so is what is left of it.
    frames = []
    for part in range(parts):
        some, bought = (
            f if parts == 1 else f.filter((f.who % parts).isin((part, part - parts)))
            for f in (touches, orders)
        )
        frames.append(_counted(some, bought, span, known_until, window, gap, half_life, channels))
    if parts == 1:
        return frames[0]
    whole = pd.concat(frames, ignore_index=True)
    return whole.groupby(["low", "high"], as_index=False).sum()


def _counted(
    touches: Frame,
    orders: Frame,
    span: tuple[int, int],
    known_until: int,
    window: int,
    gap: int,
    half_life: float,
    channels: int,
) -> pd.DataFrame:
    walks = packed(_marked(touches, orders, window, gap, half_life), channels)
    first, after = span
    ended = ibis.ifelse(walks.won, walks.key, walks["last"])
    walks = walks.filter(ended >= first, ended < after)
    sold = _sold(orders).rename(buyer="who", bought="sec")
    walks = walks.left_join(sold, [walks.who == sold.buyer, walks.key == sold.bought, walks.won])
    won, clear = walks.won, walks.low + walks.high > 0
    n = ibis.ifelse(won, walks.n, 0)
    worth = ibis.ifelse(won, walks.worth, 0.0)
    closed = walks["last"] + window < known_until
    share = {c: walks[f"c{c}"] / walks.whole.nullif(0) for c in range(channels)}
    paths = walks.group_by("low", "high").aggregate(
        conversions=n.sum(),
        value=worth.sum(),
        nulls=(~won & closed & clear).cast("int64").sum(),
        open=(~won & ~closed & clear).cast("int64").sum(),
        cut=(walks.touches > MOST_TOUCHES).cast("int64").sum(),
        **{f"w{c}": (n * s).fill_null(0.0).sum() for c, s in share.items()},
        **{f"v{c}": (worth * s).fill_null(0.0).sum() for c, s in share.items()},
    )
    paths = paths.filter(paths.conversions + paths.nulls + paths.open + paths.cut > 0)
    return paths.order_by("low", "high").execute()


def _sold(orders: Frame) -> Frame:
    named = orders.filter(orders.who.notnull())
    return named.group_by("who", "sec").aggregate(n=named.count(), worth=named.worth.sum())


def _marked(touches: Frame, orders: Frame, window: int, gap: int, half_life: float) -> Frame:
    """Contacts with the next order, their place before it, and the run they are part of."""
    rows = touches.filter(touches.who.notnull()).select("sec", "code", "who")
    sold = _sold(orders)
    rows = rows.union(
        sold.select("sec", "who", code=ibis.literal(0, "int64")).select(*rows.columns)
    )
    rows = rows.mutate(at_order=ibis.ifelse(rows.code == 0, rows.sec, ibis.null("int64")))
    # At the same second a contact comes before its order.
    order = [rows.sec, (rows.code == 0).cast("int8"), rows.code]
    by = ibis.window(group_by=rows.who, order_by=order)
    ahead = ibis.window(group_by=rows.who, order_by=order, preceding=0, following=None)
    rows = rows.mutate(
        buys=rows.at_order.min().over(ahead),
        past_code=rows.code.lag().over(by),
        past_sec=rows.sec.lag().over(by),
    )
    repeated = (rows.past_code == rows.code) & (rows.sec - rows.past_sec <= gap)
    rows = rows.filter(rows.code > 0, ~repeated.fill_null(False))
    rows = rows.mutate(
        won=(rows.buys - rows.sec <= window).fill_null(False), key=rows.buys.fill_null(0)
    )
    # A contact long after the one before it begins a new run; a repeated one never does.
    apart = (rows.past_code > 0) & (rows.sec - rows.past_sec > window)
    rows = rows.mutate(fresh=(~rows.won & apart.fill_null(False)).cast("int64"))
    back = ibis.window(
        group_by=[rows.who, rows.key, rows.won],
        order_by=[ibis.desc(rows.sec), ibis.desc(rows.code)],
        preceding=None,
        following=0,
    )
    age = (rows.key - rows.sec).cast("float64")
    weight = ibis.ifelse(rows.won, (-age / half_life * 0.6931471805599453).exp(), 0.0)
    return rows.mutate(
        # Both over one order of the rows, the latest first; runs are counted from the end.
        place=ibis.row_number().over(back).cast("int64"),
        part=rows.fresh.sum().over(back) - rows.fresh,
        weight=weight,
    )
