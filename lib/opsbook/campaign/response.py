"""What each channel adds today, and what the next yuan on it would add: response curves.

Every figure carries an interval, and every channel a verdict: its curve is told, only that it
works is told, or neither can be told from these data.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.media_days import MediaDays, media_days
from opsbook.campaign.response_fit import Draws, fit_response
from opsbook.campaign.response_read import SCALES, added_orders, weekly_means
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Responses", "curves_of", "response_curves"]

Floats = NDArray[np.float64]

_DRAWS = 1_000
_NARROW = 4.0
"""A curve is told where the marginal return is known to within this factor."""


@dataclass(frozen=True)
class Responses:
    """Channels with what they add, and how sure that is.

    Args:
        frame: One row per channel, largest spend first: ``channel``; ``spend`` (money a day
            in the window), ``spend_share``, ``variation`` (spread of weekly spend over its
            mean), ``dark_weeks`` (weeks without spend), ``credited`` (orders a
            day by last click); ``orders`` a day added, with ``orders_low, orders_high``;
            ``average`` and ``marginal`` with bounds: worth of the orders that a unit of money
            added on average, and that the last unit added; ``half_life`` (days of
            carry-over) with bounds; ``effect_sure`` (share of draws in which it adds
            anything); ``verdict``: ``curve`` (told), ``effect`` (works, its curve is not
            told) or ``unknown``, proof corrected for the number of channels (Bonferroni);
            ``next``: ``raise`` (the last unit brings more than it
            costs), ``cut`` (less), ``unknown``.
        added: Orders a day added at each of ``SCALES`` times today's spend, by draw, channel
            and scale.
        window: The days that are "today".
        days: All days used.
        worth: Money per order: margin before advertising, or sales; 0 where unknown.
        has_margin: Whether it is margin.
        orders: Orders a day in the window.
        held: What is held fixed: level, weekday, event, campaign, discount.
        dearer: Channels counted in today's click prices.
        highest: Highest weekly mean of spend seen by channel, as a multiple of today's.
        dispersion: Variance of orders over chance.
        weekly: What whole weeks share, log points.
        mixed: Whether the sampler's chains agree (R-hat below 1.05).
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    frame: pd.DataFrame
    added: Floats
    window: Period
    days: Period
    worth: float
    has_margin: bool
    orders: float
    held: tuple[str, ...]
    dearer: tuple[str, ...]
    highest: tuple[float, ...]
    dispersion: float
    weekly: float
    mixed: bool
    level: float
    currency: str
    shop: str

    @property
    def told(self) -> pd.DataFrame:
        """Channels of which at least the effect is told."""
        return self.frame[self.frame["verdict"] != "unknown"]

    def of(self, channel: str) -> pd.Series:
        """The row of a channel.

        Raises:
            ParameterError: There is no such channel.
        """
        rows = self.frame[self.frame["channel"] == channel]
        if rows.empty:
            raise ParameterError(
                N_('channel "{value}" has no spend; there are {known}'),
                value=channel,
                known=", ".join(self.frame["channel"]),
            )
        return rows.iloc[0]


def response_curves(
    shop: Shop, *, end: date | None = None, window_days: int = 56, level: float = 0.95
) -> Responses:
    """Fit a response curve with carry-over and saturation to every paid channel.

    Args:
        shop: Needs ``orders`` and half a year of ``ad_spend``; with ``order_lines`` and
            their costs the returns are margin.
        end: Day after the last one to use; the end of the data unless given.
        window_days: Days that count as today, 28 to 182.
        level: Confidence of the intervals, 0.5 to 0.99.

    Raises:
        CannotTell: Advertising is not on record, for too short a time, or rests today.
        ParameterError: A parameter is out of range.
    """
    if not 28 <= window_days <= 182:
        raise ParameterError(
            N_("window_days {value} is out of range; use 28 to 182"), value=window_days
        )
    if not 0.5 <= level <= 0.99:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.99"), value=level)
    return _responses(shop, end, window_days, level)


