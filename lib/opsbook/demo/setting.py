"""What a simulation is asked for: the plan of the shop, its advertising, supply and referrals."""

from dataclasses import dataclass, field

from opsbook.demo.loyalty.referrals import ReferralPlan
from opsbook.demo.marketing.media import MediaPlan
from opsbook.demo.plan import Plan
from opsbook.demo.stock import SupplyPlan

__all__ = ["Setting"]


@dataclass(frozen=True)
class Setting:
    """All planted parameters.

    Args:
        scenario: Name of the scenario.
        plan: The shop.
        media: Advertising.
        supply: Stock and suppliers.
        referral: Referrals.
        intervened: Whether the shop acts in time against what the scenario is about.
        judged: Share of the period, from its start, by which demand is scaled to the orders
            asked for, 0 to 1; not given, it is the time before a price shock, or all of it.
    """

    scenario: str = "healthy"
    plan: Plan = field(default_factory=Plan)
    media: MediaPlan = field(default_factory=MediaPlan)
    supply: SupplyPlan = field(default_factory=SupplyPlan)
    referral: ReferralPlan = field(default_factory=ReferralPlan)
    intervened: bool = False
    judged: float | None = None
