"""Calendar entries as an iCalendar file that every phone and office program reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

__all__ = ["Entry", "ics_text"]

_MOST_OCTETS = 75
_WAKING_HOUR = 9
_PRODUCT = "-//opsbook//retail calendar//EN"


@dataclass(frozen=True)
class Entry:
    """One all-day entry.

    Args:
        key: Names the entry for good: a later file with the same key replaces it.
        start: First day.
        end: Last day.
        summary: What stands in the calendar.
        text: More about it; may be empty.
        category: Group of entries, such as ``event``.
        notice_days: Days before at which the program reminds, at nine in the morning; 0 for
            no reminder.
        busy: Whether the days show as taken.
        reminder: What the reminder says; the summary unless given.
    """

    key: str
    start: date
    end: date
    summary: str
    text: str = ""
    category: str = ""
    notice_days: int = 0
    busy: bool = False
    reminder: str = ""


def ics_text(entries: Iterable[Entry], *, name: str, stamp: datetime) -> str:
    r"""The whole file, lines ended by CRLF.

    Args:
        entries: What goes in, in order.
        name: What the calendar is called.
        stamp: When the file was made, with a time zone.

    Source:
        RFC 5545: folding at 75 octets (3.1), text escapes (3.3.11), all-day events whose
        end is the day after (3.6.1), alarms (3.6.6).

    Example:
        >>> entry = Entry("618-2027", date(2027, 6, 16), date(2027, 6, 18), "618, peak")
        >>> text = ics_text([entry], name="2027", stamp=datetime(2027, 1, 1, tzinfo=UTC))
        >>> [x for x in text.splitlines() if x.startswith(("DTEND", "SUMMARY"))]
        ['DTEND;VALUE=DATE:20270619', 'SUMMARY:618\\, peak']
    """
    made = f"{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    for entry in entries:
        lines += _event(entry, made)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entry: Entry, made: str) -> list[str]:
    after = entry.end + timedelta(days=1)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_escaped(entry.key)}@opsbook",
        f"DTSTAMP:{made}",
        f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{_escaped(entry.summary)}",
        f"TRANSP:{'OPAQUE' if entry.busy else 'TRANSPARENT'}",
    ]
    if entry.text:
        lines.append(f"DESCRIPTION:{_escaped(entry.text)}")
    if entry.category:
        lines.append(f"CATEGORIES:{_escaped(entry.category)}")
    if entry.notice_days:
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_escaped(entry.reminder or entry.summary)}",
            # An all-day entry begins at midnight: hours back from there, to a waking hour.
            f"TRIGGER:-PT{24 * entry.notice_days - _WAKING_HOUR}H",
            "END:VALARM",
        ]
    return [*lines, "END:VEVENT"]


def _escaped(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    plain = plain.replace("\n", "\\n")
    # Other controls may not stand in a content line at all.
    return "".join(c for c in plain if c == "\t" or (ord(c) >= 32 and ord(c) != 127))


def _folded(line: str) -> list[str]:
    """The line in pieces of at most 75 octets; no character is cut in two."""
    parts: list[str] = []
    piece, size = "", 0
    for sign in line:
        octets = len(sign.encode("utf-8"))
        if size + octets > _MOST_OCTETS:
            parts.append(piece)
            # The blank that marks a continuation is one of its octets.
            piece, size = " ", 1
        piece += sign
        size += octets
    return [*parts, piece]
