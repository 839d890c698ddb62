"""Small experiments made to order, for the tests of this room."""

import numpy as np
import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

START = pd.Timestamp("2025-03-03")


def arm(
    exp: str,
    variant: str,
    units: int,
    rate: float | list[float],
    *,
    days: int = 14,
    value: float = 100.0,
    first: int = 0,
    tag: str = "",
) -> pd.DataFrame:
    """Units spread evenly over the days, with exactly this share converted (by week if a list)."""
    day = first + np.arange(units) * (days - first) // units
    rates = np.resize(np.asarray(rate, float), 99)[day // 7] if isinstance(rate, list) else rate
    total = np.cumsum(np.broadcast_to(rates, units))
    won = np.diff(np.floor(total + 1e-9), prepend=0) > 0
    # Baskets a fifth apart, in turn: an even number of buyers spends ``value`` on average.
    spent = value * (1 + 0.1 * (-1.0) ** np.cumsum(won))
    return pd.DataFrame(
        {
            "exp_id": exp,
            "unit_id": [f"{tag}{exp}-{variant}-{i}" for i in range(units)],
            "variant": variant,
            "exposed_ts": START + pd.to_timedelta(day, unit="D") + pd.Timedelta(hours=12),
            "converted": won,
            "value": np.where(won, spent, 0.0),
        }
    )


def trial_shop(*arms: pd.DataFrame, **tables: pd.DataFrame) -> Shop:
    """A shop with these arms."""
    return shop_of(experiments=pd.concat(arms, ignore_index=True), **tables)


def sessions_and_orders(
    weeks: int = 4, visitors: int = 700, buyers: int = 70
) -> dict[str, pd.DataFrame]:
    """Each week the same number of new visitors, of whom so many buy; nobody comes twice."""
    visits, orders = [], []
    for week in range(weeks):
        for i in range(visitors):
            when = START + pd.Timedelta(days=7 * week + i % 7, hours=10)
            visits.append(
                {"session_id": f"s{week}-{i}", "visitor_id": f"v{week}-{i}", "start_ts": when}
            )
            if i < buyers:
                orders.append(
                    {"order_id": f"o{week}-{i}", "customer_id": f"c{week}-{i}", "order_ts": when}
                )
    return {"sessions": pd.DataFrame(visits), "orders": pd.DataFrame(orders)}
