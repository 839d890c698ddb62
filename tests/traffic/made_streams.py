"""Streams of events as short texts, for tests of funnels and carts."""

from datetime import date, timedelta

import pandas as pd

from made_shop import shop_of
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.funnel import Funnel, Step, funnel_units

DAY = Period(date(2026, 3, 1), date(2026, 3, 2))
VIEW, CART, PAY = Step("view", type="view"), Step("cart", type="cart"), Step("pay", type="pay")
STEPS = (VIEW, CART, PAY)
NOON = pd.Timestamp("2026-03-01 12:00")
CHECKS = {
    "u1": "view0 view100 cart150",
    "u2": "view0 cart100",
    "u3": "view0 cart101",
    "u4": "view0 cart0",
    "u5": "cart10 view20",
    "u6": "view0 cart60 pay120",
    "u7": "view0 view50 cart60 pay140",
}


def shop_with(streams: dict[str, str], **more: pd.DataFrame) -> Shop:
    """One visit per visitor: ``view0 cart60`` is a view at once and a cart after 60 s."""
    rows = []
    for who, stream in streams.items():
        for said in stream.split():
            kind = said.rstrip("0123456789")
            rows.append((who, kind, NOON + pd.Timedelta(seconds=int(said[len(kind) :]))))
    events = pd.DataFrame(rows, columns=["session_id", "type", "event_ts"])
    events["type"] = events["type"].replace({"x": "share", "f": "favourite"})
    events["event_id"] = [str(n) for n in range(len(events))]
    sessions = pd.DataFrame({"session_id": list(streams)})
    sessions["visitor_id"] = "v" + sessions["session_id"]
    sessions["start_ts"] = NOON
    return shop_of(**{"events": events, "sessions": sessions, **more})


def depths(shop: Shop, spec: Funnel, *, merge: bool = True, by: str | None = None) -> dict:
    frame = funnel_units(shop, spec, DAY, by, merge=merge).execute()
    return dict(zip(frame.iloc[:, 0], frame["depth"], strict=True))


def spec_of(seconds: int = 100, **options) -> Funnel:
    return Funnel(options.pop("steps", STEPS), timedelta(seconds=seconds), **options)
