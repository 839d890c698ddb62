"""Questions and complaints: why customers write, how long they wait, how content they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY, moments
from opsbook.demo.draw import Floats, Ints, choose_by_group, stream
from opsbook.demo.service.experience import Experience, ordered
from opsbook.demo.service.plan import TicketPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["INQUIRY", "TYPES", "Tickets", "open_tickets"]

TYPES = ("inquiry", "complaint", "refund", "other")
INQUIRY, _COMPLAINT, _REFUND, _OTHER = range(4)
_PRE_SALE, _AFTER_SALE, _ESCALATION = range(3)
_HOUR = 3600
_WINDOW = 28


@dataclass(frozen=True)
class Tickets:
    """Tickets in order of time; seconds count from the first midnight.

    Args:
        order: Order it is about, -1 for people who did not buy.
        platform: Platform on which the customer wrote.
        type: Index into TYPES.
        group: Index into the plan's groups.
        open: Second the customer wrote.
        reply: Second of the first reply, which may lie after the period.
        close: Second it was solved, which may lie after the period.
        csat: Satisfaction 1 to 5, -1 where none was stated.
        load: Tickets by day and group over capacity.
        capacity: Tickets by day and group that the staff can carry.
    """

    order: Ints
    platform: NDArray[np.int8]
    type: NDArray[np.int8]
    group: NDArray[np.int8]
    open: Ints
    reply: Ints
    close: Ints
    csat: NDArray[np.int8]
    load: Floats
    capacity: Floats

    def __len__(self) -> int:
        return len(self.open)


def open_tickets(b: "Business", plan: TicketPlan, lived: Experience) -> Tickets:
    """Draw all tickets of a shop."""
    rng = stream(b.seed, "tickets")
    order, type_, second = _reasons(rng, b, plan, lived)
    inside = (second >= 0) & (second < b.clock.seconds)
    order, type_, second = order[inside], type_[inside], second[inside]
    by_time = np.argsort(second, kind="stable")
    order, type_, second = order[by_time], type_[by_time], second[by_time]
    count = len(order)
    group = np.where(type_ == INQUIRY, _PRE_SALE, _AFTER_SALE)
    hard = (type_ == _COMPLAINT) & (rng.random(count) < plan.escalate)
    group = np.where(hard, _ESCALATION, group)
    day = second // DAY
    capacity, load = _load(b, plan, day, group)
    reply = _first_reply(rng, plan, second, group, load[day, group])
    hours = np.array(plan.solve_hours)[group] * np.exp(plan.solve_spread * rng.normal(size=count))
    quicker = second >= plan.solve_cut_at * b.clock.seconds
    hours = hours * np.where(quicker, plan.solve_cut, 1.0)
    close = reply + np.maximum(60, hours * _HOUR).astype(np.int64)
    doublings = np.log2(np.maximum((reply - second) / (0.25 * _HOUR), 1.0))
    effect = plan.slope * doublings + plan.complaint * (type_ == _COMPLAINT)
    csat = 1 + ordered(rng, plan.cuts, effect)
    stated = (rng.random(count) < plan.asked) & (close < b.clock.seconds)
    share = np.array([p.share for p in b.plan.platforms])
    anywhere = choose_by_group(rng, share[None, :], np.zeros(count, np.int64))
    return Tickets(
        order=order,
        platform=np.where(order >= 0, b.orders.platform[order], anywhere).astype(np.int8),
        type=type_.astype(np.int8),
        group=group.astype(np.int8),
        open=second,
        reply=reply,
        close=close,
        csat=np.where(stated, csat, -1).astype(np.int8),
        load=load,
        capacity=capacity,
    )


def _reasons(
    rng: np.random.Generator, b: "Business", plan: TicketPlan, lived: Experience
) -> tuple[Ints, Ints, Ints]:
    """Order (-1 for none), type and second of every ticket."""
    orders, count = b.orders, len(b.orders)
    asks = np.flatnonzero(rng.random(count) < plan.buyers_ask)
    ahead = (rng.lognormal(3.2, 1.2, len(asks)) * 60).astype(np.int64)
    day = np.minimum(orders.placed // DAY, b.clock.days - 1)
    others = rng.poisson(plan.others_ask * np.bincount(day, minlength=b.clock.days))
    other_second = moments(rng, np.repeat(np.arange(b.clock.days), others), b.clock.festival)

    flawed = np.zeros(count, bool)
    flawed[b.lines.order[lived.flaw & lived.arrived]] = True
    there = (orders.delivered >= 0) & orders.kept
    rate = np.maximum(
        np.where(orders.late, plan.complain_late, plan.complain),
        np.where(flawed, plan.complain_flaw, 0.0),
    )
    complains = np.flatnonzero(there & (rng.random(count) < rate))
    after = (rng.exponential(1.0, len(complains)) * DAY).astype(np.int64)
    # Who waits for a late parcel writes before it comes.
    early = orders.late[complains] & ~flawed[complains] & (rng.random(len(complains)) < 0.7)
    complaint = orders.delivered[complains] + np.where(early, -after, after)
    complaint = _awake(rng, np.maximum(complaint, orders.placed[complains] + DAY))

    returns = np.flatnonzero(rng.random(len(b.returns)) < plan.refund_ask)
    wait = (rng.exponential(2.0, len(returns)) * DAY).astype(np.int64)
    refund = _awake(rng, b.returns.request[returns] + wait)

    else_ = np.flatnonzero(orders.kept & (rng.random(count) < plan.other))
    later = (rng.uniform(0.0, 10.0, len(else_)) * DAY).astype(np.int64)
    other = _awake(rng, orders.placed[else_] + later)

    nobody = np.full(len(other_second), -1)
    who = (asks, nobody, complains, b.returns.order[returns], else_)
    when = (orders.placed[asks] - ahead, other_second, complaint, refund, other)
    types = (INQUIRY, INQUIRY, _COMPLAINT, _REFUND, _OTHER)
    kind = np.repeat(np.array(types), [len(rows) for rows in who])
    return np.concatenate(who), kind, np.concatenate(when)


def _awake(rng: np.random.Generator, second: Ints) -> Ints:
    """The same day at an hour at which people write."""
    hour = np.clip(rng.normal(15.5, 4.2, len(second)), 0.0, 23.99)
    return second // DAY * DAY + (hour * _HOUR).astype(np.int64)


def _load(b: "Business", plan: TicketPlan, day: Ints, group: Ints) -> tuple[Floats, Floats]:
    """Capacity and load by day and group; staff follow the median of the weeks before."""
    groups, days = len(plan.groups), b.clock.days
    tickets = np.bincount(day * groups + group, minlength=days * groups)
    tickets = tickets.reshape(days, groups).astype(np.float64)
    padded = np.concatenate([tickets[:_WINDOW][::-1], tickets])
    if len(padded) < days + _WINDOW:
        padded = np.concatenate([np.repeat(tickets[:1], _WINDOW, axis=0), tickets])
    windows = np.lib.stride_tricks.sliding_window_view(padded[:-1], _WINDOW, axis=0)
    usual = np.maximum(np.median(windows[-days:], axis=2), 1.0) * plan.slack
    surplus = np.maximum(tickets - usual, 0.0) * (b.clock.festival > 1.25)[:, None]
    capacity = usual + plan.reserve * surplus
    return capacity, np.maximum(tickets, 1.0) / capacity


def _first_reply(
    rng: np.random.Generator, plan: TicketPlan, second: Ints, group: Ints, load: Floats
) -> Ints:
    """When a person answers: the queue's wait, from the morning on for what came at night."""
    minutes = np.array(plan.reply_minutes)[group] * load**plan.queue
    minutes = minutes * np.exp(plan.reply_spread * rng.normal(size=len(second)))
    morning = second // DAY * DAY + plan.opens * _HOUR
    return np.maximum(second, morning) + np.maximum(20, minutes * 60).astype(np.int64)
