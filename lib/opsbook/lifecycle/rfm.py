"""RFM: how recently, how often and for how much each customer bought, scored 1 to 5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, money, per_cent, t
from opsbook.lifecycle.purchases import Guests
from opsbook.lifecycle.rfm_scores import RfmRules, own_bounds, score
from opsbook.lifecycle.rfm_segments import CLASSES, SEGMENTS, class_keys, segment_keys
from opsbook.lifecycle.spending import NEEDS, customer_spending, orders_named
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Rfm", "RfmRules", "own_bounds", "rfm", "score", "scored", "window"]

DIMENSIONS = ("recency_days", "frequency", "monetary")
_LEAST = 5
"""Customers that bounds of the shop's own need at least: one for each score."""


@dataclass(frozen=True)
class Rfm:
    """Scores and segments of everybody who bought within the window.

    Args:
        period: The window.
        rules: How it was scored.
        bounds: ``recency_days, frequency, monetary`` to the least values (recency negated)
            for scores 2 to 5; infinite where nobody reaches the score.
        customers: One row per customer: ``customer_id, recency_days`` (to the last day of
            the window), ``frequency`` (purchase days), ``monetary`` (net spend, currency),
            ``margin`` (where known), ``r, f, m`` (1 to 5), ``segment, value_class``.
        segments: One row per segment, best first: ``segment, customers, share, money,
            money_share`` (missing where net sales are not above zero), ``per_customer,
            recency_days`` (median), ``frequency`` (mean), ``margin``.
        classes: The same by ``value_class``.
        outside: Named customers who bought before the window only.
        guests: Orders without a customer.
        currency: ISO code.
        source: What the shop is called.
        partial: Days of the window that lie before the data begin.
    """

    period: Period
    rules: RfmRules
    bounds: Mapping[str, tuple[float, ...]]
    customers: pd.DataFrame
    segments: pd.DataFrame
    classes: pd.DataFrame
    outside: int
    guests: Guests
    currency: str
    source: str
    partial: int = 0
    margin_known: bool = field(default=False)

    @property
    def money(self) -> float:
        """Net sales to all customers in the window."""
        return float(self.customers["monetary"].sum())

    @property
    def flat(self) -> tuple[str, ...]:
        """Dimensions that tell nobody apart: all customers have the same score."""
        return tuple(
            name
            for name, column in zip(DIMENSIONS, "rfm", strict=True)
            if self.customers[column].nunique() == 1
        )

    def listed(self, *segments: str) -> pd.DataFrame:
        """Customers of the segments, for a mailing; all of them if none is named.

        Returns:
            One row per customer, the highest spend first: ``customer_id, segment, r, f, m,
            recency_days, frequency, monetary, reason`` (words).

        Raises:
            ParameterError: There is no such segment.
        """
        known = [s.key for s in SEGMENTS]
        for name in segments:
            if name not in known:
                raise ParameterError(
                    N_('segment "{value}" is not known; use one of {known}'),
                    value=name,
                    known=", ".join(known),
                )
        frame = self.customers
        if segments:
            frame = frame[frame["segment"].isin(segments)]
        frame = frame.sort_values(["monetary", "customer_id"], ascending=[False, True])
        meaning = {s.key: t(s.meaning) for s in SEGMENTS}
        kept = ["customer_id", "segment", "r", "f", "m", *DIMENSIONS]
        return frame[kept].assign(reason=frame["segment"].map(meaning)).reset_index(drop=True)

    def words(self) -> str:
        """What the window holds and what it leaves out."""
        text = t(
            "{n} customers bought in {period}, {money} net of refunds.",
            n=count(len(self.customers)),
            period=str(self.period),
            money=money(self.money, self.currency),
        )
        if self.outside:
            text += " " + t(
                "{n} more bought before that only; they are in no segment.", n=count(self.outside)
            )
        if self.partial:
            text += " " + t(
                "The data begin {days} days after the window does: who bought before looks newer "
                "and rarer than he is.",
                days=count(self.partial),
            )
        names = {
            "recency_days": t("recency"),
            "frequency": t("frequency"),
            "monetary": t("spend"),
        }
        for name in self.flat:
            text += " " + t("All customers are alike in {what}: it tells nobody apart.").format(
                what=names[name]
            )
        ones = float((self.customers["frequency"] == 1).mean())
        if ones >= 0.2:
            text += " " + t(
                "{share} bought on one day only and share one frequency score.",
                share=per_cent(ones),
            )
        said = self.guests.words()
        return f"{text} {said}" if said else text


