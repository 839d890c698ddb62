"""What basket sizes ask the shop to do: top up baskets that just miss a step."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.basket_size import BasketSize
from opsbook.traffic.threshold_gap import Threshold

__all__ = ["TOPPED_UP", "basket_size_findings", "basket_words"]

TOPPED_UP = 0.2
"""Assumed share of baskets just below a step that a hint tops up; a test has to tell."""
_LEAST_BELOW = 20


def basket_words(found: BasketSize) -> str:
    """Value per order and pieces per order in a sentence or two."""
    if found.aov.n < 2:
        return t("One order is worth {aov}.", aov=money(found.aov.value, found.currency))
    text = t(
        "An order is worth {aov} [{low}, {high}].",
        aov=money(found.aov.value, found.currency),
        low=money(found.aov.low),
        high=money(found.aov.high),
    )
    if found.aov.before == found.aov.before:
        moved = not found.aov.low <= found.aov.before <= found.aov.high
        text += " " + (
            t("Before it was {before}: a change.", before=money(found.aov.before))
            if moved
            else t("Before it was {before}: no clear change.", before=money(found.aov.before))
        )
    if found.upt is None:
        text += " " + t("Not all goods are counted in pieces, so pieces per order are not shown.")
    return text


def basket_size_findings(found: BasketSize, *, topped_up: float = TOPPED_UP) -> list[Finding]:
    """At most one finding: the step that most baskets just miss, in money.

    Args:
        found: From ``basket_size``.
        topped_up: Assumed share of those baskets that a hint tops up, 0 to 1.
    """
    steps = [s for s in found.thresholds if s.below >= _LEAST_BELOW]
    if not steps:
        return []
    step = max(steps, key=lambda s: _gain(found, s, topped_up))
    gain = _gain(found, step, topped_up)
    statement = t(
        "{n} baskets stopped {gap} short of {at} on average",
        n=count(step.below),
        gap=money(step.gap),
        at=money(step.at, found.currency),
    )
    knows_cost = found.margin_rate == found.margin_rate
    basis = t(
        "{share} of them topped up (assumed) x (gap x {rate} margin - discount), {period}",
        share=per_cent(topped_up, 0),
        rate=per_cent(found.margin_rate if knows_cost else 1.0, 0),
        period=str(found.period),
    )
    if not knows_cost:
        basis += t("; costs are unknown, so it is sales and not margin")
    if gain > 0:
        action = t("Show in the cart what is missing, with three goods that fill it.")
    else:
        action = t(
            "Do not push baskets over this step: the discount costs more than the goods added "
            "earn. Raise the step or lower the discount."
        )
    return [
        Finding(
            id="D11",
            statement=statement,
            evidence=t(
                "{pull} [{low}, {high}] of baskets within 20 % of the step end above it, "
                "{usual} on other days",
                pull=per_cent(step.pull, 0),
                low=per_cent(step.low, 0),
                high=per_cent(step.high, 0),
                usual=per_cent(step.usual, 0) if step.usual == step.usual else "–",
            ),
            reference=t("the shop's own days without the step"),
            money=gain,
            money_basis=basis,
            action=action,
            owner=t("Merchandising"),
            due=t("before the next campaign"),
            confidence="low",
            chapter="traffic/D11-basket-size",
        )
    ]


def _gain(found: BasketSize, step: Threshold, topped_up: float) -> float:
    """Margin that topping up brings, less the discount that it costs."""
    rate = found.margin_rate if found.margin_rate == found.margin_rate else 1.0
    return topped_up * step.below * (step.gap * rate - step.off)
