"""What a page takes from a notebook: everything in its place, and no more than it can carry."""

from typing import Any

import nbformat
import pandas as pd

from opsbook.chart.blocks import Missing, Say
from opsbook.chart.table import Field, shown_table
from opsbook.language import speaking
from opsbook.report.content import Content, read_content


def cell(*bundles: dict[str, Any], tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    outputs = [nbformat.v4.new_output("display_data", data=data) for data in bundles]
    return nbformat.v4.new_code_cell("x", outputs=outputs, metadata={"tags": list(tags)})


def text(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def read(*cells: nbformat.NotebookNode, broken: int = -1) -> Content:
    with speaking("en"):
        return read_content(nbformat.v4.new_notebook(cells=list(cells)), str.strip, broken=broken)


def large(name: str) -> dict[str, Any]:
    frame = pd.DataFrame({"a": [f"{name} {'x' * 500}"] * 1000})
    return shown_table(frame, [Field("a", "a")], caption=name)._repr_mimebundle_()


def test_downloads_stop_where_the_page_would_become_too_large_to_mail() -> None:
    # Each table's CSV stops at 24 kB, which are 32,000 signs; the page carries 300,000 of them.
    content = read(text("## S"), *(cell(large(f"t{i}")) for i in range(12)))
    carried = [piece for piece in content.sections[0].body if "base64," in piece]
    left_out = [piece for piece in content.sections[0].body if "too many to be down" in piece]
    assert (len(carried), len(left_out)) == (9, 3)
    assert all("rows are shown" in piece for piece in left_out)


def test_a_foreign_table_too_long_for_a_page_is_cut_as_text() -> None:
    row = "<tr><td>cell</td></tr>"
    short = {"text/html": f"<table>{row * 3}</table>", "text/plain": "short"}
    long = {"text/html": f"<table>{row * 9000}</table>", "text/plain": "long " * 9000}
    content = read(text("## S"), cell(short), cell(long))
    first, second = content.sections[0].body
    assert first.count("<td>") == 3
    assert second.startswith('<pre class="out">long long') and len(second) < 4100


def test_terminal_colours_and_invisible_letters_are_left_out_of_text() -> None:
    out = nbformat.v4.new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m \u202eback")
    content = read(text("## S"), nbformat.v4.new_code_cell("x", outputs=[out]))
    assert content.sections[0].body == ['<pre class="out">red back</pre>']


def test_nothing_tells_how_to_read_what_is_not_there() -> None:
    def read_it() -> nbformat.NotebookNode:
        return nbformat.v4.new_markdown_cell("**Read it.**", metadata={"tags": ["reading"]})

    gone = Missing("S", ["sessions"])._repr_mimebundle_()
    there = Say("one")._repr_mimebundle_()
    content = read(text("## S"), cell(gone), text("Plain."), read_it(), cell(there), read_it())
    body = content.sections[0].body
    assert [piece for piece in body if "**" in piece or piece == "Plain."] == [
        "Plain.",
        "**Read it.**",
    ]


def test_what_follows_the_cell_that_broke_is_left_out() -> None:
    says = [Say(word)._repr_mimebundle_() for word in ("one", "two", "three")]
    content = read(text("## S"), *(cell(say) for say in says), broken=2)
    body = "".join(content.sections[0].body)
    assert "one" in body and "two" in body and "three" not in body
    assert body.endswith("The run stopped here. What follows is missing.</p>")


def test_a_heading_inside_a_code_fence_begins_no_section() -> None:
    content = read(text("## S\n\n```\n## not a section\n```\n\n## T ##\n\nx"))
    assert [section.title for section in content.sections] == ["S", "T"]
