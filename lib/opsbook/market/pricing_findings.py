"""What prices and discounts ask the shop to do, priced where the data allow."""

import numpy as np
import pandas as pd

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.market.discounts import Discounts
from opsbook.market.elasticity_chart import names

__all__ = ["pricing_findings"]

_ELASTICITY = "market/A12-elasticity"
_DISCOUNTS = "market/A12-discounts"


def pricing_findings(
    advice: pd.DataFrame | None,
    discounted: Discounts | None,
    *,
    currency: str,
    days: int,
) -> list[Finding]:
    """Findings on price steps and discounts.

    Args:
        advice: What ``price_advice`` returned; None where elasticity cannot be had.
        discounted: What ``discounts`` returned; None where there are no list prices.
        currency: ISO code.
        days: Length of the period, for the words.

    Returns:
        At most one finding each for prices to raise, prices to lower, discounts that grew
        or shrank by half a point or more, and list prices that nobody pays.
    """
    found: list[Finding] = []
    if advice is not None:
        for kind in ("raise", "lower"):
            chosen = advice[advice["advice"] == kind]
            if not chosen.empty:
                found.append(_step(chosen, kind, currency, days))
    if discounted is not None:
        found += _depth(discounted, currency, days)
        found += _never_full(discounted)
    return found


def _step(chosen: pd.DataFrame, kind: str, currency: str, days: int) -> Finding:
    margin = bool(chosen["margin_effect"].notna().all())
    what = "margin" if margin else "gmv"
    total, low, high = (float(chosen[f"{what}_{k}"].sum()) for k in ("effect", "low", "high"))
    chosen = chosen.sort_values(f"{what}_effect", ascending=False)
    listed = names(chosen["category"].tolist())
    step = per_cent(abs(float(chosen["step"].iloc[0])), 0)
    evidence = t(
        "elasticity {rows}; both ends of each interval agree",
        rows="; ".join(
            f"{r.category} {count(r.elasticity, 2)} [{count(r.low, 2)}, {count(r.high, 2)}]"
            for r in chosen.head(3).itertuples()
        ),
    )
    of = t("margin") if margin else t("sales")
    basis = t(
        "change of {of} in {days} days if prices move {step}, other things equal: "
        "{low} to {high} {currency} between the intervals' ends",
        of=of,
        days=days,
        step=step,
        low=money(low),
        high=money(high),
        currency=currency,
    )
    if kind == "raise":
        statement = t("Prices in {names} bear {step} more", names=listed, step=step)
        action = t(
            "Cut promotion depth by {step} first, on a third of the products; "
            "roll out if units fall no more than expected.",
            step=step,
        )
        reference = t("at −1 sales value would stay the same; a naive comparison misleads")
    else:
        statement = t(
            "{step} lower prices in {names} earn more margin than they cost",
            names=listed,
            step=step,
        )
        action = t(
            "Test {step} lower prices on a third of the products for four weeks before any "
            "roll-out: part of the gain may come from the shop's own other products.",
            step=step,
        )
        reference = t("margin-best price by the Lerner rule lies below the present one")
    return Finding(
        id="A12",
        statement=statement,
        evidence=evidence,
        reference=reference,
        money=total,
        money_basis=basis,
        action=action,
        owner=t("Pricing"),
        due=t("test within four weeks"),
        confidence="medium" if kind == "raise" else "low",
        chapter=_ELASTICITY,
        headline=statement,
    )


def _depth(result: Discounts, currency: str, days: int) -> list[Finding]:
    if len(result.overall) < 2:
        return []
    now, then = result.overall.iloc[0], result.overall.iloc[1]
    change = float(now["depth"] - then["depth"])
    if abs(change) < 0.005:
        return []
    extra = -change * float(now["list_value"])
    drivers = result.by_category.sort_values("given_extra", ascending=change < 0)
    first = drivers.iloc[0]
    deeper = change > 0
    statement = (
        t("Discounts went {change} deeper", change=points(abs(change)).lstrip("+"))
        if deeper
        else t("Discounts went {change} shallower", change=points(abs(change)).lstrip("+"))
    )
    before = (
        t("the same weeks of last year, {base}: {depth} deep, {promo} on promotion")
        if result.same_season
        else t(
            "the period before, {base}, whatever sale it held: {depth} deep, {promo} on promotion"
        )
    )
    return [
        Finding(
            id="A12",
            statement=t(
                "{what}; most of it in {name} ({depth} of list value)",
                what=statement,
                name=first["category"],
                depth=per_cent(float(first["depth"])),
            ),
            evidence=t(
                "depth {depth} of list value, {promo} of sales on promotion; every line counted",
                depth=per_cent(float(now["depth"])),
                promo=per_cent(float(now["promo_share"])),
            ),
            reference=before.format(
                base=str(result.base),
                depth=per_cent(float(then["depth"])),
                promo=per_cent(float(then["promo_share"])),
            ),
            money=extra,
            money_basis=t(
                "change of depth x list value of {days} days ({value} {currency}); "
                "what the discounts sold extra is not set against it",
                days=days,
                value=money(float(now["list_value"])),
                currency=currency,
            ),
            action=t(
                "Ask for each promotion in {name}: did it sell more than it gave away?",
                name=first["category"],
            )
            if deeper
            else t(
                "Check in {name} that volume held; then keep the shallower depth.",
                name=first["category"],
            ),
            owner=t("Pricing"),
            due=t("before the next promotion"),
            # Counted, but beside another season the sales calendar is in it.
            confidence="high" if result.same_season else "medium",
            chapter=_DISCOUNTS,
            headline=statement,
        )
    ]


def _never_full(result: Discounts) -> list[Finding]:
    if result.never_at_list < 5 or not result.never_share >= 0.02:
        return []
    return [
        Finding(
            id="A12",
            statement=t(
                "{n} products never sold at their list price",
                n=count(result.never_at_list),
            ),
            evidence=t(
                "sold in 8 weeks or more, not once within 1 % of list price; {share} of sales",
                share=per_cent(result.never_share),
            ),
            reference=t(
                "over all products, {share} of product-weeks saw a sale at list price",
                share=per_cent(result.at_list),
            ),
            money=None,
            money_basis=t("a claim check, not a sales effect"),
            action=t(
                "Correct these list prices: a price nobody pays overstates discount depth, and "
                "as a crossed-out price it may count as a misleading promotion."
            ),
            owner=t("Category manager"),
            due=t("this month"),
            confidence="high" if np.isfinite(result.at_list) else "low",
            chapter=_DISCOUNTS,
        )
    ]
