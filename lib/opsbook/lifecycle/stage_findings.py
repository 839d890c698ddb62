"""What stages ask the shop to do: customers turning late, a shrinking stock, the dormant."""

import pandas as pd

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.dormant import Dormancy
from opsbook.lifecycle.migration import Migration
from opsbook.lifecycle.stages import Stages
from opsbook.reference.figures import figure

__all__ = ["dormant_findings", "stage_findings"]

_STAGES = "lifecycle/B05-life-cycle"
_DORMANT = "lifecycle/B11-dormancy"
_ONE_IN = 0.1
_LEAST = 30


def stage_findings(
    result: Stages, outcomes: pd.DataFrame | None = None, moved: Migration | None = None
) -> list[Finding]:
    """Findings on stages: who is late now, and whether the living stock shrinks.

    Args:
        result: From ``stages``.
        outcomes: From ``stage_outcomes``, to price the late ones.
        moved: From ``migration``.
    """
    found = _late(result, outcomes)
    return found + (_stock(moved, outcomes) if moved is not None else [])


def _row(outcomes: pd.DataFrame | None, stage: str) -> pd.Series | None:
    if outcomes is None:
        return None
    row = outcomes.set_index("stage").loc[stage]
    return row if row["customers"] >= _LEAST and row["per_buyer"] == row["per_buyer"] else None


def _late(result: Stages, outcomes: pd.DataFrame | None) -> list[Finding]:
    n = result.number("at risk")
    if n < _LEAST:
        return []
    row, keen = _row(outcomes, "at risk"), _row(outcomes, "active")
    worth = None if row is None else _ONE_IN * n * float(row["per_buyer"])
    evidence = t("{n} of {all} customers", n=count(n), all=count(result.customers))
    if row is not None and keen is not None:
        evidence += t(
            "; of such customers 90 days earlier {late} bought within 90 days, of active ones "
            "{active}",
            late=per_cent(row["rate"]),
            active=per_cent(keen["rate"]),
        )
    statement = t("{n} customers are overdue and not yet gone", n=count(n))
    return [
        Finding(
            id="B05",
            statement=statement,
            evidence=evidence,
            reference=result.words(),
            money=worth,
            money_basis=t("what such customers spend when they return is not known")
            if row is None
            else t(
                "if one in ten more comes back: {n} customers at {each} net sales in 90 days, as "
                "those who came back by themselves",
                n=count(_ONE_IN * n),
                each=money(row["per_buyer"], result.currency),
            ),
            action=t("Remind them this week, the most valuable first; hold out one in ten."),
            owner=t("CRM"),
            due=t("this week"),
            confidence="medium",
            chapter=_STAGES,
            headline=statement,
        )
    ]


def _stock(moved: Migration, outcomes: pd.DataFrame | None) -> list[Finding]:
    stock = moved.stock
    change = stock["after"] - stock["before"]
    # A hundredth of the stock moves by chance alone.
    if not stock["before"] or abs(change) < 0.02 * stock["before"]:
        return []
    row = _row(outcomes, "active")
    each = None if row is None else float(row["rate"] * row["per_buyer"])
    return [
        Finding(
            id="B05",
            statement=moved.headline(),
            evidence=t(
                "{before} + {joined} joined + {back} came back − {gone} fell silent = {after}",
                before=count(stock["before"]),
                joined=count(stock["joined"]),
                back=count(stock["won_back"]),
                gone=count(stock["fell_silent"]),
                after=count(stock["after"]),
            ),
            reference=moved.words(),
            money=None if each is None else change * each,
            money_basis=t("not priced")
            if each is None
            else t(
                "change in stock at {each} net sales per active customer in 90 days",
                each=money(each, moved.after.currency),
            ),
            action=t("Find the channel or category whose customers fell silent before buying more.")
            if change < 0
            else t("Check that the newcomers' second orders keep pace; growth by joining is lent."),
            owner=t("CRM"),
            due=t("this month"),
            confidence="medium",
            chapter=_STAGES,
            headline=moved.headline(),
        )
    ]


def dormant_findings(
    result: Dormancy, stages: Stages | None = None, outcomes: pd.DataFrame | None = None
) -> list[Finding]:
    """The dormant share with base and clock, and what waking one in a hundred brings.

    Args:
        result: From ``dormant_share``.
        stages: From ``stages``, to say how many are dormant by their own rhythm.
        outcomes: From ``stage_outcomes``, to price a return.
    """
    now = result.now
    if now["base"] < _LEAST:
        return []
    row = _row(outcomes, "dormant")
    worth = None if row is None else 0.01 * float(now["dormant"]) * float(row["per_buyer"])
    evidence = result.words()
    if stages is not None and stages.clock is not None:
        evidence += " " + t(
            "By their own rhythm {n} are dormant or lost: the fixed clock calls {more} more "
            "customers dormant, most of whom are merely slow.",
            n=count(stages.number("dormant", "lost")),
            more=count(max(0.0, now["dormant"] - stages.number("dormant", "lost"))),
        )
    return [
        Finding(
            id="B11",
            statement=result.headline(),
            evidence=evidence,
            reference=figure("dormant_failure").words(),
            money=worth,
            money_basis=t("what a return brings is not known")
            if row is None
            else t(
                "one in a hundred of {n} woken, at {each} net sales in 90 days, as those who came "
                "back by themselves; before the cost of the offer",
                n=count(now["dormant"]),
                each=money(row["per_buyer"]),
            ),
            action=t("Win back by length of silence and past margin, not with one coupon for all."),
            owner=t("CRM"),
            due=t("this month"),
            confidence="medium",
            chapter=_DORMANT,
            headline=result.headline(),
        )
    ]
