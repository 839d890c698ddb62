"""Is the demo shop a plausible shop? Its figures beside what the catalogue's sources claim."""

import math
from dataclasses import dataclass

import pandas as pd

from opsbook.demo.figures import measure
from opsbook.reference.figures import figures
from opsbook.shop.shop import Shop

__all__ = ["BANDS", "Band", "bands", "markdown"]

_AIM = "aim"


@dataclass(frozen=True)
class Band:
    """What a figure should be, and who says so.

    Args:
        figure: Figure id as ``opsbook.demo.figures`` measures it.
        name: What it is.
        unit: ``fraction``, ``CNY``, ``ratio``, ``days``, ``hours`` or another unit.
        low: Least that is called good; None if there is no such claim.
        high: Most that is called good.
        source: Id of a published figure, a catalogue entry, or ``aim`` for a band of our own.
        note: What the claim says where a number does not tell it all.
    """

    figure: str
    name: str
    unit: str
    low: float | None
    high: float | None
    source: str
    note: str = ""


BANDS = (
    Band("cvr_mean", "Buyers per visitor, mean of months", "fraction", None, None, "cvr_mean"),
    Band("cvr_product", "Lines bought per visit of a product's page", "fraction", 0.01, 0.10,
         "D13", "mean 3.5 %; 1-10 % by category"),
    Band("cvr: Apparel", "The same, apparel", "fraction", 0.02, 0.05, "D13"),
    Band("cvr: Digital Accessories", "The same, digital", "fraction", 0.01, 0.03, "D13"),
    Band("cvr: Food", "The same, food", "fraction", 0.05, 0.10, "D13"),
    Band("repeat_30d", "Buyers with two orders within 30 days", "fraction", None, None,
         "repeat_30d"),
    Band("order_again_30d", "Orders followed by another within 30 days", "fraction", 0.20, None,
         "B07", "the same claim, counted by order"),
    Band("second_order_share", "Buyers with a second order, whole period", "fraction", None, None,
         "B07", "35 % and 45 % are named, without a window"),
    Band("new_buyer_share", "Orders that are their buyer's first in the period", "fraction",
         None, None, "H01", "no number given"),
    Band("aov", "Average order value", "CNY", 150.0, 300.0, _AIM),
    Band("upt", "Pieces per order", "pieces", 1.3, 3.0, _AIM),
    Band("gross_margin", "Gross margin", "fraction", 0.30, 0.55, _AIM),
    Band("promo_share", "Sales at 10 % off or more", "fraction", 0.15, 0.45, _AIM),
    Band("double_11_over_median_day", "Orders of 11 November over the median day", "times",
         4.5, 9.0, _AIM),
    Band("best_fifth_share", "Sales of the best fifth of products", "fraction", 0.60, 0.85, _AIM),
    Band("return_rate", "Lines sent back", "fraction", 0.02, 0.08, _AIM,
         "C20 gives 1.8 % as an example"),
    Band("return_rate: Apparel", "The same, apparel", "fraction", 0.08, 0.30, _AIM),
    Band("return_rate: Food", "The same, food", "fraction", 0.002, 0.03, _AIM),
    Band("mobile_share", "Purchases on a mobile device", "fraction", None, None, "mobile_share"),
    Band("mobile_load_s", "First screen on mobile, median", "s", None, 1.5, "D18"),
    Band("touchpoints", "Touchpoints before an order", "count", 3.0, 6.0, "touchpoints",
         "4.7 is claimed; the band about it is ours"),
    Band("roi", "Revenue credited per cost of advertising", "ratio", None, None, "roi"),
    Band("active_sku_rate", "Products in stock with a sale in 30 days", "fraction", 0.70, None,
         "C05"),
    Band("stock_days", "Days of stock at cost", "days", 3.0, 60.0, "I04",
         "12 days is an example, 210 a failure (C04)"),
    Band("slow_mover_share", "Products with more than 60 days of cover", "fraction", None, 0.05,
         "H07", "a goal"),
    Band("stock_out_rate", "Selling products without stock, per day", "fraction", None, 0.03,
         "C01"),
    Band("purchase_days", "Days from purchase order to receipt", "days", None, 7.0, "C23"),
    Band("dispatch_hours", "Hours from order to dispatch, mean", "hours", None, 48.0, "A14",
         "24 h (JD, Pinduoduo) or 48 h (Tmall, Douyin)"),
    Band("delivery_days", "Days from order to door, mean", "days", None, 1.8, "C15",
         "what a very large retailer claims"),
    Band("late_share", "Parcels later than promised", "fraction", 0.02, 0.15, _AIM),
    Band("breakage", "Parcels broken", "fraction", None, 0.05, "C19", "from 5 % to 1 %"),
    Band("refund_hours", "Hours from request to refund, mean", "hours", None, 24.0, "C21",
         "24 h (001); from 72 to 4 h (003)"),
    Band("first_reply_hours", "Hours to the first reply, mean", "hours", None, 2.0, "G06"),
    Band("solve_hours", "Hours to the solution, mean", "hours", None, 24.0, "G06"),
    Band("csat", "Satisfied customers, all tickets", "fraction", None, None, "G06",
         "no number given"),
    Band("complaint_csat", "Satisfied customers after a complaint", "fraction", 0.95, None, "B30"),
    Band("bad_review_reply_hours", "Hours to the answer to a bad review, median", "hours", None,
         24.0, "B32"),
    Band("mean_stars", "Mean stars of reviews", "stars", 4.7, None, "I02",
         "below 4.7 a product calls for an alert"),
    Band("nps", "Net promoter score", "points", 30.0, 60.0, _AIM, "78 is a success case (J06)"),
)  # fmt: skip
"""Figures in order of the table. Where a published figure is named, its range holds."""


