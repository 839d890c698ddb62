"""Baskets around the steps drawn, and threshold sets beside one another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.campaign.bunching import RuleFit
from opsbook.campaign.stacking import Offer, stacked
from opsbook.campaign.threshold_design import ThresholdDesign
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.common.discount_rules import steps_of
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "design_title",
    "plot_bunching",
    "plot_sets",
    "response_table",
    "scale_of",
    "set_name",
    "set_table",
    "stacking_table",
]

_MOST = 8


def set_name(rule: str) -> str:
    """A threshold set as it is shown; the empty one by name."""
    return rule.replace(";", " · ") if rule else t("no threshold")


def plot_bunching(found: ThresholdDesign) -> Chart:
    """Orders by basket under the rule, beside what they would be without topping up.

    Args:
        found: From ``threshold_design``.

    Raises:
        CannotTell: No rule ever ran, so that nothing can be seen.
    """
    fits = found.response.fits
    if not fits:
        raise CannotTell(N_("no threshold ever ran: how baskets answer one is assumed"))
    fit = next((f for f in fits if f.rule == found.event.rule), fits[0])
    answer = found.response
    values = {
        "share": per_cent(answer.share, 0),
        "low": per_cent(answer.low, 0),
        "high": per_cent(answer.high, 0),
    }
    return Chart(
        lambda figure, phone: _draw_bunching(figure, fit, answer.reach, phone),
        title=t("{share} of baskets in reach of a step are topped up [{low}, {high}]", **values),
        subtitle=t(
            "orders by basket before the discount, {currency}; rule {rule}; line: without a rule",
            currency=found.currency,
            rule=set_name(fit.rule),
        ),
        alt=t(
            "Below each step there are fewer orders than without a rule, above it more: {rows}.",
            rows="; ".join(_around(fit, at, answer.reach) for at, _ in steps_of(fit.rule)),
        ),
        source=found.shop,
        height=3.3,
        phone_height=3.1,
        data=pd.DataFrame({"from": fit.edges, "seen": fit.seen, "without": fit.without}),
    )


def _around(fit: RuleFit, at: float, reach: float) -> str:
    below = (fit.edges >= (1 - reach) * at - 0.51) & (fit.edges < at - 0.51)
    return t(
        "below {at}: {seen} instead of {without}",
        at=money(at),
        seen=count(float(fit.seen[below].sum())),
        without=count(float(fit.without[below].sum())),
    )


def _draw_bunching(figure: "Figure", fit: RuleFit, reach: float, phone: bool) -> None:
    axes = figure.subplots()
    accent, second, quiet, ink = (COLORS[k][0] for k in ("accent", "s2", "quiet", "ink"))
    steps = [at for at, _ in steps_of(fit.rule)]
    last = 1.3 * steps[-1]
    keep = (fit.edges < last) & (fit.edges >= 0.5 * steps[0])
    edges = np.append(fit.edges[keep], last)
    width = np.diff(edges)
    # Classes are not all as wide: orders per class of the usual width.
    usual = float(np.median(width))
    seen, without = fit.seen[keep] / width * usual, fit.without[keep] / width * usual
    axes.bar(edges[:-1], seen, width=0.92 * width, align="edge", color=quiet)
    axes.stairs(without, edges, color=second, lw=1.6)
    top = float(max(seen.max(), without.max()))
    for at in steps:
        axes.axvspan((1 - reach) * at, at, color=accent, alpha=0.13, lw=0)
        axes.axvline(at, color=accent, lw=1.4)
        axes.text(at, 1.02 * top, f" {money(at)}", color=accent, fontsize=9, va="bottom")
    axes.set_ylim(0, 1.16 * top)
    axes.set_xlim(edges[0], last)
    axes.locator_params(axis="x", nbins=5 if phone else 10)
    axes.locator_params(axis="y", integer=True, nbins=5)
    axes.set_xlabel(t("basket before the discount; blue: in reach of a step"))
    axes.set_ylabel(t("orders per class"), color=ink)


def scale_of(found: ThresholdDesign) -> float:
    """What sums are multiplied by where they are said.

    The event's own baskets are its own money. Where those of a year stand in for it, their sum
    is no money of the event: it is told per 1,000 orders.
    """
    return 1000 / found.orders if found.basis == "usual" and found.orders else 1.0


def design_title(found: ThresholdDesign) -> str:
    """Which set is best, how sure that is, and what the event's own costs."""
    best = found.frame.iloc[0]
    own = found.row(found.rule) if found.rule else None
    name = set_name(str(best["rule"]))
    if own is None or best["rule"] == found.rule or best["gain"] <= own["gain"]:
        sure = per_cent(float(best["best"]), 0)
        return t("Best of the sets compared: {best}, in {sure} of samples", best=name, sure=sure)
    values = {
        "own": set_name(found.rule),
        "best": name,
        "amount": money(float(best["gain"] - own["gain"]) * scale_of(found), found.currency),
    }
    if found.basis == "usual":
        if own["needed"] == float("inf"):
            return t("{own} cannot pay; {best} leaves {amount} more per 1,000 orders", **values)
        return t(
            "{own} would pay only if it brought {needed} more orders; {best} leaves {amount} more "
            "per 1,000 orders",
            needed=per_cent(float(own["needed"]), 0),
            **values,
        )
    if own["needed"] == float("inf"):
        return t("{own} cannot pay; {best} would have left {amount} more", **values)
    needed = per_cent(float(own["needed"]), 0)
    return t(
        "{own} pays only if it brings {needed} more orders; {best} would have left {amount} more",
        needed=needed,
        **values,
    )


