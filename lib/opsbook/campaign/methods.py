"""Every way to say what an event brought, side by side: which agree, and which to believe."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from opsbook.campaign.baseline import Brought, event_lift
from opsbook.campaign.control_categories import against_other_categories
from opsbook.campaign.daily import daily_series
from opsbook.campaign.event import Event, all_events
from opsbook.campaign.regions_effect import regions_effect
from opsbook.campaign.targeted import Targeted
from opsbook.errors import CannotTell
from opsbook.language import N_, count, money, t
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["METHODS", "Methods", "methods_side_by_side"]

METHODS = {
    "before": (N_("Days before"), N_("No: another season, and customers may have waited in them.")),
    "last_year": (
        N_("Last year's event"),
        N_("No: it tells growth; last year's event had a lift of its own."),
    ),
    "claimed": (
        N_("Carries the campaign"),
        N_("No: whoever would have bought anyway carries it too."),
    ),
    "baseline": (N_("Baseline"), N_("Yes: tried on other dates, with an interval.")),
    "net": (
        N_("Baseline, net"),
        N_("Yes, this is what is left: pulled-forward sales are taken off."),
    ),
    "categories": (
        N_("Own category, with controls"),
        N_("If it agrees: halo and cannibalisation bend it."),
    ),
    "regions": (N_("Spared regions"), N_("If its placebo p is small: few regions, coarse mirror.")),
    "messages": (
        N_("Messages alone"),
        N_("For the messages, not for the event: everybody saw the event."),
    ),
}


@dataclass(frozen=True)
class Methods:
    """Methods and what each says.

    Args:
        frame: One row per method that has an answer, in reading order: ``method, value, low,
            high`` (sales or orders added; no interval for the naive ones), ``naive``.
        measure: ``gmv`` or ``orders``.
        silent: Methods without an answer here, with the reason in words.
        agree: Whether the methods to believe that ask the same question overlap; None where
            there is but one.
        name: Event.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    measure: str
    silent: tuple[tuple[str, str], ...]
    agree: bool | None
    name: str
    currency: str
    level: float
    source: str

    def value(self, method: str) -> float:
        """What a method says; not a number where it is silent."""
        rows = self.frame.loc[self.frame["method"] == method, "value"]
        return float(rows.iloc[0]) if len(rows) else float("nan")

    def say(self, value: float) -> str:
        """A value in words with its unit."""
        if self.measure == "orders":
            return t("{n} orders", n=count(value))
        return money(value, self.currency)

    def headline(self) -> str:
        """How far the usual figures are from what was brought."""
        naive = self.frame[self.frame["naive"]]
        net = self.value("net")
        if naive.empty or net != net:
            return t("{event}: what each method says it brought", event=self.name)
        worst = naive.loc[(naive["value"] - net).abs().idxmax()]
        label = METHODS[str(worst["method"])][0]
        return t(
            "{method}: {claimed}; the baseline leaves {net}",
            method=t(label),
            claimed=self.say(float(worst["value"])),
            net=self.say(net),
        )

    def words(self) -> str:
        """Whether those to believe agree, and which are silent and why."""
        said = []
        if self.agree is not None:
            said.append(
                t("The methods to believe agree within their intervals.")
                if self.agree
                else t("The methods to believe disagree: look at the limits of each before use.")
            )
        for method, reason in self.silent:
            label = METHODS[method][0]
            said.append(t("{method}: silent, {reason}.", method=t(label), reason=reason))
        return " ".join(said)


def methods_side_by_side(
    shop: Shop, event: Event, *, targeted: Targeted | None = None, level: float = 0.95
) -> Methods:
    """Ask every method what the event brought.

    Args:
        shop: The shop.
        event: The event, begun.
        targeted: From ``targeted_effect``, where the event addressed customers.
        level: Confidence.

    Raises:
        CannotTell: There is no baseline.
    """
    brought = event_lift(shop, event, level=level)
    measure = brought.main.measure
    blank = float("nan")
    rows: list[tuple[str, float, float, float]] = []
    silent: list[tuple[str, str]] = []
    rows += [(name, value, blank, blank) for name, value in _naive(shop, event, brought).items()]
    own, net = brought.main.event, brought.main.net
    rows.append(("baseline", own.gain, own.low, own.high))
    rows.append(("net", net.gain, net.low, net.high))
    believed = [(own.low, own.high)]
    try:
        lift = against_other_categories(shop, event, level=level)
        rows.append(("categories", lift.event.gain, lift.event.low, lift.event.high))
    except CannotTell as reason:
        silent.append(("categories", str(reason)))
    try:
        mirror = regions_effect(shop, event)
        value = own.actual * mirror.twin.effect / (1 + mirror.twin.effect)
        spread = own.actual * mirror.twin.fit * 1.96
        rows.append(("regions", value, value - spread, value + spread))
        believed.append((value - spread, value + spread))
    except CannotTell as reason:
        silent.append(("regions", str(reason)))
    if targeted is not None and targeted.together:
        shared_with = t("other messages of the same days reached the same customers")
        silent.append(("messages", shared_with))
    elif targeted is not None and targeted.believed and measure == "gmv":
        said = targeted
        rows.append(
            ("messages", said.total(said.estimate), said.total(said.low), said.total(said.high))
        )
    frame = pd.DataFrame(rows, columns=["method", "value", "low", "high"])
    frame["naive"] = frame["method"].isin(["before", "last_year", "claimed"])
    agree = None
    if len(believed) > 1:
        agree = max(b[0] for b in believed) <= min(b[1] for b in believed)
    return Methods(
        frame, measure, tuple(silent), agree, event.name, shop.currency, level, shop.title
    )


@shared
def _naive(shop: Shop, event: Event, brought: Brought) -> dict[str, float]:
    """What decks usually show: the days before, last year, what carries the campaign."""
    daily = daily_series(shop)
    series = daily.frame[brought.main.measure]
    inside = event.observed
    assert inside is not None
    total = brought.main.event.actual
    found: dict[str, float] = {}
    before = inside.before()
    if daily.span.start <= before.start:
        found["before"] = total - _sum(series, before.start, before.end)
    past = next((e for e in all_events(shop) if e.id == event.last_year), None)
    if past is not None and past.days.start >= daily.span.start:
        # An event that still runs is compared with as many days of last year's.
        stop = min(past.end, past.days.start + timedelta(days=inside.days))
        found["last_year"] = total - _sum(series, past.days.start, stop)
    if shop.has("orders", "campaign_id"):
        found["claimed"] = _claimed(shop, event, brought.main.measure)
    return {k: v for k, v in found.items() if k != "claimed" or v > 0}


def _sum(series: pd.Series, start: date, end: date) -> float:
    index = series.index
    return float(series[(index >= pd.Timestamp(start)) & (index < pd.Timestamp(end))].sum())


def _claimed(shop: Shop, event: Event, measure: str) -> float:
    inside = event.observed
    assert inside is not None
    orders = in_days(paid_orders(shop), inside.start, inside.end)
    orders = orders.filter(orders.campaign_id.cast("string") == event.id).select("order_id")
    if measure == "orders":
        return float(orders.count().execute())
    lines = line_amounts(shop).select("order_id", "amount").join(orders, "order_id")
    return float(lines.amount.sum().execute() or 0.0)
