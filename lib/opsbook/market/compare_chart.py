"""How groups in two periods are shown: bars of change, and a map of growth and share."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import day as in_words
from opsbook.language import language, money, per_cent, points, t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from opsbook.market.compare import Comparison

__all__ = ["listed", "name_of", "plot_change", "plot_growth_share", "tells"]


def listed(names: list[str]) -> str:
    """Names in words: ``A, B and C``."""
    if language() == "zh":
        return "、".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def plot_change(result: "Comparison", *, title: str = "", most: int = 10) -> Chart:
    """Change in sales per group as bars, with growth beside; filled where it is real.

    Args:
        result: From ``compare_groups``.
        title: What the figure says; from the largest changes unless given.
        most: Groups shown, by size of change.
    """
    frame = result.frame.reindex(result.frame["change"].abs().sort_values(ascending=False).index)
    shown = frame.head(most).sort_values("change", ascending=False)
    rows = [f"{r.group} {_label(r)}" for r in shown.itertuples()]
    parts = [
        t("change in sales, {currency}", currency=result.currency),
        t("{now} against {before}", now=str(result.period), before=str(result.base)),
        t("pale: within ordinary fluctuation"),
    ]
    rest = len(frame) - len(shown)
    if rest:
        parts.append(t("{n} smaller ones not shown", n=rest))
    return Chart(
        lambda figure, phone: _bars(figure, shown, phone),
        title=title or _change_title(shown, result.by),
        subtitle=" · ".join(parts),
        alt=t("Bars of change in sales: {rows}.", rows=t(", ").join(rows)),
        source=result.source,
        height=0.9 + 0.3 * len(shown),
        phone_height=0.6 + 0.42 * len(shown),
        data=frame,
    )


def _label(row: Any) -> str:
    text = money(round(row.change), sign=True)
    if row.status == "new":
        return t("{text} (new)", text=text)
    if row.status == "stopped":
        return t("{text} (stopped)", text=text)
    return f"{text} ({per_cent(row.growth, sign=True)})" if row.growth == row.growth else text


def tells(frame: pd.DataFrame) -> pd.Series:
    """Groups whose change is more than fluctuation: interval without zero, new or stopped."""
    rises = (frame["low"] > 0) & (frame["change"] > 0)
    falls = (frame["high"] < 0) & (frame["change"] < 0)
    return rises | falls | (frame["status"] != "")


def name_of(group: str, by: str) -> str:
    """A group's name as it stands in a sentence: a store is numbered, so it is called one."""
    return t("Store {id}", id=group) if by == "store_id" else group


def _change_title(shown: pd.DataFrame, by: str) -> str:
    told = shown[tells(shown)]
    stopped = told["status"] == "stopped"
    if stopped.any():
        names = [name_of(g, by) for g in told.loc[stopped, "group"]]
        since = told.loc[stopped, "last_sale"].max().date()
        return t("{names} stopped selling by {day}", names=listed(names[:3]), day=in_words(since))
    up = _some([name_of(g, by) for g in told.loc[told["change"] > 0, "group"]])
    down = _some([name_of(g, by) for g in told.loc[told["change"] < 0, "group"]][::-1])
    if up and down:
        return t("{up} grew, {down} fell", up=listed(up), down=listed(down))
    if up:
        return t("{up} grew; no other change stands out from fluctuation", up=listed(up))
    if down:
        return t("{down} fell; no other change stands out from fluctuation", down=listed(down))
    return t("No change stands out from ordinary fluctuation")


def _some(names: list[str]) -> list[str]:
    """The first names and how many more there are, so that a title never hides one."""
    return names if len(names) <= 3 else [*names[:2], t("{n} more", n=len(names) - 2)]


