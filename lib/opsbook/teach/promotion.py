"""Planning a promotion: cuts for six products, scored against the demand that was planted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.language import N_, t
from opsbook.shop.shop import Shop
from opsbook.teach.answers import as_name
from opsbook.teach.draws import drawn
from opsbook.teach.exercise import Exercise, WrongWay

__all__ = ["DEEPEST", "EXERCISES", "World", "world_of"]

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
    # Two react strongly, one does with too little stock, one somewhat, two hardly.
    elasticity = np.array([-4.2, -3.6, -4.0, -2.6, -1.3, -0.9]) + rng.uniform(-0.25, 0.25, 6)
    cost_share = np.array([0.46, 0.44, 0.46, 0.5, 0.55, 0.5]) + rng.uniform(-0.02, 0.02, 6)
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


def _given(shop: Shop) -> dict[str, Any]:
    world = world_of(shop)
    products = pd.DataFrame(
        {
            "product": world.names,
            "list_price": world.list_price,
            "unit_cost": world.unit_cost,
            "expected_pieces": world.pieces,
            "stock": world.stock,
        }
    )
    return {"deepest_cut": DEEPEST, "products": products, "history": world.history}


def _plan(world: World, plan: Mapping[str, float]) -> Floats | None:
    """Cuts in the products' order; None where a product lacks one or it is out of bounds."""
    named = {as_name(key): float(value) for key, value in plan.items()}
    names = [as_name(name) for name in world.names]
    if named.keys() != set(names):
        return None
    cuts = np.array([named[name] for name in names])
    return cuts if bool(((cuts >= 0) & (cuts <= DEEPEST + 1e-9)).all()) else None


def score(shop: Shop, plan: Mapping[str, float]) -> tuple[float, str]:
    """What a plan wins, of what the best one does.

    Returns:
        Points: 0 for no better than no cut at all, 100 for the best plan; and what would
        better it, in the language in force.
    """
    world = world_of(shop)
    cuts = _plan(world, plan)
    if cuts is None:
        return 0.0, t(
            "A plan names a cut for each of {names}, as a fraction from 0 to {most}.",
            names=", ".join(world.names),
            most=DEEPEST,
        )
    best, none = world.best, np.zeros(len(cuts))
    most = float((world.margin(best) - world.margin(none)).sum())
    won = float((world.margin(cuts) - world.margin(none)).sum())
    return float(np.clip(100 * won / most, 0, 100)), _advice(world, cuts, best)


def _advice(world: World, cuts: Floats, best: Floats) -> str:
    """The costliest kind of mistake, without naming the product."""
    lost = world.margin(best) - world.margin(cuts)
    sold_out = world.pieces * (1 - cuts) ** world.elasticity > world.stock
    kinds = {
        "stock": sold_out & (cuts > best),
        "deep": ~sold_out & (cuts > best),
        "shallow": cuts < best,
    }
    worst = max(kinds, key=lambda kind: float(lost[kinds[kind]].sum()))
    n = int((kinds[worst] & (lost > 0)).sum())
    if worst == "stock":
        return t(
            "Most is lost where a cut meets empty shelves ({n} of 6): what cannot be delivered "
            "cannot be won. Look at the stock.",
            n=n,
        )
    if worst == "deep":
        return t(
            "Most is lost by cuts that are too deep ({n} of 6): who hardly reacts only pays less. "
            "The best price is cost × ε / (1 + ε).",
            n=n,
        )
    return t(
        "Most is left by cuts that are too small ({n} of 6): some products react strongly. "
        "Estimate each product's elasticity from the history.",
        n=n,
    )


def _best_plan(shop: Shop) -> dict[str, float]:
    world = world_of(shop)
    return dict(zip(world.names, world.best.tolist(), strict=True))


def _same_for_all(cut: float) -> Any:
    def plan(shop: Shop) -> dict[str, float]:
        return dict.fromkeys(world_of(shop).names, cut)

    return plan


EXERCISES = (
    Exercise(
        id="K04-promotion",
        room="campaign",
        chapter="market/A12-elasticity",
        title=N_("Plan a promotion"),
        question=N_(
            "Choose a price cut for each of six products for one week, from 0 to 0.3 of the list "
            "price, so that the week earns most margin. Given are prices, costs, the pieces to "
            "expect at list price, the stock, and a year of weeks with changing prices (good and "
            "bad weeks touch all products alike). 80 points of 100 are needed; no cut at all has 0."
        ),
        kind="plan",
        needs={"orders": ("order_id", "order_ts")},
        given=_given,
        answer=_best_plan,
        score=score,
        solution="import numpy as np\n\nfrom opsbook.teach import given\n\n"
        'g = given("K04-promotion")\n'
        'products, history = g["products"], g["history"]\n'
        'price = np.log(history.pivot(index="week", columns="product", values="price"))\n'
        'pieces = np.log(history.pivot(index="week", columns="product", values="pieces") + 0.5)\n'
        "answer = {}\n"
        "# Weeks are shared: solve for six slopes, six levels and the weeks at once.\n"
        "names = list(products['product'])\n"
        "rows, weeks = len(price) * 6, len(price)\n"
        "x = np.zeros((rows, 12 + weeks))\n"
        "for i, name in enumerate(names):\n"
        "    here = slice(i * weeks, (i + 1) * weeks)\n"
        "    x[here, i] = price[name]\n"
        "    x[here, 6 + i] = 1\n"
        "    x[here, 12:] = np.eye(weeks)\n"
        "y = np.concatenate([pieces[name] for name in names])\n"
        "slopes = np.linalg.lstsq(x, y, rcond=None)[0][:6]\n"
        "cuts = np.linspace(0, g['deepest_cut'], 61)\n"
        "for row, slope in zip(products.itertuples(), slopes):\n"
        "    sold = np.minimum(row.expected_pieces * (1 - cuts) ** slope, row.stock)\n"
        "    margin = (row.list_price * (1 - cuts) - row.unit_cost) * sold\n"
        "    answer[row.product] = cuts[margin.argmax()]\n",
        wrong_ways=(
            WrongWay(
                "no_cut",
                _same_for_all(0.0),
                N_("Does every product earn most at its list price?"),
                N_("A product that reacts strongly and costs little earns more when cheaper."),
            ),
            WrongWay(
                "twenty_for_all",
                _same_for_all(0.2),
                N_("Do all six products react alike?"),
                N_("One cut for all gives money away on products that would sell anyway."),
            ),
            WrongWay(
                "deepest_for_all",
                _same_for_all(DEEPEST),
                N_("Is more sold the same as more earned?"),
                N_("One cut for all gives money away on products that would sell anyway."),
            ),
        ),
        lesson=N_("Cut where customers react and stock allows; elsewhere a cut is a present."),
    ),
)
