"""Visits and events as they are written to disk.

Ids have a fixed width, so they are put together as bytes: a prefix, the date, a number.
"""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import words
from opsbook.demo.clock import Clock
from opsbook.demo.draw import Ints
from opsbook.demo.visits.events import ELEMENTS, PAGES, TYPES, Events
from opsbook.demo.visits.outcomes import LANDINGS
from opsbook.demo.visits.pages import Pages
from opsbook.demo.visits.visits import Visits

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["day_ids", "event_table", "session_table", "visitor_ids", "visitor_numbers"]

Bytes = NDArray[np.uint8]
_BITS = 29
"""Visitor numbers have so many bits, which fit nine digits."""


def visitor_numbers(visitor: Ints) -> Ints:
    """Numbers shuffled one to one, so that they say nothing about who joined, or will buy."""
    mask = (1 << _BITS) - 1
    number = (visitor * 0x19D699A5 + 0x0B504F33) & mask
    number ^= number >> 14
    number = (number * 0x1C3B7E65) & mask
    return number ^ (number >> 15)


def _digits(number: Ints, width: int) -> Bytes:
    """Numbers as rows of digits."""
    groups = np.array([list(b"%04d" % n) for n in range(10_000)], np.uint8)
    parts = []
    rest = number
    for _ in range(0, width, 4):
        rest, low = np.divmod(rest, 10_000)
        parts.append(groups[low])
    return np.concatenate(parts[::-1], axis=1)[:, -width:]


def _text(block: Bytes, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Rows of bytes as text; empty where not valid."""
    count, width = block.shape
    if valid is None:
        ends = np.arange(count + 1, dtype=np.int32) * width
        mask = None
    else:
        block = block[valid]
        ends = np.append(0, np.cumsum(valid, dtype=np.int32) * width).astype(np.int32)
        mask = pa.py_buffer(np.packbits(valid, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(block))
    return pa.Array.from_buffers(pa.string(), count, [mask, pa.py_buffer(ends), data])


def visitor_ids(visitor: Ints) -> pa.Array:
    """Ids of visitors as they stand in the table sessions.

    Args:
        visitor: Numbers of visitors, as in ``Visits``.
    """
    block = np.full((len(visitor), 10), ord("V"), np.uint8)
    block[:, 1:] = _digits(visitor_numbers(visitor), 9)
    return _text(block)


def day_ids(prefix: str, clock: Clock, day: Ints) -> Bytes:
    """Ids of rows in order of their days: prefix, date as yymmdd, number within the day.

    Args:
        prefix: One letter.
        clock: The period.
        day: Day of each row, rising.
    """
    block = np.empty((len(day), 14), np.uint8)
    block[:, 0] = ord(prefix)
    if not len(day):
        return block
    days, first, number = np.unique(day, return_index=True, return_counts=True)
    dates = [date.strftime("%y%m%d").encode() for date in clock.dates(days).tolist()]
    letters = np.frombuffer(b"".join(dates), np.uint8).reshape(-1, 6)
    block[:, 1:7] = np.repeat(letters, number, axis=0)
    block[:, 7:] = _digits(np.arange(len(day)) - np.repeat(first, number) + 1, 7)
    return block


def session_table(
    b: "Business", visits: Visits, pages: Pages, dwell: Ints, campaign: Ints
) -> pa.Table:
    """Rows of the table sessions, in order of time.

    Args:
        b: Names of channels, devices and campaigns.
        visits: The visits.
        pages: How fast their pages were.
        dwell: Time on site, seconds.
        campaign: Campaign that brought each visit, -1 for none.
    """
    channels = b.plan.channels
    classes = sorted({c.source_class for c in channels})
    class_of = np.array([classes.index(c.source_class) for c in channels])
    customer = np.full((len(visits), 8), ord("C"), np.uint8)
    customer[:, 1:] = _digits(np.maximum(visits.customer, 0) + 1, 7)
    start = np.datetime64(b.clock.first, "ms") + visits.start.astype("timedelta64[s]")
    return pa.table(
        {
            "session_id": _text(day_ids("S", b.clock, visits.day)),
            "visitor_id": visitor_ids(visits.visitor),
            "customer_id": _text(customer, visits.customer >= 0),
            "start_ts": pa.array(start),
            "source_class": words(class_of[visits.channel], classes),
            "channel": words(visits.channel, [c.name for c in channels]),
            "campaign_id": words(campaign, [c.id for c in b.campaigns]),
            "device": words(visits.device, [d.name for d in b.plan.devices]),
            "landing_page": words(visits.landing, LANDINGS),
            "dwell_s": pa.array(dwell.astype(np.int32)),
            "load_ms": pa.array(pages.load.astype(np.int32)),
            "lcp_ms": pa.array(pages.paint.astype(np.int32)),
            "fid_ms": pa.array(pages.delay.astype(np.int32)),
            "cls": pa.array((pages.shift / 1000.0).astype(np.float32)),
            "bounced": pa.array(visits.bounced),
        }
    )


def event_table(b: "Business", visits: Visits, events: Events, skus: pa.Array) -> pa.Table:
    """Rows of the table events, in order of visit and time.

    Args:
        b: The period.
        visits: The visits.
        events: Their events.
        skus: Id of each product.
    """
    day = visits.day[events.visit]
    at = np.datetime64(b.clock.first, "ms") + events.at.astype("timedelta64[ms]")
    sku = pa.array(events.product, mask=events.product < 0)
    return pa.table(
        {
            "event_id": _text(day_ids("E", b.clock, day)),
            "session_id": _text(day_ids("S", b.clock, visits.day)[events.visit]),
            "event_ts": pa.array(at),
            "type": words(events.type.astype(np.int64), TYPES),
            "sku": pa.DictionaryArray.from_arrays(sku, skus),
            "page": words(events.page.astype(np.int64), PAGES),
            "element": words(events.element.astype(np.int64), ELEMENTS),
        }
    )
