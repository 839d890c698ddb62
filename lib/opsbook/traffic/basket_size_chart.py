"""Baskets drawn and tabled: what they are worth, attach rates, and steps just missed."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.basket_size import BasketSize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["attach_table", "basket_table", "plot_attach", "threshold_table"]

_MOST = 14


def plot_attach(found: BasketSize) -> Chart:
    """Share of a category's orders that hold something of another one, with intervals.

    Args:
        found: From ``basket_size``.
    """
    frame = found.attach.head(_MOST).sort_values("rate", kind="stable").reset_index(drop=True)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        if frame.empty:
            axes.axis("off")
            return
        accent, ink = (COLORS[k][0] for k in ("accent", "ink"))
        for y, row in enumerate(frame.itertuples()):
            axes.plot([row.low, row.high], [y, y], color=accent, lw=2, solid_capstyle="round")
            axes.plot(row.rate, y, "o", color=accent, ms=7)
        axes.set_yticks(range(len(frame)), frame["category"].tolist(), color=ink)
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.grid(axis="y", visible=False)

    if frame.empty:
        title = t("No category has enough orders to tell what is bought along")
    else:
        best, worst = frame.iloc[-1], frame.iloc[0]
        title = t(
            "{best} is bought with something else in {high} of orders, {worst} in {low}",
            best=best["category"],
            high=per_cent(best["rate"], 0),
            worst=worst["category"],
            low=per_cent(worst["rate"], 0),
        )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "share of the category's orders with goods of another one, {level} interval · {period}",
            level=per_cent(found.level, 0),
            period=str(found.period),
        ),
        alt=t("Attach rates: {rows}.").format(
            rows="; ".join(f"{r.category} {per_cent(r.rate, 0)}" for r in frame.itertuples())
        ),
        source=found.shop,
        height=max(2.0, 0.9 + 0.32 * len(frame)),
        data=found.attach,
    )


def basket_table(found: BasketSize) -> ShownTable:
    """Value, pieces and categories per order with intervals, against the window before."""
    named = [(t("value per order, {currency}", currency=found.currency), found.aov)]
    if found.upt is not None:
        named.append((t("pieces per order (UPT)"), found.upt))
    named.append((t("categories per order"), found.kinds))
    rows = [
        {"what": what, "value": m.value, "low": m.low, "high": m.high, "before": m.before}
        for what, m in named
    ]
    fields = (
        Field("what", t("per order")),
        Field("value", t("now"), "number"),
        Field("low", t("from"), "number"),
        Field("high", t("to"), "number"),
        Field("before", t("before"), "number"),
    )
    note = t("{n} orders.", n=count(found.aov.n))
    if found.single == found.single:
        note += " " + t("{share} of them hold one piece.", share=per_cent(found.single, 0))
    caption = t("Size of a basket, {period}", period=str(found.period))
    return shown_table(pd.DataFrame(rows), fields, caption=caption, note=note)


def attach_table(found: BasketSize, *, most: int = 10) -> ShownTable:
    """Pairs bought together more than usual first."""
    frame = found.pairs.sort_values(["real", "lift"], ascending=False, kind="stable")
    frame = frame.assign(
        sure=[
            (t("more") if r.lift > 1 else t("less")) if r.real else t("as usual")
            for r in frame.itertuples()
        ]
    )
    fields = (
        Field("anchor", t("orders with")),
        Field("added", t("that also hold")),
        Field("orders", t("orders"), "count"),
        Field("rate", t("attach rate"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("usual", t("by chance"), "share"),
        Field("sure", t("Verdict")),
    )
    note = t("Verdict after correction for {n} pairs.", n=count(len(frame)))
    return shown_table(frame, fields, caption=t("Bought together"), note=note, most=most)


def threshold_table(found: BasketSize) -> ShownTable:
    """Baskets around each step of a discount."""
    rows = [
        {
            "step": f"{money(s.at)} − {money(s.off)}",
            "below": s.below,
            "gap": s.gap,
            "above": s.above,
            "pull": s.pull,
            "range": f"{per_cent(s.low, 0)} – {per_cent(s.high, 0)}",
            "usual": s.usual,
        }
        for s in found.thresholds
    ]
    columns = ["step", "below", "gap", "above", "pull", "range", "usual"]
    fields = (
        Field("step", t("Step − discount, {currency}", currency=found.currency)),
        Field("below", t("orders up to 20 % below"), "count"),
        Field("gap", t("lack on average"), "money"),
        Field("above", t("orders up to 20 % above"), "count"),
        Field("pull", t("share above"), "share"),
        Field("range", t("interval")),
        Field("usual", t("on other days"), "share"),
    )
    note = (
        t("Baskets before the order's discount, while the step was offered.")
        if rows
        else t("No campaign of this period has a step such as 300-40.")
    )
    return shown_table(
        pd.DataFrame(rows, columns=columns), fields, caption=t("Just short of a discount"),
        note=note,
    )  # fmt: skip
