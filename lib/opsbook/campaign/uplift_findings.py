"""What the shop should do about what an event brought, in money."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.baseline import Brought
from opsbook.campaign.methods import Methods
from opsbook.campaign.newcomers import Newcomers
from opsbook.campaign.pull_forward import PullForward
from opsbook.campaign.spill import Spill
from opsbook.finding import Confidence, Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["newcomer_findings", "pull_findings", "spill_findings", "uplift_findings"]

_CHAPTER = "campaign/E06-uplift"
_TELLING_SHARE = 0.15


def uplift_findings(found: Brought, methods: Methods | None = None) -> list[Finding]:
    """What the event brought net, in margin where it is known, against what was claimed.

    Args:
        found: From ``event_lift``.
        methods: From ``methods_side_by_side``, for the figure that was claimed.
    """
    lift = found.lifts.get("margin") or found.lifts.get("gmv")
    stake = None
    basis = t("orders only: sales are not on record")
    if lift is not None:
        stake = lift.net.gain if lift.net.real else None
        worth = t("margin after cost of goods, before commission, freight and advertising")
        basis = t(
            "{worth} of the event and of the days around it, minus what ordinary days would have "
            "brought; interval {low} to {high}",
            worth=worth if lift.measure == "margin" else t("sales (cost is not on record)"),
            low=money(lift.net.low, found.currency),
            high=money(lift.net.high, found.currency),
        )
    net = found.main.net
    claimed = methods.value("claimed") if methods is not None else float("nan")
    statement = found.headline()
    if claimed == claimed and claimed > 0 and found.main.measure == "gmv":
        statement = t(
            "{headline}. {claimed} carries the campaign",
            headline=statement,
            claimed=money(claimed, found.currency),
        )
        if stake is None and claimed > (most := max(found.main.net.high, 0.0)):
            # What is not told has no worth; what was claimed beyond any of it has.
            stake = most - claimed
            basis = t(
                "sales that carry the campaign, {claimed}, beyond the most it can have brought, "
                "{most}",
                claimed=money(claimed, found.currency),
                most=money(most, found.currency),
            )
    action = t("Book the net figure as the event's result, with its interval, and plan by it.")
    if lift is not None and lift.measure == "margin" and not lift.net.real and net.real:
        action = t("Sales rose and margin did not: cut the discount before repeating the event.")
    elif found.moved is not None:
        action = t(
            "Find out what else changed in those days (price, channel, rival, listing) before "
            "crediting the event."
        )
    elif not net.real:
        action = t(
            "Do not credit the event with its sales; next time hold a region or category out."
        )
    return [
        Finding(
            id="E06",
            statement=statement,
            evidence=found.words(),
            reference=t("the shop's own ordinary days and {n} placebo dates").format(
                n=len(found.main.placebos)
            ),
            money=stake,
            money_basis=basis,
            action=action,
            owner=t("Campaigns"),
            due=t(BEFORE_NEXT),
            confidence=_confidence(found),
            chapter=_CHAPTER,
            headline=found.headline(),
        )
    ]


def _confidence(found: Brought) -> Confidence:
    lift = found.main
    if not lift.net.real or found.moved is not None:
        return "low"
    # What could not be looked at before the event is not known to have been quiet.
    looked = lift.moved is not None and lift.moved.days > 0
    return "high" if lift.placebo_p < 0.05 and not found.shared_with and looked else "medium"


def pull_findings(found: PullForward) -> list[Finding]:
    """A dip that the peak must be charged with; nothing where none can be told."""
    if found.verdict != "pulled forward":
        return []
    lift = found.lift
    priced = lift.measure != "orders"
    return [
        Finding(
            id="E06",
            statement=found.headline(),
            evidence=found.words(),
            reference=t("ordinary days of the same season"),
            money=float(found.around.gain) if priced else None,
            money_basis=t(
                "sold minus expected on the days around the peak; interval {low} to {high}",
                low=found.brought.amount(lift, found.around.low),
                high=found.brought.amount(lift, found.around.high),
            ),
            action=t("Charge the dip to the event; plan stock and staff of these days lower."),
            owner=t("Campaigns"),
            due=t(BEFORE_NEXT),
            confidence="medium",
            chapter=_CHAPTER,
            headline=found.headline(),
        )
    ]


def spill_findings(found: Spill) -> list[Finding]:
    """Halo to use or cannibalisation to charge; nothing where neither can be told."""
    others = found.group("others")
    if others is None or found.verdict not in ("halo", "cannibalised"):
        return []
    halo = found.verdict == "halo"
    return [
        Finding(
            id="E06",
            statement=found.headline(),
            evidence=found.words(),
            reference=t("the same products on ordinary days"),
            money=float(others["gain"]),
            money_basis=t(
                "sales of {n} products that were not pushed, minus what was expected; interval "
                "{low} to {high}",
                n=count(int(others["products"])),
                low=money(float(others["low"]), found.currency),
                high=money(float(others["high"]), found.currency),
            ),
            action=t("Stock what was not pushed too, and show it beside what is.")
            if halo
            else t("Charge what the others lost to the event, and push products that stand alone."),
            owner=t("Merchandising"),
            due=t(BEFORE_NEXT),
            confidence="medium",
            chapter=_CHAPTER,
            headline=found.headline(),
        )
    ]


def newcomer_findings(found: Newcomers) -> list[Finding]:
    """Whether new customers of the event are worth less; nothing where they are like others."""
    if not len(found.frame) or not found.p < 1 - found.level:
        return []
    rows = found.frame.set_index("group")
    gap = float(rows.loc["event", "later"] - rows.loc["ordinary", "later"])
    share = float(rows.loc["event", "back"] / max(rows.loc["ordinary", "back"], 1e-9) - 1)
    if abs(share) < _TELLING_SHARE:
        return []
    number = float(rows.loc["event", "customers"])
    return [
        Finding(
            id="E06",
            statement=found.headline(),
            evidence=found.words(),
            reference=t("new customers of ordinary days, watched as long"),
            money=gap * number if found.has_money else None,
            money_basis=t(
                "difference of later sales per new customer x {n} new customers of the event, "
                "{days} days; relative difference of those who came back {share}",
                n=count(number),
                days=found.horizon,
                share=per_cent(share, 0, sign=True),
            ),
            action=t("Pay no more for a new customer of the event than his later orders bear.")
            if share < 0
            else t("Count later orders when the event's result is judged."),
            owner=t("CRM"),
            due=t(BEFORE_NEXT),
            confidence="high" if found.p < 0.01 else "medium",
            chapter=_CHAPTER,
            headline=found.headline(),
        )
    ]
