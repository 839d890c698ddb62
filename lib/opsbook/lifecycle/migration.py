"""How customers moved between stages from one day to another, to the last customer."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.language import day as in_words
from opsbook.lifecycle.day_edges import NEEDS, buying_days, data_span
from opsbook.lifecycle.net_purchases import net_purchases
from opsbook.lifecycle.own_clock import OwnClock
from opsbook.lifecycle.stage_rules import STAGES, FixedDays, OwnRhythm
from opsbook.lifecycle.stages import Stages, stages
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "NOT_YET", "Migration", "migration", "stage_history", "stage_outcomes"]

NOT_YET = "not yet"
"""Row of customers who had not bought by the earlier day."""
_HERE = ("new", "active", "reactivated", "at risk")
"""Stages whose customers count as the living stock."""


@dataclass(frozen=True)
class Migration:
    """Customers by stage on two days, by one clock.

    Args:
        before: Stages on the earlier day.
        after: Stages on the later day.
        matrix: Customers; rows the stage before (``NOT_YET`` last), columns the stage after.
        flows: One row per stage: ``stage, before, came, left, after``, with before + came -
            left = after, to the customer.
    """

    before: Stages
    after: Stages
    matrix: pd.DataFrame
    flows: pd.DataFrame

    @property
    def stock(self) -> dict[str, int]:
        """The living stock (not dormant, not lost) and what changed it.

        ``before + joined + won_back - fell_silent = after``; ``passed_by`` joined and fell
        silent in between, so it is in neither stock.
        """
        here, away = list(_HERE), [s for s in STAGES if s not in _HERE]
        return {
            "before": int(self.matrix.loc[here].to_numpy().sum()),
            "joined": int(self.matrix.loc[NOT_YET, here].sum()),
            "won_back": int(self.matrix.loc[away, here].to_numpy().sum()),
            "fell_silent": int(self.matrix.loc[here, away].to_numpy().sum()),
            "passed_by": int(self.matrix.loc[NOT_YET, away].sum()),
            "after": int(self.matrix[here].to_numpy().sum()),
        }

    def headline(self) -> str:
        """Whether the living stock grew, and by which flows."""
        s = self.stock
        change = s["after"] - s["before"]
        text = (
            t("The stock of living customers grew by {n}: {joined} joined, {back} came back, "
              "{gone} fell silent")
            if change >= 0
            else t("The stock of living customers shrank by {n}: {joined} joined, {back} came "
                   "back, {gone} fell silent")
        )  # fmt: skip
        return text.format(
            n=count(abs(change)),
            joined=count(s["joined"]),
            back=count(s["won_back"]),
            gone=count(s["fell_silent"]),
        )

    def words(self) -> str:
        """The two days, and that one clock was used for both."""
        return t(
            "{before} against {after}. Both days are read by the clock fitted to the later one, "
            "so a customer moves because of what he did, not because the clock did.",
            before=in_words(self.before.at),
            after=in_words(self.after.at),
        )


@shared
def migration(
    shop: Shop,
    before: date,
    *,
    at: date | None = None,
    rule: OwnRhythm | FixedDays | None = None,
    clock: OwnClock | None = None,
) -> Migration:
    """Compare the stages of all customers on two days.

    Args:
        shop: Needs ``orders.customer_id``.
        before: The earlier day.
        at: The later day; the last of the data unless given.
        rule: Where stages end; own rhythm unless given.
        clock: A rhythm fitted elsewhere; fitted to the later day unless given.

    Raises:
        CannotTell: Nobody had bought by the earlier day, or ``stages`` cannot tell.
        ParameterError: The days are out of order or outside the data.
    """
    after = stages(shop, at=at, rule=rule, clock=clock)
    if before >= after.at:
        raise ParameterError(
            N_("before {value} must be earlier than {at}"), value=before, at=after.at
        )
    earlier = stages(shop, at=before, rule=after.rule, clock=after.clock)
    then = earlier.table.select("customer_id", then="stage")
    now = after.table.select("customer_id", now="stage")
    # Whoever had bought by the earlier day has bought by the later one.
    joined = now.left_join(then, "customer_id")
    joined = joined.mutate(then=joined.then.fill_null(NOT_YET))
    counted = joined.group_by("then", "now").aggregate(n=joined.count()).execute()
    names = list(STAGES)
    wide = counted.pivot(index="then", columns="now", values="n")
    matrix = wide.reindex(index=[*names, NOT_YET], columns=names).fillna(0).astype("int64")
    matrix = matrix.rename_axis(index="before", columns="after")
    stayed = pd.Series({name: matrix.loc[name, name] for name in names})
    flows = pd.DataFrame({"before": matrix.loc[names].sum(axis=1), "after": matrix.sum(axis=0)})
    flows["came"], flows["left"] = flows["after"] - stayed, flows["before"] - stayed
    flows = flows.rename_axis("stage").reset_index()
    return Migration(earlier, after, matrix, flows[["stage", "before", "came", "left", "after"]])


@shared
def stage_history(shop: Shop, result: Stages, *, months: int = 12) -> pd.DataFrame:
    """Customers by stage at the ends of the last months, by today's clock.

    Args:
        shop: The shop that ``result`` comes from.
        result: From ``stages``.
        months: How many month ends, 1 to 36; fewer where the data begin later.

    Returns:
        One row per day and stage, by day: ``at, stage, customers``.
    """
    start = data_span(shop).start
    ends = pd.date_range(end=pd.Timestamp(result.at), periods=months, freq="ME")
    days = [d.date() for d in ends if d.date() > start]
    frames = []
    for day in [*days, *([] if days and days[-1] == result.at else [result.at])]:
        found = result if day == result.at else None
        if found is None:
            from opsbook.lifecycle.stage_customers import customer_stages

            table = customer_stages(shop, day, result.rule, result.clock)
            sums = table.group_by("stage").aggregate(customers=table.count()).execute()
        else:
            sums = found.counts[["stage", "customers"]]
        whole = sums.set_index("stage")["customers"].reindex(list(STAGES)).fillna(0)
        frames.append(whole.astype("int64").rename_axis("stage").reset_index().assign(at=day))
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(at=pd.to_datetime(frame["at"]))[["at", "stage", "customers"]]


@shared
def stage_outcomes(shop: Shop, result: Stages, *, days: int = 90) -> pd.DataFrame:
    """What customers of each stage did next: the test of the stages, and their price.

    Stages are taken ``days`` before the end, with a clock fitted to what was known then.

    Args:
        shop: The shop that ``result`` comes from.
        result: From ``stages``.
        days: How long to look ahead.

    Returns:
        One row per stage: ``stage, customers, bought, rate`` (bought within ``days``) with
        ``low, high``, and ``per_buyer`` (net sales per customer who did; missing without
        order lines).

    Raises:
        CannotTell: The data are too short to look ahead.
    """
    from opsbook.common.shares import wilson

    then = result.at - timedelta(days=days)
    if then <= data_span(shop).start:
        raise CannotTell(
            N_("the data are too short to see what customers did in the {days} days after"),
            days=days,
        )
    earlier = stages(shop, at=then, rule=result.rule)
    later = ibis.literal(then)
    if shop.has("order_lines"):
        bought = net_purchases(shop, with_margin=False)
    else:
        bought = buying_days(shop).mutate(revenue=ibis.null("float64"))
    bought = bought.filter(bought.day > later, bought.day <= ibis.literal(result.at))
    sums = bought.group_by("customer_id").aggregate(
        sales=bought.revenue.sum(), times=bought.count()
    )
    joined = earlier.table.select("customer_id", "stage").left_join(sums, "customer_id")
    counted = joined.group_by("stage").aggregate(
        customers=joined.count(), bought=joined.times.count(), sales=joined.sales.sum()
    )
    frame = counted.execute().set_index("stage").reindex(list(STAGES)).rename_axis("stage")
    for name in ("customers", "bought"):
        frame[name] = frame[name].fillna(0).astype("int64")
    frame["rate"] = frame["bought"] / frame["customers"].where(frame["customers"] > 0)
    frame["low"], frame["high"] = wilson(frame["bought"], frame["customers"])
    frame["per_buyer"] = frame["sales"].astype(float) / frame["bought"].where(frame["bought"] > 0)
    return frame.drop(columns="sales").reset_index()