@shared
def rfm(shop: Shop, end: date, rules: RfmRules | None = None) -> Rfm:
    """Score every named customer by recency, frequency and net spend up to a day.

    Args:
        shop: Needs customers on orders, and order lines.
        end: Day after the last one that counts.
        rules: Window and bounds; 365 days and the shop's own fifths unless given.

    Raises:
        CannotTell: No named customer bought in the window, or too few to rank.

    Source:
        Hughes (1994), Strategic Database Marketing, ch. 6 (scores in fifths). Segment map:
        see ``rfm_segments``; classes: source claim, 001 用户分层.
    """
    rules = rules or RfmRules()
    period = window(end, rules.window_days)
    frame = customer_spending(shop, {"w": period}, end)
    inside, bounds = scored(frame, "w", period, rules)
    nameless, first = orders_named(shop, end)
    return Rfm(
        period=period,
        rules=rules,
        bounds=bounds,
        customers=inside,
        segments=_summary(inside, "segment", [s.key for s in SEGMENTS]),
        classes=_summary(inside, "value_class", [c.key for c in CLASSES]),
        outside=len(frame) - len(inside),
        guests=nameless,
        currency=shop.currency,
        source=shop.title,
        partial=max(0, (first - period.start).days) if first else 0,
        margin_known="margin" in inside,
    )


def window(end: date, days: int) -> Period:
    """The days before ``end``."""
    return Period(end - timedelta(days=days), end)


def scored(
    frame: pd.DataFrame,
    name: str,
    period: Period,
    rules: RfmRules,
    bounds: Mapping[str, tuple[float, ...]] | None = None,
) -> tuple[pd.DataFrame, dict[str, tuple[float, ...]]]:
    """Scores and segments of those who bought in one stretch of ``customer_spending``.

    Args:
        frame: From ``customer_spending``.
        name: Name of the stretch.
        period: Its days.
        rules: Window and bounds.
        bounds: Bounds to use instead of the customers' own; for a comparison of two dates.

    Returns:
        The customers as in ``Rfm.customers``, and the bounds used.

    Raises:
        CannotTell: Nobody bought, or too few to rank.
    """
    part = frame[frame[f"{name}_days"] > 0]
    last = pd.Timestamp(period.end - timedelta(days=1))
    found = pd.DataFrame(
        {
            "customer_id": part["customer_id"],
            "recency_days": (last - part[f"{name}_last"]).dt.days.astype("int64"),
            "frequency": part[f"{name}_days"],
            "monetary": part[f"{name}_spend"].round(2),
        }
    ).reset_index(drop=True)
    if f"{name}_margin" in part:
        found["margin"] = part[f"{name}_margin"].to_numpy()
    if found.empty:
        raise CannotTell(N_("no named customer bought in {period}"), period=str(period))
    if bounds is None and len(rules.given) < len(DIMENSIONS) and len(found) < _LEAST:
        raise CannotTell(
            N_(
                "customers who bought in {period}: {n}; five scores need at least {least}. "
                "Give bounds, or look back further."
            ),
            n=len(found),
            period=str(period),
            least=_LEAST,
        )
    used: dict[str, tuple[float, ...]] = {}
    for column, short in zip(DIMENSIONS, "rfm", strict=True):
        values = found[column].to_numpy(float) * (-1 if column == "recency_days" else 1)
        if bounds is not None:
            used[column] = bounds[column]
        else:
            used[column] = rules.given.get(column) or own_bounds(values, rules.method)
        found[short] = score(values, used[column])
    codes = (found["r"].to_numpy(), found["f"].to_numpy(), found["m"].to_numpy())
    found["segment"] = segment_keys(*codes)
    found["value_class"] = class_keys(*codes)
    return found, used


def _summary(frame: pd.DataFrame, by: str, order: list[str]) -> pd.DataFrame:
    sums = {
        "customers": ("customer_id", "size"),
        "money": ("monetary", "sum"),
        "recency_days": ("recency_days", "median"),
        "frequency": ("frequency", "mean"),
    }
    if "margin" in frame:
        sums["margin"] = ("margin", "sum")
    found = frame.groupby(by).agg(**sums).reindex(order)
    found.index.name = by
    filled = [c for c in ("customers", "money", "margin") if c in found]
    found[filled] = found[filled].fillna(0)
    found["customers"] = found["customers"].astype("int64")
    total = float(found["money"].sum())
    found.insert(1, "share", found["customers"] / len(frame))
    found.insert(3, "money_share", found["money"] / total if total > 0 else np.nan)
    found.insert(
        4, "per_customer", found["money"] / found["customers"].where(found["customers"] > 0)
    )
    return found.reset_index()
