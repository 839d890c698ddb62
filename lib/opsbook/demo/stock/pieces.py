"""How long a piece keeps and how much room it takes, by category."""

import numpy as np
import pyarrow as pa

from opsbook.demo.draw import Floats, stream

__all__ = ["shelf_life", "volume"]

_KEEPS = {"Food": 270, "Mother & Baby": 540, "Pet Supplies": 540, "Health": 730, "Beauty": 1095}
"""Days that goods keep; other categories keep for good."""

_LITRES = {
    "Apparel": 2.5,
    "Beauty": 0.4,
    "Food": 1.5,
    "Mother & Baby": 6.0,
    "Home": 8.0,
    "Small Appliances": 14.0,
    "Digital Accessories": 0.6,
    "Pet Supplies": 5.0,
    "Health": 0.5,
    "Sports & Outdoor": 7.0,
    "Garden & Flowers": 9.0,
}
_LITRES_ELSE = 3.0
_SPREAD = 0.35
"""Standard deviation of the logarithm of a product's volume within its category."""


def shelf_life(categories: list[str]) -> pa.Array:
    """Days that each product keeps from receipt; null where it does not spoil."""
    return pa.array([_KEEPS.get(c) for c in categories], pa.int32())


def volume(seed: int, categories: list[str]) -> Floats:
    """Litres that one packed piece of each product takes."""
    typical = np.array([_LITRES.get(c, _LITRES_ELSE) for c in categories])
    luck = stream(seed, "volume").normal(0, _SPREAD, len(categories))
    return np.asarray(np.round(typical * np.exp(luck), 2))
