"""Drawings on a page: letters once, the picture the same, nothing that runs or loads."""

import re
from typing import Any

import pytest

from opsbook.chart.chart import Chart
from opsbook.report.drawing import Drawings


def svg(names: list[str]) -> str:
    def draw(figure: Any, phone: bool) -> None:
        figure.add_subplot().scatter(names, [1, 2])

    return Chart(draw, "t", "s", "a", "source").svg()


def test_a_second_drawing_brings_no_letter_again() -> None:
    page = Drawings()
    page.add(svg(["AB", "C"]))
    letters = page.shared()
    page.add(svg(["BA", "C"]))
    assert page.shared() == letters
    page.add(svg(["D", "C"]))
    assert page.shared().count("<path") == letters.count("<path") + 1


def test_every_reference_has_its_target_and_no_letter_is_there_twice() -> None:
    page = Drawings()
    html = "".join(page.add(svg(names)) for names in (["AB", "C"], ["甲", "乙"])) + page.shared()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html)
    assert used and {a or b for a, b in used} <= set(ids)
    outlines = re.findall(r'<path id="g\w+" (d="[^"]*")', page.shared())
    assert len(outlines) == len(set(outlines)) > 5


def test_a_drawing_becomes_less_than_half_without_its_letters() -> None:
    original = svg(["Small Appliances", "Garden & Flowers"])
    assert len(Drawings().add(original)) < 0.5 * len(original)


def test_markers_keep_their_style_and_stay_in_their_drawing() -> None:
    page = Drawings()
    html = page.add(svg(["A", "B"]))
    marker = re.search(r'<defs><path id="[^"]+" d="[^"]+" class="(z\w+)"', html)
    assert marker and f"svg .{marker[1]}{{stroke:" in page.rules()


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<script href='https://x.test/a.js'/>",
        "<foreignObject><body onload='alert(1)'></body></foreignObject>",
        "<a xlink:href='javascript:alert(1)'>x</a>",
        '<image href="https://x.test/a.png"/>',
        "<use href=https://x.test/a.svg#b />",
        '<g onload="alert(1)" ONCLICK=alert(1)>x</g>',
        '<rect style="fill: url(https://x.test/a)"/>',
        "<style>@import 'https://x.test/a.css'</style>",
    ],
)
def test_what_runs_or_loads_is_dropped(evil: str) -> None:
    html = Drawings().add(f"<svg>{evil}<path d='M 0 0'/></svg>")
    assert "alert" not in html and "x.test" not in html and "<path" in html


def test_a_picture_inside_a_drawing_stays() -> None:
    image = '<image href="data:image/png;base64,AAAA"/>'
    assert image in Drawings().add(f"<svg>{image}</svg>")


def test_an_endless_line_of_writing_ends() -> None:
    letter = '<path id="a" d="M 1 2 z "/>'
    line = '<use xlink:href="#a" transform="translate(5.5 0)"/>' * 9000
    html = Drawings().add(f"<svg><defs>{letter}</defs><g>{line}</g></svg>")
    assert html.count('<use href="#g0" x="6"/>') == 120


def test_a_look_that_could_end_its_rule_stays_where_it_is() -> None:
    page = Drawings()
    evil = '<path style="fill:red}body{display:none" d="M0 0"/><path style="fill:red" d="M0 0"/>'
    html = page.add(f"<svg>{evil}</svg>")
    assert page.rules() == "svg .z0{fill:red}"
    assert 'class="z0"' in html


def test_a_blank_is_not_drawn() -> None:
    blank = '<defs><path id="b" transform="scale(0.01)"/></defs><use xlink:href="#b" x="3"/>'
    assert Drawings().add(f"<svg>{blank}<path d='M 0 0'/></svg>") == "<svg><path d='M 0 0'/></svg>"
