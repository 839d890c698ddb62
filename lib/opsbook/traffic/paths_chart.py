"""The ways through the shop drawn: step by step for buyers and others, and where they part."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, points, t
from opsbook.traffic.faults import event_name
from opsbook.traffic.path_sql import DEEDS, LEFT
from opsbook.traffic.paths import OTHER, Paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "loops_table",
    "path_words",
    "plot_gaps_of_paths",
    "plot_steps",
    "station_name",
    "stations_table",
]
_ROWS = 10
_PHONE_PLACES = 6


def station_name(station: str) -> str:
    """A station in words; the shop's own page names stay as they are."""
    if station in DEEDS and station != "search":
        return event_name(station)
    return {
        "home": t("home page"),
        "category": t("category page"),
        "product": t("product page"),
        "search": t("search"),
        "campaign": t("campaign page"),
        "live": t("live page"),
        "view": t("page view"),
        LEFT: t("left"),
        OTHER: t("others"),
    }.get(station, station)


def _order(found: Paths) -> list[str]:
    """Rows of the matrix: pages by visits, then the steps to the payment, then the rest."""
    there = list(found.stations["station"])
    steps = [s for s in ("cart", "checkout", "pay") if s in there]
    shown = set(found.steps["station"])
    pages = [s for s in there if s in shown and s not in steps]
    rest = [s for s in (OTHER,) if s in shown]
    return [*pages, *steps, *rest, LEFT]


def plot_steps(found: Paths) -> Chart:
    """Where visits are at each step, others beside buyers; darker is more.

    Args:
        found: From ``paths``.
    """
    rows = _order(found)
    left = found.steps[(found.steps["station"] == LEFT) & (found.steps["buyer"] == 0)]
    second = left[left["place"] == 2]["share"]
    gone = float(second.iloc[0]) if len(second) else 0.0
    places = int(found.steps["place"].max())

    def draw(figure: "Figure", phone: bool) -> None:
        kinds = [k for k, n in ((0, found.visits - found.buyers), (1, found.buyers)) if n]
        tall, wide = (len(kinds), 1) if phone else (1, len(kinds))
        panels = figure.subplots(tall, wide, squeeze=False).ravel()
        shown = min(places, _PHONE_PLACES) if phone else places
        for axes, kind in zip(panels, kinds, strict=True):
            part = found.steps[(found.steps["buyer"] == kind) & (found.steps["place"] <= shown)]
            size = found.buyers if kind else found.visits - found.buyers
            name = t("visits that paid") if kind else t("visits that did not pay")
            axes.set_title(f"{name} ({count(size)})", fontsize=10, loc="left")
            _matrix(axes, part, rows, shown, names=phone or axes is panels[0])

    return Chart(
        draw,
        title=t("{share} of visits without a purchase end after one step", share=per_cent(gone, 0)),
        subtitle=t(
            "share of visits at each step, per cent; views of a page and deeds count as steps · "
            "{period}",
            period=str(found.period),
        ),
        alt=t(
            "Steps of {n} visits, {k} of them paid. Shares at step 2 without payment: {rows}.",
            n=count(found.visits), k=count(found.buyers),
            rows="; ".join(
                f"{station_name(r.station)} {per_cent(r.share, 0)}"
                for r in found.steps[
                    (found.steps["buyer"] == 0) & (found.steps["place"] == 2)
                ].nlargest(5, "share").itertuples()
            ),
        ),
        source=found.shop,
        height=max(2.6, 0.9 + 0.27 * len(rows)),
        phone_height=max(4.2, 1.2 + 0.5 * len(rows)),
        data=found.steps,
    )  # fmt: skip


def _matrix(axes: "Axes", part: pd.DataFrame, rows: list[str], places: int, *, names: bool) -> None:
    from matplotlib.patches import Rectangle

    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    for row in part.itertuples():
        y = rows.index(row.station)
        tone = quiet if row.station == LEFT else accent
        shade = 0.06 + 0.54 * float(row.share)
        axes.add_patch(
            Rectangle((row.place - 0.48, y - 0.46), 0.96, 0.92, color=tone, alpha=shade, lw=0)
        )
        if row.share >= 0.005:
            axes.text(
                row.place,
                y,
                count(100 * row.share),
                ha="center",
                va="center",
                fontsize=8,
                color=ink,
            )
    axes.set_xlim(0.4, places + 0.6)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xticks(range(1, places + 1))
    axes.set_xlabel(t("step of the visit"))
    axes.set_yticks(range(len(rows)), [station_name(r) for r in rows] if names else [], color=ink)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _move(station: str, after: str) -> str:
    return f"{station_name(station)} → {station_name(after)}"


def plot_gaps_of_paths(found: Paths) -> Chart:
    """Where buyers go on to more, or less, often than others, with intervals.

    Args:
        found: From ``paths``, with at least one row in ``gaps``.
    """
    frame = found.gaps
    # Of a page with two ways on, one tells the other.
    ways = frame.groupby("station")["after"].transform("size")
    frame = frame[(ways != 2) | (frame["gap"] > 0)].head(_ROWS)
    frame = frame.sort_values("gap", ascending=False, ignore_index=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=COLORS["line"][0], lw=1.2)
        for y, row in enumerate(frame.itertuples()):
            tone = accent if row.p < 1 - found.level else quiet
            axes.plot([row.low, row.high], [y, y], color=tone, lw=2, solid_capstyle="round")
            axes.plot(row.gap, y, "o", color=tone, ms=6)
        axes.set_yticks(
            range(len(frame)), [_move(r.station, r.after) for r in frame.itertuples()], color=ink
        )
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=3 if phone else 6)
        axes.xaxis.set_major_formatter(lambda v, _: count(100 * v))
        axes.set_xlabel(t("buyers less others, percentage points"))

    sure = found.gaps[found.gaps["p"] < 1 - found.level]
    if len(sure):
        top = sure.iloc[0]
        more = t("{move}: more often by buyers, {points}")
        less = t("{move}: less often by buyers, {points}")
        title = (more if top["gap"] > 0 else less).format(
            move=_move(top["station"], top["after"]), points=points(float(top["gap"]))
        )
    else:
        title = t("Buyers browse as the others do")
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "first move from the page among visits that browsed on, {level} interval; grey: may be "
            "none",
            level=per_cent(found.level, 0),
        ),
        alt="; ".join(
            f"{_move(r.station, r.after)} {points(r.gap)} ({points(r.low)} – {points(r.high)})"
            for r in frame.itertuples()
        ),
        source=found.shop,
        height=max(2.2, 1.0 + 0.3 * len(frame)),
        data=found.gaps,
    )


def stations_table(found: Paths, *, most: int = 12) -> ShownTable:
    """Entries, bounces, exits and stay by station."""
    frame = found.stations.assign(name=[station_name(s) for s in found.stations["station"]])
    fields = (
        Field("name", t("Page or deed")),
        Field("visits", t("visits"), "count"),
        Field("entry_share", t("of entries"), "share"),
        Field("bounce", t("bounced"), "share"),
        Field("bounce_low", t("from"), "share"),
        Field("bounce_high", t("to"), "share"),
        Field("exit_rate", t("visits that ended here"), "share"),
        Field("stay_s", t("median stay, seconds"), "count"),
    )
    note = t("Nobody sees how long the last page of a visit was read; it has no stay.")
    return shown_table(
        frame, fields, caption=t("Pages and deeds, {period}", period=str(found.period)),
        note=note, most=most,
    )  # fmt: skip


def loops_table(found: Paths, *, most: int = 8) -> ShownTable:
    """Visits that went somewhere and straight back."""
    frame = found.loops.assign(
        name=[
            f"{_move(r.station, r.over)} → {station_name(r.station)}"
            for r in found.loops.itertuples()
        ]
    )
    fields = (
        Field("name", t("There and back")),
        Field("visits", t("visits"), "count"),
        Field("share", t("of all visits"), "share"),
        Field("paid", t("of these paid"), "share"),
        Field("paid_else", t("paid without it"), "share"),
    )
    note = t("Against visits that were on the same page and did not turn back.")
    return shown_table(frame, fields, caption=t("Loops"), note=note, most=most)


def path_words(found: Paths) -> str:
    """Entry, exit and buying in two sentences."""
    entry = found.stations.nlargest(1, "entries").iloc[0]
    last = found.stations.nlargest(1, "exits").iloc[0]
    return t(
        "Of {n} visits {share} paid. Most enter by the {entry} ({entries}), of which {bounce} "
        "bounce; most leave from the {last} ({exits}).",
        n=count(found.visits), share=per_cent(found.buyers / max(found.visits, 1)),
        entry=station_name(str(entry["station"])), entries=per_cent(float(entry["entry_share"]), 0),
        bounce=per_cent(float(entry["bounce"]), 0), last=station_name(str(last["station"])),
        exits=per_cent(float(last["exits"]) / max(found.visits, 1), 0),
    )  # fmt: skip
