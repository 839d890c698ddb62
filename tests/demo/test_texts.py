"""Review texts say what the truth says they say, in two languages, and not by rote."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from opsbook.demo.plan import CATEGORIES
from opsbook.demo.service.aspects import NEGATIVE, mention_rates
from opsbook.demo.service.compose import Speech, compose
from opsbook.demo.service.emit import emit, serve
from opsbook.demo.service.phrases import (
    _NOUNS,
    ASPECTS,
    LANGUAGES,
    MOODS,
    phrases,
    wish_topics,
)
from opsbook.demo.service.plan import ServicePlan

NAMES = tuple(c.name for c in CATEGORIES)
KEYWORDS = (
    r"发霉|霉点|霉味|食物中毒|(?<!没)拉肚子|(?<!没有)异味|虫子|活虫|碎玻璃|过敏|烂脸|红疹|红肿|甲醛|假货|假的|假冒|12315|药监局"
    r"|mould|food poisoning|insects in it|piece of glass|allergic|dermatitis|formaldehyde"
    r"|counterfeit|a fake|regulator"
)
"""Words of a crisis that a watcher of reviews would look for, unless they are negated."""


class Seen:
    """A sink that keeps reviews and their truth."""

    def __init__(self) -> None:
        self.rows: list[pa.Table] = []
        self.hidden: list[pa.Table] = []

    def table(self, name: str, table: pa.Table) -> None:
        if name == "reviews":
            self.rows.append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        if name == "reviews":
            self.hidden.append(table)

    def fact(self, **facts: Any) -> None:
        pass


@pytest.fixture(scope="module")
def reviews(business: Any) -> pd.DataFrame:
    """Reviews of the shop of 40,000 orders, with their truth."""
    sink = Seen()
    emit(business, sink)
    shown, hidden = (pa.concat_tables(t).to_pandas() for t in (sink.rows, sink.hidden))
    frame = pd.concat([shown, hidden.drop(columns="sku")], axis=1)
    lived = serve(business)
    product = business.lines.product[lived.reviews.line]
    frame["category"] = np.array(NAMES)[business.range_.category[product]]
    frame["kept"] = lived.lived.reason[lived.reviews.line] < 0
    return frame


def pools(language: str) -> dict[tuple[str, str], list[str]]:
    """Clauses of each aspect and mood, over all categories."""
    use = phrases(language, NAMES)
    found = {}
    for a, aspect in enumerate(ASPECTS):
        for m, mood in enumerate(MOODS):
            numbers: set[int] = set()
            for category in range(len(NAMES)):
                pool = (a * 2 + m) * len(NAMES) + category
                start = use.start[pool]
                numbers |= set(use.clauses[start : start + use.size[pool]].tolist())
            found[aspect, mood] = [use.parts[n] for n in sorted(numbers)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_aspect_and_mood_has_forty_clauses_of_its_own(language: str) -> None:
    own = pools(language)
    everything = [clause for pool in own.values() for clause in pool]
    assert len(everything) == len(set(everything))
    assert all(len(pool) >= 40 for pool in own.values())
    use = phrases(language, NAMES)
    assert use.size.min() >= 5


def test_languages_are_mixed_as_planned(reviews: pd.DataFrame) -> None:
    written = reviews[reviews.review_text.notna()]
    assert set(written.language.dropna()) == {"zh", "en"}
    chinese = written.review_text.str.contains(r"[\u4e00-\u9fff]")
    plan = ServicePlan().reviews
    # Emoji and "100" apart, a Chinese text has a Chinese character and an English one has none.
    assert (chinese == (written.language == "zh")).all()
    assert abs(chinese.mean() - plan.chinese) < 4 * np.sqrt(0.21 / len(written))
    silent = reviews.review_text.isna().mean()
    assert abs(silent - plan.silent) < 4 * np.sqrt(plan.silent / len(reviews))


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_contains_a_clause_of_each_aspect_it_is_said_to_mention(
    reviews: pd.DataFrame, language: str
) -> None:
    use = phrases(language, NAMES)
    own = {
        key: [
            re.escape(clause.casefold())
            for number in _numbers(language, key)
            for clause in _versions(use, number)
        ]
        for key in pools(language)
    }
    patterns = {key: re.compile("|".join(clauses)) for key, clauses in own.items()}
    rows = reviews[(reviews.language == language) & ~reviews.batch & ~reviews.fake].iloc[::4]
    assert len(rows) > 400
    for row in rows.itertuples():
        text = row.review_text.casefold()
        for aspect in ASPECTS:
            mood = getattr(row, aspect)
            if mood:
                key = (aspect, MOODS[0] if mood > 0 else MOODS[1])
                assert patterns[key].search(text), (key, text)


def _numbers(language: str, key: tuple[str, str]) -> list[int]:
    use = phrases(language, NAMES)
    at = ASPECTS.index(key[0]) * 2 + MOODS.index(key[1])
    low = use.start[at * len(NAMES)]
    last = (at + 1) * len(NAMES) - 1
    return sorted(set(use.clauses[low : use.start[last] + use.size[last]].tolist()))


def _versions(use: Any, number: int) -> list[str]:
    """A clause, in all versions if it names the product: they follow each other."""
    return use.parts[number : number + (len(_NOUNS) + 1 if use.named[number] else 1)]


def test_words_agree_with_stars(reviews: pd.DataFrame) -> None:
    said = reviews[list(ASPECTS)].to_numpy()
    speaks = (said != 0).any(axis=1)
    assert ((said != 0).sum(axis=1) <= 4).all()
    sour = (reviews.stars <= 2) & speaks & ~reviews.fake
    assert (said[sour] < 0).any(axis=1).all()
    sweet = (reviews.stars >= 4) & speaks & ~reviews.batch
    assert (said[sweet] > 0).any(axis=1).all()


def test_share_of_complaints_by_stars_is_the_planted_one(reviews: pd.DataFrame) -> None:
    """Among aspects without a rule of their own, for lines where nothing went wrong."""
    plain = reviews[~reviews.late & ~reviews.flaw & reviews.kept & ~reviews.fake]
    for stars, share in zip((3, 4, 5), NEGATIVE[2:], strict=True):
        said = plain.loc[plain.stars == stars, ["fit", "packaging", "service", "description"]]
        values = said.to_numpy().ravel()
        values = values[values != 0]
        error = np.sqrt(share * (1 - share) / len(values))
        assert abs((values < 0).mean() - share) < 4 * error


def test_aspects_are_mentioned_as_often_as_planned(reviews: pd.DataFrame) -> None:
    plain = reviews[
        ~reviews.late & ~reviews.flaw & reviews.kept & ~reviews.fake & reviews.review_text.notna()
    ]
    plain = plain[plain.stars == 5]
    rates = mention_rates(NAMES)
    for at, category in enumerate(NAMES):
        own = plain[plain.category == category]
        for aspect in ("fit", "packaging", "service", "description"):
            planted = rates[at, ASPECTS.index(aspect)]
            error = np.sqrt(planted * (1 - planted) / len(own))
            # At most four aspects fit into a text, which costs a little.
            assert -4 * error - 0.03 < (own[aspect] != 0).mean() - planted < 4 * error


def test_late_parcels_are_complained_about(reviews: pd.DataFrame) -> None:
    late = reviews[reviews.late & reviews.review_text.notna() & ~reviews.fake & ~reviews.batch]
    assert 0.45 < (late.logistics < 0).mean() < 0.65
    on_time = reviews[~reviews.late & reviews.review_text.notna() & ~reviews.batch]
    assert (on_time.logistics < 0).mean() < 0.05


def test_unmet_demands_are_named_as_often_as_planned(reviews: pd.DataFrame) -> None:
    topics = wish_topics()
    text = reviews[reviews.review_text.notna() & ~reviews.fake & ~reviews.batch]
    share = text.wish.notna().mean()
    planted = ServicePlan().reviews.wish
    assert abs(share - planted) < 4 * np.sqrt(planted / len(text))
    of = {topic: category for category, topic in topics}
    named = text[text.wish.notna()]
    assert (named.wish.astype(str).map(of) == named.category).all()
    small = named[(named.wish == "petite") & (named.language == "zh")]
    assert len(small) >= 5
    assert small.review_text.str.contains("小个子版").all()


def test_crisis_words_stand_where_the_crisis_is(reviews: pd.DataFrame) -> None:
    """A keyword alert on these words finds the batch, and little else."""
    found = reviews.review_text.str.contains(KEYWORDS, case=False, na=False)
    assert found[reviews.batch].mean() > 0.8
    assert reviews.batch[found].mean() > 0.8


def test_texts_do_not_repeat_each_other(reviews: pd.DataFrame) -> None:
    """Short ones like 好评 do, as they do everywhere; longer ones are one of a kind."""
    text = reviews.review_text[~reviews.fake].dropna()
    assert text.duplicated().mean() < 0.12
    chinese = reviews.language[text.index] == "zh"
    long = text[text.str.len() > np.where(chinese, 20, 60)]
    assert len(long) > 2000
    assert long.duplicated().mean() < 0.005
    assert not text.str.contains(r"[{}]|\bnan\b|。。|,,|\. ,").any()
    english = text[reviews.language[text.index] == "en"]
    assert not english.str.contains(r"\?\.|[.!] [a-z]").any()


def test_emoji_come_now_and_then(reviews: pd.DataFrame) -> None:
    text = reviews.review_text[~reviews.fake].dropna()
    share = text.str.contains(r"[\U0001F300-\U0001FAFF❤✨⭐]").mean()
    assert 0.08 < share < 0.14


def test_text_of_a_simple_review_is_made_of_its_clauses() -> None:
    """One praise and one complaint, Chinese: both clauses, the praise first, and a turn."""
    use = phrases("zh", NAMES)
    mood = np.zeros((300, len(ASPECTS)), np.int8)
    mood[:, ASPECTS.index("price")] = 1
    mood[:, ASPECTS.index("logistics")] = -1
    many = np.zeros(300, np.int64)
    none = np.zeros(300, bool)
    speech = Speech(mood, many + 4, many + 2, many, none, many - 1, none, none)
    texts, accused = compose(np.random.default_rng(1), use, speech)
    assert (accused < 0).all()
    own = pools("zh")
    turns = [use.parts[n] for n in use.pools["link.turn"]] + [
        use.parts[n] for n in use.pools["link.lift"]
    ]
    first = 0
    for text in texts.to_pylist():
        praise = max((c for c in own["price", "good"] if c in text), key=len)
        blame = max((c for c in own["logistics", "bad"] if c in text), key=len)
        before = text.index(praise) < text.index(blame)
        first += before
        left, right = (praise, blame) if before else (blame, praise)
        between = text[text.index(left) + len(left) : text.index(right)]
        assert between in turns
    assert first > 200
