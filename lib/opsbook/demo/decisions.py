"""Decisions in the scenarios' shops: what is planted when somebody chooses between the two points.

A scenario and its intervention are two points. Here each becomes a decision with a range, and
every decision becomes planted parameters, so that what would have come of it is simulated and
not drawn between two known curves. How a choice becomes a parameter is assumed, stated beside
the formula, and agrees with both points.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log
from numbers import Integral, Real
from types import MappingProxyType
from typing import ClassVar

from opsbook.demo.marketing.media import MediaChannel, MediaPlan, PriceShock, concentrate
from opsbook.demo.plan import Plan, Sprawl
from opsbook.demo.scenarios import setting_of
from opsbook.demo.setting import Setting
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Assortment", "Capacity", "ChannelMix", "Decision", "WinBack", "usual_mix"]

_CANDIDATES = 17_000
"""Products the scenario's shop added; whoever chooses, chooses among them."""
_APPEAL = 0.25
"""Share of demand that all of them draw together."""
_STEEPNESS = log(0.18 / _APPEAL) / log(1_700 / _CANDIDATES)
"""The best tenth draws 18 % of demand, as in the intervention; the best p draw p ** this of all."""
_BEST_RESPONSE, _HALF_OFFER = 0.9, 10.0
"""Of those reached, an offer of 10 CNY keeps half of what the dearest would keep, which is 90 %.
Three of four reached with 20 CNY keep 45 %, as in the intervention."""


@dataclass(frozen=True)
class Assortment:
    """How many products to add to 3,000, and how (J18).

    Args:
        added: Products added within half a year, 0 to 17,000.
        tested: Share of them that passed a sales test before they were bought in, 0 to 1.
    """

    added: int = _CANDIDATES
    tested: float = 0.0
    scenario: ClassVar[str] = "sku-sprawl"

    def __post_init__(self) -> None:
        _within("added", self.added, 0, _CANDIDATES)
        if not isinstance(self.added, Integral):
            raise ParameterError(
                N_("{name} is {value}; products are counted whole"), name="added", value=self.added
            )
        _within("tested", self.tested, 0, 1)

    @property
    def demand(self) -> float:
        """Share of demand that the new products draw.

        A test finds the best of 17,000 candidates; what is not tested is taken at random
        from the others.
        """
        every = self.added / _CANDIDATES
        best = every * self.tested
        found = best**_STEEPNESS if best else 0.0
        rest = (every - best) / (1 - best) if best < 1 else 0.0
        return _APPEAL * (found + (1 - found) * rest)

    def setting(self) -> Setting:
        """The blown-up range, with demand scaled by the time before: all choices begin alike."""
        sprawl = Sprawl(before=3_000, after=3_000 + self.added, demand=self.demand)
        plan = replace(Plan(), sprawl=sprawl)
        return Setting(self.scenario, plan=plan, judged=sprawl.start)


def usual_mix() -> dict[str, float]:
    """Share of each paid channel in the budget of the shop that spreads it."""
    total = sum(c.spend for c in MediaPlan().channels)
    return {c.name: c.spend / total for c in MediaPlan().channels}


def _leaning_mix(channel: str, share: float) -> dict[str, float]:
    usual = usual_mix()
    rest = 1 - usual[channel]
    return {n: share if n == channel else (1 - share) * s / rest for n, s in usual.items()}


_MOST = 0.9
"""Largest share of one channel, that of the scenario."""


