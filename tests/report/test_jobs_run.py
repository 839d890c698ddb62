"""Running a job file: what is made, skipped and tried again, and what each run leaves behind."""

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jobs_kit import FINDING, JOBS, Maker, place, record, run

from opsbook.errors import ParameterError, RunError
from opsbook.report.history import Run, past_runs
from opsbook.report.jobs import exit_code
from opsbook.report.lock import only_one

GRID = JOBS + 'grid = { region = ["a", "b", "c"] }\nretry_seconds = 0\n'


def test_run_leaves_pages_a_record_and_copies(tmp_path: Path) -> None:
    (done,) = run(place(tmp_path, GRID), Maker({"tiny-b": "cell"}), today=date(2024, 3, 1))
    found = record(done)
    assert [(r["stem"], r["status"]) for r in found["reports"]] == [
        ("tiny-a", "good"),
        ("tiny-b", "failed"),
        ("tiny-c", "good"),
    ]
    assert found["reports"][1]["fault"] == "broken: cell"
    assert found["reports"][0]["headline"] == "Headline of tiny-a"
    folder = done.record.parent
    assert folder.parent == tmp_path / "out" / "runs" / "daily"
    assert sorted(f.name for f in folder.iterdir()) == [
        "run.json",
        "tiny-a.findings.json",
        "tiny-a.html",
        "tiny-a.metrics.json",
        "tiny-b.failed.html",
        "tiny-c.findings.json",
        "tiny-c.html",
        "tiny-c.metrics.json",
    ]
    assert exit_code([done]) == 1


def test_copies_of_a_run_stay_when_the_next_run_publishes(tmp_path: Path) -> None:
    file = place(tmp_path)
    (first,) = run(file)

    class Other(Maker):
        def _one(self, task: Any) -> Any:
            result = super()._one(task)
            aside = result.page.with_suffix(".aside")
            aside.write_text("new page", encoding="utf-8")
            aside.replace(result.page)
            return result

    run(file, Other())
    assert (tmp_path / "out" / "tiny.html").read_text() == "new page"
    assert (first.record.parent / "tiny.html").read_text() == "page tiny"


def test_tasks_carry_limits_and_who_asked(tmp_path: Path) -> None:
    make = Maker()
    more = 'timeout_minutes = 2\ncell_minutes = 0.5\nmemory = "2GB"\n'
    (done,) = run(place(tmp_path, JOBS + more), make)
    (task,) = make.tasks
    assert (task.limits.report_seconds, task.limits.cell_seconds) == (120, 30)
    assert task.limits.memory_bytes == 2_000_000_000
    assert task.extra["job"] == "daily" and task.extra["run"] == record(done)["run"]


def test_only_what_failed_runs_again_until_all_is_good(tmp_path: Path) -> None:
    file = place(tmp_path, GRID)
    run(file, Maker({"tiny-a": "cell", "tiny-c": "data"}))
    second = Maker({"tiny-c": "data"})
    run(file, second, since_failed=True)
    assert second.made == [["tiny-a", "tiny-c"]]
    third = Maker()
    (done,) = run(file, third, since_failed=True)
    assert third.made == [["tiny-c"]] and exit_code([done]) == 0
    said: list[str] = []
    (done,) = run(file, Maker(), said, since_failed=True)
    assert said == ["daily: nothing failed in the last run"] and exit_code([done]) == 0


