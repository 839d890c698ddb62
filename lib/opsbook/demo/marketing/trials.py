"""The experiments the shop runs: what is tested, on whom, and what is really true."""

from dataclasses import dataclass

__all__ = ["Factor", "Trial", "TrialPlan"]


@dataclass(frozen=True)
class Factor:
    """A factor of a multi-factor test: two levels, and the lift of the second over the first."""

    name: str
    levels: tuple[str, str]
    lift: float


@dataclass(frozen=True)
class Trial:
    """An experiment on customers.

    Args:
        id: Its id.
        start: Where in the period it begins, as a share of the days that leave room for it.
        days: Length in days, at most.
        lift: Conversions of the treated per conversion of the others, minus 1.
        share: Share of units that are treated.
        fade_days: Days in which a lift falls to a third; 0 if it stays.
        missing: Share of treated units whose record is lost (sample-ratio mismatch).
        rate: Conversion rate aimed at when people who did not convert are drawn.
        members: Only customers who registered this many days before the start; 0 for all.
        new_category: A conversion is an order in a category the customer never bought before.
        factors: Factors of an orthogonal design, empty for two arms.
    """

    id: str
    start: float
    days: int
    lift: float = 0.0
    share: float = 0.5
    fade_days: float = 0.0
    missing: float = 0.0
    rate: float = 0.12
    members: int = 0
    new_category: bool = False
    factors: tuple[Factor, ...] = ()


_FACTORS = (
    Factor("button", ("orange", "red"), 0.12),
    Factor("title", ("long", "short"), 0.00),
    Factor("image", ("white", "scene"), 0.20),
    Factor("price_tag", ("plain", "crossed-out"), 0.08),
)


@dataclass(frozen=True)
class TrialPlan:
    """Planted parameters of all experiments.

    Args:
        trials: The experiments on customers.
        geo_id: Id of the geo experiment of paid media.
        most: Most units per experiment; of a bigger shop a random part takes part.
    """

    trials: tuple[Trial, ...] = (
        Trial("pay-one-click", 0.30, 42, lift=0.20),
        Trial("aa-homepage", 0.10, 28),
        Trial("landing-page-v2", 0.45, 28, lift=0.05, missing=0.10),
        Trial("animated-banner", 0.62, 56, lift=0.80, fade_days=9.0),
        Trial("detail-page-l8", 0.80, 56, factors=_FACTORS),
        Trial("community-coupon-pilot", 0.90, 42, lift=0.22, share=0.10),
        Trial("member-price", 0.72, 56, lift=0.10, rate=0.25, members=120),
        Trial("new-category-feed", 0.55, 56, lift=0.20, members=30, new_category=True),
    )
    geo_id: str = "feed-ads-geo"
    most: int = 100_000
