"""Lead times of suppliers who deliver seldom: own figures, drawn toward what others do."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import LONGEST
from opsbook.supply.lead_curve import lead_moments, lead_quantile
from opsbook.supply.shrinkage import Shrunk, shrink_means, shrink_shares

__all__ = ["drawn_in", "own_leads", "terms_on_file", "with_idle"]

Floats = NDArray[np.float64]
_MANY = 30
"""Deliveries from which a supplier's own variance is believed."""
_LEAST_SD = 12**-0.5
"""What counting in whole days hides, days."""
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}


def own_leads(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Counts and own moments of every supplier or product.

    Args:
        counted: From ``deliveries.waits``.
        keys: ``supplier_id``, and ``sku`` by product.
    """
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


def terms_on_file(shop: Shop) -> pd.DataFrame | None:
    """Suppliers on file, with their agreed days where those are there; None without a file."""
    if not shop.has("suppliers"):
        return None
    agreed = ["lead_time_days"] if shop.has("suppliers", "lead_time_days") else []
    return shop.suppliers.select("supplier_id", *agreed).execute()


def with_idle(known: pd.DataFrame | None, frame: pd.DataFrame) -> pd.DataFrame:
    """Add suppliers on file that were not ordered from, with their agreed days.

    Args:
        known: From ``terms_on_file``.
        frame: From ``own_leads``.
    """
    if known is None:
        return frame
    both = frame.merge(known, on="supplier_id", how="outer").sort_values("supplier_id")
    if "lead_time_days" in both:
        both["agreed_days"] = both["agreed_days"].fillna(both["lead_time_days"].astype(float))
        both = both.drop(columns="lead_time_days")
    counts = ["n", "open", "overdue", "negative", "too_long", "due", "late"]
    both[counts] = both[counts].fillna(0).astype(int)
    return both.reset_index(drop=True)


def drawn_in(frame: pd.DataFrame, level: float, parents: pd.DataFrame | None) -> pd.DataFrame:
    """Draw means, spreads and late shares toward the shop's or the supplier's.

    Args:
        frame: From ``own_leads``.
        level: Confidence of the intervals, 0.5 to 0.999.
        parents: What ``lead_times`` gives for the suppliers, where rows are products.

    Returns:
        As ``lead_times``.
    """
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
