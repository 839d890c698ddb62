"""Why a customer is on the churn list, in words that whoever calls can use."""

from typing import Any

import pandas as pd

from opsbook.language import count, money, t
from opsbook.lifecycle.churn_model import ChurnModel

__all__ = ["driver_name", "reasons"]

_WORTH_SAYING = 0.1
"""Log odds below which a driver is no reason."""


def driver_name(driver: str) -> str:
    """A driver in the reader's language; a feature of the analyst's own keeps its name."""
    known = {
        "recency": t("silence since the last order"),
        "rhythm": t("purchase rhythm"),
        "tenure": t("time as a customer"),
        "money": t("spend and discounts"),
        "visits": t("visits to the shop"),
        "returns": t("returns"),
        "delivery": t("late parcels"),
        "reviews": t("reviews"),
        "channel": t("channel"),
    }
    return known.get(driver, driver)


def reasons(frame: pd.DataFrame, model: ChurnModel, currency: str) -> pd.Series:
    """The two drivers that raise a customer's risk most, said with the customer's figures.

    Args:
        frame: Features of the customers.
        model: What scored them.
        currency: ISO code of money.

    Returns:
        One text per row of the frame.
    """
    if frame.empty:
        return pd.Series("", index=frame.index)
    parts = model.contributions(frame)
    first = _say(frame, parts, parts.idxmax(axis=1), parts.max(axis=1), currency)
    rest = parts.mask(parts.eq(parts.max(axis=1), axis=0))
    filled = rest.fillna(-1e9)
    second = _say(frame, parts, filled.idxmax(axis=1), filled.max(axis=1), currency)
    none = t("nothing unusual: the shop's customers often leave at this point")
    both = first.where(second == "", first + t("; ") + second)
    return both.where(first != "", none)


def _say(
    frame: pd.DataFrame,
    parts: pd.DataFrame,
    chosen: "pd.Series[Any]",
    size: "pd.Series[Any]",
    currency: str,
) -> "pd.Series[Any]":
    said = pd.Series("", index=frame.index, dtype=object)
    for driver in parts.columns:
        mine = (chosen == driver) & (size >= _WORTH_SAYING)
        if mine.any():
            rows = frame[mine].to_dict("records")
            said[mine] = [_words(str(driver), row, currency) for row in rows]
    return said


def _words(driver: str, row: dict[str, Any], currency: str) -> str:
    once = row["days_bought"] <= 1
    if driver == "recency":
        days = count(row["recency"])
        if once:
            return t("the only order was {n} days ago", n=days)
        usual = count((row["tenure"] - row["recency"]) / (row["days_bought"] - 1))
        return t("last order {n} days ago, usually one in {gap}", n=days, gap=usual)
    if driver == "rhythm":
        if once:
            return t("has bought only once")
        return t(
            "{n} purchases in {days} days",
            n=count(row["days_bought"]),
            days=count(row["tenure"]),
        )
    if driver == "tenure":
        return t("customer for {n} days", n=count(row["tenure"]))
    if driver == "money":
        return t("spent {amount} in a year", amount=money(row["amount"], currency))
    if driver == "visits":
        if row["visit_silence"] >= 400:
            return t("never seen logged in")
        return t("last visit {n} days ago", n=count(row["visit_silence"]))
    if driver == "returns":
        return t("{n} returns", n=count(row["returns"])) if row["returns"] else t("no returns")
    if driver == "delivery":
        if row["last_late"]:
            return t("the last parcel was late")
        return t("{n} late parcels", n=count(row["late"]))
    if driver == "reviews":
        if row["bad_reviews"]:
            return t("{n} bad reviews", n=count(row["bad_reviews"]))
        return t("writes no reviews") if not row["reviews"] else t("reviews were good")
    if driver == "channel":
        return t("came by {channel}", channel=row["channel"])
    return f"{driver}: {count(row[driver], 2)}"
