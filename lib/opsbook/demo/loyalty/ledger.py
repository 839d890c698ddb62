"""Keeping a points account: first in, first out, never below zero, to the point.

What a customer has used or lost is one number that only grows. Points go in order of
earning, so when the points earned until some month run out, the number is raised to what
had been earned by then, and the difference is what expires.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Ints

__all__ = ["EARN", "EXPIRE", "TAKE_BACK", "WISH", "Entries", "book", "expiries"]

EXPIRE, EARN, TAKE_BACK, WISH = range(4)
"""Kinds of entries; of entries in the same second the lower number goes first."""


@dataclass(frozen=True)
class Entries:
    """What happens to points accounts, one element per entry.

    Args:
        customer: Customer.
        second: When it happens.
        kind: EXPIRE, EARN, TAKE_BACK (after a refund) or WISH (to redeem).
        points: Points earned, to be taken back, or wanted for a reward; for EXPIRE the
            points that the customer had earned by the end of the month that runs out.
        detail: Index of what earned the points, or of the reward wished for; else -1.
    """

    customer: Ints
    second: Ints
    kind: Ints
    points: Ints
    detail: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def sorted_by_account(self) -> "Entries":
        """The same, by customer, time and kind."""
        # One number that sorts by all three; a second needs 29 bits for 17 years.
        key = (self.customer * 2**29 + self.second) * 4 + self.kind
        return self.take(np.argsort(key, kind="stable"))

    def take(self, rows: Ints | NDArray[np.bool_]) -> "Entries":
        """Some of them."""
        return Entries(*(getattr(self, f.name)[rows] for f in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["Entries"]) -> "Entries":
        """All entries of several parts."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def expiries(earned: Entries, month_of_day: Ints, ends: Ints, day: int) -> Entries:
    """When points run out: at the end of the month a year after the month of earning.

    Args:
        earned: Entries of kind EARN.
        month_of_day: Month of each day of the period, counted from its first.
        ends: Second at which each month of the period has ended, one element per month.
        day: Seconds in a day.

    Returns:
        One entry per customer and month of earning that runs out within the period.
    """
    line = np.argsort(earned.customer * 2**29 + earned.second, kind="stable")
    customer, points = earned.customer[line], earned.points[line]
    month = month_of_day[earned.second[line] // day]
    last = np.flatnonzero(np.diff(customer * 4096 + month, append=-1))
    total = np.concatenate([[0], np.cumsum(points)])
    opens = np.searchsorted(customer, customer[last])
    by_then = total[last + 1] - total[opens]
    # Twelve months later; the month itself must have ended within the period.
    runs_out = month[last] + 12
    known = runs_out < len(ends)
    last, by_then, runs_out = last[known], by_then[known], runs_out[known]
    none = np.full(len(last), -1)
    return Entries(customer[last], ends[runs_out], np.full(len(last), EXPIRE), by_then, none)


def book(entries: Entries) -> Ints:
    """Points that each entry really moves; 0 where a wish cannot be paid or nothing is left.

    The accounts are kept side by side: the first entries of all customers, then the second
    ones, and so on.

    Args:
        entries: Sorted by account.
    """
    moved = np.zeros(len(entries), dtype=np.int64)
    starts = np.flatnonzero(np.diff(entries.customer, prepend=-1))
    counts = np.diff(starts, append=len(entries))
    longest = np.argsort(-counts, kind="stable")
    starts, counts = starts[longest], counts[longest]
    earned = np.zeros(len(starts), dtype=np.int64)
    gone = np.zeros(len(starts), dtype=np.int64)
    # How many accounts have more than r entries, for every r.
    more = len(counts) - np.searchsorted(counts[::-1], np.arange(counts.max(initial=0)), "right")
    for r, accounts in enumerate(more):
        row = starts[:accounts] + r
        kind, points = entries.kind[row], entries.points[row]
        had, lost = earned[:accounts], gone[:accounts]
        balance = had - lost
        out = np.select(
            [kind == EXPIRE, kind == TAKE_BACK, kind == WISH],
            [
                np.maximum(points - lost, 0),
                np.minimum(points, balance),
                np.where(balance >= points, points, 0),
            ],
            0,
        )
        lost += out
        came = np.where(kind == EARN, points, 0)
        had += came
        moved[row] = out + came
    return moved
