"""Advertising works on after the day it was paid for, and each yuan more does less.

Carry-over (geometric adstock) and saturation (Hill curve), the two shapes every response
curve here is made of.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["adstock", "half_life_days", "hill", "hill_elasticity"]

Floats = NDArray[np.float64]


def adstock(
    spend: ArrayLike,
    decay: float,
    *,
    length: int | None = None,
    keeps_unit: bool = False,
    start: float = 0.0,
) -> Floats:
    """Carry spend over to the days after it.

    Two conventions are in use. Plain: the day of payment counts in full and every later day
    adds ``decay`` of the day before, so a steady spend of 1 builds up to ``1 / (1 - decay)``.
    With ``keeps_unit`` the weights sum to one and a steady spend of 1 stays 1.

    Args:
        spend: Money by day.
        decay: Share that is still at work a day later, 0 to below 1.
        length: Days a payment works, its own day included; without end unless given.
        keeps_unit: Whether the weights sum to one.
        start: Adstock on the day before the first, in the unit of the result; not with
            ``length``, of which nothing from before is known.

    Returns:
        One value per day.

    Raises:
        ParameterError: ``decay`` or ``length`` is out of range.

    Source:
        Broadbent (1979), One way TV advertisements work, Journal of the Market Research
        Society 21, 139-166.

    Example:
        >>> adstock([100, 0, 0, 0, 50, 0, 0], 0.5, length=4).tolist()
        [100.0, 50.0, 25.0, 12.5, 50.0, 25.0, 12.5]
        >>> adstock([1, 1, 1], 0.5, keeps_unit=True, start=1).tolist()
        [1.0, 1.0, 1.0]
    """
    if not 0 <= decay < 1:
        raise ParameterError(N_("decay {value} is out of range; use 0 to less than 1"), value=decay)
    if length is not None and length < 1:
        raise ParameterError(N_("length {value} is out of range; use 1 day or more"), value=length)
    from scipy.signal import lfilter

    money = np.asarray(spend, np.float64)
    if length is not None:
        weights = decay ** np.arange(length)
        if keeps_unit:
            weights = weights / weights.sum()
        return np.asarray(np.convolve(money, weights)[: len(money)], np.float64)
    first = 1 - decay if keeps_unit else 1.0
    carried, _ = lfilter([first], [1.0, -decay], money, zi=[decay * start])
    return np.asarray(carried, np.float64)


def hill(stock: ArrayLike, half: float, slope: float) -> Floats:
    """Share of the highest response: ``x^slope / (x^slope + half^slope)``.

    Args:
        stock: Adstock, money a day, 0 or more.
        half: Adstock at which half of the highest response is reached, above 0.
        slope: 1 falls off from the first yuan on; above 1 the curve is S-shaped.

    Raises:
        ParameterError: ``half`` or ``slope`` is not above 0.

    Source:
        Hill (1910), Journal of Physiology 40, iv-vii; in media models: Jin et al. (2017),
        Bayesian Methods for Media Mix Modeling, Google.

    Example:
        >>> hill([25, 50, 100], 50, 2).tolist()
        [0.2, 0.5, 0.8]
    """
    _above_zero(half, slope)
    x = np.asarray(stock, np.float64) / half
    return np.asarray(1 - 1 / (1 + x**slope), np.float64).round(15)


def hill_elasticity(stock: ArrayLike, half: float, slope: float) -> Floats:
    """By how many per cent the response moves with one per cent of adstock.

    Marginal return is average return times this: ``slope * (1 - hill)``.

    Raises:
        ParameterError: ``half`` or ``slope`` is not above 0.

    Example:
        >>> hill_elasticity([50, 100], 50, 2).round(3).tolist()
        [1.0, 0.4]
    """
    return np.asarray(slope * (1 - hill(stock, half, slope)), np.float64)


def half_life_days(decay: float) -> float:
    """Days after which half of the carry-over is gone; 0 without any.

    Example:
        >>> half_life_days(0.5)
        1.0
    """
    return float(np.log(0.5) / np.log(decay)) if 0 < decay < 1 else 0.0


def _above_zero(half: float, slope: float) -> None:
    for name, value in (("half", half), ("slope", slope)):
        if not value > 0:
            raise ParameterError(
                N_("{name} {value} is out of range; it must be above 0"), name=name, value=value
            )
