"""Who reviews which order line, when, with how many stars, and when the shop answers."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.service.experience import CHUNK, Experience, odds, ordered
from opsbook.demo.service.plan import ReviewPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Reviews", "write_reviews"]

_HOURS = (8, 23.5)
"""Hours of the day between which reviews are written."""


@dataclass(frozen=True)
class Reviews:
    """Reviews in order of time.

    Args:
        line: Order line reviewed.
        second: When it was written, seconds since the first midnight.
        stars: 1 to 5.
        late: Whether the parcel was late.
        flaw: Whether something was wrong with the product.
        batch: Whether it was the fault of the bad batch.
        fake: Whether a fraudster praises what he has not tried.
        quality: Latent quality of the product when it was bought.
        discount: Log of list price over price paid.
        language: 0 Chinese, 1 English, -1 without text.
        photo: Whether it has a photo.
        reply: Second of the shop's answer, which may lie after the period; -1 if none.
    """

    line: Ints
    second: Ints
    stars: NDArray[np.int8]
    late: NDArray[np.bool_]
    flaw: NDArray[np.bool_]
    batch: NDArray[np.bool_]
    fake: NDArray[np.bool_]
    quality: Floats
    discount: Floats
    language: NDArray[np.int8]
    photo: NDArray[np.bool_]
    reply: Ints

    def __len__(self) -> int:
        return len(self.line)


def write_reviews(b: "Business", plan: ReviewPlan, lived: Experience) -> Reviews:
    """Draw the reviews of a shop, without their texts."""
    rng = stream(b.seed, "reviews")
    parts = [
        _part(rng, b, plan, lived, slice(low, low + CHUNK)) for low in range(0, len(b.lines), CHUNK)
    ]
    columns = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Reviews)
    }
    by_time = np.argsort(columns["second"], kind="stable")
    return Reviews(**{name: column[by_time] for name, column in columns.items()})


def _part(
    rng: np.random.Generator, b: "Business", plan: ReviewPlan, lived: Experience, part: slice
) -> Reviews:
    goods, lines, orders = lived.goods, b.lines, b.orders
    order, product = lines.order[part], lines.product[part]
    late, flaw, batch = orders.late[order], lived.flaw[part], lived.batch[part]
    fake = orders.fraud[order] & (product == goods.praised.product)
    base = np.log(plan.rate / (1 - plan.rate))
    rate = odds(float(base) + plan.rate_late * late + plan.rate_flaw * flaw)
    rate = np.select([fake, batch], [1.0, plan.batch_rate], rate)
    picked = rng.random(len(order)) < rate
    # Most write within a week; a complaint and a paid praise come at once.
    wait = np.maximum(1, np.ceil(rng.lognormal(1.2, 0.75, len(order)))).astype(np.int64)
    wait = np.where(fake | batch, rng.integers(1, 3, len(order)), wait)
    hour = rng.uniform(*_HOURS, len(order))
    second = (orders.delivered[order] // DAY + wait) * DAY + (hour * 3600).astype(np.int64)
    at = np.flatnonzero(picked & lived.arrived[part] & (second < b.clock.seconds))
    line = at + part.start
    count, bought = len(at), product[at]
    fell = (bought == goods.falling.product) & (orders.placed[order[at]] >= goods.falling.start)
    quality = goods.quality[bought] - plan.fall * fell
    paid = np.maximum(lines.amount[line] / lines.pieces[line], 0.01)
    discount = np.clip(np.log(b.range_.list_price[bought] / paid), 0.0, 1.5)
    effect = (
        plan.late * late[at]
        + plan.flaw * flaw[at]
        + plan.batch * batch[at]
        + plan.quality * quality
        + plan.discount * (discount - 0.1)
    )
    stars = 1 + ordered(rng, plan.cuts, effect)
    stars[fake[at]] = 5
    photo = rng.random(count) < odds(plan.photo + plan.photo_flaw * flaw[at])
    language = (rng.random(count) >= plan.chinese).astype(np.int8)
    language[(rng.random(count) < plan.silent) & ~fake[at] & ~batch[at]] = -1
    return Reviews(
        line=line,
        second=second[at],
        stars=stars.astype(np.int8),
        late=late[at],
        flaw=flaw[at],
        batch=batch[at],
        fake=fake[at],
        quality=quality,
        discount=discount,
        language=language,
        photo=photo & ~fake[at],
        reply=_replies(rng, plan, second[at], stars),
    )


def _replies(rng: np.random.Generator, plan: ReviewPlan, second: Ints, stars: Ints) -> Ints:
    bad = stars <= 3
    answered = rng.random(len(stars)) < np.where(bad, plan.reply_bad, plan.reply_good)
    median = np.where(bad, plan.reply_hours_bad, plan.reply_hours_good)
    hours = median * np.exp(plan.reply_spread * rng.normal(size=len(stars)))
    return np.where(answered, second + (hours * 3600).astype(np.int64), -1)
