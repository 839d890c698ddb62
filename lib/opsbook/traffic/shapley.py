"""A fair split of orders among channels that were met together: Shapley values.

Two games are offered. In ``orders`` a set of channels is worth the orders of journeys that
met no other channel; its Shapley values have a closed form, exact for any number of channels.
In ``rate`` it is worth their conversion rate, so that journeys without an order count too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.traffic.paths_table import PathTable

__all__ = ["EXACT", "Game", "Shapley", "shapley_credit", "shapley_values"]

EXACT = 12
"""Players up to which every coalition is looked at."""
Floats = NDArray[np.float64]
Game = Literal["orders", "rate"]


@dataclass(frozen=True)
class Shapley:
    """Shapley values.

    Args:
        values: One per player, adding up to what all of them are worth.
        error: Standard error of each, from sampling; 0 where they are exact.
        exact: Whether every coalition was looked at.
    """

    values: Floats
    error: Floats
    exact: bool


def shapley_values(
    worth: Callable[[frozenset[int]], float],
    players: int,
    *,
    rng: np.random.Generator | None = None,
    orders: int = 2000,
) -> Shapley:
    """Shapley values of any game: exact up to 12 players, by sampled orders beyond.

    Args:
        worth: What a set of players is worth; the empty set must be worth 0.
        players: How many there are, 1 or more.
        rng: Draws the orders; seed 0 unless given.
        orders: Orders in which players come, sampled beyond 12 players, 2 or more; each is
            also taken backwards, which halves the error of most games.

    Raises:
        ParameterError: No player, or too few orders.

    Source:
        Shapley (1953); sampling: Castro, Gomez and Tejada (2009), Computers and Operations
        Research 36, 1726-1730.
    """
    if players < 1 or orders < 2:
        raise ParameterError(
            N_("{value} is too few for Shapley values; use one player and two orders or more"),
            value=min(players, orders),
        )
    if players <= EXACT:
        return Shapley(_exact(worth, players), np.zeros(players), True)
    rng = rng or np.random.default_rng(0)
    gains = np.zeros((orders, players))
    for draw in range(orders):
        row = rng.permutation(players)
        for turn in (row, row[::-1]):
            there: set[int] = set()
            before = worth(frozenset())
            for player in turn:
                there.add(int(player))
                now = worth(frozenset(there))
                gains[draw, player] += (now - before) / 2
                before = now
    error = gains.std(axis=0, ddof=1) / np.sqrt(orders)
    return Shapley(gains.mean(axis=0), error, False)


def _exact(worth: Callable[[frozenset[int]], float], players: int) -> Floats:
    known = {
        members: worth(frozenset(members))
        for size in range(players + 1)
        for members in combinations(range(players), size)
    }
    values = np.zeros(players)
    for members, now in known.items():
        for i, player in enumerate(members):
            weight = 1 / (players * comb(players - 1, len(members) - 1))
            values[player] += weight * (now - known[members[:i] + members[i + 1 :]])
    return values


def shapley_credit(
    paths: PathTable, *, game: Game = "orders", rng: np.random.Generator | None = None
) -> Shapley:
    """Orders credited to each channel.

    Args:
        paths: Journeys by path; order and repetition within a path do not matter here.
        game: ``orders`` or ``rate``. In ``rate`` a channel can lower the rate of those it
            joins; its negative value becomes 0 and the others are scaled to all conversions.
        rng: Draws orders of channels in ``rate`` beyond 12 channels.

    Raises:
        ParameterError: The game is neither.

    Source:
        Zhao, Mahboobi and Bagheri (2018), arXiv:1804.05327.

    Example:
        >>> from opsbook.traffic.paths_table import path_table
        >>> shapley_credit(path_table([("a",), ("a", "b")], [4, 6])).values.tolist()
        [7.0, 3.0]
    """
    if game not in ("orders", "rate"):
        raise ParameterError(N_('game "{value}" is not known; use orders or rate'), value=game)
    size = len(paths.channels)
    pairs = np.unique(paths.owner * size + paths.touches)
    owner, channel = pairs // size, pairs % size
    if game == "orders":
        # The worth is a sum of unanimity games: each set's orders are split evenly in it.
        members = np.bincount(owner, minlength=len(paths))
        even = (paths.conversions / np.maximum(members, 1))[owner]
        values = np.asarray(np.bincount(channel, weights=even, minlength=size), np.float64)
        return Shapley(values, np.zeros(size), True)
    found = shapley_values(_rate(paths, owner, channel), size, rng=rng)
    values = np.clip(found.values, 0.0, None)
    scale = paths.total / values.sum() if values.sum() > 0 else 0.0
    return Shapley(values * scale, found.error * scale, found.exact)


def _rate(
    paths: PathTable, owner: NDArray[np.int64], channel: NDArray[np.int64]
) -> Callable[[frozenset[int]], float]:
    """Conversion rate of the journeys that met no channel outside a set."""
    size = len(paths.channels)
    met = np.zeros((len(paths), size), bool)
    met[owner, channel] = True
    sets, place = np.unique(met, axis=0, return_inverse=True)
    won = np.bincount(place.ravel(), weights=paths.conversions, minlength=len(sets))
    all_of = won + np.bincount(place.ravel(), weights=paths.nulls, minlength=len(sets))

    def worth(members: frozenset[int]) -> float:
        outside = np.ones(size, bool)
        outside[list(members)] = False
        inside = ~(sets[:, outside].any(axis=1))
        journeys = all_of[inside].sum()
        return float(won[inside].sum() / journeys) if journeys > 0 else 0.0

    return worth
