"""Why goods come back, drawn and tabled."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.return_reasons import ReturnReasons

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cause_name", "cause_owner", "plot_reasons", "reasons_table"]


def cause_name(cause: str) -> str:
    """A root cause in words."""
    return {
        "transport": t("transport"),
        "warehouse": t("picking"),
        "listing": t("product page"),
        "quality": t("quality of goods"),
        "choice": t("customer's choice"),
        "unknown": t("not known"),
    }.get(cause, cause)


def cause_owner(cause: str) -> str:
    """The role that can mend a root cause."""
    return {
        "transport": t("logistics"),
        "warehouse": t("warehouse"),
        "listing": t("product content"),
        "quality": t("buyer"),
        "choice": t("merchandising"),
    }.get(cause, t("Customer service"))


def plot_reasons(found: ReturnReasons) -> Chart:
    """Cost by reason, with the share reached so far (Pareto)."""
    frame = found.reasons.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    names = [r or t("no reason given") for r in frame["reason"]]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        tones = [accent if v else quiet for v in frame["vital"]]
        axes.barh(range(len(frame)), frame["cost"], color=tones, height=0.62)
        top = float(frame["cost"].max()) or 1.0
        for y, row in enumerate(frame.itertuples()):
            axes.annotate(
                f"{per_cent(row.cost_share, 0)}" if phone
                else t("{part}, {sum} so far", part=per_cent(row.cost_share, 0),
                       sum=per_cent(row.running, 0)),
                (row.cost, y), (4, 0), textcoords="offset points", va="center", fontsize=8,
                color=ink,
            )  # fmt: skip
        axes.set_yticks(range(len(frame)), names, color=ink, fontsize=8 if phone else 9)
        axes.set_xlim(0, top * 1.35)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 6)
        marks = [v for v in axes.get_xticks() if 0 <= v <= top * 1.35]
        axes.set_xticks(marks, [money(v) for v in marks])
        axes.set_xlabel(t("cost of returns, {currency}", currency=found.currency))

    vital = int(found.reasons["vital"].sum())
    top = found.causes.iloc[0]
    return Chart(
        draw,
        title=t(
            "{vital} of {n} reasons make 80 % of the cost; most is due to: {cause} ({share})",
            vital=vital, n=len(frame), cause=cause_name(str(top["cause"])),
            share=per_cent(float(top["cost_share"]), 0),
        ),
        subtitle=t("cost of the returns asked for so far, by the reason the customer gave"),
        alt=t("Cost by reason: {rows}").format(
            rows="; ".join(
                f"{r.reason or t('no reason given')} {per_cent(r.cost_share, 0)}"
                for r in found.reasons.itertuples()
            )
        ),
        source=found.shop,
        height=1.0 + 0.32 * max(len(frame), 3),
        data=found.reasons,
    )  # fmt: skip


def reasons_table(found: ReturnReasons, *, most: int = 15) -> ShownTable:
    """Reasons with who can mend them."""
    frame = found.reasons.assign(
        named=[r or t("no reason given") for r in found.reasons["reason"]],
        root=[cause_name(c) for c in found.reasons["cause"]],
        owner=[cause_owner(c) for c in found.reasons["cause"]],
    )
    fields = (
        Field("named", t("reason")),
        Field("asked", t("returns"), "count"),
        Field("share", t("share"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("cost", t("cost, {currency}", currency=found.currency), "money"),
        Field("root", t("root cause")),
        Field("owner", t("who mends it")),
        Field("category", t("stands out in")),
        Field("sku", t("most for product")),
    )
    note = t(
        "Reasons are what customers say: who pays the freight colours the answer. {n} returns give "
        "none.", n=count(found.unnamed),
    )  # fmt: skip
    return shown_table(frame, fields, caption=t("Reasons of returns"), note=note, most=most)
