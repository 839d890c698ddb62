"""The figures by which an action of a post-mortem is judged, and which belongs to which finding."""

from dataclasses import dataclass

from opsbook.campaign.cause_tree_words import leaf_of_action
from opsbook.finding import Finding
from opsbook.language import N_, t

__all__ = ["MEASURES", "Measure", "measure_of", "promise_action"]


@dataclass(frozen=True)
class Measure:
    """A figure by which an action can be judged.

    Args:
        id: Stable name, one that ``memory_measures.measure`` can compute.
        name: What it is called, marked with ``N_``.
        higher: Whether more of it is better.
        unit: ``money``, ``count`` or ``fraction``.
    """

    id: str
    name: str
    higher: bool
    unit: str


MEASURES = {
    m.id: m
    for m in (
        Measure("gmv", N_("GMV of the event"), True, "money"),
        Measure("gmv_attained", N_("GMV goal attained"), True, "fraction"),
        Measure("new_customers", N_("new customers of the event"), True, "count"),
        Measure("budget_used", N_("advertising over budget"), False, "fraction"),
        Measure("conversion", N_("orders per visitor of the event"), True, "fraction"),
        Measure("visitors", N_("visitors of the event"), True, "count"),
        Measure("aov", N_("value per order of the event"), True, "money"),
        Measure("units_per_order", N_("pieces per order of the event"), True, "count"),
        Measure("discount_depth", N_("discount depth of the event"), False, "fraction"),
        Measure("gross_margin", N_("gross margin of the event"), True, "fraction"),
        Measure("cancelled", N_("share cancelled or never paid"), False, "fraction"),
        Measure(
            "stock_lost", N_("share of wanted pieces lost to empty shelves"), False, "fraction"
        ),
        Measure("tail_multiple", N_("tail over usual days"), True, "fraction"),
    )
}
"""Figures that the next run of an event can be measured by."""
_BY_FINDING = {
    "E05": "gross_margin",
    "E06": "gmv",
    "E07": "tail_multiple",
    "E08": "aov",
    "E13": "stock_lost",
    "E14": "discount_depth",
    "E15": "budget_used",
    "E16": "budget_used",
}
_BY_ACTION = {
    N_("Take the cause tree below: give its largest leaf to its owner before replanning."):
        "gmv_attained",
    N_("Look which channel brought new customers last year and did not this time."):
        "new_customers",
    N_("Set a daily cap per channel before the next event, and who may lift it."): "budget_used",
}  # fmt: skip
_BY_LEAF = {
    "traffic": "visitors",
    "conversion": "conversion",
    "orders": "gmv",
    "basket": "units_per_order",
    "order_value": "aov",
    "price": "discount_depth",
    "list_price": "aov",
    "discount": "discount_depth",
    "stock_out": "gmv",
    "cancelled": "cancelled",
}


def measure_of(note: Finding) -> str:
    """The figure by which a finding's action can be judged next time; empty if there is none.

    Args:
        note: A finding of the campaign report, in the language in force.
    """
    if note.id == "E03":
        return _BY_LEAF.get(leaf_of_action(note.action), "")
    if note.id == "E17":
        # A broken promise stays to be judged by the figure it was about.
        return next((name for name in MEASURES if promise_action(name) == note.action), "")
    for action, name in _BY_ACTION.items():
        if t(action) == note.action:
            return name
    return _BY_FINDING.get(note.id, "")


def promise_action(measure: str) -> str:
    """What to do about a promise that did not come true.

    Args:
        measure: Id of the figure it was about.
    """
    return t(
        "Say what would have to be different before “{measure}” is promised again, or retire it.",
        measure=t(MEASURES[measure].name),
    )
