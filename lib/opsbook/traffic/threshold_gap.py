"""Baskets that stop just short of a discount step, and what topping them up would be worth."""

from dataclasses import dataclass

import ibis

from opsbook.common.discount_rules import steps_of
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["Threshold", "threshold_gaps"]

_BELOW = 0.2
_LEAST_ORDERS = 20


@dataclass(frozen=True)
class Threshold:
    """One step of a discount rule.

    Args:
        at: Basket value from which the discount is given, money.
        off: Discount, money.
        below: Orders up to 20 % below the step, while it was offered.
        above: Orders up to 20 % above it.
        gap: Money that the ones below lack on average.
        pull: Share ``above / (below + above)`` while the step was offered.
        low: Lower end of the interval of ``pull``.
        high: Upper end.
        usual: The same share on other days; not a number with fewer than 20 such orders.
        campaigns: Campaigns that offered it in the period.
    """

    at: float
    off: float
    below: int
    above: int
    gap: float
    pull: float
    low: float
    high: float
    usual: float
    campaigns: int

    @property
    def pulls(self) -> bool:
        """Whether more baskets than usual end above the step."""
        return self.usual == self.usual and self.low > self.usual


def threshold_gaps(shop: Shop, period: Period, *, level: float = 0.95) -> tuple[Threshold, ...]:
    """Baskets just under each discount step that ran in the period.

    The basket is counted before the order's discount, which is what a step looks at. Orders
    of other days of the same length of data show how many baskets of that size end above
    the step by themselves.

    Args:
        shop: The shop.
        period: Window in question.
        level: Confidence of the intervals.

    Returns:
        One per step, by its value; empty without campaigns that have such a rule.
    """
    if not shop.has("campaigns", "discount_rule", "start_date", "end_date"):
        return ()
    table = shop.campaigns
    table = table.filter(
        table.discount_rule.notnull(),
        table.start_date < ibis.literal(period.end),
        table.end_date >= ibis.literal(period.start),
    )
    rows = table.select("campaign_id", "start_date", "end_date", "discount_rule").execute()
    offers: dict[tuple[float, float], list[tuple[object, object]]] = {}
    for row in rows.itertuples():
        for step in steps_of(str(row.discount_rule)):
            offers.setdefault(step, []).append((row.start_date, row.end_date))
    if not offers:
        return ()
    orders = in_days(order_totals(shop), period.start, period.end)
    off = orders.discount.fill_null(0.0) if "discount" in orders.columns else 0.0
    orders = orders.select("day", basket=orders.amount + off)
    found = []
    for (at, less), days in sorted(offers.items()):
        near = orders.filter(orders.basket >= (1 - _BELOW) * at, orders.basket < (1 + _BELOW) * at)
        inside = ibis.literal(False)
        for first, last in days:
            inside = inside | near.day.between(ibis.literal(first).cast("date"),
                                               ibis.literal(last).cast("date"))  # fmt: skip
        under = near.basket < at
        row = near.aggregate(
            below=(inside & under).sum(),
            above=(inside & ~under).sum(),
            usual_below=(~inside & under).sum(),
            usual_above=(~inside & ~under).sum(),
            lacking=ibis.ifelse(inside & under, at - near.basket, 0.0).sum(),
        ).execute().fillna(0).iloc[0]  # fmt: skip
        found.append(_threshold(at, less, row.to_dict(), len(days), level))
    return tuple(found)


def _threshold(
    at: float, off: float, row: dict[str, float], campaigns: int, level: float
) -> Threshold:
    from scipy.stats import beta

    below, above = int(row["below"]), int(row["above"])
    others = row["usual_below"] + row["usual_above"]
    # Jeffreys: an interval also for no order at all.
    low, high = beta.ppf([(1 - level) / 2, (1 + level) / 2], above + 0.5, below + 0.5)
    near = below + above
    return Threshold(
        at, off, below, above,
        float(row["lacking"] / below) if below else float("nan"),
        above / near if near else float("nan"),
        float(low), float(high),
        float(row["usual_above"] / others) if others >= _LEAST_ORDERS else float("nan"),
        campaigns,
    )  # fmt: skip
