"""Creators the shop works with: followers, quality, fit, what they cost and how they sell."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered
from opsbook.demo.content.schedule import LivePlan
from opsbook.demo.draw import Floats

__all__ = ["Creators", "creators_table", "find_creators"]

_SIZE = 36
_HEAD, _MID = 1, 7
"""Creators with more than 10 million and with 100,000 to a million fans; the rest are KOC."""


@dataclass(frozen=True)
class Creators:
    """Creators, in random order.

    Args:
        fans: Followers.
        quality: Quality of content and audience, 0 to 1, as the shop judges it.
        fit: How well creator and brand suit each other, 0 to 1, as the shop judges it.
        fee: Slot fee, CNY.
        commission: Commission, a fraction of sales.
        conversion: Orders per view in the creator's sessions; latent.
    """

    fans: Floats
    quality: Floats
    fit: Floats
    fee: Floats
    commission: Floats
    conversion: Floats

    def __len__(self) -> int:
        return len(self.fans)


def find_creators(rng: np.random.Generator, plan: LivePlan) -> Creators:
    """Draw the creators; many followers do not make good sellers.

    Args:
        rng: Source of randomness.
        plan: How conversion depends on quality and fit.
    """
    low = np.repeat([1.1e7, 1e5, 1e4], [_HEAD, _MID, _SIZE - _HEAD - _MID])
    high = np.repeat([3.0e7, 1e6, 1e5], [_HEAD, _MID, _SIZE - _HEAD - _MID])
    fans = low * (high / low) ** rng.random(_SIZE)
    fans = rng.permutation(np.round(fans, -2))
    quality, fit = rng.beta(5, 2.5, _SIZE).round(2), rng.beta(3, 2.2, _SIZE).round(2)
    pull = plan.by_quality * (quality - 0.67) + plan.by_fit * (fit - 0.58)
    conversion = plan.conversion * np.exp(pull + plan.luck * rng.standard_normal(_SIZE))
    fee = 6.0 * fans**0.55 * np.exp(0.2 * rng.standard_normal(_SIZE))
    return Creators(
        *(fans, quality, fit, np.round(fee, -1)),
        *(rng.integers(10, 31, _SIZE) / 100, conversion),
    )


def creators_table(creators: Creators) -> pa.Table:
    """The table creators of the contract."""
    return pa.table(
        {
            "creator_id": numbered("K", np.arange(1, len(creators) + 1), 3),
            "fans": pa.array(creators.fans.astype(np.int64)),
            "quality": pa.array(creators.quality),
            "fee": pa.array(creators.fee),
            "commission": pa.array(creators.commission),
            "fit": pa.array(creators.fit),
        }
    )