def test_run_that_was_killed_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    file = place(tmp_path, GRID)

    class Killed(Maker):
        def __call__(self, tasks: Any) -> Any:
            super().__call__(tasks[:1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(file, Killed())
    after = Maker()
    run(file, after, since_failed=True)
    assert after.made == [["tiny-b", "tiny-c"]]


def test_since_failed_needs_a_run_before(tmp_path: Path) -> None:
    said: list[str] = []
    done = run(place(tmp_path), Maker(), said, since_failed=True)
    assert "has no run yet; leave out --since-failed" in said[0] and exit_code(done) == 2


def test_unchanged_reports_are_left_out_and_changed_ones_are_not(tmp_path: Path) -> None:
    file = place(tmp_path, GRID)
    run(file, Maker({"tiny-b": "cell"}))
    second, said = Maker(), []
    (done,) = run(file, second, said, if_changed=True)
    assert second.made == [["tiny-b"]]
    assert said[0] == "daily: 2 reports are unchanged and left out"
    assert [r["status"] for r in record(done)["reports"]] == ["unchanged", "good", "unchanged"]
    assert exit_code([done]) == 0
    (tmp_path / "out" / "tiny-a.html").unlink()
    orders = tmp_path / "shop" / "orders.csv"
    third = Maker()
    run(file, third, if_changed=True)
    assert third.made == [["tiny-a"]]
    orders.write_text(orders.read_text(encoding="utf-8") + "5,2024-03-05 10:00:00,d,East\n")
    fourth = Maker()
    run(file, fourth, if_changed=True)
    assert fourth.made == [["tiny-a", "tiny-b", "tiny-c"]]


def test_relative_date_is_a_change_on_the_next_day(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + 'parameters = { end = "yesterday" }\n')
    run(file, today=date(2024, 3, 2))
    same, later = Maker(), Maker()
    run(file, same, if_changed=True, today=date(2024, 3, 2))
    run(file, later, if_changed=True, today=date(2024, 3, 3))
    assert same.made == [[]] and later.made == [["tiny"]]
    assert later.tasks[0].parameters["end"] == "2024-03-02"


def test_database_is_never_taken_for_unchanged(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS.replace('"shop"', '"postgres://ann@db.test/shop"'))
    again = Maker()
    run(file)
    run(file, again, if_changed=True)
    assert again.made == [["tiny"]]


def test_failed_reports_are_tried_again_as_often_as_said(tmp_path: Path) -> None:
    make = Maker({"tiny-b": "parameter", "tiny-c": "cell"}, fail_once={"tiny-a": "data"})
    (done,) = run(place(tmp_path, GRID + "retries = 2\n"), make)
    assert make.made == [["tiny-a", "tiny-b", "tiny-c"], ["tiny-a", "tiny-c"], ["tiny-c"]]
    assert [(r["status"], r["tries"]) for r in record(done)["reports"]] == [
        ("good", 2),
        ("failed", 1),
        ("failed", 3),
    ]


def test_nothing_is_tried_again_once_an_end_was_asked_for(tmp_path: Path) -> None:
    jobs = GRID + "retries = 2\n" + JOBS.replace("daily", "later") + 'out = "later"\n'
    make = Maker({"tiny-a": "cell", "tiny-b": "stopped"})
    done = run(place(tmp_path, jobs), make)
    assert make.made == [["tiny-a", "tiny-b", "tiny-c"]] and len(done) == 1
    assert exit_code(done) == 1


def test_only_the_last_runs_stay_and_only_own_files_go(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + "keep = 2\n")
    home = tmp_path / "out" / "runs" / "daily"
    (first,) = run(file)
    (home / "notes").mkdir()
    (home / "notes" / "run.json").write_text('{"job": "daily", "files": ["keep.txt"]}')
    (home / "20200101T000000Z").mkdir()
    (home / "20200101T000000Z" / "mine.txt").write_text("not a run")
    other = tmp_path / "out" / "runs" / "other" / "20200101T000000Z"
    other.mkdir(parents=True)
    (other / "run.json").write_text('{"job": "other"}')
    foreign = home / "20200101T000001Z"
    foreign.mkdir()
    (foreign / "run.json").write_text('{"job": "other"}')
    (first.record.parent / "mine.txt").write_text("put here by hand")
    for _ in range(3):
        (last,) = run(file)
    assert len(past_runs(tmp_path / "out", "daily")) == 2
    assert last.record.is_file() and (last.record.parent / "tiny.html").is_file()
    assert [f.name for f in first.record.parent.iterdir()] == ["mine.txt"]
    assert (home / "notes" / "run.json").is_file() and (other / "run.json").is_file()
    assert (home / "20200101T000000Z" / "mine.txt").is_file() and (foreign / "run.json").is_file()
    assert (tmp_path / "out" / "tiny.html").is_file()


def test_record_cannot_make_forgetting_reach_outside_its_folder(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS + "keep = 1\n")
    (first,) = run(file)
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    found = record(first)
    found["files"] = ["../../../../victim.txt", str(victim)]
    first.record.write_text(json.dumps(found))
    run(file)
    assert victim.is_file()


def test_source_that_cannot_be_opened_fails_alone_and_is_taken_up_again(tmp_path: Path) -> None:
    jobs = JOBS.replace('["shop"]', '["later", "shop"]') + 'grid = { region = "*" }\n'
    file = place(tmp_path, jobs)
    (done,) = run(file)
    failed = [r for r in record(done)["reports"] if r["status"] == "failed"]
    assert [r["label"] for r in failed] == ["later"] and "is no shop data" in failed[0]["fault"]
    assert exit_code([done]) == 1
    (tmp_path / "shop").rename(tmp_path / "later")
    (tmp_path / "shop").symlink_to(tmp_path / "later")
    again = Maker()
    run(file, again, since_failed=True)
    (made,) = again.made
    assert len(made) == 3 and all(stem.startswith("tiny-later-") for stem in made)


def test_job_that_is_running_is_left_alone_and_the_others_go_on(tmp_path: Path) -> None:
    jobs = JOBS + JOBS.replace("daily", "other") + 'out = "other"\n'
    file = place(tmp_path, jobs)
    said: list[str] = []
    with only_one(tmp_path / "out" / "runs" / "daily" / ".lock", "x"):
        done = run(file, None, said)
    assert [job.is_good for job in done] == [False, True] and exit_code(done) == 1
    assert 'the job "daily" is being run' in said[0]
    assert not (tmp_path / "out" / "tiny.html").exists()


def test_two_jobs_must_not_write_the_same_page(tmp_path: Path) -> None:
    jobs = JOBS + JOBS.replace("daily", "weekly")
    with pytest.raises(ParameterError, match=r"would both be written to tiny\.html"):
        run(place(tmp_path, jobs))
    assert not (tmp_path / "out").exists()


def test_language_of_the_shop_holds_where_the_job_names_none(tmp_path: Path) -> None:
    file = place(tmp_path, JOBS.replace('lang = ["en"]\n', ""))
    (tmp_path / "shop" / "shop.toml").write_text('language = "zh"\n')
    make = Maker()
    run(file, make)
    assert [(task.lang, task.stem) for task in make.tasks] == [("zh", "tiny-zh")]


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (["", ""], 0),
        (["cell", ""], 1),
        (["data", "data"], 2),
        (["start", "parameter"], 2),
        (["data", "cell"], 1),
        (["stopped", "stopped"], 1),
    ],
)
def test_exit_code_tells_some_from_nothing(kinds: list[str], code: int) -> None:
    reports = [{"status": "failed" if kind else "good", "kind": kind} for kind in kinds]
    good = not any(kinds)
    assert exit_code([SimpleNamespace(is_good=good, reports=reports)]) == code  # type: ignore[list-item]


