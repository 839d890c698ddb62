"""Writing visits and events: chunk by chunk, in two processes when the shop is big."""

import multiprocessing
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.marketing.campaigns import campaign_of
from opsbook.demo.visits.columns import event_table, session_table, visitor_numbers
from opsbook.demo.visits.events import draw_events
from opsbook.demo.visits.pages import time_pages
from opsbook.demo.visits.traffic import Traffic, plan_traffic
from opsbook.demo.visits.truth import emit_truth
from opsbook.demo.visits.views import draw_views, interest, plan_interest, view_products
from opsbook.demo.visits.visits import Visits, draw_visits, lengths

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit", "visit_tables"]

_PARTS_FROM = 12
"""From so many chunks on, each is a file of its own, and processes share the work."""
_WORKERS = 2
_SAMPLE = 10
"""A sample keeps the visits of one visitor in so many."""
_BY_CAMPAIGN = 0.35
"""Share of paid visits on the days of a campaign that it brought."""

Tables = tuple[pa.Table, pa.Table | None]


@dataclass(frozen=True)
class _Plan:
    """What every chunk needs."""

    traffic: Traffic
    share: Floats
    mean: float
    skus: pa.Array
    campaign: Ints


def emit(b: "Business", sink: "Sink") -> None:
    """Write sessions, events and their truth.

    ``b.events`` says how much of it: ``full``; ``sample`` keeps visits and events of one
    visitor in ten, drawn by visitor number without a look at what he does, so that all
    rates stay as they are (orders then mostly lack their visit); ``none`` keeps all visits
    and writes no events.

    Args:
        b: The shop.
        sink: Takes the rows.
    """
    traffic = plan_traffic(b)
    mean, views = plan_interest(b, traffic)
    plan = _Plan(
        traffic=traffic,
        share=interest(b, traffic.funnel.cvr(b.plan)),
        mean=mean,
        skus=numbered("P", np.arange(1, len(b.range_) + 1), 5),
        campaign=campaign_of(b.clock, b.campaigns),
    )
    chunks = len(traffic.edges) - 1
    if chunks < _PARTS_FROM or not _can_fork():
        _write_in_order(b, plan, sink, chunks)
    else:
        _write_parts(b, plan, sink, chunks)
    emit_truth(b, traffic, mean, views, sink)


def visit_tables(b: "Business", plan: _Plan, chunk: int) -> Tables:
    """Sessions and events that begin on the days of a chunk."""
    traffic = plan.traffic
    visits = draw_visits(b, traffic, chunk)
    if b.events == "sample":
        visits = visits.where(visitor_numbers(visits.visitor) % _SAMPLE == 0)
    rng = stream(b.seed, f"visits-pages-{chunk}")
    pages = time_pages(rng, b, traffic, visits)
    window = traffic.funnel.pay_window_s
    dwell = lengths(rng, b, visits, window)
    campaign = _campaigns(rng, b, plan, visits)
    sessions = session_table(b, visits, pages, np.ceil(dwell).astype(np.int64), campaign)
    if b.events == "none":
        return sessions, None
    rng = stream(b.seed, f"visits-events-{chunk}")
    days = (int(traffic.edges[chunk]), int(traffic.edges[chunk + 1]))
    catalogue = view_products(b, days)
    views = draw_views(rng, b, traffic, visits, catalogue, plan.share, plan.mean)
    events = draw_events(rng, b, visits, views, dwell, window).until(b.clock.seconds)
    return sessions, event_table(b, visits, events, plan.skus)


def _campaigns(rng: np.random.Generator, b: "Business", plan: _Plan, visits: Visits) -> Ints:
    """The campaign of the day brought visits to its page and part of the paid ones."""
    classes = np.array([c.source_class for c in b.plan.channels])
    brings = (classes == "event") + _BY_CAMPAIGN * (classes == "paid")
    brought = rng.random(len(visits), dtype=np.float32) < brings[visits.channel]
    campaign = plan.campaign[visits.day]
    bought = np.flatnonzero(visits.order >= 0)
    own = b.orders.campaign[visits.order[bought]]
    campaign[bought] = np.where(own >= 0, own, campaign[bought])
    return np.where(brought, campaign, -1)


def _can_fork() -> bool:
    # Elsewhere forks exist, but system libraries do not survive them.
    return sys.platform == "linux"


def _write_in_order(b: "Business", plan: _Plan, sink: "Sink", chunks: int) -> None:
    """One file per table; a chunk is written while the next one is drawn."""
    with ThreadPoolExecutor(1) as writer:
        waiting = None
        for chunk in range(chunks):
            tables = visit_tables(b, plan, chunk)
            if waiting is not None:
                waiting.result()
            waiting = writer.submit(_append, sink, tables)
        if waiting is not None:
            waiting.result()


def _append(sink: "Sink", tables: Tables) -> None:
    sessions, events = tables
    sink.table("sessions", sessions)
    if events is not None:
        sink.table("events", events)


_shop: tuple["Business", _Plan, "Sink"] | None = None


def _write_parts(b: "Business", plan: _Plan, sink: "Sink", chunks: int) -> None:
    """One file per chunk, written by whichever process made it."""
    # Forked processes find the shop in memory; nothing of it is sent to them.
    context = multiprocessing.get_context("fork")
    with (
        warnings.catch_warnings(),
        ProcessPoolExecutor(
            _WORKERS, mp_context=context, initializer=_take, initargs=(b, plan, sink)
        ) as workers,
    ):
        # Python warns of any fork beside threads; those of Arrow and NumPy are made for it.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        for _ in workers.map(_write_part, range(chunks)):
            pass


def _take(b: "Business", plan: _Plan, sink: "Sink") -> None:
    global _shop
    _shop = (b, plan, sink)


def _write_part(chunk: int) -> None:
    assert _shop is not None
    b, plan, sink = _shop
    sessions, events = visit_tables(b, plan, chunk)
    sink.part("sessions", chunk + 1, sessions)
    if events is not None:
        sink.part("events", chunk + 1, events)
