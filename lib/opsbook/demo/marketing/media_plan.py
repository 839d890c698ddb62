"""How the shop plans its advertising, and what advertising is planted to do.

The numbers give a shop that spends about nine per cent of its GMV on ads, which cause about
one order in seven.
"""

from dataclasses import dataclass, replace

__all__ = ["MediaChannel", "MediaPlan", "PriceShock", "concentrate"]


@dataclass(frozen=True)
class MediaChannel:
    """A paid channel.

    Args:
        name: As it stands in the plan's channels.
        spend: Mean spend, CNY per order that the shop expects.
        drift: Log growth of the budget per year.
        decay: Share of the adstock that is still there a day later, 0 to 1.
        half: Adstock at which half of beta is reached, CNY per expected order.
        slope: Slope of the Hill curve; 1 is concave from the start.
        beta: Highest possible lift, incremental orders per base order.
        cpc: Price of a click, CNY.
        ctr: Clicks per impression.
        festival: Exponent on the festival effect in the spend.
        organic: Share of the channel's visits that nobody pays for.
    """

    name: str
    spend: float
    drift: float
    decay: float
    half: float
    slope: float
    beta: float
    cpc: float
    ctr: float
    festival: float = 0.9
    organic: float = 0.0


@dataclass(frozen=True)
class PriceShock:
    """A channel whose clicks become dear: the same money then buys less response.

    Args:
        channel: Name of the channel.
        factor: Price of a click afterwards, in multiples of the one before.
        start: Where in the period it begins, 0 to 1.
        ramp_days: Days until the factor is reached.
    """

    channel: str
    factor: float = 4.0
    start: float = 0.6
    ramp_days: int = 21


@dataclass(frozen=True)
class MediaPlan:
    """Planted parameters of paid media.

    Args:
        channels: The paid channels.
        pulses: Weekly levels of the budget, drawn with equal chance.
        dark: Share of weeks in which a channel is switched off; they identify the response.
        jitter: Standard deviation of log spend from day to day.
        price_festival: Exponent on the festival effect in the price of a click.
        price_drift: Log growth of the price of a click per year.
        geo_channel: Channel of the geo experiment, empty for none.
        geo_regions: Regions in which it is switched off for four weeks.
        shock: A channel that becomes dear, in a scenario.
    """

    channels: tuple[MediaChannel, ...] = (
        MediaChannel("Paid search", 4.8, 0.02, 0.25, 5.3, 1.0, 0.052, 1.15, 0.040),
        MediaChannel("Feed ads", 4.4, 0.10, 0.55, 4.7, 1.4, 0.140, 0.80, 0.012),
        MediaChannel("Short video", 2.6, 0.22, 0.70, 2.6, 1.2, 0.110, 0.65, 0.020, organic=0.4),
        MediaChannel("Live stream", 2.6, 0.15, 0.40, 2.7, 1.3, 0.065, 1.25, 0.050, organic=0.4),
        MediaChannel("Social share", 1.2, 0.00, 0.60, 1.2, 1.0, 0.030, 0.60, 0.015, organic=0.6),
    )
    pulses: tuple[float, ...] = (0.5, 0.8, 1.1, 1.6)
    dark: float = 0.07
    jitter: float = 0.12
    price_festival: float = 0.35
    price_drift: float = 0.05
    geo_channel: str = "Feed ads"
    geo_regions: tuple[str, ...] = ("South China", "Southwest China", "Northwest China")
    shock: PriceShock | None = None


def concentrate(
    media: MediaPlan,
    channel: str,
    *,
    share: float = 0.9,
    dependence: float = 0.85,
    shock: PriceShock | None = None,
) -> MediaPlan:
    """The same budget with most of it in one channel that the shop lives from.

    Args:
        media: The plan to start from.
        channel: Name of the channel that gets the money.
        share: Its share of the budget, 0 to 1.
        dependence: Share of all orders it then causes at the average spend, 0 to 1.
        shock: Price shock that follows; its channel is usually the same.
    """
    total = sum(c.spend for c in media.channels)
    rest = total - sum(c.spend for c in media.channels if c.name == channel)
    changed: list[MediaChannel] = []
    for c in media.channels:
        if c.name == channel:
            money = total * share
            lift = dependence / (1 - dependence)
            # Average spend stands at the half-saturation point, where half of beta is reached.
            new = replace(c, spend=money, half=money, slope=1.8, beta=2 * lift, festival=0.3)
        else:
            factor = (1 - share) * total / rest
            new = replace(c, spend=c.spend * factor)
        changed.append(new)
    # Who lives from one channel never switches it off.
    return replace(
        media, channels=tuple(changed), pulses=(0.9, 1.1), dark=0.0, geo_channel="", shock=shock
    )
