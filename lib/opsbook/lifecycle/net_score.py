"""The arithmetic of a net promoter score: its value, its interval, two of them compared."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["net_score", "nps_interval", "score_gap"]

Floats = NDArray[np.float64]


def net_score(promoters: ArrayLike, detractors: ArrayLike, answers: ArrayLike) -> Floats:
    """Net promoter score as a fraction, -1 to 1; not a number without answers."""
    p, d, n = (np.asarray(v, np.float64) for v in (promoters, detractors, answers))
    return (p - d) / np.where(n > 0, n, np.nan)


def nps_interval(
    promoters: ArrayLike, detractors: ArrayLike, answers: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Score interval for a net promoter score; holds with few answers and at the ends.

    All values of the score that a score test on the three counts does not reject. Like
    Wilson's interval for a share it never has zero width and stays within -1 to 1.

    Args:
        promoters: Answers of 9 or 10.
        detractors: Answers of 0 to 6.
        answers: All answers.
        level: Confidence, 0.5 to 0.999.

    Returns:
        Lower and upper ends, fractions; not a number without answers.

    Raises:
        ParameterError: ``level`` is out of range.

    Source:
        Tango (1998), Statistics in Medicine 17, 891-908 (a difference of two cells of a
        multinomial, which is what a net promoter score is); compared for it by Rocks (2016),
        The American Statistician 70, 365-372.

    Example:
        >>> low, high = nps_interval([44], [0], [50])
        >>> f"{low[0]:.3f} {high[0]:.3f}"
        '0.762 0.944'
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    from scipy.stats import norm

    p, d, n = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, np.float64)) for v in (promoters, detractors, answers))
    )
    z = float(norm.ppf((1 + level) / 2))
    score = net_score(p, d, n)
    low = _end(p, d, n, z, np.full(n.shape, -1.0), score)
    return low, -_end(d, p, n, z, np.full(n.shape, -1.0), -score)


def _end(p: Floats, d: Floats, n: Floats, z: float, low: Floats, high: Floats) -> Floats:
    """Where the score test just stops rejecting, by bisection below the estimate."""
    low, high = low.copy(), high.copy()
    for _ in range(60):
        middle = (low + high) / 2
        rejected = _z(p, d, n, middle) > z
        low, high = np.where(rejected, middle, low), np.where(rejected, high, middle)
    return (low + high) / 2


def _z(p: Floats, d: Floats, n: Floats, gap: Floats) -> Floats:
    """Score statistic for "the difference is ``gap``"."""
    a = 2 * n
    b = -p - d + (2 * n - p + d) * gap
    c = -d * gap * (1 - gap)
    cell = (np.sqrt(np.maximum(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = n * (2 * cell + gap * (1 - gap))
    return (p - d - n * gap) / np.sqrt(np.maximum(variance, 1e-12))


def score_gap(
    one: tuple[float, float, float], two: tuple[float, float, float], level: float = 0.95
) -> tuple[float, float, float, float]:
    """Difference of two independent net promoter scores.

    Args:
        one: Promoters, detractors and answers of the first.
        two: The same of the second.
        level: Confidence, 0.5 to 0.999.

    Returns:
        Difference, lower and upper end (fractions, from the two score intervals), and the
        two-sided p-value that there is none (multinomial variance, half an answer added to
        every cell). All not a number where a side has no answers.

    Source:
        Interval: Newcombe (1998), Statistics in Medicine 17, 873-890 (squares of the two
        intervals' arms added).
    """
    from scipy.stats import norm

    if min(one[2], two[2]) <= 0:
        return (float("nan"),) * 4
    scores, arms, variance = [], [], 0.0
    for p, d, n in (one, two):
        score = (p - d) / n
        low, high = nps_interval([p], [d], [n], level)
        scores.append(score)
        arms.append((score - float(low[0]), float(high[0]) - score))
        share_p, share_d = (p + 0.5) / (n + 1.5), (d + 0.5) / (n + 1.5)
        variance += (share_p + share_d - (share_p - share_d) ** 2) / n
    gap = scores[0] - scores[1]
    low_arm = float(np.hypot(arms[0][0], arms[1][1]))
    high_arm = float(np.hypot(arms[0][1], arms[1][0]))
    p_value = float(2 * norm.sf(abs(gap) / np.sqrt(variance)))
    return gap, gap - low_arm, gap + high_arm, p_value
