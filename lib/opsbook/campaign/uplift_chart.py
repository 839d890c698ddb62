"""Figures and tables of what an event brought: its days, its parts, placebo dates."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.campaign.baseline import Brought, Lift
from opsbook.campaign.pull_forward import PART_WORDS, PullForward
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "parts_table",
    "plot_parts",
    "plot_placebos",
    "plot_uplift",
]

_AROUND_DAYS = 21


def plot_uplift(found: Brought) -> Chart:
    """Sales by day about the event, and what ordinary days would have been."""
    lift = found.main
    frame = _around(lift)
    accent, quiet, shade, ink = (COLORS[k][0] for k in ("accent", "quiet", "line", "ink"))
    shown = frame[frame["part"] != ""]
    own = frame[frame["part"].isin(["preheat", "peak", "tail"])]

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.axvspan(own["day"].iloc[0], own["day"].iloc[-1], color=shade, alpha=0.6, lw=0)
        axes.fill_between(shown["day"], shown["low"], shown["high"], color=quiet, alpha=0.55, lw=0)
        axes.plot(frame["day"], frame["baseline"], color=ink, lw=1.4, ls=(0, (4, 2)))
        axes.plot(frame["day"], frame["actual"], color=accent, lw=1.8)
        axes.set_ylim(0, float(max(frame["actual"].max(), shown["high"].max())) * 1.22)
        for y, text, color in (
            (0.985, t("line: sold"), accent),
            (0.905, t("dashed: without it"), ink),
        ):
            axes.text(0.01, y, text, transform=axes.transAxes, va="top", fontsize=8, color=color)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _short(lift, v)))
        axes.locator_params(axis="y", nbins=5)
        locator = AutoDateLocator(maxticks=4 if phone else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_ylabel(_unit(lift, found.currency))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("by day; shaded days are the event, band: {level} interval").format(
            level=per_cent(found.level, 0)
        ),
        alt=found.words(),
        source=found.source,
        height=3.3,
        data=frame,
    )


def plot_parts(found: PullForward) -> Chart:
    """Gain of each part of the event, in order of time."""
    frame = found.frame
    accent, loss, ink = (COLORS[k][0] for k in ("accent", "neg", "ink"))
    names = [_part(name) for name in frame["part"]]

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        colors = [accent if g >= 0 else loss for g in frame["gain"]]
        place = np.arange(len(frame))
        axes.bar(place, frame["gain"], width=0.56, color=colors)
        axes.vlines(place, frame["low"], frame["high"], color=ink, lw=1.6)
        axes.axhline(0, color=ink, lw=0.8)
        axes.set_xticks(place, names)
        axes.grid(axis="x", visible=False)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: _short(found.lift, v)))
        axes.locator_params(axis="y", nbins=5)
        axes.set_ylabel(_unit(found.lift, found.brought.currency))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("sold minus expected; line: {level} interval").format(
            level=per_cent(found.brought.level, 0)
        ),
        alt=found.words(),
        source=found.brought.source,
        height=2.9,
        data=frame,
    )


def plot_placebos(found: Brought) -> Chart:
    """How far the method is off on dates without an event, against the event.

    Raises:
        CannotTell: There was no room for another date.
    """
    lift = found.main
    tried = lift.placebos
    if not len(tried):
        raise CannotTell(N_("no other stretch of ordinary days is long enough for a placebo date"))
    accent, quiet, muted = (COLORS[k][0] for k in ("accent", "quiet", "muted"))
    own = lift.net.gain / lift.net.baseline
    every = np.append(tried["error"].to_numpy(float), own)
    bins = np.linspace(every.min(), every.max() + 1e-9, 21).tolist()

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.hist(tried["error"], bins=bins, color=quiet, rwidth=0.92)
        # The headroom above the bars belongs to the words.
        axes.axvline(own, ymax=0.78, color=accent, lw=2.4)
        axes.text(0.99, 0.97, t("line: the event, net"), transform=axes.transAxes,
                  ha="right", va="top", fontsize=8, color=accent)  # fmt: skip
        axes.text(0.99, 0.88, t("bars: dates without an event"), transform=axes.transAxes,
                  ha="right", va="top", fontsize=8, color=muted)  # fmt: skip
        axes.set_ylim(0, axes.get_ylim()[1] * 1.3)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0, sign=True)))
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.locator_params(axis="y", integer=True, nbins=4)
        axes.set_xlabel(t("sold against expected"))
        axes.set_ylabel(t("dates"))

    off = per_cent(float(np.sqrt((tried["error"] ** 2).mean())))
    return Chart(
        draw,
        title=t("Where nothing happened the method is off by {off}").format(off=off),
        subtitle=t("the event's window on {n} other dates; the event stands at {own}").format(
            n=len(tried), own=per_cent(own, sign=True)
        ),
        alt=t(
            "Placebo dates from {low} to {high}; the event {own}",
            low=per_cent(float(tried["error"].min()), sign=True),
            high=per_cent(float(tried["error"].max()), sign=True),
            own=per_cent(own, sign=True),
        ),
        source=found.source,
        height=2.7,
        data=tried,
    )


def parts_table(found: PullForward) -> ShownTable:
    """Parts of the event: sold, expected, gained."""
    frame = found.frame.assign(label=[_part(name) for name in found.frame["part"]])
    kind = "count" if found.lift.measure == "orders" else "money"
    fields = (
        Field("label", t("Part")),
        Field("days", t("days"), "count"),
        Field("actual", t("actual"), kind),
        Field("baseline", t("expected"), kind),
        Field("gain", _unit_of(found.lift.measure, found.brought.currency), kind),
        Field("low", t("from"), kind),
        Field("high", t("to"), kind),
        Field("relative", t("difference from expected"), "growth"),
    )
    return shown_table(frame, fields, caption=t("Parts of the event"), note=found.words())


def _around(lift: Lift) -> pd.DataFrame:
    inside = np.flatnonzero((lift.frame["part"] != "").to_numpy())
    first = max(int(inside[0]) - _AROUND_DAYS, 0)
    return lift.frame.iloc[first : int(inside[-1]) + _AROUND_DAYS + 1].reset_index(drop=True)


def _part(name: str) -> str:
    text = PART_WORDS[name]
    return t(text)


def _short(lift: Lift, value: float) -> str:
    return count(value) if lift.measure == "orders" else money(value)


def _unit(lift: Lift, currency: str) -> str:
    return t("orders") if lift.measure == "orders" else currency


def _unit_of(measure: str, currency: str) -> str:
    if measure == "orders":
        return t("added orders")
    return t("added, {currency}").format(currency=currency)
