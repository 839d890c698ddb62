"""Price bands and discounts, drawn."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import count, money, per_cent, points, t
from opsbook.market.discounts import Discounts
from opsbook.shop.periods import Period

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["band_name", "plot_discounts", "plot_price_bands"]


def band_name(low: float, high: float) -> str:
    """A price band in words: ``under 20``, ``20 to 50``, ``200 and more``."""

    def figure(value: float) -> str:
        return count(value, 0 if value == int(value) else 2 if value < 1 else 1)

    if low <= 0 and np.isinf(high):
        return t("any price")
    if low <= 0:
        return t("under {high}", high=figure(high))
    if np.isinf(high):
        return t("{low} and more", low=figure(low))
    return t("{low} to {high}", low=figure(low), high=figure(high))


def plot_price_bands(
    bands: pd.DataFrame, *, currency: str, source: str, subtitle: str = ""
) -> Chart:
    """Share of pieces and share of sales by price band, and how the latter changed.

    Args:
        bands: What ``price_bands`` returned.
        currency: ISO code.
        source: Line below the chart: whose data.
        subtitle: Category, if not all.
    """
    names = [band_name(b.low, b.high) for b in bands.itertuples()]
    accent, quiet, muted, ink = (COLORS[k][0] for k in ("accent", "quiet", "muted", "ink"))
    best = int(bands["gmv_share"].to_numpy().argmax())
    known = bands["gmv_change"].notna()

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        place = np.arange(len(bands))
        axes.barh(place + 0.2, bands["gmv_share"], 0.36, color=accent)
        axes.barh(place - 0.2, bands["unit_share"], 0.36, color=quiet)
        for y, row in enumerate(bands.itertuples()):
            moved = f"  {money(row.gmv_change, sign=True)}" if known.iloc[y] and not phone else ""
            tag = t("sales") + " " if y == len(bands) - 1 else ""
            axes.text(
                row.gmv_share,
                y + 0.2,
                f" {tag}{per_cent(row.gmv_share, 0)}{moved}",
                va="center",
                fontsize=9,
                color=accent,
            )
            tag = t("pieces") + " " if y == len(bands) - 1 else ""
            axes.text(
                row.unit_share,
                y - 0.2,
                f" {tag}{per_cent(row.unit_share, 0)}",
                va="center",
                fontsize=9,
                color=muted,
            )
        axes.set_yticks(place, names, color=ink)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        most = float(bands[["gmv_share", "unit_share"]].to_numpy().max())
        axes.set_xlim(0, most * (1.45 if phone else 1.3))

    unit = t("price of one piece, {currency}; share of sales and of pieces", currency=currency)
    now, base = (_days(bands.attrs.get(name)) for name in ("period", "base"))
    if known.any():
        unit += t(", change of sales")
    if now and base and known.any():
        unit += " · " + t("{now} against {before}", now=str(now), before=str(base))
    elif now:
        unit += f" · {now}"
    rows = "; ".join(
        t(
            "{band}: {gmv} of sales, {units} of pieces",
            band=n,
            gmv=per_cent(b.gmv_share),
            units=per_cent(b.unit_share),
        )
        for n, b in zip(names, bands.itertuples(), strict=True)
    )
    top = bands.iloc[best]
    title = t(
        "Prices {band} bring {gmv} of sales with {units} of pieces",
        band=names[best],
        gmv=per_cent(top["gmv_share"], 0),
        units=per_cent(top["unit_share"], 0),
    )
    return Chart(
        draw,
        title=title if len(bands) > 1 else t("All pieces sell at about one price"),
        subtitle=f"{unit} · {subtitle}" if subtitle else unit,
        alt=t("Shares by price band. {rows}", rows=rows),
        source=source,
        height=0.8 + 0.55 * len(bands),
        phone_height=0.8 + 0.55 * len(bands),
        data=bands,
    )


def _days(ends: list[str] | None) -> Period | None:
    return Period(date.fromisoformat(ends[0]), date.fromisoformat(ends[1])) if ends else None


def plot_discounts(result: Discounts, *, currency: str, source: str, most: int = 10) -> Chart:
    """Discount depth by category, now and before, with the money given away.

    Args:
        result: What ``discounts`` returned.
        currency: ISO code.
        source: Line below the chart: whose data.
        most: Categories shown, those that give away most.
    """
    shown = result.by_category.head(most).iloc[::-1]
    s2, quiet, ink = (COLORS[k][0] for k in ("s2", "quiet", "ink"))
    now = result.overall.iloc[0]
    then = result.overall.iloc[1] if len(result.overall) > 1 else None

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(shown.itertuples()):
            if row.depth_before == row.depth_before:
                axes.plot([row.depth_before, row.depth], [y, y], color=quiet, lw=1.6)
                axes.plot(row.depth_before, y, "o", mfc="none", mec=quiet, mew=1.4, ms=7)
            axes.plot(row.depth, y, "o", color=s2, ms=8)
            right = max(row.depth, row.depth_before if row.depth_before == row.depth_before else 0)
            axes.annotate(
                f"{per_cent(row.depth)} · {money(row.given)}",
                (right, y),
                (9, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=ink,
            )
        axes.set_yticks(range(len(shown)), shown["category"], color=ink)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        high = float(np.nanmax(shown[["depth", "depth_before"]].to_numpy()))
        axes.set_xlim(0, high * (1.8 if phone else 1.25) + 0.01)
        # Whole per cents only: a mark at 2.5 % would be written as 2 %.
        step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 1.0) if high / s <= (4 if phone else 8))
        ticks = np.arange(0, high + step / 2, step)
        axes.set_xticks(ticks, [per_cent(v, 0) for v in ticks])
        axes.grid(axis="y", visible=False)

    if then is None:
        title = t("{depth} of list value was given away", depth=per_cent(now["depth"]))
    else:
        text = (
            t("{depth} of list value was given away, {change} on last year")
            if result.same_season
            else t("{depth} of list value was given away, {change} against the period before")
        )
        title = text.format(
            depth=per_cent(now["depth"]), change=points(now["depth"] - then["depth"])
        )
    deepest = shown.sort_values("depth", ascending=False)["category"].tolist()[:1]
    if deepest and len(shown) > 1:
        title += t("; deepest in {name}", name=deepest[0])
    rows = "; ".join(
        f"{r.category} {per_cent(r.depth)} ({per_cent(r.depth_before)})"
        if r.depth_before == r.depth_before
        else f"{r.category} {per_cent(r.depth)}"
        for r in shown.iloc[::-1].itertuples()
    )
    return Chart(
        draw,
        title=title,
        # Named by its days: the base may be last year's weeks or those just before.
        subtitle=t(
            "discount depth and money given away, {currency} · filled: {now}, hollow: {base}",
            currency=currency,
            now=str(result.period),
            base=str(result.base),
        )
        if then is not None
        else t("discount depth and money given away, {currency}", currency=currency)
        + f" · {result.period}",
        alt=t("Discount depth by category, before in brackets: {rows}", rows=rows),
        source=source,
        height=1.1 + 0.36 * len(shown),
        phone_height=1.2 + 0.38 * len(shown),
        data=result.by_category,
    )
