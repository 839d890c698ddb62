"""When a job runs: cron's five fields, read once and said in the words of every scheduler."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from opsbook.language import t

__all__ = ["When"]

_SHORT = {
    "hourly": "0 * * * *",
    "daily": "30 6 * * *",
    "weekly": "30 6 * * 1",
    "monthly": "30 6 1 * *",
}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", re.ASCII)


@dataclass(frozen=True)
class When:
    """A schedule.

    Args:
        text: Minute, hour, day of the month, month, weekday, as cron writes them.
    """

    text: str

    @classmethod
    def parse(cls, given: str) -> "When":
        """Read five fields, or ``hourly``, ``daily``, ``weekly``, ``monthly``.

        Names of months and weekdays become numbers.

        Raises:
            ValueError: Neither; the message says what would be valid.
        """
        fields = _SHORT.get(given.strip().lower(), given).lower().split()
        if len(fields) == 5:
            fields[3] = _numbers(fields[3], _MONTHS, 1)
            fields[4] = _numbers(fields[4], _DAYS, 0)
            if all(map(_valid, fields, _LIMITS)):
                return cls(" ".join(fields))
        raise ValueError(
            t('"daily" / "weekly" / "monthly" / "hourly", or minute hour day month weekday')
            + ': "30 6 * * 1"'
        )

    @property
    def _fields(self) -> list[str]:
        return self.text.split()

    def systemd(self, zone: str = "") -> list[str]:
        """``OnCalendar=`` expressions; two where cron means "this day or that weekday"."""
        minute, hour, day, month, weekday = self._fields
        clock = f"{_calendar(hour)}:{_calendar(minute)}:00" + (f" {zone}" if zone else "")
        days = ",".join(_DAYS[int(d) % 7].title() for d in _numbers_of(weekday, (0, 7)))
        either = day != "*" and weekday != "*"
        dates = [f"*-{_calendar(month, 1)}-{_calendar(day, 1)}"] if day != "*" or not either else []
        if weekday != "*":
            plain = f"{days} *-{_calendar(month, 1)}-*"
            dates = [*dates, plain] if either else [plain]
        return [f"{date} {clock}" for date in dates]

    def utc(self, zone: str, at: datetime) -> "When | None":
        """The same moment by the clock of UTC, for schedulers that know no other.

        Args:
            zone: Zone that the schedule is written in.
            at: When the zone's distance from UTC is looked up: summer time moves it.

        Returns:
            None where a shift across midnight cannot be written in cron's fields.
        """
        offset = ZoneInfo(zone).utcoffset(at.replace(tzinfo=None)) or timedelta()
        minute, hour, day, month, weekday = self._fields
        minutes = int(offset.total_seconds() // 60)
        if not minutes or (hour == "*" and minutes % 60 == 0):
            return self
        if not (hour.isdigit() and minute.isdigit()):
            return None
        moved = int(hour) * 60 + int(minute) - minutes
        days, rest = divmod(moved, 24 * 60)
        if days and (day != "*" or month != "*"):
            return None
        if days and weekday != "*":
            shifted = sorted((d + days) % 7 for d in {w % 7 for w in _numbers_of(weekday, (0, 7))})
            weekday = ",".join(map(str, shifted))
        return When(f"{rest % 60} {rest // 60} {day} {month} {weekday}")


def _numbers(field: str, names: tuple[str, ...], first: int) -> str:
    return re.sub(
        r"[a-z]+",
        lambda m: str(names.index(m[0]) + first) if m[0] in names else m[0],
        field,
    )


def _valid(field: str, limits: tuple[int, int]) -> bool:
    for part in field.split(","):
        found = _PART.fullmatch(part)
        if not found or found[4] == "0" or len(part) > 20:
            return False
        numbers = [int(n) for n in (found[2], found[3]) if n]
        if numbers != sorted(numbers) or not all(limits[0] <= n <= limits[1] for n in numbers):
            return False
    return True


def _numbers_of(field: str, limits: tuple[int, int]) -> list[int]:
    """Every number that a field stands for."""
    found: set[int] = set()
    for part in field.split(","):
        whole = _PART.fullmatch(part)
        assert whole  # parse() let it through
        low, high = (int(whole[2]), int(whole[3] or whole[2])) if whole[2] else limits
        if whole[2] and whole[4] and not whole[3]:
            high = limits[1]
        found |= set(range(low, high + 1, int(whole[4] or 1)))
    return sorted(found)


def _calendar(field: str, first: int = 0) -> str:
    """A field as systemd writes it: ``1..5``, ``0/15``; days and months begin at 1."""
    parts = []
    for part in field.split(","):
        step = re.fullmatch(r"\*/(\d+)", part)
        parts.append(f"{first}/{step[1]}" if step else part.replace("-", ".."))
    return ",".join(parts)
