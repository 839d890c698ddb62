"""Made daily series with planted response curves, for tests of the budget."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from opsbook.campaign.adstock import adstock, hill
from opsbook.campaign.media_days import MediaDays

WINDOW = 56


@dataclass(frozen=True)
class Curves:
    """What was planted: base orders, adstock, and the curve of each channel, last 56 days."""

    base: np.ndarray
    stock: np.ndarray
    half: np.ndarray
    slope: np.ndarray
    beta: np.ndarray

    def added(self, scale):
        """Orders a day that each channel adds at multiples of its spend."""
        rows = [
            b * hill(k * a, h, s)
            for a, h, s, b, k in zip(
                self.stock, self.half, self.slope, self.beta, np.asarray(scale, float), strict=True
            )
        ]
        return (self.base * np.array(rows)).mean(axis=1)

    def steep(self):
        """Orders a day by one per cent more spend, times a hundred."""
        one = np.ones(len(self.half))
        return (self.added(one * 1.001) - self.added(one * 0.999)) / 0.002


def planted(folder, window, channels):
    """The same for a demo shop, from the truth beside its tables.

    Orders that are never paid or are cancelled are not counted: five in a hundred.
    """
    folder = Path(folder)
    media = pd.read_parquet(folder / "truth" / "media.parquet")
    days = pd.read_parquet(folder / "truth" / "days.parquet")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["media"]
    start, end = pd.Timestamp(window.start), pd.Timestamp(window.end)
    for frame in (media, days):
        frame["date"] = pd.to_datetime(frame["date"])
    days = days[(days["date"] >= start) & (days["date"] < end)]
    media = media[(media["date"] >= start) & (media["date"] < end)]
    plan = {c["name"]: c for c in truth["channels"]}
    base = (days["expected_orders"] / (1 + days["media_lift"])).to_numpy() * 0.95
    half = truth["half_saturation_cny_a_day"]
    return Curves(
        base,
        np.stack([media.loc[media["channel"] == c, "adstock"].to_numpy() for c in channels]),
        np.array([half[c] for c in channels]),
        np.array([plan[c]["slope"] for c in channels]),
        np.array([plan[c]["beta"] for c in channels]),
    )


def made_world(
    seed: int,
    *,
    orders: float = 200.0,
    days: int = 730,
    channels: int = 4,
    effect: bool = True,
    pulses: bool = True,
    festival: float = 0.9,
    week_noise: float = 0.01,
):
    """A shop's series and the truth about it.

    Returns:
        ``MediaDays`` and the planted ``Curves``.
    """
    rng = np.random.default_rng(seed)
    at = np.arange(days)
    weekday = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.25, 1.2])[at % 7]
    season = 1 + 0.15 * np.sin(2 * np.pi * at / 365.25 + rng.uniform(0, 6)) + 0.1 * at / 365
    sale = np.zeros(days)
    for first in (100, 230, 465, 595):
        sale[first : first + 12] = 1.0
    feast = np.where(sale > 0, 2.0, 1.0)
    week = at // 7
    base = orders * weekday * season * feast
    base = base * np.exp(rng.normal(0, week_noise, week.max() + 1))[week]
    spend, stock = np.empty((channels, days)), np.empty((channels, days))
    half, slope, beta = np.empty(channels), np.empty(channels), np.zeros(channels)
    lift = np.zeros(days)
    for c in range(channels):
        level = rng.choice([0.5, 0.8, 1.1, 1.6], week.max() + 1)
        level[rng.random(len(level)) < 0.07] = 0.0
        if not pulses:
            level[:] = 1.0
        money = 300 / (c + 1) * level[week] * feast**festival * np.exp(rng.normal(0, 0.12, days))
        spend[c] = money
        decay, slope[c] = rng.uniform(0, 0.75), rng.uniform(0.8, 2.0)
        half[c] = money.mean() * np.exp(rng.uniform(np.log(0.5), np.log(2.0)))
        most = rng.uniform(0.04, 0.25)
        beta[c] = most if effect else 0.0
        stock[c] = adstock(money, decay, keeps_unit=True, start=money[:28].mean())
        lift += beta[c] * hill(stock[c], half[c], slope[c])
    counted = rng.poisson(base * (1 + lift)).astype(float)
    held = [np.cos(np.pi * k * (at + 0.5) / days) for k in range(14)]
    held += [(at % 7 == k).astype(float) for k in range(1, 7)] + [sale]
    data = MediaDays(
        pd.date_range("2024-01-01", periods=days, freq="D"),
        counted,
        spend,
        spend,
        tuple("ABCDEFGH"[:channels]),
        np.column_stack(held),
        ("level", "weekday", "event"),
        np.full(channels, 0.08),
        80.0,
        True,
        (),
    )
    return data, Curves(base[-WINDOW:], stock[:, -WINDOW:], half, slope, beta)
