"""What a drilled drop asks the shop to do: the slice, its date, and where to look first."""

from opsbook.finding import Confidence, Finding
from opsbook.language import count, day, money, per_cent, t
from opsbook.traffic.change_point import ChangePoint
from opsbook.traffic.drill import Drill, Slice

__all__ = ["drill_findings", "drill_words"]

_CHAPTER = "traffic/D15-drill"


def drill_words(found: Drill) -> str:
    """What was compared, what it explains, and what is not in it."""
    change = found.change / found.expected if found.expected else float("nan")
    parts = [
        t(
            "{gmv} sold on {days} comparable days against {expected} expected ({change}).",
            gmv=money(found.gmv, found.currency),
            days=found.days,
            expected=money(found.expected, found.currency),
            change=per_cent(change, sign=True) if change == change else "–",
        )
    ]
    if found.slices:
        parts.append(
            t(
                "Named slices took {parts}; all the rest moved in common by {shared}. Nothing is "
                "counted twice.",
                parts=money(sum(s.part for s in found.slices), sign=True),
                shared=money(found.shared, sign=True),
            )
        )
    else:
        parts.append(
            t("No slice stands out of the shop's common movement and its own weekly variation.")
        )
    if found.rises:
        parts.append(
            t(
                "{names} rose meanwhile ({amount}).",
                names=t(", ").join(s.name for s in found.rises),
                amount=money(sum(s.part for s in found.rises), sign=True),
            )
        )
    if found.left_out:
        names = list(dict.fromkeys(o.name for o in found.left_out))
        parts.append(
            t("Days without a counterpart are left out: {names}.", names=t(", ").join(names[:5]))
        )
    if not found.seasonal:
        parts.append(
            t(
                "The data hold no last year of these weeks: a category's own season cannot be "
                "told from a drop."
            )
        )
    return " ".join(parts)


def drill_findings(found: Drill, date: ChangePoint | None = None) -> list[Finding]:
    """A finding for each of the first two slices, or one that the whole shop fell alike.

    Args:
        found: From ``drill``.
        date: From ``date_of_change``, for the first slice.
    """
    notes = [
        _slice(found, part, date if i == 0 else None) for i, part in enumerate(found.slices[:2])
    ]
    if not notes and found.total_z < -2 and found.change < 0:
        notes.append(_everywhere(found))
    return notes


def _look(part: Slice) -> tuple[str, str]:
    """What to do and who, by the dimension that names the slice."""
    first = {d for d, _ in part.where}
    if "device" in first:
        return (
            t("Buy something on that device today, step by step; roll back the last release."),
            t("Product manager"),
        )
    if "channel" in first:
        return (
            t("Check budget, ranking and links of the channel on the day it began."),
            t("Channel manager"),
        )
    if "category" in first:
        return (
            t("Check stock, price against competitors and the page of its best sellers."),
            t("Merchandising"),
        )
    if "region" in first:
        return (
            t("Check delivery promises, carriers and the warehouse that serve the region."),
            t("Logistics"),
        )
    return (
        t("Compare what these customers were offered and told before and after."),
        t("Growth manager"),
    )


def _slice(found: Drill, part: Slice, date: ChangePoint | None) -> Finding:
    action, owner = _look(part)
    statement = t("{slice} sold {fall} less than expected").format(
        slice=part.name, fall=per_cent(1 - part.orders / part.expected, 0)
    )
    if date is not None and date.sure:
        statement += t(", since {day}").format(day=day(date.day))
    evidence = t(
        "{n} orders against {expected} expected: {change} [{low}, {high}]; {z} standard errors "
        "below the rest of the shop",
        n=count(part.orders),
        expected=count(part.expected),
        change=per_cent(part.orders / part.expected - 1, 0, sign=True),
        low=per_cent(part.low, 0, sign=True),
        high=per_cent(part.high, 0, sign=True),
        z=count(-part.z, 1),
    )
    if date is not None and date.sure:
        evidence += t("; date between {first} and {last}").format(
            first=day(date.earliest), last=day(date.latest)
        )
    sure: Confidence = "high" if part.p_value < 1e-4 else "medium"
    return Finding(
        id="D15",
        statement=statement,
        evidence=evidence,
        reference=t("comparable days of {base}", base=str(found.base)),
        money=part.part * _rate(found),
        money_basis=_basis(
            found,
            t("sales of {days} days beyond what the rest of the shop moved", days=found.days),
        ),
        action=action,
        owner=owner,
        due=t("today"),
        confidence=sure,
        chapter=_CHAPTER,
        headline=statement,
    )


def _rate(found: Drill) -> float:
    """What of a unit of sales is margin; all of it where costs are unknown, and it is said."""
    return found.margin_rate if found.margin_rate == found.margin_rate else 1.0


def _basis(found: Drill, what: str) -> str:
    if found.margin_rate == found.margin_rate:
        rate = per_cent(found.margin_rate, 0)
        return t("{what}, at the shop's margin of {rate}", what=what, rate=rate)
    return t("{what}; costs are unknown, so it is sales and not margin", what=what)


def _everywhere(found: Drill) -> Finding:
    statement = t("The whole shop fell alike; no slice explains it")
    return Finding(
        id="D15",
        statement=statement,
        evidence=t(
            "{change} on {days} comparable days, {z} standard errors of its own weeks",
            change=per_cent(found.change / found.expected, sign=True) if found.expected else "–",
            days=found.days,
            z=count(found.total_z, 1),
        ),
        reference=t("comparable days of {base}", base=str(found.base)),
        money=found.change * _rate(found),
        money_basis=_basis(found, t("sales against comparable days")),
        action=t("Look for what all share: payment, the site, season, a competitor's sale."),
        owner=t("Operations lead"),
        due=t("this week"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )
