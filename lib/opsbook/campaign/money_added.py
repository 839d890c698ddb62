"""What the event added: its contribution less what would have come anyway."""

import numpy as np
import pandas as pd

from opsbook.campaign.money_rates import Lift

__all__ = ["added_steps", "rate_error"]


def rate_error(usual: pd.DataFrame) -> float:
    """Standard error of the margin over sales of ordinary days, from day to day.

    Args:
        usual: From ``sales_sums``, ordinary days only.
    """
    days = usual.groupby("day")[["gmv", "costed", "cost"]].sum()
    sales = float(days["gmv"].sum())
    if len(days) < 2 or sales <= 0:
        return 0.0
    margin = days["costed"] - days["cost"]
    off = margin - margin.sum() / max(float(days["costed"].sum()), 1e-9) * days["costed"]
    return float(np.sqrt(len(days) / (len(days) - 1) * (off**2).sum())) / sales


def added_steps(
    frame: pd.DataFrame, lift: Lift | None, error: float
) -> tuple[pd.DataFrame, tuple[float, float, float], float]:
    """The last two steps, sales that would have come anyway, and the lift that was needed.

    Args:
        frame: Steps down to the contribution, with ``usual``.
        lift: What the event added; None where nobody measured it.
        error: From ``rate_error``.

    Returns:
        The frame with two more rows where a lift is known; those sales: low, point, high;
        the lift at which the event adds nothing.
    """
    nothing = (float("nan"),) * 3
    result, gmv = frame.loc["contribution"], float(frame.at["gmv", "amount"])
    rate = float(frame.at["contribution", "usual"])
    if rate != rate:
        return frame, nothing, float("nan")
    # Sales that, at the usual rate, would have earned as much without the event.
    needed = float("inf")
    if rate <= 0:
        needed = float("nan")
    elif result["amount"] > 0:
        needed = gmv / (float(result["amount"]) / rate) - 1
    if lift is None:
        return frame, nothing, needed
    if lift.kind == "margin":
        margin = gmv + float(frame.at["goods", "amount"])
        usual = 1 + float(frame.at["goods", "usual"])
        low, point, high = (v / usual if usual > 0 else float("nan") for v in lift.anyway(margin))
    else:
        low, point, high = lift.anyway(gmv)
    amount = float(result["amount"]) - rate * point
    noise = 1.96 * error * point
    # A commission that is higher than thought is so with and without the event.
    fee = frame.loc["commission"]
    shared = 1 - point / gmv if gmv else 1.0
    sides = []
    for end, edge in (("low", high), ("high", low)):
        own = (result["amount"] - result[end]) ** 2 - (fee["amount"] - fee[end]) ** 2
        own = max(own, 0.0) + (shared * (fee["amount"] - fee[end])) ** 2
        sides.append(float(np.sqrt(own + (rate * (edge - point)) ** 2 + noise**2)))
    frame.loc["anyway"] = [-rate * point, -rate * high, -rate * low, False, "estimated", np.nan]
    frame.loc["added"] = [amount, amount - sides[0], amount + sides[1], True, "estimated", np.nan]
    return frame, (low, point, high), needed