def _bars(figure: "Figure", shown: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    ink = COLORS["ink"][0]
    reach = float(shown["change"].abs().max()) or 1.0
    low, high = min(float(shown["change"].min()), 0.0), max(float(shown["change"].max()), 0.0)
    strong = tells(shown).tolist()
    names = []
    for y, row in enumerate(shown.itertuples()):
        color = COLORS["pos" if row.change >= 0 else "neg"][0]
        axes.barh(y, row.change, color=color, height=0.62, alpha=1.0 if strong[y] else 0.4)
        if phone:
            # Beside the bars figures would leave them no room.
            names.append(f"{_short(str(row.group), 22)}\n{_label(row)}")
            continue
        names.append(_short(str(row.group), 24))
        side = 1 if row.change >= 0 else -1
        axes.text(
            row.change + side * reach * 0.02, y, _label(row), va="center", fontsize=9,
            ha="left" if side > 0 else "right", color=ink,
        )  # fmt: skip
    room = reach * (0.04 if phone else 0.45)
    axes.set_xlim(low - (room if low < 0 else reach * 0.02), high + (room if high > 0 else 0))
    axes.axvline(0, color=COLORS["muted"][0], lw=0.8)
    axes.set_yticks(
        range(len(shown)), names, color=ink, fontsize=8.5 if phone else 9, linespacing=1.3
    )
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def plot_growth_share(result: "Comparison", *, most: int = 12) -> Chart:
    """Growth against share of sales: who is large, who grows, who does both.

    Args:
        result: From ``compare_groups``.
        most: Groups shown, by sales; those with fewer than 30 orders are left out.
    """
    frame = result.frame[~result.frame["thin"] & result.frame["growth"].notna()].head(most)
    column = "like_for_like" if frame["like_for_like"].notna().all() else "growth"
    whole = result.total.growth if column == "like_for_like" else result.total.raw
    rows = [
        t("{name}: share {share}, growth {growth}", name=r.group, share=per_cent(r.share),
          growth=per_cent(getattr(r, column), sign=True))
        for r in frame.itertuples()
    ]  # fmt: skip
    growth_word = t("like-for-like growth") if column == "like_for_like" else t("growth")
    parts = [
        t("{growth} and share of sales", growth=growth_word),
        t("{now} against {before}", now=str(result.period), before=str(result.base)),
        t("bars: interval"),
    ]
    if whole is not None:
        parts.append(t("dashed: whole shop {growth}", growth=per_cent(whole, sign=True)))
    return Chart(
        lambda figure, phone: _map(figure, frame, column, whole, growth_word, phone),
        title=_share_title(frame),
        subtitle=" · ".join(parts),
        alt=t("Map of growth and share. {rows}.", rows="; ".join(rows)),
        source=result.source,
        height=4.2,
        phone_height=4.2,
        data=frame,
    )


def _share_title(frame: pd.DataFrame) -> str:
    """Who gained and who lost share: a fact of the two periods, season included."""
    shift = frame.set_index("group")["share_shift"]
    if shift.empty or shift.abs().max() < 0.005:
        return t("Shares of sales hardly moved")
    up, down = str(shift.idxmax()), str(shift.idxmin())
    return t(
        "{up} gained {gain} of share, {down} lost {loss}",
        up=up,
        gain=points(float(shift[up])).lstrip("+"),
        down=down,
        loss=points(-float(shift[down])).lstrip("+"),
    )


def _map(
    figure: "Figure",
    frame: pd.DataFrame,
    column: str,
    whole: float | None,
    growth_word: str,
    phone: bool,
) -> None:
    axes = figure.subplots()
    ink, muted, accent = (COLORS[k][0] for k in ("ink", "muted", "accent"))
    if frame.empty:
        axes.axis("off")
        return
    values = frame[column].to_numpy(float)
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    pad = max(high - low, 0.05) * 0.25
    axes.set_ylim(low - pad, high + pad)
    axes.set_xscale("log")
    shares = frame["share"].to_numpy(float)
    axes.set_xlim(shares.min() / 1.35, shares.max() * (3.0 if phone else 1.9))
    for row in frame.itertuples():
        value = getattr(row, column)
        if row.low == row.low:
            axes.plot([row.share] * 2, [row.low, row.high], color=accent, lw=1.4, alpha=0.35)
        axes.plot(row.share, value, "o", color=accent, ms=6)
    axes.axhline(0, color=COLORS["line"][0], lw=1.2)
    if whole is not None:
        axes.axhline(whole, color=muted, lw=1, ls=(0, (4, 3)))
    _name_points(axes, frame, column, phone)
    ticks = [s for s in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3) if shares.min() / 1.35 <= s]
    axes.set_xticks(ticks, [per_cent(s, 1 if s < 0.01 else 0) for s in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0, sign=True))
    axes.locator_params(axis="y", nbins=5)
    axes.set_xlabel(t("share of sales"))
    if not phone:
        axes.set_ylabel(growth_word)
    axes.tick_params(colors=ink)


def _name_points(axes: "Axes", frame: pd.DataFrame, column: str, phone: bool) -> None:
    """Names beside the points, the largest first; one that would cover another is moved."""
    figure = axes.figure
    size = figure.get_size_inches()  # type: ignore[union-attr]
    low, high = axes.get_ylim()
    left, right = np.log(axes.get_xlim())
    letter, line = 0.075 / (size[0] * 0.85), 0.16 / (size[1] * 0.8)
    taken: list[tuple[float, float, float]] = []
    for row in frame.itertuples():
        x = (np.log(row.share) - left) / (right - left)
        taken.append((x - 0.012, (getattr(row, column) - low) / (high - low), 0.024))
    for row in frame.sort_values("gmv", ascending=False).itertuples():
        name = _short(str(row.group), 14 if phone else 24)
        x = (np.log(row.share) - left) / (right - left)
        y = (getattr(row, column) - low) / (high - low)
        width = sum(letter * (1 if ord(c) < 256 else 1.8) for c in name)
        off = 0.03 if phone else 0.015
        for dx, dy in ((off, 0.0), (off, line), (off, -line), (-width - off, 0.0),
                       (-width - off, line), (-width - off, -line)):  # fmt: skip
            at, up = x + dx, y + dy
            clash = any(
                at < other + wide and other < at + width and abs(up - level) < line
                for other, level, wide in taken
            )
            if not clash and at >= 0 and at + width <= 1.02:
                taken.append((at, up, width))
                axes.text(
                    at, up, name, transform=axes.transAxes, va="center", fontsize=8,
                    color=COLORS["ink"][0],
                )  # fmt: skip
                break
