"""The product range: what is sold, under which brand, at what list price, how popular it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints, choose
from opsbook.demo.plan import Plan

__all__ = ["Range", "make_range"]

_FIRST = ("Qing", "Yun", "Lan", "Mu", "Song", "Bai", "Xi", "Ruo", "Jin", "Hao", "Nan", "Zhi")
_SECOND = ("he", "shan", "yue", "tang", "lin", "fan", "zhou", "wei", "an", "xu")
_ADJECTIVES = ("Classic", "Light", "Soft", "Pure", "Daily", "Premium", "Compact", "Family")
_VARIANTS = ("A", "B", "C", "S", "M", "L", "Plus", "Pro", "Mini", "2-Pack", "Gift Box", "Refill")
_BRANDS = 10
"""Brands per category."""


@dataclass(frozen=True)
class Range:
    """The product range, one element per product.

    Args:
        category: Index of the category in the plan.
        brand: Brand name.
        title: Title of the listing.
        list_price: CNY.
        unit_cost: CNY.
        popularity: Lines per week when mature, on the scale of shares; sums to 1.
        standard: Standardised goods.
        eco: Carries an eco label.
        rating: Stars shown on the page.
        images: Main images in the listing.
    """

    category: Ints
    brand: list[str]
    title: list[str]
    list_price: Floats
    unit_cost: Floats
    popularity: Floats
    standard: NDArray[np.bool_]
    eco: NDArray[np.bool_]
    rating: Floats
    images: Ints

    def __len__(self) -> int:
        return len(self.category)


def make_range(rng: np.random.Generator, plan: Plan, size: int) -> Range:
    """Draw the product range.

    Popularity is Zipf-like within a category, and cheap products are the more popular
    ones: a comparison between products therefore mistakes assortment for price response.

    Args:
        rng: Source of randomness.
        plan: Categories and their parameters.
        size: Number of products.
    """
    shares = np.array([c.share for c in plan.categories])
    category = np.sort(np.arange(size) % len(shares)).astype(np.int64)
    median = np.array([c.list_price for c in plan.categories])[category]
    spread = rng.normal(0.0, 0.45, size)
    list_price = _price_tag(median * np.exp(spread))
    cost_share = np.array([c.cost_share for c in plan.categories])[category]
    cost_share = np.clip(cost_share * np.exp(rng.normal(0.0, 0.10, size)), 0.2, 0.8)
    popularity = np.zeros(size)
    for index, share in enumerate(shares):
        own = np.flatnonzero(category == index)
        rank = rng.permutation(len(own)) + 1
        weight = (rank + 1.0) ** -1.15 * np.exp(-0.45 * spread[own])
        popularity[own] = share * weight / weight.sum()
    brand, title = _names(rng, plan, category)
    return Range(
        category=category,
        brand=brand,
        title=title,
        list_price=list_price,
        unit_cost=np.round(list_price * cost_share, 2),
        popularity=popularity / popularity.sum(),
        standard=rng.random(size) < np.where(np.isin(category, (5, 6)), 0.8, 0.3),
        eco=rng.random(size) < 0.12,
        rating=np.asarray(np.clip(rng.normal(4.6, 0.2, size), 3.2, 5.0).round(1), np.float64),
        images=np.asarray(rng.integers(3, 9, size), np.int64),
    )


def _price_tag(price: Floats) -> Floats:
    """Prices as shops write them: 19.9, 86, 139, 1,299."""
    low = np.floor(price) + 0.9
    middle = np.round(price)
    high = np.round(price / 10) * 10 - 1
    return np.round(np.select([price < 60, price < 100], [low, middle], high), 2)


def _names(rng: np.random.Generator, plan: Plan, category: Ints) -> tuple[list[str], list[str]]:
    words = [first + second for first in _FIRST for second in _SECOND]
    words = [words[i] for i in rng.permutation(len(words))]
    size = len(category)
    brand_number = choose(rng, 1.0 / np.arange(1, _BRANDS + 1), size)
    noun = rng.integers(0, 5, size)
    adjective = rng.integers(0, len(_ADJECTIVES), size)
    variant = rng.integers(0, len(_VARIANTS), size)
    brands = [words[int(c) * _BRANDS + int(b)] for c, b in zip(category, brand_number, strict=True)]
    titles = [
        f"{brand} {_ADJECTIVES[a]} {plan.categories[c].nouns[n]} {_VARIANTS[v]}"
        for brand, a, c, n, v in zip(brands, adjective, category, noun, variant, strict=True)
    ]
    return brands, titles
