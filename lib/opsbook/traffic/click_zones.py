"""Which parts of a page are clicked, by how many of those who saw the page, and who buys then."""

import numpy as np
import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, t
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.paths_chart import station_name
from opsbook.traffic.share_gap import share_gap

__all__ = ["click_zones", "zones_table"]

_NEEDS = {"events": ("session_id", "event_ts", "type", "page", "element")}


@shared
def click_zones(shop: Shop, period: Period, *, level: float = 0.95) -> pd.DataFrame:
    """Count clicks by page and part of it.

    Args:
        shop: Needs ``events`` with ``page`` and ``element``.
        period: Days of the events.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        One row per page and element, by visits that clicked: ``page, element, clicks, visits``
        (that clicked), ``seen`` (visits that viewed the page or clicked on it), ``share``,
        ``paid`` (share of the clicking visits that paid), ``gap, low, high`` (that less the
        share of the other visits on the page that paid). No cause: who means to buy clicks.

    Raises:
        CannotTell: No column names the part of the page, or nothing was clicked.
    """
    shop.require(_NEEDS)
    events = in_days(shop.events, period.start, period.end, "event_ts")
    payers = events.filter(events.type == "pay").select(payer="session_id").distinct()
    used = events.filter(events.type.isin(["view", "click"]), events.page.notnull())
    used = used.mutate(hit=(used.type == "click") & used.element.notnull())
    joined = used.left_join(payers, used.session_id == payers.payer)
    joined = joined.mutate(pays=joined.payer.notnull().cast("int64"))
    there = joined.group_by("page", "session_id").aggregate(pays=joined.pays.max())
    pages = there.group_by("page").aggregate(seen=there.count(), seen_paid=there.pays.sum())
    hits = joined.filter(joined.hit)
    each = hits.group_by("page", "element", "session_id").aggregate(
        clicks=hits.count(), pays=hits.pays.max()
    )
    zones = each.group_by("page", "element").aggregate(
        clicks=each.clicks.sum(), visits=each.count(), k=each.pays.sum()
    )
    frame: pd.DataFrame = zones.join(pages, "page").execute()
    if frame.empty:
        raise CannotTell(N_("no click of {period} names a part of a page"), period=str(period))
    frame["share"] = frame["visits"] / frame["seen"]
    frame["paid"] = frame["k"] / frame["visits"]
    rest = (frame["seen"] - frame["visits"]).to_numpy(float)
    gap, low, high, _ = share_gap(
        frame["k"].to_numpy(float), frame["visits"].to_numpy(float),
        (frame["seen_paid"] - frame["k"]).to_numpy(float), np.maximum(rest, 1.0), level=level,
    )  # fmt: skip
    known = rest > 0
    for name, values in (("gap", gap), ("low", low), ("high", high)):
        frame[name] = np.where(known, values, np.nan)
    frame = frame.drop(columns=["k", "seen_paid"])
    return frame.sort_values(
        ["visits", "page", "element"], ascending=[False, True, True], ignore_index=True
    )


def zones_table(zones: pd.DataFrame, *, most: int = 10) -> ShownTable:
    """Parts of pages by visits that clicked on them."""
    frame = zones.assign(
        name=[f"{station_name(r.page)} · {_words(r.element)}" for r in zones.itertuples()]
    )
    fields = (
        Field("name", t("Part of the page")),
        Field("visits", t("visits that clicked"), "count"),
        Field("share", t("of visits on the page"), "share"),
        Field("paid", t("of these paid"), "share"),
        Field("gap", t("against the others on the page"), "points"),
        Field("low", t("from"), "points"),
        Field("high", t("to"), "points"),
    )
    note = t("Who means to buy clicks more: a difference is no effect of the part.")
    return shown_table(frame, fields, caption=t("What is clicked"), note=note, most=most)


def _words(element: str) -> str:
    """A part's id as it is read: it may be written for machines."""
    return str(element).replace("_", " ")
