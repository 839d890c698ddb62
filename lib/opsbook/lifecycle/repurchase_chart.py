"""Purchase rhythms and the days on which customers are due, drawn and tabled."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, language, money, per_cent, t
from opsbook.lifecycle.repurchase import ALL, Repurchase

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_due", "plot_rhythms", "reminders_table", "rhythms_table"]

_MOST = 16


def _label(category: str) -> str:
    return t("everything") if category == ALL else category


def plot_rhythms(found: Repurchase) -> Chart:
    """Days to the next purchase by category: the middle, and where most gaps lie."""
    # Categories without a rhythm of their own would repeat one line; the table has them.
    told = found.rhythms[found.rhythms["own"]].head(_MOST)
    frame = told.iloc[::-1].reset_index(drop=True)
    ink, muted, accent = (COLORS[k][0] for k in ("ink", "muted", "accent"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            tone = ink if row.category == ALL else accent
            axes.plot([row.low, row.high], [y, y], color=tone, lw=2, solid_capstyle="round")
            axes.plot(row.typical, y, "o", color=tone, ms=7)
            axes.annotate(
                count(row.typical), (row.typical, y), (0, 6), textcoords="offset points",
                ha="center", fontsize=8.5, color=tone,
            )  # fmt: skip
        axes.set_xscale("log")
        low, high = float(frame["low"].min()), float(frame["high"].max())
        ticks = [v for v in (1, 3, 7, 14, 30, 90, 365, 1095) if low * 0.8 <= v <= high * 1.2]
        if phone:
            # Each a factor of four or more from the next: a phone has no room for closer ones.
            ticks = [v for v in ticks if v in (3, 14, 90, 365)]
        axes.set_xticks(ticks, [count(v) for v in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(frame)), [_label(c) for c in frame["category"]], color=ink)
        axes.set_ylim(-0.6, len(frame) - 0.2)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("days to the next purchase (log scale)"), color=muted)

    first = told[told["category"] != ALL].head(1)
    if len(first):
        title = t(
            "{name} is bought again soonest: after {days} days, if at all",
            name=first["category"].iloc[0],
            days=count(float(first["typical"].iloc[0])),
        )
    else:
        title = t(
            "Customers who come back do so after {days} days",
            days=count(float(found.rhythms["typical"].iloc[0])),
        )
    rows = "; ".join(
        t(
            "{name} {days} days ({low} to {high})",
            name=_label(r.category),
            days=count(r.typical),
            low=count(r.low),
            high=count(r.high),
        )
        for r in told.itertuples()
    )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "median days of those who come back, with the middle {share} of gaps",
            share=per_cent(found.cover, 0),
        ),
        alt=t("Days to the next purchase: {rows}", rows=rows),
        source=found.shop,
        height=max(2.4, 1.0 + 0.36 * len(frame)),
        data=found.rhythms,
    )


def _short(when: pd.Timestamp) -> str:
    return f"{when.month}-{when.day:02d}" if language() == "zh" else f"{when.day} {when:%b}"


def plot_due(found: Repurchase) -> Chart:
    """Customers due on each of the days ahead."""
    days = pd.date_range(found.end, periods=found.ahead_days)
    # A customer due in two categories is one message.
    first = found.reminders.drop_duplicates("customer_id")
    per = first.groupby("due")["customer_id"].size().reindex(days, fill_value=0)
    accent, ink = COLORS["accent"][0], COLORS["ink"][0]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.bar(range(len(per)), per.to_numpy(), color=accent, width=0.75)
        for x, value in enumerate(per):
            if value and (not phone or len(per) <= 14):
                axes.text(x, value, count(value), ha="center", va="bottom", fontsize=8, color=ink)
        step = max(1, len(per) // (4 if phone else 7))
        at = list(range(0, len(per), step))
        axes.set_xticks(at, [_short(days[i]) for i in at])
        axes.set_ylim(0, max(float(per.max()) * 1.15, 1.0))
        axes.yaxis.set_major_formatter(lambda v, _: count(v))
        axes.grid(axis="x", visible=False)
        axes.set_ylabel(t("customers due"))

    value = float(found.reminders["value"].sum())
    return Chart(
        draw,
        title=t(
            "{n} customers are due to buy again in the next {days} days",
            n=count(len(first)),
            days=found.ahead_days,
        ),
        subtitle=t("customers by the day their usual gap is over"),
        alt=t(
            "Customers due per day, {low} to {high} a day; expected sales {value}",
            low=count(float(per.min())),
            high=count(float(per.max())),
            value=money(value, found.currency),
        ),
        source=found.shop,
        height=3.0,
        phone_height=2.6,
        data=per.rename("customers").rename_axis("due").reset_index(),
    )


def rhythms_table(found: Repurchase) -> ShownTable:
    """Rhythm of each category in figures."""
    shown = found.rhythms.assign(category=[_label(c) for c in found.rhythms["category"]])
    fields = (
        Field("category", t("Category")),
        Field("customers", t("Customers"), "count"),
        Field("gaps", t("gaps seen"), "count"),
        Field("typical", t("median days"), "count"),
        Field("low", t("from"), "count"),
        Field("high", t("to"), "count"),
        Field("comes_back", t("ever buy again"), "share"),
        Field("regularity", t("regularity (1 = by chance)"), "number"),
    )
    note = ""
    if not found.rhythms["own"].all():
        note = t("Categories with fewer than 30 gaps share the rhythm of all categories.")
    return shown_table(
        shown, fields, caption=t("When customers buy again, by category"), note=note, most=20
    )


def reminders_table(found: Repurchase, *, most: int = 12) -> ShownTable:
    """The first rows of the reminder list."""
    frame = found.reminders
    shown = frame.assign(
        category=[_label(c) for c in frame["category"]],
        due=[day(d.date()) for d in frame["due"]],
        range=[
            f"{day(a.date())} – {day(b.date())}"
            for a, b in zip(frame["first"], frame["last"], strict=True)
        ],
    )
    fields = (
        Field("customer_id", t("Customer")),
        Field("category", t("Category")),
        Field("due", t("remind on")),
        Field("range", t("next purchase between")),
        Field("chance", t("chance in {days} days").format(days=found.ahead_days), "share"),
        Field("value", t("expected sales, {currency}").format(currency=found.currency), "money"),
        Field("reason", t("Reason")),
    )
    note = t("{shown} of {n} reminders are shown.", shown=min(most, len(frame)), n=len(frame))
    return shown_table(
        shown, fields, caption=t("Who is due"), note=note if len(frame) else "", most=most
    )
