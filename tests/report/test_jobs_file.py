"""The job file: what it says is checked before anything runs, each mistake in one sentence."""

from pathlib import Path

import pytest

from opsbook.errors import ParameterError
from opsbook.report.jobfile import read_jobs
from opsbook.report.notebooks import choose, notebooks_folder

GOOD = """
timezone = "Asia/Shanghai"
out = "pages"

[defaults]
keep = 3
lang = "zh"
notify = "team"

[jobs.daily]
sources = "demo"

[jobs.weekly]
lang = ["en", "zh"]
keep = 5
out = "elsewhere"
grid = { region = "*", weeks = [4, 8] }
memory = "2GB"
schedule = "weekly"
timeout_minutes = 1.5

[notify.team]
url = "env:TEAM_URL"
money = 1000
on = "failure"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "jobs.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_hold_where_a_job_says_nothing(tmp_path: Path) -> None:
    file = read_jobs(written(tmp_path, GOOD))
    daily, weekly = file.jobs
    assert (daily.keep, daily.lang, daily.out) == (3, ("zh",), tmp_path / "pages")
    assert (weekly.keep, weekly.lang, weekly.out) == (5, ("en", "zh"), tmp_path / "elsewhere")
    assert weekly.schedule == "30 6 * * 1" and weekly.notify == ("team",)
    assert file.notices["team"].on == ("failure",) and file.notices["team"].money == 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("keep = 3", 'keep = "3"'), 'jobs.toml [defaults] keep: "3" is not valid; write a whole'),
        (("keep = 3", "keep = 0"), "a whole number from 1 to 10000"),
        (("keep = 3", "keep = true"), "a whole number from 1"),
        (("keep = 5", "keeep = 5"), '[jobs.weekly]: "keeep" is not known; did you mean "keep"?'),
        (("keep = 5", "colour = 5"), '"colour" is not known; known are reports, sources'),
        (("timezone =", "time_zone ="), '"time_zone" is not known; did you mean "timezone"?'),
        (("Asia/Shanghai", "Asia/Nowhere"), 'timezone: "Asia/Nowhere" is not valid; write "Asia/'),
        (("Asia/Shanghai", "../../etc/passwd"), 'timezone: "../../etc/passwd" is not valid'),
        (('lang = "zh"', 'lang = "fr"'), 'lang: "fr" is not valid; write "en" / "zh"'),
        (('lang = ["en", "zh"]', "lang = []"), '"en" / "zh"'),
        (('sources = "demo"', "sources = 5"), '[jobs.daily] sources: "***" is not valid'),
        (('notify = "team"', 'notify = "crew"'), 'notify: "crew" is not valid; write team'),
        (("[4, 8]", "4"), "[jobs.weekly] grid"),
        (('"*"', '"all"'), 'write region = ["a", "b"] / "*"'),
        (('"2GB"', '"much"'), 'memory: "much" is not valid; write "4GB"'),
        (('"2GB"', "2"), 'memory: "2" is not valid; write "4GB"'),
        (("timeout_minutes = 1.5", "timeout_minutes = 0"), "a number from 0.01 to 10000"),
        (('"weekly"', '"often"'), 'schedule: "often" is not valid; write "daily"'),
        (('"weekly"', '"61 6 * * *"'), 'schedule: "61 6 * * *" is not valid'),
        (('url = "env:TEAM_URL"', ""), '[notify.team]: write url = "env:NAME"'),
        (("money = 1000", "money = -1"), "[notify.team] money"),
        (('on = "failure"', 'on = "success"'), 'write "failure" / "findings"'),
        (("[jobs.daily]", '[jobs."../../etc"]'), '[jobs."../../etc"]: a name begins with a letter'),
        (("[jobs.daily]", '[jobs."a/b"]'), 'jobs.toml [jobs."a/b"]'),
        (("[jobs.daily]", '[jobs.".hidden"]'), "it becomes a folder's name"),
        (("[jobs.daily]", "[jobs.con]"), "it becomes a folder's name"),
        (("[jobs.daily]", "[jobs.WEEKLY]"), "differ in capital letters only"),
        (("[jobs.daily]", f"[jobs.{'x' * 61}]"), "at most 60"),
        (("[notify.team]", '[notify."a b"]'), '[notify."a b"]'),
        (("[jobs.daily]", "[jobs.daily"), "jobs.toml is not valid TOML"),
    ],
)
def test_mistake_names_file_table_key_and_fix(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    assert change[0] in GOOD
    with pytest.raises(ParameterError) as caught:
        read_jobs(written(tmp_path, GOOD.replace(*change, 1)))
    assert words in str(caught.value) and "jobs.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no job"),
        ("jobs = 5", "jobs.toml jobs"),
        ("[[jobs]]\nname = 'x'", "jobs.toml jobs"),
    ],
)
def test_file_without_jobs_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        read_jobs(written(tmp_path, text))


def test_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"jobs\.toml cannot be read: No such file"):
        read_jobs(tmp_path / "jobs.toml")


def test_job_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match='no job "dialy"; its jobs are daily, weekly'):
        read_jobs(written(tmp_path, GOOD)).chosen(["dialy"])


def test_job_file_of_the_house_renders_every_notebook_in_both_languages() -> None:
    path = notebooks_folder().resolve().parent / "reports" / "jobs.toml"
    (job,) = read_jobs(path).jobs
    assert job.sources == ("demo",) and job.lang == ("en", "zh")
    assert job.reports == () and len(choose(notebooks_folder(), job.reports)) >= 1


def test_examples_in_the_job_file_of_the_house_are_valid(tmp_path: Path) -> None:
    path = notebooks_folder().resolve().parent / "reports" / "jobs.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("# [jobs.weekly]")
    shown = [line.removeprefix("# ") for line in lines[start:] if "---" not in line]
    read = read_jobs(written(tmp_path, "\n".join([*lines[:start], *shown])))
    assert [job.name for job in read.jobs] == ["demo", "weekly"]
    assert read.jobs[1].notify == tuple(read.notices) == ("team",)
