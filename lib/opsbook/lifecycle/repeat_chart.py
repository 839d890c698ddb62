"""How the repeat purchase rate is shown: its course, and what each definition would say."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import per_cent, t
from opsbook.lifecycle.repeat_rate import RepeatRate
from opsbook.reference.figures import figure as reference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_repeat", "repeat_table"]

_WINDOWS = 26


def plot_repeat(result: RepeatRate) -> Chart:
    """Repeat purchase rate window by window with its interval; the claim only at 30 days.

    Args:
        result: From ``repeat_rate``.
    """
    frame = result.trend[result.trend["buyers"] > 0].tail(_WINDOWS)
    claim = reference("repeat_30d").low if result.days == 30 else None
    parts = [
        t("buyers with two orders or more / buyers, windows of {days} days", days=result.days),
        t("band: interval"),
    ]
    if claim is not None:
        parts.append(t("dashed: source claim ≥ {claim}", claim=per_cent(claim, 0)))
    return Chart(
        lambda figure, phone: _draw(figure, frame, claim, phone),
        title=result.headline(),
        subtitle=" · ".join(parts),
        alt=t(
            "Repeat purchase rate over {n} windows, between {low} and {high}; latest {now}.",
            n=len(frame),
            low=per_cent(frame["rate"].min()),
            high=per_cent(frame["rate"].max()),
            now=per_cent(frame["rate"].iloc[-1]),
        ),
        source=result.source,
        height=3.0,
        phone_height=2.8,
        data=result.trend,
    )


def _draw(figure: "Figure", frame, claim: float | None, phone: bool) -> None:  # type: ignore[no-untyped-def]
    axes = figure.subplots()
    accent, muted, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))
    axes.fill_between(frame["end"], frame["low"], frame["high"], color=accent, alpha=0.2, lw=0)
    axes.plot(frame["end"], frame["rate"], color=accent, lw=2, marker="o", ms=4)
    axes.annotate(
        per_cent(frame["rate"].iloc[-1]), (frame["end"].iloc[-1], frame["rate"].iloc[-1]), (0, 12),
        textcoords="offset points", ha="right", fontsize=9, color=ink,
    )  # fmt: skip
    if claim is not None:
        axes.axhline(claim, color=muted, lw=1, ls=(0, (4, 3)))
    axes.set_ylim(0, max(float(frame["high"].max()), claim or 0.0) * 1.15)
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x", visible=False)
    months = frame["end"].dt.strftime("%Y-%m")
    step = max(1, len(frame) // (3 if phone else 7))
    axes.set_xticks(frame["end"].iloc[::step], months.iloc[::step])


def repeat_table(result: RepeatRate) -> ShownTable:
    """The latest window by every common definition."""
    fields = (
        Field("definition", t("definition")),
        Field("hits", t("count"), "count"),
        Field("base", t("of"), "count"),
        Field("rate", t("rate"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
    )
    return shown_table(
        result.definitions(), fields,
        caption=t("One window of {days} days, four repeat purchase rates", days=result.days),
    )  # fmt: skip
