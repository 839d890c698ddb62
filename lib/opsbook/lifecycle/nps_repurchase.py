"""What promoters and detractors bought before and after they answered: tied, not caused."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, money, per_cent, points, t
from opsbook.lifecycle.nps import NEEDS as ANSWERS
from opsbook.lifecycle.nps import answers
from opsbook.lifecycle.proportions import stratified_gap
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Repurchase", "nps_repurchase"]

NEEDS = {
    "nps": (*ANSWERS["nps"], "customer_id"),
    "orders": ("order_id", "order_ts", "customer_id"),
}
_GROUPS = ("promoter", "passive", "detractor")
_LEAST = 30
_DRAWS = 2000


@dataclass(frozen=True)
class Repurchase:
    """Purchases in equal windows before and after an answer, by kind of answer.

    Args:
        frame: One row per ``group`` (promoter, passive, detractor): ``customers, returned``
            (bought again within the window), ``share, low, high``; ``before, after`` (sales a
            head in the window before and after, shop's currency; not a number without order
            lines).
        gap: Promoters' share less detractors', compared among customers with the same number
            of orders before; not a number under 30 customers on a side.
        gap_low: Lower end of its interval.
        gap_high: Upper end.
        p_value: That there is none.
        lost: Change in sales a head of detractors less that of promoters, window against
            window.
        lost_low: Lower end of its interval, by resampling customers.
        lost_high: Upper end.
        days: Length of each window.
        left_out: Answers without a full window after them, without a customer, or from a
            customer who had answered before.
        currency: ISO code.
        level: Confidence of the intervals.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    gap: float
    gap_low: float
    gap_high: float
    p_value: float
    lost: float
    lost_low: float
    lost_high: float
    days: int
    left_out: int
    currency: str
    level: float
    source: str

    def headline(self) -> str:
        """Whether promoters come back more often, in one sentence."""
        by = self.frame.set_index("group")["share"]
        if self.gap != self.gap:
            return t("Too few promoters or detractors to compare what they buy later")
        shares = {"p": per_cent(by["promoter"], 0), "d": per_cent(by["detractor"], 0)}
        shares["days"] = count(self.days)
        if self.p_value < 1 - self.level:
            text = (
                t("Promoters buy again more often: {p} within {days} days, detractors {d}")
                if self.gap > 0
                else t("Detractors buy again more often: {d} within {days} days, promoters {p}")
            )
            return text.format(**shares)
        return t(
            "Promoters ({p}) and detractors ({d}) buy again about equally often in {days} days",
            **shares,
        )

    def words(self) -> str:
        """The gap among like customers, money before and after, and that it is no proof."""
        parts = []
        if self.gap == self.gap:
            parts.append(
                t(
                    "Among customers with as many orders before: {gap} ({low} to {high}).",
                    gap=points(self.gap),
                    low=points(self.gap_low),
                    high=points(self.gap_high),
                )
            )
        by = self.frame.set_index("group")
        if by.loc["detractor", "before"] == by.loc["detractor", "before"]:
            parts.append(
                t(
                    "A detractor spent {before} in the {days} days before and {after} after; a "
                    "promoter {p_before} and {p_after}.",
                    before=money(by.loc["detractor", "before"], self.currency),
                    after=money(by.loc["detractor", "after"], self.currency),
                    p_before=money(by.loc["promoter", "before"], self.currency),
                    p_after=money(by.loc["promoter", "after"], self.currency),
                    days=count(self.days),
                )
            )
            parts.append(t("Everybody was asked after an order, so sales before are high for all."))
        parts.append(
            t("Whoever was pleased may have come back anyway: this ties the two, it does not "
              "show that raising the score raises sales.")
        )  # fmt: skip
        return " ".join(parts)


