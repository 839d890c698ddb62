"""Sold today or sold anyway tomorrow: the dip before and after an event, and what is left net."""

from dataclasses import dataclass

import pandas as pd

from opsbook.campaign.baseline import Brought, Gain, Lift
from opsbook.errors import CannotTell
from opsbook.language import N_, per_cent, t

__all__ = ["PART_WORDS", "PullForward", "pull_forward"]

PART_WORDS = {
    "before": N_("before the event"),
    "preheat": N_("warm-up"),
    "peak": N_("peak"),
    "tail": N_("tail"),
    "after": N_("after the event"),
}


@dataclass(frozen=True)
class PullForward:
    """The parts of an event and what each gained or lost.

    Args:
        frame: One row per part in order of time: ``part, days, actual, baseline, gain, low,
            high, relative`` (gain over baseline).
        peak: Gain of the peak.
        around: Gain of all other days.
        net: Gain of all days.
        share: Part of the peak's gain that the days around it lost, a fraction; below 0 where
            they gained. Not a number where the peak gained nothing.
        verdict: ``pulled forward`` (the days around lost for certain), ``came with it`` (they
            gained), ``cannot tell``, or ``no peak`` (the peak gained nothing for certain).
        brought: What it was taken from.
    """

    frame: pd.DataFrame
    peak: Gain
    around: Gain
    net: Gain
    share: float
    verdict: str
    brought: Brought
    lift: Lift

    def headline(self) -> str:
        """Whether the peak's gain was taken from the days around it."""
        name = self.brought.name
        if self.verdict == "no peak":
            return t("{event}: the peak itself does not stand out", event=name)
        if self.verdict == "pulled forward":
            return t(
                "{event}: the days around the peak gave back {share} of its gain",
                event=name,
                share=per_cent(self.share, 0),
            )
        if self.verdict == "came with it":
            return t("{event}: the days around the peak gained too", event=name)
        return t("{event}: no dip around the peak can be told from chance", event=name)

    def words(self) -> str:
        """The peak, the days around it, and the net, with intervals."""
        say = self.brought.amount
        return t(
            "Peak {peak} [{peak_low}, {peak_high}]; the days around it {around} [{around_low}, "
            "{around_high}]; net {net} [{net_low}, {net_high}]. Sales moved by more than {days} "
            "days are not seen as a dip.",
            peak=say(self.lift, self.peak.gain),
            peak_low=say(self.lift, self.peak.low),
            peak_high=say(self.lift, self.peak.high),
            around=say(self.lift, self.around.gain),
            around_low=say(self.lift, self.around.low),
            around_high=say(self.lift, self.around.high),
            net=say(self.lift, self.net.gain),
            net_low=say(self.lift, self.net.low),
            net_high=say(self.lift, self.net.high),
            days=int(self.frame.loc[self.frame["part"] == "after", "days"].sum()),
        )


def pull_forward(brought: Brought, measure: str = "") -> PullForward:
    """Part by part: what the peak gained and what the days around it lost.

    Args:
        brought: From ``event_lift``.
        measure: ``orders, gmv`` or ``margin``; the leading one unless given.

    Raises:
        CannotTell: The measure is not there, or no day lies around the peak in the data.
    """
    lift = brought.lifts.get(measure or brought.main.measure)
    if lift is None or lift.around is None:
        raise CannotTell(N_("no days around the event's peak are in the data: no dip can be seen"))
    counts = lift.frame.loc[lift.frame["part"] != "", "part"].value_counts()
    rows = [
        (name, int(counts[name]), g.actual, g.baseline, g.gain, g.low, g.high,
         g.gain / g.baseline if g.baseline > 0 else float("nan"))
        for name, g in lift.parts.items()
    ]  # fmt: skip
    names = ["part", "days", "actual", "baseline", "gain", "low", "high", "relative"]
    peak, around = lift.parts["peak"], lift.around
    verdict = "cannot tell"
    if not (peak.real and peak.gain > 0):
        verdict = "no peak"
    elif around.real:
        verdict = "pulled forward" if around.gain < 0 else "came with it"
    share = -around.gain / peak.gain if peak.gain > 0 else float("nan")
    frame = pd.DataFrame(rows, columns=names)
    return PullForward(frame, peak, around, lift.net, share, verdict, brought, lift)
