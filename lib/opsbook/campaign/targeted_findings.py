"""What the comparison of targeted customers asks the shop to do, in money."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.targeted import Targeted
from opsbook.campaign.targeted_words import believed_words, join_names
from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["targeted_findings"]

_CHAPTER = "campaign/E06-targeted"


def targeted_findings(found: Targeted) -> list[Finding]:
    """What targeting brought beyond selection, and what to do about it.

    Args:
        found: From ``targeted_effect``.
    """
    naive = found.of("naive")
    assert naive is not None
    priced = bool(found.believed)
    plain = money(found.total(float(naive["estimate"])), found.currency)
    basis = (
        t(
            "{each} per customer and day x {n} customers x {days} days, in sales; interval {low} "
            "to {high}; the plain gap would claim {plain}",
            each=count(found.estimate, 2),
            n=count(found.targeted),
            days=found.window.days,
            low=money(found.total(found.low), found.currency),
            high=money(found.total(found.high), found.currency),
            plain=plain,
        )
        if priced
        else t("no comparison passed its checks; the plain gap would claim {plain}", plain=plain)
    )
    if priced and found.together:
        others = join_names(found.together)
        basis = t("{basis}; of this mailing and {others} together", basis=basis, others=others)
    actions = {
        "adds": t("Keep targeting, and pay no more for it than the lower end of the interval."),
        "adds together": t(
            "Credit the mailings together; next time leave one in ten out of each by its own lot."
        ),
        "takes together": t(
            "Send one of the mailings, not all: those who got them bought less than their like."
        ),
        "takes": t("Stop sending: those addressed bought less than their like."),
        "no effect": t("Send half as much next time, and leave one in ten out by lot to learn."),
        "moving apart": t("Draw no conclusion; leave one in ten out by lot next time."),
        "not comparable": t("Draw no conclusion; leave one in ten out by lot next time."),
    }
    sure: Confidence = "low"
    if found.verdict in ("adds", "takes"):
        sure = "high" if found.believed == "holdout" else "medium"
    elif found.verdict == "no effect" and not found.together:
        sure = "medium"
    redeemed = float(found.redeemed["redeemed"].sum())
    evidence = found.words()
    if redeemed:
        evidence = t(
            "{evidence} {n} of {all} redeemed ({share}); redeeming is no effect.",
            evidence=evidence,
            n=count(redeemed),
            all=count(found.targeted),
            share=per_cent(redeemed / found.targeted),
        )
    return [
        Finding(
            id="E06",
            statement=found.headline(),
            evidence=evidence,
            reference=believed_words(found.believed),
            money=found.total(found.estimate) if priced else None,
            money_basis=basis,
            action=actions[found.verdict],
            owner=t("CRM"),
            due=t(BEFORE_NEXT),
            confidence=sure,
            chapter=_CHAPTER,
            headline=found.headline(),
        )
    ]