@shared
def nps_repurchase(shop: Shop, *, days: int = 90, level: float = 0.95) -> Repurchase:
    """Link first answers to purchases in the window after and before.

    Args:
        shop: Needs ``nps.customer_id`` and orders with customers.
        days: Length of the windows, 7 to 365.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        ParameterError: ``days`` is out of range.
        CannotTell: No customers, or no answer with a full window after it.
    """
    if not 7 <= days <= 365:
        raise ParameterError(N_("days {value} is out of range; use 7 to 365"), value=days)
    shop.require(NEEDS)
    end = data_days(shop).end
    given = answers(shop)
    total = int(given.count().execute())
    given = given.filter(given.customer_id.notnull())
    given = given.group_by("customer_id").aggregate(
        day=given.day.min(),
        promoter=given.promoter.argmin(given.day),
        detractor=given.detractor.argmin(given.day),
    )
    given = given.filter(given.day < ibis.literal(end - timedelta(days=days)))
    orders = order_totals(shop).select("customer_id", "order_id", "amount", order_day="day")
    joined = given.left_join(orders, "customer_id")
    ahead = joined.order_day.delta(joined.day, unit="day")
    before, after = ahead.between(-days, -1), ahead.between(1, days)
    per = joined.group_by("customer_id", "promoter", "detractor").aggregate(
        earlier=(ahead <= 0).sum(),
        back=after.sum(),
        before=joined.amount.sum(where=before),
        after=joined.amount.sum(where=after),
    )
    frame = per.order_by("customer_id").execute()
    if frame.empty:
        raise CannotTell(
            N_("no answer lies {days} days or more before the end of the data"), days=days
        )
    priced = shop.has("order_lines")
    frame[["earlier", "back"]] = frame[["earlier", "back"]].fillna(0).astype(float)
    money_columns = ["before", "after"]
    frame[money_columns] = frame[money_columns].astype(float).fillna(0.0 if priced else np.nan)
    frame["group"] = np.select([frame["promoter"] == 1, frame["detractor"] == 1],
                               ["promoter", "detractor"], "passive")  # fmt: skip
    table = _table(frame, level)
    gap = _gap(frame, level)
    lost = _lost(frame, level) if priced else (float("nan"),) * 3
    return Repurchase(
        table, *gap, *lost, days, total - len(frame), shop.currency, level, shop.title
    )


def _table(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    sums = frame.assign(returned=frame["back"] > 0).groupby("group")
    table = sums.agg(customers=("group", "size"), returned=("returned", "sum"),
                     before=("before", "mean"), after=("after", "mean"))  # fmt: skip
    table = table.reindex(_GROUPS)
    table[["customers", "returned"]] = table[["customers", "returned"]].fillna(0).astype(int)
    table["share"] = table["returned"] / table["customers"].where(table["customers"] > 0)
    table["low"], table["high"] = wilson(table["returned"], table["customers"], level)
    return table.rename_axis("group").reset_index()


def _gap(frame: pd.DataFrame, level: float) -> tuple[float, float, float, float]:
    """Promoters less detractors, within strata of orders placed before."""
    stratum = frame["earlier"].clip(upper=5)
    parts = {}
    for name in ("promoter", "detractor"):
        mine = frame[frame["group"] == name]
        if len(mine) < _LEAST:
            return (float("nan"),) * 4
        groups = (mine["back"] > 0).groupby(stratum[mine.index])
        parts[name] = groups.agg(hits="sum", cases="size")
    strata = parts["promoter"].join(parts["detractor"].add_prefix("other_"), how="inner")
    found = stratified_gap(strata, level)
    return found.gap, found.low, found.high, found.p_value


def _lost(frame: pd.DataFrame, level: float) -> tuple[float, float, float]:
    """Difference of differences a head, interval by resampling customers."""
    change = (frame["after"] - frame["before"]).to_numpy(np.float64)
    sides = [change[(frame["group"] == name).to_numpy()] for name in ("detractor", "promoter")]
    if min(len(side) for side in sides) < _LEAST:
        return (float("nan"),) * 3
    rng = np.random.default_rng(0)
    means = [side[rng.integers(0, len(side), (_DRAWS, len(side)))].mean(axis=1) for side in sides]
    tail = (1 - level) / 2
    low, high = np.quantile(means[0] - means[1], [tail, 1 - tail])
    return float(sides[0].mean() - sides[1].mean()), float(low), float(high)
