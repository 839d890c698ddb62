"""How far money goes in the proposed orders: which part of them saves most of the margin."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import day, money, per_cent, t
from opsbook.supply.proposal import Proposal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["money_order", "plot_money"]


def money_order(found: Proposal) -> pd.DataFrame:
    """Lines by margin saved per unit of money: ``sku, cost, avoided, spent, saved`` (running)."""
    lines = found.table[["sku", "cost", "avoided"]].dropna()
    yields = lines["avoided"] / np.maximum(lines["cost"], 1e-9)
    lines = lines.assign(yields=yields)
    lines = lines.sort_values(["yields", "sku"], ascending=[False, True], ignore_index=True)
    return lines.drop(columns="yields").assign(
        spent=lines["cost"].cumsum(), saved=lines["avoided"].cumsum()
    )


def plot_money(found: Proposal) -> Chart:
    """Running margin saved against running money spent, best lines first."""
    frame = money_order(found)
    spent = np.r_[0.0, frame["spent"].to_numpy(np.float64)]
    saved = np.r_[0.0, frame["saved"].to_numpy(np.float64)]
    total, most = float(spent[-1]), float(saved[-1])
    at = int(np.searchsorted(saved, 0.9 * most - 1e-9)) if most > 0 else 0
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    currency = found.currency

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        axes.plot(spent, saved, color=accent, lw=2.2)
        axes.fill_between(spent, saved, color=accent, alpha=0.12, lw=0)
        axes.plot([spent[at], spent[at]], [0, saved[at]], color=muted, lw=1, ls=(0, (4, 3)))
        axes.plot(spent[at], saved[at], "o", color=accent, ms=6)
        axes.annotate(
            t("{share} of the margin", share=per_cent(0.9, 0)),
            (spent[at], saved[at]),
            (-8, 6),
            textcoords="offset points",
            ha="right",
            fontsize=8.5,
            color=ink,
        )
        axes.set_xlim(0, max(total, 1.0) * 1.03)
        axes.set_ylim(0, max(most, 1e-9) * 1.08)
        axes.xaxis.set_major_locator(MaxNLocator(3 if phone else 5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.set_xlabel(t("spent on the best lines first, {currency}", currency=currency))
        axes.set_ylabel(t("margin saved, {currency}", currency=currency))

    share = float(spent[at]) / total if total else 0.0
    return Chart(
        draw,
        title=t(
            "{share} of the money for these orders saves {most} of the margin at stake",
            share=per_cent(share, 0),
            most=per_cent(0.9, 0),
        ),
        subtitle=t(
            "expected margin saved until the next orders could arrive, {day}",
            day=day(found.order_date),
        ),
        alt=t(
            "Running margin saved against money spent: {first} saves {nine}, all {total} saves "
            "{most}.",
            first=money(float(spent[at]), currency),
            nine=money(float(saved[at]), currency),
            total=money(total, currency),
            most=money(most, currency),
        ),
        source=found.shop,
        height=3.2,
        phone_height=3.2,
        data=frame,
    )
