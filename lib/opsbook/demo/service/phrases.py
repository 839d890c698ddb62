"""The sentence parts of reviews: read once, numbered, and found by aspect, mood and category."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints

__all__ = ["ASPECTS", "LANGUAGES", "MOODS", "TOPICS", "Phrases", "phrases", "wish_topics"]

ASPECTS = (
    *("quality", "fit", "logistics", "packaging"),
    *("service", "price", "effect", "description"),
)
LANGUAGES = ("zh", "en")
MOODS = ("good", "bad")
TOPICS = (
    *("mould", "food poisoning", "foreign body", "allergy"),
    *("smell", "fake", "fire", "injury", "authority"),
)
"""What a review in a crisis accuses the product of."""
_NOUNS = {
    "Linen Shirt": "亚麻衬衫",
    "Knit Cardigan": "针织开衫",
    "Wool Coat": "羊毛大衣",
    "Midi Dress": "连衣裙",
    "Straight Jeans": "牛仔裤",
    "Feeding Bottle": "奶瓶",
    "Rice Cooker": "电饭煲",
    "Air Fryer": "空气炸锅",
    "Hair Dryer": "吹风机",
    "Power Bank": "充电宝",
    "Yoga Mat": "瑜伽垫",
    "Running Shoes": "跑鞋",
    "Camping Tent": "帐篷",
    "Sun Jacket": "防晒衣",
}
"""Products by the words of their titles; what is not here goes by the general word."""
_GENERAL = {"zh": "东西", "en": "thing"}


@dataclass(frozen=True)
class Phrases:
    """All sentence parts of one language, as numbers into ``parts``; part 0 is empty.

    Args:
        parts: The parts; where one names the product, a version per noun follows it.
        named: Whether a part has versions per noun.
        ends: Whether a part ends a sentence.
        capital: What to add to a number for the same part with a capital letter.
        pools: Parts to choose from, by name of the pool.
        clauses: Clauses of all aspects, pool after pool.
        start: Where the pool of an aspect, mood and category begins.
        size: How many clauses it has.
        crisis: For each category clauses of a crisis and their topics.
        wishes: Parts by topic of an unmet demand, one row per topic, one column per frame.
    """

    parts: list[str]
    named: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    capital: int
    pools: dict[str, Ints]
    clauses: Ints
    start: Ints
    size: Ints
    crisis: tuple[tuple[Ints, Ints], ...]
    wishes: Ints

    def choose(self, pool: str, luck: Floats) -> Ints:
        """One part of a pool for each number in 0..1."""
        parts = self.pools[pool]
        return np.asarray(parts[(luck * len(parts)).astype(np.int64)], np.int64)

    def clause(self, aspect: Ints, mood: Ints, category: Ints, luck: Floats) -> Ints:
        """A clause for each row by aspect, mood (0 good, 1 bad) and category."""
        pool = (aspect * 2 + mood) * len(self.crisis) + category
        at = self.start[pool] + (luck * self.size[pool]).astype(np.int64)
        return np.asarray(self.clauses[at], np.int64)

    @staticmethod
    def noun(title: str) -> int:
        """Number of the noun in a title, 0 if it goes by the general word."""
        return next((i for i, noun in enumerate(_NOUNS, start=1) if noun in title), 0)


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"texts_{language}.toml").read_text("utf-8"))


@cache
def wish_topics() -> tuple[tuple[str, str], ...]:
    """Unmet demands that reviews name: category and topic."""
    topics = _file("en")["wish"]["topics"]
    return tuple((category, topic) for category, own in topics.items() for topic in own)


@cache
def phrases(language: str, categories: tuple[str, ...]) -> Phrases:
    """The parts of a language.

    Args:
        language: ``zh`` or ``en``.
        categories: Names of the categories, in the order of their numbers.
    """
    texts = _file(language)
    nouns = [_GENERAL[language]]
    nouns += [zh if language == "zh" else en.lower() for en, zh in _NOUNS.items()]
    parts: list[str] = [""]
    named: list[bool] = [False]

    def add(text: str) -> int:
        """Take up a part; its number."""
        parts.extend(text.replace("{n}", n) for n in (nouns if "{n}" in text else nouns[:1]))
        fresh = len(parts) - len(named)
        named.extend([fresh > 1] + [False] * (fresh - 1))
        return len(parts) - fresh

    def all_of(these: Iterable[str]) -> Ints:
        return np.array([add(text) for text in these], np.int64)

    chosen: list[Ints] = []
    start: list[int] = []
    size: list[int] = []
    for aspect in ASPECTS:
        for mood in MOODS:
            own = {key: all_of(_lines(text)) for key, text in texts[aspect][mood].items()}
            for category in categories:
                pool = np.concatenate(_for(category, own))
                start.append(sum(size))
                size.append(len(pool))
                chosen.append(pool)
    accusations = {
        key: [(add(text), TOPICS.index(topic)) for topic, text in rows]
        for key, rows in texts["crisis"].items()
    }
    crisis = []
    for category in categories:
        number, topic = zip(*_for(category, accusations, only_own=True)[0], strict=True)
        crisis.append((np.array(number), np.array(topic)))
    wish = texts["wish"]
    frames = _lines(wish["frames"])
    wishes = np.array(
        [
            [add(frame.format(w=wish["topics"][category][topic])) for frame in frames]
            for category, topic in wish_topics()
        ]
    )
    pools = {"praise": all_of(_lines(texts["praise"]["texts"]))}
    for group in ("opener", "closer", "link", "emoji"):
        for key, value in texts[group].items():
            pools[f"{group}.{key}"] = all_of(value if group in ("link", "emoji") else _lines(value))
    ends = np.array([text.rstrip().endswith((".", "!", "?")) for text in parts])
    return Phrases(
        parts=parts + [text[:1].upper() + text[1:] for text in parts],
        named=np.array(named),
        ends=np.concatenate([ends, ends]),
        capital=len(parts),
        pools=pools,
        clauses=np.concatenate(chosen),
        start=np.array(start),
        size=np.array(size),
        crisis=tuple(crisis),
        wishes=wishes,
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _for(category: str, groups: Mapping[str, Any], *, only_own: bool = False) -> list[Any]:
    """What holds for a category: its own groups and those of all; all if there is nothing."""
    own = [group for key, group in groups.items() if category in key.split(", ")]
    common = [groups["any"]] if "any" in groups else []
    if only_own:
        return own or common
    return own + common or list(groups.values())
