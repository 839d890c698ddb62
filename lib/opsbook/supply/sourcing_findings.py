"""What tiers, backup gaps and procurement cycles ask the buyer to do."""

from opsbook.finding import Finding
from opsbook.language import count, per_cent, t
from opsbook.reference.figures import figure
from opsbook.supply.procurement import Procurement
from opsbook.supply.supplier_tiers import SupplierTiers

__all__ = ["procurement_findings", "supplier_tier_findings"]

_TIERS = "supply/C09-supplier-tiers"
_CYCLE = "supply/C23-procurement-cycle"


def supplier_tier_findings(found: SupplierTiers) -> list[Finding]:
    """Where nobody could step in, and terms that lag behind the tier.

    Args:
        found: From ``supplier_tiers``.
    """
    notes = []
    gaps = found.suppliers[found.suppliers["at_risk"] > 0].sort_values("at_risk", ascending=False)
    if len(gaps):
        top = gaps.iloc[0]
        notes.append(
            Finding(
                id="C09",
                statement=t("{n} suppliers have nobody to stand in for them", n=len(gaps)),
                evidence=t(
                    "{skus} products come from one of them alone; the largest gap is {name} with "
                    "{share} of sales",
                    skus=count(int(gaps["sole_skus"].sum())),
                    name=top["supplier_id"],
                    share=per_cent(float(top["share"])),
                ),
                reference=t("a stand-in on file for every supplier"),
                money=-float(top["at_risk"]),
                money_basis=t(
                    "margin of the sole-sourced products of {name} over {days} days until a new "
                    "source delivers; lost only if it fails",
                    name=top["supplier_id"],
                    days=found.rates.switch_days,
                ),
                action=t(
                    "Qualify a second source for the best sellers of {names} and put it on file.",
                    names=", ".join(gaps["supplier_id"].head(3)),
                ),
                owner=t("buyer"),
                due=t("this quarter"),
                confidence="medium",
                chapter=_TIERS,
            )
        )
    longer = found.suppliers[found.suppliers["terms_worth"] > 0]
    if len(longer):
        gain = float(longer["terms_worth"].sum())
        notes.append(
            Finding(
                id="C09",
                statement=t(
                    "{n} suppliers give less credit than their tier would have", n=len(longer)
                ),
                evidence=t(
                    "{names}: proposed for a higher tier than their terms",
                    names=", ".join(longer["supplier_id"].head(5)),
                ),
                reference=figure("terms_core_days").words(),
                money=gain,
                money_basis=t(
                    "spend of a year x more days of credit / 365 x cost of capital {rate}",
                    rate=per_cent(found.rates.capital, 0),
                ),
                action=t("Ask for the terms of the tier at the next negotiation."),
                owner=t("buyer"),
                due=t("this quarter"),
                confidence="low",
                chapter=_TIERS,
            )
        )
    return notes


def procurement_findings(found: Procurement) -> list[Finding]:
    """Core products that take too long.

    Args:
        found: From ``procurement``.
    """
    if not found.over:
        return []
    slow = found.skus[found.skus["within"] == "no"]
    names = slow.groupby("supplier_id")["sales"].sum().sort_values(ascending=False).index[:3]
    return [
        Finding(
            id="C23",
            statement=t(
                "{over} of {n} core products take longer than {limit} days to procure",
                over=found.over,
                n=len(found.skus),
                limit=count(found.limit_days),
            ),
            evidence=t(
                "they make {share} of core sales; mean cycle of all core products {mean} days",
                share=per_cent(float(slow["sales"].sum() / found.skus["sales"].sum())),
                mean=count(found.mean_days, 1),
            ),
            reference=figure("procurement_cycle_days").words(),
            money=-float(slow["extra_cost"].sum()),
            money_basis=t(
                "goods on the way beyond {limit} days x unit cost x holding {rate} a year; slow "
                "reaction to demand comes on top",
                limit=count(found.limit_days),
                rate=per_cent(found.rates.holding, 0),
            ),
            action=t(
                "Agree stock at the supplier or a shorter cycle with {names}; order these products "
                "earlier until then.",
                names=", ".join(map(str, names)),
            ),
            owner=t("buyer"),
            due=t("this quarter"),
            confidence="high",
            chapter=_CYCLE,
        )
    ]
