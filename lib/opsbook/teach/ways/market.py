"""Market answers, right and wrong: sales, growth, its causes, discounts, concentration."""

import math

import ibis
import numpy as np
from numpy.typing import NDArray

from opsbook.common.lmdi import lmdi
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.market.concentration import concentration
from opsbook.market.discounts import discounts
from opsbook.market.growth import growth, sales_by
from opsbook.reference.like_for_like import LikeForLike
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.teach.class_days import (
    figures,
    figures_before,
    figures_year_ago,
    last_84_days,
    lines_of,
    quarter,
)
from opsbook.teach.once import once

__all__ = [
    "against_before", "alike", "alike_before", "aov_effect", "backwards", "depth", "every_status",
    "fifth_of_products", "for_eighty", "gmv", "listed", "mean_of_lines", "month_on_month", "net",
    "new_basket", "of_catalogue", "old_basket", "on_charged", "orders_effect", "promo_share",
    "ragged", "raw_before", "raw_year", "same_dates", "top_fifth", "top_pieces", "top_twenty",
    "with_part", "year_on_year",
]  # fmt: skip

Floats = NDArray[np.float64]


def gmv(shop: Shop) -> float:
    """Sales of the weeks, by the metric dictionary."""
    return figures(shop)["gmv"]


def every_status(shop: Shop) -> float:
    """Unpaid and cancelled orders counted too."""
    days = quarter(shop)
    when = shop.orders.order_ts.date()
    inside = shop.orders.filter(
        when >= ibis.literal(days.start), when < ibis.literal(days.end)
    ).select("order_id")
    return float(shop.order_lines.join(inside, "order_id").paid_amount.sum().execute())


def listed(shop: Shop) -> float:
    """The value at list price."""
    return float(lines_of(shop, quarter(shop)).list_amount.sum().execute())


def net(shop: Shop) -> float:
    """Refunds taken off."""
    return figures(shop)["net_sales"]


def ragged(shop: Shop) -> float:
    """The last 84 days, whatever weekday they begin on."""
    return key_figures(shop, last_84_days(shop))["gmv"]


def alike(shop: Shop) -> float:
    """Growth against last year on like days."""
    return _grown(growth(shop, quarter(shop)).vs_last_year)


def alike_before(shop: Shop) -> float:
    """Like for like, but against the twelve weeks before."""
    return _grown(growth(shop, quarter(shop)).vs_previous)


def _grown(found: LikeForLike | None) -> float:
    if found is None or found.growth is None:
        raise CannotTell(N_("the data do not reach back a year before these weeks"))
    return found.growth


def raw_year(shop: Shop) -> float:
    """Raw growth against the same weekdays of last year."""
    return figures(shop)["gmv"] / figures_year_ago(shop)["gmv"] - 1


def raw_before(shop: Shop) -> float:
    """Raw growth against the twelve weeks before."""
    return figures(shop)["gmv"] / figures_before(shop)["gmv"] - 1


def same_dates(shop: Shop) -> float:
    """The same dates a year ago instead of the same weekdays, day by day."""
    days = quarter(shop)
    dates = Period(*(d.replace(year=d.year - 1) for d in (days.start, days.end)))
    return key_figures(shop, days)["gmv"] / key_figures(shop, dates)["gmv"] - 1


def _orders_and_aov(shop: Shop, then: dict[str, float]) -> tuple[Floats, Floats]:
    now = figures(shop)
    return np.array([then["orders"], then["aov"]]), np.array([now["orders"], now["aov"]])


def orders_effect(shop: Shop) -> float:
    """What orders contributed, by the logarithmic split."""
    before, now = _orders_and_aov(shop, figures_year_ago(shop))
    return float(lmdi(before, now)[0, 0])


def aov_effect(shop: Shop) -> float:
    """What value per order contributed."""
    before, now = _orders_and_aov(shop, figures_year_ago(shop))
    return float(lmdi(before, now)[0, 1])


