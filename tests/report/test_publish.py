"""Publishing: whole or not at all, by several at once, and without traces."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from opsbook.errors import ParameterError, RunError
from opsbook.report.publish import make_folder, publish, read_manifest
from opsbook.report.run import render
from tiny_notebook import full


def entry(stem: str, status: str = "good") -> dict[str, Any]:
    return {
        "name": stem,
        "stem": stem,
        "title": stem,
        "lang": "en",
        "page": f"{stem}.html" if status == "good" else f"{stem}.failed.html",
        "status": status,
        "fault": {"text": "why"} if status == "failed" else None,
        "headline": "",
        "source": "demo",
        "started": "2026-01-02T03:04:05+00:00",
        "findings": [],
    }


def put(folder: Path, stem: str, status: str = "good", text: str = "page") -> None:
    one = entry(stem, status)
    publish(folder, {one["page"]: text}, one)


def test_reports_are_listed_by_name_and_a_new_run_takes_the_place_of_the_old(
    tmp_path: Path,
) -> None:
    for stem in ("b", "a", "b"):
        put(tmp_path, stem)
    assert [r["stem"] for r in read_manifest(tmp_path)["reports"]] == ["a", "b"]


def test_page_that_somebody_deleted_is_no_longer_listed(tmp_path: Path) -> None:
    put(tmp_path, "a")
    put(tmp_path, "b")
    (tmp_path / "a.html").unlink()
    assert [r["stem"] for r in read_manifest(tmp_path)["reports"]] == ["b"]


def test_manifest_of_an_older_version_is_still_read(tmp_path: Path) -> None:
    old = {k: v for k, v in entry("a").items() if k != "stem"}
    (tmp_path / "a.html").write_text("page")
    (tmp_path / "manifest.json").write_text(json.dumps({"reports": [old]}))
    put(tmp_path, "a", "failed")
    (one,) = read_manifest(tmp_path)["reports"]
    assert one["status"] == "failed" and one["last_good"]["page"] == "a.html"


@pytest.mark.parametrize("content", ["", "{", '{"reports": 3}', "[]", '{"reports": [{}]}'])
def test_manifest_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    put(tmp_path, "a")
    assert [r["stem"] for r in read_manifest(tmp_path)["reports"]] == ["a"]


MANY = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_publish import put
for i in range(6):
    put(Path(sys.argv[1]), f"{sys.argv[2]}{i}")
"""


def test_processes_that_publish_at_once_lose_nothing(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    path = os.pathsep.join((here, str(Path(here).parent)))
    command = [sys.executable, "-c", MANY, str(tmp_path)]
    running = [
        subprocess.Popen([*command, name, here], env={**os.environ, "PYTHONPATH": path})
        for name in "abc"
    ]
    while any(process.poll() is None for process in running):
        for file in tmp_path.glob("manifest.json"):
            json.loads(file.read_text(encoding="utf-8"))  # never half of one
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(read_manifest(tmp_path)["reports"]) == 18
    assert not list(tmp_path.glob(".*"))


def test_what_a_killed_run_left_aside_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    stale = tmp_path / f".tiny.html.{'0' * 32}"
    fresh = tmp_path / f".tiny.html.{'1' * 32}"
    own = tmp_path / ".htaccess"
    for file in (stale, fresh, own):
        file.write_text("")
    for file in (stale, own):
        os.utime(file, (time.time() - 7200,) * 2)
    make_folder(tmp_path)
    assert {f.name for f in tmp_path.iterdir()} == {fresh.name, own.name}


def test_files_come_together_or_not_at_all(tmp_path: Path) -> None:
    put(tmp_path, "a", text="old")
    before = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    # The second file cannot be written: its name is that of a folder that is not there.
    with pytest.raises(RunError, match="cannot be written"):
        publish(tmp_path, {"a.html": "new", "no/where.json": "{}"}, entry("a"))
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == before


@pytest.mark.parametrize("stem", ["../outside", "a/b", "..", ".hidden", "/etc/x"])
def test_name_that_leaves_the_folder_is_refused(tmp_path: Path, stem: str) -> None:
    with pytest.raises(ParameterError, match="cannot be the name of a file"):
        render(full(tmp_path / "in"), parameters={}, lang="en", out=tmp_path / "out", stem=stem)
    assert not (tmp_path / "out").exists()
