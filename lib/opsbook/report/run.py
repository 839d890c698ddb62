"""One report from start to finish: run the notebook, make the page, publish the results."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opsbook.language import speaking
from opsbook.report.clean import masked, scrub, secrets_in, short_paths, without
from opsbook.report.execute import Fault, execute
from opsbook.report.notebooks import Notebook, for_report
from opsbook.report.parameters import resolve
from opsbook.report.publish import as_json, make_folder, publish

__all__ = ["Result", "render"]


@dataclass(frozen=True)
class Result:
    """What became of one report.

    Args:
        name: Name of the notebook.
        lang: Language of the page.
        page: The page; it is there even for a report that failed.
        status: ``good`` or ``failed``.
        fault: Why it failed.
        headline: The report's one sentence; empty where it did not come that far.
        entry: What the manifest says of it.
    """

    name: str
    lang: str
    page: Path
    status: str
    fault: Fault | None
    headline: str
    entry: Mapping[str, Any]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings, ranked."""
        return list(self.entry["findings"])


def render(
    notebook: Notebook,
    *,
    parameters: Mapping[str, Any],
    lang: str,
    out: Path,
    chapters: str = "",
    cell_seconds: int = 900,
) -> Result:
    """Run a notebook and publish its page and results below ``out``.

    Writes ``NAME.html``, ``NAME.findings.json`` and ``NAME.metrics.json`` (``NAME-zh...``
    for Chinese), and brings ``manifest.json`` and ``index.html`` up to date.

    Args:
        notebook: What to run.
        parameters: Values given; checked here against what the notebook declares.
        lang: ``en`` or ``zh``.
        out: Folder for the results.
        chapters: Address of the playbook's chapters, for links to them.
        cell_seconds: A cell that takes longer fails the report.

    Raises:
        ParameterError: A parameter or the notebook itself is not valid; nothing was run.
        RunError: The folder cannot be written.
    """
    values = resolve(notebook.schema, {**parameters, "lang": lang})
    with speaking(lang):
        prepared = for_report(notebook.path, lang)
        make_folder(out)
        started = datetime.now(UTC)
        done = execute(prepared, values, lang=lang, cell_seconds=cell_seconds)
        secrets = _secrets(values)
        for cell in done.notebook.cells:
            scrub(cell.get("outputs", []), secrets)
        shown = {k: without(v, secrets) if isinstance(v, str) else v for k, v in values.items()}
        fault = _safe(done.fault, secrets)
        html, content = _page(notebook, done, shown, fault, started, chapters)
    stem = notebook.name if lang == "en" else f"{notebook.name}-{lang}"
    entry = _entry(notebook, content, shown, fault, started, done.seconds, f"{stem}.html")
    files = {
        f"{stem}.html": html,
        f"{stem}.findings.json": _findings(content),
        f"{stem}.metrics.json": _metrics(content),
    }
    publish(out, files, entry)
    status = str(entry["status"])
    return Result(notebook.name, lang, out / f"{stem}.html", status, fault, content.headline, entry)


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


def _page(
    notebook: Notebook,
    done: Any,
    shown: dict[str, Any],
    fault: Fault | None,
    started: datetime,
    chapters: str,
) -> tuple[str, Any]:
    from opsbook.report.page import PageExporter, Run

    shown["source"] = masked(str(shown["source"]))
    run = Run(
        schema=notebook.schema,
        parameters=shown,
        lang=str(shown["lang"]),
        source=shown["source"],
        when=started,
        seconds=done.seconds,
        fault=fault,
        chapters=chapters,
    )
    html, resources = PageExporter().from_notebook_node(done.notebook, {"run": run})
    return html, resources["content"]


def _entry(
    notebook: Notebook,
    content: Any,
    shown: Mapping[str, Any],
    fault: Fault | None,
    started: datetime,
    seconds: float,
    page: str,
) -> dict[str, Any]:
    from opsbook.report.page import versions

    found = content.blocks.get("findings", {})
    with speaking(str(shown["lang"])):
        title = notebook.schema.heading
    return {
        "name": notebook.name,
        "title": title,
        "lang": shown["lang"],
        "page": page,
        "status": "failed" if fault else "good",
        "fault": asdict(fault) if fault else None,
        "headline": content.headline,
        "currency": found.get("currency", ""),
        "findings": found.get("findings", []),
        "missing": content.missing,
        "parameters": dict(shown),
        "source": shown["source"],
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "versions": versions(),
    }


def _findings(content: Any) -> str:
    return as_json(content.blocks.get("findings") or {"currency": "", "findings": []})


def _metrics(content: Any) -> str:
    figures = content.blocks.get("keyfigures", {}).get("figures", [])
    return as_json({"metrics": [{k: v for k, v in f.items() if k != "spark"} for f in figures]})