def old_basket(shop: Shop) -> float:
    """Orders gained, times the old value per order."""
    before, now = _orders_and_aov(shop, figures_year_ago(shop))
    return float((now[0] - before[0]) * before[1])


def new_basket(shop: Shop) -> float:
    """Orders gained, times the new value per order."""
    before, now = _orders_and_aov(shop, figures_year_ago(shop))
    return float((now[0] - before[0]) * now[1])


def against_before(shop: Shop) -> float:
    """The right split on the wrong base: the weeks before."""
    before, now = _orders_and_aov(shop, figures_before(shop))
    return float(lmdi(before, now)[0, 0])


def depth(shop: Shop) -> float:
    """Money given away over the value at list price."""
    overall = discounts(shop, quarter(shop)).overall.set_index("period")
    return float(overall.loc["now", "depth"])


def promo_share(shop: Shop) -> float:
    """The share of sales that ran below list price."""
    return figures(shop)["promo_share"]


def mean_of_lines(shop: Shop) -> float:
    """The plain mean of the lines' cuts."""
    lines = lines_of(shop, quarter(shop))
    return float((1 - lines.amount / lines.list_amount.nullif(0)).mean().execute())


def on_charged(shop: Shop) -> float:
    """Money given away over what was charged."""
    given_away = depth(shop)
    return given_away / (1 - given_away)


def top_fifth(shop: Shop) -> float:
    """Share of sales of the best fifth of products that sold."""
    return concentration(shop, quarter(shop)).top[20]


def _by_sku(shop: Shop, column: str) -> list[float]:
    lines = lines_of(shop, quarter(shop))
    sums = lines.group_by("sku").aggregate(value=lines[column].sum()).execute()["value"]
    return sorted((float(v) for v in sums if v > 0), reverse=True)


def top_pieces(shop: Shop) -> float:
    """The same of pieces."""
    pieces = _by_sku(shop, "qty")
    return sum(pieces[: math.ceil(len(pieces) / 5)]) / sum(pieces)


def top_twenty(shop: Shop) -> float:
    """Share of the best twenty products."""
    sales = _by_sku(shop, "amount")
    return sum(sales[:20]) / sum(sales)


def of_catalogue(shop: Shop) -> float:
    """Share of as many products as a fifth of the catalogue holds."""
    sales = _by_sku(shop, "amount")
    listed = int(shop.products.count().execute())
    return sum(sales[: math.ceil(listed / 5)]) / sum(sales)


@once
def _months(shop: Shop) -> list[tuple[float, bool]]:
    """Sales of each month, and whether it is whole."""
    frame = sales_by(shop, "month")
    whole = ~frame["partial"]
    return list(zip(frame["gmv"].astype(float), whole.astype(bool), strict=True))


def month_on_month(shop: Shop) -> float:
    """The last whole month against the one before."""
    whole = [value for value, complete in _months(shop) if complete]
    return whole[-1] / whole[-2] - 1


def with_part(shop: Shop) -> float:
    """The month under way against the last whole one."""
    every = [value for value, _ in _months(shop)]
    return every[-1] / every[-2] - 1


def year_on_year(shop: Shop) -> float:
    """The last whole month against that of a year ago."""
    whole = [value for value, complete in _months(shop) if complete]
    if len(whole) < 13:
        raise CannotTell(N_("the data do not reach back a year before these weeks"))
    return whole[-1] / whole[-13] - 1


def backwards(shop: Shop) -> float:
    """The change divided by the later month."""
    change = month_on_month(shop)
    return change / (1 + change)


def fifth_of_products(shop: Shop) -> float:
    """The share of products that the best fifth is, rounded up."""
    sold = len(_by_sku(shop, "amount"))
    return math.ceil(sold / 5) / sold


def for_eighty(shop: Shop) -> float:
    """The share of products that make 80 % of sales."""
    sales = _by_sku(shop, "amount")
    needed = int(np.searchsorted(np.cumsum(sales), 0.8 * sum(sales))) + 1
    return needed / len(sales)
