"""A run that fails says so: page, manifest, exit code; what was done is kept."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from opsbook.errors import ParameterError, RunError
from opsbook.report import publish, warm
from opsbook.report.batch import exit_code
from opsbook.report.limits import Limits
from opsbook.report.notebooks import Notebook
from opsbook.report.parallel import run_many
from opsbook.report.run import Result, Task, render
from tiny_notebook import HEADING, LOAD, PARAMETERS, code, full, text, write

SECRET = "postgres://ann:hunter2-long@db.test/shop?sslkey=k-9876543"


def run(folder: Path, *sources: str, **options: object) -> Result:
    cells = [PARAMETERS, code(LOAD), text("## First"), *map(code, sources)]
    notebook = write(folder / "in", cells)
    given = {"parameters": {}, "lang": "en", **options}
    return render(notebook, out=folder / "out", **given)  # type: ignore[arg-type]


def test_failing_cell_keeps_what_was_done_and_hides_machine_and_secrets(tmp_path: Path) -> None:
    broken = "print(source)\nraise ValueError('bad luck at /home/' + 'ada/x/d.csv with ' + source)"
    result = run(
        tmp_path,
        HEADING,
        "print('so far')",
        broken,
        "print('later')",
        parameters={"source": SECRET},
    )
    page = result.page.read_text(encoding="utf-8")
    assert result.status == "failed" and result.fault and result.fault.kind == "cell"
    assert not result.fault.is_users
    assert "FAILED" in page and "ValueError: bad luck at d.csv" in page
    assert "Sales grew" in page and "so far" in page and "later" not in page
    assert "<summary>Technical details</summary>" in page
    for file in (tmp_path / "out").iterdir():
        content = file.read_text(encoding="utf-8")
        assert "hunter2" not in content and "9876543" not in content, file.name
        assert "/home/ada" not in content and str(tmp_path) not in content, file.name
    (entry,) = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]
    assert entry["status"] == "failed" and entry["source"] == (
        "postgres://ann:***@db.test/shop?sslkey=***"
    )
    assert "FAILED" in (tmp_path / "out/index.html").read_text(encoding="utf-8")


def test_fault_without_a_word_of_its_own_says_where_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, "def test(x):\n    assert x\n\ntest(0)")
    assert result.fault and "AssertionError (a cell of the notebook, line 2)" in result.fault.text
    result = run(tmp_path, "from opsbook.language import per_cent", "per_cent('a')")
    assert result.fault and re.search(r"\(opsbook/[\w/]+\.py, line \d+\)", result.fault.text)


def test_error_of_ours_shows_its_sentence_and_no_traceback(tmp_path: Path) -> None:
    raise_it = (
        "from opsbook.errors import DataError\n"
        "raise DataError('{source} has no table \"{table}\"; it has {found}', "
        "source='S', table='T', found='-')"
    )
    result = run(tmp_path, raise_it)
    assert result.fault and result.fault.kind == "data" and result.fault.is_users
    assert result.fault.text == 'S has no table "T"; it has -' and result.fault.detail == ""
    page = result.page.read_text(encoding="utf-8")
    assert "Traceback" not in page and "Technical details" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [({"week": 3}, 'did you mean "weeks"'), ({"weeks": "3"}, "4 – 52 weeks")],
)
def test_wrong_parameter_stops_before_anything_is_written(
    tmp_path: Path, given: dict[str, object], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        render(full(tmp_path / "in"), parameters=given, lang="en", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folder_that_is_a_file_is_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunError, match="out cannot be written"):
        render(full(tmp_path / "in"), parameters={}, lang="en", out=tmp_path / "out")


def test_file_that_is_no_notebook_is_said_by_name(tmp_path: Path) -> None:
    notebook = full(tmp_path)
    notebook.path.write_text("{ not a notebook")
    with pytest.raises(ParameterError, match=r"tiny\.ipynb is not a notebook"):
        render(notebook, parameters={}, lang="en", out=tmp_path / "out")


# --- every fault, beside a report that is good ----------------------------------------------

SLEEP = "import time; time.sleep(300)"
FAULTS: Mapping[str, tuple[str, str, Limits]] = {
    # name: what the broken cell does, kind of fault, limits
    "failing": ("raise ValueError('bad luck')", "cell", Limits()),
    "data": (
        "from opsbook.errors import DataError\nraise DataError('orders.csv is empty')",
        "data",
        Limits(),
    ),
    "exits": ("import os; os._exit(0)", "dead", Limits()),
    "killed": ("import os; os.kill(os.getpid(), 9)", "dead", Limits()),
    "crashes": ("import ctypes; ctypes.string_at(0)", "dead", Limits()),
    "slow_cell": (SLEEP, "timeout", Limits(cell_seconds=1)),
    "slow_report": (
        "import time, itertools\nfor i in itertools.count(): time.sleep(0.1)",
        "timeout",
        Limits(report_seconds=6),
    ),
    "one_large": (
        "import numpy; x = numpy.ones(10**9)",
        "memory",
        Limits(memory_bytes=700_000_000),
    ),
    "many_small": (
        "x = []\nwhile True: x.append(bytearray(10**7))",
        "memory",
        Limits(memory_bytes=700_000_000),
    ),
    "child": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', "
        "'x = []\\nwhile True: x.append(bytearray(10**7))'])",
        "memory",
        Limits(memory_bytes=700_000_000),
    ),
}


def cells(broken: str) -> list[object]:
    return [
        PARAMETERS,
        code(LOAD),
        code(HEADING),
        text("## First"),
        code("print('so ' + 'far')"),
        code(broken),
        code("print('la' + 'ter')"),
    ]


def whole(folder: Path) -> None:
    """Nothing half-written, nothing left aside, and the manifest agrees with the folder."""
    assert not list(folder.glob(".*"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert index.endswith("</html>\n")
    pages = set()
    for entry in manifest["reports"]:
        ends = ".failed.html" if entry["status"] == "failed" else ".html"
        assert entry["page"] == entry["stem"] + ends
        last = entry.get("last_good")
        for page in {entry["page"], *([last["page"]] if last else [])}:
            assert (folder / page).read_text(encoding="utf-8").rstrip().endswith("</html>")
            assert f'href="{page}"' in index
            pages.add(page)
    assert {p.name for p in folder.glob("*.html")} == {*pages, "index.html"}


def all_faults(folder: Path, isolation: str = "warm") -> dict[str, Result]:
    def task(notebook: Notebook, limits: Limits) -> Task:
        # A plain kernel needs its time to come up and to load its libraries.
        slower = 5 if isolation == "plain" else 1
        seconds = limits.cell_seconds * slower, limits.report_seconds * slower
        chosen = Limits(*seconds, limits.memory_bytes, isolation)
        return Task(notebook, {}, "en", folder / "out", limits=chosen)

    sick = [
        task(write(folder / "in", cells(source), name), limits)  # type: ignore[arg-type]
        for name, (source, _, limits) in FAULTS.items()
    ]
    good = task(write(folder / "in", cells("pass"), "good"), Limits())  # type: ignore[arg-type]
    results = run_many([*sick, good])
    assert [r.stem for r in results] == [*FAULTS, "good"]
    return {r.stem: r for r in results}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Result]]:
    folder = tmp_path_factory.mktemp("faults")
    return folder / "out", all_faults(folder)


def judge(name: str, out: Path, results: Mapping[str, Result]) -> None:
    result, kind = results[name], FAULTS[name][1]
    assert result.fault and result.fault.kind == kind, (name, result.fault)
    page = (out / f"{name}.failed.html").read_text(encoding="utf-8")
    assert "FAILED" in page and "later" not in page
    assert result.fault.text.split(".")[0] in page
    assert "so far" in page and "Sales grew" in page
    entries = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    (entry,) = [e for e in entries if e["name"] == name]
    assert entry["status"] == "failed" and entry["fault"]["kind"] == kind
    assert not (out / f"{name}.html").exists()


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_said_on_page_and_in_manifest_with_what_was_done(
    name: str, faulty: tuple[Path, dict[str, Result]]
) -> None:
    judge(name, *faulty)


def test_faults_of_others_leave_a_good_report_good(
    faulty: tuple[Path, dict[str, Result]],
) -> None:
    out, results = faulty
    assert results["good"].status == "good"
    assert "later" in (out / "good.html").read_text(encoding="utf-8")
    assert exit_code(list(results.values())) == 1
    whole(out)


@pytest.mark.slow
@pytest.mark.parametrize("again", range(10))
@pytest.mark.parametrize("isolation", ["warm", "plain"])
def test_faults_again_and_again(tmp_path: Path, again: int, isolation: str) -> None:
    results = all_faults(tmp_path, isolation)
    for name in FAULTS:
        judge(name, tmp_path / "out", results)
    assert results["good"].status == "good"
    whole(tmp_path / "out")


# --- the last good page ---------------------------------------------------------------------


def test_failed_run_leaves_the_last_good_one_where_it_was_and_points_to_it(
    tmp_path: Path,
) -> None:
    good = run(tmp_path, HEADING)
    kept = {f.name: f.read_bytes() for f in (tmp_path / "out").glob("tiny.*")}
    assert set(kept) == {"tiny.html", "tiny.findings.json", "tiny.metrics.json"}
    for again in range(2):
        bad = run(tmp_path, HEADING, f"raise ValueError('number {again}')")
        assert bad.page.name == "tiny.failed.html"
        assert bad.entry["last_good"] == {
            "page": "tiny.html",
            "started": good.entry["started"],
            "headline": "Sales grew 5 %",
            "tables": [],
        }
        page = bad.page.read_text(encoding="utf-8")
        when = good.entry["started"][:16].replace("T", " ")
        assert f'<a href="tiny.html">Last good report, {when} UTC</a>: Sales grew 5 %' in page
        assert {n: (tmp_path / "out" / n).read_bytes() for n in kept} == kept
        whole(tmp_path / "out")
    index = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert "FAILED" in index and "Last good report" in index
    assert run(tmp_path, HEADING).status == "good"
    assert not (tmp_path / "out/tiny.failed.html").exists()
    whole(tmp_path / "out")


def test_report_that_never_was_good_has_no_good_page(tmp_path: Path) -> None:
    bad = run(tmp_path, "1 / 0")
    assert bad.entry["last_good"] is None
    assert "Last good report" not in bad.page.read_text(encoding="utf-8")
    assert not (tmp_path / "out/tiny.html").exists()
    whole(tmp_path / "out")


# --- a full disk ----------------------------------------------------------------------------


class FullDisk:
    """Lets so many files be forced to the disk; after that there is no space left."""

    def __init__(self, files: int) -> None:
        self.left = files

    def __call__(self, handle: int) -> None:
        if self.left == 0:
            raise OSError(28, "No space left on device")
        self.left -= 1


@pytest.mark.parametrize("files", range(1, 6))
def test_full_disk_changes_nothing_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    run(tmp_path, HEADING)
    kept = {f.name: f.read_bytes() for f in (tmp_path / "out").iterdir()}
    # 1 file is tried on beginning; page, two results, manifest and index follow.
    monkeypatch.setattr(publish.os, "fsync", FullDisk(files))
    result = run(tmp_path, HEADING, "print('other')")
    monkeypatch.undo()
    assert result.fault and result.fault.kind == "disk"
    assert "No space left" in result.fault.text
    assert {f.name: f.read_bytes() for f in (tmp_path / "out").iterdir()} == kept


def test_full_disk_is_said_in_the_manifest_where_that_still_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, HEADING)
    before = (tmp_path / "out/tiny.html").read_bytes()
    plain = publish.publish

    def full(folder: Path, files: Mapping[str, str], *rest: object, **named: object) -> object:
        if files:
            raise publish._unwritable(folder, OSError(28, "No space left on device"))
        return plain(folder, files, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("opsbook.report.run.publish", full)
    result = run(tmp_path, HEADING)
    assert result.status == "failed" and not result.page.exists()
    (entry,) = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]
    assert entry["status"] == "failed" and entry["fault"]["kind"] == "disk"
    assert entry["last_good"]["page"] == "tiny.html"
    assert (tmp_path / "out/tiny.html").read_bytes() == before
    assert 'href="tiny.html"' in (tmp_path / "out/index.html").read_text(encoding="utf-8")


SMALL_DISK = """
set -e
mount -t tmpfs -o size=96k none "$1/out"
shift
"$@"
"""


def small_disk(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run with the results' folder on a disk of 96 kB; skip where that cannot be made."""
    (folder / "out").mkdir(exist_ok=True)
    unshare = ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", str(folder)]
    try:
        able = subprocess.run([*unshare, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if able.returncode:
        pytest.skip("no disk can be mounted here")
    return subprocess.run([*unshare, *command], capture_output=True, text=True, check=False)


TELL = """
import sys
from pathlib import Path
from opsbook.report.batch import exit_code
from opsbook.report.limits import Limits
from opsbook.report.notebooks import open_notebook
from opsbook.report.parallel import run_many
from opsbook.report.run import Task
here = Path(sys.argv[1])
limits = Limits(isolation=sys.argv[2])
books = [open_notebook(file) for file in sorted((here / "in").glob("*.ipynb"))]
results = run_many([Task(b, {}, "en", here / "out", limits=limits) for b in books], jobs=1)
for result in results: print(result.stem, result.fault.kind if result.fault else "good")
for file in sorted((here / "out").iterdir()): print(file.name, file.read_text()[-8:].strip()[-1:])
sys.exit(exit_code(results))
"""


def test_disk_that_is_really_full_fails_what_does_not_fit_and_nothing_else(
    tmp_path: Path,
) -> None:
    write(tmp_path / "in", [PARAMETERS, code(LOAD), code(HEADING)], "a_small")
    large = "from IPython.display import Image\nImage(bytes(range(256)) * 400, format='png')"
    write(tmp_path / "in", [PARAMETERS, code(large)], "b_large")
    done = small_disk(tmp_path, sys.executable, "-c", TELL, str(tmp_path), "plain")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.split("\n")
    assert lines[:2] == ["a_small good", "b_large disk"]
    assert {line.split()[0] for line in lines[2:] if line} == {
        "a_small.html",
        "a_small.findings.json",
        "a_small.metrics.json",
        "index.html",
        "manifest.json",
    }
    assert all(line.endswith((">", "}")) for line in lines[2:] if line)


# --- a worker that is gone ---------------------------------------------------------------


@pytest.mark.skipif(not warm.possible(), reason="forked workers need Linux")
def test_report_whose_worker_was_killed_is_published_as_failed_by_another(tmp_path: Path) -> None:
    mark = tmp_path / "running"
    tell = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(300)"
    sick = write(tmp_path / "in", [PARAMETERS, code(LOAD), code(HEADING), code(tell)], "sick")
    good = write(tmp_path / "in", [PARAMETERS, code(LOAD), code(HEADING)], "good")
    server = warm.shared()._process
    assert server is not None
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")

    def kill_worker() -> None:
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.05)
        (worker,) = {*map(int, children.read_text().split())} - {int(mark.read_text())}
        os.kill(worker, signal.SIGKILL)

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill_worker)
        tasks = [Task(notebook, {}, "en", tmp_path / "out") for notebook in (sick, good)]
        bad, well = run_many(tasks, jobs=1)
        killer.result()
    assert bad.fault and bad.fault.kind == "dead" and well.status == "good"
    assert "FAILED" in bad.page.read_text(encoding="utf-8")
    whole(tmp_path / "out")
    assert children.read_text().split() == []


