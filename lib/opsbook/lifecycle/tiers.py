"""Member tiers: who earns which, who rises and falls, and who must spend what to keep it."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.lifecycle.purchases import Guests
from opsbook.lifecycle.rfm import window
from opsbook.lifecycle.spending import NEEDS, customer_spending, orders_named
from opsbook.lifecycle.tier_schemes import SCHEMES, TierScheme, own_scheme, proposed
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "POINT_VALUE", "TierReview", "tiers"]

POINT_VALUE = 0.01
"""Currency per loyalty point: source claim, 003 ch07 (B21), 1 point = 0.01 CNY."""


@dataclass(frozen=True)
class TierReview:
    """A review of all tiers on one day.

    Args:
        period: Days that the tiers look back on.
        scheme: Tiers with their bounds.
        given: Whether the bounds were given; else read from the record or proposed.
        customers: One row per named customer who ever bought: ``customer_id, tier,
            before`` (tier one review ago; missing where the data do not reach), ``recorded``
            (as on record; missing without), ``spend, days, average`` (window), ``kept_spend,
            kept_days`` (what of it still counts at the next review), ``next`` (tier then,
            if nothing is bought), ``margin`` and ``points`` (earned in the window) as far
            as known.
        idle: Registered customers without any purchase in the data; in the lowest tier.
        guests: Orders without a customer.
        due: Last day to keep a tier: the day before the next review.
        partial: Days of the earlier window that lie before the data begin.
        point_value: Currency per point.
        currency: ISO code.
        source: What the shop is called.
    """

    period: Period
    scheme: TierScheme
    given: bool
    customers: pd.DataFrame
    idle: int
    guests: Guests
    due: date
    partial: int
    point_value: float
    currency: str
    source: str

    @property
    def moved(self) -> bool:
        """Whether the tiers one review ago are known."""
        return bool(self.customers["before"].notna().any())

    def summary(self) -> pd.DataFrame:
        """Size, value and cost of each tier, highest first.

        Returns:
            ``tier, from_spend`` (currency, 0 for the lowest), ``customers, share, money``
            (net, window), ``money_share, per_customer, days`` (mean), ``margin`` (missing
            where costs are unknown), ``points_cost`` (missing without a points ledger),
            ``benefit_cost`` (the scheme's fraction of spend), ``after`` (margin less both
            costs).
        """
        groups = self.customers.groupby("tier")
        found = groups.agg(
            customers=("customer_id", "size"), money=("spend", "sum"), days=("days", "mean")
        )
        for name in ("margin", "points"):
            found[name] = groups[name].sum() if name in self.customers else np.nan
        found = found.reindex(self.scheme.keys[::-1])
        found[["customers", "money"]] = found[["customers", "money"]].fillna(0)
        found["customers"] = found["customers"].astype("int64")
        total = float(found["money"].sum())
        found["share"] = found["customers"] / len(self.customers)
        found["money_share"] = found["money"] / total if total > 0 else np.nan
        found["per_customer"] = found["money"] / found["customers"].where(found["customers"] > 0)
        found["from_spend"] = [tier.spend or 0.0 for tier in self.scheme.tiers[::-1]]
        found["points_cost"] = found.pop("points") * self.point_value
        found["benefit_cost"] = [tier.benefit for tier in self.scheme.tiers[::-1]] * found["money"]
        found["after"] = found["margin"] - found["points_cost"].fillna(0) - found["benefit_cost"]
        order = ["from_spend", "customers", "share", "money", "money_share", "per_customer",
                 "days", "margin", "points_cost", "benefit_cost", "after"]  # fmt: skip
        return found[order].reset_index()

    def matrix(self) -> pd.DataFrame:
        """Customers by tier one review ago (rows) and now (columns), lowest first."""
        keys = self.scheme.keys
        table = self.customers.groupby(["before", "tier"]).size().unstack(fill_value=0)
        return table.reindex(index=keys, columns=keys, fill_value=0)

    def moves(self) -> dict[str, int]:
        """How many went ``up``, ``down`` and ``same``."""
        place = {key: rank for rank, key in enumerate(self.scheme.keys)}
        known = self.customers[self.customers["before"].notna()]
        step = known["tier"].map(place) - known["before"].map(place)
        return {"up": int((step > 0).sum()), "down": int((step < 0).sum()),
                "same": int((step == 0).sum())}  # fmt: skip

    def notices(self) -> pd.DataFrame:
        """Who falls at the next review unless more is bought, and how much is missing.

        Returns:
            The highest spend first: ``customer_id, tier, falls_to, spend, expiring``
            (currency that stops counting), ``missing`` (currency to keep the tier),
            ``missing_days`` (purchase days), ``usual`` (what the customer spends in as many
            days at the pace of the window), ``last_day``.
        """
        frame = self.customers
        place = {key: rank for rank, key in enumerate(self.scheme.keys)}
        frame = frame[frame["next"].map(place) < frame["tier"].map(place)]
        need = {tier.key: tier for tier in self.scheme.tiers}
        spend = frame["tier"].map({k: v.spend or 0.0 for k, v in need.items()}).astype(float)
        days = frame["tier"].map({k: v.days for k, v in need.items()}).astype(float)
        found = pd.DataFrame(
            {
                "customer_id": frame["customer_id"],
                "tier": frame["tier"],
                "falls_to": frame["next"],
                "spend": frame["spend"],
                "expiring": (frame["spend"] - frame["kept_spend"]).round(2),
                "missing": (spend - frame["kept_spend"]).clip(lower=0).round(2),
                "missing_days": (days - frame["kept_days"]).clip(lower=0).astype("int64"),
                "usual": frame["spend"] * self.scheme.review_days / self.period.days,
                "last_day": pd.Timestamp(self.due),
            }
        )
        found = found.sort_values(["spend", "customer_id"], ascending=[False, True])
        return found.reset_index(drop=True)

    def near(self) -> pd.DataFrame:
        """Who is at most one usual purchase short of the next tier.

        Returns:
            The least missing first: ``customer_id, tier, rises_to, spend, missing``
            (currency), ``average`` (currency).
        """
        frame = self.customers
        above = dict(zip(self.scheme.keys, self.scheme.tiers[1:], strict=False))
        frame = frame[frame["tier"].isin(above)]
        target = frame["tier"].map({k: v.spend for k, v in above.items()}).astype(float)
        days = frame["tier"].map({k: v.days for k, v in above.items()}).astype(float)
        missing = (target - frame["spend"]).clip(lower=0).round(2)
        close = (missing <= frame["average"]) & (days - frame["days"] <= 1) & (missing > 0)
        found = frame.assign(
            rises_to=frame["tier"].map({k: v.key for k, v in above.items()}), missing=missing
        )[close]
        kept = ["customer_id", "tier", "rises_to", "spend", "missing", "average"]
        return found.sort_values(["missing", "customer_id"])[kept].reset_index(drop=True)

    def agreement(self) -> float | None:
        """Share of customers whose tier on record is the computed one; None without a record."""
        known = self.customers[self.customers["recorded"].notna()]
        return float((known["recorded"] == known["tier"]).mean()) if len(known) else None


@shared
def tiers(
    shop: Shop, end: date, scheme: TierScheme | None = None, *, point_value: float = POINT_VALUE
) -> TierReview:
    """Review every customer's tier on a day.

    Args:
        shop: Needs customers on orders, and order lines.
        end: Day after the last one that counts.
        scheme: Tiers; bounds that are missing are proposed from the shop's own spend.
            Unless given, the bounds that the tiers on record obey best, or ``four``.
        point_value: What a loyalty point costs, currency.

    Raises:
        CannotTell: The shop does not know its customers, or none has bought.
    """
    plan = scheme or SCHEMES["four"]
    span, review = plan.window_days, timedelta(days=plan.review_days)
    now, earlier = window(end, span), window(end - review, span)
    stretches = {
        "now": now,
        "before": earlier,
        "kept": Period(min(now.start + review, end - _DAY), end),
    }
    frame = customer_spending(shop, stretches, end)
    if plan.review_days >= span:
        # A yearly review: nothing bought by now counts at the next one.
        frame["kept_days"], frame["kept_spend"] = 0, 0.0
    frame = _recorded(shop, frame)
    if scheme is None and frame["recorded"].nunique() > 1:
        known = frame["recorded"].notna()
        plan = own_scheme(frame.loc[known, "recorded"], frame.loc[known, "now_spend"])
    elif not plan.complete:
        plan = proposed(plan, frame.loc[frame["now_days"] > 0, "now_spend"])
    keys = np.array(plan.keys)
    found = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "tier": keys[plan.ranks(frame["now_spend"], frame["now_days"])],
            "before": keys[plan.ranks(frame["before_spend"], frame["before_days"])],
            "recorded": frame["recorded"],
            "spend": frame["now_spend"].round(2),
            "days": frame["now_days"],
            "average": frame["now_spend"] / frame["now_days"].where(frame["now_days"] > 0),
            "kept_spend": frame["kept_spend"].round(2),
            "kept_days": frame["kept_days"],
            "next": keys[plan.ranks(frame["kept_spend"], frame["kept_days"])],
        }
    )
    nameless, first = orders_named(shop, end)
    start = first or now.start
    new = frame["first_day"] >= pd.Timestamp(earlier.end)
    found["before"] = found["before"].where(~new & (earlier.end > start), None)
    if "now_margin" in frame:
        found["margin"] = frame["now_margin"]
    if shop.has("points_ledger"):
        found["points"] = found["customer_id"].map(_points(shop, now)).fillna(0.0)
    return TierReview(
        period=now,
        scheme=plan,
        given=scheme is not None and scheme.complete,
        customers=found,
        idle=_idle(shop, frame),
        guests=nameless,
        due=end + review - _DAY,
        partial=max(0, (start - earlier.start).days),
        point_value=point_value,
        currency=shop.currency,
        source=shop.title,
    )


_DAY = timedelta(days=1)


def _recorded(shop: Shop, frame: pd.DataFrame) -> pd.DataFrame:
    if not shop.has("customers", "tier"):
        return frame.assign(recorded=None)
    known = shop.customers.select("customer_id", recorded="tier").execute()
    return frame.merge(known.drop_duplicates("customer_id"), on="customer_id", how="left")


def _idle(shop: Shop, frame: pd.DataFrame) -> int:
    if not shop.has("customers"):
        return 0
    return max(0, int(shop.customers.customer_id.nunique().execute()) - len(frame))


def _points(shop: Shop, period: Period) -> pd.Series:
    """Points earned in the period by customer."""
    book = in_days(shop.points_ledger, period.start, period.end, "book_ts")
    earned = book.filter(book.kind == ibis.literal("earn"))
    sums = earned.group_by("customer_id").aggregate(points=earned.points.sum()).execute()
    return sums.set_index("customer_id")["points"].astype("float64")
