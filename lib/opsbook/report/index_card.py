"""One report in the index: state, headline, key figures over its runs, findings, its past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import quote

from opsbook.chart import markup
from opsbook.chart.words import plain
from opsbook.language import money, per_cent, t
from opsbook.report.index_past import Past, PastRuns

__all__ = ["Group", "card", "moment", "name_of"]

_FINDINGS = 3
_LONGEST_NAME, _LONGEST = 120, 240
_FIGURES = 6
_LANGUAGES = {"en": "English", "zh": "中文"}
_LATE = 2.5
"""A report is old when it has not run for so many times its usual pause."""


@dataclass(frozen=True)
class Group:
    """One report in the languages it is made in, that of the index first."""

    reports: tuple[Mapping[str, Any], ...]

    @property
    def shown(self) -> Mapping[str, Any]:
        """The one that the index tells of."""
        return self.reports[0]

    @property
    def is_good(self) -> bool:
        """Whether it is good in every language."""
        return all(report["status"] == "good" for report in self.reports)


def name_of(report: Mapping[str, Any]) -> str:
    """What people call a report: its title, and what sets it apart from its siblings."""
    title = report.get("title") or report.get("name") or report["stem"]
    grid = report.get("grid")
    marks = grid.values() if isinstance(grid, Mapping) else ()
    return " · ".join(str(part)[:60] for part in (title, *marks))


def moment(started: Any, *, late_seconds: float = 0.0) -> str:
    """A time for people; the page's script adds how long ago that is."""
    text = str(started)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return plain(text, 40)
    late = f' data-late="{late_seconds:.0f}"' if late_seconds else ""
    return f'<time datetime="{escape(text)}"{late}>{_when(text)}</time>'


def _when(started: str) -> str:
    zone = " UTC" if started.endswith(("+00:00", "Z")) else ""
    return escape(started[:16].replace("T", " ") + zone)


def card(group: Group, past: PastRuns, anchor: str) -> str:
    """The section of one report.

    Args:
        group: The report.
        past: Earlier runs of every report.
        anchor: Its address in the index.
    """
    report = group.shown
    runs = past.by_stem.get(str(report["stem"]), [])
    good = report["status"] == "good"
    headline = str(report.get("headline") or name_of(report))
    words = plain(headline if good else name_of(report), _LONGEST)
    heading = _link(report["page"], words) if report["page"] else words
    parts = [_why(report)] if not good else []
    parts += [_strip(report), _findings(report), _changed(report), _past(runs)]
    return (
        f'<section id="{anchor}" class="card" lang="{_html_lang(report)}" '
        f'aria-labelledby="{anchor}-h"><p class="facts">{_state(report)} '
        f'<b>{plain(name_of(report), _LONGEST_NAME)}</b></p><h2 id="{anchor}-h">{heading}</h2>'
        f'<p class="facts">{_facts(group, runs)}</p>{"".join(parts)}</section>'
    )


def _html_lang(report: Mapping[str, Any]) -> str:
    return "zh-Hans" if report["lang"] == "zh" else "en"


def _link(page: Any, words: str, more: str = "") -> str:
    return f'<a href="{escape(quote(str(page)))}"{more}>{words}</a>'


def _state(report: Mapping[str, Any]) -> str:
    good = report["status"] == "good"
    words = escape(t("good") if good else t("FAILED"))
    return f'<span class="state {"good" if good else "failed"}">{words}</span>'


def _facts(group: Group, runs: Sequence[Past]) -> str:
    report = group.shown
    facts = [plain(report.get("source", ""), 80)]
    facts.append(moment(report.get("started", ""), late_seconds=_late_after(report, runs)))
    if report.get("checked"):
        words = t("looked at {when}: nothing had changed", when="\0")
        facts.append(escape(words).replace("\0", moment(report["checked"])))
    for other in group.reports if len(group.reports) > 1 else ():
        name = escape(_LANGUAGES.get(str(other["lang"]), str(other["lang"])))
        link = _link(other["page"], name, f' lang="{_html_lang(other)}"') if other["page"] else name
        bad = other["status"] != "good"
        facts.append(f"{link} {_state(other)}{_last_good(other)}" if bad else link)
    return " · ".join(fact for fact in facts if fact)


def _late_after(report: Mapping[str, Any], runs: Sequence[Past]) -> float:
    """Seconds after which the report is old, judged by its own rhythm; 0 where it has none."""
    times = []
    for text in (str(report.get("started", "")), *(past.started for past in runs)):
        try:
            times.append(datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError):
            continue
    pauses = [a - b for a, b in pairwise(times) if a > b]
    return _LATE * median(pauses) if len(pauses) >= 3 else 0.0


