"""After a job: whom to tell of what, and the secrets that must not be told."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import t
from opsbook.report.clean import scrub, secrets_in, without
from opsbook.report.hidden import environment_secrets, named, secrets_of, value_of
from opsbook.report.job import Job, JobFile, Notice
from opsbook.report.news import Message, Told, message, plain
from opsbook.report.notify import send

__all__ = ["named_secrets", "published", "secrets_known", "tell", "tell_of_start"]


def named_secrets(file: JobFile, job: Job) -> set[str]:
    """Environment variables that hold a job's secrets: reports need none of them."""
    addresses = [notice.url for notice in file.notices.values()]
    return {name for text in (*job.sources, *addresses) if (name := named(text))}


def secrets_known(file: JobFile, job: Job) -> dict[str, str]:
    """What must not stand in anything a job writes or sends, and what to put in its place."""
    found = environment_secrets()
    addresses = [notice.url for notice in _notices(file, job)]
    for given, read in (
        *((source, secrets_in) for source in job.sources),
        *((address, secrets_of) for address in addresses),
    ):
        try:
            found |= read(value_of(given, ""))
        except ParameterError:
            continue  # not set: said where it is used
    return found


def published(out: Path, stem: str) -> list[Mapping[str, Any]]:
    """Findings of a report's last good run."""
    try:
        found = json.loads((out / f"{stem}.findings.json").read_text(encoding="utf-8"))
        return [f for f in found["findings"] if isinstance(f, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def tell(
    file: JobFile,
    job: Job,
    told: Sequence[Told],
    secrets: Mapping[str, str],
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Send what each of the job's notices asks for; one entry per message for the record."""
    entries = []
    safe = [_without(report, secrets) for report in told]
    for notice in _notices(file, job):
        text = message(job.name, notice, safe, file.address)
        if text:
            entries.append(_post(file, notice, text, secrets, say))
    return entries


def tell_of_start(file: JobFile, jobs: Sequence[Job], why: str, say: Callable[[str], None]) -> None:
    """Tell those who want to know of failures that nothing could begin; each once."""
    names = dict.fromkeys(name for job in jobs for name in job.notify)
    secrets: dict[str, str] = {}
    for job in jobs:
        secrets |= secrets_known(file, job)
    for notice in (file.notices[name] for name in names):
        if "failure" in notice.on:
            title = t("{file}: no job could start", file=file.path.name)
            _post(file, notice, Message(title, plain(without(why, secrets)), True), secrets, say)


def _without(report: Told, secrets: Mapping[str, str]) -> Told:
    """A report's texts without secrets; later their signs are changed, and hide them from us."""
    return replace(
        report,
        label=without(report.label, secrets),
        fault=without(report.fault, secrets),
        headline=without(report.headline, secrets),
        findings=scrub(deepcopy(list(report.findings)), secrets),
    )


def _notices(file: JobFile, job: Job) -> list[Notice]:
    return [file.notices[name] for name in job.notify]


def _post(
    file: JobFile,
    notice: Notice,
    text: Message,
    secrets: Mapping[str, str],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Send; that it could not be sent is said, and changes nothing else."""
    safe = Message(without(text.title, secrets), without(text.body, secrets), text.is_failure)
    try:
        address = value_of(notice.url, f"{file.path.name} [notify.{notice.name}] url")
        why = send(address, safe)
    except ParameterError as error:
        why = str(error)
    if why:
        say(t("{name}: the message could not be sent. {why}", name=notice.name, why=why))
    return {"name": notice.name, "title": safe.title, "sent": not why, "why": why}
