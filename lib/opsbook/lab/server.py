"""Open JupyterLab on the notebooks: at the start page, without news from the network.

What a cell has worked out is kept while the lab is open, so that the cell to explore below it
answers at once. Data that were changed are asked again when the shop is opened anew.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from opsbook.errors import RunError
from opsbook.lab.explorer import FOLDER
from opsbook.lab.start import page_name, write_start_pages
from opsbook.language import language
from opsbook.shop.shared import FOLDER as ANSWERS

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


def lab_environment(answers: str | Path) -> dict[str, str]:
    """The environment of JupyterLab: our defaults behind the user's own settings, our language.

    Args:
        answers: Folder for what its notebooks work out, private to its owner.
    """
    before = os.environ.get("JUPYTER_CONFIG_PATH", "")
    paths = os.pathsep.join(part for part in (before, str(_SETTINGS)) if part)
    ours = {"JUPYTER_CONFIG_PATH": paths, "OPSBOOK_LANG": language(), ANSWERS: str(answers)}
    return {**os.environ, **ours}


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
    # Notebooks that still run when the lab ends may write into it until they are gone.
    with TemporaryDirectory(prefix="opsbook-lab-", ignore_cleanup_errors=True) as answers:
        command = lab_command(notebooks, more, page=page)
        return subprocess.call(command, env=lab_environment(answers))
