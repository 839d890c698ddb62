"""What drove the change in sales: visitors, conversion, basket size or price."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from opsbook.common.lmdi import lmdi
from opsbook.language import N_, count, money, per_cent, t
from opsbook.market.compare import DIMENSIONS, base_of, group_totals, grouped_lines
from opsbook.market.decompose_chart import plot_waterfall
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["FACTORS", "NEEDS", "Decomposition", "decompose_gmv", "factor_value", "plot_waterfall"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
"""With ``sessions`` the change is split down to visitors and conversion."""

FACTORS: dict[str, str] = {
    "visitors": N_("visitors (UV)"),
    "orders_per_visitor": N_("orders per visitor"),
    "buyers": N_("buyers"),
    "orders_per_buyer": N_("orders per buyer"),
    "orders": N_("number of orders"),
    "units_per_order": N_("units per order"),
    "price_per_unit": N_("price per unit"),
    "aov": N_("value per order"),
}
"""Factor id to what a report calls it."""
_MONEY = ("price_per_unit", "aov")
_UNCOUNTED = 0.001


@dataclass(frozen=True)
class Decomposition:
    """A change in sales, split without remainder.

    Args:
        frame: One row per group and factor: ``group, factor, label, before, now`` (the
            factor's values) and ``effect`` (money). Effects of a group add up to the
            change of its sales.
        groups: One row per group: ``group, before, now, change``; they add up to the total.
        by: What the groups are; None for the whole shop.
        period: The period in question.
        base: What it is compared with.
        notes: What could not be done and why.
        currency: ISO code.
        source: Name of the shop for a figure's source line.
    """

    frame: pd.DataFrame
    groups: pd.DataFrame
    by: str | None
    period: Period
    base: Period
    notes: tuple[str, ...]
    currency: str
    source: str

    @property
    def before(self) -> float:
        """Sales of the base."""
        return float(self.groups["before"].sum())

    @property
    def now(self) -> float:
        """Sales of the period."""
        return float(self.groups["now"].sum())

    @property
    def change(self) -> float:
        """Change of sales."""
        return self.now - self.before

    def effects(self) -> pd.DataFrame:
        """Effect of each factor over all groups: ``factor, label, effect``."""
        order = self.frame["factor"].unique()
        sums = self.frame.groupby(["factor", "label"], sort=False)["effect"].sum().reset_index()
        return sums.set_index("factor").loc[order].reset_index()

    def words(self) -> str:
        """The drivers, largest first, in one sentence."""
        effects = self.effects().sort_values("effect", key=abs, ascending=False)
        parts = [f"{row.label} {money(row.effect, sign=True)}" for row in effects.itertuples()]
        return t(
            "{before} to {now} ({change}): {parts}.",
            before=money(self.before),
            now=money(self.now, self.currency),
            change=per_cent(self.change / self.before, sign=True) if self.before else "–",
            parts=t(", ").join(parts),
        )


def decompose_gmv(
    shop: Shop,
    period: Period,
    base: Period | None = None,
    *,
    by: Literal["region", "category", "channel", "platform", "store_id", "brand"] | None = None,
) -> Decomposition:
    """Split the change in sales between two periods exactly between its drivers.

    With visits: visitors x orders per visitor x units per order x price per unit. Without:
    buyers x orders per buyer x value per order, or orders x value per order where customers
    are unknown. Where more than 0.1 % of sales is not counted in pieces, units and price
    become value per order. The course's form with the repeat purchase *rate* is no identity
    (``reference.lmdi.as_taught``).

    By group, each group is split by its own factors, so a mix of groups that shifts shows
    as growth of one and loss of another; groups add up to the total. Buyers and orders of a
    category are those with something from it.

    Args:
        shop: The shop.
        period: The period in question.
        base: What to compare with; unless given last year where the data hold it (the season
            is the same), else the period before.
        by: Column that names the groups.

    Raises:
        CannotTell: The data begin too late for a comparison, or do not know the group.

    Source:
        D10; LMDI-I: Ang (2005), Energy Policy 33, 867-871.
    """
    shop.require(NEEDS)
    base = base or base_of(shop, period)
    notes: list[str] = []
    if by is None:
        sums, visitors = _whole(shop, period, base)
    else:
        sums = group_totals(grouped_lines(shop, period, base, by), by)
        visitors = _visitors(shop, period, base, by, sums)
    if visitors is None:
        notes.append(
            t("No visits cover both periods, so conversion is not shown.")
            if by is None
            else t(
                "Visits cannot be told apart by {by}, so conversion is not shown.",
                by=t(DIMENSIONS[by]),
            )
        )
    gmv, counted = sums["gmv"].sum().sum(), sums["counted"].sum().sum()
    by_units = gmv > 0 and (gmv - counted) / gmv <= _UNCOUNTED
    if not by_units and gmv > 0:
        notes.append(
            t(
                "{share} of sales is not counted in pieces, so units and price are shown "
                "together as value per order.",
                share=per_cent((gmv - counted) / gmv),
            )
        )
    has_buyers = shop.has("orders", "customer_id")
    factors = _factors(visitors is not None, by_units, has_buyers)
    values = _values(sums, visitors)
    frame, groups = _split(values, sums["gmv"], factors)
    return Decomposition(frame, groups, by, period, base, tuple(notes), shop.currency, shop.title)


def _factors(visits: bool, by_units: bool, has_buyers: bool) -> list[str]:
    if visits:
        basket = ["units_per_order", "price_per_unit"] if by_units else ["aov"]
        return ["visitors", "orders_per_visitor", *basket]
    return ["buyers", "orders_per_buyer", "aov"] if has_buyers else ["orders", "aov"]


@shared
def _whole(shop: Shop, period: Period, base: Period) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The shop's own key figures in the form of ``group_totals``."""
    figures = {True: key_figures(shop, period), False: key_figures(shop, base)}
    rows: dict[tuple[str, bool], float] = {}
    for now, found in figures.items():
        units = found.get("units", 0.0)
        rows |= {(name, now): found.get(name, 0.0) for name in ("gmv", "orders", "buyers")}
        rows[("units", now)] = units
        rows[("counted", now)] = units * found.get("price_per_unit", 0.0)
    sums = pd.DataFrame([rows], index=["all"])
    sums.columns = pd.MultiIndex.from_tuples(sums.columns)
    if any("visitors" not in found for found in figures.values()):
        return sums, None
    visitors = pd.DataFrame({now: [f["visitors"]] for now, f in figures.items()}, index=["all"])
    return sums, visitors


def _visitors(
    shop: Shop, period: Period, base: Period, by: str, sums: pd.DataFrame
) -> pd.DataFrame | None:
    """Visitors by group, where visits know the group and every larger group has some."""
    if by not in ("channel", "campaign_id") or not shop.has("sessions", by):
        return None
    parts = {}
    for p, now in ((base, False), (period, True)):
        visits = in_days(shop.sessions, p.start, p.end, "start_ts")
        found = visits.group_by(group=visits[by]).aggregate(n=visits.visitor_id.nunique())
        parts[now] = found.execute().dropna(subset="group").set_index("group")["n"]
    visitors = pd.DataFrame(parts).reindex(sums.index).fillna(0.0).astype(float)
    large = sums["gmv"].sum(axis=1) > 0.01 * sums["gmv"].to_numpy().sum()
    if (visitors[large] == 0).any(axis=None):
        return None
    return visitors


def _values(sums: pd.DataFrame, visitors: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Every factor, groups by period; not a number where it has no meaning."""

    def over(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
        return a / b.where(b > 0)

    orders, buyers, gmv = sums["orders"], sums["buyers"], sums["gmv"]
    found = {
        "buyers": buyers,
        "orders": orders,
        "orders_per_buyer": over(orders, buyers),
        "aov": over(gmv, orders),
        "units_per_order": over(sums["units"], orders),
        "price_per_unit": over(gmv, sums["units"]),
    }
    if visitors is not None:
        found |= {"visitors": visitors, "orders_per_visitor": over(orders, visitors)}
    return found


def _split(
    values: dict[str, pd.DataFrame], gmv: pd.DataFrame, factors: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = gmv.index
    before = np.column_stack([values[f][False] for f in factors])
    now = np.column_stack([values[f][True] for f in factors])
    change = (gmv[True] - gmv[False]).to_numpy()
    # More went back than was sold, or sales without visits: no logarithm. All of it then
    # belongs to the last factor, the value.
    shown0, shown1 = np.nan_to_num(before).prod(axis=1), np.nan_to_num(now).prod(axis=1)
    odd = (
        (np.nan_to_num(before) < 0).any(axis=1)
        | (np.nan_to_num(now) < 0).any(axis=1)
        | ~np.isclose(shown0, gmv[False], rtol=1e-6, atol=1e-6)
        | ~np.isclose(shown1, gmv[True], rtol=1e-6, atol=1e-6)
    )
    effects = np.zeros(before.shape)
    effects[~odd] = lmdi(before[~odd], now[~odd])
    effects[odd, -1] = change[odd]
    rows = [
        (group, factor, t(FACTORS[factor]), before[i, k], now[i, k], effects[i, k])
        for i, group in enumerate(names)
        for k, factor in enumerate(factors)
    ]
    frame = pd.DataFrame(rows, columns=["group", "factor", "label", "before", "now", "effect"])
    groups = pd.DataFrame({"group": names, "before": gmv[False].to_numpy(),
                           "now": gmv[True].to_numpy(), "change": change})  # fmt: skip
    groups = groups.sort_values("change", key=abs, ascending=False, ignore_index=True)
    return frame, groups


def factor_value(factor: str, value: float) -> str:
    """A factor's value as people read it."""
    if value != value:
        return "–"
    if factor in _MONEY:
        return money(value)
    return (
        per_cent(value, 2)
        if factor == "orders_per_visitor" and value < 1
        else count(value, 0 if value >= 100 else 2)
    )
