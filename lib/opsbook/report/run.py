"""One report from start to finish: run the notebook, make the page, publish the results."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError, RunError
from opsbook.language import N_, speaking
from opsbook.report.clean import masked, scrub, secrets_in, short_paths, without
from opsbook.report.execute import Execution, Fault, execute
from opsbook.report.hidden import environment_secrets
from opsbook.report.limits import Limits
from opsbook.report.notebooks import Notebook, for_report
from opsbook.report.parameters import resolve
from opsbook.report.publish import FAILED, as_json, last_good, make_folder, publish
from opsbook.report.tables import TABLES
from opsbook.report.task import Result, Task

__all__ = ["Result", "Task", "render", "render_task"]


def render(
    notebook: Notebook,
    *,
    parameters: Mapping[str, Any],
    lang: str,
    out: Path,
    chapters: str = "",
    cell_seconds: float | None = None,
    limits: Limits | None = None,
    stem: str = "",
    extra: Mapping[str, Any] | None = None,
    stop: threading.Event | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Result:
    """Run a notebook and publish its page and results below ``out``.

    Writes ``STEM.html``, ``STEM.findings.json`` and ``STEM.metrics.json``, below
    ``STEM.tables`` the tables that the page cannot carry, and brings ``manifest.json`` and
    ``index.html`` up to date. A run that fails writes
    ``STEM.failed.html`` instead and leaves the last good results alone.

    Args:
        notebook: What to run.
        parameters: Values given; checked here against what the notebook declares.
        lang: ``en`` or ``zh``.
        out: Folder for the results.
        chapters: Address of the playbook's chapters, for links to them.
        cell_seconds: The same as in ``limits``, for short.
        limits: What the run may take.
        stem: Name of the files without ending; ``NAME`` or ``NAME-zh`` if empty.
        extra: Further entries for the manifest.
        stop: Set by whoever wants the run to end early.
        watch: Told before each cell: its place, and how many there are.

    Raises:
        ParameterError: A parameter or the notebook itself is not valid; nothing was run.
        RunError: The folder cannot be written; nothing was run.
    """
    allowed = limits or Limits()
    if cell_seconds is not None:
        allowed = replace(allowed, cell_seconds=cell_seconds)
    task = Task(notebook, parameters, lang, out, chapters, stem, extra or {}, allowed)
    return render_task(task, stop=stop, watch=watch)


def render_task(
    task: Task,
    *,
    stop: threading.Event | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Result:
    """Make one page; see :func:`render`.

    Raises:
        ParameterError: A parameter or the notebook itself is not valid; nothing was run.
        RunError: The folder cannot be written; nothing was run.
    """
    if Path(task.name).name != task.name or task.name.startswith("."):
        raise ParameterError(
            N_('"{value}" cannot be the name of a file; give a name without / and leading dot'),
            value=task.name,
        )
    values = resolve(task.notebook.schema, {**task.parameters, "lang": task.lang})
    with speaking(task.lang):
        prepared = for_report(task.notebook.path, task.lang)
        make_folder(task.out)
        started = datetime.now(UTC)
        if task.fault:
            done = Execution(prepared, task.fault, 0.0)
        else:
            done = execute(
                prepared, values, lang=task.lang, limits=task.limits, stop=stop, watch=watch
            )
        secrets = {**environment_secrets(), **_secrets(values)}
        for cell in done.notebook.cells:
            scrub(cell.get("outputs", []), secrets)
        shown = {k: without(v, secrets) if isinstance(v, str) else v for k, v in values.items()}
        done = replace(done, fault=_safe(done.fault, secrets))
        html, content = _page(task, done, shown, started)
        return _publish(task, _entry(task, done, content, shown, started), html, content, done)


def _publish(task: Task, entry: dict[str, Any], html: str, content: Any, done: Any) -> Result:
    stem, fault = task.name, done.fault
    bad = f"{stem}{FAILED}"
    try:
        if fault:
            full = publish(task.out, {bad: html}, entry)
        else:
            files = {
                f"{stem}.html": html,
                f"{stem}.findings.json": _findings(content),
                f"{stem}.metrics.json": _metrics(content),
                **{f"{stem}{TABLES}/{name}": csv for name, csv in content.beside.files.items()},
            }
            full = publish(task.out, files, entry, gone=[bad])
    except RunError as error:
        # Often the disk is full: the manifest alone may find room, and says what happened.
        fault = Fault("disk", str(error))
        full = {**entry, "status": "failed", "fault": asdict(fault), "page": ""}
        try:
            full = publish(task.out, {}, full)
        except RunError:
            full["last_good"] = None
    page = task.out / (full["page"] or bad)
    return Result(
        task.notebook.name, task.lang, page, full["status"], fault, content.headline, full
    )


def _secrets(values: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values.values():
        if isinstance(value, str):
            found |= secrets_in(value)
    return found


def _safe(fault: Fault | None, secrets: Mapping[str, str]) -> Fault | None:
    if fault is None:
        return None
    text, detail = (without(short_paths(part), secrets) for part in (fault.text, fault.detail))
    return Fault(fault.kind, text, detail, fault.cell)


def _page(task: Task, done: Execution, shown: dict[str, Any], started: datetime) -> tuple[str, Any]:
    from opsbook.report.page import PageExporter, Run

    shown["source"] = masked(str(shown["source"]))
    run = Run(
        schema=task.notebook.schema,
        parameters=shown,
        lang=str(shown["lang"]),
        source=shown["source"],
        when=started,
        seconds=done.seconds,
        fault=done.fault,
        chapters=task.chapters,
        last_good=last_good(task.out, task.name) if done.fault else None,
        tables="" if done.fault else f"{task.name}{TABLES}",
    )
    html, resources = PageExporter().from_notebook_node(done.notebook, {"run": run})
    return html, resources["content"]


def _entry(
    task: Task,
    done: Execution,
    content: Any,
    shown: Mapping[str, Any],
    started: datetime,
) -> dict[str, Any]:
    from opsbook.report.page import versions

    found = content.blocks.get("findings", {})
    fault = done.fault
    return {
        "name": task.notebook.name,
        "stem": task.name,
        "title": task.notebook.schema.heading,
        "lang": task.lang,
        "page": f"{task.name}{FAILED if fault else '.html'}",
        "status": "failed" if fault else "good",
        "fault": asdict(fault) if fault else None,
        "headline": content.headline,
        "currency": found.get("currency", ""),
        "findings": found.get("findings", []),
        "metrics": _figures(content),
        "tables": content.beside.listed,
        "missing": content.missing,
        "parameters": dict(shown),
        "source": shown["source"],
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(done.seconds, 1),
        "cells": [{"cell": place, "seconds": seconds} for place, seconds in done.cells],
        "peak_memory_bytes": done.peak_memory_bytes,
        "isolation": done.isolation,
        "limits": asdict(task.limits),
        "versions": versions(),
        **task.extra,
    }


def _findings(content: Any) -> str:
    return as_json(content.blocks.get("findings") or {"currency": "", "findings": []})


def _metrics(content: Any) -> str:
    return as_json({"metrics": _figures(content)})


def _figures(content: Any) -> list[dict[str, Any]]:
    """The key figures without their course."""
    figures = content.blocks.get("keyfigures", {}).get("figures", [])
    return [{k: v for k, v in figure.items() if k != "spark"} for figure in figures]
