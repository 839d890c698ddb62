"""The index: a page that lists every report with its headline, state and first findings."""

from collections.abc import Mapping
from html import escape
from typing import Any

from opsbook import __version__
from opsbook.language import money, speaking, t

__all__ = ["index"]

_TOP = 3


def index(reports: list[dict[str, Any]], lang: str) -> str:
    """Make the index.

    Args:
        reports: Entries of the manifest.
        lang: Language of its own words.
    """
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
        '<a href="manifest.json">manifest.json</a></footer></main></body></html>\n'
    )


def _card(report: Mapping[str, Any]) -> str:
    good = report["status"] == "good"
    state = t("good") if good else t("FAILED")
    findings = "".join(
        f"<li>{escape(str(f['statement'])[:240])}{_worth(f, report)}</li>"
        for f in report.get("findings", [])[:_TOP]
    )
    facts = [report["title"], report["source"], report["lang"], _when(report["started"])]
    words = escape(str(report["headline"] or report["title"])[:240])
    page = escape(str(report["page"]))
    heading = f'<a href="{page}">{words}</a>' if page else words
    return (
        f'<li lang="{report["lang"]}"><p class="facts"><span class="state {report["status"]}">'
        f"{escape(state)}</span> {escape(' · '.join(map(str, facts)))}</p>"
        f"<h2>{heading}</h2>"
        f"{_why(report)}" + (f"<ol>{findings}</ol>" if findings else "") + "</li>"
    )


def _why(report: Mapping[str, Any]) -> str:
    """Why it failed, and the way to the last good page."""
    if report["status"] == "good":
        return ""
    text = f'<p class="why">{escape(str(report["fault"]["text"])[:600])}</p>'
    last = report.get("last_good")
    if last:
        words = t("Last good report, {when}", when=_when(last["started"]))
        text += f'<p><a href="{escape(str(last["page"]))}">{escape(words)}</a></p>'
    return text


def _when(started: Any) -> str:
    return str(started)[:16].replace("T", " ")


def _worth(finding: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    if finding.get("money") is None:
        return ""
    amount = money(finding["money"], str(report.get("currency", "")), sign=True)
    return f' <span class="money">{escape(amount)}</span>'
