"""The largest leaf of the cause tree against the event, as a finding."""

from opsbook.campaign.cause_tree import CauseTree
from opsbook.campaign.cause_tree_places import worst_place
from opsbook.campaign.cause_tree_words import base_name, leaf_action, leaf_name, leaf_owner
from opsbook.finding import Finding
from opsbook.language import money, per_cent, t

__all__ = ["cause_findings"]

_CHAPTER = "campaign/E03-cause-tree"
_LEAST_SHARE = 0.03


def cause_findings(tree: CauseTree) -> list[Finding]:
    """At most one: the leaf that took most, if it took 3 % of the reference or more.

    What the goal asked for and days that one side lacks are no causes.

    Args:
        tree: From ``cause_tree``.
    """
    rows = tree.leaves[~tree.leaves["branch"].isin(["goal", "calendar"])]
    if rows.empty or tree.target <= 0:
        return []
    worst = rows.loc[rows["effect"].idxmin()]
    lost, leaf = float(worst["effect"]), str(worst["leaf"])
    if lost > -_LEAST_SHARE * tree.target:
        return []
    named = leaf_name(leaf)
    what = t("part of the gap to {base} that the factor carries (LMDI)", base=base_name(tree))
    knows = tree.margin == tree.margin
    basis = (
        t("{what}, at the event's margin of {rate}", what=what, rate=per_cent(tree.margin, 0))
        if knows
        else t("{what}; costs are unknown, so it is sales and not margin", what=what)
    )
    statement = t(
        "{factor} took {amount} from {name}",
        factor=named[:1].upper() + named[1:],
        amount=money(-lost, tree.currency),
        name=tree.event.name,
    )
    parts = [f"{leaf_name(r.leaf)} {money(r.effect, sign=True)}" for r in tree.leaves.itertuples()]
    where = worst_place(tree, leaf, lost)
    return [
        Finding(
            id="E03",
            statement=statement,
            evidence=t(
                "{parts}; together {gap}. Most in {where}",
                parts=t(", ").join(parts),
                gap=money(tree.gap, tree.currency, sign=True),
                where=where,
            ),
            reference=base_name(tree),
            money=lost * (tree.margin if knows else 1.0),
            money_basis=basis,
            action=leaf_action(leaf),
            owner=leaf_owner(leaf),
            due=t("before the next event"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]
