"""What the largest leaks of the supply chain ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import money, per_cent, t
from opsbook.supply.bottlenecks import Bottlenecks
from opsbook.supply.bottlenecks_chart import area_name

__all__ = ["bottleneck_findings"]

_CHAPTER = "supply/C25-bottlenecks"


def _remedy(area: str) -> tuple[str, str]:
    return {
        "stock_out": (t("Order earlier: raise the reorder points of the products that ran out."),
                      t("replenishment planner")),
        "excess": (t("Stop ordering what is above the cover, and clear the oldest of it."),
                   t("replenishment planner")),
        "supplier": (t("Take the dearest supplier's mistakes to the next negotiation."),
                     t("buyer")),
        "procurement": (t("Agree stock at the supplier, or a shorter cycle, for core products."),
                        t("buyer")),
        "dispatch": (t("Pick in the order of the promise, and move the cut-off hour."),
                     t("warehouse")),
        "delivery": (t("Move parcels of the worst routes to a carrier that keeps its promise."),
                     t("logistics")),
        "returns": (t("Mend the dearest reason first: size, picture and description, then goods."),
                    t("product content")),
        "records": (t("Count the products that were wrong once a week, and join the systems."),
                    t("warehouse")),
    }[area]  # fmt: skip


def bottleneck_findings(found: Bottlenecks) -> list[Finding]:
    """The narrowest place, and whether it is the narrowest beyond doubt.

    Args:
        found: From ``bottlenecks``.
    """
    if found.ranked.empty or found.total <= 0:
        return []
    first = found.ranked.iloc[0]
    name = area_name(first["area"])
    action, owner = _remedy(first["area"])
    rest = found.ranked.iloc[1:3]
    behind = ", ".join(f"{area_name(r.area)} {money(r.money)}" for r in rest.itertuples())
    return [
        Finding(
            id="C25",
            statement=t("The narrowest place of the supply chain: {name}", name=name),
            evidence=t(
                "{share} of {total} a year; next: {behind}", share=per_cent(first["share"], 0),
                total=money(found.total, found.currency), behind=behind or "–",
            ),
            reference=t("{n} parts of the supply chain priced, {gone} not",
                        n=len(found.ranked), gone=len(found.missing)),
            # Its parts stand among the findings with their own money; here it only ranks.
            money=None,
            money_basis=t("{basis}; the single findings carry the money", basis=first["basis"]),
            action=action,
            owner=owner,
            due=t("this quarter"),
            confidence="medium" if first["clear"] and first["has_interval"] else "low",
            chapter=_CHAPTER,
            headline=t("{name} cost {money} a year", name=name[:1].upper() + name[1:],
                       money=money(first["money"], found.currency)),
        )
    ]  # fmt: skip
