"""What contacting customers really did: measured against those left out by lot.

Whoever is contacted because he buys much anyway buys more than the others, message or not.
Three comparisons stand side by side: contacted against everybody else (naive), against
customers alike in silence and spend (matched), and against those left out by lot (holdout).
Only the last needs no faith.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.lifecycle.churn_measure import wilson
from opsbook.lifecycle.purchases import purchase_days
from opsbook.shop.periods import data_days
from opsbook.shop.sales import paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Uplift", "contact_uplift", "share_gain"]

NEEDS = {
    "contacts": ("customer_id", "contact_ts", "journey", "outcome"),
    "orders": ("order_id", "order_ts", "customer_id"),
}
_CONTACT = ["customer_id", "contact_ts", "journey"]
"""What tells contacts apart; a row number would differ between two runs where times tie."""
_WAVES = 12
"""Contact days per journey that the naive comparison looks at, latest first."""
_BANDS = (0, 30, 60, 90, 120, 180, 365, 100_000)
"""Days of silence within which customers are called alike."""


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
    spells = _spells(shop, end)
    marked = _followed(shop, end, window_days)
    marked = shop.kept(f"contacts followed {end} {window_days}", marked, rows=shop.contacts)
    arms = _arms(marked, spells)
    journeys = [j for j in arms["journey"].unique() if j is not None]
    naive = _others(marked, spells, end, window_days)
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


def _spells(shop: Shop, end: date) -> Frame:
    """Time between two purchases: customer, day, the next purchase day, spend until then."""
    days = purchase_days(shop, end)
    order = ibis.window(group_by="customer_id", order_by="day")
    sofar = ibis.window(group_by="customer_id", order_by="day", preceding=None, following=0)
    amount = days.amount.fill_null(0.0)
    spells = days.select(
        "customer_id",
        "day",
        following=days.day.lead().over(order),
        spent=amount.sum().over(sofar),
    )
    return shop.kept(f"purchase spells {end}", spells, rows=shop.orders)


def _followed(shop: Shop, end: date, window: int) -> Frame:
    """Contacts whose window is over, with whether an order came within it."""
    contacts = shop.contacts
    contacts = contacts.filter(
        contacts.contact_ts.date() < ibis.literal(end - timedelta(days=window)),
        contacts.journey.notnull(),
    )
    cost = contacts.cost if "cost" in contacts.columns else ibis.null("float64")
    contacts = contacts.select(
        "customer_id",
        "contact_ts",
        "journey",
        wave=contacts.contact_ts.date(),
        held=contacts.outcome.fill_null("sent") == "held_out",
        cost=cost,
    )
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(end))
    orders = orders.select("customer_id", "order_ts")
    joined = contacts.inner_join(orders, "customer_id")
    until = joined.contact_ts + ibis.interval(days=window)
    hits = joined.filter(joined.order_ts > joined.contact_ts, joined.order_ts < until)
    hits = hits.select(_CONTACT).distinct().mutate(hit=ibis.literal(1))
    marked = contacts.left_join(hits, _CONTACT).drop(*(f"{c}_right" for c in _CONTACT))
    return marked.mutate(came=marked.hit.fill_null(0)).drop("hit")


def _arms(marked: Frame, spells: Frame) -> pd.DataFrame:
    """Counts and balance per journey and arm."""
    joined = marked.inner_join(
        spells,
        [
            marked.customer_id == spells.customer_id,
            spells.day < marked.wave,
            spells.following.isnull() | (spells.following >= marked.wave),
        ],
    )
    before = joined.select(*_CONTACT, "spent", silence=joined.wave.delta(joined.day, unit="day"))
    before = before.distinct()
    known = marked.left_join(before, _CONTACT).drop(*(f"{c}_right" for c in _CONTACT))
    # Money is skew: a single wholesaler must not decide whether two arms are alike.
    known = known.mutate(spend=(known.spent.fill_null(0.0).clip(lower=0.0) + 1).ln())
    arms = known.group_by("journey", "held").aggregate(
        n=known.count(),
        came=known.came.sum(),
        cost=known.cost.mean(),
        silence=known.silence.median(),
        spent=known.spend.mean(),
        spread=known.spend.std(how="pop"),
    )
    return arms.execute()


def _others(marked: Frame, spells: Frame, end: date, window: int) -> pd.DataFrame:
    """Contacted and everybody else on a journey's last contact days, by silence and spend.

    Returns:
        One row per journey, band of silence, fifth of spend and ``in_it`` (contacted):
        ``n, came``.
    """
    waves = marked.filter(~marked.held).select("journey", "wave").distinct()
    order = ibis.window(group_by="journey", order_by=ibis.desc("wave"))
    waves = waves.mutate(place=ibis.row_number().over(order))
    waves = waves.filter(waves.place < _WAVES).select("journey", "wave")
    due = waves.join(
        spells,
        [
            spells.day < waves.wave,
            # Orders of the contact's own day may have come before it: none of them counts.
            spells.following.isnull() | (spells.following > waves.wave),
        ],
    )
    due = due.mutate(
        silence=due.wave.delta(due.day, unit="day"),
        came=(due.following.notnull() & (due.following.delta(due.wave, unit="day") <= window)).cast(
            "int64"
        ),
    )
    arms = marked.group_by("journey", "wave", "customer_id").aggregate(
        taken=(~marked.held).cast("int64").max()
    )
    keys = ["journey", "wave", "customer_id"]
    due = due.left_join(arms, keys).drop(*(f"{k}_right" for k in keys))
    # Who was held out belongs to the holdout, not to everybody else.
    due = due.filter(due.taken.isnull() | (due.taken == 1))
    band = ibis.cases(
        *((due.silence <= high, i) for i, high in enumerate(_BANDS[1:])), else_=len(_BANDS)
    )
    fifth = (due.spent.percent_rank().over(ibis.window(group_by=["journey", "wave"],
             order_by="spent")) * 5).floor().clip(upper=4)  # fmt: skip
    due = due.mutate(band=band, fifth=fifth, in_it=due.taken.notnull())
    cells = due.group_by("journey", "band", "fifth", "in_it").aggregate(
        n=due.count(), came=due.came.sum()
    )
    return cells.execute()


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
