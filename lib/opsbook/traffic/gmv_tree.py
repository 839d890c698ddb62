"""GMV as traffic x conversion x orders per buyer x order value, for the shop and its slices."""

from dataclasses import dataclass
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.common.lmdi import as_taught, lmdi
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.metrics import key_figures, order_totals
from opsbook.shop.periods import Period, last_year_or_before
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.order_slices import NEEDS, dimension_name, sliced_orders

__all__ = ["FACTORS", "NEEDS", "GmvTree", "factor_name", "gmv_tree"]

FACTORS: dict[str, str] = {
    "visitors": N_("visitors (UV)"),
    "buyers_per_visitor": N_("buyers per visitor"),
    "buyers": N_("buyers"),
    "orders_per_buyer": N_("orders per buyer"),
    "aov": N_("value per order"),
}
_DIMENSIONS = ("channel", "device", "region", "customers")


@dataclass(frozen=True)
class GmvTree:
    """A change of GMV split exactly, and the taught formula beside the identity.

    Args:
        frame: One row per slice and factor: ``slice, factor, before, now, effect`` (money).
        slices: One row per slice: ``slice, before, now, change``; they add up to the total.
        by: Dimension of the slices; None for the whole shop.
        has_visits: Whether traffic is known for both windows; if not the tree begins with
            buyers.
        taught: GMV by the taught formula (with the repeat purchase *rate*), before and now;
            not a number by slice or without visits.
        repeat_rate: Share of the window's buyers who bought twice in it, before and now.
        period: Window in question.
        base: What it is compared with.
        currency: ISO code.
        shop: Name of the shop.
        margin_rate: Margin over sales of the base; not a number without costs.
    """

    frame: pd.DataFrame
    slices: pd.DataFrame
    by: str | None
    has_visits: bool
    taught: tuple[float, float]
    repeat_rate: tuple[float, float]
    period: Period
    base: Period
    currency: str
    shop: str
    margin_rate: float = float("nan")

    @property
    def before(self) -> float:
        """GMV of the base."""
        return float(self.slices["before"].sum())

    @property
    def now(self) -> float:
        """GMV of the period."""
        return float(self.slices["now"].sum())

    def effects(self) -> pd.Series:
        """Effect of each factor over all slices, money; adds up to the change."""
        order = list(dict.fromkeys(self.frame["factor"]))
        sums: pd.Series = self.frame.groupby("factor")["effect"].sum().loc[order]
        return sums


def factor_name(factor: str) -> str:
    """What a report calls a factor."""
    return t(FACTORS[factor])


@shared
def gmv_tree(
    shop: Shop,
    period: Period,
    base: Period | None = None,
    *,
    by: Literal["channel", "device", "region", "customers"] | None = None,
) -> GmvTree:
    """Split the change in GMV between two windows exactly between its factors.

    ``GMV = visitors x buyers per visitor x orders per buyer x GMV per order`` holds to the
    cent, because the last factor of each step is the first of the next. The form that is
    taught ends in the repeat purchase *rate* and does not (X10); it is computed beside it.
    Where visits do not know the slice the tree begins with buyers.

    Args:
        shop: The shop.
        period: Window in question.
        base: What it is compared with; unless given the same weeks of last year where the data
            hold them, so that a sale of the weeks before is not taken for a change, else the
            window before.
        by: Dimension of the slices.

    Raises:
        CannotTell: Orders or their lines are missing.
        ParameterError: ``by`` is no dimension of whole orders.

    Source:
        D10, X10: 002 三(三)1. LMDI-I: Ang (2005), Energy Policy 33, 867-871.
    """
    shop.require(NEEDS)
    if by is not None and by not in _DIMENSIONS:
        raise ParameterError(
            N_("by must be one of {names}; got {value}"), names=", ".join(_DIMENSIONS), value=by
        )
    base = base or last_year_or_before(shop, period)
    found = {now: _window(shop, days, by) for days, now in ((base, False), (period, True))}
    names = found[True].index.union(found[False].index)
    wide = {now: frame.reindex(names).fillna(0.0) for now, frame in found.items()}
    traffic = {now: _visitors(shop, days, by) for days, now in ((base, False), (period, True))}
    visits = _usable(traffic, wide, names)
    frame, slices = _split(wide, traffic if visits else None)
    rates = tuple(_over(wide[now]["repeaters"].sum(), wide[now]["buyers"].sum())
                  for now in (False, True))  # fmt: skip
    taught = tuple(
        _taught(wide[now], traffic[now], rate) if visits and by is None else float("nan")
        for now, rate in zip((False, True), rates, strict=True)
    )
    return GmvTree(
        frame, slices, by, visits, (taught[0], taught[1]), (rates[0], rates[1]), period, base,
        shop.currency, shop.title, key_figures(shop, base).get("gross_margin", float("nan")),
    )  # fmt: skip


