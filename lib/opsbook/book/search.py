"""Searching the book in Chinese without a dictionary: by single characters and by pairs.

A dictionary cuts a text differently from a query, and then finds nothing; every pair of
neighbouring characters is found whatever stands around it. The page's script cuts the query
by the same rule, so nothing has to be installed beside the book.
"""

import re
from functools import cache

from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

__all__ = ["ChineseSearch", "EnglishSearch"]

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9_]+", re.IGNORECASE)


class ChineseSearch(SearchLanguage):
    """Words in Latin letters whole; Chinese as characters and pairs of characters."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = """
function splitQuery(query) {
  const found = [];
  for (const run of query.match(/[\\u3400-\\u9fff]+|[a-z0-9_]+/gi) || []) {
    if (!/[\\u3400-\\u9fff]/.test(run) || run.length < 3) { found.push(run); continue; }
    for (let place = 0; place < run.length - 1; place++) found.push(run.slice(place, place + 2));
  }
  return found;
}
"""

    def split(self, input: str) -> list[str]:
        """The terms under which a text is found."""
        found: list[str] = []
        for run in _RUN.findall(input):
            if run.isascii():
                found.append(run)
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
    """As Sphinx does it, but each word is cut to its stem once and not on every page."""

    @cache  # noqa: B019 - lives as long as the build
    def stem(self, word: str) -> str:
        """The stem of a word."""
        return str(super().stem(word))
