"""Real results are what the JSON Schemas say, and the schemas would notice if they were not."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jobs_kit import JOBS, place
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from opsbook.report.batch import run_many
from opsbook.report.jobs import Ask, run_jobs
from opsbook.report.run import render
from tiny_notebook import HEADING, LOAD, PARAMETERS, code, full

FOLDER = Path(__file__).parents[2] / "lib/opsbook/report/schemas"
SCHEMAS = {
    file.name: json.loads(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.schema.json")
}


def check(file: Path, name: str) -> Any:
    registry = Registry().with_resources(
        [(key, Resource.from_contents(schema)) for key, schema in SCHEMAS.items()]
    )
    data = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator(SCHEMAS[f"{name}.schema.json"], registry=registry).validate(data)
    return data


def test_every_schema_is_one() -> None:
    assert set(SCHEMAS) == {f"{n}.schema.json" for n in ("manifest", "metrics", "findings", "run")}
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a job with a good and a failed report, each run twice."""
    folder = tmp_path_factory.mktemp("schemas")
    file = place(folder, JOBS + 'grid = { region = ["a", "b"] }\n')
    declared = code(PARAMETERS.source + "\nregion = ''\nend = ''", "parameters")
    cells = [declared, code(LOAD), code(HEADING)]
    full(folder / "in")
    wanted = nbformat.read(folder / "in" / "tiny.ipynb", as_version=4).cells[5:]
    for bad in ("''", "'b'"):
        last = code(f"if region == {bad}: raise ValueError('bad luck')")
        kept = [c for c in wanted if "explore" not in c.metadata.get("tags", [])]
        written = nbformat.v4.new_notebook(cells=[*cells, *kept, last])
        nbformat.write(written, folder / "notebooks" / "tiny.ipynb")
        run_jobs(file, Ask(), lambda _: None, run_many)
    return folder / "out"


def test_real_results_are_valid(out: Path) -> None:
    manifest = check(out / "manifest.json", "manifest")
    good, bad = manifest["reports"]
    assert good["status"] == "good" and bad["status"] == "failed"
    assert good["changed"] == {**good["changed"], "figures": [], "new": [], "gone": []}
    assert bad["last_good"]["page"] == "tiny-b.html" and len(bad["history"]) == 1
    assert good["metrics"] and good["findings"]
    assert check(out / "tiny-a.metrics.json", "metrics")["metrics"] == good["metrics"]
    assert check(out / "tiny-a.findings.json", "findings")["findings"] == good["findings"]
    records = sorted(out.glob("runs/daily/*/run.json"))
    assert len(records) == 2
    assert [check(file, "run")["reports"][1]["status"] for file in records] == ["good", "failed"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("status", "done"), ("fault", {"kind": "bad"}), ("started", "today"), ("findings", [{}])],
)
def test_entry_that_is_not_valid_is_noticed(
    out: Path, tmp_path: Path, key: str, value: object
) -> None:
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["reports"][0][key] = value
    (tmp_path / "m.json").write_text(json.dumps(manifest))
    with pytest.raises(ValidationError):
        check(tmp_path / "m.json", "manifest")


def test_report_without_a_job_is_valid_too(tmp_path: Path) -> None:
    result = render(full(tmp_path / "in"), parameters={}, lang="zh", out=tmp_path / "out")
    assert result.good
    check(tmp_path / "out" / "manifest.json", "manifest")
