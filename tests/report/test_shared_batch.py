"""Reports of one batch share results: same figures as without, nothing left afterwards."""

import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from opsbook.report import warm
from opsbook.report.batch_folder import batch_folder, sweep
from opsbook.report.limits import Limits
from opsbook.report.notebooks import find_notebooks, notebooks_folder
from opsbook.report.parallel import run_many
from opsbook.report.run import Task
from opsbook.shop.shared import FOLDER
from tiny_notebook import PARAMETERS, code, write

LOOK = f"""
import os
from pathlib import Path
import opsbook
from opsbook.shop.periods import data_days
folder = os.environ.get("{FOLDER}", "")
before = sorted(p.suffix for p in Path(folder).iterdir()) if folder else []
span = data_days(opsbook.open_shop(source))
with open(Path(source).parent / "said.txt", "a") as said:
    mode = oct(os.stat(folder).st_mode & 0o777) if folder else ""
    said.write(f"{{lang}}|{{folder}}|{{mode}}|{{'.all' in before}}|{{span.start}}\\n")
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "orders.csv").write_text("order_id,order_ts\n1,2024-01-01\n2,2024-02-01\n")
    (tmp_path / "said.txt").write_text("")
    return folder


def both(folder: Path, data: Path, *sources: str) -> list[Task]:
    notebook = write(folder / "in", [PARAMETERS, *map(code, sources)])
    task = Task(notebook, {"source": str(data)}, "en", folder / "out")
    return [task, replace(task, lang="zh")]


def said(folder: Path) -> list[list[str]]:
    return [line.split("|") for line in (folder / "said.txt").read_text().splitlines()]


@pytest.mark.parametrize("isolation", ["warm", "plain"])
def test_second_language_finds_what_the_first_computed_and_the_folder_goes_with_the_batch(
    tmp_path: Path, data: Path, isolation: str
) -> None:
    if isolation == "warm" and not warm.possible():
        pytest.skip("forked kernels need Linux")
    limits = Limits(isolation=isolation)
    tasks = [replace(task, limits=limits) for task in both(tmp_path, data, LOOK)]
    assert all(result.good for result in run_many(tasks, jobs=1))
    first, second = said(tmp_path)
    assert [first[3], second[3]] == ["False", "True"]
    assert first[2] == second[2] == "0o700"
    assert first[4] == second[4] == "2024-01-01"
    assert first[1] == second[1] and not Path(first[1]).exists()


def test_next_batch_knows_nothing_of_this_one(tmp_path: Path, data: Path) -> None:
    for _ in range(2):
        run_many(both(tmp_path, data, LOOK), jobs=1)
    assert [line[3] for line in said(tmp_path)] == ["False", "True"] * 2
    assert len({line[1] for line in said(tmp_path)}) == 2


def test_report_alone_has_a_folder_of_its_own_whatever_the_environment_says(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    run_many(both(tmp_path, data, LOOK)[:1])
    folder = said(tmp_path)[0][1]
    assert folder not in ("", str(tmp_path))
    assert not Path(folder).exists()


def test_folder_goes_when_the_batch_is_stopped(tmp_path: Path, data: Path) -> None:
    tasks = both(tmp_path, data, LOOK, "import time; time.sleep(600)")

    def stop() -> None:
        for _ in range(1200):
            if said(tmp_path):
                break
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    watching = threading.Thread(target=stop)
    watching.start()
    results = run_many(tasks, jobs=1)
    watching.join()
    assert [r.fault.kind for r in results if r.fault] == ["stopped", "stopped"]
    assert not Path(said(tmp_path)[0][1]).exists()


def test_every_notebook_begins_before_the_second_language_of_any(
    tmp_path: Path, data: Path
) -> None:
    write_down = (
        "from pathlib import Path\n"
        "with open(Path(source).parent / 'said.txt', 'a') as file: file.write(lang)"
    )
    tasks = [
        replace(task, stem=f"w{weeks}{task.lang}", parameters=task.parameters | {"weeks": weeks})
        for weeks in (4, 5)
        for task in both(tmp_path, data, write_down)
    ]
    results = run_many(tasks, jobs=1)
    assert (tmp_path / "said.txt").read_text() == "enenzhzh"
    assert [result.stem for result in results] == ["w4en", "w4zh", "w5en", "w5zh"]


def test_folder_of_a_batch_killed_long_ago_is_swept_away(tmp_path: Path) -> None:
    import subprocess

    ended = subprocess.Popen(["true"])
    ended.wait()
    old, running = tmp_path / f"x-{ended.pid}-a", tmp_path / f"x-{os.getpid()}-b"
    for folder in (old, running):
        folder.mkdir()
        os.utime(folder, (0, 0))
    sweep(tmp_path, "x-")
    assert [p.name for p in tmp_path.iterdir()] == [running.name]


def test_without_room_for_a_folder_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: str) -> str:
        raise OSError("no space")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with batch_folder() as folder:
        assert folder == ""


def alike(one: object, other: object) -> bool:
    """Equal but for the last digits: an engine with threads adds up in any order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-7)
    return one == other


@pytest.mark.slow
def test_reports_of_a_batch_are_those_of_reports_made_alone(tmp_path: Path) -> None:
    tasks = [
        Task(notebook, {"source": "demo"}, lang, tmp_path / "batch")
        for notebook in find_notebooks(notebooks_folder())
        for lang in ("en", "zh")
    ]
    assert all(result.good for result in run_many(tasks))
    for task in tasks:
        (alone,) = run_many([replace(task, out=tmp_path / "alone")])
        assert alone.good
        for kind in ("findings", "metrics"):
            name = f"{task.name}.{kind}.json"
            one, other = (
                json.loads((tmp_path / folder / name).read_text()) for folder in ("batch", "alone")
            )
            assert alike(one, other), name
