"""HTML of the blocks, from the plain data that they put into a notebook.

The report engine and JupyterLab show the same markup. Every text that may come from a
shop's data goes through :mod:`opsbook.chart.words`, which escapes it and cuts it where
nobody would read on.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any

from opsbook.chart.download import data_link, file_link
from opsbook.chart.words import attribute, plain, said, shortened
from opsbook.language import money, t

__all__ = [
    "PREFIX",
    "SHOWN",
    "ChapterLink",
    "chart",
    "definitions",
    "findings",
    "heading",
    "key_figures",
    "missing",
    "said",
    "table",
]

PREFIX = "application/vnd.opsbook."
"""Mime types of the blocks are this, the block's name and ``+json``."""
ChapterLink = Callable[[str], str]
"""Turns the path of a chapter into an address, or into nothing: then it is not a link."""
FOLD = 8
"""Rows of a table that show before it is unfolded; ``blocks.css`` says the same."""
_ARROWS = {"up": "▲", "down": "▼", "flat": "■"}


# --- the top of a page ------------------------------------------------------------------


def heading(data: Mapping[str, Any], *, eyebrow: str = "", when: str = "", more: str = "") -> str:
    """The page's headline, what it covers, and in one line whether the data can be trusted.

    Args:
        data: What ``Heading`` displays.
        eyebrow: Name of the report, above the headline.
        when: When the report was run.
        more: Address on the page where the data's problems are listed.
    """
    span = data["period"]
    if data["compared"]:
        span = t("{period} against {compared}", period=span, compared=data["compared"])
    facts = [data["shop"], span, data["currency"], data["timezone"], when]
    sub = " · ".join(f"<span>{plain(fact)}</span>" for fact in facts if fact)
    state = data["health_state"] if data["health_state"] in ("good", "notes", "bad") else "notes"
    health = plain(data["health_text"])
    if more and data.get("problems"):
        health = f'<a href="{escape(more)}">{health}</a>'
    return (
        "<header>"
        + (f'<p class="eyebrow">{plain(eyebrow)}</p>' if eyebrow else "")
        + f'<h1>{plain(data["title"], 200)}</h1><p class="sub">{sub}</p>'
        + (f'<p class="health {state}"><i></i>{health}</p>' if health else "")
        + "</header>"
    )


def key_figures(figures: Sequence[Mapping[str, Any]]) -> str:
    """A strip of figures, each with its change and against what."""
    return '<ul class="kpi">' + "".join(map(_key_figure, figures)) + "</ul>"


def _key_figure(figure: Mapping[str, Any]) -> str:
    good = figure["good"]
    tone = "flat" if good is None else "good" if good else "bad"
    number, unit = _unit_apart(str(figure["value"]))
    change = ""
    if figure["change"]:
        arrow = _ARROWS.get(figure["direction"], "")
        change = f'<b aria-hidden="true">{arrow}</b> {plain(figure["change"], 40)}'
    return (
        f'<li><span class="k">{plain(figure["label"], 80)}</span>'
        f'<span class="v">{plain(number, 40)}{unit}</span><span class="d {tone}">{change}</span>'
        f'<span class="n">{plain(figure["against"], 120)}</span>{_spark(figure["spark"])}</li>'
    )


def _unit_apart(value: str) -> tuple[str, str]:
    found = re.fullmatch(r"([+−-]?\d[\d.,]*)\s+([^\d\s].{0,30})", value)
    return (found[1], f" <small>{plain(found[2])}</small>") if found else (value, "")


