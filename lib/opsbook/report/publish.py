"""Put results where people and machines find them, each file whole or not at all."""

import json
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

from opsbook import __version__
from opsbook.errors import RunError
from opsbook.language import N_, money, speaking, t

__all__ = ["make_folder", "publish", "read_manifest"]

MANIFEST = "manifest.json"
INDEX = "index.html"
_TOP = 3


def make_folder(folder: Path) -> Path:
    """The folder for results, there and writable.

    Raises:
        RunError: It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f".{uuid4().hex}", "").unlink()
    except OSError as fault:
        raise _unwritable(folder, fault) from None
    return folder


def publish(folder: Path, files: Mapping[str, str], entry: Mapping[str, Any]) -> None:
    """Write a report's files, then its entry in the manifest, then the index.

    Args:
        folder: Where results stand.
        files: File name to content.
        entry: What the manifest says of this report; it replaces the one of the same
            report and language.

    Raises:
        RunError: The folder cannot be written; what stood there before still stands.
    """
    try:
        for name, content in files.items():
            _write(folder / name, content)
        manifest = read_manifest(folder)
        others = [r for r in manifest["reports"] if r["page"] != entry["page"]]
        manifest["reports"] = sorted([*others, dict(entry)], key=lambda r: str(r["page"]))
        _write(folder / MANIFEST, as_json(manifest))
        _write(folder / INDEX, index(manifest["reports"], str(entry["lang"])))
    except OSError as fault:
        raise _unwritable(folder, fault) from None


def as_json(data: Any) -> str:
    """JSON that people can read too; what is not a number becomes null."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=1, default=str) + "\n"


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    if isinstance(data, float) and data - data != 0:
        return None
    return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was published here before; an unreadable manifest counts as none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        reports = [r for r in manifest["reports"] if {"page", "lang", "status"} <= set(r)]
    except (OSError, ValueError, KeyError, TypeError):
        reports = []
    there = [r for r in reports if (folder / str(r["page"])).is_file()]
    return {"opsbook": __version__, "reports": there}


def _write(file: Path, content: str) -> Path:
    """Write aside, then rename: a reader sees the old file or the new one."""
    aside = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
    return file


def _unwritable(folder: Path, fault: OSError) -> RunError:
    return RunError(
        N_("{folder} cannot be written: {fault}"),
        folder=folder,
        fault=fault.strerror or type(fault).__name__,
    )


# --- the index ----------------------------------------------------------------------------


def index(reports: list[dict[str, Any]], lang: str) -> str:
    """A page that lists every report with its headline, state and first findings."""
    from opsbook.report.page import TEMPLATES, page_css

    with speaking(lang):
        cards = "".join(_card(report) for report in reports)
        title = escape(t("Reports"))
    own = (TEMPLATES / "index.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,'
        f'initial-scale=1"><title>{title} · opsbook</title><style>{page_css()}{own}</style>'
        f'</head><body class="index"><main><p class="eyebrow">opsbook</p><h1>{title}</h1>'
        f'<ul class="cards">{cards}</ul><footer>opsbook {__version__} · '
        f'<a href="{MANIFEST}">{MANIFEST}</a></footer></main></body></html>\n'
    )


def _card(report: Mapping[str, Any]) -> str:
    good = report["status"] == "good"
    state = t("good") if good else t("FAILED")
    findings = "".join(
        f"<li>{escape(str(f['statement'])[:240])}{_worth(f, report)}</li>"
        for f in report.get("findings", [])[:_TOP]
    )
    fault = "" if good else f'<p class="why">{escape(str(report["fault"]["text"])[:600])}</p>'
    facts = [
        report["title"],
        report["source"],
        report["lang"],
        str(report["started"])[:16].replace("T", " "),
    ]
    words = report["headline"] or report["title"]
    return (
        f'<li lang="{report["lang"]}"><p class="facts"><span class="state {report["status"]}">'
        f"{escape(state)}</span> {escape(' · '.join(map(str, facts)))}</p>"
        f'<h2><a href="{escape(str(report["page"]))}">{escape(str(words)[:240])}</a></h2>'
        f"{fault}" + (f"<ol>{findings}</ol>" if findings else "") + "</li>"
    )


def _worth(finding: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    if finding.get("money") is None:
        return ""
    amount = money(finding["money"], str(report.get("currency", "")), sign=True)
    return f' <span class="money">{escape(amount)}</span>'
