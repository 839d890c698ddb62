"""Figures and tables of the event's surroundings: categories, new customers, all methods."""

from typing import TYPE_CHECKING

from opsbook.campaign.methods import METHODS, Methods
from opsbook.campaign.newcomers import Newcomers
from opsbook.campaign.spill import Spill
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["methods_table", "newcomers_table", "plot_methods", "plot_spill", "spill_table"]


def plot_spill(found: Spill) -> Chart:
    """Gain by category with intervals; the event's own category marked.

    Raises:
        CannotTell: No category sells often enough.
    """
    rows = found.categories.head(14).iloc[::-1].reset_index(drop=True)
    if not len(rows):
        raise CannotTell(N_("no category sells often enough to have a baseline"))
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.axvline(0, color=ink, lw=0.8)
        for y, row in enumerate(rows.itertuples()):
            color = accent if row.p_adj < 1 - found.level else quiet
            axes.plot([row.low, row.high], [y, y], color=color, lw=2.4, solid_capstyle="round")
            axes.plot(row.gain, y, "s" if row.promoted else "o", color=color, ms=7)
        axes.set_yticks(range(len(rows)), rows["category"].astype(str), color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: money(v)))
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.set_xlabel(t("sold minus expected, {currency}").format(currency=found.currency))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t(
            "dot: category on the event's days, square: its own; grey: may be chance among all"
        ),
        alt=found.words() or found.headline(),
        source=found.source,
        height=max(2.0, 1.0 + 0.27 * len(rows)),
        data=found.categories,
    )


def plot_methods(found: Methods) -> Chart:
    """What each method says the event brought."""
    rows = found.frame.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.axvline(0, color=ink, lw=0.8)
        for y, row in enumerate(rows.itertuples()):
            color = quiet if row.naive else accent
            if row.low == row.low:
                axes.plot([row.low, row.high], [y, y], color=color, lw=2.4, solid_capstyle="round")
            axes.plot(row.value, y, "D" if row.naive else "o", color=color, ms=7)
        axes.set_yticks(range(len(rows)), [_method(m) for m in rows["method"]], color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: _amount(found, v)))
        axes.locator_params(axis="x", nbins=3 if phone else 7)
        axes.set_xlabel(
            t("added orders")
            if found.measure == "orders"
            else t("added sales, {currency}").format(currency=found.currency)
        )

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("diamond: figures that decks show; dot: measured, {level} interval").format(
            level=per_cent(found.level, 0)
        ),
        alt=found.words() or found.headline(),
        source=found.source,
        height=max(2.0, 1.0 + 0.34 * len(rows)),
        data=found.frame,
    )


def methods_table(found: Methods) -> ShownTable:
    """Every method with its answer, and whether to believe it."""
    frame = found.frame.assign(
        label=[_method(m) for m in found.frame["method"]],
        believe=[_believe(m) for m in found.frame["method"]],
    )
    kind = "count" if found.measure == "orders" else "money"
    fields = (
        Field("label", t("Method")),
        Field("value", _unit_of(found.measure, found.currency), kind),
        Field("low", t("from"), kind),
        Field("high", t("to"), kind),
        Field("believe", t("To be believed?")),
    )
    return shown_table(
        frame, fields, caption=t("What each method says"), note=found.words(), most=20
    )


def spill_table(found: Spill) -> ShownTable:
    """Categories: sold, expected, gained, and whether it stands out among all."""
    fields = (
        Field("category", t("Category")),
        Field("actual", t("actual"), "money"),
        Field("baseline", t("expected"), "money"),
        Field("gain", _unit_of("gmv", found.currency), "money"),
        Field("low", t("from"), "money"),
        Field("high", t("to"), "money"),
        Field("relative", t("difference from expected"), "growth"),
        Field("p_adj", t("corrected p"), "number"),
    )
    return shown_table(
        found.categories, fields, caption=t("Categories on the event's days"), note=found.words(),
        most=30,
    )  # fmt: skip


def newcomers_table(found: Newcomers) -> ShownTable:
    """New customers of the event and of ordinary days.

    Raises:
        CannotTell: Nobody could be watched long enough.
    """
    if not len(found.frame):
        raise CannotTell(N_("too few new customers could be watched for 30 days"))
    names = {"event": t("came for the event"), "ordinary": t("came on ordinary days")}
    frame = found.frame.assign(label=found.frame["group"].map(names))
    fields = [
        Field("label", t("New customers")),
        Field("customers", t("customers"), "count"),
        Field("back", t("bought again"), "share"),
        Field("back_low", t("from"), "share"),
        Field("back_high", t("to"), "share"),
    ]
    if found.has_money:
        fields += [
            Field("first_value", t("first order, {currency}").format(currency=found.currency),
                  "money"),
            Field("later", t("later orders each, {currency}").format(currency=found.currency),
                  "money"),
            Field("later_low", t("from"), "money"),
            Field("later_high", t("to"), "money"),
        ]  # fmt: skip
    return shown_table(
        frame, fields, caption=found.headline(),
        note=t("Within {days} days of the first order; only those watched for all of them.").format(
            days=found.horizon
        ),
    )  # fmt: skip


def _method(name: str) -> str:
    text = METHODS[name][0]
    return t(text)


def _believe(name: str) -> str:
    text = METHODS[name][1]
    return t(text)


def _amount(found: Methods, value: float) -> str:
    return count(value) if found.measure == "orders" else money(value)


def _unit_of(measure: str, currency: str) -> str:
    if measure == "orders":
        return t("added orders")
    return t("added, {currency}").format(currency=currency)
