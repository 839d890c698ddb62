"""What tests of jobs share: a small shop, a notebook with parameters, a maker of pages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from opsbook.report.execute import Fault
from opsbook.report.jobs import Ask, run_jobs
from opsbook.report.run import Result, Task
from tiny_notebook import PARAMETERS, write

MORE = """
[[parameters]]
name = "region"
type = "text"
default = ""

[[parameters]]
name = "end"
type = "date"
default = ""
"""
JOBS = """
[jobs.daily]
reports = ["tiny"]
sources = ["shop"]
lang = ["en"]
"""
ORDERS = """order_id,order_ts,customer_id,region
1,2024-03-01 10:00:00,a,East
2,2024-03-02 10:00:00,b,../../etc
3,2024-03-03 10:00:00,c,华东
4,2024-03-04 10:00:00,c,
"""
FINDING = {
    "id": "A02",
    "statement": "Fuel fell 5.1 %",
    "money": -12000.0,
    "action": "Check prices.",
    "confidence": "high",
}


def place(folder: Path, jobs: str = JOBS) -> Path:
    """A folder with a notebook, a shop and a job file; the file's path."""
    write(folder / "notebooks", [PARAMETERS], "tiny")
    with (folder / "notebooks" / "tiny.toml").open("a", encoding="utf-8") as sidecar:
        sidecar.write(MORE)
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    file = folder / "jobs.toml"
    file.write_text(f'notebooks = "notebooks"\n{jobs}', encoding="utf-8")
    return file


class Maker:
    """Stands in for ``run_many``: publishes at once what the test says.

    Args:
        fail: Stem to the kind of its fault; ``fail_once`` mends itself on the second try.
        findings: Stem to its findings.
    """

    def __init__(
        self,
        fail: Mapping[str, str] | None = None,
        *,
        fail_once: Mapping[str, str] | None = None,
        findings: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        self.fail, self.fail_once = dict(fail or {}), dict(fail_once or {})
        self.findings = findings or {}
        self.made: list[list[str]] = []
        self.tasks: list[Task] = []

    def __call__(self, tasks: Sequence[Task]) -> list[Result]:
        self.made.append([task.stem for task in tasks])
        self.tasks += tasks
        return [self._one(task) for task in tasks]

    def _one(self, task: Task) -> Result:
        kind = self.fail_once.pop(task.stem, "") or self.fail.get(task.stem, "")
        fault = Fault(kind, f"broken: {kind}") if kind else None
        page = f"{task.stem}.failed.html" if fault else f"{task.stem}.html"
        found = [] if fault else list(self.findings.get(task.stem, ()))
        entry = {
            "stem": task.stem,
            "page": page,
            "lang": task.lang,
            "status": "failed" if fault else "good",
            "fault": asdict(fault) if fault else None,
            "findings": found,
            "currency": "CNY",
            "seconds": 1.0,
            **task.extra,
        }
        task.out.mkdir(parents=True, exist_ok=True)
        (task.out / page).write_text(f"page {task.stem}", encoding="utf-8")
        if not fault:
            written = {"currency": "CNY", "findings": found}
            (task.out / f"{task.stem}.findings.json").write_text(json.dumps(written))
            (task.out / f"{task.stem}.metrics.json").write_text("{}")
        manifest = task.out / "manifest.json"
        others = json.loads(manifest.read_text())["reports"] if manifest.exists() else []
        kept = [other for other in others if other["stem"] != task.stem]
        manifest.write_text(json.dumps({"reports": [*kept, entry]}))
        headline = "" if fault else f"Headline of {task.stem}"
        status = str(entry["status"])
        return Result("tiny", task.lang, task.out / page, status, fault, headline, entry)


def run(file: Path, make: Any = None, said: list[str] | None = None, **ask: Any) -> list[Any]:
    """Run a job file with a maker."""
    lines = [] if said is None else said
    return run_jobs(file, Ask(**ask), lines.append, make or Maker())


def record(done: Any) -> dict[str, Any]:
    """What a job's record says."""
    found: dict[str, Any] = json.loads(done.record.read_text(encoding="utf-8"))
    return found
