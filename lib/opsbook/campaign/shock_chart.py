"""What a dearer click would cost, channel by channel."""

from typing import TYPE_CHECKING

from opsbook.campaign.budget_words import channel_name, worth_word
from opsbook.campaign.shock import ClickShock
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_shock", "shock_headline", "shock_table", "shock_words"]


def shock_words(shock: ClickShock) -> str:
    """What the simulation assumes, and how far it can be trusted."""
    parts = [
        t(
            "If a click of one channel cost {factor} times as much and the money stayed, it would "
            "buy 1/{factor} of the clicks.",
            factor=count(shock.factor, 0 if shock.factor == int(shock.factor) else 1),
        )
    ]
    if shock.curves:
        parts.append(
            t(
                "The loss follows from the response curves, with their intervals; the hollow mark "
                "is what the books (last click) would show."
            )
        )
        unknown = shock.frame.loc[shock.frame["verdict"] == "unknown", "channel"].tolist()
        if unknown and len(unknown) == len(shock.frame):
            parts.append(t("The effect of no channel can be told, so neither can the loss."))
        elif unknown:
            parts.append(
                t(
                    "Of {names} the effect cannot be told, so neither can the loss.",
                    names=t(", ").join(channel_name(c) for c in unknown),
                )
            )
    else:
        parts.append(
            t(
                "There is no response curve here: only the books (last click) can be asked, which "
                "count orders that would have come anyway."
            )
        )
    parts.append(t("Rivals who pay the same price, and a moved budget, are not simulated."))
    return " ".join(parts)


def plot_shock(shock: ClickShock) -> Chart:
    """Share of all orders lost if one channel's clicks became dearer, channel by channel."""
    rows = shock.frame.head(8).iloc[::-1].reset_index(drop=True)
    accent, quiet, ink, second = (COLORS[k][0] for k in ("accent", "quiet", "ink", "s2"))
    books = rows["credited_lost"] / shock.orders if shock.orders else rows["credited_lost"] * 0

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        axes.axvline(0, color=quiet, lw=1)
        for y, row in enumerate(rows.itertuples()):
            tone = accent if row.verdict != "unknown" else quiet
            if row.lost == row.lost:
                axes.plot([row.lost_share_low, row.lost_share_high], [y, y], lw=2.6, color=tone,
                          solid_capstyle="round")  # fmt: skip
                axes.plot(row.lost_share, y, "o", ms=8, color=tone)
            if books[y] == books[y]:
                axes.plot(books[y], y, "D", ms=7, mfc="none", mec=second, mew=1.6)
        axes.set_yticks(range(len(rows)), [channel_name(c) for c in rows["channel"]], color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0)))
        axes.locator_params(axis="x", nbins=4 if phone else 8, steps=[1, 2, 5, 10])
        axes.set_xlabel(t("share of all orders lost"))

    return Chart(
        draw,
        title=shock_headline(shock),
        subtitle=t("clicks {factor} times as dear, same money; diamond: by last click").format(
            factor=count(shock.factor, 0 if shock.factor == int(shock.factor) else 1)
        ),
        alt=shock_words(shock),
        source=shock.shop,
        height=max(1.9, 1.1 + 0.42 * len(rows)),
        data=shock.frame,
    )


def shock_headline(shock: ClickShock) -> str:
    """The answer in one line: the channel whose shock would cost most orders for certain."""
    told = shock.frame[shock.frame["verdict"] != "unknown"]
    if len(told):
        row = told.loc[told["lost_share"].idxmax()]
        return t(
            "Dearer clicks on {channel} would cost {share} of orders [{low}, {high}]",
            channel=channel_name(str(row["channel"])),
            share=per_cent(float(row["lost_share"]), 0),
            low=per_cent(float(row["lost_share_low"]), 0),
            high=per_cent(float(row["lost_share_high"]), 0),
        )
    credited = shock.frame.dropna(subset=["credited_lost"])
    if len(credited) and shock.orders:
        row = credited.loc[credited["credited_lost"].idxmax()]
        return t(
            "By the books, dearer clicks on {channel} would cost {share} of orders; the truth "
            "cannot be told",
            channel=channel_name(str(row["channel"])),
            share=per_cent(float(row["credited_lost"]) / shock.orders, 0),
        )
    return t("What dearer clicks would cost cannot be told")


def shock_table(shock: ClickShock) -> ShownTable:
    """Three answers to a dearer click: keep the money, keep the clicks, stop."""
    frame = shock.frame.assign(name=[channel_name(c) for c in shock.frame["channel"]])
    unit = shock.currency
    fields = (
        Field("name", t("Channel")),
        Field("lost", t("orders a day lost"), "number"),
        Field("lost_low", t("from"), "number"),
        Field("lost_high", t("to"), "number"),
        Field("lost_worth", t("{worth} a day lost, {currency}").format(
            worth=worth_word(shock.has_margin), currency=unit), "money"),
        Field("credited_lost", t("orders a day lost by last click"), "number"),
        Field("dearer", t("cost a day of keeping the clicks, {currency}").format(currency=unit),
              "money"),
        Field("stop", t("gain a day of stopping, {currency}").format(currency=unit), "money"),
        Field("stop_low", t("from"), "money"),
        Field("stop_high", t("to"), "money"),
    )  # fmt: skip
    return shown_table(
        frame,
        fields,
        caption=t("Clicks {factor} times as dear: what each answer costs").format(
            factor=count(shock.factor, 0 if shock.factor == int(shock.factor) else 1)
        ),
        note=t("Money {amount} a day is spent today.").format(
            amount=money(float(frame["spend"].sum()), unit)
        ),
    )
