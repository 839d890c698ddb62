"""What stock before and during the event asks the shop to do."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.stock_check import StockAhead
from opsbook.campaign.stock_check_chart import ahead_title, ahead_words
from opsbook.campaign.stock_lost import StockLost
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure

__all__ = ["stock_findings"]

_CHAPTER = "campaign/E13-stock"
_LEAST = 1.0


def stock_findings(ahead: StockAhead | None = None, lost: StockLost | None = None) -> list[Finding]:
    """What to order before an event to come, and what empty shelves cost one that was.

    Args:
        ahead: From ``stock_ahead``; spoken of only while there is time to order.
        lost: From ``stock_lost``.
    """
    found = []
    if ahead is not None and ahead.demand != ahead.demand and ahead.frame["at_risk"].any():
        found.append(_order(ahead))
    if lost is not None and lost.pieces[0] >= _LEAST:
        found.append(_cost(lost))
    return found


def _order(ahead: StockAhead) -> Finding:
    risk = ahead.at_risk
    stake = float(risk["stake"].sum())
    half = int((risk["stake"].cumsum() < stake / 2).sum()) + 1
    return Finding(
        id="E13",
        statement=ahead_title(ahead),
        evidence=ahead_words(ahead),
        reference=t("the shop's own sales and the same event before"),
        money=-stake,
        money_basis=t("pieces missing on average x margin, if nothing more is ordered, {period}",
                      period=str(ahead.days))
        + ("" if ahead.priced else t("; costs are unknown, so it is sales and not margin")),
        action=t(
            "Order {pieces} pieces now, the {n} products that carry half of the money first; take "
            "what cannot come out of the campaign.",
            pieces=count(float(risk["order"].sum())),
            n=count(half),
        ),
        owner=t("Replenishment planner"),
        due=t("today"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=ahead_title(ahead),
    )  # fmt: skip


def _cost(lost: StockLost) -> Finding:
    value, low, high = lost.margin
    frame = lost.frame
    half = int((frame["lost"].cumsum() < frame["lost"].sum() / 2).sum()) + 1
    names = ", ".join(frame["sku"].astype(str).head(min(half, 5)))
    basis = t(
        "hidden pieces x (shelf price − unit cost), {days}", days=str(lost.period)
    ) if lost.has_cost else t("hidden pieces x shelf price; costs are unknown, {days}",
                              days=str(lost.period))  # fmt: skip
    return Finding(
        id="E13",
        statement=t(
            "In {event} {share} of what was wanted met an empty shelf; {n} products make half of "
            "the loss",
            event=lost.event.name,
            share=per_cent(lost.share[0]),
            n=count(half),
        ),
        evidence=t(
            "{pieces} pieces [{low}, {high}] on {days} days; before the event {usual}",
            pieces=count(lost.pieces[0]),
            low=count(lost.pieces[1]),
            high=count(lost.pieces[2]),
            days=count(lost.period.days),
            usual=per_cent(lost.usual_share) if lost.usual_share == lost.usual_share else "–",
        ),
        reference=figure("stock_out_rate").words(),
        money=-value,
        money_basis=basis
        + t("; {low} to {high} by the chance of which SKUs ran out").format(
            low=money(low, lost.currency), high=money(high, lost.currency)
        ),
        action=t("Check stock of {names} before the next event, and order to the need of its peak.",
                 names=names),
        owner=t("Replenishment planner"),
        due=t(BEFORE_NEXT),
        confidence="medium",
        chapter=_CHAPTER,
    )  # fmt: skip
