"""The index: what matters most over all reports, and each report with its state and past."""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

from opsbook import __version__
from opsbook.chart.words import plain
from opsbook.language import money, speaking, t
from opsbook.report.index_card import Group, card, moment, name_of
from opsbook.report.index_past import PastRuns

__all__ = ["index"]

_TOP = 5
_MOST_NAMED = 12


def index(reports: Sequence[Mapping[str, Any]], past: PastRuns | None = None) -> str:
    """Make the index, in the language that most of the reports have.

    Args:
        reports: Entries of the manifest.
        past: Earlier runs of each.
    """
    from opsbook.report.page import TEMPLATES, page_css

    before = past or PastRuns({})
    counted = Counter(str(report["lang"]) for report in reports)
    lang = "zh" if counted["zh"] > counted["en"] else "en"
    with speaking(lang):
        groups = _groups(reports, lang)
        title, contents, skip = map(escape, (t("Reports"), t("Contents"), t("Skip to content")))
        top = _top(groups)
        cards = "".join(card(group, before, f"r{i}") for i, group in enumerate(groups, 1))
        head = _head(title, reports, before)
        nav = [("top", t("What matters most"))] if top else []
        nav += [(f"r{i}", name_of(group.shown)) for i, group in enumerate(groups, 1)]
    links = "".join(f'<li><a href="#{anchor}">{plain(name, 80)}</a></li>' for anchor, name in nav)
    own = (TEMPLATES / "index.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_policy()}">'
        '<meta name="referrer" content="no-referrer"><meta name="viewport" '
        'content="width=device-width,initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><meta name="generator" content="opsbook {__version__}">'
        f"<title>{title} · opsbook</title><style>{page_css()}{own}</style></head>"
        f'<body class="index"><a class="skip" href="#main">{skip}</a>'
        f'<nav aria-label="{contents}"><p>{title}</p><ol>{links}</ol></nav>'
        f'<main id="main">{head}{top}{cards}<footer>opsbook {__version__} · '
        f'<a href="manifest.json">manifest.json</a></footer></main><script>{_script()}</script>'
        "</body></html>\n"
    )


@cache
def _script() -> str:
    """How long ago each run was; without it the page says only when."""
    from opsbook.report.page import TEMPLATES

    return (TEMPLATES / "index.js").read_text(encoding="utf-8").strip()


@cache
def _policy() -> str:
    """Nothing is loaded, and only the script with this content runs."""
    code = b64encode(sha256(_script().encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{code}'; base-uri 'none'; form-action 'none'"
    )


def _groups(reports: Sequence[Mapping[str, Any]], lang: str) -> list[Group]:
    """One report in several languages is one; those that failed come first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for report in reports:
        base = str(report["stem"]).removesuffix(f"-{report['lang']}")
        found.setdefault((base, str(report.get("source", ""))), []).append(report)
    groups = [
        Group(tuple(sorted(its, key=lambda r: (r["lang"] != lang, str(r["lang"])))))
        for its in found.values()
    ]
    return sorted(groups, key=lambda group: group.is_good)


def _head(title: str, reports: Sequence[Mapping[str, Any]], past: PastRuns) -> str:
    """How many pages there are, when the newest was made, and what is wrong."""
    failed = [f"{name_of(r)} ({r['lang']})" for r in reports if r["status"] != "good"]
    failed += [f"{source}: {why}" for source, why in past.pageless]
    newest = max((str(r.get("started", "")) for r in reports), default="")
    sub = t("{count} pages, the newest of {when}", count=len(reports), when="\0")
    when = escape(sub).replace("\0", moment(newest))
    if failed:
        more = " …" if len(failed) > _MOST_NAMED else ""
        words = t("FAILED: {names}", names="; ".join(failed[:_MOST_NAMED]) + more)
    else:
        words = t("All pages are good.")
    return (
        f'<header><p class="eyebrow">opsbook</p><h1>{title}</h1><p class="sub">{when}</p>'
        f'<p class="health {"bad" if failed else "good"}"><i></i>{plain(words)}</p></header>'
    )


def _top(groups: Sequence[Group]) -> str:
    """The findings worth most, over all reports, each with the way to its page."""
    found = [
        (place, finding, group.shown)
        for group in groups
        if group.shown["status"] == "good"
        for place, finding in enumerate(group.shown.get("findings") or [])
    ]
    if not found:
        return ""
    currencies = {str(report.get("currency", "")) for _, finding, report in found}

    def weight(entry: tuple[int, Mapping[str, Any], Mapping[str, Any]]) -> tuple[float, int]:
        place, finding, _ = entry
        # Amounts in two currencies cannot be ranked; then each report's own order counts.
        worth = finding.get("money") if len(currencies) == 1 else None
        return (-abs(float(worth)) if isinstance(worth, (int, float)) else 0.0, place)

    once: dict[tuple[str, Any], tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for _, finding, report in sorted(found, key=weight):
        # What holds for the whole shop is found again by every region's page.
        once.setdefault((str(finding.get("statement")), finding.get("money")), (finding, report))
    items = "".join(_finding(*chosen) for chosen in list(once.values())[:_TOP])
    title = escape(t("What matters most"))
    good = sum(group.shown["status"] == "good" for group in groups)
    words = t("Of {good} of {all} reports; the others failed.", good=good, all=len(groups))
    short = f'<p class="note">{escape(words)}</p>' if good < len(groups) else ""
    return (
        '<section id="top" class="findings-part" aria-labelledby="top-h">'
        f'<h2 id="top-h">{title}</h2>{short}<ol class="findings">{items}</ol></section>'
    )


def _finding(finding: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    worth = finding.get("money")
    amount = t("not priced")
    if isinstance(worth, (int, float)):
        amount = money(worth, str(report.get("currency", ""))[:12], sign=True)
    who = " · ".join(plain(finding[k], 80) for k in ("owner", "due") if finding.get(k))
    act = ""
    if finding.get("action"):
        do, said = escape(t("Do:")), plain(finding["action"])
        act = f'<p class="act"><b>{do}</b> {said} <span class="who">{who}</span></p>'
    page = escape(quote(str(report["page"])))
    return (
        f'<li><div class="head"><h3>{plain(finding.get("statement", ""), 240)}</h3>'
        f'<span class="money{"" if isinstance(worth, (int, float)) else " open"}">'
        f'{plain(amount, 60)}</span></div>{act}<p class="meta">'
        f'<a href="{page}">{plain(name_of(report), 120)}</a> · '
        f"{plain(report.get('source', ''), 80)}</p></li>"
    )
