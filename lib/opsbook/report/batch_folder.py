"""The folder in which the reports of one batch share results: private, and gone with the batch."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["batch_folder", "sweep"]

_NAME = "opsbook-batch-"
_STALE_SECONDS = 24 * 3600


@contextmanager
def batch_folder() -> Iterator[str]:
    """A folder that only this user can open, as long as the batch lasts.

    A report alone needs it too: its heading asks what a section asks again.

    Returns:
        Its path; empty where there is none to be had: sharing saves time, no more.
    """
    sweep(Path(tempfile.gettempdir()), _NAME)
    folder = ""
    with contextlib.suppress(OSError):
        folder = tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-")
    try:
        yield folder
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(temporary: Path, name: str) -> None:
    """Remove what a process left that could not clean up: killed, a day ago or more.

    Args:
        temporary: Where to look.
        name: What its folders begin with; the number of the process comes next, then ``-``.
    """
    for left in temporary.glob(f"{name}[0-9]*-*"):
        pid = left.name.removeprefix(name).partition("-")[0]
        with contextlib.suppress(OSError):
            about = left.stat()
            # In another container's folder the number alone would say nothing.
            old = time.time() - about.st_mtime > _STALE_SECONDS and about.st_uid == os.getuid()
            if old and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(left, ignore_errors=True)