def test_findings_of_a_run_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, str]] = []

    def send(address: str, message: Any) -> str:
        sent.append((address, message.title, message.body))
        return ""

    monkeypatch.setattr("opsbook.report.telling.send", send)
    monkeypatch.setenv("TEAM_URL", "json://localhost/secret-token-1")
    notice = '[notify.team]\nurl = "env:TEAM_URL"\nmoney = 10000\n'
    file = place(tmp_path, JOBS + 'notify = "team"\n' + notice)
    (done,) = run(file, Maker(findings={"tiny": [FINDING]}))
    ((address, title, body),) = sent
    assert address == "json://localhost/secret-token-1"
    assert title == "daily: new findings: 1"
    assert "Headline of tiny" in body and "Fuel fell 5.1 %" in body and "Check prices." in body
    assert record(done)["notices"] == [{"name": "team", "title": title, "sent": True, "why": ""}]
    run(file, Maker(findings={"tiny": [FINDING | {"statement": "Fuel fell 5.3 %"}]}))
    assert len(sent) == 1
    run(file, Maker({"tiny": "cell"}))
    assert sent[1][1] == "daily: 1 of 1 reports failed" and "broken: cell" in sent[1][2]
    run(file, Maker(findings={"tiny": [FINDING]}))
    assert len(sent) == 2  # the last good run had it


def test_message_that_fails_is_said_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEAM_URL", raising=False)
    notice = '[notify.team]\nurl = "env:TEAM_URL"\n'
    file = place(tmp_path, JOBS + 'notify = "team"\n' + notice)
    said: list[str] = []
    (done,) = run(file, Maker(findings={"tiny": [FINDING]}), said)
    assert exit_code([done]) == 0
    assert "team: the message could not be sent" in said[-1] and "TEAM_URL" in said[-1]
    (notice_entry,) = record(done)["notices"]
    assert notice_entry["sent"] is False and "TEAM_URL" in notice_entry["why"]


def test_job_that_cannot_start_tells_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        "opsbook.report.telling.send", lambda _, m: sent.append(m.title + m.body) or ""
    )
    notice = '[notify.team]\nurl = "json://localhost"\n'
    file = place(tmp_path, JOBS + 'notify = "team"\nparameters = { wekks = 1 }\n' + notice)
    with pytest.raises(ParameterError, match="wekks"):
        run(file)
    assert len(sent) == 1 and "no job could start" in sent[0] and "wekks" in sent[0]


def test_disk_that_fills_up_during_a_run_costs_the_record_and_not_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setenv("TEAM_URL", "json://localhost")

    def send(address: str, message: Any) -> str:
        sent.append(message.title)
        return ""

    monkeypatch.setattr("opsbook.report.telling.send", send)
    notice = '[notify.team]\nurl = "env:TEAM_URL"\n'
    file = place(tmp_path, JOBS + f'notify = ["team"]\n{notice}')
    plain = Run.write

    def full(run: Run) -> None:
        if "finished" in run.record or run.record["reports"][0]["status"] != "waiting":
            raise RunError("out cannot be written: No space left on device")
        plain(run)

    monkeypatch.setattr(Run, "write", full)
    said: list[str] = []
    done = run(file, Maker({"tiny": "disk"}), said)
    assert sent == ["daily: 1 of 1 reports failed"]
    assert "No space left" in done[0].error and "No space left" in said[-1]
    assert [r["kind"] for r in done[0].reports] == ["disk"] and exit_code(done) == 1


def test_folder_that_cannot_be_written_is_told_and_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def send(address: str, message: Any) -> str:
        sent.append(message.body)
        return ""

    monkeypatch.setattr("opsbook.report.telling.send", send)
    notice = '[notify.team]\nurl = "json://localhost"\n'
    file = place(tmp_path, JOBS + f'notify = ["team"]\n{notice}')
    home = tmp_path / "out" / "runs" / "daily"
    home.mkdir(parents=True)

    def refuse(*_: Any) -> Run:
        raise RunError("out cannot be written")

    monkeypatch.setattr("opsbook.report.jobrun.new_run", refuse)
    maker = Maker()
    done = run(file, maker)
    assert maker.made == [] and exit_code(done) == 2
    assert sent == ["out cannot be written"]
