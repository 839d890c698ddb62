"""Two periods side by side, group by group: who grew, by how much, and is it real."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_, t
from opsbook.reference.calendar import shop_events
from opsbook.reference.like_for_like import LikeForLike, day_classes, like_for_like
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import Period, data_days, last_year_or_before
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "DIMENSIONS",
    "LEAST_ORDERS",
    "NEEDS",
    "Comparison",
    "base_of",
    "both_periods",
    "compare_groups",
    "group_totals",
    "grouped_lines",
    "previous_of",
    "stated",
]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")}
DIMENSIONS: dict[str, str] = {
    "category": N_("category"),
    "brand": N_("brand"),
    "region": N_("region"),
    "store_id": N_("store"),
    "platform": N_("platform"),
    "channel": N_("channel"),
}
"""Columns that name groups, and what a report calls them."""
LEAST_ORDERS = 30
"""Below this many orders in either period no growth is stated."""
_IDLE_DAYS = 21
_TESTED = 60
"""Groups, the largest first, that get an interval."""


@dataclass(frozen=True)
class Comparison:
    """Groups in a period against an earlier one.

    Args:
        frame: One row per group, by sales: ``group, gmv, before, change, growth, share,
            share_before, share_shift, contribution`` (change over the shop's earlier sales),
            ``orders, orders_before, buyers, buyers_before, penetration,
            penetration_before`` (buyers over all buyers), ``aov``,
            ``gross_margin`` (not a number without costs), ``like_for_like`` with
            ``low, high, p_value``, ``is_real``, ``thin`` (under 30 orders; no growth) and
            ``status``: ``new`` (sold nothing before), ``stopped`` (no sale in the last three
            weeks in which the shop sold), else empty; ``last_sale`` is the day.
        period: The period in question.
        base: What it is compared with.
        by: What the groups are: ``category``, ``region`` ...
        total: The whole shop, calendar-corrected.
        totals: ``gmv, orders, buyers`` of the whole shop, now and before.
        currency: ISO code.
        source: Name of the shop for a figure's source line.
        same_season: Whether the base is the same weeks of last year; if not, a change may be
            the season.
        one_year: Whether the data are too short to tell season from growth.
    """

    frame: pd.DataFrame
    period: Period
    base: Period
    by: str
    total: LikeForLike
    totals: pd.DataFrame
    currency: str
    source: str
    same_season: bool
    one_year: bool


def previous_of(shop: Shop, period: Period) -> Period:
    """The period of equal length before, which must be inside the data.

    Raises:
        CannotTell: The data begin too late.
    """
    before, span = period.before(), data_days(shop)
    if not before.inside(span):
        raise CannotTell(
            N_("{period} cannot be compared: the data begin on {start}, after {before} began"),
            period=str(period),
            start=span.start,
            before=str(before),
        )
    return before


@shared
def base_of(shop: Shop, period: Period) -> Period:
    """What a period is best compared with: last year, else the period before.

    Raises:
        CannotTell: The data hold neither.
    """
    base = last_year_or_before(shop, period)
    return base if base != period.before() else previous_of(shop, period)


def both_periods(frame: Frame, period: Period, base: Period) -> Frame:
    """Rows of either period, ``is_now`` telling which; the periods do not overlap."""
    wide = in_days(frame, min(period.start, base.start), max(period.end, base.end))
    now = (wide.day >= ibis.literal(period.start)) & (wide.day < ibis.literal(period.end))
    before = (wide.day >= ibis.literal(base.start)) & (wide.day < ibis.literal(base.end))
    return wide.filter(now | before).mutate(is_now=now)


def grouped_lines(shop: Shop, period: Period, base: Period, by: str) -> Frame:
    """Lines of both periods, which must know the group.

    Raises:
        CannotTell: They do not.
    """
    home = "products" if by in ("category", "brand") else "orders"
    shop.require(NEEDS | {home: (by,)})
    return both_periods(sales_lines(shop), period, base)


def group_totals(lines: Frame, by: str | None) -> pd.DataFrame:
    """Sums of lines of two periods, by group and period.

    Args:
        lines: Lines from ``both_periods``.
        by: Column that names the group; None for the whole shop.

    Returns:
        One row per group (index ``group``, one text for all without a name) and columns
        ``(gmv | orders | buyers | units | counted | listed | cost | costed, is_now)``;
        0 where a group has nothing.
    """
    lines = lines.mutate(
        buyer=buyer_of(lines), group=lines[by].cast("string") if by else ibis.literal("all")
    )
    sums = lines.group_by("group", "is_now").aggregate(
        gmv=lines.amount.sum(),
        orders=lines.order_id.nunique(),
        buyers=lines.buyer.nunique(),
        units=lines.qty.sum(),
        counted=ibis.ifelse(lines.qty.notnull(), lines.amount, 0.0).sum(),
        listed=lines.list_amount.sum(),
        cost=lines.cost.sum(),
        costed=ibis.ifelse(lines.cost.notnull(), lines.amount, 0.0).sum(),
    )
    table = sums.execute()
    table["group"] = stated(table["group"]).astype(str)
    wide = table.set_index(["group", "is_now"]).astype(float).unstack("is_now")
    columns = pd.MultiIndex.from_product([wide.columns.levels[0], [False, True]])
    return wide.reindex(columns=columns).fillna(0.0)


def stated(groups: pd.Series) -> pd.Series:
    """Names of groups, one text for all that have none.

    The language is asked for only where one is missing: what needs no language is shared
    by the reports of a batch.
    """
    return groups.fillna(t("not stated")) if groups.hasnans else groups


@shared
def compare_groups(
    shop: Shop, period: Period, base: Period | None = None, *, by: str, level: float = 0.95
) -> Comparison:
    """Compare groups of sales between two periods.

    Args:
        shop: The shop.
        period: The period in question.
        base: What to compare with; unless given last year where the data hold it (the season
            is the same), else the period before.
        by: Column of ``sales_lines``: ``category, brand, region, store_id, platform ...``
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: The shop has no such column, or the data begin too late.

    Source:
        Share, growth, contribution: D10. The interval: ``reference.like_for_like``.
        ``is_real`` controls the false discovery rate at 5 % over the groups tested:
        Benjamini and Hochberg (1995), JRSS B 57, 289-300.
    """
    base = base or base_of(shop, period)
    lines = grouped_lines(shop, period, base, by)
    wide = group_totals(lines, by)
    if len(wide) == 1 and wide.index[0] == t("not stated"):
        raise CannotTell(N_("{by} is empty for everything sold"), by=by)
    totals = group_totals(lines, None)
    frame = _columns(wide, totals)
    daily = lines.group_by("day", group=lines[by].cast("string")).aggregate(gmv=lines.amount.sum())
    days = daily.execute()
    days["group"] = stated(days["group"]).astype(str)
    span = data_days(shop)
    calendar = shop_events(shop, min(period.start, base.start), max(period.end, base.end))
    classes = day_classes(period, base, span, calendar)
    whole = like_for_like(days, period, base, classes=classes, level=level)
    tested = list(frame.index[~frame["thin"]])[:_TESTED]
    by_group = dict(tuple(days[days["group"].isin(tested)].groupby("group")))
    found = {
        g: like_for_like(by_group[g], period, base, classes=classes, level=level) for g in tested
    }
    for column, read in (
        ("like_for_like", "growth"), ("low", "low"), ("high", "high"), ("p_value", "p_value"),
    ):  # fmt: skip
        values = {g: getattr(result, read) for g, result in found.items()}
        frame[column] = pd.Series(values, dtype=float).reindex(frame.index)
    frame["is_real"] = _discoveries(frame["p_value"])
    sold = days[days["gmv"] > 0].groupby("group")["day"].max()
    frame["last_sale"] = pd.to_datetime(sold.reindex(frame.index))
    frame["status"] = _status(frame, period)
    one_year = (span.end - span.start).days < 2 * 364
    return Comparison(
        frame.reset_index(names="group"),
        period,
        base,
        by,
        whole,
        totals,
        shop.currency,
        shop.title,
        base == period.last_year(),
        one_year,
    )


def _columns(wide: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    now, before = wide.xs(True, axis=1, level=1), wide.xs(False, axis=1, level=1)
    all_now, all_before = totals.xs(True, axis=1, level=1), totals.xs(False, axis=1, level=1)
    sums_now, sums_before = all_now.iloc[0], all_before.iloc[0]
    frame = pd.DataFrame({"gmv": now["gmv"], "before": before["gmv"]})
    frame["change"] = frame["gmv"] - frame["before"]
    frame["thin"] = (now["orders"] < LEAST_ORDERS) | (before["orders"] < LEAST_ORDERS)
    stated = ~frame["thin"] & (frame["before"] > 0)
    frame["growth"] = (frame["change"] / frame["before"].where(stated)).astype(float)
    frame["share"] = frame["gmv"] / sums_now["gmv"] if sums_now["gmv"] else np.nan
    frame["share_before"] = frame["before"] / sums_before["gmv"] if sums_before["gmv"] else np.nan
    frame["share_shift"] = frame["share"] - frame["share_before"]
    frame["contribution"] = frame["change"] / sums_before["gmv"] if sums_before["gmv"] else np.nan
    for name in ("orders", "buyers"):
        frame[name], frame[f"{name}_before"] = now[name], before[name]
    frame["penetration"] = now["buyers"] / sums_now["buyers"]
    frame["penetration_before"] = before["buyers"] / sums_before["buyers"]
    frame["aov"] = now["gmv"] / now["orders"].where(now["orders"] > 0)
    frame["aov_before"] = before["gmv"] / before["orders"].where(before["orders"] > 0)
    frame["gross_margin"] = 1 - now["cost"] / now["costed"].where(now["costed"] > 0)
    return frame.sort_values(["gmv", "before"], ascending=False, kind="stable")


def _status(frame: pd.DataFrame, period: Period) -> np.ndarray:
    """Groups that are new or stopped selling; their growth is no fluctuation."""
    # When all sales end on one day the data or the shop stopped, not a group.
    last = frame["last_sale"].max() + pd.Timedelta(days=1)
    idle = (min(pd.Timestamp(period.end), last) - frame["last_sale"]).dt.days > _IDLE_DAYS
    new = (frame["orders_before"] == 0) & (frame["before"] <= 0) & (frame["orders"] >= LEAST_ORDERS)
    stopped = idle & (frame["orders_before"] >= LEAST_ORDERS)
    return np.select([stopped, new], ["stopped", "new"], "")


def _discoveries(p_values: pd.Series, rate: float = 0.05) -> pd.Series:
    """Which hypotheses fall when the share of false discoveries is held at ``rate``."""
    known = p_values.dropna().sort_values()
    limits = rate * np.arange(1, len(known) + 1) / max(len(known), 1)
    passed = np.flatnonzero(known.to_numpy() <= limits)
    real = pd.Series(False, index=p_values.index)
    if len(passed):
        real[known.index[: passed[-1] + 1]] = True
    return real
