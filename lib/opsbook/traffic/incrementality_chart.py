"""Regions with and without a channel, placebos, and messages against who was left out."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, period, t
from opsbook.traffic.holdout import Holdouts
from opsbook.traffic.incrementality import GeoTest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["holdout_table", "plot_geo", "plot_holdouts", "plot_placebos"]

_MOST_DRAWN = 60


def plot_geo(found: GeoTest) -> Chart:
    """Orders by week in treated and other regions, each against its own past."""
    weeks = found.weeks
    inside = weeks.columns.isin(found.treated)
    before = weeks.index < np.datetime64(found.start)
    lines = {}
    for name, mask in (("treated", inside), ("others", ~inside)):
        sums = weeks.loc[:, mask].sum(axis=1)
        lines[name] = sums / sums[before].mean()
    accent, second, line, muted = (COLORS[k][0] for k in ("accent", "s2", "line", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        axes = figure.subplots()
        half = np.timedelta64(84, "h")
        shade = weeks.index[before][-1] + half, weeks.index[-1] + half
        axes.axvspan(*shade, color=line, alpha=0.6, lw=0)
        axes.plot(weeks.index, lines["others"], color=second, lw=1.8, ls="--")
        axes.plot(weeks.index, lines["treated"], color=accent, lw=2.2)
        for y, text, tone in (
            (0.97, t("treated regions"), accent),
            (0.89, t("dashed: other regions"), second),
            (0.81, t("grey: the test"), muted),
        ):
            axes.text(0.99, y, text, transform=axes.transAxes, ha="right", va="top", fontsize=8,
                      color=tone)  # fmt: skip
        locator = AutoDateLocator(maxticks=4 if phone else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(t("orders a week, mean before = 1"))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("orders against each group's own past, {period}").format(
            period=period(weeks.index[0].date(), found.start)
        ),
        alt=found.words(),
        source=found.source,
        height=3.4,
        phone_height=3.2,
        data=weeks.reset_index(),
    )


def plot_placebos(found: GeoTest) -> Chart:
    """Gap to the synthetic control, against the gaps of sets of regions without a test.

    Raises:
        CannotTell: There was too little data for a synthetic control.
    """
    twin = found.synthetic
    if twin is None:
        raise CannotTell(N_("too little data for a synthetic control and its placebos"))
    frame = twin.placebos.sort_values("ratio", ascending=False).head(_MOST_DRAWN)
    accent, quiet, muted = (COLORS[k][0] for k in ("accent", "quiet", "muted"))
    every = np.append(frame["effect"].to_numpy(float), twin.effect)
    bins = np.linspace(every.min(), every.max() + 1e-9, 16).tolist()

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.hist(frame["effect"], bins=bins, color=quiet, rwidth=0.92)
        axes.axvline(twin.effect, color=accent, lw=2.4)
        axes.text(0.99, 0.97, t("line: the treated regions"), transform=axes.transAxes,
                  ha="right", va="top", fontsize=8, color=accent)  # fmt: skip
        axes.text(0.99, 0.89, t("bars: other choices of regions"), transform=axes.transAxes,
                  ha="right", va="top", fontsize=8, color=muted)  # fmt: skip
        axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0, sign=True)))
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.locator_params(axis="y", integer=True, nbins=5)
        axes.set_xlabel(t("gap to the synthetic control during the test"))
        axes.set_ylabel(t("choices of regions"))

    extreme = twin.p <= 1 - found.level
    title = (
        t("The treated regions stand out from {n} placebos", n=len(twin.placebos))
        if extreme
        else t("The treated regions do not stand out from {n} placebos", n=len(twin.placebos))
    )
    return Chart(
        draw,
        title=title,
        subtitle=t("placebo p {p}; ratio of the gap after to the gap before").format(
            p=count(twin.p, 2)
        ),
        alt=t(
            "Treated regions {effect}; placebos from {low} to {high}",
            effect=per_cent(twin.effect, sign=True),
            low=per_cent(float(frame["effect"].min()), sign=True),
            high=per_cent(float(frame["effect"].max()), sign=True),
        ),
        source=found.source,
        height=3.0,
        data=twin.placebos,
    )


def plot_holdouts(found: Holdouts) -> Chart:
    """What tested journeys claim, and the part of it that they added.

    Raises:
        CannotTell: No journey left anybody out.
    """
    rows = found.tested.head(8).iloc[::-1].reset_index(drop=True)
    if not len(rows):
        raise CannotTell(N_("no message has a group left out: what it adds cannot be told"))
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    worth = t("margin") if found.has_margin else t("sales")

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        from opsbook.language import money

        axes = figure.subplots()
        axes.barh(range(len(rows)), rows["claimed"], height=0.56, color=quiet)
        for y, row in enumerate(rows.itertuples()):
            axes.plot([row.worth_low, row.worth_high], [y, y], color=accent, lw=2.6,
                      solid_capstyle="round")  # fmt: skip
            axes.plot(row.worth, y, "o", color=accent, ms=8)
        axes.set_yticks(range(len(rows)), rows["journey"].astype(str), color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: money(v)))
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.set_xlabel(t("{worth}, {currency}").format(worth=worth, currency=found.currency))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("bar: claimed within {days} days; dot: added, {level} interval").format(
            days=found.window_days, level=per_cent(found.level, 0)
        ),
        alt=found.words(),
        source=found.source,
        height=max(1.7, 1.1 + 0.4 * len(rows)),
        data=found.frame,
    )


def holdout_table(found: Holdouts) -> ShownTable:
    """Every journey: what it claims, what was added, and where nobody was left out."""
    frame = found.frame
    fields = (
        Field("journey", t("Journey")),
        Field("contacts", t("messages"), "count"),
        Field("held", t("left out"), "count"),
        Field("rate", t("bought after"), "share"),
        Field("base", t("bought without"), "share"),
        Field("effect", t("difference"), "points"),
        Field("claimed", t("claimed, {currency}").format(currency=found.currency), "money"),
        Field("worth", t("added, {currency}").format(currency=found.currency), "money"),
        Field("worth_low", t("from"), "money"),
        Field("worth_high", t("to"), "money"),
        Field("cost", t("cost, {currency}").format(currency=found.currency), "money"),
        Field("roi", t("return on cost"), "number"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Messages and who was left out"),
        note=t(
            "Added is told only where customers were left out by lot. The cost of vouchers is "
            "not in the table of contacts."
        ),
    )
