"""What the demand forecast asks the shop to do, in money."""

from typing import Literal

import numpy as np

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.events import RULES
from opsbook.reference.figures import figure
from opsbook.supply.backtest import ALL
from opsbook.supply.coherent import shop_interval
from opsbook.supply.forecast import Forecast
from opsbook.supply.forecast_accuracy import biased_skus, errors_by_sku
from opsbook.supply.forecast_chart import ahead_of_stock, class_name
from opsbook.supply.forecast_methods import YARDSTICK, method_name

__all__ = ["forecast_findings", "forecast_words"]

_CHAPTER = "supply/C01-demand-forecast"


def forecast_words(found: Forecast) -> str:
    """What was measured, what is used and what has to be known, in a few sentences."""
    whole = found.table.iloc[0]
    text = [
        t(
            "Over {days} days that chose nothing the forecast of {window} days errs by {own} of "
            "sales, seasonal naive by {naive}; it saves {gain} of the loss [{low}, {high}].",
            days=int(whole["days"]),
            window=found.tested.window,
            own=per_cent(float(whole["wape"])),
            naive=per_cent(float(whole["naive_wape"])),
            gain=per_cent(float(whole["gain"])),
            low=per_cent(float(whole["low"])),
            high=per_cent(float(whole["high"])),
        ),
        t(
            "{share} of sums fell inside the 90 % interval (ties by lot).",
            share=per_cent(float(whole["calibrated"])),
        ),
    ]
    kept = [class_name(k) for k, m in found.chosen.items() if m == YARDSTICK and k != ALL]
    if kept:
        text.append(
            t(
                "No method beats seasonal naive in these classes, so it is used: {names}.",
                names=", ".join(kept),
            )
        )
    if not found.yearly:
        text.append(
            t(
                "The history is under 13 months: the season of the year is not known, and the "
                "intervals are wider by a fifth of the mean."
            )
        )
    if found.new_events:
        text.append(
            t(
                "Not in the history, so guessed from like days and given wider intervals: {names}.",
                names=", ".join(map(_event, found.new_events)),
            )
        )
    if not found.planned:
        text.append(
            t("No price cuts were planned by SKU: prices are taken as usual for such days.")
        )
    off = int((found.skus["method"] == "none").sum())
    if off:
        text.append(t("{n} SKUs are not on sale and get no forecast.", n=count(off)))
    if not found.panel.has_stock:
        text.append(t("The shop has no stock record: demand that met an empty shelf stays hidden."))
    return " ".join(text)


def forecast_findings(
    found: Forecast, *, holding_rate: float = 0.25, margin: float | None = None
) -> list[Finding]:
    """At most three: demand ahead of stock, what the forecast is worth, and biased SKUs.

    Args:
        found: From ``forecast``.
        holding_rate: Cost of holding stock, share of its value a year; an assumption.
        margin: Margin as a share of the price, for SKUs without unit cost; without it they
            are not priced.
    """
    notes = [_worth(found, holding_rate, margin)]
    short = _short(found)
    if short is not None:
        notes.insert(0, short)
    biased = _biased(found, holding_rate, margin)
    return [*notes, biased] if biased is not None else notes


def _event(event: str) -> str:
    """An event's name in the language in force; a campaign keeps its type."""
    names = {rule.event: rule.name for rules in RULES.values() for rule in rules}
    return t(names[event]) if event in names else event.removeprefix("campaign: ")


