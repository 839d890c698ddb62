"""A page for each module that a chapter or notebook uses: what its functions take and return."""

from html import escape

from opsbook.book.chapters import Chapter
from opsbook.book.docstrings import as_markdown
from opsbook.book.library import Public, public_names
from opsbook.book.notebooks import NotebookPage, NotebookSection
from opsbook.book.render import fence, inside
from opsbook.book.rooms import room_name, room_order
from opsbook.book.web import Function, Web, function_address, section_address
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
    parts = ["---\norphan: true\n---", f"# {module}"]
    if lang == "en":
        parts += [as_markdown(doc, words), _used((module, ""), web, lang)]
    else:
        told = t(
            "Taken from the source, which is in English. The method in words: {chapters}.",
            chapters=_explained(module, [public.name for public in names], web, lang),
        )
        parts += [_unsearched(told), as_markdown(doc, words)]
    for public in names:
        used = _used((module, public.name), web, lang)
        parts += [_name(public, words), used, _source(public) if used else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def function_index(web: Web, lang: str) -> str:
    """What the library offers, by room: first what each chapter names, then every module."""
    parts = [
        "# " + t("The functions"),
        t("Signatures and docstrings, as they stand in the source."),
    ]
    named: dict[str, dict[Chapter, None]] = {}
    for chapter in (c for found in web.chapters_of.values() for c in found):
        named.setdefault(chapter.room, {})[chapter] = None
    modules: dict[str, list[str]] = {}
    for module in web.modules:
        modules.setdefault(module.split(".")[1], []).append(module)
    for room in sorted({*named, *modules}, key=room_order):
        parts.append(f"## {room_name(room)}")
        lines = [
            f"- {_chapters([chapter], lang)}\\\n  {_functions(web.functions[chapter.path])}"
            for chapter in sorted(named.get(room, {}), key=lambda c: c.path)
        ]
        parts.append("\n".join(lines))
        if room in modules:
            title = t("All modules: {n}", n=len(modules[room]))
            listed = "\n".join(_module(module) for module in modules[room])
            parts.append(f"<details>\n<summary>{escape(title)}</summary>\n\n{listed}\n\n</details>")
    return "\n\n".join(part for part in parts if part) + "\n"


def notebook_page(page: NotebookPage, web: Web, lang: str) -> str:
    """A notebook's sections with their words and code, each with the chapters behind it."""
    parts = [f"# {page.titles[lang]}", t("From {file}", file=f"`{page.file}`")]
    for section in page.sections:
        parts.append(f'<div id="{escape(section.anchor)}" class="place"></div>')
        if section.titles:
            parts.append(f"## {section.titles.get(lang) or section.titles.get('en', '')}")
        links = _chapters(web.chapters_behind(section), lang)
        if links:
            parts.append(t("Chapter:") + " " + links)
        for kind, text in section.cells:
            if kind == "code":
                parts.append(fence("python", f"{text}\n"))
            elif kind == lang:
                parts.append(_lower(inside(text, web)))
    return "\n\n".join(parts) + "\n"


def _functions(functions: list[Function]) -> str:
    """Links to public names, from the list of all."""
    return ", ".join(
        f'<a href="{function_address(f)}"><code>{f[1] or f[0]}</code></a>' for f in functions
    )


def _module(module: str) -> str:
    """A line about a module: its name, its purpose, what it offers."""
    doc, names = public_names(module)
    first = doc.strip().partition("\n")[0]
    links = _functions([(module, public.name) for public in names if public.doc])
    return f"- [{module}]({module}.md): {_plain(first)} {links}".rstrip()


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
    return "\n\n".join(_unsearched(line) for line in lines)


def _explained(module: str, names: list[str], web: Web, lang: str) -> str:
    """Where a module's method is told in the reader's language: chapters, or the first page."""
    offered = [(module, name) for name in ("", *names)]
    named = [chapter for one in offered for chapter in web.chapters_of.get(one, [])]
    near = [
        chapter
        for one in offered
        for section in web.sections_of.get(one, [])
        for chapter in web.chapters_behind(section)
    ]
    found = list(dict.fromkeys(named or near))
    return _chapters(found, lang) if found else f"[{t('The opsbook playbook')}](../index.md)"


def _unsearched(line: str) -> str:
    """A paragraph that leads elsewhere: its words must not make a search find this page."""
    return f"{{.no-search}}\n{line}"


def _source(public: Public) -> str:
    title = t("Source text")
    return (
        f'<details class="code">\n<summary>{escape(title)}</summary>\n\n'
        f"````{{code-block}} python\n:class: no-search\n\n{public.source}\n````\n\n</details>"
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
