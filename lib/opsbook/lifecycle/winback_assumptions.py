"""What a win-back plan may do, and what it takes for granted where nothing is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.lifecycle.bounds import within

__all__ = ["ACTIONS", "CLASSES", "Assumptions"]

CLASSES = ("short", "mid", "long")
ACTIONS = ("message", "voucher", "call")
"""A message; a message with a voucher; a call with a voucher."""


@dataclass(frozen=True)
class Assumptions:
    """What the plan takes as given where the shop has not measured it.

    Args:
        lift: Orders of customers sent a message per order of those left alone, minus 1, by
            dormancy; used only where no holdout has measured it.
        voucher_lift: What a voucher adds to that.
        call_lift: What a call adds to that beyond the voucher.
        voucher_share: Voucher as a share of the customer's usual order, 0 to 1.
        message_cost: Cost of a message, money.
        call_cost: Cost of a call, money.
        cap_share: Normal cost cap of a customer won back, as a share of the usual order of
            all dormant customers.
        high_value_caps: Cap of a high-value customer as a multiple of the normal one.
        margin: Margin as a share of sales, where lines have no cost.

    Raises:
        ParameterError: A value lies outside its bounds.
    """

    lift: Mapping[str, float] = field(
        default_factory=lambda: {"short": 0.1, "mid": 0.1, "long": 0.1}
    )
    voucher_lift: float = 0.2
    call_lift: float = 0.2
    voucher_share: float = 0.08
    message_cost: float = 0.05
    call_cost: float = 1.5
    cap_share: float = 0.06
    high_value_caps: float = 3.0
    margin: float = 0.3

    def __post_init__(self) -> None:
        if set(self.lift) != set(CLASSES):
            raise ParameterError(
                N_("lift needs a value for short, mid and long; got {value}"),
                value=", ".join(self.lift) or "-",
            )
        bounds = {
            "voucher_lift": (0.0, 10.0),
            "call_lift": (0.0, 10.0),
            "voucher_share": (0.0, 1.0),
            "message_cost": (0.0, float("inf")),
            "call_cost": (0.0, float("inf")),
            "cap_share": (0.0, 1.0),
            "high_value_caps": (1.0, 10.0),
            "margin": (0.0, 1.0),
        }
        values = {name: getattr(self, name) for name in bounds}
        values |= {f"lift.{k}": v for k, v in self.lift.items()}
        for name, value in values.items():
            low, high = bounds.get(name, (-1.0, 10.0))
            within(name, value, low, high)
