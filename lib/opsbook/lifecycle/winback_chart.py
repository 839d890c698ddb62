"""What a budget buys, what contacts really did, and the plan, drawn and tabled."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, points, t
from opsbook.lifecycle.winback import Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "dormancy_name",
    "plan_table",
    "plot_budget",
    "plot_uplifts",
    "uplift_table",
    "winback_list_table",
]


def dormancy_name(dormancy: str, bounds: tuple[int, int, int]) -> str:
    """A class with its days: ``short (30 to 59 days)``."""
    if dormancy == "short":
        return t("short ({low} to {high} days)", low=bounds[0], high=bounds[1] - 1)
    if dormancy == "mid":
        return t("mid ({low} to {high} days)", low=bounds[1], high=bounds[2] - 1)
    return t("long ({low} days and more)", low=bounds[2])


def action_name(action: str) -> str:
    """An action in the reader's language."""
    known = {
        "message": t("message without voucher"),
        "voucher": t("message with voucher"),
        "call": t("call with voucher"),
    }
    return known.get(action, "–")


def offer_name(dormancy: str) -> str:
    """The catalogue's offer for a dormancy."""
    return {
        "short": t("recommendation or current promotion"),
        "mid": t("exclusive offer"),
        "long": t("what is new with the brand, with a voucher of high value"),
    }[dormancy]


def plot_budget(plan: Plan) -> Chart:
    """Expected additional margin by budget, spent in the best order."""
    curve = plan.curve
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    whole = float(curve["gain"].iloc[-1])
    half_at = float(np.interp(0.5 * whole, curve["gain"], curve["budget"])) if whole > 0 else 0.0
    spent = float(plan.customers["cost"].sum())
    there = float(plan.customers["gain"].sum())

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot(curve["budget"], curve["gain"], color=accent, lw=2.2)
        axes.plot(spent, there, "o", color=ink, ms=7)
        axes.annotate(
            t("this plan"), (spent, there), (-6, -14), textcoords="offset points", ha="right",
            fontsize=9, color=ink,
        )  # fmt: skip
        axes.set_xlim(left=0)
        axes.set_ylim(0, max(whole * 1.1, 1.0))
        axes.xaxis.set_major_formatter(lambda v, _: money(float(v)))
        axes.yaxis.set_major_formatter(lambda v, _: money(float(v)))
        axes.locator_params(nbins=4 if phone else 6)
        axes.set_xlabel(t("budget, {currency}").format(currency=plan.currency), color=muted)
        axes.set_ylabel(t("additional margin after cost"))

    if whole <= 0:
        title = t("No contact pays under these assumptions")
    else:
        title = t(
            "The first {part} of budget bring half of what win-back can earn",
            part=money(half_at, plan.currency),
        )
    return Chart(
        draw,
        title=title,
        subtitle=t("expected additional margin after cost by budget, {currency}").format(
            currency=plan.currency
        ),
        alt=t(
            "Budget curve: {gain} of additional margin at most, for {cost}",
            gain=money(whole, plan.currency),
            cost=money(float(curve["budget"].iloc[-1]), plan.currency),
        ),
        source=plan.shop,
        height=3.2,
        data=curve,
    )


def plot_uplifts(plan: Plan) -> Chart:
    """Response of the contacted above three kinds of others, by journey."""
    rows = list(plan.uplifts)[:8][::-1]
    accent, second, third, ink = (COLORS[k][0] for k in ("accent", "s2", "s3", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=COLORS["line"][0], lw=1.2)
        for y, u in enumerate(rows):
            axes.plot(u.naive, y + 0.18, "o", mfc="none", mec=second, mew=1.6, ms=7)
            if u.matched == u.matched:
                axes.plot(u.matched, y, "D", mfc="none", mec=third, mew=1.4, ms=5.5)
            if u.gain == u.gain:
                axes.plot([u.low, u.high], [y - 0.18] * 2, color=accent, lw=2.4)
                axes.plot(u.gain, y - 0.18, "o", color=accent, ms=7)
        axes.set_yticks(range(len(rows)), [u.journey for u in rows], color=ink)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        # The unit stands below the axis; on every tick it would run into the next.
        axes.xaxis.set_major_formatter(lambda v, _: f"{100 * v:+.1f}" if v else "0")
        axes.locator_params(axis="x", nbins=3 if phone else 6)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("more orders per contact, percentage points"))

    known = [u for u in rows if u.measured]
    if known:
        u = max(known, key=lambda v: v.held_out)
        title = t(
            "{journey} brings {gain}, not the {naive} that a plain comparison shows",
            journey=u.journey,
            gain=points(u.gain),
            naive=points(u.naive),
        )
    else:
        title = t("No journey left customers out by lot: what contacts bring is not known")
    return Chart(
        draw,
        title=title,
        # Marks named above the figure cannot lie on its points.
        subtitle=t(
            "share with an order within the window, contacted less others: ● left out by lot, "
            "○ everybody else, ◇ customers alike"
        ),
        alt=t("Uplift: {rows}").format(
            rows="; ".join(
                f"{u.journey} {points(u.naive)}"
                + (
                    f" / {points(u.gain)} ({points(u.low)} – {points(u.high)})"
                    if u.measured
                    else ""
                )
                for u in rows[::-1]
            )
        ),
        source=plan.shop,
        height=max(2.6, 1.3 + 0.5 * len(rows)),
        phone_height=max(3.0, 1.7 + 0.5 * len(rows)),
        data=pd.DataFrame([u.__dict__ for u in plan.uplifts]),
    )


