"""What the funnel and the abandoned carts ask the shop to do."""

from typing import Any

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.language import period as span
from opsbook.reference.figures import figure
from opsbook.shop.periods import Period
from opsbook.traffic.carts import Carts
from opsbook.traffic.carts_chart import carts_words
from opsbook.traffic.doubts import Doubts, doubted
from opsbook.traffic.drop_off import DropOff, FaultCost
from opsbook.traffic.step_words import named

__all__ = ["cart_findings", "drop_off_findings"]

_FUNNEL, _CARTS = "traffic/D01-funnel", "traffic/D03-carts"


def drop_off_findings(
    found: DropOff, *, faults: int = 3, doubts: Doubts | None = None
) -> list[Finding]:
    """Faults of a step, a step that fell against the past, and a device behind the others.

    Args:
        found: From ``drop_off``.
        faults: Faults told at most, those of the period first.
        doubts: Told the event type, days and device (empty: all) that a finding rests on,
            says in words what is wrong with their tracking; empty if nothing is. A finding
            in doubt says so and is of low confidence.
    """
    notes: list[tuple[Finding, int, Period, str]] = []
    for cost in sorted(found.faults, key=lambda c: not c.in_period)[:faults]:
        fault = cost.fault
        notes.append((_fault(found, cost), fault.step, Period(fault.start, fault.end), fault.group))
    fallen = found.steps[(found.steps["past_p"] < 0.05) & (found.steps["past_change"] < 0)]
    # The shop as a whole, and its devices only where the whole did not fall at that step.
    whole = set(fallen.loc[fallen["group"] == "", "step"])
    for row in fallen.itertuples():
        if row.group == "" or row.step not in whole:
            notes.append((_fallen(found, row), int(row.step), found.period, str(row.group)))
    behind = found.steps[found.steps["peer_money"].notna()]
    behind = behind[behind["high"] < behind["peer_rate"]]
    if len(behind):
        worst = behind.loc[behind["peer_money"].astype(float).idxmax()]
        notes.append((_behind(found, worst), int(worst["step"]), found.period, str(worst["group"])))
    told = []
    for note, step, days, device in notes:
        kind = found.types[step]
        told.append(doubted(note, doubts(kind, days, device) if doubts and kind else ""))
    return told


def _between(found: DropOff, step: int) -> dict[str, str]:
    return {"before": named(found.names[step - 1]), "after": named(found.names[step])}


def _fault(found: DropOff, cost: FaultCost) -> Finding:
    fault = cost.fault
    days, device = span(fault.start, fault.end), named(fault.group)
    missing = per_cent(1 - fault.reached / fault.expected, 0)
    statement = t(
        "On {device} {missing} fewer than expected went from “{before}” to “{after}”, {days}",
        device=device,
        missing=missing,
        days=days,
        **_between(found, fault.step),
    )
    basis = t(
        "{lost} visits lost at the step, of which {paying} would have paid x {worth}",
        lost=count(fault.lost),
        paying=count(cost.lost_paying, 1),
        worth=found.worth.words(),
    )
    action = t(
        "Find what was changed on {device} on {day}; if it was mended, write a test that "
        "walks through this step on every device after each release.",
        device=device,
        day=fault.start.isoformat(),
    )
    return Finding(
        id="D01",
        statement=statement,
        evidence=t(
            "{reached} instead of {expected} of {cases} visits; {share} of what was expected "
            "[{low}, {high}], {z} standard errors",
            reached=count(fault.reached),
            expected=count(fault.expected),
            cases=count(fault.cases),
            share=per_cent(fault.reached / fault.expected, 0),
            low=per_cent(fault.low, 0),
            high=per_cent(fault.high, 0),
            z=count(fault.z, 1),
        ),
        reference=t("the other devices on the same days, less the usual distance from them"),
        money=None if cost.money is None else -cost.money,
        money_basis=basis,
        action=action,
        owner=t("Product and engineering"),
        due=t("this week") if cost.in_period else t("before the next mega-sale"),
        confidence="high",
        chapter=_FUNNEL,
        headline=t(
            "“{after}” failed on {device}, {days}",
            device=device,
            days=days,
            after=named(found.names[fault.step]),
        ),
    )


