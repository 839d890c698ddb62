"""Drills on made weeks: find the day that is wrong, and the step where something broke."""

from typing import Any

from opsbook.language import N_
from opsbook.shop.shop import Shop
from opsbook.teach.drill_worlds import funnels, series
from opsbook.teach.exercise import Exercise, WrongWay
from opsbook.teach.ways import finding as ways

__all__ = ["EXERCISES"]

_ANY = {"orders": ("order_id", "order_ts")}


def _days_given(shop: Shop) -> dict[str, Any]:
    return {"days": series(shop)[0]}


def _week_given(shop: Shop) -> dict[str, Any]:
    return {"week": funnels(shop)[0]}


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
        given=_days_given,
        answer=ways.bad_day,
        solution="import pandas as pd\n\nfrom opsbook.teach import given\n\n"
        'days = given("K08-anomaly")["days"]\n'
        'weekday = pd.to_datetime(days["date"]).dt.day_of_week\n'
        'usual = days.groupby(weekday)["orders"].transform("median")\n'
        'answer = days.loc[(days["orders"] / usual).idxmin(), "date"]\n',
        wrong_ways=(
            WrongWay(
                "lowest_day",
                ways.lowest_day,
                N_("Which weekday is that? How are its neighbours of the other weeks?"),
                N_("The lowest day is a weekend day like all others. Compare by weekday."),
                ways.is_weekend,
            ),
            WrongWay(
                "largest_step_down",
                ways.largest_step,
                N_("What happens on that weekday every week?"),
                N_("Orders fall into every weekend. Compare with the same weekday instead."),
            ),
            WrongWay(
                "highest_day",
                ways.highest_day,
                N_("Is a good day what went wrong?"),
                N_("Look for a day far below its own weekday."),
            ),
            WrongWay(
                "largest_step_up",
                ways.largest_step_up,
                N_("What happens on that weekday every week?"),
                N_("Orders come back every Monday. Compare with the same weekday instead."),
            ),
            WrongWay(
                "week_after",
                ways.week_after,
                N_("You compared two weeks. Which of the two is the odd one?"),
                N_("That day is high only against the week before it. Take several weeks."),
            ),
            WrongWay(
                "right_week_wrong_day",
                ways.monday,
                N_("The week is right. Which of its days?"),
                N_("Divide each day of that week by the median of its own weekday."),
                ways.in_the_bad_week,
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
        given=_week_given,
        answer=ways.broken,
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
                ways.most_missing,
                N_("Is that a worse step, or fewer who arrived?"),
                N_("The largest slice always loses most. Take each step over the one before."),
            ),
            WrongWay(
                "most_missing_below_visits",
                ways.most_missing_step,
                N_("Is that a worse step, or fewer who arrived?"),
                N_("The largest slice always loses most. Take each step over the one before."),
            ),
            WrongWay(
                "where_it_shows_last",
                ways.where_it_ends,
                N_("The device is right. Where does the loss begin?"),
                N_("Payment only passes on what an earlier step lost: look at the rates."),
            ),
            WrongWay(
                "one_step_late",
                ways.later_step,
                N_("The device is right. Where does the loss begin?"),
                N_("This step only passes on what one before it lost: divide each by the last."),
                ways.same_device_later,
            ),
            WrongWay(
                "one_step_early",
                ways.one_step_early,
                N_("The device is right. Which two figures did you divide?"),
                N_("A rate belongs to the step that is reached: cart over view is that of cart."),
                ways.same_device_earlier,
            ),
            WrongWay(
                "right_step_wrong_device",
                ways.other_device,
                N_("The step is right. Is it worse on every device?"),
                N_("Take the rate of this step device by device, counted against expected."),
                ways.same_step,
            ),
            WrongWay(
                "lowest_rate",
                ways.lowest_rate,
                N_("Is that rate low, or lower than it was expected to be?"),
                N_("Few go on to the cart on any device. Compare each rate with the one expected."),
            ),
        ),
        lesson=N_("Look at rates from step to step: a loss is passed on, its cause stands first."),
    ),
)
