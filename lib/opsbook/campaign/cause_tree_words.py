"""What each leaf of the cause tree is called, whose it is, and what to do about it."""

from opsbook.campaign.cause_tree import CauseTree
from opsbook.language import N_, count, money, per_cent, t

__all__ = [
    "base_name",
    "leaf_action",
    "leaf_name",
    "leaf_of_action",
    "leaf_owner",
    "leaf_value",
    "merged_words",
]

_NAMES = {
    "traffic": N_("traffic (visitors)"),
    "conversion": N_("conversion (wanted orders per visitor)"),
    "orders": N_("orders (traffic and conversion together)"),
    "basket": N_("basket (pieces per order)"),
    "order_value": N_("value per order"),
    "price": N_("price paid per piece"),
    "list_price": N_("list price and mix of goods"),
    "discount": N_("discount"),
    "stock_out": N_("stock-outs"),
    "cancelled": N_("cancelled or never paid"),
    "returned": N_("returns, those to come included"),
    "days": N_("days that one side lacks"),
    "asked": N_("growth that the goal asked for"),
}
_OWNERS = {
    "traffic": N_("Channel manager"),
    "conversion": N_("Product manager"),
    "orders": N_("Campaign manager"),
    "basket": N_("Merchandising"),
    "order_value": N_("Merchandising"),
    "price": N_("Pricing"),
    "list_price": N_("Merchandising"),
    "discount": N_("Pricing"),
    "stock_out": N_("Inventory planner"),
    "cancelled": N_("Customer service"),
    "returned": N_("Quality manager"),
    "days": N_("Campaign manager"),
    "asked": N_("Campaign manager"),
}
_ACTIONS = {
    "traffic": N_("Compare visits by channel with last year's; buy back only what converted."),
    "conversion": N_("Take the funnel of the event's days by device: find the step that lost."),
    "orders": N_("Record visits, so that traffic and conversion can be told apart next time."),
    "basket": N_("Set bundles and the threshold just above the most common basket."),
    "order_value": N_("Check thresholds and bundles against what a basket held."),
    "price": N_("Check which goods were cut deepest and whether pieces followed."),
    "list_price": N_("See which goods took the place of dearer ones in the mix, and feature both."),
    "discount": N_("Cut depth first where pieces did not follow; keep the margin floor."),
    "stock_out": N_("Order the items at risk to the event's forecast, before the purchase cycle."),
    "cancelled": N_("Ask why: payment failed, address, delay; shorten the time to payment."),
    "returned": N_("Take the goods with the most returns out of the promotion or mend the page."),
    "days": N_("Fix the event's days in the calendar before comparing."),
    "asked": N_("Ask what the goal stood on: split it by factor before the next event."),
}


def leaf_name(leaf: str) -> str:
    """What a report calls a leaf."""
    return t(_NAMES[leaf])


def leaf_owner(leaf: str) -> str:
    """The role whose leaf it is."""
    return t(_OWNERS[leaf])


def leaf_action(leaf: str) -> str:
    """What its owner does first."""
    return t(_ACTIONS[leaf])


def leaf_of_action(text: str) -> str:
    """The leaf whose first step this text is, in the language in force; empty if none's."""
    return next((leaf for leaf, action in _ACTIONS.items() if t(action) == text), "")


def leaf_value(leaf: str, value: float) -> str:
    """A factor in its own unit; a dash where the leaf is a sum of money."""
    if value != value:
        return "–"
    if leaf in ("traffic", "orders"):
        return count(value)
    if leaf == "conversion":
        return per_cent(value, 2)
    if leaf == "basket":
        return count(value, 2)
    if leaf in ("price", "list_price", "order_value"):
        return money(value)
    # Kept shares read better as what was lost.
    return per_cent(1 - value, 2)


def base_name(tree: CauseTree) -> str:
    """What the event is held against."""
    return {
        "last_year": t("last year"),
        "goal": t("the goal"),
        "before": t("as many days before"),
    }[tree.base]


def merged_words(tree: CauseTree) -> str:
    """Which leaves cannot be told here and where they are; empty when all are told."""
    parts = []
    inside = [(leaf, holder) for leaf, holder in tree.merged if holder != "-"]
    for holder in dict.fromkeys(h for _, h in inside):
        names = [leaf_name(leaf) for leaf, h in inside if h == holder]
        parts.append(
            t(
                "Not on record, so still inside “{holder}”: {names}.",
                holder=leaf_name(holder),
                names=t(", ").join(names),
            )
        )
    gone = {leaf for leaf, holder in tree.merged if holder == "-"}
    if "cancelled" in gone:
        parts.append(t("No order is marked as cancelled: there is no such leaf."))
    if "returned" in gone:
        parts.append(
            t("A goal counts GMV before returns: they are beside the tree, not in it.")
            if tree.base == "goal"
            else t("Returns are not on record: the tree ends at GMV.")
        )
    return " ".join(parts)
