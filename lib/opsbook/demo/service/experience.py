"""What customers went through: product quality, the bad batch, flaws, late parcels.

All that customers later say about an order comes from here, so that stars, complaints and
NPS agree with each other and with deliveries and returns.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.returns import REASONS
from opsbook.demo.service.plan import ReviewPlan
from opsbook.demo.stock.parcels import break_rates, look_into, parcels

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["CHUNK", "Experience", "Goods", "Stretch", "experience", "odds", "ordered"]

CHUNK = 200_000
"""Rows worked on at a time."""
_TOUCHY = ("Food", "Beauty", "Mother & Baby", "Health")
"""Categories in which a bad batch becomes a crisis."""
_DEFECTS = ("quality defect", "damaged in transit")


@dataclass(frozen=True)
class Stretch:
    """One product between two seconds; product -1 for none."""

    product: int
    start: int
    end: int


@dataclass(frozen=True)
class Goods:
    """What is latent in products.

    Args:
        quality: Quality by product, in standard deviations from the mean.
        falling: The product whose quality drops, from when.
        batch: The product of the bad batch, and the orders served from it.
        praised: The product that is praised by fraudsters, and the orders they placed.
    """

    quality: Floats
    falling: Stretch
    batch: Stretch
    praised: Stretch


@dataclass(frozen=True)
class Experience:
    """What happened to each order line.

    Args:
        goods: What is latent in products.
        reason: Reason of the return as an index into REASONS, -1 if it was kept.
        flaw: Whether something was wrong with the product.
        batch: Whether it was the fault of the bad batch.
        broken: Whether it broke on the way: the most fragile goods of a broken parcel.
        arrived: Whether the line was delivered within the period.
    """

    goods: Goods
    reason: NDArray[np.int8]
    flaw: NDArray[np.bool_]
    batch: NDArray[np.bool_]
    broken: NDArray[np.bool_]
    arrived: NDArray[np.bool_]


def odds(value: NDArray[np.floating[Any]]) -> Floats:
    """Log odds as a probability."""
    return np.asarray(1 / (1 + np.exp(-value)), np.float64)


def ordered(rng: np.random.Generator, cuts: tuple[float, ...], effect: Floats) -> Ints:
    """Answers of a proportional-odds model: how many of the cuts each answer passes.

    Args:
        rng: Source of randomness.
        cuts: Log odds of passing each cut when the effect is 0, falling.
        effect: Effect of each row, log odds.
    """
    luck = rng.logistic(size=len(effect)) + effect
    answer = np.zeros(len(effect), np.int64)
    for cut in cuts:
        answer += luck > -cut
    return answer


def experience(b: "Business", plan: ReviewPlan) -> Experience:
    """What happened to every order line of a shop."""
    goods = _goods(b, plan)
    lines = b.lines
    reason = np.full(len(lines), -1, np.int8)
    reason[b.returns.line] = b.returns.reason
    flaw = np.zeros(len(lines), bool)
    batch = np.zeros(len(lines), bool)
    broken = _broken(b)
    usual = plan.flaw_rate * np.exp(plan.flaw_quality * goods.quality)
    rng = stream(b.seed, "service flaws")
    defects = [REASONS.index(name) for name in _DEFECTS]
    for low in range(0, len(lines), CHUNK):
        part = slice(low, low + CHUNK)
        product, placed = lines.product[part], b.orders.placed[lines.order[part]]
        rate = np.where(_within(goods.falling, product, placed), plan.fall_flaws, usual[product])
        luck = rng.random(len(product))
        batch[part] = _within(goods.batch, product, placed) & (luck < plan.batch_flaws)
        flaw[part] = (luck < rate) | batch[part] | broken[part] | np.isin(reason[part], defects)
    arrived = (b.orders.delivered >= 0) & (b.orders.delivered < b.clock.seconds) & b.orders.kept
    return Experience(goods, reason, flaw, batch, broken, arrived[lines.order])


def _broken(b: "Business") -> NDArray[np.bool_]:
    """Lines that broke on the way, as the parcels' own record has it."""
    inside = look_into(b)
    parcel = np.zeros(len(b.orders), bool)
    for _, carried in parcels(b, inside):
        parcel[carried.order] = carried.broken
    rate = break_rates(b).astype(np.float32)
    broken = np.zeros(len(b.lines), bool)
    for low in range(0, len(b.lines), CHUNK):
        part = slice(low, low + CHUNK)
        order = b.lines.order[part]
        own = rate[b.range_.category[b.lines.product[part]]]
        broken[part] = parcel[order] & (own == inside.fragile[order])
    return broken


def _within(stretch: Stretch, product: Ints, placed: Ints) -> NDArray[np.bool_]:
    return (product == stretch.product) & (placed >= stretch.start) & (placed < stretch.end)


def _goods(b: "Business", plan: ReviewPlan) -> Goods:
    rng = stream(b.seed, "service quality")
    size, end = len(b.range_), b.clock.seconds
    quality = rng.normal(0.0, 1.0, size)
    week = np.minimum(b.orders.placed // (7 * DAY), b.clock.weeks)[b.lines.order]
    sold = np.zeros((size, b.clock.weeks + 1), np.int64)
    for low in range(0, len(b.lines), CHUNK):
        part = slice(low, low + CHUNK)
        cell = b.lines.product[part] * sold.shape[1] + week[part]
        sold += np.bincount(cell, minlength=sold.size).reshape(sold.shape)
    falls = int(plan.fall_at * b.clock.days) * DAY
    turn = falls // (7 * DAY)
    # What sells well before and after shows a drop best.
    both = np.minimum(sold[:, :turn].sum(axis=1), sold[:, turn:].sum(axis=1))
    falling = int(np.argmax(both))
    batch = _batch(b, plan, sold, falling)
    fraud = b.orders.fraud[b.lines.order]
    praised = Stretch(-1, 0, 0)
    if fraud.any():
        by_product = np.bincount(b.lines.product[fraud], minlength=size)
        by_product[[falling, batch.product]] = 0
        praised = Stretch(int(np.argmax(by_product)), 0, end)
    quality[falling] = abs(quality[falling])
    return Goods(quality, Stretch(falling, falls, end), batch, praised)


def _batch(b: "Business", plan: ReviewPlan, sold: NDArray[np.int64], other: int) -> Stretch:
    """The best-selling fortnight of a touchy product in the middle of the period."""
    touchy = np.array([c.name in _TOUCHY for c in b.plan.categories])[b.range_.category]
    weeks = sold.shape[1] - 1
    low, high = int(0.25 * weeks), max(int(0.8 * weeks), int(0.25 * weeks) + 1)
    two = sold[:, low:high] + sold[:, low + 1 : high + 1]
    two = np.where(touchy[:, None], two, -1)
    two[other] = -1
    product, week = (int(i) for i in np.unravel_index(np.argmax(two), two.shape))
    start = (low + week) * 7 * DAY
    return Stretch(product, start, start + plan.batch_days * DAY)
