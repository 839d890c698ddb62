"""Which supplier has got worse, since when, and how sure that is.

Every delivery is ranked among all of the same supplier so far. While nothing changes each
rank is equally likely, whatever the distribution; a run of bad ranks multiplies up to an
alarm. The bound on false alarms holds for all suppliers together and however often one looks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import deliveries, known_end
from opsbook.supply.lead_times import lead_times
from opsbook.supply.sequential import change_evidence, sequential_ranks

__all__ = ["ASPECTS", "Deterioration", "change_evidence", "current_lead_times", "delivery_log",
           "deterioration", "sequential_ranks", "since_changes"]  # fmt: skip

Floats = NDArray[np.float64]
Aspect = Literal["level", "spread", "pass"]
ASPECTS: tuple[Aspect, ...] = ("level", "spread", "pass")
_MOST = 600
"""Latest deliveries of a supplier that are looked at."""
_LEAST = 12
"""Deliveries below which nothing can be told."""


@dataclass(frozen=True)
class Deterioration:
    """What the test said of every supplier.

    Args:
        end: Day after the last one known.
        suppliers: One row per supplier: ``supplier_id, deliveries, flagged, aspect`` (what
            crossed first: ``level``, ``spread``, ``pass``), ``changed`` (order day from which
            on it is worse), ``known`` (day on which the alarm was possible), ``mean_before,
            mean_after`` (days), ``sd_before, sd_after``, ``pass_before, pass_after``,
            ``evidence`` (betting gain now; the alarm is at ``bar``), ``told`` (whether there
            were enough deliveries).
        bar: Evidence that raises an alarm.
        false_alarm: Bound on the chance of ever naming a supplier that has not changed.
        log: From ``delivery_log``, for the figures.
        shop: Title of the shop.
        currency: ISO code.
    """

    end: date
    suppliers: pd.DataFrame
    bar: float
    false_alarm: float
    log: pd.DataFrame
    shop: str
    currency: str

    @property
    def flagged(self) -> pd.DataFrame:
        """Suppliers that have got worse, latest change first."""
        rows = self.suppliers[self.suppliers["flagged"]]
        return rows.sort_values(["changed", "supplier_id"], ascending=[False, True])


def delivery_log(shop: Shop, end: date, *, days: int = 730) -> pd.DataFrame:
    """Deliveries by order day, the latest 600 of every supplier.

    Args:
        shop: Needs ``purchase_orders``.
        end: Day after the last one known.
        days: How far to look back, 90 to 3650.

    Returns:
        ``supplier_id, po_id, order_date, came`` (missing while open), ``agreed`` (days),
        ``received_qty, qty_ok``; impossible lead times are left out.
    """
    frame = deliveries(shop, end, start=end - timedelta(days=days))
    frame = frame.filter(frame.state.isin(["received", "open"]))
    place = ibis.row_number().over(
        ibis.window(group_by="supplier_id", order_by=[ibis.desc("order_date"), ibis.desc("po_id")])
    )
    frame = frame.mutate(place=place)
    frame = frame.filter(frame.place < _MOST)
    found = frame.select(
        "supplier_id", "po_id", "order_date", "came", "agreed", "received_qty", "qty_ok"
    ).execute()
    for name in ("order_date", "came"):
        found[name] = pd.to_datetime(found[name])
    return found.sort_values(["supplier_id", "order_date", "po_id"], ignore_index=True)


@shared
def deterioration(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 730,
    false_alarm: float = 0.01,
    log: pd.DataFrame | None = None,
) -> Deterioration:
    """Test every supplier for longer and more uneven lead times and for more rejects.

    A delivery enters once its promised day is over, come or not; an open one counts with
    the days it has taken so far. Gains are multiplied from every possible day of change on
    and averaged; a supplier is named where this exceeds suppliers x aspects / ``false_alarm``
    at any time (Ville's inequality).

    Args:
        shop: Needs ``purchase_orders``.
        end: Day after the last one known; after the last day of purchase orders unless given.
        days: How far to look back, 90 to 3650.
        false_alarm: Chance, over all suppliers and the whole look-back, of naming one that
            has not changed, 0.0001 to 0.2.
        log: From ``delivery_log``, to look again as of an earlier ``end`` without asking.

    Raises:
        CannotTell: No delivery is known.
        ParameterError: A parameter lies outside its bounds.

    Source:
        Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2022), chapter 8
        (conformal test martingales); Volkhonskiy et al. (2017), PMLR 60, 132-153.
    """
    if not 0.0001 <= false_alarm <= 0.2:
        raise ParameterError(
            N_("false_alarm {value} is out of range; use 0.0001 to 0.2"), value=false_alarm
        )
    if not 90 <= days <= 3650:
        raise ParameterError(N_("days {value} is out of range; use 90 to 3650"), value=days)
    if log is None:
        shop.require({"purchase_orders": ("po_id", "supplier_id", "order_date", "received_date")})
        end = end or known_end(shop)
        log = delivery_log(shop, end, days=days)
    elif end is None:
        raise ParameterError(N_("end {value} must be a day when a log is given"), value=end)
    known = _as_known(log, end)
    if known.empty:
        raise CannotTell(N_("no supplier has a delivery whose promised day is over by {end}"),
                         end=end)  # fmt: skip
    groups = list(known.groupby("supplier_id", sort=True))
    bar = len(groups) * len(ASPECTS) / false_alarm
    rows = [_verdict(str(name), part, bar) for name, part in groups]
    return Deterioration(
        end, pd.DataFrame(rows), bar, false_alarm, known, shop.title, shop.currency
    )


def _as_known(log: pd.DataFrame, end: date) -> pd.DataFrame:
    """Deliveries decided by ``end``: lead time so far, rejects where it has come."""
    today = pd.Timestamp(end)
    frame = log[log["order_date"] < today]
    came = frame["came"].where(frame["came"] < today)
    age = (today - frame["order_date"]).dt.days
    agreed = pd.to_numeric(frame["agreed"]).astype(float)
    # Without a promise a delivery is known when it has come.
    decided = (age > agreed) | (agreed.isna() & came.notna())
    lead = (came - frame["order_date"]).dt.days.astype(float)
    frame = frame.assign(
        lead=lead.fillna(age.astype(float)),
        is_open=came.isna(),
        rejected=(frame["received_qty"] - frame["qty_ok"]).where(came.notna()),
        pieces=frame["received_qty"].where(came.notna()),
        agreed=agreed,
    )
    return frame[decided].reset_index(drop=True)


def _scores(part: pd.DataFrame) -> Iterator[tuple[Aspect, Floats, NDArray[np.bool_]]]:
    """How bad each delivery is, as judged at every moment."""
    lead = part["lead"].to_numpy(float)
    n = len(lead)
    base = part["agreed"].to_numpy(float)
    # Terms may be renegotiated: days count against the promise where there is one.
    lead = np.where(np.isnan(base), lead, lead - base)
    every = np.ones(n, bool)
    yield "level", lead, every
    middle = pd.Series(lead).expanding().median().to_numpy()
    yield "spread", np.abs(lead[None, :] - middle[:, None]), every
    bad, pieces = part["rejected"].to_numpy(float), part["pieces"].to_numpy(float)
    use = np.isfinite(bad) & (pieces > 0)
    if use.any():
        x, m = np.where(use, bad, 0.0), np.where(use, pieces, 0.0)
        share = (np.cumsum(x) + 0.5) / (np.cumsum(m) + 1)
        expect = share[:, None] * m[None, :]
        spread = np.sqrt(np.maximum(expect * (1 - share[:, None]), 1e-9))
        yield "pass", (x[None, :] - expect) / spread, use


def _verdict(name: str, part: pd.DataFrame, bar: float) -> dict[str, object]:
    """First aspect that crosses the bar, and the figures before and after the change."""
    best: tuple[int, Aspect, int] | None = None
    top = 1.0
    told = len(part) >= _LEAST
    for aspect, scores, use in _scores(part) if told else ():
        found = change_evidence(*sequential_ranks(scores, among=use))
        top = max(top, float(found.evidence[-1]))
        over = np.flatnonzero(found.evidence >= bar)
        if len(over) and (best is None or over[0] < best[0]):
            best = (int(over[0]), aspect, int(found.start[over[0]]))
    row: dict[str, object] = {
        "supplier_id": name,
        "deliveries": len(part),
        "told": told,
        "flagged": best is not None,
        "aspect": best[1] if best else "",
        "evidence": top,
    }
    split = best[2] if best else len(part)
    days = part["order_date"]
    row["changed"] = days.iloc[split] if best else pd.NaT
    due = days + pd.to_timedelta(part["agreed"].fillna(part["lead"]) + 1, unit="D")
    row["known"] = due.iloc[best[0]] if best else pd.NaT
    for word, rows in (("before", part.iloc[:split]), ("after", part.iloc[split:])):
        row[f"mean_{word}"] = rows["lead"].mean()
        row[f"sd_{word}"] = rows["lead"].std()
        pieces = rows["pieces"].sum()
        row[f"pass_{word}"] = 1 - rows["rejected"].sum() / pieces if pieces > 0 else np.nan
    return row


def since_changes(found: Deterioration) -> dict[str, date]:
    """First order day that speaks of a supplier as it is now, for those that changed."""
    return {str(r.supplier_id): r.changed.date() for r in found.flagged.itertuples()}


def current_lead_times(
    shop: Shop, end: date | None = None, *, days: int = 365, level: float = 0.95
) -> pd.DataFrame:
    """Lead times as they are now: of suppliers that got worse, only those since then.

    Args:
        shop: Needs ``purchase_orders``.
        end: Day after the last one known.
        days: As in ``lead_times``.
        level: Confidence of the intervals.
    """
    try:
        since = since_changes(deterioration(shop, end))
    except CannotTell:
        since = {}
    return lead_times(shop, end, days=days, since=since, level=level)
