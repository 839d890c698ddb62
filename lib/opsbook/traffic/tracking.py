"""Can the events be believed: what is wrong with them before anybody counts them.

A fall of an event is no proof that it was lost: visitors may have done it less. What comes
after the event decides, and for payments the orders do.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.faults import Fault, Faults, Verdict
from opsbook.traffic.paid_unseen import can_match, paid_days
from opsbook.traffic.tracking_gaps import Gap, find_gaps
from opsbook.traffic.tracking_rows import row_faults
from opsbook.traffic.visit_marks import EVENTS, LATER, day_marks, visit_marks

__all__ = ["NEEDS", "Tracking", "tracking", "verdict_of"]

NEEDS = {
    "sessions": ("session_id", "start_ts"),
    "events": ("event_id", "session_id", "event_ts", "type"),
}
_ODDS = np.log(20.0)
"""A verdict needs twenty times the likelihood of its opposite."""


@dataclass(frozen=True)
class Tracking:
    """The health of the events of a period.

    Args:
        rows: From ``tracking_rows.row_faults``.
        steps: One row per step that cannot be left out: ``event, visits`` (that got further),
            ``lacking`` (of these without the event), ``share, low, high``.
        orders: Orders of the period paid during a visit; None where orders cannot be matched.
        unseen: Of these, without a payment event.
        faults: Gaps by event, device and day, over ``looked``.
        days: From ``visit_marks.day_marks``, over ``looked``.
        paid: From ``paid_unseen.paid_days``, over ``looked``.
        period: Days of ``rows``, ``steps`` and ``orders``.
        looked: Days searched for gaps, with the weeks before that say what is usual.
        level: Confidence of the intervals.
        shop: Title of the shop.
    """

    rows: pd.DataFrame
    steps: pd.DataFrame
    orders: int | None
    unseen: int
    faults: Faults
    days: pd.DataFrame
    paid: pd.DataFrame
    period: Period
    looked: Period
    level: float
    shop: str

    @property
    def in_period(self) -> tuple[Fault, ...]:
        """Faults and unclear gaps that touch the period."""
        return tuple(
            f for f in self.faults
            if f.verdict != "incident"
            and f.first < self.period.end
            and f.last >= self.period.start
        )  # fmt: skip

    @property
    def healthy(self) -> bool:
        """Whether nothing was found that a figure of the period would feel (1 in 1,000)."""
        felt = self.rows[self.rows["share"] >= 0.001]
        lost = self.orders is not None and self.unseen > 0.02 * self.orders
        return felt.empty and not lost and not self.in_period


@shared
def tracking(
    shop: Shop, period: Period, *, history_weeks: int = 16, level: float = 0.95, rate: float = 0.01
) -> Tracking:
    """Look for whatever would make counts of events wrong.

    Args:
        shop: Needs ``sessions`` and ``events``; ``sessions.device`` and orders that name the
            customer and the payment tell more.
        period: Days to answer for.
        history_weeks: Weeks before that say what is usual, 0 to 104.
        level: Confidence of the intervals, 0.5 to 0.999.
        rate: False gaps among those found that are accepted, 0.0001 to 0.2.

    Raises:
        CannotTell: A table is missing, or no visit begins in the period.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, low, high in (
        ("history_weeks", history_weeks, 0, 104),
        ("level", level, 0.5, 0.999),
        ("rate", rate, 0.0001, 0.2),
    ):
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of bounds; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip
    shop.require(NEEDS)
    days = day_marks(
        visit_marks(shop, Period(period.start - timedelta(weeks=history_weeks), period.end))
    )
    inside = days[days["date"] >= pd.Timestamp(period.start)]
    if inside.empty:
        raise CannotTell(N_("no visit begins in {period}"), period=str(period))
    looked = Period(days["date"].min().date(), period.end)
    paid = paid_days(shop, looked)
    gaps = find_gaps(days, list(EVENTS), rate=rate)
    found = _with_views([_judged(gap, days, paid) for gap in gaps])
    within = paid[paid["date"] >= pd.Timestamp(period.start)]
    return Tracking(
        rows=row_faults(shop, period, int(inside["silent"].sum())),
        steps=_steps(inside, level),
        orders=int(within["orders"].sum()) if can_match(shop) else None,
        unseen=int(within["unseen"].sum()),
        faults=Faults(tuple(found), looked.start, looked.end - timedelta(days=1)),
        days=days,
        paid=paid,
        period=period,
        looked=looked,
        level=level,
        shop=shop.title,
    )


