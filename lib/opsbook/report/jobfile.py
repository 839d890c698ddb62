"""Read a job file, and say of every mistake in it where it is and how to mend it.

::

    timezone = "Asia/Shanghai"      # what "yesterday" and the hours of a schedule mean
    out = "out"                     # folder for results, beside this file
    address = "https://..."         # where people read that folder; for links in messages

    [defaults]                      # holds for every job that does not say otherwise
    lang = ["en", "zh"]

    [jobs.regions]                  # letters, digits, - and _
    reports = ["market_analysis"]   # all of them unless given
    sources = ["demo", "env:SHOP_URL"]
    parameters = { weeks = 12, end = "-1month_end" }
    grid = { level = [0.9, 0.95] }  # one report for each value; "*" takes them from the data
    schedule = "30 6 * * 1"         # minute, hour, day, month, weekday; or daily, weekly
    notify = ["team"]

    [notify.team]
    url = "env:TEAM_URL"            # an address of apprise, such as mailtos://...
    on = ["failure", "findings"]
    money = 10000                   # findings worth at least this much
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import LANGUAGES, N_
from opsbook.report.checked import (
    Reader,
    named,
    number,
    one_of,
    some_of,
    table,
    text,
    texts,
    whole,
    wrong,
    zone,
)
from opsbook.report.job import Job, JobFile, Notice
from opsbook.report.limits import memory_bytes
from opsbook.report.when import When

__all__ = ["read_jobs"]


def _plain_table(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    raise ValueError("{ weeks = 12 }")


def _grid(given: Any) -> dict[str, Any]:
    """Lists of values; ``*`` or ``*TABLE.COLUMN`` is looked up in the data later."""
    if not isinstance(given, dict):
        raise ValueError('{ region = ["East", "West"] }')
    for name, values in given.items():
        from_data = isinstance(values, str) and re.fullmatch(r"\*(\w+\.\w+)?", values)
        if not from_data and not (isinstance(values, list) and values):
            raise ValueError(f'{name} = ["a", "b"] / "*" / "*orders.{name}"')
    return given


def _memory(given: Any) -> str:
    try:
        memory_bytes(given if isinstance(given, str) else "")
    except ParameterError:
        raise ValueError('"4GB"') from None
    return str(given)


def _schedule(given: Any) -> str:
    return When.parse(given).text if isinstance(given, str) else When.parse("").text


_ANY: Reader = lambda given: given  # noqa: E731
_TOP: dict[str, Reader] = {
    "timezone": zone,
    "out": text,
    "address": text,
    "notebooks": text,
    "defaults": _ANY,
    "jobs": _plain_table,
    "notify": _plain_table,
}
_JOB: dict[str, Reader] = {
    "reports": texts,
    "sources": texts,
    "lang": some_of(*LANGUAGES),
    "parameters": _plain_table,
    "grid": _grid,
    "out": text,
    "keep": whole(1, 10_000),
    "retries": whole(0, 10),
    "retry_seconds": number(0, 3600),
    "timeout_minutes": number(0.01, 10_000),
    "cell_minutes": number(0.01, 10_000),
    "memory": _memory,
    "schedule": _schedule,
    "notify": texts,
}
_NOTICE: dict[str, Reader] = {
    "url": text,
    "on": some_of("failure", "findings"),
    "money": number(0, 1e15),
    "confidence": one_of("high", "medium", "low"),
    "lang": one_of(*LANGUAGES),
}


def read_jobs(path: Path) -> JobFile:
    """Read and check a job file.

    Raises:
        ParameterError: Not there, not TOML, or a name, type or value that is not valid.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise ParameterError(
            N_("{file} cannot be read: {fault}"), file=path, fault=fault.strerror or fault
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ParameterError(
            N_("{file} is not valid TOML: {fault}"), file=path.name, fault=fault
        ) from None
    top = table(path, "", raw, _TOP)
    beside = path.parent / top.get("out", "out")
    defaults = table(path, "defaults", top.get("defaults", {}), _JOB)
    notices = {
        name: Notice(name, **_notice(path, name, entry))
        for name, entry in named(path, "notify", top.get("notify", {}))
    }
    jobs = []
    for name, entry in named(path, "jobs", top.get("jobs", {})):
        where = f"jobs.{name}"
        given = defaults | table(path, where, entry, _JOB)
        out = path.parent / given.pop("out") if "out" in given else beside
        for notice in given.get("notify", ()):
            if notice not in notices:
                raise wrong(path, where, "notify", notice, ", ".join(notices) or "[notify.NAME]")
        jobs.append(Job(name, out, **given))
    if not jobs:
        raise ParameterError(
            N_("{file} has no job; write one under a line [jobs.NAME]"), file=path.name
        )
    return JobFile(
        path,
        tuple(jobs),
        notices,
        top.get("timezone", ""),
        top.get("address", ""),
        path.parent / top["notebooks"] if "notebooks" in top else None,
    )


def _notice(path: Path, name: str, entry: Any) -> dict[str, Any]:
    given = table(path, f"notify.{name}", entry, _NOTICE)
    if "url" not in given:
        raise ParameterError(
            N_('{file} [{table}]: write url = "env:NAME" and put the address there'),
            file=path.name,
            table=f"notify.{name}",
        )
    return given
