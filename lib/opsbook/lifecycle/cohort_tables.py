"""Retention in tables: shares back by day, and channels against the others."""

import numpy as np
import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import per_cent, t
from opsbook.lifecycle.cohorts import Cohorts

__all__ = ["channel_table", "windows_table"]


def windows_table(result: Cohorts, *, kind: str = "channel") -> ShownTable:
    """Share back within 7, 30 and 90 days with intervals.

    Args:
        result: From ``cohorts``.
        kind: ``channel`` (and the shop) or ``month``, the latest twelve.
    """
    rows = result.windows[result.windows["kind"].isin(["all", kind])]
    wide = rows.assign(shown=[
        "–" if r.rate != r.rate else f"{per_cent(r.rate)} [{per_cent(r.low)}, {per_cent(r.high)}]"
        for r in rows.itertuples()
    ])  # fmt: skip
    table = wide.pivot_table(
        index=["kind", "group", "customers"], columns="days", values="shown", aggfunc="first"
    ).reset_index()
    table.columns = [f"d{c}" if isinstance(c, int | np.integer) else c for c in table.columns]
    whole, rest = table[table["kind"] == "all"], table[table["kind"] != "all"]
    if len(rest) == 1:
        # A single group is the whole shop once more.
        rest = rest.head(0)
    rest = (
        rest.sort_values("group", ascending=False)
        if kind == "month"
        else rest.sort_values("customers", ascending=False)
    )
    shown = pd.concat([whole, rest])
    head = t("channel") if kind == "channel" else t("first bought in")
    fields = [Field("group", head), Field("customers", t("new customers"), "count")]
    fields += [
        Field(f"d{d}", t("back within {days} days", days=int(d)))
        for d in sorted(result.windows["days"].unique())
    ]
    return shown_table(
        shown, fields, caption=t("Back for a second purchase, with intervals"),
        note=t("A dash stands where the days are not over for all of a month's customers."),
        most=13,
    )  # fmt: skip


def channel_table(result: Cohorts) -> ShownTable:
    """The comparison of channels on the third purchase, with corrected p-values."""
    frame = result.again if not result.again.empty else result.compared
    fields = (
        Field("channel", t("channel")),
        Field("observed", t("customers"), "count"),
        Field("rate", t("share back"), "share"),
        Field("gap", t("gap to the others"), "points"),
        Field("gap_low", t("from"), "points"),
        Field("gap_high", t("to"), "points"),
        Field("p_holm", t("p, corrected"), "number"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Channels against the others, month by month"),
        note=t(
            "Gap: Mantel-Haenszel over months, so that a channel's season does not count; p "
            "after Holm's correction for the number of channels."
        ),
    )
