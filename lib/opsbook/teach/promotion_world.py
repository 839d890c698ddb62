"""Six products before a promotion: what the trainee sees of them, and what is true."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.shop.shop import Shop
from opsbook.teach.answers import as_name
from opsbook.teach.draws import drawn

__all__ = ["DEEPEST", "Floats", "World", "cuts_of", "world_of"]

Floats = NDArray[np.float64]
DEEPEST = 0.30
"""The deepest cut a plan may hold, share of the list price."""
_LEVELS = np.array([1.0, 0.95, 0.9, 0.85])
_WEEKS = 52
_GRID = np.linspace(0, DEEPEST, 61)


@dataclass(frozen=True)
class World:
    """Six products and what is true of them.

    Args:
        names: Products.
        list_price: Money per piece.
        unit_cost: The same.
        pieces: Expected in the week of the promotion at list price.
        stock: Pieces there are.
        elasticity: True price elasticity of each.
        history: Weeks as the trainee sees them: ``product, week, price, pieces``.
    """

    names: tuple[str, ...]
    list_price: Floats
    unit_cost: Floats
    pieces: Floats
    stock: Floats
    elasticity: Floats
    history: pd.DataFrame

    def margin(self, cuts: Floats) -> Floats:
        """Margin of the week by product.

        Args:
            cuts: Share of the list price, one per product (last axis).
        """
        price = self.list_price * (1 - cuts)
        sold = np.minimum(self.pieces * (1 - cuts) ** self.elasticity, self.stock)
        return np.asarray((price - self.unit_cost) * sold, np.float64)

    @property
    def best(self) -> Floats:
        """The cuts of most margin, on a grid of half per cents."""
        tried = np.stack([self.margin(np.full(len(self.names), cut)) for cut in _GRID])
        return _GRID[tried.argmax(axis=0)]


def world_of(shop: Shop) -> World:
    """The six products of a class."""
    rng = drawn(shop, "K04-promotion")
    # Two react strongly, one does with too little stock, one somewhat, two hardly. The one that
    # reacts somewhat is dear to buy: most sales would cut it deep, most margin hardly.
    elasticity = np.array([-4.2, -3.6, -4.0, -2.6, -1.3, -0.9]) + rng.uniform(-0.25, 0.25, 6)
    cost_share = np.array([0.46, 0.44, 0.46, 0.60, 0.55, 0.5]) + rng.uniform(-0.02, 0.02, 6)
    room = np.array([3.5, 3.0, 1.04, 3.0, 2.5, 2.5])
    order = rng.permutation(6)
    elasticity, cost_share, room = elasticity[order], cost_share[order], room[order]
    list_price = np.round(rng.uniform(40, 180, 6))
    pieces = np.round(rng.uniform(250, 600, 6), -1)
    level = pieces * rng.uniform(0.5, 0.6, 6)
    season = np.exp(rng.normal(0, 0.18, _WEEKS))
    places = rng.integers(0, len(_LEVELS), (_WEEKS, 6))
    mean = level * season[:, None] * _LEVELS[places] ** elasticity
    sold = rng.poisson(mean)
    names = tuple(f"P{i + 1}" for i in range(6))
    history = pd.DataFrame(
        {
            "product": np.tile(names, _WEEKS),
            "week": np.repeat(np.arange(1, _WEEKS + 1), 6),
            "price": np.round((list_price * _LEVELS[places]).ravel(), 2),
            "pieces": sold.ravel(),
        }
    )
    cost = np.round(list_price * cost_share, 1)
    stock = np.round(pieces * room)
    return World(names, list_price, cost, pieces, stock, elasticity, history)


def cuts_of(world: World, plan: Mapping[str, float]) -> Floats | None:
    """Cuts in the products' order; None where a product lacks one or it is out of bounds."""
    named = {as_name(key): float(value) for key, value in plan.items()}
    names = [as_name(name) for name in world.names]
    if named.keys() != set(names):
        return None
    cuts = np.array([named[name] for name in names])
    return cuts if bool(((cuts >= 0) & (cuts <= DEEPEST + 1e-9)).all()) else None
