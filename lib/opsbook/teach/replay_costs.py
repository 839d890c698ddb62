"""What decisions of a replay cost where the simulation does not know it: assumed, and stated.

Whoever knows better hands in other numbers.
"""

from dataclasses import dataclass

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.sprawl import SprawlLimits

__all__ = ["Costs"]


@dataclass(frozen=True)
class Costs:
    """What decisions cost, as assumed; money in CNY.

    Args:
        operating: Running the shop without goods, as a share of sales.
        reserve_weeks: Cash at the beginning, in weeks of sales.
        stock_worth: What stock would fetch, as a share of its cost.
        contact: Reaching one customer.
        false_alarms: Customers reached who would have ordered anyway, per one about to leave.
        room: A year of room for one more order a day.
        late: Pay-out per late order.
    """

    operating: float = SprawlLimits.operating
    reserve_weeks: float = SprawlLimits.reserve_weeks
    stock_worth: float = 0.5
    contact: float = 1.0
    false_alarms: float = 0.25
    room: float = 60.0
    late: float = 5.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value < float("inf"):
                raise ParameterError(
                    N_("{name} is {value}; a cost is a number from 0"), name=name, value=value
                )
        for name, most in (("operating", 0.95), ("stock_worth", 1)):
            if getattr(self, name) > most:
                raise ParameterError(
                    N_("{name} is {value}; give a number from {low} to {high}"),
                    name=name,
                    value=getattr(self, name),
                    low=0,
                    high=most,
                )
