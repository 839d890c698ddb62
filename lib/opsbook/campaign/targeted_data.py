"""Who was targeted and what every customer spent before and during: one row per customer."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.event import Event
from opsbook.campaign.targeted_messages import messages_of, reached
from opsbook.campaign.targeted_tables import (
    either,
    homes,
    marks_of,
    other_messages,
    past,
    regions_of,
    registered,
    spends,
)
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Panel", "customer_panel"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NEEDS = {
    "orders": ("order_id", "customer_id", "order_ts"),
    "order_lines": ("order_id",),
    "contacts": ("customer_id", "journey"),
}
_SHORT_DAYS, _RESPONSE_DAYS = 7, 14
_MOST_WINDOWS = 4
_MAY_LACK = ("recent", "oldest")


@dataclass(frozen=True)
class Panel:
    """Customers known before the event.

    Args:
        chosen: Who was targeted, and not held out.
        held: Who was chosen and left out by lot.
        tested: Whose message left somebody out by lot, the held included.
        responded: Who redeemed or ordered through it, as the contact says.
        spend: Money by customer (row) and window (column): during, then one column per
            window of the same length before, the nearest first.
        discount: Money below list price, during and in the window before; empty where list
            prices are not known.
        features: What was known before, one column each, for weighting.
        window: Days counted.
        cost: Cost of the contacts, money; None where it is not recorded.
        by_journey: Whether contacts name the event; else those sent on its days are meant.
        elsewhere: Share of the targeted and of the others whom another message reached on the
            same days.
        beside: Whom another message reached on the same days; nobody unless given.
        beside_names: The journeys of those messages, the widest first.
    """

    chosen: Mask
    held: Mask
    tested: Mask
    responded: Mask
    spend: Floats
    discount: Floats
    features: pd.DataFrame
    window: Period
    cost: float | None
    by_journey: bool
    elsewhere: tuple[float, float]
    beside: Mask | None = None
    beside_names: tuple[str, ...] = ()


def customer_panel(shop: Shop, event: Event, *, windows: int = _MOST_WINDOWS) -> Panel:
    """Sum every known customer's spend in windows of the event's length.

    Known is who ordered before the event began, or was targeted; on a panel that does not date
    its customers, everybody on record. An event shorter than a week is given two weeks to work.

    Args:
        shop: Needs ``orders`` of named customers, ``order_lines`` and ``contacts``.
        event: The event, begun.
        windows: Windows before it at most, 2 to 4.

    Raises:
        CannotTell: Nobody was contacted, the messages on its days belong to other journeys, or
            there is too little data before the event.
    """
    shop.require(NEEDS)
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    span, window = data_days(shop), event.observed
    if window.days < _SHORT_DAYS:
        stop = min(span.end, window.start + timedelta(days=_RESPONSE_DAYS))
        window = Period(window.start, stop)
    fits = (window.start - span.start).days // window.days
    windows = min(windows, fits)
    if windows < 1:
        raise CannotTell(
            N_("{event}: no window of its length lies before it in the data"), event=event.name
        )
    first = window.start - timedelta(days=windows * window.days)
    messages = messages_of(shop, event, window)
    marks = marks_of(messages)
    table = past(shop, window.start)
    for known in (marks, *registered(shop)):
        table = either(table, known)
    regions = regions_of(shop)
    for part in (
        spends(shop, window, first, windows),
        other_messages(messages, window),
        *homes(shop, regions),
    ):
        table = table.left_join(part, "customer_id").drop("customer_id_right")
    # Plain numbers without gaps leave the engine in a third of the time.
    plain = {
        c: table[c].cast("float64") if c in _MAY_LACK else table[c].cast("float64").fill_null(0.0)
        for c in table.columns
        if c != "customer_id"
    }
    found = table.select(**plain).execute()
    panel = _panel(shop, found, window, windows, messages.by_journey, regions)
    if max(panel.elsewhere) > 0:
        panel = replace(panel, beside_names=reached(shop, messages, marks, window))
    return panel


def _panel(
    shop: Shop,
    found: pd.DataFrame,
    window: Period,
    windows: int,
    by_journey: bool,
    regions: list[str],
) -> Panel:
    cost_known = shop.has("contacts", "cost")
    values = found
    marked = values["marked"].to_numpy() > 0
    held = marked & (values["held"].to_numpy() > 0)
    chosen = marked & ~held
    if not chosen.any():
        raise CannotTell(N_("nobody was contacted for this event, or on its days"))
    features = pd.DataFrame(index=found.index)
    for k in range(1, windows + 1):
        spend = values[f"spend{k}"].clip(lower=0)
        features[f"spend{k}"] = spend
        features[f"log_spend{k}"] = np.log1p(spend)
        features[f"orders{k}"] = values[f"orders{k}"]
    features["orders_ever"] = np.log1p(values["seen"])
    if (values["seen"] == 0).any():
        features["never_ordered"] = (values["seen"] == 0).astype(float)
    for name, column in (("days_since_last", "recent"), ("days_since_first", "oldest")):
        days = found[column]
        longest = days.max() if days.notna().any() else 0.0
        features[name] = np.log1p(days.fillna(longest))
    features["messages_before"] = values["earlier"]
    for k, name in enumerate(regions):
        features[f"region {name}"] = (values["home"] == k + 1).astype(float)
    beside = values["beside"].to_numpy() > 0
    off = [c for c in ("off0", "off1") if c in values]
    left = ~marked
    return Panel(
        chosen,
        held,
        marked & (values["tested"].to_numpy() > 0),
        marked & (values["responded"].to_numpy() > 0),
        values[[f"spend{k}" for k in range(windows + 1)]].to_numpy(float),
        values[off].to_numpy(float),
        features,
        window,
        float(values.loc[chosen, "cost"].sum()) if cost_known else None,
        by_journey,
        tuple(float(beside[m].mean()) if m.any() else 0.0 for m in (chosen, left)),  # type: ignore[arg-type]
        beside,
    )
