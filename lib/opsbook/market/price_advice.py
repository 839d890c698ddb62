"""What a small price step would bring, by category, where its elasticity is known."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "best_prices", "price_advice"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku", "qty"),
    "products": ("sku", "category"),
}
_MOST_STEP = 0.05
_COSTED = 0.95
"""Share of a category's sales that must have a cost before margin is spoken of."""


@shared
def price_advice(
    shop: Shop, elasticities: pd.DataFrame, period: Period, *, step: float = 0.03
) -> pd.DataFrame:
    """Effect of one small price step on a period's sales and margin.

    With unit costs the step is judged by margin: up where even the most sensitive end of the
    interval gains, down where even the least sensitive end gains, else hold. Without costs
    only a rise where demand reacts less than one to one is sure, since it takes in more
    and ships less; a cut is left to a test.

    Args:
        shop: The shop.
        elasticities: What ``price_elasticity`` returned, by category.
        period: The sales it is applied to.
        step: Size of the step, 0.005 to 0.05. Larger steps would leave what was observed.

    Returns:
        One row per identified category, by gmv: ``category, elasticity, low, high, gmv,
        margin`` (currency; nan without costs), ``advice`` (raise, lower, hold, test),
        ``step`` (signed), ``gmv_effect, gmv_low, gmv_high, margin_effect, margin_low,
        margin_high`` (currency per period). Steps beyond twice the spread of prices seen
        within products are refused: ``advice`` hold.

    Raises:
        ParameterError: ``step`` is outside its range.

    Source:
        Constant elasticity: units x (1 + step) ** elasticity. The interval's ends are
        carried through, as the effect is monotone in the elasticity.
    """
    if not 0.005 <= step <= _MOST_STEP:
        raise ParameterError(N_("step {value} must lie between 0.005 and 0.05"), value=step)
    told = elasticities[elasticities["identified"]]
    lines = in_days(sales_lines(shop), period.start, period.end)
    lines = lines.filter(lines.qty > 0, lines.amount > 0)
    sums = (
        lines.group_by("category")
        .aggregate(
            gmv=lines.amount.sum(),
            costed=lines.amount.sum(where=lines.cost.notnull()),
            cost=lines.cost.sum(),
        )
        .execute()
    )
    frame = told[["category", "elasticity", "low", "high", "price_sd"]].merge(sums, on="category")
    covered = frame["costed"].fillna(0) >= _COSTED * frame["gmv"]
    # Lines without cost are taken to cost what the others do.
    cost = (frame["cost"] / frame["costed"] * frame["gmv"]).where(covered)
    frame["margin"] = frame["gmv"] - cost
    chosen = [_choose(row, step) for row in frame.assign(cost=cost).to_dict("records")]
    frame = pd.concat([frame, pd.DataFrame(chosen, index=frame.index)], axis=1)
    columns = ["category", "elasticity", "low", "high", "gmv", "margin", *_EFFECTS]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    return frame.sort_values("gmv", ascending=False)[columns].reset_index(drop=True)


_EFFECTS = (
    *("advice", "step", "gmv_effect", "gmv_low", "gmv_high"),
    *("margin_effect", "margin_low", "margin_high"),
)


def _effect(gmv: float, cost: float, move: float, elasticity: float) -> tuple[float, float]:
    """Change of sales and of margin."""
    units = (1 + move) ** elasticity
    return gmv * ((1 + move) * units - 1), gmv * ((1 + move) * units - 1) - cost * (units - 1)


def _choose(row: Mapping[str, float], step: float) -> dict[str, object]:
    gmv, cost = row["gmv"], row["cost"]
    known = cost == cost
    ends = (row["elasticity"], row["low"], row["high"])

    def effects(move: float) -> dict[str, float]:
        pairs = np.array([_effect(gmv, cost, move, e) for e in ends])
        (sales, margin), low, high = pairs[0], pairs.min(0), pairs.max(0)
        return {
            "gmv_effect": sales,
            "gmv_low": low[0],
            "gmv_high": high[0],
            "margin_effect": margin,
            "margin_low": low[1],
            "margin_high": high[1],
        }

    judged = "margin_low" if known else "gmv_low"
    seen = step <= 2 * row["price_sd"]
    up, down = effects(step), effects(-step)
    if seen and up[judged] > 0:
        return {"advice": "raise", "step": step, **up}
    if seen and down[judged] > 0:
        return {"advice": "lower" if known else "test", "step": -step, **down}
    return {"advice": "hold", "step": step, **up}


def best_prices(shop: Shop, elasticities: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Margin-best price of each product, where its category's whole interval is below -1.

    A price outside what the product was sold at is not proposed: it is cut back to the
    observed range and marked.

    Args:
        shop: Needs unit costs.
        elasticities: What ``price_elasticity`` returned, by category.
        period: Sales that give the present price; the observed range is that of all data.

    Returns:
        One row per product, by gmv: ``sku, category, gmv, price, unit_cost, lowest,
        highest, best_price, capped``. Empty without costs.

    Source:
        Lerner (1934): price = cost x e / (1 + e) for a constant elasticity e < -1.
    """
    sure = elasticities[elasticities["identified"] & (elasticities["high"] < -1)]
    every = sales_lines(shop)
    every = every.filter(
        every.qty > 0, every.amount > 0, every.category.isin(list(sure["category"]))
    )
    every = every.mutate(price=every.amount / every.qty)
    inside = (every.day >= period.start) & (every.day < period.end)
    products = every.group_by("sku", "category").aggregate(
        gmv=every.amount.sum(where=inside),
        units=every.qty.sum(where=inside),
        cost=every.cost.sum(where=inside),
        costed=every.qty.sum(where=inside & every.cost.notnull()),
        lowest=every.price.min(),
        highest=every.price.max(),
    )
    frame = products.filter(products.gmv > 0, products.costed > 0).execute()
    slope = frame["category"].map(sure.set_index("category")["elasticity"]).astype(float)
    frame["price"] = frame["gmv"] / frame["units"]
    frame["unit_cost"] = frame["cost"] / frame["costed"]
    ideal = frame["unit_cost"] * slope / (1 + slope)
    frame["best_price"] = ideal.clip(frame["lowest"], frame["highest"])
    frame["capped"] = frame["best_price"] != ideal
    columns = ["sku", "category", "gmv", "price", "unit_cost", "lowest", "highest", "best_price"]
    frame = frame.sort_values(["gmv", "sku"], ascending=[False, True])
    return frame[[*columns, "capped"]].reset_index(drop=True)