def _together(text: str) -> str:
    """A step that a narrow column does not break."""
    return text.replace("-", "\u2011")


def _shown(found: ThresholdDesign) -> pd.DataFrame:
    """The best sets, the event's own, and the best that is as generous."""
    frame = found.frame
    keep = set(frame["rule"].head(_MOST - 2))
    keep |= {found.rule} if found.rule else set()
    if frame["best_generous"].max() > 0:
        keep.add(str(frame.loc[frame["best_generous"].idxmax(), "rule"]))
    return frame[frame["rule"].isin(keep)].reset_index(drop=True)


def _rest(name: str) -> str:
    more = name.split(" · ")[2:]
    return "\n" + " · ".join(more) if more else ""


def plot_sets(found: ThresholdDesign) -> Chart:
    """Contribution of each set against no threshold, with intervals.

    Args:
        found: From ``threshold_design``.
    """
    rows = _shown(found).iloc[::-1].reset_index(drop=True)
    accent, neg, ink, muted = (COLORS[k][0] for k in ("accent", "neg", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=muted, lw=0.9)
        for y, row in enumerate(rows.itertuples()):
            tone = neg if row.rule == found.rule else accent
            axes.plot([row.low, row.high], [y, y], color=tone, lw=2.4, solid_capstyle="round")
            axes.plot(row.gain, y, "o", color=tone, ms=7,
                      markerfacecolor=tone if row.allowed else "none")  # fmt: skip
        names = [set_name(r) for r in rows["rule"]]
        if phone:
            # A third step would be cut off: it stands below the first two.
            names = [" · ".join(n.split(" · ")[:2]) + _rest(n) for n in names]
        axes.set_yticks(range(len(rows)), names, color=ink, fontsize=8 if phone else 9)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.locator_params(axis="x", nbins=3 if phone else 7)

    return Chart(
        draw,
        title=design_title(found),
        subtitle=t(
            "contribution against no threshold, {currency}, if a point of discount brings "
            "{extra} % more orders (assumed); red: the event's own",
            currency=found.currency,
            extra=f"{found.extra:g}",
        )
        + (
            " · " + t("{n} baskets of a year without a rule", n=count(found.orders))
            if found.basis == "usual"
            else ""
        ),
        alt=t("Sets, best first: {rows}.").format(
            rows="; ".join(
                f"{set_name(r.rule)} {money(r.gain, sign=True)}"
                for r in rows.iloc[::-1].itertuples()
            )
        ),
        source=found.shop,
        height=0.9 + 0.33 * len(rows),
        phone_height=1.0 + 0.36 * len(rows),
        data=found.frame,
    )


def set_table(found: ThresholdDesign) -> ShownTable:
    """Each set: who gets it, what it costs, what comes back, and what it would need."""
    frame = _shown(found)
    rows = frame.assign(
        name=[_together(set_name(r)) for r in frame["rule"]],
        need=frame["needed"].where(np.isfinite(frame["needed"])),
    )
    fields = (
        Field("name", t("Threshold set")),
        Field("reached", t("orders that get it"), "share"),
        Field("depth", t("discount over goods"), "share"),
        Field("discount", t("discount, {currency}", currency=found.currency), "money"),
        Field("payback", t("paid back by topping up"), "share"),
        Field("need", t("more orders needed"), "growth"),
        Field("floor", t("margin at the worst step"), "share"),
        Field("best", t("best in samples"), "share"),
        Field("best_generous", t("best of the generous"), "share"),
    )
    return shown_table(
        rows, fields, caption=t("Threshold sets on the same {n} baskets", n=count(found.orders)),
        note=design_notes(found), most=len(rows),
    )  # fmt: skip


def design_notes(found: ThresholdDesign) -> str:
    """What the comparison rests on."""
    answer = found.response
    parts = [
        t("Margin of goods {margin} before the discount; floor {floor}.",
          margin=per_cent(found.margin, 0), floor=per_cent(found.floor, 0))
        if found.has_cost
        else t("Costs are unknown: goods count in full, so every set looks better than it is.")
    ]  # fmt: skip
    if answer.basis == "assumed":
        parts.append(
            t("No threshold ever ran: {share} topped up is assumed.",
              share=per_cent(answer.share, 0))
        )  # fmt: skip
    else:
        parts.append(
            t("Topped up: {share} of baskets up to {reach} below a step, {over} beyond it, from "
              "{n} orders under a rule.",
              share=per_cent(answer.share, 0), reach=per_cent(answer.reach, 0),
              over=money(answer.over, found.currency), n=count(answer.orders))
        )  # fmt: skip
    if found.basis == "usual":
        parts.append(t("The event has too few baskets of its own: those of a year stand in."))
    parts.append(t("The generous give at least nine tenths of the event's discount."))
    return " ".join(parts)


def response_table(found: ThresholdDesign) -> ShownTable:
    """The best set by how strongly orders answer a discount, which baskets cannot tell."""
    rows = found.by_response.assign(
        name=[_together(set_name(r)) for r in found.by_response["rule"]],
        answer=[
            f"{r:g} %" + (" " + t("(assumed)") if r == found.extra else "")
            for r in found.by_response["response"]
        ],
    )
    fields = (
        Field("answer", t("more orders per point of discount")),
        Field("name", t("best set")),
        Field("gain", t("against no threshold, {currency}", currency=found.currency), "change"),
        Field("sure", t("best in samples"), "share"),
        Field("own", t("the event's own"), "change"),
    )
    return shown_table(
        rows, fields, caption=t("Which set is best depends on how orders answer"),
        note=t("How orders answer is what a test between regions or weeks has to tell."),
        most=len(rows),
    )  # fmt: skip


def stacking_table(found: ThresholdDesign, offers: Sequence[Offer]) -> ShownTable:
    """What customers pay by the order in which discounts come off.

    Args:
        found: From ``threshold_design``, for the cost of goods and the floor.
        offers: The discounts that may meet in one basket.
    """
    ats = sorted({at for o in offers for at, _ in steps_of(o.rule)} | {o.at for o in offers} - {0})
    baskets = sorted({round(f * at, 2) for at in ats for f in (1.0, 1.1)}) or [100.0]
    rate = 1 - found.margin if found.has_cost else float("nan")
    rows = stacked(baskets, offers, cost_rate=rate, floor=found.floor)
    rows["first_cheap"] = [_together(set_name(way)) for way in rows["first_cheap"]]
    rows["ok"] = [t("yes") if h else t("no") for h in rows["holds"]]
    if not found.has_cost:
        rows["ok"] = "–"
    fields = (
        Field("basket", t("basket, {currency}", currency=found.currency), "number"),
        Field("dearest", t("dearest order"), "number"),
        Field("cheapest", t("cheapest order"), "number"),
        Field("first_cheap", t("cheapest when taken off as")),
        Field("margin", t("margin then"), "share"),
        Field("ok", t("above the floor")),
    )
    return shown_table(
        rows, fields, caption=t("What is paid when discounts are stacked"),
        note=t(
            "Tried: {offers}, as named in the parameter offers; they need not be the shop's own. A "
            "percentage taken off first may push a basket below its step.",
            offers=t(", ").join(_together(set_name(o.name)) for o in offers),
        ),
        most=len(rows),
    )  # fmt: skip