def _spark(values: Sequence[float]) -> str:
    points = [float(v) for v in values if isinstance(v, (int, float)) and isfinite(v)]
    if len(points) < 3:
        return ""
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    step = 96 / (len(points) - 1)
    at = [(2 + i * step, 25 - 22 * (v - low) / span) for i, v in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    x, y = at[-1]
    return (
        '<svg viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{line}"/><path d="M{x:.1f} {y:.1f}h0"/></svg>'
    )


# --- findings ---------------------------------------------------------------------------


def findings(data: Mapping[str, Any], link: ChapterLink | None = None) -> str:
    """The findings in rank order, each with its money, evidence, action and chapter."""
    items: list[Mapping[str, Any]] = data["findings"]
    if not items:
        nothing = t("Nothing was found that asks for action.")
        return f'<p class="none">{escape(nothing)}</p>'
    return (
        '<ol class="findings">'
        + "".join(_finding(item, data["currency"], link) for item in items)
        + "</ol>"
    )


def _finding(item: Mapping[str, Any], currency: str, link: ChapterLink | None) -> str:
    amount = item["money"]
    priced = isinstance(amount, (int, float)) and isfinite(amount)
    worth = money(amount, shortened(currency, 12), sign=True) if priced else t("not priced")
    who = " · ".join(plain(part, 80) for part in (item["owner"], item["due"]) if part)
    do = escape(t("Do:"))
    action = (
        f'<p class="act"><b>{do}</b> {plain(item["action"])}'
        + (f' <span class="who">{who}</span>' if who else "")
        + "</p>"
    )
    sure = {
        "high": t("confidence high"),
        "medium": t("confidence medium"),
        "low": t("confidence low"),
    }
    meta = [escape(sure.get(item["confidence"], ""))]
    if item["money_basis"]:
        basis = t("money: {basis}", basis=item["money_basis"])
        meta.append(plain(basis if priced else t("not priced: {why}", why=item["money_basis"])))
    meta.append(_chapter(item, link))
    against = ""
    if item["reference"]:
        compared = t("Compared with: {reference}", reference=item["reference"])
        against = f'<p class="ref">{plain(compared)}</p>'
    return (
        f'<li><div class="head"><h3>{plain(item["statement"], 240)}</h3>'
        f'<span class="money{"" if priced else " open"}">{plain(worth, 60)}</span></div>'
        f'<p class="ev">{plain(item["evidence"])}</p>{against}{action}'
        f'<p class="meta">{" · ".join(part for part in meta if part)}</p></li>'
    )


def _chapter(item: Mapping[str, Any], link: ChapterLink | None) -> str:
    if not item["chapter"]:
        return escape(str(item["id"]))
    name = plain(t("chapter {id}", id=item["id"]))
    address = link(str(item["chapter"])) if link else ""
    if address:
        return f'<a href="{escape(address)}">{name}</a>'
    return f"{name} ({plain(item['chapter'])})"


# --- inside and below the sections ------------------------------------------------------


def chart(data: Mapping[str, Any], *, level: int = 3) -> str:
    """A figure: its finding above, two drawings of which one shows, its source below."""
    sub = f'<p class="sub">{plain(data["subtitle"])}</p>' if data["subtitle"] else ""
    source = f"<figcaption>{plain(data['source'])}</figcaption>" if data["source"] else ""
    return (
        f'<figure class="chart"><div class="plate"><h{level}>{plain(data["title"], 240)}'
        f'</h{level}>{sub}<div role="img" aria-label="{attribute(data["alt"], 1000)}">'
        f'<div class="wide">{data["wide"]}</div><div class="phone">{data["phone"]}</div>'
        f"</div></div>{source}</figure>"
    )


def definitions(data: Mapping[str, Any]) -> str:
    """What the words mean, and what the report cannot say."""
    entries = "".join(
        f"<div><dt>{plain(term)}</dt><dd>{said(text)}</dd></div>" for term, text in data["entries"]
    )
    words = f'<dl class="words">{entries}</dl>' if entries else ""
    return words + _list(t("What this report cannot say"), data["limits"])


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{said(line)}</li>" for line in lines)
    return f"<h3>{escape(title)}</h3><ul>{items}</ul>" if items else ""


def missing(data: Mapping[str, Any]) -> str:
    """A calm box in place of a section that the shop's data cannot answer."""
    lacks = ", ".join(f"<code>{plain(name, 80)}</code>" for name in data["lacks"][:12])
    first = data["section"]
    if lacks:
        words = t(
            "{section} needs {lacks}, which this shop's data does not have.",
            section="\0",
            lacks="\1",
        )
        name = plain(first) if first else escape(t("This section"))
        lead = escape(words).replace("\0", name).replace("\1", lacks)
    else:
        lead = plain(first)
    how = f"<p>{said(data['text'])}</p>" if data["text"] else ""
    return f'<aside class="missing"><p class="lead">{lead}</p>{how}</aside>'


def _say(data: Mapping[str, Any]) -> str:
    return f'<p class="say">{said(data["text"], 3000)}</p>'


def table(data: Mapping[str, Any]) -> str:
    """A table, and below it how much of it is shown and its CSV.

    Rows beyond the fold are hidden by style alone: a browser without script, or one that
    does not know the rule, shows or opens them all the same, and paper shows them all.
    """
    shown, every = data["shown"], data["all"]
    under = ""
    if shown > FOLD:
        more, less = t("Show all {n} rows", n=shown), t("Show the first {n} rows", n=FOLD)
        under = (
            f'<details class="fold"><summary><span class="more">{escape(more)}</span>'
            f'<span class="less">{escape(less)}</span></summary></details>'
        )
    if shown < every:
        cut = t("{n} of {all} rows are shown.", n=shown, all=every)
        under += f"<span>{escape(cut)}</span>"
    if data["csv"]:
        under += data_link(data["csv"], data["name"], kept=data["kept"], of=every)
    if data.get("file"):
        under += file_link(data["file"], rows=data["file_rows"], of=every)
    elif every and not data["csv"]:
        words = t("The figures are too many to be downloaded from this page.")
        under += f"<span>{escape(words)}</span>"
    return f'<div class="table">{data["html"]}<div class="under">{under}</div></div>'


SHOWN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "chart": chart,
    "table": table,
    "say": _say,
    "missing": missing,
}
"""Blocks that a page shows where they stand; the others have places of their own."""
