"""When customers are due to buy again, and whom to remind in the next two weeks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from opsbook.language import count, day, t
from opsbook.lifecycle.bounds import within
from opsbook.lifecycle.purchases import NEEDS, Guests, guests
from opsbook.lifecycle.repurchase_gaps import ALL, gap_histories
from opsbook.lifecycle.repurchase_holdout import Held, tested_earlier
from opsbook.lifecycle.repurchase_model import Renewal
from opsbook.lifecycle.repurchase_rhythms import predictions, rhythm_models, rhythms_frame
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["ALL", "Held", "Repurchase", "gap_histories", "repurchase"]


@dataclass(frozen=True)
class Repurchase:
    """Purchase rhythms, their test, and the reminders that follow.

    Args:
        end: Day after the last one known.
        ahead_days: Days the reminders cover.
        cover: Probability of the intervals of dates.
        models: Model by category; ``ALL`` for the whole shop.
        rhythms: One row per category, fastest first: ``category, customers, gaps,
            typical`` (median days to the next purchase of a new customer who comes back),
            ``low, high`` (days between which the interval's share of gaps falls),
            ``regularity`` (k), ``comes_back`` (share that ever buys again), ``own``
            (whether the category has a rhythm of its own).
        reminders: One row per customer and category due, most urgent first: ``customer_id,
            category, due, first, last`` (dates: expected and interval), ``coming`` (chance
            that the customer has not left), ``chance`` (of a purchase within the days
            ahead), ``value`` (money: chance x usual amount), ``reason``.
        gone: Customers with a rhythm (two purchases or more) who are probably gone and are
            not reminded.
        known: Customers with at least two purchase days.
        held: What became of predictions made on an earlier day; None where the data are too
            short for it.
        nobody: Orders without a customer.
        currency: ISO code of value.
        shop: Title of the shop.
    """

    end: date
    ahead_days: int
    cover: float
    models: Mapping[str, Renewal]
    rhythms: pd.DataFrame
    reminders: pd.DataFrame
    gone: int
    known: int
    held: Held | None
    nobody: Guests
    currency: str
    shop: str


def repurchase(
    shop: Shop,
    *,
    end: date | None = None,
    ahead_days: int = 14,
    cover: float = 0.8,
    least_coming: float = 0.5,
    least_gaps: int = 1,
    holdout_days: int = 90,
    level: float = 0.95,
) -> Repurchase:
    """Fit purchase rhythms, test them on an earlier day, list who is due.

    A customer is due in a category when the usual gap since the last purchase ends within
    the days ahead, or the next purchase is expected within them although it is over.
    Nobody is reminded who is probably gone.

    Args:
        shop: Needs ``orders.customer_id``; without product categories the list has one row
            per customer over everything.
        end: Day after the last one known; after the data's last day unless given.
        ahead_days: Days the list covers, 1 to 60.
        cover: Probability of the date intervals, 0.5 to 0.95.
        least_coming: Chance of not having left that a reminder needs, 0 to 1.
        least_gaps: Gaps of one's own that a reminder needs, 0 or more.
        holdout_days: Length of the test, 14 to 365 days.
        level: Confidence of the test's intervals.

    Raises:
        CannotTell: Orders name no customer, or too few come back.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, low, high in (
        ("ahead_days", ahead_days, 1, 60),
        ("cover", cover, 0.5, 0.95),
        ("least_coming", least_coming, 0, 1),
        ("holdout_days", holdout_days, 14, 365),
    ):
        within(name, value, low, high)
    shop.require(NEEDS)
    span = data_days(shop)
    end = end or span.end
    found = _repurchase(
        shop, span.start, end, ahead_days, cover, least_coming, least_gaps, holdout_days, level
    )
    rows = found.reminders
    rows = rows.assign(reason=[_reason(row) for row in rows.to_dict("records")])
    return replace(found, reminders=rows.drop(columns=["n", "total", "last_day"]))


@shared
def _repurchase(
    shop: Shop,
    start: date,
    end: date,
    ahead_days: int,
    cover: float,
    least_coming: float,
    least_gaps: int,
    holdout_days: int,
    level: float,
) -> Repurchase:
    """``repurchase``, its reminders with the figures of their reasons instead of the words."""
    frame = gap_histories(shop, end)
    models = rhythm_models(frame)
    told = predictions(frame, models, ahead_days, cover)
    left = told["usual"] - told["silent"] - 1
    soon = ((left >= 0) & (left < ahead_days)) | (told["wait"] < ahead_days)
    told["remind"] = np.clip(left, 0, ahead_days - 1)
    due = told[(told["n"] >= least_gaps) & (told["coming"] >= least_coming) & soon]
    everything = told[(told["category"] == ALL) & (told["n"] >= 1)]
    return Repurchase(
        end=end,
        ahead_days=ahead_days,
        cover=cover,
        models=models,
        rhythms=rhythms_frame(frame, models, cover),
        reminders=_reminders(due, end),
        gone=int((everything["coming"] < least_coming).sum()),
        known=len(everything),
        held=tested_earlier(shop, start, end, holdout_days, ahead_days, cover, level),
        nobody=guests(shop, end),
        currency=shop.currency,
        shop=shop.title,
    )


def _reminders(due: pd.DataFrame, end: date) -> pd.DataFrame:
    columns = ["customer_id", "category", "due", "expected", "first", "last"]
    columns += ["coming", "chance", "value", "n", "total", "last_day"]
    # Over everything only for customers who are due in no category of their own.
    named = due[due["category"] != ALL]
    rest = due[(due["category"] == ALL) & ~due["customer_id"].isin(named["customer_id"])]
    rows = pd.concat([named, rest])
    now = pd.Timestamp(end)
    dates = {"due": "remind", "expected": "wait", "first": "soonest", "last": "latest"}
    for name, source in dates.items():
        # The wait starts at the end of the last day known, which is the start of ``end``.
        rows[name] = now + pd.to_timedelta(np.floor(rows[source]), unit="D")
    rows["value"] = rows["chance"] * np.maximum(rows["amount"], 0.0)
    order = ["due", "value", "customer_id", "category"]
    rows = rows.sort_values(order, ascending=[True, False, True, True])
    return rows[columns].reset_index(drop=True)


def _reason(row: Mapping[str, object]) -> str:
    gaps, total = int(row["n"]), float(row["total"])  # type: ignore[call-overload, arg-type]
    last = row["last_day"].date()  # type: ignore[attr-defined]
    usual = count(total / gaps) if gaps else "–"
    if row["category"] == ALL:
        text = t("buys about every {days} days ({n} gaps), last on {last}")
    else:
        text = t("buys {category} about every {days} days ({n} gaps), last on {last}")
    return text.format(days=usual, n=gaps, last=day(last), category=row["category"])
