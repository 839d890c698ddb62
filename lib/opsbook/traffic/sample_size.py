"""How many units does a test need, and what is the smallest effect that so many show?"""

from typing import Literal

import numpy as np

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["check_chances", "detectable_lift", "sample_size"]


Method = Literal["arcsine", "pooled"]


def sample_size(
    base: float, to: float, *, alpha: float = 0.05, power: float = 0.8, method: Method = "pooled"
) -> float:
    """Units that each arm needs to see one conversion rate from another, two-sided.

    Args:
        base: Conversion rate of the unchanged arm, fraction between 0 and 1.
        to: The rate that should be seen if it is true.
        alpha: Chance of a false alarm, 0.001 to 0.5.
        power: Chance of seeing the difference, 0.5 to 0.999.
        method: ``pooled`` (z-test, pooled under the null) or ``arcsine`` (Cohen's h).

    Returns:
        Units an arm, not rounded.

    Raises:
        ParameterError: A rate, alpha or power is out of range, or the rates are equal.

    Source:
        Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions (3rd ed., 2003),
        formula 4.14; Cohen, Statistical Power Analysis (2nd ed., 1988), section 6.2.

    Example:
        >>> round(sample_size(0.10, 0.12, method="arcsine"), 2)
        3834.6
        >>> round(sample_size(0.10, 0.12), 2)
        3840.85
    """
    from scipy.stats import norm

    for name, value in (("base", base), ("to", to)):
        if not 0 < value < 1:
            raise ParameterError(
                N_("{name} {value} is no conversion rate; use a fraction between 0 and 1"),
                name=name,
                value=value,
            )
    if base == to:
        raise ParameterError(
            N_("base and to are both {value}: no test can see no difference"), value=base
        )
    check_chances(alpha, power)
    za, zb = float(norm.isf(alpha / 2)), float(norm.ppf(power))
    if method == "arcsine":
        from scipy.optimize import brentq

        # The far tail counts too, as in the programs that others check against.
        shift = brentq(lambda s: norm.cdf(s - za) + norm.cdf(-s - za) - power, 0, 20, xtol=1e-12)
        h = 2 * (np.arcsin(np.sqrt(to)) - np.arcsin(np.sqrt(base)))
        return float(2 * (shift / h) ** 2)
    middle = (base + to) / 2
    spread = za * np.sqrt(2 * middle * (1 - middle))
    spread += zb * np.sqrt(base * (1 - base) + to * (1 - to))
    return float((spread / (to - base)) ** 2)


def check_chances(alpha: float, power: float) -> None:
    """Stop on chances that no test is planned with.

    Raises:
        ParameterError: ``alpha`` or ``power`` is out of range.
    """
    if not 0.001 <= alpha <= 0.5:
        raise ParameterError(N_("alpha {value} is out of range; use 0.001 to 0.5"), value=alpha)
    if not 0.5 <= power <= 0.999:
        raise ParameterError(N_("power {value} is out of range; use 0.5 to 0.999"), value=power)


def detectable_lift(base: float, units: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest relative lift that so many units an arm show with the given power.

    Args:
        base: Conversion rate of the unchanged arm.
        units: Units in each arm, at least 1.
        alpha: Chance of a false alarm.
        power: Chance of seeing the lift.

    Returns:
        Relative lift (0.1 is 10 per cent); not a number where even a rate of 1 is not enough.

    Example:
        >>> round(detectable_lift(0.10, 3840.85), 3)
        0.2
    """
    from scipy.optimize import brentq

    check_chances(alpha, power)
    top = 1 - 1e-9
    if not 0 < base < top or units < 1:
        return float("nan")

    def short(to: float) -> float:
        return float(np.log(sample_size(base, to, alpha=alpha, power=power) / units))

    if short(top) > 0:
        return float("nan")
    found = brentq(short, base + 1e-7 * min(base, 1 - base), top, xtol=1e-10)
    return float(found / base - 1)
