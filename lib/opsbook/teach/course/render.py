"""Markdown of a chapter as HTML that needs nothing else: formulas become MathML.

A link to a page that the course's folder holds is kept; one to a neighbouring file of the
playbook is shown as its words, since slides and handouts are carried away from it.
"""

import re
from functools import cache
from html import escape

import mistune
from latex2mathml import exceptions
from latex2mathml.converter import convert
from mistune.plugins.math import math
from mistune.plugins.table import table

__all__ = ["blocks", "html", "mathml", "one_per_line"]

_FAULTS: tuple[type[Exception], ...] = tuple(
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, Exception)
)
"""The converter raises a type of its own for each fault; they have no common base."""


def html(text: str) -> str:
    """Markdown as HTML, formulas as MathML, code escaped."""
    return str(_markdown()(text)).strip()


def blocks(text: str) -> list[str]:
    """Paragraphs, lists, tables, formulas and fences of a Markdown text, in order."""
    found: list[list[str]] = [[]]
    fence = formula = False
    for line in text.splitlines():
        if line.startswith("```"):
            fence = not fence
        if not fence and line.count("$$") % 2:
            formula = not formula
        if line.strip() or fence or formula:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def one_per_line(formula: str) -> list[str]:
    """Formulas that stand side by side in one block, each as a block of its own.

    Args:
        formula: A block between ``$$``.
    """
    inside = formula.strip().removeprefix("$$").removesuffix("$$").strip()
    parts = [part.strip().rstrip(",") for part in inside.split(r"\qquad")]
    whole = all(
        part.count("{") == part.count("}")
        and part.count(r"\left") == part.count(r"\right")
        and part.count(r"\begin") == part.count(r"\end")
        for part in parts
    )
    return [f"$${part}$$" for part in parts if part] if whole else [formula]


def mathml(formula: str, display: str = "inline") -> str:
    """A formula as MathML; what cannot be converted stays readable as it was written."""
    try:
        return str(convert(formula, display=display))
    except _FAULTS:
        return f"<code>{escape(formula)}</code>"


_KEPT = re.compile(r"https?://.+|(?:\.\./)*(?:[\w-]+/)*[\w.-]+\.(?:html|ipynb)(?:#[\w.-]*)?")
"""Addresses that are links: of the network, and of a file in the course's folder."""


@cache
def _markdown() -> mistune.Markdown:
    return mistune.Markdown(renderer=_Renderer(escape=True), plugins=[table, _formulas])


def _formulas(md: mistune.Markdown) -> None:
    math(md)
    if md.renderer is not None:
        md.renderer.register("block_math", lambda _, text: f"<p>{mathml(text, 'block')}</p>\n")
        md.renderer.register("inline_math", lambda _, text: mathml(text))


class _Renderer(mistune.HTMLRenderer):
    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not _KEPT.fullmatch(url):
            return text
        return f'<a href="{escape(url)}">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def block_code(self, code: str, info: str | None = None) -> str:
        kind = "output" if (info or "").strip() == "text" else "code"
        return f'<pre class="{kind}">{escape(code)}</pre>\n'
