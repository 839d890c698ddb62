"""Life-cycle stages summed up, drawn and turned into actions."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.market.elasticity_chart import names
from opsbook.market.lifecycle_stage import FALSE_CALLS, STAGES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_stages", "stage_action", "stage_findings", "stage_name", "stage_summary"]

_CHAPTER = "market/A18-life-cycle"
_WEEKS = 13

_MOSTLY = 0.5


def stage_name(stage: str) -> str:
    """The stage in the language in force."""
    return {
        "new": t("new product"),
        "growth": t("growing"),
        "mature": t("mature"),
        "decline": t("declining"),
        "dormant": t("dormant"),
        "unknown": t("too little data"),
    }[stage]


def stage_action(stage: str) -> str:
    """What the stage asks for."""
    return {
        "new": t("Buy exposure and collect reviews; decide after the launch window."),
        "growth": t("Scale supply and traffic; work on repeat purchases."),
        "mature": t("Hold price and place; cap what promotions may cost."),
        "decline": t("Clear stock, or upgrade the product."),
        "dormant": t("Delist, or find out why it is not seen."),
        "unknown": t("Watch; sales are too few or too uneven to judge."),
    }[stage]


def stage_summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Products and sales by stage.

    Args:
        frame: What ``stages`` returned.

    Returns:
        One row per stage, in order of life: ``stage, name, skus, sku_share, gmv, gmv_share,
        gmv_before, against_category, action``.
    """
    sums = frame.groupby("stage").agg(
        skus=("sku", "size"),
        gmv=("gmv", "sum"),
        gmv_before=("gmv_before", "sum"),
        against_category=("against_category", "sum"),
    )
    table = sums.reindex(list(STAGES), fill_value=0).rename_axis("stage").reset_index()
    table["name"] = [stage_name(s) for s in table["stage"]]
    table["sku_share"] = table["skus"] / max(table["skus"].sum(), 1)
    table["gmv_share"] = table["gmv"] / (table["gmv"].sum() or np.nan)
    table["action"] = [stage_action(s) for s in table["stage"]]
    columns = ["stage", "name", "skus", "sku_share", "gmv", "gmv_share", "gmv_before"]
    return table[[*columns, "against_category", "action"]]


def stage_table(frame: pd.DataFrame) -> ShownTable:
    """Products, sales and the action by stage, for reading."""
    fields = (
        Field("name", t("stage")),
        Field("skus", t("products"), "count"),
        Field("gmv", t("sales, 13 weeks"), "money"),
        Field("gmv_share", t("share"), "share"),
        Field("gmv_before", t("13 weeks before"), "money"),
        Field("action", t("what to do")),
    )
    return shown_table(stage_summary(frame), fields, caption=t("Products by life-cycle stage"))


