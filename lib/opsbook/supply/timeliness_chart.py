"""How punctual dispatch and delivery are, drawn and tabled."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.carrier_gap import CarrierGap
from opsbook.supply.timeliness import Timeliness

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "carriers_table",
    "group_name",
    "groups_table",
    "hours_table",
    "plot_carriers",
    "plot_punctuality",
    "punctuality_table",
    "timeliness_words",
]


def group_name(by: str) -> str:
    """What parcels are compared by, in words."""
    return {"carrier": t("carrier"), "warehouse": t("warehouse"), "region": t("region")}[by]


def _measure(name: str, found: Timeliness) -> str:
    short, long = (count(v) for v in found.limits)
    return {
        "ship_short": t("orders sent within {n} hours", n=short),
        "ship_long": t("orders sent within {n} hours", n=long),
        "order_promise": t("orders complete by the promised time"),
        "parcel_promise": t("parcels at the door by the promised time"),
    }[name]


def timeliness_words(found: Timeliness) -> str:
    """What counts, what is open, what was left out, and where the sources disagree."""
    order = found.share("order_promise")
    text = t(
        "{n} orders. Dispatch is that of an order's first parcel, delivery that of its last "
        "({several} orders went in several parcels). Whose time is not over counts neither as "
        "late nor as on time: {open} orders.",
        n=count(found.orders), several=count(found.several), open=count(order["open"]),
    )  # fmt: skip
    reasons = {
        "before_order": t("{n} parcels sent before they were ordered"),
        "backwards": t("{n} parcels delivered before they were sent"),
        "too_long": t("{n} parcels more than a year under way"),
        "no_order": t("{n} parcels without an order in the data"),
        "refunded": t("{n} orders paid back before anything left"),
        "in_store": t("{n} orders handed over in a store"),
    }
    gone = [reasons[k].format(n=count(v)) for k, v in found.left_out.items() if v and k in reasons]
    if gone:
        text += " " + t("Left out: {what}.", what=", ".join(gone))
    if found.left_out.get("no_promise"):
        text += " " + t(
            "{n} parcels carry no promise and count for the hours only.",
            n=count(found.left_out["no_promise"]),
        )
    return text + " " + t(
        "The sources do not agree on what is normal: sent within 24 or 48 hours (001), at the "
        "door the next day (000, 002), 1.8 days on average (003). Each is shown by its own name."
    )  # fmt: skip


def plot_punctuality(found: Timeliness) -> Chart:
    """Share of parcels on time by week of ordering, with interval."""
    frame = found.weeks[found.weeks["cases"] > 0].reset_index(drop=True)
    accent, muted = COLORS["accent"][0], COLORS["muted"][0]
    whole = found.share("parcel_promise")

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        x = range(len(frame))
        axes.axhline(float(whole["value"]), color=muted, lw=1, ls=(0, (4, 3)))
        axes.vlines(x, frame["low"], frame["high"], color=accent, lw=1.6)
        axes.plot(x, frame["value"], "o-", color=accent, ms=5, lw=1)
        step = max(1, -(-len(frame) // (4 if phone else 9)))
        axes.set_xticks(
            list(x)[::step], [f"{d.month:02d}-{d.day:02d}" for d in frame["start"][::step]]
        )
        low = float(frame["low"].min())
        axes.set_ylim(max(0.0, low - 0.03), 1.005)
        marks = [v for v in axes.get_yticks() if 0 <= v <= 1]
        axes.set_yticks(marks, [per_cent(v, 0) for v in marks])
        axes.set_ylim(max(0.0, low - 0.03), 1.005)
        axes.set_xlabel(t("week of ordering, from"))

    return Chart(
        draw,
        title=t(
            "{share} of parcels came by the promised time [{low}, {high}]",
            share=per_cent(whole["value"]),
            low=per_cent(whole["low"]),
            high=per_cent(whole["high"]),
        ),
        subtitle=t("share of parcels whose promised time is over · {period}", period=found.period),
        alt=t("On time by week: {rows}").format(
            rows="; ".join(f"{r.start} {per_cent(r.value)}" for r in frame.itertuples())
        ),
        source=found.shop,
        height=3.0,
        data=frame,
    )


def plot_carriers(gap: CarrierGap) -> Chart:
    """Carriers on time, as they are and alike for alike."""
    frame = gap.carriers.iloc[::-1].reset_index(drop=True)
    accent, second, ink = (COLORS[k][0] for k in ("accent", "s2", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        y = range(len(frame))
        axes.hlines(y, frame["low"], frame["high"], color=accent, lw=2)
        axes.plot(frame["value"], y, "o", color=accent, ms=6, label=t("as it is"))
        axes.plot(
            frame["alike"], y, "D", mfc="none", color=second, ms=8, label=t("on the same routes")
        )
        axes.set_yticks(y, frame["carrier"], color=ink)
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.grid(axis="y", visible=False)
        left = float(frame[["low", "alike"]].min().min())
        axes.set_xlim(max(0.0, left - 0.03), 1.005)
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        marks = [v for v in axes.get_xticks() if max(0.0, left - 0.03) <= v <= 1]
        axes.set_xticks(marks, [per_cent(v, 0) for v in marks])
        axes.legend(loc="upper left", frameon=False, fontsize=8)

    last = gap.carriers.iloc[-1]
    return Chart(
        draw,
        title=t(
            "{name} is the least punctual: {share} on the same routes, {best} {top}",
            name=last["carrier"], share=per_cent(last["alike"]),
            best=gap.best, top=per_cent(gap.carriers.set_index("carrier")["alike"][gap.best]),
        ),
        subtitle=t("share of parcels by the promised time, {level} interval; diamond: if each "
                   "carried all parcels", level=per_cent(gap.level, 0)),
        alt=t("Carriers on time: {rows}").format(
            rows="; ".join(f"{r.carrier} {per_cent(r.value)}" for r in gap.carriers.itertuples())
        ),
        source=gap.shop,
        height=1.1 + 0.36 * max(len(frame), 3),
        data=gap.carriers,
    )  # fmt: skip


def punctuality_table(found: Timeliness) -> ShownTable:
    """The four measures against the period before."""
    frame = found.shares.assign(name=[_measure(m, found) for m in found.shares["measure"]])
    frame["change"] = frame["value"] - frame["before"]
    fields = (
        Field("name", t("measure")),
        Field("value", t("share"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("cases", t("decided"), "count"),
        Field("open", t("still open"), "count"),
        Field("before", t("period before"), "share"),
        Field("change", t("change"), "points"),
        Field("change_p", t("p-value of the change"), "number"),
    )
    note = timeliness_words(found)
    note += " " + t(
        "At {pay} per late order (assumed) the {n} late orders of the period cost {money}.",
        pay=money(found.pay_per_late, found.currency), n=count(found.late),
        money=money(found.payout, found.currency),
    )  # fmt: skip
    return shown_table(frame, fields, caption=t("Dispatch and delivery"), note=note)


def hours_table(found: Timeliness) -> ShownTable:
    """Hours of each leg, what is still open taken into account."""
    names = {
        "dispatch": t("order to dispatch"),
        "road": t("dispatch to door (parcel)"),
        "door": t("order to door"),
    }
    fields = (
        Field("name", t("leg")),
        Field("mean", t("mean, hours"), "number"),
        Field("half", t("half within, hours"), "count"),
        Field("nine", t("nine in ten within, hours"), "count"),
        Field("n", t("done"), "count"),
        Field("waiting", t("still open"), "count"),
    )
    frame = found.hours.assign(name=[names[v] for v in found.hours["leg"]])
    note = t("Open ones count as: at least so long.")
    return shown_table(frame, fields, caption=t("How long it takes"), note=note)


def groups_table(found: Timeliness, *, most: int = 30) -> ShownTable:
    """Parcels by carrier, warehouse and region."""
    frame = found.groups.assign(by=[group_name(v) for v in found.groups["by"]])
    fields = (
        Field("by", t("by")),
        Field("name", t("name")),
        Field("parcels", t("parcels"), "count"),
        Field("value", t("on time"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("before", t("period before"), "share"),
        Field("open", t("still open"), "count"),
        Field("promised_days", t("promised, days from dispatch"), "number"),
    )
    return shown_table(
        frame, fields, caption=t("On time by carrier, warehouse and region"), most=most
    )


def carriers_table(gap: CarrierGap) -> ShownTable:
    """Carriers compared within the same region and month."""
    fields = (
        Field("carrier", t("carrier")),
        Field("cases", t("parcels"), "count"),
        Field("value", t("on time"), "share"),
        Field("alike", t("on time on the same routes"), "share"),
        Field("odds", t("odds of being late"), "number"),
        Field("odds_low", t("from"), "number"),
        Field("odds_high", t("to"), "number"),
        Field("extra_late", t("late beyond the best"), "count"),
    )
    frame = pd.DataFrame(gap.carriers)
    note = t(
        "Odds against {best}, within the same region and month. Who gets the far regions looks "
        "worse than he is; this takes it out, but not what is not recorded (weight, address).",
        best=gap.best,
    )
    return shown_table(frame, fields, caption=t("Carriers alike for alike"), note=note)
