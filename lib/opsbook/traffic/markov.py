"""Which channels a sale cannot do without: removal effects of an absorbing Markov chain, exact.

A journey is a walk over channels that ends in an order or in nothing. The chain has one
transition probability for each state and next channel, as counted. A channel's removal effect
is the part of all orders that would be lost, had every walk that comes to it ended there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.traffic.paths_table import PathTable

__all__ = ["Chain", "chain", "markov_credit"]

_DENSE = 400
"""States up to which a dense solution is the faster one."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _summed(place: Ints, weight: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(place, weights=weight, minlength=size), np.float64)


@dataclass(frozen=True)
class Chain:
    """The absorbing chain of a path table.

    A state is the last ``order`` channels of a walk (fewer at its beginning). Removal is
    defined on channels and not on states: every step to the channel, from whatever state,
    leads to nothing. States that hold the channel further back are then never reached.

    Args:
        channels: Number of channels.
        last: Channel of each state; -1 of the start, which is state 0.
        origin: State that each kind of step leaves.
        target: State it leads to; -1 for an order, -2 for nothing.
        path: Path of each entry of the step counts below.
        step: Step of each entry.
        outcome: Whether an entry is taken by all journeys (0), by converting ones (1), by
            the others (2).
        sold: Whether each channel is on a path that led to an order.
    """

    channels: int
    last: Ints
    origin: Ints
    target: Ints
    path: Ints
    step: Ints
    outcome: Ints
    sold: NDArray[np.bool_]

    def counts(self, conversions: Floats, nulls: Floats) -> Floats:
        """How often each step was taken by so many journeys of each path."""
        of = np.stack([conversions + nulls, conversions, nulls])
        taken = of[self.outcome, self.path]
        return _summed(self.step, taken, len(self.origin))

    def conversion(self, counts: Floats, *, removed: int | None = None) -> float:
        """Chance that a walk ends in an order, exactly.

        Args:
            counts: From ``counts``.
            removed: Channel whose visits all end in nothing.
        """
        left = _summed(self.origin, counts, len(self.last))
        share = counts / np.where(left > 0, left, 1.0)[self.origin]
        inside = (self.target >= 0) & (share > 0)
        if removed is not None:
            # The start is channel -1, so that it is never removed.
            inside &= self.last[np.maximum(self.target, 0)] != removed
        ends = np.where(self.target == -1, share, 0.0)
        sells = _summed(self.origin, ends, len(self.last))
        place = (self.origin[inside], self.target[inside])
        return float(self._solved(place, share[inside], sells)[0])

    def _solved(self, place: tuple[Ints, Ints], share: Floats, sells: Floats) -> Floats:
        """Chance of an order from every state: (I - Q) x = r."""
        size = len(self.last)
        if size <= _DENSE:
            system = np.eye(size)
            np.subtract.at(system, place, share)
            return np.asarray(np.linalg.solve(system, sells))
        from scipy.sparse import coo_matrix, identity
        from scipy.sparse.linalg import spsolve

        steps: Any = coo_matrix((share, place), shape=(size, size))
        return np.asarray(spsolve((identity(size) - steps).tocsc(), sells))

    def effects(self, counts: Floats) -> Floats:
        """Removal effect of each channel, fraction of all orders.

        A channel that stands on no path with an order gets 0: the chain mixes paths, and
        could else credit it with the orders of channels it was only ever followed by.
        """
        whole = self.conversion(counts)
        found = np.zeros(self.channels)
        if whole > 0:
            for c in np.flatnonzero(self.sold):
                found[c] = 1 - self.conversion(counts, removed=int(c)) / whole
        # Rounding may leave -1e-17; a removal never adds an order.
        return np.clip(found, 0.0, 1.0)


def chain(paths: PathTable, *, order: int = 1) -> Chain:
    """The chain of a path table.

    Args:
        paths: Journeys by path.
        order: How many channels back the next step depends on, 1 to 3. Repeated touches of
            one channel change nothing at order 1; at higher orders they are a memory of
            their own.

    Raises:
        ParameterError: The order is not 1, 2 or 3.
    """
    if order not in (1, 2, 3):
        raise ParameterError(
            N_("order {value} of the Markov chain is out of bounds; use 1, 2 or 3"), value=order
        )
    names, owner, base = len(paths.channels), paths.owner, len(paths.channels) + 1
    place = np.arange(len(paths.touches)) - paths.starts[:-1][owner]
    # The last channels as one number, most recent first; 0 is "nothing yet".
    code = np.zeros(len(paths.touches), np.int64)
    for back in range(order):
        before = np.roll(paths.touches, back) + 1
        code += np.where(place >= back, before, 0) * base**back
    known, after = np.unique(code, return_inverse=True)
    last = np.concatenate([[-1], known % base - 1])
    state = after + 1
    origin = np.where(place == 0, 0, np.roll(state, 1))
    end = state[paths.starts[1:] - 1]
    every = np.arange(len(paths))
    size = len(last)
    # Every touch is a step taken by all; the last step depends on how the journey ended.
    goal = np.concatenate([state, np.full(len(end), size), np.full(len(end), size + 1)])
    steps = np.concatenate([origin, end, end]) * (size + 2) + goal
    kinds, step = np.unique(steps, return_inverse=True)
    target = kinds % (size + 2)
    target = np.where(target == size, -1, np.where(target == size + 1, -2, target))
    won = np.bincount(paths.touches, weights=paths.conversions[owner], minlength=names)
    return Chain(
        channels=names,
        last=last,
        origin=kinds // (size + 2),
        target=target,
        path=np.concatenate([owner, every, every]),
        step=step,
        outcome=np.repeat([0, 1, 2], [len(owner), len(paths), len(paths)]),
        sold=won > 0,
    )


def markov_credit(paths: PathTable, *, order: int = 1) -> tuple[Floats, Floats]:
    """Orders credited to each channel, and its removal effect.

    Args:
        paths: Journeys by path, those without order included: without them the chain cannot
            tell a channel that sells from one that is only met.
        order: Memory of the chain, 1 to 3.

    Returns:
        Credit of each channel in orders, adding up to all conversions; removal effects.

    Source:
        Anderl, Becker, von Wangenheim and Schumann (2016), International Journal of Research
        in Marketing 33, 457-474; absorbing chains: Kemeny and Snell (1960), chapter 3.

    Example:
        >>> from opsbook.traffic.paths_table import path_table
        >>> paths = path_table([("C1", "C2", "C3"), ("C1",), ("C2", "C3")], [1, 0, 0], [0, 1, 1])
        >>> credit, effect = markov_credit(paths)
        >>> credit.round(9).tolist(), effect.round(9).tolist()
        ([0.2, 0.4, 0.4], [0.5, 1.0, 1.0])
    """
    walk = chain(paths, order=order)
    effect = walk.effects(walk.counts(paths.conversions, paths.nulls))
    whole = effect.sum()
    credit = effect / whole * paths.total if whole > 0 else np.zeros(len(effect))
    return credit, effect
