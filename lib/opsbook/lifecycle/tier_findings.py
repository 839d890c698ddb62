"""What the tiers ask the shop to do: keep-level notices, near misses, and tiers without effect."""

from typing import TYPE_CHECKING

from opsbook.finding import Finding
from opsbook.language import count, day, money, per_cent, t
from opsbook.lifecycle.tier_schemes import tier_name
from opsbook.reference.figures import figure

if TYPE_CHECKING:
    from opsbook.lifecycle.tiers import TierReview

__all__ = ["tier_findings"]

_CHAPTER = "lifecycle/B19-tiers"
_LEAST = 20
_EMPTY = 0.001
"""Share of customers below which a tier is as good as empty."""


def tier_findings(result: "TierReview") -> list[Finding]:
    """Findings on who falls, who is close, and tiers that hold nobody.

    Args:
        result: From ``tiers``.
    """
    return _falling(result) + _near(result) + _empty(result)


def _falling(result: "TierReview") -> list[Finding]:
    frame = result.notices()
    if len(frame) < _LEAST:
        return []
    within = frame[(frame["missing"] <= frame["usual"]) & (frame["missing_days"] == 0)]
    usual = float(frame["usual"].clip(lower=0).sum())
    moves = result.moves() if result.moved else None
    reference = (
        t("own past: {n} fell in the last {days} days", n=count(moves["down"]),
          days=result.scheme.review_days)
        if moves
        else t("no earlier review in the data")
    )  # fmt: skip
    return [
        Finding(
            id="B19",
            statement=t(
                "{n} members fall a tier by {day} unless they buy",
                n=count(len(frame)),
                day=day(result.due),
            ),
            evidence=t(
                "they spent {spent} in {period}; {within} of them keep it by buying as usual",
                spent=money(frame["spend"].sum(), result.currency),
                period=str(result.period),
                within=count(len(within)),
            ),
            reference=reference,
            money=-usual,
            money_basis=t(
                "what they spend in {days} days at their pace of the window; a tier lost is not "
                "all of it lost",
                days=result.scheme.review_days,
            ),
            action=t(
                "Send the keep-level notice with each one's missing amount and last day; leave a "
                "tenth out to see what it does."
            ),
            owner=t("CRM"),
            due=t("this month"),
            confidence="medium",
            chapter=_CHAPTER,
            headline=t("{n} members are about to fall a tier", n=count(len(frame))),
        )
    ]


def _near(result: "TierReview") -> list[Finding]:
    frame = result.near()
    if len(frame) < _LEAST:
        return []
    missing = float(frame["missing"].sum())
    return [
        Finding(
            id="B19",
            statement=t(
                "{n} members are one usual purchase short of the next tier", n=count(len(frame))
            ),
            evidence=t(
                "together {missing} are missing, {each} each at the median",
                missing=money(missing, result.currency),
                each=money(float(frame["missing"].median()), result.currency),
            ),
            reference=t("rule: missing amount at most the customer's mean purchase"),
            money=missing,
            money_basis=t("the missing amounts, if all of them rise; some would buy anyway"),
            action=t("Show the missing amount in the app and in the cart; it costs nothing."),
            owner=t("CRM"),
            due=t("this month"),
            confidence="low",
            chapter=_CHAPTER,
        )
    ]


def _empty(result: "TierReview") -> list[Finding]:
    frame = result.summary()
    empty = frame[(frame["share"] < _EMPTY) & (frame["tier"] != result.scheme.keys[0])]
    if empty.empty or len(result.customers) < _LEAST / _EMPTY / 10:
        return []
    row = empty.iloc[0]
    black = row["tier"] == "black"
    return [
        Finding(
            id="B19",
            statement=t(
                "The tier {name} from {spend} holds {n} of {all} customers",
                name=tier_name(str(row["tier"])),
                spend=money(row["from_spend"], result.currency),
                n=count(row["customers"]),
                all=count(len(result.customers)),
            ),
            evidence=t("share {share}", share=per_cent(row["share"], 2)),
            reference=figure("tier_black_spend").words() if black else t("design: a scarce top"),
            money=None,
            money_basis=t("an empty tier costs nothing and moves nobody"),
            action=t("Lower its bound until a member can see the way there, or drop it."),
            owner=t("CRM"),
            due=t("next quarter"),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]
