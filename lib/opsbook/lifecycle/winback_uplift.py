"""What contacting customers really did: measured against those left out by lot.

Whoever is contacted because he buys much anyway buys more than the others, message or not.
Three comparisons stand side by side: contacted against everybody else (naive), against
customers alike in silence and spend (matched), and against those left out by lot (holdout).
Only the last needs no faith.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.winback_contacts import (
    contact_arms,
    followed_contacts,
    not_contacted,
    purchase_spells,
)
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Uplift", "contact_uplift", "share_gain"]

NEEDS = {
    "contacts": ("customer_id", "contact_ts", "journey", "outcome"),
    "orders": ("order_id", "order_ts", "customer_id"),
}


@dataclass(frozen=True)
class Uplift:
    """Response of one journey's customers, and against whom.

    Args:
        journey: Its name.
        contacted: Contacts whose window is over.
        held_out: Customers left out by lot, on record, whose window is over.
        response: Share of contacts followed by an order within the window.
        without: The same of those held out; not a number without a holdout.
        gain: ``response - without``, the incremental response per contact.
        low: Lower end of its interval.
        high: Upper end.
        naive: Response less that of everybody not contacted on those days.
        matched: The same within equal bands of silence and spend; not a number where
            nobody is alike, or where there is a holdout, which is better.
        silence: Median days of silence at the contact.
        cost: Mean cost of a contact, money; not a number where it is not recorded.
        balance: Difference of the spend of the year before between contacted and held out,
            in standard deviations; far from 0 it was no lot.
    """

    journey: str
    contacted: int
    held_out: int
    response: float
    without: float
    gain: float
    low: float
    high: float
    naive: float
    matched: float
    silence: float
    cost: float
    balance: float

    @property
    def measured(self) -> bool:
        """Whether a holdout of at least 30 was left out by lot."""
        return self.held_out >= 30 and self.contacted >= 30 and not abs(self.balance) > 0.1

    @property
    def lift(self) -> float:
        """Orders of contacted per order of held out, minus 1."""
        return self.response / self.without - 1 if self.without > 0 else float("nan")


def share_gain(
    hits: int, n: int, base_hits: int, base_n: int, *, level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two shares with Newcombe's interval.

    Args:
        hits: Successes with treatment.
        n: Cases with treatment, above 0.
        base_hits: Successes without.
        base_n: Cases without, above 0.
        level: Confidence, 0 to 1.

    Returns:
        Difference, lower and upper end.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Example:
        >>> [round(v, 4) for v in share_gain(56, 70, 48, 80)]
        [0.2, 0.0524, 0.3339]
    """
    p, q = hits / n, base_hits / base_n
    low, high = (float(v) for v in wilson(hits, n, level=level))
    base_low, base_high = (float(v) for v in wilson(base_hits, base_n, level=level))
    down = float(np.sqrt((p - low) ** 2 + (base_high - q) ** 2))
    up = float(np.sqrt((high - p) ** 2 + (q - base_low) ** 2))
    return p - q, p - q - down, p - q + up


@shared
def contact_uplift(
    shop: Shop, *, end: date | None = None, window_days: int = 14, level: float = 0.95
) -> list[Uplift]:
    """Response to each journey, against a holdout and against plain comparisons.

    The outcome is a paid order within the window after the contact, from the orders
    themselves; contacts that failed to arrive stay in, because whom a message reaches is
    no lot (intention to treat).

    Args:
        shop: Needs contacts with ``journey`` and ``outcome``.
        end: Day after the last one known; later contacts and unfinished windows are left out.
        window_days: Days after a contact in which an order counts, 1 to 90.
        level: Confidence of the intervals.

    Returns:
        One per journey with at least 30 finished contacts, most contacts first.

    Raises:
        CannotTell: The shop records no contacts, or none is finished.
        ParameterError: ``window_days`` lies outside its bounds.
    """
    if not 1 <= window_days <= 90:
        raise ParameterError(
            N_("window_days {value} is out of bounds; use 1 to 90"), value=window_days
        )
    shop.require(NEEDS)
    end = end or data_days(shop).end
    spells = purchase_spells(shop, end)
    marked = followed_contacts(shop, end, window_days)
    marked = shop.kept(f"contacts followed {end} {window_days}", marked, rows=shop.contacts)
    arms = contact_arms(marked, spells)
    journeys = [j for j in arms["journey"].unique() if j is not None]
    naive = not_contacted(marked, spells, end, window_days)
    found = []
    for journey in journeys:
        rows = arms[arms["journey"] == journey].set_index("held")
        if False not in rows.index or rows.loc[False, "n"] < 30:
            continue
        found.append(_uplift(str(journey), rows, naive[naive["journey"] == journey], level))
    if not found:
        raise CannotTell(
            N_("no journey has 30 contacts whose {days} days are over"), days=window_days
        )
    return sorted(found, key=lambda u: (-u.contacted, u.journey))


def _uplift(journey: str, arms: pd.DataFrame, cells: pd.DataFrame, level: float) -> Uplift:
    treated = arms.loc[False]
    n, came = int(treated["n"]), int(treated["came"])
    held = arms.loc[True] if True in arms.index else None
    without = gain = low = high = balance = float("nan")
    base_n = 0
    if held is not None:
        base_n = int(held["n"])
        without = float(held["came"]) / base_n
        gain, low, high = share_gain(came, n, int(held["came"]), base_n, level=level)
        spread = float(np.sqrt((treated["spread"] ** 2 + held["spread"] ** 2) / 2))
        apart = float(treated["spent"] - held["spent"])
        # Not 0, for customers who all spent the same: rounding must not tell arms apart.
        balance = apart / max(spread, 1e-6)
    naive, matched = _plain(cells)
    if base_n:
        # All who are alike are in the experiment: whoever is left is so for a reason.
        matched = float("nan")
    return Uplift(
        journey=journey,
        contacted=n,
        held_out=base_n,
        response=came / n,
        without=without,
        gain=gain,
        low=low,
        high=high,
        naive=naive,
        matched=matched,
        silence=float(treated["silence"]),
        cost=float(treated["cost"]) if treated["cost"] == treated["cost"] else float("nan"),
        balance=balance,
    )


def _plain(cells: pd.DataFrame) -> tuple[float, float]:
    """Contacted less everybody else, overall and within cells weighted by the contacted."""
    nan = float("nan")
    sums = cells.groupby("in_it")[["n", "came"]].sum()
    if not {True, False} <= set(sums.index):
        return nan, nan
    rate = sums["came"] / sums["n"]
    wide = cells.pivot_table(
        index=["band", "fifth"], columns="in_it", values=["n", "came"], aggfunc="sum", fill_value=0
    )
    # A cell with a handful of others says nothing about who they are like.
    both = wide[(wide[("n", True)] > 0) & (wide[("n", False)] >= 10)]
    if both.empty:
        return float(rate[True] - rate[False]), nan
    n = both[("n", True)]
    gain = both[("came", True)] / n - both[("came", False)] / both[("n", False)]
    return float(rate[True] - rate[False]), float((gain * n).sum() / n.sum())
