"""How fast, how lean and how clean reports are made; prints figures, passes no judgement.

python tests/bench/bench_reports.py --source demo
python tests/bench/bench_reports.py --only many --reports 200
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from opsbook.report.limits import Limits
from opsbook.report.notebooks import Notebook, find_notebooks, notebooks_folder, open_notebook
from opsbook.report.parallel import run_many
from opsbook.report.run import Result, Task

SMALL = {
    "cells": [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {"tags": ["parameters"] if i == 0 else []},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for i, source in enumerate(
            ['source = "demo"\nlang = "en"', "import pandas as pd", "pd.DataFrame({'a': [1]})"]
        )
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
MAKE = """
import pickle, sys
from opsbook.report.parallel import run_many
results = run_many(pickle.load(sys.stdin.buffer))
sys.exit(", ".join(f"{r.stem}: {r.fault.text}" for r in results if r.fault) or None)
"""


def timed(*command: str, given: bytes = b"") -> float:
    """Seconds of a command, which must succeed."""
    start = monotonic()
    done = subprocess.run(command, input=given, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[:6]} failed:\n{done.stderr.decode()[-2000:]}")
    return monotonic() - start


def cpu_seconds() -> float:
    """Processor seconds of ended children so far."""
    times = os.times()
    return times.children_user + times.children_system


def stock(notebooks: Sequence[Notebook], source: str, folder: Path) -> float:
    """Today's way: papermill, then nbconvert, one notebook and language after the other."""
    bins = Path(sys.executable).parent
    total = 0.0
    for notebook in notebooks:
        for lang in ("en", "zh"):
            done = folder / f"{notebook.name}-{lang}.ipynb"
            given = ["-p", "source", source, "-p", "lang", lang, "-k", "python3"]
            run = [str(bins / "papermill"), str(notebook.path), str(done), *given]
            total += timed(*run, "--no-progress-bar")
            convert = [str(bins / "jupyter"), "nbconvert", "--to", "html", str(done)]
            total += timed(*convert)
    return total


def ours(notebooks: Sequence[Notebook], source: str, folder: Path) -> float:
    """The same notebooks and languages in one run of ours, from the start of Python."""
    import pickle

    tasks = [
        Task(notebook, {"source": source}, lang, folder / "out")
        for notebook in notebooks
        for lang in ("en", "zh")
    ]
    return timed(sys.executable, "-c", MAKE, given=pickle.dumps(tasks))


def compare(source: str) -> None:
    """All notebooks, both languages, both ways."""
    notebooks = find_notebooks(notebooks_folder())
    with tempfile.TemporaryDirectory() as name:
        before = cpu_seconds()
        fast = ours(notebooks, source, Path(name))
        between = cpu_seconds()
        manifest = json.loads(Path(name, "out/manifest.json").read_text(encoding="utf-8"))
        in_cells = sum(c["seconds"] for r in manifest["reports"] for c in r["cells"])
        slow = stock(notebooks, source, Path(name))
        after = cpu_seconds()
    print(f"{len(notebooks)} notebooks x 2 languages on {source}")
    print(f"  papermill + nbconvert   {slow:6.1f} s   processor {after - between:6.1f} s")
    print(f"  opsbook                 {fast:6.1f} s   processor {between - before:6.1f} s")
    print(f"  ratio                   {slow / fast:6.1f}")
    print(f"  of ours inside cells    {in_cells:6.1f} s summed over reports that run at once")


def small(folder: Path) -> Notebook:
    """A notebook that does next to nothing."""
    file = folder / "small.ipynb"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    return open_notebook(file)


def overhead(isolation: str, more: int = 10) -> None:
    """What one further small report costs, one at a time."""
    with tempfile.TemporaryDirectory() as name:
        notebook = small(Path(name))
        stock_seconds = stock([notebook], "demo", Path(name)) / 2
        run_many(tasks(notebook, Path(name), 1, isolation))
        seconds = []
        for _ in range(more):
            start = monotonic()
            run_many(tasks(notebook, Path(name), 1, isolation))
            seconds.append(monotonic() - start)
    print(
        f"one more small report, {isolation}: median {median(seconds):.2f} s, "
        f"worst {max(seconds):.2f} s (papermill + nbconvert: {stock_seconds:.1f} s)"
    )


def tasks(notebook: Notebook, folder: Path, count: int, isolation: str) -> list[Task]:
    """So many small reports."""
    limits = Limits(isolation=isolation)
    return [
        Task(notebook, {}, "en", folder / "out", stem=f"small-{i:03}", limits=limits)
        for i in range(count)
    ]


def many(count: int) -> None:
    """Memory of the parent, zombies and files left, over many reports."""
    temporary = Path(tempfile.gettempdir())
    before = {p.name for p in temporary.iterdir()}
    memory: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(1):
            memory.append(resident())

    with tempfile.TemporaryDirectory() as name:
        todo = tasks(small(Path(name)), Path(name), count, "warm")
        run_many(todo[:10])
        start_memory = resident()
        watching = threading.Thread(target=look)
        watching.start()
        start = monotonic()
        results: list[Result] = run_many(todo)
        seconds = monotonic() - start
        over.set()
        watching.join()
        aside = [p.name for p in Path(name, "out").glob(".*")]
        size = Path(name, "out/manifest.json").stat().st_size
    sleep(1)
    from opsbook.report import warm

    server = warm.shared()._process
    zombies = sum(zombie(p) for p in Path("/proc").iterdir() if p.name.isdigit())
    held = len(list(Path(f"/proc/{server.pid}/fd").iterdir())) if server else 0
    warm.shared().close()
    left = {p.name for p in temporary.iterdir()} - before
    good = sum(r.good for r in results)
    print(f"{count} small reports: {good} good, {seconds:.1f} s, {seconds / count:.2f} s each")
    print(
        f"  parent {start_memory:.0f} MB after 10, {max(memory, default=0):.0f} MB at most, "
        f"{resident():.0f} MB at the end; files open in the warm process {held}"
    )
    print(f"  zombies {zombies}, left in {temporary}: {sorted(left)}, left aside: {aside}")
    print(f"  manifest {size / 1000:.0f} kB")


def resident() -> float:
    """MB of memory of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


def zombie(process: Path) -> bool:
    """Whether a process has ended and nobody has asked how."""
    try:
        return (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def help_text(times: int = 7) -> None:
    """How long the shortest command takes, against Python itself."""
    bare = median(timed(sys.executable, "-c", "pass") for _ in range(times))
    asked = median(timed(sys.executable, "-m", "opsbook", "--help") for _ in range(times))
    print(f"opsbook --help {asked:.2f} s, python -c pass {bare:.3f} s, ratio {asked / bare:.1f}")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--only", choices=("help", "compare", "overhead", "many"))
    asked = parser.parse_args()
    if asked.only in (None, "help"):
        help_text()
    if asked.only in (None, "overhead"):
        overhead("warm")
        overhead("plain", 3)
    if asked.only in (None, "many"):
        many(asked.reports)
    if asked.only in (None, "compare"):
        compare(asked.source)


if __name__ == "__main__":
    main()
