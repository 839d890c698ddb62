"""How ABC-XYZ classes are shown: nine cells, what they hold, and what each asks for."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.supply.abc_xyz import CELLS, POLICIES, AbcXyz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["abc_table", "abc_words", "cell_table", "plot_abc_xyz"]


def abc_words(found: AbcXyz) -> str:
    """How the classes were cut."""
    what = t("margin") if found.by == "margin" else t("sales")
    return t(
        "A: the first {a} of {what}, B: to {b}. X: variation of weekly pieces below {x}, Y: below "
        "{y}; weeks with stock and no sale count as zero. {n} weeks. Too new: under {new} weeks "
        "on sale.",
        a=per_cent(found.cuts[0], 0),
        what=what,
        b=per_cent(found.cuts[1], 0),
        x=count(found.variation[0], 1),
        y=count(found.variation[1], 1),
        n=found.weeks,
        new=found.new_weeks,
    )


def plot_abc_xyz(found: AbcXyz) -> Chart:
    """Nine cells: SKUs, share of sales and of stock; darker with more of the stock."""
    cells = found.cells.set_index("cell")
    top = max(float(cells.loc[list(CELLS), "value_share"].max()), 1e-9)
    accent, ink, line = (COLORS[k][0] for k in ("accent", "ink", "line"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.subplots()
        for place, cell in enumerate(CELLS):
            row, column = divmod(place, 3)
            at = cells.loc[cell]
            share = float(at["value_share"]) / top
            box = Rectangle((column, 2 - row), 1, 1, facecolor=accent, alpha=0.06 + 0.34 * share,
                            edgecolor=line)  # fmt: skip
            axes.add_patch(box)
            axes.text(column + 0.5, 2.72 - row, count(at["skus"]), ha="center", va="center",
                      fontsize=12 if phone else 14, color=ink)  # fmt: skip
            lines = t("sales {sales}\nstock {stock}", sales=per_cent(at["sales_share"], 0),
                      stock=per_cent(at["value_share"], 0))  # fmt: skip
            axes.text(column + 0.5, 2.32 - row, lines, ha="center", va="center",
                      fontsize=7.5 if phone else 9, color=ink, linespacing=1.25)  # fmt: skip
        axes.set_xlim(0, 3)
        axes.set_ylim(0, 3)
        steady = t("X steady"), t("Y uneven"), t("Z erratic")
        axes.set_xticks([0.5, 1.5, 2.5], steady)
        axes.set_yticks([2.5, 1.5, 0.5], ["A", "B", "C"])
        axes.tick_params(labeltop=False)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)

    tail = cells.loc[[c for c in CELLS if c[0] == "C"]].sum()
    return Chart(
        draw,
        title=t(
            "{n} products of class C hold {stock} of the stock and bring {sales} of sales",
            n=count(tail["skus"]),
            stock=per_cent(float(tail["value_share"]), 0),
            sales=per_cent(float(tail["sales_share"]), 0),
        ),
        subtitle=t("products per cell, share of sales and of stock at cost; {n} weeks",
                   n=found.weeks),
        alt=t("ABC-XYZ cells: {rows}").format(
            rows="; ".join(f"{c} {count(cells.loc[c, 'skus'])} SKU" for c in CELLS)
        ),
        source=found.items.shop,
        height=3.6,
        phone_height=3.6,
        data=found.cells,
    )  # fmt: skip


def cell_table(found: AbcXyz) -> ShownTable:
    """Every cell with what it holds and what it asks for; those left out stand in it too."""
    names = {"new": t("too new"), "none": t("no sale")}
    asks = {
        "new": t("wait; small quantities, see how it starts"),
        "none": t("clear it or take it off; order nothing"),
    }
    frame = found.cells.assign(
        name=[names.get(c, c) for c in found.cells["cell"]],
        policy=[t(POLICIES[c]) if c in POLICIES else asks[c] for c in found.cells["cell"]],
    )
    fields = (
        Field("name", t("cell")),
        Field("skus", "SKU", "count"),
        Field("sales_share", t("of sales"), "share"),
        Field("value_share", t("of stock"), "share"),
        Field("cover", t("cover, days"), "count"),
        Field("policy", t("what it asks for")),
    )
    return shown_table(frame, fields, caption=t("ABC-XYZ cells and their policy"),
                       note=abc_words(found), most=11)  # fmt: skip


def abc_table(found: AbcXyz, *, most: int = 12) -> ShownTable:
    """Every product with its class, best sellers first."""
    frame = found.skus.sort_values(["basis", "sku"], ascending=[False, True])
    names = {"new": t("too new"), "none": t("no sale")}
    frame = frame.assign(name=[names.get(c, c) for c in frame["cell"]])
    fields = (
        Field("sku", t("product")),
        Field("name", t("cell")),
        Field("sales", t("sales, {currency}", currency=found.items.currency), "money"),
        Field("margin", t("margin, {currency}", currency=found.items.currency), "money"),
        Field("weekly", t("pieces a week"), "number"),
        Field("cv", t("variation"), "number"),
        Field("value", t("stock at cost, {currency}", currency=found.items.currency), "money"),
    )
    return shown_table(frame, fields, caption=t("Products by class"), most=most)
