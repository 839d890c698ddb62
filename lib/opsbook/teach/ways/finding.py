"""How a wrong day or a wrong step is found: what each short cut answers, and who took it."""

from datetime import date, timedelta
from typing import Any

from opsbook.shop.shop import Shop
from opsbook.teach.drill_worlds import DEVICES, STEPS, funnels, series

__all__ = [
    "bad_day", "broken", "highest_day", "in_the_bad_week", "is_weekend", "largest_step",
    "largest_step_up", "later_step", "lowest_day", "lowest_rate", "monday", "most_missing",
    "most_missing_step", "one_step_early", "other_device", "same_device_earlier",
    "same_device_later", "same_step", "week_after", "where_it_ends",
]  # fmt: skip


# --- the day that is wrong ------------------------------------------------------------------


def bad_day(shop: Shop) -> date:
    """The day."""
    return series(shop)[1]


def lowest_day(shop: Shop) -> date:
    """The lowest day of all."""
    frame = series(shop)[0]
    found: date = frame.loc[frame["orders"].idxmin(), "date"]
    return found


def is_weekend(shop: Shop, day: Any) -> bool:
    """Any Saturday or Sunday: low every week."""
    return isinstance(day, date) and day.weekday() >= 5


def _step(shop: Shop, days: int, *, up: bool) -> date:
    frame = series(shop)[0]
    steps = frame["orders"].diff(days)
    found: date = frame.loc[steps.idxmax() if up else steps.idxmin(), "date"]
    return found


def largest_step(shop: Shop) -> date:
    """The largest fall from one day to the next."""
    return _step(shop, 1, up=False)


def largest_step_up(shop: Shop) -> date:
    """The largest rise from one day to the next."""
    return _step(shop, 1, up=True)


def week_after(shop: Shop) -> date:
    """The day that differs most from the week before, because that one was bad."""
    return _step(shop, 7, up=True)


def highest_day(shop: Shop) -> date:
    """The highest day of all."""
    frame = series(shop)[0]
    found: date = frame.loc[frame["orders"].idxmax(), "date"]
    return found


def monday(shop: Shop) -> date:
    """The first day of the week with the bad day."""
    day = bad_day(shop)
    return day - timedelta(days=day.weekday())


def in_the_bad_week(shop: Shop, day: Any) -> bool:
    """Any other working day of that week."""
    return isinstance(day, date) and 0 <= (day - monday(shop)).days < 5


# --- the step that broke --------------------------------------------------------------------

_ALL = ("visit", *STEPS)


def broken(shop: Shop) -> str:
    """Device and step that broke."""
    _, device, step = funnels(shop)
    return f"{device} {step}"


def most_missing(shop: Shop) -> str:
    """The row that lacks most people."""
    frame = funnels(shop)[0]
    row = frame.loc[(frame["expected"] - frame["counted"]).idxmax()]
    return f"{row['device']} {row['step']}"


def most_missing_step(shop: Shop) -> str:
    """The same without the row of visits."""
    frame = funnels(shop)[0]
    frame = frame[frame["step"] != "visit"]
    row = frame.loc[(frame["expected"] - frame["counted"]).idxmax()]
    return f"{row['device']} {row['step']}"


def where_it_ends(shop: Shop) -> str:
    """The last step of the right device."""
    return f"{funnels(shop)[1]} pay"


def _beside(shop: Shop, steps: int) -> str:
    _, device, step = funnels(shop)
    return f"{device} {_ALL[_ALL.index(step) + steps]}"


def later_step(shop: Shop) -> str:
    """One step after the broken one."""
    return _beside(shop, 1)


def one_step_early(shop: Shop) -> str:
    """One step before the broken one."""
    return _beside(shop, -1)


def _parts(answer: Any) -> tuple[str, str]:
    device, _, step = str(answer).partition(" ")
    return (device, step) if device in DEVICES and step in _ALL else ("", "")


def _off(shop: Shop, answer: Any) -> int:
    """By how many steps an answer on the right device is late; 0 for any other."""
    device, step = _parts(answer)
    _, mine, wanted = funnels(shop)
    return _ALL.index(step) - _ALL.index(wanted) if device == mine else 0


def same_device_later(shop: Shop, answer: Any) -> bool:
    """Any later step of the right device."""
    return _off(shop, answer) > 0


def same_device_earlier(shop: Shop, answer: Any) -> bool:
    """Any earlier step of the right device."""
    return _off(shop, answer) < 0


def other_device(shop: Shop) -> str:
    """The step that broke, on the device whose steps are sound and not the largest."""
    _, device, step = funnels(shop)
    other = next(name for name in reversed(DEVICES) if name != device)
    return f"{other} {step}"


def same_step(shop: Shop, answer: Any) -> bool:
    """The right step on any other device."""
    device, step = _parts(answer)
    return step == funnels(shop)[2] and device != funnels(shop)[1]


def lowest_rate(shop: Shop) -> str:
    """The step with the lowest rate on the largest device, low in every week."""
    return f"{DEVICES[0]} cart"
