"""How price elasticities are shown: dots with intervals, and a table with the reasons."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, language, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

__all__ = ["draw_elasticities", "elasticity_table", "names"]

_MOST = 16


def names(values: list[str], most: int = 3) -> str:
    """A short list in words: ``A, B, C and 4 more``."""
    shown = ("、" if language() == "zh" else ", ").join(values[:most])
    more = len(values) - most
    return t("{names} and {n} more", names=shown, n=more) if more > 0 else shown


def _title(frame: pd.DataFrame) -> str:
    told = frame[frame["identified"]]
    unknown = len(frame) - len(told)
    strong = told.loc[told["verdict"] == "sensitive", "category"].tolist()
    weak = told.loc[told["verdict"] == "insensitive", "category"].tolist()[::-1]
    if told.empty:
        return t("The data cannot tell how shoppers react to price in any category")
    if strong and weak:
        text = t(
            "Price moves demand in {strong}, little in {weak}",
            strong=names(strong),
            weak=names(weak),
        )
    elif strong:
        text = t("Price moves demand strongly in {strong}", strong=names(strong))
    elif weak:
        text = t("Price moves demand little in {weak}", weak=names(weak))
    else:
        text = t("No category is clearly above or below an elasticity of −1")
    if unknown:
        text += t("; {n} of {all} categories cannot be told", n=unknown, all=len(frame))
    return text


def draw_elasticities(frame: pd.DataFrame, *, source: str, subtitle: str = "") -> Chart:
    """See ``elasticity.plot_elasticities``."""
    told = frame[frame["identified"]].sort_values("elasticity", ascending=False).tail(_MOST)
    ink, muted, quiet = (COLORS[k][0] for k in ("ink", "muted", "quiet"))
    tone = {"sensitive": COLORS["accent"][0], "insensitive": COLORS["s2"][0], "unclear": muted}

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.patheffects import withStroke

        axes = figure.subplots()
        if told.empty:
            axes.axis("off")
            axes.text(0, 0.5, t("Reasons stand in the table."), color=muted)
            return
        axes.axvline(-1, color=ink, lw=1)
        axes.axvline(0, color=COLORS["line"][0], lw=1)
        for y, row in enumerate(told.itertuples()):
            color = tone[row.verdict]
            axes.plot([row.low, row.high], [y, y], color=color, lw=2.4, solid_capstyle="round")
            axes.plot(row.elasticity, y, "o", color=color, ms=7)
            axes.plot(row.pooled, y, "o", mfc="none", mec=quiet, mew=1.4, ms=7)
            axes.annotate(
                count(row.elasticity, 2),
                (row.elasticity, y),
                (0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                color=color,
                path_effects=[withStroke(linewidth=3, foreground=COLORS["paper"][0])],
            )
        top = len(told) - 1
        last = told.iloc[-1]
        axes.annotate(
            t("naive"),
            (last["pooled"], top),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=muted,
        )
        if not phone:
            axes.annotate(
                t("−1: sales value stays the same"),
                (-1, -0.75),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=muted,
            )
        axes.set_yticks(range(len(told)), told["category"], color=ink)
        axes.set_ylim(-1.05, top + 0.75)
        low = min(float(told["low"].min()), float(told["pooled"].min()), -1.5)
        high = max(float(told["high"].max()), float(told["pooled"].max()), 0.2)
        axes.set_xlim(low - 0.15, high + 0.15)
        axes.xaxis.set_major_locator(_whole_steps(high - low, phone))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(
            t("% more units for 1 % more price")
            if phone
            else t(
                "change of units in % for 1 % more price, with interval; hollow: naive comparison"
            )
        )

    level = per_cent(frame.attrs.get("level", 0.95), 0)
    unit = t("own-price elasticity with {level} interval", level=level)
    return Chart(
        draw,
        title=_title(frame),
        subtitle=f"{unit} · {subtitle}" if subtitle else unit,
        alt=_alt(told),
        source=source,
        height=max(2.4, 1.1 + 0.42 * len(told)),
        phone_height=max(2.6, 1.2 + 0.44 * len(told)),
        data=frame,
    )


def _whole_steps(span: float, phone: bool) -> "Locator":
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(1 if span > (2 if phone else 3) else 0.5)


def _alt(told: pd.DataFrame) -> str:
    rows = [
        t(
            "{name} {value} ({low} to {high}), naive {pooled}",
            name=row.category,
            value=count(row.elasticity, 2),
            low=count(row.low, 2),
            high=count(row.high, 2),
            pooled=count(row.pooled, 2),
        )
        for row in told.iloc[::-1].itertuples()
    ]
    return t("Elasticity by category: {rows}", rows="; ".join(rows) or "–")


def elasticity_table(frame: pd.DataFrame, *, caption: str = "", most: int = 30) -> ShownTable:
    """Estimates with interval and products, and the reason where there is none."""
    words = {
        "sensitive": t("price-sensitive"),
        "insensitive": t("not price-sensitive"),
        "unclear": t("cannot be told from −1"),
    }
    shown = frame.assign(
        value=frame["elasticity"].where(frame["identified"]),
        down=frame["low"].where(frame["identified"]),
        up=frame["high"].where(frame["identified"]),
        says=[words.get(v, r) for v, r in zip(frame["verdict"], frame["reason"], strict=True)],
    )
    fields = (
        Field("category", t("Category")),
        Field("value", t("Elasticity"), "number"),
        Field("down", t("from"), "number"),
        Field("up", t("to"), "number"),
        Field("pooled", t("Naive"), "number"),
        Field("n_products", t("Products"), "count"),
        Field("says", t("What it says")),
    )
    return shown_table(
        shown, fields, caption=caption or t("Price elasticity by category"), most=most
    )
