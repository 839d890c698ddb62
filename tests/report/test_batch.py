"""Many reports at once: order, progress, retries, exit codes."""

import io
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from opsbook.errors import ParameterError, RunError
from opsbook.report import remote, warm
from opsbook.report.batch import Order, exit_code, render_all
from opsbook.report.execute import execute
from opsbook.report.faults import Fault
from opsbook.report.limits import Limits
from opsbook.report.parallel import run_many
from opsbook.report.progress import Bars, Lines, progress_on
from opsbook.report.run import Result, Task
from tiny_notebook import HEADING, LOAD, PARAMETERS, code, write

MEET = """
import time
from pathlib import Path
here = Path(source)
(here / f"{weeks}").touch()
for _ in range(600):
    if len(list(here.iterdir())) == 2: break
    time.sleep(0.05)
else:
    raise SystemExit("met nobody")
"""


def small(folder: Path, *sources: str, name: str = "tiny") -> Task:
    notebook = write(folder / "in", [PARAMETERS, code(LOAD), *map(code, sources)], name)
    return Task(notebook, {}, "en", folder / "out")


def test_reports_run_at_the_same_time_and_come_back_in_order(tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    task = small(tmp_path, MEET)
    tasks = [
        replace(task, parameters={"source": str(meeting), "weeks": weeks}, stem=f"w{weeks}")
        for weeks in (9, 8)
    ]
    results = run_many(tasks, jobs=2)
    assert [(r.stem, r.fault) for r in results] == [("w9", None), ("w8", None)]
    assert [r.entry["parameters"]["weeks"] for r in results] == [9, 8]


def test_one_at_a_time_when_asked(tmp_path: Path) -> None:
    running: list[int] = []
    most = []

    class Counting(Lines):
        def begin(self, key: str) -> None:
            running.append(1)
            most.append(len(running))

        def end(self, key: str, fault: str | None, seconds: float) -> None:
            running.pop()

    tasks = [replace(small(tmp_path, "pass"), stem=f"s{i}") for i in range(3)]
    run_many(tasks, jobs=1, show=Counting(lambda line: None))
    assert most == [1, 1, 1]


def test_what_one_report_refuses_does_not_stop_the_others(tmp_path: Path) -> None:
    good = small(tmp_path, HEADING)
    (tmp_path / "file").write_text("")
    tasks = [
        replace(good, parameters={"wekks": 3}, stem="parameter"),
        replace(good, out=tmp_path / "file", stem="folder"),
        replace(good, stem="../outside"),
        replace(good, stem="good", extra={"job": "weekly"}),
    ]
    results = run_many(tasks)
    kinds = [r.fault.kind if r.fault else "good" for r in results]
    assert kinds == ["parameter", "disk", "parameter", "good"]
    assert 'did you mean "weeks"' in results[0].fault.text  # type: ignore[union-attr]
    assert results[3].entry["job"] == "weekly"
    assert exit_code(results) == 1
    assert sorted(p.name for p in (tmp_path / "out").glob("*.html")) == ["good.html", "index.html"]


def test_two_reports_for_the_same_file_are_refused(tmp_path: Path) -> None:
    task = small(tmp_path, "pass")
    with pytest.raises(ParameterError, match=r"two reports would be written to .*tiny\.html"):
        run_many([task, task])
    assert not (tmp_path / "out").exists()


def test_nothing_to_do_is_done_at_once() -> None:
    assert run_many([]) == []


def test_seconds_of_cells_and_memory_are_recorded(tmp_path: Path) -> None:
    (result,) = run_many([small(tmp_path, "import time; time.sleep(0.3)")])
    # 1 is the cell with the injected parameters
    seconds = {c["cell"]: c["seconds"] for c in result.entry["cells"]}
    assert seconds[3] >= 0.3 and set(seconds) == {0, 1, 2, 3}
    assert result.entry["peak_memory_bytes"] > 10**7


# --- retries --------------------------------------------------------------------------------


@pytest.mark.skipif(not warm.possible(), reason="forked kernels need Linux")
def test_kernel_that_does_not_come_up_is_tried_again_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> warm.Warm:
        raise RunError("no process to be had")

    monkeypatch.setattr(warm, "shared", broken)
    task = small(tmp_path, "print('up')")
    import nbformat

    done = execute(nbformat.read(task.notebook.path, 4), {})
    assert done.fault is None and done.isolation == "plain"
    (result,) = run_many([task])
    assert result.fault is None and result.entry["isolation"] == "plain"
    refused = execute(nbformat.read(task.notebook.path, 4), {}, limits=Limits(retries=0))
    assert refused.fault and refused.fault.kind == "start"


def test_failing_cell_is_not_tried_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    task = small(tmp_path, f"open({str(count)!r}, 'a').write('x')\n1 / 0")
    run_many([replace(task, limits=Limits(retries=5))])
    assert count.read_text() == "x"


def test_worker_that_hangs_is_ended_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_GRACE_SECONDS", -58.0)
    task = small(tmp_path, "import time; time.sleep(300)")
    (result,) = run_many([replace(task, limits=Limits(report_seconds=60))])
    assert result.fault and result.fault.kind == "timeout"
    assert "60 seconds" in result.page.read_text(encoding="utf-8")


def test_signals_are_handled_as_before_once_it_is_over(tmp_path: Path) -> None:
    import signal

    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    run_many([small(tmp_path, "pass")])
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_it_can_be_called_from_a_thread(tmp_path: Path) -> None:
    found: list[Result] = []
    thread = threading.Thread(target=lambda: found.extend(run_many([small(tmp_path, "pass")])))
    thread.start()
    thread.join()
    assert [r.status for r in found] == ["good"]


# --- exit codes -----------------------------------------------------------------------------


def results(*kinds: str) -> list[Result]:
    faults = [Fault(kind, "") if kind else None for kind in kinds]
    return [Result("n", "en", Path(), "", fault, "", {}) for fault in faults]


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (("", ""), 0),
        ((), 0),
        (("", "cell"), 1),
        (("", "data"), 1),
        (("cell", "cell"), 1),
        (("data", "cell"), 1),
        (("data", "parameter"), 2),
        (("start", "start"), 2),
        (("stopped", "stopped"), 1),
    ],
)
def test_exit_code_says_whether_all_some_or_nothing_ran(kinds: Sequence[str], code: int) -> None:
    assert exit_code(results(*kinds)) == code


