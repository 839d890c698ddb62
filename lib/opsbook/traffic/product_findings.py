"""What the conversion of product pages asks the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure, figures
from opsbook.traffic.product_conversion import ProductConversion

__all__ = ["product_findings"]


def product_findings(result: ProductConversion) -> list[Finding]:
    """At most one finding: the pages that are seen and not bought from.

    Args:
        result: From ``product_conversion``.
    """
    weak = result.weak
    stake = float(weak["at_stake"].sum())
    if weak.empty or stake <= 0:
        return []
    top = weak.iloc[0]
    statement = t(
        "{n} product pages convert worse than their category",
        n=count(len(weak)),
    )
    worth = t("margin") if result.has_margin else t("sales")
    claim = "cvr_product"
    return [
        Finding(
            id="D13",
            statement=statement,
            evidence=t(
                "worst: {title}, {rate} [{low}, {high}] against {base} of {category}; {n} visitors",
                title=top["title"],
                rate=per_cent(top["rate"]),
                low=per_cent(top["low"]),
                high=per_cent(top["high"]),
                base=per_cent(top["category_rate"]),
                category=top["category"],
                n=count(top["visitors"]),
            ),
            reference=figure(claim).words() if claim in figures() else t("its category"),
            money=-stake,
            money_basis=t(
                "buyers missing against the category x {worth} per buyer there, {period}; after "
                "shrinking",
                worth=worth,
                period=str(result.period),
            ),
            action=t(
                "Go through the list from the top: price against rivals, stock of the usual "
                "sizes, first picture, first review. Change one thing at a time."
            ),
            owner=t("Category manager"),
            due=t("this week"),
            confidence="medium",
            chapter="traffic/D13-product-conversion",
            headline=t(
                "{amount} of {worth} is lost on pages that are seen and not bought from",
                amount=money(stake, result.currency),
                worth=worth,
            ),
        )
    ]
