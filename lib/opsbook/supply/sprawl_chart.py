"""How assortment sprawl and its cash are shown."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.sprawl import Sprawl

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_cash_ahead", "plot_sprawl", "sprawl_table", "sprawl_words"]


def sprawl_words(found: Sprawl) -> str:
    """The state of the range in a few sentences, with what is assumed."""
    ahead = found.ahead
    text = t(
        "Stock lasts {days} days, {before} before; {money} more than that asks for. Goods are "
        "paid {wait} days after they are ordered. Assumed: running the shop costs {share} of "
        "sales.",
        days=count(found.days_of_stock),
        before=count(found.days_before),
        money=money(found.tied_up, found.currency),
        wait=ahead.wait,
        share=per_cent(ahead.operating, 0),
    )
    if ahead.assumed:
        text += " " + t(
            "Cash on hand is not told: {weeks} weeks of sales are assumed, {money}.",
            weeks=count(found.limits.reserve_weeks),
            money=money(ahead.cash, found.currency),
        )
    return text


def plot_sprawl(found: Sprawl) -> Chart:
    """SKUs, sales and stock, each against its own start a year before."""
    weeks = found.weeks.tail(65).reset_index(drop=True)
    smooth = weeks[["skus", "sales", "stock"]].rolling(13, min_periods=13).mean().dropna()
    base = smooth.iloc[0].where(smooth.iloc[0] > 0)
    lines = smooth / base
    when = weeks["week"].iloc[lines.index]
    styles = (("skus", "neg", "-", t("SKUs")), ("stock", "s2", "--", t("stock at cost")),
              ("sales", "accent", "-", t("sales")))  # fmt: skip

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import MonthLocator, num2date

        axes = figure.subplots()
        for name, tone, style, label in styles:
            axes.plot(when, lines[name], color=COLORS[tone][0], lw=2, ls=style, label=label)
        axes.legend(loc="lower left", fontsize=9)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda v, _: count(v, 1))
        axes.xaxis.set_major_locator(MonthLocator(interval=4 if phone else 2))
        axes.xaxis.set_major_formatter(lambda v, _: f"{num2date(v):%Y-%m}")
        axes.set_ylabel(t("start = 1"))

    index = count(found.index, 2)
    title = (
        t("The range is out of hand: SKUs grew {index} times as much as sales", index=index)
        if found.called
        else t("SKUs grew {index} times as much as sales; no alarm", index=index)
    )
    return Chart(
        draw,
        title=title,
        subtitle=t("mean of 13 weeks, first point = 1"),
        alt=t("Growth factors at the end: {rows}").format(
            rows="; ".join(f"{label} {count(lines[n].iloc[-1], 2)}" for n, _, _, label in styles)
        ),
        source=found.shop,
        height=3.0,
        data=weeks,
    )


def plot_cash_ahead(found: Sprawl) -> Chart:
    """Cash over the weeks ahead, going on as now and stopping today."""
    ahead = found.ahead
    table = ahead.table
    neg, accent, ink = (COLORS[k][0] for k in ("neg", "accent", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import MonthLocator, num2date

        axes = figure.subplots()
        axes.axhline(0, color=ink, lw=1)
        axes.fill_between(table["week"], table["low"], table["high"], color=neg, alpha=0.15, lw=0)
        axes.plot(table["week"], table["cash"], color=neg, lw=2, label=t("buying goes on as now"))
        axes.plot(table["week"], table["cash_stop"], color=accent, lw=2, ls="--",
                  label=t("only what sells is reordered"))  # fmt: skip
        axes.legend(loc="best", fontsize=9)
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.xaxis.set_major_locator(MonthLocator(interval=2 if phone else 1))
        axes.xaxis.set_major_formatter(lambda v, _: f"{num2date(v):%Y-%m}")
        axes.set_ylabel(t("cash, {currency}", currency=found.currency))

    left = ahead.weeks_left
    title = (
        t("Buying as now, the cash is gone in {n} weeks", n=left)
        if left is not None
        else t("Buying as now, the cash lasts the next {n} weeks", n=found.limits.horizon)
    )
    return Chart(
        draw,
        title=title,
        subtitle=t("projection with 90 % interval; goods ordered are paid {days} days later",
                   days=ahead.wait),
        alt=t("Cash at the horizon: {a} buying as now, {b} reordering only what sells.").format(
            a=money(float(table["cash"].iloc[-1]), found.currency),
            b=money(float(table["cash_stop"].iloc[-1]), found.currency),
        ),
        source=found.shop,
        height=3.0,
        data=table,
    )  # fmt: skip


def sprawl_table(found: Sprawl) -> ShownTable:
    """The four signals; the alarm needs all of them."""
    n = found.limits.weeks
    names = {
        "range": t("growth of SKUs in {n} weeks", n=n),
        "outrun": t("growth of SKUs less growth of sales"),
        "stock": t("goods ordered over goods that sell, at cost"),
        "cash": t("weeks until the cash is gone"),
    }

    def shown(signal: str, value: float) -> str:
        if value != value:
            return t("not within {n} weeks", n=found.limits.horizon)
        if signal in ("range", "outrun"):
            return per_cent(value)
        return count(value, 2 if signal == "stock" else 0)

    frame = found.signals.assign(
        name=[names[s] for s in found.signals["signal"]],
        seen=[shown(s, f) for s, f in zip(found.signals["signal"], found.signals["figure"],
                                          strict=True)],
        allowed=[shown(s, f) for s, f in zip(found.signals["signal"], found.signals["limit"],
                                             strict=True)],
        given_words=[t("yes") if g else t("no") for g in found.signals["given"]],
    )  # fmt: skip
    fields = (
        Field("name", t("signal")),
        Field("seen", t("figure")),
        Field("allowed", t("limit")),
        Field("given_words", t("given")),
    )
    return shown_table(frame, fields, caption=t("Signals of sprawl: the alarm needs all four"),
                       note=sprawl_words(found))  # fmt: skip