def _why(report: Mapping[str, Any]) -> str:
    """Why it failed, and the way to the last good page."""
    fault = report.get("fault")
    text = fault.get("text", "") if isinstance(fault, Mapping) else ""
    last = _last_good(report)
    return f'<p class="why">{plain(text)}</p>' + (f"<p>{last}</p>" if last else "")


def _last_good(report: Mapping[str, Any]) -> str:
    last = report.get("last_good")
    if not last or not last.get("page"):
        return ""
    words = t("Last good report, {when}", when=_when(str(last.get("started", ""))))
    return " " + _link(last["page"], escape(words))


# --- figures and findings -----------------------------------------------------------------


def _strip(report: Mapping[str, Any]) -> str:
    """Key figures, each with its course over the runs."""
    figures = [f for f in report.get("metrics") or [] if isinstance(f, Mapping)][:_FIGURES]
    if not figures:
        return ""
    empty = dict.fromkeys(("label", "value", "change", "direction", "against"), "")
    drawn = [{**empty, "good": None, **f, "spark": _course(report, f)} for f in figures]
    most = max(len(figure["spark"]) for figure in drawn)
    note = t("The lines show the last {count} runs.", count=most)
    below = f'<p class="note">{escape(note)}</p>' if most > 2 else ""
    return markup.key_figures(drawn) + below


def _course(report: Mapping[str, Any], figure: Mapping[str, Any]) -> list[Any]:
    name = str(figure.get("id"))
    past = [
        run.get("figures", {}).get(name)
        for run in report.get("history") or []
        if run.get("status") == "good"
    ]
    return [value for value in (*past, figure.get("raw")) if isinstance(value, (int, float))]


def _findings(report: Mapping[str, Any]) -> str:
    items = "".join(
        f"<li>{plain(f.get('statement', ''), _LONGEST)}{_worth(f, report)}</li>"
        for f in (report.get("findings") or [])[:_FINDINGS]
    )
    return f'<ol class="short">{items}</ol>' if items else ""


def _worth(finding: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    amount = finding.get("money")
    if not isinstance(amount, (int, float)):
        return ""
    words = money(amount, str(report.get("currency", ""))[:12], sign=True)
    return f' <span class="money">{plain(words, 60)}</span>'


# --- what was before ----------------------------------------------------------------------


def _changed(report: Mapping[str, Any]) -> str:
    """What changed since the last good run, folded."""
    changed = report.get("changed")
    if not isinstance(changed, Mapping):
        return ""
    lines = [_moved(figure) for figure in changed.get("figures") or []]
    for key, words in (("new", t("New:")), ("gone", t("No longer found:"))):
        lines += [
            f"<b>{escape(words)}</b> {plain(f.get('statement', ''), _LONGEST)}{_worth(f, report)}"
            for f in changed.get(key) or []
        ]
    since = _when(str(changed.get("since", "")))
    if not lines:
        words = t("Figures and findings are those of {when}.", when=since)
        return f'<p class="note">{words}</p>'
    title = t("What changed since {when}", when=since)
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<details><summary>{title} ({len(lines)})</summary><ul>{items}</ul></details>"


def _moved(figure: Mapping[str, Any]) -> str:
    share = figure.get("change")
    change = f" ({per_cent(share, sign=True)})" if isinstance(share, (int, float)) else ""
    label, before, now = (plain(figure.get(key, ""), 80) for key in ("label", "before", "now"))
    return f"{label}: {before} → {now}{change}"


def _past(runs: Sequence[Past]) -> str:
    """Earlier runs, folded: when, what came of them, the page where it was kept."""
    if not runs:
        return ""
    states = {
        "good": t("good"),
        "failed": t("FAILED"),
        "unchanged": t("unchanged"),
        "waiting": t("begun, not finished"),
    }
    rows = "".join(
        f'<tr><th scope="row">{_when(run.started)}</th>'
        f'<td class="run-{escape(run.status)}">{escape(states.get(run.status, run.status))}</td>'
        f"<td>{_kept(run)}</td></tr>"
        for run in runs
    )
    title = escape(t("Past runs"))
    heads = "".join(
        f'<th scope="col">{escape(head)}</th>' for head in (t("Run"), t("State"), t("Result"))
    )
    return (
        f"<details><summary>{title} ({len(runs)})</summary>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _kept(run: Past) -> str:
    words = plain(run.words or (t("page") if run.href else "–"), _LONGEST)
    return f'<a href="{escape(run.href)}">{words}</a>' if run.href else words
