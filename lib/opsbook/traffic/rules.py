"""Attribution by rule: first, last, last but direct, linear, by position."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from opsbook.traffic.paths_table import PathTable

__all__ = ["RULES", "rule_credit", "rule_weights"]

RULES = ("first", "last", "last_non_direct", "linear", "position")
Floats = NDArray[np.float64]


def rule_weights(paths: PathTable, rule: str, *, direct: Collection[str] = ()) -> Floats:
    """Share of its journey's conversion that each touch of the table gets.

    Args:
        paths: Journeys by path.
        rule: ``first``, ``last``, ``last_non_direct`` (the last touch that is not direct; the
            last one where all are), ``linear`` (every touch the same) or ``position`` (40 %
            to the first, 40 % to the last, 20 % to those between; half each of two).
        direct: Names of the direct channels.

    Returns:
        One weight per entry of ``paths.touches``; those of a path add up to 1.
    """
    lengths = paths.lengths[paths.owner]
    place = np.arange(len(paths.touches)) - paths.starts[:-1][paths.owner]
    first, last = place == 0, place == lengths - 1
    if rule == "first":
        return first.astype(np.float64)
    if rule == "last":
        return last.astype(np.float64)
    if rule == "linear":
        return 1.0 / lengths
    if rule == "position":
        between = np.where(first | last, 0.4, 0.2 / np.maximum(lengths - 2, 1))
        return np.where(lengths == 1, 1.0, np.where(lengths == 2, 0.5, between))
    if rule == "last_non_direct":
        codes = [i for i, name in enumerate(paths.channels) if name in direct]
        seen = np.where(np.isin(paths.touches, codes), -1, place)
        best = np.full(len(paths), -1)
        np.maximum.at(best, paths.owner, seen)
        chosen = np.where(best >= 0, best, paths.lengths - 1)
        return (place == chosen[paths.owner]).astype(np.float64)
    raise KeyError(rule)


def rule_credit(
    paths: PathTable, rule: str, *, direct: Collection[str] = ()
) -> tuple[Floats, Floats]:
    """Orders and money that a rule credits to each channel.

    Args:
        paths: Journeys by path.
        rule: One of ``RULES``.
        direct: Names of the direct channels.

    Returns:
        Conversions and value by channel; each adds up to the table's.
    """
    weight = rule_weights(paths, rule, direct=direct)
    size = len(paths.channels)
    owned = (of[paths.owner] * weight for of in (paths.conversions, paths.value))
    orders, value = (
        np.asarray(np.bincount(paths.touches, weights=w, minlength=size), np.float64) for w in owned
    )
    return orders, value
