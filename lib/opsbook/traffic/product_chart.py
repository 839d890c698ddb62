"""Product conversion drawn and tabled: categories against the taught bands, weak products."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.reference.figures import figures
from opsbook.traffic.product_conversion import ProductConversion

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_categories", "product_words", "weak_table"]

_MOST = 14


def plot_categories(result: ProductConversion) -> Chart:
    """Buyers per visitor of a product page by category, with bounds across its products.

    Args:
        result: From ``product_conversion``.
    """
    frame = result.categories.head(_MOST)
    frame = frame.sort_values("rate", kind="stable").reset_index(drop=True)
    best, worst = frame.iloc[-1], frame.iloc[0]
    if len(frame) == 1:
        title = t(
            "{rate} of visitors to a product of {name} buy it",
            rate=per_cent(best["rate"]),
            name=best["category"],
        )
    else:
        title = t(
            "Product pages convert from {low} ({worst}) to {high} ({best})",
            low=per_cent(worst["rate"]),
            worst=worst["category"],
            high=per_cent(best["rate"]),
            best=best["category"],
        )
    rows = [f"{r.category} {per_cent(r.rate)}" for r in frame.iloc[::-1].itertuples()]
    return Chart(
        lambda figure, phone: _draw(figure, frame, phone),
        title=title,
        subtitle=t(
            "buyers / visitors of the products of a category, with {level} interval · dashed: "
            "source claim 3.5 % · {period}",
            level=per_cent(result.level, 0),
            period=str(result.period),
        ),
        alt=t("Conversion of product pages: {rows}.", rows=t("; ").join(rows)),
        source=result.shop,
        height=max(2.2, 0.9 + 0.3 * len(frame)),
        data=result.categories,
    )


def _draw(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    claim = figures().get("cvr_product")
    if claim is not None and claim.value is not None:
        axes.axvline(claim.value, color=muted, lw=1, ls=(0, (4, 3)))
    for y, row in enumerate(frame.itertuples()):
        axes.plot([row.low, row.high], [y, y], color=accent, lw=2, solid_capstyle="round")
        axes.plot(row.rate, y, "o", color=accent, ms=6)
    axes.set_yticks(range(len(frame)), frame["category"].tolist(), color=ink)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0 if v * 100 == round(v * 100) else 1))
    axes.locator_params(axis="x", nbins=4 if phone else 8)
    axes.grid(axis="y", visible=False)


def weak_table(result: ProductConversion, *, most: int = 10) -> ShownTable:
    """Products that convert worse than their category, most money at stake first."""
    frame = result.weak
    fields = (
        Field("title", t("Product")),
        Field("category", t("Category")),
        Field("visitors", t("Visitors"), "count"),
        Field("buyers", t("buyers"), "count"),
        Field("rate_raw", t("as counted"), "share"),
        Field("rate", t("shrunk"), "share"),
        Field("category_rate", t("its category"), "share"),
        Field("at_stake", t("at stake, {currency}", currency=result.currency), "money"),
    )
    note = t(
        "{n} of {all} products; at most {rate} of them stand here by chance. Shrunk: drawn "
        "towards the category, the more the fewer visitors.",
        n=count(len(frame)),
        all=count(len(result.products)),
        rate=per_cent(result.rate, 0),
    )
    caption = t("Seen and not bought, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=note, most=most)


def product_words(result: ProductConversion) -> str:
    """What was counted, and what was left out."""
    parts = [
        t(
            "Conversion of a product is its buyers over the visitors who saw its page (001). "
            "{n} products with visitors in {k} categories.",
            n=count(len(result.products)),
            k=count(len(result.categories)),
        )
    ]
    if result.over:
        parts.append(
            t(
                "{n} products with more buyers than visitors are left out: their views are not "
                "all recorded.",
                n=count(result.over),
            )
        )
    if result.unseen:
        parts.append(t("{n} products sold without a recorded view.", n=count(result.unseen)))
    return " ".join(parts)
