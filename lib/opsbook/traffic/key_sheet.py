"""The five key figures of daily operation against the bands that the course teaches.

Each figure comes with its bounds, so that a band missed by chance is not called missed. The
bands are claims of the source documents; nobody knows for which kind of shop they hold.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, per_cent, t
from opsbook.reference.figures import Figure, figures
from opsbook.shop.metrics import buyer_of, key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.worth import order_worth

__all__ = ["KeySheet", "Line", "key_sheet"]

Judged = Literal["met", "missed", "open"]


@dataclass(frozen=True)
class Line:
    """One key figure.

    Args:
        name: Id of the reference figure, such as ``cvr_mean``.
        label: What it is, in words.
        value: The figure; fraction, or ratio for ``roi``.
        low: Lower bound of chance; missing where none is known.
        high: Upper bound.
        basis: How it was counted.
        reference: The band it is held against, None where there is none.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    basis: str
    reference: Figure | None

    @property
    def judged(self) -> Judged:
        """Whether the lower end of the band is reached: open where chance could decide."""
        least = self.reference.low if self.reference else None
        if least is None and self.reference:
            least = self.reference.value
        low = self.low if self.low == self.low else self.value
        high = self.high if self.high == self.high else self.value
        if least is None or low < least <= high:
            return "open"
        return "met" if low >= least else "missed"


