"""Turn an executed notebook into one HTML page that needs nothing but itself."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from traitlets import default

from opsbook import __version__
from opsbook.chart import markup
from opsbook.chart.style import css_variables
from opsbook.chart.words import plain, shortened, visible
from opsbook.language import t
from opsbook.report.content import Content, Section, read_content
from opsbook.report.execute import Fault
from opsbook.report.markdown import chapter_link, markdown
from opsbook.report.schema import Schema, table
from opsbook.report.script import content_policy, page_script

__all__ = ["PageExporter", "Run", "chapter_link", "page_css", "versions"]

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_NAME, _LONGEST_VALUE = 120, 300
_LONGEST_FAULT, _LONGEST_DETAIL = 1200, 20_000


@dataclass(frozen=True)
class Run:
    """What is known about a run besides its notebook.

    Args:
        schema: What the notebook declares.
        parameters: The values it ran with, without secrets.
        lang: Language of the page.
        source: What was opened, as it may be shown.
        when: When the run began, with its time zone.
        seconds: How long it took.
        fault: Why it failed, if it did.
        chapters: Address under which the playbook's chapters can be read; without it they
            are named, not linked, because a page that was mailed has no neighbours.
        last_good: ``page`` and ``started`` of the last good run, for a page that failed.
        tables: Folder beside the page for tables that it cannot carry; empty for none.
    """

    schema: Schema
    parameters: Mapping[str, Any]
    lang: str
    source: str
    when: datetime
    seconds: float
    fault: Fault | None = None
    chapters: str = ""
    last_good: Mapping[str, Any] | None = None
    tables: str = ""


@dataclass(frozen=True)
class _Part:
    id: str
    title: str
    kind: str
    body: list[Markup]
    code: Markup = field(default_factory=Markup)


class PageExporter(TemplateExporter):
    """nbconvert's exporter with a template of our own; reads ``resources["run"]``.

    ``resources["content"]`` afterwards holds what was found, for the manifest.
    """

    output_mimetype = "text/html"
    file_extension = ".html"
    template_extension = ".html.j2"

    @default("template_paths")
    def _our_template_paths(self) -> list[str]:
        return [str(TEMPLATES)]

    @default("template_file")
    def _our_template_file(self) -> str:
        return "report.html.j2"

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()
        environment.autoescape = True
        return environment

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Make the page; ``resources["run"]`` is a :class:`Run`."""
        given = dict(resources or {})
        run: Run = given["run"]
        link = chapter_link(run.chapters, run.lang)
        broken = run.fault.cell if run.fault else -1
        content = read_content(nb, markdown(link), broken=broken, tables=run.tables)
        given |= {"content": content, "page": _page(content, run, link)}
        html, after = super().from_notebook_node(nb, given, **kw)
        return html, after


def _highlighted(code: list[str]) -> Markup:
    source = "\n\n".join(code)
    return Markup(Highlight2HTML(pygments_lexer="python")(source)) if code else Markup()


@cache
def page_css() -> str:
    """Style of every page: the palette, the blocks' rules, the page's own."""
    blocks = (Path(markup.__file__).parent / "blocks.css").read_text(encoding="utf-8")
    own = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return f":root{{color-scheme:light dark;{css_variables()}}}\n{blocks}{own}"


