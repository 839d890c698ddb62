"""Messages and calls to customers: win-back, thanks to good customers, care after a purchase.

Two traps are planted. Thanks go to customers who spend much anyway, so those contacted buy
far more than the others although the message does next to nothing. One win-back journey
leaves out customers by lot, and only there the plain comparison is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Ints, choose_by_group, stream
from opsbook.demo.marketing.assign import assign, strata
from opsbook.demo.marketing.history import History

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.setting import Setting

__all__ = [
    "ContactPlan",
    "Contacts",
    "Journey",
    "Means",
    "contact_plan",
    "contact_rows",
    "contacts",
]

OUTCOMES = ("sent", "failed", "opened", "clicked", "ordered", "unsubscribed", "held_out")
_ORDERED, _HELD_OUT = 4, 6


@dataclass(frozen=True)
class Means:
    """A means of contact: cost in CNY; chances to stay sent, fail, be opened, clicked, end."""

    name: str
    cost: float
    chances: tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Journey:
    """A win-back journey.

    Args:
        name: Its name.
        dormant_days: Days without an order after which a customer is due.
        share: Share of those due who are contacted.
        lift: Orders within the window per contacted against those left out, minus 1.
        recorded: Whether those left out are on record as held out.
        means: Weights of sms, e-mail, call, push, chat.
    """

    name: str
    dormant_days: int
    share: float
    lift: float
    recorded: bool
    means: tuple[float, float, float, float, float]


@dataclass(frozen=True)
class ContactPlan:
    """Planted parameters of contacts.

    Args:
        means: The means of contact.
        journeys: Win-back journeys; each customer due is considered once a month.
        window_days: Days after a contact in which an order counts as its outcome.
        every_days: Days between two waves of win-back.
        thanks: Starts of the campaign for good customers, as shares of the period.
        thanks_lift: Its true lift.
        thanks_chance: Chance to be contacted by fifth of the spend of the half-year before.
        care: Share of first orders that are followed by care; it has no effect on orders.
        care_days: Days from delivery to care.
    """

    means: tuple[Means, ...] = (
        Means("sms", 0.05, (0.86, 0.04, 0.0, 0.09, 0.01)),
        Means("e-mail", 0.01, (0.70, 0.08, 0.17, 0.04, 0.01)),
        Means("call", 1.50, (0.52, 0.30, 0.17, 0.0, 0.01)),
        Means("push", 0.01, (0.78, 0.10, 0.08, 0.03, 0.01)),
        Means("chat", 0.10, (0.48, 0.03, 0.34, 0.14, 0.01)),
    )
    journeys: tuple[Journey, ...] = (
        Journey("win-back-short", 31, 0.6, 0.30, True, (0.4, 0.1, 0.0, 0.4, 0.1)),
        Journey("win-back-mid", 61, 0.7, 0.15, False, (0.6, 0.2, 0.0, 0.1, 0.1)),
        Journey("win-back-long", 91, 0.7, 0.05, False, (0.5, 0.2, 0.2, 0.0, 0.1)),
    )
    window_days: int = 14
    every_days: int = 30
    thanks: tuple[float, ...] = (0.35, 0.60, 0.85)
    thanks_lift: float = 0.03
    thanks_chance: tuple[float, ...] = (0.02, 0.05, 0.12, 0.30, 0.60)
    care: float = 0.30
    care_days: int = 3


@dataclass(frozen=True)
class Contacts:
    """Customers considered: customer, second, means, whether contacted and whether he ordered."""

    journey: str
    customer: Ints
    second: Ints
    means: Ints
    contacted: NDArray[np.bool_]
    ordered: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.customer)


def contact_plan(setting: "Setting") -> ContactPlan:
    """Parameters of a scenario: without win-back where nobody calls customers back."""
    if setting.scenario == "no-winback" and not setting.intervened:
        return replace(ContactPlan(), journeys=())
    return ContactPlan()


def contacts(b: "Business", plan: ContactPlan, history: History) -> Iterator[Contacts]:
    """All journeys; customers who were considered and not contacted are among the rows."""
    for journey in plan.journeys:
        yield _win_back(b, plan, journey, history)
    yield _thanks(b, plan, history)
    yield _care(b, plan, history)


def contact_rows(b: "Business", plan: ContactPlan, found: Contacts) -> pa.Table:
    """What the data show of a journey: contacts, and held-out customers where on record."""
    rng = stream(b.seed, f"marketing outcome {found.journey}")
    recorded = {j.name for j in plan.journeys if j.recorded}
    rows = found.contacted | (found.journey in recorded)
    chances = np.array([m.chances for m in plan.means])
    fate = choose_by_group(rng, chances, found.means)
    code = np.array([0, 1, 2, 3, 5])[fate]
    code = np.where(found.ordered, _ORDERED, code)
    code = np.where(found.contacted, code, _HELD_OUT)[rows]
    cost = np.array([m.cost for m in plan.means])[found.means]
    cost = np.where(found.contacted, cost, 0.0)[rows]
    means = np.where(found.contacted, found.means, -1)[rows]
    sort = np.argsort(found.second[rows], kind="stable")
    return pa.table(
        {
            "customer_id": numbered("C", found.customer[rows][sort] + 1, 7),
            "contact_ts": when(b.clock, found.second[rows][sort]),
            "channel": words(means[sort], [m.name for m in plan.means]),
            "journey": words(np.zeros(len(sort), np.int64), [found.journey]),
            "cost": cost[sort],
            "outcome": words(code[sort], OUTCOMES),
        }
    )


def _daytime(rng: np.random.Generator, day: Ints) -> Ints:
    """A second between 9 and 20 h: nobody is called at night."""
    return day * DAY + rng.integers(9 * 3600, 20 * 3600, len(day))


def _win_back(b: "Business", plan: ContactPlan, journey: Journey, history: History) -> Contacts:
    """Each order opens a spell; who is still silent at the wave after the dormancy is due."""
    rng = stream(b.seed, f"marketing contacts {journey.name}")
    customer, placed = history.customer, history.placed
    again = np.full(len(placed), np.iinfo(np.int64).max)
    same = customer[1:] == customer[:-1]
    again[:-1][same] = placed[1:][same]
    wave = plan.every_days
    due = placed // DAY + journey.dormant_days
    second = _daytime(rng, -(-due // wave) * wave)
    silent = (again > second) & (second < b.clock.days * DAY)
    customer, second = customer[silent], second[silent]
    ordered = again[silent] < second + plan.window_days * DAY
    shares = np.array([1 - journey.share, journey.share])
    lift = np.array([0.0, journey.lift])
    arm = assign(rng, ordered, np.zeros(len(second), np.int64), shares, lift)
    means = choose_by_group(rng, np.array([journey.means]), np.zeros(len(second), np.int64))
    return Contacts(journey.name, customer, second, means, arm == 1, ordered)


def _thanks(b: "Business", plan: ContactPlan, history: History) -> Contacts:
    rng = stream(b.seed, "marketing contacts thanks")
    parts = []
    for start in plan.thanks:
        people = np.arange(len(b.people))
        second = _daytime(rng, np.full(len(people), int(start * b.clock.days)))
        low, now = history.between(people, second // DAY * DAY - 180 * DAY, second // DAY * DAY)
        before = history.value(low, now)
        bought = np.flatnonzero(before > 0)
        begin, end = history.between(
            people[bought], second[bought], second[bought] + plan.window_days * DAY
        )
        stratum = np.maximum(strata(before[bought], len(plan.thanks_chance)), 1) - 1
        chance = np.array(plan.thanks_chance)[: int(stratum.max(initial=0)) + 1]
        shares = np.column_stack([1 - chance, chance])
        arm = assign(rng, end > begin, stratum, shares, np.array([0.0, plan.thanks_lift]))
        means = rng.integers(0, 2, len(bought)) * 4
        parts.append((bought, second[bought], means, arm == 1, end > begin))
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Contacts("vip-thanks", *columns)


def _care(b: "Business", plan: ContactPlan, history: History) -> Contacts:
    rng = stream(b.seed, "marketing contacts care")
    orders, end = b.orders, b.clock.days * DAY
    arrived = orders.kept & (orders.delivered >= 0) & (orders.delivered < end)
    first = history.order[np.r_[True, history.customer[1:] != history.customer[:-1]]]
    first = np.sort(first[arrived[first]])
    first = first[rng.random(len(first)) < plan.care]
    second = _daytime(rng, orders.delivered[first] // DAY + plan.care_days)
    first, second = first[second < end], second[second < end]
    customer = orders.customer[first]
    start, stop = history.between(customer, second, second + plan.window_days * DAY)
    means = np.where(rng.random(len(first)) < 0.5, 3, 4)
    return Contacts(
        "post-purchase-care", customer, second, means, np.ones(len(first), bool), stop > start
    )