def uplift_table(plan: Plan) -> ShownTable:
    """What earlier contacts did, in figures."""
    frame = pd.DataFrame([u.__dict__ | {"sure": u.measured} for u in plan.uplifts])
    fields = (
        Field("journey", t("Journey")),
        Field("contacted", t("contacts"), "count"),
        Field("held_out", t("held out"), "count"),
        Field("response", t("ordered"), "share"),
        Field("without", t("held out who ordered"), "share"),
        Field("gain", t("measured gain"), "points"),
        Field("low", t("from"), "points"),
        Field("high", t("to"), "points"),
        Field("naive", t("naive"), "points"),
        Field("matched", t("matched"), "points"),
    )
    return shown_table(frame, fields, caption=t("What earlier contacts brought"), most=12)


def plan_table(plan: Plan) -> ShownTable:
    """The plan by dormancy and value, with what it assumes below it."""
    words = {(True,): t("high value"), (False,): t("others")}
    shown = plan.segments.assign(
        who=[dormancy_name(d, plan.bounds) for d in plan.segments["dormancy"]],
        worth=[words[(bool(v),)] for v in plan.segments["high_value"]],
        offer=[
            action_name(str(a)) if n else t("leave alone")
            for a, n in zip(plan.segments["action"], plan.segments["contacted"], strict=True)
        ],
    )
    fields = (
        Field("who", t("silence")),
        Field("worth", t("value")),
        Field("dormant", t("customers"), "count"),
        Field("contacted", t("to contact"), "count"),
        Field("held_out", t("left out by lot"), "count"),
        Field("cost", t("cost, {currency}").format(currency=plan.currency), "money"),
        Field("gain", t("gain, {currency}").format(currency=plan.currency), "money"),
        Field("offer", t("mostly by")),
        Field("returns", t("return unasked"), "share"),
        Field("asked", t("return when asked"), "share"),
    )
    given = plan.assumed
    lifts = t(", ").join(
        f"{dormancy_name(r.dormancy, plan.bounds)} {per_cent(r.lift, 0, sign=True)} "
        + (t("measured") if r.source == "measured" else t("assumed"))
        for r in plan.lifts.itertuples()
    )
    note = t(
        "Effect of a message: {lifts}. Assumed: a voucher adds {voucher}, a call another "
        "{call}; voucher {share} of the usual order; cost cap {cap} of it, {times} times that "
        "for high value; {message} a message, {phone} a call.",
        lifts=lifts,
        voucher=per_cent(given.voucher_lift, 0),
        call=per_cent(given.call_lift, 0),
        share=per_cent(given.voucher_share, 0),
        cap=per_cent(given.cap_share, 0),
        times=count(given.high_value_caps),
        message=money(given.message_cost, plan.currency),
        phone=money(given.call_cost, plan.currency),
    )
    if plan.worth == "assumed":
        note += " " + t("Margin assumed: {share} of sales.", share=per_cent(given.margin, 0))
    return shown_table(shown, fields, caption=t("Whom to win back, and how"), note=note)


def winback_list_table(plan: Plan, *, most: int = 12) -> ShownTable:
    """The first rows of the contact list."""
    frame = plan.customers
    shown = frame.assign(
        offer=[f"{offer_name(d)}: {action_name(a)}"
               for d, a in zip(frame["dormancy"], frame["action"], strict=True)],
        who=[t("leave out (lot)") if a == "hold out" else t("contact") for a in frame["arm"]],
    )  # fmt: skip
    fields = (
        Field("customer_id", t("Customer")),
        Field("silent_days", t("days silent"), "count"),
        Field("offer", t("offer")),
        Field("who", t("do")),
        Field("returns", t("return unasked"), "share"),
        Field("asked", t("return when asked"), "share"),
        Field("cap", t("cost cap, {currency}").format(currency=plan.currency), "money"),
        Field("gain", t("gain, {currency}").format(currency=plan.currency), "money"),
    )
    note = t("{shown} of {n} customers are shown.").format(
        shown=min(most, len(frame)), n=count(len(frame))
    )
    return shown_table(shown, fields, caption=t("The contact list"), note=note, most=most)
