"""The campaign's money drawn as one waterfall, and its returns on spend kept apart."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.campaign.money import STEPS, CampaignMoney
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, count, money, per_cent, t
from opsbook.reference.figures import figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["money_table", "money_title", "plot_money", "return_table"]

_BASIS = {
    "recorded": N_("recorded"),
    "estimated": N_("estimated"),
    "assumed": N_("assumed"),
    "missing": N_("not on record"),
}


def money_title(found: CampaignMoney) -> str:
    """The answer in one sentence: did it pay, or what it would have taken."""
    name = found.event.name
    added = found.amount("added")
    if added == added and found.has_cost:
        low, high = found.ends("added")
        values = {
            "event": name,
            "amount": money(abs(added), found.currency),
            "low": money(low, sign=True),
            "high": money(high, sign=True),
        }
        if low > 0:
            return t("{event} added {amount} after all costs [{low}, {high}]", **values)
        if high < 0:
            return t("{event} cost {amount} more than it brought [{low}, {high}]", **values)
        return t("{event}: whether it paid cannot be told, it added {low} to {high}", **values)
    left = {
        "event": name,
        "gmv": money(found.amount("gmv"), found.currency),
        "left": money(found.amount("contribution"), found.currency),
    }
    if not found.has_cost:
        return t("{event}: {gmv} of GMV; without costs what it earned cannot be told", **left)
    if found.break_even != found.break_even:
        return t("{event}: of {gmv} of GMV {left} was left after costs", **left)
    if found.break_even == float("inf"):
        return t("{event}: nothing of {gmv} of GMV was left after costs", **left)
    if found.break_even <= 0:
        return t("{event}: {left} of {gmv} was left, more than such sales usually leave", **left)
    needed = per_cent(found.break_even, 0)
    return t(
        "{event}: {left} of {gmv} was left; it paid if it raised sales by {needed} or more",
        needed=needed,
        **left,
    )


def plot_money(found: CampaignMoney) -> Chart:
    """Gross, net, contribution and what was added, in one waterfall.

    Args:
        found: From ``campaign_money``.
    """
    rows = found.frame[found.frame["total"] | (found.frame["amount"].abs() >= 0.5)]
    rows = rows.reset_index(drop=True)

    def draw(figure: "Figure", phone: bool) -> None:
        _draw(figure, rows, phone)

    parts = t(", ").join(
        f"{_name(r.step)} {money(round(r.amount), sign=not r.total)}" for r in rows.itertuples()
    )
    return Chart(
        draw,
        title=money_title(found),
        subtitle=t(
            "all sales of the shop, {period}, {currency}; lines: intervals",
            period=str(found.period),
            currency=found.currency,
        ),
        alt=t("Waterfall: {rows}.", rows=parts),
        source=found.shop,
        height=0.7 + 0.31 * len(rows),
        phone_height=0.8 + 0.4 * len(rows),
        data=found.frame,
    )


def _name(step: str) -> str:
    text = STEPS[step]
    return t(text)


def _basis(basis: object) -> str:
    """Where a figure is from; empty for what is computed from others."""
    text = _BASIS.get(str(basis), "")
    return t(text) if text else ""


def _draw(figure: "Figure", rows: pd.DataFrame, phone: bool) -> None:
    from textwrap import fill

    axes = figure.subplots()
    ink, muted, accent = (COLORS[k][0] for k in ("ink", "muted", "accent"))
    level, top = 0.0, float(rows["amount"].max())
    least = min(0.0, float(rows["low"].min()) if rows["total"].iloc[-1] else 0.0)
    reach = max(top - least, 1e-9)
    for y, row in enumerate(rows.itertuples()):
        left, right = (0.0, row.amount) if row.total else (level, level + row.amount)
        tone = (accent if row.amount >= 0 else COLORS["neg"][0]) if row.total else (
            COLORS["pos" if row.amount >= 0 else "neg"][0]
        )  # fmt: skip
        axes.barh(y, right - left, left=left, color=tone, height=0.64)
        edge = max(left, right)
        if row.high - row.low > 0.004 * reach:
            shift = 0.0 if row.total else level
            axes.plot([shift + row.low, shift + row.high], [y, y], color=ink, lw=1.2)
            edge = max(edge, shift + row.high)
        text = money(round(row.amount), sign=not row.total)
        axes.text(edge + 0.015 * reach, y, text, va="center", fontsize=9, color=ink)
        level = right
        if y + 1 < len(rows):
            axes.plot([level, level], [y + 0.32, y + 0.68], color=muted, lw=0.8)
    names = [_name(r.step) for r in rows.itertuples()]
    width = 17 if phone else 34
    names = [n if any(ord(c) > 0x2E80 for c in n) else fill(n, width) for n in names]
    axes.set_yticks(range(len(rows)), names, color=ink, fontsize=9)
    axes.axvline(0, color=muted, lw=0.8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(least * 1.05, least + reach * (1.38 if phone else 1.15))
    axes.set_xticks([])
    axes.grid(visible=False)


def money_table(found: CampaignMoney) -> ShownTable:
    """Every step with its share of GMV beside that of ordinary days, and where it is from."""
    gmv = found.amount("gmv")
    frame = found.frame[found.frame["total"] | (found.frame["amount"].abs() >= 0.005)]
    rows = frame.assign(
        name=[_name(s) for s in frame["step"]],
        share=frame["amount"] / gmv if gmv else float("nan"),
        from_=frame["low"].where(frame["high"] - frame["low"] > 0.5),
        to=frame["high"].where(frame["high"] - frame["low"] > 0.5),
        known=[_basis(b) for b in frame["basis"]],
    )
    fields = (
        Field("name", t("Step")),
        Field("amount", t("amount, {currency}", currency=found.currency), "money"),
        Field("from_", t("from"), "money"),
        Field("to", t("to"), "money"),
        Field("share", t("of GMV"), "share"),
        Field("usual", t("on ordinary days"), "share"),
        Field("known", t("Basis")),
    )
    return shown_table(
        rows, fields, caption=t("What the event's days earned, {period}", period=str(found.period)),
        note=money_notes(found), most=len(rows),
    )  # fmt: skip


def money_notes(found: CampaignMoney) -> str:
    """What the figures rest on, and what they leave out."""
    parts = []
    if found.usual_days:
        parts.append(
            t("Ordinary days: {n} before the event, outside big campaigns.", n=found.usual_days)
        )
    else:
        parts.append(t("There are too few ordinary days before the event to compare with."))
    if not found.has_cost:
        parts.append(t("Cost of goods is not in the data: what is left is sales, not margin."))
    elif found.costed < 0.995:
        parts.append(
            t("Costs are known for {share} of sales; the rest is taken at the same rate.",
              share=per_cent(found.costed, 0))
        )  # fmt: skip
    if found.back.lines_to_come >= 1:
        parts.append(
            t("{n} returns are still expected; {asked} were asked for so far.",
              n=count(found.back.lines_to_come), asked=count(found.back.asked))
        )  # fmt: skip
    basis = found.frame.set_index("step")["basis"]
    if basis["commission"] == "assumed" and found.rates.commission is None:
        parts.append(t("Commission: the middle of each platform's published range."))
    gone = [_name(s) for s in ("commission", "freight_out", "points", "ads", "messages")
            if basis[s] == "missing"]  # fmt: skip
    if gone:
        parts.append(t("Not on record and counted as nothing: {names}.", names=t(", ").join(gone)))
    return " ".join(parts)


def return_table(found: CampaignMoney) -> ShownTable:
    """Five ratios that are all called ROI, each with what stands above and below the line."""
    gmv, spent = found.amount("gmv"), found.marketing
    rows: list[tuple[str, str, float]] = []
    if found.tagged_cost > 0 and found.credited == found.credited:
        rows.append((t("ROAS, as ad accounts credit it"),
                     t("sales credited ÷ advertising of the event"),
                     found.credited / found.tagged_cost))  # fmt: skip
    if found.ad_cost > 0:
        rows.append((t("Sales over advertising"), t("all sales ÷ all advertising"),
                     gmv / found.ad_cost))  # fmt: skip
    if spent > 0 and found.has_cost:
        rows.append((t("ROI of the days"), t("contribution ÷ marketing"),
                     found.amount("contribution") / spent))  # fmt: skip
    point = found.anyway_gmv[1]
    if point == point:
        rate = -(float(found.frame.set_index("step")["usual"].get("ads", 0.0))
                 + float(found.frame.set_index("step")["usual"].get("messages", 0.0)))  # fmt: skip
        extra = spent - rate * point
        if extra > 0:
            rows.append((t("Incremental ROAS"), t("added sales ÷ added marketing"),
                         (gmv - point) / extra))  # fmt: skip
            if found.has_cost:
                rows.append((t("Incremental ROI"), t("added contribution ÷ added marketing"),
                             found.amount("added") / extra))  # fmt: skip

    frame = pd.DataFrame(rows, columns=["name", "formula", "value"])
    fields = (
        Field("name", t("Ratio")),
        Field("formula", t("What it divides")),
        Field("value", t("to 1"), "number"),
    )
    note = t("{claim}: sales over spend, a ROAS and no profit.", claim=figure("roi").words())
    if not rows:
        note = t("No marketing cost is on record, so there is no return on it.")
    return shown_table(frame, fields, caption=t("Returns on spend, kept apart"), note=note)
