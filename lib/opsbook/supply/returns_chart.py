"""Return rates with what is still to come, drawn and tabled."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.return_check import NowcastCheck
from opsbook.supply.returns_rate import Returns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "cohorts_table",
    "nowcast_table",
    "plot_cohorts",
    "plot_delay",
    "plot_nowcast",
    "return_groups_table",
    "returns_words",
]


def returns_words(found: Returns) -> str:
    """Rate, what is to come, how it is learned, what was left out, what is assumed."""
    text = t(
        "{asked} of {lines} order lines are asked back so far ({raw}); {more} more are expected "
        "[{low}, {high}], {rate} in the end. Half of all requests come within {half} days, 99 % "
        "within {all} days of the order.",
        asked=count(found.asked), lines=count(found.lines),
        raw=per_cent(found.asked / found.lines), more=count(found.to_come),
        low=count(found.to_come_low), high=count(found.to_come_high), rate=per_cent(found.rate),
        half=found.curve.days(0.5), all=found.curve.days(0.99),
    )  # fmt: skip
    if not found.curve.returns.sum():
        text = t("No returns are recorded for these orders.")
    reasons = {
        "no_product": t("{n} name no product"),
        "no_order": t("{n} have no order in the data"),
        "not_sold": t("{n} are of goods that were not sold"),
        "before_order": t("{n} were made before the order"),
        "again": t("{n} are further requests for the same line"),
    }
    gone = [reasons[k].format(n=count(v)) for k, v in found.left_out.items() if v and k in reasons]
    if gone:
        text += " " + t("Requests that do not count: {what}.", what=", ".join(gone))
    if found.left_out.get("refund_first"):
        text += " " + t(
            "{n} were paid back before they were asked for; they count, but not for the hours to "
            "the refund.", n=count(found.left_out["refund_first"]),
        )  # fmt: skip
    if found.refund:
        text += " " + t(
            "Refund: half are paid within {half} hours of the request, {within} within 24 hours; "
            "the sources want 24 hours (001) and 2 hours or 4 on average (003).",
            half=count(found.refund["half"]), within=per_cent(found.refund["within"], 0),
        )  # fmt: skip
    resale = ", ".join(f"{k} {per_cent(v, 0)}" for k, v in found.rates.resale.items())
    return text + " " + t(
        "Assumed: a returned piece is worth {resale} of its cost by grade, handling costs {each}.",
        resale=resale, each=money(found.rates.handling, found.currency),
    )  # fmt: skip


def plot_cohorts(found: Returns, *, months: int = 13) -> Chart:
    """Rate by month of purchase: asked back so far, and still to come."""
    frame = found.cohorts.tail(months).reset_index(drop=True)
    accent, second, ink = (COLORS[k][0] for k in ("accent", "s2", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        x = np.arange(len(frame))
        raw = frame["raw"].to_numpy(float)
        more = (frame["rate"] - frame["raw"]).to_numpy(float)
        axes.bar(x, raw, color=accent, width=0.62, label=t("asked back so far"))
        axes.bar(x, more, bottom=raw, color=second, width=0.62, hatch="//",
                 label=t("expected still"))  # fmt: skip
        open_ = frame["to_come"] >= 0.5
        axes.vlines(x[open_], frame["rate_low"][open_], frame["rate_high"][open_], color=ink, lw=2)
        step = max(1, -(-len(frame) // (4 if phone else 8)))
        axes.set_xticks(x[::step], [f"{m.year}-{m.month:02d}" for m in frame["month"][::step]])
        marks = [v for v in axes.get_yticks() if v >= 0]
        axes.set_yticks(marks, [per_cent(v, 0 if max(marks) > 0.04 else 1) for v in marks])
        axes.grid(axis="x", visible=False)
        axes.set_ylim(0, max(float(frame["rate_high"].max()) * 1.3, 0.01))
        axes.legend(loc="upper left", frameon=False, fontsize=8, ncols=1 if phone else 2)

    return Chart(
        draw,
        title=t(
            "{raw} came back so far, {rate} will in the end [{low}, {high}]",
            raw=per_cent(found.asked / found.lines), rate=per_cent(found.rate),
            low=per_cent(found.rate_low), high=per_cent(found.rate_high),
        ),
        subtitle=t("share of order lines asked back by month of purchase; title: {period}",
                   period=found.period),
        alt=t("Return rate by month: {rows}").format(
            rows="; ".join(f"{r.month:%Y-%m} {per_cent(r.rate)}" for r in frame.itertuples())
        ),
        source=found.shop,
        height=3.2,
        data=found.cohorts,
    )  # fmt: skip


def plot_delay(found: Returns) -> Chart:
    """Which part of all returns is known after so many days."""
    curve = found.curve
    last = max(curve.days(0.999), 7)
    half = 1.96 * np.sqrt(curve.variance[: last + 1])
    frame = pd.DataFrame(
        {"days": np.arange(last + 1), "known": curve.grown[: last + 1],
         "low": np.clip(curve.grown[: last + 1] - half, 0, 1),
         "high": np.clip(curve.grown[: last + 1] + half, 0, 1)}
    )  # fmt: skip
    accent = COLORS["accent"][0]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.fill_between(frame["days"], frame["low"], frame["high"], step="post", color=accent,
                          alpha=0.2, lw=0)  # fmt: skip
        axes.step(frame["days"], frame["known"], where="post", color=accent, lw=2)
        marks = [0, 0.25, 0.5, 0.75, 1]
        axes.set_yticks(marks, [per_cent(v, 0) for v in marks])
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, last)
        axes.set_xlabel(t("days since the order"))

    return Chart(
        draw,
        title=t("After {n} days only half of the returns are known", n=curve.days(0.5)),
        subtitle=t("share of all returns that has been asked for, with 95 % interval"),
        alt=t("Known after 7 days {a}, 14 days {b}, 30 days {c}",
              a=per_cent(float(curve.at(7)), 0), b=per_cent(float(curve.at(14)), 0),
              c=per_cent(float(curve.at(30)), 0)),
        source=found.shop,
        height=2.8,
        data=frame,
    )  # fmt: skip


def plot_nowcast(check: NowcastCheck) -> Chart:
    """Foretold on earlier mornings, against what came and what was known by then."""
    frame = check.looks
    accent, second, muted = (COLORS[k][0] for k in ("accent", "s2", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        x = np.arange(len(frame))
        axes.vlines(x, frame["low"], frame["high"], color=accent, lw=3, alpha=0.5,
                    label=t("foretold"))  # fmt: skip
        axes.plot(x, frame["came"], "D", color=second, ms=6, mfc="none", label=t("came in fact"))
        axes.plot(x, frame["asked"], "_", color=muted, ms=9, label=t("known by then"))
        step = max(1, -(-len(frame) // (4 if phone else 9)))
        axes.set_xticks(x[::step], [f"{d.year}-{d.month:02d}" for d in frame["known"][::step]])
        axes.set_ylim(0, float(frame[["high", "came"]].max().max()) * 1.35)
        axes.legend(loc="upper left", frameon=False, fontsize=8, ncols=1 if phone else 3)

    return Chart(
        draw,
        title=t(
            "In {hits} of {n} earlier months what came lay in the interval foretold",
            hits=int(frame["inside"].sum()), n=len(frame),
        ),
        subtitle=t("returns of four weeks of sales, looked at on the day after; {level} interval",
                   level=per_cent(check.level, 0)),
        alt=t("Foretold against what came: {bias} off in all, counting only what was known {naive}",
              bias=per_cent(check.bias, sign=True), naive=per_cent(check.naive_bias, sign=True)),
        source=check.shop,
        height=3.0,
        data=frame,
    )  # fmt: skip


def nowcast_table(check: NowcastCheck) -> ShownTable:
    """The same in figures."""
    frame = check.looks.assign(
        hit=[t("yes") if v else t("no") for v in check.looks["inside"]],
        day=[str(v) for v in check.looks["known"]],
    )
    fields = (
        Field("day", t("morning")),
        Field("lines", t("lines sold"), "count"),
        Field("asked", t("known by then"), "count"),
        Field("foretold", t("foretold"), "count"),
        Field("low", t("from"), "count"),
        Field("high", t("to"), "count"),
        Field("came", t("came in fact"), "count"),
        Field("hit", t("inside")),
    )
    note = t(
        "Over all: foretold {bias} against what came; counting only what was known {naive}.",
        bias=per_cent(check.bias, sign=True), naive=per_cent(check.naive_bias, sign=True),
    )  # fmt: skip
    return shown_table(frame, fields, caption=t("Returns foretold and what came"), note=note)


def cohorts_table(found: Returns, *, most: int = 13) -> ShownTable:
    """Months of purchase, latest first."""
    frame = found.cohorts.iloc[::-1].assign(
        name=lambda f: [f"{m.year}-{m.month:02d}" for m in f["month"]]
    )
    fields = (
        Field("name", t("month of purchase")),
        Field("lines", t("lines sold"), "count"),
        Field("asked", t("asked back so far"), "count"),
        Field("raw", t("rate so far"), "share"),
        Field("grown", t("part of returns known"), "share"),
        Field("to_come", t("expected still"), "count"),
        Field("rate", t("rate in the end"), "share"),
        Field("rate_low", t("from"), "share"),
        Field("rate_high", t("to"), "share"),
    )
    return shown_table(
        frame, fields, caption=t("Returns by month of purchase"), note=returns_words(found),
        most=most,
    )  # fmt: skip


def return_groups_table(found: Returns, by: str, *, most: int = 12) -> ShownTable:
    """Products, categories or suppliers, dearest returns first.

    Args:
        found: From ``returns_rate``.
        by: ``product``, ``category`` or ``supplier``.
        most: Rows shown.
    """
    heads = {"product": t("product"), "category": t("category"), "supplier": t("supplier")}
    frame = found.groups[found.groups["by"] == by]
    frame = frame.assign(call=[t("yes") if v else "" for v in frame["alert"]])
    limit = (Field("limit", t("alert above"), "share"), Field("call", t("alert")))
    judged = limit if frame["limit"].notna().any() else ()
    fields = (
        Field("name", heads[by]),
        Field("lines", t("lines sold"), "count"),
        Field("asked", t("asked back so far"), "count"),
        Field("rate", t("rate in the end"), "share"),
        Field("shrunk", t("drawn to the mean"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        *judged,
        Field("cost", t("cost, {currency}", currency=found.currency), "money"),
    )
    notes = {
        "product": t(
            "Alert: above the mean of its category + 2 points (source claim 001) beyond chance, "
            "with {n} products tested at once.", n=count(len(frame)),
        ),
        "category": t(
            "A category is called only against an industry mean, which is a parameter; its own "
            "mean tells nothing about it."
        ),
        "supplier": t(
            "Compared with what its products' categories would have; the supplier is that of the "
            "latest purchase order."
        ),
    }  # fmt: skip
    captions = {
        "product": t("Returns by product"),
        "category": t("Returns by category"),
        "supplier": t("Returns by supplier"),
    }
    return shown_table(frame, fields, caption=captions[by], note=notes[by], most=most)
