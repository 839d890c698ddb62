"""Which products turn visitors into buyers, and which are seen and left: shrunk to the category.

A product with five visitors and one buyer has no rate of 20 %. Each rate is drawn towards
that of its category, the more the fewer visitors there were (empirical Bayes).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "ProductConversion", "beta_prior", "product_conversion"]

NEEDS = {
    "events": ("session_id", "event_ts", "type", "sku"),
    "sessions": ("session_id", "visitor_id"),
    "order_lines": ("order_id", "sku"),
}
_LEAST_PRODUCTS = 5
_UNSTATED = "\ue000unstated"
"""Stands for a name that has a language; no shop calls a category so."""


@dataclass(frozen=True)
class ProductConversion:
    """Conversion of product pages.

    Args:
        products: One row per product with a visitor: ``sku, title, category, visitors,
            views, buyers, rate_raw`` (buyers / visitors), ``rate`` (shrunk) with ``low,
            high``, ``category_rate``, ``q_value`` (that it is no worse than its category,
            corrected for all products), ``weak`` (below its category beyond chance), ``gap``
            (buyers it would have had at its category's rate, less those it should have
            had by its own) and ``at_stake`` (gap x worth of a buyer); most at stake first.
        categories: One row per category, by visitors: ``category, products, visitors,
            buyers, rate`` (all buyers over all visitors of its products) with ``low, high``
            (across products), ``typical`` (mean of the prior), ``strength`` (visitors the
            prior counts for).
        period: Days counted.
        over: Products with more buyers than visitors, left out: visits are not all recorded.
        unseen: Products sold without a recorded visitor.
        has_margin: Whether money is margin; else sales.
        rate: Accepted share of false alarms among weak products.
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    products: pd.DataFrame
    categories: pd.DataFrame
    period: Period
    over: int
    unseen: int
    has_margin: bool
    rate: float
    level: float
    currency: str
    shop: str

    @property
    def weak(self) -> pd.DataFrame:
        """Products below their category beyond chance, most at stake first."""
        return self.products[self.products["weak"]]


