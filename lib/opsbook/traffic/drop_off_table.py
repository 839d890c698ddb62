"""What each step of the funnel loses, and which steps failed, as tables."""

from typing import Any

import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, t
from opsbook.language import period as span
from opsbook.traffic.drop_off import DropOff
from opsbook.traffic.step_words import named

__all__ = ["drop_off_table", "faults_table"]


def drop_off_table(found: DropOff, *, most: int = 12) -> ShownTable:
    """Every step and device in money, all together first."""
    shown = found.steps.assign(
        name=[named(n) for n in found.steps["name"]],
        group=[named(g) if g else t("all") for g in found.steps["group"]],
        change=[_change(r) for r in found.steps.itertuples()],
    )
    money = found.worth.basis != "none"
    heads = (
        t("worth of the change, {currency}").format(currency=found.currency),
        t("worth of the best device's rate, {currency}").format(currency=found.currency),
        t("worth of all lost here, {currency}").format(currency=found.currency),
    )
    fields = (
        Field("name", t("Step")),
        Field("group", t("Device")),
        Field("before", t("visits before it"), "count"),
        Field("rate", t("go on"), "share"),
        Field("change", t("against the past, points")),
        *((
            Field("past_money", heads[0], "money"),
            Field("peer_money", heads[1],
                  "money"),
            Field("loss_money", heads[2], "money"),
        ) if money else ()),
    )  # fmt: skip
    note = t(
        "{worth}. Worth = visits x share that pays later x that amount. All lost is an upper "
        "bound: most who leave never meant to buy. ~: may be chance.",
        worth=found.worth.words(),
    )
    return shown_table(shown, fields, caption=t("What each step loses, {days}").format(
        days=span(found.period.start, found.period.end)), note=note, most=most)  # fmt: skip


def _change(row: Any) -> str:
    if row.past_change != row.past_change:
        return "–"
    # The head names the unit: said in every cell it would take a second line.
    moved = round(100 * (row.rate - row.past_rate), 1)
    text = ("+" if moved > 0 else "") + count(moved, 1)
    return text if row.past_p < 0.05 else f"~ {text}"


def faults_table(found: DropOff) -> ShownTable:
    """Faults with their days, visits and cost."""
    columns = ["name", "group", "days", "cases", "reached", "expected", "lost", "money"]
    rows = [
        (
            named(found.names[c.fault.step]), named(c.fault.group),
            span(c.fault.start, c.fault.end), c.fault.cases, c.fault.reached,
            c.fault.expected, c.lost_paying,
            float("nan") if c.money is None else -c.money,
        )
        for c in found.faults
    ]  # fmt: skip
    fields = (
        Field("name", t("Step")),
        Field("group", t("Device")),
        Field("days", t("Days")),
        Field("cases", t("visits before it"), "count"),
        Field("reached", t("reached it"), "count"),
        Field("expected", t("expected"), "count"),
        Field("lost", t("payments lost"), "count"),
        Field("money", t("worth, {currency}").format(currency=found.currency), "money"),
    )
    return shown_table(
        pd.DataFrame(rows, columns=columns), fields, caption=t("Steps that failed on one device"),
        note=t("Expected: as on the other devices on the same days, less the usual distance."),
    )  # fmt: skip
