"""Which scores make which segment, and what to do with it: the one table of rules."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.language import N_

__all__ = ["CLASSES", "SEGMENTS", "Segment", "ValueClass", "class_keys", "segment_keys"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """One of the eleven common RFM segments.

    Args:
        key: Name in data.
        name: Name people use, marked for translation.
        meaning: Who they are, marked for translation.
        free: What to do at no cost beyond work.
        paid: What to do where there is a budget.
        cells: Scores that belong to it: recency score to the standing scores.
    """

    key: str
    name: str
    meaning: str
    free: str
    paid: str
    cells: dict[int, tuple[int, ...]]


SEGMENTS = (
    Segment(
        "champions",
        N_("Champions"),
        N_("bought just now, often and much"),
        N_("Thank by name, show novelties first, ask for reviews and referrals."),
        N_("A gift or early access; no discount, they buy without one."),
        {5: (4, 5)},
    ),
    Segment(
        "loyal",
        N_("Loyal"),
        N_("buy often and much, last time not long ago"),
        N_("Recommend what goes with past purchases; tell what the next tier brings."),
        N_("Double points on a second category."),
        {4: (4, 5), 3: (4, 5)},
    ),
    Segment(
        "potential_loyalists",
        N_("Potential loyalists"),
        N_("recent, with middling frequency and spend"),
        N_("Invite into the community; show what buyers of the same took next."),
        N_("A voucher for the next purchase with a threshold above their usual order."),
        {5: (2, 3), 4: (2, 3)},
    ),
    Segment(
        "new_customers",
        N_("New or rare customers"),
        N_("bought just now, so far rarely and little"),
        N_("Welcome, explain use and care, ask after a week whether all is well."),
        N_("A voucher for the second purchase that runs out within the usual gap."),
        {5: (1,)},
    ),
    Segment(
        "promising",
        N_("Promising"),
        N_("bought lately, rarely and little"),
        N_("Show best sellers and reviews of what they looked at."),
        N_("Free shipping on the next order."),
        {4: (1,)},
    ),
    Segment(
        "need_attention",
        N_("Need attention"),
        N_("middling in everything, turning quiet"),
        N_("Remind of favourites and of points about to run out."),
        N_("A voucher that runs for one week."),
        {3: (3,)},
    ),
    Segment(
        "about_to_sleep",
        N_("About to sleep"),
        N_("below average and quiet for a while"),
        N_("Send what is new in the category bought before."),
        N_("A small voucher to half of them; keep it only if the other half buys less."),
        {3: (1, 2)},
    ),
    Segment(
        "cant_lose",
        N_("Can't lose them"),
        N_("were among the best, now silent for long"),
        N_("A personal call or message: ask what went wrong and put it right."),
        N_("A strong personal offer, at most the margin of one usual order."),
        {1: (5,), 2: (5,)},
    ),
    Segment(
        "at_risk",
        N_("At risk"),
        N_("bought often and much, but long ago"),
        N_("A personal message with what was bought and what is new since."),
        N_("A win-back voucher, with a group left out to see whether it works."),
        {1: (3, 4), 2: (3, 4)},
    ),
    Segment(
        "hibernating",
        N_("Hibernating"),
        N_("long silent, rarely bought"),
        N_("Leave in the regular newsletter; no extra contact."),
        N_("At mega-sales only, with the cheapest channel."),
        {2: (1, 2), 1: (2,)},
    ),
    Segment(
        "lost",
        N_("Lost"),
        N_("longest silent, bought once or little"),
        N_("Stop messages that cost money; clean the address list."),
        N_("None: the money does more elsewhere."),
        {1: (1,)},
    ),
)
"""Best standing first: a customer who moves down this list is cooling off.

The map over recency and standing is the one in common use with packages for RFM: ten
segments over a five-by-five grid, its lowest cell split off as Lost.
"""


@dataclass(frozen=True)
class ValueClass:
    """One of the four value classes of the training material.

    Args:
        key: Name in data.
        name: Name people use, marked for translation.
        meaning: Which customers, marked for translation.
    """

    key: str
    name: str
    meaning: str


CLASSES = (
    ValueClass("key_value", N_("Key value"), N_("frequency and spend both high")),
    ValueClass(
        "high_potential", N_("High potential"), N_("recent, one of frequency and spend high")
    ),
    ValueClass("maintain", N_("Maintain"), N_("one of the three high: recency, frequency, spend")),
    ValueClass("low_value", N_("Low value"), N_("none of the three high")),
)
"""Best first. The material names them without bounds; these bounds never lower a class
when a score rises."""

HIGH = 4
"""Least score that is called high: the upper two fifths."""


def _grid() -> NDArray[np.str_]:
    grid = np.full((6, 6), "", dtype="<U24")
    for segment in SEGMENTS:
        for recency, standings in segment.cells.items():
            grid[recency, list(standings)] = segment.key
    return grid


def segment_keys(r: Ints, f: Ints, m: Ints) -> NDArray[np.str_]:
    """Segment of each customer; standing is the mean of frequency and spend, rounded down.

    Args:
        r: Recency scores, 1 to 5.
        f: Frequency scores.
        m: Spend scores.

    Example:
        >>> segment_keys(np.array([5, 1]), np.array([5, 1]), np.array([4, 1])).tolist()
        ['champions', 'lost']
    """
    return _grid()[r, (f + m) // 2]


def class_keys(r: Ints, f: Ints, m: Ints) -> NDArray[np.str_]:
    """Value class of each customer, from which of the three scores are high (4 or 5).

    Args:
        r: Recency scores, 1 to 5.
        f: Frequency scores.
        m: Spend scores.
    """
    recent, often, much = r >= HIGH, f >= HIGH, m >= HIGH
    return np.select(
        [often & much, recent & (often | much), recent | often | much],
        ["key_value", "high_potential", "maintain"],
        "low_value",
    )