# --- progress -------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_log_gets_two_lines_for_a_report_and_no_control_codes() -> None:
    log = io.StringIO()
    show = progress_on(log)
    show.begin("market")
    show.cell("market", 3, 9)
    show.end("market", None, 1.23)
    show.close()
    assert log.getvalue() == "market: running\nmarket: done in 1.2 s\n"


def test_terminal_gets_one_display_with_cells_and_ended_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    show = progress_on(terminal)
    assert isinstance(show, Bars)
    show.begin("market")
    show.cell("market", 3, 9)
    show.begin("[red]supply")
    show.end("market", None, 1.23)
    show.end("[red]supply", "because [bold]", 2.0)
    show.close()
    text = terminal.getvalue()
    assert "market: done in 1.2 s" in text
    assert "[red]supply: FAILED after 2.0 s. because [bold]" in text


def test_cells_are_told_while_a_report_runs(tmp_path: Path) -> None:
    told: list[Any] = []

    class Telling(Lines):
        def cell(self, key: str, place: int, count: int) -> None:
            told.append((key, place, count))

    run_many([small(tmp_path, "pass")], show=Telling(lambda line: None))
    assert told == [("tiny", place, 4) for place in range(4)]


def test_lines_come_in_the_language_in_force(tmp_path: Path) -> None:
    from opsbook.language import speaking

    lines: list[str] = []
    with speaking("zh"):
        run_many([small(tmp_path, "pass")], show=Lines(lines.append))
    assert lines and not any("running" in line for line in lines)


def test_source_that_cannot_be_opened_stops_before_anything_runs(tmp_path: Path) -> None:
    from opsbook.errors import DataError

    task = small(tmp_path, "pass")
    order = Order([task.notebook], {"source": str(tmp_path / "nowhere")}, tmp_path / "out")
    with pytest.raises(DataError):
        render_all(order, lambda line: None)
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
