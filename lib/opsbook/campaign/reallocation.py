"""The same budget, spent otherwise: what that would bring, and how sure it is.

Money goes only where a curve is told, and to no channel beyond what it was seen to spend. A
proven effect is not enough: it says nothing of the next yuan, and among several channels the
one that looks best by chance is the one that gets picked.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.response import Responses
from opsbook.campaign.response_read import SCALES
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period

__all__ = ["Reallocation", "reallocate"]

Floats = NDArray[np.float64]

_UNITS = 160
"""Parts that the budget is moved in."""
_TEST = 0.8
"""Chance of a gain from which a shift is worth a test."""


@dataclass(frozen=True)
class Reallocation:
    """A budget by channel against today's.

    Args:
        frame: One row per channel: ``channel, spend`` and ``budget`` (money a day),
            ``change`` (fraction), ``role`` (``may grow`` where its curve is told, else
            ``may only give``), ``orders`` a day more or less with ``orders_low,
            orders_high``, ``at_bound`` (whether a limit holds it).
        gain: Worth added a day, less money spent more; expected, then its bounds.
        gain_low: Lower bound.
        gain_high: Upper bound.
        chance: Share of the draws in which the shift gains.
        verdict: ``do`` (the whole interval gains), ``test`` (a gain is likely), ``leave``.
        budget: Money a day of the new plan.
        today: Money a day today.
        least: Smallest multiple of today's spend.
        most: Largest multiple, cut where less was ever spent in a week.
        has_margin: Whether worth is margin.
        window: The days that are "today".
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    frame: pd.DataFrame
    gain: float
    gain_low: float
    gain_high: float
    chance: float
    verdict: str
    budget: float
    today: float
    least: float
    most: float
    has_margin: bool
    window: Period
    level: float
    currency: str
    shop: str


def reallocate(
    found: Responses, *, budget: float | None = None, least: float = 0.5, most: float = 1.5
) -> Reallocation:
    """Split a budget so that the expected worth of added orders is largest.

    The split is searched over all of them in steps of 1/160 of the budget, so an S-shaped
    curve does not trap it.

    Args:
        found: From ``response_curves``.
        budget: Money a day; today's unless given.
        least: Smallest multiple of today's spend of a channel, 0 to 1.
        most: Largest multiple, 1 to 1.5; less where no week ever saw as much.

    Raises:
        CannotTell: There are not two channels, no curve is told, or an order's worth is
            unknown.
        ParameterError: A bound is out of range, or the budget cannot be met within them.
    """
    if not 0 <= least <= 1:
        raise ParameterError(N_("least {value} is out of range; use 0 to 1"), value=least)
    if not 1 <= most <= SCALES[-1]:
        raise ParameterError(N_("most {value} is out of range; use 1 to 1.5"), value=most)
    frame = found.frame
    spend = frame["spend"].to_numpy(np.float64)
    told = (frame["verdict"] == "curve").to_numpy()
    if len(frame) < 2:
        raise CannotTell(N_("money is spent on one channel only: there is nothing to shift it to"))
    if not found.worth > 0:
        raise CannotTell(N_("what an order is worth is not known, so no budget can be weighed"))
    if not told.any():
        raise CannotTell(
            N_(
                "no channel's response curve can be told from these data, so no shift of the "
                "budget can be weighed; test first: weeks of half and double the money, by lot"
            )
        )
    low = np.full(len(spend), least)
    high = np.where(told, np.clip(np.array(found.highest), 1.0, most), 1.0)
    today = float(spend.sum())
    wanted = today if budget is None else float(budget)
    if not spend @ low - 1e-9 <= wanted <= spend @ high + 1e-9:
        raise ParameterError(
            N_("budget {value} a day cannot be met within the bounds; use {low} to {high}"),
            value=round(wanted, 2),
            low=round(float(spend @ low), 2),
            high=round(float(spend @ high), 2),
        )
    expected = found.added.mean(axis=0)
    moved = _best(expected, spend, low, high, wanted - today)
    scale = np.where(spend > 0, (spend + moved) / np.maximum(spend, 1e-9), 1.0)
    more = _at(found.added, scale) - _at(found.added, np.ones(len(spend)))
    ends = [(1 - found.level) / 2, (1 + found.level) / 2]
    bounds = np.quantile(more, ends, axis=0)
    profit = more.sum(axis=1) * found.worth - moved.sum()
    gain_low, gain_high = (float(v) for v in np.quantile(profit, ends))
    chance = float((profit > 0).mean())
    still = np.abs(moved) < today / _UNITS / 2
    verdict = (
        "leave" if still.all()
        else "do" if gain_low > 0
        else "test" if chance >= _TEST
        else "leave"
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "channel": frame["channel"],
            "spend": spend,
            "budget": spend + moved,
            "change": scale - 1,
            "role": np.where(told, "may grow", "may only give"),
            "orders": more.mean(axis=0),
            "orders_low": bounds[0],
            "orders_high": bounds[1],
            "at_bound": (np.abs(scale - low) < 0.02) | (np.abs(scale - high) < 0.02),
        }
    )
    return Reallocation(
        table, float(profit.mean()), gain_low, gain_high, chance, verdict, wanted, today,
        least, most, found.has_margin, found.window, found.level, found.currency, found.shop,
    )  # fmt: skip


def _best(expected: Floats, spend: Floats, low: Floats, high: Floats, extra: float) -> Floats:
    """Money to add to each channel; sums to ``extra`` up to half a unit of the grid."""
    unit = float(spend.sum()) / _UNITS
    goal = round(extra / unit)
    reach = _UNITS + abs(goal)
    best = np.full(2 * reach + 1, -np.inf)
    best[reach] = 0.0
    choices = []
    for c, money in enumerate(spend):
        # Today's plan is a point of the grid: shifts are counted, not budgets.
        first, last = (
            int(np.ceil((low[c] - 1) * money / unit - 1e-9)),
            int(np.floor((high[c] - 1) * money / unit + 1e-9)),
        )
        steps = np.arange(first, last + 1)
        scale = 1 + steps * unit / max(money, 1e-9)
        worth = np.interp(scale, SCALES, expected[c])
        after = np.full_like(best, -np.inf)
        chosen = np.zeros(len(best), np.int64)
        for step, value in zip(steps.tolist(), worth.tolist(), strict=True):
            moved = _shifted(best, step) + value
            better = moved > after
            after[better], chosen[better] = moved[better], step
        best = after
        choices.append(chosen)
    at = reach + goal
    if not np.isfinite(best[at]):
        at = int(np.argmin(np.where(np.isfinite(best), np.abs(np.arange(len(best)) - at), np.inf)))
    shifts = np.zeros(len(spend))
    for c in reversed(range(len(spend))):
        shifts[c] = choices[c][at]
        at -= int(shifts[c])
    return np.asarray(shifts * unit, np.float64)


def _shifted(values: Floats, step: int) -> Floats:
    """``out[k] = values[k - step]``, nothing from outside."""
    out = np.full_like(values, -np.inf)
    if step >= 0:
        out[step:] = values[: len(values) - step]
    else:
        out[:step] = values[-step:]
    return out


def _at(added: Floats, scale: Floats) -> Floats:
    """Orders a day at a multiple of today's spend, by draw and channel."""
    grid = np.array(SCALES)
    place = np.clip(np.searchsorted(grid, scale, side="right") - 1, 0, len(grid) - 2)
    part = (scale - grid[place]) / (grid[place + 1] - grid[place])
    channel = np.arange(len(scale))
    low, high = added[:, channel, place], added[:, channel, place + 1]
    return np.asarray(low + part * (high - low), np.float64)
