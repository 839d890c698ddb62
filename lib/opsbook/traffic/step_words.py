"""Steps, devices, classes of traffic and times in the reader's language."""

from opsbook.language import N_, count, t

__all__ = ["duration", "named", "part_of"]

_WORDS = {
    "visit": N_("visit"),
    "product view": N_("product view"),
    "cart": N_("cart"),
    "checkout": N_("checkout"),
    "pay": N_("payment"),
    "mobile": N_("mobile"),
    "tablet": N_("tablet"),
    "desktop": N_("desktop"),
    "search": N_("search"),
    "category": N_("category browsing"),
    "paid": N_("paid traffic"),
    "content": N_("content"),
    "event": N_("event traffic"),
    "external": N_("external sites"),
}
_GROUPS = {
    ("known", "yes"): N_("known customer"),
    ("known", "no"): N_("not logged in"),
    ("checkout", "yes"): N_("checkout begun"),
    ("checkout", "no"): N_("left before checkout"),
    ("basket", "low"): N_("cart value: lowest third"),
    ("basket", "middle"): N_("cart value: middle third"),
    ("basket", "high"): N_("cart value: highest third"),
}


def named(word: str) -> str:
    """The contract's own words translated; a shop's words as they are; a dash for none."""
    return t(_WORDS[word]) if word in _WORDS else word or "–"


def part_of(trait: str, group: str) -> str:
    """A group of carts in words."""
    found = _GROUPS.get((trait, group))
    return t(found) if found else named(group)


def duration(seconds: float) -> str:
    """A time as people say it: ``45 s``, ``12 min``, ``3.5 h``, ``2.1 days``."""
    for size, text in ((86_400, N_("{n} days")), (3600, N_("{n} h")), (60, N_("{n} min"))):
        if seconds >= 1.5 * size:
            number = seconds / size
            return t(text, n=count(number, 0 if number >= 10 or number == int(number) else 1))
    return t("{n} s", n=count(seconds))