def plot_stages(frame: pd.DataFrame, *, source: str, subtitle: str = "") -> Chart:
    """Share of products and of sales by stage.

    Args:
        frame: What ``stages`` returned.
        source: Line below the chart: whose data.
        subtitle: The 13 weeks that sales are from.
    """
    table = stage_summary(frame)
    shown = table[table["skus"] > 0].iloc[::-1]
    accent, quiet, muted, ink = (COLORS[k][0] for k in ("accent", "quiet", "muted", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        place = np.arange(len(shown))
        axes.barh(place + 0.2, shown["gmv_share"], 0.36, color=accent)
        axes.barh(place - 0.2, shown["sku_share"], 0.36, color=quiet)
        for y, row in enumerate(shown.itertuples()):
            first = y == len(shown) - 1
            sales = f"{t('Sales')} " if first else ""
            skus = f"{t('Products')} " if first else ""
            axes.text(
                row.gmv_share,
                y + 0.2,
                f" {sales}{per_cent(row.gmv_share, 0)}",
                va="center",
                fontsize=9,
                color=accent,
            )
            counted = "" if phone else f" ({count(row.skus)})"
            axes.text(
                row.sku_share,
                y - 0.2,
                f" {skus}{per_cent(row.sku_share, 0)}{counted}",
                va="center",
                fontsize=9,
                color=muted,
            )
        axes.set_yticks(place, shown["name"], color=ink)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        most = float(shown[["gmv_share", "sku_share"]].to_numpy().max())
        axes.set_xlim(0, most * (1.5 if phone else 1.2))

    part = table.set_index("stage")["gmv_share"]
    unit = t("share of sales of the last 13 weeks and of products, by stage")
    rows = "; ".join(
        t(
            "{name}: {gmv} of sales, {skus} products",
            name=r.name_,
            gmv=per_cent(r.gmv_share),
            skus=count(r.skus),
        )
        for r in shown.iloc[::-1].rename(columns={"name": "name_"}).itertuples()
    )
    title = t(
        "{growth} of sales come from growing products, {decline} from declining ones",
        growth=per_cent(part["growth"]),
        decline=per_cent(part["decline"]),
    )
    if part["unknown"] > _MOSTLY:
        title = t(
            "Too little is sold of most products to tell their stage: {share} of sales",
            share=per_cent(part["unknown"], 0),
        )
    return Chart(
        draw,
        title=title,
        subtitle=f"{unit} · {subtitle}" if subtitle else unit,
        alt=t("Shares by stage. {rows}", rows=rows),
        source=source,
        height=0.7 + 0.52 * len(shown),
        phone_height=0.7 + 0.52 * len(shown),
        data=table,
    )


def stage_findings(frame: pd.DataFrame, *, currency: str) -> list[Finding]:
    """What declining, growing and silent products ask for.

    Args:
        frame: What ``stages`` returned.
        currency: ISO code.
    """
    table = stage_summary(frame).set_index("stage")
    found = []
    for stage in ("decline", "growth"):
        own = frame[frame["stage"] == stage]
        if len(own) >= 3:
            tested = int(frame["q_value"].notna().sum())
            found.append(_moving(own, table.loc[stage], stage, tested, currency))
    silent = table.loc["dormant"]
    if silent["skus"] >= 10:
        found.append(_dormant(frame, silent, currency))
    return found


def _moving(own: pd.DataFrame, row: pd.Series, stage: str, tested: int, currency: str) -> Finding:
    moved = float(row["against_category"])
    leaders = own.sort_values("against_category", ascending=stage == "decline")
    top = names(leaders["sku"].head(3).tolist())
    statement = (
        t(
            "{n} products are in decline; they still make {share} of sales",
            n=count(row["skus"]),
            share=per_cent(row["gmv_share"]),
        )
        if stage == "decline"
        else t(
            "{n} products grow faster than their category and make {share} of sales",
            n=count(row["skus"]),
            share=per_cent(row["gmv_share"]),
        )
    )
    return Finding(
        id="A18",
        statement=statement,
        evidence=t(
            "each product's share in its category's purchases moved by 15 % or more, or fell "
            "to 40 % of its best; {tested} products were tested, and of all calls of growth and "
            "decline at most {rate} are false on average; most money: {top}",
            tested=count(tested),
            rate=per_cent(FALSE_CALLS, 0),
            top=top,
        ),
        reference=t(
            "{now} in the last 13 weeks, {then} in the 13 before",
            now=money(float(row["gmv"]), currency),
            then=money(float(row["gmv_before"]), currency),
        ),
        money=moved,
        money_basis=t(
            "sales of 13 weeks less what they would be, had these products moved like their "
            "categories since the 13 weeks before"
        ),
        action=stage_action(stage),
        owner=t("Category manager"),
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )


def _dormant(frame: pd.DataFrame, row: pd.Series, currency: str) -> Finding:
    return Finding(
        id="A18",
        statement=t(
            "{n} of {all} products have fallen silent",
            n=count(row["skus"]),
            all=count(len(frame)),
        ),
        evidence=t("no sale for 8 weeks in which three or more were due at their own pace"),
        reference=t(
            "they sold {then} in the 13 weeks before the last 13",
            then=money(float(row["gmv_before"]), currency),
        ),
        money=None,
        money_basis=t("stock, seasons and planned delistings are not in sales data"),
        action=stage_action("dormant"),
        owner=t("Assortment"),
        due=t("next quarter"),
        confidence="medium",
        chapter=_CHAPTER,
    )
