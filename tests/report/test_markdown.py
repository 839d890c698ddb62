"""Markdown of a notebook: words keep their marks, nothing runs, loads or leads astray."""

import pytest

from opsbook.report.markdown import chapter_link, markdown


def html(text: str, base: str = "") -> str:
    return markdown(chapter_link(base, "en"))(text).strip()


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,alert(1))",
        "[x](vbscript:alert(1))", "<javascript:alert(1)>", "[x]( java\tscript:alert(1))",
        "[x][1]\n\n[1]: javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>",
        "![x](javascript:alert(1))", "![x](https://x.test/a.png)", "![x](data:text/html,alert(1))",
        "<img src=x onerror=alert(1)>", "<div><script>alert(1)</script></div>",
        "a <svg onload=alert(1)>",
        "<iframe src='https://x.test'></iframe>", "<b onclick='alert(1)'>x</b>",
        "<style>*{background:url(https://x.test)}</style>", "<details open ontoggle=alert(1)>x",
    ],
)  # fmt: skip
def test_no_markdown_becomes_an_element_that_runs_or_loads(text: str) -> None:
    made = html(text)
    for part in ("<a ", "<img", "<script", "<svg", "<iframe", "<style", "<b ", "<details"):
        assert part not in made


def test_what_marks_up_words_stays() -> None:
    assert "<b>bold</b> and H<sub>2</sub>O" in html("<b>bold</b> and H<sub>2</sub>O")
    assert '<a href="https://x.test/a">x</a>' in html("[x](https://x.test/a)")
    assert "<table>" in html("| a |\n|---|\n| 1 |")


def test_chapters_are_links_only_where_the_playbook_can_be_read() -> None:
    text = "[growth](../playbook/market/growth.en.md)"
    assert html(text) == "<p>growth</p>"
    assert 'href="https://wiki.test/market/growth.en.md"' in html(text, "https://wiki.test/")


def test_headings_bring_no_ids_that_could_clash_with_the_page() -> None:
    assert html("### About\n\n### About") == "<h3>About</h3>\n<h3>About</h3>"