def _steps(days: pd.DataFrame, level: float) -> pd.DataFrame:
    from scipy.stats import beta

    rows = []
    for event in LATER:
        n, k = (int(days[f"{event}_{part}"].sum()) for part in ("later", "lacking"))
        tail = (1 - level) / 2
        # Clopper and Pearson: right for the very small shares that a healthy shop has.
        low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
        high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
        rows.append((event, n, k, k / n if n else 0.0, low, high))
    names = ["event", "visits", "lacking", "share", "low", "high"]
    frame = pd.DataFrame(rows, columns=names)
    return frame[frame["visits"] > 0].reset_index(drop=True)


def verdict_of(
    fall: float, later: int, lacking: int, usual: float, expected: float | None = None
) -> Verdict:
    """Whether visitors did less, or the shop saw less.

    Where events were lost, whoever got further lacks the event as often as it fell, and as
    many got further as always; where visitors did less, those who got further have the event,
    and they are fewer.

    Args:
        fall: Share of the event that is missing, 0 to 1.
        later: Visits that got further, or orders.
        lacking: Of these, without the event.
        usual: Share that lacks it on other days.
        expected: Visits that usually get further; without it only the shares decide.

    Example:
        >>> verdict_of(0.6, 40, 25, 0.0), verdict_of(0.6, 40, 0, 0.0), verdict_of(0.6, 2, 0, 0.0)
        ('fault', 'incident', 'unclear')
    """
    if later <= 0 and expected is None:
        return "unclear"
    as_usual = min(max(usual, 0.005), 0.995)
    lost = min(max(as_usual + (1 - as_usual) * fall, 0.005), 0.995)
    odds = lacking * np.log(lost / as_usual)
    odds += (later - lacking) * np.log((1 - lost) / (1 - as_usual))
    if expected is not None:
        # Half the weight: days vary more than a Poisson count does.
        kept = min(max(1 - fall, 0.05), 0.95)
        odds += 0.5 * (expected * (kept - 1) - later * np.log(kept))
    return "fault" if odds > _ODDS else "incident" if odds < -_ODDS else "unclear"


def _judged(gap: Gap, days: pd.DataFrame, paid: pd.DataFrame) -> Fault:
    later, lacking, usual = 0, 0, 0.0
    verdict: Verdict = "unclear"
    if gap.event == "view":
        # Nobody visits without a page: what is missing was lost.
        frame = days.assign(later=days["visits"], lacking=days["visits"] - days["view"])
        verdict = "fault"
    elif gap.event == "pay":
        frame = paid.rename(columns={"orders": "later", "unseen": "lacking"})
    elif gap.event in LATER:
        frame = days.rename(
            columns={f"{gap.event}_later": "later", f"{gap.event}_lacking": "lacking"}
        )
    else:
        frame = pd.DataFrame()
    if len(frame):
        frame = frame[frame["device"] == gap.device] if gap.device else frame
        span = frame["date"].between(pd.Timestamp(gap.first), pd.Timestamp(gap.last))
        later, lacking = (int(frame[span][c].sum()) for c in ("later", "lacking"))
        rest = frame[~span]
        usual = float(rest["lacking"].sum() / max(rest["later"].sum(), 1))
        if verdict != "fault":
            fall, expected = 1 - gap.seen / gap.expected, None
            if gap.event != "pay":
                expected = gap.visits * float(rest["later"].sum() / max(rest["visits"].sum(), 1))
            verdict = verdict_of(fall, later, lacking, usual, expected)
            if verdict == "incident" and gap.event != "pay" and _unpaid(gap, fall, paid):
                verdict = "fault"
    return Fault(
        gap.event, gap.device, gap.first, gap.last, gap.visits, gap.seen, gap.expected,
        gap.low, gap.high, verdict, later, lacking, usual,
    )  # fmt: skip


def _unpaid(gap: Gap, fall: float, paid: pd.DataFrame) -> bool:
    """Whether the orders of these days say that events were lost, the last step's too."""
    own = paid[paid["device"] == gap.device] if gap.device else paid
    span = own["date"].between(pd.Timestamp(gap.first), pd.Timestamp(gap.last))
    inside, rest = own[span], own[~span]
    usual = float(rest["unseen"].sum() / max(rest["orders"].sum(), 1))
    orders, unseen = int(inside["orders"].sum()), int(inside["unseen"].sum())
    return verdict_of(fall, orders, unseen, usual) == "fault"


def _with_views(found: list[Fault]) -> list[Fault]:
    """Where the page views are lost, whatever else is missing there was lost with them."""
    from dataclasses import replace

    whole = Faults(tuple(f for f in found if f.event == "view"))
    return [
        replace(f, verdict="fault")
        if f.verdict != "fault" and whole.touching("view", f.first, f.last, f.device or None)
        else f
        for f in found
    ]
