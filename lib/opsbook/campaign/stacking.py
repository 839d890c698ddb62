"""What a customer pays when discounts are stacked: which comes off first decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import pandas as pd

from opsbook.common.discount_rules import steps_of
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Offer", "offers_of", "paid", "stacked"]

_MOST = 4


@dataclass(frozen=True)
class Offer:
    """One discount on a basket.

    Args:
        kind: ``share`` (a cut in per cent of what is left), ``steps`` (a spend-saving rule that
            looks at what is left) or ``fixed`` (money off from a least value on: a coupon, or the
            extra worth of a deposit).
        share: Fraction off, for ``share``.
        rule: As ``199-30;399-80``, for ``steps``.
        at: Least value, for ``fixed``.
        off: Money off, for ``fixed``.
    """

    kind: Literal["share", "steps", "fixed"]
    share: float = 0.0
    rule: str = ""
    at: float = 0.0
    off: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1 or self.at < 0 or self.off < 0:
            raise ParameterError(
                N_("an offer needs a share from 0 to below 1 and no negative money; got {value}"),
                value=f"{self.share:g}, {self.at:g}, {self.off:g}",
            )

    @property
    def name(self) -> str:
        """Short form: ``-10%``, ``199-30;399-80``, ``99-15``."""
        if self.kind == "share":
            return f"-{100 * self.share:g}%"
        return self.rule if self.kind == "steps" else f"{self.at:g}-{self.off:g}"


def offers_of(text: str) -> tuple[Offer, ...]:
    """Offers as a user writes them, separated by ``+``.

    A percentage is a cut, one step is a coupon, more steps are a rule.

    Args:
        text: As ``10% + 199-30;399-80 + 99-15``.

    Raises:
        ParameterError: A part is no offer, or there are more than four.

    Example:
        >>> [o.kind for o in offers_of("10% + 199-30;399-80 + 99-15")]
        ['share', 'steps', 'fixed']
    """
    found = []
    for part in (p.strip() for p in text.split("+")):
        if not part:
            continue
        steps = steps_of(part)
        if part.endswith("%") and part[:-1].strip().replace(".", "", 1).isdigit():
            found.append(Offer("share", share=float(part[:-1]) / 100))
        elif len(steps) == 1:
            found.append(Offer("fixed", at=steps[0][0], off=steps[0][1]))
        elif steps:
            found.append(Offer("steps", rule=part))
        else:
            raise ParameterError(
                N_('"{value}" is no offer; write 10%, 99-15 or 199-30;399-80'), value=part
            )
    if len(found) > _MOST:
        raise ParameterError(N_("at most {most} offers can be stacked"), most=_MOST)
    return tuple(found)


def paid(basket: float, offers: Sequence[Offer]) -> float:
    """What is left of a basket when offers come off one after another.

    Args:
        basket: Value at shelf price, money.
        offers: In the order in which they are taken off.

    Example:
        >>> cut, rule = offers_of("10% + 199-30;399-80")
        >>> paid(210, [cut, rule]), paid(210, [rule, cut])
        (189.0, 162.0)
    """
    left = basket
    for offer in offers:
        if offer.kind == "share":
            left -= left * offer.share
        elif offer.kind == "fixed":
            left -= min(offer.off, left) if left >= offer.at else 0.0
        else:
            reached = [off for at, off in steps_of(offer.rule) if left >= at]
            left -= min(reached[-1], left) if reached else 0.0
    return round(left, 2)


def stacked(
    baskets: Sequence[float], offers: Sequence[Offer], *, cost_rate: float = float("nan"),
    floor: float = 0.10,
) -> pd.DataFrame:  # fmt: skip
    """Every order of stacking, for some baskets.

    Args:
        baskets: Values at shelf price, money.
        offers: The discounts; at most four, so that 24 orders are looked at.
        cost_rate: Cost of goods over their shelf price; not a number where it is unknown.
        floor: Least margin rate allowed.

    Returns:
        One row per basket: ``basket, dearest, cheapest`` (what is paid, by the order that
        is dearest and cheapest for the customer), ``first_dear, first_cheap`` (those orders, in
        words), ``margin`` (rate at the cheapest), ``holds`` (whether that is at or above the
        floor).

    Raises:
        ParameterError: There are no offers, or more than four.
    """
    if not 1 <= len(offers) <= _MOST:
        raise ParameterError(N_("at most {most} offers can be stacked"), most=_MOST)
    rows = []
    for basket in baskets:
        ways = {" → ".join(o.name for o in way): paid(basket, way) for way in permutations(offers)}
        dear, cheap = max(ways, key=lambda w: ways[w]), min(ways, key=lambda w: ways[w])
        left = ways[cheap]
        margin = 1 - cost_rate * basket / left if left > 0 else float("-inf")
        rows.append((basket, ways[dear], left, dear, cheap, margin, not margin < floor))
    return pd.DataFrame(
        rows,
        columns=["basket", "dearest", "cheapest", "first_dear", "first_cheap", "margin", "holds"],
    )
