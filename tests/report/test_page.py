"""The page: complete, in order, harmless, and needing nothing but itself."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from opsbook.report.run import Result, render
from tiny_notebook import full


@pytest.fixture(scope="module")
def page_en(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("english")
    return render(full(folder / "in"), parameters={"weeks": "8"}, lang="en", out=folder / "out")


@pytest.fixture(scope="module")
def page_zh(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("chinese")
    return render(full(folder / "in"), parameters={}, lang="zh", out=folder / "out")


def read(result: Result) -> str:
    return result.page.read_text(encoding="utf-8")


def test_the_notebook_runs_with_the_given_parameter(page_en: Result) -> None:
    assert page_en.status == "good", page_en.fault
    assert "weeks 8, <strong>bold</strong>" in read(page_en)


def test_headline_figures_and_findings_come_first_wherever_they_stand(page_en: Result) -> None:
    page = read(page_en)
    order = ["<h1>Sales grew", 'class="kpi"', "To do</h2>", "What sold?</h2>", "Funnel</h2>"]
    places = [page.index(words) for words in [*order, 'class="words"', "Parameters of this run"]]
    assert places == sorted(places)


def test_a_section_made_for_the_findings_gives_them_title_and_words(page_en: Result) -> None:
    page = read(page_en)
    part = page[page.index('<section id="findings"') :].split("</section>")[0]
    assert "To do</h2>" in part and "Ranked by money." in part and "Check prices." in part
    assert "−1,234 CNY" in part
    assert page.count("To do</h2>") == 1


def test_cells_for_people_at_a_desk_are_neither_run_nor_shown(page_en: Result) -> None:
    assert "1 / 0" not in read(page_en)
    assert "load is not shown" not in read(page_en)


def test_data_with_markup_is_shown_as_text(page_en: Result) -> None:
    page = read(page_en)
    assert page.count("<script") == 1 and "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 6


class Loads(HTMLParser):
    """Collects every address that a browser would fetch by itself, and every handler."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            fetched = name in ("src", "srcset", "data", "poster", "xlink:href") or (
                name == "href" and tag not in ("a",)
            )
            if name.startswith("on") or (fetched and not str(value).startswith(("#", "data:"))):
                self.found.append(f"{tag} {name}={value}")


def test_the_page_loads_nothing(page_en: Result) -> None:
    page = read(page_en)
    loads = Loads()
    loads.feed(page)
    assert loads.found == []
    assert not re.search(r"url\((?!#)|@import|<iframe|<link", page)
    assert re.findall(r"https?://[\w./-]+", page) == []


def test_the_page_lets_its_own_script_run_and_no_other(page_en: Result) -> None:
    page = read(page_en)
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    policy = unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0])
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy and "unsafe-inline'; script" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_chapters_are_named_and_linked_only_where_asked(page_en: Result, tmp_path: Path) -> None:
    from opsbook.report.page import chapter_link

    assert "chapter A02 (market/categories)" in read(page_en)
    assert 'href="../playbook' not in read(page_en)
    link = chapter_link("https://wiki.test/book/", "zh")
    assert link("market/tail") == "https://wiki.test/book/market/tail.zh.md"
    assert chapter_link("x/{lang}/{chapter}", "en")("a/b") == "x/en/a/b"


def test_every_figure_is_one_picture_with_a_description(page_en: Result) -> None:
    page = read(page_en)
    assert page.count('role="img"') == 1
    assert 'aria-label="two bars &quot; &lt;script' in page
    assert len(re.findall(r'class="(?:wide|phone)"><svg', page)) == 2
    assert "var(--accent)" in page


def test_ids_are_unique_and_headings_do_not_jump(page_en: Result) -> None:
    page = read(page_en)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_page_is_small(page_en: Result) -> None:
    assert page_en.page.stat().st_size < 1_500_000


def test_chinese_page_has_chinese_words_and_no_english_cells(page_zh: Result) -> None:
    page = read(page_zh)
    assert page_zh.page.name == "tiny-zh.html"
    assert '<html lang="zh-Hans">' in page
    assert "卖了什么？</h2>" in page and "要做的</h2>" in page and "为什么。" in page
    assert "What sold?" not in page and "Ranked by money" not in page
    assert "speaks zh" in page and "小报告" in page
    for word in ("Findings and actions", "Contents", "Parameters of this run", "confidence"):
        assert word not in page


def test_results_for_machines_stand_beside_the_page(page_en: Result) -> None:
    out = page_en.page.parent
    findings = json.loads((out / "tiny.findings.json").read_text(encoding="utf-8"))
    assert [f["id"] for f in findings["findings"]] == ["A02", "C05"]
    metrics = json.loads((out / "tiny.metrics.json").read_text(encoding="utf-8"))["metrics"]
    assert metrics[0]["raw"] == 12000.0 and metrics[1]["raw"] is None
    (entry,) = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert entry["status"] == "good" and entry["parameters"]["weeks"] == 8
    assert entry["headline"] == "Sales grew 5 %" and entry["missing"] == ["The funnel"]
    assert {"opsbook", "python", "duckdb", "papermill"} <= set(entry["versions"])
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="tiny.html"' in index and "Fuel fell &lt;script" in index
    assert not list(out.glob(".*"))


def test_every_file_that_a_page_is_made_of_is_packed_with_the_code() -> None:
    import tomllib

    import opsbook

    package = Path(opsbook.__file__).parent
    project = tomllib.loads((package.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    packed = project["tool"]["setuptools"]["package-data"]["opsbook"]
    files = [*(package / "report" / "templates").iterdir(), *(package / "chart").glob("*.css")]
    assert [f.name for f in files if not any(f.match(pattern) for pattern in packed)] == []
