"""What a campaign's result asks the shop to do: repeat, change, or measure first."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.money import STEPS, CampaignMoney
from opsbook.campaign.money_chart import money_title
from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["money_findings"]

_CHAPTER = "campaign/E05-money"
_COSTS = ("price_cuts", "threshold", "coupon", "other_off", "commission", "freight_out",
          "points", "ads", "messages")  # fmt: skip


def money_findings(found: CampaignMoney) -> list[Finding]:
    """At most two findings: whether the event paid, and which cost rose most against usual.

    Args:
        found: From ``campaign_money``.
    """
    if not found.has_cost:
        return _dearer(found)
    return [_paid(found), *_dearer(found)]


def _paid(found: CampaignMoney) -> Finding:
    added = found.amount("added")
    low, high = found.ends("added")
    evidence = t(
        "{orders} orders, GMV {gmv}, net sales {net}, contribution {left}",
        orders=count(found.orders),
        gmv=money(found.amount("gmv"), found.currency),
        net=money(found.amount("net")),
        left=money(found.amount("contribution")),
    )
    sure: Confidence = "medium"
    if added != added:
        if found.break_even == found.break_even:
            evidence += t("; break-even at {needed} more sales", needed=_share(found.break_even))
        stake, sure = found.amount("contribution"), "low"
        basis = t("contribution of the days; what would have come anyway is still in it")
        action = t("Measure what would have come anyway before you call it a success or repeat it.")
    else:
        # What came anyway may be more than was sold where the days around the event lost.
        gmv = found.amount("gmv")
        evidence += t(
            "; {added} of sales added [{from_}, {to}], the rest would have come anyway",
            added=money(gmv - found.anyway_gmv[1], sign=True),
            from_=money(gmv - found.anyway_gmv[2], sign=True),
            to=money(gmv - found.anyway_gmv[0], sign=True),
        )
        stake = added
        basis = t(
            "contribution of the days less what would have come anyway at the contribution of "
            "{n} ordinary days; {low} to {high}",
            n=found.usual_days,
            low=money(low, found.currency, sign=True),
            high=money(high, found.currency, sign=True),
        )
        if low > 0:
            action = t("Repeat it; keep this result as the one that the next plan has to beat.")
        elif high < 0:
            action = t("Do not repeat it as it was: cut the dearest step first, then test.")
        else:
            action = t("Repeat it smaller, and leave regions or customers out so that it shows.")
            sure = "low"
    due = t(BEFORE_NEXT)
    if found.event.state == "running":
        # Half an event is no ground to repeat it or not.
        action = t(
            "It still runs: watch contribution by day, cap what takes most, and decide on the next "
            "one when it is over."
        )
        due, sure = t("today"), "low"
    return Finding(
        id="E05",
        statement=money_title(found),
        evidence=evidence,
        reference=t("the shop's own {n} ordinary days before it", n=found.usual_days),
        money=stake,
        money_basis=basis,
        action=action,
        owner=t("Campaign manager"),
        due=due,
        confidence=sure,
        chapter=_CHAPTER,
        headline=money_title(found),
    )


def _share(value: float) -> str:
    return t("any number of") if value == float("inf") else per_cent(value, 0)


def _dearer(found: CampaignMoney) -> list[Finding]:
    """The cost that took most of GMV beyond what it takes on ordinary days."""
    rows = found.frame.set_index("step")
    gmv = found.amount("gmv")
    if not gmv or rows["usual"].isna().all():
        return []
    over = {s: float(rows.at[s, "usual"] * gmv - rows.at[s, "amount"]) for s in _COSTS}
    worst = max(over, key=lambda s: over[s])
    if over[worst] < 0.01 * gmv:
        return []
    text = STEPS[worst]
    name = t(text)
    action, owner = {
        "ads": (
            t("Cap bids in the event: clicks are dearer, and many buyers would have come anyway."),
            t("Channel manager"),
        ),
        "price_cuts": (
            t("Cut prices of fewer products: those that bring buyers, not those that sell anyway."),
            t("Merchandising"),
        ),
        "threshold": (
            t("Raise the steps or lower the discount; see the simulation of thresholds."),
            t("Merchandising"),
        ),
        "coupon": (
            t("Give coupons to those who would not buy without one."),
            t("CRM"),
        ),
    }.get(worst, (t("Find out what made it dearer before the next event."), t("Finance")))
    return [
        Finding(
            id="E05",
            statement=t(
                "In the event {cost} took {now} of GMV, on ordinary days {usual}",
                cost=name,
                now=per_cent(-float(rows.at[worst, "amount"]) / gmv),
                usual=per_cent(-float(rows.at[worst, "usual"])),
            ),
            evidence=t(
                "{amount} against {usual} for the same sales on ordinary days",
                amount=money(-float(rows.at[worst, "amount"]), found.currency),
                usual=money(-float(rows.at[worst, "usual"]) * gmv),
            ),
            reference=t("the shop's own {n} ordinary days before it", n=found.usual_days),
            money=-over[worst],
            money_basis=t("what it took beyond its usual share of GMV, {period}").format(
                period=str(found.period)
            ),
            action=action,
            owner=owner,
            due=t(BEFORE_NEXT),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]
