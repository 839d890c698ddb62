"""Where the demo shop lives, and building it when it is not there."""

import json
import os
import sys
from pathlib import Path

__all__ = ["default_folder", "ensure_demo"]


def default_folder() -> Path:
    """``data/demo`` of the project in a checkout, else a folder in the user's cache."""
    project = Path(__file__).resolve().parents[3]
    if (project / "pyproject.toml").exists() and (project / "lib" / "opsbook").is_dir():
        return project / "data" / "demo"
    return _cache() / "opsbook" / "demo"


def _cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def ensure_demo(folder: str | Path | None = None) -> Path:
    """The folder of the demo shop; built when missing or made by another version.

    Args:
        folder: Where it is looked for; ``default_folder()`` if not given.

    Raises:
        ParameterError: The folder holds something that is not a demo shop.
    """
    where = Path(folder) if folder is not None else default_folder()
    from opsbook.demo.build import VERSION, simulate

    if _version(where) == VERSION:
        return where
    where.parent.mkdir(parents=True, exist_ok=True)
    return simulate(where)


def _version(folder: Path) -> str:
    try:
        return str(json.loads((folder / "truth.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
