"""What returns ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure
from opsbook.supply.return_reasons import ReturnReasons
from opsbook.supply.return_reasons_chart import cause_name, cause_owner
from opsbook.supply.returns_rate import Returns

__all__ = ["returns_findings"]

_CHAPTER = "supply/C20-returns"


def returns_findings(found: Returns, reasons: ReturnReasons | None = None) -> list[Finding]:
    """What returns cost and whose the dearest cause is; products above the alert.

    Args:
        found: From ``returns_rate``.
        reasons: From ``return_reasons``.
    """
    if not found.asked:
        return []
    notes = [_cost(found, reasons)]
    calls = found.groups[(found.groups["by"] == "product") & found.groups["alert"]]
    if len(calls):
        top = calls.iloc[0]
        year = 365 / found.period.days
        extra = calls["cost"] * (1 - calls["limit"] / calls["rate"]).clip(lower=0)
        notes.append(
            Finding(
                id="C20",
                statement=t("{n} products come back more than their category allows", n=len(calls)),
                evidence=t(
                    "{name}: {asked} of {lines} lines so far, {rate} in the end against a limit of "
                    "{limit}",
                    name=top["name"], asked=count(top["asked"]), lines=count(top["lines"]),
                    rate=per_cent(top["rate"]), limit=per_cent(top["limit"]),
                ),
                reference=figure("return_alert_points").words(),
                money=-float(extra.sum()) * year,
                money_basis=t(
                    "cost of their returns beyond the limit over {days} days, for a year",
                    days=found.period.days,
                ),
                action=t(
                    "Read the reasons of {names}, correct the page or stop the batch.",
                    names=", ".join(calls["name"].head(3)),
                ),
                owner=t("product content"),
                due=t("this week"),
                confidence="high",
                chapter=_CHAPTER,
            )
        )  # fmt: skip
    return notes


def _cost(found: Returns, reasons: ReturnReasons | None) -> Finding:
    year = 365 / found.period.days
    action = t("Ask for the reason in one question, and mend the dearest first.")
    owner, money_at_stake = t("Customer service"), found.total_cost
    part = ""
    if reasons is not None and len(reasons.causes):
        known = reasons.causes[~reasons.causes["cause"].isin(["choice", "unknown"])]
        if len(known):
            top = known.iloc[0]
            cause = str(top["cause"])
            owner = cause_owner(cause)
            money_at_stake = found.total_cost * float(top["cost_share"])
            part = t("; {share} of the cost is due to: {cause}",
                     share=per_cent(float(top["cost_share"]), 0),
                     cause=cause_name(cause))  # fmt: skip
            action = {
                "listing": t("Correct size, picture and description of the products that come back "
                             "most."),
                "quality": t("Inspect incoming goods of the products that come back as faulty, and "
                             "charge the supplier."),
                "transport": t("Pack fragile goods better and take the worst carrier to task."),
                "warehouse": t("Scan each piece when it is picked."),
            }[cause]  # fmt: skip
    return Finding(
        id="C20",
        statement=t(
            "{rate} of what was sold will come back, {raw} has so far",
            rate=per_cent(found.rate), raw=per_cent(found.asked / found.lines),
        ),
        evidence=t(
            "[{low}, {high}] of {n} order lines; {more} returns still to come", 
            low=per_cent(found.rate_low), high=per_cent(found.rate_high), n=count(found.lines),
            more=count(found.to_come),
        ) + part,
        reference=t("the period before: {before}", before=per_cent(found.before)),
        money=-money_at_stake * year,
        money_basis=t(
            "lost margin, write-off, freight and handling ({each} assumed) of the returns of the "
            "dearest preventable cause over {days} days, for a year",
            each=money(found.rates.handling, found.currency), days=found.period.days,
        ),
        action=action,
        owner=owner,
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=t("{rate} of what is sold comes back", rate=per_cent(found.rate)),
    )  # fmt: skip
