"""What the threshold simulation asks the shop to do."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.threshold_chart import design_title, scale_of, set_name
from opsbook.campaign.threshold_design import ThresholdDesign
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["threshold_findings", "threshold_words"]

_CHAPTER = "campaign/E08-thresholds"


def threshold_words(found: ThresholdDesign) -> str:
    """What the event's own set gave away, what came back, and what would justify it."""
    own = found.row(found.rule) if found.rule else None
    if own is None:
        return t("The event had no spend threshold; sets are tried on its baskets all the same.")
    text = (
        t(
            "On 1,000 baskets of a year without a rule {rule} would give {discount} ({depth} of "
            "goods) to {reached} of orders. Topping up would bring {added} of sales, whose margin "
            "pays {payback} of it back."
        )
        if found.basis == "usual"
        else t(
            "{rule} gave {discount} ({depth} of goods) to {reached} of orders. Topping up brought "
            "{added} of sales, whose margin pays {payback} of it back."
        )
    ).format(
        rule=set_name(found.rule),
        discount=money(float(own["discount"]) * scale_of(found), found.currency),
        depth=per_cent(float(own["depth"])),
        reached=per_cent(float(own["reached"]), 0),
        added=money(float(own["added"]) * scale_of(found), found.currency),
        payback=per_cent(float(own["payback"]), 0),
    )
    if own["needed"] == float("inf"):
        return text + " " + t("No number of further orders makes up for the rest.")
    return (
        text
        + " "
        + t(
            "The rest is worth while only if it brings {needed} more orders.",
            needed=per_cent(float(own["needed"]), 0),
        )
    )


def threshold_findings(found: ThresholdDesign) -> list[Finding]:
    """At most one finding: the event's own set against the best one.

    Args:
        found: From ``threshold_design``.
    """
    own = found.row(found.rule) if found.rule else None
    if own is None:
        return []
    best = found.frame.iloc[0]
    gain = float(best["gain"] - own["gain"])
    if best["rule"] == found.rule or gain <= 0:
        return []
    generous = found.frame.loc[found.frame["best_generous"].idxmax()]
    instead = str(best["rule"]) or (
        str(generous["rule"]) if generous["best_generous"] > 0 else found.rule
    )
    if found.rule and not own["allowed"]:
        action = t(
            "Take {rule} out: at its worst step {margin} of margin is left, below the floor.",
            rule=set_name(found.rule),
            margin=per_cent(float(own["floor"])),
        )
    elif instead == found.rule:
        action = t("Run the next event without the threshold in some regions, and compare.")
    elif not best["rule"]:
        action = t(
            "Test no threshold, or {rule}, the best at the same generosity, against {own} in "
            "regions of the next event.",
            rule=set_name(instead),
            own=set_name(found.rule),
        )
    else:
        action = t(
            "Test {rule} against {own} in regions of the next event: fewer give-aways, and steps "
            "where baskets are.",
            rule=set_name(instead),
            own=set_name(found.rule),
        )
    return [
        Finding(
            id="E08",
            statement=design_title(found),
            evidence=threshold_words(found)
            + " "
            + t(
                "Topped up: {share} [{low}, {high}] of baskets in reach, from {n} orders",
                share=per_cent(found.response.share, 0),
                low=per_cent(found.response.low, 0),
                high=per_cent(found.response.high, 0),
                n=count(found.response.orders),
            ),
            reference=t("the shop's own baskets without a threshold"),
            money=-gain * scale_of(found),
            money_basis=t(
                "contribution of the best set less that of the event's own on {n} baskets, at "
                "{extra} % more orders per point of discount (assumed)",
                n=count(found.orders * scale_of(found)),
                extra=f"{found.extra:g}",
            )
            + ("" if found.has_cost else t("; costs are unknown, so it is sales and not margin")),
            action=action,
            owner=t("Merchandising"),
            due=t(BEFORE_NEXT),
            confidence="low",
            chapter=_CHAPTER,
            headline=design_title(found),
        )
    ]
