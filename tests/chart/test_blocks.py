"""Blocks and charts: what JupyterLab shows, what the report gets, and that data is text."""

import json
from typing import Any

import pandas as pd
import pytest

from opsbook.chart import blocks, markup
from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, shown_table
from opsbook.finding import Finding, Findings
from opsbook.language import speaking

EVIL = '<script>alert("1")</script>'
FIGURE = blocks.KeyFigure("gmv", EVIL, "1,097.8 k USD", 1.0, "+5 %", "up", True, "May", (1, 2, 3))
FINDING = Finding("A02", EVIL, EVIL, EVIL, -5.0, EVIL, EVIL, EVIL, EVIL, "high", EVIL)
EVERY = {
    "keyfigures": blocks.KeyFigures((FIGURE,)),
    "heading": blocks.Heading(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, "good", EVIL, (EVIL,)),
    "findings": Findings((FINDING,), "USD"),
    "definitions": blocks.Definitions(((EVIL, EVIL),), (EVIL,)),
    "say": blocks.Say(EVIL),
    "missing": blocks.Missing(EVIL, [EVIL], EVIL),
    "table": shown_table(pd.DataFrame({"a": [EVIL]}), [Field("a", EVIL)], caption=EVIL),
}


@pytest.mark.parametrize("kind", EVERY)
def test_each_block_hands_over_data_html_and_text(kind: str) -> None:
    block: Any = EVERY[kind]
    bundle = block._repr_mimebundle_()
    assert set(bundle) == {f"{markup.PREFIX}{kind}+json", "text/html", "text/plain"}
    json.dumps(bundle)
    assert "<script" not in bundle["text/html"] and "&lt;script" in bundle["text/html"]
    assert bundle["text/html"].startswith('<div class="opsbook"><style>')


def test_unit_is_set_apart_and_a_whole_number_stays_whole() -> None:
    assert "1,097.8 <small>k USD</small>" in markup.key_figures([FIGURE.__dict__])
    plain = FIGURE.__dict__ | {"value": "2,309"}
    assert '<span class="v">2,309</span>' in markup.key_figures([plain])


def test_spark_goes_from_the_first_value_to_the_last_the_larger_the_higher() -> None:
    # 3 values at x = 2, 50, 98; least at y = 25, greatest at y = 3
    assert 'points="2.0,25.0 50.0,14.0 98.0,3.0"' in markup.key_figures([FIGURE.__dict__])
    two = FIGURE.__dict__ | {"spark": (1, float("nan"), 2)}
    assert "<svg" not in markup.key_figures([two])


def test_long_names_are_cut_and_bold_is_the_only_markup() -> None:
    assert len(markup.said("x y " * 10_000)) == 600
    assert markup.said("a **b** <c> `d`") == "a <strong>b</strong> &lt;c&gt; <code>d</code>"


def test_finding_without_price_says_why() -> None:
    unpriced = Finding("C05", "s", "e", "", None, "no stock data", "a", "o", "d", "low", "m/t")
    with speaking("en"):
        html = markup.findings({"currency": "USD", "findings": [unpriced.__dict__]})
    assert "not priced: no stock data" in html and "chapter C05 (m/t)" in html
    linked = markup.findings(
        {"currency": "USD", "findings": [unpriced.__dict__]}, lambda chapter: f"book/{chapter}"
    )
    assert '<a href="book/m/t">' in linked


def test_no_findings_is_a_sentence() -> None:
    with speaking("en"):
        assert "Nothing was found" in markup.findings({"currency": "USD", "findings": []})


def test_missing_names_what_is_lacking_or_says_one_sentence() -> None:
    with speaking("en"):
        both = blocks.Missing("The funnel", ["sessions", "orders.region"], "Add it.").html()
        assert "The funnel needs <code>sessions</code>, <code>orders.region</code>" in both
    assert '<p class="lead">Too few weeks.</p>' in blocks.Missing("Too few weeks.").html()


def chart(**more: Any) -> Chart:
    def draw(figure: Any, phone: bool) -> None:
        axes = figure.add_subplot()
        axes.bar(["甲", EVIL], [1, 2])
        axes.set_title("" if phone else "wide")

    return Chart(draw, "B beats A", "pieces", "two bars", "Source: test", **more)


def test_report_gets_two_drawings_and_jupyter_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPSBOOK_REPORT", raising=False)
    data, metadata = chart()._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and metadata["image/png"]["alt"] == "two bars"
    # JupyterLab knows no alternative text of its own pictures.
    assert data["text/html"].startswith('<img alt="two bars"')
    monkeypatch.setenv("OPSBOOK_REPORT", "1")
    data, _ = chart()._repr_mimebundle_()
    drawn = data[f"{markup.PREFIX}chart+json"]
    assert drawn["wide"] != drawn["phone"] and drawn["title"] == "B beats A"


def test_drawing_follows_the_page_and_says_nothing_of_the_data_in_comments() -> None:
    svg = chart().svg()
    assert svg.startswith("<svg") and "var(--accent)" in svg and "#1f6f8b" not in svg
    assert "script" not in svg and "<!--" not in svg and "<metadata" not in svg
    # Glyphs are drawn in font units and scaled: cutting the scale tears the letters apart.
    assert "scale(0.1 -0.1)" in svg


def test_two_charts_on_one_page_share_no_id() -> None:
    import re

    ids = [set(re.findall(r'id="([^"]+)"', chart(height=h).svg())) for h in (3.0, 3.1)]
    assert ids[0] and not ids[0] & ids[1]
