"""Recommendation and satisfaction as findings: who is unhappy, and what they bought since."""

from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.nps import Nps, in_points
from opsbook.lifecycle.nps_chart import segment_title
from opsbook.lifecycle.nps_repurchase import Repurchase
from opsbook.lifecycle.nps_segments import NpsSegments
from opsbook.lifecycle.satisfaction import Satisfaction

__all__ = ["nps_findings", "satisfaction_findings"]

_CHAPTER = "lifecycle/B30-nps"


def nps_findings(
    score: Nps,
    groups: NpsSegments | None = None,
    later: Repurchase | None = None,
    service: Satisfaction | None = None,
) -> list[Finding]:
    """Findings on the score, its groups and satisfaction after complaints.

    Args:
        score: From ``nps``.
        groups: From ``nps_segments``.
        later: From ``nps_repurchase``; without it nothing is priced.
        service: From ``satisfaction``.
    """
    found = _moved(score, later)
    if groups is not None:
        found += _group(groups, later)
    if service is not None:
        found += satisfaction_findings(service)
    return found


def _worth(later: Repurchase | None) -> tuple[float | None, str]:
    """What detractors bought after their answer less before, against promoters."""
    if later is None or later.lost != later.lost:
        return None, t("too few answers to say what detractors bought later")
    row = later.frame.set_index("group").loc["detractor"]
    people = float(row["customers"])
    sizes = {
        "before": money(float(row["before"]) * people),
        "after": money(float(row["after"]) * people),
        "total": money(later.lost * people, later.currency, sign=True), "n": count(people),
        "low": money(later.lost_low * people, sign=True), "days": count(later.days),
        "high": money(later.lost_high * people, sign=True),
    }  # fmt: skip
    if later.lost_low <= 0 <= later.lost_high:
        return None, t(
            "{n} detractors bought for {before} in the {days} days before and {after} after; "
            "against promoters that is {total} ({low} to {high}), which may be chance",
            **sizes,
        )
    return later.lost * people, t(
        "sales of {n} detractors: {before} in the {days} days before, {after} after; against "
        "promoters {total} ({low} to {high}); tied to the answer, not shown to be caused by it",
        **sizes,
    )


def _moved(score: Nps, later: Repurchase | None) -> list[Finding]:
    """A score that changed beyond chance."""
    if not score.change_p < 1 - score.level:
        return []
    worth, basis = _worth(later)
    if score.change > 0:
        action = t("Find out what changed and keep it: read the reasons of new promoters.")
    else:
        action = t("Call ten detractors of this period and fix what they name first.")
    return [
        Finding(
            id="B30",
            statement=score.headline(),
            evidence=score.words(),
            reference=t("own past: the period before; case: NPS 78 (source claim, 001)"),
            money=worth if score.change < 0 else None,
            money_basis=basis,
            action=action,
            owner=t("Customer service lead"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=score.headline(),
        )
    ]


def _group(groups: NpsSegments, later: Repurchase | None) -> list[Finding]:
    """The group furthest below the others."""
    worse = groups.real[groups.real["gap"] < 0]
    if worse.empty:
        return []
    row = worse.iloc[0]
    worth, basis = _worth(later)
    actions = {
        "late": t("Cut late parcels at the worst carrier and region; write to buyers before they "
                  "notice the delay."),
        "returned": t("Refund faster and fix the products sent back most; ask why in two words."),
    }  # fmt: skip
    default = t("Read the reasons given in this group before spending on it.")
    statement = segment_title(groups)
    confidence: Confidence = "high" if row["p_corrected"] < 0.01 else "medium"
    return [
        Finding(
            id="B30",
            statement=statement,
            evidence=t(
                "score {score} from {n} answers, others {gap} points higher [{low}, {high}], "
                "p {p} after correction for {tested} comparisons",
                score=in_points(row["score"]), n=count(row["answers"]),
                gap=in_points(-row["gap"]), low=in_points(-row["gap_high"]),
                high=in_points(-row["gap_low"]), tested=groups.tested,
                p="< 0.001" if row["p_corrected"] < 0.001 else "= " + count(row["p_corrected"], 3),
            ),
            reference=t("all other answers; {words}", words=groups.words()),
            money=worth,
            money_basis=basis,
            action=actions.get(row["segment"], default),
            owner=t("Logistics") if row["segment"] == "late" else t("Customer service lead"),
            due=t("this month"),
            confidence=confidence,
            chapter=_CHAPTER,
            headline=statement,
        )
    ]  # fmt: skip


def satisfaction_findings(service: Satisfaction) -> list[Finding]:
    """Satisfaction after complaints that falls short of the claim beyond chance."""
    row = service.complaints
    if row is None or service.verdict != "missed":
        return []
    return [
        Finding(
            id="B30",
            statement=service.headline(),
            evidence=t(
                "{satisfied} of {n} ratings [{low}, {high}]; {share} of complaints were rated",
                satisfied=count(row["satisfied"]), n=count(row["answers"]),
                low=per_cent(row["low"]), high=per_cent(row["high"]),
                share=per_cent(row["answered"], 0),
            ),
            reference=t("source claim: complaint satisfaction ≥ 95 % (002 四)"),
            money=None,
            money_basis=t("tickets carry no customer, so what the unhappy bought is not known"),
            action=t("Read every complaint rated 1 to 3 of the last month; let the group with the "
                     "lowest share settle small sums itself."),
            owner=t("Customer service lead"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=service.headline(),
        )
    ]  # fmt: skip
