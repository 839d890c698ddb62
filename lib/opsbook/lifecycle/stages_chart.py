"""How stages are shown: customers by stage over time, and who moved where."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.language import day as in_words
from opsbook.lifecycle.migration import NOT_YET, Migration
from opsbook.lifecycle.stage_rules import STAGE_ACTIONS, STAGES
from opsbook.lifecycle.stages import Stages

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "flow_table",
    "list_table",
    "plot_migration",
    "plot_stage_history",
    "remind_table",
    "stage_name",
    "stage_table",
]

_MANY_BACK = 0.25
"""Share of lost customers who come back, for certain, from which they were not lost."""
_COLOR = {
    "new": "s2",
    "active": "accent",
    "reactivated": "s3",
    "at risk": "s5",
    "dormant": "quiet",
    "lost": "line",
}


def stage_name(stage: str) -> str:
    """A stage as a report calls it."""
    if stage == NOT_YET:
        return t("not yet a customer")
    name = STAGES[stage]
    return t(name)


def plot_migration(result: Migration) -> Chart:
    """Customers by stage before (rows) and after (columns), as counts.

    Args:
        result: From ``migration``.
    """
    matrix = result.matrix
    moved = [
        t("{n} from {a} to {b}", n=count(matrix.loc[a, b]), a=stage_name(a), b=stage_name(b))
        for a in matrix.index
        for b in matrix.columns
        if a != b and matrix.loc[a, b]
    ]
    return Chart(
        lambda figure, phone: _matrix(figure, matrix, phone),
        title=result.headline(),
        subtitle=t(
            "customers by stage, {before} (rows) and {after} (columns) · shade: share of the row",
            before=in_words(result.before.at),
            after=in_words(result.after.at),
        ),
        alt=t("Matrix of stages: {moves}.", moves="; ".join(moved[:12]) or t("nobody moved")),
        source=result.after.source,
        height=3.4,
        phone_height=3.6,
        data=matrix.reset_index(),
    )


def _matrix(figure: "Figure", matrix: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    ink, accent = COLORS["ink"][0], COLORS["accent"][0]
    whole = matrix.sum(axis=1)
    for y, row in enumerate(matrix.index):
        for x, column in enumerate(matrix.columns):
            n = int(matrix.loc[row, column])
            if not n:
                continue
            share = n / whole[row]
            axes.barh(
                y, 0.96, left=x - 0.48, height=0.92, color=accent, alpha=0.06 + 0.44 * share, lw=0
            )
            axes.text(
                x, y, count(n), ha="center", va="center", fontsize=8 if phone else 9.5, color=ink,
            )  # fmt: skip
    heads = [stage_name(c) for c in matrix.columns]
    if phone:
        heads = [h.replace(" ", "\n") for h in heads]
    axes.set_xticks(range(len(heads)), heads, fontsize=7 if phone else 9, color=ink)
    if phone:
        axes.tick_params(axis="x", rotation=35)
    rows = [stage_name(r) for r in matrix.index]
    axes.set_yticks(range(len(rows)), rows, fontsize=8 if phone else 9, color=ink)
    axes.xaxis.tick_top()
    axes.set_xlim(-0.5, len(heads) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axhline(len(rows) - 1.5, color=COLORS["line"][0], lw=1)
    axes.grid(visible=False)
    axes.spines[["top", "bottom"]].set_visible(False)


def plot_stage_history(history: pd.DataFrame, result: Stages) -> Chart:
    """Customers by stage at month ends, stacked, the lost ones left out.

    Args:
        history: From ``stage_history``.
        result: The stages of the last day.
    """
    wide = history.pivot(index="at", columns="stage", values="customers")[list(STAGES)]
    here = wide.drop(columns="lost")
    ends = [t("{stage} {n}", stage=stage_name(s), n=count(here[s].iloc[-1])) for s in here.columns]
    return Chart(
        lambda figure, phone: _history(figure, here, phone),
        title=result.headline(),
        subtitle=t(
            "customers by stage at month ends; {lost} lost ones are not drawn",
            lost=count(wide["lost"].iloc[-1]),
        ),
        alt=t("Stacked areas of customers by stage; at the end {rows}.", rows=t(", ").join(ends)),
        source=result.source,
        height=3.4,
        phone_height=3.6,
        data=history,
    )


def _history(figure: "Figure", here: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    ink = COLORS["ink"][0]
    bottom = pd.Series(0.0, index=here.index)
    x = range(len(here))
    for stage in here.columns:
        color = COLORS[_COLOR[stage]][0]
        axes.bar(x, here[stage], bottom=bottom, color=color, width=0.8, alpha=0.85)
        middle = bottom.iloc[-1] + here[stage].iloc[-1] / 2
        text = f"{stage_name(stage)} {count(here[stage].iloc[-1])}"
        if here[stage].iloc[-1] > 0.03 * here.sum(axis=1).max():
            axes.text(
                len(here) - 0.5, middle, f" {text}", va="center", fontsize=8 if phone else 9,
                color=color if _COLOR[stage] != "quiet" else ink,
            )  # fmt: skip
        bottom = bottom + here[stage]
    axes.set_xlim(-0.6, len(here) - 0.4 + len(here) * (0.55 if phone else 0.24))
    step = max(1, len(here) // (3 if phone else 6))
    axes.set_xticks(list(x)[::step], [f"{d:%Y-%m}" for d in here.index[::step]])
    axes.yaxis.set_major_formatter(lambda v, _: count(v))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x", visible=False)


def stage_table(result: Stages, outcomes: pd.DataFrame | None = None) -> ShownTable:
    """Customers, sales and action by stage; what such customers did next, where known.

    Args:
        result: From ``stages``.
        outcomes: From ``stage_outcomes``.
    """
    frame = result.counts.copy()
    frame["name"] = [stage_name(s) for s in frame["stage"]]
    actions = [STAGE_ACTIONS[s] for s in frame["stage"]]
    frame["action"] = [t(a) for a in actions]
    fields = [
        Field("name", t("stage")),
        Field("customers", t("customers"), "count"),
        Field("share", t("share"), "share"),
        Field(
            "sales", t("net sales, last 365 days ({currency})", currency=result.currency), "short"
        ),
        Field("limit_mid", t("late after, median days"), "count"),
    ]
    if outcomes is not None:
        frame = frame.merge(outcomes[["stage", "rate"]], on="stage", how="left")
        fields.append(Field("rate", t("bought within the next 90 days (test)"), "share"))
    fields.append(Field("action", t("what to do")))
    return shown_table(
        frame,
        fields,
        caption=t("Customers by stage, {day}", day=in_words(result.at)),
        note=_not_lost(outcomes),
    )


def _not_lost(outcomes: pd.DataFrame | None) -> str:
    """A warning where those called lost come back: grocers, whose customers hardly leave."""
    if outcomes is None:
        return ""
    lost = outcomes.set_index("stage").loc["lost"]
    if not lost["low"] > _MANY_BACK:
        return ""
    return t(
        "{rate} of those called lost 90 days earlier have bought since: in this shop lost means "
        "very late. Keep writing to them.",
        rate=per_cent(lost["rate"], 0),
    )


def flow_table(result: Migration) -> ShownTable:
    """What came into and left each stage; before + came − left = after."""
    frame = result.flows.assign(name=[stage_name(s) for s in result.flows["stage"]])
    fields = (
        Field("name", t("stage")),
        Field("before", in_words(result.before.at), "count"),
        Field("came", t("came"), "count"),
        Field("left", t("left"), "count"),
        Field("after", in_words(result.after.at), "count"),
    )
    return shown_table(frame, fields, caption=t("Every customer accounted for"))


def remind_table(frame: pd.DataFrame, *, currency: str) -> ShownTable:
    """Customers to be reminded this week, the most valuable first.

    Args:
        frame: From ``stage_list`` of those at risk.
        currency: ISO code.
    """
    return list_table(frame, caption=t("Remind this week"), currency=currency)


def list_table(frame: pd.DataFrame, *, caption: str, currency: str) -> ShownTable:
    """The head of a list of customers for action.

    Args:
        frame: From ``stage_list``.
        caption: What the list is.
        currency: ISO code.
    """
    fields = (
        Field("customer_id", t("customer")),
        Field("sales", t("net sales, last 365 days ({currency})", currency=currency), "money"),
        Field("purchases", t("purchases"), "count"),
        Field("reason", t("why")),
    )
    note = t("{n} customers in all.", n=count(len(frame)))
    return shown_table(frame, fields, caption=caption, note=note, most=8)
