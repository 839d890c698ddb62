"""What this book adds to Sphinx: formulas, search, contents, the way to the other language."""

from html import escape
from pathlib import Path
from typing import Any

from opsbook.book.mathml import add_mathml
from opsbook.book.search import ChineseSearch, EnglishSearch

__all__ = ["setup"]


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""
    add_mathml(app)
    app.add_search_language(ChineseSearch)
    app.add_search_language(EnglishSearch)
    app.add_config_value("opsbook_other", "", "html")
    app.add_config_value("opsbook_contents", [], "html")
    # Before and after the theme, which would work out the contents anew for every page: that
    # was half the time of the whole build.
    app.connect("html-page-context", _without_tree, priority=100)
    app.connect("html-page-context", _switch)
    app.connect("html-page-context", _contents, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _without_tree(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    context.pop("toctree", None)


def _contents(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """The contents beside each page: captions and links, the page itself marked."""
    up = "../" * page.count("/")
    parts = []
    for caption, pages in app.config.opsbook_contents:
        items = "".join(_item(name, title, page, up) for name, title in pages)
        parts.append(
            f'<p class="caption" role="heading" aria-level="2"><span class="caption-text">'
            f"{escape(caption)}</span></p><ul>{items}</ul>"
        )
    context["furo_navigation_tree"] = "".join(parts)


def _item(name: str, title: str, page: str, up: str) -> str:
    here = ' current current-page" aria-current="page' if name == page else ""
    return (
        f'<li class="toctree-l1{here}"><a class="reference internal" '
        f'href="{escape(up + name)}.html">{escape(title)}</a></li>'
    )


def _switch(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Above each page a link to the same page in the other language.

    What can be scrolled sideways can be reached by keyboard, or nobody without a mouse reads it.
    """
    other = app.config.opsbook_other
    if "body" not in context:
        return
    for part in ("<pre>", '<div class="table-wrapper'):
        context["body"] = context["body"].replace(part, f'{part[:4]} tabindex="0"{part[4:]}')
    if page.startswith("functions/opsbook"):  # its title is a name that cannot be broken
        context["body"] = f'<div class="code-page">{context["body"]}</div>'
    if not other:
        return
    code, name = ("zh-CN", "中文") if other == "zh" else ("en", "English")
    up = "../" * (page.count("/") + 1)
    context["body"] = (
        f'<nav class="languages"><a href="{escape(f"{up}{other}/{page}.html")}" '
        f'hreflang="{code}" lang="{code}">{name}</a></nav>{context["body"]}'
    )


THEME = Path(__file__).parent / "theme"
"""Folder with the book's own style sheet."""
