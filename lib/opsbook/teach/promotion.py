"""Planning a promotion: cuts for six products, scored against the demand that was planted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from opsbook.language import N_, t
from opsbook.shop.shop import Shop
from opsbook.teach.exercise import Exercise, WrongWay
from opsbook.teach.promotion_world import DEEPEST, Floats, World, cuts_of, world_of
from opsbook.teach.ways import planning as ways

__all__ = ["EXERCISES", "score"]


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


def score(shop: Shop, plan: Mapping[str, float]) -> tuple[float, str]:
    """What a plan wins, of what the best one does.

    Returns:
        Points: 0 for no better than no cut at all, 100 for the best plan; and what would
        better it, in the language in force.
    """
    world = world_of(shop)
    cuts = cuts_of(world, plan)
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
        answer=ways.best,
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
                ways.one_for_all(0.0),
                N_("Does every product earn most at its list price?"),
                N_("A product that reacts strongly and costs little earns more when cheaper."),
            ),
            WrongWay(
                "deepest_for_all",
                ways.one_for_all(DEEPEST),
                N_("Is more sold the same as more earned?"),
                N_("One cut for all gives money away on products that would sell anyway."),
            ),
            WrongWay(
                "twenty_for_all",
                ways.one_for_all(0.2),
                N_("Do all six products react alike?"),
                N_("One cut for all gives money away on products that would sell anyway."),
                ways.all_alike,
            ),
            WrongWay(
                "price_left",
                ways.price_left,
                N_("Is 0.85 what is left of the price, or what is taken off?"),
                N_("You gave the price that is left. A cut is what is taken off: 1 less that."),
                ways.is_price_left,
            ),
            WrongWay(
                "per_cent",
                ways.in_per_cent,
                N_("In which unit is the deepest cut given?"),
                N_("Your cuts are per cent. Write fractions: 0.15 for 15 %."),
                ways.is_per_cent,
            ),
            WrongWay(
                "who_hardly_reacts",
                ways.stiff_ones,
                N_("For each product: pieces in cheap weeks over pieces in dear ones?"),
                N_("You cut where customers hardly react. An elasticity of −4 asks for a cut."),
                ways.cuts_the_stiff,
            ),
            WrongWay(
                "sales_not_margin",
                ways.most_sales,
                N_("Is the plan to bring most sales or most margin?"),
                N_("These cuts bring most sales. Take the unit cost off the price first."),
                ways.is_for_sales,
            ),
            WrongWay(
                "stock_forgotten",
                ways.stock_forgotten,
                N_("How many pieces of each product are there to sell?"),
                N_("Where the stock is gone, a deeper cut only lowers the price: stop before it."),
                ways.meets_empty_shelves,
            ),
        ),
        lesson=N_("Cut where customers react and stock allows; elsewhere a cut is a present."),
    ),
)
