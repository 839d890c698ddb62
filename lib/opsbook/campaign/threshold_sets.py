"""Which threshold sets are worth comparing: the one that ran, those that ran before, and others."""

from collections.abc import Sequence

import numpy as np

from opsbook.campaign.threshold_baskets import Baskets, nice_below
from opsbook.common.discount_rules import steps_of
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["SOURCE_RULE", "candidate_rules", "off_of", "read_rules", "rule_text"]

SOURCE_RULE = "199-30;399-80;599-150"
"""The set that the source teaches (E08, 002 and 003)."""
_PLACES = ((0.5,), (0.65,), (0.8,), (0.5, 0.8), (0.65, 0.9), (0.5, 0.75, 0.9))
"""Where steps stand: shares of baskets that lie below them."""
_DEPTHS = (0.05, 0.08, 0.12, 0.16)
"""Discount of a step over its value; each further step gives a little more."""


def rule_text(steps: Sequence[tuple[float, float]]) -> str:
    """Steps as a rule is written.

    Example:
        >>> rule_text([(199.0, 30.0), (399.0, 80.0)])
        '199-30;399-80'
    """
    return ";".join(f"{at:g}-{off:g}" for at, off in steps)


def read_rules(text: str) -> list[str]:
    """Threshold sets that a user wrote, separated by ``|``.

    Args:
        text: As ``199-20;399-60 | 299-40``; may be empty.

    Raises:
        ParameterError: A part is no rule.
    """
    found = []
    for part in (p.strip() for p in text.split("|")):
        if not part:
            continue
        steps = steps_of(part)
        if len(steps) != len([p for p in part.split(";") if p.strip()]):
            raise ParameterError(
                N_('"{value}" is no threshold set; write spend-saving, as 199-20;399-60'),
                value=part,
            )
        found.append(rule_text(steps))
    return found


def candidate_rules(found: Baskets, own: str, asked: Sequence[str] = ()) -> list[str]:
    """Rules to compare, without doubles; the empty rule gives nothing.

    Args:
        found: From ``rule_baskets``.
        own: The event's rule, may be empty.
        asked: Further rules.
    """
    free = found.of("")
    share = (free["n"].cumsum() / free["n"].sum()).to_numpy()
    middle = float(free.index[int(np.searchsorted(share, 0.5))]) * found.width
    unit = nice_below(max(middle / 4, found.width))
    rules = ["", rule_text(steps_of(own)), *found.rules, *asked]
    # A step of the source only means something where baskets are of that size.
    if 60 <= middle <= 600:
        rules.append(SOURCE_RULE)
    for places in _PLACES:
        tops = [float(free.index[int(np.searchsorted(share, p))]) * found.width for p in places]
        steps = sorted({max(round(v / unit), 1) * unit for v in tops})
        for depth in _DEPTHS:
            rules.append(
                rule_text(
                    [(_nines(at, unit), _whole(at * depth * (1 + 0.2 * k), unit))
                     for k, at in enumerate(steps)]
                )
            )  # fmt: skip
    plain = [rule_text(steps_of(r)) for r in rules]
    return list(dict.fromkeys(plain))


def _nines(at: float, unit: float) -> float:
    """A step as shops write them: 199 and not 200."""
    return at - 1 if unit >= 10 else at


def _whole(off: float, unit: float) -> float:
    small = nice_below(max(unit / 8, 1e-9))
    return max(round(off / small), 1) * small


def off_of(rule: str, baskets: np.ndarray) -> np.ndarray:
    """Discount that a rule gives on each basket.

    Args:
        rule: As written; empty for none.
        baskets: Values before the discount.

    Example:
        >>> off_of("199-30;399-80", np.array([150.0, 199.0, 500.0])).tolist()
        [0.0, 30.0, 80.0]
    """
    steps = steps_of(rule)
    if not steps:
        return np.zeros(len(baskets))
    at, off = np.array(steps).T
    return np.concatenate([[0.0], off])[np.searchsorted(at, baskets + 1e-9, side="right")]
