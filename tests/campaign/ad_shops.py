"""Small shops with advertising, made of frames."""

import numpy as np
import pandas as pd

from made_shop import shop_of


def ad_shop(*, days=400, channels=("Search", "Feed"), share=0.5, cost=True, lines=True, **more):
    """A shop with six to twelve orders a day and one row of spend by day and channel.

    Args:
        days: Days of data from 1 January 2025.
        channels: Names; the first takes ``share`` of 100 a day.
        share: Share of the first channel.
        cost: Whether lines have a cost.
        lines: Whether there are lines.
        more: Other tables.
    """
    rng = np.random.default_rng(5)
    when = pd.date_range("2025-01-01", periods=days, freq="D")
    per_day = rng.integers(6, 13, days)
    ts = np.repeat(when, per_day) + pd.Timedelta(hours=12)
    ids = [f"o{k}" for k in range(len(ts))]
    tables = dict(more)
    tables["orders"] = pd.DataFrame(
        {"order_id": ids, "order_ts": ts, "channel": rng.choice([*channels, "Direct"], len(ts))}
    )
    if lines:
        line = pd.DataFrame({"order_id": ids, "sku": "a", "qty": 1.0, "paid_price": 100.0})
        tables["order_lines"] = line.assign(unit_cost=60.0) if cost else line
    rest = (1 - share) / max(len(channels) - 1, 1)
    tables["ad_spend"] = pd.concat(
        pd.DataFrame(
            {
                "date": when.date,
                "channel": name,
                "cost": 100.0 * (share if k == 0 else rest) * rng.choice([0.5, 1.0, 1.5], days),
            }
        ).assign(clicks=lambda rows: rows["cost"].astype(int))
        for k, name in enumerate(channels)
    )
    return shop_of(**tables)