@shared
def _responses(shop: Shop, end: date | None, window_days: int, level: float) -> Responses:
    data = media_days(shop, end)
    if not data.spend[:, -window_days:].sum() > 0:
        raise CannotTell(N_("nothing was spent on advertising in the last {days} days"),
                         days=window_days)  # fmt: skip
    return curves_of(data, window_days, level, currency=shop.currency, shop=shop.title)


def curves_of(
    data: MediaDays, window_days: int, level: float, *, currency: str = "", shop: str = ""
) -> Responses:
    """The same from series at hand; see ``response_curves``."""
    draws = fit_response(data)
    pick = np.linspace(0, len(draws.lift) - 1, _DRAWS).astype(np.int64)
    added, slope_at = added_orders(data, draws, pick, window_days)
    frame = _frame(data, draws, pick, added, slope_at, window_days, level)
    last = data.days[-1].date() + timedelta(days=1)
    window = Period(last - timedelta(days=window_days), last)
    weekly = weekly_means(data)
    today = np.maximum(data.spend[:, -window_days:].mean(axis=1), 1e-9)
    return Responses(
        frame,
        added,
        window,
        Period(data.days[0].date(), last),
        data.worth,
        data.has_margin,
        float(data.orders[-window_days:].mean()),
        data.held_names,
        data.dearer,
        tuple(float(v) for v in weekly.max(axis=1) / today),
        draws.dispersion,
        draws.weekly,
        draws.mixed < 1.05,
        level,
        currency,
        shop,
    )


def _frame(
    data: MediaDays,
    draws: Draws,
    pick: NDArray[np.int64],
    added: Floats,
    steep: Floats,
    window_days: int,
    level: float,
) -> pd.DataFrame:
    ends = [(1 - level) / 2, (1 + level) / 2]
    today = data.spend[:, -window_days:].mean(axis=1)
    weekly = weekly_means(data)
    orders = added[:, :, SCALES.index(1.0)]
    per_day = float(data.orders[-window_days:].mean())
    worth = data.worth if data.worth > 0 else np.nan
    rows = []
    for c, channel in enumerate(data.channels):
        spent = today[c] if today[c] > 0 else np.nan
        low, high = np.quantile(orders[:, c], ends)
        # One channel in many looks proven by chance: the proof is corrected for their number.
        proof = float(np.quantile(orders[:, c], ends[0] / len(data.channels)))
        last = steep[:, c] * worth / spent
        marginal_low, marginal_high = np.quantile(last, ends)
        decay = draws.decay[pick, c]
        lasting = np.where(decay > 0, np.log(0.5) / np.log(np.maximum(decay, 1e-6)), 0.0)
        verdict = "unknown"
        if proof > 0:
            steep_low, steep_high = np.quantile(steep[:, c], ends)
            verdict = "curve" if steep_high <= _NARROW * max(steep_low, 0.0) else "effect"
        rows.append(
            {
                "channel": channel,
                "spend": today[c],
                "spend_share": today[c] / today.sum(),
                "variation": float(weekly[c].std() / max(weekly[c].mean(), 1e-9)),
                "dark_weeks": int((weekly[c] < 0.02 * weekly[c].mean()).sum()),
                "credited": float(data.credited[c]) * per_day,
                "orders": float(np.median(orders[:, c])),
                "orders_low": low,
                "orders_high": high,
                "average": float(np.median(orders[:, c])) * worth / spent,
                "average_low": low * worth / spent,
                "average_high": high * worth / spent,
                "marginal": float(np.median(last)),
                "marginal_low": marginal_low,
                "marginal_high": marginal_high,
                "half_life": float(np.median(lasting)),
                "half_life_low": float(np.quantile(lasting, ends[0])),
                "half_life_high": float(np.quantile(lasting, ends[1])),
                "effect_sure": float((orders[:, c] > 0).mean()),
                "verdict": verdict,
                "next": "raise" if marginal_low > 1 else "cut" if marginal_high < 1 else "unknown",
            }
        )
    frame = pd.DataFrame(rows)
    if not data.has_margin:
        # Sales are no return: a yuan of them does not pay for a yuan of advertising.
        frame["next"] = "unknown"
    return frame
