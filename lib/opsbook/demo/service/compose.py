"""Review texts: the parts of every sentence are chosen by number, and joined in one go."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from opsbook.demo.draw import Ints
from opsbook.demo.service.phrases import ASPECTS, Phrases

__all__ = ["Speech", "compose"]

_OPENER, _CLOSER, _EMOJI = 0.34, 0.40, 0.11
_AGAIN = 0.5
"""Share of openers of a returning customer that say so."""
_CLAUSES = 4
_QUALITY = ASPECTS.index("quality")


@dataclass(frozen=True)
class Speech:
    """What reviews of one language have to say, one element per review.

    Args:
        mood: Sentiment by aspect, one column each.
        stars: 1 to 5.
        category: Category of the product.
        noun: Noun of the product.
        again: Whether the customer bought here before.
        wish: Topic of an unmet demand, -1 for none.
        batch: Whether it accuses the bad batch.
        fake: Whether it is praise for hire.
    """

    mood: NDArray[np.int8]
    stars: Ints
    category: Ints
    noun: Ints
    again: NDArray[np.bool_]
    wish: Ints
    batch: NDArray[np.bool_]
    fake: NDArray[np.bool_]

    def of(self, rows: Ints) -> "Speech":
        """Some of them."""
        return Speech(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def compose(
    rng: np.random.Generator, use: Phrases, speech: Speech
) -> tuple[pa.Array, NDArray[np.int8]]:
    """Write the texts.

    Args:
        rng: Source of randomness.
        use: Parts of the language.
        speech: What to say.

    Returns:
        The texts, and for each the topic of its accusation (-1 for none).
    """
    count = len(speech.stars)
    good, bad = (speech.mood > 0).sum(axis=1), (speech.mood < 0).sum(axis=1)
    tone = np.select([(good > 0) & (bad > 0), bad > 0, good > 0], [2, 1, 0], -1)
    tone = np.where(tone >= 0, tone, np.select([speech.stars >= 4, speech.stars <= 2], [0, 1], 2))
    tone = np.where((tone == 2) & (speech.stars == 5), 0, tone)
    tone = np.where((tone == 2) & (speech.stars <= 2), 1, tone)
    tone = np.where((tone == 1) & (speech.stars >= 3), 2, tone)
    clauses, links = _clauses(rng, use, speech, good >= bad)
    accused = np.full(count, -1, np.int8)
    for category, (number, topic) in enumerate(use.crisis):
        rows = np.flatnonzero(speech.batch & (speech.category == category))
        pick = (rng.random(len(rows)) * len(number)).astype(np.int64)
        clauses[0][rows], accused[rows] = number[pick], topic[pick]

    def some(share: float) -> NDArray[np.bool_]:
        return rng.random(count) < share

    def toned(group: str, wanted: NDArray[np.bool_]) -> Ints:
        luck = rng.random(count)
        by_tone = [use.choose(f"{group}.{tone}", luck) for tone in ("good", "bad", "mixed")]
        return np.where(wanted, np.choose(tone, by_tone), 0)

    speaks = clauses[0] > 0
    opens = some(_OPENER) & speaks
    repeats = opens & speech.again & some(_AGAIN)
    opener = np.where(
        repeats,
        use.choose("opener.again", rng.random(count)),
        use.choose("opener.neutral", rng.random(count)) * opens,
    )
    frame = (rng.random(count) * use.wishes.shape[1]).astype(np.int64)
    wish = np.where(speech.wish >= 0, use.wishes[speech.wish, frame], 0)
    closer = toned("closer", some(_CLOSER) | (~speaks & (wish == 0)))
    stop = use.choose("link.stop", rng.random(count))
    full = [use.choose("link.full", rng.random(count)) for _ in range(2)]
    columns = [
        opener,
        use.choose("link.open", rng.random(count)) * opens,
        *(c for pair in zip(clauses, [*links, None], strict=True) for c in pair if c is not None),
        full[0] * (speaks & ((wish > 0) | (closer > 0))),
        wish,
        full[1] * ((wish > 0) & (closer > 0)),
        closer,
        stop,
        toned("emoji", some(_EMOJI)),
    ]
    praise = use.choose("praise", rng.random(count))
    columns = [np.where(speech.fake, 0, column) for column in columns]
    columns[0] = np.where(speech.fake, praise, columns[0])
    return _join(use, columns, speech.noun), accused


def _clauses(
    rng: np.random.Generator, use: Phrases, speech: Speech, cheerful: NDArray[np.bool_]
) -> tuple[list[Ints], list[Ints]]:
    """Up to four clauses and what links them; what sets the tone comes first."""
    mood = speech.mood.astype(np.int64)
    against = np.where(cheerful[:, None], mood < 0, mood > 0)
    turn = np.where(mood == 0, 9.0, rng.random(mood.shape) + 0.7 * against)
    # The accusation of a bad batch takes the place of what is said about quality.
    turn[speech.batch, _QUALITY] = -1.0
    order = np.argsort(turn, axis=1)[:, :_CLAUSES]
    sign = np.take_along_axis(mood, order, axis=1)
    clauses, links = [], []
    for at in range(_CLAUSES):
        bad = (sign[:, at] < 0).astype(np.int64)
        clause = use.clause(order[:, at], bad, speech.category, rng.random(len(mood)))
        clauses.append(np.where(sign[:, at] == 0, 0, clause))
        if at:
            luck = rng.random(len(mood))
            before = sign[:, at - 1]
            same, turns, lifts = (
                use.choose(f"link.{kind}", luck) for kind in ("same", "turn", "lift")
            )
            link = np.where(before == sign[:, at], same, np.where(before > 0, turns, lifts))
            links.append(np.where(sign[:, at] == 0, 0, link))
    return clauses, links


def _join(use: Phrases, columns: list[Ints], noun: Ints) -> pa.Array:
    """Put the parts together, with a capital letter where a sentence begins."""
    parts = pa.array(use.parts)
    begins = np.ones(len(noun), bool)
    texts = []
    for column in columns:
        filled = column > 0
        number = column + noun * use.named[column] + use.capital * (begins & filled)
        texts.append(parts.take(pa.array(number)))
        begins = np.where(filled, use.ends[column], begins)
    return pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*texts, ""))
