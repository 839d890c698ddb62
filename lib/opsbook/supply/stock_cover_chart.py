"""How stock alerts, slow movers and the active-SKU rate are shown."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.active_skus import ActiveSkus
from opsbook.supply.slow_movers import SlowMovers
from opsbook.supply.stock_cover import StockCover

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "active_table",
    "cover_words",
    "plot_active_skus",
    "plot_cover",
    "slow_table",
    "state_table",
    "states_words",
    "stock_cover_table",
]  # fmt: skip


def _alert(state: str, found: StockCover) -> str:
    return {
        "out": t("sold out"),
        "short": t("under {n} days", n=count(found.low_days)),
        "ok": t("{low} to {high} days", low=count(found.low_days), high=count(found.high_days)),
        "long": t("over {n} days", n=count(found.high_days)),
        "unsold": t("stock, no sale"),
        "empty": t("neither stock nor sale"),
    }[state]


def cover_words(found: StockCover) -> str:
    """What the limits are, what is assumed, and who is not judged."""
    new = int((found.skus["is_new"] & (found.skus["state"] == "unsold")).sum())
    return t(
        "Sales per day over {days} days, counted on days with stock. Goods ordered today are "
        "assumed here in {lead} days; holding costs {holding} of the goods' cost a year "
        "(assumed). {new} products on sale for under {young} days without a sale are not "
        "judged; {negative} stock records below zero count as zero. Under 7 days, another "
        "source's safety line: {safety} products (X04: alert, safety line, lead time and "
        "advance order are four different levels).",
        days=found.items.days,
        lead=count(found.lead_days),
        holding=per_cent(found.holding, 0),
        new=count(new),
        young=found.new_days,
        negative=count(found.items.negative),
        safety=count(found.safety),
    )


def plot_cover(found: StockCover) -> Chart:
    """Products by cover: how many, and how much stock they hold."""
    states = found.states.set_index("state").loc[["out", "short", "ok", "long", "unsold"]]
    names = [_alert(str(s), found) for s in states.index]
    tones = [COLORS[k][0] for k in ("neg", "neg", "accent", "s2", "s2")]
    marks = ["xx", "//", "", "//", "xx"]

    def draw(figure: "Figure", phone: bool) -> None:
        panels = figure.subplots(2, 1) if phone else figure.subplots(1, 2, sharey=True)
        whole = float(states["value"].sum())
        for axes, column, label in zip(
            panels, ("skus", "value"), (t("products"), t("share of stock at cost")), strict=True
        ):
            values = states[column] / (whole or 1.0) if column == "value" else states[column]
            bars = axes.barh(range(5), values, color=tones, height=0.65)
            for bar, mark, value in zip(bars, marks, values, strict=True):
                bar.set(hatch=mark, edgecolor="white")
                text = per_cent(value, 0) if column == "value" else count(value)
                axes.annotate(text, (value, bar.get_y() + 0.33), (4, 0), va="center",
                              textcoords="offset points", fontsize=9)  # fmt: skip
            axes.set_yticks(range(5), names, fontsize=8 if phone else 9)
            axes.set_xlim(0, float(values.max()) * 1.2 or 1)
            axes.set_xticks([])
            axes.set_xlabel(label)
            axes.grid(visible=False)
        panels[0].invert_yaxis()
        if phone:
            panels[1].invert_yaxis()

    low, high = found.number("out", "short"), int(found.too_long.sum())
    return Chart(
        draw,
        title=t(
            "{low} products are out or about to be, {high} have more than {days} days of stock",
            low=count(low),
            high=count(high),
            days=count(found.high_days),
        ),
        subtitle=t("days of cover of free stock"),
        alt=t("Products by days of cover: {rows}").format(
            rows="; ".join(f"{n} {count(v)}" for n, v in zip(names, states["skus"], strict=True))
        ),
        source=found.items.shop,
        height=2.6,
        phone_height=4.4,
        data=found.states,
    )


def stock_cover_table(found: StockCover, *, most: int = 15) -> ShownTable:
    """The alerts, most money first."""
    frame = found.skus[found.skus["state"].isin(["out", "short", "long", "unsold"])]
    frame = frame[frame["money"] > 0]
    frame = frame.assign(alert=[_alert(s, found) for s in frame["state"]])
    fields = (
        Field("sku", t("product")),
        Field("alert", t("alert")),
        Field("free", t("free pieces"), "count"),
        Field("in_transit", t("on the way"), "count"),
        Field("rate", t("pieces a day"), "number"),
        Field("cover", t("cover, days"), "count"),
        Field("at_risk", t("margin at risk, {currency}", currency=found.items.currency), "money"),
        Field("excess", t("stock beyond the limit, {currency}", currency=found.items.currency),
              "money"),
    )  # fmt: skip
    caption = t("Alerts that cost money: {n}", n=count(len(frame)))
    return shown_table(frame, fields, caption=caption, note=cover_words(found), most=most)


def slow_table(found: SlowMovers) -> ShownTable:
    """The three definitions side by side."""
    names = {
        "cover": t("cover over {n} days (001)", n=count(found.cover.high_days)),
        "share": t("share of stock value that is slow by cover (004)"),
        "active": t("SKUs with a sale in {n} days (001)", n=found.active.items.days),
    }
    kept = {True: t("kept"), False: t("missed")}
    frame = found.table.assign(
        name=[names[d] for d in found.table["definition"]],
        # Through the type: the table holds None for a definition without a limit.
        result=[t("no limit given") if k is None else kept[bool(k)] for k in found.table["kept"]],
    )
    fields = (
        Field("name", t("definition")),
        Field("skus", t("slow products"), "count"),
        Field("of", t("of"), "count"),
        Field("value", t("their stock, {currency}", currency=found.active.items.currency), "money"),
        Field("figure", t("figure"), "share"),
        Field("limit", t("limit"), "share"),
        Field("result", t("result")),
    )
    note = t(
        "{n} products are slow by cover and by silence. The definitions answer different "
        "questions and never agree (X05).",
        n=count(found.both),
    )
    return shown_table(frame, fields, caption=t("Slow movers, three definitions"), note=note)


def states_words(found: ActiveSkus) -> str:
    """Every product of the catalogue in one of four states."""
    return t(
        "{active} sold in {days} days, {silent} could be bought and did not sell, {new} are on "
        "sale for under {young} days, {gone} had neither stock nor sale: {all} in the catalogue.",
        active=count(found.count("active")),
        days=found.items.days,
        silent=count(found.count("silent")),
        new=count(found.count("new")),
        young=found.new_days,
        gone=count(found.count("gone")),
        all=count(len(found.skus)),
    )


def plot_active_skus(found: ActiveSkus, *, goal: float = 0.70) -> Chart:
    """Active-SKU rate by category against the goal."""
    frame = found.categories.sort_values("rate", ascending=False).tail(20).reset_index(drop=True)
    accent, neg, muted = (COLORS[k][0] for k in ("accent", "neg", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(goal, color=muted, lw=1.3, ls=(0, (4, 3)))
        for y, row in enumerate(frame.itertuples()):
            low = row.rate < goal
            axes.plot([0, row.rate], [y, y], color=neg if low else accent, lw=1.6)
            axes.plot(row.rate, y, "s" if low else "o", color=neg if low else accent, ms=6)
        # On a phone the number would be what is cut off of a long name: it has a line of its own.
        apart = "\n" if phone else " "
        names = [
            f"{r.category or t('(no category)')}{apart}({r.on_sale})" for r in frame.itertuples()
        ]
        axes.set_yticks(range(len(frame)), names)
        axes.set_ylim(-0.7, len(frame) - 0.3)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("share of SKUs on sale that sold"))

    return Chart(
        draw,
        title=t(
            "{rate} of the range sold in {days} days; {money} lie in what did not",
            rate=per_cent(found.rate, 0),
            days=found.items.days,
            money=money(found.silent_value, found.items.currency),
        ),
        subtitle=t("by category (SKUs on sale); dashed: {goal}", goal=per_cent(goal, 0)),
        alt=t("Active SKUs by category: {rows}").format(
            rows="; ".join(f"{r.category or '-'} {per_cent(r.rate, 0)}" for r in frame.itertuples())
        ),
        source=found.items.shop,
        height=1.0 + 0.24 * max(len(frame), 2),
        data=found.categories,
    )


def active_table(found: ActiveSkus, *, most: int = 10) -> ShownTable:
    """Silent products, most money first."""
    frame = found.skus[found.skus["state"] == "silent"].sort_values("value", ascending=False)
    quiet = (np.datetime64(found.items.end) - frame["last_sale"]).dt.days
    frame = frame.assign(quiet=quiet.astype("float64"))
    fields = (
        Field("sku", t("product")),
        Field("category", t("category")),
        Field("on_hand", t("pieces"), "count"),
        Field("value", t("stock at cost, {currency}", currency=found.items.currency), "money"),
        Field("quiet", t("days since the last sale"), "count"),
        Field("since", t("days on sale"), "count"),
    )
    caption = t("Silent products: {n}", n=count(len(frame)))
    return shown_table(frame, fields, caption=caption, note=states_words(found), most=most)


def state_table(found: ActiveSkus) -> ShownTable:
    """How many products are in each state, with stock and sales."""
    names = {
        "active": t("sold"),
        "silent": t("could be bought, did not sell"),
        "new": t("new, no sale yet"),
        "gone": t("neither stock nor sale"),
    }
    frame = found.states.assign(name=[names[s] for s in found.states["state"]])
    fields = (
        Field("name", t("state")),
        Field("skus", "SKU", "count"),
        Field("value", t("stock at cost, {currency}", currency=found.items.currency), "money"),
        Field("sales", t("sales, {currency}", currency=found.items.currency), "money"),
    )
    note = t(
        "Over the whole catalogue the rate is {rate}: it keeps what nobody sells any more.",
        rate=per_cent(found.catalogue_rate, 0),
    )
    return shown_table(frame, fields, caption=t("The range by state"), note=note)