@dataclass(frozen=True)
class ChannelMix:
    """How the advertising budget is shared out; its size stays the same (J19).

    Args:
        shares: Share of each paid channel, 0 to 0.9; together 1.
        dear: Channel whose clicks then become four times as dear.
    """

    shares: Mapping[str, float] = field(default_factory=lambda: _leaning_mix("Feed ads", _MOST))
    dear: str = "Feed ads"
    scenario: ClassVar[str] = "one-channel"

    def __post_init__(self) -> None:
        known = usual_mix()
        wrong = [name for name in (*self.shares, self.dear) if name not in known]
        if wrong:
            raise ParameterError(
                N_('there is no paid channel "{name}"; there are {choices}'),
                name=wrong[0],
                choices=", ".join(known),
            )
        shares = {name: self.shares.get(name, 0.0) for name in known}
        for name, part in shares.items():
            _within(name, part, 0, _MOST)
        total = sum(shares.values())
        # Shares typed with two digits need not make 1 exactly.
        if abs(total - 1) > 0.005:
            raise ParameterError(
                N_("the shares make {total} %; change them so that they make 100 %"),
                total=round(100 * total, 1),
            )
        even = {name: share / total for name, share in shares.items()}
        object.__setattr__(self, "shares", MappingProxyType(even))

    @property
    def lead(self) -> tuple[str, float]:
        """The channel that the shop leans on, and how much: 0 as usual, 1 with 90 %."""
        usual = usual_mix()
        lean = {n: (s - usual[n]) / (_MOST - usual[n]) for n, s in self.shares.items()}
        name = max(lean, key=lambda n: lean[n])
        return name, min(max(lean[name], 0.0), 1.0)

    def setting(self) -> Setting:
        """Advertising and channels between the spread shop and the one that leans on a channel.

        The share of orders that the leading channel causes grows in a straight line with its
        share of the budget, up to 85 % at 90 %; the form of its response goes along.
        """
        usual, (name, lean) = MediaPlan(), self.lead
        extreme = concentrate(usual, name, share=_MOST, dependence=0.85)
        total = sum(c.spend for c in usual.channels)
        paid = []
        for calm, leaning in zip(usual.channels, extreme.channels, strict=True):
            blend = calm
            if calm.name == name:
                blend = _leaning(calm, leaning, lean)
            paid.append(replace(blend, spend=total * self.shares[calm.name]))
        media = replace(
            usual,
            channels=tuple(paid),
            # Who lives from one channel does not switch it off, nor for a test.
            pulses=tuple(_mean(a, 0.9 if a < 1 else 1.1, lean) for a in usual.pulses),
            dark=usual.dark * (1 - lean),
            geo_channel=usual.geo_channel if lean < 0.05 else "",
            shock=PriceShock(self.dear, factor=4.0, start=0.6),
        )
        channels = tuple(
            replace(c, share=c.share * (6.0 if c.name == name else 0.4) ** lean)
            for c in Plan().channels
        )
        return Setting(self.scenario, plan=replace(Plan(), channels=channels), media=media)


def _leaning(calm: MediaChannel, leaning: MediaChannel, lean: float) -> MediaChannel:
    """A channel's response between that of a spread budget and that of dependence."""
    # At half saturation the lift is half of beta; of orders it causes lift / (1 + lift).
    few, most = (c.beta / 2 / (1 + c.beta / 2) for c in (calm, leaning))
    caused = _mean(few, most, lean)
    return replace(
        calm,
        half=_mean(calm.half, leaning.half, lean),
        slope=_mean(calm.slope, leaning.slope, lean),
        festival=_mean(calm.festival, leaning.festival, lean),
        beta=2 * caused / (1 - caused),
    )


@dataclass(frozen=True)
class WinBack:
    """Whom to call back before they leave, and with what (J20).

    Args:
        reach: Share of those about to leave who get the offer, 0 to 1.
        offer: Its worth, CNY, 0 to 200.
    """

    reach: float = 0.0
    offer: float = 0.0
    scenario: ClassVar[str] = "no-winback"

    def __post_init__(self) -> None:
        _within("reach", self.reach, 0, 1)
        _within("offer", self.offer, 0, 200)

    @property
    def kept(self) -> float:
        """Share of those about to leave who stay; a dearer offer keeps more, but ever less so."""
        return self.reach * _BEST_RESPONSE * self.offer / (self.offer + _HALF_OFFER)

    def setting(self) -> Setting:
        """The scenario's shop with a programme that keeps this share from 40 % of the period on."""
        sick = setting_of(self.scenario)
        return replace(sick, plan=replace(sick.plan, winback=self.kept))


@dataclass(frozen=True)
class Capacity:
    """How many orders a day the shop is made ready for (J21).

    Args:
        factor: In multiples of its average day, 1 to 25.
    """

    factor: float = 2.2
    scenario: ClassVar[str] = "overload"

    def __post_init__(self) -> None:
        _within("factor", self.factor, 1, 25)

    def setting(self) -> Setting:
        """The scenario's shop with this room."""
        sick = setting_of(self.scenario)
        return replace(sick, plan=replace(sick.plan, capacity=float(self.factor)))


Decision = Assortment | ChannelMix | WinBack | Capacity
"""What a trainee decides; with nothing said each is what the scenario's shop did."""


def _mean(calm: float, extreme: float, lean: float) -> float:
    return calm + (extreme - calm) * lean


def _within(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= value <= high:
        raise ParameterError(
            N_("{name} is {value}; give a number from {low} to {high}"),
            name=name,
            value=value,
            low=f"{low:,}",
            high=f"{high:,}",
        )
