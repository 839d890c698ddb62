"""Supply answers, right and wrong: cover, turnover, active range, ABC, parcels, returns."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import pandas as pd

from opsbook.common.return_lines import returned_lines
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.supply.abc_xyz import abc_classes
from opsbook.supply.active_skus import ActiveSkus, active_skus
from opsbook.supply.parcels import known_parcels
from opsbook.supply.stock_cover import StockCover, stock_cover
from opsbook.supply.stock_items import stock_end
from opsbook.supply.timeliness import Timeliness, timeliness
from opsbook.supply.turnover import Turnover, turnover
from opsbook.teach.class_days import lines_of, quarter
from opsbook.teach.once import once

__all__ = [
    "active", "by_number", "by_pieces", "by_request", "classes", "days", "last_evening", "late",
    "long", "mature_given", "month_given", "of_orders", "on_time", "open_as_late", "over_sales",
    "returned", "sell_through", "sent_in_time", "silent_share", "stock_given", "thirty_line",
    "too_young", "turns", "twelve_weeks", "with_transit", "with_unsold",
]  # fmt: skip


@once
def _shelf(shop: Shop) -> ActiveSkus:
    return active_skus(shop)


@once
def _cover(shop: Shop) -> StockCover:
    return stock_cover(shop)


@once
def _punctual(shop: Shop) -> Timeliness:
    return timeliness(shop, quarter(shop))


@once
def _turned(shop: Shop) -> Turnover:
    return turnover(shop, days=84)


def active(shop: Shop) -> float:
    """Share of products on sale that sold."""
    return _shelf(shop).rate


def twelve_weeks(shop: Shop) -> float:
    """The rate of 84 days."""
    return active_skus(shop, days=84).rate


def silent_share(shop: Shop) -> float:
    """The share that did not sell."""
    return 1 - active(shop)


def sell_through(shop: Shop) -> float:
    """Pieces sold over pieces sold and left."""
    frame = _shelf(shop).items.frame
    return float(frame["pieces"].sum() / (frame["pieces"].sum() + frame["on_hand"].sum()))


def long(shop: Shop) -> float:
    """Products that sell, with more than 60 days of cover."""
    return float(_cover(shop).number("long"))


def with_unsold(shop: Shop) -> float:
    """Products without a sale counted too."""
    return float(_cover(shop).number("long", "unsold"))


def with_transit(shop: Shop) -> float:
    """Goods on the way counted as stock."""
    frame = _cover(shop).items.frame
    sells = frame[frame["rate"] > 0]
    return float(((sells["free"] + sells["in_transit"]) / sells["rate"] > 60).sum())


def thirty_line(shop: Shop) -> float:
    """Held against 30 days."""
    return float(stock_cover(shop, high_days=30).number("long"))


def days(shop: Shop) -> float:
    """Mean stock at cost over cost of goods sold per day."""
    return float(_turned(shop).total["days"])


def turns(shop: Shop) -> float:
    """Turns a year."""
    return float(_turned(shop).total["turns"])


def over_sales(shop: Shop) -> float:
    """Stock at cost over sales per day."""
    total = _turned(shop).total
    return float(total["stock"] / (total["sales"] / 84))


def last_evening(shop: Shop) -> float:
    """The stock of the last evening instead of the mean."""
    total = _turned(shop).total
    return float(_shelf(shop).items.frame["value"].sum() / (total["cogs"] / 84))


def stock_given(shop: Shop) -> dict[str, object]:
    """First and last of 84 days of stock records."""
    end = stock_end(shop)
    last = end - timedelta(days=1)
    return {"first_day": (end - timedelta(days=84)).isoformat(), "last_day": last.isoformat()}


def month_given(shop: Shop) -> dict[str, object]:
    """First and last of 30 days of stock records."""
    end = stock_end(shop)
    last = end - timedelta(days=1)
    return {"first_day": (end - timedelta(days=30)).isoformat(), "last_day": last.isoformat()}


def classes(shop: Shop, column: str = "amount") -> Mapping[str, float]:
    """Number of products in A, B and C, by default by sales."""
    lines = lines_of(shop, quarter(shop))
    sums = lines.group_by("sku").aggregate(value=lines[column].sum()).execute()
    counts = abc_classes(sums.set_index("sku")["value"]).value_counts()
    return {name: float(counts.get(name, 0)) for name in "ABC"}


def by_pieces(shop: Shop) -> Mapping[str, float]:
    """The classes by pieces."""
    return classes(shop, "qty")


def by_number(shop: Shop) -> Mapping[str, float]:
    """The first fifth of products A, the next three tenths B: a rule about products."""
    n = sum(classes(shop).values())
    first, second = round(n * 0.2), round(n * 0.3)
    return {"A": float(first), "B": float(second), "C": float(n - first - second)}


def on_time(shop: Shop) -> float:
    """On time, of parcels whose promise is over."""
    found = _punctual(shop).share("parcel_promise")
    return float(found["value"])


def _delivered(shop: Shop) -> pd.DataFrame:
    days = quarter(shop)
    parcels = known_parcels(shop, days.start, days.end, days.end)
    parcels = parcels.filter(parcels.fault == "none")
    came = parcels.deliver_ts.notnull()
    counted = parcels.group_by("state", came=came).aggregate(n=parcels.count())
    frame: pd.DataFrame = counted.execute()
    return frame


def open_as_late(shop: Shop) -> float:
    """Parcels whose promise is open counted as late."""
    frame = _delivered(shop)
    return float(frame.loc[frame["state"] == "on_time", "n"].sum() / frame["n"].sum())


def sent_in_time(shop: Shop) -> float:
    """Orders sent within 48 hours."""
    return float(_punctual(shop).share("ship_long")["value"])


def late(shop: Shop) -> float:
    """The share that came late."""
    return 1 - on_time(shop)


def _mature(shop: Shop) -> Period:
    """Twelve weeks whose returns have had eight weeks to come in."""
    last = quarter(shop).end - timedelta(weeks=8)
    return Period(last - timedelta(weeks=12), last)


def mature_given(shop: Shop) -> dict[str, object]:
    """First and last day of twelve weeks whose returns are in."""
    days = _mature(shop)
    last = days.end - timedelta(days=1)
    return {"first_day": days.start.isoformat(), "last_day": last.isoformat()}


def _end(shop: Shop) -> date:
    return quarter(shop).end + timedelta(days=7)


def _lines_sold(shop: Shop, days: Period) -> int:
    lines = lines_of(shop, days)
    return int(lines.select("order_id", "sku").distinct().count().execute())


def returned(shop: Shop) -> float:
    """Lines asked back over the same lines sold."""
    days = _mature(shop)
    back = returned_lines(shop, days.start, days.end, _end(shop))
    return int(back.count().execute()) / _lines_sold(shop, days)


def by_request(shop: Shop) -> float:
    """Requests of the weeks over sales of the weeks: two different sets of lines."""
    days = _mature(shop)
    when = shop.returns.request_ts.date()
    asked = shop.returns.filter(when >= ibis.literal(days.start), when < ibis.literal(days.end))
    return int(asked.count().execute()) / _lines_sold(shop, days)


def of_orders(shop: Shop) -> float:
    """Orders with a return over orders."""
    days = _mature(shop)
    back = returned_lines(shop, days.start, days.end, _end(shop))
    sold = lines_of(shop, days).order_id.nunique().execute()
    return int(back.order_id.nunique().execute()) / int(sold)


def too_young(shop: Shop) -> float:
    """The same for the last twelve weeks."""
    days = quarter(shop)
    back = returned_lines(shop, days.start, days.end, _end(shop))
    return int(back.count().execute()) / _lines_sold(shop, days)
