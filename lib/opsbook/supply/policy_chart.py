"""How stock rules are shown: service against stock, and what each costs."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import money, per_cent, t
from opsbook.supply.policy_compare import PolicyComparison
from opsbook.supply.policy_tables import replayed, rule_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_frontier", "plot_rule_costs"]


def plot_frontier(found: PolicyComparison) -> Chart:
    """Service against stock: the proposed rule at several targets, the others as points."""
    frame = found.frontier
    line = frame[frame["rule"] == "proposed"].sort_values("target")
    others = frame[frame["rule"] != "proposed"]
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    tones = {"today": COLORS["s3"][0], "line": COLORS["neg"][0], "safety": COLORS["s2"][0]}
    marks = {"today": "s", "line": "v", "safety": "^"}
    currency = found.world.panel.currency

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axhline(found.target, color=muted, lw=1, ls=(0, (4, 3)))
        axes.plot(line["stock_value"], line["fill_rate"], "-o", color=accent, lw=2, ms=5)
        for row in line.itertuples():
            chosen = abs(row.target - found.target) < 1e-9
            axes.annotate(
                per_cent(row.target, 0 if row.target < 0.995 else 1),
                (row.stock_value, row.fill_rate),
                # Above the line of the target, or the line would cross it.
                (0, 7) if row.target > found.target else (5, -11),
                ha="center" if row.target > found.target else "left",
                textcoords="offset points",
                fontsize=9.5 if chosen else 7.5,
                color=ink if chosen else muted,
            )
        for row in others.itertuples():
            axes.plot(row.stock_value, row.fill_rate, marks[row.rule], color=tones[row.rule], ms=8)
            axes.annotate(
                rule_name(row.rule),
                (row.stock_value, row.fill_rate),
                (0, 10) if row.rule == "today" else (8, -3),
                textcoords="offset points",
                ha="right" if row.rule == "today" else "left",
                fontsize=8.5,
                color=tones[row.rule],
            )
        low = float(frame["fill_rate"].min())
        axes.set_ylim(max(0.0, low - 0.06), 1.025)
        top = float(frame["stock_value"].max())
        axes.set_xlim(0, top * 1.12)
        ticks = [v / 10 for v in range(int(max(0.0, low - 0.06) * 10) + 1, 11)]
        axes.set_yticks(ticks, [per_cent(v, 0) for v in ticks])
        axes.xaxis.set_major_locator(_few(4 if phone else 6))
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.set_xlabel(t("stock on hand, mean of the evenings, {currency}", currency=currency))
        axes.set_ylabel(t("pieces served"))

    mine = found.row("proposed")
    rule = found.row("safety")
    return Chart(
        draw,
        title=t(
            "Asked for {target}, the proposed rule serves {share}; the 7-day rule {rule} at best",
            target=per_cent(found.target, 0 if found.target < 0.995 else 1),
            share=per_cent(mine["fill_rate"]),
            rule=per_cent(max(rule["fill_rate"], found.row("line")["fill_rate"])),
        ),
        subtitle=t("replayed over {period}, days unseen by the rules", period=replayed(found)),
        alt=t("Service against stock. {rows}.").format(
            rows="; ".join(
                t(
                    "{name}: {share} served with {stock} of stock",
                    name=rule_name(r.rule, r.target),
                    share=per_cent(r.fill_rate),
                    stock=money(r.stock_value, currency),
                )
                for r in frame.itertuples()
            )
        ),
        source=found.world.panel.shop,
        height=3.8,
        phone_height=3.6,
        data=frame,
    )


def _few(most: int):  # type: ignore[no-untyped-def]
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])


def plot_rule_costs(found: PolicyComparison) -> Chart:
    """Yearly cost of each rule, by what it is spent on."""
    frame = _rules(found)
    names = [rule_name(r.rule, r.target) for r in frame.itertuples()]
    parts = (
        ("holding", t("keeping stock"), COLORS["accent"][0]),
        ("ordering", t("ordering"), COLORS["s2"][0]),
        ("lost_margin", t("margin lost"), COLORS["neg"][0]),
    )
    ink = COLORS["ink"][0]
    currency = found.world.panel.currency

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        left = pd.Series(0.0, index=frame.index)
        for column, label, tone in parts:
            axes.barh(
                range(len(frame)), frame[column], left=left, color=tone, height=0.6, label=label
            )
            left = left + frame[column]
        for place, total in enumerate(frame["cost"]):
            axes.text(total, place, f"  {money(total)}", va="center", fontsize=9, color=ink)
        axes.set_yticks(range(len(frame)), names, fontsize=9, color=ink)
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_xlim(0, float(frame["cost"].max()) * (1.3 if phone else 1.15))
        axes.xaxis.set_major_locator(_few(3 if phone else 5))
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.set_xlabel(t("{currency} per year", currency=currency))
        axes.grid(visible=False, axis="y")
        figure.legend(
            loc="outside lower center", ncols=3, fontsize=8, handlelength=1, columnspacing=1
        )

    mine, rule = found.row("proposed"), found.row("safety")
    dear = rule if rule["cost"] <= found.row("line")["cost"] else found.row("line")
    return Chart(
        draw,
        title=t(
            "The proposed rule costs {cost} a year, the 7-day rule at least {rule}",
            cost=money(float(mine["cost"]), currency),
            rule=money(float(dear["cost"]), currency),
        ),
        subtitle=t("replayed over {period}, per year", period=replayed(found)),
        alt=t("Bars per rule. {rows}.").format(
            rows="; ".join(
                t(
                    "{name}: {cost}, of it {lost} margin lost",
                    name=name,
                    cost=money(r.cost, currency),
                    lost=money(r.lost_margin, currency),
                )
                for name, r in zip(names, frame.itertuples(), strict=True)
            )
        ),
        source=found.world.panel.shop,
        height=2.9,
        phone_height=3.2,
        data=frame,
    )


def _rules(found: PolicyComparison) -> pd.DataFrame:
    """One row per rule, the proposed one at the target asked for and at the cheapest."""
    rules = [r for r in ("line", "safety", "today") if r in found.runs]
    rows = [found.row(r) for r in (*rules, "proposed")]
    frame = found.frontier
    if found.cheapest != found.target:
        best = frame[(frame["rule"] == "proposed") & (frame["target"] == found.cheapest)]
        rows.append(best.iloc[0])
    return pd.DataFrame(rows).reset_index(drop=True)
