"""How a replay is shown: its curves beside those of the case, and a table of what came of it."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, count, day, language, money, per_cent, t
from opsbook.teach.replay import PATHS, Replay
from opsbook.teach.replay_cases import Curve
from opsbook.teach.replay_words import decision_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_replay", "replay_table"]

_LABELS = {
    "yours": N_("your decision"),
    "untouched": N_("the shop of the case"),
    "acted": N_("the scenario acting"),
}
_LOOKS = {
    "yours": ("ink", "-", 2.2),
    "untouched": ("neg", "-", 1.8),
    "acted": ("accent", "--", 1.8),
}
_BY_AGE = ("earned_back",)
"""Curves over the age of a customer and not over the calendar."""


def plot_replay(found: Replay) -> Chart:
    """One panel per figure: your decision, the untouched shop, the shop that acts.

    Args:
        found: From ``replay``. Lines are means of its runs, bands reach from the lowest to
            the highest.
    """
    gain = money(float(found.gain["yours"].mean()), "CNY", sign=True)
    shown = found.case.curves

    def draw(figure: "Figure", phone: bool) -> None:
        across = 1 if phone else 2
        down = -(-len(shown) // across)
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for panel, curve in zip(panels, shown, strict=False):
            _panel(panel, found, curve)
        for empty in panels[len(shown) :]:
            empty.set_axis_off()
        panels[0].legend(loc="best", fontsize=8)

    runs = len(found.seeds)
    return Chart(
        draw,
        title=t("Your decision against the shop of the case: {gain}", gain=gain),
        subtitle=(
            t("one run; luck is in it")
            if runs == 1
            else t("mean of {n} runs; bands from the lowest to the highest", n=runs)
        ),
        alt=_alt(found),
        source=t("Simulation of case {id}, seeds {seeds}", id=found.case.id,
                 seeds=", ".join(map(str, found.seeds))),
        height=2.6 * -(-len(shown) // 2) + 0.5,
        phone_height=2.4 * len(shown) + 0.8,
        data=found.curves,
    )  # fmt: skip


def replay_table(found: Replay) -> ShownTable:
    """What stood at the end: one row per figure, one column per path, the range of its runs."""
    rows = []
    for curve in found.case.curves:
        of = found.outcomes[found.outcomes["figure"] == curve.name]
        cells = {path: _range(of.loc[of["path"] == path, "value"], curve.kind) for path in PATHS}
        rows.append({"figure": t(curve.label), **cells})
    fields = [Field("figure", t("at the end of the two years"))]
    fields += [Field(path, t(_LABELS[path])) for path in PATHS]
    assumed = t(
        "Assumed: running the shop {operating} of sales, cash for {weeks} weeks, stock fetches "
        "{worth} of its cost; a contact "
        "{contact} CNY, {false} reached by mistake per one about to leave; room for one more "
        "order a day {room} CNY a year, a late order {late} CNY.",
        operating=per_cent(found.costs.operating, 0),
        weeks=count(found.costs.reserve_weeks),
        worth=per_cent(found.costs.stock_worth, 0),
        contact=count(found.costs.contact, 2),
        false=count(found.costs.false_alarms, 2),
        room=count(found.costs.room),
        late=count(found.costs.late),
    )
    said = t("The scenario acts: {words}", words=decision_words(found.case.acted))
    return shown_table(
        pd.DataFrame(rows),
        tuple(fields),
        caption=t("What would have come of it, case {id}", id=found.case.id),
        note=f"{said}{assumed}" if language() == "zh" else f"{said} {assumed}",
    )


def _panel(axes: "Axes", found: Replay, curve: Curve) -> None:
    from matplotlib.dates import MonthLocator, num2date

    rows = found.curves[found.curves["figure"] == curve.name].dropna(subset="value")
    by_age = curve.name in _BY_AGE
    over = "age" if by_age else "week"
    for path in ("untouched", "acted", "yours"):
        tone, style, width = _LOOKS[path]
        values = rows[rows["path"] == path].groupby(over)["value"]
        mean, low, high = values.mean(), values.min(), values.max()
        ink = COLORS[tone][0]
        if len(found.seeds) > 1:
            axes.fill_between(mean.index, low, high, color=ink, alpha=0.12, lw=0)
        axes.plot(mean.index, mean, color=ink, ls=style, lw=width, label=t(_LABELS[path]))
    if not by_age:
        begin = pd.Timestamp(found.curves["week"].min()) + pd.Timedelta(weeks=found.case.first_week)
        if found.case.first_week:
            axes.axvline(begin, color=COLORS["muted"][0], lw=1, ls=":")
        axes.xaxis.set_major_locator(MonthLocator(interval=6))
        axes.xaxis.set_major_formatter(lambda v, _: f"{num2date(v):%Y-%m}")
    if rows["value"].min() < 0 < rows["value"].max():
        axes.axhline(0, color=COLORS["ink"][0], lw=0.8)
    axes.yaxis.set_major_formatter(lambda v, _: _shown(v, curve.kind))
    axes.set_title(t(curve.label), fontsize=9, loc="left")


def _shown(value: float, kind: str) -> str:
    if kind == "money":
        return money(value)
    if kind == "share":
        return per_cent(value, 0 if abs(value) >= 0.2 else 1)
    return count(value)


def _range(values: "pd.Series[float]", kind: str) -> str:
    mean, low, high = (_shown(float(v), kind) for v in (values.mean(), values.min(), values.max()))
    if low == high:
        return mean
    return t("{mean} ({low} to {high})", mean=mean, low=low, high=high)


def _alt(found: Replay) -> str:
    def said(curve: Curve) -> str:
        of: Any = found.outcomes[found.outcomes["figure"] == curve.name].groupby("path")["value"]
        means = of.mean()
        values = ", ".join(
            f"{t(_LABELS[path])} {_shown(float(means[path]), curve.kind)}" for path in PATHS
        )
        return f"{t(curve.label)}: {values}"

    start = found.curves["week"].min()
    return t(
        "From {first} on, two years. {rows}",
        first=day(pd.Timestamp(start).date()),
        rows="; ".join(said(curve) for curve in found.case.curves),
    )
