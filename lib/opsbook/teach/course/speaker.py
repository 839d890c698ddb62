"""The speaker's screen: reveal.js's own notes view, in the language of the slides.

It opens with the key S, shows this slide, the next one, the time and the notes, and asks the
network for nothing. The plugin travels inside each deck.
"""

from importlib.resources import files

from opsbook.language import N_, t

__all__ = ["notes_script"]

_WORDS = (
    ("<title>{}<", "reveal.js - Speaker View", N_("Speaker view")),
    ('label">{}<', "Upcoming", N_("Next slide")),
    ("{} <span", "Time", N_("Time")),
    (">{}<", "Click to Reset", N_("click: from zero")),
    ('label">{}<', "Notes", N_("Notes")),
    (">{}<", "Loading speaker view...", N_("Opening the speaker view …")),
    ("'{}'", "Layout", N_("Layout")),
    ("'{}'", "Default", N_("Both slides")),
    ("'{}'", "Wide", N_("Side by side")),
    ("'{}'", "Tall", N_("One above the other")),
    ("'{}'", "Notes only", N_("Notes only")),
    (
        "{}",
        "Speaker view popup failed to open. Please make sure popups are allowed and reopen the "
        "speaker view.",
        N_("The browser blocked the speaker's window. Allow windows for this page, press S again."),
    ),
)
"""Words of the plugin that a speaker reads: what stands around them, the words, ours."""


def notes_script() -> str:
    """The plugin as text that may stand inside a page, in the language in force."""
    text = (files("opsbook.teach.course") / "reveal/notes.js").read_text(encoding="utf-8")
    for around, words, message in _WORDS:
        text = text.replace(around.format(words), around.format(_unquoted(t(message))))
    # Inside a page, these would be read as the beginning of a comment or of a script.
    return text.replace("<!--", r"<\x21--").replace("<script", r"<\x73cript")


def _unquoted(text: str) -> str:
    """Words that can stand between any quotes of a script."""
    return text.translate({ord("\\"): "", ord("`"): "", ord("$"): "", ord("'"): "\u2019"})
