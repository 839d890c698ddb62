"""A page for each module that a chapter or notebook uses: what its functions take and return."""

from html import escape

from opsbook.book.chapters import Chapter
from opsbook.book.docstrings import as_markdown
from opsbook.book.library import Public, public_names
from opsbook.book.notebooks import NotebookPage, NotebookSection
from opsbook.book.render import fence, inside
from opsbook.book.web import Web, section_address
from opsbook.language import t

__all__ = ["function_index", "module_page", "notebook_page"]


def module_page(module: str, web: Web, lang: str) -> str:
    """The Markdown of a module's page, in the language in force (docstrings are English)."""
    doc, names = public_names(module)
    words = {
        "Args": t("Takes"),
        "Returns": t("Returns"),
        "Yields": t("Yields"),
        "Raises": t("Stops with"),
        "Source": t("Origin of the formula"),
    }
    parts = ["---\norphan: true\n---", f"# {module}", as_markdown(doc, words)]
    parts.append(_used((module, ""), web, lang))
    for public in names:
        used = _used((module, public.name), web, lang)
        parts += [_name(public, words), used, _source(public) if used else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def function_index(web: Web, lang: str) -> str:
    """The list of all modules that have a page, by room."""
    parts = [
        "# " + t("The functions"),
        t("Signatures and docstrings, as they stand in the source."),
    ]
    rooms: dict[str, list[str]] = {}
    for module in web.modules:
        pieces = module.split(".")
        rooms.setdefault(pieces[1] if len(pieces) > 1 else pieces[0], []).append(module)
    for room, modules in rooms.items():
        parts.append(f"## {room}")
        lines = []
        for module in modules:
            doc, names = public_names(module)
            first = doc.strip().partition("\n")[0]
            links = ", ".join(
                f'<a href="{module}.html#{p.name}"><code>{p.name}</code></a>'
                for p in names
                if p.doc
            )
            lines.append(f"- [{module}]({module}.md): {_plain(first)} {links}".rstrip())
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def notebook_page(page: NotebookPage, web: Web, lang: str) -> str:
    """A notebook's sections with their words and code, each with the chapters behind it."""
    parts = [f"# {page.titles[lang]}", t("From {file}", file=f"`notebooks/{page.name}.ipynb`")]
    for section in page.sections:
        parts.append(f'<div id="{escape(section.anchor)}" class="place"></div>')
        if section.titles:
            parts.append(f"## {section.titles.get(lang) or section.titles.get('en', '')}")
        links = _chapters(web.chapters_at.get((page.name, section.anchor), []), lang)
        if links:
            parts.append(t("Chapter:") + " " + links)
        for kind, text in section.cells:
            if kind == "code":
                parts.append(fence("python", f"{text}\n"))
            elif kind == lang:
                parts.append(_lower(inside(text, web)))
    return "\n\n".join(parts) + "\n"


def _name(public: Public, words: dict[str, str]) -> str:
    return (
        f'<div id="{escape(public.name)}" class="place"></div>\n\n## {_plain(public.name)}\n\n'
        f"```python\n{public.signature}\n```\n\n{as_markdown(public.doc, words)}"
    )


def _used(function: tuple[str, str], web: Web, lang: str) -> str:
    """Where a function is explained and used."""
    chapters = _chapters(web.chapters_of.get(function, []), lang)
    sections = " · ".join(_section(s, lang) for s in web.sections_of.get(function, []))
    lines = [t("Chapter:") + " " + chapters] if chapters else []
    lines += [t("Notebook:") + " " + sections] if sections else []
    return "\n\n".join(lines)


def _source(public: Public) -> str:
    title = t("Source text")
    return (
        f'<details class="code">\n<summary>{escape(title)}</summary>\n\n'
        f"````python\n{public.source}\n````\n\n</details>"
    )


def _chapters(chapters: list[Chapter], lang: str) -> str:
    return " · ".join(f"[{c.title(lang)}](../{c.path}.md)" for c in chapters)


def _section(section: NotebookSection, lang: str) -> str:
    title = section.titles.get(lang) or section.titles.get("en") or section.notebook
    return f'<a href="{section_address(section)}">{escape(title)}</a>'


def _lower(text: str) -> str:
    """Headings inside a cell one level down, so that none stands beside the section's own."""
    return text.replace("\n# ", "\n### ")


def _plain(text: str) -> str:
    return text.replace("``", "`").replace("*", r"\*").replace("$", r"\$")
