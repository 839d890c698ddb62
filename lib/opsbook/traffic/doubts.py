"""Findings that rest on events whose tracking is broken say so, and are of low confidence."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from opsbook.finding import Finding
from opsbook.shop.periods import Period
from opsbook.traffic.tracking import Tracking

__all__ = ["Doubts", "doubted", "in_doubt"]

Doubts = Callable[[str, Period, str], str]
"""Event type, days and device to what is wrong with their tracking, in words."""


def doubted(note: Finding, words: str) -> Finding:
    """The finding with what is wrong below its evidence; unchanged without words."""
    if not words:
        return note
    return replace(note, evidence=f"{note.evidence} {words}", confidence="low")


def in_doubt(
    notes: Iterable[Finding], health: Tracking | None, days: Period, *kinds: str
) -> list[Finding]:
    """Mark findings that count these events.

    Args:
        notes: Findings of one section.
        health: What ``tracking`` found; None where it could not look: nothing is marked.
        days: Days that the section counts.
        kinds: Types of event that it counts; the first that is in doubt is named.
    """
    found = health.faults.doubts if health else None
    words = next((w for kind in kinds if found and (w := found(kind, days, ""))), "")
    return [doubted(note, words) for note in notes]
