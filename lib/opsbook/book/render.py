"""A chapter as a page of the book: its text, with figure, links and printed output marked."""

import re
from html import escape

from opsbook.book.chapters import FENCE, Chapter
from opsbook.book.figures import Drawn
from opsbook.book.library import resolve
from opsbook.book.web import (
    CODE_NAME,
    HEADED,
    NOTEBOOK,
    SECTION,
    Web,
    function_address,
    section_address,
)
from opsbook.chart.markup import chart as chart_html
from opsbook.language import t

__all__ = ["chapter_page", "fence", "figure_block", "inside"]

_LINK = re.compile(r"\]\(([^)\s]+?)\.(?:en|zh)\.md((?:#[^)]*)?)\)")
_ENTRY = re.compile(
    r"(?P<kept>`[^`]*`|\[[^\]]*\]\([^)]*\)|<[^>]*>|\$[^$\n]+\$|^#.*$)"
    r"|(?<![A-Za-z0-9_/#-])(?P<entry>[A-Z]\d\d)(?![A-Za-z0-9_-])",
    re.MULTILINE,
)
"""An id of the catalogue in plain text; what is code, a link or a heading is kept as it is."""
_README = re.compile(r"\]\(((?:\.\./)*)README\.md((?:#[^)]*)?)\)")


def chapter_page(
    chapter: Chapter, lang: str, web: Web, drawn: Drawn | None, words: list[tuple[str, str]]
) -> str:
    """The page's Markdown.

    Args:
        chapter: The chapter.
        lang: Its language, which must be the one in force.
        web: The links of the book.
        drawn: Its figure; None leaves it out.
        words: Words of the glossary that belong to it, each with its anchor.
    """
    parts = []
    for section in chapter.sections(lang):
        text = inside(section.text, web, chapter)
        if section.role == "example" and drawn is not None:
            text = f"{text.rstrip()}\n\n{figure_block(drawn)}\n"
        parts.append(text)
    body = "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)
    return _badged(body, chapter) + _more(chapter, words)


def inside(text: str, web: Web, chapter: Chapter | None = None, up: str = "../") -> str:
    """Markdown of the playbook as Markdown of the book: links, names, code and output."""
    pieces, last = [], 0
    for block in FENCE.finditer(text):
        pieces.append(_prose(text[last : block.start()], web, chapter, up))
        pieces.append(fence(block["info"].strip(), block["body"]))
        last = block.end()
    return "".join([*pieces, _prose(text[last:], web, chapter, up)])


def fence(info: str, body: str) -> str:
    """A block of code, or of output, which is drawn as such."""
    if info == "text":
        return f"```{{code-block}} text\n:class: printed\n\n{body}```"
    return f"```{info.split()[0] if info else 'text'}\n{body}```"


def figure_block(drawn: Drawn) -> str:
    """A figure with the lines that drew it folded below."""
    title = t("The lines that drew this figure")
    return (
        f"```{{raw}} html\n{_one_line(chart_html(drawn.chart))}\n```\n\n"
        f'<details class="code">\n<summary>{escape(title)}</summary>\n\n'
        f"```python\n{drawn.plan.code}\n```\n\n</details>\n"
    )


def _prose(text: str, web: Web, chapter: Chapter | None, up: str) -> str:
    text = _LINK.sub(r"](\1.md\2)", text)
    text = _README.sub(r"](\1index.md\2)", text)
    if chapter is not None:
        text = _sections(text, web, chapter, up)

    def function(found: re.Match[str]) -> str:
        target = resolve(found[1])
        if target is None:
            return found[0]
        shown = found[1].replace(".", ".<wbr>")  # on a phone it breaks there and not in a word
        return f'<a href="{function_address(target, up=up)}"><code>{shown}</code></a>'

    def notebook(found: re.Match[str]) -> str:
        page = web.notebooks.get(found[1])
        return found[0] if page is None else f'<a href="{up}{page}"><code>{found[1]}</code></a>'

    return _entries(NOTEBOOK.sub(notebook, CODE_NAME.sub(function, text)), web, up)


def _entries(text: str, web: Web, up: str) -> str:
    """An id of the catalogue leads to what the book says of it; a part about one has its name."""

    def entry(found: re.Match[str]) -> str:
        place = web.places.get(found["entry"] or "")
        return found[0] if place is None else f'<a href="{up}{place}">{found["entry"]}</a>'

    named = HEADED.sub(lambda m: f'<div id="{m[1]}" class="place"></div>\n\n{m[0]}', text)
    return _ENTRY.sub(entry, named)


def _sections(text: str, web: Web, chapter: Chapter, up: str) -> str:
    """A section of a notebook that is named becomes a link to its page."""
    known = {
        (section.notebook, title): section
        for section in web.sections.get(chapter.path, [])
        for title in section.titles.values()
    }

    def section(found: re.Match[str]) -> str:
        target = known.get((found[1], found[2]))
        if target is None:
            return found[0]
        return f'<a href="{section_address(target, up=up)}">{found[0].replace("`", "")}</a>'

    return SECTION.sub(section, text)


def _badged(text: str, chapter: Chapter) -> str:
    """The ids of the catalogue below the title."""
    if not chapter.entries:
        return text
    shown, between = chapter.entries, " · "
    if len(shown) > 6:  # a page about all cases, or all mix-ups
        shown, between = (shown[0], shown[-1]), " – "
    links = between.join(f'<a href="../entries.html#{e}">{e}</a>' for e in shown)
    name = t("Catalogue")
    badge = f'<p class="entry">{escape(name)} {links}</p>'
    return re.sub(r"^(# .+)$", lambda m: f"{m[1]}\n\n{badge}", text, count=1, flags=re.MULTILINE)


def _more(chapter: Chapter, words: list[tuple[str, str]]) -> str:
    lines = []
    if words:
        links = " · ".join(f'<a href="../glossary.html#{a}">{escape(w)}</a>' for w, a in words)
        lines.append("<p>" + escape(t("Words of this chapter:")) + f" {links}</p>")
    if chapter.is_method:
        place = f"../origins.html#{chapter.path.replace('/', '-')}"
        title = t("Where the figures of this chapter come from")
        lines.append(f'<p><a href="{place}">{escape(title)}</a></p>')
    if not lines:
        return ""
    return '\n<div class="more">\n' + "\n".join(lines) + "\n</div>\n"


def _one_line(html: str) -> str:
    return re.sub(r"\s*\n\s*", " ", html)
