"""Abandoned carts drawn: who leaves them behind, and the list of whom to write to."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.language import period as span
from opsbook.traffic.carts import Carts
from opsbook.traffic.step_words import named, part_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["carts_words", "plot_carts", "recovery_table"]


def carts_words(found: Carts) -> str:
    """What was counted, in two sentences."""
    text = t(
        "{left} of {all} carts were not paid within {hours} hours: {rate} [{low}, {high}]; "
        "{begun} of them had begun the checkout.",
        left=count(found.counts["abandoned"]),
        all=count(found.counts["carts"]),
        hours=found.hours,
        rate=per_cent(found.rate),
        low=per_cent(found.low),
        high=per_cent(found.high),
        begun=count(found.counts["reached_checkout"]),
    )
    if found.later == found.later:
        text += " " + t(
            "{share} of those left behind are paid within {days} days after all, without "
            "being asked.",
            share=per_cent(found.later),
            days=found.recent_days,
        )
    return text


def plot_carts(found: Carts) -> Chart:
    """Abandoned share by group, with intervals; the line is all carts."""
    frame = found.profile
    accent, quiet, line, ink = (COLORS[k][0] for k in ("accent", "quiet", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(found.rate, color=line, lw=1, ls=(0, (4, 3)))
        place, ticks, before = 0.0, [], ""
        for row in frame.itertuples():
            place += 1.5 if before and row.trait != before else 1.0
            before = row.trait
            tone = accent if row.p < 0.05 else quiet
            axes.plot([row.low, row.high], [place] * 2, color=tone, lw=2)
            axes.plot(row.rate, place, "o", color=tone, ms=6)
            ticks.append(place)
        axes.set_yticks(ticks, [part_of(r.trait, r.group) for r in frame.itertuples()], color=ink)
        axes.set_ylim(place + 0.8, 0.2)
        axes.set_xlim(0, 1.02)
        parts = [0, 0.5, 1.0] if phone else [0, 0.25, 0.5, 0.75, 1.0]
        axes.set_xticks(parts, ["0", *(per_cent(p, 0) for p in parts[1:])])
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("carts not paid"))

    days = span(found.period.start, found.period.end)
    rows = "; ".join(f"{part_of(r.trait, r.group)} {per_cent(r.rate)}" for r in frame.itertuples())
    return Chart(
        draw,
        title=t("{share} of carts are left behind; {begun} of these at the checkout",
                share=per_cent(found.rate, 0),
                begun=per_cent(found.counts["reached_checkout"] /
                               max(found.counts["abandoned"], 1), 0)),
        subtitle=t("share of carts, with {level} interval; grey: may be chance",
                   level=per_cent(found.level, 0)) + f" · {days}",
        alt=t("Carts not paid: {rows}", rows=rows or "–"),
        source=found.shop,
        height=1.0 + 0.26 * max(len(frame), 1),
        data=frame,
    )  # fmt: skip


def recovery_table(found: Carts, *, most: int = 12) -> ShownTable:
    """The first rows of the recovery list."""
    reasons = {"checkout": t("stopped at the checkout"), "cart": t("left it in the cart")}
    frame = found.recovery
    shown = frame.assign(
        when=[f"{v:%Y-%m-%d %H:%M}" for v in frame["last_cart"]],
        reason=[reasons[v] for v in frame["reason"]],
        device=[named(v) if isinstance(v, str) else "–" for v in frame["device"]],
    )
    worth = {
        "margin": t("margin, {currency}"),
        "sales": t("sales, {currency}"),
        "none": t("worth, {currency}"),
    }[found.basis].format(currency=found.currency)
    fields = (
        Field("customer_id", t("Customer")),
        Field("when", t("last filled")),
        Field("device", t("Device")),
        Field("items", t("products"), "count"),
        Field("price", t("price of it all, {currency}").format(currency=found.currency), "money"),
        Field("value", worth, "money"),
        Field("reason", t("Reason")),
    )
    return shown_table(
        shown,
        fields,
        caption=t("Carts of the last {days} days still to be paid").format(days=found.recent_days),
        note=t(
            "{n} customers are on the list. Left out: {unknown} carts of visitors nobody knows, "
            "{refused} of customers who do not want to be written to.",
            n=count(len(frame)),
            unknown=count(found.unknown),
            refused=count(found.refused),
        ),
        most=most,
    )
