"""Where the chapters stand as pages, seen from a file of the course: every link is relative.

A class folder is copied to other machines and opened without a network, so no link may need to
know where it lies. A page that the folder does not hold is named and not linked.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from opsbook.book.chapters import FENCE
from opsbook.language import t
from opsbook.teach.course.chapters import PARTS, Chapter

__all__ = ["BOOK", "Shelf", "relinked"]

BOOK = "class/book"
"""Folder of the pages in a course."""
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")
_PAGE = re.compile(r"(?P<page>.+?)\.(?:en|zh)\.md(?P<place>#.*)?")
_SHORT = re.compile(r"[:：]")


def relinked(text: str, page: str, address: Callable[[str, str], str]) -> str:
    """Markdown with its links to other pages of the playbook led elsewhere.

    Args:
        text: Markdown of a page; code in it is left alone.
        page: The page it stands on, such as ``course/K05-case-review``.
        address: Told a page and a place on it (with ``#``, or empty); where it is now, or
            nothing: then its words stay without a link.
    """

    def link(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if re.match(r"https?://", target):
            return found[0]
        named = _PAGE.fullmatch(target)
        if named is None:
            return words
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(page), named["page"]))
        now = address(whole, named["place"] or "")
        return f"[{words}]({now})" if now else words

    pieces, last = [], 0
    for block in FENCE.finditer(text):
        pieces += [_LINK.sub(link, text[last : block.start()]), block[0]]
        last = block.end()
    return "".join([*pieces, _LINK.sub(link, text[last:])])


@dataclass(frozen=True)
class Shelf:
    """The pages that a course's folder holds, seen from one of its files.

    Args:
        titles: Title of each page, by its name in the playbook; empty where there is no book.
        lang: Language of the pages.
        here: Folder of the file that links to them, from the course's folder.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    lang: str = "en"
    here: str = ""

    def seen_from(self, file: str) -> "Shelf":
        """The same pages from another file.

        Args:
            file: Its path in the course, such as ``class/notebooks/02-growth.ipynb``.
        """
        return replace(self, here=posixpath.dirname(file))

    @property
    def start(self) -> str:
        """Address of the first page; nothing where there is no book."""
        return self._relative("index", "") if self.titles else ""

    def address(self, page: str, place: str = "") -> str:
        """Relative address of a page, or nothing where the folder lacks it."""
        return self._relative(page, place) if page in self.titles else ""

    def _relative(self, page: str, place: str) -> str:
        return posixpath.relpath(f"{BOOK}/{self.lang}/{page}.html", self.here or ".") + place

    def short(self, page: str) -> str:
        """The title up to its colon."""
        return _SHORT.split(self.titles[page])[0]

    def link(self, page: str) -> str:
        """A page as Markdown: its title with the link, or its name in the playbook."""
        address = self.address(page)
        return f"[{self.titles[page]}]({address})" if address else f"`playbook/{page}`"

    def named(self, page: str) -> str:
        """A page as people are sent to it: ``Chapter: …``, Markdown."""
        return t("Chapter: {chapter}", chapter=self.link(page))

    def linked(self, text: str, page: str) -> str:
        """Markdown of a page whose links lead to the pages of the folder.

        Args:
            text: Markdown.
            page: The page that it stands on in the playbook.
        """
        return relinked(text, page, self.address)

    def chapter(self, chapter: Chapter) -> Chapter:
        """A chapter whose parts link to the pages of the folder."""
        parts = {
            name: self.linked(getattr(chapter, name), chapter.name) for name in (*PARTS, "answer")
        }
        return replace(chapter, **parts)