# --- stopped from outside -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "isolation"), [(signal.SIGINT, "warm"), (signal.SIGTERM, "plain")]
)
def test_stopped_run_publishes_what_was_done_and_begins_nothing_new(
    tmp_path: Path, number: int, isolation: str
) -> None:
    stop(tmp_path, number, isolation)


@pytest.mark.slow
@pytest.mark.parametrize("again", range(10))
@pytest.mark.parametrize("isolation", ["warm", "plain"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_again_and_again(tmp_path: Path, number: int, isolation: str, again: int) -> None:
    stop(tmp_path, number, isolation)


def family(pid: int) -> list[int]:
    """Processes that a process has started, and those that they have."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found[1:]


def stop(folder: Path, number: int, isolation: str) -> None:
    mark = folder / "running"
    wait = f"print('so ' + 'far')\nopen({str(mark)!r}, 'w').close()\nimport time; time.sleep(300)"
    write(folder / "in", [PARAMETERS, code(LOAD), code(HEADING), code(wait)], "a_running")
    write(folder / "in", [PARAMETERS, code(LOAD), code(HEADING)], "b_waiting")
    # A place of its own for what lies about meanwhile; short, because a socket's path must be.
    with (
        TemporaryDirectory() as temporary,
        subprocess.Popen(
            [sys.executable, "-c", TELL, str(folder), isolation],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": temporary},
        ) as running,
    ):
        while not mark.exists():
            assert running.poll() is None
        # As systemd does: to everybody; a terminal's group is part of that.
        for pid in [*family(running.pid), running.pid]:
            os.kill(pid, number)
        said, _ = running.communicate()
        assert list(Path(temporary).iterdir()) == []
    assert said.splitlines()[:2] == ["a_running stopped", "b_waiting stopped"]
    assert running.returncode == 1
    page = (folder / "out/a_running.failed.html").read_text(encoding="utf-8")
    assert "stopped from outside" in page and "Sales grew" in page
    assert not (folder / "out/b_waiting.html").exists()
    whole(folder / "out")
