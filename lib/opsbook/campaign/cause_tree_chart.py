"""The cause tree drawn as a waterfall, tabled leaf by leaf, and its 5W2H worksheet."""

from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.campaign.cause_tree import CauseTree
from opsbook.campaign.cause_tree_places import worst_phase, worst_place
from opsbook.campaign.cause_tree_words import (
    base_name,
    leaf_action,
    leaf_name,
    leaf_owner,
    leaf_value,
    merged_words,
)
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.chart.waterfall import draw_waterfall
from opsbook.language import N_, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cause_table", "plot_cause_tree", "worksheet"]

_BRANCHES = {
    "demand": N_("demand"),
    "basket": N_("basket"),
    "price": N_("price"),
    "losses": N_("losses"),
    "calendar": N_("calendar"),
    "goal": N_("goal"),
}


def plot_cause_tree(tree: CauseTree) -> Chart:
    """From last year, the goal or the days before to the event: what each cause did.

    Args:
        tree: From ``cause_tree``.
    """
    rows = tree.leaves
    steps = [(leaf_name(r.leaf), float(r.effect)) for r in rows.itertuples()]
    first = base_name(tree)
    parts = t(", ").join(f"{name} {money(v, sign=True)}" for name, v in steps)
    measure = t("sales that stay (net of returns)") if tree.measure == "net" else t("GMV")

    def draw(figure: "Figure", phone: bool) -> None:
        draw_waterfall(figure, (first, tree.target), steps, tree.event.name, phone=phone)
        _say_cut(figure, phone)

    return Chart(
        draw,
        title=_title(tree),
        subtitle=t(
            "{measure}, {currency}, split exactly (LMDI) · {days}",
            measure=measure,
            currency=tree.currency,
            days=str(tree.event.observed or tree.event.days),
        ),
        alt=t(
            "Waterfall from {base} {target} to {name} {reached}: {parts}.",
            base=first,
            target=money(tree.target, tree.currency),
            name=tree.event.name,
            reached=money(tree.reached, tree.currency),
            parts=parts,
        ),
        source=tree.shop,
        height=0.9 + 0.38 * (len(steps) + 2),
        phone_height=1.0 + 0.52 * (len(steps) + 2),
        data=rows,
    )


def _say_cut(figure: "Figure", phone: bool) -> None:
    """Say that lengths of the totals mean nothing where the axis does not begin at zero."""
    axes = figure.axes[0]
    start = float(axes.get_xlim()[0])
    if start <= 0:
        return
    words = t("The axis begins at {value}, not at 0: compare the steps, not the totals.",
              value=money(start))  # fmt: skip
    axes.set_xlabel(fill(words, 44 if words.isascii() else 20) if phone else words, fontsize=8)
    ends = axes.get_ylim()
    for y in (round(ends[1] + 0.6), round(ends[0] - 0.6)):
        axes.text(start, y, "//", ha="center", va="center", fontsize=11, clip_on=False,
                  color=COLORS["ink"][0])  # fmt: skip


def _title(tree: CauseTree) -> str:
    gap, rows = tree.gap, tree.leaves
    if abs(gap) < 0.005 or rows.empty:
        return t("There is no gap to split")
    causes = rows[~rows["branch"].isin(["goal", "calendar"])]
    driver = causes.loc[causes["effect"].idxmax() if gap > 0 else causes["effect"].idxmin()]
    if (float(driver["effect"]) > 0) != (gap > 0):
        return t(
            "{name} is {gap} below {base}, though no factor fell: it asked for more",
            name=tree.event.name,
            gap=money(abs(gap), tree.currency),
            base=base_name(tree),
        )
    values = {
        "name": tree.event.name,
        "gap": money(abs(gap), tree.currency),
        "base": base_name(tree),
        "leaf": leaf_name(str(driver["leaf"])),
        "effect": money(float(driver["effect"]), sign=True),
    }
    if gap > 0:
        return t("{name} is {gap} above {base}; {leaf} added most ({effect})", **values)
    return t("{name} is {gap} below {base}; {leaf} took most ({effect})", **values)