def _window(shop: Shop, days: Period, by: str | None) -> pd.DataFrame:
    """Orders, buyers, those who bought twice, and GMV by slice."""
    orders = in_days(order_totals(shop), days.start, days.end)
    orders = orders.select("order_id", "buyer", amount=orders.amount.fill_null(0.0))
    if by is None:
        orders = orders.mutate(slice=ibis.literal("all"))
    else:
        sliced = sliced_orders(shop, days)
        if by not in sliced.columns:
            raise CannotTell(N_("The shop does not know the {dimension} of its orders."),
                             dimension=dimension_name(by))  # fmt: skip
        sliced = sliced.select("order_id", slice=sliced[by])
        orders = orders.join(sliced, "order_id")
    people = orders.group_by("slice", "buyer").aggregate(
        orders=orders.count(), gmv=orders.amount.sum()
    )
    table = people.group_by("slice").aggregate(
        buyers=people.count(),
        repeaters=(people.orders > 1).sum(),
        orders=people.orders.sum(),
        gmv=people.gmv.sum(),
    )
    frame: pd.DataFrame = table.execute().set_index("slice")
    return frame.astype(float)


def _visitors(shop: Shop, days: Period, by: str | None) -> "pd.Series | None":
    if not shop.has("sessions", "visitor_id", "start_ts"):
        return None
    visits = in_days(shop.sessions, days.start, days.end, "start_ts")
    if by is None:
        found = visits.aggregate(slice=ibis.literal("all"), n=visits.visitor_id.nunique())
    elif by in ("channel", "device") and by in visits.columns:
        named: Frame = visits.mutate(slice=visits[by].fill_null("(unknown)"))
        found = named.group_by("slice").aggregate(n=named.visitor_id.nunique())
    else:
        return None
    result: pd.Series = found.execute().set_index("slice")["n"].astype(float)
    return result


def _usable(
    traffic: dict[bool, "pd.Series | None"], wide: dict[bool, pd.DataFrame], names: pd.Index
) -> bool:
    """Whether every slice with orders has visitors in that window."""
    for now, visitors in traffic.items():
        if visitors is None:
            return False
        sold = wide[now]["buyers"].to_numpy() > 0
        there = visitors.reindex(names).fillna(0.0).to_numpy()
        large = wide[now]["gmv"].to_numpy() > 0.01 * wide[now]["gmv"].sum()
        if ((there <= 0) & sold & large).any():
            return False
    return True


def _split(
    wide: dict[bool, pd.DataFrame], traffic: dict[bool, "pd.Series | None"] | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = wide[True].index
    factors = ["buyers", "orders_per_buyer", "aov"]
    if traffic is not None:
        factors = ["visitors", "buyers_per_visitor", *factors[1:]]
    values = {}
    for now, frame in wide.items():
        buyers, orders, gmv = (frame[c].to_numpy(float) for c in ("buyers", "orders", "gmv"))
        parts = [_ratio(orders, buyers), _ratio(gmv, orders)]
        seen = traffic[now] if traffic is not None else None
        if seen is None:
            values[now] = np.column_stack([buyers, *parts])
        else:
            visitors = seen.reindex(names).fillna(0.0).to_numpy(float)
            values[now] = np.column_stack([visitors, _ratio(buyers, visitors), *parts])
    before, after = wide[False]["gmv"].to_numpy(float), wide[True]["gmv"].to_numpy(float)
    # More went back than was sold, or sales without a visit: no logarithm, the value has it.
    odd = np.zeros(len(names), bool)
    for now, gmv in ((False, before), (True, after)):
        product = np.nan_to_num(values[now]).prod(axis=1)
        odd |= (np.nan_to_num(values[now]) < 0).any(axis=1) | ~np.isclose(product, gmv, atol=1e-6)
    effects = np.zeros(values[True].shape)
    effects[~odd] = lmdi(values[False][~odd], values[True][~odd])
    effects[odd, -1] = (after - before)[odd]
    rows = [
        (name, factor, values[False][i, k], values[True][i, k], effects[i, k])
        for i, name in enumerate(names)
        for k, factor in enumerate(factors)
    ]
    frame = pd.DataFrame(rows, columns=["slice", "factor", "before", "now", "effect"])
    slices = pd.DataFrame({"slice": names, "before": before, "now": after})
    slices["change"] = slices["now"] - slices["before"]
    return frame, slices.sort_values("change", key=abs, ascending=False, ignore_index=True)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def _over(above: float, below: float) -> float:
    return float(above / below) if below else float("nan")


def _taught(wide: pd.DataFrame, visitors: "pd.Series | None", rate: float) -> float:
    people = float(visitors.sum()) if visitors is not None else float("nan")
    buyers, orders, gmv = (float(wide[c].sum()) for c in ("buyers", "orders", "gmv"))
    return as_taught(people, _over(buyers, people), _over(gmv, orders), rate)
