"""How movement between segments is shown: a matrix, and what each segment did next."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, language, per_cent, t
from opsbook.lifecycle.movement import FIRST, LEFT, RETURNED
from opsbook.lifecycle.rfm_chart import class_names, segment_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from opsbook.lifecycle.movement import Movement

__all__ = ["flows_table", "matrix_table", "movers_table", "plot_follow_up", "plot_movement"]


def _state_names() -> dict[str, str]:
    return {
        **segment_names(),
        **class_names(),
        FIRST: t("first purchase"),
        RETURNED: t("came back"),
        LEFT: t("left"),
        "up": t("moved up"),
        "same": t("stayed"),
        "down": t("moved down"),
    }


def plot_movement(result: "Movement", *, title: str = "") -> Chart:
    """Value classes before and after, as a matrix of customers.

    Args:
        result: From ``movement``.
        title: What the figure says; from the matrix unless given.
    """
    table = result.matrix("class")
    names = _state_names()
    flat = table.stack().rename("customers").reset_index()
    rows = [
        t("{a} to {b}: {n}", a=names[a], b=names[b], n=count(n))
        for a, b, n in flat.itertuples(index=False)
        if n
    ]
    parts = [
        t("customers by value class, {days} days apart", days=result.days),
        t("rows: {then}", then=str(result.then)),
        t("columns: {now}", now=str(result.now)),
    ]
    return Chart(
        lambda figure, phone: _heat(figure, table, names, phone),
        title=title or _title(result),
        subtitle=" · ".join(parts),
        alt=t("Matrix of movement. {rows}.").format(rows="; ".join(rows)),
        source=result.source,
        height=3.7,
        phone_height=4.3,
        data=result.matrix("segment").reset_index(),
    )


def _title(result: "Movement") -> str:
    table = result.matrix("class")
    best = table.loc["key_value"]
    total = int(best.sum())
    if not total:
        return t("There were no key-value customers at the earlier date")
    lost = total - int(best["key_value"])
    won = int(table["key_value"].drop("key_value").sum())
    return t(
        "Of {total} key-value customers {lost} are no longer, {won} are new among them",
        total=count(total),
        lost=count(lost),
        won=count(won),
    )


def _heat(figure: "Figure", table: pd.DataFrame, names: dict[str, str], phone: bool) -> None:
    axes = figure.subplots()
    ink, muted = COLORS["ink"][0], COLORS["muted"][0]
    place = {key: rank for rank, key in enumerate(table.columns[:-1])}
    sums = table.sum(axis=1)
    for y, (before, row) in enumerate(table.iterrows()):
        for x, (after, n) in enumerate(row.items()):
            share = n / sums[before] if sums[before] else 0.0
            tone = "quiet"
            if before in place and after != before:
                worse = after == LEFT or place[str(after)] > place[str(before)]
                tone = "neg" if worse else "pos"
            elif before not in place:
                tone = "accent"
            axes.add_patch(_square(x, y, COLORS[tone][0], 0.06 + 0.5 * share if n else 0.0))
            axes.text(
                x, y, count(n) if n else "–", ha="center", va="center",
                fontsize=8.5 if phone else 10, color=ink if n else muted,
            )  # fmt: skip
    size = 7.8 if phone else 9
    axes.set_xlim(-0.5, table.shape[1] - 0.5)
    axes.set_ylim(table.shape[0] - 0.5, -0.5)
    axes.set_xticks(range(table.shape[1]), [_fold(names[c], phone) for c in table.columns],
                    fontsize=size, color=ink)  # fmt: skip
    axes.set_yticks(range(table.shape[0]), [_fold(names[c], phone) for c in table.index],
                    fontsize=size, color=ink)  # fmt: skip
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _square(x: int, y: int, color: str, strength: float) -> "Rectangle":
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, color=color, alpha=strength, lw=0)


def _fold(name: str, phone: bool) -> str:
    return name.replace(" ", "\n", 1) if phone and language() != "zh" else name


def plot_follow_up(result: "Movement", *, title: str = "") -> Chart:
    """Share of each segment that bought again between the dates, with its interval.

    Args:
        result: From ``movement``.
        title: What the figure says; from the shares unless given.
    """
    frame = result.follow_up()
    names = segment_names()
    frame["name"] = frame["segment"].map(names)
    rows = [
        t("{name}: {share} of {n}").format(name=name, share=per_cent(share), n=count(n))
        for name, share, n in zip(frame["name"], frame["share"], frame["customers"], strict=True)
    ]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        ink, accent = COLORS["ink"][0], COLORS["accent"][0]
        most = float(frame["high"].max())
        for y, (share, low, high, n) in enumerate(
            zip(frame["share"], frame["low"], frame["high"], frame["customers"], strict=True)
        ):
            axes.plot([low, high], [y, y], color=accent, lw=2, alpha=0.45)
            axes.plot(share, y, "o", color=accent, ms=6)
            said = per_cent(share) if phone else t("{share} of {n}").format(
                share=per_cent(share), n=count(n))  # fmt: skip
            axes.text(high + most * 0.03, y, said, va="center", fontsize=8.5, color=ink)
        axes.set_yticks(range(len(frame)), frame["name"], color=ink, fontsize=8.5 if phone else 9.5)
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_xlim(0, most * (1.32 if phone else 1.28))
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.locator_params(axis="x", nbins=5)
        axes.grid(axis="y", visible=False)

    parts = [
        t("share that bought within {days} days", days=result.days),
        t("segments of {then}", then=str(result.then)),
        t("bars: interval"),
    ]
    return Chart(
        draw,
        title=title or _follow_title(frame),
        subtitle=" · ".join(parts),
        alt=t("Share that bought again. {rows}.").format(rows="; ".join(rows)),
        source=result.source,
        height=3.9,
        phone_height=4.1,
        data=frame,
    )


def _follow_title(frame: pd.DataFrame) -> str:
    least = int(frame["customers"].clip(upper=30).max())
    big = frame[frame["customers"] >= least]
    first = big.loc[big["share"].idxmax()]
    last = big.loc[big["share"].idxmin()]
    if len(big) < 2 or first["low"] <= last["high"]:
        return t("The segments did not differ for certain in who bought next")
    return t(
        "{first} bought again most often ({most}), {last} least ({least})",
        first=first["name"],
        most=per_cent(first["share"], 0),
        last=last["name"],
        least=per_cent(last["share"], 0 if last["share"] >= 0.1 else 1),
    )


def matrix_table(result: "Movement") -> ShownTable:
    """The eleven segments before in rows and after in columns, with totals that add up."""
    names = _state_names()
    table = result.matrix("segment")
    table["total"] = table.sum(axis=1)
    table.loc["total"] = table.sum(axis=0)
    names["total"] = t("total")
    shown = table.rename_axis(columns=None).reset_index(names="before")
    shown["before"] = shown["before"].map(names)
    fields = [Field("before", t("before ↓ after →"))]
    fields += [Field(str(c), names[str(c)], "count") for c in table.columns]
    return shown_table(
        shown,
        fields,
        caption=t("Customers by segment, {days} days apart", days=result.days),
        note=result.words(),
        most=len(shown),
    )


def flows_table(result: "Movement") -> ShownTable:
    """Customers and money by direction of movement."""
    names = _state_names()
    frame = result.flows()
    frame["name"] = frame["direction"].map(names)
    fields = (
        Field("name", t("movement")),
        Field("customers", t("customers"), "count"),
        Field("money_before", t("net sales before, {currency}", currency=result.currency), "money"),
        Field("money_after", t("net sales after, {currency}", currency=result.currency), "money"),
        Field("change", t("change, {currency}", currency=result.currency), "change"),
    )
    caption = t("Who moved, {days} days apart", days=result.days)
    return shown_table(
        frame,
        fields,
        caption=caption,
        note=t("Time alone moves customers down: who does not buy ages. Watch whether it grows."),
    )


def movers_table(result: "Movement", direction: str = "down", *, most: int = 10) -> ShownTable:
    """The first customers who moved in a direction, by money before.

    Args:
        result: From ``movement``.
        direction: ``up, same, down, first, returned, left``.
        most: Rows shown.
    """
    names = _state_names()
    frame = result.movers(direction)
    for column in ("before", "after"):
        frame[column] = frame[column].map(names)
    fields = (
        Field("customer_id", t("customer")),
        Field("before", t("before")),
        Field("after", t("after")),
        Field("money_before", t("net sales before, {currency}", currency=result.currency), "money"),
        Field("money_after", t("net sales after, {currency}", currency=result.currency), "money"),
    )
    caption = t("{direction}: {n} customers", direction=names[direction], n=count(len(frame)))
    return shown_table(frame, fields, caption=caption, most=most)
