"""Writes reviews with their texts, some thousands at a time, and what is planted in them."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.draw import Ints, stream
from opsbook.demo.service.aspects import speak_of
from opsbook.demo.service.compose import Speech, compose
from opsbook.demo.service.experience import Experience
from opsbook.demo.service.phrases import (
    ASPECTS,
    LANGUAGES,
    TOPICS,
    Phrases,
    phrases,
    wish_topics,
)
from opsbook.demo.service.reviews import Reviews

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["publish"]

_TEXTS = 100_000
"""Reviews whose texts are written at a time."""


def publish(
    b: "Business", lived: Experience, reviews: Reviews, wish_share: float, sink: "Sink"
) -> None:
    """Write the table of reviews and its truth.

    Args:
        b: The shop.
        lived: What happened to the lines.
        reviews: Reviews without their texts.
        wish_share: Share of texts that name an unmet demand.
        sink: Takes the rows.
    """
    rng = stream(b.seed, "review texts")
    categories = tuple(c.name for c in b.plan.categories)
    nouns = np.array([Phrases.noun(title) for title in b.range_.title], np.int64)
    languages = reviews.language.astype(np.int64)
    for low in range(0, max(len(reviews), 1), _TEXTS):
        part = slice(low, min(low + _TEXTS, len(reviews)))
        mood = speak_of(rng, b, lived, reviews, part)
        product = b.lines.product[reviews.line[part]]
        order = b.lines.order[reviews.line[part]]
        category = b.range_.category[product]
        wish = _wishes(rng, wish_share, categories, category)
        plain = (languages[part] >= 0) & ~reviews.fake[part] & ~reviews.batch[part]
        speech = Speech(
            mood=mood,
            stars=reviews.stars[part].astype(np.int64),
            category=category,
            noun=nouns[product],
            again=~b.orders.first[order],
            wish=np.where(plain, wish, -1),
            batch=reviews.batch[part],
            fake=reviews.fake[part],
        )
        text, accused = _texts(rng, categories, languages[part], speech)
        sink.table(
            "reviews",
            pa.table(
                {
                    "sku": numbered("P", product + 1, 5).dictionary_encode(),
                    "customer_id": numbered("C", b.orders.customer[order] + 1, 7),
                    "review_ts": when(b.clock, reviews.second[part]),
                    "stars": pa.array(reviews.stars[part].astype(np.int16)),
                    "review_text": text,
                    "has_photo": pa.array(reviews.photo[part]),
                    "reply_ts": when(b.clock, reviews.reply[part]),
                }
            ),
        )
        sink.truth(
            "reviews",
            pa.table(
                {
                    "row": pa.array(np.arange(part.start, part.stop)),
                    "order_id": numbered("O", order + 1, 8),
                    "sku": numbered("P", product + 1, 5).dictionary_encode(),
                    **{name: pa.array(getattr(reviews, name)[part]) for name in _FLAGS},
                    "latent_quality": pa.array(reviews.quality[part].astype(np.float32)),
                    "log_discount": pa.array(reviews.discount[part].astype(np.float32)),
                    "language": words(languages[part], LANGUAGES),
                    **{name: pa.array(mood[:, at]) for at, name in enumerate(ASPECTS)},
                    "wish": words(speech.wish, [topic for _, topic in wish_topics()]),
                    "accusation": words(accused, TOPICS),
                }
            ),
        )


_FLAGS = ("late", "flaw", "batch", "fake")


def _texts(
    rng: np.random.Generator, categories: tuple[str, ...], language: Ints, speech: Speech
) -> tuple[pa.Array, Ints]:
    """Texts in the language of each review, none for those without, and accusations."""
    accused = np.full(len(language), -1, np.int64)
    texts, rows = [], []
    for code, name in enumerate(LANGUAGES):
        mine = np.flatnonzero(language == code)
        text, accused[mine] = compose(rng, phrases(name, categories), speech.of(mine))
        texts.append(text)
        rows.append(mine)
    silent = np.flatnonzero(language < 0)
    back = np.empty(len(language), np.int64)
    back[np.concatenate([*rows, silent])] = np.arange(len(language))
    joined = pa.concat_arrays([*texts, pa.nulls(len(silent), pa.string())])
    return pc.take(joined, pa.array(back)), accused


def _wishes(
    rng: np.random.Generator, share: float, categories: tuple[str, ...], category: Ints
) -> Ints:
    """Topic of the unmet demand each review names, -1 for none."""
    wish = np.full(len(category), -1, np.int64)
    names, luck = rng.random(len(category)) < share, rng.random(len(category))
    for code, name in enumerate(categories):
        own = np.array([n for n, (of, _) in enumerate(wish_topics()) if of == name], np.int64)
        if len(own):
            rows = np.flatnonzero(names & (category == code))
            # The first topic of a category is wanted most.
            edges = np.cumsum(1 / np.arange(1, len(own) + 1))
            wish[rows] = own[np.searchsorted(edges / edges[-1], luck[rows], side="right")]
    return wish