def versions() -> dict[str, str]:
    """Versions of what computed the figures."""
    found = {"opsbook": __version__, "python": platform.python_version()}
    for name in ("ibis-framework", "duckdb", "pandas", "papermill"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _page(content: Content, run: Run, link: markup.ChapterLink) -> dict[str, Any]:
    name = shortened(run.schema.heading, _LONGEST_NAME)
    when = t("run {when}", when=f"{run.when:%Y-%m-%d %H:%M} {run.when.tzname()}")
    parts = [*_parts(content, link), _about(content, run)]
    heading = content.blocks.get("heading") or _without_heading(run)
    shop = shortened(heading["shop"], _LONGEST_NAME)
    header = markup.heading(heading, eyebrow=name, when=when, more=f"#{parts[-1].id}")
    figures = content.blocks.get("keyfigures", {}).get("figures", [])
    strip = markup.key_figures(figures) if figures else ""
    below = content.homes.get("keyfigures", Section("")).body
    strip += f'<div class="words-below">{"".join(below)}</div>' if below else ""
    used = " · ".join(f"{key} {value}" for key, value in versions().items())
    return {
        "html_lang": "zh-Hans" if run.lang == "zh" else "en",
        "version": __version__,
        "browser_title": f"{name} · {shop}" if shop else name,
        "css": Markup(page_css() + content.drawings.rules()),
        "name": name,
        "parts": parts,
        "fault": _told(run.fault),
        "last_good": _last_good(run),
        "header": Markup(header),
        "key_figures": Markup(strip),
        "letters": Markup(content.drawings.shared()),
        "policy": content_policy(),
        "script": Markup(page_script()),
        "footer": f"{used} · {shortened(run.source, _LONGEST_NAME)} · {when}",
        "words": {
            "skip": t("Skip to content"),
            "contents": t("Contents"),
            "failed": t("FAILED"),
            "so_far": t("What was done until then stands below; the rest is missing."),
            "details": t("Technical details"),
            "code": t("Code"),
        },
    }


def _told(fault: Fault | None) -> dict[str, str] | None:
    """A fault as the page says it: what failed may be as long as the data that broke it."""
    if fault is None:
        return None
    return {
        "text": shortened(fault.text, _LONGEST_FAULT),
        "detail": visible(fault.detail)[:_LONGEST_DETAIL],
    }


def _last_good(run: Run) -> dict[str, str] | None:
    """The way from a page that failed to the last one that is good."""
    if not run.fault or not run.last_good or not run.last_good.get("page"):
        return None
    started = str(run.last_good.get("started", ""))
    words = t("Last good report, {when}", when=f"{started[:16].replace('T', ' ')} UTC")
    headline = shortened(run.last_good.get("headline", ""), _LONGEST_VALUE)
    return {"href": quote(str(run.last_good["page"])), "words": words, "headline": headline}


def _without_heading(run: Run) -> dict[str, Any]:
    return {
        "title": t("This report failed") if run.fault else run.schema.heading,
        "shop": run.source,
        **dict.fromkeys(("period", "compared", "currency", "timezone", "health_text"), ""),
        "health_state": "notes",
    }


def _parts(content: Content, link: markup.ChapterLink) -> list[_Part]:
    parts = []
    for name, title, draw in (
        ("findings", t("Findings and actions"), lambda data: markup.findings(data, link)),
        ("definitions", t("Definitions and limits"), markup.definitions),
    ):
        if name in content.blocks:
            home = content.homes.get(name, Section(""))
            body = [*home.body, draw(content.blocks[name])]
            filled = Section(home.title or title, body, code=home.code)
            parts.append(_part(name, filled, f"{name}-part"))
    shown = [_part(f"s{i}", section) for i, section in enumerate(content.sections, 1)]
    at = 1 if "findings" in content.blocks else 0
    return [*parts[:at], *shown, *parts[at:]]


def _part(id: str, section: Section, kind: str = "part") -> _Part:
    body = [Markup(piece) for piece in section.body]
    return _Part(id, shortened(section.title, 240), kind, body, _highlighted(section.code))


def _about(content: Content, run: Run) -> _Part:
    """The end: what was asked, what the data lacks, how this page came about."""
    body = list(content.intro.body)
    problems = content.blocks.get("heading", {}).get("problems", [])
    if problems:
        title = escape(t("Data problems"))
        lines = "".join(f"<li>{markup.said(line)}</li>" for line in problems)
        body.append(f"<h3>{title}</h3><ul>{lines}</ul>")
    heads = (t("Parameter"), t("Value"), t("Valid"), t("Meaning"))
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    rows = "".join(
        f'<tr><th scope="row"><code>{plain(name)}</code></th>'
        + "".join(f"<td>{plain(text, _LONGEST_VALUE)}</td>" for text in rest)
        + "</tr>"
        for name, *rest in table(run.schema, run.parameters)
    )
    caption = escape(t("Parameters of this run"))
    body.append(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table>'
        f"<caption><span>{caption}</span></caption><thead><tr>{top}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )
    seconds = t("{seconds} seconds", seconds=f"{run.seconds:.0f}")
    facts = {
        t("Source"): run.source,
        t("Run"): f"{run.when:%Y-%m-%d %H:%M:%S} {run.when.tzname()}, {seconds}",
        t("Versions"): ", ".join(f"{k} {v}" for k, v in versions().items()),
    }
    lines = "".join(
        f"<dt>{escape(k)}</dt><dd>{plain(v, _LONGEST_VALUE)}</dd>" for k, v in facts.items()
    )
    body.append(f"<dl>{lines}</dl>")
    return _part("about", Section(t("About this report"), body), "about")
