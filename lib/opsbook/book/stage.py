"""The sources of the book in one language, written for Sphinx out of all that it is made of."""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from opsbook.book.chapters import Chapter
from opsbook.book.figures import Drawn, Plan
from opsbook.book.function_pages import function_index, module_page, notebook_page
from opsbook.book.glossary import glossary_page, terms_of
from opsbook.book.listings import entries_page, origins_page, references_page
from opsbook.book.notebooks import NotebookPage
from opsbook.book.render import chapter_page, inside
from opsbook.book.rooms import room_name, room_order
from opsbook.book.start import in_one_language, open_entries
from opsbook.book.web import Web
from opsbook.language import speaking, t

__all__ = ["Sources", "contents", "stage"]


@dataclass(frozen=True)
class Sources:
    """What the book is made of.

    Args:
        playbook: Folder of the playbook.
        chapters: Its chapters.
        notebooks: Notebooks with a page.
        web: The links between all of them.
        plans: How figures are made, by chapter.
        drawn: Figures by chapter, in the language of the book; empty leaves them out.
    """

    playbook: Path
    chapters: tuple[Chapter, ...]
    notebooks: tuple[NotebookPage, ...]
    web: Web
    plans: dict[str, Plan]
    drawn: dict[str, Drawn] = field(default_factory=dict)


def stage(sources: Sources, lang: str, folder: Path) -> None:
    """Write all pages of the book in one language; what the folder held and is gone goes.

    A page that has not changed is left alone, so that Sphinx need not read it again.
    """
    with speaking(lang):
        pages = _pages(sources, lang)
    for old in folder.rglob("*.md"):
        if str(old.relative_to(folder)) not in pages:
            old.unlink()
    for name, text in pages.items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    images = sources.playbook / "images"
    if images.is_dir():
        shutil.copytree(images, folder / "images", dirs_exist_ok=True)


def _pages(sources: Sources, lang: str) -> dict[str, str]:
    web, readme = sources.web, (sources.playbook / "README.md").read_text(encoding="utf-8")
    pages = {}
    for chapter in sources.chapters:
        words = [(term.term(lang), term.id) for term in terms_of(chapter.entries)]
        pages[f"{chapter.path}.md"] = chapter_page(
            chapter, lang, web, sources.drawn.get(chapter.path), words
        )
    for page in sources.notebooks:
        pages[f"notebooks/{page.name}.md"] = notebook_page(page, web, lang)
    for module in web.modules:
        pages[f"functions/{module}.md"] = module_page(module, web, lang)
    pages["functions/index.md"] = function_index(web, lang)
    pages["glossary.md"] = glossary_page(web, lang)
    pages["entries.md"] = entries_page(web, open_entries(readme, lang), lang)
    pages["references.md"] = references_page(web, lang)
    in_order = [c for room in _rooms(sources) for c in _ordered(sources, room)]
    pages["origins.md"] = origins_page(in_order, sources.plans, lang)
    pages["index.md"] = _index(sources, readme, lang)
    return pages


def _index(sources: Sources, readme: str, lang: str) -> str:
    """The first page: the README in one language, what it does not name, and the contents."""
    text = inside(in_one_language(readme, lang), sources.web, up="")
    head, _, rest = text.partition("\n\n")
    unnamed = _unnamed(sources, text, lang)
    trees = [
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(paths) + "\n```"
        for caption, paths in _trees(sources)
    ]
    return "\n\n".join(filter(None, [head, rest, unnamed, *trees])) + "\n"


def _unnamed(sources: Sources, text: str, lang: str) -> str:
    """Chapters that the README does not link, by folder."""
    parts = []
    for room in _rooms(sources):
        pages = [c for c in sources.chapters if c.room == room and f"({c.path}.md)" not in text]
        if pages:
            lines = "\n".join(f"- [{c.title(lang)}]({c.path}.md)" for c in pages)
            parts.append(f"## {room_name(room)}\n\n{lines}")
    return "\n\n".join(parts)


def _rooms(sources: Sources) -> list[str]:
    return sorted({chapter.room for chapter in sources.chapters}, key=room_order)


def contents(sources: Sources, lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The contents beside each page: captions, each with its pages and their titles."""
    titles = {chapter.path: chapter.title(lang) for chapter in sources.chapters}
    with speaking(lang):
        titles |= {f"notebooks/{page.name}": page.titles[lang] for page in sources.notebooks}
        titles |= {
            "glossary": t("Glossary"),
            "references": t("Reference figures"),
            "entries": t("The catalogue"),
            "functions/index": t("The functions"),
            "origins": t("Where the figures come from"),
        }
        return [(caption, [(p, titles[p]) for p in pages]) for caption, pages in _trees(sources)]


def _trees(sources: Sources) -> list[tuple[str, list[str]]]:
    trees = [
        (room_name(room), [chapter.path for chapter in _ordered(sources, room)])
        for room in _rooms(sources)
    ]
    trees.append((t("Notebooks"), [f"notebooks/{page.name}" for page in sources.notebooks]))
    looked_up = ["glossary", "references", "entries", "functions/index", "origins"]
    trees.append((t("Look up"), looked_up))
    return [(caption, pages) for caption, pages in trees if pages]


def _ordered(sources: Sources, room: str) -> list[Chapter]:
    """A room's chapters in the order of the README; what it does not name follows."""
    readme = (sources.playbook / "README.md").read_text(encoding="utf-8")
    places = {
        path: place for place, path in enumerate(re.findall(r"\((\w+/[\w-]+)\.en\.md\)", readme))
    }
    own = [c for c in sources.chapters if c.room == room]
    return sorted(
        own, key=lambda c: (places.get(c.path, 9999), not c.path.endswith("/index"), c.path)
    )
