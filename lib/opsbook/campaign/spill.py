"""Halo or cannibalisation: what an event did to what it did not push."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.campaign.baseline import Gain, lift_of_series
from opsbook.campaign.daily import daily_series
from opsbook.campaign.event import Event, all_events
from opsbook.campaign.ordinary import design_for, ordinary_days
from opsbook.campaign.promoted import promoted_products, series_of_groups
from opsbook.common.shares import false_discovery
from opsbook.errors import CannotTell
from opsbook.language import N_, money, per_cent, t
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Spill", "spill_over"]

_LEAST_GMV_DAYS = 0.5
"""Share of ordinary days on which a category has to sell to have a baseline."""


@dataclass(frozen=True)
class Spill:
    """Gains of what was pushed and of what was not, on the event's own days.

    Args:
        groups: One row per group: ``group`` (``promoted, others, untold``), ``products,
            actual, baseline, gain, low, high, relative``.
        categories: One row per category, largest gain first: ``category, promoted, actual,
            baseline, gain, low, high, relative, p, p_adj`` (corrected for the number of
            categories).
        category: The event's own category; empty where it is about products of all.
        verdict: ``halo``, ``cannibalised``, ``neither`` or ``all`` (nothing was left alone).
        name: Event.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    groups: pd.DataFrame
    categories: pd.DataFrame
    category: str
    verdict: str
    name: str
    currency: str
    level: float
    source: str

    def group(self, name: str) -> pd.Series | None:
        """The row of a group, if it has products."""
        rows = self.groups[self.groups["group"] == name]
        return None if rows.empty else rows.iloc[0]

    def headline(self) -> str:
        """What the rest of the range did."""
        others = self.group("others")
        if others is None:
            named = int((self.categories["p_adj"] < 1 - self.level).sum())
            return t(
                "{event} left no product alone; {n} of {all} categories stand out",
                event=self.name,
                n=named,
                all=len(self.categories),
            )
        gain = money(float(others["gain"]), self.currency)
        if self.verdict == "halo":
            return t("{event} lifted what it did not push: {gain}", event=self.name, gain=gain)
        if self.verdict == "cannibalised":
            return t("{event} took {gain} from what it did not push", event=self.name, gain=gain)
        return t(
            "{event}: neither halo nor cannibalisation can be told from chance", event=self.name
        )

    def words(self) -> str:
        """Both groups with intervals."""
        said = []
        names = {"promoted": t("pushed"), "others": t("not pushed"), "untold": t("too rare")}
        for row in self.groups.itertuples():
            said.append(
                t(
                    "{group}: {gain} [{low}, {high}], {relative} of what was expected",
                    group=names[str(row.group)],
                    gain=money(row.gain, self.currency),
                    low=money(row.low),
                    high=money(row.high),
                    relative=per_cent(row.relative, 0, sign=True),
                )
            )
        return "; ".join(said)


@shared
def spill_over(shop: Shop, event: Event, *, level: float = 0.95) -> Spill:
    """Lift of pushed and other products, and of every category, on the event's own days.

    Args:
        shop: Needs ``order_lines`` with ``sku``; ``products.category`` for the categories.
        event: The event, begun.
        level: Confidence.

    Raises:
        CannotTell: The event has not begun, or neither categories nor list prices are known.
    """
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    shop.require({"order_lines": ("order_id", "sku")})
    daily = daily_series(shop)
    days = pd.DatetimeIndex(daily.frame.index)
    ordinary = ordinary_days(shop, event, days)
    plain = design_for(ordinary)
    pushed = promoted_products(shop, event)
    groups = []
    if pushed is not None:
        table = series_of_groups(shop, pushed.groups).reindex(days).fillna(0.0)
        sizes = pushed.groups["group"].value_counts()
        for name in ("promoted", "others", "untold"):
            if name in table and _sells(table[name].to_numpy(), ordinary.keep):
                lift = lift_of_series(table[name], "gmv", ordinary, plain, event, level=level)
                groups.append({"group": name, "products": int(sizes.get(name, 0))}
                              | _gain(lift.event))  # fmt: skip
    rows, campaigns = [], [e for e in all_events(shop) if e.id != event.id]
    for name in sorted(daily.by_category["category"].unique()):
        series = daily.of(name)
        if not _sells(series.to_numpy(), ordinary.keep):
            continue
        design = design_for(ordinary, _own_days(campaigns, name, days))
        lift = lift_of_series(
            series, "gmv", ordinary, design, event, level=level, placebos=False
        )  # fmt: skip
        own = pushed is not None and pushed.category == name
        rows.append({"category": name, "promoted": own} | _gain(lift.event, level))
    if not groups and not rows:
        raise CannotTell(N_("neither categories nor products sell often enough to be told apart"))
    columns = ["category", "promoted", *_GAIN, "p"]
    categories = pd.DataFrame(rows, columns=columns)
    categories["p_adj"] = false_discovery(categories["p"])
    categories = categories.sort_values("gain", ascending=False, ignore_index=True)
    frame = pd.DataFrame(groups, columns=["group", "products", *_GAIN])
    return Spill(
        frame,
        categories,
        pushed.category if pushed else "",
        _verdict(frame),
        event.name,
        shop.currency,
        level,
        shop.title,
    )


_GAIN = ["actual", "baseline", "gain", "low", "high", "relative"]


def _gain(gain: Gain, level: float | None = None) -> dict[str, float]:
    found = {
        "actual": gain.actual,
        "baseline": gain.baseline,
        "gain": gain.gain,
        "low": gain.low,
        "high": gain.high,
        "relative": gain.gain / gain.baseline if gain.baseline > 0 else float("nan"),
    }
    if level is not None:
        from scipy.stats import norm

        error = (gain.high - gain.low) / (2 * float(norm.ppf((1 + level) / 2)))
        found["p"] = float(2 * norm.sf(abs(gain.gain) / error)) if error > 0 else 1.0
    return found


def _sells(values: np.ndarray, keep: np.ndarray) -> bool:
    return bool(keep.any()) and float((values[keep] > 0).mean()) >= _LEAST_GMV_DAYS


def _own_days(campaigns: list[Event], category: str, days: pd.DatetimeIndex) -> list[np.ndarray]:
    """Days of other campaigns that were about this category."""
    mark = np.zeros(len(days))
    for other in campaigns:
        if category.casefold() in other.name.casefold():
            mark[(days >= pd.Timestamp(other.start)) & (days < pd.Timestamp(other.end))] = 1.0
    return [mark] if mark.any() else []


def _verdict(groups: pd.DataFrame) -> str:
    others = groups[groups["group"] == "others"]
    if others.empty:
        return "all"
    low, high = float(others["low"].iloc[0]), float(others["high"].iloc[0])
    return "halo" if low > 0 else "cannibalised" if high < 0 else "neither"
