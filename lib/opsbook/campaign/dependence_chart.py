"""Promotional and everyday sales by month, and the share of each, drawn and tabled."""

from typing import TYPE_CHECKING

from opsbook.campaign.dependence import Dependence
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, count, money, per_cent, points, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["dependence_table", "dependence_title", "dependence_words", "plot_dependence"]

_WHAT = {
    "event": N_("on days of big campaigns"),
    "any": N_("on days of any campaign"),
    "tagged": N_("in orders that carry a campaign"),
    "below": N_("of goods below list price"),
}


def dependence_title(found: Dependence) -> str:
    """The share of event days, and whether dependence grows."""
    values = {"share": per_cent(found.now, 0), "days": per_cent(found.day_share, 0)}
    text = t("{share} of sales come on the {days} of days with a big campaign", **values)
    if found.verdict == "one_year":
        return text
    verdict = {
        "growing": N_("; dependence grows and everyday sales fall"),
        "more": N_("; event days gain on everyday days"),
        "less": N_("; everyday days gain on event days"),
        "steady": N_("; no clear change in a year"),
    }[found.verdict]
    return text + t(verdict)


def plot_dependence(found: Dependence) -> Chart:
    """Sales by month on event days, on days of short campaigns and on everyday days.

    Args:
        found: From ``dependence``.
    """
    months = found.months
    kinds = (
        ("everyday", t("everyday days"), COLORS["quiet"][0]),
        ("short", t("short campaigns"), COLORS["s2"][0]),
        ("event", t("big campaigns"), COLORS["accent"][0]),
    )

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import ConciseDateFormatter, MonthLocator

        axes = figure.subplots()
        below = months["event"] * 0.0
        for name, label, tone in kinds:
            axes.bar(months["month"], months[name], bottom=below, width=24, color=tone, label=label)
            below = below + months[name]
        every = (3 if phone else 2) if len(months) <= 14 else (6 if phone else 3)
        locator = MonthLocator(bymonth=range(1, 13, every))
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.locator_params(axis="y", nbins=5)
        axes.set_ylim(0, 1.22 * float(below.max()))
        axes.legend(loc="upper left", ncols=1 if phone else 3, fontsize=8, handlelength=1.0)

    best = months.loc[months["share"].idxmax()]
    return Chart(
        draw,
        title=dependence_title(found),
        subtitle=t("sales by month and kind of day, {currency}", currency=found.currency),
        alt=t("The share of campaign days was highest in {month}: {share}.").format(
            month=f"{best['month']:%Y-%m}", share=per_cent(float(best["share"]), 0)
        ),
        source=found.shop,
        height=3.1,
        phone_height=3.2,
        data=months,
    )


def dependence_words(found: Dependence) -> str:
    """Peak days, growth of both kinds of days, restlessness and what event sales earn."""
    parts = []
    if found.times == found.times:
        parts.append(
            t("A peak day sells {times} times an everyday day.", times=count(found.times, 1))
        )
    if found.verdict == "one_year":
        parts.append(t("Less than two years of the same events: whether it grows is not known."))
    else:
        value, low, high = found.everyday
        parts.append(
            t(
                "Everyday days sold {growth} [{low}, {high}] against the same weeks a year "
                "before; days of the same events gained {faster} [{faster_low}, {faster_high}] "
                "on them.",
                growth=per_cent(value, sign=True),
                low=per_cent(low, sign=True),
                high=per_cent(high, sign=True),
                faster=per_cent(found.faster[0], sign=True),
                faster_low=per_cent(found.faster[1], sign=True),
                faster_high=per_cent(found.faster[2], sign=True),
            )
        )
        parts.append(
            t(
                "The share moved by {change}, of which {plan} by the number of event days.",
                change=points(found.change),
                plan=points(found.plan),
            )
        )
    if found.restless == found.restless:
        parts.append(
            t(
                "Everyday weeks stray from their course by {share} (standard deviation).",
                share=per_cent(found.restless, 0),
            )
        )
    if found.margin_event == found.margin_event and found.margin_everyday == found.margin_everyday:
        parts.append(
            t(
                "Margin is {event} on event days and {everyday} on everyday days.",
                event=per_cent(found.margin_event),
                everyday=per_cent(found.margin_everyday),
            )
        )
    return " ".join(parts)


def dependence_table(found: Dependence) -> ShownTable:
    """Four ways to count the promotional share, last year and the year before."""
    rows = found.shares.copy()
    names = [_WHAT[w] for w in rows["what"]]
    rows["name"] = [t(name) for name in names]
    rows["change"] = rows["now"] - rows["before"]
    fields = (
        Field("name", t("Share of sales")),
        Field("now", t("last 52 weeks"), "share"),
        Field("before", t("52 weeks before"), "share"),
        Field("change", t("change"), "points"),
    )
    note = t(
        "Warm-up and tail count as event days. Below list price: a list price that nobody pays "
        "makes this share say nothing."
    )
    return shown_table(rows, fields, caption=t("Promotional share, by definition"), note=note)
