"""How suppliers' lead times are shown, and the supplier that has got worse."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, per_cent, t
from opsbook.supply.supplier_trend import Deterioration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["aspect_name", "deterioration_table", "deterioration_words", "lead_times_table",
           "left_out_words", "plot_deterioration", "plot_lead_times"]  # fmt: skip


def aspect_name(aspect: str) -> str:
    """What got worse, in words."""
    return {
        "level": t("longer lead times"),
        "spread": t("more uneven lead times"),
        "pass": t("more rejects"),
    }.get(aspect, "–")


def plot_lead_times(times: pd.DataFrame, *, source: str, level: float = 0.95) -> Chart:
    """Mean lead time with interval against the agreed days, and the ninetieth percentile.

    Args:
        times: From ``lead_times`` or ``current_lead_times``.
        source: Title of the shop.
        level: Confidence of the intervals, as computed.
    """
    known = times[times["n"] > 0]
    frame = known.sort_values("mean_days").tail(30).reset_index(drop=True)
    over = known.loc[known["mean_low"] > known["agreed_days"], "supplier_id"]
    accent, ink, neg = (COLORS[k][0] for k in ("accent", "ink", "neg"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            bad = row.mean_low > row.agreed_days
            tone = neg if bad else accent
            axes.plot([row.mean_days, row.p90], [y, y], color=COLORS["line"][0], lw=5)
            axes.plot([row.mean_low, row.mean_high], [y, y], color=tone, lw=2.4)
            axes.plot(row.mean_days, y, "s" if bad else "o", color=tone, ms=6)
            axes.plot(row.agreed_days, y, "|", color=ink, ms=11, mew=1.8)
        _names(axes, frame["supplier_id"], phone)
        axes.set_xlabel(t("days from order to receipt"))
        axes.set_xlim(left=0)

    if len(over) > 4:
        title = t("{n} of {all} suppliers take longer than agreed", n=len(over), all=len(known))
    elif len(over):
        title = t("Longer than agreed on average: {names}", names=", ".join(over))
    else:
        title = t("No supplier clearly takes longer than agreed")
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "point: mean with {level} interval, square: above the agreed days; grey bar: up to "
            "the slowest tenth; stroke: agreed days",
            level=per_cent(level, 0),
        ),
        alt=t("Mean lead time: {rows}").format(
            rows="; ".join(
                f"{r.supplier_id} {count(r.mean_days, 1)} ({count(r.agreed_days, 1)})"
                for r in frame.iloc[::-1].itertuples()
            )
        ),
        source=source,
        height=1.0 + 0.21 * len(frame),
        data=times,
    )


def _names(axes: "Axes", names: pd.Series, phone: bool) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8 if phone else 9)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.grid(axis="y", visible=False)


def left_out_words(times: pd.DataFrame) -> str:
    """What was left out of lead times, and why; empty where nothing was."""
    parts = []
    for column, text in (
        ("negative", t("received before they were ordered")),
        ("too_long", t("under way for more than 365 days")),
    ):
        n = int(times[column].sum())
        if n:
            parts.append(f"{count(n)} {text}")
    idle = int((times["n"] == 0).sum())
    said = ""
    if parts:
        said = t("Left out: deliveries {reasons}.", reasons="; ".join(parts))
    if idle:
        said += (" " if said else "") + t(
            "{n} suppliers have received nothing yet to judge by; their figures are the shop's.",
            n=idle,
        )
    return said


def lead_times_table(times: pd.DataFrame, *, most: int = 30) -> ShownTable:
    """Lead times with what they rest on.

    Args:
        times: From ``lead_times``.
        most: Rows shown.
    """
    fields = [Field("supplier_id", t("supplier"))]
    if "sku" in times:
        fields.append(Field("sku", t("product")))
    fields += [
        Field("n", t("deliveries"), "count"),
        Field("overdue", t("open, overdue"), "count"),
        Field("agreed_days", t("agreed, days"), "number"),
        Field("mean_days", t("mean, days"), "number"),
        Field("raw_mean_days", t("own cases alone, days"), "number"),
        Field("sd_days", t("standard deviation, days"), "number"),
        Field("p90", t("nine in ten within, days"), "count"),
        Field("late_share", t("late"), "share"),
        Field("late_low", t("from"), "share"),
        Field("late_high", t("to"), "share"),
    ]
    frame = times.sort_values("late_share", ascending=False)
    return shown_table(
        frame, fields, caption=t("Lead times by supplier"), note=left_out_words(times), most=most
    )


def deterioration_words(found: Deterioration) -> str:
    """What the test says, in a few sentences."""
    told = found.suppliers["told"]
    text = t(
        "{n} suppliers were tested; the chance of ever naming one that has not changed is at "
        "most {risk}, over all of them and however often one looks.",
        n=int(told.sum()),
        risk=per_cent(found.false_alarm, 0 if found.false_alarm >= 0.01 else 2),
    )
    for row in found.flagged.itertuples():
        text += " " + t(
            "{supplier}: {what} since {day}; {before} days before, {after} since.",
            supplier=row.supplier_id,
            what=aspect_name(row.aspect),
            day=day(row.changed.date()),
            before=count(row.mean_before, 1),
            after=count(row.mean_after, 1),
        )
    if found.flagged.empty:
        text += " " + t("None has got worse.")
    few = int((~told).sum())
    if few:
        text += " " + t("{n} have too few deliveries to tell.", n=few)
    return text


def plot_deterioration(found: Deterioration, supplier: str = "") -> Chart:
    """Every delivery of one supplier in the order of ordering, with its means and promise.

    Args:
        found: From ``deterioration``.
        supplier: Whom to show; the latest that was flagged, else the nearest to an alarm.
    """
    table = found.suppliers.set_index("supplier_id")
    if not supplier:
        order = found.flagged["supplier_id"]
        supplier = str(order.iloc[0] if len(order) else table["evidence"].idxmax())
    row = table.loc[supplier]
    part = found.log[found.log["supplier_id"] == supplier]
    accent, neg, ink, quiet = (COLORS[k][0] for k in ("accent", "neg", "ink", "quiet"))
    flagged = bool(row["flagged"])

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        bad = part["order_date"] >= row["changed"] if flagged else part["lead"] < 0
        for rows, tone, mark in ((part[~bad], accent, "o"), (part[bad], neg, "s")):
            axes.plot(rows["order_date"], rows["lead"], mark, color=tone, ms=4, alpha=0.55, mew=0)
            if len(rows):
                axes.plot(rows["order_date"].iloc[[0, -1]], [rows["lead"].mean()] * 2,
                          color=tone, lw=2.4)  # fmt: skip
        axes.plot(part["order_date"], part["agreed"], color=ink, lw=1.2, ls=(0, (4, 3)))
        if flagged:
            axes.axvline(row["known"], color=quiet, lw=1.2)
            axes.annotate(t("alarm"), (row["known"], axes.get_ylim()[1]), (4, -10),
                          textcoords="offset points", fontsize=9, color=ink)  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.set_ylabel(t("days"))
        ticks = pd.date_range(part["order_date"].min(), part["order_date"].max(), freq="MS")
        ticks = ticks[:: max(1, len(ticks) // (3 if phone else 7))]
        axes.set_xticks(ticks, ticks.strftime("%Y-%m"))

    if flagged:
        title = t(
            "{supplier} has got worse since {day}: {before} days before, {after} since",
            supplier=supplier,
            day=day(row["changed"].date()),
            before=count(float(row["mean_before"]), 1),
            after=count(float(row["mean_after"]), 1),
        )
    else:
        title = t("No supplier has got worse; {supplier} varies most", supplier=supplier)
    return Chart(
        draw,
        title=title,
        subtitle=t("days from order to receipt, one point per delivery; dashed: agreed"),
        alt=t(
            "{n} deliveries of {supplier}; mean lead time {before} days before the change",
            n=len(part),
            supplier=supplier,
            before=count(float(row["mean_before"]), 1),
        ),
        source=found.shop,
        height=3.2,
        phone_height=2.9,
        data=part[["order_date", "lead", "agreed", "is_open"]],
    )


def deterioration_table(found: Deterioration, *, most: int = 12) -> ShownTable:
    """Flagged suppliers, before and after; all suppliers where none is flagged."""
    frame = found.flagged if len(found.flagged) else found.suppliers
    frame = frame.assign(
        what=[aspect_name(a) for a in frame["aspect"]],
        since=[day(d.date()) if pd.notna(d) else "–" for d in frame["changed"]],
        alarm=[day(d.date()) if pd.notna(d) else "–" for d in frame["known"]],
    )
    fields = (
        Field("supplier_id", t("supplier")),
        Field("what", t("what got worse")),
        Field("since", t("orders since")),
        Field("alarm", t("alarm possible on")),
        Field("mean_before", t("mean before, days"), "number"),
        Field("mean_after", t("mean since, days"), "number"),
        Field("sd_before", t("spread before, days"), "number"),
        Field("sd_after", t("spread since, days"), "number"),
        Field("pass_before", t("passed before"), "share"),
        Field("pass_after", t("passed since"), "share"),
    )
    return shown_table(
        frame, fields, caption=t("Who has got worse"), note=deterioration_words(found), most=most
    )
