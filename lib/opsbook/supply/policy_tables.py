"""Stock rules in figures: every rule tried, service by class, and every product's levels."""

import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, period, t
from opsbook.supply.policy_compare import PolicyComparison
from opsbook.supply.stock_policy import left_out_words

__all__ = [
    "assumptions_words",
    "comparison_table",
    "policy_class_table",
    "policy_table",
    "replayed",
    "rule_name",
]


def rule_name(rule: str, target: float = float("nan")) -> str:
    """A rule as readers know it."""
    if rule == "proposed":
        return t("proposed, {target}", target=per_cent(target, 0 if target < 0.995 else 1))
    return {
        "today": t("today, as recorded"),
        "line": t("7 days as a line"),
        "safety": t("7 days on top"),
    }[rule]


def assumptions_words(found: PolicyComparison) -> str:
    """What the comparison assumes, in a few sentences."""
    c, world = found.world.costs, found.world
    text = t(
        "Assumed: keeping goods costs {rate} of their price a year, an order line {order}. "
        "What is missing is lost, not waited for.",
        rate=per_cent(c.holding_rate, 0),
        order=money(c.order_cost, world.panel.currency),
    )
    if world.today is not None and world.houses > 1:
        text += " " + t(
            "The rules keep all stock in one place; today's is spread over {n} warehouses, "
            "which takes more of it.",
            n=world.houses,
        )
    if world.today is not None:
        text += " " + t(
            "What today's empty shelves hid is an estimate; the same demand is put to all rules."
        )
    if found.costless > 0.0005:
        text += " " + t(
            "{share} of the pieces have no known cost or price: their stock and lost margin "
            "count nothing.",
            share=per_cent(found.costless),
        )
    if world.assumed:
        text += " " + t(
            "Without purchase orders, lead times are an assumption: 7 days, give or take 2."
        )
    if world.dropped > 0.0005:
        text += " " + t(
            "Products that sell least are left out to save time: {share} of the pieces.",
            share=per_cent(world.dropped),
        )
    return text


def replayed(found: PolicyComparison) -> str:
    """The days that count, in words."""
    return period(found.world.first, found.world.panel.end)


def comparison_table(found: PolicyComparison) -> ShownTable:
    """Service, stock and yearly cost of every rule tried."""
    order = {"today": 0, "line": 1, "safety": 2, "proposed": 3}
    frame = found.frontier
    frame = frame.assign(
        place=frame["rule"].map(order),
        name=[rule_name(r.rule, r.target) for r in frame.itertuples()],
        range=[f"{per_cent(r.fill_low)} – {per_cent(r.fill_high)}" for r in frame.itertuples()],
    ).sort_values(["place", "target"], ignore_index=True)
    unit = {"currency": found.world.panel.currency}
    fields = (
        Field("name", t("Rule")),
        Field("fill_rate", t("pieces served"), "share"),
        Field("range", t("{level} interval", level=per_cent(found.level, 0))),
        Field("out_days", t("evenings sold out"), "share"),
        Field("stock_value", t("stock, {currency}", **unit), "money"),
        Field("order_lines", t("order lines a year"), "count"),
        Field("lost_margin", t("margin lost, {currency} a year", **unit), "money"),
        Field("cost", t("together, {currency} a year", **unit), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Stock rules replayed, {period}", period=replayed(found)),
        note=assumptions_words(found),
    )


def policy_class_table(found: PolicyComparison) -> ShownTable:
    """Pieces served by class of product, rule by rule."""
    t_ = found.table
    kept = t_[(t_["rule"] != "proposed") | ((t_["target"] - found.target).abs() < 1e-9)]
    wide = kept.pivot(index="group", columns="rule", values="fill_rate").reset_index()
    base = kept[kept["rule"] == "proposed"].set_index("group")
    wide["products"] = base["products"].reindex(wide["group"]).to_numpy()
    wide["wanted"] = base["wanted"].reindex(wide["group"]).to_numpy()
    wide["group"] = [t("all") if g == "all" else g for g in wide["group"]]
    rules = [r for r in ("today", "line", "safety", "proposed") if r in wide]
    fields = [
        Field("group", t("ABC class")),
        Field("products", t("products"), "count"),
        Field("wanted", t("pieces wanted"), "count"),
    ]
    fields += [Field(r, rule_name(r, found.target), "share") for r in rules]
    return shown_table(
        wide,
        fields,
        caption=t("Pieces served by class, {period}", period=replayed(found)),
        note=t("Classes by sales of the year before: A the first 80 %, B to 95 %, C the rest."),
    )


def policy_table(table: pd.DataFrame, currency: str, *, most: int = 12) -> ShownTable:
    """Levels of every product, beside the 7-day line and what is kept today.

    Args:
        table: From ``policies``.
        currency: ISO code of money.
        most: Rows shown; the download has all.
    """
    shown = table[table["left_out"] == ""]
    fields = (
        Field("sku", "SKU"),
        Field("abc", "ABC"),
        Field("daily", t("expected a day, pieces"), "number"),
        Field("reorder_point", t("reorder point"), "count"),
        Field("order_quantity", t("order quantity"), "count"),
        Field("safety_stock", t("of it safety"), "count"),
        Field("source_line", t("7-day line"), "count"),
        Field("cycle_service", t("cycles without stock-out"), "share"),
        Field("mean_stock", t("mean stock then"), "count"),
        Field("today_stock", t("mean stock today"), "count"),
        Field("order_now", t("order now"), "count"),
        Field("lead_days", t("lead time, days"), "number"),
    )
    value = float(shown["stock_value"].sum())
    note = t(
        "{n} products with a policy; their stock would be {value} on average.",
        n=count(len(shown)),
        value=money(value, currency),
    )
    said = left_out_words(table)
    return shown_table(
        shown,
        fields,
        caption=t("When to order and how much: products with most expected sales"),
        note=f"{note} {said}".strip(),
        most=most,
    )
