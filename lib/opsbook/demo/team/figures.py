"""Figures of the shop by month, as people are measured by them."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.service.emit import Service
from opsbook.demo.service.experience import CHUNK

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["SUMS", "Months", "monthly", "months_of"]

SUMS = (
    *("gmv", "new_buyers", "repeat_orders"),
    *("paid_traffic_gmv", "short_video_gmv", "live_gmv"),
)
"""Figures that add up over time; the others are rates, means and medians."""
_Month = NDArray[np.integer[Any]]
_MOST_OF = 20
"""Days of a month that have to lie in the period for it to be measured."""


@dataclass(frozen=True)
class Months:
    """Months of a period.

    Args:
        of: Month of each day, -1 where too little of it lies in the period.
        first: First day of each month.
        sale: Whether a great sale falls into it.
    """

    of: Ints
    first: list[date]
    sale: list[bool]

    def __len__(self) -> int:
        return len(self.first)


def months_of(b: "Business") -> Months:
    """The months that lie at least for the greater part within the period."""
    day = b.clock.dates(np.arange(b.clock.days))
    month, of = np.unique(day.astype("datetime64[M]"), return_inverse=True)
    enough = np.bincount(of) >= _MOST_OF
    number = np.where(enough, np.cumsum(enough) - 1, -1)
    sale = np.zeros(len(month), bool)
    np.maximum.at(sale, of, b.clock.festival > 2.0)
    first: list[date] = month[enough].astype("datetime64[D]").tolist()
    return Months(number[of], first, sale[enough].tolist())


def monthly(b: "Business", service: Service, months: Months) -> dict[str, Floats]:
    """All figures by month; not a number where a month has nothing to count."""
    return _sales(b, months) | _delivery(b, months) | _service(b, service, months)


def _month(months: Months, second: Ints) -> _Month:
    """Month of each second, -1 outside."""
    month = np.full(len(second), -1, np.int16)
    for low in range(0, len(second), CHUNK):
        day = second[low : low + CHUNK] // DAY
        known = (day >= 0) & (day < len(months.of))
        month[low : low + CHUNK] = np.where(known, months.of[np.where(known, day, 0)], -1)
    return month


def _sum(months: Months, month: _Month, value: Floats | None = None) -> Floats:
    use = month >= 0
    weights = None if value is None else value[use]
    return np.bincount(month[use], weights, minlength=len(months)).astype(np.float64)


def _mean(months: Months, month: _Month, value: Floats) -> Floats:
    number = _sum(months, month)
    total = _sum(months, month, value.astype(np.float64))
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan), np.float64)


def _median(months: Months, month: _Month, value: Floats) -> Floats:
    found = [value[month == m] for m in range(len(months))]
    return np.array([np.median(v) if len(v) else np.nan for v in found])


def _sales(b: "Business", months: Months) -> dict[str, Floats]:
    o, kept = b.orders, b.orders.kept
    month = np.where(kept, _month(months, o.placed), -1)
    channels = b.plan.channels
    names = {
        "paid_traffic_gmv": [c.source_class == "paid" for c in channels],
        "short_video_gmv": [c.name == "Short video" for c in channels],
        "live_gmv": [c.name == "Live stream" for c in channels],
    }
    gmv, cost = np.zeros(len(months)), np.zeros(len(months))
    by_channel = np.zeros((len(months) + 1, len(channels)))
    sold = np.zeros((len(months) + 1) * len(b.range_), bool)
    for low in range(0, len(b.lines), CHUNK):
        part = slice(low, low + CHUNK)
        order, product = b.lines.order[part], b.lines.product[part]
        when, amount = month[order].astype(np.int64), b.lines.amount[part]
        gmv += _sum(months, when, amount)
        cost += _sum(months, when, b.lines.pieces[part] * b.range_.unit_cost[product])
        cell = when * len(channels) + o.channel[order]
        cell = np.where(when >= 0, cell, len(months) * len(channels))
        by_channel += np.bincount(cell, amount, minlength=by_channel.size).reshape(by_channel.shape)
        sold[np.where(when >= 0, when, len(months)) * len(b.range_) + product] = True
    orders = _sum(months, month)
    ends = np.array([int(np.flatnonzero(months.of == m)[-1]) for m in range(len(months))])
    week = b.clock.week[ends]
    launched = np.searchsorted(np.sort(b.lives.launch), week, side="right")
    some = np.maximum(orders, 1)
    return {
        "gmv": gmv.round(2),
        "gross_margin": np.where(gmv > 0, 1 - cost / np.maximum(gmv, 1e-9), np.nan),
        "aov": np.where(orders > 0, gmv / some, np.nan),
        "new_buyers": _sum(months, np.where(o.first, month, -1)),
        "repeat_orders": _sum(months, np.where(o.first, -1, month)),
        "active_sku_rate": sold.reshape(len(months) + 1, -1)[:-1].sum(axis=1)
        / np.maximum(launched, 1),
        **{
            name: by_channel[:-1, np.array(own)].sum(axis=1).round(2) for name, own in names.items()
        },
    }


def _delivery(b: "Business", months: Months) -> dict[str, Floats]:
    o, r = b.orders, b.returns
    there = o.kept & (o.delivered >= 0) & (o.delivered < b.clock.seconds)
    month = np.where(there, _month(months, o.delivered), -1)
    lines = np.bincount(b.lines.order, minlength=len(o)).astype(np.float64)
    known = r.request < b.clock.seconds
    back = np.where(known, _month(months, o.delivered[r.order]), -1)
    sent = np.where(o.kept & (o.shipped >= 0), _month(months, o.shipped), -1)
    refunded = np.where((r.refund >= 0) & known, _month(months, r.refund), -1)
    delivered = _sum(months, month, lines)
    return {
        "late_share": _mean(months, month, o.late.astype(np.float64)),
        "return_rate": np.where(
            delivered > 0, _sum(months, back) / np.maximum(delivered, 1), np.nan
        ),
        "ship_hours": _mean(months, sent, (o.shipped - o.placed) / 3600),
        "refund_hours": _mean(months, refunded, (r.refund - r.request) / 3600),
    }


def _service(b: "Business", service: Service, months: Months) -> dict[str, Floats]:
    t, a, v = service.tickets, service.answers, service.reviews
    opened, asked = _month(months, t.open), t.csat > 0
    known = t.reply < b.clock.seconds
    pre_sale = (t.group == 0) & known
    after = (t.group > 0) & (t.open < b.clock.seconds - DAY)
    complaint = asked & (t.type == 1)
    content = (t.csat >= 4).astype(np.float64)
    verdict = np.where(a.score >= 9, 100.0, np.where(a.score <= 6, -100.0, 0.0))
    return {
        "mean_stars": _mean(months, _month(months, v.second), v.stars.astype(np.float64)),
        "nps": _mean(months, months.of[a.day], verdict),
        "first_reply_minutes": _median(months, opened[pre_sale], (t.reply - t.open)[pre_sale] / 60),
        "csat": _mean(months, np.where(asked, opened, -1), content),
        "complaint_csat": _mean(months, np.where(complaint, opened, -1), content),
        "solved_in_24h": _mean(
            months, np.where(after, opened, -1), (t.close - t.open <= DAY).astype(np.float64)
        ),
    }
