"""Hundreds of reports from one job file: memory stays flat, nothing is left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from jobs_kit import JOBS, place

from tiny_notebook import HEADING, LOAD, PARAMETERS, code

REPORTS = 200
RUN = """
import json, os, sys
from pathlib import Path
from opsbook.report.jobs import Ask, exit_code, run_jobs
from opsbook.report.batch import run_many
from opsbook.report.progress import Lines

def family(pid):
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found[1:]

def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""

def mine():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(l for l in lines if l.startswith("VmRSS")).split()[1])

memory, dead, files = [], [], []

class Look(Lines):
    def end(self, key, fault, seconds):
        memory.append(mine())
        dead.append(sum(state(pid) == "Z" for pid in family(os.getpid())))
        files.append(len(os.listdir("/proc/self/fd")))

def make(tasks):
    return run_many(tasks, jobs=2, show=Look(lambda line: None))

done = run_jobs(Path(sys.argv[1]), Ask(), lambda line: None, make)
print(json.dumps({"memory": memory, "dead": dead, "files": files, "exit": exit_code(done)}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_two_hundred_reports_leave_memory_flat_and_nothing_behind(tmp_path: Path) -> None:
    values = ", ".join(f'"r{i:03d}"' for i in range(REPORTS))
    file = place(tmp_path, JOBS + f"grid = {{ region = [{values}] }}\n")
    declared = code(PARAMETERS.source + "\nregion = ''\nend = ''", "parameters")
    book = nbformat.v4.new_notebook(cells=[declared, code(LOAD), code(HEADING)])
    nbformat.write(book, tmp_path / "notebooks" / "tiny.ipynb")
    with TemporaryDirectory() as temporary:
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(file)],
            env={**os.environ, "TMPDIR": temporary},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        assert list(Path(temporary).iterdir()) == []
    seen = json.loads(done.stdout)
    assert seen["exit"] == 0 and len(seen["memory"]) == REPORTS
    # Kilobytes; each report's entry is kept for the record, some kilobytes of it.
    early, late = max(seen["memory"][10:30]), max(seen["memory"][-20:])
    print(f"parent {early} kB after 30 reports, {late} kB after {REPORTS}")
    assert late - early < 20_000, seen["memory"]
    assert max(seen["dead"][-20:]) <= max(seen["dead"][10:30], default=0) + 1
    assert max(seen["files"][-20:]) <= max(seen["files"][10:30]) + 2
    out = tmp_path / "out"
    assert len(list(out.glob("tiny-*.html"))) == REPORTS and not list(out.glob(".*"))
    assert (out / "index.html").stat().st_size < 1_500_000
