"""Pages made from blocks without running a notebook: what a browser test needs, in a second."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from opsbook.language import speaking
from opsbook.report.faults import Fault
from opsbook.report.page import PageExporter, Run
from opsbook.report.schema import Schema


def shown(*blocks: Any) -> nbformat.NotebookNode:
    """A code cell that displayed the blocks."""
    outputs = []
    for block in blocks:
        bundle = block._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))
    return nbformat.v4.new_code_cell("show(result)", outputs=outputs)


def words(source: str) -> nbformat.NotebookNode:
    """A Markdown cell."""
    return nbformat.v4.new_markdown_cell(source)


def page_of(
    cells: list[nbformat.NotebookNode],
    file: Path,
    *,
    lang: str = "en",
    title: str = "Tiny report",
    source: str = "shop",
    chapters: str = "",
    fault: Fault | None = None,
) -> Path:
    """Write the page of a notebook with these cells."""
    schema = Schema("tiny", title=title, title_zh=title)
    values = {"source": source, "lang": lang}
    when = datetime(2026, 5, 1, 6, 30, tzinfo=UTC)
    run = Run(schema, values, lang, source, when, 3.0, fault, chapters)
    with speaking(lang):
        html, _ = PageExporter().from_notebook_node(
            nbformat.v4.new_notebook(cells=cells), {"run": run}
        )
    file.write_text(html, encoding="utf-8")
    return file
