"""What a funnel asks: its steps, in what order, within what time, and for whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ibis import Table as Frame
from ibis.expr.types import BooleanValue

from opsbook.errors import ParameterError
from opsbook.language import N_, t

__all__ = ["SHOP_STEPS", "Funnel", "Order", "Step", "Within", "semantics"]

Order = Literal["ordered", "strict", "any"]
Within = Literal["visitor", "session", "event"]
_MOST_STEPS = 12
_LONGEST = timedelta(days=366)


@dataclass(frozen=True, init=False)
class Step:
    """One thing a visitor may do, told by columns of its event.

    Args:
        name: What the step is called.
        **where: Column of ``events``, ``sessions`` or ``customers`` to what it must hold: a
            value; a tuple, of which one; ``True`` for a text that is there, ``None`` for one
            that is not (of a true-or-false column ``True`` is the value).

    Raises:
        ParameterError: There is no name or no condition.

    Example:
        >>> Step("product view", type="view", sku=True).columns
        ('type', 'sku')
    """

    name: str
    where: tuple[tuple[str, object], ...]

    def __init__(self, name: str, **where: object) -> None:
        if not name or not where:
            raise ParameterError(
                N_('step "{name}" needs a name and a condition, such as Step("cart", type="cart")'),
                name=name,
            )
        frozen = tuple((k, tuple(v) if isinstance(v, list | set) else v) for k, v in where.items())
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "where", frozen)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the conditions read."""
        return tuple(column for column, _ in self.where)

    def of(self, events: Frame) -> BooleanValue:
        """Whether an event is this step; null, which is no, where the column is empty."""
        found = None
        for column, wanted in self.where:
            value = events[column]
            if wanted is None:
                one = value.isnull()
            elif wanted is True and not value.type().is_boolean():
                one = value.notnull()
            elif isinstance(wanted, tuple):
                one = value.isin(wanted)
            else:
                one = value == wanted
            found = one if found is None else found & one
        assert found is not None  # a step has a condition
        return found

    def apart(self, other: "Step") -> bool:
        """Whether no event can be both steps, as far as the conditions tell."""
        others = dict(other.where)
        for column, wanted in self.where:
            if column not in others:
                continue
            theirs = others[column]
            if (wanted is None) != (theirs is None):
                return True
            if wanted is True or theirs is True or wanted is None:
                continue
            mine = set(wanted) if isinstance(wanted, tuple) else {wanted}
            if mine.isdisjoint(theirs if isinstance(theirs, tuple) else (theirs,)):
                return True
        return False


SHOP_STEPS = (
    Step("product view", type="view", sku=True),
    Step("cart", type="cart"),
    Step("checkout", type="checkout"),
    Step("pay", type="pay"),
)
"""The way through a shop, by the contract's event types."""


@dataclass(frozen=True)
class Funnel:
    """A question to the events; ``semantics`` says how it is answered.

    Args:
        steps: Two to twelve, in order. A step may be listed twice.
        window: Time from the first step to the last, inclusive; a second to 366 days.
        order: ``ordered`` (others may come between), ``strict`` (each step is the very next
            event) or ``any`` (the steps in whatever order).
        within: Who passes: a ``visitor``, a ``session``, or every attempt (``event``).
        exclude: Events that break a chain when they lie between its steps; their names say
            why. Only with ``ordered``.
        hold: Columns that keep one value along the chain, such as ``("sku",)``.
        increasing: Whether each step needs a later second than the one before.

    Raises:
        ParameterError: An option is out of range or does not go with another.
    """

    steps: tuple[Step, ...]
    window: timedelta = timedelta(days=1)
    order: Order = "ordered"
    within: Within = "session"
    exclude: tuple[Step, ...] = ()
    hold: tuple[str, ...] = ()
    increasing: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "exclude", "hold"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if not 2 <= len(self.steps) <= _MOST_STEPS:
            raise ParameterError(
                N_("a funnel has 2 to {most} steps; got {found}"),
                most=_MOST_STEPS,
                found=len(self.steps),
            )
        if not timedelta(seconds=1) <= self.window <= _LONGEST:
            raise ParameterError(
                N_("window {value} is out of bounds; use a second to 366 days"), value=self.window
            )
        _one_of("order", self.order, ("ordered", "strict", "any"))
        _one_of("within", self.within, ("visitor", "session", "event"))
        if self.order != "ordered" and self.exclude:
            raise ParameterError(
                N_('exclude goes with order="ordered" only; got order="{order}"'), order=self.order
            )
        if self.order == "any" and self.within == "event":
            raise ParameterError(
                N_('within="event" needs a first step; order="any" has none: use "ordered"')
            )
        if self.order == "any" and self.increasing:
            raise ParameterError(N_('increasing has no meaning with order="any"; leave it out'))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the steps, in order."""
        return tuple(step.name for step in self.steps)

    @property
    def window_s(self) -> int:
        """The window in seconds."""
        return int(self.window.total_seconds())

    @property
    def columns(self) -> set[str]:
        """Columns that the question reads."""
        return {c for s in (*self.steps, *self.exclude) for c in s.columns} | set(self.hold)


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise ParameterError(
            N_('{name} "{value}" is not known; use {known}'),
            name=name,
            value=value,
            known=", ".join(known),
        )


def semantics(spec: Funnel) -> tuple[str, ...]:
    """How the funnel counts, one sentence each, for the report.

    These sentences are the definition; the tests hold the engine to them.
    """
    who = {
        "visitor": t("Each visitor counts once, across all visits."),
        "session": t("Each visit counts once; a chain does not reach into another visit."),
        "event": t(
            "Each first step is an attempt of its own; a later event counts for the latest "
            "attempt that can use it."
        ),
    }[spec.within]
    how = {
        "ordered": t("The steps come in order; other events may lie between them."),
        "strict": t(
            "Each step is the very next event after the one before; even a repeat of a step "
            "lies between."
        ),
        "any": t("The steps may come in any order, from the first of them on."),
    }[spec.order]
    lines = [
        who,
        how,
        t(
            "A chain may start anew at every later first step; the deepest step that any chain "
            "reached counts."
        ),
        t(
            "From the first step to the last at most {window} may pass, inclusive. Chains that "
            "start in the period count, also where they end after it.",
            window=_span(spec.window_s),
        ),
    ]
    if spec.increasing:
        lines.append(t("A step needs a later second than the one before."))
    elif spec.order != "any":
        lines.append(
            t(
                "Clocks are read to the second. Events of one second count in the order of the "
                "steps; one event fills one step."
            )
        )
    if spec.exclude:
        lines.append(
            t(
                "A chain breaks at: {names}, where it lies later than the first step and "
                "earlier than the step reached.",
                names=", ".join(step.name for step in spec.exclude),
            )
        )
    if spec.hold:
        lines.append(
            t(
                "Along a chain these stay the same: {names}. An event without them is in no chain.",
                names=", ".join(spec.hold),
            )
        )
    return tuple(lines)


def _span(seconds: int) -> str:
    for size, text in ((86400, N_("{n} days")), (3600, N_("{n} h")), (60, N_("{n} min"))):
        if seconds % size == 0 and seconds >= size:
            return t(text, n=seconds // size)
    return t("{n} s", n=seconds)
