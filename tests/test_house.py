"""The rules of the house: who may import whom, and that set-up is said once."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lib" / "opsbook"
ROOMS = {"market", "lifecycle", "supply", "traffic", "campaign", "team"}
GROUND = {"language", "errors"}
FLOORS = {
    "shop": GROUND | {"shop", "demo"},  # open_shop("demo") builds the demo shop
    "reference": GROUND | {"shop", "reference"},
    "common": GROUND | {"shop", "reference", "common"},
    "demo": GROUND | {"shop", "reference", "demo"},
    "chart": GROUND | {"shop", "reference", "chart", "finding"},
    "finding": GROUND | {"chart"},
    "book": GROUND | {"book", "shop", "reference", "chart", "report", "demo"},
    "teach": GROUND
    | ROOMS
    | {"teach", "book", "shop", "reference", "common", "chart", "finding", "demo"},
    "lab": GROUND
    | ROOMS
    | {"lab", "shop", "reference", "common", "chart", "finding", "report", "demo"},
    "report": GROUND | {"report", "shop", "chart", "finding"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Rooms and modules of the package that a file imports, by their first name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {n.split(".")[1] for n in names if n.startswith("opsbook.")}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_run_one_way(file: Path) -> None:
    room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in ROOMS:
        allowed = GROUND | {room, "shop", "reference", "common", "finding", "chart"}
    else:
        allowed = FLOORS.get(room, set())
    if room in ROOMS | set(FLOORS):
        assert imported(file) <= allowed


def test_conda_environment_states_nothing_twice() -> None:
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
    wanted = [line.strip().removeprefix("- ") for line in lines if line.strip().startswith("- ")]
    assert wanted == [
        "conda-forge",
        "python=3.11",
        "pip",
        "pip:",
        "--constraint constraints.txt",
        "--editable .",
    ]


def test_constraints_hold_names_and_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert "==" in line
            assert "://" not in line
            assert "@" not in line


def test_importing_the_package_loads_no_engine() -> None:
    code = (
        "import sys, opsbook, opsbook.cli; print(*{'ibis', 'pandas', 'duckdb'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
