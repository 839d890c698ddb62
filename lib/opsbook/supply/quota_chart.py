"""How a proposal of order quotas is shown."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.quota import Quota

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_quota", "quota_table", "quota_words"]


def quota_words(found: Quota) -> str:
    """Rules of the proposal and what it gains."""
    text = t(
        "The mean score of the money spent would rise from {now} to {then}. At most {top} of a "
        "category from one supplier, at most {step} moved at once, nobody beyond his best "
        "quarter and a fifth, and only where the scores differ beyond doubt.",
        now=count(found.score_now, 1),
        then=count(found.score_then, 1),
        top=per_cent(found.top_share, 0),
        step=per_cent(found.step, 0),
    )
    if found.alone:
        text += " " + t("One supplier only: {names}.", names=", ".join(found.alone))
    return text


def plot_quota(found: Quota) -> Chart:
    """Share of each category now and as proposed."""
    frame = found.shares[found.shares["change"].abs() > 1e-6]
    frame = frame.iloc[::-1].reset_index(drop=True)
    pos, neg, quiet = (COLORS[k][0] for k in ("pos", "neg", "quiet"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            tone = pos if row.change > 0 else neg
            axes.plot([row.share, row.proposed], [y, y], color=tone, lw=2.2)
            axes.plot(row.share, y, "o", mfc="none", mec=quiet, ms=7)
            axes.plot(row.proposed, y, ">" if row.change > 0 else "<", color=tone, ms=7)
        names = [f"{r.supplier_id} · {r.category}" for r in frame.itertuples()]
        axes.set_yticks(range(len(frame)), names, fontsize=7 if phone else 9)
        axes.set_ylim(-0.7, max(len(frame), 1) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))

    moved = float((found.shares["change"].clip(lower=0) * _totals(found.shares)).sum())
    if len(frame):
        title = t(
            "Moving {money} a year to better suppliers lifts the mean score by {points} points",
            money=money(moved * 365 / found.days, found.currency),
            points=count(found.score_then - found.score_now, 1),
        )
    else:
        title = t("No change of shares pays beyond doubt")
    return Chart(
        draw,
        title=title,
        subtitle=t("share of a category's purchases; ring: now, arrow: proposed"),
        alt=t("Proposed shares: {rows}").format(
            rows="; ".join(
                f"{r.category} {r.supplier_id} {per_cent(r.share, 0)} → {per_cent(r.proposed, 0)}"
                for r in frame.iloc[::-1].itertuples()
            )
        ),
        source=found.shop,
        height=1.0 + 0.23 * max(len(frame), 2),
        data=found.shares,
    )


def _totals(shares: pd.DataFrame) -> "pd.Series[float]":
    return shares.groupby("category")["spend"].transform("sum")


def quota_table(found: Quota, *, most: int = 40) -> ShownTable:
    """Shares now and proposed, with what decided them."""
    words = {
        "better": t("better score"), "worse": t("lower score"),
        "capacity": t("up to its capacity"), "concentration": t("limit of one supplier's share"),
        "step": t("largest step at once"), "alone": t("no other supplier"),
        "same": t("no clear difference"),
    }  # fmt: skip
    frame = found.shares.assign(reason=[words[w] for w in found.shares["why"]])
    fields = (
        Field("category", t("category")),
        Field("supplier_id", t("supplier")),
        Field("score", t("score"), "number"),
        Field("spend", t("ordered, {currency}", currency=found.currency), "money"),
        Field("share", t("share now"), "share"),
        Field("proposed", t("proposed"), "share"),
        Field("change", t("change"), "points"),
        Field("reason", t("why")),
    )
    return shown_table(
        frame, fields, caption=t("Order quotas by category"), note=quota_words(found), most=most
    )
