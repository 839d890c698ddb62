"""The tables of content: creators, live_sessions, community_events and ugc."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered
from opsbook.demo.content.community import CommunityPlan, emit_community
from opsbook.demo.content.creators import creators_table, find_creators
from opsbook.demo.content.lives import live_tables
from opsbook.demo.content.schedule import LivePlan, live_schedule
from opsbook.demo.content.ugc import UgcPlan, ugc_table
from opsbook.demo.draw import stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit"]


def emit(b: "Business", sink: "Sink") -> None:
    """Write creators, live_sessions, community_events and ugc, and their truth.

    Args:
        b: The shop.
        sink: Takes the tables.
    """
    plan = LivePlan()
    schedule = live_schedule(b.seed, b.clock, plan, b.wanted)
    creators = find_creators(stream(b.seed, "creators"), plan)
    sink.table("creators", creators_table(creators))
    sink.truth(
        "creators",
        pa.table(
            {
                "creator_id": numbered("K", np.arange(1, len(creators) + 1), 3),
                "conversion": creators.conversion,
            }
        ),
    )
    minutes, lives = live_tables(b, plan, schedule, creators)
    sink.table("live_sessions", minutes)
    sink.truth("live_sessions", lives)
    groups, pictures = CommunityPlan(), UgcPlan()
    emit_community(b, groups, schedule, sink)
    sink.table("ugc", ugc_table(b, pictures))
    # Share of a session's views that begin in its first half hour, by its length in minutes.
    opening = {str(m): float(plan.entering(m)[:30].sum()) for m in plan.lengths}
    sink.fact(
        content={
            "live": asdict(plan) | {"lives": len(schedule), "entries_in_first_30": opening},
            "community": asdict(groups),
            "ugc": asdict(pictures),
        }
    )
