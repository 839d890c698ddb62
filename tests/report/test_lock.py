"""Two schedulers do not collide: the second is told who is at work, and since when."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from opsbook.errors import RunError
from opsbook.report.lock import only_one

HOLD = """
import sys
from pathlib import Path
from opsbook.report.lock import only_one
with only_one(Path(sys.argv[1]), "job"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(file: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, str(file)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_second_process_is_told_number_and_time_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "deep" / ".lock"
    with holder(file) as process:
        words = rf'"daily" is being run by process {process.pid} on .+ since \d{{4}}-\d\d-\d\d '
        with pytest.raises(RunError, match=words), only_one(file, '"daily"'):
            pass
        process.communicate("")
    with only_one(file, "job"):
        pass


def test_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with holder(file) as process:
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait()
        with only_one(file, "job"):
            pass


def test_waiting_ends_when_the_first_is_done(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with holder(file) as process:
        assert process.stdin is not None
        threading.Timer(0.5, process.stdin.close).start()
        with only_one(file, "job", patience_seconds=60):
            pass


def test_same_process_cannot_hold_it_twice_and_keeps_it_after_trying(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with only_one(file, "job"):
        with pytest.raises(RunError, match="being run"), only_one(file, "job"):
            pass
        # POSIX would have freed the lock had the second try opened and closed the file.
        command = [sys.executable, "-c", HOLD, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, input="", check=False)
        assert done.returncode and "is being run by process" in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_child_that_outlives_the_run_does_not_keep_the_lock(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    fork = (
        "import os, sys, time\nfrom pathlib import Path\n"
        "from opsbook.report.lock import only_one\n"
        "with only_one(Path(sys.argv[1]), 'job'):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os.close(1); time.sleep(60); os._exit(0)\n"
        "    print(child, flush=True); os._exit(0)\n"
    )
    command = [sys.executable, "-c", fork, str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    try:
        with only_one(file, "job"):
            pass
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunError, match="cannot be written"), only_one(tmp_path / "out/.lock", "j"):
        pass
