"""The shop's table of campaigns as it is read: names, days, who touches whom, last year's run."""

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from opsbook.reference.events import known_event
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["campaign_rows", "days_of_row", "stem_of", "touching", "years_before"]

_YEAR_DAYS = 365
_SHIFT_DAYS = 60
"""How far an event may move from one year to the next: lunar dates move by up to a month,
and platforms open earlier than the year before."""
_DATED = re.compile(r"[\s·_-]*(?:19|20)\d\d(?:[-/.年]\d{1,2}月?)?年?[\s·_-]*")


def stem_of(name: str) -> str:
    """What an event is called in every year: its known id, or its name without the year.

    Example:
        >>> stem_of("618 2026"), stem_of("Flash sale 2025-02")
        ('sale_618', 'flash sale')
    """
    bare = _DATED.sub(" ", name).strip()
    return known_event(bare or name).casefold()


def campaign_rows(shop: Shop) -> pd.DataFrame:
    """Campaigns with a first and a last day, by first day of the peak; every column is there.

    Args:
        shop: Needs ``campaigns``.
    """
    found = shop.campaigns.execute()
    for column in ("name", "type", "discount_rule"):
        texts = found[column] if column in found else pd.Series(None, found.index, dtype=object)
        found[column] = texts.fillna("").astype(str)
    for column in ("goal_gmv", "goal_new_customers", "budget"):
        found[column] = found[column].astype(float) if column in found else float("nan")
    for column in ("start_date", "end_date", "preheat_start_date", "tail_start_date"):
        found[column] = pd.to_datetime(found[column]) if column in found else pd.NaT
    found["campaign_id"] = found["campaign_id"].astype(str)
    found["name"] = found["name"].where(found["name"].str.strip() != "", found["campaign_id"])
    sound = found["start_date"].notna() & (found["end_date"] >= found["start_date"])
    return found[sound].sort_values(["start_date", "campaign_id"], ignore_index=True)


def days_of_row(row: Any) -> Period:
    """Warm-up to the last day of a campaign.

    Args:
        row: Of ``campaign_rows``, as a tuple.
    """
    first = row.preheat_start_date
    start = first if not pd.isna(first) and first < row.start_date else row.start_date
    return Period(start.date(), row.end_date.date() + timedelta(days=1))


def touching(whole: list[Period]) -> list[list[int]]:
    """For each campaign the places of those that share at least one day with it, in order.

    Args:
        whole: Days of each.
    """
    found: list[list[int]] = [[] for _ in whole]
    running: list[int] = []
    for k in sorted(range(len(whole)), key=lambda k: whole[k].start):
        running = [i for i in running if whole[i].end > whole[k].start]
        for i in running:
            found[i].append(k)
            found[k].append(i)
        running.append(k)
    return [sorted(places) for places in found]


def years_before(rows: pd.DataFrame) -> list[str | None]:
    """For each campaign the number of the same event about 365 days earlier, None if none.

    It is the same by its name but for the year; of several the nearest date counts.

    Args:
        rows: From ``campaign_rows``.
    """
    known = {name: stem_of(name) for name in rows["name"].unique()}
    day = rows["start_date"].to_numpy("datetime64[D]").astype(np.int64)
    numbers = rows["campaign_id"].tolist()
    found: list[str | None] = [None] * len(rows)
    for places in rows.groupby(rows["name"].map(known), sort=False).indices.values():
        dates = day[places]
        at = np.searchsorted(dates, dates - _YEAR_DAYS)
        for k, right in zip(places, at, strict=True):
            past = day[k] - _YEAR_DAYS
            close = [i for i in (right - 1, right) if 0 <= i < len(dates)]
            nearest = min(close, key=lambda i: abs(dates[i] - past))
            if abs(dates[nearest] - past) <= _SHIFT_DAYS:
                # Of several on one day the first.
                first = int(np.searchsorted(dates, dates[nearest]))
                found[k] = str(numbers[places[first]])
    return found
