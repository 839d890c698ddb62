"""Figures and tables of targeted customers: comparisons, history, balance, who redeemed."""

from typing import TYPE_CHECKING

from opsbook.campaign.targeted import Targeted
from opsbook.campaign.targeted_words import believed_words, feature_names, method_names
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "balance_table",
    "estimates_table",
    "plot_balance",
    "plot_estimates",
    "plot_history",
    "redeemed_table",
]

_UNLIKE = 0.1
"""Standardised difference below which groups count as alike (Austin 2009)."""


def plot_estimates(found: Targeted) -> Chart:
    """The plain gap and the fair comparisons, with intervals."""
    rows = found.estimates.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))
    names = method_names()
    trusted = ("did", "weighted") if found.believed == "both" else (found.believed,)

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.axvline(0, color=ink, lw=0.8)
        for y, row in enumerate(rows.itertuples()):
            believed = row.method in trusted
            color = accent if believed else quiet
            axes.plot([row.low, row.high], [y, y], color=color, lw=2.6, solid_capstyle="round")
            axes.plot(row.estimate, y, "o" if believed else "D", color=color, ms=8)
        axes.set_yticks(range(len(rows)), [names[m] for m in rows["method"]], color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: count(v, 1)))
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.set_xlabel(
            t("{currency} per customer and day").format(currency=found.currency or t("money"))
        )

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("targeted minus others; dot: to be believed, line: {level} interval").format(
            level=per_cent(found.level, 0)
        ),
        alt=found.words(),
        source=found.source,
        height=max(1.9, 1.1 + 0.38 * len(rows)),
        data=found.estimates,
    )


def plot_history(found: Targeted) -> Chart:
    """Spend of the targeted, the others and others alike, window by window."""
    frame = found.history
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))
    lines = (
        ("targeted", t("targeted"), accent, "-", "o"),
        ("alike", t("others alike"), ink, "--", "s"),
        ("others", t("all others"), quiet, ":", "^"),
    )

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        for name, label, color, style, mark in lines:
            axes.plot(frame["window"], frame[name], color=color, ls=style, marker=mark, lw=1.8,
                      ms=6, label=label)  # fmt: skip
        axes.axvline(-0.5, color=ink, lw=0.8)
        axes.set_ylim(0, float(frame[["targeted", "alike", "others"]].max().max()) * 1.3)
        axes.set_xticks(frame["window"], [_window(int(w), phone) for w in frame["window"]])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: count(v, 1)))
        axes.locator_params(axis="y", nbins=5)
        axes.set_ylabel(t("{currency} a day").format(currency=found.currency or t("money")))
        axes.legend(loc="upper left", ncols=1 if phone else 3, frameon=False, fontsize=8)

    first, last = frame.iloc[0], frame.iloc[-1]
    gap = float(last["targeted"] - last["others"])
    past = float(first["targeted"] - first["others"])
    return Chart(
        draw,
        title=t("The gap was there before: {past} a day, then {gap}").format(
            past=count(past, 2), gap=count(gap, 2)
        ),
        subtitle=t("mean spend per customer and day, windows of {days} days").format(
            days=found.window.days
        ),
        alt=found.words(),
        source=found.source,
        height=3.0,
        data=frame,
    )


def plot_balance(found: Targeted) -> Chart:
    """How unlike the groups were, and how alike weights make them."""
    frame = found.balance.copy()
    frame["size"] = frame["before"].abs()
    rows = frame.sort_values("size").tail(16).reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvspan(-_UNLIKE, _UNLIKE, color=quiet, alpha=0.2, lw=0)
        axes.axvline(0, color=ink, lw=0.8)
        place = range(len(rows))
        axes.plot(rows["before"], place, "D", color=quiet, ms=6)
        axes.plot(rows["after"], place, "o", color=accent, ms=6)
        axes.set_yticks(place, feature_names(rows["feature"].tolist()), color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.set_xlabel(t("difference, standard deviations"))

    worst = float(found.balance["after"].abs().max())
    title = (
        t("Weighted, the others resemble the targeted")
        if worst <= 2 * _UNLIKE
        else t("Even weighted, the others are not like the targeted")
    )
    return Chart(
        draw,
        title=title,
        subtitle=t("diamond: as they are; dot: weighted; band: alike; −1: the window before"),
        alt=t(
            "Largest difference {before} before weighting, {after} after",
            before=count(float(frame["size"].max()), 2),
            after=count(worst, 2),
        ),
        source=found.source,
        height=max(2.2, 1.0 + 0.24 * len(rows)),
        data=found.balance,
    )


def estimates_table(found: Targeted) -> ShownTable:
    """Every comparison, and whether it passed its checks."""
    names = method_names()
    verdicts = {True: t("passed"), False: t("failed")}
    frame = found.estimates.assign(
        label=found.estimates["method"].map(names),
        check=[
            t("no check can help it") if m == "naive" else verdicts[bool(p)]
            for m, p in zip(found.estimates["method"], found.estimates["passed"], strict=True)
        ],
        total=[found.total(v) for v in found.estimates["estimate"]],
    )
    fields = (
        Field("label", t("Comparison")),
        Field("estimate", t("per customer and day"), "number"),
        Field("low", t("from"), "number"),
        Field("high", t("to"), "number"),
        Field("total", t("all targeted, {currency}").format(currency=found.currency), "money"),
        Field("check", t("on windows before the event")),
    )
    return shown_table(
        frame, fields, caption=t("Targeted against others"), note=believed_words(found.believed)
    )  # fmt: skip


def balance_table(found: Targeted) -> ShownTable:
    """What customers were compared by, before and after weighting."""
    frame = found.balance.assign(label=feature_names(found.balance["feature"].tolist()))
    fields = (
        Field("label", t("Known before the event")),
        Field("targeted", t("targeted"), "number"),
        Field("others", t("all others"), "number"),
        Field("before", t("difference, standard deviations"), "number"),
        Field("after", t("the same, weighted"), "number"),
    )
    note = t(
        "Below 0.1 groups count as alike; {share} of the targeted have nobody alike.",
        share=per_cent(found.beyond),
    )
    return shown_table(frame, fields, caption=t("Are they alike?"), most=30, note=note)


def redeemed_table(found: Targeted) -> ShownTable:
    """Who redeemed, by fifth of earlier spend.

    Raises:
        CannotTell: Nobody redeemed, or outcomes are not recorded.
    """
    frame = found.redeemed
    total = float(frame["redeemed"].sum())
    if not total:
        raise CannotTell(N_("no contact is on record as redeemed or ordered"))
    value, error = found.extra_discount
    note = t(
        "{n} of {all} redeemed ({share}).",
        n=count(total),
        all=count(found.targeted),
        share=per_cent(total / found.targeted),
    )
    if value == value:
        cost = t(
            "Discount beyond comparable others: {value} a day each (± {error}), {total} in all.",
            value=count(value, 2),
            error=count(1.96 * error, 2),
            total=count(found.total(value)),
        )
        note = f"{note} {cost}"
    fields = (
        Field("fifth", t("fifth of earlier spend (5: most)"), "count"),
        Field("customers", t("targeted"), "count"),
        Field("redeemed", t("redeemed"), "count"),
        Field("rate", t("redemption rate"), "share"),
        Field("spend", t("spend a day before"), "number"),
    )
    return shown_table(frame, fields, caption=t("Who redeemed"), note=note)


def _window(number: int, phone: bool) -> str:
    if number == 0:
        return t("event")
    return str(number) if phone else t("{n} before").format(n=-number)