def _fallen(found: DropOff, row: Any) -> Finding:
    past = found.past
    assert past is not None  # there is no change without a past
    where = named(row.group) if row.group else t("all devices")
    statement = t(
        "From “{before}” to “{after}” {rate} go on ({where}), {change} against {past}",
        rate=per_cent(row.rate),
        where=where,
        change=points(row.rate - row.past_rate),
        past=span(past.start, past.end),
        **_between(found, row.step),
    )
    return Finding(
        id="D01",
        statement=statement,
        evidence=t(
            "{n} visits before the step; change {low} to {high}, the days taken as clusters; "
            "corrected for {many} comparisons",
            n=count(row.before),
            low=per_cent(row.past_low, sign=True),
            high=per_cent(row.past_high, sign=True),
            many=int(found.steps["past_p"].notna().sum()),
        ),
        reference=t("the shop's own past, {days}", days=span(past.start, past.end)),
        money=None if row.past_money is None or row.past_money != row.past_money
        else float(row.past_money),
        money_basis=t(
            "visits x change of the rate x share that pays later x {worth}, in {days} days",
            worth=found.worth.words(),
            days=found.period.days,
        ),
        action=t(
            "Compare the step's page with that of then: what was added, what takes longer, "
            "what is out of stock? Undo one change at a time."
        ),
        owner=t("Growth manager"),
        due=t("this week"),
        confidence="medium",
        chapter=_FUNNEL,
        headline=statement,
    )  # fmt: skip


def _behind(found: DropOff, row: Any) -> Finding:
    step = int(row["step"])
    device, peer = named(str(row["group"])), named(str(row["peer"]))
    gain = row["peer_money"]
    statement = t(
        "On {device} {rate} go from “{before}” to “{after}”, on {peer} {better}",
        rate=per_cent(float(row["rate"])),
        better=per_cent(float(row["peer_rate"])),
        device=device,
        peer=peer,
        **_between(found, step),
    )
    last = step == len(found.names) - 1
    action = (
        t(
            "Offer on {device} a payment without password or typing for known customers, "
            "and test it on half of them.",
            device=device,
        )
        if last
        else t(
            "Walk through this step on {device} with five visitors, mend the first thing that "
            "stops them, and test it on half of the visits.",
            device=device,
        )
    )
    claim = figure("cvr_mean").words()
    return Finding(
        id="D01",
        statement=statement,
        evidence=t(
            "{n} visits before the step; {rate} [{low}, {high}], the days taken as clusters",
            n=count(row["before"]),
            rate=per_cent(float(row["rate"])),
            low=per_cent(float(row["low"])),
            high=per_cent(float(row["high"])),
        ),
        reference=t(
            "{peer} in the same days; for the whole funnel {claim}, which counts orders per "
            "visitor and not per visit",
            peer=peer,
            claim=claim,
        ),
        money=float(gain) if gain == gain else None,
        money_basis=t(
            "what the rate of {peer} would bring in {days} days: visits x gap x share that "
            "pays later x {worth}. Whoever comes on {peer} may mean to buy more often, so this "
            "is an upper bound.",
            peer=peer,
            days=found.period.days,
            worth=found.worth.words(),
        ),
        action=action,
        owner=t("Product and engineering"),
        due=t("this month"),
        confidence="low",
        chapter=_FUNNEL,
        headline=statement,
    )


def cart_findings(found: Carts, *, recovered: float = 0.1) -> list[Finding]:
    """What is worth writing to those who left a cart.

    Args:
        found: From ``carts``.
        recovered: Share of the list's value that a message is assumed to bring, beyond what
            comes back unasked; 0 to 1.
    """
    listed = float(found.recovery["value"].sum())
    n = len(found.recovery)
    if not n:
        return []
    worth = {
        "margin": t("margin"),
        "sales": t("sales (no cost is known)"),
        "none": t("amounts unknown"),
    }[found.basis]
    priced = found.basis != "none"
    return [
        Finding(
            id="D03",
            statement=t(
                "{n} known customers have an unpaid cart of the last {days} days",
                n=count(n),
                days=found.recent_days,
            ),
            evidence=carts_words(found),
            reference=t("{share} of carts left behind are paid later unasked",
                        share=per_cent(found.later)) if found.later == found.later
            else t("what comes back unasked could not be watched yet"),
            money=listed * recovered if priced else None,
            money_basis=t(
                "{worth} in these carts, {amount}, x {share}: an assumption, not measured; "
                "leave one in ten out by lot to measure it",
                worth=worth,
                amount=money(listed, found.currency),
                share=per_cent(recovered, 0),
            ) if priced else t("no price of the products is known"),
            action=t(
                "Write to them in the order of the list, first without a discount: show the "
                "cart, delivery time and the return promise. Leave one in ten out by lot."
            ),
            owner=t("CRM"),
            due=t("today"),
            confidence="low",
            chapter=_CARTS,
            headline=t("{amount} of {worth} lies in unpaid carts of known customers",
                       amount=money(listed, found.currency), worth=worth)
            if priced
            else t("{n} carts of known customers are unpaid", n=count(n)),
        )
    ]  # fmt: skip
