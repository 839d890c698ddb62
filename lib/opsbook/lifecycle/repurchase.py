"""When customers are due to buy again, and whom to remind in the next two weeks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, day, t
from opsbook.lifecycle.churn_measure import calibration_bins, wilson
from opsbook.lifecycle.purchases import NEEDS, Guests, guests, purchase_days
from opsbook.lifecycle.repurchase_model import Gaps, Renewal, fit_renewal
from opsbook.shop.periods import data_days
from opsbook.shop.sales import sales_lines
from opsbook.shop.shop import Shop

__all__ = ["ALL", "Held", "Repurchase", "gap_histories", "repurchase"]

ALL = "*"
"""Category of histories over everything a customer bought."""
_FEW = 30
"""Gaps a category needs for a rhythm of its own."""


@dataclass(frozen=True)
class Held:
    """What became of predictions made on an earlier day.

    Args:
        made: First day not known to the predictions.
        days: Length of the holdout, days.
        came: Customers (and categories) that bought again within it.
        inside: Those of them whose purchase fell into their interval.
        share: ``inside / came``.
        low: Lower end of the confidence interval of the share.
        high: Upper end.
        chances: ``calibration_bins`` of the chance to buy within the reminder's days.
    """

    made: date
    days: int
    came: int
    inside: int
    share: float
    low: float
    high: float
    chances: pd.DataFrame


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


def gap_histories(shop: Shop, end: date, *, by_category: bool = True) -> pd.DataFrame:
    """Gaps between purchase days per customer, and per customer and category.

    Args:
        shop: Needs ``orders.customer_id``; categories need ``products.category``.
        end: Day after the last one to read.
        by_category: Whether to add a row per category beside that over everything.

    Returns:
        One row per customer and category: ``customer_id, category`` (``ALL`` for
        everything), ``n`` (gaps), ``total`` (days in them), ``logs`` (sum of logarithms),
        ``silent`` (days since the last purchase day), ``last_day``, ``amount`` (mean of a
        purchase day, money; 0 where unknown).

    Raises:
        CannotTell: Orders name no customer, or nobody bought before ``end``.
    """
    shop.require(NEEDS)
    days = purchase_days(shop, end)
    parts = [days.select("customer_id", "day", "amount", category=ibis.literal(ALL))]
    if by_category and shop.has("order_lines") and shop.has("products", "category"):
        lines = sales_lines(shop)
        lines = lines.filter(
            lines.customer_id.notnull(), lines.category.notnull(), lines.day < ibis.literal(end)
        )
        bought = lines.group_by("customer_id", "category", "day").aggregate(
            amount=lines.amount.sum()
        )
        parts.append(bought.select("customer_id", "day", "amount", "category"))
    rows = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
    frame = _gaps(rows, end).execute()
    if frame.empty:
        raise CannotTell(N_("no named customer has bought anything before {end}"), end=end)
    frame["last_day"] = pd.to_datetime(frame["last_day"])
    numbers = ["n", "total", "logs", "silent", "amount"]
    frame[numbers] = frame[numbers].astype("float64")
    return frame.sort_values(["category", "customer_id"], ignore_index=True)


def _gaps(rows: Frame, end: date) -> Frame:
    keys = ["customer_id", "category"]
    before = ibis.window(group_by=keys, order_by="day")
    rows = rows.mutate(earlier=rows.day.lag().over(before))
    rows = rows.mutate(gap=rows.day.delta(rows.earlier, unit="day").cast("float64"))
    per = rows.group_by(keys).aggregate(
        n=rows.count() - 1,
        total=rows.gap.sum().fill_null(0.0),
        logs=rows.gap.ln().sum().fill_null(0.0),
        last_day=rows.day.max(),
        amount=rows.amount.mean().fill_null(0.0),
    )
    final = ibis.literal(end - timedelta(days=1))
    return per.mutate(silent=final.delta(per.last_day, unit="day"))


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
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of bounds; use {low} to {high}"),
                name=name,
                value=value,
                low=low,
                high=high,
            )
    shop.require(NEEDS)
    span = data_days(shop)
    end = end or span.end
    frame = gap_histories(shop, end)
    models = _models(frame)
    told = _predicted(frame, models, ahead_days, cover)
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
        rhythms=_rhythms(frame, models, cover),
        reminders=_reminders(due, end),
        gone=int((everything["coming"] < least_coming).sum()),
        known=len(everything),
        held=_test(shop, span.start, end, holdout_days, ahead_days, cover, level),
        nobody=guests(shop, end),
        currency=shop.currency,
        shop=shop.title,
    )


def _of(frame: pd.DataFrame) -> Gaps:
    return Gaps(*(frame[c].to_numpy(np.float64) for c in ("n", "total", "logs", "silent")))


def _models(frame: pd.DataFrame) -> dict[str, Renewal]:
    """One model over everything, and one per category, drawn towards that of all categories."""
    every = frame["category"] == ALL
    models = {ALL: fit_renewal(_of(frame[every]))}
    parts = frame[~every]
    if parts["n"].sum() < 10:
        return models
    pooled = fit_renewal(_of(parts))
    for category, rows in parts.groupby("category"):
        own = rows["n"].sum() >= _FEW
        fitted = fit_renewal(_of(rows), prior=pooled) if own else pooled
        models[str(category)] = fitted
    return models


def _predicted(
    frame: pd.DataFrame,
    models: Mapping[str, Renewal],
    ahead: int,
    cover: float,
    within: float | None = None,
) -> pd.DataFrame:
    """Chance to be there, chance to buy, and days until the expected date and its interval."""
    parts = []
    for category, rows in frame.groupby("category"):
        model = models.get(str(category))
        if model is None:
            continue
        gaps = _of(rows)
        tail = (1 - cover) / 2
        parts.append(
            rows.assign(
                coming=model.coming(gaps),
                chance=model.buys_within(gaps, ahead),
                usual=model.usual(gaps),
                wait=model.wait(gaps, 0.5, within=within),
                soonest=model.wait(gaps, tail, within=within),
                latest=model.wait(gaps, 1 - tail, within=within),
            )
        )
    return pd.concat(parts)


def _rhythms(frame: pd.DataFrame, models: Mapping[str, Renewal], cover: float) -> pd.DataFrame:
    tail = (1 - cover) / 2
    sizes = frame.groupby("category").agg(customers=("n", "size"), gaps=("n", "sum"))
    rows = [
        {
            "category": category,
            "customers": int(sizes.loc[category, "customers"]),
            "gaps": int(sizes.loc[category, "gaps"]),
            "typical": model.typical(),
            "low": model.typical(tail),
            "high": model.typical(1 - tail),
            "regularity": model.k,
            "comes_back": model.comes_back(),
            "own": category == ALL or bool(sizes.loc[category, "gaps"] >= _FEW),
        }
        for category, model in models.items()
    ]
    return pd.DataFrame(rows).sort_values(["typical", "category"], ignore_index=True)


def _reminders(due: pd.DataFrame, end: date) -> pd.DataFrame:
    columns = ["customer_id", "category", "due", "expected", "first", "last"]
    columns += ["coming", "chance", "value", "reason"]
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
    rows["reason"] = [_reason(row) for row in rows.to_dict("records")]
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


def _test(
    shop: Shop, start: date, end: date, days: int, ahead: int, cover: float, level: float
) -> Held | None:
    """Predict as if it were an earlier day, and look at what came."""
    made = end - timedelta(days=days)
    if made - timedelta(days=days) < start:
        return None
    before = gap_histories(shop, made)
    try:
        models = _models(before)
    except CannotTell:
        return None
    told = _predicted(before, models, min(ahead, days), cover, within=float(days))
    # Only who had a rhythm of his own is reminded, so only they are tested.
    told = told[told["n"] >= 1].copy()
    following = _next_day(shop, made, end).execute()
    told = told.merge(following, on=["customer_id", "category"], how="left")
    waited = (pd.to_datetime(told["following"]) - pd.Timestamp(made)).dt.days
    came = waited.notna()
    if int(came.sum()) < 20:
        return None
    # A date is right to the day: both ends of the interval are whole days.
    inside = (waited >= np.floor(told["soonest"])) & (waited <= np.floor(told["latest"]))
    n, hits = int(came.sum()), int(inside[came].sum())
    low, high = wilson(hits, n, level=level)
    bought = (waited < min(ahead, days)).astype("int64")
    return Held(
        made=made,
        days=days,
        came=n,
        inside=hits,
        share=hits / n,
        low=float(low),
        high=float(high),
        chances=calibration_bins(bought, told["chance"], level=level),
    )


def _next_day(shop: Shop, start: date, end: date) -> Frame:
    days = purchase_days(shop, end)
    parts = [days.select("customer_id", "day", category=ibis.literal(ALL))]
    if shop.has("order_lines") and shop.has("products", "category"):
        lines = sales_lines(shop)
        lines = lines.filter(lines.customer_id.notnull(), lines.category.notnull())
        parts.append(lines.select("customer_id", "day", "category"))
    rows = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
    rows = rows.filter(rows.day >= ibis.literal(start), rows.day < ibis.literal(end))
    return rows.group_by("customer_id", "category").aggregate(following=rows.day.min())
