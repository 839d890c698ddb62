"""Pairs as findings: what showing them together may earn, and what a discount would cost."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.baskets import BasketRules
from opsbook.lifecycle.bundles import Bundles

__all__ = ["basket_findings"]

_CHAPTER = "lifecycle/B26-baskets"


def basket_findings(rules: BasketRules, offers: Bundles | None = None) -> list[Finding]:
    """Findings on pairs: margin from showing them together; pairs tied to promotion.

    Args:
        rules: From ``basket_rules``.
        offers: From ``bundles``; without it pairs cannot be priced and nothing is found.
    """
    if offers is None or offers.frame.empty:
        return []
    frame, best = offers.frame, offers.frame.iloc[0]
    row = rules.pairs.set_index(["item", "other"]).loc[(best["item"], best["other"])]
    total, low, high = (float(frame[c].sum()) for c in
                        ("potential", "potential_low", "potential_high"))  # fmt: skip
    statement = t("{pair} is bought {lift} times as often as chance has it",
                  pair=best["label"], lift=count(row["like_lift"], 1))  # fmt: skip
    evidence = t(
        "{n} baskets with both, {expected} expected at the same time and basket size "
        "[{low}, {high} times], q {q}; {real} of {tested} pairs hold",
        n=count(row["orders"]), expected=count(row["expected"], 1), low=count(row["low"], 1),
        high=count(row["high"], 1), q="< 0.001" if row["q_value"] < 0.001 else
        "= " + count(row["q_value"], 3), real=count(len(rules.real)), tested=count(rules.tested),
    )  # fmt: skip
    action = t("Show both items of each pair on the other's page and in the cart, without a "
               "discount, and measure take-up in a test.")  # fmt: skip
    if best["needed"] == best["needed"]:
        action += " " + t(
            "A bundle of the first pair can bear {discount} off; then {needed} instead of {mid} "
            "have to take it up to earn as much.",
            discount=per_cent(best["discount_rate"]), needed=per_cent(best["needed"], 0),
            mid=per_cent(offers.take_up.expected, 0),
        )  # fmt: skip
    found = [
        Finding(
            id="B26",
            statement=statement,
            evidence=evidence,
            reference=t("chance: independent items in baskets of the same time and size"),
            money=total,
            money_basis=t(
                "margin a year of {n} pairs shown together ({low} to {high}), if {mid} of those "
                "who buy one item alone add the other ({from_} to {to}); assumed, not measured",
                n=count(len(frame)), low=money(low), high=money(high, offers.currency),
                mid=per_cent(offers.take_up.expected, 0), from_=per_cent(offers.take_up.low, 0),
                to=per_cent(offers.take_up.high, 0),
            ),
            action=action,
            owner=t("Category manager"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]  # fmt: skip
    return found + _on_offer(offers)


def _on_offer(offers: Bundles) -> list[Finding]:
    """A pair that is bought together mainly while both are cut in price."""
    frame = offers.frame[(offers.frame["on_offer"] >= 0.7) & (offers.frame["both"] >= 10)]
    if frame.empty:
        return []
    row = frame.iloc[0]
    statement = t("{pair} is bought together mostly while both are on offer", pair=row["label"])
    return [
        Finding(
            id="B26",
            statement=statement,
            evidence=t("{share} of joint baskets had both below list price",
                       share=per_cent(row["on_offer"], 0)),
            reference=t("own joint baskets of the last {days} days", days=count(offers.days)),
            money=None,
            money_basis=t("what the pair sells at full price is not known yet"),
            action=t("Watch the pair in a week without a price cut before building on it."),
            owner=t("Category manager"),
            due=t("this month"),
            confidence="low",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]  # fmt: skip
