"""What cover, turnover, age and silent products ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure
from opsbook.supply.active_skus import ActiveSkus
from opsbook.supply.ageing import Ageing
from opsbook.supply.slow_movers import SlowMovers
from opsbook.supply.stock_cover import StockCover
from opsbook.supply.turnover import Turnover

__all__ = ["active_findings", "cover_findings", "turnover_findings"]


def cover_findings(found: StockCover) -> list[Finding]:
    """What runs out and what lies too long, each with its money."""
    notes, currency = [], found.items.currency
    low = found.skus[found.skus["at_risk"] > 0]
    if len(low):
        notes.append(
            Finding(
                id="C03",
                statement=t(
                    "{n} selling products are sold out or under {days} days of cover with nothing "
                    "in time",
                    n=count(len(low)),
                    days=count(found.low_days),
                ),
                evidence=t(
                    "{n} of {all} products that sell; the costliest: {names}",
                    n=count(len(low)),
                    all=count(int((found.skus["rate"] > 0).sum())),
                    names=", ".join(low["sku"].head(5)),
                ),
                reference=figure("stock_cover_low_days").words(),
                money=-found.at_risk,
                money_basis=t(
                    "days without stock until goods ordered today are here ({lead} assumed) x "
                    "pieces a day x margin a piece; pieces on the way counted in",
                    lead=count(found.lead_days),
                ),
                action=t("Order today, by express where the margin pays for it; pause their ads."),
                owner=t("replenishment"),
                due=t("today"),
                confidence="high",
                chapter="supply/C03-cover",
                headline=t("{n} sellers are about to run out", n=count(len(low))),
            )
        )
    long = found.skus[found.too_long]
    if found.excess > 0:
        notes.append(
            Finding(
                id="C03",
                statement=t(
                    "{money} lie beyond {days} days of cover",
                    money=money(found.excess, currency),
                    days=count(found.high_days),
                ),
                evidence=t(
                    "{n} products, {silent} of them without a sale in {days} days; most in {names}",
                    n=count(len(long)),
                    silent=count(int((long["state"] == "unsold").sum())),
                    days=found.items.days,
                    names=", ".join(long["sku"].head(5)),
                ),
                reference=figure("stock_cover_high_days").words(),
                money=-found.excess * found.holding,
                money_basis=t(
                    "stock at cost beyond the limit x holding cost {rate} a year (assumed)",
                    rate=per_cent(found.holding, 0),
                ),
                action=t("Stop their orders until cover is back; cancel what is on the way."),
                owner=t("replenishment"),
                due=t("this week"),
                confidence="medium",
                chapter="supply/C03-cover",
            )
        )
    return notes


def turnover_findings(found: Turnover, old: Ageing, *, holding: float = 0.25) -> list[Finding]:
    """Categories whose stock lies longer than before, and old stock.

    Args:
        found: From ``turnover``.
        old: From ``ageing``.
        holding: Yearly cost of holding stock, share of its cost (assumed).
    """
    notes = []
    worse = found.table[found.table["released"].fillna(0) > 0]
    worse = worse.sort_values("released", ascending=False)
    if len(worse):
        top = worse.iloc[0]
        since = t("a year before") if found.a_year_ago else t("in the period before")
        notes.append(
            Finding(
                id="C04",
                statement=t(
                    "Stock of {name} lasts {days} days, {before} {since}",
                    name=top["category"] or t("(no category)"),
                    days=count(top["days"]),
                    before=count(top["days_before"]),
                    since=since,
                ),
                evidence=t(
                    "{n} of {all} categories lie longer; whole shop {days} days, GMROI {gmroi}; "
                    "counted, not estimated",
                    n=len(worse),
                    all=len(found.table),
                    days=count(found.total["days"]),
                    gmroi=count(found.total["gmroi"], 2),
                ),
                reference=figure("stock_days_example").words(),
                money=-found.released * holding,
                money_basis=_held(
                    t(
                        "{money}, free at the days of before,",
                        money=money(found.released, found.currency),
                    ),
                    holding,
                ),
                action=t(
                    "Cut order quantities in {names} until days are back.",
                    names=", ".join(worse["category"].head(3)),
                ),
                owner=t("replenishment"),
                due=t("this month"),
                confidence="medium",
                chapter="supply/C04-turnover",
            )
        )
    total = float(old.skus["value"].sum())
    if old.old > 0.10 * total:
        notes.append(
            Finding(
                id="C04",
                statement=t(
                    "{share} of stock is older than {days} days",
                    share=per_cent(old.old / total, 0),
                    days=old.old_days,
                ),
                evidence=t(
                    "{money} in {n} products, by receipts first in first out",
                    money=money(old.old, old.items.currency),
                    n=count(int((old.skus["old_value"] > 0).sum())),
                )
                if old.method == "fifo"
                else t(
                    "{money} in {n} products, by days since the last sale",
                    money=money(old.old, old.items.currency),
                    n=count(int((old.skus["old_value"] > 0).sum())),
                ),
                reference=figure("stock_days_failure").words(),
                money=-old.old * holding,
                money_basis=_held(t("old stock at cost"), holding) + _overlap(),
                action=t("Go through the ten costliest; clear what the clearance list names."),
                owner=t("category manager"),
                due=t("this month"),
                confidence="high" if old.method == "fifo" else "low",
                chapter="supply/C04-turnover",
            )
        )
    return notes


def active_findings(
    active: ActiveSkus, slow: SlowMovers, *, goal: float = 0.70, holding: float = 0.25
) -> list[Finding]:
    """A range of which too little sells.

    Args:
        active: From ``active_skus``.
        slow: From ``slow_movers``.
        goal: Lowest active-SKU rate.
        holding: Yearly cost of holding stock, share of its cost (assumed).
    """
    if not active.rate < goal:
        return []
    silent = active.count("silent")
    share = slow.table.set_index("definition").loc["share", "figure"]
    return [
        Finding(
            id="C05",
            statement=t(
                "{n} of {all} products on sale sold nothing in {days} days",
                n=count(silent),
                all=count(active.count("active", "silent", "new")),
                days=active.items.days,
            ),
            evidence=t(
                "active-SKU rate {rate}; slow by cover {share} of stock; {both} products are slow "
                "by both",
                rate=per_cent(active.rate),
                share=per_cent(float(share)),
                both=count(slow.both),
            ),
            reference=figure("active_sku_rate").words(),
            money=-active.silent_value * holding,
            money_basis=_held(t("stock of silent products"), holding) + _overlap(),
            action=t("Show, bundle or drop: each silent product gets one of the three."),
            owner=t("category manager"),
            due=t("this month"),
            confidence="high",
            chapter="supply/C05-active-skus",
        )
    ]


def _held(what: str, holding: float) -> str:
    return t("{what} x holding cost {rate} a year (assumed)", what=what, rate=per_cent(holding, 0))


def _overlap() -> str:
    """Silent and old stock mostly lies beyond the limit of cover as well."""
    return t("; mostly part of the stock beyond the limit of cover, not to be added to it")