def beta_prior(k: NDArray[np.float64], n: NDArray[np.float64]) -> tuple[float, float]:
    """Beta distribution of the rates behind counts, by maximum likelihood.

    Args:
        k: Successes of each unit.
        n: Trials of each unit, at least ``k``.

    Returns:
        ``alpha`` and ``beta``; their sum is how many trials the distribution counts for.
        Where units differ no more than by chance it is a million.

    Source:
        Beta-binomial model: Skellam (1948), Journal of the Royal Statistical Society B 10,
        257-261.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import betaln

    whole = (k.sum() + 0.5) / (n.sum() + 1.0)

    def loss(log_size: float) -> float:
        a, b = whole * np.exp(log_size), (1 - whole) * np.exp(log_size)
        return -float((betaln(k + a, n - k + b) - betaln(a, b)).sum())

    best = minimize_scalar(loss, bounds=(0.0, np.log(1e6)), method="bounded")
    size = float(np.exp(best.x))
    return whole * size, (1 - whole) * size


def product_conversion(
    shop: Shop, period: Period, *, rate: float = 0.1, level: float = 0.95
) -> ProductConversion:
    """Buyers over visitors of every product page.

    Args:
        shop: Needs events with ``sku``, sessions and order lines.
        period: Days to count.
        rate: Share of false alarms accepted among weak products, 0.001 to 0.5.
        level: Confidence of the bounds, 0.5 to 0.999.

    Raises:
        CannotTell: No product was viewed in the period, or the tables are not there.
        ParameterError: A parameter is out of bounds.
    """
    if not 0.001 <= rate <= 0.5:
        raise ParameterError(N_("rate {value} is out of range; use 0.001 to 0.5"), value=rate)
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)
    found = _counted_products(shop, period, rate, level)
    unstated = {_UNSTATED: t("not stated")}
    products, categories = (
        table.assign(category=table["category"].replace(unstated))
        for table in (found.products, found.categories)
    )
    return replace(found, products=products, categories=categories)


@shared
def _counted_products(shop: Shop, period: Period, rate: float, level: float) -> ProductConversion:
    """The result in no language: a category that is not stated is still a mark."""
    shop.require(NEEDS)
    counts, has_margin = _counted(shop, period)
    if not (counts["visitors"] > 0).any():
        raise CannotTell(N_("no product page was viewed in {period}"), period=str(period))
    unseen = int((counts["visitors"] == 0).sum())
    counts = counts[counts["visitors"] > 0]
    over = counts["buyers"] > counts["visitors"]
    counts = counts[~over].reset_index(drop=True)
    if counts.empty:
        raise CannotTell(
            N_("every product has more buyers than visitors: views of products are not recorded")
        )
    products, categories = _shrunk(counts, rate, level)
    return ProductConversion(
        products, categories, period, int(over.sum()), unseen, has_margin, rate, level,
        shop.currency, shop.title,
    )  # fmt: skip


def _counted(shop: Shop, period: Period) -> tuple[pd.DataFrame, bool]:
    """Visitors, views, buyers and worth of a buyer by product."""
    events = in_days(shop.events, period.start, period.end, "event_ts")
    seen = events.filter(events.type == "view", events.sku.notnull()).select("session_id", "sku")
    pairs = seen.group_by("sku", "session_id").aggregate(views=seen.count())
    joined = pairs.join(shop.sessions.select("session_id", "visitor_id"), "session_id")
    visitors = joined.group_by("sku").aggregate(
        visitors=joined.visitor_id.nunique(), views=joined.views.sum()
    ).execute()  # fmt: skip
    lines = in_days(sales_lines(shop), period.start, period.end)
    has_margin = shop.has("order_lines", "unit_cost")
    worth = (lines.amount - lines.cost) if has_margin else lines.amount
    bought = lines.group_by("sku", "category").aggregate(
        buyers=buyer_of(lines).nunique(), worth=worth.sum()
    ).execute()  # fmt: skip
    frame = visitors.merge(bought.drop(columns="category"), on="sku", how="outer")
    if shop.has("products"):
        have = [c for c in ("title", "category") if shop.has("products", c)]
        frame = frame.merge(shop.products.select("sku", *have).execute(), on="sku", how="left")
    for name in ("title", "category"):
        if name not in frame:
            frame[name] = None
    frame["category"] = frame["category"].fillna(_UNSTATED)
    frame["title"] = frame["title"].fillna(frame["sku"])
    numbers = ["visitors", "views", "buyers", "worth"]
    return frame.assign(**{c: frame[c].astype(np.float64).fillna(0.0) for c in numbers}), has_margin


def _shrunk(counts: pd.DataFrame, rate: float, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    from scipy.stats import beta

    every = beta_prior(*(counts[c].to_numpy(np.float64) for c in ("buyers", "visitors")))
    frames, rows = [], []
    for name, part in counts.groupby("category", sort=False):
        k, n = (part[c].to_numpy(np.float64) for c in ("buyers", "visitors"))
        # A category of three products cannot say how products differ: the shop can.
        a, b = beta_prior(k, n) if len(part) >= _LEAST_PRODUCTS else every
        after = beta(k + a, n - k + b)
        typical = a / (a + b)
        part = part.assign(
            rate_raw=k / n,
            rate=(k + a) / (n + a + b),
            low=after.ppf((1 - level) / 2),
            high=after.ppf((1 + level) / 2),
            category_rate=typical,
            # Chance, given the data, that the product is in truth no worse than is typical.
            no_worse=after.sf(typical),
        )
        frames.append(part)
        whole = k.sum() / n.sum()
        # Bounds across products: visitors of one product are not independent draws.
        spread = np.sqrt(((k - whole * n) ** 2).sum()) / n.sum()
        rows.append((name, len(part), n.sum(), k.sum(), whole, spread, typical, a + b))
    names = ["category", "products", "visitors", "buyers", "rate", "error", "typical", "strength"]
    categories = pd.DataFrame(rows, columns=names)
    half = _z(level) * categories.pop("error")
    categories["low"] = (categories["rate"] - half).clip(lower=0)
    categories["high"] = categories["rate"] + half
    products = pd.concat(frames, ignore_index=True)
    # The mean of the chances of all that are called weak is the share of false alarms.
    products = products.sort_values(["no_worse", "sku"], ignore_index=True)
    products["q_value"] = products["no_worse"].expanding().mean()
    products["weak"] = products["q_value"] <= rate
    products["gap"] = ((products["category_rate"] - products["rate"]) * products["visitors"]).clip(
        lower=0
    )
    # The worth of a buyer is the category's: a weak product has few of its own.
    sums = products.groupby("category")[["worth", "buyers"]].transform("sum")
    each = (sums["worth"] / sums["buyers"].where(sums["buyers"] > 0)).fillna(0.0).clip(lower=0)
    products["at_stake"] = products["gap"] * each
    products = products.sort_values(["at_stake", "sku"], ascending=[False, True])
    columns = ["sku", "title", "category", "visitors", "views", "buyers", "rate_raw", "rate",
               "low", "high", "category_rate", "q_value", "weak", "gap", "at_stake"]  # fmt: skip
    shown = categories.sort_values("visitors", ascending=False, ignore_index=True)
    return products[columns].reset_index(drop=True), shown


def _z(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf((1 + level) / 2))
