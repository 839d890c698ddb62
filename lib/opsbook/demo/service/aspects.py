"""What a review speaks about, and how: aspects and sentiments before any word is chosen."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints
from opsbook.demo.returns import REASONS
from opsbook.demo.service.experience import Experience
from opsbook.demo.service.phrases import ASPECTS
from opsbook.demo.service.reviews import Reviews

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["MENTION", "NEGATIVE", "mention_rates", "speak_of"]

MENTION = {
    "": (0.42, 0.12, 0.22, 0.13, 0.12, 0.22, 0.32, 0.12),
    "Apparel": (0.45, 0.45, 0.18, 0.06, 0.10, 0.20, 0.30, 0.20),
    "Beauty": (0.30, 0.08, 0.18, 0.16, 0.12, 0.24, 0.50, 0.08),
    "Food": (0.28, 0.14, 0.22, 0.18, 0.08, 0.26, 0.55, 0.06),
    "Sports & Outdoor": (0.42, 0.34, 0.18, 0.06, 0.10, 0.20, 0.32, 0.14),
}
"""How often a review speaks of each aspect, by category; the empty name holds for the others."""
NEGATIVE = (0.92, 0.80, 0.55, 0.22, 0.025)
"""Share of complaints among what reviews with 1, 2, 3, 4 and 5 stars say."""
_MOST = 4
_QUALITY, _LOGISTICS, _PACKAGING, _PRICE, _EFFECT = (
    ASPECTS.index(name) for name in ("quality", "logistics", "packaging", "price", "effect")
)
_BLAMED = {
    "size or fit": "fit",
    "not as described": "description",
    "quality defect": "quality",
    "damaged in transit": "packaging",
}
"""Aspect that a review of a returned product complains about."""


def mention_rates(categories: tuple[str, ...]) -> Floats:
    """How often reviews speak of an aspect: one row per category, one column per aspect."""
    return np.array([MENTION.get(category, MENTION[""]) for category in categories])


def speak_of(
    rng: np.random.Generator, b: "Business", lived: Experience, reviews: Reviews, part: slice
) -> NDArray[np.int8]:
    """Sentiment by review and aspect: 1 praise, -1 complaint, 0 not mentioned.

    Args:
        rng: Source of randomness.
        b: The shop.
        lived: What happened to the lines.
        reviews: Reviews.
        part: Those to work on.

    Returns:
        One row per review, one column per aspect, at most four of them mentioned.
    """
    line, stars = reviews.line[part], reviews.stars[part].astype(np.int64)
    late, flaw = reviews.late[part], reviews.flaw[part]
    count = len(line)
    category = b.range_.category[b.lines.product[line]]
    rate = mention_rates(tuple(c.name for c in b.plan.categories))[category]
    worse = np.repeat(np.array(NEGATIVE)[stars - 1][:, None], len(ASPECTS), axis=1)
    reason = lived.reason[line]
    for name, aspect in _BLAMED.items():
        blamed = reason == REASONS.index(name)
        at = ASPECTS.index(aspect)
        rate[blamed, at], worse[blamed, at] = 0.8, 0.95
    broken = lived.broken[line]
    rate[broken, _PACKAGING], worse[broken, _PACKAGING] = 0.75, 0.95
    rate[flaw, _QUALITY] = np.maximum(rate[flaw, _QUALITY], 0.75)
    worse[flaw, _QUALITY] = np.maximum(worse[flaw, _QUALITY], 0.9)
    rate[late, _LOGISTICS] = 0.6
    worse[late, _LOGISTICS] = np.maximum(worse[late, _LOGISTICS], 0.9)
    worse[~late, _LOGISTICS] *= 0.7
    dear = reviews.discount[part] < 0.05
    worse[:, _PRICE] = np.minimum(worse[:, _PRICE] * np.where(dear, 1.6, 0.6), 0.97)
    luck = rng.random((count, len(ASPECTS)))
    batch = reviews.batch[part]
    luck[batch, _QUALITY] = 0.0
    said = luck < rate
    eager = np.where(said, luck / rate, 2.0)
    said &= np.argsort(np.argsort(eager, axis=1), axis=1) < _MOST
    mood = np.where(rng.random(said.shape) < worse, -1, 1) * said
    _agree(mood, stars)
    mood[batch] = -np.abs(mood[batch])
    mood[(reviews.language[part] < 0) | reviews.fake[part]] = 0
    return mood.astype(np.int8)


def _agree(mood: NDArray[np.int64], stars: Ints) -> None:
    """Let words agree with stars: one complaint at least below 3, one praise above."""
    sour = np.flatnonzero((stars <= 2) & ~(mood < 0).any(axis=1))
    _say(mood, sour, np.where(sour % 3 == 0, _EFFECT, _QUALITY), -1)
    sweet = np.flatnonzero((stars >= 4) & (mood < 0).any(axis=1) & ~(mood > 0).any(axis=1))
    _say(mood, sweet, np.where(mood[sweet, _EFFECT] == 0, _EFFECT, _QUALITY), 1)


def _say(mood: NDArray[np.int64], rows: Ints, aspect: Ints, sign: int) -> None:
    """Speak of an aspect, or if there is no room change the mood of the first one named."""
    full = (mood[rows] != 0).sum(axis=1) >= _MOST
    first = np.argmax(mood[rows] != 0, axis=1)
    mood[rows, np.where(full, first, aspect)] = sign
