"""Searching the book in Chinese without a dictionary: by single characters and by pairs.

A dictionary cuts a text differently from a query, and then finds nothing; every pair of
neighbouring characters is found whatever stands around it. The page's script cuts the query
by the same rule, so nothing has to be installed beside the book.

Sphinx drops whatever is all digits, from the text and from the query. Festivals are named by
digits (618, 双 11), so a short number is kept under a name that it does not take for one: _618.
A page must hold every word of a query; those that only ask (怎么, 多少) are left out of it.
"""

import re
from functools import cache

from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

__all__ = ["ChineseSearch", "EnglishSearch"]

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9_]+", re.IGNORECASE)
_FESTIVAL = re.compile(r"双 ?(1[12])")
_NUMBER = re.compile(r"[0-9]{2,4}")


class ChineseSearch(SearchLanguage):
    """Words in Latin letters whole; Chinese as characters and pairs of characters."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = """
function splitQuery(query) {
  const found = [];
  const bare = query.replace(/双 ?(1[12])/g, " 双$1 ")
    .replace(/为什么|什么|怎么样?|怎样|如何|多少|[的了吗呢吧]/g, " ");
  const runs = /双1[12]|[\\u3400-\\u9fff]+|[a-z0-9_]+/gi;
  for (const word of bare.match(runs) || query.match(runs) || []) {
    const run = /^[0-9]{2,4}$/.test(word) ? "_" + word : word;
    if (!/^[\\u3400-\\u9fff]{3,}$/.test(run)) { found.push(run); continue; }
    for (let place = 0; place < run.length - 1; place++) found.push(run.slice(place, place + 2));
  }
  return found;
}
"""

    def split(self, input: str) -> list[str]:
        """The terms under which a text is found."""
        found = [f"双{digits}" for digits in _FESTIVAL.findall(input)]
        for run in _RUN.findall(input):
            if run.isascii():
                found.append(_kept(run))
            else:
                found += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
        return found

    def stem(self, word: str) -> str:
        """Chinese has no endings; Latin letters are compared in small ones."""
        return word.lower()

    def word_filter(self, stemmed_word: str) -> bool:
        """Every term counts but a lone Latin letter."""
        return len(stemmed_word) > 1 or not stemmed_word.isascii()


class EnglishSearch(SearchEnglish):
    """As Sphinx does it, but short numbers count, and each word is cut to its stem only once."""

    js_splitter_code = r"""
function splitQuery(query) {
  return query
    .split(/[^\p{Letter}\p{Number}_]+/gu)
    .filter((word) => word)
    .map((word) => (/^[0-9]{2,4}$/.test(word) ? "_" + word : word));
}
"""

    def split(self, input: str) -> list[str]:
        """The words under which a text is found."""
        return [_kept(word) for word in super().split(input)]

    @cache  # noqa: B019 - lives as long as the build
    def stem(self, word: str) -> str:
        """The stem of a word."""
        return str(super().stem(word))


def _kept(word: str) -> str:
    return f"_{word}" if _NUMBER.fullmatch(word) else word
