"""Made customers: who was chosen and why is known, and so is what choosing did to them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.campaign.targeted_data import Panel
from opsbook.shop.periods import Period

START = date(2026, 6, 1)
DAYS = 28
WAYS = ("random", "habit", "just before", "growing", "best")
"""How customers are chosen: by lot; good customers more often; who bought most in the last
window; who buys more and more; the best fifth and nobody else."""


def made_panel(way: str, effect: float, seed: int, *, customers: int = 3_000) -> Panel:
    """Customers with a habit, four windows behind them and one in which some were targeted.

    Args:
        way: One of ``WAYS``.
        effect: Money per targeted customer and day.
        seed: Of all draws.
        customers: How many.
    """
    rng = np.random.default_rng(seed)
    habit = rng.gamma(2.0, 1.5, customers)
    drift = np.zeros(customers)
    if way == "growing":
        drift = rng.normal(0.0, 0.25, customers)
    windows = np.arange(0, -5, -1)
    # Moods last: a window looks a little like its neighbour.
    mood = np.empty((customers, 5))
    mood[:, 4] = rng.normal(size=customers)
    for k in (3, 2, 1, 0):
        mood[:, k] = 0.3 * mood[:, k + 1] + np.sqrt(1 - 0.09) * rng.normal(size=customers)
    level = habit[:, None] * np.exp(0.25 * mood - 0.03) * (1 + 0.01 * windows)
    level = np.maximum(level * np.exp(drift[:, None] * (windows + 2)), 0.01)
    orders = rng.poisson(level)
    basket = rng.gamma(2.0, 25.0, (customers, 5))
    spend = orders * basket
    score = {
        "random": np.zeros(customers),
        "habit": 1.2 * np.log(habit),
        "just before": 1.0 * np.log1p(spend[:, 1] / 30) - 1.2,
        "growing": 6.0 * drift,
        "best": np.where(habit > np.quantile(habit, 0.8), 30.0, -30.0),
    }[way]
    chosen = rng.random(customers) < 1 / (1 + np.exp(-(score - 0.5)))
    spend[:, 0] += np.where(chosen, effect * DAYS, 0.0)
    features = pd.DataFrame()
    for k in range(1, 5):
        features[f"spend{k}"] = spend[:, k]
        features[f"log_spend{k}"] = np.log1p(spend[:, k])
        features[f"orders{k}"] = orders[:, k].astype(float)
    # An older record of the habit, as every shop has one.
    features["orders_ever"] = np.log1p(rng.poisson(habit * 8) + orders[:, 1:].sum(axis=1))
    nobody = np.zeros(customers, bool)
    return Panel(
        chosen, nobody, nobody, nobody, spend, np.empty((customers, 0)), features,
        Period(START, START + timedelta(days=DAYS)), None, True, (0.0, 0.0),
    )  # fmt: skip
