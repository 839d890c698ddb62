"""Dates that a schedule can use every day: ``yesterday``, ``-7d``, ``-1month_end``.

A job that runs unattended cannot name a day, so it names a distance from today:

========================  =====================================================
``today`` ``yesterday``   the day of the run and the one before
``-7d`` ``-2w`` ``+1d``   so many days or weeks away
``-1month`` ``-1year``    the same day of another month or year, at most its last
``-1month_start``         first day of last month; ``_end`` is its last day
``0quarter_start``        first day of this quarter
========================  =====================================================

Units are ``d w m q y`` or ``day week month quarter year``.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

__all__ = ["EXAMPLES", "day_of"]

EXAMPLES = "YYYY-MM-DD, yesterday, -7d, -1month_start, -1month_end, -1year_end"
"""What to write, for messages and help."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RELATIVE = re.compile(
    r"([+-]?\d{1,5})(days?|d|weeks?|w|months?|m|quarters?|q|years?|y)(?:_(start|end))?", re.ASCII
)
_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_MONTHS = {"m": 1, "q": 3, "y": 12}


def day_of(text: str, today: date, *, week_start: str = "monday") -> date | None:
    """The day that a text means.

    Args:
        text: ISO date or a distance from today, in any case.
        today: The day of the run.
        week_start: ``monday`` or ``sunday``: where ``-1week_start`` begins.

    Returns:
        The day; None where the text means none.

    Example:
        >>> day_of("-1month_end", date(2024, 3, 15)).isoformat()
        '2024-02-29'
    """
    text = text.strip().lower()
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text)
        if text in _WORDS:
            return today + timedelta(days=_WORDS[text])
        found = _RELATIVE.fullmatch(text)
        return _away(found, today, week_start) if found else None
    except (ValueError, OverflowError):
        return None


def _away(found: re.Match[str], today: date, week_start: str) -> date | None:
    number, unit, edge = int(found[1]), found[2][0], found[3]
    if unit == "d":
        return None if edge else today + timedelta(days=number)
    if unit == "w":
        day = today + timedelta(weeks=number)
        if not edge:
            return day
        first = day - timedelta(days=(day.weekday() + (week_start == "sunday")) % 7)
        return first if edge == "start" else first + timedelta(days=6)
    months = _MONTHS[unit]
    if not edge:
        return _month(today.year, today.month + number * months, today.day)
    # Quarters and years begin at a multiple of their length.
    first_month = (today.month - 1) // months * months + 1 + number * months
    if edge == "start":
        return _month(today.year, first_month, 1)
    return _month(today.year, first_month + months - 1, 31)


def _month(year: int, month: int, day: int) -> date:
    """A day in a month counted from January of ``year``, at most the month's last."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError
    return date(year, month, min(day, monthrange(year, month)[1]))
