"""What demand hidden by stock-outs asks the shop to do."""

import numpy as np

from opsbook.common.censored import HiddenDemand, hidden_interval
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, period, t
from opsbook.reference.figures import figure
from opsbook.supply.censored_chart import last_year

__all__ = ["hidden_findings", "hidden_words"]

_CHAPTER = "supply/C01-demand-forecast"
_LEAST = 5.0
"""Hidden pieces below which there is nothing to say."""


def hidden_words(found: HiddenDemand) -> str:
    """What was estimated, how sure it is, and on how much data."""
    if not found.panel.has_stock:
        return t("Without daily stock records, demand is taken to be sales.")
    year = last_year(found)
    sure = hidden_interval(year)
    text = t(
        "{pieces} pieces [{low}, {high}] were wanted and not there, {share} of demand; "
        "{rate} of SKU-days on sale had no stock or ran out.",
        pieces=count(float(sure.loc["pieces", "value"])),
        low=count(float(sure.loc["pieces", "low"])),
        high=count(float(sure.loc["pieces", "high"])),
        share=per_cent(year.hidden_share),
        rate=per_cent(year.stock_out_rate),
    )
    if np.isfinite(found.taken_over):
        text += " " + t(
            "When the main warehouse was empty, others served {share} of its demand.",
            share=per_cent(found.taken_over, 0),
        )
    return text


def hidden_findings(found: HiddenDemand) -> list[Finding]:
    """At most two findings: what stock-outs cost, and what is empty right now.

    Args:
        found: From ``hidden_demand``; money is of its last 365 days.
    """
    if not found.panel.has_stock:
        return []
    year = last_year(found)
    if float(year.skus["hidden"].sum()) < _LEAST:
        return []
    return [_cost(found, year), *_empty_now(found)]


def _cost(found: HiddenDemand, year: HiddenDemand) -> Finding:
    panel = year.panel
    frame = year.skus.sort_values("lost_margin", ascending=False, na_position="last")
    worth = frame["lost_margin"].fillna(0.0).clip(lower=0.0).to_numpy()
    priced = bool(frame["lost_margin"].notna().any())
    if priced and worth.sum() > 0:
        most = int(np.searchsorted(np.cumsum(worth), worth.sum() / 2)) + 1
    else:
        pieces = np.sort(frame["hidden"].to_numpy())[::-1]
        most = int(np.searchsorted(np.cumsum(pieces), pieces.sum() / 2)) + 1
    sure = hidden_interval(year)
    basis = t(
        "hidden pieces x (shelf price − unit cost), {days}",
        days=period(panel.dates[0].date(), panel.end),
    )
    if priced:
        basis += "; " + t(
            "{low} to {high} by the chance of which SKUs ran out",
            low=money(float(sure.loc["margin", "low"]), panel.currency),
            high=money(float(sure.loc["margin", "high"]), panel.currency),
        )
    share = per_cent(year.hidden_share)
    return Finding(
        id="E13",
        statement=t(
            "{share} of demand met an empty shelf; {n} SKUs make half of the loss",
            share=share,
            n=count(most),
        ),
        evidence=hidden_words(found),
        reference=figure("stock_out_rate").words(),
        money=-year.lost_margin if priced else None,
        money_basis=basis if priced else t("unit costs are not in the data"),
        action=t(
            "Raise the reorder point of these {n} SKUs first, and forecast from demand, not "
            "from sales: a forecast from sales repeats the stock-out.",
            n=count(most),
        ),
        owner=t("Replenishment planner"),
        due=t("this week"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=t("empty shelves cost {amount} of margin in a year").format(
            amount=money(year.lost_margin, panel.currency)
        )
        if priced
        else t("{share} of demand met an empty shelf", share=share),
    )


def _empty_now(found: HiddenDemand) -> list[Finding]:
    """SKUs without stock on the last day, and what they lose a week."""
    empty = (found.state[:, -1] > 0) & (found.state[:, -1] < 3)
    empty &= found.panel.left[:, -1] <= 0
    if not empty.any():
        return []
    # The last day itself may be busy; a week at the pace of the last 28 is what waits.
    pace = found.expected[:, -28:].mean(axis=1) * 7
    margin = found.skus["margin"].to_numpy(np.float64)
    listed = found.panel.skus["list_price"] * (1 - found.panel.cut[:, -1])
    margin = np.where(np.isfinite(margin), margin, listed - found.panel.skus["unit_cost"])
    loss = float(np.nansum(np.where(empty, pace * np.maximum(margin, 0), 0.0)))
    order = np.argsort(-np.where(empty, pace * np.nan_to_num(margin), -1.0), kind="stable")
    names = found.skus["sku"].to_numpy()[order[: min(5, int(empty.sum()))]]
    priced = bool(np.isfinite(margin[empty]).any())
    return [
        Finding(
            id="C01",
            statement=t(
                "{n} SKUs on sale had no free stock in the evening of the last day",
                n=count(int(empty.sum())),
            ),
            evidence=t(
                "{pieces} pieces of them are expected to be wanted in a week; most of it: {names}",
                pieces=count(float(pace[empty].sum()), 1),
                names=", ".join(str(n) for n in names),
            ),
            reference=t("own expectation from the days with stock"),
            money=-loss if priced else None,
            money_basis=t("expected pieces of one week x margin per piece")
            if priced
            else t("unit costs are not in the data"),
            action=t("Chase what is on order; switch off advertising for what is not coming."),
            owner=t("Replenishment planner"),
            due=t("today"),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]
