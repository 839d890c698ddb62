"""Which events cannot be trusted on which days, for every section that counts events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from opsbook.language import day, period, t
from opsbook.shop.periods import Period

__all__ = ["Fault", "Faults", "Verdict", "capital", "event_name"]

Verdict = Literal["fault", "unclear", "incident"]


def capital(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def event_name(event: str) -> str:
    """An event in words."""
    return {
        "view": t("page view"),
        "product_view": t("product view"),
        "impression": t("impression"),
        "click": t("click"),
        "search": t("search"),
        "favourite": t("favourite"),
        "cart": t("cart"),
        "checkout": t("checkout"),
        "pay": t("payment"),
        "share": t("share"),
        "login": t("login"),
        "sign_in": t("check-in"),
    }.get(event, event)


@dataclass(frozen=True)
class Fault:
    """An event that came from fewer visits than usual, on one device or on all.

    Args:
        event: What is missing: a type of event, or ``product_view``.
        device: Kind of device; empty for all of them.
        first: First day.
        last: Last day.
        visits: Visits of the device on these days.
        seen: Visits that sent the event.
        expected: Visits that would have, as usual.
        low: Lower end of the interval of ``seen / expected``.
        high: Upper end.
        verdict: ``fault`` where what comes later (or the orders) went on without the event:
            the visitors did it and the shop did not see it. ``incident`` where all that
            comes later fell with it: the visitors did not do it. ``unclear`` where nothing
            follows the event that could tell.
        later: Visits that got further than the event, or orders, that the verdict rests on.
        later_without: Of those, without the event.
        usual_without: Share of them that lacks the event on other days.
    """

    event: str
    device: str
    first: date
    last: date
    visits: int
    seen: int
    expected: float
    low: float
    high: float
    verdict: Verdict
    later: int
    later_without: int
    usual_without: float

    @property
    def share(self) -> float:
        """Seen of what was expected, a fraction."""
        return self.seen / self.expected if self.expected > 0 else 0.0

    @property
    def name(self) -> str:
        """Event and device in words."""
        if not self.device:
            return t("{event} on all devices", event=event_name(self.event))
        return t("{event} on {device}", event=event_name(self.event), device=self.device)

    @property
    def days(self) -> str:
        """First and last day in words."""
        if self.first == self.last:
            return day(self.first)
        return period(self.first, self.last + timedelta(days=1))


@dataclass(frozen=True)
class Faults:
    """What was found, to be asked by others.

    Args:
        found: The longest shortfall first.
        first: First day that was looked at; None where nothing could be.
        last: Last day that was looked at.
    """

    found: tuple[Fault, ...] = ()
    first: date | None = None
    last: date | None = None

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def touching(
        self,
        event: str,
        first: date,
        last: date,
        device: str | None = None,
        *,
        verdicts: tuple[Verdict, ...] = ("fault", "unclear"),
    ) -> tuple[Fault, ...]:
        """Faults that a count of this event on these days would meet.

        Args:
            event: A type of event, or ``product_view``; a missing page view also takes
                product views along.
            first: First day of the count.
            last: Last day of the count, inclusive.
            device: Only faults that touch this device; all devices unless given.
            verdicts: What counts; an incident of the shop is no fault of the count.

        Returns:
            In the order of ``found``.
        """
        events = {event, "view"} if event == "product_view" else {event}
        return tuple(
            f
            for f in self.found
            if f.event in events
            and f.verdict in verdicts
            and f.first <= last
            and f.last >= first
            and (device is None or f.device in ("", device))
        )

    def doubts(self, kind: str, days: Period, device: str) -> str:
        """What is wrong with the tracking that a finding rests on, in words; empty if nothing.

        Args:
            kind: Type of event.
            days: Days that the finding is about.
            device: Kind of device; empty for all.
        """
        event = "product_view" if kind == "view" else kind
        met = self.touching(event, days.start, days.end - timedelta(days=1), device or None)
        if not met:
            return ""
        named = "; ".join(f"{f.name} ({f.days})" for f in met)
        return t("Tracking is in doubt: {faults}.", faults=named)
