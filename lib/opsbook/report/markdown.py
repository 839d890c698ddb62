"""Markdown of a notebook as HTML for a page that travels.

No link to a neighbour that was not sent along, no picture from elsewhere, no address that
runs, and of HTML inside the Markdown only what marks up words.
"""

import re
from collections.abc import Callable
from functools import partial
from html import escape

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from opsbook.chart.markup import ChapterLink
from opsbook.report.clean import clean_html

__all__ = ["chapter_link", "markdown"]

_WORDS = re.compile(r"</?(b|i|em|strong|small|sub|sup|br|kbd|code)\s*/?>", re.IGNORECASE)


def chapter_link(base: str, lang: str) -> ChapterLink:
    """How chapters are linked: ``BASE/market/growth.en.md``, or a pattern with ``{chapter}``."""

    def link(chapter: str) -> str:
        if not base:
            return ""
        if "{chapter}" in base:
            return base.replace("{chapter}", chapter).replace("{lang}", lang)
        return f"{base.rstrip('/')}/{chapter}.{lang}.md"

    return link


def markdown(link: ChapterLink) -> Callable[[str], str]:
    """A function that turns Markdown into HTML, chapters linked by ``link``."""
    return partial(MarkdownWithMath(renderer=_Renderer(link)).render)


class _Renderer(IPythonRenderer):
    def __init__(self, link: ChapterLink) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self._chapter = link

    def link(self, text: str, url: str, title: str | None = None) -> str:
        inside = re.search(r"playbook/([\w/-]+?)(\.\w+)?\.md", url)
        address = self._chapter(inside[1]) if inside else url
        if not re.match(r"(https?://|mailto:|#)", address) and not (inside and address):
            return text
        return f'<a href="{escape(address)}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        safe = re.match(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", url)
        return super().image(text, url, title) if safe else escape(text)

    def heading(self, text: str, level: int, **_: object) -> str:
        # Without an id: two sections may say "How to read it", and the page's own come first.
        return f"<h{level}>{text}</h{level}>\n"

    def inline_html(self, html: str) -> str:
        return html if _WORDS.fullmatch(html) else escape(html)

    def block_html(self, html: str) -> str:
        return f"{clean_html(html)}\n"
