"""Community groups: customers join, a few carry the talk, most are silent.

The first gifts make some of the newcomers active within a day; Wednesday is members' day;
places in the next live session are booked in the two days before it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY, moments
from opsbook.demo.content.schedule import LiveSchedule
from opsbook.demo.draw import Floats, Ints, choose, choose_by_group, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["LAYERS", "TYPES", "CommunityPlan", "emit_community"]

LAYERS = ("KOC", "active", "silent")
TYPES = ("join", "message", "reaction", "sign_in", "share", "claim", "book", "leave")
_JOIN, _CLAIM, _BOOK, _LEAVE = 0, 5, 6, 7
_MIX = np.array(
    [
        [0.0, 0.42, 0.18, 0.14, 0.16, 0.05, 0.05, 0.0],
        [0.0, 0.20, 0.30, 0.28, 0.05, 0.10, 0.07, 0.0],
        [0.0, 0.05, 0.35, 0.33, 0.02, 0.20, 0.05, 0.0],
    ]
)
"""What members do, one row per layer."""


@dataclass(frozen=True)
class CommunityPlan:
    """Planted parameters of community groups.

    Args:
        groups: Number of groups.
        members: Share of customers who join one.
        most: Most members, however large the shop.
        wait: Mean days between registration and joining.
        layers: Share of members by layer: KOC, active, silent.
        per_week: Things a member does per week, by layer.
        gift: Share of new members who claim the welcome gift.
        gift_hours: Median hours until they do.
        gift_spread: Standard deviation of the log of these hours.
        wednesday: Activity on members' day against other days.
        leavers: Share of silent members who leave for good.
    """

    groups: int = 6
    members: float = 0.10
    most: int = 20_000
    wait: float = 20.0
    layers: tuple[float, ...] = (0.10, 0.22, 0.68)
    per_week: tuple[float, ...] = (2.5, 0.5, 0.02)
    gift: float = 0.55
    gift_hours: float = 4.5
    gift_spread: float = 0.8
    wednesday: float = 1.7
    leavers: float = 0.10


def emit_community(
    b: "Business", plan: CommunityPlan, schedule: LiveSchedule, sink: "Sink"
) -> None:
    """Write community_events, and the members' layers as truth.

    Args:
        b: The shop.
        plan: Planted parameters.
        schedule: Live sessions, which can be booked.
        sink: Takes the tables.
    """
    rng = stream(b.seed, "community")
    member, joined, layer, group = _join(rng, b, plan)
    left = np.full(len(member), b.clock.seconds)
    goes = (layer == 2) & (rng.random(len(member)) < plan.leavers)
    until = b.clock.seconds - joined
    left[goes] = (joined + DAY + rng.random(len(member)) * until)[goes].astype(np.int64)
    who, second, kind = _activity(rng, b, plan, joined, left, layer)
    second, kind = _book(rng, schedule, second, kind)
    gift = np.flatnonzero(rng.random(len(member)) < plan.gift)
    hours = plan.gift_hours * np.exp(plan.gift_spread * rng.standard_normal(len(gift)))
    gone = np.flatnonzero(left < b.clock.seconds)
    who = np.concatenate([who, np.arange(len(member)), gift, gone])
    claimed = joined[gift] + (hours * 3600).astype(np.int64) + 30
    second = np.concatenate([second, joined, claimed, left[gone]])
    rest = [np.full(n, k) for n, k in ((len(member), _JOIN), (len(gift), _CLAIM))]
    kind = np.concatenate([kind, *rest, np.full(len(gone), _LEAVE)])
    inside = (second >= joined[who]) & (second <= left[who]) & (second < b.clock.seconds)
    who, second, kind = who[inside], second[inside], kind[inside]
    line = np.argsort(second, kind="stable")
    who, second, kind = who[line], second[line], kind[line]
    names = [f"G{i:02d}" for i in range(1, plan.groups + 1)]
    sink.table(
        "community_events",
        pa.table(
            {
                "community_id": words(group[who], names),
                "customer_id": numbered("C", member[who] + 1, 7),
                "event_ts": when(b.clock, second),
                "type": words(kind, TYPES),
            }
        ),
    )
    sink.truth(
        "community_members",
        pa.table(
            {
                "customer_id": numbered("C", member + 1, 7),
                "community_id": words(group, names),
                "layer": words(layer, LAYERS),
                "join_ts": when(b.clock, joined),
            }
        ),
    )


def _join(
    rng: np.random.Generator, b: "Business", plan: CommunityPlan
) -> tuple[Ints, Ints, Ints, Ints]:
    """Members, second of joining, layer and group; who buys more joins and talks more."""
    size = len(b.people)
    orders = np.bincount(b.orders.customer, minlength=size)
    pull = 0.4 + np.minimum(orders, 6)
    share = min(plan.members, plan.most / max(size, 1))
    wants = rng.random(size) < share * pull / pull.mean()
    day = np.maximum(b.people.signup, 0) + rng.exponential(plan.wait, size).astype(np.int64)
    member = np.flatnonzero(wants & (day < b.clock.days))
    joined = moments(rng, day[member], b.clock.festival)
    lively = np.log1p(orders[member]) + 0.8 * rng.standard_normal(len(member))
    rank = np.empty(len(member), dtype=np.int64)
    rank[np.argsort(-lively, kind="stable")] = np.arange(len(member))
    steps = np.cumsum(plan.layers)[:-1] * len(member)
    layer = np.searchsorted(steps, rank, side="right").astype(np.int64)
    sizes = np.arange(plan.groups, 0, -1, dtype=np.float64) + 3
    group = choose(rng, sizes, len(member))
    return member, joined, layer, group


def _activity(
    rng: np.random.Generator,
    b: "Business",
    plan: CommunityPlan,
    joined: Ints,
    left: Ints,
    layer: Ints,
) -> tuple[Ints, Ints, Ints]:
    """What members do between joining and leaving: member, second, type."""
    weight = np.where(b.clock.weekday == 2, plan.wednesday, 1.0)
    # Time runs faster on Wednesdays: days are laid on a line of weights.
    line: Floats = np.concatenate([[0.0], np.cumsum(weight * 7 / (6 + plan.wednesday))])
    start, stop = joined // DAY + 1, left // DAY
    stretch = np.maximum(line[np.minimum(stop, b.clock.days)] - line[start], 0.0)
    times = rng.poisson(np.array(plan.per_week)[layer] / 7 * stretch)
    who = np.repeat(np.arange(len(joined)), times)
    at = line[start[who]] + rng.random(len(who)) * stretch[who]
    day = np.clip(np.searchsorted(line, at, side="right") - 1, 0, b.clock.days - 1)
    second = moments(rng, day, b.clock.festival)
    return who, second, choose_by_group(rng, _MIX, layer[who])


def _book(
    rng: np.random.Generator, schedule: LiveSchedule, second: Ints, kind: Ints
) -> tuple[Ints, Ints]:
    """Bookings come in the two days before a session; without one they are messages."""
    second, kind = second.copy(), kind.copy()
    books = np.flatnonzero(kind == _BOOK)
    following = np.searchsorted(schedule.start, second[books])
    there = following < len(schedule)
    kind[books[~there]] = 1
    books, following = books[there], following[there]
    ahead = (rng.uniform(0.5, 48, len(books)) * 3600).astype(np.int64)
    second[books] = schedule.start[following] - ahead
    return second, kind
