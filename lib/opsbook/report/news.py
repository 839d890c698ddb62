"""What is worth a message: reports that failed, and findings that were not there last time."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opsbook.language import money, speaking, t
from opsbook.report.job import Notice

__all__ = ["Message", "Told", "message", "new_findings", "plain", "same_finding"]

_SURE = {"low": 0, "medium": 1, "high": 2}
_MOST = 10
_LONGEST = 240


@dataclass(frozen=True)
class Told:
    """What became of one report, as far as a message needs it.

    Args:
        label: What people call it.
        group: The same for one report in several languages.
        lang: Language of its page.
        page: Name of its file; empty where there is none.
        fault: Why it failed; empty where it did not.
        headline: Its one sentence.
        findings: As ``findings.json`` has them.
        before: Those of the run before.
        currency: ISO code of their money.
    """

    label: str
    group: str
    lang: str
    page: str = ""
    fault: str = ""
    headline: str = ""
    findings: Sequence[Mapping[str, Any]] = ()
    before: Sequence[Mapping[str, Any]] = ()
    currency: str = ""


@dataclass(frozen=True)
class Message:
    """A message in plain text."""

    title: str
    body: str
    is_failure: bool


def message(job: str, notice: Notice, told: Sequence[Told], address: str = "") -> Message | None:
    """What to send; None where nothing happened that the notice asks for.

    Args:
        job: Name of the job.
        notice: What its reader wants to know, and in which language.
        told: What became of each report.
        address: Where the folder of results can be read; empty for no links.
    """
    lang = notice.lang or (told[0].lang if told else "en")
    with speaking(lang):
        failed = [r for r in told if r.fault] if "failure" in notice.on else []
        news = []
        if "findings" in notice.on:
            for report in _one_language(told, lang):
                fresh = new_findings(report, notice)
                if fresh:
                    news.append((report, fresh))
        if not failed and not news:
            return None
        count = sum(len(fresh) for _, fresh in news)
        parts = []
        if failed:
            parts.append(t("{failed} of {all} reports failed", failed=len(failed), all=len(told)))
        if news:
            parts.append(t("new findings: {count}", count=count))
        lines = [*_failures(failed, address), *_findings(news, address)]
        return Message(f"{job}: {', '.join(parts)}", "\n".join(lines).strip(), bool(failed))


def new_findings(report: Told, notice: Notice) -> list[Mapping[str, Any]]:
    """Findings that pass the notice's threshold and did not pass it in the run before.

    "Fuel fell 5 %" is no news after "Fuel fell 6 %"; "Fuel rose 5 %" is.
    """
    known = {same_finding(f) for f in report.before if _passes(f, notice)}
    return [f for f in report.findings if _passes(f, notice) and same_finding(f) not in known]


_MONTH = r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"


def same_finding(finding: Mapping[str, Any]) -> tuple[str, str]:
    """The same for two findings that are one, in whatever run they were found.

    The method is the same, and the sentence too, figures and months aside.
    """
    words = re.sub(_MONTH, "", str(finding.get("statement", "")).lower())
    return str(finding.get("id", "")), re.sub(r"[\W\d_]+", " ", words).strip()


def _passes(finding: Mapping[str, Any], notice: Notice) -> bool:
    if _SURE.get(str(finding.get("confidence")), 0) < _SURE[notice.confidence]:
        return False
    worth = finding.get("money")
    return notice.money == 0 if worth is None else abs(float(worth)) >= notice.money


def _one_language(told: Sequence[Told], lang: str) -> Iterable[Told]:
    """Each report once: in the message's language where there is such a page."""
    chosen: dict[str, Told] = {}
    for report in told:
        if report.group not in chosen or report.lang == lang != chosen[report.group].lang:
            chosen[report.group] = report
    return [r for r in chosen.values() if not r.fault]


def _failures(failed: Sequence[Told], address: str) -> list[str]:
    lines = [f"• {plain(r.label)}: {plain(r.fault)}{_link(r, address)}" for r in failed[:_MOST]]
    return [*lines, *_more(len(failed)), ""]


def _findings(news: Sequence[tuple[Told, list[Mapping[str, Any]]]], address: str) -> list[str]:
    lines: list[str] = []
    left = _MOST
    for report, fresh in news:
        if left <= 0:
            break
        lines.append(f"{plain(report.label)}: {plain(report.headline)}{_link(report, address)}")
        for finding in fresh[:left]:
            worth = finding.get("money")
            amount = "" if worth is None else f" ({money(worth, report.currency, sign=True)})"
            action = plain(finding.get("action", ""))
            lines.append(f"• {plain(finding['statement'])}{amount} → {action}".removesuffix(" → "))
        left -= len(fresh)
        lines.append("")
    return [*lines, *_more(sum(len(fresh) for _, fresh in news))]


def _more(count: int) -> list[str]:
    return [t("… and {count} more", count=count - _MOST)] if count > _MOST else []


def _link(report: Told, address: str) -> str:
    return f"\n  {address.rstrip('/')}/{report.page}" if address and report.page else ""


_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "[": "［", "]": "］", "`": "'"})


def plain(text: Any) -> str:
    """Text of foreign data as a message may carry it.

    A customer's name must not call everyone in a chat (``<!channel>``, ``@all``), become a
    link or a picture, or turn the line around.
    """
    visible = "".join(c for c in str(text) if c.isspace() or unicodedata.category(c)[0] != "C")
    line = " ".join(visible.split()).translate(_HARMLESS).replace("://", "：//")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
