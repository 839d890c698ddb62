"""What the ad accounts report: money, impressions, clicks, and the orders they claim."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import words
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.marketing.campaigns import campaign_of
from opsbook.demo.marketing.slices import Slice, live, slices

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["ad_spend", "slice_truth"]


def ad_spend(b: "Business", orders: Floats, revenue: Floats) -> pa.Table:
    """Rows by day and slice; their costs sum to the spend of the channel to the cent.

    Args:
        b: The shop.
        orders: Orders that the accounts claim, by paid channel and day.
        revenue: CNY of these orders.
    """
    rng = stream(b.seed, "marketing ad spend")
    every: list[Slice] = []
    blocks: list[list[Ints]] = []
    for row, channel in enumerate(b.media.plan.channels):
        parts = slices(channel.name)
        share = live(parts, b.clock.days)
        cost = _split(np.round(b.media.spend[row] * 100).astype(np.int64), share)
        ctr = np.minimum(channel.ctr * np.array([s.ctr for s in parts]), 0.9)
        price = b.media.price[row][:, None] * np.array([s.cpc for s in parts])
        shown = rng.poisson(cost / 100 / price / ctr)
        clicks = rng.binomial(shown, ctr)
        draw = np.array([s.cvr / s.cpc for s in parts])
        claimed = _claim(rng, orders[row].astype(np.int64), share * draw)
        money = np.round(revenue[row] * 100).astype(np.int64)
        earned = _split(money, claimed / np.maximum(claimed.sum(axis=1, keepdims=True), 1))
        blocks.append([cost, shown, clicks, claimed, np.where(claimed > 0, earned, 0)])
        every.extend(parts)
    cost, shown, clicks, claimed, earned = (
        np.hstack([block[i] for block in blocks]) for i in range(5)
    )
    day, at = np.nonzero((cost > 0) | (shown > 0) | (claimed > 0))
    main = campaign_of(b.clock, b.campaigns)
    hours = np.array([s.hour for s in every])[at]
    return pa.table(
        {
            "date": pa.array(b.clock.dates(day)),
            "hour": pa.array(hours, mask=hours < 0),
            "channel": _texts([s.channel for s in every], at),
            "campaign_id": words(main[day], [c.id for c in b.campaigns]),
            "keyword": _texts([s.keyword for s in every], at),
            "match_type": _texts([s.match for s in every], at),
            "creative_id": _texts([s.creative for s in every], at),
            "audience": _texts([s.audience for s in every], at),
            "impressions": shown[day, at],
            "clicks": clicks[day, at],
            "cost": cost[day, at] / 100,
            "orders": claimed[day, at],
            "revenue": earned[day, at] / 100,
        }
    )


def slice_truth(b: "Business") -> pa.Table:
    """One row per slice with its planted factors."""
    every = [
        (s, c.ctr * s.ctr, c.cpc * s.cpc) for c in b.media.plan.channels for s in slices(c.name)
    ]
    return pa.table(
        {
            "channel": [s.channel for s, _, _ in every],
            "keyword": [s.keyword or None for s, _, _ in every],
            "match_type": [s.match or None for s, _, _ in every],
            "creative_id": [s.creative or None for s, _, _ in every],
            "audience": [s.audience or None for s, _, _ in every],
            "hour": [s.hour if s.hour >= 0 else None for s, _, _ in every],
            "ctr": [ctr for _, ctr, _ in every],
            "cpc": [cpc for _, _, cpc in every],
            "cvr_factor": [s.cvr for s, _, _ in every],
        }
    )


def _texts(texts: list[str], at: Ints) -> pa.Array:
    """Texts of the slices, empty where a slice has none."""
    names = sorted({text for text in texts if text})
    code = np.array([names.index(text) if text else -1 for text in texts], np.int64)
    return words(code[at], names)


def _split(whole: Ints, share: Floats) -> Ints:
    """Whole cents of each day split by shares; what rounding leaves goes to the biggest part."""
    part = np.floor(whole[:, None] * share + 1e-9).astype(np.int64)
    rest = whole - part.sum(axis=1)
    part[np.arange(len(whole)), share.argmax(axis=1)] += rest
    return part


def _claim(rng: np.random.Generator, orders: Ints, weight: Floats) -> Ints:
    """Orders of each day handed to slices by chance, in proportion to weights."""
    chance = weight / weight.sum(axis=1, keepdims=True)
    return np.asarray(rng.multinomial(orders, chance), np.int64)
