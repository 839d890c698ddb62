"""Mailings for the latest big sales: sent to who buys anyway, and they bring nothing.

A list is drawn the way shops draw one, by how often and how lately somebody bought, with chance
on top. Those mailed therefore buy more than the others. No order hangs on it: lists are drawn
from orders that are there, by streams of their own, so the true effect is zero.

Two ways of drawing are planted. Regulars differ by habit, and a fair comparison finds nothing.
Active customers are chosen for the half-year just before: they fall back to normal, and what
the mailing did cannot be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from opsbook.demo.clock import DAY
from opsbook.demo.draw import stream
from opsbook.demo.marketing.campaigns import Campaign
from opsbook.demo.marketing.contacts import Contacts, Means
from opsbook.demo.marketing.history import History

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["MailingList", "MailingPlan", "mailing_fact", "mailings", "without_goodbye"]

_SMS, _PUSH = 0, 3
"""Places among the means of contact."""


@dataclass(frozen=True)
class MailingList:
    """How a list is drawn from the orders before the sale.

    Args:
        name: What the list is called.
        recent_days: Upper bounds of the classes of days since the last order; one more class
            is open.
        orders: Lower bounds of the classes of orders counted; one more class lies below.
        counted_days: Days before the sale in which orders are counted; None for all.
        chance: Chance to be mailed: a row per class of days, a column per class of orders.
    """

    name: str
    recent_days: tuple[int, ...]
    orders: tuple[int, ...]
    counted_days: int | None
    chance: tuple[tuple[float, ...], ...]


_REGULARS = MailingList("regulars", (), (2, 3, 5), None, ((0.08, 0.25, 0.45, 0.65),))
_ACTIVE = MailingList(
    "active",
    (30, 90, 180),
    (2,),
    180,
    ((0.35, 0.60), (0.20, 0.45), (0.10, 0.25), (0.05, 0.05)),
)


@dataclass(frozen=True)
class MailingPlan:
    """Planted parameters of campaign mailings.

    Args:
        lists: Lists of the latest finished mega-sales, the latest first.
        push: Share of messages sent by push; the rest are sent by sms.
        window_days: Days after a message in which an order counts as its outcome.
        lift: True effect on orders.
    """

    lists: tuple[MailingList, ...] = (_REGULARS, _ACTIVE)
    push: float = 0.4
    window_days: int = 14
    lift: float = 0.0


def mailings(
    b: "Business", plan: MailingPlan, history: History
) -> Iterator[tuple[MailingList, Contacts]]:
    """One mailing per sale; everybody who had ordered before is a row, mailed or not.

    Args:
        b: The shop.
        plan: How lists are drawn.
        history: Orders that were kept.
    """
    over = [c for c in b.campaigns if c.type == "mega-sale" and c.end < b.clock.days]
    for campaign, drawn in zip(reversed(over), plan.lists, strict=False):
        found = _mailing(b, plan, drawn, history, campaign)
        if found.contacted.any():
            yield drawn, found


def _mailing(
    b: "Business", plan: MailingPlan, drawn: MailingList, history: History, campaign: Campaign
) -> Contacts:
    """Drawn from what was known before the sale's first day, and sent on that day."""
    rng = stream(b.seed, f"marketing mailing {campaign.id}")
    people = np.arange(len(b.people))
    start = np.full(len(people), campaign.first * DAY)
    begin, now = history.between(people, np.zeros_like(start), start)
    known = np.flatnonzero(now > begin)
    start, begin, now = start[known], begin[known], now[known]
    silent = campaign.first - history.placed[now - 1] // DAY
    if drawn.counted_days is not None:
        begin, _ = history.between(known, start - drawn.counted_days * DAY, start)
    row = np.searchsorted(drawn.recent_days, silent, side="left")
    column = np.searchsorted(drawn.orders, now - begin, side="right")
    mailed = rng.random(len(known)) < np.array(drawn.chance)[row, column]
    # Nobody is written to at night.
    second = start + rng.integers(9 * 3600, 20 * 3600, len(known))
    means = np.where(rng.random(len(known)) < plan.push, _PUSH, _SMS)
    first, last = history.between(known, second, second + plan.window_days * DAY)
    return Contacts(campaign.id, known, second, means, mailed, last > first)


def without_goodbye(means: tuple[Means, ...]) -> tuple[Means, ...]:
    """Means of contact after which nobody unsubscribes: who can be reached stays as it was.

    Args:
        means: Means as they are.
    """
    return tuple(
        replace(m, chances=(m.chances[0] + m.chances[4], *m.chances[1:4], 0.0)) for m in means
    )


def mailing_fact(b: "Business", drawn: MailingList, found: Contacts) -> dict[str, Any]:
    """What the truth says of one mailing.

    Args:
        b: The shop.
        drawn: Its list.
        found: From ``mailings``.

    Returns:
        ``campaign_id, list, sent_on, known`` (customers who had ordered before), ``mailed``, and
        ``plain_comparison``: mailed against not, share who ordered within the window, minus 1.
    """
    there, left = found.ordered[found.contacted], found.ordered[~found.contacted]
    day = b.clock.first + timedelta(days=int(found.second[0] // DAY))
    return {
        "campaign_id": found.journey,
        "list": drawn.name,
        "sent_on": day.isoformat(),
        "known": len(found),
        "mailed": len(there),
        "plain_comparison": float(there.mean() / left.mean() - 1) if left.sum() else None,
    }
