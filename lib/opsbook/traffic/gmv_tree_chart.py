"""The GMV tree drawn as a waterfall, tabled by slice, and the taught formula beside it."""

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.chart.waterfall import draw_waterfall
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.gmv_tree import GmvTree, factor_name
from opsbook.traffic.order_slices import dimension_name, slice_name

__all__ = ["factor_table", "gmv_tree_table", "plot_gmv_tree"]


def plot_gmv_tree(result: GmvTree) -> Chart:
    """GMV before, what each factor added or took, GMV now.

    Args:
        result: From ``gmv_tree``.
    """
    steps = [(factor_name(str(f)), float(v)) for f, v in result.effects().items()]
    rows = t(", ").join(f"{name} {money(v, sign=True)}" for name, v in steps)
    first = t("last year") if result.base == result.period.last_year() else t("before")

    return Chart(
        lambda figure, phone: draw_waterfall(
            figure, (first, result.before), steps, t("now"), phone=phone
        ),
        title=_title(result),
        subtitle=t(
            "GMV split exactly between its factors (LMDI), {currency} · {now} against {before}",
            currency=result.currency,
            now=str(result.period),
            before=str(result.base),
        ),
        alt=t(
            "Waterfall: {before} before; {rows}; {now} now.",
            before=money(result.before, result.currency),
            rows=rows,
            now=money(result.now, result.currency),
        ),
        source=result.shop,
        height=0.9 + 0.36 * (len(steps) + 2),
        phone_height=1.0 + 0.42 * (len(steps) + 2),
        data=result.frame,
    )


def _title(result: GmvTree) -> str:
    change = result.now - result.before
    if not result.before or abs(change) < 1e-9:
        return t("There is no change to split")
    effects = result.effects()
    # The factor that pushed the way the total went, not merely the largest.
    driver = effects.idxmax() if change > 0 else effects.idxmin()
    values = {
        "change": per_cent(abs(change) / result.before),
        "driver": factor_name(str(driver)),
        "effect": money(float(effects[driver]), sign=True),
    }
    if change > 0:
        return t("GMV is up {change}; {driver} added most ({effect})", **values)
    return t("GMV is down {change}; {driver} took most ({effect})", **values)


def factor_table(result: GmvTree) -> ShownTable:
    """Each factor before and now, its effect, and the taught formula's product."""
    whole = result.frame.groupby("factor", sort=False)["effect"].sum()
    rows = []
    for factor, effect in whole.items():
        lines = result.frame[result.frame["factor"] == factor]
        known = len(lines) == 1
        rows.append(
            {
                "factor": factor_name(str(factor)),
                "before": _value(str(factor), float(lines["before"].iloc[0])) if known else "–",
                "now": _value(str(factor), float(lines["now"].iloc[0])) if known else "–",
                "effect": float(effect),
            }
        )
    fields = (
        Field("factor", t("Factor")),
        Field("before", t("before")),
        Field("now", t("now")),
        Field("effect", t("effect, {currency}", currency=result.currency), "change"),
    )
    note = t("The effects add up to the change without remainder.")
    if result.taught[1] == result.taught[1]:
        note += " " + t(
            "Taught as traffic × conversion × AOV × repurchase rate ({rate} bought twice) GMV "
            "would be {taught} instead of {now}: a rate below one shrinks the product, so "
            "orders per buyer stands here (X10).",
            rate=per_cent(result.repeat_rate[1]),
            taught=money(result.taught[1]),
            now=money(result.now),
        )
    if not result.has_visits:
        note += " " + t("Visits do not cover both windows or slices: the tree begins with buyers.")
    return shown_table(pd.DataFrame(rows), fields, caption=t("Factors of GMV"), note=note)


def _value(factor: str, value: float) -> str:
    if value != value:
        return "–"
    if factor == "aov":
        return money(value)
    if factor == "buyers_per_visitor":
        return per_cent(value, 2)
    return count(value, 0 if value >= 100 else 3)


def gmv_tree_table(result: GmvTree, *, most: int = 12) -> ShownTable:
    """What each factor did in each slice, in money; rows add up to the slice's change."""
    order = list(dict.fromkeys(result.frame["factor"]))
    effects = result.frame.pivot(index="slice", columns="factor", values="effect")
    frame = result.slices.merge(effects[order].reset_index(), on="slice")
    frame["slice"] = [slice_name(str(s)) for s in frame["slice"]]
    if result.by is None:
        frame["slice"] = t("whole shop")
    fields = (
        Field("slice", dimension_name(result.by) if result.by else t("slice")),
        Field("before", t("before, {currency}", currency=result.currency), "money"),
        *(Field(name, factor_name(name), "change") for name in order),
        Field("change", t("change"), "change"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("What each factor did in each slice, {currency}", currency=result.currency),
        note=t("Rows add up: factors to the slice's change, slices to the shop's."),
        most=most,
    )
