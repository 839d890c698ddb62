"""What late dispatch and late delivery ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, points, t
from opsbook.reference.figures import figure
from opsbook.supply.carrier_gap import CarrierGap
from opsbook.supply.timeliness import Timeliness

__all__ = ["carrier_findings", "timeliness_findings"]

_CHAPTER = "supply/C18-timeliness"


def timeliness_findings(found: Timeliness) -> list[Finding]:
    """Late orders and what they cost; slow dispatch.

    Args:
        found: From ``timeliness``.
    """
    notes = []
    if found.late:
        notes.append(_late(found))
    ship = found.share("ship_short")
    if ship["cases"] and ship["high"] < 0.9:
        notes.append(_slow(found))
    return notes


def _late(found: Timeliness) -> Finding:
    share = found.share("order_promise")
    year = 365 / found.period.days
    changed = share["change_p"] < 1 - found.level
    past = t(
        "the period before: {before} ({change}, {sure})",
        before=per_cent(share["before"]),
        change=points(share["value"] - share["before"]),
        sure=t("more than chance") if changed else t("within chance"),
    )
    return Finding(
        id="C18",
        statement=t(
            "{late} of {n} orders came later than promised", late=count(found.late),
            n=count(share["cases"]),
        ),
        evidence=t(
            "{share} on time [{low}, {high}]; {part} of the late ones had left after {hours} hours",
            share=per_cent(share["value"]), low=per_cent(share["low"]),
            high=per_cent(share["high"]), part=per_cent(found.late_sent_late / found.late, 0),
            hours=count(found.limits[1]),
        ),
        reference=past if share["before"] == share["before"] else t("the shop's own past"),
        money=-found.payout * year,
        money_basis=t(
            "late orders of {days} days x {pay} pay-out each (assumed), for a year; customers "
            "who do not come back are not in it",
            days=found.period.days, pay=money(found.pay_per_late, found.currency),
        ),
        action=t(
            "Tell customers of a delay before they ask, and promise each region the day that nine "
            "in ten parcels keep."
        ),
        owner=t("logistics"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
        headline=t("{share} of orders come late", share=per_cent(1 - share["value"])),
    )  # fmt: skip


def carrier_findings(found: Timeliness, gap: CarrierGap) -> list[Finding]:
    """The carrier that makes most parcels late that another would not; none within chance.

    Args:
        found: From ``timeliness``.
        gap: From ``carrier_gap``.
    """
    worst = gap.carriers.sort_values("extra_late", ascending=False).iloc[0]
    if worst["odds_low"] <= 1 or worst["extra_late"] < 1:
        return []
    days = (gap.end - gap.start).days
    return [
        Finding(
            id="C18",
            statement=t(
                "{name} makes {n} parcels late that {best} would have brought on time",
                name=worst["carrier"], n=count(worst["extra_late"]), best=gap.best,
            ),
            evidence=t(
                "odds of being late {odds} times [{low}, {high}] those of {best}, same region and "
                "month, {n} parcels",
                odds=count(worst["odds"], 1), low=count(worst["odds_low"], 1),
                high=count(worst["odds_high"], 1), best=gap.best, n=count(worst["cases"]),
            ),
            reference=t("the most punctual carrier on the same routes"),
            money=-float(worst["extra_late"]) * found.pay_per_late * 365 / days,
            money_basis=t(
                "late parcels beyond {best} x {pay} pay-out each (assumed), for a year; what the "
                "other carrier charges more is not taken off", best=gap.best,
                pay=money(found.pay_per_late, found.currency),
            ),
            action=t(
                "Put lateness into the contract of {name}, and move urgent parcels to another "
                "carrier if its price allows.", name=worst["carrier"],
            ),
            owner=t("logistics"),
            due=t("this quarter"),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]  # fmt: skip


def _slow(found: Timeliness) -> Finding:
    share = found.share("ship_short")
    return Finding(
        id="C18",
        statement=t(
            "{share} of orders leave within {hours} hours",
            share=per_cent(share["value"]), hours=count(found.limits[0]),
        ),
        evidence=t(
            "[{low}, {high}] of {n} orders; half have left after {half} hours",
            low=per_cent(share["low"]), high=per_cent(share["high"]), n=count(share["cases"]),
            half=count(found.hours.set_index("leg")["half"]["dispatch"]),
        ),
        reference=figure("ship_24h").words(),
        money=None,
        money_basis=t("an order that leaves late but arrives as promised costs no pay-out"),
        action=t("Move the cut-off hour of picking, and pick in the order of the promise."),
        owner=t("warehouse"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
    )  # fmt: skip
