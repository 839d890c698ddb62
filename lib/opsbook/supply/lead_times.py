"""How many days suppliers take, how much that varies, and how often they come too late.

Orders still open count: they have taken at least as long as they are old (right-censored).
Leaving them out would make a supplier look good whose late goods have not come yet.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import LONGEST, By, deliveries, known_end, waits
from opsbook.supply.lead_curve import lead_moments, lead_quantile
from opsbook.supply.shrinkage import Shrunk, check_level, shrink_means, shrink_shares

__all__ = ["lead_times"]

Floats = NDArray[np.float64]
_MANY = 30
"""Deliveries from which a supplier's own variance is believed."""
_LEAST_SD = 12**-0.5
"""What counting in whole days hides, days."""
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}


@shared
def lead_times(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    by: By = "supplier",
    since: Mapping[str, date] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Lead times of every supplier, or of every product of every supplier.

    The mean and the standard deviation come from the product-limit estimate with open
    orders as right-censored; each is drawn toward what suppliers do on the whole, relative
    to the agreed days (empirical Bayes), products toward their supplier. The late share
    counts deliveries whose promised day is over, come or not.

    Args:
        shop: Needs ``purchase_orders``; ``promised_date`` or ``suppliers.lead_time_days``
            for late shares.
        end: Day after the last one known; after the last day of purchase orders unless given.
        days: Orders of how many days before ``end`` count, 28 to 3650.
        by: ``supplier`` or ``sku``.
        since: First order day that counts for single suppliers, such as that of a change.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        One row per supplier (and ``sku``), by name. ``n`` deliveries received, ``open``,
        ``overdue`` (open past the promised day), ``negative`` and ``too_long`` (left out:
        came before they were ordered, or after more than 365 days); ``agreed_days``;
        ``mean_days, mean_low, mean_high``, ``sd_days, sd_low, sd_high`` (shrunk, with
        interval), ``raw_mean_days, raw_sd_days`` (the supplier's own cases alone),
        ``weight`` (share of the mean that rests on own cases); ``p50, p90, p95`` (whole
        days); ``due`` (deliveries whose promised day is over), ``late`` of them, ``late_share,
        late_low, late_high`` (shrunk), ``raw_late_share``. Suppliers without a delivery
        have ``n`` 0 and the shop's figures, or none where nobody has delivered.

    Raises:
        CannotTell: The shop lacks purchase orders, or none lies in the window.
        ParameterError: A parameter lies outside its bounds.

    Source:
        Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481;
        variance: Greenwood (1926). Shrinkage as in ``shrinkage``.
    """
    check_level(level)
    if not 28 <= days <= 3650:
        raise ParameterError(N_("days {value} is out of range; use 28 to 3650"), value=days)
    end = end or known_end(shop)
    start = end - timedelta(days=days)
    counted = waits(deliveries(shop, end, start=start, by=by, since=since), by)
    if counted.empty:
        raise CannotTell(
            N_("no purchase order was placed from {start} to {end}"), start=start, end=end
        )
    if by == "sku":
        parents = lead_times(shop, end, days=days, since=since, level=level)
        return _shrunk(_raw(counted, ["supplier_id", "sku"]), level, parents)
    frame = _raw(counted, ["supplier_id"])
    if shop.has("suppliers"):
        frame = _with_idle(shop, frame)
    return _shrunk(frame, level, None)


def _raw(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Counts and own moments of every supplier or product."""
    c = counted.assign(
        lead=pd.to_numeric(counted["lead"]),
        waited=pd.to_numeric(counted["waited"]),
        agreed=pd.to_numeric(counted["agreed"]),
    )
    groups = c[keys].drop_duplicates().sort_values(keys, ignore_index=True)
    row = groups.reset_index(names="row").merge(c, on=keys, how="right")["row"].to_numpy()
    size, n = len(groups), c["n"].to_numpy(float)

    def total(where: NDArray[np.bool_]) -> Floats:
        return np.asarray(np.bincount(row[where], weights=n[where], minlength=size), np.float64)

    state = c["state"].to_numpy()
    came, is_open = state == "received", state == "open"
    sound = came | is_open
    due = sound & c["due"].to_numpy(bool)
    late = due & (is_open | (c["lead"] > c["agreed"]).to_numpy())
    has = sound & c["agreed"].notna().to_numpy()
    held = np.asarray((n * c["agreed"].fillna(0))[has], np.float64)
    agreed: Floats = np.bincount(row[has], weights=held, minlength=size).astype(np.float64)
    day = np.where(came, c["lead"], c["waited"])
    seen = np.zeros((size, LONGEST + 1))
    gone = np.zeros_like(seen)
    np.add.at(seen, (row[came], day[came].astype(int)), n[came])
    np.add.at(gone, (row[is_open], day[is_open].astype(int)), n[is_open])
    moments = lead_moments(seen, gone)
    with np.errstate(invalid="ignore"):
        agreed = agreed / np.where(total(has) > 0, total(has), np.nan)
        raw_late = total(late) / np.where(total(due) > 0, total(due), np.nan)
    return groups.assign(
        n=total(came).astype(int),
        open=total(is_open).astype(int),
        overdue=total(late & is_open).astype(int),
        negative=total(state == "negative").astype(int),
        too_long=total(state == "too_long").astype(int),
        agreed_days=agreed,
        raw_mean_days=moments[0],
        raw_sd_days=moments[1],
        mean_variance=moments[2],
        sd_variance=moments[3],
        due=total(due).astype(int),
        late=total(late).astype(int),
        raw_late_share=raw_late,
        **{name: lead_quantile(seen, gone, share) for name, share in _QUANTILES.items()},
    )


def _with_idle(shop: Shop, frame: pd.DataFrame) -> pd.DataFrame:
    """Suppliers on file that were not ordered from, with their agreed days."""
    known = shop.suppliers.select(
        "supplier_id",
        *(["lead_time_days"] if shop.has("suppliers", "lead_time_days") else []),
    ).execute()
    both = frame.merge(known, on="supplier_id", how="outer").sort_values("supplier_id")
    if "lead_time_days" in both:
        both["agreed_days"] = both["agreed_days"].fillna(both["lead_time_days"].astype(float))
        both = both.drop(columns="lead_time_days")
    counts = ["n", "open", "overdue", "negative", "too_long", "due", "late"]
    both[counts] = both[counts].fillna(0).astype(int)
    return both.reset_index(drop=True)


def _shrunk(frame: pd.DataFrame, level: float, parents: pd.DataFrame | None) -> pd.DataFrame:
    """Draw means, spreads and late shares toward the shop's or the supplier's."""
    n = frame["n"].to_numpy(float)
    mean = frame["raw_mean_days"].to_numpy(float)
    with np.errstate(divide="ignore"):
        sd = frame["raw_sd_days"].to_numpy(float) * np.sqrt(n / np.where(n > 1, n - 1, np.nan))
    frame = frame.assign(raw_sd_days=sd)
    centre, spread = _measure_by(frame, parents)
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.log(np.maximum(mean, 0.5) / centre)
        cv = np.maximum(sd, _LEAST_SD) / np.maximum(mean, 0.5)
        usual = float(np.nanmedian(cv[n >= 5])) if (n >= 5).any() else 0.3
        believed = (np.maximum(n - 1, 0) * np.where(n > 1, cv, 0.0) ** 2 + 5 * usual**2) / (
            np.maximum(n - 1, 0) + 5
        )
        few = believed / np.where(n > 0, n, np.nan)
        many = frame["mean_variance"].to_numpy(float) / mean**2
        y_variance = np.where(n >= _MANY, np.maximum(many, 1e-9), few)
        u = np.log(cv / spread)
        u_few = 1.5 / (2 * np.where(n > 1, n - 1, np.nan))
        # Where deliveries take one of two days, the first-order variance vanishes: keep a little.
        u_many = 0.1 / n + frame["sd_variance"].to_numpy(float) / np.maximum(sd, _LEAST_SD) ** 2
        u_variance = np.where((n >= _MANY) & (u_many > 0), u_many, u_few)
    lead = shrink_means(y, y_variance, level=level)
    low, high = _widened(lead, frame, parents, level)
    wide = shrink_means(np.where(n > 1, u, np.nan), u_variance, level=level)
    told = 1.0 if (frame["due"] > 0).any() else np.nan
    late = shrink_shares(frame["late"], frame["due"], level=level, toward=_usual(frame, parents))
    days = centre * np.exp(lead.value)
    ratio = spread * np.exp(wide.value)
    result = frame.assign(
        mean_days=days,
        mean_low=centre * low,
        mean_high=centre * high,
        sd_days=days * ratio,
        sd_low=days * spread * np.exp(wide.low),
        sd_high=days * spread * np.exp(wide.high),
        weight=lead.weight,
        late_share=late.value * told,
        late_low=late.low * told,
        late_high=late.high * told,
    )
    shape = (result["mean_days"] / result["sd_days"]) ** 2
    scale = result["sd_days"] ** 2 / result["mean_days"]
    from scipy.stats import gamma

    for name, share in _QUANTILES.items():
        # Few cases have no tail of their own: a gamma of the same mean and spread has one.
        guessed = np.ceil(gamma.ppf(share, shape, scale=scale) - 0.5)
        result[name] = np.where((n >= _MANY) & (lead.weight > 0.5), frame[name], guessed)
    keys = ["supplier_id", *(["sku"] if "sku" in frame else [])]
    return result[[*keys, *_SHOWN]]


def _usual(frame: pd.DataFrame, parents: pd.DataFrame | None) -> Floats | None:
    """Late share of the supplier of each product."""
    if parents is None:
        return None
    both = frame[["supplier_id"]].merge(parents, on="supplier_id", how="left")
    return both["late_share"].fillna(0.5).to_numpy(float)


def _widened(
    lead: Shrunk, frame: pd.DataFrame, parents: pd.DataFrame | None, level: float
) -> tuple[Floats, Floats]:
    """Interval as factors; that of a product holds its supplier's uncertainty too."""
    if parents is None:
        return np.exp(lead.low), np.exp(lead.high)
    both = frame[["supplier_id"]].merge(parents, on="supplier_id", how="left")
    half = np.log(both["mean_high"] / both["mean_low"]).to_numpy(float) / 2
    half = np.hypot(half * (1 - lead.weight), (lead.high - lead.low) / 2)
    return np.exp(lead.value - half), np.exp(lead.value + half)


_SHOWN = (
    "n", "open", "overdue", "negative", "too_long", "agreed_days",
    "mean_days", "mean_low", "mean_high", "sd_days", "sd_low", "sd_high",
    "raw_mean_days", "raw_sd_days", "weight", "p50", "p90", "p95",
    "due", "late", "late_share", "late_low", "late_high", "raw_late_share",
)  # fmt: skip


def _measure_by(frame: pd.DataFrame, parents: pd.DataFrame | None) -> tuple[Floats, Floats]:
    """What a mean and a relative spread are measured by: agreed days, or the supplier's own."""
    if parents is not None:
        both = frame[["supplier_id"]].merge(parents, on="supplier_id", how="left")
        centre = both["mean_days"].to_numpy(float)
        return centre, (both["sd_days"].to_numpy(float) / centre)
    agreed = frame["agreed_days"].to_numpy(float)
    mean, n = frame["raw_mean_days"].to_numpy(float), frame["n"].to_numpy(float)
    known = (agreed > 0) & (n > 0)
    shop = np.average(mean[known] / agreed[known], weights=n[known]) if known.any() else 1.0
    typical = float(np.average(mean[n > 0], weights=n[n > 0])) / shop if (n > 0).any() else np.nan
    return np.where(agreed > 0, agreed, typical), np.ones(len(frame))
