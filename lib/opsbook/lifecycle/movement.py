"""Who moved between RFM segments since a quarter ago, and what each segment did next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.rfm import RfmRules, scored, window
from opsbook.lifecycle.rfm_segments import CLASSES, SEGMENTS
from opsbook.lifecycle.spending import customer_spending
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["FIRST", "LEFT", "RETURNED", "Movement", "movement"]

FIRST, RETURNED, LEFT = "first", "returned", "left"
"""Not in a segment: first purchase since; back from before the window; out of the window."""
_LEAST_WINDOW = 28


@dataclass(frozen=True)
class Movement:
    """The same scores at two dates, for every customer who was or is in a segment.

    Both dates look back over windows of one length and use one set of bounds, those of the
    later date; otherwise customers would move because the yardstick did.

    Args:
        then: Window of the earlier date.
        now: Window of the later date.
        bounds: Least values for scores 2 to 5 by dimension.
        customers: One row per customer: ``customer_id, before, after`` (segment, or
            ``first`` or ``returned`` before, ``left`` after), ``before_class,
            after_class``, ``money_before, money_after`` (net spend in the windows),
            ``between_days`` (purchase days between the dates), ``between_money`` (net
            spend between them), ``direction`` (``up, same, down, first, returned, left``).
        shortened: Whether the windows are shorter than the rules say, because the earlier
            date has no more data behind it.
        currency: ISO code.
        source: What the shop is called.
        level: Confidence of intervals.
    """

    then: Period
    now: Period
    bounds: Mapping[str, tuple[float, ...]]
    customers: pd.DataFrame
    shortened: bool
    currency: str
    source: str
    level: float = 0.95

    @property
    def days(self) -> int:
        """Days between the two dates."""
        return (self.now.end - self.then.end).days

    def matrix(self, by: str = "segment", of: str = "customers") -> pd.DataFrame:
        """Before in rows, after in columns; it adds up to the base at both dates.

        Args:
            by: ``segment`` or ``class``.
            of: ``customers``, ``money_before`` or ``money_after``.

        Returns:
            Rows: the segments, best first, then ``first`` and ``returned``; columns: the
            segments and ``left``. Counts, or currency.

        Raises:
            ParameterError: ``by`` or ``of`` is another word.
        """
        if by not in ("segment", "class") or of not in ("customers", "money_before", "money_after"):
            raise ParameterError(
                N_('"{by}" of "{of}" is no movement; use segment or class, and customers or money'),
                by=by,
                of=of,
            )
        keys = [s.key for s in SEGMENTS] if by == "segment" else [c.key for c in CLASSES]
        rows, columns = ("before", "after") if by == "segment" else ("before_class", "after_class")
        if of == "customers":
            found = self.customers.groupby([rows, columns]).size()
        else:
            found = self.customers.groupby([rows, columns])[of].sum()
        table = found.unstack(fill_value=0)
        table = table.reindex(index=[*keys, FIRST, RETURNED], columns=[*keys, LEFT], fill_value=0)
        return table.rename_axis(index="before", columns="after")

    def flows(self) -> pd.DataFrame:
        """Customers and money by direction.

        Returns:
            One row per direction: ``direction, customers, money_before, money_after,
            change`` (currency).
        """
        order = ["up", "same", "down", FIRST, RETURNED, LEFT]
        sums = self.customers.groupby("direction").agg(
            customers=("customer_id", "size"),
            money_before=("money_before", "sum"),
            money_after=("money_after", "sum"),
        )
        sums = sums.reindex(order, fill_value=0).rename_axis("direction").reset_index()
        return sums.assign(change=sums["money_after"] - sums["money_before"])

    def movers(self, direction: str = "down") -> pd.DataFrame:
        """Customers who moved in one direction, the most money first.

        Returns:
            ``customer_id, before, after, money_before, money_after``.

        Raises:
            ParameterError: There is no such direction.
        """
        known = ("up", "same", "down", FIRST, RETURNED, LEFT)
        if direction not in known:
            raise ParameterError(
                N_('direction "{value}" is not known; use one of {known}'),
                value=direction,
                known=", ".join(known),
            )
        frame = self.customers[self.customers["direction"] == direction]
        frame = frame.sort_values(["money_before", "customer_id"], ascending=[False, True])
        kept = ["customer_id", "before", "after", "money_before", "money_after"]
        return frame[kept].reset_index(drop=True)

    def follow_up(self) -> pd.DataFrame:
        """What the customers of each segment did between the dates: the test of the map.

        Returns:
            One row per segment that had customers, best first: ``segment, customers,
            bought`` (customers who bought again), ``share, low, high`` (Wilson interval),
            ``per_customer`` (net spend between the dates, currency), ``pace`` (what the
            same customers spent before in as many days, currency each).
        """
        frame = self.customers[~self.customers["before"].isin([FIRST, RETURNED])]
        sums = frame.groupby("before").agg(
            customers=("customer_id", "size"),
            bought=("between_days", lambda d: int((d > 0).sum())),
            per_customer=("between_money", "mean"),
            pace=("money_before", "mean"),
        )
        keys = [s.key for s in SEGMENTS if s.key in sums.index]
        sums = sums.loc[keys].rename_axis("segment").reset_index()
        low, high = wilson(sums["bought"], sums["customers"], self.level)
        sums["pace"] *= self.days / self.then.days
        sums.insert(3, "share", sums["bought"] / sums["customers"])
        sums.insert(4, "low", low)
        sums.insert(5, "high", high)
        return sums

    def words(self) -> str:
        """The flows in a sentence or two."""
        flows = self.flows().set_index("direction")["customers"]
        text = t(
            "In {days} days {up} customers moved up, {down} down, {left} left the base; {first} "
            "bought for the first time and {returned} came back.",
            days=self.days,
            **{name: count(flows[name]) for name in ("up", "down", LEFT, FIRST, RETURNED)},
        )
        if self.shortened:
            text += " " + t(
                "Both dates look back {days} days only, because the earlier one has no more data "
                "behind it; so the figures differ from those of the segments above.",
                days=count(self.then.days),
            )
        return text


@shared
def movement(
    shop: Shop,
    end: date,
    *,
    back_days: int = 91,
    rules: RfmRules | None = None,
    level: float = 0.95,
) -> Movement:
    """Compare segments at two dates, customer by customer, from one query.

    Args:
        shop: Needs customers on orders, and order lines.
        end: Day after the last one of the later window.
        back_days: How many days earlier the first date lies, 1 to 1,830.
        rules: Window and bounds; 365 days and the shop's own fifths unless given.
        level: Confidence of intervals, 0.5 to 0.999.

    Raises:
        ParameterError: ``back_days`` is out of range.
        CannotTell: The data do not reach back far enough, or too few customers.
    """
    if not 1 <= back_days <= 1830:
        raise ParameterError(
            N_("back_days {value} is out of range; use 1 to 1830"), value=back_days
        )
    rules = rules or RfmRules()
    earlier = end - timedelta(days=back_days)
    known = (earlier - data_days(shop).start).days
    length = min(rules.window_days, known)
    if length < min(_LEAST_WINDOW, rules.window_days):
        raise CannotTell(
            N_(
                "segments of {days} days ago cannot be made: only {known} days of data lie "
                "before that"
            ),
            days=back_days,
            known=max(known, 0),
        )
    then, now = window(earlier, length), window(end, length)
    between = Period(earlier, end)
    frame = customer_spending(shop, {"then": then, "now": now, "between": between}, end)
    after, bounds = scored(frame, "now", now, rules)
    before, _ = scored(frame, "then", then, rules, bounds)
    return Movement(
        then=then,
        now=now,
        bounds=bounds,
        customers=_joined(frame, before, after, earlier),
        shortened=length < rules.window_days,
        currency=shop.currency,
        source=shop.title,
        level=level,
    )


def _joined(
    frame: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, earlier: date
) -> pd.DataFrame:
    base = frame[["customer_id", "first_day", "between_days", "between_spend"]]
    base = base.rename(columns={"between_spend": "between_money"})
    for part, name in ((before, "before"), (after, "after")):
        columns = {"segment": name, "value_class": f"{name}_class", "monetary": f"money_{name}"}
        kept = part[["customer_id", *columns]].rename(columns=columns)
        base = base.merge(kept, on="customer_id", how="left")
        base[f"money_{name}"] = base[f"money_{name}"].fillna(0.0)
    base = base[base["before"].notna() | base["after"].notna()]
    first = base["first_day"] >= pd.Timestamp(earlier)
    absent = pd.Series(np.where(first, FIRST, RETURNED), index=base.index)
    for column in ("before", "before_class"):
        base[column] = base[column].where(base[column].notna(), absent)
    for column in ("after", "after_class"):
        base[column] = base[column].fillna(LEFT)
    place = {s.key: rank for rank, s in enumerate(SEGMENTS)}
    step = base["after"].map(place) - base["before"].map(place)
    # A lower place in the list is a better standing.
    base["direction"] = np.select(
        [base["after"] == LEFT, base["before"] == FIRST, base["before"] == RETURNED,
         step < 0, step > 0],
        [LEFT, FIRST, RETURNED, "up", "down"],
        "same",
    )  # fmt: skip
    return base.drop(columns="first_day").reset_index(drop=True)
