"""What RFM segments ask the shop to do, priced by what such customers did a quarter ago."""

from typing import TYPE_CHECKING

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.rfm_segments import SEGMENTS

if TYPE_CHECKING:
    import pandas as pd

    from opsbook.lifecycle.movement import Movement
    from opsbook.lifecycle.rfm import Rfm

__all__ = ["rfm_findings"]

_CHAPTER = "lifecycle/B02-rfm"
_BEST = ("champions", "loyal")
_QUIET = ("cant_lose", "at_risk")
_YOUNG = ("new_customers", "promising", "potential_loyalists")
_COOLED = ("need_attention", "about_to_sleep", "cant_lose", "at_risk", "hibernating", "lost")
_LEAST = 20
"""Customers that a finding needs: fewer are a list, not a finding."""
_POINTS = 0.02


def rfm_findings(
    result: "Rfm", moved: "Movement | None" = None, earlier: "Movement | None" = None
) -> list[Finding]:
    """Findings on the best, the silent and the young customers.

    Args:
        result: From ``rfm``.
        moved: From ``movement`` up to the same day; without it little can be priced.
        earlier: From ``movement`` one step before, as the shop's own past.
    """
    if not result.money > 0:
        return []
    found = []
    if moved is not None:
        found += _cooling(result, moved, earlier)
    found += _silent(result, moved)
    if moved is not None:
        found += _young(result, moved)
    return found


def _follow(moved: "Movement", keys: tuple[str, ...]) -> "pd.DataFrame":
    frame = moved.follow_up()
    return frame[frame["segment"].isin(keys)]


def _names(keys: tuple[str, ...]) -> str:
    names = {s.key: t(s.name) for s in SEGMENTS}
    return t(", ").join(names[key] for key in keys)


def _slipped(moved: "Movement") -> tuple[int, int, float]:
    """Best customers of the earlier date, how many cooled off, and their spend before."""
    best = moved.customers[moved.customers["before"].isin(_BEST)]
    cooled = best[best["after"].isin([*_COOLED, "left"])]
    return len(best), len(cooled), float(cooled["money_before"].sum())


def _cooling(result: "Rfm", moved: "Movement", earlier: "Movement | None") -> list[Finding]:
    base, cooled, spent = _slipped(moved)
    if cooled < _LEAST:
        return []
    pace = spent * moved.days / moved.then.days
    reference = t("no earlier quarter to compare with")
    if earlier is not None and earlier.then.days == moved.then.days:
        past_base, past, _ = _slipped(earlier)
        if past_base:
            reference = t(
                "own past: {past} of {base} ({share}) in the {days} days before",
                past=count(past),
                base=count(past_base),
                share=per_cent(past / past_base),
                days=earlier.days,
            )
    return [
        Finding(
            id="B02",
            statement=t(
                "{cooled} of {base} best customers have cooled off within {days} days",
                cooled=count(cooled),
                base=count(base),
                days=moved.days,
            ),
            evidence=t(
                "from {best} to {worse}; they spent {spent} in {then}",
                best=_names(_BEST),
                worse=_names(_COOLED[:4]),
                spent=money(spent, result.currency),
                then=str(moved.then),
            ),
            reference=reference,
            money=-pace,
            money_basis=t(
                "what they used to spend in {days} days; some will come back unasked",
                days=moved.days,
            ),
            action=t(
                "Write to them this week, by name and by what they bought; leave a tenth out to "
                "see what the message does."
            ),
            owner=t("CRM"),
            due=t("this week"),
            confidence="high",
            chapter=_CHAPTER,
            headline=t(
                "{share} of the best customers have cooled off", share=per_cent(cooled / base, 0)
            ),
        )
    ]


def _silent(result: "Rfm", moved: "Movement | None") -> list[Finding]:
    frame = result.segments[result.segments["segment"].isin(_QUIET)]
    n = int(frame["customers"].sum())
    if n < _LEAST:
        return []
    spent = float(frame["money"].sum())
    stake, basis, evidence = None, t("how such customers go on is not in the data yet"), ""
    reference = t("no earlier quarter to compare with")
    if moved is not None:
        past = _follow(moved, _QUIET)
        if past["customers"].sum() >= _LEAST:
            gap = (past["pace"] - past["per_customer"]).clip(lower=0)
            each = float((gap * past["customers"]).sum() / past["customers"].sum())
            stake = -each * n
            basis = t(
                "{each} per customer and {days} days: what such customers spent before, less what "
                "they spent in the {days} days after; a campaign wins back a part of it; who "
                "cooled off just now is included",
                each=money(each, result.currency),
                days=moved.days,
            )
            evidence = "; " + t(
                "of {base} in the same segments {days} days ago {share} have bought since",
                base=count(past["customers"].sum()),
                days=moved.days,
                share=per_cent(past["bought"].sum() / past["customers"].sum()),
            )
            reference = t("own past: {period}", period=str(moved.then))
    return [
        Finding(
            id="B02",
            statement=t("{n} good customers have gone silent", n=count(n)),
            evidence=t(
                "{names}: {spent}, {share} of net sales in {period}",
                names=_names(_QUIET),
                spent=money(spent, result.currency),
                share=per_cent(spent / result.money),
                period=str(result.period),
            )
            + evidence,
            reference=reference,
            money=stake,
            money_basis=basis,
            action=t(
                "Work the list from the top: a personal message first, an offer of at most one "
                "usual order's margin second, and stop after two tries."
            ),
            owner=t("CRM"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=t("{n} good customers have gone silent", n=count(n)),
        )
    ]


def _young(result: "Rfm", moved: "Movement") -> list[Finding]:
    n = int(result.segments.loc[result.segments["segment"].isin(_YOUNG), "customers"].sum())
    past = _follow(moved, _YOUNG)
    base, bought = int(past["customers"].sum()), int(past["bought"].sum())
    if n < _LEAST or base < _LEAST or not bought:
        return []
    spent = float((past["per_customer"] * past["customers"]).sum())
    # What one further buyer brings: the mean of those who did buy.
    each = spent / bought
    if not each > 0:
        return []
    low, high = _interval(bought, base, moved.level)
    return [
        Finding(
            id="B02",
            statement=t(
                "{share} of young customers buy again within {days} days",
                share=per_cent(bought / base),
                days=moved.days,
            ),
            evidence=t(
                "{names}: {bought} of {base} [{low}, {high}]; {n} are in them now",
                names=_names(_YOUNG),
                bought=count(bought),
                base=count(base),
                low=per_cent(low),
                high=per_cent(high),
                n=count(n),
            ),
            reference=t("own past: {period}", period=str(moved.then)),
            money=n * _POINTS * each,
            money_basis=t(
                "a what-if: {points} more of them buying, {each} each within {days} days",
                points=per_cent(_POINTS, 0),
                each=money(each, result.currency),
                days=moved.days,
            ),
            action=t(
                "Offer the second purchase while the first is fresh; test it against a group "
                "without an offer."
            ),
            owner=t("CRM"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]


def _interval(hits: int, cases: int, level: float) -> tuple[float, float]:
    from opsbook.common.shares import wilson

    low, high = wilson(hits, cases, level)
    return float(low), float(high)