def _unit(found: Forecast, margin: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Margin and cost of a piece, SKU by SKU; 0 where neither is known."""
    price = np.nan_to_num(found.panel.price[:, -1].astype(float))
    cost = found.panel.skus["unit_cost"].to_numpy(float, na_value=np.nan)
    if margin is not None:
        cost = np.where(np.isfinite(cost), cost, price * (1 - margin))
    known = np.isfinite(cost)
    gain = np.where(known, np.maximum(price - np.nan_to_num(cost), 0.0), 0.0)
    return gain, np.where(known, np.nan_to_num(cost), 0.0)


def _short(found: Forecast) -> Finding | None:
    frame = ahead_of_stock(found)
    frame = frame[frame["short"] >= 1]
    if frame.empty:
        return None
    pieces, stake = float(frame["short"].sum()), float(frame["margin"].sum())
    total = float(found.ahead.sum())
    shop = shop_interval(found)
    return Finding(
        id="C01",
        statement=t(
            "{n} SKUs are expected to sell more in 28 days than is in stock",
            n=count(len(frame)),
        ),
        evidence=t(
            "{short} of {all} expected pieces are not covered by free stock; with a chance of "
            "90 % demand of all lies between {low} and {high}",
            short=count(pieces),
            all=count(total),
            low=count(float(shop[0])),
            high=count(float(shop[1])),
        ),
        reference=figure("stock_out_rate").words(),
        money=-stake,
        money_basis=t(
            "pieces expected in 28 days beyond free stock x margin of a piece; deliveries on the "
            "way not counted"
        ),
        action=t(
            "Check deliveries on the way against this list today, and order what is missing "
            "before the festival's lead time is over."
        ),
        owner=t("replenishment planner"),
        due=t("this week"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=t(
            "{amount} of margin waits for stock that is not there",
            amount=money(stake, found.currency),
        ),
    )


def error_cost(
    found: Forecast, holding_rate: float, margin: float | None = None
) -> tuple[float, float]:
    """What errors would cost a year if orders followed the forecast: ours, seasonal naive's.

    A piece too few loses its margin; a piece too many is held for one window.
    """
    errors = errors_by_sku(found.tested, found.chosen)
    gain, cost = _unit(found, margin)
    held = cost * holding_rate * found.tested.window / 365
    days = float(found.table["days"].iloc[0])
    costs = []
    for mark in ("", "naive_"):
        under, over = errors[mark + "under"].to_numpy(), errors[mark + "over"].to_numpy()
        costs.append(float((under * gain + over * held).sum()) * 365 / days)
    return costs[0], costs[1]


def _worth(found: Forecast, rate: float, margin: float | None) -> Finding:
    own, naive = error_cost(found, rate, margin)
    whole = found.table.iloc[0]
    better = found.chosen[ALL] != YARDSTICK
    sure: Literal["high", "medium"] = "high" if better else "medium"
    if better:
        statement = t(
            "The forecast errs by {own} of sales over {days} days, last week's sales by {naive}",
            own=per_cent(float(whole["wape"]), 0),
            naive=per_cent(float(whole["naive_wape"]), 0),
            days=found.tested.window,
        )
        action = t(
            "Order by this forecast and its interval; keep last week's sales as the check, not "
            "as the plan."
        )
    else:
        statement = t("No method beats last week's sales in this shop")
        action = t("Order by last week's sales, and look at what the history lacks.")
    return Finding(
        id="C01",
        statement=statement,
        evidence=t(
            "method of most SKUs: {method}; {words}",
            method=method_name(found.chosen[ALL]),
            words=forecast_words(found),
        ),
        reference=t("seasonal naive on the same days"),
        # Nobody is known to order by last week's sales, so the difference is no saving.
        money=None,
        money_basis=t(
            "what the shop orders by today is not on record; errors would cost {own} a year "
            "against {naive} by seasonal naive, without safety stock: pieces too few x margin + "
            "pieces too many x cost x {rate} holding a year for {days} days",
            rate=per_cent(rate, 0),
            days=found.tested.window,
            own=money(own, found.currency),
            naive=money(naive, found.currency),
        ),
        action=action,
        owner=t("replenishment planner"),
        due=t("next order"),
        confidence=sure,
        chapter=_CHAPTER,
    )


def _biased(found: Forecast, rate: float, margin: float | None) -> Finding | None:
    errors = errors_by_sku(found.tested, found.chosen)
    even = float(np.interp(found.tested.window, (1, 7, 14, 28), found.spreads[ALL].even))
    list_ = biased_skus(errors, found.skus["sku"], even=even)
    if list_.empty:
        return None
    gain, cost = _unit(found, margin)
    at = found.skus.reset_index().set_index("sku").loc[list_["sku"], "index"].to_numpy()
    gap = list_["gap"].to_numpy()
    days = float(found.table["days"].iloc[0])
    held = cost[at] * rate * found.tested.window / 365
    stake = float((np.where(gap < 0, -gap * gain[at], gap * held)).sum()) * 365 / days
    names = ", ".join(
        f"{r.sku} ({per_cent(float(r.bias), 0, sign=True)})" for r in list_.head(5).itertuples()
    )
    return Finding(
        id="C01",
        statement=t(
            "{n} SKUs were forecast too high or too low beyond chance", n=count(len(list_))
        ),
        evidence=t(
            "over {days} days, largest first: {names}; 5 % of those named are false alarms at most",
            days=int(days),
            names=names,
        ),
        reference=t("chance alone, corrected for the number of SKUs"),
        money=-stake if stake > 0 else None,
        money_basis=t(
            "a year: pieces too few x margin, pieces too many x holding cost of {days} days",
            days=found.tested.window,
        ),
        action=t(
            "Ask what the data do not know about them: a new supplier, a listing that fell, a "
            "rival's price; correct by hand until the history shows it."
        ),
        owner=t("category manager"),
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
    )
