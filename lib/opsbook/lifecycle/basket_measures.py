"""How strongly two things are bought together, by the measures that the trade uses."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["benjamini_hochberg", "chance_of_more", "poisson_bounds", "rule_measures"]

Floats = NDArray[np.float64]


def rule_measures(
    both: ArrayLike, antecedent: ArrayLike, consequent: ArrayLike, baskets: float
) -> pd.DataFrame:
    """Measures of rules "who buys the antecedent also buys the consequent".

    Args:
        both: Baskets with both.
        antecedent: Baskets with the antecedent.
        consequent: Baskets with the consequent.
        baskets: All baskets.

    Returns:
        One row per rule, as given: ``support`` (share of baskets with both), ``confidence``
        (share of the antecedent's baskets that hold the consequent), ``lift`` (confidence over
        the consequent's share of all baskets), ``leverage`` (support less what independence
        would give), ``conviction`` (1 to infinity; infinite where the rule never fails) and
        ``zhang`` (-1 to 1, 0 at independence).

    Source:
        Agrawal, Imielinski and Swami (1993), SIGMOD, 207-216 (support, confidence); Brin et
        al. (1997), SIGMOD, 255-264 (lift, conviction); Piatetsky-Shapiro (1991) (leverage);
        Yan, Zhang and Zhang (2009), Expert Systems with Applications 36, 3066-3076 (Zhang).

    Example:
        >>> print(rule_measures([3], [3], [4], 5).round(3).to_string(index=False))
         support  confidence  lift  leverage  conviction  zhang
             0.6         1.0  1.25      0.12         inf    0.5
    """
    n, a, b = (np.asarray(v, np.float64) for v in (both, antecedent, consequent))
    joint, of_a, of_b = n / baskets, a / baskets, b / baskets
    confidence = n / a
    leverage = joint - of_a * of_b
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(n >= a, np.inf, (1 - of_b) / (1 - confidence))
        scale = np.maximum(joint * (1 - of_a), of_a * (of_b - joint))
        # Both in every basket: nothing can be said, and nothing is the answer.
        zhang = np.where(scale > 0, leverage / scale, 0.0)
    return pd.DataFrame(
        {
            "support": joint,
            "confidence": confidence,
            "lift": confidence / of_b,
            "leverage": leverage,
            "conviction": conviction,
            "zhang": zhang,
        }
    )


def chance_of_more(seen: ArrayLike, expected: ArrayLike) -> Floats:
    """Chance of at least as many joint baskets as were seen, if nothing ties the two.

    Joint baskets are a sum of many rare events with unequal chances. Poisson with their mean
    has the wider spread of the two, so the answer errs on the safe side.

    Args:
        seen: Joint baskets, counted.
        expected: Joint baskets, expected without a tie; above 0.

    Source:
        Le Cam (1960), Pacific Journal of Mathematics 10, 1181-1197; Hoeffding (1956), Annals
        of Mathematical Statistics 27, 713-721 (tails of unequal trials).
    """
    from scipy.special import gammainc

    seen, expected = np.asarray(seen, np.float64), np.asarray(expected, np.float64)
    return np.asarray(np.where(seen > 0, gammainc(np.maximum(seen, 1), expected), 1.0))


def poisson_bounds(seen: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval for the mean of a count.

    Args:
        seen: The count.
        level: Confidence, 0.5 to 0.999.

    Source:
        Garwood (1936), Biometrika 28, 437-442.

    Example:
        >>> low, high = poisson_bounds([0, 10])
        >>> [round(float(v), 2) for v in (*low, *high)]
        [0.0, 4.8, 3.69, 18.39]
    """
    from scipy.special import gammaincinv

    seen = np.asarray(seen, np.float64)
    tail = (1 - level) / 2
    low = np.where(seen > 0, gammaincinv(np.maximum(seen, 1), tail), 0.0)
    return low, np.asarray(gammaincinv(seen + 1, 1 - tail), np.float64)


def benjamini_hochberg(p_values: ArrayLike, tested: int | None = None) -> Floats:
    """q-values: share of false finds among all that are at least as clear as this one.

    Args:
        p_values: One per hypothesis that is at hand.
        tested: Hypotheses in all, where those too dull to be fetched count as well; as many as
            there are p-values unless given.

    Returns:
        As many as ``p_values``, at most 1.

    Source:
        Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Example:
        >>> [round(float(q), 3) for q in benjamini_hochberg([0.01, 0.02, 0.9], tested=4)]
        [0.04, 0.04, 1.0]
    """
    p = np.asarray(p_values, np.float64)
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    raw = p[order] * max(tested or 0, len(p)) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q
