"""Journeys counted by path: which channels were met in which order, and how often a sale followed.

This is all that the attribution models see. Where the paths came from does not matter here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["PathTable", "path_table"]


@dataclass(frozen=True)
class PathTable:
    """Different paths with their counts.

    Args:
        channels: Names; a touch is a position in this list.
        touches: Touches of all paths, one path after the other, positions in ``channels``.
        starts: Where each path begins in ``touches``; one more entry than there are paths.
        conversions: Journeys of each path that ended in an order.
        nulls: Journeys of each path that ended in nothing.
        value: Money that the conversions of each path brought.
    """

    channels: tuple[str, ...]
    touches: NDArray[np.int64]
    starts: NDArray[np.int64]
    conversions: NDArray[np.float64]
    nulls: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Touches of each path."""
        return np.diff(self.starts)

    @property
    def owner(self) -> NDArray[np.int64]:
        """The path that each touch belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def total(self) -> float:
        """Conversions of all paths."""
        return float(self.conversions.sum())

    @property
    def journeys(self) -> float:
        """Journeys of all paths, with and without an order."""
        return float(self.conversions.sum() + self.nulls.sum())

    def frame(self) -> pd.DataFrame:
        """One row per path, most conversions first: ``path, conversions, nulls, value``."""
        names = np.array(self.channels, object)
        paths = [" > ".join(names[t]) for t in np.split(self.touches, self.starts[1:-1])]
        columns = {"conversions": self.conversions, "nulls": self.nulls, "value": self.value}
        table = pd.DataFrame({"path": paths[: len(self)], **columns})
        return table.sort_values(["conversions", "path"], ascending=[False, True]).reset_index(
            drop=True
        )

    def without(self, channels: Iterable[str]) -> "PathTable":
        """The same journeys without touches of some channels, unless they had no other.

        Args:
            channels: Names to leave out, such as the direct visits.
        """
        gone = [i for i, name in enumerate(self.channels) if name in set(channels)]
        dropped = np.isin(self.touches, gone)
        only = np.bincount(self.owner, weights=~dropped, minlength=len(self)) == 0
        keep = ~dropped | only[self.owner]
        lengths = np.bincount(self.owner[keep], minlength=len(self))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return PathTable(
            self.channels, self.touches[keep], starts, self.conversions, self.nulls, self.value
        )

    def collapsed(self, most: int, other: str) -> "PathTable":
        """At most ``most`` channels: those with the fewest touches become one.

        Args:
            most: Channels to keep, the collected one included, 2 or more.
            other: Name of the collected one.
        """
        if most < 2:
            raise ParameterError(N_("{value} channels are too few; use 2 or more"), value=most)
        if len(self.channels) <= most:
            return self
        weight = (self.conversions + self.nulls)[self.owner]
        met = np.bincount(self.touches, weights=weight, minlength=len(self.channels))
        kept = np.argsort(-met, kind="stable")[: most - 1]
        place = np.full(len(self.channels), most - 1)
        place[kept] = np.arange(most - 1)
        names = (*(self.channels[i] for i in kept), other)
        return PathTable(
            names, place[self.touches], self.starts, self.conversions, self.nulls, self.value
        )

    def with_lost(self, other: "PathTable") -> "PathTable":
        """These converting journeys together with the lost ones of another table."""
        names = tuple(dict.fromkeys((*self.channels, *other.channels)))
        place = np.array([names.index(n) for n in other.channels], np.int64)
        keep = other.nulls > 0
        starts = self.starts[-1] + np.cumsum(other.lengths[keep])
        none = np.zeros(int(keep.sum()))
        return PathTable(
            names,
            np.concatenate([self.touches, place[other.touches[keep[other.owner]]]]),
            np.concatenate([self.starts, starts]).astype(np.int64),
            np.concatenate([self.conversions, none]),
            np.concatenate([self.nulls, other.nulls[keep]]),
            np.concatenate([self.value, none]),
        )


def path_table(
    paths: Sequence[Sequence[str]],
    conversions: Sequence[float],
    nulls: Sequence[float] | None = None,
    value: Sequence[float] | None = None,
) -> PathTable:
    """A path table from paths written out.

    Args:
        paths: Channels of each path, first to last; each path has one or more.
        conversions: Journeys of each path that ended in an order, 0 or more.
        nulls: Journeys that ended in nothing; none unless given.
        value: Money of each path's conversions; 0 unless given.

    Raises:
        ParameterError: A path without touch, a negative count, or lists of unequal length.

    Example:
        >>> path_table([("ads", "search"), ("search",)], [4, 6]).total
        10.0
    """
    size = len(paths)
    counts = [np.asarray(c if c is not None else np.zeros(size), np.float64)
              for c in (conversions, nulls, value)]  # fmt: skip
    if any(len(c) != size for c in counts):
        raise ParameterError(
            N_("{n} paths need as many counts, one for each path; got {got}"),
            n=size,
            got=", ".join(str(len(c)) for c in counts),
        )
    if any(len(p) == 0 for p in paths):
        raise ParameterError(N_("a path without a touch has nobody to credit; leave it out"))
    if (counts[0] < 0).any() or (counts[1] < 0).any():
        raise ParameterError(N_("counts of journeys must be 0 or more"))
    names = tuple(sorted({name for p in paths for name in p}))
    place = {name: i for i, name in enumerate(names)}
    touches = np.array([place[name] for p in paths for name in p], np.int64)
    starts = np.concatenate([[0], np.cumsum([len(p) for p in paths])]).astype(np.int64)
    return PathTable(names, touches, starts, *counts)
