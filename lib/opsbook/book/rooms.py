"""What the rooms of the house are called in the book, and in which order they come."""

from opsbook.language import N_, t

__all__ = ["room_name", "room_order"]

_NAMES = {
    "market": N_("Market"),
    "lifecycle": N_("User lifecycle"),
    "supply": N_("Supply chain"),
    "traffic": N_("Traffic funnels"),
    "campaign": N_("Campaign review"),
    "team": N_("Team"),
    "cases": N_("Cases"),
    "mixups": N_("What people mix up"),
    "help": N_("Troubleshooting"),
    "course": N_("Course"),
    # Rooms of the library alone.
    "common": N_("Shared by several rooms"),
    "reference": N_("Reference and calendar"),
    "shop": N_("Shop data"),
    "teach": N_("Course"),
    "language": N_("Language"),
}
"""Names of folders, in order; any other folder is named as it is, and comes last."""


def room_name(folder: str) -> str:
    """The name of a folder of the playbook or the library, in the language in force."""
    return t(_NAMES[folder]) if folder in _NAMES else folder.capitalize()


def room_order(folder: str) -> tuple[int, str]:
    """A key to sort folders by."""
    known = list(_NAMES)
    return (known.index(folder) if folder in known else len(known), folder)
