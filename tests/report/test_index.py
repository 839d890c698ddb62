"""The index: what matters most, the state of each report, its past, and what changed."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jobs_kit import JOBS, Maker, place, run
from test_publish import entry

from opsbook.report.compared import changes
from opsbook.report.history import past_runs
from opsbook.report.index import index
from opsbook.report.index_past import Past, PastRuns, past_runs_of
from opsbook.report.publish import publish, read_manifest, refresh
from tiny_notebook import EVIL

DAY = "2026-01-{day:02d}T03:04:05+00:00"


def figure(value: str, raw: float | None, name: str = "gmv") -> dict[str, Any]:
    shown = {"id": name, "label": name.upper(), "value": value, "raw": raw}
    return shown | {"change": "", "direction": "flat", "good": None, "against": ""}


def found(statement: str, money: float | None, **more: str) -> dict[str, Any]:
    return {"id": "A02", "statement": statement, "money": money, "action": "Act.", **more}


def put(folder: Path, stem: str = "a", *, day: int = 2, good: bool = True, **more: Any) -> Any:
    """Publish one run of a report with its results for machines."""
    one = entry(stem, "good" if good else "failed")
    one |= {"started": DAY.format(day=day), "currency": "CNY", "metrics": [], **more}
    files = {one["page"]: "page"}
    if good:
        files[f"{stem}.metrics.json"] = json.dumps({"metrics": one["metrics"]})
        files[f"{stem}.findings.json"] = json.dumps({"findings": one["findings"]})
    return publish(folder, files, one)


def read(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# --- what is said ------------------------------------------------------------------------


def test_only_its_own_script_may_run_and_nothing_is_loaded(tmp_path: Path) -> None:
    put(tmp_path)
    page = read(tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    policy = unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0])
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in policy and "default-src 'none'" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert not re.search(r"https?://|url\(|<link|<iframe|\bsrc=", page)


def test_findings_of_all_reports_are_ranked_by_money_and_each_is_said_once(tmp_path: Path) -> None:
    put(tmp_path, "a", findings=[found("small", 5.0), found("large loss", -900.0)])
    put(tmp_path, "b", findings=[found("middle", 70.0), found("large loss", -900.0)])
    put(tmp_path, "c", findings=[found("unpriced", None)])
    top = read(tmp_path).split('id="top"')[1].split("</section>")[0]
    assert re.findall(r"<h3>(.*?)</h3>", top) == ["large loss", "middle", "small", "unpriced"]
    assert 'href="a.html"' in top and "−900 CNY" in top and "Act." in top


def test_what_matters_most_says_of_how_many_reports_it_knows(tmp_path: Path) -> None:
    put(tmp_path, "a", findings=[found("small", 5.0)])
    put(tmp_path, "b", findings=[found("middle", 70.0)])
    assert "others failed" not in words(read(tmp_path))
    put(tmp_path, "b", good=False, day=3)
    assert "Of 1 of 2 reports; the others failed." in words(read(tmp_path))


def test_amounts_in_two_currencies_are_not_ranked_against_each_other(tmp_path: Path) -> None:
    put(tmp_path, "a", findings=[found("first a", 1.0), found("second a", 9e9)])
    put(tmp_path, "b", findings=[found("first b", 2.0)], currency="USD")
    top = read(tmp_path).split('id="top"')[1].split("</section>")[0]
    assert re.findall(r"<h3>(.*?)</h3>", top) == ["first a", "first b", "second a"]


def test_one_report_in_two_languages_is_one_with_two_links(tmp_path: Path) -> None:
    put(tmp_path, "a", headline="Sales grew")
    put(tmp_path, "a-zh", lang="zh", headline="增长")
    page = read(tmp_path)
    assert page.count('class="card"') == 1 and '<html lang="en">' in page
    assert 'href="a.html">Sales grew</a>' in page and 'href="a-zh.html"' in page


def test_index_speaks_the_language_of_most_reports() -> None:
    reports = [entry("a"), entry("a-zh") | {"lang": "zh"}, entry("b-zh") | {"lang": "zh"}]
    assert '<html lang="zh-Hans">' in index(reports)


def test_failed_report_comes_first_with_why_and_the_way_to_the_last_good(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "b", day=2)
    put(tmp_path, "b", day=3, good=False, fault={"text": "the disk is full"})
    page = read(tmp_path)
    assert "FAILED: b (en)" in words(page)
    first = page.split('id="r1"')[1].split("</section>")[0]
    assert "the disk is full" in first and 'href="b.failed.html"' in first
    assert '<a href="b.html">Last good report, 2026-01-02 03:04 UTC</a>' in first


def test_language_that_failed_is_seen_beside_the_one_that_is_good(tmp_path: Path) -> None:
    put(tmp_path, "a", day=2)
    put(tmp_path, "a-zh", lang="zh", good=False)
    page = read(tmp_path)
    assert 'href="a-zh.failed.html"' in page and page.count("FAILED</span>") == 1


def test_entry_of_a_stranger_breaks_nothing() -> None:
    page = index([{"stem": "x", "page": "x.html", "lang": "en", "status": "good"}])
    assert 'href="x.html"' in page


def test_names_from_data_stay_text(tmp_path: Path) -> None:
    evil = {"headline": EVIL, "title": EVIL, "source": EVIL, "grid": {"region": EVIL}}
    put(tmp_path, metrics=[figure(EVIL, 1.0)], findings=[found(EVIL, 1.0)], **evil)
    put(tmp_path, day=3, metrics=[figure(EVIL + "2", 1.0)], findings=[found(EVIL, 1.0)], **evil)
    page = read(tmp_path)
    assert page.count("<script") == 1 and page.count("&lt;script&gt;") > 6


# --- figures over runs, and what changed -------------------------------------------------


def test_course_of_a_figure_is_drawn_over_its_good_runs(tmp_path: Path) -> None:
    for day, raw in ((2, 1.0), (3, 2.0), (5, 3.0)):
        put(tmp_path, day=day, metrics=[figure(f"{raw:g}", raw)])
        put(tmp_path, day=day + 1, good=False)
    page = read(tmp_path)
    assert "<polyline" not in page  # the newest run failed, its figures are not known
    put(tmp_path, day=9, metrics=[figure("2.5", 2.5)])
    page = read(tmp_path)
    assert len(re.findall(r"<polyline", page)) == 1
    assert "The lines show the last 4 runs." in page
    (line,) = re.findall(r'<polyline points="([^"]+)"', page)
    assert len(line.split()) == 4


def test_change_is_told_against_the_last_good_run(tmp_path: Path) -> None:
    before = [figure("100 CNY", 100.0), figure("7", 7.0, "orders"), figure("-", None, "odd")]
    now = [figure("110 CNY", 110.0), figure("7", 7.2, "orders"), figure("3", 3.0, "odd")]
    put(tmp_path, metrics=before, findings=[found("Fuel fell 5 %", -1.0), found("Old", None)])
    put(tmp_path, day=3, good=False)
    full = put(
        tmp_path, day=4, metrics=now, findings=[found("Fuel fell 6 %", -2.0), found("New", 3.0)]
    )
    # GMV: (110 - 100) / 100; orders are shown as before; "odd" had no number.
    assert full["changed"] == {
        "since": DAY.format(day=2),
        "figures": [
            {"label": "GMV", "before": "100 CNY", "now": "110 CNY", "change": 0.1},
            {"label": "ODD", "before": "-", "now": "3", "change": None},
        ],
        "new": [{"statement": "New", "money": 3.0}],
        "gone": [{"statement": "Old", "money": None}],
    }
    page = read(tmp_path)
    assert "What changed since 2026-01-02 03:04 UTC (4)" in page
    assert "GMV: 100 CNY → 110 CNY (+10.0 %)" in words(page)
    assert "New: New +3 CNY" in words(page) and "No longer found: Old" in words(page)


def test_same_figures_are_said_to_be_the_same(tmp_path: Path) -> None:
    for day in (2, 3):
        put(tmp_path, day=day, metrics=[figure("1", 1.0)])
    assert "Figures and findings are those of 2026-01-02 03:04 UTC." in read(tmp_path)


def test_first_run_and_lost_results_compare_with_nothing(tmp_path: Path) -> None:
    assert put(tmp_path)["changed"] is None
    (tmp_path / "a.metrics.json").write_text("{")
    assert put(tmp_path, day=3)["changed"] is None
    assert changes(tmp_path, entry("a"), None) is None


# --- past runs ---------------------------------------------------------------------------


def test_runs_before_are_listed_newest_first_and_not_for_ever(tmp_path: Path) -> None:
    for day in range(1, 20):
        put(tmp_path, day=day, good=day != 17, headline=f"day {day}")
    (one,) = read_manifest(tmp_path)["reports"]
    assert [run["started"][8:10] for run in one["history"]] == [f"{d:02d}" for d in range(7, 19)]
    past = past_runs_of(tmp_path, [one]).by_stem["a"]
    assert [p.words for p in past[:3]] == ["day 18", "why", "day 16"]
    assert [p.status for p in past[:3]] == ["good", "failed", "good"]
    assert "Past runs (12)" in read(tmp_path)


def test_past_runs_of_a_job_link_to_pages_that_are_kept(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + "keep = 2\n")
    for fail in ({}, {"tiny": "cell"}, {}):
        run(file, Maker(fail))
    out = tmp_path / "out"
    kept = past_runs(out, "daily")
    assert len(kept) == 2
    page = read(out)
    links = re.findall(r'href="(runs/[^"]+)"', page)
    assert links == [f"runs/daily/{kept[0].stamp}/tiny.failed.html"]
    assert all((out / link).is_file() for link in links)
    assert "broken: cell" in page


def test_run_that_was_killed_is_listed_as_not_finished(tmp_path: Path) -> None:
    file = place(tmp_path)
    run(file, Maker())
    (first,) = past_runs(tmp_path / "out", "daily")
    for report in first.record["reports"]:
        report |= {"status": "waiting"}
    del first.record["finished"]
    first.write()
    run(file, Maker())
    assert "begun, not finished" in read(tmp_path / "out")


def test_source_that_could_not_be_opened_has_no_page_and_is_said_all_the_same(
    tmp_path: Path,
) -> None:
    file = place(
        tmp_path,
        JOBS.replace('["shop"]', '["shop", "gone"]').replace(
            'lang = ["en"]', 'lang = ["en"]\ngrid = { region = "*" }'
        ),
    )
    run(file, Maker())
    assert "FAILED: gone: " in words(read(tmp_path / "out"))


def test_report_that_was_left_out_says_when_it_was_looked_at(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "b")
    refresh(tmp_path, ["a"])
    checked = {r["stem"]: r.get("checked") for r in read_manifest(tmp_path)["reports"]}
    assert checked["a"] and checked["b"] is None
    assert read(tmp_path).count("nothing had changed") == 1
    put(tmp_path, "a", day=3)
    assert "nothing had changed" not in read(tmp_path)


@pytest.mark.parametrize("page", ["../../x.html", "a/b.html", ""])
def test_record_that_was_altered_links_nowhere_else(tmp_path: Path, page: str) -> None:
    folder = tmp_path / "runs/daily/20260101T000000Z"
    folder.mkdir(parents=True)
    record = {"job": "daily", "reports": [{"stem": "a", "status": "good", "page": page}]}
    (folder / "run.json").write_text(json.dumps(record))
    (past,) = past_runs_of(tmp_path, [entry("a")]).by_stem["a"]
    assert past == Past("", "good", "", "")
    assert 'href="runs' not in index([entry("a")], PastRuns({"a": [past]}))


def test_report_is_late_by_its_own_rhythm() -> None:
    past = [Past(DAY.format(day=d), "good") for d in (5, 4, 3)]
    page = index([entry("a") | {"started": DAY.format(day=6)}], PastRuns({"a": past}))
    assert 'data-late="216000"' in page  # 2.5 days of 86,400 seconds
    assert "data-late" not in index([entry("a")], PastRuns({"a": past[:1]}))