def cause_table(tree: CauseTree) -> ShownTable:
    """Every leaf with its factor on both sides and its part of the gap."""
    rows = tree.leaves
    frame = pd.DataFrame(
        {
            "branch": [t(_BRANCHES[b]) for b in rows["branch"]],
            "leaf": [leaf_name(x) for x in rows["leaf"]],
            "then": [leaf_value(r.leaf, r.before) for r in rows.itertuples()],
            "now": [leaf_value(r.leaf, r.now) for r in rows.itertuples()],
            "effect": [money(v, sign=True) for v in rows["effect"]],
            "cents": rows["effect"],
        }
    )
    fields = (
        Field("leaf", t("Cause")),
        Field("branch", t("branch")),
        Field("then", _then_head(tree)),
        Field("now", t("now")),
        Field("cents", t("effect, {currency}", currency=tree.currency), "number"),
    )
    note = t(
        "The effects add up to {gap} to the cent. Losses are shown as the share lost. It is "
        "arithmetic: it says where the gap sits, not what caused it.",
        gap=f"{tree.gap:,.2f}".replace("-", "−"),
    )
    more = merged_words(tree)
    caption = t("Causes of the gap to {base}", base=base_name(tree))
    return shown_table(frame, fields, caption=caption, note=f"{note} {more}".strip(), most=16)


def _then_head(tree: CauseTree) -> str:
    has_pairs = tree.base == "last_year" or not tree.phases.empty
    return t("last year") if has_pairs else t("days before")


def worksheet(tree: CauseTree, *, most: int = 4) -> ShownTable:
    """The 5W2H worksheet: what, why, where, when, who, how and how much, leaf by leaf.

    It holds what took from the result, largest first, even where the whole went well; what
    the data know is filled in, and the meeting writes the rest.

    Args:
        tree: From ``cause_tree``.
        most: Leaves at most.
    """
    rows = tree.leaves.sort_values("effect", kind="stable")
    rows = rows[rows["effect"] < 0].head(most)
    frame = pd.DataFrame(
        [
            {
                "what": leaf_name(r.leaf),
                "how_much": money(r.effect, tree.currency, sign=True),
                "why": _why(r.leaf, r.before, r.now),
                "where": worst_place(tree, r.leaf, r.effect),
                "when": worst_phase(tree, r.effect),
                "who": leaf_owner(r.leaf),
                "how": leaf_action(r.leaf),
            }
            for r in rows.itertuples()
        ],
        columns=["what", "how_much", "why", "where", "when", "who", "how"],
    )
    fields = [
        Field("what", t("What")),
        Field("how_much", t("How much")),
        Field("why", t("Why (factor moved)")),
        Field("where", t("Where most")),
        Field("when", t("When most")),
        Field("who", t("Who")),
        Field("how", t("How")),
    ]
    note = t("“Where” and “when” are filled from the data; the reason behind is yours to find.")
    if len(frame) > 1 and frame["when"].nunique() == 1:
        # Said once it leaves the other columns room: the table is half as long.
        fields = [f for f in fields if f.name != "when"]
        note += " " + t("When, in every row: {when}.", when=frame["when"].iloc[0])
    return shown_table(
        frame,
        fields,
        caption=t("5W2H worksheet of {name}", name=tree.event.name),
        note=note,
        most=most,
    )


def _why(leaf: str, before: float, now: float) -> str:
    if before != before or now != now:
        return "–"
    text = t("{then} to {now}", then=leaf_value(leaf, before), now=leaf_value(leaf, now))
    if leaf in ("traffic", "orders", "conversion", "basket", "price", "list_price", "order_value"):
        return f"{text} ({per_cent(now / before - 1, sign=True)})" if before else text
    return text
