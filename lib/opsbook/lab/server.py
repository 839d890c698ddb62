"""Open JupyterLab on the notebooks: at the start page, without news from the network."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from opsbook.errors import RunError
from opsbook.lab.explorer import FOLDER
from opsbook.lab.start import page_name, write_start_pages
from opsbook.language import language

__all__ = ["lab_command", "lab_environment", "open_lab"]

_SETTINGS = Path(__file__).parent / "jupyter"


def lab_command(notebooks: Path, more: Sequence[str] = (), *, page: str = "") -> list[str]:
    """The command that starts JupyterLab.

    Args:
        notebooks: Folder with the notebooks.
        more: Further options for JupyterLab; they win.
        page: What to open, below that folder; the folder itself if empty.
    """
    # The file list stays at the notebooks and does not follow the page into its folder.
    address = f"/lab/tree/{page}?file-browser-path=/" if page else "/lab"
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={notebooks.resolve()}",
        f"--LabApp.default_url={address}",
        *more,
    ]


def lab_environment() -> dict[str, str]:
    """The environment of JupyterLab: our defaults behind the user's own settings, our language."""
    before = os.environ.get("JUPYTER_CONFIG_PATH", "")
    paths = os.pathsep.join(part for part in (before, str(_SETTINGS)) if part)
    return {**os.environ, "JUPYTER_CONFIG_PATH": paths, "OPSBOOK_LANG": language()}


def open_lab(notebooks: Path, more: Sequence[str] = ()) -> int:
    """Start JupyterLab and wait until it ends; its exit code.

    Args:
        notebooks: Folder with the notebooks.
        more: Further options for JupyterLab.
    """
    try:
        write_start_pages(notebooks, notebooks / FOLDER)
    except RunError:
        # Where notebooks are for reading only, the lab opens at their list.
        page = ""
    else:
        page = f"{FOLDER}/{page_name(language())}"
    return subprocess.call(lab_command(notebooks, more, page=page), env=lab_environment())
