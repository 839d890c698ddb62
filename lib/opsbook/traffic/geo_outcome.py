"""The outcome of a test on regions: what a channel adds, and what last click credits it with."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from opsbook.common.synthetic_control import SyntheticControl
from opsbook.language import count, per_cent, period, t

__all__ = ["GeoTest", "Verdict", "verdict_of"]


Verdict = Literal["adds", "over", "adds less", "cannot tell"]


@dataclass(frozen=True)
class GeoTest:
    """A channel switched off, or on, in some regions.

    Args:
        exp_id: The experiment.
        channel: Channel it is about, found by its name in the id; empty if none fits.
        weeks: Orders by week (first day) and region, before and during the test.
        treated: Regions in which something was changed.
        start: First day of the test.
        days: Its length.
        off: Whether the channel was switched off there, rather than on.
        effect: Relative change of orders in the treated regions.
        low: Lower end of its interval.
        high: Upper end.
        p: Share of all choices of as many regions whose effect is at least as large.
        synthetic: The same question asked of a synthetic control; None where it has too
            little data.
        credited: Share of orders that last click credits to the channel in the regions
            where it ran meanwhile; not a number where orders carry no channel.
        orders: Orders in the treated regions during the test.
        worth: Margin (or sales) of an order in the control regions meanwhile.
        has_margin: Whether worth is margin.
        verdict: ``adds`` (it does, and last click is not contradicted), ``adds less`` (it
            does, and last click credits too much), ``over`` (last click credits too much,
            and it may add nothing), ``cannot tell``.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    exp_id: str
    channel: str
    weeks: pd.DataFrame
    treated: tuple[str, ...]
    start: date
    days: int
    off: bool
    effect: float
    low: float
    high: float
    p: float
    synthetic: SyntheticControl | None
    credited: float
    orders: float
    worth: float
    has_margin: bool
    verdict: Verdict
    currency: str
    level: float
    source: str

    @property
    def name(self) -> str:
        """The channel, or the experiment where no channel fits."""
        return self.channel or self.exp_id

    @property
    def added(self) -> tuple[float, float, float]:
        """Share of orders that the channel adds where it runs: estimate, low, high."""
        if self.off:
            return -self.effect, -self.high, -self.low
        return self.effect, self.low, self.high

    @property
    def over_credit(self) -> tuple[float, float, float]:
        """Money that last click credits beyond what was added, in the treated regions.

        In the time of the test, had the channel run there: estimate, low, high.
        """
        value, low, high = self.added
        base = self.orders / (1 + self.effect) if self.off else self.orders
        money = base * self.worth
        return tuple((self.credited - v) * money for v in (value, high, low))  # type: ignore[return-value]

    def headline(self) -> str:
        """The verdict in one sentence."""
        value, low, high = self.added
        span = {
            "value": per_cent(value, sign=True),
            "low": per_cent(low, sign=True),
            "high": per_cent(high, sign=True),
            "name": self.name,
        }
        if self.verdict == "cannot tell":
            return t("{name}: this test cannot tell, {value} of orders [{low}, {high}]", **span)
        if self.verdict == "over":
            return t("{name} adds less than last click says, {value} [{low}, {high}]", **span)
        return t("{name} adds orders, {value} [{low}, {high}]", **span)

    def words(self) -> str:
        """What was done, both estimates, and last click beside them."""
        value, low, high = self.added
        text = t(
            "{period}: {name} was changed in {treated}. Against {n} other regions it adds "
            "{value} of orders [{low}, {high}]; {p} of all choices of as many regions show as "
            "much.",
            period=period(self.start, self.start + timedelta(days=self.days)),
            name=self.name,
            treated=", ".join(self.treated),
            n=len(self.weeks.columns) - len(self.treated),
            value=per_cent(value, sign=True),
            low=per_cent(low, sign=True),
            high=per_cent(high, sign=True),
            p=per_cent(self.p, 0),
        )
        if self.synthetic is not None:
            twin = -self.synthetic.effect if self.off else self.synthetic.effect
            text += " " + t(
                "A synthetic control says {value} (placebo p {p}).",
                value=per_cent(twin, sign=True),
                p=count(self.synthetic.p, 2),
            )
        if self.credited == self.credited:
            text += " " + t("Last click credits it with {share}.", share=per_cent(self.credited))
        return text


def verdict_of(added: tuple[float, float], credited: float) -> Verdict:
    """What the interval of the added share says beside the share that is credited.

    Args:
        added: Ends of the interval.
        credited: Share credited by last click; not a number where it is not known.
    """
    adds, over = added[0] > 0, credited > added[1]
    if adds:
        return "adds less" if over else "adds"
    return "over" if over else "cannot tell"
