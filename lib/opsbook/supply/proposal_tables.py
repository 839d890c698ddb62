"""The purchase orders as tables: lines to send, totals by supplier, what was cut, what is out."""

import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, money, per_cent, t
from opsbook.supply.proposal import CUT_BY, NOT_ORDERED, WHY, Proposal

__all__ = [
    "cuts_table",
    "not_ordered_words",
    "proposal_table",
    "proposal_words",
    "suppliers_to_order",
]


def proposal_words(found: Proposal) -> str:
    """The proposal in a few sentences: what it costs, saves, assumes, and what cut it."""
    table = found.table
    text = t(
        "{lines} lines at {suppliers} suppliers: {pieces} pieces for {cost}, to be sent on {day}. "
        "They save an expected margin of {saved} until the next orders could arrive.",
        lines=count(len(table)),
        suppliers=count(table["supplier_id"].nunique()),
        pieces=count(int(table["qty"].sum())),
        cost=money(found.cost, found.currency),
        day=day(found.order_date),
        saved=money(found.avoided, found.currency),
    )
    taken = found.cuts.groupby("cut_by")[["pieces", "at_risk"]].sum()
    for key in CUT_BY:
        if key in taken.index:
            reason = t(CUT_BY[key])
            text += " " + t(
                "Cut by {limit}: {pieces} pieces, at an expected loss of {risk}.",
                limit=reason,
                pieces=count(int(taken.loc[key, "pieces"])),
                risk=money(float(taken.loc[key, "at_risk"]), found.currency),
            )
    if found.gap > 0:
        text += " " + t(
            "The search stopped within {gap} of the best possible.", gap=_gap(found.gap)
        )
    return f"{text} {not_ordered_words(found)}".strip()


def _gap(gap: float) -> str:
    return per_cent(max(gap, 1e-4), 2)


def not_ordered_words(found: Proposal) -> str:
    """How many products are not in the proposal, and why; empty if all are."""
    counts = found.left_out["reason"].value_counts()
    parts = [f"{count(int(counts[k]))} {t(NOT_ORDERED[k])}" for k in NOT_ORDERED if k in counts]
    if found.no_volume:
        parts.append(t("{n} lines without a volume take no room here", n=count(found.no_volume)))
    priceless = int(found.table["cost"].isna().sum())
    if priceless:
        parts.append(t("{n} lines without a price cost nothing here", n=count(priceless)))
    if not parts:
        return ""
    said = "; ".join(parts)
    return t("Of {n} products: {parts}.", n=len(found.table) + len(found.left_out), parts=said)


def proposal_table(found: Proposal, *, most: int = 20) -> ShownTable:
    """The lines, most margin at stake first; the download has all, to be sent.

    Args:
        found: From ``propose``.
        most: Rows shown.
    """
    frame = found.table.assign(
        reason=[t(WHY[k]) for k in found.table["why"]],
        warehouse=[w or t("shop") for w in found.table["warehouse_id"]],
        ordered=found.table["order_date"].astype(str),
        arrives=found.table["expected_receipt"].astype(str),
    ).sort_values(["avoided", "sku"], ascending=[False, True], ignore_index=True)
    unit = {"currency": found.currency}
    fields = (
        Field("sku", "SKU"),
        Field("warehouse", t("warehouse")),
        Field("supplier_id", t("supplier")),
        Field("qty", t("pieces"), "count"),
        Field("packs", t("packs"), "count"),
        Field("pack_qty", t("pieces a pack"), "count"),
        Field("ordered", t("order on")),
        Field("arrives", t("expected receipt")),
        Field("unit_price", t("price, {currency}", **unit), "number"),
        Field("cost", t("cost, {currency}", **unit), "money"),
        Field("stock_now", t("free stock"), "count"),
        Field("on_way", t("on the way"), "count"),
        Field("reorder_point", t("reorder point"), "count"),
        Field("avoided", t("margin saved, {currency}", **unit), "money"),
        Field("reason", t("why")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Purchase orders proposed, {day}", day=day(found.order_date)),
        note=not_ordered_words(found),
        most=most,
    )


def suppliers_to_order(found: Proposal, *, most: int = 30) -> ShownTable:
    """Orders by supplier, and who falls short of the smallest order."""
    frame = found.suppliers.assign(
        state=[_state(r.lines, r.under, r.top_up) for r in found.suppliers.itertuples()],
        arrives=found.suppliers["expected_receipt"].map(lambda d: "–" if pd.isna(d) else str(d)),
    )
    unit = {"currency": found.currency}
    fields = (
        Field("supplier_id", t("supplier")),
        Field("lines", t("lines"), "count"),
        Field("pieces", t("pieces"), "count"),
        Field("smallest", t("smallest order, pieces"), "count"),
        Field("top_up", t("of it added, pieces"), "count"),
        Field("cost", t("cost, {currency}", **unit), "money"),
        Field("litres", t("litres"), "count"),
        Field("avoided", t("margin saved, {currency}", **unit), "money"),
        Field("at_risk", t("lost by cuts, {currency}", **unit), "money"),
        Field("arrives", t("last receipt")),
        Field("state", t("state")),
    )
    under = int(frame["under"].sum())
    note = (
        t("{n} suppliers' lines are under their smallest order.", n=under)
        if under
        else t("No supplier's lines are under the smallest order.")
    )
    caption = t("Purchase orders by supplier")
    return shown_table(frame, fields, caption=caption, note=note, most=most)


def _state(lines: int, under: bool, top_up: int) -> str:
    if not lines:
        return t("under the smallest order: wait") if under else t("cut by a limit")
    if top_up:
        return t("topped up to the smallest order")
    return t("under the smallest order") if under else t("send")


def cuts_table(found: Proposal, *, most: int = 12) -> ShownTable:
    """What limits took from the orders, and what that risks."""
    frame = found.cuts.assign(limit=[t(CUT_BY[k]) for k in found.cuts["cut_by"]])
    unit = {"currency": found.currency}
    fields = (
        Field("sku", "SKU"),
        Field("supplier_id", t("supplier")),
        Field("limit", t("cut by")),
        Field("pieces", t("pieces"), "count"),
        Field("cost", t("cost, {currency}", **unit), "money"),
        Field("at_risk", t("expected margin lost, {currency}", **unit), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Pieces the policy asks for and the limits cut"),
        note=t("Margin that is expected to be lost until the next order could arrive."),
        most=most,
    )
