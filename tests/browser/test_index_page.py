"""The index in a real browser: loads nothing, fits a phone, tells how old each run is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsbook.report.publish import publish

NAMES = ("Market analysis", "<img src=x onerror=alert(1)>", "界" * 400)


def results(folder: Path, lang: str = "en") -> Path:
    """Three reports over five days, one of them failed in the end."""
    now = datetime.now(UTC)
    for ago in range(5, 0, -1):
        for place, name in enumerate(NAMES):
            stem, good = f"r{place}", not (place == 1 and ago == 1)
            started = (now - timedelta(days=ago)).isoformat(timespec="seconds")
            figure = {
                "id": "gmv",
                "label": "Sales (GMV)",
                "value": f"{ago}.5 k CNY",
                "raw": float(ago),
                "change": "+5 %",
                "direction": "up",
                "good": True,
                "against": "last week",
            }
            found = {"id": "A", "statement": f"{name} fell {ago}", "money": -5.0, "action": name}
            entry = {
                "name": stem,
                "stem": stem,
                "title": name,
                "lang": lang,
                "page": f"{stem}.html" if good else f"{stem}.failed.html",
                "status": "good" if good else "failed",
                "fault": None if good else {"text": name},
                "headline": name,
                "source": "demo",
                "currency": "CNY",
                "started": started,
                "findings": [found] if good else [],
                "metrics": [figure] if good else [],
            }
            files = {entry["page"]: "<title>page</title>"}
            if good:
                files[f"{stem}.metrics.json"] = json.dumps({"metrics": [figure]})
                files[f"{stem}.findings.json"] = json.dumps({"findings": [found]})
            publish(folder, files, entry)  # type: ignore[arg-type]
    return folder / "index.html"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_index_fits_loads_nothing_and_can_be_read_by_all(
    visit: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    seen = visit(results(tmp_path), width, color_scheme=scheme)
    assert seen.left == [] and seen.errors == [] and seen.dialogs == []
    for fold in seen.page.locator("summary").all():
        fold.click()
    assert seen.too_wide() == []
    assert seen.serious() == []


@pytest.mark.parametrize(("lang", "words"), [("en", "yesterday"), ("zh", "昨天")])
def test_age_is_told_in_the_language_of_the_page(
    visit: Any, tmp_path: Path, lang: str, words: str
) -> None:
    seen = visit(results(tmp_path, lang))
    assert f"({words})" in seen.page.locator("time").first.inner_text()


def test_every_link_of_the_index_leads_to_a_file(visit: Any, tmp_path: Path) -> None:
    seen = visit(results(tmp_path))
    links = {a.get_attribute("href") for a in seen.page.locator("main a").all()}
    assert {"r0.html", "r1.failed.html", "r1.html", "r2.html"} <= links
    assert all((tmp_path / str(link)).is_file() for link in links)
