"""Member tiers as configuration: names, what each asks for, and how to propose bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_, t

__all__ = ["SCHEMES", "Tier", "TierScheme", "own_scheme", "proposed", "tier_name"]


@dataclass(frozen=True)
class Tier:
    """One tier and what it asks for; a customer needs all of it.

    Args:
        key: Name in data.
        spend: Least net spend of the window, currency; None until one is proposed.
        days: Least purchase days of the window.
        average: Least mean net spend of a purchase day, currency.
        share: Share of members that should at most reach it; a proposal aims at it.
        benefit: Cost of the tier's benefits as a fraction of its spend.
    """

    key: str
    spend: float | None = None
    days: int = 0
    average: float = 0.0
    share: float = 1.0
    benefit: float = 0.0


@dataclass(frozen=True)
class TierScheme:
    """Tiers from the lowest to the highest.

    Args:
        key: Name in data.
        tiers: Lowest first; the lowest takes every customer.
        window_days: Days that spend, purchase days and average look back, 28 to 1,830.
        review_days: Days between reviews, 7 to 731: 91 for quarterly, 365 for yearly.
        source: Where the names come from.

    Raises:
        ParameterError: Fewer than two tiers, spend that does not rise, days out of range.
    """

    key: str
    tiers: tuple[Tier, ...]
    window_days: int = 365
    review_days: int = 91
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.tiers) < 2:
            raise ParameterError(
                N_("a tier scheme needs at least two tiers; got {n}"), n=len(self.tiers)
            )
        for name, low, high in (("window_days", 28, 1830), ("review_days", 7, 731)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(
                    N_("{name} {value} is out of range; use {low} to {high}"),
                    name=name, value=value, low=low, high=high,
                )  # fmt: skip
        for low_tier, high_tier in pairwise(self.tiers[1:]):
            if None not in (low_tier.spend, high_tier.spend) and not (
                low_tier.spend < high_tier.spend  # type: ignore[operator]
            ):
                raise ParameterError(
                    N_("spend of tier {high} must be above that of {low}; got {value}"),
                    high=high_tier.key, low=low_tier.key, value=high_tier.spend,
                )  # fmt: skip

    @property
    def keys(self) -> list[str]:
        """Names of the tiers in data, lowest first."""
        return [tier.key for tier in self.tiers]

    @property
    def complete(self) -> bool:
        """Whether every tier above the lowest has a spend."""
        return all(tier.spend is not None for tier in self.tiers[1:])

    def ranks(
        self, spend: pd.Series, days: pd.Series
    ) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Place of each customer's tier in the scheme, 0 for the lowest.

        Args:
            spend: Net spend of the window.
            days: Purchase days of the window.
        """
        average = spend / days.where(days > 0)
        found = np.zeros(len(spend), np.int64)
        for place, tier in enumerate(self.tiers[1:], start=1):
            reached = (spend >= (tier.spend or 0.0)) & (days >= tier.days)
            if tier.average:
                reached &= (average >= tier.average).fillna(False)
            found[reached.to_numpy(bool)] = place
        return found


_NAMES = {
    "bronze": N_("Bronze"),
    "ordinary": N_("Ordinary"),
    "silver": N_("Silver"),
    "gold": N_("Gold"),
    "platinum": N_("Platinum"),
    "diamond": N_("Diamond"),
    "black": N_("Black diamond"),
}


def tier_name(key: str) -> str:
    """A tier's name in the language in force; a name of the shop's own as it is."""
    return t(_NAMES[key]) if key in _NAMES else key


def _ladder(key: str, names: Sequence[str], shares: Sequence[float], source: str) -> TierScheme:
    tiers = tuple(Tier(n, share=s) for n, s in zip(names, shares, strict=True))
    return TierScheme(key, tiers, source=source)


SCHEMES: Mapping[str, TierScheme] = {
    scheme.key: scheme
    for scheme in (
        _ladder("five", ("bronze", "silver", "gold", "platinum", "diamond"),
                (1.0, 0.5, 0.2, 0.05, 0.01), "000 §2"),
        _ladder("four", ("ordinary", "silver", "gold", "diamond"),
                (1.0, 0.4, 0.1, 0.01), "001"),
        _ladder("three", ("silver", "gold", "diamond"), (1.0, 0.2, 0.02), "002"),
        TierScheme("black", (Tier("silver"), Tier("gold", share=0.2),
                             Tier("black", spend=50_000.0, share=0.01)), source="003 ch07"),
    )
}  # fmt: skip
"""The four schemes of the training material (X08). It gives names only, and one bound: black
diamond above 50,000 CNY a year. Shares are this library's: easy entry, scarce top."""


def proposed(scheme: TierScheme, spend: pd.Series) -> TierScheme:
    """Fill missing spends so that each tier holds at most its share, at round figures.

    Args:
        scheme: Tiers with a share; a spend that is given stays.
        spend: Net spend of the window of every customer, currency.
    """
    values = np.sort(spend.to_numpy(float))
    tiers, floor = [scheme.tiers[0]], 0.0
    for tier in scheme.tiers[1:]:
        bound = tier.spend
        if bound is None:
            place = min(int(np.ceil(len(values) * (1 - tier.share))), len(values) - 1)
            bound = _round_up(max(float(values[place]), 1.0))
            while bound <= floor:
                bound = _round_up(bound * 1.2)
        floor = bound
        tiers.append(replace(tier, spend=bound))
    return replace(scheme, tiers=tuple(tiers))


def _round_up(value: float) -> float:
    """The next figure with one or two leading digits that people can remember."""
    size = 10.0 ** np.floor(np.log10(value))
    for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if step * size >= value:
            return float(round(step * size, 2))
    return float(10 * size)


def own_scheme(recorded: pd.Series, spend: pd.Series) -> TierScheme:
    """The bounds that the shop's recorded tiers obey best.

    Tiers are ordered by median spend; between neighbours lies the bound that puts the
    fewest customers on the wrong side.

    Args:
        recorded: Tier on record by customer.
        spend: Net spend of the last 365 days, same index.

    Raises:
        ParameterError: Fewer than two tiers are recorded.
    """
    order = spend.groupby(recorded).median().sort_values().index.tolist()
    place = recorded.map({key: rank for rank, key in enumerate(order)}).to_numpy(float)
    values = spend.to_numpy(float)
    tiers, floor = [Tier(str(order[0]))] if order else [], 0.0
    for rank, key in enumerate(order[1:], start=1):
        bound = max(_split(values, place >= rank), np.nextafter(floor, np.inf))
        tiers.append(Tier(str(key), spend=bound))
        floor = bound
    return TierScheme("own", tuple(tiers), source="customers.tier")


def _split(values: np.ndarray, above: np.ndarray) -> float:
    """The value from which on most are above: fewest errors, the roundest within its gap."""
    at = np.argsort(values, kind="stable")
    ordered, upper = values[at], above[at]
    # Errors if the bound lies before each place: upper ones below it, lower ones above it.
    errors = np.r_[0, np.cumsum(upper)] + np.r_[np.cumsum((~upper)[::-1])[::-1], 0]
    best = int(errors.argmin())
    high = ordered[min(best, len(ordered) - 1)]
    low = ordered[best - 1] if best else min(0.0, high)
    for digits in range(-6, 3):
        rounded = float(np.ceil(round(low * 10**digits, 9)) / 10**digits)
        if low < rounded <= high and rounded > 0:
            return rounded
    return float(high)
