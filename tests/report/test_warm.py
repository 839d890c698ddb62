"""Kernels forked from the warm process: as fresh as plain ones, and gone when they should be."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from opsbook.errors import RunError
from opsbook.report import warm
from opsbook.report.execute import Execution, execute
from opsbook.report.limits import Limits
from tiny_notebook import PARAMETERS, code, full, write

pytestmark = pytest.mark.skipif(not warm.possible(), reason="forked kernels need Linux")


def run(folder: Path, *sources: str, isolation: str = "warm") -> Execution:
    from opsbook.report.notebooks import for_report

    notebook = write(folder, [PARAMETERS, *map(code, sources)])
    prepared = for_report(notebook.path, "en")
    done = execute(prepared, {"source": "demo"}, limits=Limits(isolation=isolation))
    assert done.fault is None, done.fault
    assert done.isolation == isolation
    return done


def said(done: Execution, place: int = -1) -> str:
    cells = [c for c in done.notebook.cells if c.cell_type == "code"]
    return "".join(o.text for o in cells[place].outputs if o.output_type == "stream")


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def soon(true: Callable[[], bool]) -> bool:
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False


DIRTY = """
import os, random, signal, sys, warnings
import matplotlib, numpy, pandas, duckdb, ibis, locale, decimal
matplotlib.rcParams["figure.figsize"] = (1, 1)
matplotlib.rcParams["font.size"] = 99
numpy.random.seed(1); random.seed(1)
pandas.set_option("display.max_rows", 3)
pandas.DataFrame.leaked = True
numpy.set_printoptions(precision=1)
os.environ["LEAKED"] = "1"
os.chdir("/")
sys.path.insert(0, "/leaked")
signal.signal(signal.SIGUSR1, lambda *_: None)
decimal.getcontext().prec = 3
warnings.simplefilter("error")
con = ibis.duckdb.connect(); con.raw_sql("create table leaked (a int)")
ibis.set_backend(con)
duckdb.sql("create table leaked (a int)")
open("/dev/null")
from opsbook.language import set_language; set_language("zh")
"""
LOOK = """
import decimal, json, os, signal, sys, warnings
import duckdb, ibis, matplotlib, numpy, pandas, random
from opsbook.language import language
print(json.dumps({
    "figsize": matplotlib.rcParams["figure.figsize"], "font": matplotlib.rcParams["font.size"],
    "backend": str(matplotlib.rcParams["backend"]),
    "rows": pandas.get_option("display.max_rows"), "frame": hasattr(pandas.DataFrame, "leaked"),
    "precision": numpy.get_printoptions()["precision"], "environment": os.environ.get("LEAKED"),
    "cwd": os.getcwd(), "path": "/leaked" in sys.path, "decimal": decimal.getcontext().prec,
    "signals": {n: str(signal.getsignal(n)) for n in (signal.SIGUSR1, signal.SIGINT,
                signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)},
    "filters": [str(f[:3]) for f in warnings.filters if f[0] == "error"],
    "tables": duckdb.sql("show tables").fetchall(),
    "ibis": ibis.get_backend().raw_sql("show tables").fetchall(), "language": language(),
    "main": sorted(n for n in vars(sys.modules["__main__"]) if n == "con"),
    "blas": os.environ.get("OPENBLAS_NUM_THREADS"), "argv": sys.argv[0].split("/")[-1][:0],
}, default=str))
"""


def test_nothing_of_a_report_is_left_for_the_next_and_a_fork_is_as_fresh_as_a_start(
    tmp_path: Path,
) -> None:
    before = json.loads(said(run(tmp_path, LOOK)))
    run(tmp_path, DIRTY)
    after = json.loads(said(run(tmp_path, LOOK)))
    plain = json.loads(said(run(tmp_path, LOOK, isolation="plain")))
    assert after == before == plain
    assert after["cwd"] == str(Path.cwd()) and after["environment"] is None


def test_each_fork_draws_its_own_random_numbers(tmp_path: Path) -> None:
    draw = "import random, numpy, uuid\nprint(random.random(), numpy.random.rand(), uuid.uuid4())"
    first, second = (said(run(tmp_path, draw)).split() for _ in range(2))
    assert all(a != b for a, b in zip(first, second, strict=True))


def test_environment_and_folder_are_those_of_the_caller_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, "pass")
    monkeypatch.setenv("SET_LATER", "yes")
    monkeypatch.chdir(tmp_path)
    shown = said(run(tmp_path, "import os; print(os.environ['SET_LATER'], os.getcwd())"))
    assert shown.split() == ["yes", str(tmp_path)]


def drawn(done: Execution) -> list[tuple[str, str]]:
    """Pictures of all cells; what matplotlib counts through is put in order."""
    found = []
    for cell in done.notebook.cells:
        for output in cell.get("outputs", []):
            for kind, data in output.get("data", {}).items():
                if kind.startswith("image/") or "chart" in kind:
                    text = json.dumps(data, sort_keys=True)
                    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "", text)
                    found.append((kind, re.sub(r"\b[mpc][0-9a-f]{10}\b", "id", text)))
    return found


def test_figures_are_those_of_a_plain_kernel(tmp_path: Path) -> None:
    figure = (
        "import matplotlib.pyplot as plt\nimport seaborn as sns\nimport pandas as pd\n"
        "frame = pd.DataFrame({'x': [1, 2, 3], 'y': [3, 1, 2]})\n"
        "sns.lineplot(frame, x='x', y='y'); plt.title('Sales 销售额')"
    )
    chart = (
        "from opsbook.chart.chart import Chart\n"
        "Chart(lambda figure, phone: figure.add_subplot().bar(['a', 'b'], [1, 2]), 'B beats A',"
        " 'pieces', 'two bars', 'Source: test')"
    )
    warm_ones = drawn(run(tmp_path, figure, chart))
    assert len(warm_ones) >= 2
    assert {kind for kind, _ in warm_ones} >= {"image/png"}
    assert warm_ones == drawn(run(tmp_path, figure, chart, isolation="plain"))


def test_the_warm_process_runs_no_thread_and_has_no_file_of_a_database_open(
    tmp_path: Path,
) -> None:
    run(tmp_path, "pass")
    server = warm.shared()._process
    assert server is not None
    assert len(list(Path(f"/proc/{server.pid}/task").iterdir())) == 1
    maps = Path(f"/proc/{server.pid}/maps").read_text()
    assert "_duckdb" in maps and "libarrow" in maps
    held = [str(fd.readlink()) for fd in Path(f"/proc/{server.pid}/fd").iterdir()]
    assert not [name for name in held if "duckdb" in name or ".parquet" in name]


def test_processes_threads_and_files_of_a_report_end_with_it(tmp_path: Path) -> None:
    start = (
        "import os, subprocess, tempfile\n"
        "open(tempfile.mkstemp()[1], 'w')\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(os.getpid(), child.pid, tempfile.gettempdir())"
    )
    kernel, child, folder = said(run(tmp_path, start)).split()
    assert soon(lambda: gone(int(kernel)) and gone(int(child)))
    assert not Path(folder).exists()
    server = warm.shared()._process
    assert server is not None
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    assert children.read_text().split() == []


STARTS = """
import sys
from opsbook.errors import RunError
from opsbook.report import warm
server = warm.shared()
kernel = {"kind": "kernel", "argv": ["-f", sys.argv[1]], "env": {"IPYTHONDIR": sys.argv[2]}}
forked = server.fork({**kernel, "cwd": "/"})
print(server._process.pid, forked.pid, flush=True)
forked.talk.recv(1)
print("ready", flush=True)
sys.stdin.read()
"""


def test_everything_ends_with_a_caller_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS, str(tmp_path / "k.json"), str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as caller:
        assert caller.stdout is not None
        server, kernel = map(int, caller.stdout.readline().split())
        assert caller.stdout.readline() == "ready\n"
        assert not gone(server) and not gone(kernel)
        caller.send_signal(signal.SIGKILL)
    assert soon(lambda: gone(server) and gone(kernel))


@pytest.mark.slow
def test_kernels_end_with_a_warm_process_that_was_killed_and_a_new_one_is_started(
    tmp_path: Path,
) -> None:
    run(tmp_path, "pass")
    first = warm.shared()._process
    assert first is not None
    forked = warm.shared().fork(
        {
            "kind": "kernel",
            "argv": ["-f", str(tmp_path / "k.json")],
            "env": {"IPYTHONDIR": str(tmp_path)},
            "cwd": "/",
        }
    )
    first.kill()
    assert forked.wait(10) == -signal.SIGKILL
    assert soon(lambda: gone(forked.pid))
    forked.close()
    first.wait()
    run(tmp_path, "pass")
    second = warm.shared()._process
    assert second is not None and second.pid != first.pid


def test_folder_of_a_warm_process_killed_long_ago_is_swept_away_and_nothing_else(
    tmp_path: Path,
) -> None:
    from opsbook.report.forkserver import sweep

    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"opsbook-warm-{ended.pid}-a", f"opsbook-warm-{os.getpid()}-b", "opsbook-warm-c"]
    for name in names:
        (tmp_path / name / "in").mkdir(parents=True)
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f"opsbook-warm-{ended.pid}-new").mkdir()
    sweep(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {*names[1:], f"opsbook-warm-{ended.pid}-new"}


def test_warm_process_that_does_not_come_up_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "opsbook").mkdir()
    (tmp_path / "opsbook/__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    broken = warm.Warm()
    with pytest.raises(RunError, match=r"no new process|cannot be reached"):
        broken.fork({})
    assert broken._process is not None and broken._process.wait(10) == 3
    assert not broken.lives
    broken.close()


def test_whole_notebook_gives_the_same_page_either_way(tmp_path: Path) -> None:
    from opsbook.report.run import render

    def page(isolation: str) -> str:
        made = render(
            full(tmp_path / "in"),
            parameters={},
            lang="en",
            out=tmp_path / isolation,
            limits=Limits(isolation=isolation),
        )
        assert made.status == "good", made.fault
        text = made.page.read_text(encoding="utf-8")
        text = re.sub(r"\d{4}-\d\d-\d\d[ T][\d:.]+", "", text)
        return re.sub(r"\d+ seconds|\b[mpc][0-9a-f]{10}\b", "", text)

    assert page("warm") == page("plain")
