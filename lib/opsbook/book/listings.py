"""Pages made from data: the catalogue's entries, the reference figures, where figures come from."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from opsbook.book.chapters import Chapter
from opsbook.book.figures import Plan
from opsbook.book.glossary import glossary
from opsbook.book.origins import Origin, origins
from opsbook.book.web import HEADED, Web, function_address, section_address
from opsbook.language import t
from opsbook.reference.figures import figures

__all__ = ["entries_page", "origins_page", "references_page"]


def entries_page(web: Web, waiting: dict[str, tuple[str, str]], lang: str) -> str:
    """Every entry of the catalogue that the book speaks of: chapters, notebook, functions.

    Args:
        web: The links of the book.
        waiting: Entries without a chapter: what they will answer, what helps until then.
        lang: The page's language.
    """
    mentioned = {entry for term in glossary() for entry in term.entries}
    ids = sorted({*web.entries, *waiting, *mentioned})
    parts = ["# " + t("The catalogue"), t("Ids stay the same in chapters, code and reports.")]
    letter = ""
    for entry in ids:
        if entry[0] != letter:
            letter = entry[0]
            parts.append(f"## {letter}")
        parts.append(
            f'<div id="{entry}" class="place"></div>\n\n**{entry}** '
            + _entry(entry, web, waiting, lang)
        )
    return "\n\n".join(parts) + "\n"


def _entry(entry: str, web: Web, waiting: dict[str, tuple[str, str]], lang: str) -> str:
    lines = []
    for chapter in web.entries.get(entry, []):
        links = [
            f'<a href="{section_address(s, up="")}">{escape(s.titles.get(lang, s.notebook))}</a>'
            for s in web.sections.get(chapter.path, [])
        ]
        links += [
            f'<a href="{function_address(f, up="")}"><code>{f[1] or f[0]}</code></a>'
            for f in web.functions.get(chapter.path, [])[:6]
        ]
        lines.append(f"{_told(chapter, entry, lang)} <small>{' · '.join(links)}</small>")
    if entry in waiting:
        question, until = waiting[entry]
        lines.append(
            t("{question} No chapter yet; until then: {until}", question=question, until=until)
        )
    words = [
        f'<a href="glossary.html#{term.id}">{escape(term.term(lang))}</a>'
        for term in glossary()
        if entry in term.entries
    ]
    if words:
        lines.append("<small>" + t("Words:") + " " + " · ".join(words) + "</small>")
    return "\\\n".join(lines)


def _told(chapter: Chapter, entry: str, lang: str) -> str:
    """The chapter, or the part of it that has the entry for a heading: a case card, a mix-up."""
    own = next((m[2] for m in HEADED.finditer(chapter.text(lang)) if m[1] == entry), None)
    if own is None:
        return f"[{chapter.title(lang)}]({chapter.path}.md)"
    return f'<a href="{chapter.path}.html#{entry}">{escape(own)}</a>'


def references_page(web: Web, lang: str) -> str:
    """Every published reference figure, called what it is, with its source."""
    parts = [
        "# " + t("Reference figures"),
        t("Claims from course material, none of them checked. A report calls each one a claim."),
    ]
    heads = [t("Figure"), t("Value"), t("Source"), t("Entry")]
    rows = [f"| {' | '.join(heads)} |", "| --- | --- | --- | --- |"]
    for item in figures().values():
        name = item.name_zh if lang == "zh" else item.name
        source = t("source claim, {where}", where=f"{item.source} {item.section}")
        if item.reconstructed:
            source += t(", number reconstructed")
        place = web.places.get(item.entry)
        entry = f'<a href="{place}">{item.entry}</a>' if place else item.entry
        amount = item.amount().replace(" ", "\u00a0")
        rows.append(f"| {_cell(name)} | {_cell(amount)} | {_cell(source)} | {entry} |")
    parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def origins_page(chapters: Sequence[Chapter], plans: dict[str, Plan], lang: str) -> str:
    """Every figure in the book and where it comes from, chapter by chapter."""
    named = {
        "run": t("printed by a run of this chapter"),
        "source": t("quoted with its source"),
        "arithmetic": t("arithmetic written out, checked"),
        "hand": t("worked by hand, checked"),
        "formula": t("belongs to the formula"),
        "code": t("a definition in the code"),
        "given": t("given in the exercise, or its answer"),
        "assumed": t("assumed for an example"),
        "measured": t("measured elsewhere"),
    }
    parts = [
        "---\nnosearch: true\n---",  # it repeats every chapter's title and would be found first
        "# " + t("Every figure in this book, and where it comes from"),
        t("Worked out when the book is built; a test fails on a number from nowhere."),
    ]
    for chapter in chapters:
        if not chapter.is_method:
            continue
        found = origins(chapter, lang)
        parts.append(f'<div id="{chapter.path.replace("/", "-")}" class="place"></div>')
        parts.append(f"## [{chapter.title(lang)}]({chapter.path}.md)")
        if chapter.path in plans:
            parts.append(t("Chart: drawn from the demo shop by the code below it."))
        counts = Counter(o.kind for o in found)
        parts.append(" · ".join(f"{named[k]} **{counts[k]}**" for k in named if counts[k]))
        parts.append(_table(found, named))
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(found: list[Origin], named: dict[str, str]) -> str:
    """Each number with its origin, folded; one row per number and kind."""
    rows: dict[tuple[str, str, str], Origin] = {}
    for o in found:
        rows.setdefault((o.number.shown, o.kind, o.source), o)
    if not rows:
        return ""
    nowhere = t("from nowhere")
    cells = "".join(
        f"<tr><td>{escape(shown)}</td><td>{escape(named.get(kind, nowhere))}"
        f"{f' <small>{escape(source)}</small>' if source else ''}</td></tr>"
        for shown, kind, source in rows
    )
    number, origin, title = t("Figure"), t("Where from"), t("All {n} figures", n=len(rows))
    head = f"<tr><th>{escape(number)}</th><th>{escape(origin)}</th></tr>"
    return (
        f"```{{raw}} html\n<details><summary>{escape(title)}</summary>"
        f'<table class="docutils"><thead>{head}</thead><tbody>{cells}</tbody></table>'
        "</details>\n```"
    )


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
