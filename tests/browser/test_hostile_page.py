"""A shop whose names attack the page: in a real browser nothing runs, leaves or overflows."""

from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from made_page import page_of, shown, words

from opsbook.chart.blocks import Definitions, Heading, KeyFigure, KeyFigures, Missing, Say
from opsbook.chart.chart import Chart
from opsbook.chart.fit import fit_texts
from opsbook.chart.table import Field, shown_table
from opsbook.finding import Finding, Findings
from opsbook.report.faults import Fault

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "handler": "\"><img src=x onerror=alert(1)><svg onload='alert(1)'>",
    "markdown": "[x](javascript:alert(1)) ![x](https://x.test/a.png) `<b>` **b**",
    "closing": "</style></script></textarea></title><iframe src=https://x.test></iframe>",
    "long": "界x" * 5000,
    "long words": "long name " * 1000,
    "right to left": "\u202eevil\u2066 \u200bעברית \u0627\u0644 5\ufeff\x00",
    "piled": "Z\u0301" + "\u0301" * 500,
    "formula": "=cmd|' /C calc'!A0",
    "math": "$\\frac{1}{0 $",
    "template": "{{ 7 * 7 }} {% raw %} {name}",
}


def foreign(html: str) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": html})
    return nbformat.v4.new_code_cell("show()", outputs=[output])


def cells(evil: str, monkeypatch: pytest.MonkeyPatch) -> list[nbformat.NotebookNode]:
    monkeypatch.setenv("OPSBOOK_REPORT", "1")

    def draw(figure: Any, phone: bool) -> None:
        figure.add_subplot().barh([evil, "B"], [1, 2])
        fit_texts(figure, phone=phone)

    chart = Chart(draw, evil, evil, evil, evil)
    finding = Finding("A02", evil, evil, evil, -5.0, evil, evil, evil, evil, "high", "market/x")
    frame = pd.DataFrame({"name": [evil, "B"], "n": [1.0, None]})
    fields = [Field("name", evil), Field("n", evil, "growth")]
    figure = KeyFigure("gmv", evil, evil, 1.0, evil, "up", True, evil, (1, 2, 3))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><text>{evil}</text></svg>'
    picture = nbformat.v4.new_output("display_data", data={"image/svg+xml": svg}, metadata={})
    return [
        words(f"# {evil}\n\nplain {evil}"),
        words(f"## {evil}\n\n### {evil}\n\n- {evil}\n\n> {evil}\n\n<div onclick='alert(1)'>{evil}"),
        shown(Heading("Sales grew", evil, "May", evil, evil, evil, "bad", evil, (evil,))),
        shown(KeyFigures((figure,)), Say(evil), Missing(evil, [evil], evil)),
        shown(chart, shown_table(frame, fields, caption=evil, note=evil)),
        foreign(f"<table><tr><td onclick='alert(1)'>{evil}<a href='javascript:alert(1)'>x</a>"),
        nbformat.v4.new_code_cell(f"# {evil}", outputs=[picture]),
        shown(Findings((finding,), evil), Definitions(((evil, evil),), (evil,))),
    ]


@pytest.mark.parametrize("kind", HOSTILE)
def test_nothing_runs_leaves_or_overflows(
    visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    evil = HOSTILE[kind]
    fault = Fault("cell", evil, evil)
    parts = cells(evil, monkeypatch)
    file = page_of(parts, tmp_path / "p.html", title=evil, source=evil, fault=fault)
    assert file.stat().st_size < 400_000
    seen = visit(file, 390)
    for link in seen.page.locator("main a:not(.download)").all():
        assert not (link.get_attribute("href") or "").lower().startswith("javascript")
    seen.page.locator("h1").click()
    seen.page.locator("h2").first.click()
    for handler in ("onclick", "onload", "onerror"):
        assert seen.page.locator(f"[{handler}]").count() == 0
    assert seen.page.locator("iframe, script:not(:last-child), style:not(head *)").count() == 0
    assert (seen.dialogs, seen.left, seen.errors) == ([], [], [])
    assert seen.too_wide() == []
    assert seen.page.locator("h1").inner_text() == "Sales grew"


def test_figures_beside_a_name_written_from_right_to_left_stay_in_order(
    visit: Any, tmp_path: Path
) -> None:
    """Where ``5`` and ``12`` stand on the screen, read from the left."""
    text = "עברית 5 and\u202e 12 orders"
    file = page_of([words("## S"), shown(Say(text))], tmp_path / "p.html")
    page = visit(file).page
    five, twelve = page.evaluate("""() => ['5', '12'].map(word => {
      const walk = document.createTreeWalker(document.querySelector('.say'), NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const at = walk.currentNode.data.indexOf(word);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walk.currentNode, at);
        range.setEnd(walk.currentNode, at + word.length);
        return range.getBoundingClientRect().left;
      }
    })""")
    name = page.locator(".say bdi").bounding_box()
    assert name["x"] + name["width"] <= five + 1 < twelve


def test_a_script_that_slipped_in_would_not_run(visit: Any, tmp_path: Path) -> None:
    """The policy holds even where escaping failed: the markup is put in past every guard."""
    file = page_of([words("## S\n\ntext")], tmp_path / "p.html")
    html = file.read_text(encoding="utf-8")
    planted = (
        "<script>alert(1)</script><img src=x onerror=alert(2)>"
        '<img src="https://x.test/a.png"><link rel=stylesheet href="https://x.test/a.css">'
    )
    file.write_text(html.replace("<footer>", f"{planted}<footer>"), encoding="utf-8")
    seen = visit(file)
    assert seen.dialogs == []
    assert len(seen.left) == 2 and set(seen.left) < set(seen.refused)
    assert any("Content Security Policy" in error for error in seen.errors)


def test_the_contents_list_marks_the_section_in_view(visit: Any, tmp_path: Path) -> None:
    parts = [words(f"## Part {i}\n\n" + "text\n\n" * 40) for i in range(4)]
    page = visit(page_of(parts, tmp_path / "p.html")).page
    for wanted in ("Part 2", "Part 0"):
        page.get_by_role("link", name=wanted).click()
        page.locator("nav [aria-current]", has_text=wanted).wait_for()
        assert page.locator("nav [aria-current]").count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_paper_opens_the_folds_and_spells_out_links(
    visit: Any, tmp_path: Path, script: bool
) -> None:
    cells = [words("## S\n\n[book](../playbook/market/growth.en.md)"), shown(Say("x"))]
    file = page_of(cells, tmp_path / "p.html", chapters="https://wiki.test/")
    page = visit(file, java_script_enabled=script).page
    code = page.locator(".code pre")
    assert not code.is_visible()
    page.emulate_media(media="print")
    assert code.is_visible()
    shown_after = page.locator("main a[href^=https]").evaluate(
        "a => getComputedStyle(a, ':after').content"
    )
    assert "https://wiki.test/market/growth.en.md" in shown_after or "attr(href)" in shown_after
