"""What a budget that hangs on one channel asks the shop to do, in money."""

from opsbook.campaign.budget_words import channel_name, worth_word
from opsbook.campaign.concentration import SpendConcentration
from opsbook.campaign.shock import ClickShock
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure, figures

__all__ = ["concentration_findings"]

_CHAPTER = "campaign/E15-concentration"
_MONTH = 30
_DEPENDS = 0.5


def concentration_findings(held: SpendConcentration, shock: ClickShock) -> list[Finding]:
    """One finding where half of the budget or more hangs on one channel.

    Args:
        held: From ``spend_concentration``.
        shock: From ``click_shock`` on it.
    """
    if held.top < _DEPENDS:
        return []
    row = shock.frame.iloc[0]
    name = channel_name(held.largest)
    factor = count(shock.factor, 0 if shock.factor == int(shock.factor) else 1)
    statement = t(
        "{share} of the advertising budget hangs on {channel}",
        share=per_cent(held.top, 0),
        channel=name,
    )
    told = row["verdict"] != "unknown" and row["lost_worth"] == row["lost_worth"]
    booked = row["credited_worth"] == row["credited_worth"]
    worth = worth_word(shock.has_margin)
    if told:
        lost: float | None = -float(row["lost_worth"]) * _MONTH
        basis = t(
            "{worth} lost in 30 days if clicks cost {factor} times as much and the money stays, "
            "by the response curve; interval {low} to {high}",
            worth=worth,
            factor=factor,
            low=money(float(row["lost_worth_low"]) * _MONTH, held.currency),
            high=money(float(row["lost_worth_high"]) * _MONTH, held.currency),
        )
    elif booked:
        lost = -float(row["credited_worth"]) * _MONTH
        basis = t(
            "{worth} that last click credits to the clicks lost in 30 days if they cost {factor} "
            "times as much; what would come anyway is in it, so it is at most that",
            worth=worth,
            factor=factor,
        )
    else:
        lost, basis = None, t("orders name no channel, so the dependence has no price")
    return [
        Finding(
            id="E15",
            statement=statement,
            evidence=t(
                "HHI {hhi}, as concentrated as {alike} equal channels; {spend} in {days} days",
                hhi=count(held.hhi),
                alike=count(held.alike, 1),
                spend=money(float(held.frame["spend"].sum()), held.currency),
                days=held.window.days,
            ),
            reference=_reference(),
            money=lost,
            money_basis=basis,
            action=t(
                "Move a tenth of {channel}'s money to the two next channels each month, in weeks "
                "on and off, so that their effect can be told.",
                channel=name,
            ),
            owner=t("Channel manager"),
            due=t("this quarter"),
            confidence="medium" if told else "low",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]


def _reference() -> str:
    known = figures()
    if "single_channel_case" in known:
        return figure("single_channel_case").words()
    return t("half of the budget on one channel, a limit of this report's own")