@dataclass(frozen=True)
class KeySheet:
    """The key figures of a period.

    Args:
        lines: Those that the data allows.
        lacking: Names of the others, in words.
        period: Days counted.
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    lines: tuple[Line, ...]
    lacking: tuple[str, ...]
    period: Period
    level: float
    currency: str
    shop: str

    def frame(self) -> pd.DataFrame:
        """One row per figure: ``name, label, value, low, high, judged, basis``."""
        names = ["name", "label", "value", "low", "high", "judged", "basis"]
        return pd.DataFrame([[getattr(x, n) for n in names] for x in self.lines], columns=names)


@shared
def key_sheet(shop: Shop, period: Period, *, level: float = 0.95) -> KeySheet:
    """Visitors, conversion, sales, repeat purchase and return on advertising of a period.

    Args:
        shop: Orders; sessions, customers and ad spend for the figures that need them.
        period: Whole weeks; growth is against as many weeks before.
        level: Confidence of the bounds, 0.5 to 0.999.

    Raises:
        CannotTell: Not one of the figures can be computed.
        ParameterError: The level is out of bounds.
    """
    from scipy.stats import norm

    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)
    z = float(norm.ppf((1 + level) / 2))
    makers = {
        t("visitors, week on week"): _visitors,
        t("orders per visitor"): _conversion,
        t("sales, month on month"): _sales,
        t("repeat purchase in 30 days"): _repeat,
        t("sales over advertising cost (ROAS)"): _roas,
    }
    lines, lacking = [], []
    for label, make in makers.items():
        line = make(shop, period, label, z)
        if line is None:
            lacking.append(label)
        else:
            lines.append(line)
    if not lines:
        raise CannotTell(N_("none of the key figures can be computed for {period}"),
                         period=str(period))  # fmt: skip
    return KeySheet(tuple(lines), tuple(lacking), period, level, shop.currency, shop.title)


def _weekly(frame: pd.DataFrame, period: Period) -> np.ndarray | None:
    """Totals of the weeks before and of the period, where every week has some."""
    weeks = period.days // 7
    if not weeks:
        return None
    both = frame.set_index("week")["value"].reindex(range(-weeks, weeks)).to_numpy(np.float64)
    return both if np.isfinite(both).all() and (both > 0).all() else None


def _growth(
    weekly: np.ndarray | None, z: float, weeks_apart: float
) -> tuple[float, float, float] | None:
    """Growth per so many weeks, from the means of two spans, with bounds."""
    if weekly is None:
        return None
    half = len(weekly) // 2
    before, now = weekly[:half], weekly[half:]
    step = np.log(now.mean() / before.mean())
    error = np.nan
    if half >= 3:
        error = np.sqrt(sum(x.var(ddof=1) / half / x.mean() ** 2 for x in (before, now)))
    scale = weeks_apart / half
    low, high = (float(np.expm1((step + s * z * error) * scale)) for s in (-1, 1))
    return float(np.expm1(step * scale)), low, high


def _week(day: ibis.Value, period: Period) -> ibis.Value:
    start = int(pd.Timestamp(period.before().start).timestamp())
    past = (day.cast("timestamp").epoch_seconds() - start) // (7 * 86_400)
    return past.cast("int64") - period.days // 7


def _visitors(shop: Shop, period: Period, label: str, z: float) -> Line | None:
    if not shop.has("sessions", "visitor_id"):
        return None
    span = Period(period.before().start, period.end)
    visits = in_days(shop.sessions, span.start, span.end, "start_ts")
    weeks = visits.group_by(week=_week(visits.start_ts, period))
    frame = weeks.aggregate(value=visits.visitor_id.nunique()).execute()
    found = _growth(_weekly(frame, period), z, 1.0)
    if found is None:
        return None
    basis = t("mean visitors of a week against the weeks before, per week")
    return Line("visitors_wow", label, *found, basis, figures().get("visitors_wow"))


def _conversion(shop: Shop, period: Period, label: str, z: float) -> Line | None:
    now = key_figures(shop, period)
    if not now.get("visitors"):
        return None
    orders, visitors = now["orders"], now["visitors"]
    half = z * orders**0.5 / visitors
    rate = orders / visitors
    basis = t(
        "orders over visitors, all orders counted; {buyers} buyers per visitor, {visits} "
        "orders per visit",
        buyers=per_cent(now["buyers"] / visitors),
        visits=per_cent(orders / max(now["sessions"], 1)),
    )
    reference = figures().get("cvr_mean")
    return Line("cvr_mean", label, rate, max(rate - half, 0.0), rate + half, basis, reference)


def _sales(shop: Shop, period: Period, label: str, z: float) -> Line | None:
    if not shop.has("order_lines"):
        return None
    sold, _ = order_worth(shop)
    sold = in_days(sold, period.before().start, period.end)
    frame = sold.group_by(week=_week(sold.day, period)).aggregate(value=sold.amount.sum()).execute()
    found = _growth(_weekly(frame, period), z, 365.25 / 12 / 7)
    if found is None:
        return None
    basis = t("mean sales of a week against the weeks before, per month; season not taken out")
    return Line("gmv_mom", label, *found, basis, figures().get("gmv_mom"))


def _repeat(shop: Shop, period: Period, label: str, z: float) -> Line | None:
    days = data_days(shop)
    end = min(period.end, days.end)
    if not shop.has("orders", "customer_id") or (end - days.start).days < 60:
        return None
    sold, _ = order_worth(shop)
    sold = in_days(sold, end - timedelta(days=60), end).filter(lambda f: f.customer_id.notnull())
    sold = sold.mutate(buyer=buyer_of(sold))
    first = in_days(sold, end - timedelta(days=60), end - timedelta(days=30))
    first = first.group_by("buyer").aggregate(first=first.day.min())
    both = sold.select("buyer", "day").join(first, "buyer")
    age = (
        both.day.cast("timestamp").epoch_seconds() - both["first"].cast("timestamp").epoch_seconds()
    )
    again = both.mutate(again=(age > 0) & (age <= 30 * 86_400)).group_by("buyer")
    each = again.aggregate(again=lambda f: f.again.cast("int64").max())
    row = each.aggregate(n=each.count(), k=each.again.sum()).execute().iloc[0]
    n = int(row["n"])
    if not n:
        return None
    k = int(row["k"])
    middle, spread = (k + z * z / 2) / (n + z * z), z * (k * (n - k) / n + z * z / 4) ** 0.5
    basis = t("buyers of a month who bought again on another day within 30 days")
    low, high = middle - spread / (n + z * z), middle + spread / (n + z * z)
    return Line("repeat_30d", label, k / n, low, high, basis, figures().get("repeat_30d"))


def _roas(shop: Shop, period: Period, label: str, z: float) -> Line | None:
    if not shop.has("ad_spend", "date", "channel", "cost"):
        return None
    if not shop.has("orders", "channel") or not shop.has("order_lines"):
        return None
    spend = in_days(shop.ad_spend, period.start, period.end, "date")
    paid = spend.group_by("channel").aggregate(cost=spend.cost.sum())
    sold, _ = order_worth(shop)
    sold = in_days(sold, period.start, period.end).semi_join(paid.filter(paid.cost > 0), "channel")
    row = sold.aggregate(
        gmv=sold.amount.sum(), squares=(sold.amount * sold.amount).sum()
    ).execute().iloc[0]  # fmt: skip
    cost = float(paid.cost.sum().execute() or 0)
    gmv = float(row["gmv"]) if row["gmv"] == row["gmv"] and row["gmv"] is not None else 0.0
    if cost <= 0 or gmv <= 0:
        return None
    half = z * float(row["squares"]) ** 0.5 / cost
    basis = t(
        "sales of orders last touched by an advertised channel; revenue over cost, which is "
        "no profit (X09)"
    )
    return Line("roi", label, gmv / cost, gmv / cost - half, gmv / cost + half, basis,
                figures().get("roi"))  # fmt: skip
