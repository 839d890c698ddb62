"""Drills on made weeks: find the day that is wrong, and the step where something broke."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from opsbook.language import N_
from opsbook.shop.shop import Shop
from opsbook.teach.draws import drawn
from opsbook.teach.exercise import Exercise, WrongWay

__all__ = ["EXERCISES"]

_ANY = {"orders": ("order_id", "order_ts")}
_WEEKS = 10
_DEVICES = ("mobile", "desktop", "tablet")
_STEPS = ("view", "cart", "checkout", "pay")
_RATES = (0.62, 0.19, 0.55, 0.82)
"""Share of those at the step before that reach the step; visits come first."""


def _series(shop: Shop) -> tuple[pd.DataFrame, date]:
    """Ten weeks of orders a day with one bad day, and that day.

    The weekend is weak, so the bad day (a working day) is neither the lowest nor the one with
    the largest step down: only against its own weekday does it stand out.
    """
    rng = drawn(shop, "K08-anomaly")
    first = date(2026, 3, 2) + timedelta(weeks=int(rng.integers(0, 12)))
    level = float(rng.uniform(400, 900))
    week = np.array([1.0, 1.01, 1.02, 1.03, 1.05, 0.58, 0.52]) * rng.uniform(0.985, 1.015, 7)
    days = np.arange(_WEEKS * 7)
    mean = level * week[days % 7] * (1 + 0.0006 * days)
    bad = int(rng.integers(3, _WEEKS - 2)) * 7 + int(rng.integers(1, 4))
    mean[bad] *= float(rng.uniform(0.72, 0.76))
    orders = np.round(mean * rng.normal(1, 0.018, len(days))).astype(int)
    dates = [first + timedelta(days=int(i)) for i in days]
    return pd.DataFrame({"date": dates, "orders": orders}), dates[bad]


def _series_given(shop: Shop) -> dict[str, Any]:
    return {"days": _series(shop)[0]}


def _bad_day(shop: Shop) -> date:
    return _series(shop)[1]


def _lowest_day(shop: Shop) -> date:
    frame = _series(shop)[0]
    found: date = frame.loc[frame["orders"].idxmin(), "date"]
    return found


def _largest_step(shop: Shop) -> date:
    frame = _series(shop)[0]
    found: date = frame.loc[frame["orders"].diff().idxmin(), "date"]
    return found


def _highest_day(shop: Shop) -> date:
    frame = _series(shop)[0]
    found: date = frame.loc[frame["orders"].idxmax(), "date"]
    return found


def _funnels(shop: Shop) -> tuple[pd.DataFrame, str, str]:
    """A week and what was expected of it, by device and step; device and step that broke."""
    rng = drawn(shop, "K08-fault")
    broken = _DEVICES[int(rng.integers(1, 3))]
    place = int(rng.integers(0, 3))
    visits = {"mobile": 52_000, "desktop": 9_000, "tablet": 5_000}
    rows = []
    for device in _DEVICES:
        usual = now = visits[device] * float(rng.uniform(0.9, 1.1))
        # Fewer visits on mobile are the season: no step of theirs is worse than it was.
        now *= 0.84 if device == "mobile" else float(rng.uniform(0.97, 1.03))
        rows.append((device, "visit", round(usual), round(now)))
        for i, (step, rate) in enumerate(zip(_STEPS, _RATES, strict=True)):
            usual *= rate
            now *= rate * float(rng.normal(1, 0.008))
            if device == broken and i == place:
                now *= 0.58
            rows.append((device, step, round(usual), round(now)))
    frame = pd.DataFrame(rows, columns=["device", "step", "expected", "counted"])
    return frame, broken, _STEPS[place]


def _funnels_given(shop: Shop) -> dict[str, Any]:
    return {"week": _funnels(shop)[0]}


def _fault(shop: Shop) -> str:
    _, device, step = _funnels(shop)
    return f"{device} {step}"


def _most_missing(shop: Shop) -> str:
    frame = _funnels(shop)[0]
    row = frame.loc[(frame["expected"] - frame["counted"]).idxmax()]
    return f"{row['device']} {row['step']}"


def _where_it_ends(shop: Shop) -> str:
    return f"{_funnels(shop)[1]} pay"


def _most_missing_step(shop: Shop) -> str:
    frame = _funnels(shop)[0]
    frame = frame[frame["step"] != "visit"]
    row = frame.loc[(frame["expected"] - frame["counted"]).idxmax()]
    return f"{row['device']} {row['step']}"


EXERCISES = (
    Exercise(
        id="K08-anomaly",
        room="traffic",
        chapter="traffic/D15-drill",
        title=N_("Drill: the day that is wrong"),
        question=N_(
            "Ten weeks of orders by day. On one day something went wrong. On which? Compare like "
            "with like."
        ),
        kind="date",
        needs=_ANY,
        given=_series_given,
        answer=_bad_day,
        solution="import pandas as pd\n\nfrom opsbook.teach import given\n\n"
        'days = given("K08-anomaly")["days"]\n'
        'weekday = pd.to_datetime(days["date"]).dt.day_of_week\n'
        'usual = days.groupby(weekday)["orders"].transform("median")\n'
        'answer = days.loc[(days["orders"] / usual).idxmin(), "date"]\n',
        wrong_ways=(
            WrongWay(
                "lowest_day",
                _lowest_day,
                N_("Which weekday is that? How are its neighbours of the other weeks?"),
                N_("The lowest day is a weekend day like all others. Compare by weekday."),
            ),
            WrongWay(
                "largest_step_down",
                _largest_step,
                N_("What happens on that weekday every week?"),
                N_("Orders fall into every weekend. Compare with the same weekday instead."),
            ),
            WrongWay(
                "highest_day",
                _highest_day,
                N_("Is a good day what went wrong?"),
                N_("Look for a day far below its own weekday."),
            ),
        ),
        lesson=N_("A day has to be compared with days of its own kind before it is called odd."),
    ),
    Exercise(
        id="K08-fault",
        room="traffic",
        chapter="traffic/D01-funnel",
        title=N_("Drill: where it broke"),
        question=N_(
            "A week by device and step, with what last weeks led to expect. At one step of one "
            'device something broke. Answer with device and step, such as "mobile view".'
        ),
        kind="name",
        needs=_ANY,
        given=_funnels_given,
        answer=_fault,
        solution="from opsbook.teach import given\n\n"
        'week = given("K08-fault")["week"]\n'
        'before = week.groupby("device").shift()\n'
        'rate = week["counted"] / before["counted"]\n'
        'usual = week["expected"] / before["expected"]\n'
        "row = week.loc[(rate / usual).idxmin()]\n"
        'answer = row["device"] + " " + row["step"]\n',
        wrong_ways=(
            WrongWay(
                "most_missing_in_numbers",
                _most_missing,
                N_("Is that a worse step, or fewer who arrived?"),
                N_("The largest slice always loses most. Take each step over the one before."),
            ),
            WrongWay(
                "most_missing_below_visits",
                _most_missing_step,
                N_("Is that a worse step, or fewer who arrived?"),
                N_("The largest slice always loses most. Take each step over the one before."),
            ),
            WrongWay(
                "where_it_shows_last",
                _where_it_ends,
                N_("The device is right. Where does the loss begin?"),
                N_("Payment only passes on what an earlier step lost: look at the rates."),
            ),
        ),
        lesson=N_("Look at rates from step to step: a loss is passed on, its cause stands first."),
    ),
)
