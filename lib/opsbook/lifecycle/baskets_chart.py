"""How pairs are shown: seen against chance, rules to read, bundles to build."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, t
from opsbook.lifecycle.baskets import BasketRules
from opsbook.lifecycle.bundles import Bundles

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["bundle_table", "plot_pairs", "rule_table"]


def plot_pairs(result: BasketRules, *, most: int = 10) -> Chart:
    """How many times more often than by chance a pair is bought, with its interval.

    Args:
        result: From ``basket_rules``.
        most: Pairs shown, the real ones first; those not beyond chance are pale.
    """
    frame = result.pairs.head(most).sort_values("like_lift", ascending=False, ignore_index=True)
    names = [
        f"{result.titles.get(a, a)}\n+ {result.titles.get(b, b)}"
        for a, b in zip(frame["item"], frame["other"], strict=True)
    ]
    rows = [
        t("{pair}: {lift} times ({n} baskets)", pair=name.replace("\n", " "),
          lift=count(r.like_lift, 1), n=count(r.orders))
        for name, r in zip(names, frame.itertuples(), strict=True)
    ]  # fmt: skip
    shown = t("no pair is in {n} baskets", n=count(result.least_orders)) if frame.empty else ""
    return Chart(
        lambda figure, phone: _draw(figure, frame, names, shown, phone),
        title=result.headline(),
        subtitle=t(
            "joint baskets over those expected by chance at the same time and basket size · "
            "log scale · bars: interval · pale: may be chance · {period}",
            period=str(result.baskets.period),
        ),
        alt=t("Pairs and how much more often than by chance: {rows}.",
              rows="; ".join(rows) or shown),
        source=result.source,
        height=1.0 + 0.42 * max(len(frame), 1),
        phone_height=1.0 + 0.62 * max(len(frame), 1),
        data=result.pairs,
    )  # fmt: skip


def _draw(
    figure: "Figure", frame: "pd.DataFrame", names: list[str], empty: str, phone: bool
) -> None:
    axes = figure.subplots()
    ink, muted, accent = (COLORS[k][0] for k in ("ink", "muted", "accent"))
    if frame.empty:
        axes.axis("off")
        axes.text(0.5, 0.5, empty, ha="center", transform=axes.transAxes, color=ink)
        return
    low = np.maximum(frame["low"].to_numpy(float), 0.05)
    reach = float(frame["high"].max())
    axes.set_xscale("log")
    for y, row in enumerate(frame.itertuples()):
        faint = 1.0 if row.is_real else 0.4
        axes.plot([low[y], row.high], [y, y], color=accent, lw=2, alpha=faint)
        axes.plot(row.like_lift, y, "o", color=accent, ms=6, alpha=faint)
        if not phone:
            axes.text(reach * 1.15, y, f"{count(row.like_lift, 1)} ×", va="center", fontsize=9,
                      color=ink)  # fmt: skip
    axes.axvline(1, color=muted, lw=1, ls=(0, (4, 3)))
    axes.set_xlim(min(0.8, float(low.min())), reach * (1.2 if phone else 1.9))
    edge = min(0.8, float(low.min()))
    ticks = [x for x in (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000) if edge < x < reach * 1.2]
    axes.set_xticks(ticks, [f"{x:g} ×" for x in ticks])
    axes.minorticks_off()
    longest = 22 if phone else 46
    short = ["\n".join(_short(p, longest) for p in name.split("\n")) for name in names]
    axes.set_yticks(range(len(short)), short, fontsize=7.5 if phone else 8, color=ink)
    axes.set_ylim(len(short) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def rule_table(result: BasketRules, *, most: int = 12) -> ShownTable:
    """Rules with every measure; a conviction without limit is shown as infinite.

    Args:
        result: From ``basket_rules``.
        most: Rows shown.
    """
    frame = result.rules[result.rules["is_real"]]
    if frame.empty:
        frame = result.rules
    # Two columns for two items: one for both is a ribbon on a phone. A thousandth of all
    # baskets is much for a pair, so shares of baskets are told per ten thousand.
    frame = frame.assign(
        who=[result.label(a) for a in frame["antecedent"]],
        also=[result.label(b) for b in frame["consequent"]],
        often=frame["support"] * 10_000,
        more=frame["leverage"] * 10_000,
        conviction=["∞" if np.isinf(v) else count(v, 2) for v in frame["conviction"]],
    )
    fields = (
        Field("who", t("who buys")),
        Field("also", t("also buys")),
        Field("orders", t("baskets with both"), "count"),
        Field("confidence", t("confidence"), "share"),
        Field("lift", t("lift"), "number"),
        Field("often", t("support, of 10,000 baskets"), "number"),
        Field("more", t("leverage, of 10,000 baskets"), "number"),
        Field("conviction", t("conviction")),
        Field("zhang", t("Zhang, −1 to 1"), "number"),
        Field("q_value", t("q, chance corrected"), "number"),
    )
    return shown_table(
        frame, fields, caption=t("Pair rules, {period}", period=str(result.baskets.period)),
        note=result.words(), most=most,
    )  # fmt: skip


def bundle_table(result: Bundles, *, most: int = 10) -> ShownTable:
    """Pairs to offer together with margin, potential and the discount they can bear.

    Args:
        result: From ``bundles``.
        most: Rows shown.
    """
    money = {"currency": result.currency}
    fields = (
        Field("one", t("item")),
        Field("two", t("with")),
        Field("price", t("price of both, {currency}", **money), "money"),
        Field("margin_rate", t("margin"), "share"),
        Field("both", t("baskets with both a year"), "count"),
        Field("potential", t("potential a year, {currency}", **money), "money"),
        Field("potential_low", t("from"), "money"),
        Field("potential_high", t("to"), "money"),
        Field("discount_rate", t("largest discount"), "share"),
        Field("needed", t("take-up needed for it"), "share"),
        Field("on_offer", t("both on offer"), "share"),
    )
    return shown_table(
        result.frame, fields, caption=t("Pairs to offer together"), note=result.words(), most=most
    )