def bands(shop: Shop) -> pd.DataFrame:
    """Figures of a shop beside what is claimed to be good.

    Args:
        shop: An open shop, the demo shop for one.

    Returns:
        One row per figure that the shop has the tables for: ``figure, name, value, low,
        high, unit, source, note, inside``. Fractions 0 to 1, money in the shop's currency.
        ``source`` is the id of a published figure, a catalogue entry, or ``aim`` where the
        band is our own; ``inside`` is null where nobody gives a range.

    Source:
        data/reference/benchmarks.csv and the catalogue's entries; claims of course
        material that could not be checked.
    """
    found, published = measure(shop), figures()
    rows = []
    for band in BANDS:
        if band.figure not in found:
            continue
        low, high = band.low, band.high
        if band.source in published and low is None and high is None:
            low, high = published[band.source].low, published[band.source].high
        rows.append(
            {
                "figure": band.figure,
                "name": band.name,
                "value": found[band.figure],
                "low": low,
                "high": high,
                "unit": band.unit,
                "source": band.source,
                "note": band.note,
                "inside": _inside(found[band.figure], low, high),
            }
        )
    columns = ["figure", "name", "value", "low", "high", "unit", "source", "note", "inside"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"low": "float64", "high": "float64", "inside": "boolean"})


def _inside(value: float, low: float | None, high: float | None) -> bool | None:
    if low is None and high is None:
        return None
    return (low is None or value >= low) and (high is None or value <= high)


def markdown(table: pd.DataFrame) -> str:
    """The table of ``bands`` as Markdown, as it stands in ``data/demo-truth.md``."""
    lines = ["| Figure | Demo shop | Claimed | Source | Inside |", "|---|---|---|---|---|"]
    for row in table.itertuples():
        verdict = "–" if pd.isna(row.inside) else "yes" if row.inside else "**no**"
        claim = _range(row.low, row.high, str(row.unit))
        if row.note:
            claim = f"{claim}; {row.note}" if claim != "–" else str(row.note)
        published = figures().get(str(row.source))
        source = f"{published.entry}, {published.source}" if published else row.source
        value = _number(float(row.value), str(row.unit))
        lines.append(f"| {row.name} | {value} | {claim} | {source} | {verdict} |")
    return "\n".join(lines) + "\n"


def _range(low: float, high: float, unit: str) -> str:
    least, most = not math.isnan(low), not math.isnan(high)
    if least and most:
        return f"{_number(low, unit)} to {_number(high, unit)}"
    if least:
        return f"≥ {_number(low, unit)}"
    return f"≤ {_number(high, unit)}" if most else "–"


def _number(value: float, unit: str) -> str:
    if unit == "fraction":
        return f"{value * 100:.3g} %"
    return f"{value:.3g}" + ("" if unit in ("count", "ratio", "times") else f" {unit}")


if __name__ == "__main__":
    import sys

    from opsbook import open_shop

    sys.stdout.write(markdown(bands(open_shop(sys.argv[1] if sys.argv[1:] else "demo"))))
