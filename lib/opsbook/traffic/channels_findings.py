"""What the comparison of channels asks the shop to do: which to cut, which to put to the test."""

from typing import Any

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure, figures
from opsbook.traffic.channels import Channels

__all__ = ["channel_findings", "channel_words"]

_CHAPTER = "traffic/D04-channels"


def channel_words(result: Channels) -> str:
    """What was counted how, and what is missing."""
    parts = [
        t(
            "An order belongs to the channel recorded with it, the last one before it. Three "
            "conversion rates stand side by side because sources mix them (X02): orders per "
            "visit, orders per visitor, buyers per visitor."
        )
    ]
    if not result.visits:
        parts.append(t("Visits by channel are not known, so no conversion rate is shown."))
    if result.over:
        parts.append(
            t(
                "More buyers than visitors in {names}: visits are not all recorded there, and "
                "their rates mean nothing.",
                names=t(", ").join(result.over[:5]),
            )
        )
    if result.costs:
        parts.append(
            t(
                "ROAS is sales over advertising cost, ROI is margin less cost over cost (X09); "
                "a ROAS of 3:1 loses money below a margin of 33 %."
            )
        )
    else:
        parts.append(t("Spend by channel is not known, so neither cost nor return is shown."))
    if result.worth == "sales":
        parts.append(t("Costs of goods are not known: values are sales, and there is no ROI."))
    if result.tail:
        parts.append(t("{n} small channels are put together.", n=count(result.tail)))
    return " ".join(parts)


def channel_findings(result: Channels) -> list[Finding]:
    """A finding for the channel that loses most, and one for what must be proved.

    Args:
        result: From ``channels``.
    """
    found = []
    paid = result.paid
    losing = paid[paid["verdict"] == "cut"]
    if len(losing):
        loss = (losing["spend"] * losing["roi"]).idxmin()
        found.append(_cut(result, losing.loc[loss]))
    proof = paid[(paid["verdict"] != "cut") & (paid["break_even"] > 0) & paid["roi"].notna()]
    if len(proof):
        found.append(_prove(result, proof.loc[(proof["spend"] * proof["break_even"]).idxmax()]))
    return found


def _reference() -> str:
    return figure("roi").words() if "roi" in figures() else t("break-even: an ROI of 0")


def _evidence(result: Channels, row: Any) -> str:
    return t(
        "ROAS {roas}, ROI {roi} [{low}, {high}]; {n} orders, {spend} spent",
        roas=count(row["roas"], 1),
        roi=per_cent(row["roi"], 0, sign=True),
        low=per_cent(row["roi_low"], 0, sign=True),
        high=per_cent(row["roi_high"], 0, sign=True),
        n=count(row["orders"]),
        spend=money(row["spend"], result.currency),
    )


def _cut(result: Channels, row: Any) -> Finding:
    loss = float(row["spend"] * row["roi"])
    statement = t(
        "{channel} costs more than the margin of all orders credited to it", channel=row["channel"]
    )
    return Finding(
        id="D04",
        statement=statement,
        evidence=_evidence(result, row),
        reference=_reference(),
        money=loss,
        money_basis=t(
            "margin of credited orders less spend, {period}; not even all of these orders were "
            "caused by it",
            period=str(result.period),
        ),
        action=t(
            "Halve {channel} next week, and the other half the week after unless orders of all "
            "channels together fall.",
            channel=row["channel"],
        ),
        owner=t("Channel manager"),
        due=t("this week"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )


def _prove(result: Channels, row: Any) -> Finding:
    statement = t(
        "{channel} pays only if it caused {share} of the orders credited to it",
        channel=row["channel"],
        share=per_cent(row["break_even"], 0),
    )
    return Finding(
        id="D04",
        statement=statement,
        evidence=_evidence(result, row),
        reference=_reference(),
        money=-float(row["spend"]),
        money_basis=t(
            "spend of {period}, the most that is lost if it caused nothing; its return rests on "
            "credit alone",
            period=str(result.period),
        ),
        action=t(
            "Switch {channel} off in a tenth of the regions for four weeks and compare their "
            "orders with the others.",
            channel=row["channel"],
        ),
        owner=t("Channel manager"),
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
    )
