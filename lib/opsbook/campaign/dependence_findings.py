"""What dependence on promotions asks the shop to do."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.dependence import Dependence
from opsbook.campaign.dependence_chart import dependence_title, dependence_words
from opsbook.finding import Finding
from opsbook.language import t

__all__ = ["dependence_findings"]

_HIGH = 0.5
_LEAST_GAP = 0.02


def dependence_findings(found: Dependence) -> list[Finding]:
    """At most one finding: dependence that grows, or event sales that earn less.

    Args:
        found: From ``dependence``.
    """
    gap = found.margin_everyday - found.margin_event
    priced = gap == gap
    worse = found.verdict in ("growing", "more")
    if not worse and not (priced and gap > _LEAST_GAP) and found.now < _HIGH:
        return []
    stake, basis = None, t("what lower prices cost is no loss by itself: more is sold at them")
    if worse:
        action = t("Take out the weakest event of the year, or shorten it, and watch its weeks.")
    else:
        action = t("Cut prices of fewer products in the next event; keep the number of its days.")
    if found.verdict == "growing":
        rate = found.margin_everyday if priced else 1.0
        stake = found.everyday_gmv * (1 - 1 / (1 + found.everyday[0])) * rate
        basis = t("everyday sales lost in 52 weeks against the year before x their margin rate")
        basis += "" if priced else t("; costs are unknown, so it is sales and not margin")
    return [
        Finding(
            id="E14",
            statement=dependence_title(found),
            evidence=dependence_words(found),
            reference=t("the shop's own year before")
            if found.verdict != "one_year"
            else t("none: the data hold less than two years"),
            money=stake,
            money_basis=basis,
            action=action,
            owner=t("Campaign manager"),
            due=t(BEFORE_NEXT),
            confidence="medium" if worse else "low",
            chapter="campaign/E14-dependence",
        )
    ]
