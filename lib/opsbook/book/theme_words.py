"""What the theme itself says on each page, in Chinese: it comes with few words of that language."""

from pathlib import Path

from opsbook.language import N_, speaking, t

__all__ = ["label", "write_words"]

_WORDS = (
    N_("On this page"),
    N_("Back to top"),
    N_("Skip to content"),
    N_("Next"),
    N_("Previous"),
    N_("Home"),
    N_("Search"),
    N_("Contents"),
    N_("Please activate JavaScript to enable the search functionality."),
)
_LABELS = (
    N_("Toggle Light / Dark / Auto color theme"),
    N_("Toggle site navigation sidebar"),
    N_("Toggle table of contents sidebar"),
)
"""What only a screen reader says; the theme leaves it in English whatever the language."""


def write_words(folder: Path, lang: str) -> None:
    """Write the theme's messages where Sphinx looks for them.

    Args:
        folder: Folder of catalogues, given to Sphinx as ``locale_dirs``.
        lang: Sphinx's name of the language, such as ``zh_CN``.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    catalogue = Catalog(locale=lang)
    with speaking(lang[:2]):
        for word in _WORDS:
            catalogue.add(word, t(word))
    file = folder / lang / "LC_MESSAGES" / "sphinx.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_mo(stream, catalogue)


def label(page: Path) -> None:
    """Say what the buttons of a page do, in the language in force."""
    text = page.read_text(encoding="utf-8")
    said = text
    for word in _LABELS:
        said = said.replace(f'aria-label="{word}"', f'aria-label="{t(word)}"')
    if said != text:
        page.write_text(said, encoding="utf-8")
