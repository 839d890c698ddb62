"""What a page shows, read from an executed notebook.

Sections begin at ``##`` headings. Headline, key figures, findings and definitions go to
their places on the page wherever they stand in the notebook; a section that held nothing
else gives them its title and its words.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from opsbook.chart.markup import PREFIX, SHOWN
from opsbook.chart.words import attribute, visible
from opsbook.language import t
from opsbook.report.clean import clean_html, short_paths
from opsbook.report.drawing import Drawings
from opsbook.report.notebooks import tags
from opsbook.report.tables import Beside

__all__ = ["Content", "Section", "read_content"]

_PULLED = ("findings", "definitions", "keyfigures", "heading")
"""Blocks with a place of their own; the first one found gives its section its purpose."""
READING = "reading"
"""Tag of text that tells how to read what stands above it; without that it is not shown."""
_QUIET = frozenset(("parameters", "injected-parameters", "load"))
_LONGEST_TEXT = 4000
_LONGEST_FOREIGN = 60_000
_MOST_DOWNLOADS = 300_000
"""Signs of encoded CSV that one page carries; a page has to stay small enough to be mailed."""
_KEPT_TEXT = re.compile(r"\S")


@dataclass
class Section:
    """One section of the page.

    Args:
        title: Its heading, as the notebook has it.
        body: HTML of what it shows, in order.
        words: How many of ``body`` are the notebook's own text.
        code: Source of its cells.
        pulled: Names of blocks that were taken out of it.
    """

    title: str
    body: list[str] = field(default_factory=list)
    words: int = 0
    code: list[str] = field(default_factory=list)
    pulled: set[str] = field(default_factory=set)

    @property
    def is_only(self) -> str:
        """The one block that this section was made for, if it shows nothing else."""
        if len(self.body) > self.words:
            return ""
        return next((name for name in _PULLED if name in self.pulled), "")


@dataclass
class Content:
    """A page's parts: blocks with places of their own, and the sections between them."""

    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)
    intro: Section = field(default_factory=lambda: Section(""))
    missing: list[str] = field(default_factory=list)
    homes: dict[str, Section] = field(default_factory=dict)
    drawings: Drawings = field(default_factory=Drawings)
    downloads: int = 0
    beside: Beside = field(default_factory=Beside)

    @property
    def headline(self) -> str:
        """The report's one sentence; empty where it did not come that far."""
        return str(self.blocks.get("heading", {}).get("title", ""))


def read_content(
    notebook: Any, markdown: Callable[[str], str], *, broken: int = -1, tables: str = ""
) -> Content:
    """Take an executed notebook apart.

    Args:
        notebook: With outputs, and only the cells that belong to the report.
        markdown: Turns Markdown into HTML.
        broken: Place of the cell at which the run stopped; −1 for none.
        tables: Folder beside the page for tables that it cannot carry; empty for none.
    """
    content = Content(beside=Beside(tables))
    section = content.intro
    refused = False
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            if refused and READING in tags(cell):
                continue
            for title, text in _split(cell.source):
                if title:
                    section = Section(title)
                    content.sections.append(section)
                if _KEPT_TEXT.search(text):
                    section.body.append(markdown(text))
                    section.words += 1
        elif cell.cell_type == "code":
            quiet = tags(cell) & _QUIET
            refused = _refused(cell)
            for output in cell.get("outputs", []):
                _take(output, content, section, show=not quiet)
            if cell.source.strip() and not quiet:
                section.code.append(cell.source)
        if place == broken:
            words = escape(t("The run stopped here. What follows is missing."))
            section.body.append(f'<p class="stopped">{words}</p>')
            break
    _settle(content)
    return content


def _refused(cell: Any) -> bool:
    """Whether all that a cell shows is why it shows nothing."""
    shown = [m for o in cell.get("outputs", []) for m in o.get("data", {}) if m.startswith(PREFIX)]
    return bool(shown) and all(mime == f"{PREFIX}missing+json" for mime in shown)


def _settle(content: Content) -> None:
    kept = []
    for section in content.sections:
        only = section.is_only
        if only and only not in content.homes:
            content.homes[only] = section
        elif section.body:
            kept.append(section)
    content.sections = kept


def _split(source: str) -> Iterator[tuple[str, str]]:
    """Pieces of Markdown, each with the ``##`` heading that begins it; ``#`` is dropped."""
    title, lines, fenced = "", [], False
    for line in source.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = None if fenced else re.match(r"(#{1,2})\s+(.*?)\s*#*$", line)
        if not found:
            lines.append(line)
            continue
        yield title, "\n".join(lines)
        title, lines = (found[2] if found[1] == "##" else ""), []
    yield title, "\n".join(lines)


def _take(output: Any, content: Content, section: Section, *, show: bool) -> None:
    if output.output_type == "stream":
        if output.name == "stdout" and show:
            section.body.append(_text(output.text))
        return
    if output.output_type not in ("display_data", "execute_result"):
        return
    data = output.data
    for mime, block in data.items():
        if not (mime.startswith(PREFIX) and mime.endswith("+json")):
            continue
        name = mime.removeprefix(PREFIX).removesuffix("+json")
        if name in _PULLED:
            content.blocks[name] = block
            section.pulled.add(name)
        elif name in SHOWN:
            if name == "missing":
                content.missing.append(block["section"])
            section.body.append(SHOWN[name](_fitted(name, block, content)))
        return
    if show:
        section.body.extend(part for part in (_foreign(data, output.metadata),) if part)


def _fitted(name: str, block: dict[str, Any], content: Content) -> dict[str, Any]:
    """The block as this page can carry it: drawings share letters, downloads have an end."""
    if name == "chart":
        drawn = {width: content.drawings.add(block[width]) for width in ("wide", "phone")}
        return block | drawn
    if name == "table":
        # As it stands in the page: three bytes are written as four signs.
        content.downloads += len(block["csv"].encode("utf-8", "replace")) * 4 // 3
        return content.beside.take(block, has_room=content.downloads <= _MOST_DOWNLOADS)
    return block


def _foreign(data: Any, metadata: Any) -> str:
    """Output of other libraries: a picture, a table, text; nothing that runs or loads."""
    for mime in ("image/png", "image/jpeg", "image/svg+xml"):
        if mime in data:
            raw = data[mime]
            if mime.endswith("xml"):
                raw = base64.b64encode(raw.encode()).decode()
            alt = metadata.get(mime, {}).get("alt", "") or t("figure without description")
            code = "".join(raw.split())
            words = attribute(alt, 1000)
            return f'<p class="picture"><img src="data:{mime};base64,{code}" alt="{words}"></p>'
    if any("widget-view" in mime for mime in data):
        return ""
    html = clean_html(visible(data.get("text/html", "")))
    # A table too long for a page is cut as text; cutting HTML would tear it apart.
    if html and len(html) <= _LONGEST_FOREIGN:
        label = escape(t("Output"))
        return (
            f'<div class="scroll foreign" tabindex="0" role="region" aria-label="{label}">'
            f"{html}</div>"
        )
    return _text(data["text/plain"]) if data.get("text/plain") else ""


def _text(text: str) -> str:
    plain = visible(re.sub(r"\x1b\[[0-9;]*m", "", text)).strip("\n")
    if len(plain) > _LONGEST_TEXT:
        plain = plain[: _LONGEST_TEXT - 1] + "…"
    return f'<pre class="out">{escape(short_paths(plain))}</pre>' if plain.strip() else ""
