"""Which pairs to offer together, what that may bring, and how large a discount margin allows."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.lifecycle.basket_measures import poisson_bounds
from opsbook.lifecycle.baskets import BasketRules
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Bundles", "TakeUp", "bundles"]

_STILL_SOLD_DAYS = 28


@dataclass(frozen=True)
class TakeUp:
    """Buyers of one item of a pair who add the other when both are shown together.

    Args:
        low: Cautious, fraction.
        expected: What is counted with, fraction.
        high: Hopeful, fraction.
    """

    low: float = 0.02
    expected: float = 0.05
    high: float = 0.10

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.expected <= self.high <= 1:
            raise ParameterError(
                N_("take-up {low}, {expected}, {high} must rise and lie above 0, up to 1"),
                low=self.low,
                expected=self.expected,
                high=self.high,
            )


@dataclass(frozen=True)
class Bundles:
    """Pairs to offer together.

    Args:
        frame: One row per pair that is still sold, by potential: ``item, other, one, two``
            (their names), ``label`` (both), ``price`` (of one piece each, as charged),
            ``margin`` (of both, before discount), ``margin_rate``, ``both, only_item,
            only_other`` (baskets a year), ``potential``
            with ``potential_low, potential_high`` (margin a year, shown together without a
            discount), ``discount`` (largest discount on the pair that margin allows, money)
            and ``discount_rate``, ``needed`` (take-up with that discount that beats showing
            them without; missing without a discount), ``on_offer`` (share of joint baskets in
            which both were below list price).
        gone: Real pairs of which one is no longer sold.
        days: Days the yearly figures come from.
        take_up: What was assumed.
        least_margin: Margin that a bundle keeps, fraction of its price.
        assumed_margin: The margin taken where costs are missing; None where all are known.
        currency: ISO code.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    gone: int
    days: int
    take_up: TakeUp
    least_margin: float
    assumed_margin: float | None
    currency: str
    source: str

    def words(self) -> str:
        """Assumptions behind the money."""
        text = t(
            "A year counts as {days} days of data scaled up. Assumed: of those who buy one item "
            "alone, {mid} ({low} to {high}) add the other when both are shown together; the "
            "data cannot tell, a test can. A bundle keeps a margin of at least {least}.",
            days=count(self.days),
            mid=per_cent(self.take_up.expected, 0),
            low=per_cent(self.take_up.low, 0),
            high=per_cent(self.take_up.high, 0),
            least=per_cent(self.least_margin, 0),
        )
        if self.assumed_margin is not None:
            text += " " + t(
                "Where cost is not known a margin of {margin} is assumed.",
                margin=per_cent(self.assumed_margin, 0),
            )
        if self.gone:
            text += " " + t(
                "{n} pairs are left out because one of the two is no longer sold.",
                n=count(self.gone),
            )
        return text


@shared
def bundles(
    shop: Shop,
    rules: BasketRules,
    *,
    take_up: TakeUp | None = None,
    most_discount: float = 0.15,
    least_margin: float = 0.20,
    margin: float = 0.40,
    recent_days: int = 182,
    most: int = 50,
) -> Bundles:
    """Price the real pairs: margin together, potential, and the discount they can bear.

    The discount is the smallest of three: ``most_discount`` of the price, what leaves
    ``least_margin``, and half of the smaller item's margin, so that every added item still
    earns. Whoever buys both today would get it for nothing; ``needed`` says what the bundle
    has to reach to make up for them.

    Args:
        shop: Needs order lines with prices.
        rules: From ``basket_rules`` with ``of="sku"``.
        take_up: Assumed take-up.
        most_discount: Largest discount, 0 to 0.9.
        least_margin: Margin a bundle keeps, 0 to 0.9.
        margin: Assumed where cost is not known, 0 to 1.
        recent_days: Days before the end of the period that prices and volumes come from.
        most: Pairs priced, the clearest first.

    Raises:
        ParameterError: A parameter out of range, or pairs that are no products.
        CannotTell: No pair is real, or none is still sold.
    """
    bounds = (
        ("most_discount", most_discount, 0.9),
        ("least_margin", least_margin, 0.9),
        ("margin", margin, 1.0),
    )
    for name, value, limit in bounds:
        if not 0 <= value <= limit:
            raise ParameterError(
                N_("{name} {value} is out of range; use 0 to {limit}"),
                name=name, value=value, limit=limit,
            )  # fmt: skip
    if rules.baskets.of != "sku":
        raise ParameterError(N_("bundles are made of products; use basket rules of sku"))
    pairs = rules.real.head(most)
    if pairs.empty:
        raise CannotTell(N_("no pair of products is real, so there is nothing to bundle"))
    period = rules.baskets.period
    start = max(period.start, period.end - timedelta(days=recent_days))
    names = sorted({*pairs["item"], *pairs["other"]})
    lines = in_days(sales_lines(shop), start, period.end)
    lines = lines.filter(lines.sku.isin(names), lines.amount > 0)
    items = _items(lines, margin, period.end)
    together = _together(lines)
    frame = pairs[["item", "other", "q_value", "like_lift"]].merge(
        together, on=["item", "other"], how="left"
    )
    frame[["both", "on_offer"]] = frame[["both", "on_offer"]].fillna(0.0)
    frame = frame.join(items.add_suffix("_a"), on="item").join(items.add_suffix("_b"), on="other")
    sold = frame["sold_a"].eq(True) & frame["sold_b"].eq(True)
    if not sold.any():
        raise CannotTell(
            N_("none of the {n} real pairs is still sold in full; there is nothing to bundle"),
            n=len(frame),
        )
    days = (period.end - start).days
    priced = _priced(frame[sold].copy(), days, take_up or TakeUp(), most_discount, least_margin)
    priced["one"] = [rules.label(a) for a in priced["item"]]
    priced["two"] = [rules.label(b) for b in priced["other"]]
    priced["label"] = priced["one"] + " + " + priced["two"]
    known = bool(priced["costed_a"].all() and priced["costed_b"].all())
    return Bundles(
        priced.drop(columns=["costed_a", "costed_b"]),
        int((~sold).sum()),
        days,
        take_up or TakeUp(),
        least_margin,
        None if known else margin,
        shop.currency,
        shop.title,
    )


