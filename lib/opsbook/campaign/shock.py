"""What a dearer click would cost: the same money buys less, or the same clicks cost more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.campaign.concentration import SpendConcentration
from opsbook.campaign.response import Responses
from opsbook.campaign.response_read import SCALES
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period

__all__ = ["ClickShock", "click_shock"]


@dataclass(frozen=True)
class ClickShock:
    """Each channel in turn, its click price multiplied.

    Args:
        frame: One row per channel, largest spend first: ``channel, spend`` (money a day);
            ``lost`` orders a day if the money stays, with ``lost_low, lost_high``, and
            ``lost_share`` of all orders with bounds; ``lost_worth`` a day with bounds;
            ``credited_lost`` orders a day and ``credited_worth`` by last click; ``dearer``
            (money a day more if the clicks stay); ``stop`` (worth a day less money saved, if
            the channel is stopped) with bounds; ``verdict`` as of the response curve,
            ``unknown`` without one. What is not known is missing.
        factor: Times as dear.
        orders: Orders a day.
        curves: Whether response curves were at hand.
        has_margin: Whether worth is margin.
        window: Days that are today.
        level: Confidence of the bounds.
        currency: ISO code.
        shop: Title of the shop.
    """

    frame: pd.DataFrame
    factor: float
    orders: float
    curves: bool
    has_margin: bool
    window: Period
    level: float
    currency: str
    shop: str


def click_shock(
    held: SpendConcentration, found: Responses | None = None, *, factor: float = 4.0
) -> ClickShock:
    """Multiply the click price of one channel at a time, and count what is lost.

    With a response curve the same money works like a ``factor``-th of it. Without one only
    the books can be asked: orders credited by last click, in proportion to clicks, which
    overstates the loss where credit overstates the effect.

    Args:
        held: From ``spend_concentration``.
        found: From ``response_curves``, where it could be made.
        factor: Times as dear, above 1 up to 20.

    Raises:
        ParameterError: ``factor`` is out of range.
    """
    if not 1 < factor <= 20:
        raise ParameterError(
            N_("factor {value} is out of range; use more than 1, up to 20"), value=factor
        )
    days = held.window.days
    rows = held.frame[["channel", "spend", "credited", "worth"]].copy()
    rows["spend"] /= days
    rows["dearer"] = rows["spend"] * (factor - 1)
    rows["credited_lost"] = rows["credited"] / days * (1 - 1 / factor)
    rows["credited_worth"] = rows["worth"] / days * (1 - 1 / factor)
    rows = rows.drop(columns=["credited", "worth"])
    per_day = held.orders / days
    level = 0.95 if found is None else found.level
    names = ["lost", "lost_low", "lost_high", "lost_worth", "lost_worth_low", "lost_worth_high",
             "stop", "stop_low", "stop_high"]  # fmt: skip
    rows[names] = np.nan
    rows["verdict"] = "unknown"
    if found is not None:
        ends = [(1 - level) / 2, (1 + level) / 2]
        known = found.frame["channel"].tolist()
        for at, channel in rows["channel"].items():
            if channel not in known:
                continue
            c = known.index(channel)
            money = float(found.frame["spend"].iloc[c])
            whole = found.added[:, c, SCALES.index(1.0)]
            part = np.array([np.interp(1 / factor, SCALES, row) for row in found.added[:, c]])
            lost = whole - part
            stop = money - whole * found.worth
            rows.loc[at, names] = [
                float(np.median(lost)), *np.quantile(lost, ends),
                *(_worth(found, lost, ends)),
                float(np.median(stop)), *np.quantile(stop, ends),
            ]  # fmt: skip
            rows.loc[at, "verdict"] = found.frame["verdict"].iloc[c]
        if not found.worth > 0:
            rows[["stop", "stop_low", "stop_high"]] = np.nan
    for end in ("", "_low", "_high"):
        rows[f"lost_share{end}"] = rows[f"lost{end}"] / per_day if per_day else np.nan
    return ClickShock(
        rows, factor, per_day, found is not None, held.has_margin, held.window, level,
        held.currency, held.shop,
    )  # fmt: skip


def _worth(found: Responses, lost: np.ndarray, ends: list[float]) -> list[float]:
    if not found.worth > 0:
        return [float("nan")] * 3
    low, high = np.quantile(lost, ends)
    return [float(v) * found.worth for v in (np.median(lost), low, high)]
