"""Customer value shown: who holds it, and what a new customer of each channel is worth."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, per_cent, t
from opsbook.lifecycle.margin import Margin
from opsbook.lifecycle.value import Values

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ltv_table", "plot_ltv", "plot_value", "risk_table", "value_table"]


def _require_trust(values: Values) -> None:
    """Stop before values of single customers are shown on a shop the model does not fit."""
    if not values.trusted:
        raise CannotTell(
            N_(
                "Values of single customers are withheld, since the model does not fit this "
                "shop. Rank customers by RFM instead, and use its total only if it was foreseen "
                "above."
            )
        )


def plot_value(values: Values) -> Chart:
    """Value by tenth of customers, best first, with the chance that they are still there.

    Raises:
        CannotTell: The model does not fit the shop.
    """
    _require_trust(values)
    frame = values.deciles
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.bar(frame["group"], frame["share"], color=accent, width=0.72)
        for row in frame.itertuples():
            axes.annotate(
                per_cent(row.alive, 0),
                (row.group, row.share),
                (0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=7 if phone else 8,
                color=ink,
            )
        axes.set_ylim(0, float(frame["share"].max()) * 1.2)
        axes.set_xticks(frame["group"])
        axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.set_xlabel(t("tenths of customers by value, best first"))
        axes.set_ylabel(t("share of value"))
        axes.grid(axis="x", visible=False)
        axes.text(
            0.99,
            0.97,
            t("figure above a bar: chance to be still a customer"),
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8,
            color=muted,
        )

    return Chart(
        draw,
        title=values.headline(),
        subtitle=t(
            "expected margin of the next {days} days by tenth of customers, %",
            days=values.horizon_days,
        )
        if values.margin.basis != "none"
        else t(
            "expected sales of the next {days} days by tenth of customers, %",
            days=values.horizon_days,
        ),
        alt=t(
            "Bars falling from {first} of value for the best tenth to {last} for the last",
            first=per_cent(float(frame["share"].iloc[0])),
            last=per_cent(float(frame["share"].iloc[-1])),
        ),
        source=values.base.source,
        height=3.4,
        data=frame,
    )


def value_table(values: Values, *, most: int = 12) -> ShownTable:
    """The most valuable customers with their intervals.

    Raises:
        CannotTell: The model does not fit the shop.
    """
    _require_trust(values)
    fields = (
        Field("customer_id", t("customer")),
        Field("gmv", t("bought so far ({currency})", currency=values.currency), "money"),
        Field("frequency", t("repeat purchases"), "count"),
        Field("alive", t("still a customer"), "share"),
        Field("purchases", t("purchases to come"), "number"),
        Field("spend", t("spend per purchase ({currency})", currency=values.currency), "money"),
        Field("value", t("value ({currency})", currency=values.currency), "money"),
        Field("low", t("from"), "money"),
        Field("high", t("to"), "money"),
    )
    return shown_table(
        values.frame,
        fields,
        caption=t("Most valuable customers, next {days} days", days=values.horizon_days),
        note=t(
            "From and to bound the expected value; what one customer really brings scatters "
            "far more. {margin}.",
            margin=values.margin.words(),
        ),
        most=most,
    )


def risk_table(values: Values, *, most: int = 12) -> ShownTable:
    """Customers who would be among the best and may well have left.

    Raises:
        CannotTell: The model does not fit the shop.
    """
    _require_trust(values)
    risk = values.at_risk()
    shown = risk.assign(last_day=risk["last_day"].dt.strftime("%Y-%m-%d"))
    fields = (
        Field("customer_id", t("customer")),
        Field("last_day", t("last purchase")),
        Field("gmv", t("bought so far ({currency})", currency=values.currency), "money"),
        Field("alive", t("still a customer"), "share"),
        Field("worth", t("worth if still there ({currency})", currency=values.currency), "money"),
        Field("lost", t("of it probably lost ({currency})", currency=values.currency), "money"),
    )
    return shown_table(
        shown,
        fields,
        caption=t("Good customers who may have left: {n}", n=count(len(risk))),
        most=most,
    )


def plot_ltv(
    frame: pd.DataFrame, margin: Margin, *, currency: str, days: int, source: str
) -> Chart:
    """Value of a new customer by channel, with intervals.

    Args:
        frame: From ``ltv_by``.
        margin: Margin it reckons with.
        currency: ISO code.
        days: Its horizon.
        source: Line below the chart.
    """
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    shown = frame.iloc[::-1].reset_index(drop=True)
    first, last = frame.iloc[0], frame.iloc[-1]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        place = shown.index.to_numpy()
        color = [accent if own else quiet for own in shown["own"]]
        axes.barh(place, shown["ltv"], color=color, height=0.62)
        spread = [shown["ltv"] - shown["low"], shown["high"] - shown["ltv"]]
        axes.errorbar(shown["ltv"], place, xerr=spread, fmt="none", ecolor=ink, lw=1.2, capsize=3)
        axes.set_yticks(place, shown["group"], fontsize=8 if phone else 9)
        axes.set_xlim(0, float(shown["high"].max()) * 1.05)
        axes.set_xlabel(
            t("sales per new customer ({currency})", currency=currency)
            if margin.basis == "none"
            else t("margin per new customer ({currency})", currency=currency)
        )
        axes.grid(axis="y", visible=False)

    if first["low"] > last["high"]:
        title = t(
            "A new customer from {best} is worth {high}, one from {worst} {low}",
            best=first["group"],
            high=money(first["ltv"], currency),
            worst=last["group"],
            low=money(last["ltv"], currency),
        )
    else:
        title = t("New customers are worth about the same, whatever brought them")
    return Chart(
        draw,
        title=title,
        subtitle=t("first order included, {days} days from it, 95 % intervals", days=days),
        alt=t("Bars of the value of a new customer with intervals; {title}", title=title),
        source=source,
        height=max(2.2, 0.36 * len(frame) + 0.9),
        data=frame,
    )


def ltv_table(frame: pd.DataFrame, *, currency: str, days: int) -> ShownTable:
    """The figures of ``ltv_by`` for reading."""
    fields = (
        Field("group", t("came through")),
        Field("customers", t("new customers"), "count"),
        Field("first_order", t("first order ({currency})", currency=currency), "money"),
        Field("repeats", t("repeat purchases to come"), "number"),
        Field("spend", t("spend per purchase ({currency})", currency=currency), "money"),
        Field("ltv", t("value ({currency})", currency=currency), "money"),
        Field("low", t("from"), "money"),
        Field("high", t("to"), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("What a new customer is worth in {days} days", days=days),
        most=24,
    )