def _items(lines: Frame, margin: float, end: date) -> pd.DataFrame:
    """Price, unit margin and volume of each product in recent days."""
    sums = lines.group_by("sku").aggregate(
        orders=lines.order_id.nunique(),
        amount=lines.amount.sum(),
        qty=lines.qty.sum(),
        costed_amount=ibis.ifelse(lines.cost.notnull(), lines.amount, 0.0).sum(),
        cost=lines.cost.sum(),
        last=lines.day.max(),
    )
    frame = sums.execute().set_index("sku")
    costed = frame["cost"].notna() & (frame["costed_amount"] > 0)
    rate = (1 - frame["cost"] / frame["costed_amount"].where(costed)).where(costed, margin)
    price = frame["amount"] / frame["qty"].where(frame["qty"] > 0, frame["orders"])
    idle = (pd.Timestamp(end) - pd.to_datetime(frame["last"])).dt.days
    return pd.DataFrame(
        {
            "orders": frame["orders"].astype(float),
            "price": price.astype(float),
            "margin": (price * rate).astype(float),
            "costed": costed,
            "sold": idle <= _STILL_SOLD_DAYS,
        }
    )


def _together(lines: Frame) -> pd.DataFrame:
    """Joint baskets of every two of these products, and how often both were on offer."""
    offer = (lines.list_amount > lines.amount * 1.01).fill_null(False)
    once = lines.group_by("order_id", "sku").aggregate(offer=offer.any())
    left = once.select("order_id", item="sku", first_offer="offer")
    right = once.select("order_id", other="sku", second_offer="offer")
    joined = left.join(right, [left.order_id == right.order_id, left["item"] != right["other"]])
    both = (joined.first_offer & joined.second_offer).cast("float64")
    counts = joined.group_by("item", "other").aggregate(both=joined.count(), on_offer=both.mean())
    return counts.execute()


def _priced(
    frame: pd.DataFrame, days: int, take_up: TakeUp, most_discount: float, least_margin: float
) -> pd.DataFrame:
    scale = 365 / days
    first, second = frame["margin_a"], frame["margin_b"]
    price = frame["price_a"] + frame["price_b"]
    margin = first + second
    smaller = np.minimum(first, second)
    allowed = (margin - least_margin * price) / (1 - least_margin)
    discount = np.minimum(np.minimum(most_discount * price, allowed), smaller / 2).clip(lower=0.0)
    alone = [(frame["orders_a"] - frame["both"]).clip(lower=0), second.clip(lower=0)]
    other = [(frame["orders_b"] - frame["both"]).clip(lower=0), first.clip(lower=0)]
    result = frame[["item", "other", "q_value", "like_lift", "on_offer"]].copy()
    result["price"], result["margin"] = price, margin
    result["margin_rate"] = margin / price
    result["both"] = frame["both"] * scale
    result["only_item"], result["only_other"] = alone[0] * scale, other[0] * scale
    for name, share, side in (("potential", take_up.expected, None),
                              ("potential_low", take_up.low, 0),
                              ("potential_high", take_up.high, 1)):  # fmt: skip
        total = pd.Series(0.0, index=frame.index)
        for buyers, worth in (alone, other):
            counted = buyers if side is None else poisson_bounds(buyers)[side]
            total = total + counted * worth
        result[name] = total * share * scale
    gain = alone[0] * (second - discount) + other[0] * (first - discount)
    shown = take_up.expected * (alone[0] * second + other[0] * first)
    result["discount"] = discount
    result["discount_rate"] = discount / price
    result["needed"] = ((shown + frame["both"] * discount) / gain).where(
        (discount > 0) & (gain > 0)
    )
    result["costed_a"], result["costed_b"] = frame["costed_a"], frame["costed_b"]
    return result.sort_values("potential", ascending=False, ignore_index=True)
